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
#include <stdlib.h>
#include <string.h>

#include "context.h"

#define HANDLER_INDEX 1
#define PROGRAM_INDEX(hook) ((int)(hook) + 2)
#define STACK_AT_REST PROGRAM_INDEX(FC_HOOKS - 1)

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

const struct fc_flow *current_flow(lua_State *L)
{
    const struct fc_flow *flow = vm_of(L)->flow;

    if (flow == NULL)
        raise_error(L, FC_FAILURE_RUNTIME,
                    "there is no flow now: flow.* works only while a check "
                    "runs on a flow");
    return flow;
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
    if (lua_type(L, 1) != LUA_TSTRING && lua_type(L, 1) != LUA_TNUMBER)
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
    lua_pop(vm->L, 1);
    return false;
}

/* Calls the function on top of the stack, protected; pops it. */
static bool call_protected(struct vm *vm, int handler)
{
    int status = lua_pcall(vm->L, 0, 0, handler);

    if (status == LUA_OK)
        return true;
    return keep_error(vm, status);
}

static int open_all(lua_State *L)
{
    open_sandbox(L);
    open_output(L);
    open_modules(L);
    open_flow(L);
    return 0;
}

/* The stack at rest. Light functions, nil and this room need no memory. */
static void lay_stack(lua_State *L)
{
    lua_pushcfunction(L, handle_error);
    lua_settop(L, STACK_AT_REST);
}

struct vm *vm_new(const struct vm_services *services)
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
    lay_stack(vm->L);
    lua_pushcfunction(vm->L, open_all);
    if (!call_protected(vm, HANDLER_INDEX)) {
        vm_free(vm);
        return NULL;
    }
    return vm;
}

void vm_free(struct vm *vm)
{
    if (vm == NULL)
        return;
    lua_close(vm->L);
    free(vm);
}

bool vm_load(struct vm *vm, enum fc_hook hook, const struct vm_source *source)
{
    int status =
        luaL_loadbufferx(vm->L, source->text, source->len, source->name, "t");

    if (status != LUA_OK)
        return keep_error(vm, status);
    lua_replace(vm->L, PROGRAM_INDEX(hook));
    return true;
}

bool vm_run(struct vm *vm, enum fc_hook hook, const struct fc_flow *flow)
{
    bool ok;

    vm->flow = flow;
    lua_pushvalue(vm->L, PROGRAM_INDEX(hook));
    ok = call_protected(vm, HANDLER_INDEX);
    vm->flow = NULL;
    vm->raised = NULL;
    output_flush(vm);
    return ok;
}

const struct vm_error *vm_last_error(const struct vm *vm)
{
    return &vm->error;
}

size_t vm_memory(const struct vm *vm)
{
    return vm->memory.used;
}
