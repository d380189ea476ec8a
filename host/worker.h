/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * worker - from packets to flows to hooks: finds the flow of a packet, counts
 * it, shows it to nDPI, and says when a flow has come to a hook. What happens
 * there is its owner's affair. One worker per thread, nothing shared.
 *
 * A worker that works alone is given frames. One of several is given the time
 * of every frame, and the packets of its own flows: so its flows end when they
 * would if it had all of them.
 */
#ifndef FC_WORKER_H
#define FC_WORKER_H

#include "decode.h"
#include "flow_check.h"
#include "flow_table.h"
#include "locality.h"
#include "text.h"

struct worker;

/*
 * A flow has come to a hook. flow is what a check may see of it, valid during
 * the call; its owner keeps *alerts with the flow (alerts.h), and time is the
 * packet time of this moment, in microseconds since 1970.
 */
struct worker_moment {
    enum fc_hook hook;
    const struct fc_flow *flow;
    struct alert_history **alerts;
    uint8_t icmp_type; /* of the flow's first packet, for its Community ID */
    uint8_t icmp_code;
    int64_t time;
};

typedef void worker_hook_fn(void *context, const struct worker_moment *moment);

/*
 * Which hooks the owner has a use for now: a mask of FC_HOOK_BIT(). The worker
 * leaves the others out, and keeps for them nothing that costs memory. A flow
 * that came to its detected hook before there was a use for a later one has no
 * more there than its protocol.
 */
typedef uint32_t worker_wanted_fn(void *context);

/* There are max_flows flows for the first time, and one more comes. */
typedef void worker_full_fn(void *context);

struct worker_options {
    struct flow_lifetimes lifetimes;
    unsigned max_flows;              /* that live at once; 0: no bound */
    unsigned max_packets;            /* before an unnamed flow is given up */
    const struct locality *locality; /* outlives the worker */
    worker_hook_fn *on_hook;
    worker_wanted_fn *wanted; /* NULL: all of them, always */
    worker_full_fn *on_full;  /* NULL: only counted */
    void *context;
};

/* What a worker has seen. */
struct worker_counters {
    uint64_t packets; /* frames */
    uint64_t bytes;   /* of them, on the wire */
    uint64_t flows;
    uint64_t evicted; /* flows that made room for others (max_flows) */
    uint64_t named;   /* flows whose protocol is known */
    uint64_t undecoded[DECODE_RESULTS]; /* frames by the reason */
    uint64_t lost_fragments; /* later fragments whose first was not seen */
    uint64_t out_of_memory;  /* frames whose flow could not be made */
    int64_t first_time;      /* of the first and the last frame */
    int64_t last_time;
};

/* A frame as it was captured. */
struct capture_frame {
    const uint8_t *data;
    uint32_t captured; /* bytes at data */
    uint32_t wire_len; /* bytes that the frame had */
    int64_t time;      /* microseconds since 1970 */
    int link_type;
};

/* Returns NULL and fills *err. options is copied. */
struct worker *worker_new(const struct worker_options *options,
                          struct text_error *err);

/* Frees all; flows that are left go without a hook (worker_finish). */
void worker_free(struct worker *worker);

/* A frame, for a worker that works alone: intake.h, tick and packet. */
void worker_frame(struct worker *worker, const struct capture_frame *frame);

/* It is packet time: what is over by then comes to its hooks. */
void worker_tick(struct worker *worker, int64_t time);

/* A packet of the moment that the last tick told. */
void worker_packet(struct worker *worker, const struct packet *packet);

/* There are no more frames: every flow comes to its end. */
void worker_finish(struct worker *worker);

const struct worker_counters *worker_counters(const struct worker *worker);

/* Adds all but the times of the first and the last frame. */
void worker_counters_add(struct worker_counters *sum,
                         const struct worker_counters *more);

#endif
