/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * source - compiles text, after refusing what Lua cannot cope with.
 *
 * To name a variable in an error message, Lua before 5.4.7 follows a chain of
 * names like a.b.c.d back to its start, again for each link: 30,000 links take
 * 0.6 s, in C, where nothing can stop it, and 150,000 overflow its stack.
 */
#include <lauxlib.h>
#include <string.h>

#include "context.h"

/* Longest chain: honest ones have three or four links. */
#define CHAIN_MAX 500

/* What is behind a long bracket that opens at text, or NULL: none opens. */
static const char *skip_long_bracket(const char *text, const char *end)
{
    const char *at = text + 1;
    size_t level;

    while (at < end && *at == '=')
        at++;
    level = (size_t)(at - text) - 1;
    if (at >= end || *at != '[')
        return NULL;
    for (at++; at < end; at++) {
        if (*at == ']' && (size_t)(end - at) > level + 1 &&
            at[level + 1] == ']' && strspn(at + 1, "=") >= level)
            return at + level + 2;
    }
    return end;
}

static const char *skip_comment(const char *text, const char *end)
{
    const char *behind = NULL;

    if (text + 2 < end && text[2] == '[')
        behind = skip_long_bracket(text + 2, end);
    if (behind == NULL)
        behind = memchr(text, '\n', (size_t)(end - text));
    return behind != NULL ? behind : end;
}

static const char *skip_string(const char *text, const char *end)
{
    const char *at = text + 1;

    while (at < end && *at != *text && *at != '\n')
        at += *at == '\\' ? 2 : 1;
    return at < end ? at + 1 : end;
}

/* What is behind a comment or a string at text; text itself when none is. */
static const char *skip_opaque(const char *text, const char *end)
{
    const char *behind = NULL;

    if (*text == '-' && text + 1 < end && text[1] == '-')
        return skip_comment(text, end);
    if (*text == '"' || *text == '\'')
        return skip_string(text, end);
    if (*text == '[')
        behind = skip_long_bracket(text, end);
    return behind != NULL ? behind : text;
}

/*
 * Whether text has a chain of more than CHAIN_MAX links: dots and brackets with
 * nothing but names, strings and space between them.
 */
static bool has_long_chain(const char *text, size_t len)
{
    const char *end = text + len;
    int links = 0;

    while (text < end) {
        const char *behind = skip_opaque(text, end);

        if (behind != text) {
            text = behind;
            continue;
        }
        /* Two or three dots are an operator, or arguments. */
        if (*text == '.' && text + 1 < end && text[1] == '.') {
            while (text < end && *text == '.')
                text++;
            links = 0;
            continue;
        }
        if (*text == '.' || *text == ':' || *text == '[')
            links++;
        else if (strchr("+-*/%^#&~|<>=(){};,", *text) != NULL)
            links = 0;
        if (links > CHAIN_MAX)
            return true;
        text++;
    }
    return false;
}

int load_source(lua_State *L, const struct vm_source *source)
{
    if (!has_long_chain(source->text, source->len))
        return luaL_loadbufferx(L, source->text, source->len, source->name,
                                "t");
    lua_pushliteral(L, "a chain of more than 500 names, as in a.b.c, is too "
                       "long: break it up with locals");
    return LUA_ERRSYNTAX;
}
