/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agree.h"

#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scan.h"

/* What Lua minds of a text that is whole: parts of its messages. */
static const char *const meanings[] = {
    /* Literals; the lexer looks for their ends only. */
    "malformed number",
    "invalid escape sequence",
    "hexadecimal digit expected",
    "missing '{'",
    "missing '}'",
    "UTF-8 value too large",
    "decimal escape too large",
    /* Labels, variables and attributes. */
    "no visible label",
    "already defined",
    "jumps into the scope",
    "break outside",
    "attempt to assign to const variable",
    "unknown attribute",
    "multiple to-be-closed variables",
    "cannot use '...' outside a vararg function",
    /* Limits of a function. */
    "too many",
    "too many registers",
    "control structure too long",
    "lexical element too long",
    "C stack overflow",
    "not enough memory",
};

static enum agreement differ(const char *what, const char *text, size_t len)
{
    fprintf(stderr, "%s:\n", what);
    fwrite(text, 1, len, stderr);
    fputc('\n', stderr);
    return AGREE_NOT;
}

static bool minds_meaning(const char *message)
{
    for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++)
        if (strstr(message, meanings[i]) != NULL)
            return true;
    return false;
}

/* The tokens of a text, each on its line; the caller frees it. */
static char *write_anew(const char *text, size_t len, size_t *new_len)
{
    struct lexer lexer = { text, text + len, 1 };
    char *anew;
    FILE *out = open_memstream(&anew, new_len);
    unsigned line = 1;

    for (;;) {
        struct token token = lexer_next(&lexer);

        if (token.kind == TOKEN_END || token.kind == TOKEN_BAD)
            break;
        fputc(' ', out);
        for (; line < token.line; line++)
            fputc('\n', out);
        fwrite(token.text, 1, token.len, out);
        line = lexer.line;
    }
    fclose(out);
    return anew;
}

static int write_dump(lua_State *L, const void *bytes, size_t len, void *file)
{
    (void)L;
    return fwrite(bytes, 1, len, file) != len;
}

/* What the function on top of the stack is, all of it; the caller frees it. */
static char *dump(lua_State *L, size_t *len)
{
    char *bytes;
    FILE *out = open_memstream(&bytes, len);

    lua_dump(L, write_dump, out, 0);
    fclose(out);
    return bytes;
}

static int load(lua_State *L, const char *text, size_t len)
{
    return luaL_loadbufferx(L, text, len, "=agree", "t");
}

/* Compares the function on top of the stack with that of the tokens. */
static bool has_same_tokens(lua_State *L, const char *text, size_t len)
{
    size_t anew_len, one_len, two_len;
    char *anew = write_anew(text, len, &anew_len);
    char *one = dump(L, &one_len);
    char *two = NULL;
    bool same = load(L, anew, anew_len) == LUA_OK;

    if (same) {
        two = dump(L, &two_len);
        same = one_len == two_len && memcmp(one, two, one_len) == 0;
    }
    free(anew);
    free(one);
    free(two);
    return same;
}

static bool has_value(lua_State *L, const struct token *token,
                      const char *value, size_t len)
{
    size_t real_len;
    const char *real;
    bool same;

    lua_pushlstring(L, "return ", 7);
    lua_pushlstring(L, token->text, token->len);
    lua_concat(L, 2);
    real = lua_tolstring(L, -1, &real_len);
    if (load(L, real, real_len) != LUA_OK || lua_pcall(L, 0, 1, 0) != LUA_OK)
        return false;
    real = lua_tolstring(L, -1, &real_len);
    same = real != NULL && real_len == len && memcmp(real, value, len) == 0;
    lua_settop(L, 0);
    return same;
}

static bool unquotes_well(lua_State *L, const char *text, size_t len)
{
    struct lexer lexer = { text, text + len, 1 };

    for (;;) {
        struct token token = lexer_next(&lexer);
        const char *value;
        size_t value_len;

        if (token.kind == TOKEN_END || token.kind == TOKEN_BAD)
            return true;
        if (token_unquote(&token, &value, &value_len) &&
            !has_value(L, &token, value, value_len))
            return false;
    }
}

/* Whether the parser with names follows a text, too. */
static bool is_whole_with_names(const char *text, size_t len)
{
    const struct names none = { .globals = { 0 } };
    struct scan_result result = { 0 };
    bool whole = scan_text(&result, &none, text, len) && result.whole;

    scan_free(&result);
    return whole;
}

static enum agreement judge_refusal(lua_State *L, const char *text, size_t len,
                                    bool whole)
{
    const char *message = lua_tostring(L, -1);

    if (whole && (message == NULL || !minds_meaning(message)))
        return differ(message != NULL ? message : "no message", text, len);
    return AGREE_REFUSED;
}

enum agreement agree_on(lua_State *L, const char *text, size_t len)
{
    struct scan_verdict verdict = scan_judge(text, len);
    bool whole = verdict.fault == FAULT_NONE;

    lua_settop(L, 0);
    if (is_whole_with_names(text, len) != whole)
        return differ("names make a difference", text, len);
    if (load(L, text, len) != LUA_OK)
        return judge_refusal(L, text, len, whole);
    if (verdict.fault == FAULT_PARSE || verdict.fault == FAULT_DEPTH)
        return differ("only Lua follows it", text, len);
    if (!has_same_tokens(L, text, len))
        return differ("its tokens are others", text, len);
    if (!unquotes_well(L, text, len))
        return differ("a string has another value", text, len);
    return AGREE_COMPILES;
}
