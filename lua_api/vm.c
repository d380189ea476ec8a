/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * vm - makes Lua states and runs code in them, protected. The only caller of
 * lua_pcall; what a script can call is in the other files of this folder.
 *
 * The stack of a VM at rest: the message handler, then one program per hook.
 * A run pushes a copy of its program and leaves the stack as it found it.
 */
#include <lauxlib.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "limit.h"
#include "lint.h"

#define HANDLER_INDEX 1
#define PROGRAM_INDEX(hook) ((int)(hook) + 2)
#define STACK_AT_REST PROGRAM_INDEX(FC_HOOKS - 1)

/* What is rare stays out of vm_run, which then needs few registers. */
#define COLD __attribute__((cold, noinline))

int raise_error(lua_State *L, enum fc_failure kind, const char *format, ...)
{
    struct vm *vm = vm_of(L);
    va_list args;

    luaL_where(L, 1);
    va_start(args, format);
    lua_pushvfstring(L, format, args);
    va_end(args);
    lua_concat(L, 2);
    vm->raised = lua_topointer(L, -1);
    vm->raised_kind = kind;
    return lua_error(L);
}

void raise_no_flow(lua_State *L)
{
    raise_error(L, FC_FAILURE_RUNTIME,
                "there is no flow now: flow.* works only while a check runs "
                "on a flow");
}

/* Pushes "file:line: " of the innermost function of the script. */
static void push_place(lua_State *L)
{
    lua_Debug activation;

    for (int level = 1; level < 10; level++) {
        if (!lua_getstack(L, level, &activation))
            break;
        lua_getinfo(L, "Sl", &activation);
        if (activation.currentline > 0) {
            lua_pushfstring(L, "%s:%d: ", activation.short_src,
                            activation.currentline);
            return;
        }
    }
    lua_pushliteral(L, "");
}

/* The verdict has no message of its own. */
static void push_verdict(lua_State *L, const struct vm *vm)
{
    char why[128];

    limit_describe(vm, why, sizeof why);
    if (vm->memory.refused)
        lua_pushstring(L, vm->refused_at);
    else
        push_place(L);
    lua_pushstring(L, why);
    lua_concat(L, 2);
}

/*
 * Turns an error value into a message with a traceback. It calls nothing of
 * the script: a value that is no text is named by its type, not by __tostring.
 */
static int handle_error(lua_State *L)
{
    struct vm *vm = vm_of(L);

    if (vm->raised == NULL || lua_topointer(L, 1) != vm->raised)
        vm->raised_kind = FC_FAILURE_RUNTIME;
    if (vm->condemned)
        push_verdict(L, vm);
    else if (lua_type(L, 1) != LUA_TSTRING && lua_type(L, 1) != LUA_TNUMBER)
        lua_pushfstring(L, "(the error is a %s value, not a message)",
                        luaL_typename(L, 1));
    else
        lua_pushvalue(L, 1);
    /* Lua before 5.4.7 doesn't check the stack in luaL_traceback. */
    if (lua_checkstack(L, LUA_MINSTACK))
        luaL_traceback(L, L, lua_tostring(L, -1), 1);
    return 1;
}

static enum fc_failure failure_kind(const struct vm *vm, int status)
{
    if (vm->condemned)
        return vm->verdict;
    switch (status) {
    case LUA_ERRMEM:
        return FC_FAILURE_MEMORY;
    case LUA_ERRSYNTAX:
        return FC_FAILURE_SYNTAX;
    case LUA_ERRRUN:
        return vm->raised_kind;
    default: /* LUA_ERRERR: an error in the message handler */
        return FC_FAILURE_RUNTIME;
    }
}

/* Refused memory has no message but Lua's "not enough memory". */
static void keep_refusal(struct vm *vm)
{
    char why[128];

    limit_describe(vm, why, sizeof why);
    snprintf(vm->error.text, sizeof vm->error.text, "%s%s", vm->refused_at,
             why);
}

/* Keeps the error value on top of the stack, and pops it. Cannot raise. */
static bool keep_error(struct vm *vm, int status)
{
    struct vm_error *error = &vm->error;
    const char *text = "(no message)";
    size_t len;

    error->kind = failure_kind(vm, status);
    /* A string is read as it is; converting a number could need memory. */
    if (lua_type(vm->L, -1) == LUA_TSTRING)
        text = lua_tostring(vm->L, -1);
    len = strnlen(text, sizeof error->text - 1);
    memcpy(error->text, text, len);
    error->text[len] = '\0';
    if (status == LUA_ERRMEM && vm->memory.refused)
        keep_refusal(vm);
    lua_pop(vm->L, 1);
    return false;
}

/* Calls the function below its arguments, protected; pops it all. */
static bool call_protected(struct vm *vm, int arguments)
{
    int status = lua_pcall(vm->L, arguments, 0, HANDLER_INDEX);

    if (status == LUA_OK)
        return true;
    return keep_error(vm, status);
}

static int open_all(lua_State *L)
{
    open_sandbox(L);
    open_output(L);
    open_modules(L);
    open_names(L);
    open_flow(L);
    open_protection(L);
    return 0;
}

/* The stack at rest. Light functions, nil and this room need no memory. */
static void lay_stack(lua_State *L)
{
    lua_pushcfunction(L, handle_error);
    lua_settop(L, STACK_AT_REST);
}

static struct vm *make_vm(const struct vm_services *services)
{
    struct vm *vm = calloc(1, sizeof *vm);

    if (vm == NULL)
        return NULL;
    vm->services = *services;
    vm->L = lua_newstate(memory_alloc, &vm->memory);
    if (vm->L == NULL) {
        free(vm);
        return NULL;
    }
    *(struct vm **)lua_getextraspace(vm->L) = vm;
    return vm;
}

struct vm *vm_new(const struct vm_services *services,
                  const struct vm_limits *limits)
{
    struct vm *vm = make_vm(services);

    if (vm == NULL)
        return NULL;
    lay_stack(vm->L);
    lua_pushcfunction(vm->L, open_all);
    if (!call_protected(vm, 0) || !limit_start(vm, limits)) {
        vm_free(vm);
        return NULL;
    }
    return vm;
}

void vm_free(struct vm *vm)
{
    if (vm == NULL)
        return;
    limit_stop(vm);
    /* Instead of lua_close: there are no finalizers, and memory is all. */
    memory_free_all(&vm->memory);
    free(vm);
}

/* Compiling sees no alarm, so it is judged when it is over; status is Lua's. */
static bool judge_compiling(struct vm *vm, const struct vm_source *source,
                            int status)
{
    if (status != LUA_OK)
        return keep_error(vm, status);
    if (!vm->alarm || (vm->out_of_time && !vm->memory.refused))
        return true;
    lua_pop(vm->L, 1);
    vm->error.kind = FC_FAILURE_MEMORY;
    snprintf(vm->error.text, sizeof vm->error.text,
             "%s: the program alone takes more than %zu KB of memory",
             source->name + 1, vm->memory.soft / 1024);
    return false;
}

static bool compile(struct vm *vm, const struct vm_source *source)
{
    return judge_compiling(vm, source, load_source(vm->L, source));
}

/* The one place where bytecode is loaded: what vm_save has made. */
static bool undump(struct vm *vm, const struct vm_code *code)
{
    const struct vm_source source = { "=saved", code->bytes, code->len };

    return judge_compiling(
        vm, &source,
        luaL_loadbufferx(vm->L, code->bytes, code->len, source.name, "b"));
}

/* The one argument is the set of tables that the program can get hold of. */
static int prepare(lua_State *L)
{
    note_grasped(L, (unsigned)lua_tointeger(L, 1));
    place_protected(L, ~vm_of(L)->grasped);
    return 0;
}

/* No chunk runs in between: what none of them grasps is as we left it. */
static bool call_prepare(struct vm *vm, unsigned grasped)
{
    lua_pushcfunction(vm->L, prepare);
    lua_pushinteger(vm->L, grasped);
    return call_protected(vm, 1);
}

/* Nothing can be loaded into a VM that was given up, nor run in it. */
static COLD bool refuse_given_up(struct vm *vm)
{
    vm->error.kind = FC_FAILURE_MEMORY;
    snprintf(vm->error.text, sizeof vm->error.text,
             "the VM was given up, and there was no memory for another");
    return false;
}

/* After a jump out of what is watched. */
static COLD bool abandon(struct vm *vm, const char *what, unsigned ms,
                         const char *why)
{
    limit_abandon(vm);
    vm->flow = NULL;
    vm->raised = NULL;
    vm->error.kind = FC_FAILURE_TIME;
    snprintf(vm->error.text, sizeof vm->error.text,
             "%s took more than %u ms of CPU time, %s", what, ms, why);
    if (vm->line_len > 0)
        output_flush(vm);
    return false;
}

/* Of text, or of code when that is not NULL. */
static bool load(struct vm *vm, enum fc_hook hook,
                 const struct vm_source *source, const struct vm_code *code)
{
    bool ok;

    if (code != NULL)
        ok = call_prepare(vm, code->grasped) && undump(vm, code);
    else
        ok = call_prepare(vm, grasped_tables(source)) && compile(vm, source);
    if (ok)
        lua_replace(vm->L, PROGRAM_INDEX(hook));
    return ok;
}

static bool load_watched(struct vm *vm, enum fc_hook hook,
                         const struct vm_source *source,
                         const struct vm_code *code)
{
    unsigned load_ms = LIMIT_LOAD_RUNS * vm->run_ms + LIMIT_LOAD_GRACE_MS;
    bool ok;

    if (vm->L == NULL)
        return refuse_given_up(vm);
    if (_setjmp(vm->escape) != 0) {
        vm->watched.budget_ms = vm->run_ms;
        return abandon(vm, "compiling", load_ms, "and could not be stopped");
    }
    vm->watched.budget_ms = load_ms;
    limit_begin(vm);
    ok = load(vm, hook, source, code);
    if (limit_is_alarmed(vm))
        limit_settle(vm);
    limit_end(vm);
    vm->watched.budget_ms = vm->run_ms;
    return ok;
}

bool vm_load(struct vm *vm, enum fc_hook hook, const struct vm_source *source)
{
    return load_watched(vm, hook, source, NULL);
}

bool vm_load_saved(struct vm *vm, enum fc_hook hook, const struct vm_code *code)
{
    return load_watched(vm, hook, NULL, code);
}

/* A lua_Writer. It gets a few bytes at a time. */
static int add_code(lua_State *L, const void *piece, size_t len, void *context)
{
    (void)L;
    return fwrite(piece, 1, len, context) == len ? 0 : 1;
}

bool vm_save(struct vm *vm, enum fc_hook hook, struct vm_code *code)
{
    struct vm_code saved = { NULL, 0, vm->grasped };
    FILE *stream = open_memstream(&saved.bytes, &saved.len);
    bool ok;

    if (stream == NULL)
        return false;
    lua_pushvalue(vm->L, PROGRAM_INDEX(hook));
    ok = lua_dump(vm->L, add_code, stream, 0) == 0;
    lua_pop(vm->L, 1);
    ok = fclose(stream) == 0 && ok;
    if (ok)
        *code = saved;
    else
        free(saved.bytes);
    return ok;
}

static int heal(lua_State *L)
{
    place_protected(L, ALL_PROTECTED);
    return 0;
}

/* A script that set "flow" to nil loses a run by it, not all that follow. */
static COLD void recover(struct vm *vm)
{
    struct vm_error kept = vm->error;

    lua_pushcfunction(vm->L, heal);
    if (!call_protected(vm, 0))
        vm->spent = true;
    vm->error = kept;
}

/* Before the end of a run that failed, or saw an alarm. */
static COLD void settle(struct vm *vm, bool ok)
{
    limit_settle(vm);
    if (!ok)
        recover(vm);
}

bool vm_run(struct vm *vm, enum fc_hook hook, const struct fc_flow *flow)
{
    bool ok;

    if (__builtin_expect(vm->L == NULL, 0))
        return refuse_given_up(vm);
    /* _setjmp saves no signal mask, which would be a system call. */
    if (_setjmp(vm->escape) != 0)
        return abandon(vm, "the run", vm->watched.budget_ms,
                       "and then was still in one operation of Lua's own, such "
                       "as growing a table whose keys collide: its VM was "
                       "given up, with all globals");
    vm->flow = flow;
    lua_pushvalue(vm->L, PROGRAM_INDEX(hook));
    limit_begin(vm);
    ok = call_protected(vm, 0);
    if (__builtin_expect(!ok || limit_is_alarmed(vm), 0))
        settle(vm, ok);
    limit_end(vm);
    vm->flow = NULL;
    vm->raised = NULL;
    if (vm->line_len > 0)
        output_flush(vm);
    return ok;
}

/* Linting. */

/*
 * "[string "x"]:7: message" or "x:7: message": the line, and the message behind
 * it; 0 and all of the text when there is no such place.
 */
static unsigned split_place(const char *text, const char **message)
{
    for (const char *at = text; (at = strchr(at, ':')) != NULL;) {
        size_t digits = strspn(++at, "0123456789");

        if (digits == 0 || digits > 9 || strncmp(at + digits, ": ", 2) != 0)
            continue;
        *message = at + digits + 2;
        return (unsigned)strtoul(at, NULL, 10);
    }
    *message = text;
    return 0;
}

static void report_error(struct vm *vm, vm_finding_fn *found, void *context)
{
    struct vm_finding finding = { .severity = FC_FINDING_ERROR };

    vm->error.text[strcspn(vm->error.text, "\n")] = '\0';
    finding.line = split_place(vm->error.text, &finding.text);
    found(context, &finding);
}

/* Asks a VM in which no script has run which names there are. */
static bool lint_names(struct vm *fresh, const struct vm_source *source,
                       const struct vm_company *company, vm_finding_fn *found,
                       void *context)
{
    struct names names = { .globals = { 0 } };
    bool ok;

    lua_pushcfunction(fresh->L, names_collect);
    lua_pushlightuserdata(fresh->L, &names);
    ok = call_protected(fresh, 1) && !names.out_of_memory &&
         lint_text(&names, source, company, found, context);
    names_free(&names);
    return ok;
}

/* Reports what is wrong with a script's syntax, or its size. */
static void lint_compile(struct vm *vm, const struct vm_source *source,
                         vm_finding_fn *found, void *context)
{
    if (compile(vm, source))
        lua_pop(vm->L, 1);
    else
        report_error(vm, found, context);
    limit_clean_up(vm);
}

bool vm_lint(struct vm *vm, const struct vm_source *source,
             const struct vm_company *company, vm_finding_fn *found,
             void *context)
{
    struct vm *fresh = make_vm(&vm->services);
    struct vm *compiler = vm->L != NULL ? vm : fresh;
    bool ok = false;

    if (compiler != NULL)
        lint_compile(compiler, source, found, context);
    if (fresh == NULL)
        return false;
    lay_stack(fresh->L);
    lua_pushcfunction(fresh->L, open_all);
    if (call_protected(fresh, 0))
        ok = lint_names(fresh, source, company, found, context);
    vm_free(fresh);
    return ok;
}

const struct vm_error *vm_last_error(const struct vm *vm)
{
    return &vm->error;
}

bool vm_is_spent(const struct vm *vm)
{
    return vm->spent;
}

struct vm_memory vm_memory(const struct vm *vm)
{
    return (struct vm_memory){ vm->memory.used, vm->memory.peak,
                               vm->collections, vm->memory.allocations };
}

void vm_inherit_peak(struct vm *vm, const struct vm *old)
{
    if (vm->memory.peak < old->memory.peak)
        vm->memory.peak = old->memory.peak;
}
