/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * strings - the functions of Lua's string library whose work is not bounded by
 * the length of what they are given, rewritten so that they can be stopped:
 * find, match, gmatch, gsub, rep and format. The other functions of the
 * library are linear in strings that fit in memory, and are Lua's own.
 */
#include <lauxlib.h>
#include <lualib.h>
#include <string.h>

#include "limit.h"
#include "pattern.h"

#define ANCHOR '^'

/* Patterns. */

/* A position as string.find takes it: from 1, or from the end if negative. */
static size_t start_position(lua_Integer position, size_t len)
{
    if (position > 0)
        return (size_t)position;
    if (position == 0 || position < -(lua_Integer)len)
        return 1;
    return len + (size_t)position + 1;
}

/* Prepares matches; returns whether the pattern is anchored. may raise */
static bool prepare(lua_State *L, struct pattern *pattern, const char *subject,
                    size_t subject_len, const char *text, size_t text_len)
{
    bool anchored = text_len > 0 && text[0] == ANCHOR;

    if (text_len > LIMIT_PATTERN_MAX)
        luaL_error(L, "the pattern is longer than %d bytes", LIMIT_PATTERN_MAX);
    *pattern = (struct pattern){
        .subject = subject,
        .subject_end = subject + subject_len,
        .text = text + anchored,
        .text_end = text + text_len,
        .stop = &vm_of(L)->alarm,
    };
    return anchored;
}

/*
 * pattern_match, with its errors raised. An alarm for memory is answered before
 * the match, which it would end; one during the match is for time, and is
 * answered by the end of the run. may raise
 */
static const char *match_at(lua_State *L, struct pattern *pattern,
                            const char *at)
{
    const char *end;

    limit_poll(L);
    end = pattern_match(pattern, at);
    limit_poll(L);
    if (pattern->error != NULL)
        luaL_error(L, "%s", pattern->error);
    return end;
}

/* Pushes a capture; the match from start to end stands for a missing first. */
static void push_capture(lua_State *L, const struct pattern *pattern, int index,
                         const char *start, const char *end)
{
    const struct pattern_capture *capture = &pattern->captures[index];

    if (index >= pattern->count) {
        if (index != 0)
            luaL_error(L, "there is no capture %%%d", index + 1);
        lua_pushlstring(L, start, (size_t)(end - start));
    } else if (capture->len == PATTERN_POSITION) {
        lua_pushinteger(L, capture->start - pattern->subject + 1);
    } else if (capture->len == PATTERN_UNCLOSED) {
        luaL_error(L, "malformed pattern: a '(' has no ')'");
    } else {
        lua_pushlstring(L, capture->start, (size_t)capture->len);
    }
}

/* Pushes all captures, or the whole match if whole and there are none. */
static int push_captures(lua_State *L, const struct pattern *pattern,
                         const char *start, const char *end, bool whole)
{
    int count = pattern->count == 0 && whole ? 1 : pattern->count;

    luaL_checkstack(L, count, "too many captures");
    for (int i = 0; i < count; i++)
        push_capture(L, pattern, i, start, end);
    return count;
}

/* string.find of plain text. memmem is linear, where Lua's own is quadratic. */
static int find_plain(lua_State *L, const char *subject, size_t subject_len,
                      const char *text, size_t text_len, size_t init)
{
    const char *found =
        memmem(subject + init, subject_len - init, text, text_len);

    if (found == NULL) {
        luaL_pushfail(L);
        return 1;
    }
    lua_pushinteger(L, found - subject + 1);
    lua_pushinteger(L, found - subject + (lua_Integer)text_len);
    return 2;
}

static int find_pattern(lua_State *L, struct pattern *pattern, bool anchored,
                        size_t init, bool find)
{
    const char *start = pattern->subject + init;
    int first = anchored ? -1 : pattern_first(pattern);

    do {
        const char *end;

        if (first >= 0)
            start =
                memchr(start, first, (size_t)(pattern->subject_end - start));
        if (start == NULL)
            break;
        end = match_at(L, pattern, start);
        if (end == NULL)
            continue;
        if (!find)
            return push_captures(L, pattern, start, end, true);
        lua_pushinteger(L, start - pattern->subject + 1);
        lua_pushinteger(L, end - pattern->subject);
        return 2 + push_captures(L, pattern, start, end, false);
    } while (start++ < pattern->subject_end && !anchored);
    luaL_pushfail(L);
    return 1;
}

static int find_or_match(lua_State *L, bool find)
{
    size_t subject_len, text_len;
    const char *subject = luaL_checklstring(L, 1, &subject_len);
    const char *text = luaL_checklstring(L, 2, &text_len);
    size_t init = start_position(luaL_optinteger(L, 3, 1), subject_len) - 1;
    struct pattern pattern;
    bool anchored;

    if (init > subject_len) {
        luaL_pushfail(L);
        return 1;
    }
    if (find && (lua_toboolean(L, 4) || pattern_is_plain(text, text_len)))
        return find_plain(L, subject, subject_len, text, text_len, init);
    anchored = prepare(L, &pattern, subject, subject_len, text, text_len);
    return find_pattern(L, &pattern, anchored, init, find);
}

static int strings_find(lua_State *L)
{
    return find_or_match(L, true);
}

static int strings_match(lua_State *L)
{
    return find_or_match(L, false);
}

/* gmatch. */

/*
 * The iterator's upvalues: subject, pattern, the place to go on from, and the
 * end of the last match (0: none) so that an empty match there is passed over.
 * Each call matches afresh; nothing of a failed match is left behind.
 */
enum { UP_SUBJECT = 1, UP_PATTERN, UP_NEXT, UP_LAST };

static void keep_place(lua_State *L, int upvalue, lua_Integer place)
{
    lua_pushinteger(L, place);
    lua_replace(L, lua_upvalueindex(upvalue));
}

static int next_match(lua_State *L)
{
    size_t subject_len, text_len;
    const char *subject =
        lua_tolstring(L, lua_upvalueindex(UP_SUBJECT), &subject_len);
    const char *text =
        lua_tolstring(L, lua_upvalueindex(UP_PATTERN), &text_len);
    lua_Integer next = lua_tointeger(L, lua_upvalueindex(UP_NEXT));
    lua_Integer last = lua_tointeger(L, lua_upvalueindex(UP_LAST));
    struct pattern pattern;

    prepare(L, &pattern, subject, subject_len, text, text_len);
    pattern.text = text; /* an anchor means nothing here: '^' is itself */
    for (; next <= (lua_Integer)subject_len; next++) {
        const char *end = match_at(L, &pattern, subject + next);

        if (end == NULL || end - subject == last)
            continue;
        keep_place(L, UP_NEXT, end - subject);
        keep_place(L, UP_LAST, end - subject);
        return push_captures(L, &pattern, subject + next, end, true);
    }
    keep_place(L, UP_NEXT, next);
    return 0;
}

static int strings_gmatch(lua_State *L)
{
    size_t len;
    size_t init;

    luaL_checklstring(L, 1, &len);
    luaL_checkstring(L, 2);
    init = start_position(luaL_optinteger(L, 3, 1), len) - 1;
    lua_settop(L, 2);
    lua_pushinteger(L, (lua_Integer)(init > len ? len + 1 : init));
    lua_pushinteger(L, -1);
    lua_pushcclosure(L, next_match, 4);
    return 1;
}

/* gsub. */

/* Adds a replacement text, in which %1 stands for a capture. may raise */
static void add_text(lua_State *L, luaL_Buffer *buffer,
                     const struct pattern *pattern, const char *start,
                     const char *end)
{
    size_t len;
    const char *text = lua_tolstring(L, 3, &len);

    for (size_t i = 0; i < len; i++) {
        if (text[i] != '%') {
            luaL_addchar(buffer, text[i]);
            continue;
        }
        i++; /* the text ends in NUL, so there is a next character */
        if (text[i] == '%') {
            luaL_addchar(buffer, '%');
        } else if (text[i] == '0') {
            luaL_addlstring(buffer, start, (size_t)(end - start));
        } else if (text[i] >= '1' && text[i] <= '9') {
            push_capture(L, pattern, text[i] - '1', start, end);
            luaL_tolstring(L, -1, NULL);
            lua_remove(L, -2);
            luaL_addvalue(buffer);
        } else {
            luaL_error(L, "the replacement has a '%%' without a digit or '%%' "
                          "behind it");
        }
        limit_check_length(L, luaL_bufflen(buffer));
    }
}

/* Adds what a table or a function makes of a match. may raise */
static void add_value(lua_State *L, luaL_Buffer *buffer,
                      const struct pattern *pattern, const char *start,
                      const char *end)
{
    if (lua_type(L, 3) == LUA_TTABLE) {
        push_capture(L, pattern, 0, start, end);
        lua_gettable(L, 3);
    } else {
        int count;

        lua_pushvalue(L, 3);
        count = push_captures(L, pattern, start, end, true);
        lua_call(L, count, 1);
    }
    if (!lua_toboolean(L, -1)) { /* false and nil keep the match */
        lua_pop(L, 1);
        luaL_addlstring(buffer, start, (size_t)(end - start));
    } else if (!lua_isstring(L, -1)) {
        luaL_error(L, "a replacement must be a string, not a %s",
                   luaL_typename(L, -1));
    } else {
        luaL_addvalue(buffer);
    }
}

static void add_replacement(lua_State *L, luaL_Buffer *buffer,
                            const struct pattern *pattern, const char *start,
                            const char *end)
{
    int type = lua_type(L, 3);

    if (type == LUA_TSTRING || type == LUA_TNUMBER)
        add_text(L, buffer, pattern, start, end);
    else
        add_value(L, buffer, pattern, start, end);
    limit_check_length(L, luaL_bufflen(buffer));
}

/* Replaces up to max matches; returns how many there were. may raise */
static lua_Integer replace_all(lua_State *L, luaL_Buffer *buffer,
                               struct pattern *pattern, bool anchored,
                               lua_Integer max)
{
    const char *at = pattern->subject;
    const char *last = NULL; /* end of the last match */
    lua_Integer count = 0;

    while (count < max) {
        const char *end = match_at(L, pattern, at);

        if (end != NULL && end != last) {
            count++;
            add_replacement(L, buffer, pattern, at, end);
            at = last = end;
        } else if (at < pattern->subject_end) {
            luaL_addchar(buffer, *at);
            at++;
        } else {
            break;
        }
        if (anchored)
            break;
    }
    luaL_addlstring(buffer, at, (size_t)(pattern->subject_end - at));
    return count;
}

static int strings_gsub(lua_State *L)
{
    size_t subject_len, text_len;
    const char *subject = luaL_checklstring(L, 1, &subject_len);
    const char *text = luaL_checklstring(L, 2, &text_len);
    int type = lua_type(L, 3);
    lua_Integer max = luaL_optinteger(L, 4, (lua_Integer)subject_len + 1);
    struct pattern pattern;
    luaL_Buffer buffer;
    bool anchored;
    lua_Integer count;

    luaL_argexpected(L,
                     type == LUA_TNUMBER || type == LUA_TSTRING ||
                         type == LUA_TFUNCTION || type == LUA_TTABLE,
                     3, "string/function/table");
    anchored = prepare(L, &pattern, subject, subject_len, text, text_len);
    luaL_buffinit(L, &buffer);
    count = replace_all(L, &buffer, &pattern, anchored, max);
    luaL_pushresult(&buffer);
    lua_pushinteger(L, count);
    return 2;
}

/* rep and format. */

/* Copies one of n repetitions with its separator; returns behind it. */
static char *copy_part(char *to, const char *text, size_t len, bool last,
                       const char *separator, size_t separator_len)
{
    memcpy(to, text, len);
    to += len;
    if (last)
        return to;
    memcpy(to, separator, separator_len);
    return to + separator_len;
}

static int strings_rep(lua_State *L)
{
    size_t len, separator_len;
    const char *text = luaL_checklstring(L, 1, &len);
    lua_Integer n = luaL_checkinteger(L, 2);
    const char *separator = luaL_optlstring(L, 3, "", &separator_len);
    luaL_Buffer buffer;
    size_t total;
    char *to;

    if (n <= 0 || len + separator_len == 0) {
        lua_pushliteral(L, "");
        return 1;
    }
    if (n > LIMIT_STRING_MAX / (lua_Integer)(len + separator_len) + 1)
        return luaL_error(L, "the string would be longer than %d bytes",
                          LIMIT_STRING_MAX);
    total = (size_t)n * (len + separator_len) - separator_len;
    limit_check_length(L, total);
    to = luaL_buffinitsize(L, &buffer, total);
    for (lua_Integer i = 1; i <= n; i++)
        to = copy_part(to, text, len, i == n, separator, separator_len);
    luaL_pushresultsize(&buffer, total);
    return 1;
}

/* Most bytes that string.format makes of a number: 1e308 with %99.99f. */
#define NUMBER_TEXT_MAX 512

/* The most bytes that all arguments can come to. may raise */
static size_t sum_arguments(lua_State *L)
{
    int n = lua_gettop(L);
    size_t total = 0;

    for (int i = 1; i <= n; i++) {
        size_t len = NUMBER_TEXT_MAX;

        if (lua_type(L, i) == LUA_TSTRING)
            lua_tolstring(L, i, &len);
        total += len;
        limit_check_length(L, total);
    }
    return total;
}

/*
 * Goes on as the function in the upvalue, with the arguments on the stack: not
 * by a call, because its errors name the function that the script called, and
 * the line where. may raise
 */
static int go_on_as_own(lua_State *L)
{
    return lua_tocfunction(L, lua_upvalueindex(1))(L);
}

/*
 * string.format, Lua's own: what a __tostring makes of an argument is made
 * first, so that its length is known too.
 */
static int strings_format(lua_State *L)
{
    int n = lua_gettop(L);

    for (int i = 2; i <= n; i++) {
        if (lua_type(L, i) != LUA_TTABLE ||
            luaL_getmetafield(L, i, "__tostring") == LUA_TNIL)
            continue;
        lua_pop(L, 1);
        luaL_tolstring(L, i, NULL);
        lua_replace(L, i);
    }
    sum_arguments(L);
    return go_on_as_own(L);
}

/* string.pack, Lua's own: "c1000" and the like pad to so many bytes. */
static int strings_pack(lua_State *L)
{
    size_t len;
    const char *format = luaL_checklstring(L, 1, &len);
    size_t total = sum_arguments(L);
    size_t number = 0;

    for (size_t i = 0; i <= len; i++) {
        if (i < len && format[i] >= '0' && format[i] <= '9') {
            number = number * 10 + (size_t)(format[i] - '0');
            limit_check_length(L, number);
        } else {
            total += number;
            number = 0;
        }
        limit_check_length(L, total);
    }
    return go_on_as_own(L);
}

/* string.unpack, Lua's own: a result per letter of the format. */
static int strings_unpack(lua_State *L)
{
    size_t len;

    luaL_checklstring(L, 1, &len);
    if (len > LIMIT_RESULTS_MAX)
        return luaL_error(L, "more than %d results", LIMIT_RESULTS_MAX);
    return go_on_as_own(L);
}

/*
 * string.byte and utf8.codepoint, Lua's own, each kept as the upvalue: a whole
 * string's worth of results would be a stack of 8 MB.
 */
static int strings_spread(lua_State *L)
{
    size_t len;
    lua_Integer first, last;

    luaL_checklstring(L, 1, &len);
    first = luaL_optinteger(L, 2, 1);
    last = luaL_optinteger(L, 3, first);
    if (first < 0)
        first += (lua_Integer)len + 1;
    if (last < 0 || last > (lua_Integer)len)
        last = last < 0 ? last + (lua_Integer)len + 1 : (lua_Integer)len;
    if (first < 1)
        first = 1;
    if (first <= last && last - first >= LIMIT_RESULTS_MAX)
        return luaL_error(L, "more than %d results", LIMIT_RESULTS_MAX);
    return go_on_as_own(L);
}

/* Puts a function before the one in the field of the table on top. */
static void wrap(lua_State *L, const char *name, lua_CFunction function)
{
    lua_getfield(L, -1, name);
    lua_pushcclosure(L, function, 1);
    lua_setfield(L, -2, name);
}

static const luaL_Reg functions[] = {
    { "find", strings_find }, { "gmatch", strings_gmatch },
    { "gsub", strings_gsub }, { "match", strings_match },
    { "rep", strings_rep },   { NULL, NULL },
};

int open_strings(lua_State *L)
{
    luaopen_string(L);
    luaL_setfuncs(L, functions, 0);
    wrap(L, "format", strings_format);
    wrap(L, "pack", strings_pack);
    wrap(L, "unpack", strings_unpack);
    wrap(L, "byte", strings_spread);
    return 1;
}

int open_utf8(lua_State *L)
{
    luaopen_utf8(L);
    wrap(L, "codepoint", strings_spread);
    return 1;
}
