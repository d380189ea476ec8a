/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * script_check - the check that runs a user's script, enabled for one script
 * that the command line names, whatever the settings say.
 */
#ifndef FC_SCRIPT_CHECK_H
#define FC_SCRIPT_CHECK_H

#include "checks.h"
#include "settings.h"

/* Its key. */
#define SCRIPT_CHECK "custom_lua_script"

/*
 * The check, or NULL after logging that it is missing: who needs it ("-s"), and
 * the directory in which it is not.
 */
const struct module_check *script_check_find(const struct modules *modules,
                                             const char *who,
                                             const char *module_dir);

/*
 * Enables it with its settings, but for the script, and the hook that it runs
 * in: as script_conf has it, NULL for the detected hook. A script that is NULL
 * leaves both as they are. Returns 0, or -1: see checks_enable.
 */
int script_check_enable(struct checks *checks, const struct module_check *check,
                        const struct settings *settings, const char *script,
                        const char *hook);

#endif
