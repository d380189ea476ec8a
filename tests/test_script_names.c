/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a script may call besides flow.*: which names there are, which are
 * blocked and say so, what is printed, and how modules are required.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "mock_expect.h"
#include "mock_flow.h"
#include "run_suite.h"

#define COUNT(array) (int)(sizeof(array) / sizeof(array)[0])

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

/* The lines that a script printed, one after another. */
static void expect_output(const char *const lines[], int count)
{
    int found = 0;

    for (size_t i = 0; i < host->line_count; i++) {
        if (host->lines[i].level != FC_LOG_OUTPUT)
            continue;
        ck_assert_int_lt(found, count);
        ck_assert_str_eq(host->lines[i].text, lines[found++]);
    }
    ck_assert_int_eq(found, count);
}

/* --- Which names there are ----------------------------------------------- */

/* A name that a newer Lua brings makes this fail, so that somebody judges it.
 */
static const struct {
    const char *table;
    const char *names;
} tables[] = {
    { "_G",
      "string _G _VERSION assert collectgarbage coroutine debug dofile error "
      "flow getmetatable io ipairs load loadfile loadstring math next ntop os "
      "package pairs pcall print rawequal rawget rawlen rawset require select "
      "setmetatable string table tonumber tostring tprint type utf8 warn "
      "xpcall" },
    { "string", "string byte char dump find format gmatch gsub len lower match "
                "pack packsize rep reverse sub unpack upper" },
    { "table", "string concat insert move pack remove sort unpack" },
    { "math", "string abs acos asin atan ceil cos deg exp floor fmod huge log "
              "max maxinteger min mininteger modf pi rad random randomseed sin "
              "sqrt tan tointeger type ult" },
    { "utf8", "string char charpattern codepoint codes len offset" },
    { "os", "string clock date difftime execute exit getenv remove rename "
            "setlocale time tmpname" },
    { "io",
      "string close flush input lines open output popen read tmpfile type "
      "write" },
    { "ntop", "string getDirs" },
    { "package", "string cpath path" },
};

START_TEST(a_script_sees_these_names_and_no_others)
{
    char expression[256];

    snprintf(expression, sizeof expression,
             "(function()\n"
             "    local names = {}\n"
             "    for name in pairs(%s) do names[#names + 1] = name end\n"
             "    table.sort(names)\n"
             "    return table.concat(names, ' ')\n"
             "end)()",
             tables[_i].table);
    expect_value(host, &flow, expression, tables[_i].names);
}
END_TEST

static const char *const blocked[] = {
    "dofile",          "load",           "loadfile",
    "loadstring",      "warn",           "string.dump",
    "os.execute",      "os.exit",        "os.getenv",
    "os.remove",       "os.rename",      "os.setlocale",
    "os.tmpname",      "io.close",       "io.input",
    "io.lines",        "io.open",        "io.output",
    "io.popen",        "io.read",        "io.tmpfile",
    "io.type",         "debug.debug",    "debug.gethook",
    "debug.getinfo",   "debug.getlocal", "debug.getmetatable",
    "debug.sethook",   "debug.setlocal", "debug.setmetatable",
    "debug.traceback", "coroutine.wrap", "coroutine.create",
};

START_TEST(a_blocked_name_says_its_name_and_where_to_read_on)
{
    char script[128], error[128];
    struct fc_stats stats;

    snprintf(script, sizeof script, "\n%s('x')", blocked[_i]);
    snprintf(error, sizeof error,
             MOCK_SCRIPT_NAME ":2: %s is not for flow checks: ", blocked[_i]);
    stats = run(script);
    expect_only_line(host, FC_LOG_ERROR, error);
    expect_line(host, FC_LOG_ERROR, "flow-check-script(7)");
    expect_line(host, FC_LOG_ERROR, "blocked name in the detected hook");
    ck_assert_uint_eq(stats.failures[FC_FAILURE_BLOCKED], 1);
    ck_assert_uint_eq(stats.failures[FC_FAILURE_RUNTIME], 0);
}
END_TEST

START_TEST(a_blocked_name_is_blocked_as_a_method_too)
{
    run("('x'):dump()");
    expect_only_line(host, FC_LOG_ERROR, "string.dump is not for flow checks");
}
END_TEST

/* A finalizer would run at a moment when no check does. */
START_TEST(a_metatable_with_a_finalizer_is_refused)
{
    struct fc_stats stats = run("setmetatable({}, { __gc = print })");

    expect_only_line(host, FC_LOG_ERROR, "__gc is not for flow checks");
    ck_assert_uint_eq(stats.failures[FC_FAILURE_BLOCKED], 1);
}
END_TEST

START_TEST(a_finalizer_that_is_added_later_never_runs)
{
    struct mock_instance *instance =
        mock_run_script(host,
                        "local meta = {}\n"
                        "setmetatable({}, meta)\n"
                        "meta.__gc = function() print('finalizer') end\n",
                        &flow);

    mock_disable(instance);
    expect_output(NULL, 0);
    expect_quiet(host);
}
END_TEST

START_TEST(the_metatable_of_strings_is_out_of_reach)
{
    expect_value(host, &flow, "getmetatable('')", "boolean false");
}
END_TEST

/* --- Output -------------------------------------------------------------- */

START_TEST(print_writes_a_line_with_tabs_to_the_log)
{
    static const char *const lines[] = { "a\t1\t2.5\tnil\ttrue", "", "b" };

    run("print('a', 1, 2.5, nil, true)\n"
        "print()\n"
        "print('b')\n");
    expect_output(lines, COUNT(lines));
}
END_TEST

START_TEST(io_write_makes_lines_where_newlines_are)
{
    static const char *const lines[] = { "one two", "3", "", "the rest" };

    run("io.write('one ', 'two\\n', 3, '\\n\\n')\n"
        "io.write('the'):write(' rest')\n");
    expect_output(lines, COUNT(lines));
}
END_TEST

START_TEST(a_line_that_was_not_ended_ends_with_the_run)
{
    static const char *const lines[] = { "unfinished", "unfinished" };
    struct mock_instance *instance =
        mock_start_script(host, "io.write('unfinished')\n"
                                "error('failed')\n");

    mock_run(instance, FC_HOOK_DETECTED, &flow);
    mock_run(instance, FC_HOOK_DETECTED, &flow);
    expect_output(lines, COUNT(lines));
}
END_TEST

START_TEST(a_very_long_line_is_broken_and_nothing_is_lost)
{
    size_t len = 0;

    run("print(('x'):rep(10000))");
    for (size_t i = 0; i < host->line_count; i++)
        len += strlen(host->lines[i].text);
    ck_assert_uint_eq(len, 10000);
    expect_quiet(host);
}
END_TEST

START_TEST(tprint_shows_a_table_with_paths_and_types)
{
    static const char *const lines[] = {
        " table",
        "list table",
        "list.1 string a",
        "list.2 boolean true",
    };

    run("tprint({ list = { 'a', true } })");
    expect_output(lines, COUNT(lines));
}
END_TEST

START_TEST(tprint_ends_on_a_table_that_contains_itself)
{
    struct fc_stats stats = run("local t = {}\n"
                                "t.t = t\n"
                                "tprint(t)\n");

    ck_assert_uint_eq(stats.ok, 1);
    ck_assert_uint_gt(host->line_count, 1);
    ck_assert_uint_lt(host->line_count, 100);
}
END_TEST

/* --- Modules ------------------------------------------------------------- */

START_TEST(a_module_is_found_in_the_scripts_own_folder)
{
    mock_write(host, MOCK_SCRIPTS "mine.lua", "return { name = 'mine' }");
    run("flow.triggerAlert(1, require('mine').name)");
    expect_only_alert(host, "mine");
    expect_quiet(host);
}
END_TEST

START_TEST(a_module_is_found_in_the_modules_folder_of_the_install_dir)
{
    mock_write(host, MOCK_MODULES "shared.lua", "return { name = 'shared' }");
    run("flow.triggerAlert(1, require 'shared'.name)");
    expect_only_alert(host, "shared");
    expect_quiet(host);
}
END_TEST

START_TEST(the_scripts_own_folder_comes_first)
{
    mock_write(host, MOCK_SCRIPTS "both.lua", "return 'own'");
    mock_write(host, MOCK_MODULES "both.lua", "return 'shared'");
    run("flow.triggerAlert(1, require 'both')");
    expect_only_alert(host, "own");
}
END_TEST

START_TEST(the_own_folder_is_that_of_the_script_of_script_conf)
{
    char *conf = mock_conf_of_script(host, "elsewhere/script.lua");

    mock_write(host, "elsewhere/script.lua",
               "flow.triggerAlert(1, require 'mine')");
    mock_write(host, "elsewhere/mine.lua", "return 'elsewhere'");
    mock_write(host, MOCK_SCRIPTS "mine.lua", "return 'searched'");
    host->script_conf = conf;
    mock_run(mock_start(host), FC_HOOK_DETECTED, &flow);
    expect_only_alert(host, "elsewhere");
    free(conf);
}
END_TEST

START_TEST(a_dot_in_a_modules_name_is_a_folder)
{
    mock_write(host, MOCK_SCRIPTS "net/lists.lua", "return 'in a folder'");
    run("flow.triggerAlert(1, require 'net.lists')");
    expect_only_alert(host, "in a folder");
}
END_TEST

START_TEST(a_module_runs_once_and_gets_its_name)
{
    struct mock_instance *instance;

    mock_write(host, MOCK_SCRIPTS "once.lua",
               "print('loaded ' .. ...)\n"
               "return {}\n");
    instance = mock_start_script(
        host, "flow.triggerAlert(1, tostring(\n"
              "    rawequal(require 'once', require 'once')))\n");
    mock_run(instance, FC_HOOK_DETECTED, &flow);
    mock_run(instance, FC_HOOK_DETECTED, &flow);
    expect_alert(host, 0, 1, "true");
    expect_only_line(host, FC_LOG_OUTPUT, "loaded once");
}
END_TEST

START_TEST(a_module_that_returns_nothing_is_true)
{
    mock_write(host, MOCK_SCRIPTS "nothing.lua", "a_global = 'set'");
    run("flow.triggerAlert(1, tostring(require 'nothing') .. a_global)");
    expect_only_alert(host, "trueset");
}
END_TEST

START_TEST(a_module_may_use_the_flow)
{
    mock_write(host, MOCK_SCRIPTS "alert.lua",
               "return function() flow.triggerAlert(1, flow.cli()) end");
    run("require 'alert'()");
    expect_only_alert(host, "192.0.2.10");
}
END_TEST

START_TEST(a_missing_module_is_an_error_that_says_where_it_was_looked_for)
{
    struct fc_stats stats = run("\nrequire 'no_such_module'");

    expect_only_line(host, FC_LOG_ERROR,
                     MOCK_SCRIPT_NAME ":2: module 'no_such_module' not found");
    expect_line(host, FC_LOG_ERROR, "scripts/callbacks/checks/flows nor in ");
    expect_line(host, FC_LOG_ERROR, "scripts/lua/modules");
    ck_assert_uint_eq(stats.failures[FC_FAILURE_RUNTIME], 1);
}
END_TEST

/* What a module needs cannot be moved into modules. */
START_TEST(a_module_that_is_too_large_is_to_be_split)
{
    char *text = malloc(65537);

    ck_assert_ptr_nonnull(text);
    memset(text, ' ', 65537);
    mock_write_bytes(host, MOCK_SCRIPTS "large.lua", text, 65537);
    free(text);
    run("require 'large'");
    expect_only_line(host, FC_LOG_ERROR,
                     MOCK_SCRIPT_NAME ":1: module 'large' cannot be used: ");
    expect_line(host, FC_LOG_ERROR,
                "large.lua: larger than 65536 bytes: split it into several "
                "modules, or raise limits.script_kb in script_conf");
}
END_TEST

static const struct {
    const char *module;
    const char *error;
} bad_modules[] = {
    { "\n= 1\n", "bad.lua:2: unexpected symbol near '='" },
    { "\n\nerror('in the module')\n", "bad.lua:3: in the module" },
    { "\x1BLua\x54", "attempt to load a binary chunk" },
};

START_TEST(a_module_that_fails_is_an_error_and_is_tried_again)
{
    struct mock_instance *instance;

    mock_write(host, MOCK_SCRIPTS "bad.lua", bad_modules[_i].module);
    instance =
        mock_run_script(host, "flow.triggerAlert(1, require 'bad')", &flow);
    expect_only_line(host, FC_LOG_ERROR, bad_modules[_i].error);
    mock_write(host, MOCK_SCRIPTS "bad.lua", "return 'repaired'");
    mock_run(instance, FC_HOOK_DETECTED, &flow);
    expect_only_alert(host, "repaired");
}
END_TEST

START_TEST(modules_that_require_each_other_are_an_error)
{
    mock_write(host, MOCK_SCRIPTS "a.lua", "return require 'b'");
    mock_write(host, MOCK_SCRIPTS "b.lua", "return require 'a'");
    /* 200 files are read: valgrind needs more than 50 ms for that. */
    host->script_conf = "{\"limits\": {\"run_ms\": 10000}}";
    run("require 'a'");
    expect_only_line(host, FC_LOG_ERROR, "stack overflow");
}
END_TEST

static const char *const bad_module_names[] = {
    "''",     "'../secret'", "'..secret'",   "'/etc/secret'",
    "'a..b'", "'a/../b'",    "'.hidden'",    "'a.'",
    "'a b'",  "'a\\0b'",     "'\\xC3\\xA9'",
};

/* The file is there: only its name keeps it out of reach. */
START_TEST(a_module_cannot_be_named_by_a_path)
{
    char script[64];
    struct fc_stats stats;

    mock_write(host, "scripts/callbacks/checks/secret.lua", "print('read')");
    snprintf(script, sizeof script, "require(%s)", bad_module_names[_i]);
    stats = run(script);
    expect_only_line(host, FC_LOG_ERROR, "is no module name");
    ck_assert_uint_eq(stats.failures[FC_FAILURE_ARGUMENT], 1);
    expect_output(NULL, 0);
}
END_TEST

START_TEST(a_module_that_is_a_directory_is_refused)
{
    mock_write(host, MOCK_SCRIPTS "folder.lua/inside", "");
    run("require 'folder'");
    expect_only_line(host, FC_LOG_ERROR, "folder.lua: not a plain file");
}
END_TEST

/* --- As scripts for ntopng do it ----------------------------------------- */

START_TEST(the_directories_of_ntopng_are_named)
{
    static const struct {
        const char *key, *below;
    } dirs[] = {
        { "installdir", "" },
        { "workingdir", "" },
        { "scriptdir", "/scripts" },
        { "httpdocsdir", "/httpdocs" },
        { "callbacksdir", "/scripts/callbacks" },
    };

    for (int i = 0; i < COUNT(dirs); i++) {
        char expression[64], path[MOCK_PATH_MAX];

        snprintf(expression, sizeof expression, "ntop.getDirs().%s",
                 dirs[i].key);
        snprintf(path, sizeof path, "string %s%s", host->install_dir,
                 dirs[i].below);
        expect_value(host, &flow, expression, path);
    }
}
END_TEST

/* What such a script does before, around and after its own work. */
static const char in_the_manner_of_ntopng[] =
    "local dirs = ntop.getDirs()\n"
    "package.path = dirs.installdir .. '/scripts/lua/modules/?.lua;' ..\n"
    "               package.path\n"
    "require \"lua_utils\"\n"
    "\n"
    "local facts = {}\n"
    "for _, name in ipairs({ 'cli', 'cli_port', 'srv', 'srv_port',\n"
    "                        'protocol', 'vlan_id', 'is_oneway',\n"
    "                        'is_unicast', 'cli2srv_bytes',\n"
    "                        'srv2cli_bytes', 'bytes', 'l7_master_proto',\n"
    "                        'l7_proto', 'l7_proto_name', 'direction',\n"
    "                        'http', 'dns', 'ssh', 'tls_quic' }) do\n"
    "    facts[name] = flow[name]()\n"
    "end\n"
    "io.write('flow seen by ' .. type(tprint) .. '\\n')\n"
    "tprint(facts)\n"
    "if facts.srv_port == 443 then\n"
    "    flow.triggerAlert(100, 'a server on port ' .. facts.srv_port)\n"
    "end\n"
    "return(0)\n";

START_TEST(a_script_written_for_ntopng_runs_unmodified)
{
    struct fc_stats stats;

    flow.tls = &mock_tls;
    stats = run(in_the_manner_of_ntopng);
    expect_quiet(host);
    ck_assert_uint_eq(stats.ok, 1);
    expect_only_alert(host, "a server on port 443");
    expect_line(host, FC_LOG_OUTPUT, "flow seen by function");
    expect_line(host, FC_LOG_OUTPUT, "srv string 198.51.100.20");
    expect_line(host, FC_LOG_OUTPUT, "is_unicast boolean true");
    expect_line(host, FC_LOG_OUTPUT,
                "tls_quic.protos.tls.client_requested_server_name string "
                "sni.example.org");
}
END_TEST

START_TEST(lua_utils_has_tprint)
{
    expect_value(host, &flow, "rawequal(require('lua_utils').tprint, tprint)",
                 "boolean true");
}
END_TEST

/* --- The suite ----------------------------------------------------------- */

static void add_name_tests(TCase *tests)
{
    tcase_add_loop_test(tests, a_script_sees_these_names_and_no_others, 0,
                        COUNT(tables));
    tcase_add_loop_test(tests,
                        a_blocked_name_says_its_name_and_where_to_read_on, 0,
                        COUNT(blocked));
    tcase_add_test(tests, a_blocked_name_is_blocked_as_a_method_too);
    tcase_add_test(tests, a_metatable_with_a_finalizer_is_refused);
    tcase_add_test(tests, a_finalizer_that_is_added_later_never_runs);
    tcase_add_test(tests, the_metatable_of_strings_is_out_of_reach);
    tcase_add_test(tests, the_directories_of_ntopng_are_named);
    tcase_add_test(tests, a_script_written_for_ntopng_runs_unmodified);
    tcase_add_test(tests, lua_utils_has_tprint);
}

static void add_output_tests(TCase *tests)
{
    tcase_add_test(tests, print_writes_a_line_with_tabs_to_the_log);
    tcase_add_test(tests, io_write_makes_lines_where_newlines_are);
    tcase_add_test(tests, a_line_that_was_not_ended_ends_with_the_run);
    tcase_add_test(tests, a_very_long_line_is_broken_and_nothing_is_lost);
    tcase_add_test(tests, tprint_shows_a_table_with_paths_and_types);
    tcase_add_test(tests, tprint_ends_on_a_table_that_contains_itself);
}

static void add_module_tests(TCase *tests)
{
    tcase_add_test(tests, a_module_is_found_in_the_scripts_own_folder);
    tcase_add_test(tests,
                   a_module_is_found_in_the_modules_folder_of_the_install_dir);
    tcase_add_test(tests, the_scripts_own_folder_comes_first);
    tcase_add_test(tests, the_own_folder_is_that_of_the_script_of_script_conf);
    tcase_add_test(tests, a_dot_in_a_modules_name_is_a_folder);
    tcase_add_test(tests, a_module_runs_once_and_gets_its_name);
    tcase_add_test(tests, a_module_that_returns_nothing_is_true);
    tcase_add_test(tests, a_module_may_use_the_flow);
    tcase_add_test(tests, a_module_that_is_too_large_is_to_be_split);
    tcase_add_test(
        tests, a_missing_module_is_an_error_that_says_where_it_was_looked_for);
    tcase_add_loop_test(tests,
                        a_module_that_fails_is_an_error_and_is_tried_again, 0,
                        COUNT(bad_modules));
    tcase_add_test(tests, modules_that_require_each_other_are_an_error);
    tcase_add_loop_test(tests, a_module_cannot_be_named_by_a_path, 0,
                        COUNT(bad_module_names));
    tcase_add_test(tests, a_module_that_is_a_directory_is_refused);
}

int main(void)
{
    Suite *suite = suite_create("script names");
    TCase *tests = tcase_create("script names");

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    add_name_tests(tests);
    add_output_tests(tests);
    add_module_tests(tests);
    return run_suite(suite);
}
