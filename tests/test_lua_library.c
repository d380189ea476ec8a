/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a script may rely on: the functions of Lua's library that are rewritten
 * here answer as Lua's own. Each call is made twice, in a VM of ours and in a
 * state with Lua's library, and must have the same results, or fail with the
 * same kind of error at the same place. Where ours differ on purpose, a row of
 * "differences" says why.
 */
#include <check.h>
#include <lauxlib.h>
#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lua_api/context.h"
#include "mock_expect.h"

#define COUNT(array) (int)(sizeof(array) / sizeof(array)[0])

static struct vm *vm;
static lua_State *ours, *luas;

static void ignore_alert(void *context, long long score, const char *message,
                         size_t len)
{
    (void)context;
    (void)score;
    (void)message;
    (void)len;
}

static void ignore_line(void *context, const char *line)
{
    (void)context;
    (void)line;
}

static void set_up(void)
{
    const struct vm_services services = { .trigger_alert = ignore_alert,
                                          .print = ignore_line,
                                          .install_dir = "/" };
    const struct vm_limits limits = { 10000, 64 * 1024 * 1024 };

    vm = vm_new(&services, &limits);
    ck_assert_ptr_nonnull(vm);
    ours = vm->L;
    luas = luaL_newstate();
    ck_assert_ptr_nonnull(luas);
    luaL_openlibs(luas);
}

static void tear_down(void)
{
    vm_free(vm);
    lua_close(luas);
}

/* --- Results as text ----------------------------------------------------- */

static void write_bytes(FILE *out, const char *bytes, size_t len)
{
    fputc('"', out);
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)bytes[i];

        fprintf(out, c >= ' ' && c < 127 ? "%c" : "\\x%02X", c);
    }
    fputc('"', out);
}

static void write_value(FILE *out, lua_State *L, int index);

/* The elements that tests look at: around 1, and what table.pack counts. */
static void write_table(FILE *out, lua_State *L, int index)
{
    fputc('{', out);
    for (lua_Integer i = -3; i <= 20; i++) {
        if (lua_rawgeti(L, index, i) != LUA_TNIL) {
            fprintf(out, " [%lld]=", (long long)i);
            write_value(out, L, lua_gettop(L));
        }
        lua_pop(L, 1);
    }
    lua_pushliteral(L, "n");
    if (lua_rawget(L, index) != LUA_TNIL) {
        fprintf(out, " n=");
        write_value(out, L, lua_gettop(L));
    }
    lua_pop(L, 1);
    fputs(" }", out);
}

static void write_value(FILE *out, lua_State *L, int index)
{
    size_t len;
    const char *bytes;

    switch (lua_type(L, index)) {
    case LUA_TBOOLEAN:
        fputs(lua_toboolean(L, index) ? "true" : "false", out);
        break;
    case LUA_TNUMBER:
        if (lua_isinteger(L, index))
            fprintf(out, "%lld", (long long)lua_tointeger(L, index));
        else
            fprintf(out, "float %.17g", lua_tonumber(L, index));
        break;
    case LUA_TSTRING:
        bytes = lua_tolstring(L, index, &len);
        write_bytes(out, bytes, len);
        break;
    case LUA_TTABLE:
        write_table(out, L, index);
        break;
    default:
        fputs(luaL_typename(L, index), out);
    }
}

/* Texts of errors that are Lua's own in both, and how far they must agree. */
static const struct {
    const char *part;
    const char *until;
} same_errors[] = {
    { "bad argument #", " (" },
    { "attempt to ", "" },
    { "stack overflow", "(" },
};

/*
 * An error as text: its place, and what of it must be the same. What a function
 * of ours says in its own words is an "error".
 */
static void write_error(FILE *out, const char *error)
{
    const char *place_end = strstr(error, ": ");
    int place_len = place_end == NULL ? 0 : (int)(place_end - error);

    for (int i = 0; i < COUNT(same_errors); i++) {
        const char *at = strstr(error, same_errors[i].part);
        const char *end = at == NULL || same_errors[i].until[0] == '\0'
                              ? NULL
                              : strstr(at, same_errors[i].until);

        if (at == NULL)
            continue;
        fprintf(out, "%.*s %.*s", place_len, error,
                end == NULL ? (int)strlen(at) : (int)(end - at), at);
        return;
    }
    fprintf(out, "%.*s error", place_len, error);
}

/*
 * Calls the function below the so many arguments on the stack; the results, or
 * the error, as text: free() it.
 */
static char *call(lua_State *L, int arguments)
{
    int below = lua_gettop(L) - arguments - 1;
    int status = lua_pcall(L, arguments, LUA_MULTRET, 0);
    char *text;
    size_t len;
    FILE *out = open_memstream(&text, &len);

    ck_assert_ptr_nonnull(out);
    if (status != LUA_OK && lua_type(L, -1) == LUA_TSTRING)
        write_error(out, lua_tostring(L, -1));
    for (int i = below + 1; status == LUA_OK && i <= lua_gettop(L); i++) {
        write_value(out, L, i);
        fputc(' ', out);
    }
    fclose(out);
    lua_settop(L, below);
    return text;
}

static void compile(lua_State *L, const char *chunk)
{
    ck_assert_msg(luaL_loadbuffer(L, chunk, strlen(chunk), "=t") == LUA_OK,
                  "%s", lua_tostring(L, -1));
}

static char *evaluate(lua_State *L, const char *expression)
{
    char chunk[2048];
    const char *prefix = strncmp(expression, "local ", 6) == 0 ? "" : "return ";

    snprintf(chunk, sizeof chunk, "%s%s", prefix, expression);
    compile(L, chunk);
    return call(L, 0);
}

/* --- Calls by hand ------------------------------------------------------- */

#include "lua_library_calls.h"
#include "run_suite.h"

START_TEST(a_function_answers_as_luas_own)
{
    char *our_answer = evaluate(ours, calls[_i]);
    char *luas_answer = evaluate(luas, calls[_i]);

    ck_assert_msg(strcmp(our_answer, luas_answer) == 0,
                  "%s\nis: %s\nbut Lua says: %s", calls[_i], our_answer,
                  luas_answer);
    free(our_answer);
    free(luas_answer);
}
END_TEST

/* Functions that no call is about would be taken on trust. */
START_TEST(every_function_is_called)
{
    static const char *const libraries[] = { "string", "table", "utf8" };

    for (int i = 0; i < COUNT(libraries); i++) {
        lua_getglobal(luas, libraries[i]);
        for (lua_pushnil(luas); lua_next(luas, -2) != 0; lua_pop(luas, 1)) {
            char name[64];
            bool found = strcmp(lua_tostring(luas, -2), "dump") == 0;

            snprintf(name, sizeof name, "%s.%s", libraries[i],
                     lua_tostring(luas, -2));
            for (int call = 0; call < COUNT(calls) && !found; call++)
                found = strstr(calls[call], name) != NULL;
            ck_assert_msg(found, "no call of %s", name);
        }
    }
}
END_TEST

/* --- Differences on purpose ---------------------------------------------- */

static const struct {
    const char *call;
    const char *answer; /* ours */
    const char *reason;
} differences[] = {
    { "#('x'):rep(512 * 1024 + 1)", "t:1 error",
      "LIMIT_STRING_MAX: making a string cannot be interrupted" },
    { "#('x'):rep(400000):gsub('x', 'yy')", "t:1 error", "likewise" },
    { "#string.format('%s%s', ('x'):rep(400000), ('x'):rep(400000))",
      "t:1 error", "likewise" },
    { "#table.concat({ ('x'):rep(400000), ('x'):rep(400000) })", "t:1 error",
      "likewise" },
    { "#string.pack('!1 c600000', '')", "t:1 error", "likewise" },
    { "('x'):find(('x'):rep(4097) .. '?')", "t:1 error",
      "LIMIT_PATTERN_MAX: a pattern's length is a factor in a match's cost" },
    { "select('#', table.unpack({}, 1, 65537))", "t:1 error",
      "LIMIT_RESULTS_MAX: a stack slot has 16 bytes" },
    { "select('#', ('x'):rep(65537):byte(1, -1))", "t:1 error", "likewise" },
    { "select('#', utf8.codepoint(('x'):rep(65537), 1, -1))", "t:1 error",
      "likewise" },
    { "#table.concat(setmetatable({}, { __len = function() return 0 end }))",
      "t:1 error", "a false length is a loop in C without end" },
    { "table.insert(setmetatable({}, { __newindex = type }), 1)", "t:1 error",
      "a metamethod is not asked, so it is not passed over" },
    { "table.unpack(setmetatable({}, { __index = { 7 } }), 1, 1)", "nil ",
      "the table library looks at what is really there" },
    { "local t = setmetatable({}, { __index = { 7 } }) "
      "return table.move(t, 1, 1, 2)[2]",
      "nil ", "likewise" },
    { "local n, t = 0, {} for i = 1, 60 do t[i] = i % 7 end "
      "return pcall(table.sort, t, function() return true end)",
      "true ", "a heap sort is not led out of the table by a bad order" },
    { "local t = setmetatable({}, { __gc = print }) return 1", "t:1 error",
      "a finalizer would run when no check does" },
    { "getmetatable('')", "false ", "one script could change all strings" },
    { "string.format('%d', setmetatable({}, "
      "{ __tostring = function() return '7' end }))",
      "\"7\" ", "__tostring is asked first, so that its length is known" },
    { "load('return 1')()", "t:1 error", "code that is not in the script" },
};

START_TEST(a_difference_is_one_and_has_its_reason)
{
    char *our_answer = evaluate(ours, differences[_i].call);
    char *luas_answer = evaluate(luas, differences[_i].call);

    ck_assert_str_eq(our_answer, differences[_i].answer);
    ck_assert_msg(strcmp(our_answer, luas_answer) != 0,
                  "%s is no difference any more: %s", differences[_i].call,
                  luas_answer);
    free(our_answer);
    free(luas_answer);
}
END_TEST

/* --- Bugs that were ---------------------------------------------------- */

/* "bad argument #2 to '?'", and no line, once was all that they said. */
START_TEST(an_error_names_the_function_that_was_called_and_the_line)
{
    static const char *const wrapped[][2] = {
        { "string.format('%d', 'x')", "t:1 bad argument #2 to 'format'" },
        { "string.pack('i4')", "t:1 bad argument #2 to 'pack'" },
        { "string.unpack('z', 'x')", "t:1 bad argument #2 to 'unpack'" },
        { "utf8.codepoint('x', 9)", "t:1 bad argument #3 to 'codepoint'" },
    };

    for (int i = 0; i < COUNT(wrapped); i++) {
        char *answer = evaluate(ours, wrapped[i][0]);

        ck_assert_str_eq(answer, wrapped[i][1]);
        free(answer);
    }
}
END_TEST

/* Positions so far out once were counted as results. */
START_TEST(byte_takes_positions_far_outside_of_a_string)
{
    char *answer = evaluate(ours, "string.byte('abc', math.mininteger)");
    char *all =
        evaluate(ours, "string.byte('abc', math.mininteger, math.maxinteger)");
    char *none =
        evaluate(ours, "string.byte('abc', math.maxinteger, math.mininteger)");

    ck_assert_str_eq(answer, "");
    ck_assert_str_eq(all, "97 98 99 ");
    ck_assert_str_eq(none, "");
    free(answer);
    free(all);
    free(none);
}
END_TEST

/* --- Generated patterns -------------------------------------------------- */

#define PAIRS 4000

/* What is done with each pair of a subject and a pattern. */
static const char *const uses[] = {
    "local s, p, i = ... return s:find(p, i)",
    "local s, p, i = ... return s:match(p, i)",
    "local s, p = ... return s:gsub(p, '<%0>')",
    "local s, p, i = ... return s:gsub(p, '%1', i)",
    "local s, p, i = ... local all = '' "
    "for a, b in s:gmatch(p, i) do "
    "all = all .. tostring(a) .. ',' .. tostring(b) .. ';' end return all",
};

static const char *const pieces[] = {
    "a",   "b",      "c",  ".",    "%a",   "%d",    "%s",     "%w",     "%A",
    "%z",  "%.",     "%%", "[ab]", "[^a]", "[a-c]", "[%d]",   "[]]",    "[^]-]",
    "[a-", "[%a-z]", "[",  "]",    "%b()", "%bab",  "%f[%w]", "%f[^a]", "%f",
    "%1",  "%2",     "%0", "*",    "+",    "-",     "?",      "*",      "+",
    "-",   "?",      "(",  ")",    "(",    ")",     "()",     "^",      "$",
    "%",   "\\0",    "-",  "(a*)", "(.-)", "(b)",   "[%]",    "[a%]]",
};

static const char letters[] = "aaabbbc()10 .%]-";

/* The generator of Numerical Recipes: the same numbers everywhere. */
static unsigned next_number(uint64_t *seed, size_t below)
{
    *seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (unsigned)((*seed >> 33) % below);
}

static void make_pattern(uint64_t *seed, char *to, size_t size, size_t *len)
{
    unsigned count = 1 + next_number(seed, 7);

    *len = 0;
    for (unsigned i = 0; i < count; i++) {
        const char *piece = pieces[next_number(seed, COUNT(pieces))];

        if (strcmp(piece, "\\0") == 0)
            to[(*len)++] = '\0';
        else
            *len += (size_t)snprintf(to + *len, size - *len, "%s", piece);
    }
}

static size_t make_subject(uint64_t *seed, char *to, size_t size)
{
    size_t len = next_number(seed, size);

    for (size_t i = 0; i < len; i++)
        to[i] = letters[next_number(seed, sizeof letters)]; /* NUL too */
    return len;
}

struct pair {
    char subject[13], pattern[64];
    size_t subject_len, pattern_len;
    lua_Integer init;
};

/* The function of each use is at the same index in both stacks. */
static char *use(lua_State *L, int index, const struct pair *pair)
{
    lua_pushvalue(L, index);
    lua_pushlstring(L, pair->subject, pair->subject_len);
    lua_pushlstring(L, pair->pattern, pair->pattern_len);
    lua_pushinteger(L, pair->init);
    return call(L, 3);
}

static void compare_uses(const struct pair *pair, int ours_base, int luas_base)
{
    for (int i = 0; i < COUNT(uses); i++) {
        char *our_answer = use(ours, ours_base + 1 + i, pair);
        char *luas_answer = use(luas, luas_base + 1 + i, pair);

        ck_assert_msg(strcmp(our_answer, luas_answer) == 0,
                      "%s\nwith \"%.*s\" and \"%.*s\" from %d\nis: %s\n"
                      "but Lua says: %s",
                      uses[i], (int)pair->subject_len, pair->subject,
                      (int)pair->pattern_len, pair->pattern, (int)pair->init,
                      our_answer, luas_answer);
        free(our_answer);
        free(luas_answer);
    }
}

START_TEST(patterns_of_all_kinds_match_as_luas_own)
{
    uint64_t seed = 20240229;
    int ours_base = lua_gettop(ours), luas_base = lua_gettop(luas);
    struct pair pair;

    for (int i = 0; i < COUNT(uses); i++) {
        compile(ours, uses[i]);
        compile(luas, uses[i]);
    }
    for (int i = 0; i < PAIRS; i++) {
        pair.subject_len =
            make_subject(&seed, pair.subject, sizeof pair.subject);
        make_pattern(&seed, pair.pattern, sizeof pair.pattern,
                     &pair.pattern_len);
        pair.init = (lua_Integer)next_number(&seed, 5) - 1;
        compare_uses(&pair, ours_base, luas_base);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("lua library");
    TCase *tests = tcase_create("lua library");

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, a_function_answers_as_luas_own, 0, COUNT(calls));
    tcase_add_test(tests, every_function_is_called);
    tcase_add_loop_test(tests, a_difference_is_one_and_has_its_reason, 0,
                        COUNT(differences));
    tcase_add_test(tests,
                   an_error_names_the_function_that_was_called_and_the_line);
    tcase_add_test(tests, byte_takes_positions_far_outside_of_a_string);
    tcase_add_test(tests, patterns_of_all_kinds_match_as_luas_own);
    return run_suite(suite);
}
