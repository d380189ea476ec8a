/* SPDX-License-Identifier: GPL-3.0-or-later */
/* json - a reader that moves over text, one function per kind of value. */
#include "json.h"

#include <string.h>

struct reader {
    const char *at;
    const char *end;
    enum json_bytes bytes;
    enum json_verdict verdict; /* why a skip_ function returned false */
    const char *wanted;
};

static bool fail_as(struct reader *reader, enum json_verdict verdict,
                    const char *wanted)
{
    reader->verdict = verdict;
    reader->wanted = wanted;
    return false;
}

static bool fail(struct reader *reader, const char *wanted)
{
    return fail_as(reader,
                   reader->at == reader->end ? JSON_ENDS_EARLY : JSON_WRONG,
                   wanted);
}

static bool is_space(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

static void skip_space(struct reader *reader)
{
    while (reader->at < reader->end && is_space(*reader->at))
        reader->at++;
}

static bool next_is(const struct reader *reader, char wanted)
{
    return reader->at < reader->end && *reader->at == wanted;
}

static bool next_is_digit(const struct reader *reader)
{
    return reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9';
}

static bool skip_byte(struct reader *reader, char byte, const char *wanted)
{
    if (!next_is(reader, byte))
        return fail(reader, wanted);
    reader->at++;
    return true;
}

static bool skip_word(struct reader *reader, const char *word)
{
    for (const char *byte = word; *byte != '\0'; byte++)
        if (!skip_byte(reader, *byte, word))
            return false;
    return true;
}

static bool skip_digits(struct reader *reader, const char *wanted)
{
    const char *start = reader->at;

    while (next_is_digit(reader))
        reader->at++;
    return reader->at > start || fail(reader, wanted);
}

static bool skip_whole(struct reader *reader)
{
    bool has_sign = next_is(reader, '-');

    if (has_sign)
        reader->at++;
    if (!next_is(reader, '0'))
        return skip_digits(reader, has_sign ? "a digit" : "a value");
    reader->at++;
    return !next_is_digit(reader) ||
           fail(reader, "no further digit: a number has no leading zeros");
}

static bool skip_number(struct reader *reader)
{
    if (!skip_whole(reader))
        return false;
    if (next_is(reader, '.')) {
        reader->at++;
        if (!skip_digits(reader, "a digit"))
            return false;
    }
    if (!next_is(reader, 'e') && !next_is(reader, 'E'))
        return true;
    reader->at++;
    if (next_is(reader, '+') || next_is(reader, '-'))
        reader->at++;
    return skip_digits(reader, "a digit");
}

static bool is_hex(char byte)
{
    return byte != '\0' && strchr("0123456789abcdefABCDEF", byte) != NULL;
}

/* Behind a backslash. */
static bool skip_escape(struct reader *reader)
{
    bool is_code = next_is(reader, 'u');

    if (reader->at == reader->end || *reader->at == '\0' ||
        strchr("\"\\/bfnrtu", *reader->at) == NULL)
        return fail(reader, "one of \" \\ / b f n r t u after a backslash");
    reader->at++;
    for (int i = 0; is_code && i < 4; i++, reader->at++)
        if (reader->at == reader->end || !is_hex(*reader->at))
            return fail(reader, "four hexadecimal digits after \\u");
    return true;
}

/* How many bytes the character at `at` has; 0: it is not UTF-8. */
static size_t character_length(const char *at, const char *end)
{
    static const struct {
        unsigned char first, mask; /* of the first byte */
        unsigned least;            /* shorter forms exist of what is less */
    } forms[] = { { 0x00, 0x80, 0 },
                  { 0xc0, 0xe0, 0x80 },
                  { 0xe0, 0xf0, 0x800 },
                  { 0xf0, 0xf8, 0x10000 } };
    unsigned first = (unsigned char)at[0], code;
    size_t len = 0;

    while (len < 4 && (first & forms[len].mask) != forms[len].first)
        len++;
    if (len == 4 || (size_t)(end - at) <= len)
        return 0;
    code = first & ~(unsigned)forms[len].mask;
    for (size_t i = 1; i <= len; i++) {
        if (((unsigned char)at[i] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | ((unsigned char)at[i] & 0x3f);
    }
    if (code < forms[len].least || code > 0x10ffff || code >> 11 == 0x1b)
        return 0;
    return len + 1;
}

/* A character of a string, or an escape. */
static bool skip_character(struct reader *reader)
{
    size_t len = 1;

    if (reader->at == reader->end)
        return fail(reader, "a closing \"");
    if ((unsigned char)*reader->at < 0x20)
        return fail(reader, "a closing \", or a control character written as "
                            "\\n, \\t or \\u00..");
    if (*reader->at == '\\') {
        reader->at++;
        return skip_escape(reader);
    }
    if (reader->bytes == JSON_UTF8)
        len = character_length(reader->at, reader->end);
    reader->at += len;
    return len > 0 || fail_as(reader, JSON_NOT_UTF8, "UTF-8");
}

static bool skip_string(struct reader *reader, const char *wanted)
{
    if (!skip_byte(reader, '"', wanted))
        return false;
    while (!next_is(reader, '"'))
        if (!skip_character(reader))
            return false;
    reader->at++;
    return true;
}

static bool skip_value(struct reader *reader, int depth);

/* A member's name, and what stands before its value. */
static bool skip_name(struct reader *reader, bool is_first)
{
    if (!skip_string(reader, is_first ? "a key in double quotes, or }"
                                      : "a key in double quotes"))
        return false;
    skip_space(reader);
    return skip_byte(reader, ':', "a colon");
}

/* The members of an object, or the values of an array, and what ends it. */
static bool skip_contents(struct reader *reader, char close, int depth)
{
    for (bool is_first = true;; is_first = false) {
        skip_space(reader);
        if (close == '}' && !skip_name(reader, is_first))
            return false;
        if (!skip_value(reader, depth + 1))
            return false;
        if (!next_is(reader, ','))
            return skip_byte(reader, close,
                             close == '}' ? "a comma, or }" : "a comma, or ]");
        reader->at++;
    }
}

/* An object or an array. */
static bool skip_container(struct reader *reader, char close, int depth)
{
    if (depth >= JSON_DEPTH_MAX)
        return fail_as(reader, JSON_TOO_DEEP,
                       "no more than 32 nested objects and arrays");
    reader->at++;
    skip_space(reader);
    if (!next_is(reader, close))
        return skip_contents(reader, close, depth);
    reader->at++;
    return true;
}

/* A value and the space around it. */
static bool skip_value(struct reader *reader, int depth)
{
    bool ok;

    skip_space(reader);
    switch (reader->at < reader->end ? *reader->at : '\0') {
    case '{':
        ok = skip_container(reader, '}', depth);
        break;
    case '[':
        ok = skip_container(reader, ']', depth);
        break;
    case '"':
        ok = skip_string(reader, "a string");
        break;
    case 't':
        ok = skip_word(reader, "true");
        break;
    case 'f':
        ok = skip_word(reader, "false");
        break;
    case 'n':
        ok = skip_word(reader, "null");
        break;
    default:
        ok = skip_number(reader);
        break;
    }
    if (ok)
        skip_space(reader);
    return ok;
}

/* Cuts the space around a value off. */
static struct json_value value_between(const char *start, const char *end)
{
    while (start < end && is_space(*start))
        start++;
    while (end > start && is_space(end[-1]))
        end--;
    return (struct json_value){ start, (size_t)(end - start) };
}

enum json_verdict json_check(const char *text, size_t len,
                             enum json_bytes bytes, struct json_value *value,
                             struct json_fault *fault)
{
    struct reader reader = { text, text + len, bytes, JSON_VALID, NULL };

    if (skip_value(&reader, 0) && reader.at != reader.end)
        fail(&reader, "nothing after the document");
    *fault = (struct json_fault){ (size_t)(reader.at - text), reader.wanted };
    if (reader.verdict == JSON_VALID)
        *value = value_between(text, reader.end);
    return reader.verdict;
}

struct json_place json_place(const char *text, size_t at)
{
    struct json_place place = { 1, 1 };

    for (size_t i = 0; i < at; i++) {
        bool is_continuation = ((unsigned char)text[i] & 0xc0) == 0x80;

        place.line += text[i] == '\n';
        place.column = text[i] == '\n' ? 1 : place.column + !is_continuation;
    }
    return place;
}

/* Over text that json_check has seen. */
static struct reader read_again(const char *start, const char *end)
{
    return (struct reader){ start, end, JSON_ANY_BYTES, JSON_VALID, NULL };
}

bool json_is_empty(const struct json_value *container)
{
    struct reader reader =
        read_again(container->text + 1, container->text + container->len - 1);

    skip_space(&reader);
    return reader.at == reader.end;
}

bool json_is_table(const struct json_value *value)
{
    return json_is(value, '{') || (json_is(value, '[') && json_is_empty(value));
}

bool json_next_member(struct json_value *rest, struct json_value *name,
                      struct json_value *value)
{
    struct reader reader = read_again(rest->text, rest->text + rest->len);
    const char *start;

    /* The rest begins with the comma, as an object does with its brace. */
    if (!next_is(&reader, '{') && !next_is(&reader, ','))
        return false;
    reader.at++;
    skip_space(&reader);
    if (!next_is(&reader, '"'))
        return false;
    start = reader.at;
    skip_string(&reader, NULL);
    *name = value_between(start, reader.at);
    skip_space(&reader);
    start = ++reader.at;
    skip_value(&reader, 0);
    *value = value_between(start, reader.at);
    *rest = (struct json_value){ reader.at, (size_t)(reader.end - reader.at) };
    return true;
}

size_t json_find(const struct json_value *object, const char *wanted,
                 struct json_value *name, struct json_value *value)
{
    struct json_value rest = *object, next_name, next;
    size_t found = 0;

    while (json_next_member(&rest, &next_name, &next)) {
        if (!json_equals(&next_name, wanted))
            continue;
        found++;
        *name = next_name;
        *value = next;
    }
    return found;
}
