/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What scripts are promised of flow.triggerAlert(score, message), up to the
 * moment when the host has the alert.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "mock_expect.h"
#include "mock_flow.h"
#include "run_suite.h"

#define COUNT(array) (int)(sizeof(array) / sizeof(array)[0])
#define CUT_MARK " [cut]"

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

/* Runs a script once on the flow; the figures of that hook. */
static struct fc_stats run(const char *script)
{
    struct mock_instance *instance = mock_run_script(host, script, &flow);

    return mock_stats(instance, FC_HOOK_DETECTED);
}

/* --- What an alert is ---------------------------------------------------- */

START_TEST(an_alert_has_the_scripts_score_and_message)
{
    struct fc_stats stats = run("flow.triggerAlert(75, 'a message')");

    expect_alert_count(host, 1);
    expect_alert(host, 0, 75, "a message");
    ck_assert_uint_eq(stats.alerts, 1);
    expect_quiet(host);
}
END_TEST

START_TEST(an_alert_may_be_triggered_with_a_colon)
{
    run("flow:triggerAlert(75, 'a message')");
    expect_alert_count(host, 1);
    expect_alert(host, 0, 75, "a message");
}
END_TEST

START_TEST(an_alert_is_about_the_flow_that_the_host_handed_over)
{
    run("flow.triggerAlert(1, flow.cli())");
    expect_only_alert(host, "192.0.2.10");
    ck_assert_ptr_eq(host->alerts[0].flow, &flow);
}
END_TEST

START_TEST(an_alert_may_be_about_an_ipv6_flow)
{
    flow = mock_flow("2001:db8::a", 1, "2001:db8::b", 2);
    run("flow.triggerAlert(1, flow.srv())");
    expect_only_alert(host, "2001:db8::b");
    ck_assert_ptr_eq(host->alerts[0].flow, &flow);
}
END_TEST

START_TEST(an_alert_may_be_about_a_flow_of_which_nothing_is_known)
{
    flow = (struct fc_flow){ .struct_size = sizeof flow };
    run("flow.triggerAlert(1, flow.l7_proto_name())");
    expect_only_alert(host, "Unknown");
}
END_TEST

START_TEST(an_alert_names_the_file_of_its_script)
{
    run("flow.triggerAlert(1, '')");
    expect_only_alert(host, "");
    ck_assert_str_eq(host->alerts[0].script, MOCK_SCRIPT_NAME);
}
END_TEST

START_TEST(an_alert_belongs_to_the_hook_that_runs)
{
    struct mock_instance *instance;

    mock_write(host, MOCK_SCRIPT, "flow.triggerAlert(1, 'd')");
    mock_write(host, MOCK_PERIODIC_SCRIPT, "flow.triggerAlert(2, 'p')");
    mock_write(host, MOCK_END_SCRIPT, "flow.triggerAlert(3, 'e')");
    instance = mock_start(host);
    for (int hook = 0; hook < FC_HOOKS; hook++) {
        mock_run(instance, (enum fc_hook)hook, &flow);
        ck_assert_int_eq(host->alerts[hook].hook, hook);
        ck_assert_int_eq(host->alerts[hook].score, hook + 1);
        ck_assert_uint_eq(mock_stats(instance, (enum fc_hook)hook).alerts, 1);
    }
    ck_assert_str_eq(host->alerts[2].script, "custom_flow_end_script.lua");
}
END_TEST

START_TEST(every_call_is_an_alert_and_they_come_in_order)
{
    struct fc_stats stats = run("for i = 1, 20 do\n"
                                "    flow.triggerAlert(i, 'no. ' .. i)\n"
                                "end\n");

    expect_alert_count(host, 20);
    expect_alert(host, 0, 1, "no. 1");
    expect_alert(host, 19, 20, "no. 20");
    ck_assert_uint_eq(stats.alerts, 20);
}
END_TEST

START_TEST(trigger_alert_returns_nothing)
{
    run("local n = select('#', flow.triggerAlert(1, 'first'))\n"
        "flow.triggerAlert(2, n)\n");
    expect_alert(host, 1, 2, "0");
}
END_TEST

START_TEST(trigger_alert_ignores_further_arguments)
{
    run("flow.triggerAlert(1, 'dot', nil, {}, print)\n"
        "flow:triggerAlert(2, 'colon', nil, {}, print)\n");
    expect_alert_count(host, 2);
    expect_alert(host, 0, 1, "dot");
    expect_alert(host, 1, 2, "colon");
}
END_TEST

START_TEST(trigger_alert_works_without_its_table)
{
    run("local alert = flow.triggerAlert\n"
        "flow = nil\n"
        "alert(1, 'alone')\n");
    expect_only_alert(host, "alone");
}
END_TEST

START_TEST(alerts_are_kept_when_the_script_fails_afterwards)
{
    struct fc_stats stats = run("flow.triggerAlert(1, 'before')\n"
                                "error('failed')\n"
                                "flow.triggerAlert(1, 'after')\n");

    expect_only_alert(host, "before");
    ck_assert_uint_eq(stats.alerts, 1);
    ck_assert_uint_eq(stats.ok, 0);
    ck_assert_uint_eq(stats.failures[FC_FAILURE_RUNTIME], 1);
}
END_TEST

/* --- Scores -------------------------------------------------------------- */

static const struct {
    const char *written;
    int32_t score;
} scores[] = {
    { "0", 0 },       { "1", 1 },     { "250", 250 }, { "100.0", 100 },
    { "2.5e2", 250 }, { "0x32", 50 }, { "-0.0", 0 },  { "500 // 2", 250 },
};

START_TEST(a_score_is_a_whole_number_of_0_to_250)
{
    char script[64];
    struct fc_stats stats;

    snprintf(script, sizeof script, "flow.triggerAlert(%s, 'x')",
             scores[_i].written);
    stats = run(script);
    expect_alert_count(host, 1);
    expect_alert(host, 0, scores[_i].score, "x");
    ck_assert_uint_eq(stats.clamped, 0);
    expect_quiet(host);
}
END_TEST

static const struct {
    const char *written;
    int32_t score;
    const char *warning;
} far_scores[] = {
    { "251", 250, "score 251 is outside 0..250 and was clamped" },
    { "263", 250, "score 263 is outside 0..250 and was clamped" },
    { "-1", 0, "score -1 is outside 0..250 and was clamped" },
    { "251.0", 250, "score 251 is outside 0..250 and was clamped" },
    { "1 << 32", 250, "score 4294967296 is outside" },
    { "math.maxinteger", 250, "score 9223372036854775807 is outside" },
    { "math.mininteger", 0, "score -9223372036854775808 is outside" },
    { "1e300", 250, "is outside 0..250 and was clamped" },
    { "-1e300", 0, "is outside 0..250 and was clamped" },
};

START_TEST(a_score_out_of_range_is_clamped_with_a_warning)
{
    char script[64];
    struct fc_stats stats;

    snprintf(script, sizeof script, "flow.triggerAlert(%s, 'x')",
             far_scores[_i].written);
    stats = run(script);
    expect_alert_count(host, 1);
    expect_alert(host, 0, far_scores[_i].score, "x");
    expect_only_line(host, FC_LOG_WARNING, far_scores[_i].warning);
    expect_line(host, FC_LOG_WARNING, MOCK_SCRIPT);
    ck_assert_uint_eq(stats.clamped, 1);
    ck_assert_uint_eq(stats.ok, 1);
}
END_TEST

START_TEST(clamped_scores_are_warned_of_once_and_always_counted)
{
    struct mock_instance *instance =
        mock_start_script(host, "n = (n or 250) + 1\n"
                                "flow.triggerAlert(n, 'too high')\n"
                                "flow.triggerAlert(-n, 'too low')\n");

    for (int i = 0; i < 100; i++)
        mock_run(instance, FC_HOOK_DETECTED, &flow);
    expect_only_line(host, FC_LOG_WARNING, "score 251 is outside 0..250");
    ck_assert_uint_eq(mock_stats(instance, FC_HOOK_DETECTED).clamped, 200);
    expect_alert_count(host, 200);
}
END_TEST

/* --- Arguments that are none --------------------------------------------- */

static const struct {
    const char *arguments;
    const char *error;
} bad_arguments[] = {
    { "'10', 'x'", "the score must be a number, not string" },
    { "nil, 'x'", "the score must be a number, not nil" },
    { "true, 'x'", "the score must be a number, not boolean" },
    { "{}, 'x'", "the score must be a number, not table" },
    { "{}, 10, 'x'", "the score must be a number, not table" },
    { "print, 'x'", "the score must be a number, not function" },
    { "", "the score must be a number, not missing" },
    { "flow", "the score must be a number, not missing" },
    { "10.5, 'x'", "the score must be a whole number, not 10.5" },
    { "0/0, 'x'", "the score must be a whole number, not" },
    { "math.huge, 'x'", "the score must be a whole number, not inf" },
    { "-math.huge, 'x'", "the score must be a whole number, not -inf" },
    { "10, nil", "the message must be a string, not nil" },
    { "10, false", "the message must be a string, not boolean" },
    { "10, {}", "the message must be a string, not table" },
    { "10, print", "the message must be a string, not function" },
    { "10", "the message must be a string, not missing" },
    { "flow, 10", "the message must be a string, not missing" },
};

/* "flow" in front is what a colon makes of a call. */
START_TEST(a_bad_argument_is_an_error_with_file_and_line)
{
    char script[128];
    struct fc_stats stats;

    snprintf(script, sizeof script, "\n\nflow.triggerAlert(%s)\n",
             bad_arguments[_i].arguments);
    stats = run(script);
    expect_alert_count(host, 0);
    expect_only_line(host, FC_LOG_ERROR, MOCK_SCRIPT_NAME ":3: triggerAlert: ");
    expect_line(host, FC_LOG_ERROR, bad_arguments[_i].error);
    expect_line(host, FC_LOG_ERROR, "bad argument in the detected hook");
    ck_assert_uint_eq(stats.failures[FC_FAILURE_ARGUMENT], 1);
    ck_assert_uint_eq(stats.failures[FC_FAILURE_RUNTIME], 0);
}
END_TEST

START_TEST(a_bad_argument_has_file_and_line_in_a_tail_call_too)
{
    run("\nreturn flow.triggerAlert('high', 'x')\n");
    expect_only_line(host, FC_LOG_ERROR, MOCK_SCRIPT_NAME ":2: triggerAlert: ");
}
END_TEST

START_TEST(a_script_may_catch_a_bad_argument_and_go_on)
{
    struct fc_stats stats =
        run("local ok, why = pcall(flow.triggerAlert, 'high', 'x')\n"
            "flow.triggerAlert(1, tostring(ok))\n");

    expect_only_alert(host, "false");
    expect_quiet(host);
    ck_assert_uint_eq(stats.ok, 1);
    ck_assert_uint_eq(stats.failures[FC_FAILURE_ARGUMENT], 0);
}
END_TEST

/* A bad argument that was caught must not colour the next error. */
START_TEST(an_error_after_a_caught_bad_argument_is_a_run_time_error)
{
    struct fc_stats stats = run("pcall(flow.triggerAlert, 'high', 'x')\n"
                                "error('another one')\n");

    ck_assert_uint_eq(stats.failures[FC_FAILURE_ARGUMENT], 0);
    ck_assert_uint_eq(stats.failures[FC_FAILURE_RUNTIME], 1);
}
END_TEST

/* --- Messages ------------------------------------------------------------ */

static const struct {
    const char *written;
    const char *message;
} number_messages[] = {
    { "42", "42" },
    { "-7", "-7" },
    { "1.5", "1.5" },
    { "10.0", "10.0" },
};

START_TEST(a_number_may_be_a_message)
{
    char script[64];

    snprintf(script, sizeof script, "flow.triggerAlert(1, %s)",
             number_messages[_i].written);
    run(script);
    expect_only_alert(host, number_messages[_i].message);
}
END_TEST

static void expect_bytes(const void *bytes, size_t len)
{
    expect_alert_count(host, 1);
    ck_assert_uint_eq(host->alerts[0].message_len, len);
    ck_assert_mem_eq(host->alerts[0].message, bytes, len);
}

START_TEST(a_message_may_be_empty)
{
    run("flow.triggerAlert(1, '')");
    expect_bytes("", 0);
}
END_TEST

START_TEST(a_message_may_hold_nul_bytes)
{
    run("flow.triggerAlert(1, 'a\\0b\\0')");
    expect_bytes("a\0b\0", 4);
}
END_TEST

START_TEST(a_message_may_hold_bytes_that_are_no_utf_8)
{
    run("flow.triggerAlert(1, '\\xFF\\xC3(\\x80\\x1B[0m')");
    expect_bytes("\xFF\xC3(\x80\x1B[0m", 8);
}
END_TEST

START_TEST(a_message_of_4096_bytes_is_whole)
{
    run("flow.triggerAlert(1, ('x'):rep(4095) .. '!')");
    expect_alert_count(host, 1);
    ck_assert_uint_eq(host->alerts[0].message_len, FC_MESSAGE_MAX);
    ck_assert_int_eq(host->alerts[0].message[FC_MESSAGE_MAX - 1], '!');
}
END_TEST

/* The one alert's message is cut, and marked; the length without the mark. */
static size_t expect_cut(void)
{
    const size_t mark = sizeof CUT_MARK - 1;
    size_t len;

    expect_alert_count(host, 1);
    len = host->alerts[0].message_len;
    ck_assert_uint_gt(len, mark);
    ck_assert_uint_le(len, FC_MESSAGE_MAX);
    ck_assert_str_eq(host->alerts[0].message + len - mark, CUT_MARK);
    return len - mark;
}

START_TEST(a_longer_message_is_cut_and_marked)
{
    run("flow.triggerAlert(1, ('x'):rep(4097))");
    ck_assert_uint_eq(expect_cut(), FC_MESSAGE_MAX - (sizeof CUT_MARK - 1));
    expect_quiet(host);
}
END_TEST

/* One after another, characters of 2, 3 and 4 bytes, at every offset. */
static const struct {
    const char *character;
    size_t offset;
} cuts[] = {
    { "\xC3\xA9", 0 },         { "\xC3\xA9", 1 },
    { "\xE2\x82\xAC", 0 },     { "\xE2\x82\xAC", 1 },
    { "\xE2\x82\xAC", 2 },     { "\xF0\x9F\x94\xA5", 0 },
    { "\xF0\x9F\x94\xA5", 1 }, { "\xF0\x9F\x94\xA5", 2 },
    { "\xF0\x9F\x94\xA5", 3 },
};

START_TEST(a_message_is_cut_between_characters)
{
    const size_t room = FC_MESSAGE_MAX - (sizeof CUT_MARK - 1);
    const char *character = cuts[_i].character;
    size_t width = strlen(character);
    size_t offset = cuts[_i].offset;
    char script[128];
    size_t kept;

    snprintf(script, sizeof script,
             "flow.triggerAlert(1, ('x'):rep(%zu) .. ('%s'):rep(3000))", offset,
             character);
    run(script);
    kept = expect_cut();
    ck_assert_uint_eq((kept - offset) % width, 0);
    ck_assert_uint_gt(kept + width, room);
    ck_assert_mem_eq(host->alerts[0].message + kept - width, character, width);
}
END_TEST

START_TEST(a_message_of_stray_continuation_bytes_is_cut_at_the_limit)
{
    run("flow.triggerAlert(1, ('\\x80'):rep(5000))");
    ck_assert_uint_eq(expect_cut(), FC_MESSAGE_MAX - (sizeof CUT_MARK - 1));
}
END_TEST

/* --- What the host answers ----------------------------------------------- */

static const struct {
    enum fc_alert_fate fate;
    uint64_t raised, duplicates, over_limit;
} fates[] = {
    { FC_ALERT_RAISED, 2, 0, 0 },
    { FC_ALERT_DUPLICATE, 0, 2, 0 },
    { FC_ALERT_LIMIT, 0, 0, 2 },
    { FC_ALERT_FAILED, 0, 0, 0 },
};

START_TEST(the_hosts_answer_is_counted_and_does_not_stop_the_script)
{
    struct fc_stats stats;

    host->fate = fates[_i].fate;
    stats = run("flow.triggerAlert(1, 'one')\n"
                "flow.triggerAlert(2, 'two')\n");
    expect_alert_count(host, 2);
    ck_assert_uint_eq(stats.ok, 1);
    ck_assert_uint_eq(stats.alerts, fates[_i].raised);
    ck_assert_uint_eq(stats.duplicates, fates[_i].duplicates);
    ck_assert_uint_eq(stats.over_limit, fates[_i].over_limit);
    expect_quiet(host);
}
END_TEST

/* --- The suite ----------------------------------------------------------- */

static void add_alert_tests(TCase *tests)
{
    tcase_add_test(tests, an_alert_has_the_scripts_score_and_message);
    tcase_add_test(tests, an_alert_may_be_triggered_with_a_colon);
    tcase_add_test(tests, an_alert_is_about_the_flow_that_the_host_handed_over);
    tcase_add_test(tests, an_alert_may_be_about_an_ipv6_flow);
    tcase_add_test(tests,
                   an_alert_may_be_about_a_flow_of_which_nothing_is_known);
    tcase_add_test(tests, an_alert_names_the_file_of_its_script);
    tcase_add_test(tests, an_alert_belongs_to_the_hook_that_runs);
    tcase_add_test(tests, every_call_is_an_alert_and_they_come_in_order);
    tcase_add_test(tests, trigger_alert_returns_nothing);
    tcase_add_test(tests, trigger_alert_ignores_further_arguments);
    tcase_add_test(tests, trigger_alert_works_without_its_table);
    tcase_add_test(tests, alerts_are_kept_when_the_script_fails_afterwards);
    tcase_add_loop_test(
        tests, the_hosts_answer_is_counted_and_does_not_stop_the_script, 0,
        COUNT(fates));
}

static void add_argument_tests(TCase *tests)
{
    tcase_add_loop_test(tests, a_score_is_a_whole_number_of_0_to_250, 0,
                        COUNT(scores));
    tcase_add_loop_test(tests, a_score_out_of_range_is_clamped_with_a_warning,
                        0, COUNT(far_scores));
    tcase_add_test(tests, clamped_scores_are_warned_of_once_and_always_counted);
    tcase_add_loop_test(tests, a_bad_argument_is_an_error_with_file_and_line, 0,
                        COUNT(bad_arguments));
    tcase_add_test(tests, a_bad_argument_has_file_and_line_in_a_tail_call_too);
    tcase_add_test(tests, a_script_may_catch_a_bad_argument_and_go_on);
    tcase_add_test(tests,
                   an_error_after_a_caught_bad_argument_is_a_run_time_error);
}

static void add_message_tests(TCase *tests)
{
    tcase_add_loop_test(tests, a_number_may_be_a_message, 0,
                        COUNT(number_messages));
    tcase_add_test(tests, a_message_may_be_empty);
    tcase_add_test(tests, a_message_may_hold_nul_bytes);
    tcase_add_test(tests, a_message_may_hold_bytes_that_are_no_utf_8);
    tcase_add_test(tests, a_message_of_4096_bytes_is_whole);
    tcase_add_test(tests, a_longer_message_is_cut_and_marked);
    tcase_add_loop_test(tests, a_message_is_cut_between_characters, 0,
                        COUNT(cuts));
    tcase_add_test(tests,
                   a_message_of_stray_continuation_bytes_is_cut_at_the_limit);
}

int main(void)
{
    Suite *suite = suite_create("alerts from scripts");
    TCase *tests = tcase_create("alerts from scripts");

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    add_alert_tests(tests);
    add_argument_tests(tests);
    add_message_tests(tests);
    return run_suite(suite);
}
