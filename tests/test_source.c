/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is refused before Lua's compiler sees it: chains of names so long that
 * Lua would overflow its C stack, or take seconds, to name one in an error; and
 * what Lua's compiler itself takes too long for. Deep and large programs that
 * are honest load, and text that only looks like a chain does not count.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "cpu_time.h"
#include "mock_expect.h"
#include "mock_flow.h"
#include "run_suite.h"

#define COUNT(array) (int)(sizeof(array) / sizeof(array)[0])
#define REFUSED "a chain of more than 500 names, as in a.b.c, is too long"
#define HUGE_CONF                                            \
    "{\"limits\": {\"run_ms\": 10000, \"script_kb\": 1024, " \
    "\"memory_kb\": 200000}}"

static struct mock_host *host;
static struct fc_flow flow;

static void set_up(void)
{
    host = mock_host_new();
    host->script_conf = HUGE_CONF;
    flow = mock_any_flow();
}

static void tear_down(void)
{
    mock_host_free(host);
}

/* A script: head, part so many times, tail. */
static struct fc_stats run_repeated(const char *head, const char *part,
                                    int count, const char *tail)
{
    char *text;
    size_t len;
    FILE *script = open_memstream(&text, &len);
    struct mock_instance *instance;

    fputs(head, script);
    for (int i = 0; i < count; i++)
        fputs(part, script);
    fputs(tail, script);
    fclose(script);
    instance = mock_run_script(host, text, &flow);
    free(text);
    return mock_stats(instance, FC_HOOK_DETECTED);
}

/* --- Chains -------------------------------------------------------------- */

static const struct {
    const char *head;
    const char *link;
    const char *tail;
} chains[] = {
    { "return a", ".b", "" },
    { "return a", ". b", "" },
    { "return a", "\n.b", "" },
    { "return a", "[b]", "" },
    { "return a", "['b']", "" },
    { "return a", "[ [[b]] ]", "" },
    { "return a", ".b --[[ ( ]]", "" },
    { "return a", ".b -- =\n", "" },
    { "a", ".b", " = 1" },
    { "a", ".b", "()" },
    { "a", ".b", ":c()" },
    { "local x = #a", ".b", " + 1" },
    { "return (a)", ".b", "" },
    { "-- comment\nlocal s = 'x'\nreturn a", ".b", "" },
    { "local s = 'it' .. 's'\nreturn a", ".b", "" },
    { "local s = '\\'(' return a", ".b", "" },
    { "local s = [==[ ]] ]==] return a", ".b", "" },
    { "--\rreturn a", ".b", "" },
    { "--\n\rreturn a", ".b", "" },
    { "local s = '\\\r' return a", ".b", "" },
    { "local s = '\\z\r\n' return a", ".b", "" },
    { "--[[\r]]return a", ".b", "" },
    { "return a", ".b --\r", "" },
    { "return a", ".b--[=[ ]] ]=]", "" },
    { "return ('x')", ".b", "" },
    { "return ([[x]])", "['b']", "" },
    { "return (...)", ".b", "" },
    { "return a()", ".b", "" },
    { "return a'x'", ".b", "" },
    { "return a:b()", ".b", "" },
    { "return ({})", "[1]", "" },
    { "return ((a.b)", ".b", ")" },
    { "return a", "[1]", "" },
    { "return a", "[1.5]", "" },
    { "return a", "[1000]", "" },
    { "return a", "[\"b\"]", "" },
    { "return a", "[b]['b'].b", "" },
    { "return a[b", ".b", "]" },
    { "return a[b[c", "['b']", "]]" },
    { "return a[b", ".b", "][c]" },
    { "return a", "[b.b.b.b]", "" },
    { "return a", "[b[b][b]]", "" },
    { "return (nil or a", ".b", ").b" },
    { "return (false or 1 and a", ".b", ").b" },
    { "return a[true and b", ".b", "]" },
    { "return _ENV", ".b", "" },
    { "local _ENV = {} return a", ".b", "" },
    { "local up local function f() return up", ".b", " end" },
    { "f(a", ".b", ")" },
    { "f(1, a", ".b", ")" },
    { "x = { a", ".b", " }" },
    { "x = { [a", ".b", "] = 1 }" },
    { "x = -a", ".b", "" },
    { "x = 1 .. a", ".b", "" },
    { "a.b, a", ".b", " = 1" },
    { "if a", ".b", " then end" },
    { "while a", ".b", " do end" },
    { "repeat until a", ".b", "" },
    { "for i = a", ".b", ", 2 do end" },
    { "for i in a", ".b", " do end" },
    { "function a", ".b", "() end" },
    { "function a", ".b", ":c() end" },
    { "local function f() return function() a", ".b", "() end end" },
    { "do return a", ".b", " end" },
    { "goto x ::x:: a", ".b", "()" },
};

START_TEST(a_chain_that_lua_cannot_cope_with_is_refused)
{
    struct fc_stats stats =
        run_repeated(chains[_i].head, chains[_i].link, 50000, chains[_i].tail);

    ck_assert_uint_eq(stats.failures[FC_FAILURE_SYNTAX], 1);
    ck_assert_int_eq(stats.state, FC_HOOK_BROKEN);
    expect_only_line(host, FC_LOG_ERROR, REFUSED);
}
END_TEST

/* Up to 190 parentheses, each around some links more. */
START_TEST(parentheses_break_no_chain)
{
    char open[200] = "return ";
    struct fc_stats stats;

    memset(open + 7, '(', 150);
    open[157] = 'a';
    stats = run_repeated(open, ".b.b.b.b)", 150, "");
    ck_assert_uint_eq(stats.failures[FC_FAILURE_SYNTAX], 1);
    expect_only_line(host, FC_LOG_ERROR, REFUSED);
}
END_TEST

static const struct {
    const char *head, *middle;
} halves[] = {
    { "return (a", ")" },          { "return a[b", "]" },
    { "return (nil or a", ")" },   { "return (1 and a", ")" },
    { "return a[b]['c'][d", "]" }, { "return a[b[(1 and b", ")]]" },
};

/* 300 links, something between, and 300 links more. */
START_TEST(links_on_both_sides_make_one_chain)
{
    char tail[1024];
    char *at = stpcpy(tail, halves[_i].middle);

    for (int i = 0; i < 300; i++)
        at = stpcpy(at, ".b");
    run_repeated(halves[_i].head, ".b", 300, tail);
    expect_only_line(host, FC_LOG_ERROR, REFUSED);
}
END_TEST

START_TEST(a_chain_may_have_500_links_and_no_more)
{
    ck_assert_uint_eq(
        run_repeated("local a = {} a.b = a return a", ".b", 500, "").ok, 1);
    expect_quiet(host);
    run_repeated("local a = {} a.b = a return a", ".b", 501, "");
    expect_only_line(host, FC_LOG_ERROR, REFUSED);
}
END_TEST

START_TEST(a_refusal_names_the_line_where_the_chain_begins)
{
    run_repeated("-- 1\r-- 2\r\n-- 3\n\r-- [[4\nx = '\\\n' return a", "\n.b",
                 501, "");
    expect_only_line(host, FC_LOG_ERROR, MOCK_SCRIPT_NAME ":6: " REFUSED);
}
END_TEST

/* Lua's own message says more. */
START_TEST(a_text_that_lua_refuses_keeps_its_message)
{
    run_repeated("x = 1\ny = = a", ".b", 50000, "");
    expect_only_line(host, FC_LOG_ERROR,
                     MOCK_SCRIPT_NAME ":2: unexpected symbol near '='");
}
END_TEST

static void write_module(const char *head, const char *part, int count)
{
    char *text = malloc(strlen(head) + strlen(part) * (size_t)count + 1);
    char *at = stpcpy(text, head);

    for (int i = 0; i < count; i++)
        at = stpcpy(at, part);
    mock_write(host, MOCK_SCRIPTS "part.lua", text);
    free(text);
}

START_TEST(a_module_with_such_a_chain_is_refused_too)
{
    write_module("local a = {}\nreturn a", ".b", 20000);
    mock_run_script(host, "require 'part'", &flow);
    expect_only_line(host, FC_LOG_ERROR, "part.lua:2: " REFUSED);
}
END_TEST

/*
 * For each link Lua reads its function up to there, again for each function in
 * a traceback: 16 links behind 60 KB took 290 ms.
 */
static const struct {
    const char *head, *part, *tail;
    int count, links; /* 0: it loads */
} large[] = {
    { "local a = {} a.b = a ", "x = 1 ", "\nreturn a.b.b.b.b.b.b.b.b", 30000,
      0 },
    { "local a = {} a.b = a ", "x = 1 ",
      "\nreturn a.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b", 30000, 0 },
    { "", "x = 1 ", "\nreturn a[b.c[b.c[b.c.d.e.f.g.h]].d.e.f.g.h].b.b.b.b.b.b",
      150000, 16 },
    { "local a = {} a.b = a local function f()", " x = 1",
      "\nreturn a.b.b.b.b end f()", 20000, 0 },
    { "local function f()", " x = 1", "\nreturn a.b.b.b.b.b end", 20000, 5 },
    { "local function f()", " x = 1", "\nreturn a[b][b][b] end", 20000, 3 },
    { "local function f()", " x = 1", "\na.b.b.b.b.b.b.b.b.b.b:c() end", 20000,
      10 },
    { "local function f() return 1", "",
      " end local a = {} a.b = a\n"
      "return a.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b",
      1, 0 },
    { "local function f() local function g()", " x = 1",
      " end local a = {} a.b = a return a.b.b.b.b.b.b.b.b.b.b end f()", 20000,
      0 },
};

START_TEST(a_chain_at_the_end_of_a_large_function_is_shorter)
{
    struct fc_stats stats = run_repeated(large[_i].head, large[_i].part,
                                         large[_i].count, large[_i].tail);
    char line[256];

    if (large[_i].links == 0) {
        expect_quiet(host);
        ck_assert_uint_eq(stats.ok, 1);
        return;
    }
    snprintf(line, sizeof line,
             MOCK_SCRIPT_NAME ":2: a chain of %d names, as in a.b.c, is too "
                              "long in a function with so much in front of it: "
                              "break it up with locals",
             large[_i].links);
    expect_only_line(host, FC_LOG_ERROR, line);
}
END_TEST

/* --- What Lua's compiler takes long for ---------------------------------- */

static const struct {
    const char *head, *part, *tail;
    int count;
} slow[] = {
    { "x = a", " or a", "", 200000 },
    { "x = a", " or{}", "", 200000 },
    { "x = a", " and a or a", "", 95000 },
    { "if a then", " elseif{}then", " end", 75000 },
    { "if a then", "\nelseif a then", " end", 74000 },
};

/* Each takes 8 to 60 s, and has 100 ms. */
START_TEST(a_text_that_lua_compiles_for_seconds_is_refused)
{
    struct fc_stats stats;
    char conf[128], refusal[128];

    snprintf(conf, sizeof conf,
             "{\"limits\": {\"run_ms\": %.0f, \"script_kb\": 1024, "
             "\"memory_kb\": 100000}}",
             5 * slowness());
    snprintf(
        refusal, sizeof refusal,
        "compiling this takes more than %.0f ms of CPU time: break up long "
        "chains of and, or, elseif and goto",
        100 * slowness());
    host->script_conf = conf;
    stats = run_repeated(slow[_i].head, slow[_i].part, slow[_i].count,
                         slow[_i].tail);
    /* Under a tool that slows all down a piece of text may take too long. */
    if (slowness() > 1 && stats.failures[FC_FAILURE_TIME] == 1)
        return;
    ck_assert_uint_eq(stats.failures[FC_FAILURE_SYNTAX], 1);
    expect_only_line(host, FC_LOG_ERROR, refusal);
}
END_TEST

START_TEST(a_module_that_lua_compiles_for_seconds_is_stopped_with_its_run)
{
    double start = cpu_ms();
    struct mock_instance *instance;

    host->script_conf = "{\"limits\": {\"run_ms\": 100, \"script_kb\": 1024, "
                        "\"memory_kb\": 100000}}";
    write_module("x = a", " or a", 200000);
    instance = mock_run_script(host, "pcall(require, 'part') while true do end",
                               &flow);
    ck_assert_uint_eq(
        mock_stats(instance, FC_HOOK_DETECTED).failures[FC_FAILURE_TIME], 1);
    /* Likewise; else the run has seen the alarm itself, and knows its line. */
    expect_only_line(host, FC_LOG_ERROR,
                     slowness() > 1 ? "the run took more than 100 ms"
                                    : MOCK_SCRIPT_NAME
                         ":1: the run took more than 100 ms");
    ck_assert_double_lt(cpu_ms() - start, 700 * slowness());
}
END_TEST

static const struct {
    const char *head, *part, *tail;
    int ok;
} jumps[] = {
    { "while true do", " break", " end", 5000 },
    { "", " goto x", " ::x::", 5000 },
    { "local function f() while true do", " break", " end end f()", 5000 },
    { "", " while true do break end", "", 5000 },
    { "while true do", " if x then break end", " break end", 4999 },
};

/* 32,766 of them, the most that Lua has, took 350 ms where it cannot stop. */
START_TEST(a_function_has_at_most_5000_jumps)
{
    ck_assert_uint_eq(run_repeated(jumps[_i].head, jumps[_i].part, jumps[_i].ok,
                                   jumps[_i].tail)
                          .ok,
                      1);
    expect_quiet(host);
    run_repeated(jumps[_i].head, jumps[_i].part, jumps[_i].ok + 1,
                 jumps[_i].tail);
    expect_only_line(host, FC_LOG_ERROR,
                     MOCK_SCRIPT_NAME ":1: a function with more than 5000 "
                                      "\"goto\" and \"break\"");
}
END_TEST

/* --- Honest programs ----------------------------------------------------- */

static const struct {
    const char *head;
    const char *part;
    int count;
    const char *tail;
} honest[] = {
    { "local a = {} a.b = a return a", ".b", 490, "" },
    { "local a = {} a.b = a", " local x = a.b.b.b.b", 190, "" },
    { "local s = 'x'", " s = s .. 'y'", 5000, "" },
    { "local a = {b = {b = {b = 'x'}}} return a.b.b.b", "..a.b.b.b", 150, "" },
    { "local function f(...) return ... end", " f(...)", 1000, "" },
    { "local t = {", " ['a'] = { 1 },", 5000, " }" },
    { "", "string.len('x') ", 5000, "" },
    { "local s = ''", " s = s:sub(1)", 5000, "" },
    { "local s = 'x' s = s", ":sub(1)", 600, "" },
    { "local t = { 1 } local n = 0", " n = n + t[1]", 5000, "" },
    { "-- a", ".b", 5000, "\n" },
    { "--[[ a", ".b", 5000, " ]]" },
    { "--[==[ a ]] ", ".b", 5000, " ]==]" },
    { "local s = 'a", ".b", 5000, "'" },
    { "local s = \"a", "[b]", 5000, "\"" },
    { "local s = 'a\\'", ".b", 5000, "'" },
    { "local s = [[a", ".b", 5000, "]]" },
    { "local s = [==[a ]=] ]]", ".b", 5000, "]==]" },
    { "local x = 1", " x = x + 1.5", 5000, "" },
    { "local x = 1", " if x == 1 or 2 then x = x end", 2000, "" },
    { "", "do ", 150, "" },
    { "local x = ", "(", 150, "1" },
    { "local t = ", "{", 150, "" },
    { "if true then", " elseif false then", 150, "" },
    { "local t = {", "'a string',", 95000, "}" },
    { "local t = {", "'a', 1.5, 'b', ", 60000, "}" },
    { "local t = {", "1,", 500000, "}" },
    { "local t = {", "{1,{}},", 50000, "}" },
    { "local t = {", "['host.example.com'] = true,\n", 35000, "}" },
    { "local t = {", "t = string.len,", 60000, "}" },
    { "local t = {", "function() return string.len end,", 30000, "}" },
    { "local a = {b = {c = 1}} local x = a.b.c", " + a.b.c", 5000, "" },
    { "local a = {} a.b = a a.c = function() return a end local x = a",
      ".b.b.b.c()", 5000, "" },
    { "local a = {} a.b = a a.m = function() return a end local x = a",
      ".b.b:m()", 5000, "" },
    { "", "string.len(string.lower('x'))", 20000, "" },
    { "local a = {} a.b = a", " x = a.b.b.b.b", 60000, "" },
    { "local a = {}", " a[1], a['b'], a[a] = 1, 2, a[1]", 20000, "" },
    { "local x = 1", " if x == 0 then x = 2 else x = 3 end", 20000, "" },
    { "local x = nil", " or x == 1", 3000, "" },
};

/* What closes what the part has opened, as often. */
static const char *closer_of(const char *part)
{
    return strcmp(part, "do ") == 0 ? "end "
           : strcmp(part, "(") == 0 ? ")"
           : strcmp(part, "{") == 0 ? "}"
                                    : "";
}

START_TEST(an_honest_program_loads_and_runs)
{
    const char *closer = closer_of(honest[_i].part);
    char tail[1024];
    int count = *closer == '\0' ? 0 : honest[_i].count;
    size_t len;
    struct fc_stats stats;

    snprintf(tail, sizeof tail, "%s", honest[_i].tail);
    for (len = strlen(tail); count > 0; count--, len = strlen(tail))
        snprintf(tail + len, sizeof tail - len, "%s", closer);
    if (strstr(honest[_i].part, "elseif") != NULL)
        snprintf(tail, sizeof tail, " end");
    stats =
        run_repeated(honest[_i].head, honest[_i].part, honest[_i].count, tail);
    expect_quiet(host);
    ck_assert_uint_eq(stats.ok, 1);
}
END_TEST

/* --- Texts that end too early -------------------------------------------- */

static const char *const cut_off[] = {
    "--[[",     "--[==[ x ]]", "--[", "--",    "-",    "'",
    "\"x",      "'x\\",        "[[",  "[==[x", "[=",   "[",
    "x = [[ ]", "x = [==[ ]=", "a.",  "a[",    "a['b", "'\\\n",
};

/* The scanner must not read past the text: valgrind and ASan would say so. */
START_TEST(a_text_that_ends_anywhere_is_only_a_syntax_error)
{
    struct fc_stats stats = run_repeated("", cut_off[_i], 1, "");

    ck_assert_uint_le(stats.failures[FC_FAILURE_SYNTAX], 1);
    ck_assert_uint_eq(stats.failures[FC_FAILURE_SYNTAX] + stats.ok, 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("source");
    TCase *tests = tcase_create("source");

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, a_chain_that_lua_cannot_cope_with_is_refused, 0,
                        COUNT(chains));
    tcase_add_test(tests, parentheses_break_no_chain);
    tcase_add_loop_test(tests, links_on_both_sides_make_one_chain, 0,
                        COUNT(halves));
    tcase_add_test(tests, a_chain_may_have_500_links_and_no_more);
    tcase_add_test(tests, a_refusal_names_the_line_where_the_chain_begins);
    tcase_add_test(tests, a_text_that_lua_refuses_keeps_its_message);
    tcase_add_test(tests, a_module_with_such_a_chain_is_refused_too);
    tcase_add_loop_test(tests,
                        a_chain_at_the_end_of_a_large_function_is_shorter, 0,
                        COUNT(large));
    tcase_add_loop_test(tests, a_text_that_lua_compiles_for_seconds_is_refused,
                        0, COUNT(slow));
    tcase_add_test(
        tests, a_module_that_lua_compiles_for_seconds_is_stopped_with_its_run);
    tcase_add_loop_test(tests, a_function_has_at_most_5000_jumps, 0,
                        COUNT(jumps));
    tcase_add_loop_test(tests, an_honest_program_loads_and_runs, 0,
                        COUNT(honest));
    tcase_add_loop_test(tests, a_text_that_ends_anywhere_is_only_a_syntax_error,
                        0, COUNT(cut_off));
    return run_suite(suite);
}
