/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What host/decode.h promises: what is found in a frame, which of its bytes
 * count, what is said of a frame that gives nothing, and that no frame whatever
 * makes it read past the captured bytes.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "cpu_time.h"
#include "decode.h"
#include "packets.h"
#include "run_suite.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define TCP_PACKET .proto = IPPROTO_TCP, .sport = 40000, .dport = 80
#define UDP_PACKET .proto = IPPROTO_UDP, .sport = 40000, .dport = 4000

/* --- Helpers ------------------------------------------------------------- */

static struct frame frame;   /* the frame of the running test */
static struct packet packet; /* what became of it */

static void build(const struct frame_spec *spec)
{
    frame_build(&frame, spec);
}

/* Decodes the frame, of which caplen bytes were captured. */
static void expect_of(uint32_t caplen, enum decode_result expected)
{
    enum decode_result result =
        decode_frame(frame.link_type, frame.bytes, caplen, frame.len, &packet);

    ck_assert_msg(result == expected, "%s, not %s, of %u bytes of %u",
                  decode_result_name(result), decode_result_name(expected),
                  caplen, frame.len);
}

static void expect(enum decode_result expected)
{
    expect_of(frame.len, expected);
}

static void decode(const struct frame_spec *spec)
{
    build(spec);
    expect(DECODE_OK);
}

static void expect_ports(uint16_t src, uint16_t dst)
{
    ck_assert_uint_eq(packet.src_port, src);
    ck_assert_uint_eq(packet.dst_port, dst);
}

static void expect_payload(uint32_t len)
{
    ck_assert_uint_eq(packet.payload_len, len);
    if (len == 0)
        ck_assert_ptr_null(packet.payload);
    else
        ck_assert_ptr_eq(packet.payload, frame.bytes + frame.payload);
}

/* --- Addresses, ports, payload ------------------------------------------- */

START_TEST(an_ipv4_tcp_packet_with_options_is_decoded)
{
    decode(FRAME(TCP_PACKET, .tcp_flags = DECODE_TCP_SYN | DECODE_TCP_ACK,
                 .ip_options = 40, .tcp_options = 40, .payload = "abc",
                 .payload_len = 3));
    ck_assert_uint_eq(packet.ip_version, 4);
    ck_assert_uint_eq(packet.l4_proto, IPPROTO_TCP);
    ck_assert_mem_eq(packet.src, frame.bytes + frame.ip + 12, 4);
    ck_assert_mem_eq(packet.dst, frame.bytes + frame.ip + 16, 4);
    expect_ports(40000, 80);
    ck_assert_uint_eq(packet.tcp_flags, DECODE_TCP_SYN | DECODE_TCP_ACK);
    ck_assert_ptr_eq(packet.ip, frame.bytes + 14);
    ck_assert_uint_eq(packet.ip_len, 123);
    expect_payload(3);
    ck_assert_mem_eq(packet.payload, "abc", 3);
}
END_TEST

START_TEST(an_ipv6_udp_packet_is_decoded)
{
    decode(FRAME(UDP_PACKET, FRAME_IPV6, .payload_len = 5));
    ck_assert_uint_eq(packet.ip_version, 6);
    ck_assert_uint_eq(packet.l4_proto, IPPROTO_UDP);
    ck_assert_mem_eq(packet.src, frame.bytes + frame.ip + 8, 16);
    ck_assert_mem_eq(packet.dst, frame.bytes + frame.ip + 24, 16);
    expect_ports(40000, 4000);
    ck_assert_uint_eq(packet.ip_len, 53);
    expect_payload(5);
    ck_assert_uint_eq(packet.tcp_flags, 0);
}
END_TEST

START_TEST(sctp_has_ports_and_a_first_chunk)
{
    decode(FRAME(.proto = IPPROTO_SCTP, .sport = 2905, .dport = 2906,
                 .sctp_chunk = 1));
    expect_ports(2905, 2906);
    ck_assert_uint_eq(packet.sctp_chunk, 1);
    ck_assert_uint_eq(packet.payload_len, 4);
}
END_TEST

START_TEST(icmp_has_a_type_and_a_code_and_no_ports)
{
    decode(FRAME(.proto = IPPROTO_ICMP, .icmp_type = 3, .icmp_code = 4,
                 .payload_len = 9));
    ck_assert_uint_eq(packet.icmp_type, 3);
    ck_assert_uint_eq(packet.icmp_code, 4);
    expect_ports(0, 0);
    expect_payload(9);
    decode(FRAME(.proto = IPPROTO_ICMPV6, FRAME_IPV6, .icmp_type = 135));
    ck_assert_uint_eq(packet.icmp_type, 135);
    expect_payload(0);
}
END_TEST

START_TEST(half_an_icmp_header_is_enough)
{
    build(FRAME(.proto = IPPROTO_ICMP, .icmp_type = 11));
    frame_set_16(&frame, frame.ip + 2, 24);
    expect(DECODE_OK);
    frame_set_16(&frame, frame.ip + 2, 23);
    expect(DECODE_MALFORMED);
}
END_TEST

START_TEST(any_other_protocol_is_a_flow_with_ports_0)
{
    static const uint8_t protocols[] = { 0, 43, 44, 47, 50, 51, 60, 253, 255 };

    for (size_t i = 0; i < COUNT(protocols); i++) {
        decode(FRAME(.proto = protocols[i], .payload_len = 30));
        ck_assert_uint_eq(packet.l4_proto, protocols[i]);
        expect_ports(0, 0);
        expect_payload(30);
    }
}
END_TEST

START_TEST(a_udp_length_ends_the_payload_if_it_can)
{
    static const uint32_t lengths[][2] = {
        { 18, 10 }, { 8, 0 }, { 0, 30 }, { 7, 30 }, { 39, 30 }, { 65535, 30 }
    };

    build(FRAME(UDP_PACKET, .payload_len = 30));
    for (size_t i = 0; i < COUNT(lengths); i++) {
        frame_set_16(&frame, frame.transport + 4, lengths[i][0]);
        expect(DECODE_OK);
        expect_payload(lengths[i][1]);
    }
}
END_TEST

START_TEST(a_wrong_tcp_header_length_hides_only_the_payload)
{
    build(FRAME(TCP_PACKET, .tcp_flags = DECODE_TCP_ACK, .payload_len = 30));
    for (uint8_t words = 0; words < 16; words++) {
        frame.bytes[frame.transport + 12] = (uint8_t)(words << 4);
        expect(DECODE_OK);
        expect_ports(40000, 80);
        ck_assert_uint_eq(packet.tcp_flags, DECODE_TCP_ACK);
        ck_assert_uint_eq(packet.payload_len,
                          words < 5 || words > 12 ? 0u : 50u - words * 4u);
    }
}
END_TEST

static uint16_t dns_id_of(uint8_t proto, uint16_t dport, uint32_t len)
{
    static const char query[] = "\xBE\xEF\1\0\0\1\0\0\0\0\0\0\4test\0\0\1\0\1";

    decode(FRAME(.proto = proto, .sport = 1053, .dport = dport,
                 .payload = query, .payload_len = len));
    return packet.dns_id;
}

START_TEST(only_dns_over_udp_has_an_id)
{
    ck_assert_uint_eq(dns_id_of(IPPROTO_UDP, 53, 21), 0xBEEF);
    expect_of(frame.payload + 2, DECODE_OK); /* the rest was not captured */
    ck_assert_uint_eq(packet.dns_id, 0xBEEF);
    expect_of(frame.payload + 1, DECODE_OK);
    ck_assert_uint_eq(packet.dns_id, 0);
    ck_assert_uint_eq(dns_id_of(IPPROTO_UDP, 53, 20), 0);
    ck_assert_uint_eq(dns_id_of(IPPROTO_UDP, 5353, 22), 0);
    ck_assert_uint_eq(dns_id_of(IPPROTO_TCP, 53, 22), 0);
}
END_TEST

/* --- Link types, tags, labels -------------------------------------------- */

START_TEST(every_link_type_leads_to_ip)
{
    for (enum frame_link link = 0; link <= FRAME_PPP_HDLC; link++) {
        decode(FRAME(TCP_PACKET, .link = link, .payload_len = 2));
        ck_assert(decode_knows_link_type(frame.link_type));
        expect_ports(40000, 80);
        expect_payload(2);
        decode(FRAME(UDP_PACKET, FRAME_IPV6, .link = link));
        ck_assert_uint_eq(packet.ip_version, 6);
        expect_ports(40000, 4000);
    }
}
END_TEST

static void expect_raw(int link_type, enum decode_result ipv4,
                       enum decode_result ipv6)
{
    build(FRAME(TCP_PACKET, .link = FRAME_RAW));
    frame.link_type = link_type;
    expect(ipv4);
    build(FRAME(TCP_PACKET, FRAME_IPV6, .link = FRAME_RAW));
    frame.link_type = link_type;
    expect(ipv6);
}

START_TEST(raw_ip_has_four_link_types)
{
    expect_raw(12, DECODE_OK, DECODE_OK);
    expect_raw(101, DECODE_OK, DECODE_OK);
    expect_raw(228, DECODE_OK, DECODE_MALFORMED);
    expect_raw(229, DECODE_MALFORMED, DECODE_OK);
}
END_TEST

START_TEST(null_has_each_system_s_families_in_either_byte_order)
{
    static const uint8_t families[] = { 10, 23, 24, 28, 30 };

    for (size_t i = 0; i < COUNT(families); i++) {
        build(FRAME(TCP_PACKET, FRAME_IPV6, .link = FRAME_NULL));
        frame.bytes[0] = families[i];
        expect(DECODE_OK);
        frame_set_16(&frame, 0, 0);
        frame_set_16(&frame, 2, families[i]);
        expect(DECODE_OK);
    }
    frame_set_16(&frame, 2, 1); /* a Unix socket */
    expect(DECODE_NOT_IP);
}
END_TEST

START_TEST(a_ppp_protocol_may_be_one_byte)
{
    build(FRAME(TCP_PACKET, .link = FRAME_PPP));
    ck_assert_int_eq(
        decode_frame(9, frame.bytes + 1, frame.len - 1, frame.len - 1, &packet),
        DECODE_OK);
}
END_TEST

START_TEST(an_unknown_link_type_is_said_to_be_that)
{
    build(FRAME(TCP_PACKET));
    frame.link_type = 147; /* for private use */
    ck_assert(!decode_knows_link_type(frame.link_type));
    expect(DECODE_LINK_TYPE);
    frame.link_type = 105; /* IEEE 802.11 */
    ck_assert(decode_knows_link_type(frame.link_type));
    expect(DECODE_WIFI);
}
END_TEST

START_TEST(the_innermost_vlan_tag_wins)
{
    decode(FRAME(TCP_PACKET, .vlan = { 421, 785 }));
    ck_assert_uint_eq(packet.vlan_id, 785);
    ck_assert_uint_eq(packet.wire_len, 62);
    decode(FRAME(UDP_PACKET, FRAME_IPV6, .vlan = { 1, 2, 3, 4, 5, 6, 7, 8 },
                 .vlan_type = { 0x9100, 0x88a8, 0x8100 }));
    ck_assert_uint_eq(packet.vlan_id, 8);
    decode(FRAME(TCP_PACKET, .link = FRAME_COOKED, .vlan = { 9 }));
    ck_assert_uint_eq(packet.vlan_id, 9);
}
END_TEST

START_TEST(a_vlan_id_has_12_bits)
{
    decode(FRAME(TCP_PACKET, .vlan = { 0xf123 }));
    ck_assert_uint_eq(packet.vlan_id, 0x123);
    decode(FRAME(TCP_PACKET, .vlan = { 421, 0xe000 })); /* a priority tag */
    ck_assert_uint_eq(packet.vlan_id, 0);
}
END_TEST

START_TEST(tags_may_be_nested_to_any_depth)
{
    static uint8_t tags[262144]; /* the most that libpcap captures */
    uint32_t len = sizeof tags - 2;

    for (uint32_t at = 12; at + 4 <= len; at += 4)
        memcpy(tags + at, "\x81\0\0\7", 4);
    build(FRAME(TCP_PACKET));
    memcpy(tags + len - 42, frame.bytes + 12, 42);
    ck_assert_int_eq(decode_frame(1, tags, len, len, &packet), DECODE_OK);
    ck_assert_uint_eq(packet.vlan_id, 7);
}
END_TEST

START_TEST(mpls_labels_are_stepped_over)
{
    decode(FRAME(TCP_PACKET, .mpls = { 16, 17, 1048575 }));
    expect_ports(40000, 80);
    ck_assert_uint_eq(packet.wire_len, 66);
    build(FRAME(UDP_PACKET, FRAME_IPV6, .mpls = { 16 }));
    frame_set_16(&frame, 12, 0x8848); /* multicast */
    expect(DECODE_OK);
    expect_ports(40000, 4000);
}
END_TEST

/* Ethernet behind a label, after so many bytes of a control word. */
static void expect_pseudowire(uint32_t control_word)
{
    static const uint8_t label[8] = { 0, 1, 1, 64 };
    uint32_t before = 14 + 4 + control_word;

    build(FRAME(UDP_PACKET, .vlan = { 5 }, .payload_len = 3));
    memmove(frame.bytes + before, frame.bytes, frame.len);
    memcpy(frame.bytes + 14, label, 4 + control_word);
    frame.len += before;
    frame_set_16(&frame, 12, 0x8847);
    frame.payload += before;
    expect(DECODE_OK);
    expect_ports(40000, 4000);
    expect_payload(3);
    ck_assert_uint_eq(packet.vlan_id, 5);
}

START_TEST(mpls_may_carry_ethernet)
{
    expect_pseudowire(0);
    expect_pseudowire(4);
}
END_TEST

/* --- Bytes --------------------------------------------------------------- */

START_TEST(trailing_padding_is_not_counted)
{
    decode(FRAME(TCP_PACKET, .tcp_flags = DECODE_TCP_ACK, .pad_to = 60));
    ck_assert_uint_eq(packet.wire_len, 54);
    ck_assert_uint_eq(packet.ip_len, 40);
    expect_payload(0);
    decode(FRAME(UDP_PACKET, FRAME_IPV6, .vlan = { 1 }, .pad_to = 80));
    ck_assert_uint_eq(packet.wire_len, 66);
    ck_assert_uint_eq(packet.ip_len, 48);
    expect_payload(0);
}
END_TEST

START_TEST(tags_and_pppoe_are_counted)
{
    decode(FRAME(.vlan = { 421, 785 }, .pppoe = true, .proto = IPPROTO_UDP,
                 .sport = 40000, .dport = 53, .payload_len = 33));
    ck_assert_uint_eq(packet.wire_len, 91);
}
END_TEST

START_TEST(padding_counts_on_no_link_type)
{
    for (enum frame_link link = FRAME_RAW; link <= FRAME_PPP_HDLC; link++) {
        decode(FRAME(TCP_PACKET, .link = link, .pad_to = 100));
        ck_assert_uint_eq(packet.wire_len, frame.payload);
        ck_assert_uint_eq(packet.ip_len, 40);
        expect_payload(0);
    }
}
END_TEST

START_TEST(a_cut_packet_counts_its_length_on_the_wire)
{
    build(FRAME(TCP_PACKET, .payload_len = 1000, .pad_to = 1100));
    expect_of(100, DECODE_OK);
    ck_assert_uint_eq(packet.wire_len, 1054);
    ck_assert_uint_eq(packet.ip_len, 86);
    expect_payload(46);
}
END_TEST

START_TEST(a_wire_length_below_the_captured_one_is_not_believed)
{
    build(FRAME(TCP_PACKET, .payload_len = 10));
    ck_assert_int_eq(decode_frame(1, frame.bytes, frame.len, 0, &packet),
                     DECODE_OK);
    ck_assert_uint_eq(packet.wire_len, 64);
    expect_payload(10);
}
END_TEST

/* --- Lengths that IP claims ---------------------------------------------- */

/* Of packets with 10 bytes of payload whose IP length is made another one. */
static void expect_frame_ends_packet(uint32_t ip_len)
{
    build(FRAME(TCP_PACKET, .payload_len = 10));
    frame_set_16(&frame, frame.ip + 2, ip_len);
    expect(DECODE_OK);
    ck_assert_uint_eq(packet.wire_len, 64);
    ck_assert_uint_eq(packet.ip_len, 50);
    expect_payload(10);
    build(FRAME(UDP_PACKET, FRAME_IPV6, .payload_len = 10));
    frame_set_16(&frame, frame.ip + 4, ip_len);
    expect(DECODE_OK);
    ck_assert_uint_eq(packet.wire_len, 72);
    expect_payload(10);
}

START_TEST(an_ip_length_of_0_or_too_much_means_until_the_end)
{
    expect_frame_ends_packet(0);
    expect_frame_ends_packet(51);
    expect_frame_ends_packet(65535);
}
END_TEST

START_TEST(an_ip_header_that_contradicts_itself_is_malformed)
{
    build(FRAME(TCP_PACKET, .ip_options = 4));
    frame_set_16(&frame, frame.ip + 2, 23); /* shorter than its header */
    expect(DECODE_MALFORMED);
    build(FRAME(TCP_PACKET));
    frame.bytes[frame.ip] = 0x44; /* a header of 16 bytes */
    expect(DECODE_MALFORMED);
    frame.bytes[frame.ip] = 0x4f; /* of 60, in a packet of 40 */
    expect(DECODE_MALFORMED);
    frame.bytes[frame.ip] = 0x65; /* the wrong version */
    expect(DECODE_MALFORMED);
    build(FRAME(UDP_PACKET, FRAME_IPV6));
    frame.bytes[frame.ip] = 0x45;
    expect(DECODE_MALFORMED);
}
END_TEST

START_TEST(no_next_header_means_that_nothing_follows)
{
    decode(FRAME(.proto = IPPROTO_NONE, FRAME_IPV6, .pad_to = 60));
    ck_assert_uint_eq(packet.wire_len, 54);
    ck_assert_uint_eq(packet.ip_len, 40);
    ck_assert_uint_eq(packet.l4_proto, IPPROTO_NONE);
    expect_payload(0);
}
END_TEST

/* --- Cut frames ---------------------------------------------------------- */

/* Decodes OK when at least `needed` bytes were captured. */
static void expect_needed(uint32_t needed)
{
    for (uint32_t caplen = 0; caplen < frame.len; caplen++)
        expect_of(caplen, caplen < needed ? DECODE_TRUNCATED : DECODE_OK);
}

START_TEST(a_capture_through_ports_and_flags_is_enough)
{
    build(FRAME(UDP_PACKET, .payload_len = 9));
    expect_needed(frame.transport + 4);
    build(FRAME(.proto = IPPROTO_SCTP, FRAME_IPV6));
    expect_needed(frame.transport + 4);
    build(FRAME(TCP_PACKET, .pppoe = true, .payload_len = 9));
    expect_needed(frame.transport + 14);
    build(FRAME(.proto = IPPROTO_ICMP, .vlan = { 1 }, .mpls = { 16 }));
    expect_needed(frame.transport + 2);
    build(FRAME(.proto = IPPROTO_ESP, .ip_options = 8, .payload_len = 9));
    expect_needed(frame.transport);
}
END_TEST

START_TEST(a_frame_too_short_for_its_headers_is_malformed)
{
    build(FRAME(TCP_PACKET));
    while (frame.len-- > 0)
        expect(DECODE_MALFORMED);
}
END_TEST

/* --- Hostile frames ------------------------------------------------------ */

/* That what the packet points to lies in the frame, and its payload in it. */
static void expect_sound(const uint8_t *bytes, uint32_t caplen)
{
    const uint8_t *ip_end = packet.ip + packet.ip_len;

    ck_assert(packet.ip >= bytes && ip_end <= bytes + caplen);
    ck_assert_uint_ge(packet.wire_len, packet.ip_len);
    ck_assert((packet.payload == NULL) == (packet.payload_len == 0));
    if (packet.payload != NULL)
        ck_assert(packet.payload > packet.ip &&
                  packet.payload + packet.payload_len <= ip_end);
}

/* Decodes a copy with nothing behind it, so that ASan sees a step too far. */
static void decode_copy(uint32_t caplen, uint32_t wire_len)
{
    uint8_t *copy = malloc(caplen);

    ck_assert(copy != NULL || caplen == 0);
    memcpy(copy, frame.bytes, caplen);
    if (decode_frame(frame.link_type, copy, caplen, wire_len, &packet) == 0)
        expect_sound(copy, caplen);
    free(copy);
}

START_TEST(a_frame_may_be_cut_anywhere)
{
    for (size_t i = 0; i < frame_sample_count(); i++) {
        frame_build_sample(&frame, i);
        for (uint32_t caplen = 0; caplen <= frame.len; caplen++) {
            decode_copy(caplen, frame.len);
            decode_copy(caplen, caplen);
        }
    }
}
END_TEST

static uint32_t pick(unsigned short state[3], uint32_t below)
{
    return (uint32_t)nrand48(state) % below;
}

START_TEST(a_frame_may_be_mutated_anyhow)
{
    unsigned short state[3] = { 1, 2, 3 }; /* the same frames in every run */
    uint32_t caplen;

    for (size_t i = 0; i < noisy_rounds(100000); i++) {
        frame_build_sample(&frame, i % frame_sample_count());
        for (uint32_t n = pick(state, 8); n > 0; n--) {
            uint32_t at = pick(state, frame.len);

            frame.bytes[at] = (uint8_t)pick(state, 256);
        }
        caplen = frame.len - pick(state, 8);
        decode_copy(caplen, pick(state, 2 * frame.len));
    }
}
END_TEST

/* --- The suite ----------------------------------------------------------- */

static TCase *make_case(void)
{
    TCase *tests = tcase_create("decode");

    tcase_add_test(tests, an_ipv4_tcp_packet_with_options_is_decoded);
    tcase_add_test(tests, an_ipv6_udp_packet_is_decoded);
    tcase_add_test(tests, sctp_has_ports_and_a_first_chunk);
    tcase_add_test(tests, icmp_has_a_type_and_a_code_and_no_ports);
    tcase_add_test(tests, half_an_icmp_header_is_enough);
    tcase_add_test(tests, any_other_protocol_is_a_flow_with_ports_0);
    tcase_add_test(tests, a_udp_length_ends_the_payload_if_it_can);
    tcase_add_test(tests, a_wrong_tcp_header_length_hides_only_the_payload);
    tcase_add_test(tests, only_dns_over_udp_has_an_id);
    tcase_add_test(tests, every_link_type_leads_to_ip);
    tcase_add_test(tests, raw_ip_has_four_link_types);
    tcase_add_test(tests, null_has_each_system_s_families_in_either_byte_order);
    tcase_add_test(tests, a_ppp_protocol_may_be_one_byte);
    tcase_add_test(tests, an_unknown_link_type_is_said_to_be_that);
    tcase_add_test(tests, the_innermost_vlan_tag_wins);
    tcase_add_test(tests, a_vlan_id_has_12_bits);
    tcase_add_test(tests, tags_may_be_nested_to_any_depth);
    tcase_add_test(tests, mpls_labels_are_stepped_over);
    tcase_add_test(tests, mpls_may_carry_ethernet);
    tcase_add_test(tests, trailing_padding_is_not_counted);
    tcase_add_test(tests, tags_and_pppoe_are_counted);
    tcase_add_test(tests, padding_counts_on_no_link_type);
    tcase_add_test(tests, a_cut_packet_counts_its_length_on_the_wire);
    tcase_add_test(tests, a_wire_length_below_the_captured_one_is_not_believed);
    tcase_add_test(tests, an_ip_length_of_0_or_too_much_means_until_the_end);
    tcase_add_test(tests, an_ip_header_that_contradicts_itself_is_malformed);
    tcase_add_test(tests, no_next_header_means_that_nothing_follows);
    tcase_add_test(tests, a_capture_through_ports_and_flags_is_enough);
    tcase_add_test(tests, a_frame_too_short_for_its_headers_is_malformed);
    tcase_add_test(tests, a_frame_may_be_cut_anywhere);
    tcase_add_test(tests, a_frame_may_be_mutated_anyhow);
    return tests;
}

int main(void)
{
    Suite *suite = suite_create("decode");

    suite_add_tcase(suite, make_case());
    return run_suite(suite);
}
