/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * settings - the settings document: which checks are on, and their own
 * settings. It is ntopng's "configset" in a JSON file:
 *
 *   {"config": {"flow": {"KEY": {"all": {"enabled": true,
 *                                        "script_conf": {}}}}},
 *    "filters": {}}
 *
 * Whatever else the document holds is kept when it is edited, byte for byte. An
 * empty table may be written [] (as Lua's JSON encoder does). Of a key that is
 * given twice in one object the last counts, as in other readers.
 */
#ifndef FC_SETTINGS_H
#define FC_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "json/json.h"
#include "text.h"

struct settings;

/*
 * Reads the document at path. A missing file gives empty settings. Returns NULL
 * and fills *err with the path and the place when it cannot: line and column of
 * malformed JSON, or of a value of the wrong type. Nothing but a plain file of
 * at most 16 MB is opened. Free with settings_free.
 */
struct settings *settings_load(const char *path, struct text_error *err);

/* The same for a path that somebody named: a missing file is an error. */
struct settings *settings_load_named(const char *path, struct text_error *err);

void settings_free(struct settings *settings);

/* Whether the document enables a check. A check it doesn't name is off. */
bool settings_enabled(const struct settings *settings, const char *key);

/*
 * A check's script_conf as it stands in the document, byte for byte: "{}" when
 * missing or empty. The caller frees it; NULL: no memory.
 */
char *settings_script_conf(const struct settings *settings, const char *key);

/* Where it begins; line 0 when the document has none. */
struct json_place settings_conf_place(const struct settings *settings,
                                      const char *key);

/*
 * Sets a check's "enabled" in the document at path and replaces the file
 * atomically: a reader, or a crash at any moment, finds the old document or
 * the new one, and an existing file's permissions are kept. A document that has
 * this value already is not touched. Makes the file (not its directory) when it
 * is missing; follows a symbolic link to the file it names. Several such edits
 * at once wait for each other, so none is lost. Returns 0, or -1 with *err
 * filled and the old document untouched: also when a key on the way is given
 * twice, because people may not see which one counts.
 */
int settings_set_enabled(const char *path, const char *key, bool enabled,
                         struct text_error *err);

/*
 * What settings_review asks and says. key gives the key of each check that
 * there is, by number from 0, NULL after the last; say is called with each
 * sentence.
 */
struct settings_review {
    const char *path;       /* of the document */
    const char *module_dir; /* where the checks come from */
    const char *(*key)(void *context, size_t number);
    void (*say)(void *context, const char *text);
    void *context;
};

/*
 * Reports names in the document that do nothing: unknown ones, with their place
 * and what may have been meant, those at the wrong level, and those given
 * twice. Names that ntopng has are known; checks that only ntopng has are
 * counted in one sentence. Returns how many are mistakes: misspelt, at the
 * wrong level, or unknown in the part of a check.
 */
size_t settings_review(const struct settings *settings,
                       const struct settings_review *review);

#endif
