/* SPDX-License-Identifier: GPL-3.0-or-later */
/* script_check - puts the script into the check's own settings. */
#include "script_check.h"

#include <stdlib.h>
#include <string.h>

#include "json/edit.h"
#include "log.h"

const struct module_check *script_check_find(const struct modules *modules,
                                             const char *who,
                                             const char *module_dir)
{
    const struct module_check *check = modules_find(modules, SCRIPT_CHECK);

    if (check == NULL)
        log_say(FC_LOG_ERROR,
                "%s needs the check \"" SCRIPT_CHECK "\", which no module in "
                "%s has: name another directory with -p",
                who, module_dir);
    return check;
}

/*
 * A check's script_conf with "script" set, and the rest as the document has it;
 * free it. NULL: no memory.
 */
static char *with_script(const char *script_conf, const char *script)
{
    static const char *const names[] = { "script" };
    const struct json_value conf = { script_conf, strlen(script_conf) };
    char *path = json_quote(script);
    struct json_edit edit = { .text = NULL };

    if (path != NULL &&
        json_edit(&conf, &conf, names, 1, path, &edit) == JSON_AS_WANTED)
        edit.text = strdup(script_conf);
    free(path);
    return edit.text;
}

int script_check_enable(struct checks *checks, const struct module_check *check,
                        const struct settings *settings, const char *script)
{
    char *conf = settings_script_conf(settings, SCRIPT_CHECK);
    char *edited = conf != NULL ? with_script(conf, script) : NULL;
    int result = -1;

    if (edited != NULL)
        result = checks_enable(checks, check, edited);
    else
        log_say(FC_LOG_ERROR, "check \"%s\" is off: out of memory",
                check->check.key);
    free(edited);
    free(conf);
    return result;
}
