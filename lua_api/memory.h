/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * memory - the one allocator behind a VM: it counts what the VM holds, raises
 * an alarm at the soft limit, and refuses only what is beyond all limits.
 */
#ifndef FC_MEMORY_H
#define FC_MEMORY_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct memory_block;

struct memory {
    size_t used; /* bytes now */
    size_t peak; /* most bytes at any moment */
    uint64_t allocations;

    /* Limits, in force when alarm is set. */
    size_t soft;       /* crossing it raises the alarm */
    size_t hard;       /* what is beyond it is refused */
    size_t string_max; /* so is a longer string */
    void (*alarm)(void *context);
    void *context;
    bool refused;     /* something was; cleared by whoever answers the alarm */
    bool long_string; /* ... and it was a string over string_max */

    /* All there is, so that it can be freed without Lua. */
    struct memory_block *blocks;

    /*
     * A run that cannot be stopped is left by a jump, out of a signal handler
     * (limit.h). While held is not 0, the thread is in code that must not be
     * left so, such as malloc; then overdue is set instead, and leave is called
     * when it is through.
     */
    volatile sig_atomic_t held;
    volatile sig_atomic_t overdue;
    void (*leave)(void *context); /* does not return */
};

static inline void memory_hold(struct memory *memory)
{
    memory->held++;
}

static inline void memory_release(struct memory *memory)
{
    if (--memory->held == 0 && __builtin_expect(memory->overdue, 0))
        memory->leave(memory->context);
}

/* A lua_Alloc; state is a struct memory, zeroed before the first call. */
void *memory_alloc(void *state, void *block, size_t old_size, size_t new_size);

/* Most bytes that are freed at once: 350,000 small blocks take 10 ms. */
#define MEMORY_FREE_MAX ((size_t)16 * 1024 * 1024)

/*
 * Frees all that is left, whatever it was for; more than MEMORY_FREE_MAX on a
 * thread of its own, as it is not the caller's time.
 */
void memory_free_all(struct memory *memory);

#endif
