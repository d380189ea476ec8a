/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What host/batch.h promises: what fits, whole frames, and whose they are. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "batch.h"
#include "packets.h"
#include "run_suite.h"

static struct worker_counters counters;
static struct intake *intake;
static struct batch *batch;

static void set_up(void)
{
    memset(&counters, 0, sizeof counters);
    intake = intake_new(&counters);
    batch = calloc(1, sizeof *batch);
    ck_assert(intake != NULL && batch != NULL);
}

static void tear_down(void)
{
    free(batch);
    intake_free(intake);
}

static struct capture_frame framed(const struct frame *frame, int64_t time)
{
    return (struct capture_frame){ .data = frame->bytes,
                                   .captured = frame->len,
                                   .wire_len = frame->len,
                                   .time = time,
                                   .link_type = frame->link_type };
}

/* Adds a frame, and returns its owner among so many workers. */
static unsigned add(const struct frame_spec *spec, unsigned workers)
{
    struct frame frame;
    struct capture_frame captured;

    frame_build(&frame, spec);
    captured = framed(&frame, 1000 + batch->count);
    ck_assert(batch_takes(batch, "a", &captured));
    batch_add(batch, "a", &captured, intake, workers);
    return batch->owner[batch->count - 1];
}

START_TEST(both_directions_and_all_flows_of_two_hosts_have_one_owner)
{
    for (unsigned i = 1; i < 40; i++) {
        char host[32];
        unsigned owner;

        snprintf(host, sizeof host, "192.0.2.%u", i);
        owner = add(FRAME(.src = host, .proto = IPPROTO_UDP, .sport = 1000), 7);
        ck_assert_uint_lt(owner, 7);
        ck_assert_uint_eq(owner, add(FRAME(.src = "10.0.0.2", .dst = host,
                                           .proto = IPPROTO_TCP, .dport = 80),
                                     7));
        ck_assert_uint_eq(owner, add(FRAME(.src = host, .proto = IPPROTO_UDP,
                                           .fragment_id = i, .sport = 1,
                                           .more_fragments = true),
                                     7));
        ck_assert_uint_eq(owner,
                          add(FRAME(.src = host, .proto = IPPROTO_UDP,
                                    .fragment_id = i, .fragment_offset = 8),
                              7));
    }
}
END_TEST

static const char *const families[] = { "10.20.%u.%u", "2001:db8::%x:%x" };

/* With 1000 pairs a worker of 4 has 250; a fair coin is 5 deviations off. */
START_TEST(pairs_of_hosts_are_spread_evenly)
{
    unsigned owned[4] = { 0 };

    for (unsigned i = 0; i < 1000; i++) {
        char host[64];

        snprintf(host, sizeof host, families[_i], i / 250, i % 250);
        batch_clear(batch);
        owned[add(FRAME(.src = host, .dst = _i ? "2001:db8::9:9" : "10.0.0.1",
                        .proto = IPPROTO_UDP),
                  4)]++;
    }
    for (int i = 0; i < 4; i++)
        ck_assert_uint_ge(owned[i], 250 - 70);
}
END_TEST

START_TEST(what_is_of_no_flow_is_counted_and_nobodys)
{
    ck_assert_uint_eq(add(FRAME(.proto = IPPROTO_UDP, .fragment_offset = 8), 4),
                      BATCH_NOBODY);
    ck_assert_uint_eq(counters.packets, 1);
    ck_assert_uint_eq(counters.lost_fragments, 1);
    ck_assert_int_eq(batch->time[0], 1000);
}
END_TEST

START_TEST(a_packet_points_into_the_batch)
{
    const char *end = (const char *)batch->bytes + sizeof batch->bytes;
    const struct packet *packet = &batch->packet[1];

    add(FRAME(.proto = IPPROTO_UDP), 2);
    add(FRAME(.proto = IPPROTO_UDP, .payload = "hello", .payload_len = 5), 2);
    ck_assert_mem_eq(packet->payload, "hello", 5);
    ck_assert((const char *)packet->payload > (const char *)batch->bytes &&
              (const char *)packet->payload < end);
}
END_TEST

START_TEST(a_batch_is_of_one_file)
{
    struct frame frame;
    struct capture_frame captured;

    frame_build(&frame, FRAME(.proto = IPPROTO_UDP));
    captured = framed(&frame, 0);
    ck_assert(batch_takes(batch, "b", &captured));
    add(FRAME(.proto = IPPROTO_UDP), 2);
    ck_assert(!batch_takes(batch, "b", &captured));
    batch_clear(batch);
    ck_assert(batch_takes(batch, "b", &captured));
}
END_TEST

START_TEST(a_batch_is_full_after_so_many_frames)
{
    struct frame frame;
    struct capture_frame captured;

    frame_build(&frame, FRAME(.proto = IPPROTO_UDP));
    captured = framed(&frame, 0);
    for (int i = 0; i < BATCH_FRAMES; i++)
        add(FRAME(.proto = IPPROTO_UDP), 2);
    ck_assert(!batch_takes(batch, "a", &captured));
}
END_TEST

/* Only the bytes at the end of a frame that nothing could be in are left out.
 */
START_TEST(a_batch_is_full_after_so_many_bytes)
{
    static uint8_t bytes[BATCH_BYTES + 100];
    struct frame frame;
    struct capture_frame captured;

    frame_build(&frame, FRAME(.proto = IPPROTO_UDP));
    memcpy(bytes, frame.bytes, frame.len);
    captured = framed(&frame, 0);
    captured.data = bytes;
    captured.captured = captured.wire_len = sizeof bytes;
    ck_assert(batch_takes(batch, "a", &captured));
    batch_add(batch, "a", &captured, intake, 2);
    ck_assert_uint_ne(batch->owner[0], BATCH_NOBODY);
    ck_assert_uint_eq(batch->used, BATCH_BYTES);
    ck_assert_uint_eq(counters.bytes, sizeof bytes);
    captured.captured = 1;
    ck_assert(!batch_takes(batch, "a", &captured));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("batches");
    TCase *tests = tcase_create("batches");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests,
                   both_directions_and_all_flows_of_two_hosts_have_one_owner);
    tcase_add_loop_test(tests, pairs_of_hosts_are_spread_evenly, 0, 2);
    tcase_add_test(tests, what_is_of_no_flow_is_counted_and_nobodys);
    tcase_add_test(tests, a_packet_points_into_the_batch);
    tcase_add_test(tests, a_batch_is_of_one_file);
    tcase_add_test(tests, a_batch_is_full_after_so_many_frames);
    tcase_add_test(tests, a_batch_is_full_after_so_many_bytes);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
