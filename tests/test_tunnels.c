/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tunnels: each is opened and shows the inner packet, with the bytes that
 * ntopng would count; whatever does not hold what it promises is the flow that
 * it looks like from outside.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "cpu_time.h"
#include "decode.h"
#include "packets.h"
#include "run_suite.h"
#include "tunnels.h"

#define INNER                                                     \
    .src = "192.0.2.1", .dst = "192.0.2.2", .proto = IPPROTO_TCP, \
    .sport = 1111, .dport = 2222

/* What follows an IPv4 address in a packet. */
#define ZEROS_12 "\0\0\0\0\0\0\0\0\0\0\0\0"

/* --- Helpers ------------------------------------------------------------- */

static struct frame frame;   /* the frame of the running test */
static struct packet packet; /* what became of it */

static void build(const struct tunnel *tunnel, const struct frame_spec *inner)
{
    tunnel_build(&frame, tunnel, inner);
}

static enum decode_result decode(void)
{
    return decode_frame(frame.link_type, frame.bytes, frame.len, frame.len,
                        &packet);
}

static void expect_inner(const char *name)
{
    ck_assert_msg(decode() == DECODE_OK, "%s", name);
    ck_assert_msg(packet.src_port == 1111 && packet.dst_port == 2222,
                  "%s: ports %d and %d", name, packet.src_port,
                  packet.dst_port);
    ck_assert_mem_eq(packet.src, "\xc0\0\2\1" ZEROS_12, 16);
    ck_assert_mem_eq(packet.dst, "\xc0\0\2\2" ZEROS_12, 16);
    ck_assert_ptr_eq(packet.ip, frame.bytes + frame.inner_ip);
    ck_assert_uint_eq(packet.l4_proto, IPPROTO_TCP);
}

/* That the packet is the flow that the tunnel's outside is. */
static void expect_outer(const struct tunnel *tunnel)
{
    ck_assert_uint_eq(packet.l4_proto, tunnel->proto);
    ck_assert_uint_eq(packet.src_port, tunnel->port);
    ck_assert_uint_eq(packet.dst_port, tunnel->port);
    ck_assert_mem_eq(packet.src, "\x0a\0\0\1" ZEROS_12, 16);
    ck_assert_ptr_eq(packet.ip, frame.bytes + frame.ip);
    ck_assert_uint_eq(packet.vlan_id, 7);
}

static void expect_closed(const struct tunnel *tunnel)
{
    ck_assert_msg(decode() == DECODE_OK, "%s", tunnel->name);
    expect_outer(tunnel);
    ck_assert_uint_eq(packet.wire_len, frame.len);
    ck_assert_ptr_eq(packet.payload, frame.bytes + frame.payload);
}

/* --- What is inside ------------------------------------------------------ */

START_TEST(each_tunnel_shows_the_packet_in_it)
{
    for (size_t i = 0; i < tunnel_count(); i++) {
        build(tunnel_at(i), FRAME(INNER, .payload_len = 5));
        expect_inner(tunnel_at(i)->name);
        ck_assert_uint_eq(packet.payload_len, 5);
        ck_assert_uint_eq(packet.vlan_id, 7);
    }
}
END_TEST

START_TEST(each_tunnel_may_be_in_ipv6)
{
    for (size_t i = 0; i < tunnel_count(); i++) {
        const struct tunnel *tunnel = tunnel_at(i);

        frame_build_tunnel(&frame,
                           FRAME(FRAME_IPV6, .proto = tunnel->proto,
                                 .sport = tunnel->port, .dport = tunnel->port),
                           &tunnel->between,
                           FRAME(INNER, .link = tunnel->link));
        expect_inner(tunnel->name);
        ck_assert_uint_eq(packet.ip_version, 4);
    }
}
END_TEST

/* Bytes before what counts. A label of MPLS counts, as ntopng's tags do. */
static uint32_t uncounted(const struct tunnel *tunnel)
{
    static const uint32_t gre = 4;

    if (tunnel->counted == FROM_GRE_PAYLOAD)
        return frame.payload + gre;
    return tunnel->counted == FROM_INNER_FRAME ? frame.inner : 0;
}

START_TEST(bytes_count_as_in_ntopng)
{
    for (size_t i = 0; i < tunnel_count(); i++) {
        build(tunnel_at(i), FRAME(INNER, .payload_len = 5));
        expect_inner(tunnel_at(i)->name);
        ck_assert_msg(packet.wire_len == frame.len - uncounted(tunnel_at(i)),
                      "%s: %u of %u", tunnel_at(i)->name, packet.wire_len,
                      frame.len);
    }
}
END_TEST

static void expect_counted(const char *src, const char *inner_src,
                           const char *inner_dst, bool whole)
{
    static const struct frame_tunnel nothing = { "", 0, 0, 0 };
    bool is_ipv6 = strchr(inner_src, ':') != NULL;

    frame_build_tunnel(
        &frame,
        FRAME(.src = src, .dst = strchr(src, ':') ? "2001:db8::9" : NULL,
              .proto = is_ipv6 ? 41 : 4),
        &nothing,
        FRAME(.link = FRAME_RAW, .src = inner_src, .dst = inner_dst,
              .proto = IPPROTO_UDP, .dport = 9));
    ck_assert_int_eq(decode(), DECODE_OK);
    ck_assert_ptr_eq(packet.ip, frame.bytes + frame.inner_ip);
    ck_assert_uint_eq(packet.ip_version, is_ipv6 ? 6 : 4);
    ck_assert_uint_eq(packet.dst_port, 9);
    ck_assert_uint_eq(packet.wire_len,
                      whole ? frame.len : frame.len - frame.inner_ip);
}

START_TEST(ip_goes_in_ip_of_either_version)
{
    expect_counted("10.0.0.1", "192.0.2.1", "192.0.2.2", true);
    expect_counted("10.0.0.1", "2001:db8::1", "2001:db8::2", false);
    expect_counted("2001:db8::8", "192.0.2.1", "192.0.2.2", false);
    expect_counted("2001:db8::8", "2001:db8::1", "2001:db8::2", false);
}
END_TEST

/* Every combination of the optional fields, in both versions. */
START_TEST(gre_has_the_fields_that_its_flags_say)
{
    for (uint32_t i = 0; i < 32; i++) {
        bool version_1 = i & 16;
        uint32_t fields = (i & 1) + (i >> 1 & 1) + (i >> 2 & 1) +
                          (version_1 ? i >> 3 & 1 : 0);
        char header[20] = { 0 };
        const struct frame_tunnel gre = { header, 4 + fields * 4, 0, 0 };

        header[0] = (char)((i & 1 ? 0x80 : 0) | (i & 2 ? 0x20 : 0) |
                           (i & 4 ? 0x10 : 0));
        header[1] = (char)((version_1 && i & 8 ? 0x80 : 0) | version_1);
        header[2] = 0x08;
        frame_build_tunnel(&frame, FRAME(.proto = IPPROTO_GRE), &gre,
                           FRAME(INNER, .link = FRAME_RAW));
        expect_inner("GRE");
    }
}
END_TEST

START_TEST(the_innermost_vlan_tag_wins)
{
    build(tunnel_find("VXLAN"), FRAME(INNER, .vlan = { 8, 9 }));
    expect_inner("VXLAN");
    ck_assert_uint_eq(packet.vlan_id, 9);
}
END_TEST

START_TEST(padding_of_the_inner_frame_is_not_counted)
{
    build(tunnel_find("VXLAN"), FRAME(INNER, .pad_to = 60));
    expect_inner("VXLAN");
    ck_assert_uint_eq(packet.wire_len, frame.len - 6);
}
END_TEST

/* What an outer packet had must not stay with an inner one. */
START_TEST(nothing_of_the_outer_packet_is_left)
{
    build(tunnel_find("GRE"), FRAME(.link = FRAME_RAW, .proto = IPPROTO_ESP));
    ck_assert_int_eq(decode(), DECODE_OK);
    ck_assert_uint_eq(packet.l4_proto, IPPROTO_ESP);
    build(tunnel_find("VXLAN"), FRAME(.proto = IPPROTO_ICMP, .icmp_type = 8));
    ck_assert_int_eq(decode(), DECODE_OK);
    ck_assert_uint_eq(packet.src_port, 0);
    ck_assert_uint_eq(packet.icmp_type, 8);
}
END_TEST

START_TEST(an_inner_fragment_is_a_fragment)
{
    build(tunnel_find("GTP-U"), FRAME(.proto = IPPROTO_UDP, .fragment_id = 5,
                                      .fragment_offset = 8, .payload_len = 8));
    ck_assert_int_eq(decode(), DECODE_OK);
    ck_assert(packet.later_fragment);
    ck_assert_uint_eq(packet.fragment_id, 5);
    ck_assert_ptr_eq(packet.ip, frame.bytes + frame.inner_ip);
}
END_TEST

/* --- What stays closed --------------------------------------------------- */

START_TEST(a_fragment_is_not_opened)
{
    for (size_t i = 0; i < tunnel_count(); i++) {
        build(tunnel_at(i), FRAME(INNER));
        frame_set_16(&frame, frame.ip + 6, 0x2000);
        expect_closed(tunnel_at(i));
        ck_assert(packet.first_fragment);
    }
}
END_TEST

START_TEST(an_inner_packet_that_is_not_ip_leaves_the_outer_flow)
{
    for (size_t i = 0; i < tunnel_count(); i++) {
        build(tunnel_at(i), FRAME(INNER));
        frame.bytes[frame.inner_ip] = 0x15; /* no version of IP */
        expect_closed(tunnel_at(i));
    }
    build(tunnel_find("VXLAN"), FRAME(INNER));
    frame_set_16(&frame, frame.inner + 12, 0x0806); /* ARP */
    expect_closed(tunnel_find("VXLAN"));
}
END_TEST

START_TEST(an_inner_packet_longer_than_its_tunnel_leaves_the_outer_flow)
{
    for (size_t i = 0; i < tunnel_count(); i++) {
        build(tunnel_at(i), FRAME(INNER));
        frame_set_16(&frame, frame.inner_ip + 2, 41);
        expect_closed(tunnel_at(i));
    }
}
END_TEST

/* A byte of a header that makes it another one. */
static void expect_closed_by(const char *name, uint32_t at, uint8_t byte)
{
    build(tunnel_find(name), FRAME(INNER));
    frame.bytes[frame.payload + at] = byte;
    expect_closed(tunnel_find(name));
}

START_TEST(a_header_that_does_not_fit_leaves_the_outer_flow)
{
    expect_closed_by("GRE", 1, 2);                /* a version */
    expect_closed_by("GRE", 2, 0x09);             /* a protocol */
    expect_closed_by("ERSPAN II", 8, 0x20);       /* a version */
    expect_closed_by("ERSPAN III", 8, 0x10);      /* a version */
    expect_closed_by("GTP-U", 0, 0x50);           /* version 2 */
    expect_closed_by("GTP-U", 0, 0x20);           /* GTP' */
    expect_closed_by("GTP-U", 1, 1);              /* an echo request */
    expect_closed_by("GTP-U, extensions", 12, 0); /* one without length */
    expect_closed_by("VXLAN", 0, 0);              /* no network */
    expect_closed_by("Geneve", 0, 0x40);          /* a version */
    expect_closed_by("Geneve", 1, 0x80);          /* a control message */
    expect_closed_by("L2TP", 0, 0x80);            /* a control message */
    expect_closed_by("L2TP", 1, 3);               /* version 3 */
    expect_closed_by("TZSP", 1, 4);               /* keep alive */
    expect_closed_by("TZSP", 3, 18);              /* 802.11 */
    expect_closed_by("CAPWAP, 802.3", 0, 1);      /* encrypted */
    expect_closed_by("CAPWAP, 802.3", 3, 0x80);   /* a fragment */
    expect_closed_by("CAPWAP, 802.3", 3, 0x08);   /* keep alive */
    expect_closed_by("CAPWAP, 802.11", 8, 0x80);  /* a beacon */
    expect_closed_by("CAPWAP, 802.11", 9, 0x41);  /* encrypted */
}
END_TEST

/* As ntopng has it: some tunnels by one port, some by both. */
static bool is_opened(const char *name, uint16_t sport, uint16_t dport)
{
    build(tunnel_find(name), FRAME(INNER));
    frame_set_16(&frame, frame.transport, sport);
    frame_set_16(&frame, frame.transport + 2, dport);
    ck_assert_int_eq(decode(), DECODE_OK);
    return packet.src_port == 1111;
}

START_TEST(the_ports_decide)
{
    ck_assert(is_opened("GTP-U", 2152, 9) && is_opened("GTP-U", 9, 2152));
    ck_assert(is_opened("TZSP", 37008, 9) && is_opened("TZSP", 9, 37008));
    ck_assert(!is_opened("VXLAN", 4789, 9) && is_opened("VXLAN", 9, 4789));
    ck_assert(!is_opened("Geneve", 6081, 9) && is_opened("Geneve", 9, 6081));
    ck_assert(!is_opened("L2TP", 1701, 9) && !is_opened("L2TP", 9, 1701));
    ck_assert(!is_opened("VXLAN", 8472, 8472));
}
END_TEST

/* --- Nested tunnels ------------------------------------------------------ */

START_TEST(a_tunnel_in_a_tunnel_is_opened)
{
    struct frame inside;

    build(tunnel_find("GTP-U"), FRAME(INNER));
    inside = frame;
    frame_build(&frame, FRAME(.proto = IPPROTO_UDP, .dport = 4789,
                              .payload_len = 8 + inside.len));
    frame.bytes[frame.payload] = 0x08;
    memcpy(frame.bytes + frame.payload + 8, inside.bytes, inside.len);
    frame.inner_ip = frame.payload + 8 + inside.inner_ip;
    expect_inner("GTP-U in VXLAN");
    frame.bytes[frame.inner_ip] = 0; /* the middle one is what there is */
    ck_assert_int_eq(decode(), DECODE_OK);
    ck_assert_uint_eq(packet.dst_port, 2152);
}
END_TEST

/* An IPv4 header in an IPv4 header, and so on; the last one has UDP. */
static uint32_t build_nested(uint8_t *bytes, uint32_t count)
{
    uint32_t len = count * 20 + 8;

    memset(bytes, 0, len);
    for (uint32_t i = 0; i < count; i++) {
        uint8_t *ip = bytes + i * 20;

        ip[0] = 0x45;
        ip[2] = (uint8_t)((len - i * 20) >> 8);
        ip[3] = (uint8_t)(len - i * 20);
        ip[9] = i + 1 < count ? IPPROTO_IPIP : IPPROTO_UDP;
        ip[19] = (uint8_t)i;
    }
    bytes[len - 5] = 99; /* the port */
    return len;
}

START_TEST(thousands_of_tunnels_may_be_nested)
{
    static uint8_t bytes[65535];
    uint32_t len = build_nested(bytes, 3000);

    ck_assert_int_eq(decode_frame(12, bytes, len, len, &packet), DECODE_OK);
    ck_assert_uint_eq(packet.dst_port, 99);
    ck_assert_ptr_eq(packet.ip, bytes + len - 28);
}
END_TEST

static uint32_t pick(unsigned short state[3], uint32_t below)
{
    return (uint32_t)nrand48(state) % below;
}

START_TEST(noise_on_a_tunnel_s_port_is_a_udp_flow)
{
    unsigned short state[3] = { 7, 8, 9 };
    uint8_t noise[64];

    for (size_t i = 0; i < noisy_rounds(100000); i++) {
        const struct tunnel *tunnel = tunnel_at(i % tunnel_count());

        for (size_t n = 0; n < sizeof noise; n++)
            noise[n] = (uint8_t)pick(state, 256);
        frame_build(&frame,
                    FRAME(.proto = tunnel->proto, .sport = tunnel->port,
                          .dport = tunnel->port, .vlan = { 7 },
                          .payload = noise, .payload_len = sizeof noise));
        expect_closed(tunnel);
    }
}
END_TEST

/* --- The suite ----------------------------------------------------------- */

static TCase *make_case(void)
{
    TCase *tests = tcase_create("tunnels");

    tcase_add_test(tests, each_tunnel_shows_the_packet_in_it);
    tcase_add_test(tests, each_tunnel_may_be_in_ipv6);
    tcase_add_test(tests, bytes_count_as_in_ntopng);
    tcase_add_test(tests, ip_goes_in_ip_of_either_version);
    tcase_add_test(tests, gre_has_the_fields_that_its_flags_say);
    tcase_add_test(tests, the_innermost_vlan_tag_wins);
    tcase_add_test(tests, padding_of_the_inner_frame_is_not_counted);
    tcase_add_test(tests, nothing_of_the_outer_packet_is_left);
    tcase_add_test(tests, an_inner_fragment_is_a_fragment);
    tcase_add_test(tests, a_fragment_is_not_opened);
    tcase_add_test(tests, an_inner_packet_that_is_not_ip_leaves_the_outer_flow);
    tcase_add_test(
        tests, an_inner_packet_longer_than_its_tunnel_leaves_the_outer_flow);
    tcase_add_test(tests, a_header_that_does_not_fit_leaves_the_outer_flow);
    tcase_add_test(tests, the_ports_decide);
    tcase_add_test(tests, a_tunnel_in_a_tunnel_is_opened);
    tcase_add_test(tests, thousands_of_tunnels_may_be_nested);
    tcase_add_test(tests, noise_on_a_tunnel_s_port_is_a_udp_flow);
    return tests;
}

int main(void)
{
    Suite *suite = suite_create("tunnels");

    suite_add_tcase(suite, make_case());
    return run_suite(suite);
}
