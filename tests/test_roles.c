/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who is the client of a flow, before any hook sees it. */
#include <check.h>
#include <string.h>

#include "flow_recorder.h"
#include "run_suite.h"

#define SYN DECODE_TCP_SYN
#define ACK DECODE_TCP_ACK

#define CLIENT "192.168.1.10"
#define SERVER "203.0.113.5"

static struct recorder recorder;

static void open_recorder(void)
{
    recorder_open(&recorder);
}

static void close_recorder(void)
{
    recorder_close(&recorder);
}

static void tcp(const char *src, uint16_t sport, const char *dst,
                uint16_t dport, uint8_t flags, const char *payload)
{
    recorder_feed(&recorder, FRAME(.src = src, .dst = dst, .sport = sport,
                                   .dport = dport, .proto = IPPROTO_TCP,
                                   .tcp_flags = flags, .payload = payload,
                                   .payload_len = (uint32_t)strlen(payload)));
}

/* A packet of the client at port 40000, or of the server at port 8123. */
static void client_sends(uint8_t flags, const char *payload)
{
    tcp(CLIENT, 40000, SERVER, 8123, flags, payload);
}

static void server_sends(uint8_t flags, const char *payload)
{
    tcp(SERVER, 8123, CLIENT, 40000, flags, payload);
}

static void udp(const char *src, uint16_t sport, const char *dst,
                uint16_t dport, const void *payload, uint32_t len)
{
    recorder_feed(&recorder, FRAME(.src = src, .dst = dst, .sport = sport,
                                   .dport = dport, .proto = IPPROTO_UDP,
                                   .payload = payload, .payload_len = len));
}

/* The server sends the first chunk of an association that is seen. */
static void sctp_chunk(uint16_t sport, uint16_t dport, uint8_t chunk)
{
    recorder_feed(&recorder, FRAME(.src = SERVER, .dst = CLIENT, .sport = sport,
                                   .dport = dport, .proto = IPPROTO_SCTP,
                                   .sctp_chunk = chunk));
}

/* A question or an answer about www.flowcheck.test. */
static void dns(bool response, const char *src, uint16_t sport, const char *dst,
                uint16_t dport)
{
    uint8_t message[] = "\0\7"
                        "\x01\0"
                        "\0\1"
                        "\0\0"
                        "\0\0"
                        "\0\0"
                        "\3www\11flowcheck\4test\0"
                        "\0\1"
                        "\0\1";

    if (response)
        message[2] |= 0x80;
    udp(src, sport, dst, dport, message, sizeof message - 1);
}

/* An NTP message of version 4; the rest of its 48 bytes is 0. */
static void ntp(uint8_t mode, const char *src, uint16_t sport, const char *dst,
                uint16_t dport)
{
    uint8_t message[48] = { (uint8_t)(4 << 3 | mode) };

    udp(src, sport, dst, dport, message, sizeof message);
}

static const struct moment *detected(void)
{
    return recorder_get(&recorder, FC_HOOK_DETECTED, 0);
}

static const struct moment *ended(void)
{
    return recorder_get(&recorder, FC_HOOK_END, 0);
}

/* Both hooks of the one flow see this client. */
static void assert_client_is(const char *address, uint16_t port)
{
    recorder_finish(&recorder);
    ck_assert_uint_eq(recorder_count(&recorder, FC_HOOK_END), 1);
    ck_assert_str_eq(detected()->cli, address);
    ck_assert_uint_eq(detected()->flow.cli_port, port);
    ck_assert_str_eq(ended()->cli, address);
    ck_assert_uint_eq(ended()->flow.cli_port, port);
}

static void assert_packets(uint64_t cli2srv, uint64_t srv2cli)
{
    ck_assert_uint_eq(ended()->flow.cli2srv_packets, cli2srv);
    ck_assert_uint_eq(ended()->flow.srv2cli_packets, srv2cli);
}

/* TCP. */

START_TEST(who_sends_the_first_syn_is_the_client)
{
    server_sends(SYN, ""); /* a low port may well be a client's */
    client_sends(SYN | ACK, "");
    assert_client_is(SERVER, 8123);
    assert_packets(1, 1);
}
END_TEST

START_TEST(who_sends_a_syn_ack_first_is_the_server)
{
    server_sends(SYN | ACK, "");
    client_sends(ACK, "");
    assert_client_is(CLIENT, 40000);
    assert_packets(1, 1);
}
END_TEST

START_TEST(who_sends_a_syn_ack_first_is_the_server_on_a_high_port_too)
{
    client_sends(SYN | ACK, "");
    assert_client_is(SERVER, 8123);
    assert_packets(0, 1);
}
END_TEST

START_TEST(in_mid_stream_the_higher_port_is_the_client)
{
    server_sends(ACK, "0123456789");
    assert_client_is(CLIENT, 40000);
    assert_packets(0, 1);
    ck_assert_uint_eq(ended()->flow.srv2cli_bytes, 54 + 10);
    ck_assert_uint_eq(ended()->flow.cli2srv_bytes, 0);
}
END_TEST

START_TEST(in_mid_stream_the_sender_with_the_higher_port_stays_the_client)
{
    client_sends(ACK, "");
    assert_client_is(CLIENT, 40000);
    assert_packets(1, 0);
}
END_TEST

START_TEST(in_mid_stream_the_first_sender_is_the_client_between_equal_ports)
{
    tcp(SERVER, 179, CLIENT, 179, ACK, "");
    assert_client_is(SERVER, 179);
    assert_packets(1, 0);
}
END_TEST

START_TEST(a_later_syn_of_the_server_swaps_all_that_belongs_to_either)
{
    client_sends(ACK, "twelve bytes"); /* the higher port, so the client */
    client_sends(ACK, "twelve bytes");
    server_sends(ACK, "four");
    server_sends(SYN, "");
    assert_client_is(SERVER, 8123);
    assert_packets(2, 2);
    ck_assert_uint_eq(ended()->flow.cli2srv_bytes, 54 + 4 + 54);
    ck_assert_uint_eq(ended()->flow.srv2cli_bytes, 2 * (54 + 12));
    ck_assert_str_eq(ended()->srv, CLIENT);
    ck_assert_uint_eq(ended()->flow.srv_port, 40000);
}
END_TEST

START_TEST(a_later_syn_of_the_client_swaps_nothing)
{
    client_sends(ACK, "");
    client_sends(SYN, "");
    server_sends(SYN | ACK, "");
    assert_client_is(CLIENT, 40000);
    assert_packets(2, 1);
}
END_TEST

START_TEST(a_later_syn_ack_swaps_nothing)
{
    client_sends(ACK, "");
    server_sends(SYN | ACK, "");
    assert_client_is(CLIENT, 40000);
    assert_packets(1, 1);
}
END_TEST

START_TEST(metadata_is_on_the_right_side_after_a_late_syn)
{
    /* The SSH client came from the lower port, and its SYN comes late. */
    server_sends(ACK, "");
    server_sends(SYN, "");
    client_sends(SYN | ACK, "");
    server_sends(ACK, "SSH-2.0-the_client\r\n");
    client_sends(ACK, "SSH-2.0-the_server\r\n");
    assert_client_is(SERVER, 8123);
    ck_assert_str_eq(ended()->name, "SSH");
    ck_assert_str_eq(ended()->ssh_client, "SSH-2.0-the_client");
    ck_assert_str_eq(ended()->ssh_server, "SSH-2.0-the_server");
}
END_TEST

START_TEST(roles_do_not_change_once_the_detected_hook_has_run)
{
    for (int i = 0; i < 12; i++)
        client_sends(ACK, "0123456789");
    server_sends(SYN, "");
    assert_client_is(CLIENT, 40000);
    assert_packets(12, 1);
}
END_TEST

/* SCTP. */

START_TEST(who_sends_an_sctp_init_is_the_client)
{
    sctp_chunk(80, 5000, 1);
    assert_client_is(SERVER, 80);
    assert_packets(1, 0);
}
END_TEST

START_TEST(sctp_without_init_goes_by_the_higher_port)
{
    sctp_chunk(80, 5000, 0);
    assert_client_is(CLIENT, 5000);
    assert_packets(0, 1);
}
END_TEST

START_TEST(sctp_without_init_from_the_higher_port_is_the_clients)
{
    sctp_chunk(5000, 80, 0);
    assert_client_is(SERVER, 5000);
    assert_packets(1, 0);
}
END_TEST

/* UDP. */

START_TEST(who_sends_the_first_datagram_is_the_client_whatever_its_port)
{
    udp(SERVER, 80, CLIENT, 5000, "x", 1);
    udp(CLIENT, 5000, SERVER, 80, "x", 1);
    assert_client_is(SERVER, 80);
    assert_packets(1, 1);
}
END_TEST

START_TEST(an_ntp_reply_first_comes_from_the_server)
{
    static const uint8_t modes[] = { 4, 2 };

    ntp(modes[_i], SERVER, 123, CLIENT, 5000);
    assert_client_is(CLIENT, 5000);
    assert_packets(0, 1);
}
END_TEST

START_TEST(an_ntp_reply_counts_on_port_123_of_both_ends_too)
{
    ntp(4, SERVER, 123, CLIENT, 123);
    ntp(3, CLIENT, 123, SERVER, 123);
    assert_client_is(CLIENT, 123);
    assert_packets(1, 1);
}
END_TEST

START_TEST(an_ntp_request_or_broadcast_first_comes_from_the_client)
{
    static const uint8_t modes[] = { 1, 3, 5 };

    ntp(modes[_i], CLIENT, 5000, SERVER, 123);
    assert_client_is(CLIENT, 5000);
    assert_packets(1, 0);
}
END_TEST

START_TEST(a_dns_response_first_comes_from_the_server)
{
    dns(true, SERVER, 53, CLIENT, 5000);
    assert_client_is(CLIENT, 5000);
    ck_assert_str_eq(ended()->srv, SERVER);
    assert_packets(0, 1);
}
END_TEST

START_TEST(a_dns_query_first_comes_from_the_client_even_from_port_53)
{
    dns(false, CLIENT, 53, SERVER, 53);
    assert_client_is(CLIENT, 53);
    assert_packets(1, 0);
}
END_TEST

START_TEST(what_looks_like_a_reply_on_other_ports_is_none)
{
    dns(true, SERVER, 54, CLIENT, 5000);
    assert_client_is(SERVER, 54);
}
END_TEST

/* Groups never open a flow. */

static const char *const groups[][2] = {
    { SERVER, "224.0.0.251" },
    { SERVER, "239.255.255.250" },
    { SERVER, "255.255.255.255" },
    { "2001:db8::5", "ff02::fb" },
};

#define GROUPS ((int)(sizeof groups / sizeof groups[0]))

START_TEST(a_group_is_never_the_client_of_a_dns_response)
{
    dns(true, groups[_i][0], 53, groups[_i][1], 5000);
    assert_client_is(groups[_i][0], 53);
    ck_assert_uint_eq(ended()->flow.flags & FC_FLOW_UNICAST, 0);
    assert_packets(1, 0);
}
END_TEST

START_TEST(a_group_is_never_the_client_of_an_ntp_reply)
{
    ntp(4, groups[_i][0], 123, groups[_i][1], 123);
    assert_client_is(groups[_i][0], 123);
}
END_TEST

START_TEST(a_group_is_never_the_client_in_mid_stream)
{
    tcp(groups[_i][0], 80, groups[_i][1], 5000, ACK, "");
    assert_client_is(groups[_i][0], 80);
}
END_TEST

/* Ports say nothing where there are none. */

START_TEST(who_sends_the_first_icmp_message_is_the_client)
{
    recorder_feed(&recorder, FRAME(.src = SERVER, .dst = CLIENT,
                                   .proto = IPPROTO_ICMP, .icmp_type = 0));
    assert_client_is(SERVER, 0);
}
END_TEST

static TCase *tcp_case(void)
{
    TCase *tcase = tcase_create("TCP");

    tcase_add_test(tcase, who_sends_the_first_syn_is_the_client);
    tcase_add_test(tcase, who_sends_a_syn_ack_first_is_the_server);
    tcase_add_test(tcase,
                   who_sends_a_syn_ack_first_is_the_server_on_a_high_port_too);
    tcase_add_test(tcase, in_mid_stream_the_higher_port_is_the_client);
    tcase_add_test(
        tcase, in_mid_stream_the_sender_with_the_higher_port_stays_the_client);
    tcase_add_test(
        tcase,
        in_mid_stream_the_first_sender_is_the_client_between_equal_ports);
    tcase_add_test(tcase,
                   a_later_syn_of_the_server_swaps_all_that_belongs_to_either);
    tcase_add_test(tcase, a_later_syn_of_the_client_swaps_nothing);
    tcase_add_test(tcase, a_later_syn_ack_swaps_nothing);
    tcase_add_test(tcase, metadata_is_on_the_right_side_after_a_late_syn);
    tcase_add_test(tcase, roles_do_not_change_once_the_detected_hook_has_run);
    return tcase;
}

static TCase *other_case(void)
{
    TCase *tcase = tcase_create("others");

    tcase_add_test(tcase, who_sends_an_sctp_init_is_the_client);
    tcase_add_test(tcase, sctp_without_init_goes_by_the_higher_port);
    tcase_add_test(tcase,
                   sctp_without_init_from_the_higher_port_is_the_clients);
    tcase_add_test(
        tcase, who_sends_the_first_datagram_is_the_client_whatever_its_port);
    tcase_add_loop_test(tcase, an_ntp_reply_first_comes_from_the_server, 0, 2);
    tcase_add_test(tcase, an_ntp_reply_counts_on_port_123_of_both_ends_too);
    tcase_add_loop_test(
        tcase, an_ntp_request_or_broadcast_first_comes_from_the_client, 0, 3);
    tcase_add_test(tcase, a_dns_response_first_comes_from_the_server);
    tcase_add_test(tcase,
                   a_dns_query_first_comes_from_the_client_even_from_port_53);
    tcase_add_test(tcase, what_looks_like_a_reply_on_other_ports_is_none);
    tcase_add_test(tcase, who_sends_the_first_icmp_message_is_the_client);
    return tcase;
}

static TCase *groups_case(void)
{
    TCase *tcase = tcase_create("groups");

    tcase_add_loop_test(tcase, a_group_is_never_the_client_of_a_dns_response, 0,
                        GROUPS);
    tcase_add_loop_test(tcase, a_group_is_never_the_client_of_an_ntp_reply, 0,
                        GROUPS);
    tcase_add_loop_test(tcase, a_group_is_never_the_client_in_mid_stream, 0,
                        GROUPS);
    return tcase;
}

int main(void)
{
    static TCase *(*const cases[])(void) = { tcp_case, other_case,
                                             groups_case };
    Suite *suite = suite_create("roles");

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        TCase *tcase = cases[i]();

        tcase_add_checked_fixture(tcase, open_recorder, close_recorder);
        suite_add_tcase(suite, tcase);
    }
    return run_suite(suite);
}
