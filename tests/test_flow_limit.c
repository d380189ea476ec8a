/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What --max-flows promises: so many flows at most, the longest silent goes
 * first, with its hooks, and each worker has its part.
 */
#include <check.h>
#include <string.h>

#include "flow_limit.h"
#include "flow_recorder.h"
#include "run_suite.h"

#define SYN DECODE_TCP_SYN
#define ACK DECODE_TCP_ACK
#define RST DECODE_TCP_RST

/* So many flows at once, in the tests. */
#define MOST 3

static struct recorder recorder;

static void open_recorder(void)
{
    recorder_open_bounded(&recorder, MOST);
}

static void close_recorder(void)
{
    recorder_close(&recorder);
}

/* Where flows' ports begin: above the server's, so the client is the client in
 * the middle of a connection too. */
#define PORTS 40000

/* A packet of the flow of this number. */
static void packet(unsigned number, uint8_t flags)
{
    recorder_feed(&recorder, FRAME(.src = "192.168.1.10", .dst = "203.0.113.5",
                                   .proto = IPPROTO_TCP,
                                   .sport = (uint16_t)(PORTS + number),
                                   .dport = 8123, .tcp_flags = flags));
}

static void packets(unsigned first, unsigned last)
{
    for (unsigned number = first; number <= last; number++)
        packet(number, SYN);
}

static size_t ended(void)
{
    return recorder_count(&recorder, FC_HOOK_END);
}

static uint64_t evicted(void)
{
    return worker_counters(recorder.worker)->evicted;
}

static unsigned number_of(const struct moment *moment)
{
    return moment->flow.cli_port - PORTS;
}

/* The index-th flow that ended was the one of this number. */
static void expect_end(size_t index, unsigned number)
{
    ck_assert_uint_eq(number_of(recorder_get(&recorder, FC_HOOK_END, index)),
                      number);
}

START_TEST(as_many_flows_as_allowed_are_no_reason_to_end_one)
{
    packets(1, MOST);
    packets(1, MOST);
    ck_assert_uint_eq(ended(), 0);
    ck_assert_uint_eq(evicted(), 0);
    ck_assert_uint_eq(recorder.full, 0);
}
END_TEST

START_TEST(for_one_more_flow_one_ends)
{
    packets(1, MOST + 1);
    ck_assert_uint_eq(ended(), 1);
    expect_end(0, 1);
    packets(MOST + 2, MOST + 3);
    ck_assert_uint_eq(ended(), 3);
    ck_assert_uint_eq(evicted(), 3);
}
END_TEST

START_TEST(it_is_said_once_that_there_are_too_many)
{
    packets(1, 10 * MOST);
    ck_assert_uint_eq(recorder.full, 1);
}
END_TEST

START_TEST(a_flow_that_makes_room_has_each_hook_once)
{
    packets(1, MOST + 1);
    recorder_finish(&recorder);
    ck_assert_uint_eq(recorder_count(&recorder, FC_HOOK_DETECTED), MOST + 1);
    ck_assert_uint_eq(ended(), MOST + 1);
    ck_assert_int_eq(recorder.moments[0].hook, FC_HOOK_DETECTED);
    ck_assert_int_eq(recorder.moments[1].hook, FC_HOOK_END);
    ck_assert_uint_eq(number_of(&recorder.moments[0]), 1);
    ck_assert_uint_eq(number_of(&recorder.moments[1]), 1);
    ck_assert_uint_eq(evicted(), 1);
}
END_TEST

START_TEST(a_flow_that_was_detected_before_is_not_detected_again)
{
    for (int i = 0; i < 12; i++)
        packet(1, ACK);
    ck_assert_uint_eq(recorder_count(&recorder, FC_HOOK_DETECTED), 1);
    packets(2, MOST + 1);
    ck_assert_uint_eq(recorder_count(&recorder, FC_HOOK_DETECTED), 1);
    ck_assert_uint_eq(ended(), 1);
    expect_end(0, 1);
}
END_TEST

START_TEST(the_hooks_of_a_flow_that_makes_room_are_of_that_packets_time)
{
    packets(1, MOST);
    recorder.now = START + 7 * SECOND;
    packet(MOST + 1, SYN);
    ck_assert_int_eq(recorder_get(&recorder, FC_HOOK_DETECTED, 0)->time,
                     START + 7 * SECOND);
    ck_assert_int_eq(recorder_get(&recorder, FC_HOOK_END, 0)->time,
                     START + 7 * SECOND);
    ck_assert_int_eq(recorder_get(&recorder, FC_HOOK_END, 0)->flow.last_seen,
                     START);
}
END_TEST

START_TEST(a_packet_makes_its_flow_the_last_to_go)
{
    packets(1, MOST);
    packet(1, ACK);
    packets(MOST + 1, MOST + 3);
    ck_assert_uint_eq(ended(), 3);
    expect_end(0, 2);
    expect_end(1, 3);
    expect_end(2, 1);
}
END_TEST

START_TEST(a_closed_flow_goes_first_when_it_is_the_longest_silent)
{
    packet(1, RST);
    packets(2, MOST + 1);
    expect_end(0, 1);
}
END_TEST

START_TEST(a_closed_flow_stays_when_another_is_longer_silent)
{
    packet(1, SYN);
    packet(2, RST);
    packets(3, MOST + 1);
    ck_assert_uint_eq(ended(), 1);
    expect_end(0, 1);
    packet(MOST + 2, SYN);
    expect_end(1, 2);
}
END_TEST

START_TEST(of_flows_of_one_moment_the_closed_one_goes)
{
    packet(1, SYN);
    recorder.now = START;
    packet(2, RST);
    packets(3, MOST + 1);
    ck_assert_uint_eq(ended(), 1);
    expect_end(0, 2);
}
END_TEST

START_TEST(a_flow_that_waits_for_its_period_goes_as_well)
{
    for (int i = 0; i < 12; i++)
        packet(1, ACK);
    packets(2, MOST + 1);
    recorder.now = START + 61 * SECOND;
    packet(9, SYN);
    ck_assert_uint_eq(recorder_count(&recorder, FC_HOOK_PERIODIC), 0);
    recorder_finish(&recorder);
    ck_assert_uint_eq(ended(), MOST + 2);
}
END_TEST

/* What is over at the packet's time is no longer there. */
START_TEST(a_flow_that_is_over_makes_room_by_itself)
{
    packets(1, MOST);
    recorder.now = START + 61 * SECOND;
    packet(MOST + 1, SYN);
    ck_assert_uint_eq(ended(), MOST);
    ck_assert_uint_eq(evicted(), 0);
}
END_TEST

START_TEST(a_packet_of_a_flow_that_made_room_begins_a_new_one)
{
    packets(1, MOST + 1);
    packet(1, ACK);
    ck_assert_uint_eq(evicted(), 2);
    ck_assert_uint_eq(worker_counters(recorder.worker)->flows, MOST + 2);
    recorder_finish(&recorder);
    ck_assert_uint_eq(ended(), MOST + 2);
}
END_TEST

START_TEST(a_bound_of_one_flow_holds)
{
    recorder_close(&recorder);
    recorder_open_bounded(&recorder, 1);
    packets(1, 20);
    ck_assert_uint_eq(ended(), 19);
    recorder_finish(&recorder);
    ck_assert_uint_eq(ended(), 20);
    ck_assert_uint_eq(recorder_count(&recorder, FC_HOOK_DETECTED), 20);
}
END_TEST

START_TEST(the_parts_of_all_workers_are_the_whole)
{
    static const unsigned all[] = { 64, 65, 100, 127, 1000000, 100000000 };

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        for (unsigned workers = 1; workers <= 64; workers++) {
            unsigned sum = 0;

            for (unsigned number = 0; number < workers; number++)
                sum += flow_limit_share(all[i], workers, number);
            ck_assert_uint_eq(sum, all[i]);
        }
}
END_TEST

START_TEST(a_worker_has_one_flow_at_least)
{
    ck_assert_uint_eq(flow_limit_share(1, 64, 0), 1);
    ck_assert_uint_eq(flow_limit_share(1, 64, 63), 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("flow limit");
    TCase *tests = tcase_create("flow limit");

    tcase_add_checked_fixture(tests, open_recorder, close_recorder);
    tcase_add_test(tests, as_many_flows_as_allowed_are_no_reason_to_end_one);
    tcase_add_test(tests, for_one_more_flow_one_ends);
    tcase_add_test(tests, it_is_said_once_that_there_are_too_many);
    tcase_add_test(tests, a_flow_that_makes_room_has_each_hook_once);
    tcase_add_test(tests,
                   a_flow_that_was_detected_before_is_not_detected_again);
    tcase_add_test(
        tests, the_hooks_of_a_flow_that_makes_room_are_of_that_packets_time);
    tcase_add_test(tests, a_packet_makes_its_flow_the_last_to_go);
    tcase_add_test(tests,
                   a_closed_flow_goes_first_when_it_is_the_longest_silent);
    tcase_add_test(tests, a_closed_flow_stays_when_another_is_longer_silent);
    tcase_add_test(tests, of_flows_of_one_moment_the_closed_one_goes);
    tcase_add_test(tests, a_flow_that_waits_for_its_period_goes_as_well);
    tcase_add_test(tests, a_flow_that_is_over_makes_room_by_itself);
    tcase_add_test(tests, a_packet_of_a_flow_that_made_room_begins_a_new_one);
    tcase_add_test(tests, a_bound_of_one_flow_holds);
    tcase_add_test(tests, the_parts_of_all_workers_are_the_whole);
    tcase_add_test(tests, a_worker_has_one_flow_at_least);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
