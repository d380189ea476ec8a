/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * check - from settings to scripts to runs. A check has one set of programs at
 * a time: what its settings asked for, compiled. New settings make a new set,
 * and the old one goes when the new one stands.
 */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alert.h"
#include "conf.h"
#include "host_link.h"
#include "library.h"
#include "report.h"
#include "script.h"
#include "vm.h"

/* What runs in a hook. */
struct program {
    char *path;    /* NULL: nothing */
    struct vm *vm; /* the hooks share one; with ntopng's compat, one each */
    enum fc_hook_state state;
};

struct programs {
    struct conf conf;
    struct program hook[FC_HOOKS];
};

struct check {
    struct host_link link;
    struct programs programs;
    struct fc_stats stats[FC_HOOKS];
    struct report reports[FC_HOOKS];
    struct library library;
    enum fc_hook running;
    const struct fc_flow *flow; /* as the host handed it over; NULL at rest */
    bool told_clamped;
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

/* Failures: always counted, said once. */

static void note_failure(struct check *check, enum fc_hook hook,
                         const char *path, enum fc_failure kind,
                         const char *text)
{
    check->stats[hook].failures[kind]++;
    switch (report_judge(&check->reports[hook], text)) {
    case REPORT_NEW:
        host_say(&check->link, FC_LOG_ERROR, "%s: %s in the %s hook: %s", path,
                 failure_names[kind], hook_names[hook], text);
        break;
    case REPORT_OVERFLOW:
        host_say(&check->link, FC_LOG_ERROR,
                 "%s: more than %d different errors; further ones are "
                 "counted, not logged",
                 path, REPORT_DISTINCT_MAX);
        break;
    case REPORT_SEEN:
        break;
    }
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

    check->link.can.log(check->link.host, FC_LOG_OUTPUT, line);
}

static bool find_module(void *context, const char *name,
                        struct vm_source *source)
{
    struct check *check = context;

    return library_find(&check->library,
                        check->programs.hook[check->running].path,
                        host_install_dir(&check->link), name, source);
}

static struct vm *make_vm(struct check *check, const struct conf *conf)
{
    const struct vm_services services = {
        .context = check,
        .trigger_alert = raise_alert,
        .print = print_line,
        .find_module = find_module,
        .install_dir = host_install_dir(&check->link),
        .ntopng_compat = conf->ntopng_compat,
    };
    const struct vm_limits limits = {
        .run_ms = conf->limits.run_ms,
        .memory = (size_t)conf->limits.memory_kb * 1024,
    };

    return vm_new(&services, &limits);
}

/* A set of programs. */

static bool make_vms(struct check *check, struct programs *programs)
{
    for (int i = 0; i < FC_HOOKS; i++) {
        if (i > 0 && !programs->conf.ntopng_compat)
            programs->hook[i].vm = programs->hook[0].vm;
        else
            programs->hook[i].vm = make_vm(check, &programs->conf);
        if (programs->hook[i].vm == NULL)
            return false;
    }
    return true;
}

static void free_programs(struct programs *programs)
{
    for (int i = FC_HOOKS - 1; i >= 0; i--) {
        struct program *program = &programs->hook[i];

        if (i == 0 || program->vm != programs->hook[0].vm)
            vm_free(program->vm);
        free(program->path);
    }
    conf_free(&programs->conf);
    memset(programs, 0, sizeof *programs);
}

/* The one script that the settings name runs in the detected hook. */
static bool place_named_script(struct programs *programs)
{
    char *path = strdup(programs->conf.script);

    programs->hook[FC_HOOK_DETECTED].path = path;
    return path != NULL;
}

static bool search_script(struct check *check, enum fc_hook hook,
                          struct program *program)
{
    struct script_place place;

    if (script_find(host_install_dir(&check->link), hook, &place) != 0)
        return false;
    program->path = place.path;
    if (place.unused != NULL)
        host_say(&check->link, FC_LOG_WARNING,
                 "%s is not used, because %s exists too and is the documented "
                 "name: remove one of them",
                 place.unused, place.path);
    free(place.unused);
    return true;
}

static bool search_scripts(struct check *check, struct programs *programs)
{
    bool any = false;

    for (int i = 0; i < FC_HOOKS; i++) {
        if (!search_script(check, (enum fc_hook)i, &programs->hook[i]))
            return false;
        any = any || programs->hook[i].path != NULL;
    }
    if (!any)
        host_say(&check->link, FC_LOG_WARNING,
                 "no script to run: %s/" SCRIPT_DIR
                 "/custom_flow_lua_script.lua does not exist",
                 host_install_dir(&check->link));
    return true;
}

static bool place_scripts(struct check *check, struct programs *programs)
{
    if (programs->conf.script != NULL)
        return place_named_script(programs);
    return search_scripts(check, programs);
}

static bool compile(struct check *check, enum fc_hook hook,
                    struct program *program, const struct script *script)
{
    char name[PATH_MAX + 1];
    struct vm_source source = { name, script->text, script->len };
    const struct vm_error *error;

    snprintf(name, sizeof name, "@%s", program->path);
    if (vm_load(program->vm, hook, &source))
        return true;
    error = vm_last_error(program->vm);
    note_failure(check, hook, program->path, error->kind, error->text);
    return false;
}

static void load_program(struct check *check, enum fc_hook hook,
                         struct program *program)
{
    struct script script;

    if (program->path == NULL)
        return;
    program->state = FC_HOOK_BROKEN;
    if (script_read(&script, program->path) != SCRIPT_READ)
        note_failure(check, hook, program->path, FC_FAILURE_FILE, script.error);
    else if (compile(check, hook, program, &script))
        program->state = FC_HOOK_READY;
    script_free(&script);
}

static enum fc_status load_programs(struct check *check,
                                    struct programs *programs)
{
    if (!make_vms(check, programs) || !place_scripts(check, programs)) {
        host_say(&check->link, FC_LOG_ERROR,
                 "out of memory; the check's settings are as before");
        return FC_ERROR_MEMORY;
    }
    for (int i = 0; i < FC_HOOKS; i++)
        load_program(check, (enum fc_hook)i, &programs->hook[i]);
    return FC_OK;
}

/* The check. */

struct check *check_new(const struct fc_host *host)
{
    struct check *check = calloc(1, sizeof *check);

    if (check != NULL)
        host_link_init(&check->link, host);
    return check;
}

void check_free(struct check *check)
{
    free_programs(&check->programs);
    library_free(&check->library);
    free(check);
}

static void warn(void *context, const char *text)
{
    const struct check *check = context;

    host_say(&check->link, FC_LOG_WARNING, "%s", text);
}

enum fc_status check_configure(struct check *check, const char *json,
                               size_t len)
{
    struct programs programs = { 0 };
    char error[CONF_ERROR_MAX];
    enum fc_status status;

    if (conf_parse(&programs.conf, json, len, warn, check, error) != 0) {
        host_say(&check->link, FC_LOG_ERROR, "%s", error);
        return FC_ERROR;
    }
    memset(check->reports, 0, sizeof check->reports);
    status = load_programs(check, &programs);
    if (status != FC_OK) {
        free_programs(&programs);
        return status;
    }
    free_programs(&check->programs);
    check->programs = programs;
    return FC_OK;
}

/* Runs a program; a flow of another size is read through a copy of ours. */
static bool run_program(struct check *check, const struct program *program,
                        enum fc_hook hook)
{
    struct fc_flow copy;

    if (check->flow->struct_size >= sizeof copy)
        return vm_run(program->vm, hook, check->flow);
    fc_copy_struct(&copy, sizeof copy, check->flow);
    return vm_run(program->vm, hook, &copy);
}

void check_run(struct check *check, enum fc_hook hook,
               const struct fc_flow *flow)
{
    const struct program *program = &check->programs.hook[hook];
    const struct vm_error *error;

    if (program->state != FC_HOOK_READY)
        return;
    check->running = hook;
    check->flow = flow;
    check->stats[hook].runs++;
    if (run_program(check, program, hook)) {
        check->stats[hook].ok++;
    } else {
        error = vm_last_error(program->vm);
        note_failure(check, hook, program->path, error->kind, error->text);
    }
    check->flow = NULL;
}

void check_read_stats(const struct check *check, enum fc_hook hook,
                      struct fc_stats *out)
{
    *out = check->stats[hook];
    out->state = check->programs.hook[hook].state;
    out->script = check->programs.hook[hook].path;
}
