/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * memory - counts the bytes that a VM holds. It refuses nothing: a refused
 * allocation starts Lua's emergency collection, in which Lua 5.4.0 to 5.4.7
 * has a use after free (luaV_finishset), so refusing is left to the machine.
 */
#include "memory.h"

#include <stdlib.h>

void *memory_alloc(void *state, void *block, size_t old_size, size_t new_size)
{
    struct memory *memory = state;
    void *moved;

    /* For a new block old_size is a type tag, not a size. */
    if (block == NULL)
        old_size = 0;
    if (new_size == 0) {
        free(block);
        memory->used -= old_size;
        return NULL;
    }
    moved = realloc(block, new_size);
    if (moved == NULL)
        return NULL;
    memory->used = memory->used - old_size + new_size;
    if (memory->used > memory->peak)
        memory->peak = memory->used;
    return moved;
}
