/* SPDX-License-Identifier: GPL-3.0-or-later */
/* batch - see the header. */
#include "batch.h"

#include <string.h>

_Static_assert(BATCH_WORKERS_MAX <= BATCH_NOBODY, "nobody is no worker");

void batch_clear(struct batch *batch)
{
    batch->count = 0;
    batch->used = 0;
}

bool batch_takes(const struct batch *batch, const char *file,
                 const struct capture_frame *frame)
{
    if (batch->count == 0)
        return true;
    return batch->file == file && batch->count < BATCH_FRAMES &&
           frame->captured <= BATCH_BYTES - batch->used;
}

/*
 * The two addresses are added, so that their order does not matter; a product
 * with the golden ratio then spreads neighbours evenly over the workers.
 */
static uint8_t find_owner(const struct packet *packet, unsigned workers)
{
    uint64_t src[2], dst[2], sum;

    memcpy(src, packet->src, sizeof src);
    memcpy(dst, packet->dst, sizeof dst);
    sum = (src[0] + dst[0]) * 0x9e3779b97f4a7c15u;
    sum = (sum ^ sum >> 32 ^ (src[1] + dst[1])) * 0x9e3779b97f4a7c15u;
    return (uint8_t)((sum >> 32) * workers >> 32);
}

/* Beyond the bytes of a batch there is nothing that a packet could reach. */
static uint32_t copy_bytes(struct batch *batch,
                           const struct capture_frame *frame)
{
    uint32_t room = BATCH_BYTES - batch->used;
    uint32_t len = frame->captured < room ? frame->captured : room;

    memcpy(batch->bytes + batch->used, frame->data, len);
    return len;
}

void batch_add(struct batch *batch, const char *file,
               const struct capture_frame *frame, struct intake *intake,
               unsigned workers)
{
    struct packet *packet = &batch->packet[batch->count];
    struct capture_frame copy = *frame;

    copy.data = batch->bytes + batch->used;
    copy.captured = copy_bytes(batch, frame);
    batch->file = file;
    batch->time[batch->count] = frame->time;
    batch->owner[batch->count] = intake_frame(intake, &copy, packet)
                                     ? find_owner(packet, workers)
                                     : BATCH_NOBODY;
    batch->used += copy.captured;
    batch->count++;
}
