/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any bytes as frames (frames.h), into the decoder alone, as it takes no time.
 * Each frame is also decoded as if the capture had cut it.
 */
#include "frames.h"

static void decode_cut(const struct capture_frame *frame, uint32_t captured)
{
    uint8_t *block = malloc(captured > 0 ? captured : 1);
    struct capture_frame cut = *frame;
    struct packet packet;

    if (block == NULL)
        exit(99);
    for (uint32_t i = 0; i < captured; i++)
        block[i] = frame->data[i];
    cut.data = block;
    cut.captured = captured;
    frames_decode(&cut, &packet);
    free(block);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct frames frames;
    struct capture_frame frame;
    struct packet packet;

    frames_open(&frames, data, size);
    while (frames_next(&frames, &frame)) {
        frames_decode(&frame, &packet);
        decode_cut(&frame, frame.captured / 2);
        decode_cut(&frame, frame.captured - frame.captured / 8);
        free((void *)(uintptr_t)frame.data);
    }
    return 0;
}
