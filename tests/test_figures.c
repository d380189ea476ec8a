/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The figures of a hook are exact: a series of flows, of which each has its
 * fate, and the numbers that must come of it.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "mock_expect.h"
#include "mock_flow.h"
#include "run_suite.h"

#define CONF "{\"limits\": {\"run_ms\": 10000}}"

static struct mock_host *host;
static struct mock_instance *instance;

/* The port decides what becomes of the run. */
static const char script[] =
    "local port = flow.srv_port()\n"
    "if port == 1 then flow.triggerAlert(1, 'one') end\n"
    "if port == 2 then error('two') end\n"
    "if port == 3 then flow.triggerAlert(300, 'three') end\n"
    "if port == 4 then flow.triggerAlert('four') end\n"
    "if port == 5 then os.exit() end\n"
    "if port == 6 then local s = ('x'):rep(400000) s = s .. s end\n"
    "if port == 7 then flow.triggerAlert(7, 'seven') error('after') end\n"
    "if port == 8 then flow.triggerAlert(1, 'a') flow.triggerAlert(2, 'b') "
    "end\n";

static void set_up(void)
{
    host = mock_host_new();
    host->script_conf = CONF;
    instance = mock_start_script(host, script);
}

static void tear_down(void)
{
    mock_host_free(host);
}

/* So many flows to a port, seen last at as many seconds. */
static struct fc_stats run(uint16_t port, unsigned count)
{
    struct fc_flow flow = mock_any_flow();

    flow.srv_port = port;
    flow.last_seen = port * INT64_C(1000000);
    for (unsigned i = 0; i < count; i++)
        mock_run(instance, FC_HOOK_DETECTED, &flow);
    return mock_stats(instance, FC_HOOK_DETECTED);
}

static struct fc_stats run_with_fate(enum fc_alert_fate fate, uint16_t port,
                                     unsigned count)
{
    host->fate = fate;
    return run(port, count);
}

START_TEST(a_hook_that_has_run_nothing_has_no_figures)
{
    struct fc_stats stats = mock_stats(instance, FC_HOOK_DETECTED);
    static const uint64_t none[FC_FAILURES_MAX];

    ck_assert_int_eq(stats.state, FC_HOOK_READY);
    ck_assert_ptr_nonnull(strstr(stats.script, MOCK_SCRIPT));
    ck_assert_uint_eq(stats.runs + stats.ok + stats.skipped + stats.reloads, 0);
    ck_assert_uint_eq(
        stats.alerts + stats.duplicates + stats.over_limit + stats.clamped, 0);
    ck_assert_mem_eq(stats.failures, none, sizeof none);
    ck_assert_uint_eq(stats.timed + stats.time_total + stats.time_max, 0);
    ck_assert_uint_eq(stats.collections, 0);
    ck_assert_ptr_null(stats.last_error);
    ck_assert_uint_gt(stats.memory_used, 0);
    ck_assert_uint_ge(stats.memory_peak, stats.memory_used);
}
END_TEST

START_TEST(every_flow_of_a_series_is_counted_where_it_belongs)
{
    struct fc_stats stats;

    run(0, 5);                               /* nothing */
    run(1, 3);                               /* alerts */
    run(2, 4);                               /* errors */
    run(3, 2);                               /* clamped alerts */
    run(4, 6);                               /* bad arguments */
    run(5, 7);                               /* blocked names */
    run(7, 2);                               /* an alert, then an error */
    run(8, 3);                               /* two alerts */
    run_with_fate(FC_ALERT_DUPLICATE, 1, 4); /* duplicates */
    run_with_fate(FC_ALERT_LIMIT, 8, 2);     /* two over the limit */
    run_with_fate(FC_ALERT_FAILED, 1, 1);    /* an alert that was lost */
    run(6, 1);                               /* stopped */
    run(0, 1);                               /* skipped */
    stats = run(0, 1);                       /* nothing */
    ck_assert_uint_eq(stats.runs, 41);
    ck_assert_uint_eq(stats.ok, 21);
    ck_assert_uint_eq(stats.skipped, 1);
    ck_assert_uint_eq(stats.failures[FC_FAILURE_RUNTIME], 4 + 2);
    ck_assert_uint_eq(stats.failures[FC_FAILURE_ARGUMENT], 6);
    ck_assert_uint_eq(stats.failures[FC_FAILURE_BLOCKED], 7);
    ck_assert_uint_eq(stats.failures[FC_FAILURE_MEMORY], 1);
    ck_assert_uint_eq(stats.alerts, 3 + 2 + 2 + 3 * 2);
    ck_assert_uint_eq(stats.clamped, 2);
    ck_assert_uint_eq(stats.duplicates, 4);
    ck_assert_uint_eq(stats.over_limit, 2 * 2);
    ck_assert_uint_eq(host->alert_count, 13 + 4 + 4 + 1);
    ck_assert_uint_eq(stats.timed, 3); /* the 1st, 17th and 33rd */
    ck_assert_uint_eq(stats.collections, 1);
    ck_assert_uint_gt(stats.memory_peak, 400000);
    ck_assert_uint_lt(stats.memory_used, 400000);
}
END_TEST

START_TEST(the_last_error_says_where_and_its_time_is_that_of_the_flow)
{
    struct fc_stats stats = run(2, 1);

    ck_assert_ptr_nonnull(strstr(stats.last_error, MOCK_SCRIPT_NAME ":3: two"));
    ck_assert_int_eq(stats.last_error_time, 2000000);
    stats = run(4, 1);
    ck_assert_ptr_nonnull(strstr(stats.last_error, MOCK_SCRIPT_NAME ":5: "));
    ck_assert_int_eq(stats.last_error_time, 4000000);
    stats = run(0, 10);
    ck_assert_ptr_nonnull(strstr(stats.last_error, MOCK_SCRIPT_NAME ":5: "));
    ck_assert_int_eq(stats.last_error_time, 4000000);
}
END_TEST

START_TEST(figures_go_on_over_new_settings)
{
    struct fc_stats stats;

    run(1, 3);
    run(6, 1);
    ck_assert_int_eq(mock_config(instance, CONF), FC_OK);
    stats = run(1, 2);
    ck_assert_uint_eq(stats.runs, 6);
    ck_assert_uint_eq(stats.alerts, 5);
    ck_assert_uint_eq(stats.failures[FC_FAILURE_MEMORY], 1);
    ck_assert_uint_eq(stats.collections, 1);
    ck_assert_uint_gt(stats.memory_peak, 400000);
}
END_TEST

START_TEST(what_globals_hold_shows_in_the_memory)
{
    struct fc_stats before, after;

    mock_write(host, MOCK_SCRIPT,
               "if flow.srv_port() == 1 then held = ('x'):rep(300000) end");
    ck_assert_int_eq(mock_config(instance, CONF), FC_OK);
    before = run(0, 1);
    after = run(1, 1);
    ck_assert_uint_ge(after.memory_used, before.memory_used + 290000);
    ck_assert_uint_ge(after.memory_peak, after.memory_used);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("figures");
    TCase *tests = tcase_create("figures");

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_hook_that_has_run_nothing_has_no_figures);
    tcase_add_test(tests, every_flow_of_a_series_is_counted_where_it_belongs);
    tcase_add_test(tests,
                   the_last_error_says_where_and_its_time_is_that_of_the_flow);
    tcase_add_test(tests, figures_go_on_over_new_settings);
    tcase_add_test(tests, what_globals_hold_shows_in_the_memory);
    return run_suite(suite);
}
