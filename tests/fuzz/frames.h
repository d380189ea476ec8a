/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * frames - a small capture as the input of a fuzz target, and what must hold
 * for any frame of one.
 *
 * The first byte chooses one of the link types that decode knows. Then come
 * records: how many bytes were captured (two, big endian), how many more there
 * were on the wire (two), the time since the frame before (one, signed, see
 * frames_next), and what was captured. The last record may be cut.
 */
#ifndef FC_FRAMES_H
#define FC_FRAMES_H

#include "fuzz.h"
#include "worker.h"

#define FRAMES_RECORD 5 /* bytes before the frame */
#define FRAMES_MAX 1024 /* records; what follows is left alone */

struct frames {
    const uint8_t *at;
    size_t left;
    size_t count;
    int64_t time;
    int link_type;
};

void frames_open(struct frames *frames, const uint8_t *data, size_t size);

/*
 * The next frame, in a block of just its size, which the caller frees; false
 * when there is none. A step of n in time is n * |n| * 5 ms: back and forth, up
 * to 80 s, so flows grow old and clocks are set.
 */
bool frames_next(struct frames *frames, struct capture_frame *frame);

/* Which first byte stands for a link type; -1: decode does not know it. */
int frames_link_byte(int link_type);

/* Decodes a frame, and requires of the packet what its header promises. */
enum decode_result frames_decode(const struct capture_frame *frame,
                                 struct packet *packet);

#endif
