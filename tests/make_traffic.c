/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * For test_workers.sh: writes a capture of 20000 frames to stdout, the same
 * each time. Between 40 hosts there are UDP flows that come to their 12th
 * packet, TCP that opens and closes, fragments in any order (and so many that
 * they take each other's places), tunnels, and frames of no flow. Pauses let
 * flows end, and once the clock is set back.
 */
#include <stdio.h>
#include <stdlib.h>

#include "packets.h"
#include "tunnels.h"

#define FRAMES 20000
#define HOSTS 40

struct traffic {
    uint64_t state; /* of the random numbers */
    uint64_t time;  /* microseconds */
    uint32_t fragments;
    char src[32];
    char dst[32];
};

/* Below n; Knuth's constants. */
static uint32_t pick(struct traffic *traffic, uint32_t n)
{
    traffic->state =
        traffic->state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((traffic->state >> 33) % n);
}

static struct frame_spec any_spec(struct traffic *traffic)
{
    uint32_t src = pick(traffic, HOSTS);
    uint32_t dst = (src + 1 + pick(traffic, 3)) % HOSTS;

    snprintf(traffic->src, sizeof traffic->src, "10.1.0.%u", src + 1);
    snprintf(traffic->dst, sizeof traffic->dst, "10.1.0.%u", dst + 1);
    return (struct frame_spec){ .src = traffic->src,
                                .dst = traffic->dst,
                                .proto = IPPROTO_UDP,
                                .sport = 7000,
                                .dport = (uint16_t)(7000 + pick(traffic, 2)),
                                .payload_len = 30 + pick(traffic, 200) };
}

static void make_udp(struct traffic *traffic, struct frame *frame)
{
    const struct frame_spec spec = any_spec(traffic);

    frame_build(frame, &spec);
}

static void make_tcp(struct traffic *traffic, struct frame *frame)
{
    static const uint8_t flags[] = { 0x02, 0x12, 0x10, 0x10, 0x11, 0x04 };
    struct frame_spec spec = any_spec(traffic);

    spec.proto = IPPROTO_TCP;
    spec.tcp_flags = flags[pick(traffic, sizeof flags)];
    frame_build(frame, &spec);
}

/* First ones, and later ones of up to 2000 packets before. */
static void make_fragment(struct traffic *traffic, struct frame *frame)
{
    struct frame_spec spec = any_spec(traffic);

    if (pick(traffic, 2) == 0) {
        spec.more_fragments = true;
        spec.fragment_id = ++traffic->fragments & 0xffff;
    } else {
        spec.fragment_offset = 8;
        spec.fragment_id = (traffic->fragments - pick(traffic, 2000)) & 0xffff;
    }
    /* Between two hosts, for a later one to meet its first. */
    spec.src = spec.fragment_id % 3 ? "10.1.0.1" : "10.1.0.2";
    spec.dst = spec.fragment_id % 5 ? "10.1.0.3" : "10.1.0.4";
    frame_build(frame, &spec);
}

static void make_tunnel(struct traffic *traffic, struct frame *frame)
{
    const struct frame_spec spec = any_spec(traffic);

    tunnel_build(frame, tunnel_at(pick(traffic, (uint32_t)tunnel_count())),
                 &spec);
}

static void make_arp(struct traffic *traffic, struct frame *frame)
{
    make_udp(traffic, frame);
    frame_set_16(frame, 12, 0x0806);
}

static void make_frame(struct traffic *traffic, struct frame *frame)
{
    static void (*const makers[])(struct traffic *, struct frame *) = {
        make_udp, make_udp,      make_udp,      make_udp,    make_tcp,
        make_tcp, make_fragment, make_fragment, make_tunnel, make_arp,
    };

    makers[pick(traffic, sizeof makers / sizeof makers[0])](traffic, frame);
}

static void pass_time(struct traffic *traffic, unsigned frame)
{
    traffic->time += pick(traffic, 20000);
    if (frame % 3000 == 2999)
        traffic->time += 70 * UINT64_C(1000000);
    if (frame == FRAMES / 2)
        traffic->time -= 100 * UINT64_C(1000000);
}

/* pcap's own format, in this machine's byte order. */
static void write_words(const uint32_t words[], size_t count)
{
    fwrite(words, sizeof words[0], count, stdout);
}

static void write_header(void)
{
    const uint16_t version[] = { 2, 4 };
    const uint32_t magic = 0xa1b2c3d4;
    const uint32_t rest[] = { 0, 0, 0x40000, 1 };

    write_words(&magic, 1);
    fwrite(version, sizeof version, 1, stdout);
    write_words(rest, 4);
}

int main(void)
{
    struct traffic traffic = { .time = UINT64_C(1700000000000000) };
    struct frame frame;

    write_header();
    for (unsigned i = 0; i < FRAMES; i++) {
        make_frame(&traffic, &frame);
        pass_time(&traffic, i);
        write_words((uint32_t[]){ (uint32_t)(traffic.time / 1000000),
                                  (uint32_t)(traffic.time % 1000000), frame.len,
                                  frame.len },
                    4);
        fwrite(frame.bytes, 1, frame.len, stdout);
    }
    return fflush(stdout) == 0 && !ferror(stdout) ? EXIT_SUCCESS : EXIT_FAILURE;
}
