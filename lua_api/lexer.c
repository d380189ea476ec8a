/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lexer - reads tokens as Lua's own does, with its idea of a line's end. */
#include "lexer.h"

#include <limits.h>
#include <string.h>

static const char *const keywords[] = {
    "and",      "break",  "do",   "else", "elseif", "end",   "false", "for",
    "function", "goto",   "if",   "in",   "local",  "nil",   "not",   "or",
    "repeat",   "return", "then", "true", "until",  "while",
};
#define KEYWORDS (sizeof keywords / sizeof keywords[0])
_Static_assert(TOKEN_AND + KEYWORDS == TOKEN_DOTS, "a kind per keyword");

/* Symbols of one byte; TOKEN_END, which is 0: none. */
static const unsigned char symbols[UCHAR_MAX + 1] = {
    ['+'] = TOKEN_PLUS,          ['-'] = TOKEN_MINUS,
    ['*'] = TOKEN_TIMES,         ['/'] = TOKEN_DIVIDE,
    ['%'] = TOKEN_MODULO,        ['^'] = TOKEN_POWER,
    ['#'] = TOKEN_LENGTH,        ['&'] = TOKEN_BIT_AND,
    ['|'] = TOKEN_BIT_OR,        ['~'] = TOKEN_TILDE,
    ['<'] = TOKEN_LESS,          ['>'] = TOKEN_GREATER,
    ['='] = TOKEN_ASSIGN,        ['('] = TOKEN_OPEN,
    [')'] = TOKEN_CLOSE,         ['{'] = TOKEN_OPEN_BRACE,
    ['}'] = TOKEN_CLOSE_BRACE,   ['['] = TOKEN_OPEN_BRACKET,
    [']'] = TOKEN_CLOSE_BRACKET, [';'] = TOKEN_SEMICOLON,
    [':'] = TOKEN_COLON,         [','] = TOKEN_COMMA,
    ['.'] = TOKEN_DOT,
};
/* Of two. */
static const struct {
    char first, second;
    unsigned char kind;
} pairs[] = {
    { '=', '=', TOKEN_EQUAL },        { '~', '=', TOKEN_UNEQUAL },
    { '<', '=', TOKEN_LESS_EQUAL },   { '>', '=', TOKEN_GREATER_EQUAL },
    { '<', '<', TOKEN_SHIFT_LEFT },   { '>', '>', TOKEN_SHIFT_RIGHT },
    { '/', '/', TOKEN_FLOOR_DIVIDE }, { ':', ':', TOKEN_LABEL },
    { '.', '.', TOKEN_CONCAT },
};
#define PAIRS (sizeof pairs / sizeof pairs[0])

/* Of the C locale, whatever the process has. */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_name_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           is_digit(c);
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* The byte n places on; NUL behind the end. */
static char peek(const struct lexer *lexer, size_t n)
{
    return (size_t)(lexer->end - lexer->at) > n ? lexer->at[n] : '\0';
}

static bool is_at_end(const struct lexer *lexer)
{
    return lexer->at >= lexer->end;
}

static bool is_newline(char c)
{
    return c == '\n' || c == '\r';
}

/* Steps over a byte; a CR and an LF, in either order, are one line's end. */
static void step(struct lexer *lexer)
{
    char c = *lexer->at++;

    if (!is_newline(c))
        return;
    lexer->line++;
    if (!is_at_end(lexer) && is_newline(*lexer->at) && *lexer->at != c)
        lexer->at++;
}

/* How many = are in a long bracket that opens here, or -1: none does. */
static int long_bracket_level(const struct lexer *lexer)
{
    size_t n = 1;

    while (peek(lexer, n) == '=')
        n++;
    return peek(lexer, n) == '[' ? (int)n - 1 : -1;
}

static bool closes_here(const struct lexer *lexer, int level)
{
    for (int i = 1; i <= level; i++)
        if (peek(lexer, (size_t)i) != '=')
            return false;
    return peek(lexer, 0) == ']' && peek(lexer, (size_t)level + 1) == ']';
}

/* Steps over a long bracket; false: it has no end. */
static bool skip_long_bracket(struct lexer *lexer, int level)
{
    lexer->at += level + 2;
    while (!is_at_end(lexer)) {
        if (closes_here(lexer, level)) {
            lexer->at += level + 2;
            return true;
        }
        step(lexer);
    }
    return false;
}

/* Steps over a comment; false: a long one without an end. */
static bool skip_comment(struct lexer *lexer)
{
    lexer->at += 2;
    if (peek(lexer, 0) == '[' && long_bracket_level(lexer) >= 0)
        return skip_long_bracket(lexer, long_bracket_level(lexer));
    while (!is_at_end(lexer) && !is_newline(*lexer->at))
        lexer->at++;
    return true;
}

static bool skip_space(struct lexer *lexer)
{
    for (;;) {
        while (!is_at_end(lexer) && is_space(*lexer->at))
            step(lexer);
        if (peek(lexer, 0) != '-' || peek(lexer, 1) != '-')
            return true;
        if (!skip_comment(lexer))
            return false;
    }
}

/* \z swallows the space behind it, and \ before a line's end the end. */
static void skip_escape(struct lexer *lexer)
{
    lexer->at++;
    if (is_at_end(lexer))
        return;
    if (*lexer->at != 'z') {
        step(lexer);
        return;
    }
    lexer->at++;
    while (!is_at_end(lexer) && is_space(*lexer->at))
        step(lexer);
}

static enum token_kind read_string(struct lexer *lexer)
{
    char quote = *lexer->at++;

    while (!is_at_end(lexer) && *lexer->at != quote) {
        if (is_newline(*lexer->at))
            return TOKEN_BAD;
        if (*lexer->at == '\\')
            skip_escape(lexer);
        else
            lexer->at++;
    }
    if (is_at_end(lexer))
        return TOKEN_BAD;
    lexer->at++;
    return TOKEN_STRING;
}

/* Takes too much, as Lua does: "3x" is no number and a name. */
static enum token_kind read_number(struct lexer *lexer)
{
    bool hex = *lexer->at == '0' && (peek(lexer, 1) | 0x20) == 'x';
    char exponent = hex ? 'p' : 'e';

    while (is_name_byte(peek(lexer, 0)) || peek(lexer, 0) == '.') {
        bool sign = (*lexer->at++ | 0x20) == exponent;

        if (sign && (peek(lexer, 0) == '+' || peek(lexer, 0) == '-'))
            lexer->at++;
    }
    return TOKEN_NUMBER;
}

static enum token_kind read_name(struct lexer *lexer)
{
    struct token word = { .text = lexer->at };

    while (is_name_byte(peek(lexer, 0)))
        lexer->at++;
    word.len = (size_t)(lexer->at - word.text);
    for (size_t i = 0; i < KEYWORDS; i++)
        if (*keywords[i] == *word.text && token_is(&word, keywords[i]))
            return (enum token_kind)(TOKEN_AND + i);
    return TOKEN_NAME;
}

static enum token_kind read_symbol(struct lexer *lexer)
{
    char first = *lexer->at;
    char second = peek(lexer, 1);
    unsigned char kind = symbols[(unsigned char)first];

    if (kind == TOKEN_END)
        return TOKEN_BAD;
    lexer->at++;
    if (symbols[(unsigned char)second] == TOKEN_END)
        return kind;
    for (size_t i = 0; i < PAIRS; i++) {
        if (pairs[i].first != first || pairs[i].second != second)
            continue;
        lexer->at++;
        if (pairs[i].kind != TOKEN_CONCAT || peek(lexer, 0) != '.')
            return pairs[i].kind;
        lexer->at++;
        return TOKEN_DOTS;
    }
    return kind;
}

static enum token_kind read_token(struct lexer *lexer)
{
    char c = *lexer->at;

    if (is_digit(c) || (c == '.' && is_digit(peek(lexer, 1))))
        return read_number(lexer);
    if (is_name_byte(c))
        return read_name(lexer);
    if (c == '"' || c == '\'')
        return read_string(lexer);
    if (c == '[' && long_bracket_level(lexer) >= 0)
        return skip_long_bracket(lexer, long_bracket_level(lexer))
                   ? TOKEN_STRING
                   : TOKEN_BAD;
    return read_symbol(lexer);
}

struct token lexer_next(struct lexer *lexer)
{
    bool whole = skip_space(lexer);
    struct token token = { TOKEN_END, lexer->at, 0, lexer->line };

    if (!whole)
        token.kind = TOKEN_BAD;
    else if (!is_at_end(lexer))
        token.kind = read_token(lexer);
    token.len = (size_t)(lexer->at - token.text);
    if (token.kind == TOKEN_BAD)
        lexer->at = lexer->end;
    return token;
}

bool token_is(const struct token *token, const char *word)
{
    return strlen(word) == token->len &&
           memcmp(token->text, word, token->len) == 0;
}

bool token_unquote(const struct token *token, const char **text, size_t *len)
{
    if (token->kind != TOKEN_STRING || token->text[0] == '[' ||
        memchr(token->text, '\\', token->len) != NULL)
        return false;
    *text = token->text + 1;
    *len = token->len - 2;
    return true;
}
