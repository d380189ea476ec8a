/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * flow_recorder - a worker whose hooks are written down, for tests: feed it
 * frames, then look at what came to which hook, and when.
 */
#ifndef FC_TESTS_FLOW_RECORDER_H
#define FC_TESTS_FLOW_RECORDER_H

#include "packets.h"
#include "worker.h"

#define SECOND INT64_C(1000000)
/* When each recorder's first frame comes, unless the test says otherwise. */
#define START (INT64_C(1700000000) * SECOND)

#define MOMENTS_MAX 64

/* A hook that ran. flow's pointers are gone, but for what is copied here. */
struct moment {
    enum fc_hook hook;
    int64_t time;
    struct fc_flow flow;
    char name[64];
    char cli[64];
    char srv[64];
    char query[80];
    char ssh_client[48]; /* signatures */
    char ssh_server[48];
    bool is_dns;
    int return_code; /* of DNS */
};

struct recorder {
    struct worker *worker;
    struct locality *locality;
    uint32_t unwanted; /* hooks, as a mask, that the worker is to leave out */
    int64_t now;       /* of the next frame; tests move it */
    unsigned full;     /* see recorder_open_bounded */
    size_t count; /* hooks that ran; those past MOMENTS_MAX are only counted */
    struct moment moments[MOMENTS_MAX];
};

/* The defaults of the program: idle 60 s, linger 5 s, period 60 s, 12 packets.
 */
void recorder_open(struct recorder *recorder);

/* The same, with at most so many flows at once; then recorder.full counts how
 * often the worker said that it has them. */
void recorder_open_bounded(struct recorder *recorder, unsigned max_flows);
void recorder_close(struct recorder *recorder);

/* Feeds a frame, 1 ms after the one before. */
void recorder_feed(struct recorder *recorder, const struct frame_spec *spec);

/* Feeds a built frame, of which only so many bytes were captured. */
void recorder_feed_cut(struct recorder *recorder, const struct frame *frame,
                       uint32_t captured);

void recorder_finish(struct recorder *recorder);

/* How often a hook ran. */
size_t recorder_count(const struct recorder *recorder, enum fc_hook hook);

/* The index-th run of a hook; fails the test when there is none. */
const struct moment *recorder_get(const struct recorder *recorder,
                                  enum fc_hook hook, size_t index);

#endif
