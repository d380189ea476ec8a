/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * host_link - an instance's way to its host. The host may have been compiled
 * with another struct fc_host: its functions are called through a copy of our
 * size, and handed the host's own struct.
 */
#ifndef FC_HOST_LINK_H
#define FC_HOST_LINK_H

#include "flow_check.h"

struct host_link {
    const struct fc_host *host;
    struct fc_host can; /* what the host offers; NULL: it doesn't */
};

void host_link_init(struct host_link *link, const struct fc_host *host);

/* Logs one sentence, or several lines. */
void host_say(const struct host_link *link, enum fc_log_level level,
              const char *format, ...) __attribute__((format(printf, 3, 4)));

const char *host_install_dir(const struct host_link *link);

/* As struct fc_host has it; NULL also when the host has no such function. */
const char *const *host_protocol_names(const struct host_link *link);

#endif
