/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The limit of memory: it stops who holds too much, lets go who makes garbage,
 * and changes no result. Time is plentiful here, so that only memory is judged.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cpu_time.h"
#include "mock_expect.h"
#include "mock_flow.h"
#include "run_suite.h"

#define COUNT(array) (int)(sizeof(array) / sizeof(array)[0])
/* Twice memory_kb and a megabyte, as the manual says. */
#define PEAK_MAX (2 * 4096 * 1024 + 1024 * 1024)

static struct mock_host *host;
static struct fc_flow flow;

static void set_up(void)
{
    host = mock_host_new();
    flow = mock_any_flow();
}

static void tear_down(void)
{
    mock_host_free(host);
}

static struct fc_stats run(const char *script, int flows)
{
    struct mock_instance *instance = mock_start_script(host, script);

    for (int i = 0; i < flows; i++)
        mock_run(instance, FC_HOOK_DETECTED, &flow);
    return mock_stats(instance, FC_HOOK_DETECTED);
}

static const char *const hoards[] = {
    "local t = {} for i = 1, 1e8 do t[i] = i end",
    "local t = {} for i = 1, 1e8 do t['k' .. i] = i end",
    "local t = {} for i = 1, 1e8 do t[i] = function() return i end end",
    "local t = {} for i = 1, 1e8 do t[i] = ('x'):rep(1000) .. i end",
    "local s = 'x' while true do s = s .. s end",
    "local s = ('y'):rep(100000) return ('x'):rep(1000):gsub('x', s)",
    "local function f() return 1 + f() end f()",
    "pcall(function() local t = {} for i = 1, 1e8 do t[i] = i end end) f()",
};

START_TEST(a_run_that_holds_too_much_is_stopped_within_twice_the_limit)
{
    struct fc_stats stats = run(hoards[_i], 1);

    ck_assert_msg(stats.failures[FC_FAILURE_MEMORY] == 1, "%s", hoards[_i]);
    ck_assert_msg(stats.memory_peak <= PEAK_MAX, "peak %llu: %s",
                  (unsigned long long)stats.memory_peak, hoards[_i]);
}
END_TEST

/* None of them grows a table, which would be twice there for a moment. */
static const char *const heaps[] = {
    "local t while true do t = {t} end",
    "local f while true do local g = f f = function() return g end end",
    "local t while true do t = {t, ('x'):rep(500) .. tostring(t)} end",
};

START_TEST(small_things_are_stopped_before_they_come_to_the_limit)
{
    struct fc_stats stats = run(heaps[_i], 1);

    ck_assert_uint_eq(stats.failures[FC_FAILURE_MEMORY], 1);
    ck_assert_uint_le(stats.memory_peak, 4096 * 1024);
}
END_TEST

START_TEST(no_string_is_longer_than_512_kb)
{
    struct fc_stats stats = run("s = s and s .. s or ('x'):rep(200 * 1024)\n"
                                "flow.triggerAlert(1, '' .. #s)",
                                3);

    ck_assert_uint_eq(stats.ok, 2);
    ck_assert_uint_eq(stats.failures[FC_FAILURE_MEMORY], 1);
    expect_alert(host, 1, 1, "409600");
}
END_TEST

/* Compiling cannot be interrupted, so it is refused memory in the end. */
START_TEST(a_program_that_takes_too_much_memory_does_not_load)
{
    const size_t size = 1000 * 1024;
    char *script = malloc(size + 1);
    struct fc_stats stats;
    size_t len = 0;

    ck_assert_ptr_nonnull(script);
    for (unsigned i = 0; len + 20 < size; i++)
        len += (size_t)snprintf(script + len, size - len, "a%u={}", i);
    host->script_conf = "{\"limits\": {\"run_ms\": 10000, \"script_kb\": 1024, "
                        "\"memory_kb\": 512}}";
    stats = run(script, 1);
    free(script);
    ck_assert_int_eq(stats.state, FC_HOOK_BROKEN);
    ck_assert_uint_eq(stats.failures[FC_FAILURE_MEMORY], 1);
    ck_assert_uint_le(stats.memory_peak, 2 * 512 * 1024 + 1024 * 1024);
}
END_TEST

START_TEST(the_flow_after_a_stopped_run_finds_the_memory_free)
{
    struct fc_stats stats = run("n = (n or 0) + 1\n"
                                "if n == 1 then local t = {}\n"
                                "for i = 1, 1e8 do t[i] = i end end\n"
                                "flow.triggerAlert(1, 'run ' .. n)\n",
                                3); /* the second is skipped */

    ck_assert_uint_eq(stats.ok, 1);
    expect_only_alert(host, "run 2");
}
END_TEST

/* Runs a script that calls make(ROUNDS), fewer where a tool slows it down. */
static struct fc_stats make_garbage(const char *make, int rounds)
{
    char script[512];

    snprintf(script, sizeof script, "%s\nmake(%.0f)\n", make,
             rounds / slowness());
    return run(script, 2);
}

START_TEST(garbage_stops_nobody)
{
    struct fc_stats stats =
        make_garbage("local function make(rounds)\n"
                     "for i = 1, rounds do\n"
                     "local t = {i, i, i, ('x'):rep(500)} end end",
                     100000);

    ck_assert_uint_eq(stats.ok, 2);
    expect_quiet(host);
}
END_TEST

/* Each alarm here is answered by a collection, many times in one run. */
START_TEST(garbage_stops_nobody_who_holds_two_megabytes)
{
    struct fc_stats stats =
        make_garbage("held = held or {}\n"
                     "for i = #held + 1, 2000 do\n"
                     "held[i] = ('x'):rep(1000) .. i end\n"
                     "local function make(rounds)\n"
                     "for i = 1, rounds do\n"
                     "local t = ('y'):rep(500) .. i end end",
                     60000);

    ck_assert_uint_eq(stats.ok, 2);
    ck_assert_uint_gt(stats.memory_used, 2000 * 1000);
    expect_quiet(host);
}
END_TEST

/*
 * Memory is filled until the alarm must come while gsub's buffer grows (at
 * 2730 KB, two thirds of 4096): the match that begins then must not be lost.
 * The two texts have their matches at odd and at even places.
 */
/* A run that fails is not stopped: nothing is collected for it. */
START_TEST(a_run_that_fails_causes_no_full_collection)
{
    struct fc_stats stats = run("if not kept then\n"
                                "   kept = { s = ('x'):rep(60000) }\n"
                                "   for i = 1, 16000 do kept[i] = {} end\n"
                                "end\n"
                                "for i = 1, 100 do local garbage = {} end\n"
                                "error('failed')",
                                2000);

    ck_assert_uint_eq(stats.failures[FC_FAILURE_RUNTIME], 2000);
    ck_assert_uint_gt(stats.memory_peak, 4096 * 1024 / 12 * 7);
    ck_assert_uint_eq(stats.collections, 0);
}
END_TEST

START_TEST(an_alarm_before_a_match_does_not_hide_it)
{
    char script[1024];

    snprintf(script, sizeof script,
             "local held, wrong, tries = {}, 0, 0\n"
             "for i = 1, 1700 do held[i] = ('x'):rep(1000) .. i end\n"
             "local texts = {('-a'):rep(60000), '-' .. ('-a'):rep(60000)}\n"
             "for i = 1, %d do\n"
             "  local k, full = 0, false\n"
             "  repeat k = k + 1 local w = ('w'):rep(1000) .. k .. i\n"
             "    local count = collectgarbage('count')\n"
             "    full = count > 2680 and count < 2725\n"
             "  until full or k > 5000\n"
             "  if full then tries = tries + 1 end\n"
             "  local _, count = texts[i %% 2 + 1]:gsub('a', 'c')\n"
             "  if count ~= 60000 then wrong = wrong + 1 end\n"
             "end\n"
             "flow.triggerAlert(tries > 0 and 1 or 2, #held .. ' ' .. wrong)\n",
             slowness() < 10 ? 8 : 2);
    run(script, 1);
    expect_alert_count(host, 1);
    expect_alert(host, 0, 1, "1700 0");
}
END_TEST

START_TEST(a_vm_that_globals_have_filled_starts_anew)
{
    struct fc_stats stats = run("all = all or {}\n"
                                "for i = 1, 200 do\n"
                                "all[#all + 1] = ('x'):rep(1000) .. #all end\n"
                                "if #all == 200 then\n"
                                "flow.triggerAlert(1, 'fresh') end\n",
                                40);

    ck_assert_uint_ge(stats.failures[FC_FAILURE_MEMORY], 1);
    ck_assert_uint_ge(stats.duplicates + stats.alerts, 2);
    ck_assert_uint_le(stats.memory_peak, PEAK_MAX);
    expect_line(host, FC_LOG_WARNING, "it starts anew without them");
}
END_TEST

START_TEST(a_vm_that_one_run_has_filled_starts_anew)
{
    struct fc_stats stats = run("n = (n or 0) + 1\n"
                                "flow.triggerAlert(n, 'run ' .. n)\n"
                                "if n == 3 then while true do\n"
                                "all = {all} end end\n",
                                5); /* the fourth is skipped */

    ck_assert_uint_eq(stats.failures[FC_FAILURE_MEMORY], 1);
    expect_alert_count(host, 4);
    expect_alert(host, 3, 1, "run 1");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("limits_memory");
    TCase *tests = tcase_create("memory");

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(
        tests, a_run_that_holds_too_much_is_stopped_within_twice_the_limit, 0,
        COUNT(hoards));
    tcase_add_loop_test(tests,
                        small_things_are_stopped_before_they_come_to_the_limit,
                        0, COUNT(heaps));
    tcase_add_test(tests, no_string_is_longer_than_512_kb);
    tcase_add_test(tests, a_program_that_takes_too_much_memory_does_not_load);
    tcase_add_test(tests, the_flow_after_a_stopped_run_finds_the_memory_free);
    tcase_add_test(tests, garbage_stops_nobody);
    tcase_add_test(tests, garbage_stops_nobody_who_holds_two_megabytes);
    tcase_add_test(tests, a_run_that_fails_causes_no_full_collection);
    tcase_add_test(tests, an_alarm_before_a_match_does_not_hide_it);
    tcase_add_test(tests, a_vm_that_globals_have_filled_starts_anew);
    tcase_add_test(tests, a_vm_that_one_run_has_filled_starts_anew);
    return run_suite(suite);
}
