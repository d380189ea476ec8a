/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * memory - the one allocator behind a VM: it counts what the VM holds.
 */
#ifndef FC_MEMORY_H
#define FC_MEMORY_H

#include <stddef.h>

struct memory {
    size_t used; /* bytes now */
    size_t peak; /* most bytes at any moment */
};

/* A lua_Alloc; state is a struct memory, zeroed before the first call. */
void *memory_alloc(void *state, void *block, size_t old_size, size_t new_size);

#endif
