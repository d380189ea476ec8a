/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * feed - reads capture files, one after the other, into a worker, as if they
 * were one; shows progress on a terminal; stops early on SIGINT and SIGTERM.
 */
#ifndef FC_FEED_H
#define FC_FEED_H

#include <stdbool.h>

#include "options.h"
#include "worker.h"

struct feed {
    struct worker *worker;
    const char *file; /* the capture being read, for alert records */
};

/*
 * Reads all captures of the options. A file that is no capture, or damaged, is
 * an error, the others are read all the same; a file that ends within a frame
 * is a warning. Does not finish the worker. Returns STATUS_DONE, or
 * STATUS_FAILED after logging why.
 */
enum exit_status feed_captures(struct feed *feed,
                               const struct options *options);

#endif
