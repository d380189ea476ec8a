/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * checks - the checks that run on one worker: enables them, hands them flows,
 * passes their alerts on, asks them for their figures. Thread [worker].
 */
#ifndef FC_CHECKS_H
#define FC_CHECKS_H

#include "modules.h"

struct checks;

/* An alert of a running check about the flow that it was handed. */
struct checks_alert {
    const struct fc_check *check;
    enum fc_hook hook;
    const struct fc_flow *flow;
    const struct fc_alert
        *alert; /* of our size, within its documented limits */
};

/* What becomes of an alert is decided by the owner of the checks. */
typedef enum fc_alert_fate checks_alert_fn(void *context,
                                           const struct checks_alert *alert);

/*
 * Makes an empty set for a worker. install_dir must outlive it. NULL: no
 * memory. checks_free disables all, the last enabled first.
 */
struct checks *checks_new(const char *install_dir, unsigned worker,
                          checks_alert_fn *on_alert, void *context);
void checks_free(struct checks *checks);

/* A line of a check's log. Thread [any]. */
typedef void checks_log_fn(void *context, enum fc_log_level level,
                           const char *text);

/* Checks that are enabled from here on log to on_log instead of log.h. */
void checks_set_log(struct checks *checks, checks_log_fn *on_log,
                    void *context);

/* Checks that are enabled from here on may ask for these names of protocols, up
 * to a NULL; they must outlive *checks. */
void checks_set_protocol_names(struct checks *checks,
                               const char *const *protocol_names);

/*
 * Enables a check and hands it its script_conf. Returns 0, or -1 when it could
 * not be enabled or refused its settings; the check logged why, and is off.
 */
int checks_enable(struct checks *checks, const struct module_check *check,
                  const char *script_conf);

/* Runs a hook of all checks that have it. */
void checks_run(struct checks *checks, enum fc_hook hook,
                const struct fc_flow *flow);

/*
 * Which hooks have something to run now, in any check: a mask of FC_HOOK_BIT().
 * Between two hooks; as cheap as a hook that runs nothing.
 */
uint32_t checks_active(const struct checks *checks);

/* How many are enabled. */
size_t checks_count(const struct checks *checks);

/* The vtable of one. */
const struct fc_check *checks_get(const struct checks *checks, size_t index);

/*
 * The figures of a hook of one, held to flow_check.h: a state that is not known
 * is FC_HOOK_STATES. Of a check that tells none, what was counted here. Strings
 * live until the next call for this hook, or the end of the check.
 */
void checks_stats(const struct checks *checks, size_t index, enum fc_hook hook,
                  struct fc_stats *stats);

/*
 * Lets one look at its scripts, and hands what it finds to found; text is never
 * NULL, script may be. Returns 0, or -1 when it cannot, or not completely.
 */
int checks_lint(const struct checks *checks, size_t index, fc_finding_fn *found,
                void *context);

#endif
