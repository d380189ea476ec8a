/* SPDX-License-Identifier: GPL-3.0-or-later */
/* frames - see the header. */
#include "frames.h"

#include <netinet/in.h>
#include <string.h>

#define START INT64_C(1700000000000000)

/* Old inputs stay what they are as long as types are only added at the end. */
static const int link_types[] = { 1, 113, 276, 12,  101, 228, 229,
                                  0, 108, 9,   105, 119, 127, 163 };

enum { LINK_TYPES = sizeof link_types / sizeof link_types[0] };

int frames_link_byte(int link_type)
{
    for (int i = 0; i < LINK_TYPES; i++)
        if (link_types[i] == link_type)
            return i;
    return -1;
}

void frames_open(struct frames *frames, const uint8_t *data, size_t size)
{
    *frames = (struct frames){ .at = data, .left = size, .time = START };
    if (size == 0)
        return;
    frames->link_type = link_types[data[0] % LINK_TYPES];
    frames->at++;
    frames->left--;
}

static uint32_t read_16(const uint8_t *at)
{
    return (uint32_t)at[0] << 8 | at[1];
}

/* A copy, so that a sanitizer sees a byte read before or behind it. */
static uint8_t *copy(const uint8_t *bytes, uint32_t len)
{
    uint8_t *block = malloc(len > 0 ? len : 1);

    if (block == NULL)
        exit(99);
    memcpy(block, bytes, len);
    return block;
}

bool frames_next(struct frames *frames, struct capture_frame *frame)
{
    const uint8_t *record = frames->at;
    uint32_t captured;
    int step;

    if (frames->left < FRAMES_RECORD || frames->count++ == FRAMES_MAX)
        return false;
    frames->left -= FRAMES_RECORD;
    captured = read_16(record);
    if (captured > frames->left)
        captured = (uint32_t)frames->left;
    step = record[4] < 128 ? record[4] : record[4] - 256;
    frames->time += INT64_C(5000) * step * abs(step);
    frames->at += FRAMES_RECORD + captured;
    frames->left -= captured;
    *frame = (struct capture_frame){
        .data = copy(record + FRAMES_RECORD, captured),
        .captured = captured,
        .wire_len = captured + read_16(record + 2),
        .time = frames->time,
        .link_type = frames->link_type,
    };
    return true;
}

static bool has_ports(const struct packet *packet)
{
    return (packet->l4_proto == IPPROTO_TCP ||
            packet->l4_proto == IPPROTO_UDP ||
            packet->l4_proto == IPPROTO_SCTP) &&
           !packet->later_fragment;
}

static void expect_bytes_within(const struct capture_frame *frame,
                                const struct packet *packet)
{
    const uint8_t *end = frame->data + frame->captured;
    const uint8_t *payload = packet->payload;
    volatile uint8_t sum = 0;

    fuzz_require(packet->ip >= frame->data && packet->ip <= end);
    fuzz_require(packet->ip_len <= (size_t)(end - packet->ip));
    fuzz_require(packet->wire_len <= frame->wire_len);
    fuzz_require((payload != NULL) == (packet->payload_len > 0));
    if (payload != NULL) {
        fuzz_require(payload >= packet->ip);
        fuzz_require(payload + packet->payload_len <=
                     packet->ip + packet->ip_len);
    }
    for (uint32_t i = 0; i < packet->ip_len; i++)
        sum = (uint8_t)(sum + packet->ip[i]);
}

static void expect_sane(const struct packet *packet)
{
    fuzz_require(packet->ip_version == 4 || packet->ip_version == 6);
    fuzz_require(packet->vlan_id <= 4095);
    fuzz_require(has_ports(packet) ||
                 (packet->src_port == 0 && packet->dst_port == 0));
    fuzz_require(packet->l4_proto == IPPROTO_TCP || packet->tcp_flags == 0);
    fuzz_require(packet->l4_proto == IPPROTO_SCTP || packet->sctp_chunk == 0);
    fuzz_require(packet->l4_proto == IPPROTO_UDP || packet->dns_id == 0);
    fuzz_require(!packet->first_fragment || !packet->later_fragment);
}

enum decode_result frames_decode(const struct capture_frame *frame,
                                 struct packet *packet)
{
    enum decode_result result =
        decode_frame(frame->link_type, frame->data, frame->captured,
                     frame->wire_len, packet);

    fuzz_require(result < DECODE_RESULTS && result != DECODE_LINK_TYPE);
    fuzz_require(decode_result_name(result) != NULL);
    if (result != DECODE_OK)
        return result;
    expect_bytes_within(frame, packet);
    expect_sane(packet);
    return result;
}
