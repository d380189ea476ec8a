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

static uint64_t look_at(uint64_t hash, const char *path)
{
    struct stat status;

    if (path == NULL || stat(path, &status) != 0)
        return add(hash, 1);
    hash = add(add(hash, status.st_ino), (uint64_t)status.st_size);
    return add_time(add_time(hash, &status.st_mtim), &status.st_ctim);
}

static uint64_t look_at_all(const struct watch *watch)
{
    uint64_t hash = 0;

    for (int i = 0; i < SCRIPT_CANDIDATES; i++)
        hash = look_at(hash, watch->paths[i]);
    return hash;
}

void watch_init(struct watch *watch)
{
    memset(watch, 0, sizeof *watch);
    pthread_mutex_init(&watch->lock, NULL);
}

static void free_paths(char *paths[static SCRIPT_CANDIDATES])
{
    for (int i = 0; i < SCRIPT_CANDIDATES; i++)
        free(paths[i]);
}

void watch_destroy(struct watch *watch)
{
    free_paths(watch->paths);
    pthread_mutex_destroy(&watch->lock);
}

static int find_paths(char *paths[static SCRIPT_CANDIDATES],
                      const char *install_dir, const char *script)
{
    if (script == NULL)
        return script_candidates(install_dir, paths);
    paths[0] = strdup(script);
    return paths[0] == NULL ? -1 : 0;
}

int watch_files(struct watch *watch, const char *install_dir,
                const char *script)
{
    char *paths[SCRIPT_CANDIDATES] = { NULL };

    if (find_paths(paths, install_dir, script) != 0) {
        free_paths(paths);
        return -1;
    }
    pthread_mutex_lock(&watch->lock);
    free_paths(watch->paths);
    memcpy(watch->paths, paths, sizeof paths);
    watch->seen = look_at_all(watch);
    pthread_mutex_unlock(&watch->lock);
    return 0;
}

void watch_look(struct watch *watch)
{
    pthread_mutex_lock(&watch->lock);
    if (look_at_all(watch) != watch->seen)
        atomic_store(&watch->changed, true);
    pthread_mutex_unlock(&watch->lock);
}
