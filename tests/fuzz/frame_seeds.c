/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Writes capture files as inputs of fuzz_decode and fuzz_frame (frames.h), as
 * many small ones as it takes: frame_seeds FOLDER CAPTURE...
 */
#include <string.h>

#include "capture.h"
#include "frames.h"

#define SEED_MAX 4096 /* as long as fuzz.sh lets inputs be */

struct seed {
    const char *folder;
    unsigned written;
    size_t len;
    int64_t time; /* of the frame before */
    uint8_t bytes[SEED_MAX];
};

static void fail(const char *what)
{
    fprintf(stderr, "frame_seeds: %s\n", what);
    exit(1);
}

static void write_seed(struct seed *seed)
{
    char path[4096];
    FILE *file;

    if (seed->len <= 1)
        return;
    snprintf(path, sizeof path, "%s/seed-%u", seed->folder, seed->written++);
    file = fopen(path, "wb");
    if (file == NULL || fwrite(seed->bytes, 1, seed->len, file) != seed->len ||
        fclose(file) != 0)
        fail(path);
}

static void begin_seed(struct seed *seed, const struct capture_frame *frame)
{
    int byte = frames_link_byte(frame->link_type);

    if (byte < 0)
        fail("a link type that frames.c does not have");
    write_seed(seed);
    seed->bytes[0] = (uint8_t)byte;
    seed->len = 1;
    seed->time = frame->time;
}

/* The largest step that is not longer: n * n * 5 ms. */
static uint8_t step_of(int64_t microseconds)
{
    uint8_t step = 0;

    while (step < 127 && (step + 1) * (step + 1) * 5000 <= microseconds)
        step++;
    return step;
}

static void add_frame(struct seed *seed, const struct capture_frame *frame)
{
    uint32_t captured = frame->captured < 2048 ? frame->captured : 2048;
    uint32_t more = frame->wire_len - captured;
    uint8_t *record;

    if (seed->len == 0 || seed->len + FRAMES_RECORD + captured > SEED_MAX ||
        seed->bytes[0] != frames_link_byte(frame->link_type))
        begin_seed(seed, frame);
    record = seed->bytes + seed->len;
    record[0] = (uint8_t)(captured >> 8);
    record[1] = (uint8_t)captured;
    record[2] = (uint8_t)(more >> 8);
    record[3] = (uint8_t)more;
    record[4] = step_of(frame->time - seed->time);
    memcpy(record + FRAMES_RECORD, frame->data, captured);
    seed->len += FRAMES_RECORD + captured;
    seed->time = frame->time;
}

static void add_capture(struct seed *seed, const char *path)
{
    struct text_error err;
    struct capture_frame frame;
    struct capture *capture = capture_open(path, &err);

    if (capture == NULL)
        fail(err.text);
    while (capture_next(capture, &frame, &err) == CAPTURE_FRAME)
        add_frame(seed, &frame);
    capture_close(capture);
    write_seed(seed);
    seed->len = 0;
}

/* No link type that decode knows may be out of the fuzz targets' reach. */
static void expect_all_link_types(void)
{
    for (int type = 0; type < 1024; type++)
        if (decode_knows_link_type(type) && frames_link_byte(type) < 0)
            fail("decode knows a link type that frames.c does not have");
}

int main(int argc, char **argv)
{
    static struct seed seed;

    if (argc < 3)
        fail("usage: frame_seeds FOLDER CAPTURE...");
    expect_all_link_types();
    seed.folder = argv[1];
    for (int i = 2; i < argc; i++)
        add_capture(&seed, argv[i]);
    return 0;
}
