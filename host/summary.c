/* SPDX-License-Identifier: GPL-3.0-or-later */
/* summary - lines that leave out what did not happen. */
#include "summary.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "flow_limit.h"
#include "log.h"
#include "stats_text.h"

/* A line that grows by "12 what, 3 else". */
struct list {
    size_t len;
    char text[1024];
};

static void list_add(struct list *list, uint64_t count, const char *what)
{
    int n;

    if (count == 0)
        return;
    n = snprintf(list->text + list->len, sizeof list->text - list->len,
                 "%s%" PRIu64 " %s", list->len > 0 ? ", " : "", count, what);
    if (n > 0 && (size_t)n < sizeof list->text - list->len)
        list->len += (size_t)n;
}

void summary_start(struct summary *summary)
{
    clock_gettime(CLOCK_MONOTONIC, &summary->start);
}

static double seconds_since(const struct timespec *start)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - start->tv_sec) +
           (double)(now.tv_nsec - start->tv_nsec) / 1e9;
}

static void write_traffic(const struct summary *summary,
                          const struct worker_counters *counters,
                          uint64_t alerts)
{
    log_say(FC_LOG_INFO,
            "%" PRIu64 " packets, %" PRIu64 " bytes, %" PRIu64
            " flows (%" PRIu64 " detected), %" PRIu64 " alerts in %.3f s",
            counters->packets, counters->bytes, counters->flows,
            counters->named, alerts, seconds_since(&summary->start));
}

static int most_frequent(const uint64_t counts[], int first, int end)
{
    int most = first;

    for (int i = first; i < end; i++)
        if (counts[i] > counts[most])
            most = i;
    return most;
}

/* Results from first to the one before end, the most frequent first. */
static void list_results(struct list *list,
                         const struct worker_counters *counters, int first,
                         int end)
{
    uint64_t left[DECODE_RESULTS];
    int most;

    memcpy(left, counters->undecoded, sizeof left);
    while (left[most = most_frequent(left, first, end)] > 0) {
        list_add(list, left[most],
                 decode_result_name((enum decode_result)most));
        left[most] = 0;
    }
}

static void write_list(const char *title, const struct list *list)
{
    if (list->len > 0)
        log_say(FC_LOG_INFO, "%s: %s", title, list->text);
}

/* What we do not look into, by its name; and packets that could not be. */
static void write_ignored(const struct worker_counters *counters)
{
    struct list unsupported = { 0 };
    struct list lost = { 0 };

    list_results(&unsupported, counters, DECODE_ARP, DECODE_RESULTS);
    list_results(&lost, counters, DECODE_TRUNCATED, DECODE_ARP);
    list_add(&lost, counters->lost_fragments,
             "fragments whose first was not seen");
    list_add(&lost, counters->out_of_memory, "for lack of memory");
    write_list("unsupported", &unsupported);
    write_list("in no flow", &lost);
}

static const char *const failure_names[FC_FAILURES] = {
    [FC_FAILURE_SYNTAX] = "syntax errors",
    [FC_FAILURE_RUNTIME] = "run-time errors",
    [FC_FAILURE_ARGUMENT] = "bad arguments",
    [FC_FAILURE_BLOCKED] = "blocked names",
    [FC_FAILURE_TIME] = "out of time",
    [FC_FAILURE_MEMORY] = "out of memory",
    [FC_FAILURE_FILE] = "unreadable files",
    [FC_FAILURE_RELOAD] = "failed reloads",
};

static uint64_t failures_of(const struct fc_stats *stats)
{
    uint64_t sum = 0;

    for (int i = 0; i < FC_FAILURES; i++)
        sum += stats->failures[i];
    return sum;
}

/* A time in the unit that makes it short. */
static const char *time_text(uint64_t nanoseconds, char text[32])
{
    if (nanoseconds < 10000)
        snprintf(text, 32, "%" PRIu64 " ns", nanoseconds);
    else if (nanoseconds < 10000000)
        snprintf(text, 32, "%" PRIu64 " us", nanoseconds / 1000);
    else
        snprintf(text, 32, "%" PRIu64 " ms", nanoseconds / 1000000);
    return text;
}

static void write_cost(const struct fc_stats *stats)
{
    char mean[32], half[32], most[32], max[32];

    log_say(FC_LOG_INFO,
            "  a run took %s (mean), %s (p50), %s (p99), %s (max); memory "
            "%" PRIu64 " KB, at most %" PRIu64 " KB",
            time_text(stats->time_total / stats->timed, mean),
            time_text(stats_percentile(stats, 50), half),
            time_text(stats_percentile(stats, 99), most),
            time_text(stats->time_max, max), stats->memory_used / 1024,
            stats->memory_peak / 1024);
}

static void write_hook(const char *hook, const struct fc_stats *stats)
{
    struct list list = { 0 };

    list_add(&list, stats->runs, "runs");
    list_add(&list, failures_of(stats), "failures");
    for (int i = 0; i < FC_FAILURES; i++)
        list_add(&list, stats->failures[i], failure_names[i]);
    list_add(&list, stats->skipped, "flows skipped");
    list_add(&list, stats->reloads, "reloads");
    list_add(&list, stats->alerts, "alerts");
    list_add(&list, stats->duplicates, "repeated alerts dropped");
    list_add(&list, stats->over_limit, "alerts over a flow's limit dropped");
    list_add(&list, stats->clamped, "scores clamped");
    log_say(FC_LOG_INFO, "%s (%s): %s", stats->script, hook,
            list.len > 0 ? list.text : "never run");
    if (stats->timed > 0)
        write_cost(stats);
}

static void write_check(const struct check_figures *check)
{
    static const char *const hooks[FC_HOOKS] = { "detected", "periodic",
                                                 "end" };

    for (int hook = 0; hook < FC_HOOKS; hook++)
        if (check->hook[hook].script != NULL)
            write_hook(hooks[hook], &check->hook[hook]);
}

void summary_write(const struct summary *summary,
                   const struct worker_counters *counters,
                   const struct figures *figures, uint64_t alerts)
{
    write_traffic(summary, counters, alerts);
    flow_limit_tell(counters->evicted);
    write_ignored(counters);
    for (size_t i = 0; i < figures->count; i++)
        write_check(&figures->checks[i]);
}
