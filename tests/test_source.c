/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is refused before Lua's compiler sees it: chains of names so long that
 * Lua would overflow its C stack, or take seconds, to name one in an error.
 * Deep programs that are honest load, and text that only looks like a chain
 * does not count.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "mock_expect.h"
#include "mock_flow.h"
#include "run_suite.h"

#define COUNT(array) (int)(sizeof(array) / sizeof(array)[0])
#define REFUSED "a chain of more than 500 names, as in a.b.c, is too long"
#define HUGE_CONF "{\"limits\": {\"run_ms\": 10000, \"script_kb\": 1024}}"

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
    { "local s = 'it''s'\nreturn a", ".b", "" },
    { "local s = '\\'(' return a", ".b", "" },
    { "local s = [==[ ]] ]==] return a", ".b", "" },
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

START_TEST(a_module_with_such_a_chain_is_refused_too)
{
    char *text = malloc(2 * 20000 + 16);

    strcpy(text, "return a");
    for (int i = 0; i < 20000; i++)
        memcpy(text + 8 + 2 * i, ".b", 3);
    mock_write(host, MOCK_SCRIPTS "chain.lua", text);
    free(text);
    mock_run_script(host, "require 'chain'", &flow);
    expect_only_line(host, FC_LOG_ERROR, REFUSED);
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
    { "", "do ", 150, "" },
    { "local x = ", "(", 150, "1" },
    { "local t = ", "{", 150, "" },
    { "if true then", " elseif false then", 150, "" },
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
    tcase_add_test(tests, a_module_with_such_a_chain_is_refused_too);
    tcase_add_loop_test(tests, an_honest_program_loads_and_runs, 0,
                        COUNT(honest));
    tcase_add_loop_test(tests, a_text_that_ends_anywhere_is_only_a_syntax_error,
                        0, COUNT(cut_off));
    return run_suite(suite);
}
