/* SPDX-License-Identifier: GPL-3.0-or-later */
/* programs - finds, reads, compiles and lints; runs nothing. */
#include "programs.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "script.h"

/* VMs. */

static struct vm *make_vm(const struct programs_plan *plan, bool first)
{
    struct vm_services services = plan->services;
    const struct vm_limits limits = {
        .run_ms = plan->conf->limits.run_ms,
        .memory = (size_t)plan->conf->limits.memory_kb * 1024,
    };

    services.ntopng_compat = plan->conf->ntopng_compat;
    services.install_dir = host_install_dir(plan->link);
    services.protocol_names = host_protocol_names(plan->link);
    if (!first)
        services.tick = NULL;
    return vm_new(&services, &limits);
}

static bool make_vms(struct programs *programs,
                     const struct programs_plan *plan)
{
    for (int i = 0; i < FC_HOOKS; i++) {
        if (i > 0 && !plan->conf->ntopng_compat)
            programs->hook[i].vm = programs->hook[0].vm;
        else
            programs->hook[i].vm = make_vm(plan, i == 0);
        if (programs->hook[i].vm == NULL)
            return false;
    }
    return true;
}

void programs_free(struct programs *programs)
{
    for (int i = FC_HOOKS - 1; i >= 0; i--) {
        struct program *program = &programs->hook[i];

        if (i == 0 || program->vm != programs->hook[0].vm)
            vm_free(program->vm);
        free(program->path);
        free(program->code.bytes);
    }
    memset(programs, 0, sizeof *programs);
}

/* Scripts. */

/* The one script that the settings name. */
static bool place_named_script(struct programs *programs,
                               const struct conf *conf)
{
    enum fc_hook hook =
        conf->hook_by_name ? script_hook(conf->script) : conf->hook;
    char *path = strdup(conf->script);

    programs->hook[hook].path = path;
    programs->unknown_company = conf->hook_by_name && hook != FC_HOOK_DETECTED;
    return path != NULL;
}

static bool search_script(struct program *program, enum fc_hook hook,
                          const struct host_link *link)
{
    struct script_place place;

    if (script_find(host_install_dir(link), hook, &place) != 0)
        return false;
    program->path = place.path;
    if (place.unused != NULL)
        host_say(link, FC_LOG_WARNING,
                 "%s is not used, because %s exists too and is the documented "
                 "name: remove one of them",
                 place.unused, place.path);
    free(place.unused);
    return true;
}

static bool search_scripts(struct programs *programs,
                           const struct host_link *link)
{
    bool any = false;

    for (int i = 0; i < FC_HOOKS; i++) {
        if (!search_script(&programs->hook[i], (enum fc_hook)i, link))
            return false;
        any = any || programs->hook[i].path != NULL;
    }
    if (!any)
        host_say(link, FC_LOG_WARNING,
                 "no script to run: %s/" SCRIPT_DIR
                 "/custom_flow_lua_script.lua does not exist",
                 host_install_dir(link));
    return true;
}

static bool place_scripts(struct programs *programs,
                          const struct programs_plan *plan)
{
    if (plan->conf->script[0] != '\0')
        return place_named_script(programs, plan->conf);
    return search_scripts(programs, plan->link);
}

static void tell_failure(const struct program *program, enum fc_hook hook,
                         const struct programs_plan *plan, enum fc_failure kind,
                         const char *text)
{
    plan->failed(plan->services.context, hook, program->path, kind, text);
}

static bool compile(struct program *program, enum fc_hook hook,
                    const struct programs_plan *plan,
                    const struct script *script)
{
    char name[PATH_MAX + 1];
    const struct vm_source source = { name, script->text, script->len };
    const struct vm_error *error;

    snprintf(name, sizeof name, "@%s", program->path);
    if (!vm_load(program->vm, hook, &source)) {
        error = vm_last_error(program->vm);
        tell_failure(program, hook, plan, error->kind, error->text);
        return false;
    }
    if (!vm_save(program->vm, hook, &program->code)) {
        tell_failure(program, hook, plan, FC_FAILURE_MEMORY, "out of memory");
        return false;
    }
    return true;
}

static void load_program(struct program *program, enum fc_hook hook,
                         const struct programs_plan *plan)
{
    struct script script;
    size_t size_max = (size_t)plan->conf->limits.script_kb * 1024;

    if (program->path == NULL)
        return;
    program->state = FC_HOOK_BROKEN;
    if (script_read(&script, program->path, size_max, SCRIPT_OF_HOOK) !=
        SCRIPT_READ)
        tell_failure(program, hook, plan, FC_FAILURE_FILE, script.error);
    else if (compile(program, hook, plan, &script))
        program->state = FC_HOOK_READY;
    script_free(&script);
}

/* Loads into a new VM what the spent one has loaded. */
static bool load_codes(const struct programs *programs, const struct vm *spent,
                       struct vm *vm)
{
    for (int i = 0; i < FC_HOOKS; i++) {
        const struct program *program = &programs->hook[i];

        if (program->vm == spent && program->code.bytes != NULL &&
            !vm_load_saved(vm, (enum fc_hook)i, &program->code))
            return false;
    }
    return true;
}

bool programs_renew(struct programs *programs, struct vm *spent,
                    const struct programs_plan *plan)
{
    struct vm *vm = make_vm(plan, spent == programs->hook[0].vm);

    if (vm == NULL || !load_codes(programs, spent, vm)) {
        vm_free(vm);
        return false;
    }
    for (int i = 0; i < FC_HOOKS; i++)
        if (programs->hook[i].vm == spent)
            programs->hook[i].vm = vm;
    vm_inherit_peak(vm, spent);
    vm_free(spent);
    return true;
}

/*
 * Scripts that compile must not suffer from one that took the VM along. Returns
 * false when there is no memory.
 */
static bool load_programs(struct programs *programs,
                          const struct programs_plan *plan)
{
    for (int i = 0; i < FC_HOOKS; i++) {
        struct program *program = &programs->hook[i];

        load_program(program, (enum fc_hook)i, plan);
        if (vm_is_spent(program->vm) &&
            !programs_renew(programs, program->vm, plan))
            return false;
    }
    return true;
}

enum fc_status programs_make(struct programs *programs,
                             const struct programs_plan *plan)
{
    memset(programs, 0, sizeof *programs);
    if (make_vms(programs, plan) && place_scripts(programs, plan) &&
        load_programs(programs, plan))
        return FC_OK;
    programs_free(programs);
    return FC_ERROR_MEMORY;
}

/* Linting. */

/* Whom a finding in a script goes to. */
struct reader {
    const char *path;
    fc_finding_fn *found;
    void *context;
};

static void pass_finding(void *context, const struct vm_finding *finding)
{
    const struct reader *reader = context;
    const struct fc_finding passed = {
        .struct_size = sizeof passed,
        .severity = finding->severity,
        .script = reader->path,
        .text = finding->text,
        .line = finding->line,
    };

    reader->found(reader->context, &passed);
}

/* The error of a file names its path, a finding has it apart. */
static void pass_file_error(struct reader *reader, const char *error)
{
    size_t len = strlen(reader->path);
    struct vm_finding finding = { 0, FC_FINDING_ERROR, error };

    if (strncmp(error, reader->path, len) == 0 &&
        strncmp(error + len, ": ", 2) == 0)
        finding.text += len + 2;
    pass_finding(reader, &finding);
}

/* Scripts as their files are now. */
struct texts {
    struct script scripts[FC_HOOKS];
    struct vm_source sources[FC_HOOKS]; /* of those that could be read */
    char names[FC_HOOKS][PATH_MAX + 1];
    bool read[FC_HOOKS];
};

static void read_texts(struct texts *texts, const struct programs *programs,
                       size_t size_max)
{
    memset(texts, 0, sizeof *texts);
    for (int i = 0; i < FC_HOOKS; i++) {
        const char *path = programs->hook[i].path;
        struct script *script = &texts->scripts[i];

        if (path == NULL)
            continue;
        texts->read[i] =
            script_read(script, path, size_max, SCRIPT_OF_HOOK) == SCRIPT_READ;
        snprintf(texts->names[i], sizeof texts->names[i], "@%s", path);
        texts->sources[i] =
            (struct vm_source){ texts->names[i], script->text, script->len };
    }
}

static bool lint_program(const struct programs *programs,
                         const struct texts *texts, int hook,
                         struct reader *reader)
{
    const struct program *program = &programs->hook[hook];
    struct vm_source others[FC_HOOKS];
    struct vm_company company = { others, 0, programs->unknown_company };

    reader->path = program->path;
    if (!texts->read[hook]) {
        pass_file_error(reader, texts->scripts[hook].error);
        return true;
    }
    for (int i = 0; i < FC_HOOKS; i++)
        if (i != hook && texts->read[i] && programs->hook[i].vm == program->vm)
            others[company.count++] = texts->sources[i];
    return vm_lint(program->vm, &texts->sources[hook], &company, pass_finding,
                   reader);
}

enum fc_status programs_lint(const struct programs *programs, size_t size_max,
                             fc_finding_fn *found, void *context)
{
    struct reader reader = { NULL, found, context };
    struct texts *texts = malloc(sizeof *texts);
    enum fc_status status = texts != NULL ? FC_OK : FC_ERROR_MEMORY;

    if (texts == NULL)
        return status;
    read_texts(texts, programs, size_max);
    for (int i = 0; i < FC_HOOKS; i++)
        if (programs->hook[i].path != NULL &&
            !lint_program(programs, texts, i, &reader))
            status = FC_ERROR_MEMORY;
    for (int i = 0; i < FC_HOOKS; i++)
        script_free(&texts->scripts[i]);
    free(texts);
    return status;
}

bool programs_have(const struct programs *programs, enum fc_hook_state state)
{
    for (int i = 0; i < FC_HOOKS; i++)
        if (programs->hook[i].state == state)
            return true;
    return false;
}
