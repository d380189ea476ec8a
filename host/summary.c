/* SPDX-License-Identifier: GPL-3.0-or-later */
/* summary - lines that leave out what did not happen. */
#include "summary.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "flow_limit.h"
#include "log.h"
#include "stats_text.h"

/* A line that grows by "12 frames, 3 else". */
struct list {
    size_t len;
    char text[1024];
};

static void list_text(struct list *list, const char *text)
{
    int n = snprintf(list->text + list->len, sizeof list->text - list->len,
                     "%s%s", list->len > 0 ? ", " : "", text);

    if (n > 0 && (size_t)n < sizeof list->text - list->len)
        list->len += (size_t)n;
}

/* What has not happened is left out. noun is that of text_count. */
static void list_add(struct list *list, uint64_t count, const char *noun)
{
    char text[TEXT_COUNT_MAX];

    if (count > 0)
        list_text(list, text_count(text, count, noun));
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
    char packets[TEXT_COUNT_MAX], bytes[TEXT_COUNT_MAX], flows[TEXT_COUNT_MAX];
    char raised[TEXT_COUNT_MAX];

    log_say(FC_LOG_INFO, "%s, %s, %s (%" PRIu64 " detected), %s in %.3f s",
            text_count(packets, counters->packets, "packet(s)"),
            text_count(bytes, counters->bytes, "byte(s)"),
            text_count(flows, counters->flows, "flow(s)"), counters->named,
            text_count(raised, alerts, "alert(s)"),
            seconds_since(&summary->start));
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
             "fragment(s) whose first was not seen");
    list_add(&lost, counters->out_of_memory, "for lack of memory");
    write_list("unsupported", &unsupported);
    write_list("in no flow", &lost);
}

static const char *const hooks[FC_HOOKS] = { "detected", "periodic", "end" };

static const char *const failure_names[FC_FAILURES] = {
    [FC_FAILURE_SYNTAX] = "syntax error(s)",
    [FC_FAILURE_RUNTIME] = "run-time error(s)",
    [FC_FAILURE_ARGUMENT] = "bad argument(s)",
    [FC_FAILURE_BLOCKED] = "blocked name(s)",
    [FC_FAILURE_TIME] = "out of time",
    [FC_FAILURE_MEMORY] = "out of memory",
    [FC_FAILURE_FILE] = "unreadable file(s)",
    [FC_FAILURE_RELOAD] = "failed reload(s)",
};

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

/* What ran in a hook: its script, or the check itself. */
static const char *program_name(const struct check_figures *check, int hook)
{
    const char *script = check->hook[hook].script;

    return script != NULL ? script : check->check->key;
}

static void list_failures(struct list *list, const struct fc_stats *stats)
{
    list_add(list, figures_failures(stats), "failure(s)");
    for (int i = 0; i < FC_FAILURES; i++)
        list_add(list, stats->failures[i], failure_names[i]);
    list_add(list, figures_other_failures(stats), "other");
}

static void write_hook(const struct check_figures *check, int hook)
{
    const struct fc_stats *stats = &check->hook[hook];
    struct list list = { 0 };

    list_add(&list, stats->runs, "run(s)");
    list_failures(&list, stats);
    list_add(&list, stats->skipped, "flow(s) skipped");
    list_add(&list, stats->reloads, "reload(s)");
    list_add(&list, stats->alerts, "alert(s)");
    list_add(&list, stats->duplicates, "repeated alert(s) dropped");
    list_add(&list, stats->over_limit, "alert(s) over a flow's limit dropped");
    list_add(&list, stats->clamped, "score(s) clamped");
    if (list.len == 0)
        list_text(&list, "never run");
    if (stats->state == FC_HOOK_OFF)
        list_text(&list, "switched off");
    log_say(FC_LOG_INFO, "%s (%s): %s", program_name(check, hook), hooks[hook],
            list.text);
    if (stats->timed > 0)
        write_cost(stats);
}

static void write_check(const struct check_figures *check)
{
    for (int hook = 0; hook < FC_HOOKS; hook++)
        if (figures_has_hook(&check->hook[hook]))
            write_hook(check, hook);
}

/* "all 443 flows", "its only flow": what a hook has run on. */
static const char *all_runs(const struct fc_stats *stats, int hook,
                            char text[TEXT_COUNT_MAX])
{
    bool is_periodic = hook == FC_HOOK_PERIODIC;

    if (stats->runs == 1)
        return is_periodic ? "its only run" : "its only flow";
    snprintf(text, TEXT_COUNT_MAX, "all %" PRIu64 " %s", stats->runs,
             is_periodic ? "runs" : "flows");
    return text;
}

/* A check that failed whenever it ran has looked at nothing. */
static void write_verdict(const struct check_figures *check, int hook)
{
    const struct fc_stats *stats = &check->hook[hook];
    const char *error = stats->last_error != NULL ? stats->last_error : "";
    char runs[TEXT_COUNT_MAX], alerts[TEXT_COUNT_MAX] = "no alert";
    char skipped[TEXT_COUNT_MAX] = "";

    if (!figures_always_failed(stats))
        return;
    if (stats->alerts > 0)
        text_count(alerts, stats->alerts, "alert(s) before it failed");
    if (stats->skipped > 0)
        text_count(skipped, stats->skipped, "more skipped; ");
    log_say(FC_LOG_ERROR,
            "%s failed on %s in the %s hook: %sit raised %s%s%.*s",
            program_name(check, hook), all_runs(stats, hook, runs), hooks[hook],
            skipped, alerts, error[0] != '\0' ? "; its last error: " : "",
            (int)strcspn(error, "\n"), error);
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
    for (size_t i = 0; i < figures->count; i++)
        for (int hook = 0; hook < FC_HOOKS; hook++)
            write_verdict(&figures->checks[i], hook);
}
