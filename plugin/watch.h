/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * watch - notices that script files have changed, without a system call at a
 * flow: a thread of its owner's looks now and then, a flag tells the worker.
 */
#ifndef FC_WATCH_H
#define FC_WATCH_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "script.h"

/* Files that are watched at most; a script that requires more may change them
 * unseen. */
#define WATCH_FILES_MAX 64

struct watch {
    pthread_mutex_t lock; /* of the three below */
    char *paths[WATCH_FILES_MAX];
    unsigned count;
    uint64_t seen; /* how the files were when they were last read */
    atomic_bool changed;
};

void watch_init(struct watch *watch);
void watch_destroy(struct watch *watch);

/*
 * Watches the files that a script may be in, and no others: the one that is
 * named, or with "" all that script_find looks for. Call it before they are
 * read, so that no change is missed. Thread [worker]. Returns 0, or -1 when
 * there is no memory.
 */
int watch_files(struct watch *watch, const char *install_dir,
                const char *script);

/* Watches one more, which need not exist. Thread, failure: likewise. */
int watch_add(struct watch *watch, const char *path);

/* Looks whether they are as before. Thread [any]. */
void watch_look(struct watch *watch);

/* Whether they are not, without a look; clears it. Thread [worker]. */
static inline bool watch_has_changed(struct watch *watch)
{
    if (!atomic_load_explicit(&watch->changed, memory_order_relaxed))
        return false;
    return atomic_exchange(&watch->changed, false);
}

#endif
