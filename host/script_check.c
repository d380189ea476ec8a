/* SPDX-License-Identifier: GPL-3.0-or-later */
/* script_check - puts the script into the check's own settings. */
#include "script_check.h"

#include <json.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

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

static bool set_text(struct json_object *conf, const char *key,
                     const char *text)
{
    return json_object_object_add(conf, key, json_object_new_string(text)) == 0;
}

/* A check's script_conf with "script" and "hook" set; free it. NULL: no memory.
 */
static char *with_script(const char *script_conf, const char *script,
                         const char *hook)
{
    struct json_object *conf = json_tokener_parse(script_conf);
    char *text = NULL;

    if (conf != NULL && hook == NULL)
        json_object_object_del(conf, "hook");
    if (conf != NULL && set_text(conf, "script", script) &&
        (hook == NULL || set_text(conf, "hook", hook)))
        text = strdup(json_object_to_json_string(conf));
    json_object_put(conf);
    return text;
}

int script_check_enable(struct checks *checks, const struct module_check *check,
                        const struct settings *settings, const char *script,
                        const char *hook)
{
    const char *script_conf = settings_script_conf(settings, SCRIPT_CHECK);
    char *conf;
    int result = -1;

    if (script == NULL)
        return checks_enable(checks, check, script_conf);
    conf = with_script(script_conf, script, hook);
    if (conf != NULL)
        result = checks_enable(checks, check, conf);
    free(conf);
    return result;
}
