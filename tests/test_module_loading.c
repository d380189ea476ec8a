/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What host/modules.h and host/checks.h promise, with modules that are built
 * from tests/modules/. The environment variable TEST_MODULES names the
 * directory in which they are, FLOW_USER_CHECK the module that people use.
 */
#include <check.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "loader.h"
#include "mock_flow.h"
#include "mock_host.h"
#include "run_suite.h"

#define COUNT(array) (int)(sizeof(array) / sizeof(array)[0])

/* --- Loading ------------------------------------------------------------- */

START_TEST(an_empty_directory_has_no_checks)
{
    struct modules *modules = loader_load();

    expect_keys(modules, "");
    ck_assert_ptr_null(modules_find(modules, "logging"));
    modules_unload(modules);
    ck_assert_str_eq(loader_log(), "");
}
END_TEST

START_TEST(a_directory_that_cannot_be_read_is_an_error_that_names_it)
{
    struct text_error err = { "" };

    ck_assert_ptr_null(modules_load("/no/such/directory", "/", &err));
    ck_assert_str_eq(err.text, "/no/such/directory: cannot read the module "
                               "directory: No such file or directory");
}
END_TEST

START_TEST(only_files_named_so_are_modules)
{
    struct modules *modules;

    loader_write("README", "not a module");
    loader_write("notes.so.bak", "not a module");
    loader_write(".so", "not a module");
    modules = loader_load_one("logging");
    expect_keys(modules, "logging ");
    ck_assert_str_eq(loader_log(), "");
    modules_unload(modules);
}
END_TEST

START_TEST(a_check_is_found_by_its_key_and_knows_its_file)
{
    struct modules *modules = loader_load_one("logging");
    const struct module_check *check = modules_find(modules, "logging");
    char path[MOCK_PATH_MAX];

    loader_path("logging.so", path);
    ck_assert_ptr_nonnull(check);
    ck_assert_str_eq(check->file, path);
    ck_assert_str_eq(check->check.title, "The fixture logging");
    ck_assert_ptr_null(modules_find(modules, "loggin"));
    modules_unload(modules);
}
END_TEST

START_TEST(modules_load_in_the_order_of_their_names)
{
    struct modules *modules;

    loader_add_as("shorter", "30.so");
    loader_add_as("longer", "10.so");
    loader_add_as("shortest", "20.so");
    modules = loader_load();
    expect_keys(modules, "longer shortest shorter ");
    modules_unload(modules);
}
END_TEST

START_TEST(modules_are_unloaded_the_last_loaded_first)
{
    loader_add_as("shorter", "30.so");
    loader_add_as("longer", "10.so");
    loader_add_as("shortest", "20.so");
    modules_unload(loader_load());
    ck_assert_str_eq(loader_log(), "unloaded shorter\n"
                                   "unloaded shortest\n"
                                   "unloaded longer\n");
}
END_TEST

/* The module that people use, as the real host loads it. */
START_TEST(the_flow_user_check_loads)
{
    struct modules *modules;

    loader_link(getenv("FLOW_USER_CHECK"), "flow_user_check.so");
    modules = loader_load();
    expect_keys(modules, "custom_lua_script ");
    modules_unload(modules);
    ck_assert_str_eq(loader_log(), "");
}
END_TEST

/* --- Modules that are refused -------------------------------------------- */

/* What is wrong is told, and the modules before and after it are loaded. */
static void expect_refused(const char *why)
{
    struct modules *modules;

    loader_add_as("longer", "before.so");
    loader_add_as("shorter", "z_after.so");
    modules = loader_load();
    expect_keys(modules, "longer shorter ");
    expect_logged(why);
    expect_logged("flowcheck: error: ");
    modules_unload(modules);
}

static const struct {
    const char *fixture;
    const char *why;
} refused[] = {
    { "no_symbol", "no_symbol.so: not loaded: it is not a flow-check module: "
                   "it does not export fc_module_init" },
    { "wrong_version", "wrong_version.so: its check was built for ABI version "
                       "2, this host speaks version 1: rebuild" },
    { "wrong_version", "wrong_version.so: not loaded: its fc_module_init "
                       "failed" },
    { "too_short", "too_short.so: its struct fc_check has " },
    { "failing_init", "failing_init fails on purpose" },
    { "failing_init", "failing_init.so: not loaded: its fc_module_init failed "
                      "(1)" },
};

START_TEST(a_module_that_is_refused_is_told_and_the_others_load)
{
    loader_add(refused[_i].fixture);
    expect_refused(refused[_i].why);
}
END_TEST

START_TEST(the_checks_of_an_init_that_fails_are_gone)
{
    struct modules *modules = loader_load_one("failing_init");

    expect_keys(modules, "");
    ck_assert_ptr_null(modules_find(modules, "failing_init"));
    expect_logged("unloaded failing_init\n");
    modules_unload(modules);
}
END_TEST

START_TEST(a_file_that_is_no_shared_object_is_refused)
{
    loader_write("text.so", "this is text, and no shared object at all\n");
    expect_refused("text.so: ");
}
END_TEST

START_TEST(an_empty_file_is_refused)
{
    loader_write("empty.so", "");
    expect_refused("empty.so: file too short");
}
END_TEST

START_TEST(a_directory_is_refused)
{
    loader_write("folder.so/inside", "");
    expect_refused("folder.so: ");
}
END_TEST

START_TEST(a_link_that_leads_nowhere_is_refused)
{
    loader_link("/no/such/module.so", "nowhere.so");
    expect_refused("nowhere.so: ");
}
END_TEST

static const struct {
    const char *fault;
    const char *why;
} faults[] = {
    { "no key", "check \"\" refused: it has no key" },
    { "long key", "refused: its key is longer than 64 bytes" },
    { "no title", "check \"faulty\" refused: it has no title" },
    { "empty title", "refused: its title is empty, or no line of UTF-8" },
    { "red title", "refused: its title is empty, or no line of UTF-8" },
    { "bad title", "refused: its title is empty, or no line of UTF-8" },
    { "long title", "refused: its title is longer than 128 bytes" },
    { "long description", "refused: its description is longer than 1024" },
    { "two lines", "refused: its description is no line of UTF-8" },
    { "no hook", "refused: its hook mask is 0: no hook would ever be" },
    { "new hook", "refused: its hook mask has hooks that this host does not" },
    { "all hooks", "refused: its hook mask has hooks that this host does not" },
    { "empty key", "check \"\" refused: its key is empty or has characters" },
    { "bad key", "check \"Bad key\" refused: its key is empty or has "
                 "characters other than a-z, 0-9 and _" },
    { "no enable", "refused: it has no enable" },
    { "no disable", "refused: it has no disable" },
    { "no on_detect", "refused: it has no on_detect, a function for a hook" },
    { "no on_periodic", "refused: it has no on_periodic, a function for a" },
    { "no on_end", "refused: it has no on_end, a function for a hook of its" },
};

START_TEST(a_check_with_a_fault_is_refused_with_a_sentence_about_it)
{
    ck_assert_int_eq(setenv("FIXTURE_FAULT", faults[_i].fault, 1), 0);
    loader_add("faulty");
    expect_refused(faults[_i].why);
    expect_logged("/faulty.so: check \"");
    unsetenv("FIXTURE_FAULT");
}
END_TEST

static const struct {
    const char *fault;
    const char *why;
} abi_faults[] = {
    { "no size", "faulty.so: its struct fc_check has 0 bytes, fewer than" },
    { "any size", "faulty.so: its struct fc_check has 4294967295 bytes, more "
                  "than 4096: set its struct_size" },
    { "odd status", "faulty.so: not loaded: its fc_module_init failed (77)" },
    { "no version", "faulty.so: its check was built for ABI version 0, this" },
};

START_TEST(a_check_of_another_abi_is_refused_with_a_sentence_about_it)
{
    ck_assert_int_eq(setenv("FIXTURE_FAULT", abi_faults[_i].fault, 1), 0);
    loader_add("faulty");
    expect_refused(abi_faults[_i].why);
    unsetenv("FIXTURE_FAULT");
}
END_TEST

START_TEST(a_check_without_a_fault_is_taken)
{
    struct modules *modules = loader_load_one("faulty");

    expect_keys(modules, "faulty ");
    modules_unload(modules);
}
END_TEST

START_TEST(the_first_of_two_checks_of_the_same_key_stays)
{
    struct modules *modules;
    char path[MOCK_PATH_MAX];

    loader_add_as("logging", "10.so");
    loader_add_as("logging", "20.so");
    modules = loader_load();
    expect_keys(modules, "logging ");
    loader_path("10.so", path);
    ck_assert_str_eq(modules_get(modules, 0)->file, path);
    expect_logged(
        "20.so: check \"logging\" refused: another check has the same "
        "key");
    modules_unload(modules);
}
END_TEST

START_TEST(a_module_without_a_check_is_told)
{
    struct modules *modules;

    ck_assert_int_eq(setenv("FIXTURE_FAULT", "no check", 1), 0);
    modules = loader_load_one("faulty");
    expect_keys(modules, "");
    expect_logged("warning: ");
    expect_logged("faulty.so: it has registered no check\n");
    modules_unload(modules);
    unsetenv("FIXTURE_FAULT");
}
END_TEST

/* As many as it may offer: one twice, one NULL, 62 others. */
START_TEST(a_module_has_64_checks_and_each_of_them_once)
{
    struct modules *modules = loader_load_one("greedy");

    ck_assert_uint_eq(modules_count(modules), 1 + FC_CHECKS_MAX - 3);
    ck_assert_ptr_nonnull(modules_find(modules, "greedy_60"));
    ck_assert_ptr_null(modules_find(modules, "greedy_61"));
    ck_assert_str_eq(modules_get(modules, 1)->check.key, "greedy_0");
    expect_logged("greedy.so: check \"greedy\" refused: another check has the "
                  "same key: this module registered it before\n");
    expect_logged("greedy.so: check \"\" refused: the pointer to it is NULL\n");
    expect_logged_once("greedy.so\" registers more than 64 checks: the rest is "
                       "refused\n");
    modules_unload(modules);
}
END_TEST

/* --- Checks that run ----------------------------------------------------- */

START_TEST(a_check_is_called_in_the_order_of_its_life_cycle)
{
    struct modules *modules = loader_load_one("logging");
    struct checks *checks = loader_enable(modules, "logging", NULL);
    const struct fc_flow flow = mock_any_flow();

    ck_assert_str_eq(checks_get(checks, 0)->key, "logging");
    for (int hook = 0; hook < FC_HOOKS; hook++)
        checks_run(checks, (enum fc_hook)hook, &flow);
    checks_free(checks);
    modules_unload(modules);
    ck_assert_str_eq(loader_log(), "enable in /install/dir\n"
                                   "config {}\n"
                                   "on_detect TLS.Google\n"
                                   "on_periodic TLS.Google\n"
                                   "on_end TLS.Google\n"
                                   "disable {}\n"
                                   "unloaded logging\n");
}
END_TEST

START_TEST(the_figures_of_a_check_are_its_own)
{
    struct modules *modules = loader_load_one("logging");
    struct checks *checks = loader_enable(modules, "logging", NULL);
    struct fc_stats stats;

    checks_stats(checks, 0, FC_HOOK_END, &stats);
    ck_assert_uint_eq(stats.runs, 100 + FC_HOOK_END);
    ck_assert_uint_eq(stats.ok, 0);
    checks_free(checks);
    modules_unload(modules);
}
END_TEST

static const struct {
    unsigned worker;
    const char *script_conf;
    const char *log;
} unwilling[] = {
    { 13, "{}",
      "enable in /install/dir\n"
      "flowcheck: error: check \"logging\" is off: it could not be enabled\n" },
    { 0, "[1]",
      "enable in /install/dir\n"
      "config [1]\n"
      "flowcheck: error: check \"logging\" is off: it refused its settings\n"
      "disable [1]\n" },
};

START_TEST(a_check_that_does_not_want_to_run_is_off)
{
    const struct fc_flow flow = mock_any_flow();
    struct modules *modules = loader_load_one("logging");
    struct checks *checks =
        checks_new("/install/dir", unwilling[_i].worker, NULL, NULL);

    ck_assert_int_eq(checks_enable(checks, modules_get(modules, 0),
                                   unwilling[_i].script_conf),
                     -1);
    ck_assert_uint_eq(checks_count(checks), 0);
    checks_run(checks, FC_HOOK_DETECTED, &flow);
    checks_free(checks);
    ck_assert_str_eq(loader_log(), unwilling[_i].log);
    modules_unload(modules);
}
END_TEST

START_TEST(instances_are_disabled_the_last_enabled_first)
{
    struct modules *modules = loader_load_one("logging");
    struct checks *checks = checks_new("/1", 1, NULL, NULL);
    const struct module_check *check = modules_get(modules, 0);

    ck_assert_int_eq(checks_enable(checks, check, "{\"n\":1}"), 0);
    ck_assert_int_eq(checks_enable(checks, check, "[1]"), -1);
    ck_assert_int_eq(checks_enable(checks, check, "{\"n\":2}"), 0);
    ck_assert_uint_eq(checks_count(checks), 2);
    checks_free(checks);
    expect_logged("disable {\"n\":2}\n"
                  "disable {\"n\":1}\n");
    modules_unload(modules);
}
END_TEST

/* Its other callbacks are not there: none may be called. */
static const struct {
    const char *fixture;
    uint32_t hooks;
} other_sizes[] = {
    { "shorter", FC_HOOK_BIT(FC_HOOK_DETECTED) | FC_HOOK_BIT(FC_HOOK_END) },
    { "longer", FC_HOOK_BIT(FC_HOOK_DETECTED) | FC_HOOK_BIT(FC_HOOK_END) },
    { "shortest", FC_HOOK_BIT(FC_HOOK_DETECTED) },
};

START_TEST(of_a_check_without_figures_the_host_counts_calls)
{
    const struct fc_flow flow = mock_any_flow();
    const char *fixture = other_sizes[_i].fixture;
    struct modules *modules = loader_load_one(fixture);
    struct checks *checks = loader_enable(modules, fixture, NULL);
    struct fc_stats stats;

    for (int hook = 0; hook < FC_HOOKS; hook++) {
        bool has = other_sizes[_i].hooks & FC_HOOK_BIT(hook);

        checks_run(checks, (enum fc_hook)hook, &flow);
        checks_run(checks, (enum fc_hook)hook, &flow);
        memset(&stats, 0xAA, sizeof stats);
        checks_stats(checks, 0, (enum fc_hook)hook, &stats);
        ck_assert_uint_eq(stats.runs, has ? 2 : 0);
        ck_assert_int_eq(stats.state, has ? FC_HOOK_READY : FC_HOOK_EMPTY);
        ck_assert_uint_eq(stats.failures[0] + stats.timed, 0);
        ck_assert_ptr_null(stats.script);
    }
    ck_assert_int_eq(checks_lint(checks, 0, NULL, NULL), -1);
    checks_free(checks);
    modules_unload(modules);
}
END_TEST

START_TEST(of_a_check_without_figures_the_host_counts_alerts)
{
    const struct fc_flow flow = mock_any_flow();
    struct heard heard = { .count = 0 };
    struct modules *modules = loader_load_one("meddler");
    struct checks *checks = loader_enable(modules, "meddler", &heard);
    struct fc_stats stats;

    checks_run(checks, FC_HOOK_END, &flow);
    checks_stats(checks, 0, FC_HOOK_END, &stats);
    ck_assert_uint_eq(stats.alerts, 3);
    ck_assert_uint_eq(stats.clamped, 3);
    heard.fate = FC_ALERT_DUPLICATE;
    checks_run(checks, FC_HOOK_DETECTED, &flow);
    heard.fate = FC_ALERT_LIMIT;
    checks_run(checks, FC_HOOK_DETECTED, &flow);
    checks_stats(checks, 0, FC_HOOK_DETECTED, &stats);
    ck_assert_uint_eq(stats.runs, 2);
    ck_assert_uint_eq(stats.alerts, 0);
    ck_assert_uint_eq(stats.duplicates, 1);
    ck_assert_uint_eq(stats.over_limit, 1);
    checks_free(checks);
    modules_unload(modules);
}
END_TEST

/* --- Alerts of checks ---------------------------------------------------- */

START_TEST(a_check_cannot_register_or_alert_out_of_time)
{
    struct heard heard = { 0 };
    struct modules *modules = loader_load_one("meddler");
    struct checks *checks = loader_enable(modules, "meddler", &heard);

    expect_keys(modules, "meddler ");
    ck_assert_int_eq(heard.count, 0);
    expect_logged("check \"meddler\" registers a check outside its init: "
                  "refused\n");
    expect_logged("check \"meddler\" triggers an alert outside its hooks: "
                  "refused\n");
    checks_free(checks);
    modules_unload(modules);
}
END_TEST

START_TEST(an_alert_is_about_the_current_flow_or_refused)
{
    const struct fc_flow flow = mock_any_flow();
    struct heard heard = { 0 };
    struct modules *modules = loader_load_one("meddler");
    struct checks *checks = loader_enable(modules, "meddler", &heard);

    checks_run(checks, FC_HOOK_DETECTED, &flow);
    ck_assert_int_eq(heard.count, 1);
    ck_assert_ptr_eq(heard.told[0].flow, &flow);
    ck_assert_int_eq(heard.told[0].hook, FC_HOOK_DETECTED);
    ck_assert_str_eq(heard.told[0].check->key, "meddler");
    ck_assert_int_eq(heard.alerts[0].score, 10);
    ck_assert_mem_eq(heard.alerts[0].message, "plain", 5);
    expect_logged_once("triggers an alert about a flow that is not the current "
                       "one: refused\n");
    checks_free(checks);
    modules_unload(modules);
}
END_TEST

START_TEST(an_alert_is_held_to_its_limits)
{
    const struct fc_flow flow = mock_any_flow();
    struct heard heard = { 0 };
    struct modules *modules = loader_load_one("meddler");
    struct checks *checks = loader_enable(modules, "meddler", &heard);

    checks_run(checks, FC_HOOK_END, &flow);
    ck_assert_int_eq(heard.count, 3);
    ck_assert_int_eq(heard.alerts[0].score, FC_SCORE_MAX);
    ck_assert_int_eq(heard.alerts[1].score, 0);
    ck_assert_uint_eq(heard.alerts[1].message_len, FC_MESSAGE_MAX);
    ck_assert_uint_eq(heard.alerts[2].message_len, 0);
    checks_free(checks);
    modules_unload(modules);
}
END_TEST

/* --- The suite ----------------------------------------------------------- */

static void add_loading_tests(TCase *tests)
{
    tcase_add_test(tests, an_empty_directory_has_no_checks);
    tcase_add_test(tests,
                   a_directory_that_cannot_be_read_is_an_error_that_names_it);
    tcase_add_test(tests, only_files_named_so_are_modules);
    tcase_add_test(tests, a_check_is_found_by_its_key_and_knows_its_file);
    tcase_add_test(tests, modules_load_in_the_order_of_their_names);
    tcase_add_test(tests, modules_are_unloaded_the_last_loaded_first);
    tcase_add_test(tests, the_flow_user_check_loads);
}

static void add_refusal_tests(TCase *tests)
{
    tcase_add_loop_test(tests,
                        a_module_that_is_refused_is_told_and_the_others_load, 0,
                        COUNT(refused));
    tcase_add_test(tests, the_checks_of_an_init_that_fails_are_gone);
    tcase_add_test(tests, a_file_that_is_no_shared_object_is_refused);
    tcase_add_test(tests, an_empty_file_is_refused);
    tcase_add_test(tests, a_directory_is_refused);
    tcase_add_test(tests, a_link_that_leads_nowhere_is_refused);
    tcase_add_loop_test(
        tests, a_check_with_a_fault_is_refused_with_a_sentence_about_it, 0,
        COUNT(faults));
    tcase_add_loop_test(
        tests, a_check_of_another_abi_is_refused_with_a_sentence_about_it, 0,
        COUNT(abi_faults));
    tcase_add_test(tests, a_check_without_a_fault_is_taken);
    tcase_add_test(tests, a_module_without_a_check_is_told);
    tcase_add_test(tests, a_module_has_64_checks_and_each_of_them_once);
    tcase_add_test(tests, the_first_of_two_checks_of_the_same_key_stays);
}

static void add_running_tests(TCase *tests)
{
    tcase_add_test(tests, a_check_is_called_in_the_order_of_its_life_cycle);
    tcase_add_test(tests, the_figures_of_a_check_are_its_own);
    tcase_add_loop_test(tests, a_check_that_does_not_want_to_run_is_off, 0,
                        COUNT(unwilling));
    tcase_add_test(tests, instances_are_disabled_the_last_enabled_first);
    tcase_add_loop_test(tests, of_a_check_without_figures_the_host_counts_calls,
                        0, COUNT(other_sizes));
    tcase_add_test(tests, of_a_check_without_figures_the_host_counts_alerts);
    tcase_add_test(tests, a_check_cannot_register_or_alert_out_of_time);
    tcase_add_test(tests, an_alert_is_about_the_current_flow_or_refused);
    tcase_add_test(tests, an_alert_is_held_to_its_limits);
}

int main(void)
{
    Suite *suite = suite_create("module loading");
    TCase *tests = tcase_create("module loading");

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, loader_start, loader_end);
    add_loading_tests(tests);
    add_refusal_tests(tests);
    add_running_tests(tests);
    return run_suite(suite);
}
