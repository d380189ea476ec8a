/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * text - error sentences, and bytes made safe to write.
 *
 * Traffic is not UTF-8, a script's message need not be, and both end up in JSON
 * and on terminals. This unit knows which bytes form a character; it does not
 * know locales, display widths or normal forms.
 */
#include "text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/*
 * The well-formed sequences (Unicode, table 3-7). The second byte's range is
 * what rules out overlong forms (E0, F0), surrogates (ED) and characters above
 * U+10FFFF (F4); bytes after the second are always 80..BF.
 */
struct form {
    size_t len;
    unsigned char first[2]; /* lowest, highest */
    unsigned char second[2];
};

static const struct form forms[] = {
    { 1, { 0x00, 0x7F }, { 0x00, 0x00 } },
    { 2, { 0xC2, 0xDF }, { 0x80, 0xBF } },
    { 3, { 0xE0, 0xE0 }, { 0xA0, 0xBF } },
    { 3, { 0xE1, 0xEC }, { 0x80, 0xBF } },
    { 3, { 0xED, 0xED }, { 0x80, 0x9F } },
    { 3, { 0xEE, 0xEF }, { 0x80, 0xBF } },
    { 4, { 0xF0, 0xF0 }, { 0x90, 0xBF } },
    { 4, { 0xF1, 0xF3 }, { 0x80, 0xBF } },
    { 4, { 0xF4, 0xF4 }, { 0x80, 0x8F } },
};

/* U+FFFD, the replacement character. */
static const char replacement[] = "\xEF\xBF\xBD";

static bool is_within(unsigned char byte, const unsigned char range[2])
{
    return byte >= range[0] && byte <= range[1];
}

static bool is_continuation(unsigned char byte)
{
    return (byte & 0xC0) == 0x80;
}

static bool has_form(const struct form *form, const unsigned char *from,
                     size_t len)
{
    if (len < form->len || !is_within(from[0], form->first))
        return false;
    if (form->len > 1 && !is_within(from[1], form->second))
        return false;
    for (size_t i = 2; i < form->len; i++) {
        if (!is_continuation(from[i]))
            return false;
    }
    return true;
}

/* Length of the character that from begins with; 0 when it is none. */
static size_t character_length(const unsigned char *from, size_t len)
{
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        if (has_form(&forms[i], from, len))
            return forms[i].len;
    }
    return 0;
}

/*
 * Writes what stands for one character of len bytes, or for the one byte at
 * from that belongs to no character (len 0). Returns how much it wrote.
 */
typedef size_t put_character(char *to, const unsigned char *from, size_t len);

static size_t put_plain(char *to, const unsigned char *from, size_t len)
{
    if (len == 0) {
        memcpy(to, replacement, sizeof replacement - 1);
        return sizeof replacement - 1;
    }
    memcpy(to, from, len);
    return len;
}

/* The number of a control character; -1 for any other. */
static int control_number(const unsigned char *from, size_t len)
{
    if (len == 1 && (from[0] < 0x20 || from[0] == 0x7F))
        return from[0];
    if (len == 2 && from[0] == 0xC2 && from[1] < 0xA0)
        return from[1]; /* C1: U+0080..U+009F is C2 80..C2 9F */
    return -1;
}

static size_t put_visible(char *to, const unsigned char *from, size_t len)
{
    int number = control_number(from, len);

    if (number < 0)
        return put_plain(to, from, len);
    return (size_t)sprintf(to, "\\x%02X", (unsigned)number);
}

static size_t copy_characters(char *to, const char *from, size_t len,
                              put_character *put)
{
    const unsigned char *bytes = (const unsigned char *)from;
    size_t written = 0;

    for (size_t i = 0; i < len;) {
        size_t n = character_length(bytes + i, len - i);

        written += put(to + written, bytes + i, n);
        i += n == 0 ? 1 : n;
    }
    to[written] = '\0';
    return written;
}

size_t text_utf8(char *to, const char *from, size_t len)
{
    return copy_characters(to, from, len, put_plain);
}

size_t text_visible(char *to, const char *from, size_t len)
{
    return copy_characters(to, from, len, put_visible);
}

const char *text_count(char to[TEXT_COUNT_MAX], uint64_t count,
                       const char *noun)
{
    const char *mark = strstr(noun, "(s)");

    if (mark == NULL)
        snprintf(to, TEXT_COUNT_MAX, "%" PRIu64 " %s", count, noun);
    else
        snprintf(to, TEXT_COUNT_MAX, "%" PRIu64 " %.*s%s%s", count,
                 (int)(mark - noun), noun, count == 1 ? "" : "s", mark + 3);
    return to;
}

/* Ends a text that was cut after len bytes with "...", between characters. */
static void mark_cut(char *text, size_t len)
{
    static const char mark[] = "...";
    size_t end = len - strlen(mark);

    while (end > 0 && is_continuation((unsigned char)text[end]))
        end--;
    memcpy(text + end, mark, sizeof mark);
}

int text_fail(struct text_error *err, const char *format, ...)
{
    va_list arguments;
    int len;

    va_start(arguments, format);
    len = vsnprintf(err->text, sizeof err->text, format, arguments);
    va_end(arguments);
    if (len >= (int)sizeof err->text)
        mark_cut(err->text, sizeof err->text - 1);
    return -1;
}
