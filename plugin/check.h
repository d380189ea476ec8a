/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * check - one instance of the check: a worker's scripts, their VMs, their
 * figures. It knows the host and the files; Lua is behind lua_api/vm.h.
 */
#ifndef FC_CHECK_H
#define FC_CHECK_H

#include "flow_check.h"

struct check;

/* Makes an instance that has no settings and runs nothing yet. NULL: no memory.
 */
struct check *check_new(const struct fc_host *host);

void check_free(struct check *check);

/*
 * Takes new settings: finds the scripts, compiles them in new VMs, and only
 * then lets the old ones go. A script that is missing or does not compile is
 * logged and leaves its hook empty or broken; that is no failure.
 */
enum fc_status check_configure(struct check *check, const char *json,
                               size_t len);

/* Runs the script of a hook, if it has one, on a flow. */
void check_run(struct check *check, enum fc_hook hook,
               const struct fc_flow *flow);

/* The hooks that have a script, as a mask of FC_HOOK_BIT(). */
uint32_t check_active(struct check *check);

/* Fills *out, but for its struct_size, with the figures of a hook. */
void check_read_stats(const struct check *check, enum fc_hook hook,
                      struct fc_stats *out);

/* Hands what is wrong with the scripts to found, with context. */
enum fc_status check_lint(const struct check *check, fc_finding_fn *found,
                          void *context);

#endif
