/* SPDX-License-Identifier: GPL-3.0-or-later */
/* scalar - what strings and numbers of JSON say: bytes, whole numbers. */
#include "json.h"

#include <string.h>

/* As UTF-8; returns how many bytes. */
static size_t put_code(char to[4], unsigned code)
{
    if (code < 0x80) {
        to[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        to[0] = (char)(0xc0 | code >> 6);
        to[1] = (char)(0x80 | (code & 0x3f));
        return 2;
    }
    if (code < 0x10000) {
        to[0] = (char)(0xe0 | code >> 12);
        to[1] = (char)(0x80 | (code >> 6 & 0x3f));
        to[2] = (char)(0x80 | (code & 0x3f));
        return 3;
    }
    to[0] = (char)(0xf0 | code >> 18);
    to[1] = (char)(0x80 | (code >> 12 & 0x3f));
    to[2] = (char)(0x80 | (code >> 6 & 0x3f));
    to[3] = (char)(0x80 | (code & 0x3f));
    return 4;
}

/* Four digits that json_check has seen. */
static unsigned read_hex(const char *at)
{
    unsigned code = 0;

    for (int i = 0; i < 4; i++) {
        unsigned digit = (unsigned char)at[i];

        /* Letters, large or small, have 1 to 6 in their low bits. */
        code = code << 4 | ((digit & 0xf) + (digit > '9' ? 9 : 0));
    }
    return code;
}

/* At the first of four digits. Half a pair is not a character: 0. */
static size_t read_code(const char **at, char to[4])
{
    unsigned code = read_hex(*at), low;

    *at += 4;
    if (code >> 11 != 0x1b)
        return put_code(to, code);
    if (code >= 0xdc00 || (*at)[0] != '\\' || (*at)[1] != 'u')
        return 0;
    low = read_hex(*at + 2);
    if (low < 0xdc00 || low > 0xdfff)
        return 0;
    *at += 6;
    return put_code(to, 0x10000 + ((code - 0xd800) << 10) + low - 0xdc00);
}

/*
 * Reads what stands for one character, or one byte of it, and moves on. Returns
 * how many bytes it gives; 0: half a surrogate pair.
 */
static size_t read_character(const char **at, char to[4])
{
    static const char names[] = "bfnrt";
    static const char bytes[] = "\b\f\n\r\t";
    const char *name;
    char byte = *(*at)++;

    if (byte == '\\') {
        byte = *(*at)++;
        if (byte == 'u')
            return read_code(at, to);
        name = strchr(names, byte);
        if (name != NULL)
            byte = bytes[name - names];
    }
    to[0] = byte;
    return 1;
}

bool json_equals(const struct json_value *string, const char *bytes)
{
    const char *at = string->text + 1;
    const char *end = string->text + string->len - 1;
    size_t left = strlen(bytes);
    char character[4];

    while (at < end) {
        size_t len = read_character(&at, character);

        if (len == 0 || len > left || memcmp(character, bytes, len) != 0)
            return false;
        bytes += len;
        left -= len;
    }
    return left == 0;
}

bool json_read_string(const struct json_value *value, char *to, size_t size)
{
    const char *at = value->text + 1;
    const char *end = value->text + value->len - 1;
    char character[4];
    size_t used = 0;

    if (!json_is(value, '"'))
        return false;
    while (at < end) {
        size_t len = read_character(&at, character);

        if (len == 0 || character[0] == '\0' || len >= size - used)
            return false;
        memcpy(to + used, character, len);
        used += len;
    }
    to[used] = '\0';
    return true;
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
