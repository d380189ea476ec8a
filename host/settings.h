/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * settings - the settings document: which checks are on, and their own
 * settings. It is ntopng's "configset" in a JSON file:
 *
 *   {"config": {"flow": {"KEY": {"all": {"enabled": true,
 *                                        "script_conf": {}}}}},
 *    "filters": {}}
 *
 * Whatever else the document holds is kept when it is edited. An empty table
 * may be written [] (as Lua's JSON encoder does).
 */
#ifndef FC_SETTINGS_H
#define FC_SETTINGS_H

#include <stdbool.h>

#include "text.h"

struct settings;

/*
 * Reads the document at path. A missing file gives empty settings; any other
 * failure returns NULL and fills *err with the path and the place: line and
 * column of malformed JSON, the key whose value has the wrong type. Free with
 * settings_free.
 */
struct settings *settings_load(const char *path, struct text_error *err);

void settings_free(struct settings *settings);

/* Whether the document enables a check. A check it doesn't name is off. */
bool settings_enabled(const struct settings *settings, const char *key);

/*
 * A check's script_conf as JSON text: "{}" when missing or empty. Owned by
 * settings, valid until the next call on the same settings.
 */
const char *settings_script_conf(const struct settings *settings,
                                 const char *key);

/* Calls visit for each check key that the document names, in its order. */
void settings_each(const struct settings *settings,
                   void (*visit)(void *context, const char *key),
                   void *context);

/*
 * Sets a check's "enabled" in the document at path and replaces the file
 * atomically: a reader, or a crash at any moment, finds the old document or
 * the new one, and an existing file's permissions are kept. Makes the file (not
 * its directory) when it is missing; follows a symbolic link to the file it
 * names. Several such edits at once wait for each other, so none is lost.
 * Returns 0, or -1 with *err filled and the old document untouched.
 */
int settings_set_enabled(const char *path, const char *key, bool enabled,
                         struct text_error *err);

#endif
