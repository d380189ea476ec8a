/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What scripts are promised of a run: whatever a chunk returns or raises, it
 * is told once and counted always, and the next flow runs normally. Which file
 * runs is in test_script_files.c, what it may call in test_script_names.c.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "mock_expect.h"
#include "mock_flow.h"
#include "run_suite.h"

#define COUNT(array) (int)(sizeof(array) / sizeof(array)[0])
#define FLOWS 1000
#define COMPAT "{\"compat\": \"ntopng\", \"limits\": {\"run_ms\": 10000}}"

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

static void run_flows(struct mock_instance *instance, enum fc_hook hook,
                      int count)
{
    for (int i = 0; i < count; i++)
        mock_run(instance, hook, &flow);
}

/* The figures of the detected hook after a script saw so many flows. */
static struct fc_stats run(const char *script, int flows)
{
    struct mock_instance *instance = mock_start_script(host, script);

    run_flows(instance, FC_HOOK_DETECTED, flows);
    return mock_stats(instance, FC_HOOK_DETECTED);
}

/* --- What a chunk returns ------------------------------------------------ */

/* ntopng's lack of a balanced stack made all but "return(0)" break there. */
static const char *const returns[] = {
    "",
    "return",
    "return 0",
    "return(0)",
    "return nil",
    "return 1, 2",
    "return table.unpack({}, 1, 50)",
    "return table.unpack({}, 1, 500)",
    "return function() end, {}, 'text', 1.5, true",
};

START_TEST(a_script_may_return_any_number_of_values)
{
    char script[128];
    struct fc_stats stats;

    snprintf(script, sizeof script,
             "n = (n or 0) + 1\n"
             "if n == %d then flow.triggerAlert(1, n) end\n"
             "%s\n",
             FLOWS, returns[_i]);
    stats = run(script, FLOWS);
    expect_only_alert(host, "1000");
    expect_quiet(host);
    ck_assert_uint_eq(stats.runs, FLOWS);
    ck_assert_uint_eq(stats.ok, FLOWS);
}
END_TEST

/* --- Scripts that are no programs ---------------------------------------- */

static const struct {
    const char *script;
    const char *error;
} syntax_errors[] = {
    { "local x = 1\nlocal y = = 2\n", ":2: unexpected symbol near '='" },
    { "if flow.cli() then\n", ":2: 'end' expected (to close 'if' at line 1)" },
    { "print('never closed\n", ":1: unfinished string" },
    { "\n\n)", ":3: unexpected symbol near ')'" },
    { "goto nowhere\n", "no visible label 'nowhere'" },
    { "local c <const> = 1\nc = 2\n",
      ":2: attempt to assign to const variable 'c'" },
};

START_TEST(a_syntax_error_is_one_error_with_file_and_line)
{
    struct fc_stats stats = run(syntax_errors[_i].script, FLOWS);

    expect_only_line(host, FC_LOG_ERROR, MOCK_SCRIPT_NAME);
    expect_line(host, FC_LOG_ERROR, syntax_errors[_i].error);
    expect_line(host, FC_LOG_ERROR, host->install_dir);
    ck_assert_int_eq(stats.state, FC_HOOK_BROKEN);
    ck_assert_uint_eq(stats.failures[FC_FAILURE_SYNTAX], 1);
    ck_assert_uint_eq(stats.runs, 0);
}
END_TEST

START_TEST(a_script_that_is_no_program_leaves_the_other_hooks_alone)
{
    struct mock_instance *instance;

    mock_write(host, MOCK_SCRIPT, "this is no program");
    mock_write(host, MOCK_END_SCRIPT, "flow.triggerAlert(1, 'end')");
    instance = mock_start(host);
    mock_run(instance, FC_HOOK_DETECTED, &flow);
    mock_run(instance, FC_HOOK_END, &flow);
    expect_only_alert(host, "end");
    expect_line_count(host, FC_LOG_ERROR, 1);
}
END_TEST

/* --- Scripts that fail --------------------------------------------------- */

/* In the fourth line of a script; the value of "error" is what is logged. */
static const struct {
    const char *snippet;
    const char *error;
} failures[] = {
    { "local x = nil + 1", ":4: attempt to perform arithmetic on a nil value" },
    { "no_such_function()", "attempt to call a nil value (global "
                            "'no_such_function')" },
    { "flow.no_such_getter()", "(field 'no_such_getter')" },
    { "string.rep()", "bad argument #1 to 'rep'" },
    { "assert(false)", "assertion failed!" },
    { "assert(nil, 'as I said')", "as I said" },
    { "error('a message')", ":4: a message" },
    { "error('no place', 0)", "no place" },
    { "error('')", ":4: " },
    { "error(42)", "42" },
    { "error({})", "(the error is a table value, not a message)" },
    { "error(nil)", "(the error is a nil value, not a message)" },
    { "error()", "(the error is a nil value, not a message)" },
    { "error(true)", "(the error is a boolean value, not a message)" },
    { "error(print)", "(the error is a function value, not a message)" },
    { "error(setmetatable({}, { __tostring = error }))",
      "(the error is a table value, not a message)" },
    { "local x <close> = setmetatable({}, { __close = function() "
      "error('late') end }); error('early')",
      ":4: late" },
    { "error(select(2, pcall(error, 'again')), 0)", "again" },
};

/* Every second flow fails, so that each failure is followed by a success. */
START_TEST(a_failing_script_is_told_once_counted_always_and_goes_on)
{
    char script[256];
    struct fc_stats stats;

    snprintf(script, sizeof script,
             "n = (n or 0) + 1\n"
             "flow.triggerAlert(1, n)\n"
             "if n %% 2 == 0 then return end\n"
             "%s\n",
             failures[_i].snippet);
    stats = run(script, FLOWS);
    expect_only_line(host, FC_LOG_ERROR, failures[_i].error);
    expect_line(host, FC_LOG_ERROR, "run-time error in the detected hook");
    expect_line(host, FC_LOG_ERROR, "stack traceback:");
    expect_line(host, FC_LOG_ERROR, MOCK_SCRIPT_NAME ":4: in");
    ck_assert_uint_eq(stats.failures[FC_FAILURE_RUNTIME], FLOWS / 2);
    ck_assert_uint_eq(stats.ok, FLOWS / 2);
    expect_alert_count(host, FLOWS);
    expect_alert(host, FLOWS - 1, 1, "1000");
}
END_TEST

/* What a script puts behind __tostring or __name must not run any more. */
START_TEST(telling_an_error_runs_nothing_of_the_script)
{
    run("local function spy() flow.triggerAlert(1, 'called') return 'x' end\n"
        "error(setmetatable({}, { __tostring = spy, __name = 'name',\n"
        "                         __concat = spy, __index = spy }))\n",
        1);
    expect_alert_count(host, 0);
    expect_line_count(host, FC_LOG_ERROR, 1);
}
END_TEST

START_TEST(endless_recursion_is_stopped_for_its_memory)
{
    struct fc_stats stats;

    /* Under valgrind the time would be over before the memory is full. */
    host->script_conf = "{\"limits\": {\"run_ms\": 10000}}";
    stats = run("n = (n or 0) + 1\n"
                "local function f() return 1 + f() end\n"
                "if n == 1 then f() end\n"
                "flow.triggerAlert(1, n)\n",
                4);

    expect_only_line(host, FC_LOG_ERROR, ":2: the script holds more than");
    ck_assert_uint_eq(stats.failures[FC_FAILURE_MEMORY], 1);
    ck_assert_uint_eq(stats.skipped, 1);
    expect_alert(host, 0, 1, "2");
    expect_alert(host, 1, 1, "3");
}
END_TEST

START_TEST(a_very_long_error_is_cut)
{
    run("error(('x'):rep(100000))", 2);
    expect_only_line(host, FC_LOG_ERROR, ":1: xxxxxxxx");
    ck_assert_uint_lt(strlen(host->lines[0].text), 8192);
}
END_TEST

START_TEST(each_distinct_error_is_told_once)
{
    struct fc_stats stats = run("n = (n or 0) + 1\n"
                                "error('error no. ' .. n % 5)\n",
                                FLOWS);

    expect_line_count(host, FC_LOG_ERROR, 5);
    expect_line(host, FC_LOG_ERROR, "error no. 0");
    expect_line(host, FC_LOG_ERROR, "error no. 4");
    ck_assert_uint_eq(stats.failures[FC_FAILURE_RUNTIME], FLOWS);
}
END_TEST

/* Its tracebacks differ, and would fill a log that told them all. */
START_TEST(an_error_with_the_same_message_is_told_once_wherever_it_comes_from)
{
    run("n = (n or 0) + 1\n"
        "if n % 2 == 0 then error('the same', 0) end\n"
        "error('the same', 0)\n",
        FLOWS);
    expect_only_line(host, FC_LOG_ERROR, "the same");
}
END_TEST

/* An error that names the flow is distinct in every flow. */
START_TEST(errors_that_are_all_distinct_do_not_fill_the_log)
{
    struct fc_stats stats = run("n = (n or 0) + 1\n"
                                "error('error no. ' .. n)\n",
                                FLOWS);

    expect_line_count(host, FC_LOG_ERROR, 33);
    expect_line(host, FC_LOG_ERROR, "error no. 32");
    expect_line(host, FC_LOG_ERROR,
                "more than 32 different errors; further ones are counted, not "
                "logged");
    ck_assert_uint_eq(stats.failures[FC_FAILURE_RUNTIME], FLOWS);
}
END_TEST

START_TEST(new_settings_tell_errors_anew)
{
    struct mock_instance *instance = mock_start_script(host, "error('again')");

    run_flows(instance, FC_HOOK_DETECTED, 10);
    expect_line_count(host, FC_LOG_ERROR, 1);
    ck_assert_int_eq(mock_config(instance, "{}"), FC_OK);
    run_flows(instance, FC_HOOK_DETECTED, 10);
    expect_line_count(host, FC_LOG_ERROR, 2);
}
END_TEST

START_TEST(the_same_error_is_told_once_in_each_hook)
{
    struct mock_instance *instance;

    mock_write(host, MOCK_SCRIPT, "error('the same', 0)");
    mock_write(host, MOCK_END_SCRIPT, "error('the same', 0)");
    instance = mock_start(host);
    run_flows(instance, FC_HOOK_DETECTED, 10);
    run_flows(instance, FC_HOOK_END, 10);
    expect_line_count(host, FC_LOG_ERROR, 2);
    expect_line(host, FC_LOG_ERROR, "in the detected hook");
    expect_line(host, FC_LOG_ERROR, "in the end hook");
    for (int i = 0; i < FC_HOOKS; i += FC_HOOK_END)
        ck_assert_uint_eq(
            mock_stats(instance, (enum fc_hook)i).failures[FC_FAILURE_RUNTIME],
            10);
}
END_TEST

START_TEST(a_script_may_catch_its_own_errors)
{
    struct fc_stats stats =
        run("local ok, why = pcall(error, 'caught', 0)\n"
            "flow.triggerAlert(1, tostring(ok) .. ' ' .. why)\n"
            "ok, why = xpcall(error, function(e) return e .. '!' end, 'too')\n"
            "flow.triggerAlert(2, tostring(ok) .. ' ' .. why)\n",
            1);

    expect_alert(host, 0, 1, "false caught");
    expect_alert(host, 1, 2, "false too!");
    expect_quiet(host);
    ck_assert_uint_eq(stats.ok, 1);
}
END_TEST

/* --- What lives on ------------------------------------------------------- */

START_TEST(globals_live_on_and_locals_do_not)
{
    run("global = (global or 0) + 1\n"
        "local own = (own or 0) + 1\n"
        "flow.triggerAlert(own, global)\n",
        3);
    expect_alert(host, 0, 1, "1");
    expect_alert(host, 2, 1, "3");
}
END_TEST

START_TEST(globals_of_a_run_that_failed_live_on_too)
{
    run("seen = seen or {}\n"
        "seen[#seen + 1] = true\n"
        "if #seen == 1 then error('first') end\n"
        "flow.triggerAlert(1, #seen)\n",
        2);
    expect_only_alert(host, "2");
}
END_TEST

START_TEST(a_closure_that_was_kept_sees_the_flow_of_its_call)
{
    const struct fc_flow first = mock_flow("192.0.2.1", 1, "192.0.2.2", 2);
    const struct fc_flow second = mock_flow("2001:db8::1", 1, "::2", 2);
    struct mock_instance *instance = mock_start_script(
        host, "kept = kept or function() return flow.cli() end\n"
              "flow.triggerAlert(1, kept())\n");

    mock_run(instance, FC_HOOK_DETECTED, &first);
    mock_run(instance, FC_HOOK_DETECTED, &second);
    expect_alert(host, 0, 1, "192.0.2.1");
    expect_alert(host, 1, 1, "2001:db8::1");
}
END_TEST

/* A copy of what a flow said outlives it. */
START_TEST(a_table_that_was_kept_outlives_its_flow)
{
    char query[] = "first.example.org";
    struct fc_dns dns = { .struct_size = sizeof dns, .query = query };
    struct mock_instance *instance =
        mock_start_script(host, "kept = kept or flow.dns()\n"
                                "flow.triggerAlert(1, kept.query)\n");

    flow.dns = &dns;
    mock_run(instance, FC_HOOK_DETECTED, &flow);
    memset(query, 'x', strlen(query));
    flow.dns = NULL;
    mock_run(instance, FC_HOOK_DETECTED, &flow);
    expect_alert(host, 1, 1, "first.example.org");
}
END_TEST

START_TEST(new_settings_begin_with_fresh_globals)
{
    struct mock_instance *instance =
        mock_start_script(host, "n = (n or 0) + 1\n"
                                "flow.triggerAlert(1, n)\n");

    run_flows(instance, FC_HOOK_DETECTED, 2);
    ck_assert_int_eq(mock_config(instance, "{}"), FC_OK);
    run_flows(instance, FC_HOOK_DETECTED, 1);
    expect_alert(host, 1, 1, "2");
    expect_alert(host, 2, 1, "1");
}
END_TEST

/* --- Three hooks --------------------------------------------------------- */

static struct mock_instance *start_three_scripts(void)
{
    static const char script[] = "n = (n or 0) + 1\n"
                                 "flow.triggerAlert(1, n)\n";

    mock_write(host, MOCK_SCRIPT, script);
    mock_write(host, MOCK_PERIODIC_SCRIPT, script);
    mock_write(host, MOCK_END_SCRIPT, script);
    return mock_start(host);
}

START_TEST(the_three_hooks_share_one_vm)
{
    struct mock_instance *instance = start_three_scripts();

    for (int hook = 0; hook < FC_HOOKS; hook++)
        mock_run(instance, (enum fc_hook)hook, &flow);
    expect_alert(host, 0, 1, "1");
    expect_alert(host, 1, 1, "2");
    expect_alert(host, 2, 1, "3");
}
END_TEST

START_TEST(with_compat_each_hook_has_a_vm_of_its_own)
{
    struct mock_instance *instance;

    host->script_conf = COMPAT;
    instance = start_three_scripts();
    for (int hook = 0; hook < FC_HOOKS; hook++)
        run_flows(instance, (enum fc_hook)hook, hook + 1);
    expect_alert(host, 0, 1, "1");
    expect_alert(host, 1, 1, "1");
    expect_alert(host, 2, 1, "2");
    expect_alert(host, 3, 1, "1");
    expect_alert(host, 5, 1, "3");
}
END_TEST

START_TEST(the_figures_of_a_hook_are_its_own)
{
    struct mock_instance *instance = start_three_scripts();

    for (int hook = 0; hook < FC_HOOKS; hook++)
        run_flows(instance, (enum fc_hook)hook, 10 * (hook + 1));
    for (int hook = 0; hook < FC_HOOKS; hook++) {
        struct fc_stats stats = mock_stats(instance, (enum fc_hook)hook);

        ck_assert_uint_eq(stats.runs, 10u * ((unsigned)hook + 1));
        ck_assert_uint_eq(stats.ok, stats.runs);
        ck_assert_uint_eq(stats.alerts, stats.runs);
        ck_assert_int_eq(stats.state, FC_HOOK_READY);
    }
}
END_TEST

START_TEST(a_hook_without_a_script_runs_nothing)
{
    struct mock_instance *instance = mock_start_script(host, "");

    run_flows(instance, FC_HOOK_PERIODIC, 10);
    run_flows(instance, FC_HOOK_END, 10);
    for (int hook = FC_HOOK_PERIODIC; hook < FC_HOOKS; hook++) {
        struct fc_stats stats = mock_stats(instance, (enum fc_hook)hook);

        ck_assert_uint_eq(stats.runs, 0);
        ck_assert_int_eq(stats.state, FC_HOOK_EMPTY);
        ck_assert_ptr_null(stats.script);
    }
    expect_quiet(host);
}
END_TEST

START_TEST(an_instance_without_settings_runs_nothing)
{
    struct mock_instance *instance;

    mock_write(host, MOCK_SCRIPT, "flow.triggerAlert(1, 'x')");
    instance = mock_enable(host, 0);
    run_flows(instance, FC_HOOK_DETECTED, 10);
    expect_alert_count(host, 0);
    ck_assert_uint_eq(mock_stats(instance, FC_HOOK_DETECTED).runs, 0);
}
END_TEST

/* --- The suite ----------------------------------------------------------- */

static void add_failure_tests(TCase *tests)
{
    tcase_add_loop_test(tests, a_syntax_error_is_one_error_with_file_and_line,
                        0, COUNT(syntax_errors));
    tcase_add_test(tests,
                   a_script_that_is_no_program_leaves_the_other_hooks_alone);
    tcase_add_loop_test(
        tests, a_failing_script_is_told_once_counted_always_and_goes_on, 0,
        COUNT(failures));
    tcase_add_test(tests, telling_an_error_runs_nothing_of_the_script);
    tcase_add_test(tests, endless_recursion_is_stopped_for_its_memory);
    tcase_add_test(tests, a_very_long_error_is_cut);
    tcase_add_test(tests, each_distinct_error_is_told_once);
    tcase_add_test(
        tests,
        an_error_with_the_same_message_is_told_once_wherever_it_comes_from);
    tcase_add_test(tests, errors_that_are_all_distinct_do_not_fill_the_log);
    tcase_add_test(tests, new_settings_tell_errors_anew);
    tcase_add_test(tests, the_same_error_is_told_once_in_each_hook);
    tcase_add_test(tests, a_script_may_catch_its_own_errors);
}

static void add_life_tests(TCase *tests)
{
    tcase_add_test(tests, globals_live_on_and_locals_do_not);
    tcase_add_test(tests, globals_of_a_run_that_failed_live_on_too);
    tcase_add_test(tests, a_closure_that_was_kept_sees_the_flow_of_its_call);
    tcase_add_test(tests, a_table_that_was_kept_outlives_its_flow);
    tcase_add_test(tests, new_settings_begin_with_fresh_globals);
    tcase_add_test(tests, the_three_hooks_share_one_vm);
    tcase_add_test(tests, with_compat_each_hook_has_a_vm_of_its_own);
    tcase_add_test(tests, the_figures_of_a_hook_are_its_own);
    tcase_add_test(tests, a_hook_without_a_script_runs_nothing);
    tcase_add_test(tests, an_instance_without_settings_runs_nothing);
}

int main(void)
{
    Suite *suite = suite_create("scripts");
    TCase *tests = tcase_create("scripts");

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, a_script_may_return_any_number_of_values, 0,
                        COUNT(returns));
    add_failure_tests(tests);
    add_life_tests(tests);
    return run_suite(suite);
}
