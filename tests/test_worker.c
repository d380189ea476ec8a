/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a flow's life promises: what is counted, which hook runs when, and how
 * often. Who is the client: test_roles.c.
 */
#include <check.h>
#include <string.h>

#include "flow_recorder.h"
#include "run_suite.h"

#define SYN DECODE_TCP_SYN
#define ACK DECODE_TCP_ACK
#define FIN DECODE_TCP_FIN
#define RST DECODE_TCP_RST

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

/* A TCP packet of the client at port 40000, or of the server at port 8123. */
static void client_sends(uint8_t flags, uint32_t len)
{
    recorder_feed(&recorder,
                  FRAME(.src = CLIENT, .dst = SERVER, .proto = IPPROTO_TCP,
                        .sport = 40000, .dport = 8123, .tcp_flags = flags,
                        .payload_len = len));
}

static void server_sends(uint8_t flags, uint32_t len)
{
    recorder_feed(&recorder,
                  FRAME(.src = SERVER, .dst = CLIENT, .proto = IPPROTO_TCP,
                        .sport = 8123, .dport = 40000, .tcp_flags = flags,
                        .payload_len = len));
}

/* A question or an answer about www.flowcheck.test, from and to port 53. */
static void dns_message(uint16_t id, bool response, const char *src,
                        uint16_t sport, const char *dst, uint16_t dport)
{
    uint8_t message[] = "\0\0"
                        "\x01\0"
                        "\0\1"
                        "\0\0"
                        "\0\0"
                        "\0\0"
                        "\3www\11flowcheck\4test\0"
                        "\0\1"
                        "\0\1";

    message[0] = (uint8_t)(id >> 8);
    message[1] = (uint8_t)id;
    if (response)
        message[2] |= 0x80;
    recorder_feed(&recorder,
                  FRAME(.src = src, .dst = dst, .proto = IPPROTO_UDP,
                        .sport = sport, .dport = dport, .payload = message,
                        .payload_len = sizeof message - 1));
}

static const struct moment *detected(size_t index)
{
    return recorder_get(&recorder, FC_HOOK_DETECTED, index);
}

static const struct moment *ended(size_t index)
{
    return recorder_get(&recorder, FC_HOOK_END, index);
}

static size_t flows_ended(void)
{
    return recorder_count(&recorder, FC_HOOK_END);
}

/* The hooks. */

START_TEST(each_flow_is_detected_once_and_then_ends_once)
{
    client_sends(SYN, 0);
    server_sends(SYN | ACK, 0);
    for (int i = 0; i < 40; i++)
        client_sends(ACK, 100);
    recorder_finish(&recorder);
    ck_assert_uint_eq(recorder.count, 2);
    ck_assert_int_eq(recorder.moments[0].hook, FC_HOOK_DETECTED);
    ck_assert_int_eq(recorder.moments[1].hook, FC_HOOK_END);
}
END_TEST

START_TEST(a_flow_that_nobody_knows_is_given_up_at_twelve_packets)
{
    for (int i = 0; i < 11; i++)
        client_sends(ACK, 100);
    ck_assert_uint_eq(recorder.count, 0);
    client_sends(ACK, 100);
    ck_assert_uint_eq(recorder.count, 1);
    ck_assert_str_eq(detected(0)->name, "Unknown");
    ck_assert_uint_eq(detected(0)->flow.l7_proto, 0);
}
END_TEST

START_TEST(the_detected_hook_sees_the_counters_of_its_moment)
{
    dns_message(1, false, CLIENT, 5000, SERVER, 53);
    dns_message(1, true, SERVER, 53, CLIENT, 5000);
    ck_assert_uint_eq(recorder_count(&recorder, FC_HOOK_DETECTED), 1);
    ck_assert_uint_eq(detected(0)->flow.cli2srv_packets, 1);
    ck_assert_uint_eq(detected(0)->flow.srv2cli_packets, 1);
    ck_assert_str_eq(detected(0)->name, "DNS");
    ck_assert_int_eq(detected(0)->time, START + 1000);
}
END_TEST

/* The time in the struct is that of the moment, and of its alerts. */
START_TEST(a_flow_tells_the_packet_time_of_its_hook)
{
    for (int i = 0; i < 12; i++)
        client_sends(ACK, 100);
    ck_assert_int_eq(detected(0)->flow.time, START + 11000);
    recorder.now += 10 * SECOND;
    client_sends(ACK, 100);
    worker_tick(recorder.worker, START + 65 * SECOND);
    worker_tick(recorder.worker, START + 99 * SECOND);
    ck_assert_uint_eq(recorder.count, 3);
    ck_assert_int_eq(recorder.moments[1].hook, FC_HOOK_PERIODIC);
    ck_assert_int_eq(recorder.moments[1].flow.time, START + 65 * SECOND);
    ck_assert_int_eq(ended(0)->flow.time, START + 99 * SECOND);
    for (size_t i = 0; i < recorder.count; i++)
        ck_assert_int_eq(recorder.moments[i].flow.time,
                         recorder.moments[i].time);
}
END_TEST

/* 0 would mean that nobody knows the time. */
START_TEST(a_packet_of_the_first_moment_of_1970_has_a_time)
{
    recorder.now = 0;
    client_sends(SYN, 0);
    recorder_finish(&recorder);
    ck_assert_int_eq(ended(0)->flow.time, 1);
}
END_TEST

START_TEST(a_flow_too_short_to_be_known_is_detected_when_it_ends)
{
    client_sends(SYN, 0);
    recorder_finish(&recorder);
    ck_assert_uint_eq(recorder_count(&recorder, FC_HOOK_DETECTED), 1);
    ck_assert_uint_eq(flows_ended(), 1);
}
END_TEST

START_TEST(a_dns_name_that_does_not_exist_is_detected_at_its_response)
{
    uint8_t message[] = "\0\7"
                        "\x81\x83"
                        "\0\1"
                        "\0\0"
                        "\0\0"
                        "\0\0"
                        "\2no\11flowcheck\4test\0"
                        "\0\1"
                        "\0\1";

    dns_message(7, false, CLIENT, 5000, SERVER, 53);
    recorder_feed(&recorder,
                  FRAME(.src = SERVER, .dst = CLIENT, .proto = IPPROTO_UDP,
                        .sport = 53, .dport = 5000, .payload = message,
                        .payload_len = sizeof message - 1));
    ck_assert_uint_eq(recorder_count(&recorder, FC_HOOK_DETECTED), 1);
}
END_TEST

/* Port 53 makes it DNS, but these bytes are no answer without an error. */
START_TEST(a_protocol_that_is_only_guessed_has_no_metadata)
{
    recorder_feed(&recorder,
                  FRAME(.src = SERVER, .dst = CLIENT, .proto = IPPROTO_UDP,
                        .sport = 53, .dport = 5000,
                        .payload = (const uint8_t *)"junk", .payload_len = 4));
    recorder_finish(&recorder);
    ck_assert_str_eq(detected(0)->name, "DNS");
    ck_assert_int_eq(detected(0)->return_code, FC_DNS_NO_ANSWER);
}
END_TEST

static void one_dns_transaction(void)
{
    dns_message(1, false, CLIENT, 5000, SERVER, 53);
    dns_message(1, true, SERVER, 53, CLIENT, 5000);
}

START_TEST(the_end_hook_sees_what_the_detected_hook_saw)
{
    one_dns_transaction();
    recorder_finish(&recorder);
    ck_assert_str_eq(detected(0)->query, "www.flowcheck.test");
    ck_assert_str_eq(ended(0)->query, "www.flowcheck.test");
    ck_assert_int_eq(ended(0)->return_code, 0);
    ck_assert_str_eq(ended(0)->name, detected(0)->name);
}
END_TEST

START_TEST(a_hook_that_nobody_wants_is_left_out)
{
    recorder.unwanted = FC_HOOK_BIT(FC_HOOK_END);
    one_dns_transaction();
    recorder_finish(&recorder);
    ck_assert_uint_eq(recorder_count(&recorder, FC_HOOK_DETECTED), 1);
    ck_assert_uint_eq(recorder_count(&recorder, FC_HOOK_END), 0);
}
END_TEST

/* As when an end script appears in the middle of a flow's life. */
START_TEST(an_end_hook_that_was_wanted_too_late_sees_the_protocol)
{
    recorder.unwanted =
        FC_HOOK_BIT(FC_HOOK_END) | FC_HOOK_BIT(FC_HOOK_PERIODIC);
    one_dns_transaction();
    recorder.unwanted = 0;
    recorder_finish(&recorder);
    ck_assert_str_eq(ended(0)->name, "DNS");
    ck_assert_uint_eq(ended(0)->flow.l7_proto, detected(0)->flow.l7_proto);
    ck_assert(ended(0)->is_dns);
    ck_assert_str_eq(ended(0)->query, "");
    ck_assert_int_eq(ended(0)->return_code, FC_DNS_NO_ANSWER);
}
END_TEST

START_TEST(flows_are_counted_as_named_though_nobody_wants_a_hook)
{
    recorder.unwanted = ~UINT32_C(0);
    one_dns_transaction();
    recorder_finish(&recorder);
    ck_assert_uint_eq(recorder.count, 0);
    ck_assert_uint_eq(worker_counters(recorder.worker)->named, 1);
}
END_TEST

/* Keys. */

START_TEST(each_dns_transaction_is_a_flow)
{
    dns_message(1, false, CLIENT, 5000, SERVER, 53);
    dns_message(2, false, CLIENT, 5000, SERVER, 53);
    dns_message(2, true, SERVER, 53, CLIENT, 5000);
    dns_message(1, true, SERVER, 53, CLIENT, 5000);
    recorder_finish(&recorder);
    ck_assert_uint_eq(flows_ended(), 2);
    ck_assert_uint_eq(ended(0)->flow.srv2cli_packets, 1);
    ck_assert_uint_eq(ended(1)->flow.srv2cli_packets, 1);
}
END_TEST

START_TEST(each_vlan_has_its_own_flows)
{
    static const uint16_t vlans[] = { 0, 7, 8, 7 };

    for (size_t i = 0; i < 4; i++)
        recorder_feed(&recorder,
                      FRAME(.vlan = { vlans[i] }, .src = CLIENT, .dst = SERVER,
                            .proto = IPPROTO_UDP, .sport = 1, .dport = 2,
                            .payload_len = 4));
    recorder_finish(&recorder);
    ck_assert_uint_eq(flows_ended(), 3);
}
END_TEST

START_TEST(icmp_has_no_ports_and_its_types_share_a_flow)
{
    recorder_feed(&recorder, FRAME(.proto = IPPROTO_ICMP, .icmp_type = 8));
    recorder_feed(&recorder, FRAME(.src = "10.0.0.2", .dst = "10.0.0.1",
                                   .proto = IPPROTO_ICMP, .icmp_type = 0));
    recorder_finish(&recorder);
    ck_assert_uint_eq(flows_ended(), 1);
    ck_assert_uint_eq(ended(0)->flow.cli_port, 0);
    ck_assert_uint_eq(ended(0)->flow.srv_port, 0);
}
END_TEST

START_TEST(a_hundred_thousand_flows_are_told_apart)
{
    for (uint16_t host = 1; host <= 2; host++)
        for (uint32_t port = 1; port <= 50000; port++)
            for (int times = 0; times < 2; times++)
                recorder_feed(&recorder,
                              FRAME(.src = host == 1 ? "10.0.0.1" : "10.0.0.3",
                                    .proto = IPPROTO_UDP, .dport = 9,
                                    .sport = (uint16_t)port));
    ck_assert_uint_eq(worker_counters(recorder.worker)->packets, 200000);
    ck_assert_uint_eq(worker_counters(recorder.worker)->flows, 100000);
}
END_TEST

/* Bytes. */

START_TEST(bytes_are_whole_frames_without_padding)
{
    recorder_feed(&recorder,
                  FRAME(.src = CLIENT, .dst = SERVER, .proto = IPPROTO_TCP,
                        .sport = 40000, .dport = 80, .tcp_flags = ACK,
                        .pad_to = 60));
    recorder_finish(&recorder);
    ck_assert_uint_eq(ended(0)->flow.cli2srv_bytes, 54);
}
END_TEST

START_TEST(later_fragments_count_to_the_flow_of_the_first)
{
    for (uint16_t offset = 0; offset <= 800; offset += 400)
        recorder_feed(&recorder,
                      FRAME(.src = CLIENT, .dst = SERVER, .proto = IPPROTO_UDP,
                            .sport = 6000, .dport = 7000, .fragment_id = 77,
                            .fragment_offset = offset,
                            .more_fragments = offset < 800,
                            .payload_len = 400));
    recorder_finish(&recorder);
    ck_assert_uint_eq(flows_ended(), 1);
    ck_assert_uint_eq(ended(0)->flow.cli2srv_packets, 3);
    ck_assert_uint_eq(ended(0)->flow.cli2srv_bytes, 34 + 8 + 400 + 2 * 420);
}
END_TEST

START_TEST(a_fragment_whose_first_was_not_seen_is_counted_apart)
{
    recorder_feed(&recorder, FRAME(.proto = IPPROTO_UDP, .fragment_id = 77,
                                   .fragment_offset = 400, .payload_len = 400));
    recorder_finish(&recorder);
    ck_assert_uint_eq(flows_ended(), 0);
    ck_assert_uint_eq(worker_counters(recorder.worker)->lost_fragments, 1);
}
END_TEST

START_TEST(a_frame_cut_by_the_capture_counts_what_was_on_the_wire)
{
    struct frame frame;

    frame_build(&frame, FRAME(.proto = IPPROTO_UDP, .sport = 1, .dport = 2,
                              .payload_len = 1000));
    recorder_feed_cut(&recorder, &frame, 60);
    recorder_finish(&recorder);
    ck_assert_uint_eq(ended(0)->flow.cli2srv_bytes, 14 + 20 + 8 + 1000);
}
END_TEST

START_TEST(what_is_no_ip_is_counted_by_name)
{
    struct frame frame;

    frame_build(&frame, FRAME(.proto = IPPROTO_UDP));
    frame_set_16(&frame, 12, 0x0806);
    recorder_feed_cut(&recorder, &frame, frame.len);
    ck_assert_uint_eq(worker_counters(recorder.worker)->undecoded[DECODE_ARP],
                      1);
    ck_assert_uint_eq(worker_counters(recorder.worker)->flows, 0);
}
END_TEST

/* How long a flow lives. */

static void silence(int64_t microseconds)
{
    recorder.now += microseconds - 1000;
}

START_TEST(a_flow_ends_after_sixty_seconds_of_silence)
{
    client_sends(SYN, 0);
    silence(60 * SECOND);
    client_sends(SYN, 0);
    ck_assert_uint_eq(flows_ended(), 1);
    ck_assert_uint_eq(worker_counters(recorder.worker)->flows, 2);
}
END_TEST

START_TEST(a_flow_lives_on_after_less_than_sixty_seconds_of_silence)
{
    client_sends(SYN, 0);
    silence(60 * SECOND - 1);
    client_sends(SYN, 0);
    ck_assert_uint_eq(flows_ended(), 0);
    ck_assert_uint_eq(worker_counters(recorder.worker)->flows, 1);
}
END_TEST

START_TEST(any_packet_ends_the_flows_that_are_over)
{
    client_sends(SYN, 0);
    silence(61 * SECOND);
    dns_message(1, false, CLIENT, 5000, SERVER, 53);
    ck_assert_uint_eq(flows_ended(), 1);
    ck_assert_int_eq(ended(0)->flow.last_seen, START);
}
END_TEST

/* As one of several workers: the packet is another's, the time is for all. */
START_TEST(the_time_of_a_packet_of_another_worker_ends_flows)
{
    const int64_t time = START + 61 * SECOND;

    client_sends(SYN, 0);
    worker_tick(recorder.worker, time);
    ck_assert_uint_eq(flows_ended(), 1);
    ck_assert_int_eq(ended(0)->time, time);
    ck_assert_int_eq(ended(0)->flow.last_seen, START);
    ck_assert_uint_eq(worker_counters(recorder.worker)->packets, 1);
}
END_TEST

START_TEST(fin_both_ways_ends_a_flow_after_the_linger_time)
{
    client_sends(SYN, 0);
    client_sends(FIN | ACK, 0);
    server_sends(FIN | ACK, 0);
    silence(5 * SECOND);
    dns_message(1, false, CLIENT, 5000, SERVER, 53);
    ck_assert_uint_eq(flows_ended(), 1);
}
END_TEST

START_TEST(a_fin_one_way_does_not_end_a_flow)
{
    client_sends(SYN, 0);
    client_sends(FIN | ACK, 0);
    client_sends(FIN | ACK, 0);
    silence(30 * SECOND);
    server_sends(ACK, 100);
    ck_assert_uint_eq(flows_ended(), 0);
}
END_TEST

START_TEST(a_reset_ends_a_flow_after_the_linger_time)
{
    client_sends(SYN, 0);
    server_sends(RST | ACK, 0);
    silence(5 * SECOND);
    dns_message(1, false, CLIENT, 5000, SERVER, 53);
    ck_assert_uint_eq(flows_ended(), 1);
}
END_TEST

START_TEST(a_retransmission_within_the_linger_time_opens_no_flow)
{
    client_sends(SYN, 0);
    server_sends(RST | ACK, 0);
    silence(4 * SECOND);
    client_sends(ACK, 0);
    ck_assert_uint_eq(worker_counters(recorder.worker)->flows, 1);
}
END_TEST

START_TEST(a_packet_a_little_late_changes_nothing)
{
    client_sends(SYN, 0);
    silence(-2 * SECOND);
    server_sends(SYN | ACK, 0);
    ck_assert_uint_eq(worker_counters(recorder.worker)->flows, 1);
    recorder_finish(&recorder);
    ck_assert_int_eq(ended(0)->flow.first_seen, START - 2 * SECOND);
    ck_assert_int_eq(ended(0)->flow.last_seen, START);
}
END_TEST

START_TEST(an_older_capture_after_a_newer_one_has_its_own_time)
{
    dns_message(1, false, CLIENT, 5000, SERVER, 53);
    recorder.now -= 1000 * SECOND;
    client_sends(SYN, 0);
    silence(61 * SECOND);
    server_sends(ACK, 1);
    ck_assert_uint_eq(flows_ended(), 2);
    ck_assert_int_eq(ended(1)->time, recorder.now - 1000);
}
END_TEST

START_TEST(a_worker_that_is_dropped_frees_its_flows_without_a_hook)
{
    client_sends(SYN, 0);
    dns_message(1, false, CLIENT, 5000, SERVER, 53);
    worker_free(recorder.worker);
    recorder.worker = NULL;
    ck_assert_uint_eq(recorder.count, 0);
}
END_TEST

static TCase *hooks_case(void)
{
    TCase *tcase = tcase_create("hooks");

    tcase_add_test(tcase, each_flow_is_detected_once_and_then_ends_once);
    tcase_add_test(tcase,
                   a_flow_that_nobody_knows_is_given_up_at_twelve_packets);
    tcase_add_test(tcase, the_detected_hook_sees_the_counters_of_its_moment);
    tcase_add_test(tcase, a_flow_tells_the_packet_time_of_its_hook);
    tcase_add_test(tcase, a_packet_of_the_first_moment_of_1970_has_a_time);
    tcase_add_test(tcase,
                   a_flow_too_short_to_be_known_is_detected_when_it_ends);
    tcase_add_test(tcase,
                   a_dns_name_that_does_not_exist_is_detected_at_its_response);
    tcase_add_test(tcase, a_protocol_that_is_only_guessed_has_no_metadata);
    tcase_add_test(tcase, the_end_hook_sees_what_the_detected_hook_saw);
    tcase_add_test(tcase, a_hook_that_nobody_wants_is_left_out);
    tcase_add_test(tcase,
                   an_end_hook_that_was_wanted_too_late_sees_the_protocol);
    tcase_add_test(tcase,
                   flows_are_counted_as_named_though_nobody_wants_a_hook);
    return tcase;
}

static TCase *keys_case(void)
{
    TCase *tcase = tcase_create("keys");

    tcase_add_test(tcase, each_dns_transaction_is_a_flow);
    tcase_add_test(tcase, each_vlan_has_its_own_flows);
    tcase_add_test(tcase, icmp_has_no_ports_and_its_types_share_a_flow);
    tcase_add_test(tcase, a_hundred_thousand_flows_are_told_apart);
    return tcase;
}

static TCase *bytes_case(void)
{
    TCase *tcase = tcase_create("bytes");

    tcase_add_test(tcase, bytes_are_whole_frames_without_padding);
    tcase_add_test(tcase, later_fragments_count_to_the_flow_of_the_first);
    tcase_add_test(tcase, a_fragment_whose_first_was_not_seen_is_counted_apart);
    tcase_add_test(tcase,
                   a_frame_cut_by_the_capture_counts_what_was_on_the_wire);
    tcase_add_test(tcase, what_is_no_ip_is_counted_by_name);
    return tcase;
}

static TCase *life_case(void)
{
    TCase *tcase = tcase_create("life");

    tcase_add_test(tcase, a_flow_ends_after_sixty_seconds_of_silence);
    tcase_add_test(tcase,
                   a_flow_lives_on_after_less_than_sixty_seconds_of_silence);
    tcase_add_test(tcase, any_packet_ends_the_flows_that_are_over);
    tcase_add_test(tcase, the_time_of_a_packet_of_another_worker_ends_flows);
    tcase_add_test(tcase, fin_both_ways_ends_a_flow_after_the_linger_time);
    tcase_add_test(tcase, a_fin_one_way_does_not_end_a_flow);
    tcase_add_test(tcase, a_reset_ends_a_flow_after_the_linger_time);
    tcase_add_test(tcase,
                   a_retransmission_within_the_linger_time_opens_no_flow);
    tcase_add_test(tcase, a_packet_a_little_late_changes_nothing);
    tcase_add_test(tcase, an_older_capture_after_a_newer_one_has_its_own_time);
    tcase_add_test(tcase,
                   a_worker_that_is_dropped_frees_its_flows_without_a_hook);
    return tcase;
}

int main(void)
{
    static TCase *(*const cases[])(void) = { hooks_case, keys_case, bytes_case,
                                             life_case };
    Suite *suite = suite_create("worker");

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        TCase *tcase = cases[i]();

        tcase_add_checked_fixture(tcase, open_recorder, close_recorder);
        suite_add_tcase(suite, tcase);
    }
    return run_suite(suite);
}
