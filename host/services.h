/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * services - the host that a module sees: struct fc_host, filled. Its functions
 * are always the same, because a module may keep pointers to them. The unit
 * that handed the host out decides whether a call is allowed now.
 */
#ifndef FC_SERVICES_H
#define FC_SERVICES_H

#include <stdatomic.h>

#include "flow_check.h"

struct service;

typedef enum fc_status service_check_fn(struct service *service,
                                        const struct fc_check *offered);
typedef enum fc_alert_fate service_alert_fn(struct service *service,
                                            const struct fc_flow *flow,
                                            const struct fc_alert *offered);
typedef void service_log_fn(struct service *service, enum fc_log_level level,
                            const char *text);

/* A struct fc_host and what is behind its data pointer. */
struct service {
    struct fc_host host;
    const char *install_dir;
    const char *const *protocol_names; /* NULL: not said */
    const char *kind;                  /* whom complaints name: "check" */
    const char *name;                  /* ... and its key */
    void *owner;                       /* of the unit that hands the host out */
    service_check_fn *on_check;        /* NULL: refused */
    service_alert_fn *on_alert;        /* NULL: refused */
    service_log_fn *on_log; /* NULL: log.h; the level is a known one */
    atomic_uint complaints; /* that were made */
};

/*
 * Fills *service. The strings must outlive it, and it must not move: the host
 * in it points to it. protocol_names may be set, to what outlives it too.
 */
void service_init(struct service *service, const char *install_dir,
                  const char *kind, const char *name, void *owner);

/* What a module does that it must not. */
enum service_complaint {
    COMPLAINT_REGISTERS, /* a check that is refused */
    COMPLAINT_LATE,      /* a check after its init */
    COMPLAINT_NO_HOOK,   /* an alert outside its hook */
    COMPLAINT_THREAD,    /* an alert on another thread */
    COMPLAINT_FLOW,      /* an alert about another flow */
    COMPLAINT_ALERT,     /* an alert that cannot be taken */
    COMPLAINT_LINE,      /* a line that is NULL */
    COMPLAINT_STATS,     /* figures larger than their struct */
    COMPLAINT_FINDING    /* a finding that cannot be taken */
};

/* Logs an error about it, 'check "key" what', once each. Thread [any]. */
void service_complain(struct service *service, enum service_complaint complaint,
                      const char *what);

#endif
