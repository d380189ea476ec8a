/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * progress - one line on a terminal's stderr that says how far a long file has
 * been read. On anything but a terminal it shows nothing.
 */
#ifndef FC_PROGRESS_H
#define FC_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
    bool shown_at_all; /* stderr is a terminal */
    bool on_screen;    /* a line stands there now */
    uint64_t next;     /* monotonic nanoseconds of the next line */
};

void progress_start(struct progress *progress);

/* Whether it is time for a line: at most 5 a second, the first after half. */
bool progress_is_due(struct progress *progress);

/* percent: 0..100, or -1 when it is not known. */
void progress_show(struct progress *progress, const char *file, int percent,
                   uint64_t packets, uint64_t flows);

/* Wipes the line. */
void progress_end(struct progress *progress);

#endif
