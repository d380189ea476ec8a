/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * memory - the one allocator behind a VM: it counts what the VM holds, raises
 * an alarm at the soft limit, and refuses only what is beyond all limits.
 */
#ifndef FC_MEMORY_H
#define FC_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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
};

/* A lua_Alloc; state is a struct memory, zeroed before the first call. */
void *memory_alloc(void *state, void *block, size_t old_size, size_t new_size);

#endif
