/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cmd_run - "flowcheck run": modules, settings, checks, worker and alert sink
 * put together, captures read through them, a summary at the end.
 */
#include <string.h>
#include <unistd.h>

#include "alerts.h"
#include "checks.h"
#include "commands.h"
#include "dpi.h"
#include "feed.h"
#include "locality.h"
#include "log.h"
#include "modules.h"
#include "script_check.h"
#include "settings.h"
#include "stats_text.h"
#include "summary.h"
#include "worker.h"

struct run {
    const struct options *options;
    struct settings *settings;
    struct modules *modules;
    struct locality *locality;
    struct alert_sink *sink;
    struct checks *checks;
    struct feed feed;
    const struct worker_moment *moment; /* the hook that is running */
    uint64_t alerts;
    bool lost_alerts; /* some could not be written */
};

/* Alerts. */

static enum fc_alert_fate write_alert(struct run *run,
                                      const struct checks_alert *told)
{
    char id[DPI_COMMUNITY_ID_MAX];
    struct text_error err = { "" };
    struct alert_record record = {
        .flow = told->flow,
        .alert = told->alert,
        .check = told->check,
        .hook = told->hook,
        .time = run->moment->time,
        .interface = run->feed.file,
    };

    dpi_community_id(told->flow, run->moment->icmp_type, run->moment->icmp_code,
                     id);
    if (id[0] != '\0')
        record.community_id = id;
    if (alert_sink_write(run->sink, &record, &err) == 0) {
        run->alerts++;
        return FC_ALERT_RAISED;
    }
    run->lost_alerts = true;
    if (err.text[0] != '\0')
        log_say(FC_LOG_ERROR, "%s", err.text);
    return FC_ALERT_FAILED;
}

static enum fc_alert_fate on_alert(void *context,
                                   const struct checks_alert *told)
{
    struct run *run = context;
    enum fc_alert_fate fate =
        alert_history_admit(run->moment->alerts, told->alert);

    return fate == FC_ALERT_RAISED ? write_alert(run, told) : fate;
}

static void on_hook(void *context, const struct worker_moment *moment)
{
    struct run *run = context;

    run->moment = moment;
    checks_run(run->checks, moment->hook, moment->flow);
    run->moment = NULL;
}

static uint32_t wanted(void *context)
{
    const struct run *run = context;

    return checks_active(run->checks);
}

/* Which checks run, with which settings. */

static int enable_one(struct run *run, const struct module_check *check)
{
    const char *key = check->check.key;

    if (run->options->script != NULL && strcmp(key, SCRIPT_CHECK) == 0)
        return script_check_enable(run->checks, check, run->settings,
                                   run->options->script);
    if (!settings_enabled(run->settings, key))
        return 0;
    return checks_enable(run->checks, check,
                         settings_script_conf(run->settings, key));
}

static void warn_unknown_check(void *context, const char *key)
{
    const struct run *run = context;

    if (modules_find(run->modules, key) == NULL)
        log_say(FC_LOG_WARNING,
                "%s names the check \"%s\", which no module in %s has",
                run->options->settings, key, run->options->module_dir);
}

static int enable_checks(struct run *run)
{
    settings_each(run->settings, warn_unknown_check, run);
    if (run->options->script != NULL &&
        script_check_find(run->modules, "-s", run->options->module_dir) == NULL)
        return -1;
    for (size_t i = 0; i < modules_count(run->modules); i++)
        if (enable_one(run, modules_get(run->modules, i)) != 0)
            return -1;
    if (checks_count(run->checks) == 0)
        log_say(FC_LOG_WARNING,
                "no check is enabled in %s: name a script with -s, or run "
                "\"flowcheck enable " SCRIPT_CHECK "\"",
                run->options->settings);
    return 0;
}

/* A script that did not load would make a whole run worth nothing. */
static enum exit_status check_scripts(const struct run *run)
{
    struct fc_stats stats;

    for (size_t i = 0; i < checks_count(run->checks); i++)
        for (int hook = 0; hook < FC_HOOKS; hook++) {
            checks_stats(run->checks, i, (enum fc_hook)hook, &stats);
            if (stats.state == FC_HOOK_BROKEN)
                return STATUS_NO_SCRIPT;
        }
    return STATUS_DONE;
}

/* Opening and closing. */

static int open_worker(struct run *run, struct text_error *err)
{
    const struct worker_options options = {
        .lifetimes = { run->options->idle, run->options->tcp_linger,
                       run->options->periodic },
        .max_packets = run->options->max_packets,
        .locality = run->locality,
        .on_hook = on_hook,
        .wanted = wanted,
        .context = run,
    };

    run->feed.worker = worker_new(&options, err);
    return run->feed.worker == NULL ? -1 : 0;
}

static int open_sink(struct run *run, struct text_error *err)
{
    const char *path = run->options->alerts;
    enum alert_format format = ALERT_JSON;

    if (path == NULL && isatty(STDOUT_FILENO))
        format = ALERT_TABLE;
    run->sink = alert_sink_open(path != NULL ? path : "-", format, err);
    return run->sink == NULL ? -1 : 0;
}

/* What can fail without looking at a script. */
static int open_parts(struct run *run, struct text_error *err)
{
    const struct options *options = run->options;

    run->locality = locality_parse(options->networks, err);
    if (run->locality == NULL)
        return -1;
    run->settings = settings_load(options->settings, err);
    if (run->settings == NULL)
        return -1;
    run->modules = modules_load(options->module_dir, options->install_dir, err);
    if (run->modules == NULL)
        return -1;
    run->checks = checks_new(options->install_dir, 0, on_alert, run);
    if (run->checks == NULL)
        return text_fail(err, "out of memory");
    return open_worker(run, err);
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
    if (enable_checks(run) != 0)
        return STATUS_FAILED;
    status = check_scripts(run);
    if (status != STATUS_DONE)
        return status;
    if (open_sink(run, &err) != 0) {
        log_say(FC_LOG_ERROR, "%s", err.text);
        return STATUS_FAILED;
    }
    return STATUS_DONE;
}

/* The worker first: its flows' hooks run checks; the modules last. */
static enum exit_status close_run(struct run *run)
{
    struct text_error err = { "" };
    enum exit_status status = STATUS_DONE;

    worker_free(run->feed.worker);
    checks_free(run->checks);
    if (run->sink != NULL && alert_sink_close(run->sink, &err) != 0) {
        if (err.text[0] != '\0')
            log_say(FC_LOG_ERROR, "%s", err.text);
        status = STATUS_FAILED;
    }
    modules_unload(run->modules);
    settings_free(run->settings);
    locality_free(run->locality);
    return status;
}

static enum exit_status write_stats(const struct run *run)
{
    struct text_error err;

    if (run->options->stats == NULL ||
        stats_write(run->options->stats, run->checks, &err) == 0)
        return STATUS_DONE;
    log_say(FC_LOG_ERROR, "%s", err.text);
    return STATUS_FAILED;
}

/* Reads all there is, and says what came of it. */
static enum exit_status read_all(struct run *run)
{
    struct summary summary;
    enum exit_status status, written;

    summary_start(&summary);
    status = feed_captures(&run->feed, run->options);
    worker_finish(run->feed.worker);
    summary_write(&summary, worker_counters(run->feed.worker), run->checks,
                  run->alerts);
    written = write_stats(run);
    return status != STATUS_DONE ? status : written;
}

enum exit_status command_run(const struct options *options)
{
    struct run run = { .options = options };
    enum exit_status status = open_run(&run);
    enum exit_status closed;

    if (status == STATUS_DONE)
        status = read_all(&run);
    closed = close_run(&run);
    if (run.lost_alerts)
        closed = STATUS_FAILED;
    return status != STATUS_DONE ? status : closed;
}
