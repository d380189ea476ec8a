/* SPDX-License-Identifier: GPL-3.0-or-later */
/* watch - a file is as before when its inode, size and times are. */
#include "watch.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static uint64_t add(uint64_t hash, uint64_t value)
{
    return (hash ^ value) * 0x9e3779b97f4a7c15 + (hash >> 29);
}

static uint64_t add_time(uint64_t hash, const struct timespec *time)
{
    return add(add(hash, (uint64_t)time->tv_sec), (uint64_t)time->tv_nsec);
}

/* What is told apart is the state of each file, by its place in the list. */
static uint64_t look_at(const char *path, unsigned place)
{
    struct stat status;
    uint64_t hash = add(0, place);

    if (stat(path, &status) != 0)
        return add(hash, 1);
    hash = add(add(hash, status.st_ino), (uint64_t)status.st_size);
    return add_time(add_time(hash, &status.st_mtim), &status.st_ctim);
}

/* A sum, so that a file can be added to it. */
static uint64_t look_at_all(const struct watch *watch)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < watch->count; i++)
        sum += look_at(watch->paths[i], i);
    return sum;
}

void watch_init(struct watch *watch)
{
    memset(watch, 0, sizeof *watch);
    pthread_mutex_init(&watch->lock, NULL);
}

static void free_paths(char *const *paths, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        free(paths[i]);
}

void watch_destroy(struct watch *watch)
{
    free_paths(watch->paths, watch->count);
    pthread_mutex_destroy(&watch->lock);
}

/* Returns how many there are, 0 when there is no memory. */
static unsigned find_paths(char *paths[static SCRIPT_CANDIDATES],
                           const char *install_dir, const char *script)
{
    if (script[0] != '\0') {
        paths[0] = strdup(script);
        return paths[0] != NULL ? 1 : 0;
    }
    if (script_candidates(install_dir, paths) == 0)
        return SCRIPT_CANDIDATES;
    free_paths(paths, SCRIPT_CANDIDATES);
    return 0;
}

int watch_files(struct watch *watch, const char *install_dir,
                const char *script)
{
    char *paths[SCRIPT_CANDIDATES] = { NULL };
    unsigned count = find_paths(paths, install_dir, script);

    if (count == 0)
        return -1;
    pthread_mutex_lock(&watch->lock);
    free_paths(watch->paths, watch->count);
    memcpy(watch->paths, paths, count * sizeof paths[0]);
    watch->count = count;
    watch->seen = look_at_all(watch);
    pthread_mutex_unlock(&watch->lock);
    return 0;
}

static bool is_watched(const struct watch *watch, const char *path)
{
    for (unsigned i = 0; i < watch->count; i++)
        if (strcmp(watch->paths[i], path) == 0)
            return true;
    return false;
}

int watch_add(struct watch *watch, const char *path)
{
    char *copy = NULL;
    bool wanted;

    pthread_mutex_lock(&watch->lock);
    wanted = watch->count < WATCH_FILES_MAX && !is_watched(watch, path);
    if (wanted)
        copy = strdup(path);
    if (copy != NULL) {
        watch->seen += look_at(copy, watch->count);
        watch->paths[watch->count++] = copy;
    }
    pthread_mutex_unlock(&watch->lock);
    return wanted && copy == NULL ? -1 : 0;
}

void watch_look(struct watch *watch)
{
    pthread_mutex_lock(&watch->lock);
    if (look_at_all(watch) != watch->seen)
        atomic_store(&watch->changed, true);
    pthread_mutex_unlock(&watch->lock);
}
