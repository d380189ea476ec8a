/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * settings_advice - says in the log what is wrong with the settings, for the
 * checks that the modules have.
 */
#ifndef FC_SETTINGS_ADVICE_H
#define FC_SETTINGS_ADVICE_H

#include "modules.h"
#include "options.h"
#include "settings.h"

/* Reads the settings that the command line names, or the default ones. */
struct settings *settings_open(const struct options *options,
                               struct text_error *err);

/* Logs what settings_review says. Returns how many mistakes there are. */
size_t settings_advise(const struct options *options,
                       const struct settings *settings,
                       const struct modules *modules);

/*
 * The same before a run. Returns -1, after saying why in the log, when there
 * are mistakes and nothing to run: no check is enabled, no script is named.
 */
int settings_advise_run(const struct options *options,
                        const struct settings *settings,
                        const struct modules *modules);

#endif
