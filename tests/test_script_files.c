/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which file is a script: the search below the install dir, script_conf, and
 * the kinds of file that are taken and refused.
 */
#include <check.h>
#include <lauxlib.h>
#include <lua.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mock_expect.h"
#include "mock_flow.h"
#include "run_suite.h"

#define COUNT(array) (int)(sizeof(array) / sizeof(array)[0])
#define SIZE_MAX_OF_SCRIPT 65536u

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

/* Runs each hook once; "detected", say, is alerted by a script that runs. */
static void run_all(struct mock_instance *instance)
{
    for (int hook = 0; hook < FC_HOOKS; hook++)
        mock_run(instance, (enum fc_hook)hook, &flow);
}

static struct fc_stats start_and_run_all(void)
{
    struct mock_instance *instance = mock_start(host);

    run_all(instance);
    return mock_stats(instance, FC_HOOK_DETECTED);
}

/* --- The search ---------------------------------------------------------- */

static const struct {
    const char *file;
    enum fc_hook hook;
} names[] = {
    { MOCK_SCRIPT, FC_HOOK_DETECTED },
    { MOCK_NEWER_SCRIPT, FC_HOOK_DETECTED },
    { MOCK_PERIODIC_SCRIPT, FC_HOOK_PERIODIC },
    { MOCK_END_SCRIPT, FC_HOOK_END },
};

START_TEST(a_script_is_found_by_its_name_and_runs_in_its_hook)
{
    struct mock_instance *instance;
    struct fc_stats stats;
    char path[MOCK_PATH_MAX];

    mock_write(host, names[_i].file, "flow.triggerAlert(1, 'found')");
    instance = mock_start(host);
    run_all(instance);
    expect_only_alert(host, "found");
    ck_assert_int_eq(host->alerts[0].hook, names[_i].hook);
    expect_quiet(host);
    stats = mock_stats(instance, names[_i].hook);
    mock_path(host, names[_i].file, path);
    ck_assert_int_eq(stats.state, FC_HOOK_READY);
    ck_assert_str_eq(stats.script, path);
}
END_TEST

START_TEST(three_scripts_run_each_in_its_hook)
{
    mock_write(host, MOCK_SCRIPT, "flow.triggerAlert(1, 'detected')");
    mock_write(host, MOCK_PERIODIC_SCRIPT, "flow.triggerAlert(1, 'periodic')");
    mock_write(host, MOCK_END_SCRIPT, "flow.triggerAlert(1, 'end')");
    start_and_run_all();
    expect_alert_count(host, 3);
    expect_alert(host, FC_HOOK_DETECTED, 1, "detected");
    expect_alert(host, FC_HOOK_PERIODIC, 1, "periodic");
    expect_alert(host, FC_HOOK_END, 1, "end");
}
END_TEST

START_TEST(of_two_scripts_of_a_hook_the_documented_runs_and_one_warning_tells)
{
    mock_write(host, MOCK_SCRIPT, "flow.triggerAlert(1, 'documented')");
    mock_write(host, MOCK_NEWER_SCRIPT, "flow.triggerAlert(1, 'newer')");
    start_and_run_all();
    expect_only_alert(host, "documented");
    expect_only_line(host, FC_LOG_WARNING,
                     "custom_flow_protocol_detected_script.lua is not used");
    expect_line(host, FC_LOG_WARNING, MOCK_SCRIPT_NAME " exists too");
    expect_line_count(host, FC_LOG_ERROR, 0);
}
END_TEST

START_TEST(a_missing_script_is_one_warning_with_its_full_path)
{
    struct fc_stats stats = start_and_run_all();
    char path[MOCK_PATH_MAX];

    mock_path(host, MOCK_SCRIPT " does not exist", path);
    expect_only_line(host, FC_LOG_WARNING, path);
    expect_line_count(host, FC_LOG_ERROR, 0);
    ck_assert_int_eq(stats.state, FC_HOOK_EMPTY);
    ck_assert_uint_eq(stats.runs, 0);
}
END_TEST

START_TEST(a_script_that_appears_runs_from_the_next_settings_on)
{
    struct mock_instance *instance = mock_start(host);

    mock_write(host, MOCK_SCRIPT, "flow.triggerAlert(1, 'appeared')");
    ck_assert_int_eq(mock_config(instance, "{}"), FC_OK);
    run_all(instance);
    expect_only_alert(host, "appeared");
}
END_TEST

START_TEST(a_link_that_leads_nowhere_is_a_missing_script)
{
    char path[MOCK_PATH_MAX];

    mock_write(host, MOCK_SCRIPTS "another.lua", "flow.triggerAlert(1, 'x')");
    mock_path(host, MOCK_SCRIPT, path);
    ck_assert_int_eq(symlink("nowhere.lua", path), 0);
    start_and_run_all();
    expect_alert_count(host, 0);
    expect_only_line(host, FC_LOG_WARNING, "does not exist");
}
END_TEST

START_TEST(a_script_may_be_a_symbolic_link)
{
    char path[MOCK_PATH_MAX];

    mock_write(host, MOCK_SCRIPTS "another.lua", "flow.triggerAlert(1, 'x')");
    mock_path(host, MOCK_SCRIPT, path);
    ck_assert_int_eq(symlink("another.lua", path), 0);
    start_and_run_all();
    expect_only_alert(host, "x");
    ck_assert_str_eq(host->alerts[0].script, MOCK_SCRIPT_NAME);
}
END_TEST

/* --- script_conf --------------------------------------------------------- */

START_TEST(a_script_of_script_conf_overrides_the_search)
{
    char *conf = mock_conf_of_script(host, "elsewhere/mine.lua");
    struct fc_stats stats;

    mock_write(host, "elsewhere/mine.lua", "flow.triggerAlert(1, 'mine')");
    mock_write(host, MOCK_SCRIPT, "flow.triggerAlert(1, 'searched')");
    mock_write(host, MOCK_END_SCRIPT, "flow.triggerAlert(1, 'end')");
    host->script_conf = conf;
    stats = start_and_run_all();
    expect_only_alert(host, "mine");
    ck_assert_int_eq(host->alerts[0].hook, FC_HOOK_DETECTED);
    ck_assert_str_eq(host->alerts[0].script, "mine.lua");
    ck_assert_uint_eq(stats.runs, 1);
    expect_quiet(host);
    free(conf);
}
END_TEST

static const struct {
    const char *file;
    const char *hook_conf; /* NULL: none */
    enum fc_hook hook;
} named_hooks[] = {
    { "a.lua", "\"detected\"", FC_HOOK_DETECTED },
    { "a.lua", "\"periodic\"", FC_HOOK_PERIODIC },
    { "a.lua", "\"end\"", FC_HOOK_END },
    { "a.lua", "\"by name\"", FC_HOOK_DETECTED },
    { "custom_flow_end_script.lua", NULL, FC_HOOK_DETECTED },
    { "custom_flow_end_script.lua", "\"periodic\"", FC_HOOK_PERIODIC },
    { "custom_flow_end_script.lua", "\"by name\"", FC_HOOK_END },
    { "x_custom_flow_end_script.lua", "\"by name\"", FC_HOOK_DETECTED },
    { "custom_flow_periodic_script.lua", "\"by name\"", FC_HOOK_PERIODIC },
    { MOCK_SCRIPT_NAME, "\"by name\"", FC_HOOK_DETECTED },
};

START_TEST(a_script_of_script_conf_runs_in_the_hook_that_it_names)
{
    char path[MOCK_PATH_MAX], conf[MOCK_PATH_MAX + 64];

    mock_write(host, named_hooks[_i].file, "flow.triggerAlert(1, 'mine')");
    mock_write(host, MOCK_SCRIPT, "flow.triggerAlert(1, 'searched')");
    mock_path(host, named_hooks[_i].file, path);
    snprintf(conf, sizeof conf, "{\"script\": \"%s\"%s%s}", path,
             named_hooks[_i].hook_conf != NULL ? ", \"hook\": " : "",
             named_hooks[_i].hook_conf != NULL ? named_hooks[_i].hook_conf
                                               : "");
    host->script_conf = conf;
    start_and_run_all();
    expect_only_alert(host, "mine");
    ck_assert_int_eq(host->alerts[0].hook, named_hooks[_i].hook);
    expect_quiet(host);
}
END_TEST

START_TEST(a_script_of_script_conf_that_is_missing_is_an_error_with_its_path)
{
    char *conf = mock_conf_of_script(host, "elsewhere/mine.lua");
    struct fc_stats stats;

    mock_write(host, MOCK_SCRIPT, "flow.triggerAlert(1, 'searched')");
    host->script_conf = conf;
    stats = start_and_run_all();
    expect_alert_count(host, 0);
    expect_only_line(host, FC_LOG_ERROR, "elsewhere/mine.lua: cannot open it");
    ck_assert_int_eq(stats.state, FC_HOOK_BROKEN);
    ck_assert_uint_eq(stats.failures[FC_FAILURE_FILE], 1);
    free(conf);
}
END_TEST

static const char *const default_confs[] = {
    "{}",
    "[]",
    " {\n} \n",
    "{\"compat\": \"documented\"}",
};

START_TEST(an_empty_script_conf_means_defaults)
{
    mock_write(host, MOCK_SCRIPT, "flow.triggerAlert(1, flow.direction())");
    host->script_conf = default_confs[_i];
    start_and_run_all();
    expect_only_alert(host, "local2remote");
    expect_quiet(host);
}
END_TEST

START_TEST(an_unknown_key_of_script_conf_is_a_warning_that_names_it)
{
    mock_write(host, MOCK_SCRIPT, "flow.triggerAlert(1, flow.direction())");
    host->script_conf = "{\"scirpt\": \"x.lua\", \"compat\": \"ntopng\"}";
    start_and_run_all();
    expect_only_line(host, FC_LOG_WARNING, "\"scirpt\" is no setting");
    expect_only_alert(host, "local@remote");
}
END_TEST

START_TEST(a_key_with_a_nul_behind_it_is_not_taken_for_script)
{
    mock_write(host, MOCK_SCRIPT, "flow.triggerAlert(1, 'searched')");
    host->script_conf = "{\"script\\u0000\": \"/none/x.lua\"}";
    start_and_run_all();
    expect_only_line(host, FC_LOG_WARNING, "\"script\\u0000\" is no setting");
    expect_only_alert(host, "searched");
}
END_TEST

START_TEST(of_a_key_given_twice_the_last_counts_and_it_is_told)
{
    mock_write(host, MOCK_SCRIPT, "flow.triggerAlert(1, flow.direction())");
    host->script_conf = "{\"compat\": \"documented\", \"compat\": \"ntopng\"}";
    start_and_run_all();
    expect_only_line(host, FC_LOG_WARNING, "\"compat\" was given before");
    expect_only_alert(host, "local@remote");
}
END_TEST

static const struct {
    const char *conf;
    const char *error;
} bad_confs[] = {
    { "", "script_conf: not JSON: byte 1: it ends too early" },
    { "{", "script_conf: not JSON: byte 2: it ends too early" },
    { "{\"script\": \"x.lua\"", "script_conf: not JSON: byte 19: it ends" },
    { "{]", "script_conf: not JSON: byte 2: a byte that cannot stand there" },
    { "{} {}", "script_conf: not JSON: byte 4: " },
    { "{'script': 'x.lua'}", "script_conf: not JSON: " },
    { "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
      "script_conf: not JSON: byte 33: too deeply nested" },
    { "{\"script\": \"\\ud800.lua\"}",
      "\"script\" must be the path of a Lua script, not \"\\ud800.lua\"" },
    { "null", "script_conf: must be an object, not null" },
    { "42", "script_conf: must be an object, not 42" },
    { "\"x.lua\"", "script_conf: must be an object, not \"x.lua\"" },
    { "[\"x.lua\"]", "script_conf: must be an object, not [\"x.lua\"]" },
    { "{\"script\": 5}", "\"script\" must be the path of a Lua script, not 5" },
    { "{\"script\": \"\"}", "\"script\" must be the path of a Lua script" },
    { "{\"script\": null}", "\"script\" must be the path of a Lua script" },
    { "{\"script\": \"a.lua\\u0000b\"}", "\"script\" must be the path of" },
    { "{\"compat\": \"ntop\"}",
      "\"compat\" must be \"documented\" or \"ntopng\", not \"ntop\"" },
    { "{\"hook\": \"start\"}",
      "\"hook\" must be the hook of \"script\": \"detected\", \"periodic\", "
      "\"end\" or \"by name\", not \"start\"" },
    { "{\"hook\": 2}", "\"hook\" must be the hook of" },
    { "{\"compat\": true}", "\"compat\" must be \"documented\" or" },
    { "{\"compat\": null}", "\"compat\" must be \"documented\" or" },
    { "{\"script\": \"x.lua\", \"compat\": 1}", "\"compat\" must be" },
};

START_TEST(a_bad_script_conf_is_an_error_and_changes_nothing)
{
    struct mock_instance *instance =
        mock_start_script(host, "n = (n or 0) + 1\n"
                                "flow.triggerAlert(n, flow.direction())\n");

    mock_run(instance, FC_HOOK_DETECTED, &flow);
    mock_write(host, MOCK_SCRIPT, "flow.triggerAlert(1, 'new')");
    ck_assert_int_eq(mock_config(instance, bad_confs[_i].conf), FC_ERROR);
    expect_only_line(host, FC_LOG_ERROR, bad_confs[_i].error);
    mock_run(instance, FC_HOOK_DETECTED, &flow);
    expect_alert(host, 1, 2, "local2remote");
}
END_TEST

START_TEST(an_instance_whose_first_script_conf_is_bad_runs_nothing)
{
    struct mock_instance *instance;

    mock_write(host, MOCK_SCRIPT, "flow.triggerAlert(1, 'x')");
    instance = mock_enable(host, 0);
    ck_assert_int_eq(mock_config(instance, "{\"script\": 1}"), FC_ERROR);
    run_all(instance);
    expect_alert_count(host, 0);
}
END_TEST

START_TEST(new_settings_replace_the_scripts)
{
    char *conf = mock_conf_of_script(host, "mine.lua");
    struct mock_instance *instance =
        mock_start_script(host, "flow.triggerAlert(1, 'searched')");

    mock_write(host, "mine.lua", "flow.triggerAlert(1, 'mine')");
    run_all(instance);
    ck_assert_int_eq(mock_config(instance, conf), FC_OK);
    run_all(instance);
    ck_assert_int_eq(mock_config(instance, "{}"), FC_OK);
    run_all(instance);
    expect_alert_count(host, 3);
    expect_alert(host, 0, 1, "searched");
    expect_alert(host, 1, 1, "mine");
    expect_alert(host, 2, 1, "searched");
    free(conf);
}
END_TEST

/* --- Kinds of file ------------------------------------------------------- */

#define BOM "\xEF\xBB\xBF"

static const struct {
    const char *text;
    const char *alert; /* NULL: none */
} texts[] = {
    { "", NULL },
    { "\n", NULL },
    { BOM, NULL },
    { "#!/usr/bin/lua", NULL },
    { "-- a comment without an end of line", NULL },
    { "flow.triggerAlert(1, 'no end of line')", "no end of line" },
    { BOM "flow.triggerAlert(1, 'bom')\n", "bom" },
    { "#!/usr/bin/lua\nflow.triggerAlert(1, 'shebang')\n", "shebang" },
    { BOM "#!/usr/bin/lua\nflow.triggerAlert(1, 'both')\n", "both" },
    { "# any first line\r\nflow.triggerAlert(1, 'crlf')\r\n", "crlf" },
    { "local a = 'x'\r\n\r\nflow.triggerAlert(1, a)\r\nreturn(0)\r\n", "x" },
    { "flow.triggerAlert(1, [[a\r\nb]])", "a\nb" },
};

START_TEST(a_script_may_be_written_with_any_editor)
{
    struct fc_stats stats;

    mock_write(host, MOCK_SCRIPT, texts[_i].text);
    stats = start_and_run_all();
    expect_quiet(host);
    ck_assert_uint_eq(stats.ok, 1);
    if (texts[_i].alert != NULL)
        expect_only_alert(host, texts[_i].alert);
    else
        expect_alert_count(host, 0);
}
END_TEST

static const char *const failing_texts[] = {
    "\n\nerror('here')\n",
    BOM "\n\nerror('here')\n",
    "#!/usr/bin/lua\n\nerror('here')\n",
    BOM "#!/usr/bin/lua\n\nerror('here')\n",
    "#!/usr/bin/lua\r\n\r\nerror('here')\r\n",
};

START_TEST(line_numbers_are_those_of_the_file)
{
    mock_write(host, MOCK_SCRIPT, failing_texts[_i]);
    start_and_run_all();
    expect_only_line(host, FC_LOG_ERROR, MOCK_SCRIPT_NAME ":3: here");
}
END_TEST

/* "flow.triggerAlert(1, 'x')", then spaces. */
static void write_script_of_size(size_t size)
{
    static const char script[] = "flow.triggerAlert(1, 'x')";
    char *text = malloc(size);

    memset(text, ' ', size);
    memcpy(text, script, sizeof script - 1);
    mock_write_bytes(host, MOCK_SCRIPT, text, size);
    free(text);
}

START_TEST(a_script_of_64_kib_runs)
{
    write_script_of_size(SIZE_MAX_OF_SCRIPT);
    start_and_run_all();
    expect_only_alert(host, "x");
    expect_quiet(host);
}
END_TEST

static void expect_refused_file(const char *why)
{
    struct fc_stats stats = start_and_run_all();

    expect_alert_count(host, 0);
    expect_only_line(host, FC_LOG_ERROR, why);
    expect_line(host, FC_LOG_ERROR, MOCK_SCRIPT);
    expect_line(host, FC_LOG_ERROR, "unreadable file in the detected hook");
    ck_assert_int_eq(stats.state, FC_HOOK_BROKEN);
    ck_assert_uint_eq(stats.failures[FC_FAILURE_FILE], 1);
    ck_assert_uint_eq(stats.runs, 0);
}

START_TEST(a_larger_script_is_refused)
{
    write_script_of_size(SIZE_MAX_OF_SCRIPT + 1);
    expect_refused_file("larger than 65536 bytes: move what it needs into "
                        "modules and require them, or raise limits.script_kb");
}
END_TEST

/* Opening a FIFO that nobody writes to would stop a worker for ever. */
START_TEST(a_fifo_is_refused_and_does_not_stop_the_host)
{
    char path[MOCK_PATH_MAX];

    mock_write(host, MOCK_SCRIPTS "beside", "");
    mock_path(host, MOCK_SCRIPT, path);
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    expect_refused_file("not a plain file");
}
END_TEST

START_TEST(a_directory_is_refused)
{
    mock_write(host, MOCK_SCRIPT "/inside", "");
    expect_refused_file("not a plain file");
}
END_TEST

START_TEST(a_device_is_refused)
{
    char path[MOCK_PATH_MAX];

    mock_write(host, MOCK_SCRIPTS "beside", "");
    mock_path(host, MOCK_SCRIPT, path);
    ck_assert_int_eq(symlink("/dev/zero", path), 0);
    expect_refused_file("not a plain file");
}
END_TEST

/* A link to itself cannot be opened, not even by root. */
START_TEST(a_script_of_script_conf_that_cannot_be_opened_is_an_error)
{
    char *conf = mock_conf_of_script(host, "loop.lua");
    char path[MOCK_PATH_MAX];

    mock_path(host, "loop.lua", path);
    ck_assert_int_eq(symlink("loop.lua", path), 0);
    host->script_conf = conf;
    start_and_run_all();
    expect_only_line(host, FC_LOG_ERROR, "loop.lua: cannot open it: Too many");
    free(conf);
}
END_TEST

START_TEST(a_script_with_nul_bytes_is_a_syntax_error)
{
    static const char text[] = "flow.triggerAlert(1, 'x')\n\0";

    mock_write_bytes(host, MOCK_SCRIPT, text, sizeof text);
    start_and_run_all();
    expect_alert_count(host, 0);
    expect_only_line(host, FC_LOG_ERROR, MOCK_SCRIPT_NAME ":2: unexpected");
}
END_TEST

static int write_part(lua_State *L, const void *bytes, size_t len, void *file)
{
    (void)L;
    return fwrite(bytes, 1, len, file) != len;
}

/* Installs a script as the bytecode that luac makes of it. */
static void write_bytecode(const char *script)
{
    lua_State *L = luaL_newstate();
    char path[MOCK_PATH_MAX];
    FILE *file;

    mock_write(host, MOCK_SCRIPT, "");
    mock_path(host, MOCK_SCRIPT, path);
    file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(luaL_loadstring(L, script), LUA_OK);
    ck_assert_int_eq(lua_dump(L, write_part, file, 0), 0);
    ck_assert_int_eq(fclose(file), 0);
    lua_close(L);
}

/* Bytecode can crash Lua: it is not checked. */
START_TEST(bytecode_is_refused)
{
    struct fc_stats stats;

    write_bytecode("flow.triggerAlert(1, 'x')");
    stats = start_and_run_all();
    expect_alert_count(host, 0);
    expect_only_line(host, FC_LOG_ERROR, "attempt to load a binary chunk");
    expect_line(host, FC_LOG_ERROR, MOCK_SCRIPT);
    ck_assert_int_eq(stats.state, FC_HOOK_BROKEN);
    ck_assert_uint_eq(stats.failures[FC_FAILURE_SYNTAX], 1);
}
END_TEST

/* --- The suite ----------------------------------------------------------- */

static void add_search_tests(TCase *tests)
{
    tcase_add_loop_test(tests,
                        a_script_is_found_by_its_name_and_runs_in_its_hook, 0,
                        COUNT(names));
    tcase_add_test(tests, three_scripts_run_each_in_its_hook);
    tcase_add_test(
        tests,
        of_two_scripts_of_a_hook_the_documented_runs_and_one_warning_tells);
    tcase_add_test(tests, a_missing_script_is_one_warning_with_its_full_path);
    tcase_add_test(tests, a_script_that_appears_runs_from_the_next_settings_on);
    tcase_add_test(tests, a_link_that_leads_nowhere_is_a_missing_script);
    tcase_add_test(tests, a_script_may_be_a_symbolic_link);
}

static void add_conf_tests(TCase *tests)
{
    tcase_add_test(tests, a_script_of_script_conf_overrides_the_search);
    tcase_add_loop_test(tests,
                        a_script_of_script_conf_runs_in_the_hook_that_it_names,
                        0, COUNT(named_hooks));
    tcase_add_test(
        tests,
        a_script_of_script_conf_that_is_missing_is_an_error_with_its_path);
    tcase_add_loop_test(tests, an_empty_script_conf_means_defaults, 0,
                        COUNT(default_confs));
    tcase_add_test(tests,
                   an_unknown_key_of_script_conf_is_a_warning_that_names_it);
    tcase_add_test(tests, a_key_with_a_nul_behind_it_is_not_taken_for_script);
    tcase_add_test(tests, of_a_key_given_twice_the_last_counts_and_it_is_told);
    tcase_add_loop_test(tests,
                        a_bad_script_conf_is_an_error_and_changes_nothing, 0,
                        COUNT(bad_confs));
    tcase_add_test(tests,
                   an_instance_whose_first_script_conf_is_bad_runs_nothing);
    tcase_add_test(tests, new_settings_replace_the_scripts);
    tcase_add_test(tests,
                   a_script_of_script_conf_that_cannot_be_opened_is_an_error);
}

static void add_file_tests(TCase *tests)
{
    tcase_add_loop_test(tests, a_script_may_be_written_with_any_editor, 0,
                        COUNT(texts));
    tcase_add_loop_test(tests, line_numbers_are_those_of_the_file, 0,
                        COUNT(failing_texts));
    tcase_add_test(tests, a_script_of_64_kib_runs);
    tcase_add_test(tests, a_larger_script_is_refused);
    tcase_add_test(tests, a_fifo_is_refused_and_does_not_stop_the_host);
    tcase_add_test(tests, a_directory_is_refused);
    tcase_add_test(tests, a_device_is_refused);
    tcase_add_test(tests, a_script_with_nul_bytes_is_a_syntax_error);
    tcase_add_test(tests, bytecode_is_refused);
}

int main(void)
{
    Suite *suite = suite_create("script files");
    TCase *tests = tcase_create("script files");

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    add_search_tests(tests);
    add_conf_tests(tests);
    add_file_tests(tests);
    return run_suite(suite);
}
