/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * services - the host that a module sees: struct fc_host, filled with what
 * works everywhere (log, install dir, clock). Registering a check and
 * triggering an alert work only in their time, and their units put them in.
 */
#ifndef FC_SERVICES_H
#define FC_SERVICES_H

#include "flow_check.h"

/* A struct fc_host and what is behind its data pointer. */
struct service {
    struct fc_host host;
    const char *install_dir;
    const char *const *protocol_names; /* NULL: not said */
    void *owner;                       /* of the unit that hands the host out */
};

/*
 * Fills *service. install_dir must outlive it, and it must not move: the host
 * in it points to it. register_check and trigger_alert refuse until replaced;
 * protocol_names may be set, to what outlives it too.
 */
void service_init(struct service *service, const char *install_dir,
                  void *owner);

/* The service of a host that service_init made. */
struct service *service_of(const struct fc_host *host);

#endif
