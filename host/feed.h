/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * feed - reads capture files, one after the other, as if they were one; shows
 * progress on a terminal; stops early on SIGINT and SIGTERM.
 */
#ifndef FC_FEED_H
#define FC_FEED_H

#include <stdbool.h>

#include "options.h"
#include "worker.h"

/* Where frames go. context is handed to the functions as it is. */
struct feed {
    /*
     * A frame, valid during the call; file lives as long as the options. false:
     * no more is wanted.
     */
    bool (*on_frame)(void *context, const char *file,
                     const struct capture_frame *frame);
    /* How many flows there have been, for the progress line. */
    uint64_t (*flows)(void *context);
    void *context;
};

/*
 * Reads all captures of the options. A file that is no capture, or damaged, is
 * an error, the others are read all the same; a file that ends within a frame
 * is a warning. Returns STATUS_DONE, or STATUS_FAILED after logging why.
 */
enum exit_status feed_captures(const struct feed *feed,
                               const struct options *options);

/* The same, into a worker that works alone. Does not finish the worker. */
enum exit_status feed_worker(struct worker *worker,
                             const struct options *options);

#endif
