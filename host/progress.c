/* SPDX-License-Identifier: GPL-3.0-or-later */
/* progress - writes and wipes the one line. */
#include "progress.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "text.h"

#define PERIOD_NS 200000000u
#define FIRST_NS 500000000u

static uint64_t now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

void progress_start(struct progress *progress)
{
    progress->shown_at_all = isatty(STDERR_FILENO);
    progress->on_screen = false;
    progress->next = now() + FIRST_NS;
}

bool progress_is_due(struct progress *progress)
{
    uint64_t time;

    if (!progress->shown_at_all)
        return false;
    time = now();
    if (time < progress->next)
        return false;
    progress->next = time + PERIOD_NS;
    return true;
}

void progress_show(struct progress *progress, const char *file, int percent,
                   uint64_t packets, uint64_t flows)
{
    char frames[TEXT_COUNT_MAX], streams[TEXT_COUNT_MAX];

    progress->on_screen = true;
    fputs("\r\033[K", stderr);
    text_print(stderr, file);
    fputs(": ", stderr);
    if (percent >= 0)
        fprintf(stderr, "%d %%, ", percent);
    fprintf(stderr, "%s, %s", text_count(frames, packets, "packet(s)"),
            text_count(streams, flows, "flow(s)"));
    fflush(stderr);
}

void progress_end(struct progress *progress)
{
    if (progress->on_screen)
        fputs("\r\033[K", stderr);
    progress->on_screen = false;
}
