/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * check - one instance: runs its programs on flows, judges and counts what
 * comes of it, and takes over changed files between two flows.
 */
#include "check.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "advice.h"
#include "alert.h"
#include "library.h"
#include "printer.h"
#include "programs.h"
#include "report.h"
#include "timing.h"
#include "watch.h"

/* What is remembered of a hook's failures, for the log. */
struct told {
    struct report report;
    uint64_t untold; /* since the last line */
    uint64_t last;   /* when that was, on the host's clock */
};

struct check {
    struct host_link link;
    struct conf conf;
    struct programs programs;
    struct watch watch;
    struct library library;
    struct printer printer;
    struct fc_stats stats[FC_HOOKS];
    struct told told[FC_HOOKS];
    char last_error[FC_HOOKS][256];
    enum fc_hook running;
    const struct fc_flow *flow; /* as the host handed it over; NULL at rest */
    uint64_t past_peak;         /* of VMs that are gone */
    uint64_t past_collections;  /* likewise */
    uint64_t past_allocations;
    uint64_t renewals;     /* of VMs that were full */
    uint64_t told_renewal; /* when that was said last */
    bool told_clamped;
    bool reloading; /* failures now are of a changed file */
};

static const char *const hook_names[FC_HOOKS] = { "detected", "periodic",
                                                  "end" };

static const char *const failure_names[FC_FAILURES] = {
    [FC_FAILURE_SYNTAX] = "syntax error",
    [FC_FAILURE_RUNTIME] = "run-time error",
    [FC_FAILURE_ARGUMENT] = "bad argument",
    [FC_FAILURE_BLOCKED] = "blocked name",
    [FC_FAILURE_TIME] = "out of time",
    [FC_FAILURE_MEMORY] = "out of memory",
    [FC_FAILURE_FILE] = "unreadable file",
    [FC_FAILURE_RELOAD] = "failed reload",
};

/* The end of a noun after a count. */
static const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

static uint64_t now(const struct check *check)
{
    const struct fc_host *can = &check->link.can;

    return can->clock != NULL ? can->clock(check->link.host) : 0;
}

/* Failures: always counted; each is said once, then a line a minute. */

#define MINUTE UINT64_C(60000000000)

static void say_failure(const struct check *check, enum fc_hook hook,
                        const char *path, enum fc_failure kind,
                        const char *text)
{
    const char *advice = advice_for(kind, text);

    host_say(&check->link, FC_LOG_ERROR, "%s: %s in the %s hook: %s%s%s", path,
             failure_names[kind], hook_names[hook], text,
             advice != NULL ? "\nadvice: " : "", advice != NULL ? advice : "");
}

static void say_untold(struct check *check, enum fc_hook hook, const char *path,
                       const char *text)
{
    struct told *told = &check->told[hook];
    uint64_t time = now(check);

    told->untold++;
    if (time - told->last < MINUTE)
        return;
    host_say(&check->link, FC_LOG_ERROR,
             "%s: %" PRIu64 " more failure%s in the %s hook, the last: %.*s",
             path, told->untold, plural(told->untold), hook_names[hook],
             (int)strcspn(text, "\n"), text);
    told->untold = 0;
    told->last = time;
}

static void say_once(struct check *check, enum fc_hook hook, const char *path,
                     enum fc_failure kind, const char *text)
{
    switch (report_judge(&check->told[hook].report, text)) {
    case REPORT_NEW:
        check->told[hook].last = now(check);
        say_failure(check, hook, path, kind, text);
        break;
    case REPORT_OVERFLOW:
        host_say(&check->link, FC_LOG_ERROR,
                 "%s: more than %d different errors; further ones are "
                 "counted, not logged",
                 path, REPORT_DISTINCT_MAX);
        break;
    case REPORT_SEEN:
        say_untold(check, hook, path, text);
        break;
    }
}

static void note_failure(struct check *check, enum fc_hook hook,
                         const char *path, enum fc_failure kind,
                         const char *text)
{
    struct fc_stats *stats = &check->stats[hook];

    stats->failures[check->reloading ? FC_FAILURE_RELOAD : kind]++;
    snprintf(check->last_error[hook], sizeof check->last_error[hook], "%.*s",
             (int)strcspn(text, "\n"), text);
    stats->last_error = check->last_error[hook];
    if (check->flow != NULL)
        stats->last_error_time = check->flow->last_seen;
    say_once(check, hook, path, kind, text);
}

/* The services of a VM. Their context is the check. */

static void raise_alert(void *context, long long score, const char *message,
                        size_t len)
{
    struct check *check = context;
    const char *path = check->programs.hook[check->running].path;
    bool clamped = alert_raise(&check->link, &check->stats[check->running],
                               check->flow, path, score, message, len);

    if (!clamped || check->told_clamped)
        return;
    check->told_clamped = true;
    host_say(&check->link, FC_LOG_WARNING,
             "%s: triggerAlert: score %lld is outside 0..%d and was clamped; "
             "further ones are counted, not logged",
             path, score, FC_SCORE_MAX);
}

static void print_line(void *context, const char *line)
{
    struct check *check = context;

    printer_line(&check->printer, &check->link,
                 check->programs.hook[check->running].path,
                 (uint64_t)check->conf.limits.output_kb * 1024, now(check),
                 line);
}

static bool find_module(void *context, const char *name,
                        struct vm_source *source)
{
    struct check *check = context;
    const char *path = check->programs.hook[check->running].path;

    return library_find(&check->library, &check->watch, path,
                        host_install_dir(&check->link), name, source);
}

/* On a thread of the VM's. */
static void tick(void *context)
{
    struct check *check = context;

    watch_look(&check->watch);
}

/* New programs. */

static void program_failed(void *context, enum fc_hook hook, const char *path,
                           enum fc_failure kind, const char *text)
{
    note_failure(context, hook, path, kind, text);
}

static struct programs_plan plan_of(struct check *check,
                                    const struct conf *conf)
{
    return (struct programs_plan){
        .link = &check->link,
        .conf = conf,
        .services = { .context = check,
                      .trigger_alert = raise_alert,
                      .print = print_line,
                      .find_module = find_module,
                      .tick = tick },
        .failed = program_failed,
    };
}

static void say_shortage(const struct check *check)
{
    host_say(&check->link, FC_LOG_ERROR,
             "out of memory, or no thread or signal to be had to watch a "
             "script's time with; all stays as before");
}

static enum fc_status make_programs(struct check *check,
                                    const struct conf *conf,
                                    struct programs *programs)
{
    const struct programs_plan plan = plan_of(check, conf);

    if (watch_files(&check->watch, host_install_dir(&check->link),
                    conf->script) == 0 &&
        programs_make(programs, &plan) == FC_OK)
        return FC_OK;
    say_shortage(check);
    return FC_ERROR_MEMORY;
}

/* What a VM that goes has held stays in the figures. */
static void remember_memory(struct check *check, const struct vm_memory *memory)
{
    if (memory->peak > check->past_peak)
        check->past_peak = memory->peak;
    check->past_collections += memory->collections;
    check->past_allocations += memory->allocations;
}

static void remember_memories(struct check *check,
                              const struct programs *programs)
{
    for (int i = 0; i < FC_HOOKS; i++) {
        struct vm_memory memory;

        if (programs->hook[i].vm == NULL ||
            (i > 0 && programs->hook[i].vm == programs->hook[0].vm))
            continue;
        memory = vm_memory(programs->hook[i].vm);
        remember_memory(check, &memory);
    }
}

/* The old ones go when the new ones stand. */
static void take_over(struct check *check, struct programs *programs)
{
    struct programs old = check->programs;

    /* Of lines that were dropped, while the script's path is known. */
    printer_tell(&check->printer, &check->link,
                 check->programs.hook[check->running].path);
    check->programs = *programs;
    check->library.size_max = (size_t)check->conf.limits.script_kb * 1024;
    remember_memories(check, &old);
    programs_free(&old);
}

/*
 * Makes the same programs again, of files that may have changed. Ones that do
 * not load, or for which there is no memory, leave those of before in use:
 * false.
 */
static bool make_anew(struct check *check, struct programs *programs)
{
    enum fc_status status;

    check->reloading = true;
    status = make_programs(check, &check->conf, programs);
    check->reloading = false;
    if (status != FC_OK)
        return false;
    if (programs_have(programs, FC_HOOK_BROKEN) &&
        programs_have(&check->programs, FC_HOOK_READY)) {
        host_say(&check->link, FC_LOG_WARNING,
                 "a changed script did not load: the version before it stays "
                 "in use");
        programs_free(programs);
        return false;
    }
    return true;
}

/* A file has changed. */
static __attribute__((cold, noinline)) void reload(struct check *check)
{
    struct programs programs;

    memset(check->told, 0, sizeof check->told);
    if (!make_anew(check, &programs))
        return;
    take_over(check, &programs);
    for (int i = 0; i < FC_HOOKS; i++)
        check->stats[i].reloads += check->programs.hook[i].path != NULL;
    host_say(&check->link, FC_LOG_INFO, "scripts have changed: loaded anew");
}

static void warn(void *context, const char *text)
{
    const struct check *check = context;

    host_say(&check->link, FC_LOG_WARNING, "%s", text);
}

enum fc_status check_configure(struct check *check, const char *json,
                               size_t len)
{
    struct programs programs;
    struct conf conf;
    char error[CONF_ERROR_MAX];
    enum fc_status status;

    if (conf_parse(&conf, json, len, warn, check, error) != 0) {
        host_say(&check->link, FC_LOG_ERROR, "%s", error);
        return FC_ERROR;
    }
    memset(check->told, 0, sizeof check->told);
    status = make_programs(check, &conf, &programs);
    if (status != FC_OK)
        return status;
    check->conf = conf;
    take_over(check, &programs);
    return FC_OK;
}

/* An instance. */

struct check *check_new(const struct fc_host *host)
{
    struct check *check = calloc(1, sizeof *check);

    if (check == NULL)
        return NULL;
    host_link_init(&check->link, host);
    watch_init(&check->watch);
    return check;
}

void check_free(struct check *check)
{
    printer_tell(&check->printer, &check->link,
                 check->programs.hook[check->running].path);
    programs_free(&check->programs);
    watch_destroy(&check->watch);
    library_free(&check->library);
    free(check);
}

/* Runs. */

/*
 * What is cold stays out of check_run, which then needs few registers: a short
 * script takes hardly longer than the way to it.
 */
#define COLD __attribute__((cold, noinline))

static COLD bool run_on_copy(struct vm *vm, enum fc_hook hook,
                             const struct fc_flow *flow)
{
    struct fc_flow copy;

    fc_copy_struct(&copy, sizeof copy, flow);
    return vm_run(vm, hook, &copy);
}

/* A flow of a smaller size is read through a copy of ours. */
static bool run_program(const struct check *check,
                        const struct program *program, enum fc_hook hook)
{
    if (check->flow->struct_size >= sizeof *check->flow)
        return vm_run(program->vm, hook, check->flow);
    return run_on_copy(program->vm, hook, check->flow);
}

static COLD bool run_timed(struct check *check, const struct program *program,
                           enum fc_hook hook)
{
    uint64_t start = now(check);
    bool ok = run_program(check, program, hook);

    timing_add(&check->stats[hook], now(check) - start);
    return ok;
}

static void switch_off(struct check *check, struct program *program)
{
    program->state = FC_HOOK_OFF;
    host_say(&check->link, FC_LOG_ERROR,
             "%s: switched off: %u run%s had to be stopped, with fewer than %d "
             "good ones for each; it runs again when its file changes or the "
             "check is enabled anew",
             program->path, program->guard.stops, plural(program->guard.stops),
             GUARD_RUNS_PER_STOP);
}

/*
 * What the stopped run left in memory would stop the next one too. Twice in a
 * row means the same: globals that are just short of too much.
 */
static bool needs_new_vm(const struct program *program,
                         const struct vm_error *error)
{
    return vm_is_spent(program->vm) ||
           (error->kind == FC_FAILURE_MEMORY && program->guard.row > 1);
}

/* Why a VM starts anew. */
static const char *renewal_reason(const struct vm_error *error)
{
    return error->kind == FC_FAILURE_TIME
               ? "its globals went with a VM that had to be given up"
               : "its globals hold too much memory";
}

static void say_renewal(struct check *check, const char *path,
                        const char *reason)
{
    if (check->renewals++ > 0 && now(check) - check->told_renewal < MINUTE)
        return;
    check->told_renewal = now(check);
    host_say(&check->link, FC_LOG_WARNING,
             "%s: %s: it starts anew without them (%" PRIu64 " time%s so far)",
             path, reason, check->renewals, plural(check->renewals));
}

static void replace_spent_vm(struct check *check, const struct program *program)
{
    const struct programs_plan plan = plan_of(check, &check->conf);
    const char *reason = renewal_reason(vm_last_error(program->vm));
    struct vm_memory memory = vm_memory(program->vm);

    if (!programs_renew(&check->programs, program->vm, &plan)) {
        say_shortage(check);
        return;
    }
    remember_memory(check, &memory);
    say_renewal(check, program->path, reason);
}

static COLD void judge_run(struct check *check, enum fc_hook hook, bool ok)
{
    struct program *program = &check->programs.hook[hook];
    const struct vm_error *error = vm_last_error(program->vm);
    bool stopped = !ok && (error->kind == FC_FAILURE_TIME ||
                           error->kind == FC_FAILURE_MEMORY);

    if (!ok)
        note_failure(check, hook, program->path, error->kind, error->text);
    if (guard_judge(&program->guard, stopped, check->conf.limits.kills))
        switch_off(check, program);
    if (!ok && needs_new_vm(program, error))
        replace_spent_vm(check, program);
}

/* One that was switched off counts the runs that it skips. */
static bool is_active(const struct program *program)
{
    return program->state == FC_HOOK_READY || program->state == FC_HOOK_OFF;
}

void check_run(struct check *check, enum fc_hook hook,
               const struct fc_flow *flow)
{
    struct fc_stats *stats = &check->stats[hook];
    struct program *program;
    bool ok;

    if (watch_has_changed(&check->watch))
        reload(check);
    program = &check->programs.hook[hook];
    if (!is_active(program))
        return;
    if (!guard_lets_run(&program->guard)) {
        stats->skipped++;
        return;
    }
    check->running = hook;
    check->flow = flow;
    ok = timing_is_due(stats->runs++) ? run_timed(check, program, hook)
                                      : run_program(check, program, hook);
    if (ok)
        stats->ok++;
    if (!ok || guard_remembers(&program->guard))
        judge_run(check, hook, ok);
    check->flow = NULL;
}

/* A script that has only just come must not wait for a flow of its own hook. */
uint32_t check_active(struct check *check)
{
    uint32_t hooks = 0;

    if (watch_has_changed(&check->watch))
        reload(check);
    for (int i = 0; i < FC_HOOKS; i++)
        if (is_active(&check->programs.hook[i]))
            hooks |= FC_HOOK_BIT(i);
    return hooks;
}

void check_read_stats(const struct check *check, enum fc_hook hook,
                      struct fc_stats *out)
{
    const struct program *program = &check->programs.hook[hook];
    struct vm_memory memory;

    *out = check->stats[hook];
    out->state = program->state;
    out->script = program->path;
    out->time_limit = (uint64_t)check->conf.limits.run_ms * 1000000;
    out->memory_limit = (uint64_t)check->conf.limits.memory_kb * 1024;
    if (program->vm == NULL)
        return;
    memory = vm_memory(program->vm);
    out->memory_used = memory.used;
    out->memory_peak =
        memory.peak > check->past_peak ? memory.peak : check->past_peak;
    out->collections = memory.collections + check->past_collections;
    out->allocations = memory.allocations + check->past_allocations;
}

enum fc_status check_lint(const struct check *check, fc_finding_fn *found,
                          void *context)
{
    enum fc_status status = programs_lint(
        &check->programs, check->library.size_max, found, context);

    if (status != FC_OK)
        host_say(&check->link, FC_LOG_ERROR,
                 "out of memory: findings may be missing");
    return status;
}
