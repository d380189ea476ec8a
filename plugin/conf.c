/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * conf - reads script_conf. One row per key; a key that no row knows is warned
 * about by name, for a misspelt setting is a silent one.
 */
#include "conf.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "json/json.h"

/* Room for the name of a setting, and for "documented". */
#define NAME_MAX_LEN 16
/* Bytes of a wrong value that a sentence quotes. */
#define SHOWN_MAX 100

struct key {
    const char *name;
    const char *wanted; /* for the error: what the value must be */
    int (*read)(struct conf *conf, const struct json_value *value);
};

static const struct conf_limits default_limits = { 50, 4096, 64, 16, 1024 };

/* A limit, and the range that makes sense for it. */
struct limit {
    const char *name;
    size_t offset; /* in struct conf_limits */
    int least;
    int most;
};

static const struct limit limits[] = {
    { "run_ms", offsetof(struct conf_limits, run_ms), 1, 10000 },
    { "memory_kb", offsetof(struct conf_limits, memory_kb), 256, 1048576 },
    { "script_kb", offsetof(struct conf_limits, script_kb), 1, 1024 },
    { "kills", offsetof(struct conf_limits, kills), 1, 1000000 },
    { "output_kb", offsetof(struct conf_limits, output_kb), 1, 1048576 },
};
#define LIMITS (sizeof limits / sizeof limits[0])

static int set_limit(struct conf_limits *to, const char *name,
                     const struct json_value *value)
{
    int64_t number;
    unsigned *at;

    for (size_t i = 0; i < LIMITS; i++) {
        if (strcmp(limits[i].name, name) != 0)
            continue;
        if (!json_read_whole(value, &number) || number < limits[i].least ||
            number > limits[i].most)
            return -1;
        at = (unsigned *)(void *)((char *)to + limits[i].offset);
        *at = (unsigned)number;
        return 0;
    }
    return -1;
}

static int read_limits(struct conf *conf, const struct json_value *value)
{
    struct json_value rest = *value, name, number;
    char text[NAME_MAX_LEN];

    conf->limits = default_limits; /* of two, the last counts */
    if (!json_is_table(value))
        return -1;
    while (json_next_member(&rest, &name, &number))
        if (!json_read_string(&name, text, sizeof text) ||
            set_limit(&conf->limits, text, &number) != 0)
            return -1;
    return 0;
}

static int read_script(struct conf *conf, const struct json_value *value)
{
    if (!json_read_string(value, conf->script, sizeof conf->script) ||
        conf->script[0] == '\0')
        return -1;
    return 0;
}

static int read_compat(struct conf *conf, const struct json_value *value)
{
    char text[NAME_MAX_LEN];

    if (!json_read_string(value, text, sizeof text))
        return -1;
    conf->ntopng_compat = strcmp(text, "ntopng") == 0;
    return conf->ntopng_compat || strcmp(text, "documented") == 0 ? 0 : -1;
}

static int read_hook(struct conf *conf, const struct json_value *value)
{
    static const char *const hooks[FC_HOOKS] = { "detected", "periodic",
                                                 "end" };
    char text[NAME_MAX_LEN];

    if (!json_read_string(value, text, sizeof text))
        return -1;
    conf->hook_by_name = strcmp(text, "by name") == 0;
    for (int hook = 0; hook < FC_HOOKS; hook++) {
        if (strcmp(text, hooks[hook]) != 0)
            continue;
        conf->hook = (enum fc_hook)hook;
        return 0;
    }
    return conf->hook_by_name ? 0 : -1;
}

static const struct key keys[] = {
    { "script", "the path of a Lua script", read_script },
    { "hook",
      "the hook of \"script\": \"detected\", \"periodic\", \"end\" or \"by "
      "name\"",
      read_hook },
    { "compat", "\"documented\" or \"ntopng\"", read_compat },
    { "limits",
      "an object with \"run_ms\" (1..10000), \"memory_kb\" (256..1048576), "
      "\"script_kb\" (1..1024), \"kills\" (1..1000000) or \"output_kb\" "
      "(1..1048576)",
      read_limits },
};

#define KEYS (sizeof keys / sizeof keys[0])

static const struct key *find_key(const struct json_value *name)
{
    char text[NAME_MAX_LEN];

    if (!json_read_string(name, text, sizeof text))
        return NULL;
    for (size_t i = 0; i < KEYS; i++)
        if (strcmp(keys[i].name, text) == 0)
            return &keys[i];
    return NULL;
}

/* As much of a value's text as a sentence has room for. */
static int shown(const struct json_value *value)
{
    return value->len < SHOWN_MAX ? (int)value->len : SHOWN_MAX;
}

static void warn_twice(const struct key *key, conf_warn_fn *warn, void *context)
{
    char text[256];

    snprintf(text, sizeof text,
             "script_conf: \"%s\" was given before: only the last one counts",
             key->name);
    warn(context, text);
}

static void warn_unknown(const struct json_value *name, conf_warn_fn *warn,
                         void *context)
{
    char text[256];

    snprintf(text, sizeof text,
             "script_conf: %.*s is no setting of this check; it knows "
             "\"script\", \"hook\", \"compat\" and \"limits\"",
             shown(name), name->text);
    warn(context, text);
}

static int read_object(struct conf *conf, const struct json_value *object,
                       conf_warn_fn *warn, void *context,
                       char error[static CONF_ERROR_MAX])
{
    struct json_value rest = *object, name, value;
    bool seen[KEYS] = { false };

    while (json_next_member(&rest, &name, &value)) {
        const struct key *key = find_key(&name);

        if (key == NULL) {
            warn_unknown(&name, warn, context);
            continue;
        }
        if (seen[key - keys])
            warn_twice(key, warn, context);
        seen[key - keys] = true;
        if (key->read(conf, &value) != 0) {
            snprintf(error, CONF_ERROR_MAX,
                     "script_conf: \"%s\" must be %s, not %.*s", key->name,
                     key->wanted, shown(&value), value.text);
            return -1;
        }
    }
    return 0;
}

int conf_parse(struct conf *conf, const char *json, size_t len,
               conf_warn_fn *warn, void *context,
               char error[static CONF_ERROR_MAX])
{
    static const char *const reasons[] = {
        [JSON_ENDS_EARLY] = "it ends too early",
        [JSON_WRONG] = "a byte that cannot stand there",
        [JSON_TOO_DEEP] = "too deeply nested",
        [JSON_NOT_UTF8] = "not UTF-8",
    };
    struct json_value object;
    enum json_verdict verdict;
    struct json_fault fault;

    *conf = (struct conf){ .limits = default_limits };
    /* The path of a script may be any bytes. */
    verdict = json_check(json, len, JSON_ANY_BYTES, &object, &fault);
    if (verdict != JSON_VALID) {
        snprintf(error, CONF_ERROR_MAX,
                 "script_conf: not JSON: byte %zu: %s: expected %s",
                 fault.at + 1, reasons[verdict], fault.wanted);
        return -1;
    }
    if (json_is_table(&object))
        return read_object(conf, &object, warn, context, error);
    snprintf(error, CONF_ERROR_MAX, "script_conf: must be an object, not %.*s",
             shown(&object), object.text);
    return -1;
}
