/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What host/decode.h promises of fragments and of IPv6's extension headers, and
 * host/fragments.h of the ports of fragments.
 */
#include <check.h>
#include <string.h>

#include "decode.h"
#include "fragments.h"
#include "packets.h"
#include "run_suite.h"

#define FRAGMENT_HEADER .extensions = { { IPPROTO_FRAGMENT, 8 } }
#define FIRST .more_fragments = true, .sport = 1000, .dport = 2000
#define LATER .fragment_offset = 8, .payload_len = 8

/* --- Helpers ------------------------------------------------------------- */

/* What a frame decodes to. Its pointers are of no use: the frame is gone. */
static struct packet decode(const struct frame_spec *spec)
{
    struct frame frame;
    struct packet packet;

    frame_build(&frame, spec);
    ck_assert_int_eq(decode_frame(frame.link_type, frame.bytes, frame.len,
                                  frame.len, &packet),
                     DECODE_OK);
    return packet;
}

static void expect_kind(const struct packet *packet, bool first, bool later,
                        uint32_t id)
{
    ck_assert_int_eq(packet->first_fragment, first);
    ck_assert_int_eq(packet->later_fragment, later);
    ck_assert_uint_eq(packet->fragment_id, id);
}

static void expect_ports(const struct packet *packet, uint16_t src,
                         uint16_t dst)
{
    ck_assert_uint_eq(packet->src_port, src);
    ck_assert_uint_eq(packet->dst_port, dst);
}

/* --- Fragments, decoded -------------------------------------------------- */

START_TEST(a_first_fragment_has_ports_and_an_id)
{
    struct packet packet =
        decode(FRAME(.proto = IPPROTO_UDP, .fragment_id = 0xabcd, FIRST));

    expect_kind(&packet, true, false, 0xabcd);
    expect_ports(&packet, 1000, 2000);
    packet = decode(FRAME(FRAME_IPV6, .proto = IPPROTO_UDP, FRAGMENT_HEADER,
                          .fragment_id = 0xdeadbeef, FIRST));
    expect_kind(&packet, true, false, 0xdeadbeef);
    expect_ports(&packet, 1000, 2000);
}
END_TEST

static void expect_later(const struct frame_spec *spec, uint32_t id)
{
    struct packet packet = decode(spec);

    expect_kind(&packet, false, true, id);
    expect_ports(&packet, 0, 0);
    ck_assert_uint_eq(packet.l4_proto, IPPROTO_TCP);
    ck_assert_uint_eq(packet.tcp_flags, 0);
    ck_assert_ptr_null(packet.payload);
}

START_TEST(a_later_fragment_has_neither_ports_nor_payload)
{
    expect_later(FRAME(.proto = IPPROTO_TCP, .fragment_id = 7, LATER), 7);
    expect_later(FRAME(.proto = IPPROTO_TCP, .fragment_id = 7, LATER,
                       .more_fragments = true),
                 7);
    expect_later(FRAME(FRAME_IPV6, .proto = IPPROTO_TCP, FRAGMENT_HEADER,
                       .fragment_id = 70000, LATER),
                 70000);
}
END_TEST

START_TEST(a_whole_packet_has_no_fragment_id)
{
    struct packet packet =
        decode(FRAME(.proto = IPPROTO_UDP, .fragment_id = 5, .sport = 9));

    expect_kind(&packet, false, false, 0);
    expect_ports(&packet, 9, 0);
    packet = decode(FRAME(FRAME_IPV6, .proto = IPPROTO_UDP, FRAGMENT_HEADER,
                          .fragment_id = 5, .sport = 9));
    expect_kind(&packet, false, false, 0);
    expect_ports(&packet, 9, 0);
}
END_TEST

START_TEST(dont_fragment_is_no_fragment)
{
    struct frame frame;
    struct packet packet;

    frame_build(&frame, FRAME(.proto = IPPROTO_UDP, .fragment_id = 5));
    frame_set_16(&frame, frame.ip + 6, 0xc000); /* and the reserved bit */
    ck_assert_int_eq(
        decode_frame(1, frame.bytes, frame.len, frame.len, &packet), DECODE_OK);
    expect_kind(&packet, false, false, 0);
}
END_TEST

START_TEST(a_later_fragment_counts_without_padding_and_ethernet)
{
    struct packet packet = decode(
        FRAME(.proto = IPPROTO_UDP, .fragment_id = 7, LATER, .pad_to = 60));

    ck_assert_uint_eq(packet.wire_len, 28);
    ck_assert_uint_eq(packet.ip_len, 28);
}
END_TEST

/* --- Extension headers, decoded ------------------------------------------ */

static const struct frame_spec chain = {
    FRAME_IPV6,
    .proto = IPPROTO_TCP,
    .sport = 1000,
    .dport = 2000,
    .payload_len = 4,
    .extensions = { { IPPROTO_HOPOPTS, 8 },
                    { IPPROTO_DSTOPTS, 64 },
                    { IPPROTO_ROUTING, 24 },
                    { IPPROTO_FRAGMENT, 8 },
                    { IPPROTO_AH, 28 },
                    { IPPROTO_DSTOPTS, 16 },
                    { IPPROTO_MH, 8 } },
};

START_TEST(the_transport_is_behind_all_extension_headers)
{
    struct packet packet = decode(&chain);

    ck_assert_uint_eq(packet.l4_proto, IPPROTO_TCP);
    expect_ports(&packet, 1000, 2000);
    ck_assert_uint_eq(packet.payload_len, 4);
    ck_assert_uint_eq(packet.wire_len, 14 + 40 + 156 + 20 + 4);
}
END_TEST

START_TEST(an_extension_chain_cut_by_the_capture_is_truncated)
{
    struct frame frame;
    struct packet packet;

    frame_build(&frame, &chain);
    for (uint32_t caplen = 0; caplen < frame.transport + 14; caplen++)
        ck_assert_int_eq(
            decode_frame(1, frame.bytes, caplen, frame.len, &packet),
            DECODE_TRUNCATED);
}
END_TEST

START_TEST(an_extension_beyond_its_packet_is_malformed)
{
    struct frame frame;
    struct packet packet;

    frame_build(&frame, FRAME(FRAME_IPV6, .proto = IPPROTO_UDP, .pad_to = 200,
                              .extensions = { { IPPROTO_HOPOPTS, 8 } }));
    frame.bytes[frame.ip + 41] = 2; /* 24 bytes, of 16 in the packet */
    ck_assert_int_eq(
        decode_frame(1, frame.bytes, frame.len, frame.len, &packet),
        DECODE_MALFORMED);
}
END_TEST

START_TEST(nothing_may_follow_an_extension_header)
{
    struct packet packet =
        decode(FRAME(FRAME_IPV6, .proto = IPPROTO_NONE,
                     .extensions = { { IPPROTO_DSTOPTS, 8 } }));

    ck_assert_uint_eq(packet.l4_proto, IPPROTO_NONE);
    expect_ports(&packet, 0, 0);
}
END_TEST

/* --- Ports of fragments -------------------------------------------------- */

static struct fragments *fragments;

static void make_fragments(void)
{
    fragments = fragments_new();
    ck_assert_ptr_nonnull(fragments);
}

static void free_fragments(void)
{
    fragments_free(fragments);
}

static void note(const struct frame_spec *spec)
{
    struct packet packet = decode(spec);

    fragments_note_first(fragments, &packet);
}

static void expect_known(const struct frame_spec *spec, uint16_t src,
                         uint16_t dst)
{
    struct packet packet = decode(spec);

    ck_assert(fragments_fill_ports(fragments, &packet));
    expect_ports(&packet, src, dst);
}

static void expect_unknown(const struct frame_spec *spec)
{
    struct packet packet = decode(spec);
    struct packet before = packet;

    ck_assert(!fragments_fill_ports(fragments, &packet));
    ck_assert_mem_eq(&packet, &before, sizeof packet);
}

START_TEST(later_fragments_get_the_ports_of_the_first)
{
    note(FRAME(.proto = IPPROTO_UDP, .fragment_id = 7, FIRST));
    for (int i = 0; i < 3; i++)
        expect_known(FRAME(.proto = IPPROTO_UDP, .fragment_id = 7, LATER), 1000,
                     2000);
    note(FRAME(FRAME_IPV6, .proto = IPPROTO_UDP, FRAGMENT_HEADER,
               .fragment_id = 70000, FIRST));
    expect_known(FRAME(FRAME_IPV6, .proto = IPPROTO_UDP, FRAGMENT_HEADER,
                       .fragment_id = 70000, LATER),
                 1000, 2000);
}
END_TEST

START_TEST(fragments_of_other_packets_stay_unknown)
{
    note(FRAME(.proto = IPPROTO_UDP, .fragment_id = 7, FIRST));
    expect_unknown(FRAME(.proto = IPPROTO_UDP, .fragment_id = 8, LATER));
    expect_unknown(FRAME(.proto = IPPROTO_TCP, .fragment_id = 7, LATER));
    expect_unknown(
        FRAME(.proto = IPPROTO_UDP, .fragment_id = 7, LATER, .vlan = { 1 }));
    expect_unknown(FRAME(.proto = IPPROTO_UDP, .fragment_id = 7, LATER,
                         .src = "10.0.0.3"));
    expect_unknown(FRAME(.proto = IPPROTO_UDP, .fragment_id = 7, LATER,
                         .dst = "10.0.0.3"));
    expect_unknown(FRAME(.proto = IPPROTO_UDP, .fragment_id = 7, LATER,
                         FRAME_IPV6, FRAGMENT_HEADER));
}
END_TEST

START_TEST(whole_packets_are_neither_remembered_nor_changed)
{
    note(FRAME(.proto = IPPROTO_UDP, .sport = 9));
    expect_unknown(FRAME(.proto = IPPROTO_UDP, .sport = 9));
    expect_unknown(FRAME(.proto = IPPROTO_UDP, LATER));
}
END_TEST

START_TEST(a_first_fragment_is_none_of_its_later_ones)
{
    note(FRAME(.proto = IPPROTO_UDP, .fragment_id = 7, FIRST));
    expect_unknown(FRAME(.proto = IPPROTO_UDP, .fragment_id = 7, FIRST));
}
END_TEST

START_TEST(the_newest_packet_with_an_id_wins)
{
    note(FRAME(.proto = IPPROTO_UDP, .fragment_id = 7, FIRST));
    note(FRAME(.proto = IPPROTO_UDP, .fragment_id = 7, .more_fragments = true,
               .sport = 3000, .dport = 4000));
    expect_known(FRAME(.proto = IPPROTO_UDP, .fragment_id = 7, LATER), 3000,
                 4000);
}
END_TEST

/* RFC 8200, 4.5: only the first fragment's next header counts. */
START_TEST(an_ipv6_fragment_learns_its_transport)
{
    struct packet later =
        decode(FRAME(FRAME_IPV6, .proto = IPPROTO_DSTOPTS, FRAGMENT_HEADER,
                     .fragment_id = 7, LATER));

    note(FRAME(
        FRAME_IPV6, .proto = IPPROTO_UDP, .fragment_id = 7, FIRST,
        .extensions = { { IPPROTO_FRAGMENT, 8 }, { IPPROTO_DSTOPTS, 8 } }));
    ck_assert_uint_eq(later.l4_proto, IPPROTO_DSTOPTS);
    ck_assert(fragments_fill_ports(fragments, &later));
    ck_assert_uint_eq(later.l4_proto, IPPROTO_UDP);
    expect_ports(&later, 1000, 2000);
}
END_TEST

START_TEST(a_fragment_of_a_dns_answer_learns_its_id)
{
    struct packet later =
        decode(FRAME(.proto = IPPROTO_UDP, .fragment_id = 7, LATER));

    note(FRAME(.proto = IPPROTO_UDP, .fragment_id = 7, .more_fragments = true,
               .sport = 53, .dport = 1053, .payload_len = 24,
               .payload = "\xBE\xEF\x81\0\0\1\0\1\0\0\0\0\4test\0\0\1\0\1\0"));
    ck_assert(fragments_fill_ports(fragments, &later));
    ck_assert_uint_eq(later.dns_id, 0xBEEF);
}
END_TEST

/* Some of 1000 packets may share a place, but most must be found again. */
START_TEST(a_thousand_packets_on_the_way_are_remembered)
{
    int known = 0;

    for (uint16_t id = 1; id <= 1000; id++)
        note(FRAME(.proto = IPPROTO_UDP, .fragment_id = id, FIRST));
    for (uint16_t id = 1; id <= 1000; id++) {
        struct packet later =
            decode(FRAME(.proto = IPPROTO_UDP, .fragment_id = id, LATER));

        known += fragments_fill_ports(fragments, &later);
    }
    ck_assert_int_ge(known, 800);
}
END_TEST

START_TEST(freeing_nothing_is_fine)
{
    fragments_free(NULL);
}
END_TEST

/* --- The suite ----------------------------------------------------------- */

static TCase *make_decode_case(void)
{
    TCase *tests = tcase_create("decode");

    tcase_add_test(tests, a_first_fragment_has_ports_and_an_id);
    tcase_add_test(tests, a_later_fragment_has_neither_ports_nor_payload);
    tcase_add_test(tests, a_whole_packet_has_no_fragment_id);
    tcase_add_test(tests, dont_fragment_is_no_fragment);
    tcase_add_test(tests, a_later_fragment_counts_without_padding_and_ethernet);
    tcase_add_test(tests, the_transport_is_behind_all_extension_headers);
    tcase_add_test(tests, an_extension_chain_cut_by_the_capture_is_truncated);
    tcase_add_test(tests, an_extension_beyond_its_packet_is_malformed);
    tcase_add_test(tests, nothing_may_follow_an_extension_header);
    return tests;
}

static TCase *make_ports_case(void)
{
    TCase *tests = tcase_create("ports");

    tcase_add_checked_fixture(tests, make_fragments, free_fragments);
    tcase_add_test(tests, later_fragments_get_the_ports_of_the_first);
    tcase_add_test(tests, fragments_of_other_packets_stay_unknown);
    tcase_add_test(tests, whole_packets_are_neither_remembered_nor_changed);
    tcase_add_test(tests, a_first_fragment_is_none_of_its_later_ones);
    tcase_add_test(tests, the_newest_packet_with_an_id_wins);
    tcase_add_test(tests, an_ipv6_fragment_learns_its_transport);
    tcase_add_test(tests, a_fragment_of_a_dns_answer_learns_its_id);
    tcase_add_test(tests, a_thousand_packets_on_the_way_are_remembered);
    tcase_add_test(tests, freeing_nothing_is_fine);
    return tests;
}

int main(void)
{
    Suite *suite = suite_create("fragments");

    suite_add_tcase(suite, make_decode_case());
    suite_add_tcase(suite, make_ports_case());
    return run_suite(suite);
}
