/* SPDX-License-Identifier: GPL-3.0-or-later */
/* settings_edit - sets one check's "enabled" in the document's text. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "json/edit.h"
#include "settings_document.h"

/* What leads to a check's "enabled". */
#define NAMES 5

/* A name that cannot be written as JSON would spoil the document. */
static int check_key(const char *path, const char *key, struct text_error *err)
{
    char *quoted = json_quote(key);
    struct json_value value;
    struct json_fault fault;
    bool is_good;

    if (quoted == NULL)
        return text_fail(err, "%s: out of memory", path);
    is_good = json_check(quoted, strlen(quoted), JSON_UTF8, &value, &fault) ==
              JSON_VALID;
    free(quoted);
    return is_good && key[0] != '\0'
               ? 0
               : text_fail(err,
                           "%s: the key of a check is not empty, and is "
                           "UTF-8",
                           path);
}

/* People may see the one, and programs use the other. */
static int refuse_twice(const struct settings *settings, const char *path,
                        const struct json_value *name, struct text_error *err)
{
    struct json_place place = settings_place(settings, name);

    return text_fail(err,
                     "%s: line %zu, column %zu: %.*s is given twice in one "
                     "object: remove the one that is not meant, then edit",
                     path, place.line, place.column, (int)name->len,
                     name->text);
}

/* What comes out must be what was wanted, before it takes a file's place. */
static int replace(const char *path, const struct json_edit *edit,
                   const char *key, bool enabled, struct text_error *err)
{
    char *copy = malloc(edit->len + 1);
    struct settings *settings;
    int status;

    if (copy == NULL)
        return text_fail(err, "%s: out of memory", path);
    memcpy(copy, edit->text, edit->len + 1);
    settings = settings_parse(path, copy, edit->len, err);
    if (settings == NULL)
        return -1;
    status = settings_enabled(settings, key) == enabled
                 ? settings_replace(path, edit->text, edit->len, err)
                 : text_fail(err, "%s: \"enabled\" of %s cannot be edited",
                             path, key);
    settings_free(settings);
    return status;
}

static int edit_text(const struct settings *settings, const char *path,
                     const char *key, bool enabled, struct text_error *err)
{
    const char *const names[NAMES] = { "config", "flow", key, "all",
                                       "enabled" };
    const struct json_value document = { settings->text, settings->len };
    struct json_edit edit;
    enum json_edit_result result =
        json_edit(&document, &settings->root, names, NAMES,
                  enabled ? "true" : "false", &edit);
    int status = 0;

    if (edit.twice.text != NULL)
        status = refuse_twice(settings, path, &edit.twice, err);
    else if (result == JSON_EDITED)
        status = replace(path, &edit, key, enabled, err);
    else if (result != JSON_AS_WANTED)
        status = text_fail(err, "%s: out of memory", path);
    free(edit.text);
    return status;
}

static int edit_file(const char *file, const char *key, bool enabled,
                     struct text_error *err)
{
    struct settings *settings = settings_load(file, err);
    int status;

    if (settings == NULL)
        return -1;
    status = edit_text(settings, file, key, enabled, err);
    settings_free(settings);
    return status;
}

int settings_set_enabled(const char *path, const char *key, bool enabled,
                         struct text_error *err)
{
    char file[PATH_MAX];
    int error = settings_resolve(path, file);
    int directory, status;

    if (error != 0)
        return text_fail(err, "cannot follow %s: %s", path, strerror(error));
    if (check_key(path, key, err) != 0)
        return -1;
    directory = settings_lock(file);
    if (directory < 0)
        return text_fail(err, "cannot open the directory of %s: %s", file,
                         strerror(errno));
    status = edit_file(file, key, enabled, err);
    /* Brings the new name to the disk; if it can't, the old one is there. */
    (void)fsync(directory);
    close(directory);
    return status;
}
