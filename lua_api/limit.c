/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * limit - alarms and verdicts.
 *
 * Memory has a soft limit. Crossing it refuses nothing: a refused allocation
 * starts an emergency collection inside whatever Lua was doing, and Lua before
 * 5.4.8 has a use after free there (luaV_finishset). Instead, the run is
 * interrupted between two instructions, garbage is collected, and if that does
 * not help the run ends.
 *
 * The soft limit is two thirds of memory_kb, since a table that grows exists
 * twice for a moment, the new one twice as large: three times the soft limit,
 * which is twice memory_kb, is the most that a script can come to hold.
 */
#include "limit.h"

#include <lauxlib.h>
#include <stdint.h>
#include <stdio.h>

/* What the verdict is raised as: needs no memory, equals nothing of a script.
 */
static char verdict_mark;

static void on_hook(lua_State *L, lua_Debug *activation)
{
    (void)activation;
    limit_release_all(vm_of(L));
    limit_poll(L);
}

/* From here on every instruction, call and return comes to on_hook. */
static void arm_hook(struct vm *vm)
{
    vm->hooked = true;
    lua_sethook(vm->L, on_hook,
                LUA_MASKCALL | LUA_MASKRET | LUA_MASKLINE | LUA_MASKCOUNT, 1);
}

static void disarm_hook(struct vm *vm)
{
    if (vm->L != NULL)
        lua_sethook(vm->L, NULL, 0, 0);
    vm->hooked = false;
}

/* lua_sethook is made to be called in a signal handler of the same thread. */
static void alarm_time(struct vm *vm)
{
    vm->out_of_time = true;
    vm->alarm = true;
    arm_hook(vm);
}

static void leave(void *context)
{
    struct vm *vm = context;

    longjmp(vm->escape, 1);
}

/* On the running thread, in a signal handler. */
static void interrupt(void *context, bool nested)
{
    struct vm *vm = context;

    if (!vm->out_of_time)
        alarm_time(vm);
    else if (vm->memory.held || nested)
        vm->memory.overdue = true;
    else
        leave(vm);
}

/*
 * Lua calls no message handler when memory is refused, so that the place is
 * noted here, by functions that need none.
 */
static void note_place(struct vm *vm)
{
    lua_Debug activation;

    for (int level = 0; lua_getstack(vm->L, level, &activation); level++) {
        lua_getinfo(vm->L, "Sl", &activation);
        if (activation.currentline > 0) {
            snprintf(vm->refused_at, sizeof vm->refused_at,
                     "%s:%d: ", activation.short_src, activation.currentline);
            return;
        }
    }
}

/* In the allocator, when the soft limit is crossed or memory refused. */
static void memory_alarm(void *context)
{
    struct vm *vm = context;

    if (vm->memory.refused)
        note_place(vm);
    vm->alarm = true;
    arm_hook(vm);
}

/* Verdicts. */

static void condemn(lua_State *L, enum fc_failure kind)
{
    struct vm *vm = vm_of(L);

    if (!vm->condemned) {
        vm->condemned = true;
        vm->verdict = kind;
    }
    vm->alarm = true;
    luaL_checkstack(L, 1, NULL);
    lua_pushlightuserdata(L, &verdict_mark);
    lua_error(L);
}

/*
 * After a collection the next cycle should begin below the soft limit, or each
 * run would come here again: Lua's pause, in percent of what is live.
 */
static void collect(struct vm *vm)
{
    size_t pause;

    lua_gc(vm->L, LUA_GCCOLLECT);
    vm->collections++;
    pause = vm->memory.soft * 100 / (vm->memory.used + 1);
    lua_gc(vm->L, LUA_GCINC,
           pause > 200   ? 200
           : pause < 110 ? 110
                         : (int)pause,
           0, 0);
}

void limit_describe(const struct vm *vm, char *text, size_t size)
{
    if (vm->verdict == FC_FAILURE_TIME && vm->condemned)
        snprintf(text, size, "the run took more than %u ms of CPU time",
                 vm->watched.budget_ms);
    else if (vm->memory.long_string)
        snprintf(text, size, "the string would be longer than %d bytes",
                 LIMIT_STRING_MAX);
    else
        snprintf(text, size, "the script holds more than %zu KB of memory",
                 limit_live_max(vm) / 1024);
}

size_t limit_live_max(const struct vm *vm)
{
    return vm->memory.soft - vm->memory.soft / 8;
}

static bool is_roomy(const struct vm *vm)
{
    return vm->memory.used <= limit_live_max(vm);
}

static void call_off(struct vm *vm)
{
    vm->alarm = false;
    disarm_hook(vm);
    /* The signal may have come in between. */
    if (vm->out_of_time)
        alarm_time(vm);
}

void limit_answer(lua_State *L)
{
    struct vm *vm = vm_of(L);

    if (vm->condemned || vm->out_of_time)
        condemn(L, FC_FAILURE_TIME);
    if (vm->memory.refused)
        condemn(L, FC_FAILURE_MEMORY);
    collect(vm); /* costs time: a run that always needs one is soon over it */
    if (!is_roomy(vm))
        condemn(L, FC_FAILURE_MEMORY);
    call_off(vm);
}

void limit_check_length(lua_State *L, size_t len)
{
    limit_poll(L);
    if (len > LIMIT_STRING_MAX)
        raise_error(L, FC_FAILURE_MEMORY,
                    "the string would be longer than %d bytes",
                    LIMIT_STRING_MAX);
}

/* A VM's life. */

bool limit_start(struct vm *vm, const struct vm_limits *limits)
{
    vm->memory.soft = limits->memory / 3 * 2;
    vm->memory.hard = limits->memory * 2 + 1024 * 1024;
    vm->memory.string_max = LIMIT_STRING_MAX + 64; /* its header */
    vm->memory.alarm = memory_alarm;
    vm->memory.leave = leave;
    vm->memory.context = vm;
    vm->run_ms = limits->run_ms;
    vm->watched.budget_ms = limits->run_ms;
    vm->watched.interrupt = interrupt;
    vm->watched.context = vm;
    vm->watched.tick = vm->services.tick;
    vm->watched.tick_context = vm->services.context;
    vm->watchdog = watchdog_start(&vm->watched);
    return vm->watchdog != NULL;
}

void limit_stop(struct vm *vm)
{
    watchdog_stop(vm->watchdog);
    vm->watchdog = NULL;
    vm->memory.alarm = NULL;
}

/* The verdict is spoken: no more of it. */
static void lift_verdict(struct vm *vm)
{
    disarm_hook(vm);
    vm->memory.refused = vm->memory.long_string = false;
    vm->refused_at[0] = '\0';
    vm->condemned = false;
    vm->alarm = false;
}

void limit_forget(struct vm *vm)
{
    lift_verdict(vm);
    vm->memory.held = vm->memory.overdue = false;
    vm->out_of_time = false;
}

/*
 * What a run held that was stopped for its memory is garbage now. A run that
 * only failed says nothing about memory.
 */
void limit_settle(struct vm *vm)
{
    bool alarmed = limit_is_alarmed(vm);
    bool for_memory = vm->alarm && !vm->out_of_time;

    limit_release_all(vm);
    if (!alarmed)
        return;
    lift_verdict(vm);
    if (for_memory || !is_roomy(vm))
        collect(vm);
    vm->spent = !is_roomy(vm);
}

void limit_clean_up(struct vm *vm)
{
    if (!limit_is_alarmed(vm))
        return;
    limit_forget(vm);
    collect(vm);
    vm->spent = !is_roomy(vm);
}

void limit_abandon(struct vm *vm)
{
    watched_end(&vm->watched);
    watchdog_unblock();
    memory_free_all(&vm->memory);
    vm->L = NULL;
    vm->spent = true;
    limit_forget(vm);
}
