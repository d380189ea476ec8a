/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The lexer and the parser read a text as Lua does: names are looked at by what
 * they say of it, chains are counted by it, and tables go unprotected by it.
 */
#include <check.h>
#include <lauxlib.h>
#include <string.h>

#include "agree.h"
#include "random_text.h"
#include "run_suite.h"
#include "scan.h"

#define COUNT(array) (int)(sizeof(array) / sizeof(array)[0])
#define TEXTS 20000

static lua_State *L;

static void set_up(void)
{
    L = luaL_newstate();
    ck_assert_ptr_nonnull(L);
}

static void tear_down(void)
{
    lua_close(L);
}

/* A third must compile, or this test would show little. */
START_TEST(random_texts_are_read_as_lua_reads_them)
{
    char text[RANDOM_TEXT_MAX];
    unsigned compiled = 0;

    for (unsigned i = 0; i < TEXTS; i++) {
        enum agreement agreement = agree_on(L, text, random_text(i, text));

        ck_assert_msg(agreement != AGREE_NOT, "text %u, above", i);
        compiled += agreement == AGREE_COMPILES;
    }
    ck_assert_uint_gt(compiled, TEXTS / 3);
}
END_TEST

static const char *const whole[] = {
    "",
    "--",
    "--[[\r\n]]x = 1",
    "--\rx = 1 --\n\rx = 2 --\r\ny = [[\r\n\n\r]] z = 3",
    "--[==[ ]] ]=] ]==] x = 1",
    "--[=\nx = 1",
    "x = 'a\\z \r\n\v\f b' y = 2",
    "x = 'a\\\r\nb' y = 2",
    "x = [==[ ]=] ]] \\]==] y = 2",
    "x = 0xep1 y = 0xe+1 z = 1e+1",
    "x = 3 ..2",
    "x = a.b.c[1]['d']:e'f'.g",
    "x = a//b y = ~a~b",
    "goto x ::x:: ;",
    "x = {1, 2; 3, x = 4, ['y'] = 5,}",
    "for i = 1, 2, 3 do end for i, j in x do end",
    "local a <const>, b <close> = 1",
    "return;",
    "f'x' f{} f[[y]] (f)(g)",
    "function a.b.c:d(...) end",
    "x = function() end y = function(a, b, ...) end",
};

START_TEST(what_lua_reads_is_followed_to_its_end)
{
    ck_assert_int_eq(agree_on(L, whole[_i], strlen(whole[_i])), AGREE_COMPILES);
}
END_TEST

/* Each is none for the parser either: what it stops at is Lua's to name. */
static const struct {
    const char *text;
    unsigned line;
} broken[] = {
    { "x", 1 },
    { "x.y", 1 },
    { "x = 1\n(x) = 2", 2 },
    { "f() = 1", 1 },
    { "x = 1 y = = 2", 1 },
    { "--\r--\r\n--\n\rx = = 1", 4 },
    { "x = [[\r\n\r]] x = = 1", 3 },
    { "x = '\\z\n\n' x = = 1", 3 },
    { "x = '\\\r\n' x = = 1", 2 },
    { "x = 'a\nb'", 1 },
    { "x = [[ ]", 1 },
    { "x = 1 --[[ ]", 1 },
    { "x = $", 1 },
    { "function f(a,) end", 1 },
    { "function f(..., a) end", 1 },
    { "for i <const> = 1, 2 do end", 1 },
    { "for i = 1 do end", 1 },
    { "for i = 1, 2, 3, 4 do end", 1 },
    { "for i, j = 1, 2 do end", 1 },
    { "x:y", 1 },
    { "return 1 x = 2", 1 },
    { "end", 1 },
    { "until x", 1 },
};

START_TEST(what_lua_does_not_read_is_not_followed)
{
    struct scan_verdict verdict =
        scan_judge(broken[_i].text, strlen(broken[_i].text));

    ck_assert_int_eq(verdict.fault, FAULT_PARSE);
    ck_assert_uint_eq(verdict.line, broken[_i].line);
    ck_assert_int_eq(agree_on(L, broken[_i].text, strlen(broken[_i].text)),
                     AGREE_REFUSED);
}
END_TEST

static const struct {
    const char *first, *more;
} nests[] = {
    { "x = ", "(" },
    { "x = ", "{" },
    { "x = ", "- " },
    { "x = a", "..a" },
    { "", "do " },
    { "", "while x do " },
    { "local ", "function f() local " },
};

/* Lua stops a little earlier, and says so: none of these compiles. */
START_TEST(deeply_nested_text_is_not_followed)
{
    char text[RANDOM_TEXT_MAX];

    strcpy(text, nests[_i].first);
    for (int i = 0; i < 201; i++)
        strcat(text, nests[_i].more);
    ck_assert_int_eq(scan_judge(text, strlen(text)).fault, FAULT_DEPTH);
    ck_assert_int_eq(agree_on(L, text, strlen(text)), AGREE_REFUSED);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tokens");
    TCase *tests = tcase_create("tokens");

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, random_texts_are_read_as_lua_reads_them);
    tcase_add_loop_test(tests, what_lua_reads_is_followed_to_its_end, 0,
                        COUNT(whole));
    tcase_add_loop_test(tests, what_lua_does_not_read_is_not_followed, 0,
                        COUNT(broken));
    tcase_add_loop_test(tests, deeply_nested_text_is_not_followed, 0,
                        COUNT(nests));
    return run_suite(suite);
}
