/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cmd_checks - "flowcheck list", "enable" and "disable": what checks there are,
 * and the toggle in the settings document.
 */
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "log.h"
#include "modules.h"
#include "settings_advice.h"
#include "text.h"

static enum exit_status fail(const struct text_error *err)
{
    log_say(FC_LOG_ERROR, "%s", err->text);
    return STATUS_FAILED;
}

/* "detected,periodic,end" */
static void name_hooks(uint32_t hooks, char text[32])
{
    static const char *const names[FC_HOOKS] = { "detected", "periodic",
                                                 "end" };
    size_t len = 0;

    text[0] = '\0';
    for (int i = 0; i < FC_HOOKS; i++) {
        if (!(hooks & FC_HOOK_BIT(i)))
            continue;
        len += (size_t)snprintf(text + len, 32 - len, "%s%s",
                                len > 0 ? "," : "", names[i]);
    }
}

/* A cell of a table, of so many columns at least. */
static void print_cell(const char *text, int width)
{
    int len = (int)strlen(text);

    text_print(stdout, text);
    printf("%*s ", len < width ? width - len : 0, "");
}

static void print_check(const struct module_check *check,
                        const struct settings *settings)
{
    char hooks[32];

    name_hooks(check->check.hooks, hooks);
    print_cell(check->check.key, 20);
    print_cell(check->check.title, 26);
    printf("%-8s %-22s ",
           settings_enabled(settings, check->check.key) ? "yes" : "no", hooks);
    text_print(stdout, check->file);
    putchar('\n');
}

static void print_checks(const struct modules *modules,
                         const struct settings *settings)
{
    printf("%-20s %-26s %-8s %-22s %s\n", "KEY", "TITLE", "ENABLED", "HOOKS",
           "MODULE");
    for (size_t i = 0; i < modules_count(modules); i++)
        print_check(modules_get(modules, i), settings);
}

enum exit_status command_list(const struct options *options)
{
    struct text_error err;
    struct settings *settings = settings_open(options, &err);
    struct modules *modules;

    if (settings == NULL)
        return fail(&err);
    modules = modules_load(options->module_dir, options->install_dir, &err);
    if (modules == NULL) {
        settings_free(settings);
        return fail(&err);
    }
    settings_advise(options, settings, modules);
    print_checks(modules, settings);
    modules_unload(modules);
    settings_free(settings);
    return STATUS_DONE;
}

static void say_known_keys(const struct options *options,
                           const struct modules *modules)
{
    log_say(FC_LOG_ERROR, "no module in %s has a check \"%s\"; there %s%s",
            options->module_dir, options->key,
            modules_count(modules) == 1 ? "is" : "are",
            modules_count(modules) == 0 ? " none: name another directory "
                                          "with -p"
                                        : ":");
    for (size_t i = 0; i < modules_count(modules); i++)
        log_say(FC_LOG_INFO, "%s (%s)", modules_get(modules, i)->check.key,
                modules_get(modules, i)->check.title);
}

static enum exit_status set_enabled(const struct options *options, bool enabled)
{
    struct text_error err;

    if (settings_set_enabled(options->settings, options->key, enabled, &err) !=
        0)
        return fail(&err);
    text_print(stdout, options->key);
    printf(" is %s in ", enabled ? "enabled" : "disabled");
    text_print(stdout, options->settings);
    putchar('\n');
    return STATUS_DONE;
}

/* A misspelt key would be enabled for ever without any effect. */
enum exit_status command_enable(const struct options *options)
{
    struct text_error err;
    struct modules *modules =
        modules_load(options->module_dir, options->install_dir, &err);
    enum exit_status status = STATUS_FAILED;

    if (modules == NULL)
        return fail(&err);
    if (modules_find(modules, options->key) == NULL)
        say_known_keys(options, modules);
    else
        status = set_enabled(options, true);
    modules_unload(modules);
    return status;
}

/* A check whose module is gone can still be switched off. */
enum exit_status command_disable(const struct options *options)
{
    return set_enabled(options, false);
}
