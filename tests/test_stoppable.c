/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Every function that a script may call is known here: either its work is
 * bounded by the limits on strings and results, or a call with work for many
 * seconds is in a row of "calls", and is stopped. A name that is in neither
 * list fails the suite, so that somebody judges it.
 */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cpu_time.h"
#include "mock_expect.h"
#include "mock_flow.h"
#include "run_suite.h"

#define COUNT(array) (int)(sizeof(array) / sizeof(array)[0])
#define CONF "{\"limits\": {\"kills\": 1000000, \"run_ms\": 20}}"
#define BUDGET_MS 20
/* Work for seconds is far over this, a busy machine is not. */
#define GRACE_MS 180

static struct mock_host *host;
static struct fc_flow flow;

static void set_up(void)
{
    host = mock_host_new();
    host->script_conf = CONF;
    flow = mock_any_flow();
}

static void tear_down(void)
{
    mock_host_free(host);
}

/* --- Calls that would take long ------------------------------------------ */

#define TIME FC_FAILURE_TIME
#define MEMORY FC_FAILURE_MEMORY
#define ERROR FC_FAILURE_RUNTIME
#define ENDLESS "function() while true do end end"
#define HALF_MB "local s = ('a'):rep(512 * 1024) "
#define LISTS "local t = {} for i = 1, 20000 do t[i] = i end "

#define MANY HALF_MB "local t = {} for i = 1, 20000 do t[i] = s end "

static const struct {
    const char *name;
    const char *script;
    enum fc_failure end;
} calls[] = {
    /* Patterns: backtracking, and the square of a subject's length. */
    { "string.find", "string.find(('a'):rep(5000), ('a*'):rep(30) .. 'b')",
      TIME },
    { "string.find", "string.find(('a'):rep(5000), ('a-'):rep(30) .. 'b')",
      TIME },
    { "string.find", "string.find(('a'):rep(90), ('a?'):rep(90) .. 'b')",
      TIME },
    { "string.find", "string.find('x', ('x'):rep(4097) .. '?')", ERROR },
    { "string.find", HALF_MB "s:find('.-b')", TIME },
    { "string.find", HALF_MB "s:find('%ba()x')", TIME },
    { "string.find", "local s = ('('):rep(512 * 1024) s:find('%b()')", TIME },
    { "string.find", HALF_MB "s:find('(a*)%1b')", TIME },
    { "string.find", HALF_MB "s:find('[' .. ('b'):rep(4000) .. ']')", TIME },
    { "string.find",
      HALF_MB "while true do s:find(('a'):rep(9999) .. 'b', 1, true) end",
      TIME },
    { "string.match", HALF_MB "s:match('a*b')", TIME },
    { "string.match", HALF_MB "s:match('(.-)(.-)b')", TIME },
    { "string.gmatch", HALF_MB "for w in s:gmatch('a*b') do end", TIME },
    { "string.gmatch", HALF_MB "while true do for w in s:gmatch('') do end end",
      TIME },
    { "string.gsub", HALF_MB "s:gsub('a*b', '')", TIME },
    { "string.gsub", HALF_MB "s:gsub('a', " ENDLESS ")", TIME },
    { "string.gsub",
      HALF_MB "s:gsub('a', setmetatable({}, { __index = " ENDLESS " }))",
      TIME },
    { "string.gsub", HALF_MB "while true do s:gsub('a', 'b') end", TIME },
    { "string.gsub", "return ('a'):rep(9):gsub('a', ('b'):rep(99999))",
      MEMORY },

    /* Strings that grow. */
    { "string.rep", "return ('a'):rep(1e9)", ERROR },
    { "string.rep", "return ('a'):rep(2, ('b'):rep(512 * 1024))", ERROR },
    { "string.rep", "while true do local s = ('a'):rep(512 * 1024) end", TIME },
    { "string.format", HALF_MB "string.format('%s%s', s, s)", MEMORY },
    { "string.format",
      "local s = ('a'):rep(500000) while true do string.format('%s', s) end",
      TIME },
    { "string.format",
      "string.format('%s', setmetatable({}, { __tostring = " ENDLESS " }))",
      TIME },
    { "string.pack", "string.pack('c1000000000', '')", MEMORY },
    { "string.pack", "while true do string.pack('c500000', '') end", TIME },
    { "string.packsize",
      "local f = ('b'):rep(512 * 1024) while true do string.packsize(f) end",
      TIME },
    { "string.unpack",
      "local f, s = ('b'):rep(60000), ('x'):rep(60000) "
      "while true do string.unpack(f, s) end",
      TIME },
    { "string.unpack", HALF_MB "string.unpack(('b'):rep(70000), s)", ERROR },
    { "string.byte", HALF_MB "while true do s:byte(1, 20000) end", TIME },
    { "string.byte", HALF_MB "s:byte(1, -1)", ERROR },
    { "string.reverse", HALF_MB "while true do s:reverse() end", TIME },
    { "string.lower", HALF_MB "while true do s:lower() end", TIME },
    { "string.upper", HALF_MB "while true do s:upper() end", TIME },
    { "string.sub", HALF_MB "while true do s:sub(2) end", TIME },
    { "string.char",
      LISTS "while true do string.char(table.unpack(t, 1, 250)) end", TIME },
    { "utf8.char", LISTS "while true do utf8.char(table.unpack(t)) end", TIME },
    { "utf8.codepoint", HALF_MB "utf8.codepoint(s, 1, -1)", ERROR },
    { "utf8.codepoint", HALF_MB "while true do utf8.codepoint(s, 1, 20000) end",
      TIME },
    { "utf8.codes", HALF_MB "while true do for p in utf8.codes(s) do end end",
      TIME },
    { "utf8.codes",
      "local s = 'a' .. ('\\x80'):rep(512 * 1024 - 1) "
      "while true do pcall(function() for p in utf8.codes(s) do end end) end",
      TIME },
    { "utf8.len", HALF_MB "while true do utf8.len(s) end", TIME },
    { "utf8.offset", HALF_MB "while true do utf8.offset(s, 500000) end", TIME },
    { "os.date", "os.date(('%c'):rep(256 * 1024))", ERROR },
    { "os.date", "while true do os.date(('%c'):rep(500)) end", TIME },
    { "tonumber",
      "local s = ('1'):rep(512 * 1024) "
      "while true do tonumber(s, 10) tonumber(s) end",
      TIME },

    /* Tables, and what they say of themselves. */
    { "table.concat", LISTS "while true do table.concat(t) end", TIME },
    { "table.concat",
      "local t, s = {}, ('a'):rep(1000) for i = 1, 5000 do t[i] = s end "
      "table.concat(t)",
      MEMORY },
    { "table.concat",
      "table.concat(setmetatable({}, { __len = function() return 1e15 end, "
      "__index = function() return '' end }))",
      ERROR },
    { "table.insert",
      LISTS "while true do table.insert(t, 1, 1) "
            "table.remove(t) end",
      TIME },
    { "table.insert",
      "table.insert(setmetatable({}, { __len = function() "
      "return math.maxinteger - 1 end }), 1, 1)",
      ERROR },
    { "table.remove", LISTS "while true do table.remove(t, 1) t[20000] = 1 end",
      TIME },
    { "table.remove",
      "table.remove(setmetatable({}, { __len = function() return 1e15 end }), "
      "1)",
      ERROR },
    { "table.move", "table.move({}, 1, math.maxinteger - 1, 2)", TIME },
    { "table.move", "table.move({}, 1, math.maxinteger - 1, 1, {})", TIME },
    { "table.move", "table.move({ 1 }, -1e15, 1e15, 2)", TIME },
    { "table.move",
      "table.move(setmetatable({}, { __index = function() return 1 end }), 1, "
      "math.maxinteger - 1, 2)",
      TIME },
    { "table.pack", LISTS "while true do table.pack(table.unpack(t)) end",
      TIME },
    { "table.unpack", LISTS "while true do table.unpack(t) end", TIME },
    { "table.unpack", "table.unpack({}, 1, 1e8)", ERROR },
    { "table.sort",
      LISTS "while true do table.sort(t, function(a, b) return a > b end) end",
      TIME },
    { "table.sort",
      LISTS "while true do table.sort(t, function() return true end) end",
      TIME },
    { "table.sort", LISTS "while true do table.sort(t) end", TIME },
    { "table.sort", "table.sort({ 1, 2 }, " ENDLESS ")", TIME },
    { "table.sort",
      "local m = { __lt = " ENDLESS " } "
      "table.sort({ setmetatable({}, m), setmetatable({}, m) })",
      TIME },
    { "next",
      LISTS "for i = 1, 19999 do t[i] = nil end "
            "while true do next(t) end",
      TIME },
    { "pairs", "pairs(setmetatable({}, { __pairs = " ENDLESS " }))", TIME },
    { "pairs", LISTS "while true do for k in pairs(t) do end end", TIME },
    { "ipairs",
      "for i in ipairs(setmetatable({}, { __index = function() return 1 end "
      "})) do end",
      TIME },
    { "select", LISTS "while true do select(-1, table.unpack(t)) end", TIME },
    { "rawset", "local t = {} while true do rawset(t, 1, 1) end", TIME },

    /* What calls a script's functions. */
    { "pcall", "pcall(" ENDLESS ")", TIME },
    { "xpcall", "xpcall(error, " ENDLESS ")", TIME },
    { "xpcall", "xpcall(" ENDLESS ", " ENDLESS ")", TIME },
    { "tostring", "tostring(setmetatable({}, { __tostring = " ENDLESS " }))",
      TIME },
    { "print", "print(setmetatable({}, { __tostring = " ENDLESS " }))", TIME },
    { "print", HALF_MB "while true do print(s) end", TIME },
    { "io.write", HALF_MB "while true do io.write(s) end", TIME },
    { "io.write",
      "local s = ('\\n'):rep(512 * 1024) while true do io.write(s) end", TIME },
    { "print", "local s = ('\\n'):rep(512 * 1024) while true do print(s) end",
      TIME },
    { "print", MANY "print(table.unpack(t))", TIME },
    { "io.write", MANY "io.write(table.unpack(t))", TIME },
    { "tprint", MANY "tprint(t)", TIME },
    { "tprint", LISTS "t[1] = t while true do tprint(t) end", TIME },
    { "tprint",
      "local m = { __tostring = " ENDLESS " } "
      "tprint({ [setmetatable({}, m)] = 1 })",
      TIME },
    { "require", "require('endless')", TIME },
    { "require", "while true do pcall(require, 'not_there') end", TIME },
};

/* Returns what the call took. */
/* Its VM: the call has not seen the alarm itself. Under a tool that slows all
 * down the time to see it is over before. */
static bool was_given_up(const struct fc_stats *stats)
{
    return slowness() <= 1 && strstr(stats->last_error, "given up") != NULL;
}

static double stop_call(const char *script, enum fc_failure end)
{
    struct mock_instance *instance = mock_start_script(host, script);
    double start = cpu_ms();
    double ms;
    struct fc_stats stats;

    mock_run(instance, FC_HOOK_DETECTED, &flow);
    ms = cpu_ms() - start;
    stats = mock_stats(instance, FC_HOOK_DETECTED);
    ck_assert_msg(stats.failures[end] == 1, "%s: %s", script,
                  stats.last_error != NULL ? stats.last_error : "no failure");
    return was_given_up(&stats) ? INFINITY : ms;
}

START_TEST(a_call_with_work_for_seconds_is_stopped)
{
    const double most = (BUDGET_MS + GRACE_MS) * slowness();
    double least = INFINITY;

    if (calls[_i].end != TIME)
        host->script_conf = MOCK_PATIENT;
    mock_write(host, MOCK_SCRIPTS "endless.lua", "while true do end");
    for (int i = 0; i < TRIES_MAX && least > most; i++)
        least = fmin(least, stop_call(calls[_i].script, calls[_i].end));
    ck_assert_msg(least <= most, "%.1f ms: %s", least, calls[_i].script);
}
END_TEST

/* --- Names --------------------------------------------------------------- */

/* Their work is the same whatever they are given, or they make no loop. */
static const char constant[] =
    " assert collectgarbage error getmetatable rawequal rawget rawlen"
    " setmetatable type"
    " flow.bytes flow.cli flow.cli2srv_bytes flow.cli_port flow.direction"
    " flow.dns flow.first_seen flow.http flow.is_oneway flow.is_unicast"
    " flow.l7_master_proto flow.l7_proto flow.l7_proto_name flow.last_seen"
    " flow.protocol flow.srv"
    " flow.srv2cli_bytes flow.srv_port flow.ssh flow.tls_quic"
    " flow.triggerAlert flow.vlan_id"
    " math.abs math.acos math.asin math.atan math.ceil math.cos math.deg"
    " math.exp math.floor math.fmod math.log math.max math.min math.modf"
    " math.rad math.random math.randomseed math.sin math.sqrt math.tan"
    " math.tointeger math.type math.ult"
    " ntop.getDirs os.clock os.difftime os.time string.len ";

/* Alerts the names of all functions but the blocked ones, a library each. */
static const char names_of_functions[] =
    "local function add(names, prefix, from)\n"
    "    for name, value in pairs(from) do\n"
    "        local _, why = pcall(value)\n"
    "        if type(value) == 'function' and not\n"
    "           tostring(why):find('is not for flow checks') then\n"
    "            names[#names + 1] = prefix .. name\n"
    "        end\n"
    "    end\n"
    "end\n"
    "local globals = {}\n"
    "add(globals, '', _G)\n"
    "flow.triggerAlert(1, table.concat(globals, ' '))\n"
    "for library, value in pairs(_G) do\n"
    "    if type(value) == 'table' and library ~= '_G' then\n"
    "        local names = {}\n"
    "        add(names, library .. '.', value)\n"
    "        flow.triggerAlert(1, table.concat(names, ' '))\n"
    "    end\n"
    "end\n";

static bool is_judged(const char *name)
{
    char word[64];

    for (int i = 0; i < COUNT(calls); i++)
        if (strcmp(calls[i].name, name) == 0)
            return true;
    snprintf(word, sizeof word, " %s ", name);
    return strstr(constant, word) != NULL;
}

START_TEST(every_function_of_a_script_was_judged)
{
    size_t count = 0;

    host->script_conf = MOCK_PATIENT;
    mock_run_script(host, names_of_functions, &flow);
    expect_quiet(host);
    for (size_t i = 0; i < host->alert_count; i++) {
        char *at = NULL;

        for (char *name = strtok_r(host->alerts[i].message, " ", &at);
             name != NULL; name = strtok_r(NULL, " ", &at), count++)
            ck_assert_msg(is_judged(name), "%s: can it be stopped?", name);
    }
    ck_assert_uint_gt(count, 80);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("stoppable");
    TCase *tests = tcase_create("stoppable");

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, a_call_with_work_for_seconds_is_stopped, 0,
                        COUNT(calls));
    tcase_add_test(tests, every_function_of_a_script_was_judged);
    return run_suite(suite);
}
