/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * settings - reads the settings document, and says what it says.
 *
 * The document belongs to people and to other programs too: this unit accepts
 * what it does not know. It does not know which checks exist, nor what a
 * script_conf may hold.
 */
#include "settings.h"

#include <stdlib.h>
#include <string.h>

#include "settings_document.h"

/* --- The document's shape ------------------------------------------------ */

static bool is_boolean(const struct json_value *value)
{
    return json_is(value, 't') || json_is(value, 'f');
}

/* A member of a table; false when there is none, or no table to look into. */
static bool get_member(const struct json_value *table, const char *name,
                       struct json_value *value)
{
    struct json_value key;

    return json_find(table, name, &key, value) > 0;
}

/*
 * Whether a member is absent or passes the test; *value is the member. JSON's
 * null is not absent.
 */
static bool member_fits(const struct json_value *table, const char *name,
                        bool (*test)(const struct json_value *),
                        struct json_value *value)
{
    *value = (struct json_value){ "{}", 2 };
    return !get_member(table, name, value) || test(value);
}

/* The table of all checks, empty when it is missing. */
static struct json_value get_checks(const struct settings *settings)
{
    struct json_value config, flow;

    if (get_member(&settings->root, "config", &config) &&
        get_member(&config, "flow", &flow))
        return flow;
    return (struct json_value){ "{}", 2 };
}

/* What the document says of one check. */
static bool get_of_check(const struct settings *settings, const char *key,
                         const char *name, struct json_value *value)
{
    struct json_value checks = get_checks(settings), entry, all;

    return get_member(&checks, key, &entry) &&
           get_member(&entry, "all", &all) && get_member(&all, name, value);
}

/* What is wrong around the checks, and where; NULL when nothing is. */
static const char *find_fault(const struct json_value *root,
                              struct json_value *where)
{
    struct json_value config;

    *where = *root;
    if (!json_is_table(root))
        return "the document must be an object";
    if (!member_fits(root, "config", json_is_table, where))
        return "config must be an object";
    config = *where;
    if (!member_fits(&config, "flow", json_is_table, where))
        return "config.flow must be an object";
    return NULL;
}

/* What is wrong with one check's entry, said after its key, and where. */
static const char *find_entry_fault(const struct json_value *entry,
                                    struct json_value *where)
{
    struct json_value all;

    *where = *entry;
    if (!json_is_table(entry))
        return " must be an object, such as {\"all\": {\"enabled\": true}}";
    if (!member_fits(entry, "all", json_is_table, where))
        return ".all must be an object";
    all = *where;
    if (!member_fits(&all, "enabled", is_boolean, where))
        return ".all.enabled must be true or false";
    if (!member_fits(&all, "script_conf", json_is_table, where))
        return ".all.script_conf must be an object";
    return NULL;
}

/* RFC 8259 lets a reader ignore a byte order mark. */
static size_t mark_length(const struct settings *settings)
{
    return strncmp(settings->text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
}

struct json_place settings_place(const struct settings *settings,
                                 const struct json_value *part)
{
    const char *start = settings->text + mark_length(settings);

    return json_place(start, (size_t)(part->text - start));
}

const char *settings_home(const char *name)
{
    static const struct {
        const char *name, *home;
    } homes[] = {
        { "config", "the document itself" },
        { "filters", "the document itself" },
        { "flow", "config" },
        { "all", "config.flow.KEY" },
        { "enabled", "config.flow.KEY.all" },
        { "script_conf", "config.flow.KEY.all" },
    };

    for (size_t i = 0; i < sizeof homes / sizeof *homes; i++)
        if (strcmp(homes[i].name, name) == 0)
            return homes[i].home;
    return NULL;
}

/* A value of the wrong type may be of the right one elsewhere. */
static int fail_entry(const struct settings *settings, const char *path,
                      const struct json_value *key, const char *fault,
                      const struct json_value *where, struct text_error *err)
{
    struct json_place place = settings_place(settings, where);
    char name[16];
    const char *home =
        json_read_string(key, name, sizeof name) ? settings_home(name) : NULL;

    return text_fail(err,
                     "%s: line %zu, column %zu: config.flow.%.*s%s%s%s%s%s",
                     path, place.line, place.column, (int)key->len - 2,
                     key->text + 1, fault, home ? ": \"" : "", home ? name : "",
                     home ? "\" belongs in " : "", home ? home : "");
}

static int check_entries(const struct settings *settings, const char *path,
                         struct text_error *err)
{
    struct json_value rest = get_checks(settings), key, entry, where;

    while (json_next_member(&rest, &key, &entry)) {
        const char *fault = find_entry_fault(&entry, &where);

        if (fault != NULL)
            return fail_entry(settings, path, &key, fault, &where, err);
    }
    return 0;
}

static int check_shape(const struct settings *settings, const char *path,
                       struct text_error *err)
{
    struct json_value where;
    const char *fault = find_fault(&settings->root, &where);
    struct json_place place;

    if (fault == NULL)
        return check_entries(settings, path, err);
    place = settings_place(settings, &where);
    return text_fail(err, "%s: line %zu, column %zu: %s", path, place.line,
                     place.column, fault);
}

/* --- Reading ------------------------------------------------------------- */

/* What writers of other languages take for JSON. */
static const char *hint(const char *text, size_t len,
                        const struct json_fault *fault)
{
    static const struct {
        char byte;
        const char *hint;
    } hints[] = {
        { '\'', ": strings stand in double quotes" },
        { '/', ": JSON has no comments" },
        { '#', ": JSON has no comments" },
        { 'N', ": NaN and None are not JSON: write null" },
        { 'I', ": infinity is not a JSON number" },
        { 'T', ": JSON's words are true, false and null" },
        { 'F', ": JSON's words are true, false and null" },
    };

    for (size_t i = 0; fault->at < len && i < sizeof hints / sizeof *hints; i++)
        if (hints[i].byte == text[fault->at])
            return hints[i].hint;
    return "";
}

static int fail_json(const char *path, const char *text, size_t len,
                     enum json_verdict verdict, const struct json_fault *fault,
                     struct text_error *err)
{
    struct json_place place = json_place(text, fault->at);

    return text_fail(err,
                     "%s: malformed JSON at line %zu, column %zu: %sexpected "
                     "%s%s",
                     path, place.line, place.column,
                     verdict == JSON_ENDS_EARLY ? "the text ends; " : "",
                     fault->wanted,
                     verdict == JSON_WRONG ? hint(text, len, fault) : "");
}

static int parse(struct settings *settings, const char *path,
                 struct text_error *err)
{
    size_t mark = mark_length(settings), len = settings->len - mark;
    const char *text = settings->text + mark;
    struct json_fault fault;
    enum json_verdict verdict =
        json_check(text, len, JSON_UTF8, &settings->root, &fault);

    if (verdict != JSON_VALID)
        return fail_json(path, text, len, verdict, &fault, err);
    return check_shape(settings, path, err);
}

struct settings *settings_parse(const char *path, char *text, size_t len,
                                struct text_error *err)
{
    struct settings *settings = malloc(sizeof *settings);

    if (settings == NULL) {
        free(text);
        text_fail(err, "%s: out of memory", path);
        return NULL;
    }
    *settings = (struct settings){ .text = text, .len = len };
    if (parse(settings, path, err) == 0)
        return settings;
    settings_free(settings);
    return NULL;
}

static struct settings *load(const char *path, enum settings_need need,
                             struct text_error *err)
{
    size_t len;
    char *text = settings_read(path, need, &len, err);

    return text != NULL ? settings_parse(path, text, len, err) : NULL;
}

struct settings *settings_load(const char *path, struct text_error *err)
{
    return load(path, SETTINGS_OPTIONAL, err);
}

struct settings *settings_load_named(const char *path, struct text_error *err)
{
    return load(path, SETTINGS_REQUIRED, err);
}

void settings_free(struct settings *settings)
{
    if (settings == NULL)
        return;
    free(settings->text);
    free(settings);
}

/* --- Asking -------------------------------------------------------------- */

bool settings_enabled(const struct settings *settings, const char *key)
{
    struct json_value enabled;

    return get_of_check(settings, key, "enabled", &enabled) &&
           json_is(&enabled, 't');
}

char *settings_script_conf(const struct settings *settings, const char *key)
{
    struct json_value conf;

    if (!get_of_check(settings, key, "script_conf", &conf) ||
        !json_is(&conf, '{'))
        return strdup("{}");
    return strndup(conf.text, conf.len);
}

struct json_place settings_conf_place(const struct settings *settings,
                                      const char *key)
{
    struct json_value conf;

    if (!get_of_check(settings, key, "script_conf", &conf))
        return (struct json_place){ 0, 0 };
    return settings_place(settings, &conf);
}
