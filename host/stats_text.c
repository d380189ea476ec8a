/* SPDX-License-Identifier: GPL-3.0-or-later */
/* stats_text - json-c objects from struct fc_stats. */
#include "stats_text.h"

#include <errno.h>
#include <json.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *const failure_keys[FC_FAILURES] = {
    [FC_FAILURE_SYNTAX] = "syntax",     [FC_FAILURE_RUNTIME] = "runtime",
    [FC_FAILURE_ARGUMENT] = "argument", [FC_FAILURE_BLOCKED] = "blocked",
    [FC_FAILURE_TIME] = "time",         [FC_FAILURE_MEMORY] = "memory",
    [FC_FAILURE_FILE] = "file",         [FC_FAILURE_RELOAD] = "reload",
};

static const char *const hook_keys[FC_HOOKS] = { "detected", "periodic",
                                                 "end" };

static const char *const state_keys[] = {
    [FC_HOOK_EMPTY] = "empty",    [FC_HOOK_READY] = "ready",
    [FC_HOOK_BROKEN] = "broken",  [FC_HOOK_OFF] = "off",
    [FC_HOOK_STATES] = "unknown",
};

uint64_t stats_percentile(const struct fc_stats *stats, unsigned percent)
{
    uint64_t wanted = stats->timed / 100 * percent +
                      (stats->timed % 100 * percent + 99) / 100;
    uint64_t seen = 0;

    for (unsigned i = 0; i < FC_TIME_BUCKETS; i++) {
        uint64_t end = (UINT64_C(2) << i) - 1;

        seen += stats->time_histogram[i];
        if (seen >= wanted)
            return end < stats->time_max ? end : stats->time_max;
    }
    return stats->time_max;
}

static void add(struct json_object *object, const char *key, uint64_t value)
{
    json_object_object_add(object, key, json_object_new_uint64(value));
}

static struct json_object *failures_json(const struct fc_stats *stats)
{
    struct json_object *object = json_object_new_object();

    for (int i = 0; i < FC_FAILURES; i++)
        add(object, failure_keys[i], stats->failures[i]);
    add(object, "other", figures_other_failures(stats));
    return object;
}

static struct json_object *time_json(const struct fc_stats *stats)
{
    struct json_object *object = json_object_new_object();

    add(object, "timed", stats->timed);
    add(object, "total", stats->time_total);
    add(object, "mean", stats->timed ? stats->time_total / stats->timed : 0);
    add(object, "p50", stats_percentile(stats, 50));
    add(object, "p99", stats_percentile(stats, 99));
    add(object, "max", stats->time_max);
    return object;
}

static struct json_object *memory_json(const struct fc_stats *stats)
{
    struct json_object *object = json_object_new_object();

    add(object, "used", stats->memory_used);
    add(object, "peak", stats->memory_peak);
    add(object, "collections", stats->collections);
    return object;
}

/* Both strings of the figures are shorter than FC_PATH_MAX. */
static struct json_object *text_json(const char *text)
{
    char clean[FC_MESSAGE_MAX + 1];

    if (text == NULL)
        return NULL;
    text_utf8_most(clean, FC_MESSAGE_MAX, text, strnlen(text, FC_PATH_MAX));
    return json_object_new_string(clean);
}

static const char *state_key(enum fc_hook_state state)
{
    return state_keys[(unsigned)state < FC_HOOK_STATES ? state
                                                       : FC_HOOK_STATES];
}

static struct json_object *hook_json(const struct fc_stats *stats)
{
    struct json_object *object = json_object_new_object();

    json_object_object_add(object, "script", text_json(stats->script));
    json_object_object_add(object, "state",
                           json_object_new_string(state_key(stats->state)));
    add(object, "runs", stats->runs);
    add(object, "ok", stats->ok);
    json_object_object_add(object, "failures", failures_json(stats));
    add(object, "skipped", stats->skipped);
    add(object, "reloads", stats->reloads);
    add(object, "alerts", stats->alerts);
    add(object, "duplicates", stats->duplicates);
    add(object, "over_limit", stats->over_limit);
    add(object, "clamped", stats->clamped);
    json_object_object_add(object, "time_ns", time_json(stats));
    json_object_object_add(object, "memory_bytes", memory_json(stats));
    json_object_object_add(object, "last_error", text_json(stats->last_error));
    json_object_object_add(
        object, "last_error_time",
        json_object_new_int64(stats->last_error_time / 1000000));
    return object;
}

static struct json_object *check_json(const struct check_figures *check)
{
    struct json_object *object = json_object_new_object();

    for (int hook = 0; hook < FC_HOOKS; hook++)
        if (figures_has_hook(&check->hook[hook]))
            json_object_object_add(object, hook_keys[hook],
                                   hook_json(&check->hook[hook]));
    return object;
}

static struct json_object *checks_json(const struct figures *figures)
{
    struct json_object *object = json_object_new_object();

    for (size_t i = 0; i < figures->count; i++)
        json_object_object_add(object, figures->checks[i].check->key,
                               check_json(&figures->checks[i]));
    return object;
}

static int write_text(const char *path, const char *text)
{
    FILE *file = strcmp(path, "-") == 0 ? stdout : fopen(path, "w");
    int failed;

    if (file == NULL)
        return -1;
    if (isatty(fileno(file)))
        text_print_json(file, text);
    else
        fputs(text, file);
    putc('\n', file);
    failed = ferror(file) | fflush(file);
    if (file != stdout)
        failed |= fclose(file);
    return failed ? -1 : 0;
}

int stats_write(const char *path, const struct figures *figures,
                struct text_error *err)
{
    struct json_object *object = checks_json(figures);
    const char *text = json_object_to_json_string_ext(
        object, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
                    JSON_C_TO_STRING_NOSLASHESCAPE);
    int result = 0;

    if (text == NULL || write_text(path, text) != 0)
        result = text_fail(err, "cannot write statistics to %s: %s", path,
                           strerror(errno));
    json_object_put(object);
    return result;
}
