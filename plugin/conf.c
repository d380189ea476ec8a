/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * conf - parses script_conf with json-c. One row per key; a key that no row
 * knows is warned about by name, for a misspelt setting is a silent one.
 */
#include "conf.h"

#include <json.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct key {
    const char *name;
    const char *wanted; /* for the error: what the value must be */
    int (*read)(struct conf *conf, struct json_object *value);
};

static const struct conf_limits default_limits = { 50, 4096, 64, 16 };

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
};
#define LIMITS (sizeof limits / sizeof limits[0])

static int set_limit(struct conf_limits *to, const char *name,
                     struct json_object *value)
{
    int64_t number = json_object_get_int64(value);
    unsigned *at;

    for (size_t i = 0; i < LIMITS; i++) {
        if (strcmp(limits[i].name, name) != 0)
            continue;
        if (!json_object_is_type(value, json_type_int) ||
            number < limits[i].least || number > limits[i].most)
            return -1;
        at = (unsigned *)(void *)((char *)to + limits[i].offset);
        *at = (unsigned)number;
        return 0;
    }
    return -1;
}

static int read_limits(struct conf *conf, struct json_object *value)
{
    if (json_object_is_type(value, json_type_array) &&
        json_object_array_length(value) == 0)
        return 0;
    if (!json_object_is_type(value, json_type_object))
        return -1;
    json_object_object_foreach(value, name, number)
    {
        if (set_limit(&conf->limits, name, number) != 0)
            return -1;
    }
    return 0;
}

static int read_script(struct conf *conf, struct json_object *value)
{
    const char *path = json_object_get_string(value);

    /* A path ends at a NUL byte, so one that holds it names another file. */
    if (!json_object_is_type(value, json_type_string) || path[0] == '\0' ||
        strlen(path) != (size_t)json_object_get_string_len(value))
        return -1;
    conf->script = strdup(path);
    return conf->script == NULL ? -1 : 0;
}

static int read_compat(struct conf *conf, struct json_object *value)
{
    const char *text = json_object_get_string(value);

    if (text != NULL && strcmp(text, "ntopng") == 0)
        conf->ntopng_compat = true;
    else if (text == NULL || strcmp(text, "documented") != 0)
        return -1;
    return 0;
}

static const struct key keys[] = {
    { "script", "the path of a Lua script", read_script },
    { "compat", "\"documented\" or \"ntopng\"", read_compat },
    { "limits",
      "an object with \"run_ms\" (1..10000), \"memory_kb\" (256..1048576), "
      "\"script_kb\" (1..1024) or \"kills\" (1..1000000)",
      read_limits },
};

static const struct key *find_key(const char *name)
{
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (strcmp(keys[i].name, name) == 0)
            return &keys[i];
    return NULL;
}

static void warn_unknown(const char *name, conf_warn_fn *warn, void *context)
{
    char text[256];

    snprintf(text, sizeof text,
             "script_conf: \"%s\" is no setting of this check; it knows "
             "\"script\", \"compat\" and \"limits\"",
             name);
    warn(context, text);
}

static int read_object(struct conf *conf, struct json_object *object,
                       conf_warn_fn *warn, void *context,
                       char error[static CONF_ERROR_MAX])
{
    json_object_object_foreach(object, name, value)
    {
        const struct key *key = find_key(name);

        if (key == NULL) {
            warn_unknown(name, warn, context);
        } else if (key->read(conf, value) != 0) {
            snprintf(error, CONF_ERROR_MAX,
                     "script_conf: \"%s\" must be %s, not %s", name,
                     key->wanted, json_object_to_json_string(value));
            return -1;
        }
    }
    return 0;
}

static bool is_empty_array(struct json_object *object)
{
    return json_object_is_type(object, json_type_array) &&
           json_object_array_length(object) == 0;
}

/*
 * Parses text that need not end in NUL; null gives a NULL object. Returns 0, or
 * -1 and sets *why to the parser's reason.
 */
static int parse(struct json_object **object, const char *json, size_t len,
                 const char **why)
{
    struct json_tokener *parser = json_tokener_new();
    enum json_tokener_error error;

    *why = "out of memory";
    if (parser == NULL)
        return -1;
    json_tokener_set_flags(parser, JSON_TOKENER_STRICT);
    *object = json_tokener_parse_ex(parser, json, (int)len);
    /* After "42" more digits may come: a NUL tells the parser that none do. */
    if (json_tokener_get_error(parser) == json_tokener_continue)
        *object = json_tokener_parse_ex(parser, "", 1);
    error = json_tokener_get_error(parser);
    *why = json_tokener_error_desc(error);
    json_tokener_free(parser);
    return error == json_tokener_success ? 0 : -1;
}

int conf_parse(struct conf *conf, const char *json, size_t len,
               conf_warn_fn *warn, void *context,
               char error[static CONF_ERROR_MAX])
{
    struct json_object *object = NULL;
    const char *why;
    int result = -1;

    *conf = (struct conf){ .limits = default_limits };
    if (parse(&object, json, len, &why) != 0)
        snprintf(error, CONF_ERROR_MAX, "script_conf: not JSON: %s", why);
    else if (is_empty_array(object))
        result = 0;
    else if (!json_object_is_type(object, json_type_object))
        snprintf(error, CONF_ERROR_MAX,
                 "script_conf: must be an object, not %s",
                 json_object_to_json_string(object));
    else
        result = read_object(conf, object, warn, context, error);
    json_object_put(object);
    if (result != 0)
        conf_free(conf);
    return result;
}

void conf_free(struct conf *conf)
{
    free(conf->script);
    memset(conf, 0, sizeof *conf);
}
