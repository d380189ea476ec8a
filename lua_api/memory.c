/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * memory - counts bytes. A refused allocation starts Lua's emergency
 * collection, in which Lua before 5.4.8 has a use after free (luaV_finishset);
 * so a script is stopped long before it comes to the hard limit, and growing a
 * table within the soft limit never comes to it (limit.c).
 */
#include "memory.h"

#include <lua.h>
#include <pthread.h>
#include <stdlib.h>

/* In front of each block. It keeps malloc's alignment of 16 bytes. */
struct memory_block {
    struct memory_block *next;
    struct memory_block *previous;
};
_Static_assert(sizeof(struct memory_block) % _Alignof(max_align_t) == 0,
               "what Lua gets is aligned for everything");

static struct memory_block *block_of(void *block)
{
    return block == NULL ? NULL : (struct memory_block *)block - 1;
}

static void link_block(struct memory *memory, struct memory_block *block)
{
    block->previous = NULL;
    block->next = memory->blocks;
    if (block->next != NULL)
        block->next->previous = block;
    memory->blocks = block;
}

/* After the block at this place in the list has moved. */
static void relink_block(struct memory *memory, struct memory_block *block)
{
    if (block->next != NULL)
        block->next->previous = block;
    if (block->previous != NULL)
        block->previous->next = block;
    else
        memory->blocks = block;
}

static void unlink_block(struct memory *memory, struct memory_block *block)
{
    if (block->next != NULL)
        block->next->previous = block->previous;
    if (block->previous != NULL)
        block->previous->next = block->next;
    else
        memory->blocks = block->next;
}

/* The C library's part, and the list; it is not left half way. */

static void *block_alloc(struct memory *memory, void *old, size_t size)
{
    struct memory_block *block;

    memory_hold(memory);
    block = realloc(block_of(old), sizeof *block + size);
    if (block != NULL && old == NULL)
        link_block(memory, block);
    else if (block != NULL)
        relink_block(memory, block);
    memory_release(memory);
    return block == NULL ? NULL : block + 1;
}

static void block_free(struct memory *memory, void *old)
{
    if (old == NULL)
        return;
    memory_hold(memory);
    unlink_block(memory, block_of(old));
    free(block_of(old));
    memory_release(memory);
}

/* A thread's function; the context is the first block. */
static void *free_list(void *context)
{
    struct memory_block *next;

    for (struct memory_block *at = context; at != NULL; at = next) {
        next = at->next;
        free(at);
    }
    return NULL;
}

/* Returns whether a thread frees the list. It blocks all signals, which are for
 * the host's threads. */
static bool free_elsewhere(struct memory_block *blocks)
{
    pthread_t thread;
    sigset_t all, old;
    bool ok;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    ok = pthread_create(&thread, NULL, free_list, blocks) == 0;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (ok)
        pthread_detach(thread);
    return ok;
}

void memory_free_all(struct memory *memory)
{
    if (memory->used <= MEMORY_FREE_MAX || !free_elsewhere(memory->blocks))
        free_list(memory->blocks);
    memory->blocks = NULL;
    memory->used = 0;
}

/* For a new block old_size is a type tag, not a size. */
static bool is_long_string(const struct memory *memory, const void *block,
                           size_t old_size, size_t new_size)
{
    return block == NULL && old_size == LUA_TSTRING &&
           new_size > memory->string_max;
}

/* A free or a shrink is never refused: Lua counts on it. */
static bool is_refused(const struct memory *memory, const void *block,
                       size_t old_size, size_t new_size)
{
    if (memory->alarm == NULL)
        return false;
    if (block == NULL)
        return is_long_string(memory, block, old_size, new_size) ||
               memory->used + new_size > memory->hard;
    return new_size > old_size &&
           memory->used + (new_size - old_size) > memory->hard;
}

static void count(struct memory *memory, size_t old_size, size_t new_size)
{
    memory->allocations++;
    memory->used = memory->used - old_size + new_size;
    if (memory->used > memory->peak)
        memory->peak = memory->used;
}

static void *refuse(struct memory *memory, const void *block, size_t old_size,
                    size_t new_size)
{
    memory->refused = true;
    memory->long_string = is_long_string(memory, block, old_size, new_size);
    memory->alarm(memory->context);
    return NULL;
}

/* What is over the soft limit, or a long string, or none with a limit. */
static void *alloc_judged(struct memory *memory, void *block, size_t old_size,
                          size_t new_size)
{
    bool was_over = memory->used > memory->soft;
    void *moved;

    if (is_refused(memory, block, old_size, new_size))
        return refuse(memory, block, old_size, new_size);
    moved = block_alloc(memory, block, new_size);
    if (moved == NULL)
        return NULL;
    count(memory, block == NULL ? 0 : old_size, new_size);
    if (memory->alarm != NULL && !was_over && memory->used > memory->soft)
        memory->alarm(memory->context);
    return moved;
}

void *memory_alloc(void *state, void *block, size_t old_size, size_t new_size)
{
    struct memory *memory = state;
    size_t held = block == NULL ? 0 : old_size;
    void *moved;

    if (new_size == 0) {
        block_free(memory, block);
        memory->used -= held;
        return NULL;
    }
    if (memory->used - held + new_size > memory->soft ||
        is_long_string(memory, block, old_size, new_size))
        return alloc_judged(memory, block, old_size, new_size);
    moved = block_alloc(memory, block, new_size);
    if (moved != NULL)
        count(memory, held, new_size);
    return moved;
}
