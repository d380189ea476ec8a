/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The sandbox holds: every name of the Lua that is linked is allowed, or is
 * blocked and says why; honest scripts find what they need; and nothing that
 * the module hands out can be changed, by no route.
 */
#include <check.h>
#include <lauxlib.h>
#include <lualib.h>
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
    flow.dns = &mock_dns;
}

static void tear_down(void)
{
    mock_host_free(host);
}

static struct fc_stats run(const char *script)
{
    struct mock_instance *instance = mock_run_script(host, script, &flow);

    return mock_stats(instance, FC_HOOK_DETECTED);
}

/* --- Every name of Lua's library ----------------------------------------- */

/* What scripts may use of it; what is not here is blocked. */
static const char allowed[] =
    " _G _VERSION assert collectgarbage error getmetatable ipairs next pairs"
    " pcall print rawequal rawget rawlen rawset require select setmetatable"
    " tonumber tostring type xpcall"
    " string.byte string.char string.find string.format string.gmatch"
    " string.gsub string.len string.lower string.match string.pack"
    " string.packsize string.rep string.reverse string.sub string.unpack"
    " string.upper"
    " table.concat table.insert table.move table.pack table.remove table.sort"
    " table.unpack"
    " math.abs math.acos math.asin math.atan math.ceil math.cos math.deg"
    " math.exp math.floor math.fmod math.huge math.log math.max"
    " math.maxinteger math.min math.mininteger math.modf math.pi math.rad"
    " math.random math.randomseed math.sin math.sqrt math.tan math.tointeger"
    " math.type math.ult"
    " utf8.char utf8.charpattern utf8.codepoint utf8.codes utf8.len"
    " utf8.offset"
    " os.clock os.date os.difftime os.time"
    " io.write"
    " package.cpath package.path ";

/* Not even a stub, and why. */
static const struct {
    const char *name;
    const char *reason;
} absent[] = {
    { "io.stdin", "a file, not a function that could say so" },
    { "io.stdout", "likewise" },
    { "io.stderr", "likewise" },
    { "math.atan2", "of Lua before 5.3; Debian's still has it" },
    { "math.cosh", "likewise" },
    { "math.frexp", "likewise" },
    { "math.ldexp", "likewise" },
    { "math.log10", "likewise" },
    { "math.pow", "likewise" },
    { "math.sinh", "likewise" },
    { "math.tanh", "likewise" },
    { "package.config", "scripts only set path and cpath, which nobody reads" },
    { "package.loaded", "the table of loaded libraries: all of them, whole" },
    { "package.loadlib", "C code" },
    { "package.preload", "require does not look there" },
    { "package.searchers", "likewise" },
    { "package.searchpath", "it looks for files" },
};

static bool is_absent(const char *name)
{
    for (int i = 0; i < COUNT(absent); i++)
        if (strcmp(absent[i].name, name) == 0)
            return true;
    return false;
}

/* A line of the script: what the name must be. */
static void write_claim(FILE *script, const char *name)
{
    char word[80];

    snprintf(word, sizeof word, " %s ", name);
    if (is_absent(name))
        fprintf(script, "absent('%s', %s)\n", name, name);
    else if (strstr(allowed, word) != NULL)
        fprintf(script, "allowed('%s', %s)\n", name, name);
    else
        fprintf(script, "blocked('%s', %s)\n", name, name);
}

/* The names in the table on top of the stack; below is NULL or its name. */
static int write_claims(FILE *script, lua_State *L, const char *library)
{
    int count = 0;

    for (lua_pushnil(L); lua_next(L, -2) != 0; lua_pop(L, 1)) {
        const char *name = lua_tostring(L, -2);
        char path[64];

        if (library == NULL && lua_istable(L, -1) && strcmp(name, "_G") != 0) {
            count += write_claims(script, L, name);
            continue;
        }
        snprintf(path, sizeof path, "%s%s%s", library ? library : "",
                 library ? "." : "", name);
        write_claim(script, path);
        count++;
    }
    return count;
}

/* Each prints a line when a name is not what it should be. */
static const char judges[] =
    "local function absent(name, value)\n"
    "    if value ~= nil then print(name, 'is there') end\n"
    "end\n"
    "local function allowed(name, value)\n"
    "    if value == nil then print(name, 'is not there') end\n"
    "end\n"
    "local function blocked(name, value)\n"
    "    if value == nil then\n"
    "        print(name, 'is new to us: allow or block it')\n"
    "        return\n"
    "    end\n"
    "    local ok, why = pcall(value, 'x')\n"
    "    why = tostring(why)\n"
    "    local text = name .. ' is not for flow checks: '\n"
    "    local at, to = why:find(text, 1, true)\n"
    "    if ok or at == nil or\n"
    "       not why:match('^.+ %(see flow%-check%-script%(7%), SANDBOX%)$',\n"
    "                     to + 1) then\n"
    "        print(name, 'is not blocked', ok, why)\n"
    "    end\n"
    "end\n";

START_TEST(every_name_of_luas_library_is_allowed_or_blocked_with_a_reason)
{
    lua_State *L = luaL_newstate();
    char *text;
    size_t len;
    FILE *script = open_memstream(&text, &len);
    int count;

    luaL_openlibs(L);
    fputs(judges, script);
    lua_pushglobaltable(L);
    count = write_claims(script, L, NULL);
    fclose(script);
    ck_assert_int_gt(count, 140);
    run(text);
    expect_quiet(host);
    expect_line_count(host, FC_LOG_OUTPUT, 0);
    free(text);
    lua_close(L);
}
END_TEST

/* --- What honest scripts need -------------------------------------------- */

static const char *const honest[][2] = {
    { "setmetatable({}, { __index = { a = 1 } }).a", "integer 1" },
    { "getmetatable(setmetatable({}, { b = 2 })).b", "integer 2" },
    { "#setmetatable({}, { __len = function() return 7 end })", "integer 7" },
    { "setmetatable({}, { __call = function(_, x) return x end })(3)",
      "integer 3" },
    { "os.time({ year = 2024, month = 2, day = 29, hour = 12 }) - "
      "os.time({ year = 2024, month = 2, day = 28, hour = 12 })",
      "integer 86400" },
    { "os.date('!%Y-%m-%d %H:%M:%S', 0)", "string 1970-01-01 00:00:00" },
    { "os.date('!*t', 86400).day", "integer 2" },
    { "os.difftime(10, 4)", "float 6.0" },
    { "os.clock() >= 0", "boolean true" },
    { "os.time() > 1700000000", "boolean true" },
    { "require('mine').name", "string mine" },
    { "select('#', pcall(error))", "integer 2" },
    { "math.floor(2.5)", "integer 2" },
    { "string.format('%5.1f|%s', 2.25, true)", "string   2.2|true" },
    { "('a,b'):gsub(',', ';')", "string a;b" },
    { "utf8.len('h\\u{E4}')", "integer 2" },
    { "collectgarbage('count') > 1", "boolean true" },
    { "collectgarbage()", "integer 0" },
    { "rawset({}, 1, 2)[1]", "integer 2" },
    { "(function() package.path = 'x/?.lua;' .. package.path "
      "return package.path end)()",
      "string x/?.lua;" },
    { "type(ntop.getDirs().installdir)", "string string" },
    { "_VERSION", "string Lua 5.4" },
};

START_TEST(an_honest_script_finds_what_it_needs)
{
    mock_write(host, MOCK_SCRIPTS "mine.lua", "return { name = 'mine' }");
    expect_value(host, &flow, honest[_i][0], honest[_i][1]);
    expect_quiet(host);
}
END_TEST

/* --- What cannot be changed ---------------------------------------------- */

static const char *const attempts[] = {
    "flow.bytes = nil",
    "flow.added = 1",
    "rawset(flow, 'bytes', nil)",
    "rawset(flow, 'added', 1)",
    "_G.flow.bytes = nil",
    "_ENV.flow.bytes = print",
    "string.upper = string.lower",
    "string.added = 1",
    "rawset(string, 'upper', nil)",
    "math.floor = nil",
    "table.concat = nil",
    "rawset(table, 'added', 1)",
    "utf8.len = nil",
    "os.time = nil",
    "io.write = nil",
    "io.write('').write = nil",
    "rawset(io, 'write', nil)",
    "ntop.getDirs = nil",
    "rawset(ntop, 'added', 1)",
    "require('lua_utils').tprint = nil",
    "rawset(require('lua_utils'), 'tprint', nil)",
    "table.insert(flow, 'added')",
    "table.insert(string, 1, 'added')",
    "table.remove(flow)",
    "table.remove(string, 1)",
    "table.move({ 1 }, 1, 1, 1, flow)",
    "table.move({ 1 }, 1, 1, 1, string)",
    "table.move(flow, 1, 3, 2)",
    "table.sort(flow)",
    "table.sort(string, function() return true end)",
    "setmetatable(flow, nil)",
    "setmetatable(flow, {})",
    "setmetatable(string, nil)",
    "setmetatable(require('lua_utils'), {})",
    "getmetatable(flow).__index = {}",
    "getmetatable(flow).__newindex = nil",
    "getmetatable('').__index = {}",
    "getmetatable('').__index.upper = nil",
    "rawset(getmetatable(''), '__index', nil)",
    "setmetatable('', {})",
    "('x').upper = nil",
    "rawset('x', 'upper', nil)",
    "for name in pairs(flow) do flow[name] = nil end",
    "for name in pairs(string) do rawset(string, name, nil) end",
    "local _, real = pairs(flow) rawset(real, 'bytes', nil)",
    "local walk, real = pairs(string) real.upper = nil",
    "local walk = pairs(flow) walk(flow) rawset(walk(flow), 'x', 1)",
    "local name = next(flow) flow[name] = nil",
    "local real = rawget(flow, '__index') real.bytes = nil",
    "getmetatable(flow.dns()).__index = nil",
    "rawset(getmetatable(flow.dns()), '__index', nil)",
    "getmetatable(flow.dns()).__index.query = 'other'",
    "setmetatable(flow.dns(), nil)",
    "debug.setmetatable('', {})",
    "for key, value in pairs(_G) do "
    "if type(value) == 'table' and key ~= '_G' then "
    "for name in pairs(value) do pcall(rawset, value, name, nil) end end end",
    "for key, value in pairs(_G) do "
    "if type(value) == 'table' and key ~= '_G' then "
    "for name in pairs(value) do "
    "pcall(function() value[name] = nil end) end end end",
};

/* Everything is as it was, from the same run on. */
static const char canary[] =
    "local tables = { flow, string, table, math, utf8, os, io, ntop,\n"
    "                 require('lua_utils') }\n"
    "for i = 1, 9 do\n"
    "    assert(tables[i].added == nil and tables[i][1] == nil, i)\n"
    "    assert(#tables[i] == 0 and next(tables[i]) == nil, i)\n"
    "end\n"
    "assert(flow.bytes() == 3000, 'flow')\n"
    "assert(flow.dns().query == 'ipv6.example.org', flow.dns().query)\n"
    "assert(('x'):upper() == 'X' and string.upper('x') == 'X', 'string')\n"
    "assert(table.concat({ 1, 2 }) == '12', 'table')\n"
    "assert(math.floor(2.5) == 2, 'math')\n"
    "assert(utf8.len('x') == 1, 'utf8')\n"
    "assert(os.time() > 0, 'os')\n"
    "assert(type(io.write('')) == 'table', 'io')\n"
    "assert(type(ntop.getDirs()) == 'table', 'ntop')\n"
    "assert(require('lua_utils').tprint == tprint, 'lua_utils')\n";

START_TEST(what_the_module_hands_out_cannot_be_changed)
{
    char script[4096];
    struct mock_instance *instance;

    snprintf(script, sizeof script,
             "n = (n or 0) + 1\n"
             "if n == 1 then pcall(function() %s end) end\n"
             "%s"
             "flow.triggerAlert(n, 'intact')\n",
             attempts[_i], canary);
    instance = mock_run_script(host, script, &flow);
    mock_run(instance, FC_HOOK_DETECTED, &flow);
    expect_quiet(host);
    expect_alert_count(host, 2);
    expect_alert(host, 1, 2, "intact");
}
END_TEST

/*
 * A script that only calls what is in flow, string and so on gets these tables
 * without a shield: no other one may. What breaks in here, a script's text
 * seems to be like that and is not.
 */
static const char *const covert_attempts[] = {
    "function flow.bytes() return 0 end",
    "function flow:bytes() return 0 end",
    "function flow.bytes.x() return 0 end",
    "function string.upper() return '' end",
    "flow.bytes = nil",
    "flow.bytes, other = nil, nil",
    "other, flow.bytes = nil, nil",
    "flow . bytes = nil",
    "flow --[[ ( ]] . bytes --[==[ ]] ( ]==]\n--(\n= nil",
    "flow['bytes'] = nil",
    "flow[ [[bytes]] ] = nil",
    "string.upper = nil",
    "math.floor, table.concat = nil",
    "(flow).bytes = nil",
    "({ flow })[1].bytes = nil",
    "({ t = flow }).t.bytes = nil",
    "local f = flow f.bytes = nil",
    "local f <const> = flow f.bytes = nil",
    "local f, t = flow, table t.concat = nil f.bytes = nil",
    "f = flow; f.bytes = nil",
    "f = flow f.bytes = nil",
    "for _, t in ipairs({ flow, string }) do t.bytes, t.upper = nil end",
    "for f in function(_, last) return not last and flow or nil end do "
    "f.bytes = nil end",
    "local function f() return flow end f().bytes = nil",
    "local function f(...) (...).bytes = nil end f(flow)",
    "local function f(t) t.bytes = nil end f (flow)",
    "local function f(t) t.upper = nil end f(flow.bytes() and string)",
    "local f = flow.bytes() and flow f.bytes = nil",
    "local f = flow or flow.bytes() f.bytes = nil",
    "rawset(flow, 'bytes', nil)",
    "table:insert('added')",
    "table:remove(1)",
    "table:move(1, 1, 1)",
    "string:upper()",
    "table.insert(table, 'added')",
    "table.insert(flow, 'added')",
    "setmetatable(flow, { __index = {} })",
    "setmetatable({}, { __index = function() return flow end }).x.bytes = nil",
    "_G.flow.bytes = nil",
    "_G['fl' .. 'ow'].bytes = nil",
    "_ENV['fl' .. 'ow'].bytes = nil",
    "local e = _ENV e.flow.bytes = nil",
    "local e <close> = _ENV",
    "for name, t in pairs(_G) do if name == 'flow' then t.bytes = nil end end",
    "local s = 'a\\\n' flow.bytes = nil --'",
    "local s = 'a\\z\n\n  b' flow.bytes = nil --'",
    "local s = \"'\" flow.bytes = nil --'",
    "local s = '\\\\' flow.bytes = nil --'",
    "local s = [==[ ]] ' ]==] flow.bytes = nil --'",
    "local s = [[\n]] flow.bytes = nil --]]",
    "--[==[ ]]\n]==] flow.bytes = nil",
    "--[=\nflow.bytes = nil",
    "---[[\nflow.bytes = nil --]]",
    "local n = 0x1p-1 flow.bytes = nil",
    "local n = 1 //flow.bytes() flow.bytes = nil",
    "goto flow ::flow:: flow.bytes = nil",
    "local s = ('flow').upper flow.bytes = nil",
    "flow.bytes\f=\vnil",
    "flow.bytes\r=\n\rnil",
    "require('meddler')",
    "require('meddler.deep')",
};

/* The canary without a use of the tables that would bring their shields. */
static const char blind_canary[] =
    "assert(flow.bytes() == 3000 and flow:bytes() == 3000, 'flow')\n"
    "assert(string.upper('x') == 'X' and ('x'):upper() == 'X', 'string')\n"
    "assert(table.concat({ 1, 2 }) == '12', 'table')\n"
    "assert(math.floor(2.5) == 2, 'math')\n";

START_TEST(no_script_changes_what_it_only_seems_to_call)
{
    char script[4096];
    struct mock_instance *instance;

    mock_write(host, MOCK_SCRIPTS "witness.lua", canary);
    mock_write(host, MOCK_SCRIPTS "meddler.lua", "flow.bytes = nil");
    mock_write(host, MOCK_MODULES "meddler/deep.lua",
               "for name, t in pairs(_G) do\n"
               "    if name == 'flow' then t.bytes = nil end\n"
               "end\n");
    snprintf(script, sizeof script,
             "n = (n or 0) + 1\n"
             "if n == 1 then pcall(function()\n%s\nend) end\n"
             "%s"
             "if n == 2 then require('witness') end\n"
             "flow.triggerAlert(n, 'intact')\n",
             covert_attempts[_i], blind_canary);
    instance = mock_run_script(host, script, &flow);
    mock_run(instance, FC_HOOK_DETECTED, &flow);
    expect_quiet(host);
    expect_alert_count(host, 2);
    expect_alert(host, 1, 2, "intact");
}
END_TEST

START_TEST(the_script_of_one_hook_cannot_change_the_tables_of_another)
{
    struct mock_instance *instance;

    mock_write(host, MOCK_PERIODIC_SCRIPT, "\nflow.bytes = nil");
    instance = mock_run_script(host, blind_canary, &flow);
    mock_run(instance, FC_HOOK_PERIODIC, &flow);
    expect_only_line(host, FC_LOG_ERROR,
                     ":2: bytes of this table cannot be changed by a script "
                     "(see flow-check-script(7), SANDBOX)");
    mock_run(instance, FC_HOOK_DETECTED, &flow);
    ck_assert_uint_eq(mock_stats(instance, FC_HOOK_DETECTED).ok, 2);
}
END_TEST

START_TEST(a_change_is_refused_with_the_name_and_where_to_read_on)
{
    struct fc_stats stats = run("\nflow.bytes = nil");

    expect_only_line(host, FC_LOG_ERROR,
                     ":2: bytes of this table cannot be changed by a script "
                     "(see flow-check-script(7), SANDBOX)");
    ck_assert_uint_eq(stats.failures[FC_FAILURE_BLOCKED], 1);
}
END_TEST

START_TEST(a_script_that_loses_flow_gets_it_back_after_a_run_that_failed)
{
    struct mock_instance *instance =
        mock_run_script(host,
                        "n = (n or 0) + 1\n"
                        "if n == 1 then flow, string = nil, nil end\n"
                        "flow.triggerAlert(n, string.rep('x', n))\n",
                        &flow);

    expect_line_count(host, FC_LOG_ERROR, 1);
    mock_run(instance, FC_HOOK_DETECTED, &flow);
    expect_only_alert(host, "xx");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sandbox");
    TCase *tests = tcase_create("sandbox");

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(
        tests, every_name_of_luas_library_is_allowed_or_blocked_with_a_reason);
    tcase_add_loop_test(tests, an_honest_script_finds_what_it_needs, 0,
                        COUNT(honest));
    tcase_add_loop_test(tests, what_the_module_hands_out_cannot_be_changed, 0,
                        COUNT(attempts));
    tcase_add_loop_test(tests, no_script_changes_what_it_only_seems_to_call, 0,
                        COUNT(covert_attempts));
    tcase_add_test(tests,
                   the_script_of_one_hook_cannot_change_the_tables_of_another);
    tcase_add_test(tests,
                   a_change_is_refused_with_the_name_and_where_to_read_on);
    tcase_add_test(
        tests, a_script_that_loses_flow_gets_it_back_after_a_run_that_failed);
    return run_suite(suite);
}
