/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * settings - reads the settings document, and edits one value of it.
 *
 * The document belongs to people and to other programs too: what this unit does
 * not know it neither judges nor loses, and it keeps the order of keys. It does
 * not know which checks exist, nor what a script_conf may hold.
 */
#include "settings.h"

#include <errno.h>
#include <fcntl.h>
#include <json.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

struct settings {
    struct json_object *root; /* an object, whose shape find_fault accepts */
};

/* --- The document's shape ------------------------------------------------ */

static bool is_empty_array(struct json_object *value)
{
    return json_object_is_type(value, json_type_array) &&
           json_object_array_length(value) == 0;
}

/* Lua's JSON encoder cannot tell an empty table from an empty list. */
static bool is_table(struct json_object *value)
{
    return json_object_is_type(value, json_type_object) ||
           is_empty_array(value);
}

static bool is_boolean(struct json_object *value)
{
    return json_object_is_type(value, json_type_boolean);
}

/* A member of a table; NULL when there is none, or no table to look into. */
static struct json_object *get_member(struct json_object *table,
                                      const char *name)
{
    struct json_object *value = NULL;

    if (json_object_is_type(table, json_type_object))
        json_object_object_get_ex(table, name, &value);
    return value;
}

/* Whether a member is absent or passes the test. JSON's null is not absent. */
static bool member_fits(struct json_object *table, const char *name,
                        bool (*test)(struct json_object *))
{
    struct json_object *value;

    return !json_object_is_type(table, json_type_object) ||
           !json_object_object_get_ex(table, name, &value) || test(value);
}

/* The table of all checks, or NULL. */
static struct json_object *get_checks(const struct settings *settings)
{
    return get_member(get_member(settings->root, "config"), "flow");
}

/* What the document says of one check, or NULL. */
static struct json_object *get_check(const struct settings *settings,
                                     const char *key)
{
    return get_member(get_member(get_checks(settings), key), "all");
}

/* What is wrong around the checks; NULL when nothing is. */
static const char *find_fault(struct json_object *root)
{
    if (!is_table(root))
        return "the document must be an object";
    if (!member_fits(root, "config", is_table))
        return "config must be an object";
    if (!member_fits(get_member(root, "config"), "flow", is_table))
        return "config.flow must be an object";
    return NULL;
}

/* What is wrong with one check's entry, said after its key. */
static const char *find_entry_fault(struct json_object *entry)
{
    struct json_object *all = get_member(entry, "all");

    if (!is_table(entry))
        return " must be an object";
    if (!member_fits(entry, "all", is_table))
        return ".all must be an object";
    if (!member_fits(all, "enabled", is_boolean))
        return ".all.enabled must be true or false";
    if (!member_fits(all, "script_conf", is_table))
        return ".all.script_conf must be an object";
    return NULL;
}

static int check_entries(const struct settings *settings, const char *path,
                         struct text_error *err)
{
    struct json_object *checks = get_checks(settings);

    if (!json_object_is_type(checks, json_type_object))
        return 0;
    json_object_object_foreach(checks, key, entry)
    {
        const char *fault = find_entry_fault(entry);

        if (fault != NULL)
            return text_fail(err, "%s: config.flow.%s%s", path, key, fault);
        /* json-c keeps the text's buffer: later calls need no memory. */
        if (settings_script_conf(settings, key) == NULL)
            return text_fail(err, "%s: out of memory", path);
    }
    return 0;
}

static int check_shape(struct settings *settings, const char *path,
                       struct text_error *err)
{
    const char *fault = find_fault(settings->root);

    if (fault != NULL)
        return text_fail(err, "%s: %s", path, fault);
    return check_entries(settings, path, err);
}

/* --- Reading ------------------------------------------------------------- */

/* More than any settings need, and little enough to read by mistake. */
#define DOCUMENT_MAX ((size_t)16 << 20)

/* Reads a whole stream; the caller frees *text. Returns 0 or an errno value. */
static int read_all(FILE *file, char **text, size_t *len)
{
    FILE *copy = open_memstream(text, len);
    char block[4096];
    size_t total = 0, n;
    int error = 0;

    if (copy == NULL)
        return errno;
    while (total <= DOCUMENT_MAX &&
           (n = fread(block, 1, sizeof block, file)) > 0)
        total += fwrite(block, 1, n, copy);
    if (ferror(file) || ferror(copy))
        error = errno;
    if (fclose(copy) != 0 && error == 0)
        error = errno;
    return error == 0 && total > DOCUMENT_MAX ? EFBIG : error;
}

/* Says where in the text, counted in characters from 1, which fault is. */
static int fail_at(const char *path, const char *text, size_t offset,
                   const char *fault, struct text_error *err)
{
    size_t line = 1, column = 1;

    for (size_t i = 0; i < offset; i++) {
        bool is_continuation = ((unsigned char)text[i] & 0xC0) == 0x80;

        line += text[i] == '\n';
        column = text[i] == '\n' ? 1 : column + !is_continuation;
    }
    return text_fail(err, "%s: malformed JSON at line %zu, column %zu: %s",
                     path, line, column, fault);
}

/*
 * Parses a document of len bytes and the NUL after them, which tells json-c
 * that no more will come. Where json-c stops before that NUL without an error
 * there is another one in the text.
 */
static int parse_document(const char *path, const char *text, size_t len,
                          struct json_object **root, struct text_error *err)
{
    struct json_tokener *tokener = json_tokener_new();
    const char *fault = NULL;
    size_t end;

    if (tokener == NULL)
        return text_fail(err, "%s: out of memory", path);
    json_tokener_set_flags(tokener,
                           JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    *root = json_tokener_parse_ex(tokener, text, (int)len + 1);
    end = json_tokener_get_parse_end(tokener);
    if (json_tokener_get_error(tokener) != json_tokener_success)
        fault = json_tokener_error_desc(json_tokener_get_error(tokener));
    else if (end < len)
        fault = "nothing may follow the document";
    json_tokener_free(tokener);
    if (fault == NULL)
        return 0;
    /* At a NUL json-c may have counted one character more. */
    len = strlen(text);
    return fail_at(path, text, end < len ? end : len, fault, err);
}

static int read_document(const char *path, struct json_object **root,
                         struct text_error *err)
{
    FILE *file = fopen(path, "re");
    char *text = NULL;
    size_t len = 0;
    int error, status;

    if (file == NULL && errno == ENOENT)
        return parse_document(path, "{}", 2, root, err);
    error = file != NULL ? read_all(file, &text, &len) : errno;
    if (file != NULL)
        fclose(file);
    status = error == 0
                 ? parse_document(path, text, len, root, err)
                 : text_fail(err, "cannot read %s: %s", path, strerror(error));
    free(text);
    return status;
}

struct settings *settings_load(const char *path, struct text_error *err)
{
    struct settings *settings = calloc(1, sizeof *settings);

    if (settings == NULL) {
        text_fail(err, "%s: out of memory", path);
        return NULL;
    }
    if (read_document(path, &settings->root, err) != 0 ||
        check_shape(settings, path, err) != 0) {
        settings_free(settings);
        return NULL;
    }
    return settings;
}

void settings_free(struct settings *settings)
{
    if (settings == NULL)
        return;
    json_object_put(settings->root);
    free(settings);
}

/* --- Asking -------------------------------------------------------------- */

bool settings_enabled(const struct settings *settings, const char *key)
{
    return json_object_get_boolean(
        get_member(get_check(settings, key), "enabled"));
}

const char *settings_script_conf(const struct settings *settings,
                                 const char *key)
{
    struct json_object *conf =
        get_member(get_check(settings, key), "script_conf");

    if (conf == NULL || is_empty_array(conf))
        return "{}";
    return json_object_to_json_string_ext(
        conf, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
}

void settings_each(const struct settings *settings,
                   void (*visit)(void *context, const char *key), void *context)
{
    struct json_object *checks = get_checks(settings);

    if (!json_object_is_type(checks, json_type_object))
        return;
    json_object_object_foreach(checks, key, entry)
    {
        (void)entry;
        visit(context, key);
    }
}

/* --- Editing ------------------------------------------------------------- */

/* Sets a member, of which it becomes the owner. Returns NULL without memory. */
static struct json_object *set_member(struct json_object *object,
                                      const char *name,
                                      struct json_object *value)
{
    if (value != NULL && json_object_object_add(object, name, value) != 0) {
        json_object_put(value);
        return NULL;
    }
    return value;
}

/* A member that is an object, made when it is missing or an empty array. */
static struct json_object *open_member(struct json_object *object,
                                       const char *name)
{
    struct json_object *value;

    if (object == NULL)
        return NULL;
    value = get_member(object, name);
    if (value != NULL && !is_empty_array(value))
        return value;
    return set_member(object, name, json_object_new_object());
}

/* An empty root array becomes an object, like any other empty array. */
static struct json_object *open_root(struct settings *settings)
{
    if (is_empty_array(settings->root)) {
        json_object_put(settings->root);
        settings->root = json_object_new_object();
    }
    return settings->root;
}

/*
 * Returns the edited document as text, owned by settings, or NULL. What json-c
 * does not carry over: of a key given twice the first value, and integers of
 * more than 64 bits.
 */
static const char *edit_enabled(struct settings *settings, const char *key,
                                bool enabled)
{
    const char *const path[] = { "config", "flow", key, "all" };
    struct json_object *object = open_root(settings);

    for (size_t i = 0; i < sizeof path / sizeof *path; i++)
        object = open_member(object, path[i]);
    if (object == NULL ||
        !set_member(object, "enabled", json_object_new_boolean(enabled)))
        return NULL;
    return json_object_to_json_string_ext(
        settings->root, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
                            JSON_C_TO_STRING_NOSLASHESCAPE);
}

/* --- Replacing the file -------------------------------------------------- */

/*
 * Gives a new file the permissions of the one that it will replace, or, when
 * there is none, those that open(2) would give. Only root can keep the owner;
 * the group is kept where the system lets us, so that a service which reads the
 * settings as a group still can.
 */
static int keep_permissions(int fd, const char *file)
{
    bool is_root = geteuid() == 0;
    struct stat old;

    if (stat(file, &old) != 0) {
        /* While we ask, a file made elsewhere is too private, not too open. */
        mode_t mask = umask(S_IRWXG | S_IRWXO);

        umask(mask);
        return fchmod(fd, 0666 & ~mask);
    }
    if (fchown(fd, is_root ? old.st_uid : (uid_t)-1, old.st_gid) != 0 &&
        is_root)
        return -1;
    return fchmod(fd, old.st_mode & 07777);
}

/* Fills a new file and sees it on the disk. Returns 0 or an errno value. */
static int fill_file(int fd, const char *text, const char *replaced)
{
    FILE *stream = fdopen(fd, "w");
    int error = 0;

    if (stream == NULL) {
        error = errno;
        close(fd);
        return error;
    }
    if (keep_permissions(fd, replaced) != 0 ||
        fprintf(stream, "%s\n", text) < 0 || fflush(stream) != 0 ||
        fsync(fd) != 0)
        error = errno;
    if (fclose(stream) != 0 && error == 0)
        error = errno;
    return error;
}

/* The new text is complete on the disk before it takes the file's name. */
static int replace_file(const char *file, const char *text,
                        struct text_error *err)
{
    char temporary[PATH_MAX + sizeof ".XXXXXX"];
    int fd, error;

    snprintf(temporary, sizeof temporary, "%s.XXXXXX", file);
    fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0)
        return text_fail(err, "cannot make a file beside %s: %s", file,
                         strerror(errno));
    error = fill_file(fd, text, file);
    if (error == 0 && rename(temporary, file) != 0)
        error = errno;
    if (error == 0)
        return 0;
    unlink(temporary);
    return text_fail(err, "cannot write %s: %s", file, strerror(error));
}

/* Replaces the path of a symbolic link by the path that it holds. */
static int follow_link(char path[PATH_MAX], ssize_t len, char *target)
{
    char copy[PATH_MAX];
    int n;

    target[len] = '\0';
    snprintf(copy, sizeof copy, "%s", path);
    n = target[0] == '/'
            ? snprintf(path, PATH_MAX, "%s", target)
            : snprintf(path, PATH_MAX, "%s/%s", dirname(copy), target);
    return n < PATH_MAX ? 0 : ENAMETOOLONG;
}

/*
 * Finds the file that a path names in the end, which need not exist: renaming
 * over a link would replace the link. realpath() refuses a missing file.
 * Returns 0 or an errno value.
 */
static int resolve_path(const char *path, char file[PATH_MAX])
{
    int links = 40; /* as many as the kernel follows */
    int error =
        snprintf(file, PATH_MAX, "%s", path) < PATH_MAX ? 0 : ENAMETOOLONG;

    while (error == 0) {
        char target[PATH_MAX];
        ssize_t len = readlink(file, target, sizeof target - 1);

        if (len < 0)
            return 0; /* no link; whatever else is wrong, reading will tell */
        error = links-- > 0 ? follow_link(file, len, target) : ELOOP;
    }
    return error;
}

/*
 * Opens the directory of a file and holds it against other editors, so that of
 * two edits at once none is lost. Where locks don't work we edit without. The
 * lock ends with the descriptor. Returns -1 with errno set on failure.
 */
static int lock_directory(const char *file)
{
    char copy[PATH_MAX];
    int fd;

    snprintf(copy, sizeof copy, "%s", file);
    fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0)
        (void)flock(fd, LOCK_EX);
    return fd;
}

static int edit_file(const char *file, const char *key, bool enabled,
                     struct text_error *err)
{
    struct settings *settings = settings_load(file, err);
    const char *text;
    int status;

    if (settings == NULL)
        return -1;
    text = edit_enabled(settings, key, enabled);
    status = text != NULL ? replace_file(file, text, err)
                          : text_fail(err, "%s: out of memory", file);
    settings_free(settings);
    return status;
}

int settings_set_enabled(const char *path, const char *key, bool enabled,
                         struct text_error *err)
{
    char file[PATH_MAX];
    int error = resolve_path(path, file);
    int directory, status;

    if (error != 0)
        return text_fail(err, "cannot follow %s: %s", path, strerror(error));
    directory = lock_directory(file);
    if (directory < 0)
        return text_fail(err, "cannot open the directory of %s: %s", file,
                         strerror(errno));
    status = edit_file(file, key, enabled, err);
    /* Brings the new name to the disk; if it can't, the old one is there. */
    (void)fsync(directory);
    close(directory);
    return status;
}
