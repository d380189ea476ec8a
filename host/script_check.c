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

/* A name of script_conf set to a text; frees what it was. NULL: no memory. */
static char *set_text(char *script_conf, const char *name, const char *text)
{
    const struct json_value conf = { script_conf, strlen(script_conf) };
    char *value = json_quote(text);
    struct json_edit edit = { .text = NULL };

    if (value != NULL &&
        json_edit(&conf, &conf, &name, 1, value, &edit) == JSON_AS_WANTED)
        edit.text = strdup(script_conf);
    free(value);
    free(script_conf);
    return edit.text;
}

/*
 * A check's script_conf with "script" and "hook" set, and the rest as the
 * document has it; frees the one before. NULL: no memory.
 */
static char *with_script(char *script_conf, const char *script,
                         const char *hook)
{
    char *conf = set_text(script_conf, "script", script);

    return conf == NULL ? NULL : set_text(conf, "hook", hook);
}

int script_check_enable(struct checks *checks, const struct module_check *check,
                        const struct settings *settings, const char *script,
                        const char *hook)
{
    char *conf = settings_script_conf(settings, SCRIPT_CHECK);
    int result = -1;

    if (conf != NULL && script != NULL)
        conf = with_script(conf, script, hook != NULL ? hook : "detected");
    if (conf != NULL)
        result = checks_enable(checks, check, conf);
    else
        log_say(FC_LOG_ERROR, "check \"%s\" is off: out of memory",
                check->check.key);
    free(conf);
    return result;
}
