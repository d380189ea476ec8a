/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cmd_run - "flowcheck run": modules, settings, alert sink and workers put
 * together, captures read through them, a summary at the end.
 */
#include <string.h>
#include <unistd.h>

#include "alerts.h"
#include "commands.h"
#include "crew.h"
#include "feed.h"
#include "locality.h"
#include "log.h"
#include "modules.h"
#include "outputs.h"
#include "script_check.h"
#include "settings_advice.h"
#include "stats_text.h"
#include "summary.h"

struct run {
    const struct options *options;
    struct settings *settings;
    struct modules *modules;
    struct locality *locality;
    atomic_flag told_full;
    struct station_plan plan; /* what the crew knows of the above */
    struct crew *crew;
};

/* Opening and closing. */

static int open_sink(struct run *run, struct text_error *err)
{
    const char *path = run->options->alerts;
    enum alert_format format = ALERT_JSON;

    if (path == NULL && isatty(STDOUT_FILENO))
        format = ALERT_TABLE;
    run->plan.sink = alert_sink_open(path != NULL ? path : "-", format, err);
    if (run->plan.sink == NULL)
        return -1;
    return outputs_check(run->options, err); /* again: the file is there now */
}

/* What can fail without looking at a script. */
static int open_parts(struct run *run, struct text_error *err)
{
    const struct options *options = run->options;

    if (outputs_check(options, err) != 0)
        return -1;
    run->locality = locality_parse(options->networks, err);
    if (run->locality == NULL)
        return -1;
    run->settings = settings_open(options, err);
    if (run->settings == NULL)
        return -1;
    run->modules = modules_load(options->module_dir, options->install_dir, err);
    if (run->modules == NULL)
        return -1;
    run->plan = (struct station_plan){ .options = options,
                                       .settings = run->settings,
                                       .modules = run->modules,
                                       .locality = run->locality,
                                       .told_full = &run->told_full };
    run->crew = crew_new(&run->plan, err);
    return run->crew == NULL ? -1 : 0;
}

static int spare_modules(const struct run *run)
{
    struct text_error err;

    for (size_t i = 0; i < modules_count(run->modules); i++)
        if (outputs_spare(run->options, modules_get(run->modules, i)->file,
                          "the module", &err) != 0) {
            log_say(FC_LOG_ERROR, "%s", err.text);
            return -1;
        }
    return 0;
}

static enum exit_status open_checks(struct run *run)
{
    if (spare_modules(run) != 0)
        return STATUS_FAILED;
    if (settings_advise_run(run->options, run->settings, run->modules) != 0)
        return STATUS_FAILED;
    if (run->options->script != NULL &&
        script_check_find(run->modules, "-s", run->options->module_dir) == NULL)
        return STATUS_FAILED;
    return crew_open(run->crew);
}

/* Alerts are opened last: a run that cannot start must not empty the file. */
static enum exit_status open_run(struct run *run)
{
    struct text_error err = { "" };
    enum exit_status status;

    if (open_parts(run, &err) != 0) {
        log_say(FC_LOG_ERROR, "%s", err.text);
        return STATUS_FAILED;
    }
    status = open_checks(run);
    if (status != STATUS_DONE)
        return status;
    if (open_sink(run, &err) != 0) {
        log_say(FC_LOG_ERROR, "%s", err.text);
        return STATUS_FAILED;
    }
    return STATUS_DONE;
}

/* The crew first: it works with all the others; the modules last. */
static enum exit_status close_run(struct run *run)
{
    struct text_error err = { "" };
    enum exit_status status = STATUS_DONE;

    crew_free(run->crew);
    if (run->plan.sink != NULL && alert_sink_close(run->plan.sink, &err) != 0) {
        if (err.text[0] != '\0')
            log_say(FC_LOG_ERROR, "%s", err.text);
        status = STATUS_FAILED;
    }
    modules_unload(run->modules);
    settings_free(run->settings);
    locality_free(run->locality);
    return status;
}

/* Reading, and what came of it. */

static bool on_frame(void *context, const char *file,
                     const struct capture_frame *frame)
{
    crew_frame(context, file, frame);
    return true;
}

static uint64_t count_flows(void *context)
{
    return crew_flows(context);
}

static enum exit_status write_stats(const struct run *run,
                                    const struct figures *figures)
{
    struct text_error err;

    if (run->options->stats == NULL ||
        stats_write(run->options->stats, figures, &err) == 0)
        return STATUS_DONE;
    log_say(FC_LOG_ERROR, "%s", err.text);
    return STATUS_FAILED;
}

static enum exit_status tell(const struct run *run,
                             const struct summary *summary,
                             const struct crew_report *report)
{
    enum exit_status status;

    if (report->figures == NULL) {
        log_say(FC_LOG_ERROR, "out of memory for the figures of checks");
        return STATUS_FAILED;
    }
    summary_write(summary, &report->counters, report->figures, report->alerts);
    status = write_stats(run, report->figures);
    if (status != STATUS_DONE || report->lost_alerts)
        return STATUS_FAILED;
    if (run->options->strict && !figures_are_good(report->figures))
        return STATUS_STRICT;
    return STATUS_DONE;
}

/* Reads all there is, and says what came of it. */
static enum exit_status read_all(struct run *run)
{
    const struct feed feed = { on_frame, count_flows, run->crew };
    struct summary summary;
    struct crew_report report;
    enum exit_status status, told;

    summary_start(&summary);
    status = feed_captures(&feed, run->options);
    crew_finish(run->crew, &report);
    told = tell(run, &summary, &report);
    return status != STATUS_DONE ? status : told;
}

enum exit_status command_run(const struct options *options)
{
    struct run run = { .options = options, .told_full = ATOMIC_FLAG_INIT };
    enum exit_status status = open_run(&run);
    enum exit_status closed;

    if (status == STATUS_DONE)
        status = read_all(&run);
    closed = close_run(&run);
    return status != STATUS_DONE ? status : closed;
}
