/* SPDX-License-Identifier: GPL-3.0-or-later */
/* figures - two tables of fields: what is summed up, and what is not. */
#include "figures.h"

#include <stdlib.h>

static const size_t sums[] = {
    offsetof(struct fc_stats, runs),
    offsetof(struct fc_stats, ok),
    offsetof(struct fc_stats, alerts),
    offsetof(struct fc_stats, duplicates),
    offsetof(struct fc_stats, over_limit),
    offsetof(struct fc_stats, clamped),
    offsetof(struct fc_stats, skipped),
    offsetof(struct fc_stats, reloads),
    offsetof(struct fc_stats, timed),
    offsetof(struct fc_stats, time_total),
    offsetof(struct fc_stats, collections),
    offsetof(struct fc_stats, allocations),
};

static const size_t greatest[] = {
    offsetof(struct fc_stats, time_max),
    offsetof(struct fc_stats, memory_used),
    offsetof(struct fc_stats, memory_peak),
    offsetof(struct fc_stats, time_limit),
    offsetof(struct fc_stats, memory_limit),
};

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

static uint64_t *field(struct fc_stats *stats, size_t offset)
{
    return (uint64_t *)(void *)((char *)stats + offset);
}

static uint64_t value(const struct fc_stats *stats, size_t offset)
{
    return *(const uint64_t *)(const void *)((const char *)stats + offset);
}

/* A check may tell any numbers: a sum never comes out small. */
static uint64_t add(uint64_t sum, uint64_t more)
{
    return more > UINT64_MAX - sum ? UINT64_MAX : sum + more;
}

static void add_all(uint64_t sum[], const uint64_t more[], size_t count)
{
    for (size_t i = 0; i < count; i++)
        sum[i] = add(sum[i], more[i]);
}

/* One that is not known may be as bad as any, but is not known to be. */
static int badness(enum fc_hook_state state)
{
    static const int ranks[FC_HOOK_STATES] = {
        [FC_HOOK_EMPTY] = 0,
        [FC_HOOK_READY] = 1,
        [FC_HOOK_BROKEN] = 3,
        [FC_HOOK_OFF] = 4,
    };

    return (unsigned)state < FC_HOOK_STATES ? ranks[state] : 2;
}

static void add_error(struct fc_stats *sum, const struct fc_stats *more)
{
    if (more->last_error == NULL)
        return;
    if (sum->last_error != NULL &&
        sum->last_error_time >= more->last_error_time)
        return;
    sum->last_error = more->last_error;
    sum->last_error_time = more->last_error_time;
}

void figures_add_hook(struct fc_stats *sum, const struct fc_stats *more)
{
    for (size_t i = 0; i < COUNT(sums); i++)
        *field(sum, sums[i]) = add(value(sum, sums[i]), value(more, sums[i]));
    for (size_t i = 0; i < COUNT(greatest); i++)
        if (value(more, greatest[i]) > value(sum, greatest[i]))
            *field(sum, greatest[i]) = value(more, greatest[i]);
    add_all(sum->failures, more->failures, FC_FAILURES_MAX);
    add_all(sum->time_histogram, more->time_histogram, FC_TIME_BUCKETS);
    if (badness(more->state) > badness(sum->state))
        sum->state = more->state;
    if (sum->script == NULL)
        sum->script = more->script;
    add_error(sum, more);
}

static uint64_t sum_failures(const struct fc_stats *stats, int first)
{
    uint64_t sum = 0;

    for (int kind = first; kind < FC_FAILURES_MAX; kind++)
        sum = add(sum, stats->failures[kind]);
    return sum;
}

uint64_t figures_failures(const struct fc_stats *stats)
{
    return sum_failures(stats, 0);
}

uint64_t figures_other_failures(const struct fc_stats *stats)
{
    return sum_failures(stats, FC_FAILURES);
}

bool figures_has_hook(const struct fc_stats *stats)
{
    return stats->script != NULL || stats->state != FC_HOOK_EMPTY ||
           stats->runs > 0 || stats->alerts > 0 || figures_failures(stats) > 0;
}

bool figures_always_failed(const struct fc_stats *stats)
{
    return stats->runs > 0 && stats->ok == 0 && figures_failures(stats) > 0;
}

static bool is_good(const struct fc_stats *stats)
{
    return figures_failures(stats) == 0 && stats->state != FC_HOOK_BROKEN &&
           stats->state != FC_HOOK_OFF;
}

bool figures_are_good(const struct figures *figures)
{
    for (size_t i = 0; i < figures->count; i++)
        for (int hook = 0; hook < FC_HOOKS; hook++)
            if (!is_good(&figures->checks[i].hook[hook]))
                return false;
    return true;
}

struct figures *figures_take(const struct checks *checks)
{
    size_t count = checks_count(checks);
    struct figures *figures =
        calloc(1, sizeof *figures + count * sizeof figures->checks[0]);

    if (figures == NULL)
        return NULL;
    figures->count = count;
    for (size_t i = 0; i < count; i++) {
        figures->checks[i].check = checks_get(checks, i);
        for (int hook = 0; hook < FC_HOOKS; hook++)
            checks_stats(checks, i, (enum fc_hook)hook,
                         &figures->checks[i].hook[hook]);
    }
    return figures;
}

void figures_add(struct figures *sum, const struct figures *more)
{
    for (size_t i = 0; i < sum->count && i < more->count; i++)
        for (int hook = 0; hook < FC_HOOKS; hook++)
            figures_add_hook(&sum->checks[i].hook[hook],
                             &more->checks[i].hook[hook]);
}
