/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tunnels that are cut or damaged: decode never reads past the captured bytes,
 * and a packet whose outside is intact is never lost.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "cpu_time.h"
#include "decode.h"
#include "packets.h"
#include "run_suite.h"
#include "tunnels.h"

#define INNER .proto = IPPROTO_TCP, .sport = 1111, .dport = 2222

/* Decodes a copy with nothing behind it, so that ASan sees a step too far. */
static enum decode_result decode_copy(const struct frame *frame,
                                      uint32_t caplen, uint32_t wire_len)
{
    struct packet packet;
    uint8_t *copy = malloc(caplen);
    enum decode_result result;

    ck_assert(copy != NULL || caplen == 0);
    memcpy(copy, frame->bytes, caplen);
    result = decode_frame(frame->link_type, copy, caplen, wire_len, &packet);
    if (result == DECODE_OK) {
        const uint8_t *end = packet.ip + packet.ip_len;

        ck_assert(packet.ip >= copy && end <= copy + caplen);
        ck_assert_uint_ge(packet.wire_len, packet.ip_len);
        ck_assert(packet.payload == NULL ||
                  packet.payload + packet.payload_len <= end);
    }
    free(copy);
    return result;
}

/* Cut by the capture, it is the outer flow at least. */
static void expect_cuts(const struct frame *frame)
{
    for (uint32_t caplen = 0; caplen <= frame->len; caplen++) {
        enum decode_result result = decode_copy(frame, caplen, frame->len);
        bool has_ports = caplen >= frame->transport + 4;

        ck_assert(!has_ports || result == DECODE_OK);
        decode_copy(frame, caplen, caplen);
    }
}

START_TEST(a_tunnel_may_be_cut_anywhere)
{
    struct frame frame;

    for (size_t i = 0; i < tunnel_count(); i++) {
        tunnel_build(&frame, tunnel_at(i), FRAME(INNER, .payload_len = 3));
        expect_cuts(&frame);
        tunnel_build(&frame, tunnel_at(i), FRAME(INNER, FRAME_IPV6));
        expect_cuts(&frame);
    }
}
END_TEST

static uint32_t pick(unsigned short state[3], uint32_t below)
{
    return (uint32_t)nrand48(state) % below;
}

START_TEST(a_tunnel_may_be_mutated_anyhow)
{
    unsigned short state[3] = { 4, 5, 6 }; /* the same frames in every run */
    struct frame frame;

    for (size_t i = 0; i < noisy_rounds(100000); i++) {
        tunnel_build(&frame, tunnel_at(i % tunnel_count()),
                     FRAME(INNER, .payload_len = 20));
        for (uint32_t n = pick(state, 8); n > 0; n--) {
            uint32_t at = frame.ip + pick(state, frame.len - frame.ip);

            frame.bytes[at] = (uint8_t)pick(state, 256);
        }
        decode_copy(&frame, frame.len - pick(state, 40),
                    pick(state, 2 * frame.len));
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tunnels_hostile");
    TCase *tests = tcase_create("tunnels_hostile");

    tcase_add_test(tests, a_tunnel_may_be_cut_anywhere);
    tcase_add_test(tests, a_tunnel_may_be_mutated_anyhow);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
