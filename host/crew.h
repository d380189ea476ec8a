/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * crew - the stations of a run and the frames that they are given.
 *
 * A crew of one works on the thread that calls, frame by frame. In a larger one
 * each station has a thread, and every station reads every batch of a ring: it
 * handles its own packets and takes the time from the others, so hooks come at
 * the packet times, and with the figures, that one station would have. When a
 * station is behind by the whole ring, the reader waits for it.
 *
 * All functions are for one thread, which is the [main] of station.h.
 */
#ifndef FC_CREW_H
#define FC_CREW_H

#include "station.h"

struct crew;

/* Makes as many stations as the plan's options say. NULL: *err says why. */
struct crew *crew_new(const struct station_plan *plan, struct text_error *err);

/*
 * Starts the threads and opens the stations, until one fails: see station_open.
 * No frame before it returned STATUS_DONE.
 */
enum exit_status crew_open(struct crew *crew);

/* A frame of a file. The bytes are read during the call; file must live on. */
void crew_frame(struct crew *crew, const char *file,
                const struct capture_frame *frame);

/* How many flows there have been; with threads, some batches ago. */
uint64_t crew_flows(struct crew *crew);

/* What came of a run. */
struct crew_report {
    struct worker_counters counters;
    /* NULL: no memory. Belongs to the crew; strings live until crew_free. */
    const struct figures *figures;
    uint64_t alerts;  /* that were written */
    bool lost_alerts; /* some could not be */
};

/*
 * There are no more frames: waits until all flows have come to their ends, and
 * fills *report. Once, after a crew_open that returned STATUS_DONE.
 */
void crew_finish(struct crew *crew, struct crew_report *report);

/* Closes the stations, ends the threads, frees all. NULL is fine. */
void crew_free(struct crew *crew);

#endif
