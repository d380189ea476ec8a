/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What scripts print reaches the log at a bounded rate: so much at once, and as
 * much again in 256 seconds; what is dropped is counted and said.
 */
#include <check.h>
#include <stdlib.h>

#include "mock_expect.h"
#include "mock_flow.h"
#include "run_suite.h"

#define SECOND UINT64_C(1000000000)

static struct mock_host *host;
static struct fc_flow flow;

static void set_up(void)
{
    host = mock_host_new();
    host->script_conf = "{\"limits\": {\"run_ms\": 10000, \"output_kb\": 1}}";
    flow = mock_any_flow();
    host->time = SECOND;
}

static void tear_down(void)
{
    mock_host_free(host);
}

/* 32 bytes count for a line itself: 16 lines of this fit in 1 KB. */
static const char print_20[] = "for i = 1, 20 do print(('x'):rep(32)) end";

START_TEST(a_script_prints_so_much_at_once_and_no_more)
{
    struct mock_instance *instance = mock_run_script(host, print_20, &flow);

    expect_line_count(host, FC_LOG_OUTPUT, 16);
    expect_only_line(host, FC_LOG_WARNING, "1 more line was printed");
    for (int i = 0; i < 100; i++)
        mock_run(instance, FC_HOOK_DETECTED, &flow);
    expect_line_count(host, FC_LOG_OUTPUT, 16);
    expect_line_count(host, FC_LOG_WARNING, 1);
}
END_TEST

START_TEST(as_much_may_be_printed_again_after_256_seconds)
{
    struct mock_instance *instance = mock_run_script(host, print_20, &flow);

    host->time += 128 * SECOND;
    mock_run(instance, FC_HOOK_DETECTED, &flow);
    expect_line_count(host, FC_LOG_OUTPUT, 24);
    host->time += 1000 * SECOND;
    mock_run(instance, FC_HOOK_DETECTED, &flow);
    expect_line_count(host, FC_LOG_OUTPUT, 40);
}
END_TEST

START_TEST(what_was_dropped_is_said_once_a_minute_and_at_the_end)
{
    struct mock_instance *instance = mock_run_script(host, print_20, &flow);

    mock_run(instance, FC_HOOK_DETECTED, &flow);
    expect_line_count(host, FC_LOG_WARNING, 1);
    host->time += 60 * SECOND; /* gives room for three lines */
    mock_run(instance, FC_HOOK_DETECTED, &flow);
    expect_line(host, FC_LOG_WARNING,
                "24 more lines were printed than may be "
                "logged; limits.output_kb in script_conf "
                "is the limit");
    expect_line_count(host, FC_LOG_WARNING, 2);
    mock_disable(instance);
    expect_line(host, FC_LOG_WARNING, "16 more lines were printed");
}
END_TEST

START_TEST(what_was_dropped_is_said_of_the_script_that_printed_it)
{
    struct mock_instance *instance = mock_run_script(host, print_20, &flow);
    char *conf;

    mock_run(instance, FC_HOOK_DETECTED, &flow);
    mock_write(host, "other.lua", "local n = 1");
    conf = mock_conf_of_script(host, "other.lua");
    ck_assert_int_eq(mock_config(instance, conf), FC_OK);
    free(conf);
    mock_disable(instance);
    expect_line(host, FC_LOG_WARNING,
                MOCK_SCRIPT ": 23 more lines were printed");
}
END_TEST

START_TEST(the_default_is_a_megabyte)
{
    host->script_conf = "{\"limits\": {\"run_ms\": 10000}}";
    mock_run_script(host, "for i = 1, 1100 do print(('x'):rep(992)) end",
                    &flow);
    expect_line_count(host, FC_LOG_OUTPUT, 1024);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("printer");
    TCase *tests = tcase_create("printer");

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_script_prints_so_much_at_once_and_no_more);
    tcase_add_test(tests, as_much_may_be_printed_again_after_256_seconds);
    tcase_add_test(tests,
                   what_was_dropped_is_said_once_a_minute_and_at_the_end);
    tcase_add_test(tests,
                   what_was_dropped_is_said_of_the_script_that_printed_it);
    tcase_add_test(tests, the_default_is_a_megabyte);
    return run_suite(suite);
}
