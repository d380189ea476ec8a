/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "random_text.h"

#include <stdint.h>
#include <string.h>

#define PICK(maker, list) (list)[draw(maker, sizeof(list) / sizeof(list)[0])]

struct maker {
    uint64_t state;
    char *text;
    size_t len;
};

static size_t draw(struct maker *maker, size_t below)
{
    maker->state ^= maker->state << 13;
    maker->state ^= maker->state >> 7;
    maker->state ^= maker->state << 17;
    return (size_t)(maker->state >> 16) % below;
}

static void add(struct maker *maker, const char *part)
{
    size_t len = strlen(part);

    if (maker->len + len > RANDOM_TEXT_MAX)
        return;
    memcpy(maker->text + maker->len, part, len);
    maker->len += len;
}

static void add_byte(struct maker *maker, char byte)
{
    if (maker->len < RANDOM_TEXT_MAX)
        maker->text[maker->len++] = byte;
}

static const char *const line_ends[] = { "\n",   "\r",   "\r\n",  "\n\r",
                                         "\n\n", "\r\r", "\r\n\r" };

/* What Lua skips; a line's end behind what needs one. */
static void add_gap(struct maker *maker)
{
    static const char *const gaps[] = {
        " ",
        " ",
        "\t",
        " \v\f ",
        "--[[ c ]]",
        "--[[\n]]",
        "--[==[ ]==]",
        "--[=[ ]==] ]=]",
        "--[=[\r\n]]]=]",
        "--[[]]",
    };
    static const char *const comments[] = { "--",     "-- it's", "--[",
                                            "--[= x", "--[==",   "---[[ c",
                                            "--\\z" };

    switch (draw(maker, 4)) {
    case 0:
        add(maker, PICK(maker, line_ends));
        break;
    case 1:
        add(maker, PICK(maker, comments));
        add(maker, PICK(maker, line_ends));
        break;
    default:
        add(maker, PICK(maker, gaps));
        break;
    }
}

static void add_quoted(struct maker *maker)
{
    static const char *const parts[] = {
        "a",
        "--",
        "]]",
        "\\n",
        "\\\\",
        "\\'",
        "\\\"",
        "\\z",
        "\\z ",
        "\\z\r\n ",
        "\\x41",
        "\\u{7F}",
        "\\u{20AC}",
        "\\65",
        "\\0",
        "\\0651",
        "\\\n",
        "\\\r",
        "\\\r\n",
        "\\\n\r",
        " ",
        "\xc3\xa9",
        "[=[",
        "\\z\v\f",
        "\\xg",
        "\\q",
        "\\300",
        "\\u{",
        "\\u{110000000}",
    };
    char quote = draw(maker, 2) == 0 ? '\'' : '"';

    add_byte(maker, quote);
    for (size_t n = draw(maker, 5); n > 0; n--)
        add(maker, parts[draw(maker, draw(maker, 60) == 0 ? 29 : 24)]);
    add_byte(maker, quote);
}

static void add_long(struct maker *maker)
{
    static const char *const parts[] = {
        "a", "]", "]=", "[[", "\\", "'", "--", "]==", "[=[", "]=]", "\\z", " "
    };
    static const char *const levels[] = { "", "=", "==", "===" };
    const char *level = PICK(maker, levels);

    add(maker, "[");
    add(maker, level);
    add(maker, "[");
    for (size_t n = draw(maker, 4); n > 0; n--)
        if (draw(maker, 3) == 0)
            add(maker, PICK(maker, line_ends));
        else
            add(maker, PICK(maker, parts));
    add(maker, "]");
    add(maker, level);
    add(maker, "]");
}

static void add_number(struct maker *maker)
{
    static const char *const numbers[] = {
        "0",
        "7",
        "3.",
        ".5",
        "3.25",
        "1e3",
        "1E+3",
        "1e-3",
        ".5e1",
        "3.e2",
        "0xA",
        "0Xff",
        "0x.8",
        "0x8.",
        "0x.8p1",
        "0x1P-2",
        "0xep1",
        "0xe",
        "9999999999999999999999",
        "0xffffffffffffffffff",
    };
    static const char bytes[] = "0123456789abcdefxXpPeE.+-_g";

    if (draw(maker, 40) > 0) {
        add(maker, PICK(maker, numbers));
        return;
    }
    add_byte(maker, (char)('0' + draw(maker, 10)));
    for (size_t n = draw(maker, 5); n > 0; n--)
        add_byte(maker, bytes[draw(maker, sizeof bytes - 1)]);
}

static void add_literal(struct maker *maker)
{
    switch (draw(maker, 3)) {
    case 0:
        add_quoted(maker);
        break;
    case 1:
        add_long(maker);
        break;
    default:
        add_number(maker);
        break;
    }
}

/* Statements, as words: @ is a literal, ~ an expression. */
static void add_words(struct maker *maker, const char *words, int depth);

static void add_expression(struct maker *maker, int depth)
{
    static const char *const leaves[] = {
        "@", "@", "@", "x", "nil", "true", "{ }", "f @ [ @ ] ( )"
    };
    static const char *const trees[] = {
        "~ + ~",
        "~ .. ~",
        "~ and ~",
        "~ or ~",
        "~ == ~",
        "- ~",
        "not ~",
        "# ~",
        "( ~ )",
        "x [ ~ ]",
        "x . y",
        "f ( ~ , ~ )",
        "x : m ( ~ )",
        "f @",
        "{ ~ , [ ~ ] = ~ ; y = ~ }",
        "f { ~ }",
        "( ~ ) . y",
        "~ // ~",
        "~ ~= ~",
        "~ ^ - ~",
        "~ << ~ >> ~",
        "~ <= ~",
        "( ~ ) [ ~ ] . y",
        "function ( a , ... ) return ~ end",
        "~ & ~ | ~",
        "~ < ~",
        "{ }",
        "x . y [ ~ ] : m @",
    };

    if (depth <= 0)
        add_words(maker, PICK(maker, leaves), 0);
    else
        add_words(maker, PICK(maker, trees), depth - 1);
}

static void add_word(struct maker *maker, const char *word, size_t len,
                     int depth)
{
    if (len == 1 && *word == '@')
        add_literal(maker);
    else if (len == 1 && *word == '~' && depth >= 0)
        add_expression(maker, depth);
    else
        for (size_t i = 0; i < len; i++)
            add_byte(maker, word[i]);
}

static void add_words(struct maker *maker, const char *words, int depth)
{
    while (*words != '\0') {
        size_t len = strcspn(words, " ");

        add_word(maker, words, len, depth);
        add_gap(maker);
        words += len + (words[len] == ' ');
    }
}

static const char *const statements[] = {
    "x = ~",
    "x , y [ ~ ] = ~ , ~",
    "local a <const> , b = ~",
    "local function g ( a , b ) return ~ end",
    "function x . y . z : m ( ... ) return ; end",
    "if ~ then x = ~ elseif ~ then else return ~ end",
    "while ~ do break ; end",
    "repeat local a = ~ until ~",
    "for i = ~ , ~ do x = i end",
    "for i = ~ , ~ , ~ do goto on :: on :: end",
    "for i , j in ~ , ~ do f ( i ) end",
    "do x = ~ end",
    "f ( ~ )",
    "x : m ( ~ )",
    "x . y . z ( ) [ ~ ] = ~",
    ";",
    "do return ~ , ~ ; end",
};

static const char *const soup[] = {
    "and",      "break",  "do",   "else", "elseif", "end",   "false", "for",
    "function", "goto",   "if",   "in",   "local",  "nil",   "not",   "or",
    "repeat",   "return", "then", "true", "until",  "while", "...",   "..",
    "==",       "~=",     "<=",   ">=",   "<<",     ">>",    "//",    "::",
    "+",        "-",      "*",    "/",    "%",      "^",     "#",     "&",
    "|",        "~",      "<",    ">",    "=",      "(",     ")",     "{",
    "}",        "[",      "]",    ";",    ":",      ",",     ".",     "x",
    "x",        "f()",    "x",    "=",    "(",      ")",     "@",     "@",
    "$",        "\\",     "'",    "[[",   "--[[",   "\x80",
};

size_t random_text(unsigned number, char text[RANDOM_TEXT_MAX])
{
    struct maker maker = { .state = (number + 1) * UINT64_C(0x9E3779B97F4A7C15),
                           .text = text };

    if (draw(&maker, 3) > 0) {
        for (size_t n = 1 + draw(&maker, 3); n > 0; n--)
            add_words(&maker, PICK(&maker, statements), 2);
        return maker.len;
    }
    if (draw(&maker, 2) == 0)
        add_words(&maker, PICK(&maker, statements), 1);
    for (size_t n = draw(&maker, 6); n > 0; n--) {
        const char *word = PICK(&maker, soup);

        add_word(&maker, word, strlen(word), -1);
        if (draw(&maker, 3) > 0)
            add_gap(&maker);
    }
    return maker.len;
}
