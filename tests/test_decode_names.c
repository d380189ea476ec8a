/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What host/decode.h says of a frame that it does not look into: its name. */
#include <check.h>
#include <string.h>

#include "decode.h"
#include "packets.h"
#include "run_suite.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define TCP_PACKET .proto = IPPROTO_TCP, .sport = 40000, .dport = 80

static struct frame frame;
static struct packet packet;

static void build(const struct frame_spec *spec)
{
    frame_build(&frame, spec);
}

static void expect(enum decode_result expected)
{
    enum decode_result result = decode_frame(frame.link_type, frame.bytes,
                                             frame.len, frame.len, &packet);

    ck_assert_msg(result == expected, "%s, not %s", decode_result_name(result),
                  decode_result_name(expected));
}

START_TEST(every_result_has_a_name)
{
    for (enum decode_result i = 0; i < DECODE_RESULTS; i++)
        ck_assert_ptr_nonnull(decode_result_name(i));
    for (enum decode_result i = 0; i < DECODE_RESULTS; i++)
        for (enum decode_result j = 0; j < i; j++)
            ck_assert_str_ne(decode_result_name(i), decode_result_name(j));
}
END_TEST

START_TEST(what_is_not_ip_is_called_by_its_name)
{
    static const struct {
        uint16_t type;
        enum decode_result result;
    } types[] = {
        { 0x0806, DECODE_ARP },      { 0x8035, DECODE_RARP },
        { 0x88cc, DECODE_LLDP },     { 0x888e, DECODE_EAPOL },
        { 0x8809, DECODE_SLOW },     { 0x8863, DECODE_PPPOE_DISCOVERY },
        { 0x8892, DECODE_PROFINET }, { 0x0842, DECODE_WAKE_ON_LAN },
        { 46, DECODE_LLC },          { 0xffff, DECODE_NOT_IP },
    };

    build(FRAME(TCP_PACKET));
    for (size_t i = 0; i < COUNT(types); i++) {
        frame_set_16(&frame, 12, types[i].type);
        expect(types[i].result);
    }
    frame_set_16(&frame, 12, 46);
    frame_set_16(&frame, 14, 0x4242);
    expect(DECODE_STP);
    frame_set_16(&frame, 14, 0xf0f0);
    expect(DECODE_NETBEUI);
    build(FRAME(TCP_PACKET, .pppoe = true));
    frame_set_16(&frame, frame.ip - 2, 0xc021); /* LCP */
    expect(DECODE_PPP_CONTROL);
    build(FRAME(TCP_PACKET, .mpls = { 16 }));
    frame.bytes[frame.ip] = 0x00; /* a pseudowire's control word */
    expect(DECODE_NOT_IP);
}
END_TEST

/* Ethernet whose type is a length, and an EtherType after LLC and SNAP. */
START_TEST(snap_leads_to_ip)
{
    static const struct frame_tunnel snap = { .header = "\xaa\xaa\3\0\0\0\x08",
                                              .header_len = 8 };

    frame_build_tunnel(&frame, FRAME(.proto = IPPROTO_ESP), &snap,
                       FRAME(TCP_PACKET, .link = FRAME_RAW));
    memmove(frame.bytes + 14, frame.bytes + frame.payload, 48);
    frame.len = 14 + 48;
    frame_set_16(&frame, 12, 48);
    frame_set_16(&frame, 20, 0x0800);
    expect(DECODE_OK);
    ck_assert_uint_eq(packet.dst_port, 80);
    frame.bytes[19] = 0x0c; /* Cisco's numbers, which mean other things */
    expect(DECODE_LLC);
}
END_TEST

START_TEST(the_radio_s_link_types_are_802_11)
{
    static const int types[] = { 105, 119, 127, 163 };

    build(FRAME(TCP_PACKET));
    for (size_t i = 0; i < COUNT(types); i++) {
        frame.link_type = types[i];
        ck_assert(decode_knows_link_type(types[i]));
        expect(DECODE_WIFI);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("decode_names");
    TCase *tests = tcase_create("decode_names");

    tcase_add_test(tests, every_result_has_a_name);
    tcase_add_test(tests, what_is_not_ip_is_called_by_its_name);
    tcase_add_test(tests, snap_leads_to_ip);
    tcase_add_test(tests, the_radio_s_link_types_are_802_11);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
