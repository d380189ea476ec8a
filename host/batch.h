/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * batch - frames on their way from the reader to the workers: decoded, and each
 * with the number of the worker that its flow belongs to.
 */
#ifndef FC_BATCH_H
#define FC_BATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "intake.h"

/* Handing a batch over costs some microseconds, reading a frame 0.1. */
#define BATCH_FRAMES 256
/* libpcap has no longer frame. */
#define BATCH_BYTES (256u * 1024)
/* Most workers, so that a number fits in a byte. */
#define BATCH_WORKERS_MAX 64
/* In the place of a worker's number: the frame is of no flow. */
#define BATCH_NOBODY 255

/* Every worker reads the times of all frames, and the packets of its own. */
struct batch {
    const char *file; /* that all frames are from */
    unsigned count;   /* of frames */
    uint32_t used;    /* of bytes */
    int64_t time[BATCH_FRAMES];
    uint8_t owner[BATCH_FRAMES];
    struct packet packet[BATCH_FRAMES]; /* they point into bytes */
    uint8_t bytes[BATCH_BYTES];
};

void batch_clear(struct batch *batch);

/* Whether one more frame of a file belongs in it and fits. An empty batch takes
 * any. */
bool batch_takes(const struct batch *batch, const char *file,
                 const struct capture_frame *frame);

/*
 * Copies a frame that the batch takes, takes it in there, and gives it to one
 * of so many workers: the same for both directions of a flow, for all of its
 * fragments, and for all flows between two addresses.
 */
void batch_add(struct batch *batch, const char *file,
               const struct capture_frame *frame, struct intake *intake,
               unsigned workers);

#endif
