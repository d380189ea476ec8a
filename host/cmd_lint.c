/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cmd_lint - "flowcheck lint": one script, or those that "run" would run,
 * looked at, then run on sample flows or on those of captures. What is wrong,
 * and what a run costs, goes to stdout; alerts are counted, and go nowhere.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "commands.h"
#include "dpi.h"
#include "feed.h"
#include "flow_limit.h"
#include "lint_report.h"
#include "locality.h"
#include "log.h"
#include "samples.h"
#include "script_check.h"
#include "settings_advice.h"
#include "worker.h"

/* Rounds through the samples: this many, or as many as fit in this time. */
#define ROUNDS 300
#define ROUNDS_TIME UINT64_C(300000000) /* nanoseconds */

/* What the runs of a hook have taken. */
struct cost {
    uint64_t time; /* nanoseconds, around the calls */
    uint64_t runs_before;
    uint64_t allocations_before;
};

/* A line of the log. */
struct early_line {
    enum fc_log_level level;
    char *text;
};

struct lint {
    const struct options *options;
    struct settings *settings;
    struct modules *modules;
    struct locality *locality;
    struct dpi *dpi; /* asked for names */
    const char **protocol_names;
    struct checks *checks;
    struct lint_report report;
    struct early_line *early;
    size_t early_count;
    struct cost costs[FC_HOOKS];
    const char *on; /* what a hook runs on, "a flow of DNS"; NULL at rest */
    uint64_t flows;
    uint64_t alerts;
    bool repeating; /* rounds after the first: no output, no alerts */
};

static uint64_t now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

/* What the check says. */

static enum fc_alert_fate on_alert(void *context,
                                   const struct checks_alert *told)
{
    struct lint *lint = context;

    (void)told;
    lint->alerts += !lint->repeating;
    return FC_ALERT_RAISED;
}

static void on_finding(void *context, const struct fc_finding *finding)
{
    struct lint *lint = context;

    lint_report_finding(&lint->report, finding);
}

/* Nobody knows yet which scripts there are. */
static void keep_line(void *context, enum fc_log_level level, const char *text)
{
    struct lint *lint = context;
    struct early_line *lines =
        reallocarray(lint->early, lint->early_count + 1, sizeof *lint->early);

    if (lines == NULL)
        return;
    lint->early = lines;
    lines[lint->early_count].level = level;
    lines[lint->early_count].text = strdup(text);
    if (lines[lint->early_count].text != NULL)
        lint->early_count++;
}

static void on_log(void *context, enum fc_log_level level, const char *text)
{
    struct lint *lint = context;

    if (lint->repeating && level == FC_LOG_OUTPUT)
        return;
    if (!lint_report_log(&lint->report, level, text, lint->on))
        log_text(level, text);
}

/* What was logged while the check was enabled. It tells of its scripts what its
 * lint will tell; a module from before lint tells of them in its log alone. */
static void tell_early_lines(struct lint *lint, bool has_lint)
{
    for (size_t i = 0; i < lint->early_count; i++) {
        struct early_line *line = &lint->early[i];

        if (!has_lint)
            on_log(lint, line->level, line->text);
        else if (lint_report_script(&lint->report, line->text) == NULL)
            log_text(line->level, line->text);
        free(line->text);
    }
    free(lint->early);
    lint->early = NULL;
    lint->early_count = 0;
}

/* Runs. */

static struct fc_stats read_stats(const struct lint *lint, int hook)
{
    struct fc_stats stats;

    checks_stats(lint->checks, 0, (enum fc_hook)hook, &stats);
    return stats;
}

static void run_hook(struct lint *lint, enum fc_hook hook,
                     const struct fc_flow *flow, const char *on)
{
    struct cost *cost = &lint->costs[hook];
    uint64_t start;

    lint->on = on;
    start = now();
    checks_run(lint->checks, hook, flow);
    cost->time += now() - start;
    lint->on = NULL;
}

/* From here on it is measured. */
static void start_costs(struct lint *lint)
{
    for (int hook = 0; hook < FC_HOOKS; hook++) {
        struct fc_stats stats = read_stats(lint, hook);

        lint->costs[hook] = (struct cost){
            .runs_before = stats.runs,
            .allocations_before = stats.allocations,
        };
    }
}

static bool has_script(const struct lint *lint, int hook)
{
    return lint->report.scripts[hook] != NULL;
}

/* All flows in one hook, then all in the next: as if they lived together. */
static void run_samples(struct lint *lint)
{
    struct sample sample;

    for (int hook = 0; hook < FC_HOOKS; hook++)
        for (size_t i = 0; i < samples_count() && has_script(lint, hook); i++) {
            samples_fill(lint->dpi, i, (enum fc_hook)hook, &sample);
            run_hook(lint, (enum fc_hook)hook, &sample.flow, sample.title);
        }
}

/* The first round is for people; the clock is for those after it. */
static enum exit_status run_on_samples(struct lint *lint)
{
    uint64_t end;

    run_samples(lint);
    lint->flows = samples_count();
    lint->repeating = true;
    start_costs(lint);
    end = now() + ROUNDS_TIME;
    for (int round = 0; round < ROUNDS && now() < end; round++)
        run_samples(lint);
    return STATUS_DONE;
}

static void on_hook(void *context, const struct worker_moment *moment)
{
    struct lint *lint = context;
    char on[128];

    snprintf(on, sizeof on, "a flow of %s", moment->flow->l7_proto_name);
    lint->flows += moment->hook == FC_HOOK_DETECTED;
    run_hook(lint, moment->hook, moment->flow, on);
}

static void on_full(void *context)
{
    const struct lint *lint = context;

    flow_limit_warn(lint->options->max_flows, 1);
}

static enum exit_status run_on_captures(struct lint *lint)
{
    const struct worker_options options = {
        .lifetimes = { lint->options->idle, lint->options->tcp_linger,
                       lint->options->periodic },
        .max_flows = lint->options->max_flows,
        .max_packets = lint->options->max_packets,
        .locality = lint->locality,
        .on_hook = on_hook,
        .on_full = on_full,
        .context = lint,
    };
    struct text_error err;
    struct worker *worker = worker_new(&options, &err);
    enum exit_status status;

    if (worker == NULL) {
        log_say(FC_LOG_ERROR, "%s", err.text);
        return STATUS_FAILED;
    }
    start_costs(lint);
    status = feed_worker(worker, lint->options);
    worker_finish(worker);
    flow_limit_tell(worker_counters(worker)->evicted);
    worker_free(worker);
    return status;
}

/* Figures. */

static void print_time(uint64_t nanoseconds)
{
    double time = (double)nanoseconds;

    if (nanoseconds < 10000)
        printf("%" PRIu64 " ns", nanoseconds);
    else if (nanoseconds < 10000000)
        printf("%.1f us", time / 1e3);
    else
        printf("%.1f ms", time / 1e6);
}

static void print_cost(const struct cost *cost, const char *hook,
                       const struct fc_stats *stats)
{
    uint64_t runs = stats->runs - cost->runs_before;
    uint64_t allocations = stats->allocations - cost->allocations_before;

    if (runs == 0)
        return;
    printf("cost: %s: ", hook);
    print_time(cost->time / runs);
    fputs(" a run", stdout);
    if (stats->time_limit > 0)
        printf(" (limit %" PRIu64 " ms)", stats->time_limit / 1000000);
    printf(", %.1f allocations, peak memory %" PRIu64 " KB",
           (double)allocations / (double)runs, stats->memory_peak / 1024);
    if (stats->memory_limit > 0)
        printf(" (limit %" PRIu64 " KB)", stats->memory_limit / 1024);
    putchar('\n');
}

static void print_figures(const struct lint *lint)
{
    static const char *const hooks[FC_HOOKS] = { "detected", "periodic",
                                                 "end" };
    char flows[TEXT_COUNT_MAX];

    for (int hook = 0; hook < FC_HOOKS; hook++) {
        struct fc_stats stats = read_stats(lint, hook);

        print_cost(&lint->costs[hook], hooks[hook], &stats);
    }
    printf("alerts: %" PRIu64 " on %s\n", lint->alerts,
           text_count(flows, lint->flows,
                      lint->options->capture_count > 0 ? "flow(s)"
                                                       : "sample flow(s)"));
}

static void print_result(const struct lint_report *report)
{
    char errors[TEXT_COUNT_MAX], warnings[TEXT_COUNT_MAX];

    printf("found: %s, %s\n", text_count(errors, report->errors, "error(s)"),
           text_count(warnings, report->warnings, "warning(s)"));
}

/* The whole. */

static int open_parts(struct lint *lint, struct text_error *err)
{
    const struct options *options = lint->options;

    lint->locality = locality_parse(options->networks, err);
    if (lint->locality == NULL)
        return -1;
    lint->settings = settings_open(options, err);
    if (lint->settings == NULL)
        return -1;
    lint->modules =
        modules_load(options->module_dir, options->install_dir, err);
    if (lint->modules == NULL)
        return -1;
    lint->dpi = dpi_new(options->max_packets, err);
    if (lint->dpi == NULL)
        return -1;
    lint->protocol_names = dpi_protocol_names(lint->dpi);
    lint->checks = checks_new(options->install_dir, 0, on_alert, lint);
    if (lint->checks == NULL || lint->protocol_names == NULL)
        return text_fail(err, "out of memory");
    checks_set_protocol_names(lint->checks, lint->protocol_names);
    return 0;
}

static bool has_scripts(const struct lint *lint)
{
    for (int hook = 0; hook < FC_HOOKS; hook++)
        if (has_script(lint, hook))
            return true;
    return false;
}

/* Copies: a script that changes meanwhile has its path made anew. */
static bool note_scripts(struct lint *lint)
{
    for (int hook = 0; hook < FC_HOOKS; hook++) {
        const char *path = read_stats(lint, hook).script;

        lint->report.scripts[hook] = path != NULL ? strdup(path) : NULL;
        if (path != NULL && lint->report.scripts[hook] == NULL)
            return false;
    }
    return true;
}

static enum exit_status enable(struct lint *lint,
                               const struct module_check *check)
{
    const struct options *options = lint->options;
    const char *hook =
        options->lint_hook != NULL ? options->lint_hook : "by name";
    int result;

    checks_set_log(lint->checks, keep_line, lint);
    result = script_check_enable(lint->checks, check, lint->settings,
                                 options->key, hook);
    checks_set_log(lint->checks, on_log, lint);
    if (result == 0 && !note_scripts(lint))
        log_say(FC_LOG_ERROR, "out of memory");
    tell_early_lines(lint, check->check.lint != NULL);
    return result == 0 ? STATUS_DONE : STATUS_FAILED;
}

static enum exit_status open_lint(struct lint *lint)
{
    struct text_error err = { "" };
    const struct module_check *check;

    if (open_parts(lint, &err) != 0) {
        log_say(FC_LOG_ERROR, "%s", err.text);
        return STATUS_FAILED;
    }
    check = script_check_find(lint->modules, "lint", lint->options->module_dir);
    if (check == NULL)
        return STATUS_FAILED;
    settings_advise(lint->options, lint->settings, lint->modules);
    return enable(lint, check);
}

/* A state that is not known may be one in which it runs. */
static bool has_program(const struct lint *lint)
{
    for (int hook = 0; hook < FC_HOOKS; hook++) {
        const unsigned state = read_stats(lint, hook).state;

        if (state == FC_HOOK_READY || state == FC_HOOK_STATES)
            return true;
    }
    return false;
}

static enum exit_status look_and_run(struct lint *lint)
{
    enum exit_status status = STATUS_DONE;

    if (checks_lint(lint->checks, 0, on_finding, lint) != 0)
        log_say(FC_LOG_WARNING,
                "not all that is wrong with the names in scripts may be "
                "told");
    if (has_program(lint)) {
        status = lint->options->capture_count > 0 ? run_on_captures(lint)
                                                  : run_on_samples(lint);
        print_figures(lint);
    }
    print_result(&lint->report);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        log_say(FC_LOG_ERROR, "stdout: cannot write all that was found");
        return STATUS_FAILED;
    }
    return status;
}

static void close_lint(struct lint *lint)
{
    checks_free(lint->checks);
    free(lint->protocol_names);
    dpi_free(lint->dpi);
    modules_unload(lint->modules);
    settings_free(lint->settings);
    locality_free(lint->locality);
    for (int hook = 0; hook < FC_HOOKS; hook++)
        free((char *)lint->report.scripts[hook]);
}

enum exit_status command_lint(const struct options *options)
{
    struct lint lint = { .options = options };
    enum exit_status status;

    if (options->key == NULL && options->lint_hook != NULL) {
        log_say(FC_LOG_ERROR, "lint: --hook is for a script that is named; "
                              "without one each has its own");
        return STATUS_USAGE;
    }
    status = open_lint(&lint);
    if (status == STATUS_DONE)
        status = look_and_run(&lint);
    if (status == STATUS_DONE &&
        (lint.report.errors > 0 || !has_scripts(&lint)))
        status = STATUS_NO_SCRIPT;
    close_lint(&lint);
    return status;
}
