/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A script that changes, appears or disappears while flows go by is noticed
 * and taken over between two of them; one that does not load leaves the old
 * one in use. A VM that globals have filled begins anew.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mock_expect.h"
#include "mock_flow.h"
#include "run_suite.h"

#define COUNT(array) (int)(sizeof(array) / sizeof(array)[0])
#define MINUTE UINT64_C(60000000000)
#define COUNTING(name) \
    "n = (n or 0) + 1\nflow.triggerAlert(n, '" name " ' .. n)\n"

static struct mock_host *host;
static struct fc_flow flow;

static void set_up(void)
{
    host = mock_host_new();
    host->script_conf = "{\"limits\": {\"run_ms\": 10000}}";
    flow = mock_any_flow();
}

static void tear_down(void)
{
    mock_host_free(host);
}

static struct fc_stats stats_of(struct mock_instance *instance)
{
    return mock_stats(instance, FC_HOOK_DETECTED);
}

/* One flow more; what it alerts. */
static const char *run(struct mock_instance *instance)
{
    size_t alerts = host->alert_count;

    mock_run(instance, FC_HOOK_DETECTED, &flow);
    return host->alert_count == alerts ? "" : host->alerts[alerts].message;
}

static bool is_loaded(const struct fc_stats *stats)
{
    return stats->reloads == 1;
}

static bool is_loaded_again(const struct fc_stats *stats)
{
    return stats->reloads == 2;
}

static bool has_failed(const struct fc_stats *stats)
{
    return stats->failures[FC_FAILURE_RELOAD] == 1;
}

static bool is_empty(const struct fc_stats *stats)
{
    return stats->state == FC_HOOK_EMPTY;
}

static void remove_file(const char *name)
{
    char path[MOCK_PATH_MAX];

    mock_path(host, name, path);
    ck_assert_int_eq(unlink(path), 0);
}

/* --- Good files ---------------------------------------------------------- */

START_TEST(a_changed_script_is_taken_over_with_fresh_globals)
{
    struct mock_instance *instance = mock_start_script(host, COUNTING("one"));

    ck_assert_str_eq(run(instance), "one 1");
    ck_assert_str_eq(run(instance), "one 2");
    mock_write(host, MOCK_SCRIPT, COUNTING("two"));
    mock_run_until(instance, &flow, is_loaded);
    ck_assert_str_eq(host->alerts[host->alert_count - 1].message, "two 1");
    ck_assert_str_eq(run(instance), "two 2");
    expect_only_line(host, FC_LOG_INFO, "scripts have changed: loaded anew");
    expect_quiet(host);
}
END_TEST

START_TEST(a_script_that_is_replaced_by_a_rename_is_noticed)
{
    struct mock_instance *instance = mock_start_script(host, COUNTING("one"));
    char from[MOCK_PATH_MAX], to[MOCK_PATH_MAX];

    mock_write(host, MOCK_SCRIPTS "new", COUNTING("two"));
    mock_path(host, MOCK_SCRIPTS "new", from);
    mock_path(host, MOCK_SCRIPT, to);
    ck_assert_int_eq(rename(from, to), 0);
    mock_run_until(instance, &flow, is_loaded);
    ck_assert_str_eq(run(instance), "two 2");
}
END_TEST

START_TEST(each_change_is_taken_over_once)
{
    struct mock_instance *instance = mock_start_script(host, COUNTING("one"));

    mock_write(host, MOCK_SCRIPT, COUNTING("two"));
    mock_run_until(instance, &flow, is_loaded);
    mock_write(host, MOCK_SCRIPT, COUNTING("three"));
    mock_run_until(instance, &flow, is_loaded_again);
    ck_assert_str_eq(run(instance), "three 2");
    expect_line_count(host, FC_LOG_INFO, 2);
}
END_TEST

START_TEST(the_figures_go_on_over_a_reload)
{
    struct mock_instance *instance = mock_start_script(host, "error('one')");
    struct fc_stats stats;

    run(instance);
    mock_write(host, MOCK_SCRIPT, "error('two')");
    mock_run_until(instance, &flow, is_loaded);
    stats = stats_of(instance);
    ck_assert_uint_gt(stats.runs, 1);
    ck_assert_uint_eq(stats.failures[FC_FAILURE_RUNTIME], stats.runs);
    expect_line(host, FC_LOG_ERROR, ":1: one");
    expect_line(host, FC_LOG_ERROR, ":1: two");
}
END_TEST

/* An error that was told is told again of a new file. */
START_TEST(a_changed_script_has_its_errors_told_anew)
{
    struct mock_instance *instance = mock_start_script(host, "error('same')");

    run(instance);
    expect_line_count(host, FC_LOG_ERROR, 1);
    mock_write(host, MOCK_SCRIPT, "error('same') -- still");
    mock_run_until(instance, &flow, is_loaded);
    expect_line_count(host, FC_LOG_ERROR, 2);
}
END_TEST

START_TEST(a_script_that_appears_is_taken_over)
{
    struct mock_instance *instance;

    mock_write(host, MOCK_SCRIPTS "beside", "");
    instance = mock_start(host);
    ck_assert_str_eq(run(instance), "");
    mock_write(host, MOCK_SCRIPT, COUNTING("new"));
    mock_run_until(instance, &flow, is_loaded);
    ck_assert_str_eq(run(instance), "new 2");
    ck_assert_int_eq(stats_of(instance).state, FC_HOOK_READY);
}
END_TEST

START_TEST(a_script_that_disappears_runs_no_more)
{
    struct mock_instance *instance = mock_start_script(host, COUNTING("one"));

    ck_assert_str_eq(run(instance), "one 1");
    remove_file(MOCK_SCRIPT);
    mock_run_until(instance, &flow, is_empty);
    ck_assert_str_eq(run(instance), "");
    expect_only_line(host, FC_LOG_WARNING, "no script to run: ");
}
END_TEST

/* One VM, one set of programs: a change of one is a change of all. */
START_TEST(the_hooks_change_together)
{
    struct mock_instance *instance;

    mock_write(host, MOCK_END_SCRIPT, COUNTING("end"));
    instance = mock_start_script(host, COUNTING("one"));
    run(instance);
    mock_write(host, MOCK_END_SCRIPT, COUNTING("new end"));
    mock_run_until(instance, &flow, is_loaded);
    ck_assert_str_eq(host->alerts[host->alert_count - 1].message, "one 1");
    mock_run(instance, FC_HOOK_END, &flow);
    ck_assert_str_eq(host->alerts[host->alert_count - 1].message, "new end 2");
    ck_assert_uint_eq(mock_stats(instance, FC_HOOK_END).reloads, 1);
    ck_assert_uint_eq(mock_stats(instance, FC_HOOK_PERIODIC).reloads, 0);
}
END_TEST

/* A host that asks has no flow's end told while no script wants it. */
START_TEST(a_hook_is_active_from_when_its_script_comes)
{
    struct mock_instance *instance = mock_start_script(host, COUNTING("one"));

    ck_assert_uint_eq(mock_active(instance), FC_HOOK_BIT(FC_HOOK_DETECTED));
    mock_write(host, MOCK_END_SCRIPT, COUNTING("end"));
    while (mock_active(instance) == FC_HOOK_BIT(FC_HOOK_DETECTED))
        ;
    ck_assert_uint_eq(mock_active(instance),
                      FC_HOOK_BIT(FC_HOOK_DETECTED) | FC_HOOK_BIT(FC_HOOK_END));
    ck_assert_uint_eq(mock_stats(instance, FC_HOOK_END).reloads, 1);
}
END_TEST

/* --- Bad files ----------------------------------------------------------- */

static const struct {
    const char *script;
    const char *error;
} bad_files[] = {
    { "\nlocal x = = 1", MOCK_SCRIPT_NAME ":2: unexpected symbol near '='" },
    { "if flow.cli() then", "'end' expected" },
    { "\x1BLua", "attempt to load a binary chunk" },
};

static void expect_old_in_use(struct mock_instance *instance)
{
    struct fc_stats stats = stats_of(instance);

    for (int kind = 0; kind < FC_FAILURE_RELOAD; kind++)
        ck_assert_uint_eq(stats.failures[kind], 0);
    ck_assert_uint_eq(stats.failures[FC_FAILURE_RELOAD], 1);
    ck_assert_uint_eq(stats.reloads, 0);
    ck_assert_uint_eq(stats.ok, stats.runs);
    ck_assert_int_eq(stats.state, FC_HOOK_READY);
    expect_only_line(host, FC_LOG_WARNING,
                     "the version before it stays in use");
}

START_TEST(a_bad_file_leaves_the_old_one_in_use_until_a_good_one_comes)
{
    struct mock_instance *instance = mock_start_script(host, COUNTING("one"));
    char alert[32];

    run(instance);
    mock_write(host, MOCK_SCRIPT, bad_files[_i].script);
    mock_run_until(instance, &flow, has_failed);
    snprintf(alert, sizeof alert, "one %d",
             (int)stats_of(instance).runs + 1); /* its globals too */
    ck_assert_str_eq(run(instance), alert);
    expect_old_in_use(instance);
    expect_only_line(host, FC_LOG_ERROR, bad_files[_i].error);
    ck_assert_ptr_nonnull(
        strstr(stats_of(instance).last_error, bad_files[_i].error));
    mock_write(host, MOCK_SCRIPT, COUNTING("good"));
    mock_run_until(instance, &flow, is_loaded);
    ck_assert_str_eq(run(instance), "good 2");
}
END_TEST

START_TEST(a_file_that_grows_too_large_leaves_the_old_one_in_use)
{
    struct mock_instance *instance = mock_start_script(host, COUNTING("one"));
    char *text = calloc(1, 70000);

    memset(text, ' ', 70000);
    mock_write_bytes(host, MOCK_SCRIPT, text, 70000);
    free(text);
    mock_run_until(instance, &flow, has_failed);
    expect_old_in_use(instance);
    expect_only_line(host, FC_LOG_ERROR, "larger than 65536 bytes");
}
END_TEST

START_TEST(a_named_script_that_disappears_stays_in_use)
{
    struct mock_instance *instance;
    char *conf = mock_conf_of_script(host, "mine.lua");

    mock_write(host, "mine.lua", COUNTING("mine"));
    host->script_conf = conf;
    instance = mock_start(host);
    run(instance);
    remove_file("mine.lua");
    mock_run_until(instance, &flow, has_failed);
    expect_old_in_use(instance);
    expect_only_line(host, FC_LOG_ERROR, "mine.lua: cannot open it");
    free(conf);
}
END_TEST

START_TEST(a_bad_file_of_one_hook_leaves_all_in_use)
{
    struct mock_instance *instance;

    mock_write(host, MOCK_END_SCRIPT, COUNTING("end"));
    instance = mock_start_script(host, COUNTING("one"));
    mock_write(host, MOCK_SCRIPT, "this is no program");
    mock_run_until(instance, &flow, has_failed);
    mock_run(instance, FC_HOOK_END, &flow);
    ck_assert_uint_eq(
        mock_stats(instance, FC_HOOK_END).failures[FC_FAILURE_RELOAD], 0);
    ck_assert_uint_eq(mock_stats(instance, FC_HOOK_END).ok, 1);
    expect_old_in_use(instance);
}
END_TEST

/* A script that never loaded has no version before it. */
START_TEST(a_script_that_was_bad_from_the_start_is_taken_over_when_repaired)
{
    struct mock_instance *instance =
        mock_start_script(host, "this is no program");

    ck_assert_int_eq(stats_of(instance).state, FC_HOOK_BROKEN);
    mock_write(host, MOCK_SCRIPT, COUNTING("repaired"));
    mock_run_until(instance, &flow, is_loaded);
    ck_assert_str_eq(run(instance), "repaired 2");
}
END_TEST

/* --- A full VM ----------------------------------------------------------- */

/* Some 40 KB more in each run; a VM of 256 KB is full after a few. */
static const char hoarder[] =
    "all = all or {}\n"
    "n = (n or 0) + 1\n"
    "flow.triggerAlert(n, 'run ' .. n)\n"
    "for i = 1, 40 do all[#all + 1] = ('x'):rep(1000) .. #all end\n";

/* Runs until the globals are gone: some runs are stopped on the way there. */
static void fill(struct mock_instance *instance)
{
    uint64_t stops = stats_of(instance).failures[FC_FAILURE_MEMORY];

    for (int i = 0; strcmp(run(instance), "run 1") != 0; i++)
        ck_assert_int_lt(i, 200);
    ck_assert_uint_gt(stats_of(instance).failures[FC_FAILURE_MEMORY], stops);
}

START_TEST(a_full_vm_loses_its_globals_and_a_line_a_minute_counts)
{
    struct mock_instance *instance;

    host->script_conf = "{\"limits\": {\"run_ms\": 10000, \"memory_kb\": 256}}";
    instance = mock_start_script(host, hoarder);
    ck_assert_str_eq(run(instance), "run 1");
    fill(instance);
    expect_only_line(host, FC_LOG_WARNING,
                     MOCK_SCRIPT ": its globals hold too much memory: it "
                                 "starts anew without them (1 time so far)");
    fill(instance);
    expect_line_count(host, FC_LOG_WARNING, 1);
    host->time += MINUTE;
    fill(instance);
    expect_line_count(host, FC_LOG_WARNING, 2);
    expect_line(host, FC_LOG_WARNING, "(3 times so far)");
    ck_assert_int_eq(stats_of(instance).state, FC_HOOK_READY);
    ck_assert_uint_eq(stats_of(instance).reloads, 0);
}
END_TEST

/* Globals that leave no room for a run's own needs, but are not too much. */
START_TEST(a_vm_whose_globals_stop_two_runs_in_a_row_starts_anew)
{
    struct mock_instance *instance;

    host->script_conf = "{\"limits\": {\"run_ms\": 10000, \"memory_kb\": 256}}";
    instance = mock_start_script(
        host, "n = (n or 0) + 1 all = all or {}\n"
              "for i = #all + 1, n > 2 and 92 or 0 do\n"
              "all[i] = ('x'):rep(1000) .. i end\n"
              "local own = {} for i = 1, 3000 do own[i] = i end\n"
              "flow.triggerAlert(n, 'run ' .. n)\n");
    ck_assert_str_eq(run(instance), "run 1");
    ck_assert_str_eq(run(instance), "run 2");
    for (int i = 0; strcmp(run(instance), "run 1") != 0; i++)
        ck_assert_int_lt(i, 20);
    expect_only_line(host, FC_LOG_WARNING, "it starts anew without them");
    ck_assert_uint_eq(stats_of(instance).failures[FC_FAILURE_MEMORY], 2);
}
END_TEST

static bool says_good(const struct fc_stats *stats)
{
    (void)stats;
    return strcmp(host->alerts[host->alert_count - 1].message, "good") == 0;
}

/* Its VM is made anew with the program that it had. */
START_TEST(a_full_vm_keeps_its_script_when_the_file_is_a_bad_one_by_then)
{
    struct mock_instance *instance =
        mock_start_script(host, "n = (n or 0) + 1\n"
                                "while flow.srv_port() == 1 do\n"
                                "all = {all} end\n"
                                "flow.triggerAlert(n, 'run ' .. n)\n");

    ck_assert_str_eq(run(instance), "run 1");
    mock_write(host, MOCK_SCRIPT, "not Lua");
    flow.srv_port = 1;
    ck_assert_str_eq(run(instance), "");
    flow.srv_port = 2;
    ck_assert_int_eq(stats_of(instance).state, FC_HOOK_READY);
    ck_assert_str_eq(run(instance), ""); /* skipped */
    ck_assert_str_eq(run(instance), "run 1");
    mock_run_until(instance, &flow, has_failed);
    ck_assert_int_eq(stats_of(instance).state, FC_HOOK_READY);
    expect_line(host, FC_LOG_WARNING, "the version before it stays in use");
    mock_write(host, MOCK_SCRIPT, "flow.triggerAlert(1, 'good')");
    mock_run_until(instance, &flow, says_good);
}
END_TEST

START_TEST(a_changed_module_that_a_script_requires_is_taken_over)
{
    struct mock_instance *instance;

    mock_write(host, MOCK_SCRIPTS "words.lua", "return { word = 'one' }");
    instance =
        mock_start_script(host, "flow.triggerAlert(1, require('words').word)");
    ck_assert_str_eq(run(instance), "one");
    mock_write(host, MOCK_SCRIPTS "words.lua", "return { word = 'other' }");
    mock_run_until(instance, &flow, is_loaded);
    ck_assert_str_eq(run(instance), "other");
    expect_quiet(host);
}
END_TEST

START_TEST(a_module_that_appears_is_found)
{
    struct mock_instance *instance =
        mock_start_script(host, "flow.triggerAlert(1, require('words').word)");

    ck_assert_str_eq(run(instance), "");
    expect_only_line(host, FC_LOG_ERROR, "module 'words' not found");
    mock_write(host, MOCK_SCRIPTS "words.lua", "return { word = 'there' }");
    mock_run_until(instance, &flow, is_loaded);
    ck_assert_str_eq(run(instance), "there");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("reload");
    TCase *tests = tcase_create("reload");

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_changed_script_is_taken_over_with_fresh_globals);
    tcase_add_test(tests, a_script_that_is_replaced_by_a_rename_is_noticed);
    tcase_add_test(tests, each_change_is_taken_over_once);
    tcase_add_test(tests, the_figures_go_on_over_a_reload);
    tcase_add_test(tests, a_changed_script_has_its_errors_told_anew);
    tcase_add_test(tests, a_script_that_appears_is_taken_over);
    tcase_add_test(tests, a_script_that_disappears_runs_no_more);
    tcase_add_test(tests, the_hooks_change_together);
    tcase_add_test(tests, a_hook_is_active_from_when_its_script_comes);
    tcase_add_loop_test(
        tests, a_bad_file_leaves_the_old_one_in_use_until_a_good_one_comes, 0,
        COUNT(bad_files));
    tcase_add_test(tests,
                   a_file_that_grows_too_large_leaves_the_old_one_in_use);
    tcase_add_test(tests, a_named_script_that_disappears_stays_in_use);
    tcase_add_test(tests, a_bad_file_of_one_hook_leaves_all_in_use);
    tcase_add_test(
        tests,
        a_script_that_was_bad_from_the_start_is_taken_over_when_repaired);
    tcase_add_test(tests,
                   a_full_vm_loses_its_globals_and_a_line_a_minute_counts);
    tcase_add_test(tests,
                   a_vm_whose_globals_stop_two_runs_in_a_row_starts_anew);
    tcase_add_test(
        tests, a_full_vm_keeps_its_script_when_the_file_is_a_bad_one_by_then);
    tcase_add_test(tests,
                   a_changed_module_that_a_script_requires_is_taken_over);
    tcase_add_test(tests, a_module_that_appears_is_found);
    return run_suite(suite);
}
