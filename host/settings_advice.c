/* SPDX-License-Identifier: GPL-3.0-or-later */
/* settings_advice - the settings, the modules and the log put together. */
#include "settings_advice.h"

#include "log.h"

struct settings *settings_open(const struct options *options,
                               struct text_error *err)
{
    return options->settings_given ? settings_load_named(options->settings, err)
                                   : settings_load(options->settings, err);
}

struct advice {
    const struct modules *modules;
};

static const char *get_key(void *context, size_t number)
{
    const struct advice *advice = context;

    if (number >= modules_count(advice->modules))
        return NULL;
    return modules_get(advice->modules, number)->check.key;
}

static void warn(void *context, const char *text)
{
    (void)context;
    log_text(FC_LOG_WARNING, text);
}

size_t settings_advise(const struct options *options,
                       const struct settings *settings,
                       const struct modules *modules)
{
    struct advice advice = { modules };
    const struct settings_review review = {
        .path = options->settings,
        .module_dir = options->module_dir,
        .key = get_key,
        .say = warn,
        .context = &advice,
    };

    return settings_review(settings, &review);
}

static bool is_any_enabled(const struct settings *settings,
                           const struct modules *modules)
{
    for (size_t i = 0; i < modules_count(modules); i++)
        if (settings_enabled(settings, modules_get(modules, i)->check.key))
            return true;
    return false;
}

int settings_advise_run(const struct options *options,
                        const struct settings *settings,
                        const struct modules *modules)
{
    size_t mistakes = settings_advise(options, settings, modules);

    if (mistakes == 0 || options->script != NULL ||
        is_any_enabled(settings, modules))
        return 0;
    log_say(FC_LOG_ERROR,
            "no check is enabled in %s, where %zu name%s nothing: correct the "
            "mistakes reported above, or name a script with -s",
            options->settings, mistakes, mistakes == 1 ? " does" : "s do");
    return -1;
}
