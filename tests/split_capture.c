/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * For test_splits.sh: writes a capture as two, of which the first has COUNT
 * frames: split_capture CAPTURE COUNT FIRST SECOND. Without the files it prints
 * how many frames the capture has.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "capture.h"
#include "pcap_file.h"

static void fail(const char *what)
{
    fprintf(stderr, "split_capture: %s\n", what);
    exit(1);
}

static FILE *create(const char *path)
{
    FILE *file = fopen(path, "wb");

    if (file == NULL)
        fail(path);
    return file;
}

static uint64_t count_frames(struct capture *capture)
{
    struct text_error err;
    struct capture_frame frame;
    uint64_t count = 0;

    while (capture_next(capture, &frame, &err) == CAPTURE_FRAME)
        count++;
    return count;
}

static void split(struct capture *capture, uint64_t first, FILE *parts[2])
{
    struct text_error err;
    struct capture_frame frame;
    uint64_t count = 0;

    while (capture_next(capture, &frame, &err) == CAPTURE_FRAME) {
        if (count == 0)
            for (int i = 0; i < 2; i++)
                pcap_file_begin(parts[i], frame.link_type);
        pcap_file_add(parts[count >= first], &frame);
        count++;
    }
}

int main(int argc, char **argv)
{
    struct text_error err;
    struct capture *capture = argc > 1 ? capture_open(argv[1], &err) : NULL;
    FILE *parts[2];

    if (capture == NULL)
        fail(argc > 1 ? err.text : "no capture");
    if (argc != 5) {
        printf("%" PRIu64 "\n", count_frames(capture));
    } else {
        parts[0] = create(argv[3]);
        parts[1] = create(argv[4]);
        split(capture, strtoull(argv[2], NULL, 10), parts);
        if (fclose(parts[0]) != 0 || fclose(parts[1]) != 0)
            fail("cannot write");
    }
    capture_close(capture);
    return 0;
}
