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
 * Returns the check. NULL: no module has it, and the log says what needs it
 * (who: "-s") and where the modules are.
 */
const struct module_check *script_check_find(const struct modules *modules,
                                             const char *who,
                                             const char *module_dir);

/*
 * Enables it with its settings, except the script and its hook, which are those
 * given here: hook as script_conf has it, NULL for the detected hook. With a
 * script that is NULL both stay as they are. Returns 0, or -1: see
 * checks_enable.
 */
int script_check_enable(struct checks *checks, const struct module_check *check,
                        const struct settings *settings, const char *script,
                        const char *hook);

#endif
