/* SPDX-License-Identifier: GPL-3.0-or-later */
/* json - a reader that moves over text, one function per kind of value. */
#include "json.h"

#include <string.h>

struct reader {
    const char *at;
    const char *end;
    enum json_verdict wrong; /* why a skip_ function returned false */
};

static bool fail(struct reader *reader)
{
    reader->wrong = reader->at == reader->end ? JSON_ENDS_EARLY : JSON_WRONG;
    return false;
}

static void skip_space(struct reader *reader)
{
    while (reader->at < reader->end && *reader->at != '\0' &&
           strchr(" \t\r\n", *reader->at) != NULL)
        reader->at++;
}

static bool next_is(const struct reader *reader, char wanted)
{
    return reader->at < reader->end && *reader->at == wanted;
}

static bool skip_byte(struct reader *reader, char wanted)
{
    if (!next_is(reader, wanted))
        return fail(reader);
    reader->at++;
    return true;
}

static bool skip_word(struct reader *reader, const char *word)
{
    for (; *word != '\0'; word++)
        if (!skip_byte(reader, *word))
            return false;
    return true;
}

static bool skip_digits(struct reader *reader)
{
    const char *start = reader->at;

    while (reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9')
        reader->at++;
    return reader->at > start || fail(reader);
}

static bool skip_number(struct reader *reader)
{
    if (next_is(reader, '-'))
        reader->at++;
    if (next_is(reader, '0'))
        reader->at++;
    else if (!skip_digits(reader))
        return false;
    if (next_is(reader, '.')) {
        reader->at++;
        if (!skip_digits(reader))
            return false;
    }
    if (!next_is(reader, 'e') && !next_is(reader, 'E'))
        return true;
    reader->at++;
    if (next_is(reader, '+') || next_is(reader, '-'))
        reader->at++;
    return skip_digits(reader);
}

static int hex_value(char digit)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    const char *found = digit != '\0' ? strchr(digits, digit) : NULL;

    return found != NULL ? (int)((found - digits) % 16) : -1;
}

/* Behind a backslash. */
static bool skip_escape(struct reader *reader)
{
    bool is_code = next_is(reader, 'u');

    if (reader->at == reader->end || *reader->at == '\0' ||
        strchr("\"\\/bfnrtu", *reader->at) == NULL)
        return fail(reader);
    reader->at++;
    for (int i = 0; is_code && i < 4; i++, reader->at++)
        if (reader->at == reader->end || hex_value(*reader->at) < 0)
            return fail(reader);
    return true;
}

static bool skip_string(struct reader *reader)
{
    if (!skip_byte(reader, '"'))
        return false;
    while (!next_is(reader, '"')) {
        if (reader->at == reader->end || (unsigned char)*reader->at < 0x20)
            return fail(reader);
        if (*reader->at++ == '\\' && !skip_escape(reader))
            return false;
    }
    reader->at++;
    return true;
}

static bool skip_value(struct reader *reader, int depth);

/* What stands before the value of a member. */
static bool skip_name(struct reader *reader)
{
    if (!skip_string(reader))
        return false;
    skip_space(reader);
    return skip_byte(reader, ':');
}

/* An object or an array. */
static bool skip_container(struct reader *reader, char close, int depth)
{
    if (depth >= JSON_DEPTH_MAX) {
        reader->wrong = JSON_TOO_DEEP;
        return false;
    }
    reader->at++;
    skip_space(reader);
    if (next_is(reader, close)) {
        reader->at++;
        return true;
    }
    for (;;) {
        skip_space(reader);
        if (close == '}' && !skip_name(reader))
            return false;
        if (!skip_value(reader, depth + 1))
            return false;
        if (!next_is(reader, ','))
            return skip_byte(reader, close);
        reader->at++;
    }
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
        ok = skip_string(reader);
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
    struct reader reader = { start, end, JSON_VALID };

    skip_space(&reader);
    while (end > reader.at && strchr(" \t\r\n", end[-1]) != NULL)
        end--;
    return (struct json_value){ reader.at, (size_t)(end - reader.at) };
}

enum json_verdict json_check(const char *text, size_t len,
                             struct json_value *value, size_t *at)
{
    struct reader reader = { text, text + len, JSON_VALID };

    if (skip_value(&reader, 0) && reader.at != reader.end)
        reader.wrong = JSON_WRONG;
    *at = (size_t)(reader.at - text);
    if (reader.wrong == JSON_VALID)
        *value = value_between(text, reader.end);
    return reader.wrong;
}

bool json_is_empty(const struct json_value *container)
{
    struct reader reader = { container->text + 1,
                             container->text + container->len - 1, JSON_VALID };

    skip_space(&reader);
    return reader.at == reader.end;
}

bool json_next_member(struct json_value *rest, struct json_value *name,
                      struct json_value *value)
{
    struct reader reader = { rest->text + 1, rest->text + rest->len,
                             JSON_VALID };
    const char *start;

    skip_space(&reader);
    if (!next_is(&reader, '"'))
        return false;
    start = reader.at;
    skip_string(&reader);
    *name = value_between(start, reader.at);
    skip_space(&reader);
    start = ++reader.at;
    skip_value(&reader, 0);
    *value = value_between(start, reader.at);
    /* The rest begins with the comma, as an object does with its brace. */
    *rest = (struct json_value){ reader.at, (size_t)(reader.end - reader.at) };
    return true;
}

/* A string's bytes. */

struct writer {
    char *at;
    const char *end;
    bool ok;
};

static void put(struct writer *writer, unsigned byte)
{
    if (writer->at == writer->end || byte == 0)
        writer->ok = false;
    else
        *writer->at++ = (char)byte;
}

/* As UTF-8. */
static void put_code(struct writer *writer, unsigned code)
{
    if (code < 0x80) {
        put(writer, code);
        return;
    }
    if (code < 0x800) {
        put(writer, 0xc0 | code >> 6);
    } else if (code < 0x10000) {
        put(writer, 0xe0 | code >> 12);
        put(writer, 0x80 | (code >> 6 & 0x3f));
    } else {
        put(writer, 0xf0 | code >> 18);
        put(writer, 0x80 | (code >> 12 & 0x3f));
        put(writer, 0x80 | (code >> 6 & 0x3f));
    }
    put(writer, 0x80 | (code & 0x3f));
}

static unsigned read_hex(const char *at)
{
    unsigned code = 0;

    for (int i = 0; i < 4; i++)
        code = code << 4 | (unsigned)hex_value(at[i]);
    return code;
}

/* At the first of four digits; returns what is behind the last one read. */
static const char *read_code(struct writer *writer, const char *at)
{
    unsigned code = read_hex(at);
    unsigned low;

    at += 4;
    if (code >= 0xd800 && code < 0xdc00 && at[0] == '\\' && at[1] == 'u') {
        low = read_hex(at + 2);
        if (low >= 0xdc00 && low < 0xe000) {
            put_code(writer, 0x10000 + ((code - 0xd800) << 10) + low - 0xdc00);
            return at + 6;
        }
    }
    /* Half a pair is no character: U+FFFD stands for it. */
    put_code(writer, code >= 0xd800 && code < 0xe000 ? 0xfffd : code);
    return at;
}

/* Behind a backslash; returns what is behind the escape. */
static const char *read_escape(struct writer *writer, const char *at)
{
    static const char names[] = "bfnrt";
    static const char bytes[] = "\b\f\n\r\t";
    const char *name = strchr(names, *at);

    if (*at == 'u')
        return read_code(writer, at + 1);
    put(writer, (unsigned char)(name != NULL ? bytes[name - names] : *at));
    return at + 1;
}

bool json_read_string(const struct json_value *value, char *to, size_t size)
{
    const char *at = value->text + 1;
    const char *end = value->text + value->len - 1;
    struct writer writer = { to, to + size - 1, true };

    if (!json_is(value, '"'))
        return false;
    while (at < end && writer.ok) {
        if (*at == '\\')
            at = read_escape(&writer, at + 1);
        else
            put(&writer, (unsigned char)*at++);
    }
    *writer.at = '\0';
    return writer.ok;
}

bool json_read_whole(const struct json_value *value, int64_t *number)
{
    bool negative = json_is(value, '-');
    const char *at = value->text + (negative ? 1 : 0);
    const char *end = value->text + value->len;
    int64_t sum = 0;

    if (end - at > 18)
        return false;
    for (; at < end; at++) {
        if (*at < '0' || *at > '9')
            return false;
        sum = sum * 10 + (*at - '0');
    }
    *number = negative ? -sum : sum;
    return true;
}
