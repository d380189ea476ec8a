/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * flow_memory - bytes of heap per flow that a worker tracks, before and after
 * its detection. All counts: the flow, its place in the table, nDPI's state,
 * and what malloc adds.
 *
 *   flow_memory [FLOWS]
 */
#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

#include "dpi.h"
#include "packets.h"
#include "worker.h"

#define FLOWS_DEFAULT 100000
#define MINUTE INT64_C(60000000)

static const char query[] = "\0\1\1\0\0\1\0\0\0\0\0\0"
                            "\3www\7example\3org\0\0\1\0\1";
static const char response[] = "\0\1\x81\x80\0\1\0\1\0\0\0\0"
                               "\3www\7example\3org\0\0\1\0\1"
                               "\xc0\x0c\0\1\0\1\0\0\1\x2c\0\4\xcb\0\x71\1";

static void fail(const char *what)
{
    fprintf(stderr, "flow_memory: %s\n", what);
    exit(1);
}

/* In use: in the heap, and in blocks so large that they are mapped. */
static size_t heap(void)
{
    struct mallinfo2 info = mallinfo2();

    return info.uordblks + info.hblkhd;
}

static void count_detected(void *context, const struct worker_moment *moment)
{
    *(uint32_t *)context += moment->hook == FC_HOOK_DETECTED;
}

/* As with a script of the detected hook and no other. */
static uint32_t only_detected(void *context)
{
    (void)context;
    return FC_HOOK_BIT(FC_HOOK_DETECTED);
}

/* A frame of flow number; all frames are of the same moment. */
static void feed(struct worker *worker, uint32_t number,
                 const struct frame_spec *common)
{
    struct frame_spec spec = *common;
    struct frame frame;
    char client[16];

    snprintf(client, sizeof client, "10.%u.%u.%u", number >> 16 & 0xff,
             number >> 8 & 0xff, number & 0xff);
    spec.src = spec.src == NULL ? client : spec.src;
    spec.dst = spec.dst == NULL ? client : spec.dst;
    frame_build(&frame, &spec);
    worker_frame(worker,
                 &(struct capture_frame){ .data = frame.bytes,
                                          .captured = frame.len,
                                          .wire_len = frame.len,
                                          .time = MINUTE,
                                          .link_type = frame.link_type });
}

/* A TCP SYN leaves a flow undetected, */
static const struct frame_spec syn = { .dst = "203.0.113.1",
                                       .proto = IPPROTO_TCP,
                                       .sport = 40000,
                                       .dport = 443,
                                       .tcp_flags = DECODE_TCP_SYN };
/* a DNS query and its response detect it. */
static const struct frame_spec asks = { .dst = "203.0.113.1",
                                        .proto = IPPROTO_UDP,
                                        .sport = 40000,
                                        .dport = 53,
                                        .payload = query,
                                        .payload_len = sizeof query - 1 };
static const struct frame_spec answers = { .src = "203.0.113.1",
                                           .proto = IPPROTO_UDP,
                                           .sport = 53,
                                           .dport = 40000,
                                           .payload = response,
                                           .payload_len = sizeof response - 1 };

static struct worker *open_worker(const struct locality *locality,
                                  uint32_t *detected)
{
    const struct worker_options options = {
        .lifetimes = { MINUTE, MINUTE, MINUTE },
        .max_packets = DPI_MAX_PACKETS_DEFAULT,
        .locality = locality,
        .on_hook = count_detected,
        .wanted = only_detected,
        .context = detected,
    };
    struct text_error err;
    struct worker *worker = worker_new(&options, &err);

    if (worker == NULL)
        fail(err.text);
    return worker;
}

/* A worker sees flows of these packets, at most two; all are to be detected,
 * or none. */
static void measure(const struct locality *locality, uint32_t flows,
                    const struct frame_spec *first,
                    const struct frame_spec *second)
{
    uint32_t detected = 0;
    struct worker *worker = open_worker(locality, &detected);
    size_t before = heap();

    for (uint32_t i = 0; i < flows; i++) {
        feed(worker, i, first);
        if (second != NULL)
            feed(worker, i, second);
    }
    if (detected != (second != NULL ? flows : 0))
        fail("flows were not detected when they should be");
    printf("  %s detection: %zu bytes a flow\n",
           second != NULL ? "after" : "before", (heap() - before) / flows);
    worker_free(worker);
}

int main(int argc, char **argv)
{
    unsigned long flows = argc > 1 ? strtoul(argv[1], NULL, 10) : FLOWS_DEFAULT;
    struct text_error err;
    struct locality *locality = locality_parse(LOCALITY_DEFAULT, &err);

    if (locality == NULL)
        fail(err.text);
    if (flows < 1 || flows > 1u << 24)
        fail("FLOWS is from 1 to 16777216");
    printf("heap in use, %lu flows tracked; a struct flow has %zu bytes\n",
           flows, sizeof(struct flow));
    measure(locality, (uint32_t)flows, &syn, NULL);
    measure(locality, (uint32_t)flows, &asks, &answers);
    locality_free(locality);
    return 0;
}
