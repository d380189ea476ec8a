/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * agree - whether the lexer and the parser of lua_api/ read a text as Lua does.
 * Lua hands out no tokens, so they are compared by what comes of them:
 *
 * - what Lua compiles the parser follows to its end (but for its own limits,
 *   each with a verdict of its own), with names and without;
 * - what the parser follows Lua compiles, unless what it minds is the meaning
 *   and not the syntax: agree.c has the list. Such a text does no harm: Lua
 *   refuses it in any case;
 * - the lexer's tokens of it, written anew, each on the line that the lexer
 *   says, with a space or an end of a line between them, compile to the same
 *   bytes, with all lines;
 * - what token_unquote takes for a string's value is its value.
 */
#ifndef AGREE_H
#define AGREE_H

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>

enum agreement {
    AGREE_COMPILES, /* both read it */
    AGREE_REFUSED,  /* neither does, or Lua minds its meaning */
    AGREE_NOT
};

/* Returns AGREE_NOT, and says why on stderr, when they differ. */
enum agreement agree_on(lua_State *L, const char *text, size_t len);

#endif
