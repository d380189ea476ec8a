/* SPDX-License-Identifier: GPL-3.0-or-later */
/* station - see the header. */
#include "station.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "dpi.h"
#include "flow_limit.h"
#include "log.h"
#include "outputs.h"
#include "script_check.h"

struct station {
    const struct station_plan *plan;
    unsigned number;
    struct worker *worker;
    struct checks *checks;
    const char *file;                   /* of the frame at work */
    const struct worker_moment *moment; /* the hook that is running */
    struct figures *figures;
    uint64_t alerts;
    bool lost_alerts;    /* some could not be written */
    atomic_bool opening; /* a check may log on any thread */
};

/* Alerts. */

static enum fc_alert_fate write_alert(struct station *station,
                                      const struct checks_alert *told)
{
    const struct worker_moment *moment = station->moment;
    char id[DPI_COMMUNITY_ID_MAX];
    struct text_error err = { "" };
    struct alert_record record = {
        .flow = told->flow,
        .alert = told->alert,
        .check = told->check,
        .hook = told->hook,
        .time = moment->time,
        .interface = station->file,
    };

    dpi_community_id(told->flow, moment->icmp_type, moment->icmp_code, id);
    if (id[0] != '\0')
        record.community_id = id;
    if (alert_sink_write(station->plan->sink, &record, &err) == 0) {
        station->alerts++;
        return FC_ALERT_RAISED;
    }
    station->lost_alerts = true;
    if (err.text[0] != '\0')
        log_say(FC_LOG_ERROR, "%s", err.text);
    return FC_ALERT_FAILED;
}

static enum fc_alert_fate on_alert(void *context,
                                   const struct checks_alert *told)
{
    struct station *station = context;
    enum fc_alert_fate fate =
        alert_history_admit(station->moment->alerts, told->alert);

    return fate == FC_ALERT_RAISED ? write_alert(station, told) : fate;
}

static void on_hook(void *context, const struct worker_moment *moment)
{
    struct station *station = context;

    station->moment = moment;
    checks_run(station->checks, moment->hook, moment->flow);
    station->moment = NULL;
}

static uint32_t wanted(void *context)
{
    const struct station *station = context;

    return checks_active(station->checks);
}

static void on_full(void *context)
{
    const struct station_plan *plan = ((struct station *)context)->plan;

    if (!atomic_flag_test_and_set(plan->told_full))
        flow_limit_warn(plan->options->max_flows, plan->options->workers);
}

/* Which checks run, with which settings. */

static int enable_one(struct station *station, const struct module_check *check)
{
    const struct station_plan *plan = station->plan;
    const char *script = plan->options->script;
    const char *key = check->check.key;
    char *conf;
    int status;

    if (script != NULL && strcmp(key, SCRIPT_CHECK) == 0)
        return script_check_enable(station->checks, check, plan->settings,
                                   script, NULL);
    if (!settings_enabled(plan->settings, key))
        return 0;
    conf = settings_script_conf(plan->settings, key);
    status = conf != NULL ? checks_enable(station->checks, check, conf) : -1;
    free(conf);
    return status;
}

/* A check that refuses its settings does not know where they come from. */
static void say_where(const struct station_plan *plan, const char *key)
{
    struct json_place place = settings_conf_place(plan->settings, key);

    if (place.line > 0)
        log_say(FC_LOG_INFO,
                "the script_conf of \"%s\" is in %s: line %zu, column %zu", key,
                plan->options->settings, place.line, place.column);
}

static int enable_checks(struct station *station)
{
    const struct modules *modules = station->plan->modules;
    const struct options *options = station->plan->options;

    for (size_t i = 0; i < modules_count(modules); i++)
        if (enable_one(station, modules_get(modules, i)) != 0) {
            say_where(station->plan, modules_get(modules, i)->check.key);
            return -1;
        }
    if (checks_count(station->checks) == 0 && station->number == 0)
        log_say(FC_LOG_WARNING,
                "no check is enabled in %s: name a script with -s, or run "
                "\"flowcheck enable " SCRIPT_CHECK "%s%s\"",
                options->settings, options->settings_given ? " -c " : "",
                options->settings_given ? options->settings : "");
    return 0;
}

/*
 * A script that did not load would make a whole run worth nothing; one that an
 * output names would be gone.
 */
static enum exit_status check_script(const struct station *station,
                                     const struct fc_stats *stats)
{
    struct text_error err;

    if (stats->state == FC_HOOK_BROKEN)
        return STATUS_NO_SCRIPT;
    if (outputs_spare(station->plan->options, stats->script, "the script",
                      &err) == 0)
        return STATUS_DONE;
    log_say(FC_LOG_ERROR, "%s", err.text);
    return STATUS_FAILED;
}

static enum exit_status check_scripts(const struct station *station)
{
    enum exit_status status = STATUS_DONE;
    struct fc_stats stats;

    for (size_t i = 0; i < checks_count(station->checks); i++)
        for (int hook = 0; hook < FC_HOOKS && status == STATUS_DONE; hook++) {
            checks_stats(station->checks, i, (enum fc_hook)hook, &stats);
            status = check_script(station, &stats);
        }
    return status;
}

/* What the first station has been told of the scripts, this one is too. */
static void on_log(void *context, enum fc_log_level level, const char *text)
{
    const struct station *station = context;

    if (!station->opening || level == FC_LOG_ERROR)
        log_text(level, text);
}

static enum exit_status open_checks(struct station *station)
{
    station->checks = checks_new(station->plan->options->install_dir,
                                 station->number, on_alert, station);
    if (station->checks == NULL) {
        log_say(FC_LOG_ERROR, "out of memory");
        return STATUS_FAILED;
    }
    if (station->number > 0)
        checks_set_log(station->checks, on_log, station);
    if (enable_checks(station) != 0)
        return STATUS_FAILED;
    return check_scripts(station);
}

enum exit_status station_open(struct station *station)
{
    enum exit_status status;

    station->opening = true;
    status = open_checks(station);
    station->opening = false;
    return status;
}

void station_close(struct station *station)
{
    checks_free(station->checks);
    station->checks = NULL;
}

/* The work. */

void station_frame(struct station *station, const char *file,
                   const struct capture_frame *frame)
{
    station->file = file;
    worker_frame(station->worker, frame);
}

void station_batch(struct station *station, const struct batch *batch)
{
    station->file = batch->file;
    for (unsigned i = 0; i < batch->count; i++) {
        worker_tick(station->worker, batch->time[i]);
        if (batch->owner[i] == station->number)
            worker_packet(station->worker, &batch->packet[i]);
    }
}

void station_finish(struct station *station)
{
    worker_finish(station->worker);
    station->figures = figures_take(station->checks);
}

const struct worker_counters *station_counters(const struct station *station)
{
    return worker_counters(station->worker);
}

struct figures *station_figures(struct station *station)
{
    return station->figures;
}

uint64_t station_alerts(const struct station *station)
{
    return station->alerts;
}

bool station_lost_alerts(const struct station *station)
{
    return station->lost_alerts;
}

/* Making and freeing. */

static struct worker *make_worker(struct station *station,
                                  struct text_error *err)
{
    const struct options *options = station->plan->options;
    const struct worker_options worker_options = {
        .lifetimes = { options->idle, options->tcp_linger, options->periodic },
        .max_flows = flow_limit_share(options->max_flows, options->workers,
                                      station->number),
        .max_packets = options->max_packets,
        .locality = station->plan->locality,
        .on_hook = on_hook,
        .wanted = wanted,
        .on_full = on_full,
        .context = station,
    };

    return worker_new(&worker_options, err);
}

struct station *station_new(const struct station_plan *plan, unsigned number,
                            struct text_error *err)
{
    struct station *station = calloc(1, sizeof *station);

    if (station == NULL) {
        text_fail(err, "out of memory");
        return NULL;
    }
    station->plan = plan;
    station->number = number;
    station->worker = make_worker(station, err);
    if (station->worker == NULL) {
        station_free(station);
        return NULL;
    }
    return station;
}

void station_free(struct station *station)
{
    if (station == NULL)
        return;
    worker_free(station->worker);
    free(station->figures);
    free(station);
}
