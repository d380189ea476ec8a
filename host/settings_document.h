/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * settings_document - what the units of settings share: the text of a document
 * and its shape, the file that it lies in. No other unit needs it.
 */
#ifndef FC_SETTINGS_DOCUMENT_H
#define FC_SETTINGS_DOCUMENT_H

#include <limits.h>
#include <stddef.h>

#include "json/json.h"
#include "settings.h"

/* Stands for a document that does not exist. */
#define SETTINGS_EMPTY "{}\n"

struct settings {
    char *text; /* with a NUL behind */
    size_t len;
    struct json_value root; /* its shape is right */
};

/*
 * Takes text of len bytes over, which came from malloc, also when it fails.
 * Returns NULL and fills *err, with path in it, when it is not JSON or has the
 * wrong shape.
 */
struct settings *settings_parse(const char *path, char *text, size_t len,
                                struct text_error *err);

/* Where in the document a part of its text is. */
struct json_place settings_place(const struct settings *settings,
                                 const struct json_value *part);

/*
 * Where a name that the document knows belongs, as people write it, such as
 * "config.flow.KEY.all" for "enabled"; NULL for any other name.
 */
const char *settings_home(const char *name);

/* The file: settings_file.c. */

/* Whether a missing file is as good as an empty document. */
enum settings_need { SETTINGS_OPTIONAL, SETTINGS_REQUIRED };

/*
 * Reads the whole document. Returns its text, with a NUL behind, which the
 * caller frees, or NULL with *err filled.
 */
char *settings_read(const char *path, enum settings_need need, size_t *len,
                    struct text_error *err);

/*
 * Follows symbolic links to the file that a path names, which need not exist.
 * Returns 0 or an errno value.
 */
int settings_resolve(const char *path, char file[PATH_MAX]);

/*
 * Opens the directory of a file and holds it against other editors, until the
 * descriptor is closed. Returns -1 with errno set on failure.
 */
int settings_lock(const char *file);

/* Gives a file a new text, atomically. Returns 0, or -1 with *err filled. */
int settings_replace(const char *file, const char *text, size_t len,
                     struct text_error *err);

#endif
