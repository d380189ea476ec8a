/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * setmetatable refuses weak keys and finalizers; weak values work; a mode that
 * is set later, by whatever means, means nothing.
 */
#include <check.h>

#include "mock_expect.h"
#include "mock_flow.h"
#include "run_suite.h"

#define COUNT(array) (int)(sizeof(array) / sizeof(array)[0])

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

/* --- Weak keys ----------------------------------------------------------- */

static const char *const weak_keys[] = {
    "setmetatable({}, {__mode = 'k'})",
    "setmetatable({}, {__mode = 'kv'})",
    "setmetatable({}, {__mode = 'vk'})",
    "setmetatable({}, {['__mo' .. 'de'] = 'xk'})",
    "__mode = 'k' setmetatable({}, _G)",
    "local m = {} m.__mode = 'k' m.__index = m setmetatable({}, m)",
    "local m = {} m.__mode = 'k' setmetatable(m, m)",
};

START_TEST(weak_keys_are_refused_with_a_reason)
{
    mock_run_script(host, weak_keys[_i], &flow);
    expect_line(host, FC_LOG_ERROR,
                "weak keys (\"k\" in __mode) are not for "
                "flow checks");
    expect_line(host, FC_LOG_ERROR, "use weak values");
}
END_TEST

/* How many of ten keys that nobody holds are left after garbage for many
 * collections. */
#define LEFT_AFTER_COLLECTIONS                         \
    "for i = 1, 10 do t[{}] = i end\n"                 \
    "for i = 1, 100000 do local x = {{}} end\n"        \
    "local n = 0 for _ in pairs(t) do n = n + 1 end\n" \
    "flow.triggerAlert(1, 'left ' .. n)"

static const char *const late[] = {
    "local m = {} t = setmetatable({}, m) m.__mode = 'k'\n",
    "local m = {} t = setmetatable({}, m) rawset(m, '__mode', 'k')\n",
    "local m = {} t = setmetatable({}, m) m[('__MODE'):lower()] = 'k'\n",
    "local m = {__mode = 'x'} t = setmetatable({}, m) m.__mode = 'k'\n",
    "local m = {__mode = 'v'} t = setmetatable({}, m) m.__mode = 'k'\n",
    "local m = {__mode = 'v'} t = setmetatable({}, m)\n"
    "getmetatable(t).__mode = 'k'\n",
    "t = setmetatable({}, _G) __mode = 'k'\n",
    "local m = {} t = setmetatable({}, m)\n"
    "for k, v in pairs(m) do m[k] = 'k' end m[1] = 'k'\n",
};

START_TEST(a_mode_that_is_set_later_means_nothing)
{
    char script[512];

    snprintf(script, sizeof script, "%s%s", late[_i], LEFT_AFTER_COLLECTIONS);
    mock_run_script(host, script, &flow);
    expect_quiet(host);
    expect_only_alert(host, "left 10");
}
END_TEST

/* --- Weak values --------------------------------------------------------- */

START_TEST(weak_values_are_collected)
{
    mock_run_script(host,
                    "local t = setmetatable({}, {__mode = 'v'})\n"
                    "local kept = {} t.kept = kept\n"
                    "for i = 1, 10 do t[i] = {} end\n"
                    "for i = 1, 100000 do local x = {{}} end\n"
                    "local n = 0 for _ in pairs(t) do n = n + 1 end\n"
                    "assert(t.kept == kept)\n"
                    "flow.triggerAlert(1, 'left ' .. n)",
                    &flow);
    expect_quiet(host);
    expect_only_alert(host, "left 1");
}
END_TEST

/* What a script can see of a table with weak values is as in any Lua. */
static const char *const seen[][2] = {
    { "m == getmetatable(setmetatable({}, m))", "boolean true" },
    { "getmetatable(setmetatable({}, m)).__mode", "string v" },
    { "setmetatable({}, m).there", "string default" },
    { "setmetatable(setmetatable({}, m), nil).there", "nil nil" },
    { "getmetatable(setmetatable(setmetatable({}, m), {}))", "table" },
    { "#setmetatable({}, m)", "integer 7" },
    { "pcall(setmetatable, setmetatable({}, p), {})", "boolean false" },
    { "getmetatable(setmetatable({}, p))", "string locked" },
    { "select(2, next(m, '__mode')) ~= 'v'", "boolean true" },
};

START_TEST(a_table_with_weak_values_looks_as_in_any_lua)
{
    char expression[512];

    snprintf(expression, sizeof expression,
             "(function() local m = {__mode = 'v', __index = function() return "
             "'default' end, __len = function() return 7 end}\n"
             "local p = {__mode = 'v', __metatable = 'locked'}\n"
             "local x = %s return type(x) == 'table' and 0 or x end)()",
             seen[_i][0]);
    expect_value(host, &flow, expression,
                 strcmp(seen[_i][1], "table") == 0 ? "integer 0" : seen[_i][1]);
}
END_TEST

/* --- Names in errors ----------------------------------------------------- */

START_TEST(errors_name_functions_of_the_library)
{
    expect_value(host, &flow, "select(2, pcall(string.rep))",
                 "string bad argument #1 to 'string.rep' (string expected, got "
                 "no value)");
    expect_value(host, &flow, "select(2, pcall(setmetatable))",
                 "string bad argument #1 to 'setmetatable' (table expected, "
                 "got no value)");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("metatables");
    TCase *tests = tcase_create("metatables");

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, weak_keys_are_refused_with_a_reason, 0,
                        COUNT(weak_keys));
    tcase_add_loop_test(tests, a_mode_that_is_set_later_means_nothing, 0,
                        COUNT(late));
    tcase_add_test(tests, weak_values_are_collected);
    tcase_add_loop_test(tests, a_table_with_weak_values_looks_as_in_any_lua, 0,
                        COUNT(seen));
    tcase_add_test(tests, errors_name_functions_of_the_library);
    return run_suite(suite);
}
