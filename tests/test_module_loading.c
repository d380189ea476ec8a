/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What host/modules.h and host/checks.h promise, with modules that are built
 * from tests/modules/. The environment variable TEST_MODULES names the
 * directory in which they are, FLOW_USER_CHECK the module that people use.
 */
#include <check.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "checks.h"
#include "mock_expect.h"
#include "mock_flow.h"
#include "modules.h"
#include "run_suite.h"

#define COUNT(array) (int)(sizeof(array) / sizeof(array)[0])

/* It loads nothing here, but lends its directory. */
static struct mock_host *mock;
static char log_path[MOCK_PATH_MAX];
static int real_stderr;

/* --- A directory and a log for each test --------------------------------- */

/* From here on the host's log, which is stderr, goes to a file. */
static void set_up(void)
{
    int log;

    mock = mock_host_new();
    mock_path(mock, "log", log_path);
    log = open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    ck_assert_int_ge(log, 0);
    real_stderr = dup(STDERR_FILENO);
    ck_assert_int_ge(dup2(log, STDERR_FILENO), 0);
    close(log);
}

static void tear_down(void)
{
    dup2(real_stderr, STDERR_FILENO);
    close(real_stderr);
    mock_host_free(mock);
}

/* All that was logged; valid until the next call. */
static const char *read_log(void)
{
    static char text[65536];
    FILE *file = fopen(log_path, "r");

    ck_assert_ptr_nonnull(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    return text;
}

static void expect_log(const char *text)
{
    const char *log = read_log();

    ck_assert_msg(strstr(log, text) != NULL, "not logged: \"%s\" but\n%s", text,
                  log);
}

/* --- Modules ------------------------------------------------------------- */

static void link_file(const char *target, const char *name)
{
    char path[MOCK_PATH_MAX];

    mock_path(mock, name, path);
    ck_assert_int_eq(symlink(target, path), 0);
}

/* Puts the fixture into the directory, under another name. */
static void add_module_as(const char *fixture, const char *name)
{
    const char *modules = getenv("TEST_MODULES");
    char target[PATH_MAX];

    ck_assert_msg(modules != NULL, "set TEST_MODULES to the built fixtures");
    snprintf(target, sizeof target, "%s/%s.so", modules, fixture);
    ck_assert_msg(access(target, R_OK) == 0, "%s", target);
    link_file(target, name);
}

static void add_module(const char *fixture)
{
    char name[64];

    snprintf(name, sizeof name, "%s.so", fixture);
    add_module_as(fixture, name);
}

static struct modules *load(void)
{
    struct text_error err = { "" };
    struct modules *modules =
        modules_load(mock->install_dir, "/install/dir", &err);

    ck_assert_msg(modules != NULL, "%s", err.text);
    return modules;
}

static struct modules *load_one(const char *fixture)
{
    add_module(fixture);
    return load();
}

/* The keys that are registered, in their order, each with a space after it. */
static void expect_keys(const struct modules *modules, const char *keys)
{
    char found[256] = "";

    for (size_t i = 0; i < modules_count(modules); i++) {
        strcat(found, modules_get(modules, i)->check.key);
        strcat(found, " ");
    }
    ck_assert_str_eq(found, keys);
}

/* --- Loading ------------------------------------------------------------- */

START_TEST(an_empty_directory_has_no_checks)
{
    struct modules *modules = load();

    expect_keys(modules, "");
    ck_assert_ptr_null(modules_find(modules, "logging"));
    modules_unload(modules);
    ck_assert_str_eq(read_log(), "");
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

    mock_write(mock, "README", "not a module");
    mock_write(mock, "notes.so.bak", "not a module");
    mock_write(mock, ".so", "not a module");
    modules = load_one("logging");
    expect_keys(modules, "logging ");
    ck_assert_str_eq(read_log(), "");
    modules_unload(modules);
}
END_TEST

START_TEST(a_check_is_found_by_its_key_and_knows_its_file)
{
    struct modules *modules = load_one("logging");
    const struct module_check *check = modules_find(modules, "logging");
    char path[MOCK_PATH_MAX];

    mock_path(mock, "logging.so", path);
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

    add_module_as("shorter", "30.so");
    add_module_as("longer", "10.so");
    add_module_as("shortest", "20.so");
    modules = load();
    expect_keys(modules, "longer shortest shorter ");
    modules_unload(modules);
}
END_TEST

START_TEST(modules_are_unloaded_the_last_loaded_first)
{
    add_module_as("shorter", "30.so");
    add_module_as("longer", "10.so");
    add_module_as("shortest", "20.so");
    modules_unload(load());
    ck_assert_str_eq(read_log(), "unloaded shorter\n"
                                 "unloaded shortest\n"
                                 "unloaded longer\n");
}
END_TEST

/* The module that people use, as the real host loads it. */
START_TEST(the_flow_user_check_loads)
{
    struct modules *modules;

    link_file(getenv("FLOW_USER_CHECK"), "flow_user_check.so");
    modules = load();
    expect_keys(modules, "custom_lua_script ");
    modules_unload(modules);
    ck_assert_str_eq(read_log(), "");
}
END_TEST

/* --- Modules that are refused -------------------------------------------- */

/* What is wrong is told, and the modules before and after it are loaded. */
static void expect_refused(const char *why)
{
    struct modules *modules;

    add_module_as("longer", "before.so");
    add_module_as("shorter", "z_after.so");
    modules = load();
    expect_keys(modules, "longer shorter ");
    expect_log(why);
    expect_log("flowcheck: error: ");
    modules_unload(modules);
}

static const struct {
    const char *fixture;
    const char *why;
} refused[] = {
    { "no_symbol", "no_symbol.so: not loaded: it is no module of flow checks, "
                   "for it exports no fc_module_init" },
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
    add_module(refused[_i].fixture);
    expect_refused(refused[_i].why);
}
END_TEST

START_TEST(the_checks_of_an_init_that_fails_are_gone)
{
    struct modules *modules = load_one("failing_init");

    expect_keys(modules, "");
    ck_assert_ptr_null(modules_find(modules, "failing_init"));
    expect_log("unloaded failing_init\n");
    modules_unload(modules);
}
END_TEST

START_TEST(a_file_that_is_no_shared_object_is_refused)
{
    mock_write(mock, "text.so", "this is text, and no shared object at all\n");
    expect_refused("text.so: ");
}
END_TEST

START_TEST(an_empty_file_is_refused)
{
    mock_write(mock, "empty.so", "");
    expect_refused("empty.so: file too short");
}
END_TEST

START_TEST(a_directory_is_refused)
{
    mock_write(mock, "folder.so/inside", "");
    expect_refused("folder.so: ");
}
END_TEST

START_TEST(a_link_that_leads_nowhere_is_refused)
{
    link_file("/no/such/module.so", "nowhere.so");
    expect_refused("nowhere.so: ");
}
END_TEST

static const struct {
    const char *fault;
    const char *why;
} faults[] = {
    { "no key", "check \"\" refused: it has no key or no title" },
    { "no title", "check \"faulty\" refused: it has no key or no title" },
    { "empty key", "check \"\" refused: its key is empty or has characters" },
    { "bad key", "check \"Bad key\" refused: its key is empty or has "
                 "characters other than a-z, 0-9 and _" },
    { "no enable", "refused: it has no enable or no disable" },
    { "no disable", "refused: it has no enable or no disable" },
    { "no on_detect", "refused: it has no function for a hook of its hook" },
    { "no on_periodic", "refused: it has no function for a hook of its hook" },
    { "no on_end", "refused: it has no function for a hook of its hook mask" },
};

START_TEST(a_check_with_a_fault_is_refused_with_a_sentence_about_it)
{
    ck_assert_int_eq(setenv("FIXTURE_FAULT", faults[_i].fault, 1), 0);
    add_module("faulty");
    expect_refused(faults[_i].why);
    expect_log("/faulty.so: check \"");
    unsetenv("FIXTURE_FAULT");
}
END_TEST

START_TEST(a_check_without_a_fault_is_taken)
{
    struct modules *modules = load_one("faulty");

    expect_keys(modules, "faulty ");
    modules_unload(modules);
}
END_TEST

START_TEST(the_first_of_two_checks_of_the_same_key_stays)
{
    struct modules *modules;
    char path[MOCK_PATH_MAX];

    add_module_as("logging", "10.so");
    add_module_as("logging", "20.so");
    modules = load();
    expect_keys(modules, "logging ");
    mock_path(mock, "10.so", path);
    ck_assert_str_eq(modules_get(modules, 0)->file, path);
    expect_log("20.so: check \"logging\" refused: another check has the same "
               "key");
    modules_unload(modules);
}
END_TEST

/* --- Checks that run ----------------------------------------------------- */

/* What a worker hears of its checks' alerts. */
struct heard {
    int count;
    struct checks_alert told[8];
    struct fc_alert alerts[8];
};

static enum fc_alert_fate hear(void *context, const struct checks_alert *told)
{
    struct heard *heard = context;

    ck_assert_int_lt(heard->count, COUNT(heard->alerts));
    heard->told[heard->count] = *told;
    heard->alerts[heard->count] = *told->alert;
    heard->count++;
    return FC_ALERT_RAISED;
}

static struct checks *enable_one(const struct modules *modules, const char *key,
                                 struct heard *heard)
{
    struct checks *checks = checks_new("/install/dir", 3, hear, heard);

    ck_assert_ptr_nonnull(checks);
    ck_assert_int_eq(checks_enable(checks, modules_find(modules, key), "{}"),
                     0);
    ck_assert_uint_eq(checks_count(checks), 1);
    return checks;
}

START_TEST(a_check_is_called_in_the_order_of_its_life_cycle)
{
    struct modules *modules = load_one("logging");
    struct checks *checks = enable_one(modules, "logging", NULL);
    const struct fc_flow flow = mock_any_flow();

    ck_assert_str_eq(checks_get(checks, 0)->key, "logging");
    for (int hook = 0; hook < FC_HOOKS; hook++)
        checks_run(checks, (enum fc_hook)hook, &flow);
    checks_free(checks);
    modules_unload(modules);
    ck_assert_str_eq(read_log(), "enable in /install/dir\n"
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
    struct modules *modules = load_one("logging");
    struct checks *checks = enable_one(modules, "logging", NULL);
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
    struct modules *modules = load_one("logging");
    struct checks *checks =
        checks_new("/install/dir", unwilling[_i].worker, hear, NULL);

    ck_assert_int_eq(checks_enable(checks, modules_get(modules, 0),
                                   unwilling[_i].script_conf),
                     -1);
    ck_assert_uint_eq(checks_count(checks), 0);
    checks_run(checks, FC_HOOK_DETECTED, &flow);
    checks_free(checks);
    ck_assert_str_eq(read_log(), unwilling[_i].log);
    modules_unload(modules);
}
END_TEST

START_TEST(instances_are_disabled_the_last_enabled_first)
{
    struct modules *modules = load_one("logging");
    struct checks *checks = checks_new("/1", 1, hear, NULL);
    const struct module_check *check = modules_get(modules, 0);

    ck_assert_int_eq(checks_enable(checks, check, "{\"n\":1}"), 0);
    ck_assert_int_eq(checks_enable(checks, check, "[1]"), -1);
    ck_assert_int_eq(checks_enable(checks, check, "{\"n\":2}"), 0);
    ck_assert_uint_eq(checks_count(checks), 2);
    checks_free(checks);
    expect_log("disable {\"n\":2}\n"
               "disable {\"n\":1}\n");
    modules_unload(modules);
}
END_TEST

/* Its other callbacks are not there: none may be called. */
static const char *const other_sizes[] = { "shorter", "longer", "shortest" };

START_TEST(a_check_of_another_size_runs_and_has_no_figures)
{
    const struct fc_flow flow = mock_any_flow();
    struct modules *modules = load_one(other_sizes[_i]);
    struct checks *checks = enable_one(modules, other_sizes[_i], NULL);
    struct fc_stats stats;

    for (int hook = 0; hook < FC_HOOKS; hook++) {
        checks_run(checks, (enum fc_hook)hook, &flow);
        memset(&stats, 0xAA, sizeof stats);
        checks_stats(checks, 0, (enum fc_hook)hook, &stats);
        ck_assert_uint_eq(stats.runs, 0);
        ck_assert_ptr_null(stats.script);
    }
    ck_assert_int_eq(checks_lint(checks, 0, NULL, NULL), -1);
    checks_free(checks);
    modules_unload(modules);
}
END_TEST

/* --- Alerts of checks ---------------------------------------------------- */

START_TEST(a_check_cannot_register_or_alert_out_of_time)
{
    struct heard heard = { 0 };
    struct modules *modules = load_one("meddler");
    struct checks *checks = enable_one(modules, "meddler", &heard);

    expect_keys(modules, "meddler ");
    ck_assert_int_eq(heard.count, 0);
    expect_log("registers a check outside its init: refused");
    expect_log("check \"meddler\" triggers an alert about a flow that is not "
               "the current one: refused");
    checks_free(checks);
    modules_unload(modules);
}
END_TEST

START_TEST(an_alert_is_about_the_current_flow_or_refused)
{
    const struct fc_flow flow = mock_any_flow();
    struct heard heard = { 0 };
    struct modules *modules = load_one("meddler");
    struct checks *checks = enable_one(modules, "meddler", &heard);

    checks_run(checks, FC_HOOK_DETECTED, &flow);
    ck_assert_int_eq(heard.count, 1);
    ck_assert_ptr_eq(heard.told[0].flow, &flow);
    ck_assert_int_eq(heard.told[0].hook, FC_HOOK_DETECTED);
    ck_assert_str_eq(heard.told[0].check->key, "meddler");
    ck_assert_int_eq(heard.alerts[0].score, 10);
    ck_assert_mem_eq(heard.alerts[0].message, "plain", 5);
    checks_free(checks);
    modules_unload(modules);
}
END_TEST

START_TEST(an_alert_is_held_to_its_limits)
{
    const struct fc_flow flow = mock_any_flow();
    struct heard heard = { 0 };
    struct modules *modules = load_one("meddler");
    struct checks *checks = enable_one(modules, "meddler", &heard);

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
    tcase_add_test(tests, a_check_without_a_fault_is_taken);
    tcase_add_test(tests, the_first_of_two_checks_of_the_same_key_stays);
}

static void add_running_tests(TCase *tests)
{
    tcase_add_test(tests, a_check_is_called_in_the_order_of_its_life_cycle);
    tcase_add_test(tests, the_figures_of_a_check_are_its_own);
    tcase_add_loop_test(tests, a_check_that_does_not_want_to_run_is_off, 0,
                        COUNT(unwilling));
    tcase_add_test(tests, instances_are_disabled_the_last_enabled_first);
    tcase_add_loop_test(tests, a_check_of_another_size_runs_and_has_no_figures,
                        0, COUNT(other_sizes));
    tcase_add_test(tests, a_check_cannot_register_or_alert_out_of_time);
    tcase_add_test(tests, an_alert_is_about_the_current_flow_or_refused);
    tcase_add_test(tests, an_alert_is_held_to_its_limits);
}

int main(void)
{
    Suite *suite = suite_create("module loading");
    TCase *tests = tcase_create("module loading");

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    add_loading_tests(tests);
    add_refusal_tests(tests);
    add_running_tests(tests);
    return run_suite(suite);
}
