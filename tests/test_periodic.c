/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The periodic hook: every 60 s of packet time of a flow that has been detected
 * and is not over, whether packets come in or not.
 */
#include <check.h>

#include "flow_recorder.h"
#include "run_suite.h"

static struct recorder recorder;

static void open_recorder(void)
{
    recorder_open(&recorder);
}

static void close_recorder(void)
{
    recorder_close(&recorder);
}

/* A packet of the flow of a client's port, at a second. */
static void send_packet(uint16_t port, int second)
{
    recorder.now = START + second * SECOND;
    recorder_feed(&recorder, FRAME(.src = "192.168.1.10", .dst = "203.0.113.5",
                                   .proto = IPPROTO_UDP, .sport = port,
                                   .dport = 8123, .payload_len = 100));
}

/* A flow that is given up, and so detected, at its 12th packet. */
static void begin(uint16_t port, int second)
{
    for (int i = 0; i < 12; i++)
        send_packet(port, second);
}

/* When a hook ran, in seconds since the start, and for which flow. */
static void expect(size_t index, enum fc_hook hook, uint16_t port)
{
    ck_assert_uint_gt(recorder.count, index);
    ck_assert_int_eq(recorder.moments[index].hook, hook);
    ck_assert_uint_eq(recorder.moments[index].flow.cli_port, port);
}

START_TEST(a_flow_that_goes_on_comes_to_it_every_60_seconds)
{
    begin(40000, 0);
    for (int second = 10; second <= 200; second += 10)
        send_packet(40000, second);
    recorder_finish(&recorder);
    ck_assert_uint_eq(recorder.count, 5);
    expect(0, FC_HOOK_DETECTED, 40000);
    for (size_t i = 0; i < 3; i++) {
        expect(1 + i, FC_HOOK_PERIODIC, 40000);
        /* What is counted is what came before. */
        ck_assert_uint_eq(recorder.moments[1 + i].flow.cli2srv_packets,
                          12 + 6 * (i + 1) - 1);
    }
    expect(4, FC_HOOK_END, 40000);
}
END_TEST

START_TEST(a_flow_that_is_silent_but_not_over_comes_to_it_too)
{
    begin(40000, 0);
    send_packet(40000, 30);
    send_packet(50000, 61);
    ck_assert_uint_eq(recorder_count(&recorder, FC_HOOK_PERIODIC), 1);
    expect(1, FC_HOOK_PERIODIC, 40000);
    ck_assert_int_eq(recorder.moments[1].time, START + 61 * SECOND);
}
END_TEST

START_TEST(a_flow_that_is_over_comes_to_it_no_more)
{
    begin(40000, 0);
    send_packet(50000, 500);
    ck_assert_uint_eq(recorder_count(&recorder, FC_HOOK_PERIODIC), 0);
    ck_assert_uint_eq(recorder_count(&recorder, FC_HOOK_END), 1);
}
END_TEST

START_TEST(what_a_long_silence_holds_is_told_in_the_order_of_time)
{
    begin(40000, 0);
    begin(40001, 20);
    send_packet(40000, 50); /* over at 110, its period at 60 */
    send_packet(40001, 70); /* over at 130, its period at 80 */
    recorder.count = 0;
    send_packet(50000, 3600);
    ck_assert_uint_eq(recorder.count, 3);
    expect(0, FC_HOOK_PERIODIC, 40001);
    expect(1, FC_HOOK_END, 40000);
    expect(2, FC_HOOK_END, 40001);
}
END_TEST

START_TEST(a_flow_that_is_not_detected_yet_has_no_periods)
{
    for (int second = 0; second < 200; second += 50)
        send_packet(40000, second);
    ck_assert_uint_eq(recorder.count, 0);
}
END_TEST

START_TEST(the_end_of_the_capture_is_no_end_of_a_period)
{
    begin(40000, 0);
    send_packet(40000, 59);
    recorder_finish(&recorder);
    ck_assert_uint_eq(recorder_count(&recorder, FC_HOOK_PERIODIC), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("periodic");
    TCase *tests = tcase_create("periodic");

    tcase_add_checked_fixture(tests, open_recorder, close_recorder);
    tcase_add_test(tests, a_flow_that_goes_on_comes_to_it_every_60_seconds);
    tcase_add_test(tests, a_flow_that_is_silent_but_not_over_comes_to_it_too);
    tcase_add_test(tests, a_flow_that_is_over_comes_to_it_no_more);
    tcase_add_test(tests,
                   what_a_long_silence_holds_is_told_in_the_order_of_time);
    tcase_add_test(tests, a_flow_that_is_not_detected_yet_has_no_periods);
    tcase_add_test(tests, the_end_of_the_capture_is_no_end_of_a_period);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
