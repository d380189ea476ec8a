/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * lexer - Lua 5.4 text to tokens, without Lua. It reads any bytes: what is no
 * token is TOKEN_BAD, and that is the end of it.
 */
#ifndef FC_LEXER_H
#define FC_LEXER_H

#include <stdbool.h>
#include <stddef.h>

enum token_kind {
    TOKEN_END,
    TOKEN_BAD,
    TOKEN_NAME,
    TOKEN_NUMBER,
    TOKEN_STRING,

    /* Keywords, as lexer.c lists them. */
    TOKEN_AND,
    TOKEN_BREAK,
    TOKEN_DO,
    TOKEN_ELSE,
    TOKEN_ELSEIF,
    TOKEN_END_BLOCK, /* "end" */
    TOKEN_FALSE,
    TOKEN_FOR,
    TOKEN_FUNCTION,
    TOKEN_GOTO,
    TOKEN_IF,
    TOKEN_IN,
    TOKEN_LOCAL,
    TOKEN_NIL,
    TOKEN_NOT,
    TOKEN_OR,
    TOKEN_REPEAT,
    TOKEN_RETURN,
    TOKEN_THEN,
    TOKEN_TRUE,
    TOKEN_UNTIL,
    TOKEN_WHILE,

    /* Symbols. */
    TOKEN_DOTS, /* three of them */
    TOKEN_CONCAT,
    TOKEN_EQUAL,
    TOKEN_UNEQUAL,
    TOKEN_LESS_EQUAL,
    TOKEN_GREATER_EQUAL,
    TOKEN_SHIFT_LEFT,
    TOKEN_SHIFT_RIGHT,
    TOKEN_FLOOR_DIVIDE,
    TOKEN_LABEL,
    TOKEN_PLUS,
    TOKEN_MINUS,
    TOKEN_TIMES,
    TOKEN_DIVIDE,
    TOKEN_MODULO,
    TOKEN_POWER,
    TOKEN_LENGTH,
    TOKEN_BIT_AND,
    TOKEN_BIT_OR,
    TOKEN_TILDE,
    TOKEN_LESS,
    TOKEN_GREATER,
    TOKEN_ASSIGN,
    TOKEN_OPEN,
    TOKEN_CLOSE,
    TOKEN_OPEN_BRACE,
    TOKEN_CLOSE_BRACE,
    TOKEN_OPEN_BRACKET,
    TOKEN_CLOSE_BRACKET,
    TOKEN_SEMICOLON,
    TOKEN_COLON,
    TOKEN_COMMA,
    TOKEN_DOT,
    TOKEN_KINDS
};

/* A token lies in the text that it was read from. */
struct token {
    enum token_kind kind;
    const char *text; /* of a string: with its quotes */
    size_t len;
    unsigned line; /* of its first byte, from 1 */
};

/* Set at, end and line (to 1) before the first call. */
struct lexer {
    const char *at;
    const char *end;
    unsigned line;
};

struct token lexer_next(struct lexer *lexer);

/* Whether a token is this word. */
bool token_is(const struct token *token, const char *word);

/*
 * What is between the quotes of a string, whose bytes are then those of its
 * value. Returns false, and sets nothing, when they are not: a long string, or
 * one with escapes.
 */
bool token_unquote(const struct token *token, const char **text, size_t *len);

#endif
