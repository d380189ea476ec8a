/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What becomes of a script that makes trouble: it skips flows after it had to
 * be stopped, more each time, and is switched off when that does not help; each
 * kind of failure has its counter; the log says what, where, and, of common
 * mistakes, what to do, and stays short.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "mock_expect.h"
#include "mock_flow.h"
#include "run_suite.h"

#define COUNT(array) (int)(sizeof(array) / sizeof(array)[0])
#define MINUTE UINT64_C(60000000000)
/* Time is plentiful, so that only memory stops a run, and does so quickly. */
#define CONF(kills) "{\"limits\": {\"run_ms\": 10000, \"kills\": " #kills "}}"
#define STOPPED_PORT 666
#define FAILING_PORT 667

static struct mock_host *host;
static struct fc_flow good, stopped, failing;

static void set_up(void)
{
    host = mock_host_new();
    host->script_conf = CONF(1000000);
    good = mock_any_flow();
    stopped = good;
    stopped.srv_port = STOPPED_PORT;
    failing = good;
    failing.srv_port = FAILING_PORT;
}

static void tear_down(void)
{
    mock_host_free(host);
}

/* The flow decides what becomes of the run. */
static const char script[] = "local port = flow.srv_port()\n"
                             "if port == 666 then\n"
                             "    local s = ('x'):rep(400000)\n"
                             "    s = s .. s\n"
                             "end\n"
                             "if port == 667 then error('failed') end\n";

static struct fc_stats run(struct mock_instance *instance,
                           const struct fc_flow *flow, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        mock_run(instance, FC_HOOK_DETECTED, flow);
    return mock_stats(instance, FC_HOOK_DETECTED);
}

/* --- Skipping ------------------------------------------------------------ */

/* One run that is stopped, and so many flows that are not looked at. */
static void expect_stop_and_skip(struct mock_instance *instance, unsigned skip)
{
    struct fc_stats before = mock_stats(instance, FC_HOOK_DETECTED);
    struct fc_stats after = run(instance, &stopped, 1);

    ck_assert_uint_eq(after.failures[FC_FAILURE_MEMORY],
                      before.failures[FC_FAILURE_MEMORY] + 1);
    ck_assert_uint_eq(after.skipped, before.skipped);
    after = run(instance, &good, skip);
    ck_assert_uint_eq(after.skipped, before.skipped + skip);
    ck_assert_uint_eq(after.runs, before.runs + 1);
}

START_TEST(a_script_skips_1_2_4_and_at_most_1024_flows_after_each_stop)
{
    struct mock_instance *instance = mock_start_script(host, script);

    for (unsigned i = 0; i < 13; i++)
        expect_stop_and_skip(instance, i < 10 ? 1u << i : 1024);
    ck_assert_uint_eq(run(instance, &good, 1).ok, 1);
}
END_TEST

START_TEST(a_good_run_ends_the_row)
{
    struct mock_instance *instance = mock_start_script(host, script);

    for (unsigned skip = 1; skip <= 8; skip *= 2)
        expect_stop_and_skip(instance, skip);
    ck_assert_uint_eq(run(instance, &good, 1).ok, 1);
    expect_stop_and_skip(instance, 1);
    expect_stop_and_skip(instance, 2);
}
END_TEST

/* An error costs next to nothing: it is no reason to skip. */
START_TEST(an_error_skips_nothing_and_ends_the_row)
{
    struct mock_instance *instance = mock_start_script(host, script);

    expect_stop_and_skip(instance, 1);
    ck_assert_uint_eq(run(instance, &failing, 20).failures[FC_FAILURE_RUNTIME],
                      20);
    ck_assert_uint_eq(mock_stats(instance, FC_HOOK_DETECTED).skipped, 1);
    expect_stop_and_skip(instance, 1);
    ck_assert_uint_eq(run(instance, &good, 1).ok, 1);
}
END_TEST

START_TEST(a_stopped_hook_skips_alone)
{
    struct mock_instance *instance;

    mock_write(host, MOCK_END_SCRIPT, "flow.triggerAlert(1, 'end')");
    instance = mock_start_script(host, script);
    run(instance, &stopped, 1);
    mock_run(instance, FC_HOOK_END, &good);
    expect_only_alert(host, "end");
}
END_TEST

/* --- Switching off ------------------------------------------------------- */

static struct mock_instance *switch_off(unsigned kills)
{
    struct mock_instance *instance = mock_start_script(host, script);

    for (unsigned i = 0; i < kills; i++) {
        ck_assert_int_eq(mock_stats(instance, FC_HOOK_DETECTED).state,
                         FC_HOOK_READY);
        run(instance, &stopped, 1);
        if (i + 1 < kills)
            run(instance, &good, i < 10 ? 1u << i : 1024);
    }
    ck_assert_int_eq(mock_stats(instance, FC_HOOK_DETECTED).state, FC_HOOK_OFF);
    return instance;
}

START_TEST(a_script_is_switched_off_after_so_many_stops_and_one_line_says_so)
{
    struct mock_instance *instance;
    struct fc_stats before, after;

    host->script_conf = CONF(3);
    instance = switch_off(3);
    before = mock_stats(instance, FC_HOOK_DETECTED);
    after = run(instance, &good, 3000);
    ck_assert_uint_eq(after.runs, before.runs);
    ck_assert_uint_eq(after.skipped, before.skipped + 3000);
    expect_line(host, FC_LOG_ERROR,
                MOCK_SCRIPT ": switched off: 3 runs had to be stopped, with "
                            "fewer than 1000 good ones for each; it runs again "
                            "when its file changes or the check is enabled "
                            "anew");
}
END_TEST

/* Good runs in between end the row, and the skipping; they forgive little. */
START_TEST(a_script_that_is_stopped_at_every_other_flow_is_switched_off)
{
    struct mock_instance *instance;

    host->script_conf = CONF(16);
    instance = mock_start_script(host, script);
    for (int i = 0; i < 16; i++) {
        run(instance, &stopped, 1);
        run(instance, &good, 2);
    }
    ck_assert_int_eq(mock_stats(instance, FC_HOOK_DETECTED).state, FC_HOOK_OFF);
    ck_assert_uint_eq(mock_stats(instance, FC_HOOK_DETECTED).ok, 15);
}
END_TEST

START_TEST(a_thousand_good_runs_make_up_for_a_stop)
{
    struct mock_instance *instance;

    host->script_conf = CONF(2);
    instance = mock_start_script(host, script);
    for (int i = 0; i < 5; i++) {
        run(instance, &stopped, 1);
        run(instance, &good, 1001);
        ck_assert_int_eq(mock_stats(instance, FC_HOOK_DETECTED).state,
                         FC_HOOK_READY);
    }
    run(instance, &stopped, 1);
    run(instance, &good, 1000);
    run(instance, &stopped, 1);
    ck_assert_int_eq(mock_stats(instance, FC_HOOK_DETECTED).state, FC_HOOK_OFF);
}
END_TEST

START_TEST(the_limit_of_stops_is_16_unless_set)
{
    host->script_conf = "{\"limits\": {\"run_ms\": 10000}}";
    switch_off(16);
}
END_TEST

START_TEST(new_settings_switch_a_script_on_again)
{
    struct mock_instance *instance;

    host->script_conf = CONF(2);
    instance = switch_off(2);
    ck_assert_int_eq(mock_config(instance, host->script_conf), FC_OK);
    ck_assert_uint_eq(run(instance, &good, 1).ok, 1);
    expect_stop_and_skip(instance, 1);
}
END_TEST

static bool has_run_well(const struct fc_stats *stats)
{
    return stats->ok > 0;
}

START_TEST(a_changed_file_switches_a_script_on_again)
{
    struct mock_instance *instance;

    host->script_conf = CONF(2);
    instance = switch_off(2);
    mock_write(host, MOCK_SCRIPT, "flow.triggerAlert(1, 'changed')");
    mock_run_until(instance, &good, has_run_well);
    ck_assert_int_eq(mock_stats(instance, FC_HOOK_DETECTED).state,
                     FC_HOOK_READY);
    expect_only_alert(host, "changed");
}
END_TEST

/* --- The log ------------------------------------------------------------- */

START_TEST(a_minute_of_the_same_failure_is_one_line_with_their_number)
{
    struct mock_instance *instance = mock_start_script(host, script);

    run(instance, &failing, 11);
    expect_line_count(host, FC_LOG_ERROR, 1);
    host->time += MINUTE - 1;
    run(instance, &failing, 1);
    expect_line_count(host, FC_LOG_ERROR, 1);
    host->time += 1;
    run(instance, &failing, 1000);
    expect_line_count(host, FC_LOG_ERROR, 2);
    expect_line(host, FC_LOG_ERROR,
                MOCK_SCRIPT ": 12 more failures in the detected hook, the "
                            "last: ");
    host->time += MINUTE;
    run(instance, &failing, 1);
    expect_line_count(host, FC_LOG_ERROR, 3);
    expect_line(host, FC_LOG_ERROR, ": 1000 more failures");
}
END_TEST

START_TEST(a_new_failure_is_said_at_once)
{
    struct mock_instance *instance = mock_start_script(host, script);

    run(instance, &failing, 100);
    run(instance, &stopped, 1);
    expect_line_count(host, FC_LOG_ERROR, 2);
    expect_line(host, FC_LOG_ERROR, ":6: failed");
    expect_line(host, FC_LOG_ERROR,
                ":4: the string would be longer than 524288 bytes");
}
END_TEST

/* --- Kinds of failures --------------------------------------------------- */

static const struct {
    const char *script;
    enum fc_failure kind;
    const char *line;
} kinds[] = {
    { "\nlocal x = = 1", FC_FAILURE_SYNTAX, "syntax error" },
    { "\nlocal x = {} + 1", FC_FAILURE_RUNTIME, "run-time error" },
    { "\nflow.triggerAlert('x', 1)", FC_FAILURE_ARGUMENT, "bad argument" },
    { "\nrequire('../x')", FC_FAILURE_ARGUMENT, "bad argument" },
    { "\nos.execute('x')", FC_FAILURE_BLOCKED, "blocked name" },
    { "\nflow.cli = nil", FC_FAILURE_BLOCKED, "blocked name" },
    { "\nwhile true do end", FC_FAILURE_TIME, "out of time" },
    { "\nlocal s = ('x'):rep(400000) s = s .. s", FC_FAILURE_MEMORY,
      "out of memory" },
    { "\nlocal t = {} for i = 1, 1e9 do t[i] = {} end", FC_FAILURE_MEMORY,
      "out of memory" },
};

static void expect_only_failure(const struct fc_stats *stats,
                                enum fc_failure kind)
{
    for (int i = 0; i < FC_FAILURES_MAX; i++)
        ck_assert_msg(stats->failures[i] == (i == (int)kind),
                      "%d failures of kind %d", (int)stats->failures[i], i);
}

START_TEST(each_kind_of_failure_has_its_counter_its_words_and_its_line)
{
    struct mock_instance *instance;
    struct fc_stats stats;
    char words[64];

    if (kinds[_i].kind == FC_FAILURE_TIME)
        host->script_conf = "{\"limits\": {\"run_ms\": 10}}";
    instance = mock_run_script(host, kinds[_i].script, &good);
    stats = mock_stats(instance, FC_HOOK_DETECTED);
    expect_only_failure(&stats, kinds[_i].kind);
    snprintf(words, sizeof words,
             ": %s in the detected hook: ", kinds[_i].line);
    expect_only_line(host, FC_LOG_ERROR, words);
    expect_line(host, FC_LOG_ERROR, host->install_dir);
    expect_line(host, FC_LOG_ERROR, MOCK_SCRIPT_NAME ":2: ");
    ck_assert_ptr_nonnull(strstr(stats.last_error, MOCK_SCRIPT_NAME ":2: "));
    ck_assert_ptr_null(strchr(stats.last_error, '\n'));
}
END_TEST

/* "not enough memory" once was all that was said. */
START_TEST(a_string_that_is_too_long_says_so_with_its_line)
{
    mock_run_script(host,
                    "local s = ('x'):rep(400000)\n"
                    "pcall(function()\n"
                    "    s = s .. s\n"
                    "end)\n",
                    &good);
    expect_only_line(host, FC_LOG_ERROR,
                     MOCK_SCRIPT_NAME
                     ":3: the string would be longer than 524288 bytes");
    mock_run_script(host, "local s = ('x'):rep(400000)\ns = s .. s", &good);
    expect_line(host, FC_LOG_ERROR,
                MOCK_SCRIPT_NAME
                ":2: the string would be longer than 524288 bytes");
}
END_TEST

START_TEST(a_traceback_leads_from_the_failure_to_the_script)
{
    mock_run_script(host,
                    "local function inner() error('here') end\n"
                    "local function outer()\n"
                    "    inner()\n"
                    "end\n"
                    "outer()\n",
                    &good);
    expect_only_line(host, FC_LOG_ERROR, ":1: here\nstack traceback:\n");
    expect_line(host, FC_LOG_ERROR, MOCK_SCRIPT_NAME ":3: in ");
    expect_line(host, FC_LOG_ERROR, MOCK_SCRIPT_NAME ":5: in main chunk");
}
END_TEST

/* --- Advice -------------------------------------------------------------- */

static const struct {
    const char *script;
    const char *advice; /* NULL: none */
} mistakes[] = {
    { "flow:cli\n", "a call needs parentheses, as in flow.cli()" },
    { "local x = flow:cli\n", "a call needs parentheses" },
    { "flow.cli\n", "a line must be a call, with parentheses" },
    { "flow.cli\nlocal x = 1\n", "a line must be a call, with parentheses" },
    { "print(flow.cli .. 'x')\n", "need parentheses: flow.cli()" },
    { "if flow.bytes > 1000 then end\n", "need parentheses: flow.bytes()" },
    { "if 1000 < flow.bytes then end\n", "need parentheses: flow.bytes()" },
    { "local x = flow.bytes + 1\n", "need parentheses: flow.bytes()" },
    { "local x = 1 + flow.bytes\n", "need parentheses: flow.bytes()" },
    { "local x = flow.dns.query\n", "need parentheses: flow.dns().query" },
    { "if flow.srv_port() < '1024' then end\n", "write 53, not \"53\"" },
    { "if flow.srv_port() >= '1024' then end\n", "write 53, not \"53\"" },
    { "local x = flow.dns().query\n", "nil on a flow of another protocol" },
    { "local dns = flow.dns()\nlocal x = dns.query\n",
      "nil on a flow of another protocol" },
    { "local dns = { }\nlocal x = dns.query:len()\n",
      "a value that is not known is nil: test it first" },
    { "if flow.cli() then\n", "is not closed by an end" },
    { "for i = 1, 2 do\nif i then\nend\n", "is not closed by an end" },
    { "local function f()\n", "is not closed by an end" },
    { "if flow.srv_port() = 53 then end\n", "a comparison is written ==" },
    { "flow.no_such()\n", "no such function" },
    { "print('x' .. (nil))\n", "write (dns.query or \"?\")" },
    { "if 1 < (nil) then end\n", "nil: test it first" },
    { "while true do end\n", "bound the loops, and make a large list once" },
    { "local list = require('slow')\n",
      "write a large list out as a table instead of making it in a loop" },
    { "pcall(require, 'slow')\n", "limits.run_ms" },
    { "require('quick').loop()\n", "bound the loops" },
    { "error('my own affair')\n", NULL },
    { "error('x\\nattempt to index a nil value')\n", NULL },
    { "local x = {} + 1\n", NULL },
};

static void expect_advice(const char *text, const char *advice)
{
    const char *found, *line;

    mock_run_script(host, text, &good);
    expect_line_count(host, FC_LOG_ERROR, 1);
    line = host->lines[host->line_count - 1].text;
    found = strstr(line, "\nadvice: ");
    ck_assert_msg((found != NULL) == (advice != NULL), "%s%s", text, line);
    if (advice == NULL)
        return;
    ck_assert_msg(strstr(found, advice) != NULL, "%s%s", text, line);
    ck_assert_ptr_null(strchr(found + 1, '\n'));
}

START_TEST(a_common_mistake_gets_one_line_of_advice)
{
    mock_write(host, MOCK_SCRIPTS "slow.lua", "while true do end\n");
    mock_write(host, MOCK_SCRIPTS "quick.lua",
               "return { loop = function() while true do end end }\n");
    expect_advice(mistakes[_i].script, mistakes[_i].advice);
}
END_TEST

#define LARGE_LIST                                                        \
    "local list = {} for i = 1, 1e6 do list['host' .. i] = i end return " \
    "list\n"

/* Time is no matter: so many entries are more than 4 MB hold. */
START_TEST(a_list_that_is_too_large_gets_advice_that_fits_it)
{
    host->script_conf = "{\"limits\": {\"run_ms\": 10000}}";
    mock_write(host, MOCK_SCRIPTS "large.lua", LARGE_LIST);
    if (_i == 0)
        expect_advice(LARGE_LIST, "a large list needs a larger limits.memory");
    else
        expect_advice("local list = require('large')\n",
                      "shorten the list, or raise limits.memory_kb");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("trouble");
    TCase *tests = tcase_create("trouble");

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests,
                   a_script_skips_1_2_4_and_at_most_1024_flows_after_each_stop);
    tcase_add_test(tests, a_good_run_ends_the_row);
    tcase_add_test(tests, an_error_skips_nothing_and_ends_the_row);
    tcase_add_test(tests, a_stopped_hook_skips_alone);
    tcase_add_test(
        tests,
        a_script_is_switched_off_after_so_many_stops_and_one_line_says_so);
    tcase_add_test(
        tests, a_script_that_is_stopped_at_every_other_flow_is_switched_off);
    tcase_add_test(tests, a_thousand_good_runs_make_up_for_a_stop);
    tcase_add_test(tests, the_limit_of_stops_is_16_unless_set);
    tcase_add_test(tests, new_settings_switch_a_script_on_again);
    tcase_add_test(tests, a_changed_file_switches_a_script_on_again);
    tcase_add_test(tests,
                   a_minute_of_the_same_failure_is_one_line_with_their_number);
    tcase_add_test(tests, a_new_failure_is_said_at_once);
    tcase_add_loop_test(
        tests, each_kind_of_failure_has_its_counter_its_words_and_its_line, 0,
        COUNT(kinds));
    tcase_add_test(tests, a_string_that_is_too_long_says_so_with_its_line);
    tcase_add_test(tests, a_traceback_leads_from_the_failure_to_the_script);
    tcase_add_loop_test(
        tests, a_list_that_is_too_large_gets_advice_that_fits_it, 0, 2);
    tcase_add_loop_test(tests, a_common_mistake_gets_one_line_of_advice, 0,
                        COUNT(mistakes));
    return run_suite(suite);
}
