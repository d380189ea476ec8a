/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * limit - what a run may use, and how it is stopped when it uses more.
 *
 * Two things raise an alarm: the watchdog, for time, from a signal handler on
 * the running thread; and the allocator, for memory. The alarm is a flag that
 * code of ours which may run long looks at (limit_poll), and a hook that stops
 * the VM at its next instruction; without an alarm there is no hook. Whoever
 * sees the alarm answers it: garbage is collected, or the run is condemned by
 * an error that no script can catch, because pcall and xpcall pass it on.
 *
 * Lua has code in C that sees no alarm and may run for seconds: it moves a
 * table's entries when their keys collide, or the collector marks what is hard
 * to mark. A run that is still there WATCHDOG_PATIENCE_MS after the alarm is
 * left by a jump out of the signal handler, and nothing of its VM is used again
 * but the list of its memory. What must not be left half way is held.
 */
#ifndef FC_LIMIT_H
#define FC_LIMIT_H

#include "context.h"

/* Longest string, in bytes. */
#define LIMIT_STRING_MAX (512 * 1024)
/* Longest pattern, in bytes: its length is a factor in a match's cost. */
#define LIMIT_PATTERN_MAX 4096
/* Most values of one call; a stack slot has 16 bytes. */
#define LIMIT_RESULTS_MAX 65536

/* CPU time of a load, in times of a run: honest text of 1 MB takes 70 ms. */
#define LIMIT_LOAD_RUNS 20
/* ... and by how many ms a load that does not stop by itself may exceed it. */
#define LIMIT_LOAD_GRACE_MS 100

/* Answers an alarm. may raise */
void limit_answer(lua_State *L);

static inline void limit_poll(lua_State *L)
{
    if (vm_of(L)->alarm)
        limit_answer(L);
}

/* Raises when a string would be too long; polls too. may raise */
void limit_check_length(lua_State *L, size_t len);

/* Whether the run is condemned: nothing of the script may run now. */
static inline bool limit_is_condemned(lua_State *L)
{
    return vm_of(L)->condemned;
}

/* Why a run was condemned, or memory refused, as text. */
void limit_describe(const struct vm *vm, char *text, size_t size);

/*
 * What may be left after a collection, in bytes: an eighth below the soft
 * limit, so that the next allocation does not raise the alarm again.
 */
size_t limit_live_max(const struct vm *vm);

/* Sets the limits of a new VM, and starts to watch the calling thread. */
bool limit_start(struct vm *vm, const struct vm_limits *limits);
void limit_stop(struct vm *vm);

/* After an alarm outside of runs: no flags, no hook, no garbage. */
void limit_clean_up(struct vm *vm);

/*
 * Around calls that must not be left half way, such as those of the VM's owner.
 * What an error leaves held is released where a script could go on.
 */
static inline void limit_hold(struct vm *vm)
{
    memory_hold(&vm->memory);
}

static inline void limit_release(struct vm *vm)
{
    memory_release(&vm->memory);
}

/* Scripts run here: nothing is held. */
static inline void limit_release_all(struct vm *vm)
{
    vm->memory.held = 1;
    memory_release(&vm->memory);
}

/* After a run was left: frees what it held. The VM can do nothing from here on,
 * and vm->L is NULL. */
void limit_abandon(struct vm *vm);

/* No alarm, no verdict, no hook. */
void limit_forget(struct vm *vm);

/*
 * Around each run, and whatever else may take long; setjmp(vm->escape) comes
 * before it, and limit_abandon after a jump.
 */
static inline void limit_begin(struct vm *vm)
{
    watched_begin(&vm->watched);
}

/*
 * After a run that failed or saw an alarm, before its end: what is done from
 * here on is no longer the script's, and still has no more than the time that
 * is left, or WATCHDOG_PATIENCE_MS.
 */
void limit_settle(struct vm *vm);

static inline bool limit_is_alarmed(const struct vm *vm)
{
    return vm->alarm || vm->hooked;
}

static inline void limit_end(struct vm *vm)
{
    watched_end(&vm->watched);
    if (__builtin_expect(vm->out_of_time || limit_is_alarmed(vm), 0))
        limit_forget(vm);
}

#endif
