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
#include <stdint.h>
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
 * from that belongs to no character (len 0): at most PUT_MAX bytes, with the
 * NUL that sprintf adds. Returns how much it wrote, without that.
 */
#define PUT_MAX sizeof "\\uD800\\uDC00"
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

/*
 * The characters that a reader does not see, but for their effect on others:
 * those of the categories Cc, Cf, Zl and Zp, and those with the property
 * Default_Ignorable_Code_Point (Unicode 15). Among them are the controls of
 * direction, with which a text can look like another.
 */
static const struct {
    uint32_t first, last;
} unseen[] = {
    { 0x00, 0x1F },       { 0x7F, 0x9F },       { 0xAD, 0xAD },
    { 0x34F, 0x34F },     { 0x600, 0x605 },     { 0x61C, 0x61C },
    { 0x6DD, 0x6DD },     { 0x70F, 0x70F },     { 0x890, 0x891 },
    { 0x8E2, 0x8E2 },     { 0x115F, 0x1160 },   { 0x17B4, 0x17B5 },
    { 0x180B, 0x180F },   { 0x200B, 0x200F },   { 0x2028, 0x202E },
    { 0x2060, 0x206F },   { 0x3164, 0x3164 },   { 0xFE00, 0xFE0F },
    { 0xFEFF, 0xFEFF },   { 0xFFA0, 0xFFA0 },   { 0xFFF0, 0xFFFB },
    { 0x110BD, 0x110BD }, { 0x110CD, 0x110CD }, { 0x13430, 0x1343F },
    { 0x1BCA0, 0x1BCA3 }, { 0x1D173, 0x1D17A }, { 0xE0000, 0xE0FFF },
};

static bool is_unseen(uint32_t number)
{
    for (size_t i = 0; i < sizeof unseen / sizeof *unseen; i++)
        if (number <= unseen[i].last)
            return number >= unseen[i].first;
    return false;
}

/* The number of a character of len bytes, from 1 on. */
static uint32_t number_of(const unsigned char *from, size_t len)
{
    static const unsigned char bits[] = { 0, 0x7F, 0x1F, 0x0F, 0x07 };
    uint32_t number = from[0] & bits[len];

    for (size_t i = 1; i < len; i++)
        number = number << 6 | (from[i] & 0x3F);
    return number;
}

/* Whether the character, or byte, is to be shown by its number, and which. */
static bool must_show(const unsigned char *from, size_t len, uint32_t *number)
{
    if (len == 0)
        return false;
    *number = number_of(from, len);
    return is_unseen(*number);
}

static size_t put_visible(char *to, const unsigned char *from, size_t len)
{
    uint32_t number;

    if (!must_show(from, len, &number))
        return put_plain(to, from, len);
    return (size_t)sprintf(to,
                           number < 0xA0      ? "\\x%02X"
                           : number < 0x10000 ? "\\u%04X"
                                              : "\\U%08X",
                           (unsigned)number);
}

/* JSON has no escapes beyond 16 bits, but for pairs of surrogates. */
static size_t put_escaped(char *to, const unsigned char *from, size_t len)
{
    uint32_t number;

    if (!must_show(from, len, &number) || number < 0x20)
        return put_plain(to, from, len);
    if (number < 0x10000)
        return (size_t)sprintf(to, "\\u%04x", (unsigned)number);
    number -= 0x10000;
    return (size_t)sprintf(to, "\\u%04x\\u%04x",
                           0xD800 + (unsigned)(number >> 10),
                           0xDC00 + (unsigned)(number & 0x3FF));
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

/* What stands for a character may be longer than the rest of a limit. */
size_t text_utf8_most(char *to, size_t most, const char *from, size_t len)
{
    const unsigned char *bytes = (const unsigned char *)from;
    const size_t mark_len = sizeof TEXT_CUT_MARK - 1;
    size_t written = 0;
    size_t whole = 0; /* that leaves room for the mark */

    for (size_t i = 0; i < len;) {
        size_t n = character_length(bytes + i, len - i);
        size_t more = n == 0 ? sizeof replacement - 1 : n;

        if (written + more > most) {
            memcpy(to + whole, TEXT_CUT_MARK, sizeof TEXT_CUT_MARK);
            return whole + mark_len;
        }
        written += put_plain(to + written, bytes + i, n);
        i += n == 0 ? 1 : n;
        if (written + mark_len <= most)
            whole = written;
    }
    to[written] = '\0';
    return written;
}

/* In parts, so that a text may have any length. */
static void print_characters(FILE *to, const char *from, size_t len,
                             put_character *put)
{
    const unsigned char *bytes = (const unsigned char *)from;
    char part[256];
    size_t filled = 0;

    for (size_t i = 0; i < len;) {
        size_t n = character_length(bytes + i, len - i);

        filled += put(part + filled, bytes + i, n);
        i += n == 0 ? 1 : n;
        if (filled + PUT_MAX <= sizeof part && i < len)
            continue;
        fwrite(part, 1, filled, to);
        filled = 0;
    }
}

void text_print(FILE *to, const char *text)
{
    text_print_bytes(to, text, strlen(text));
}

void text_print_bytes(FILE *to, const char *bytes, size_t len)
{
    print_characters(to, bytes, len, put_visible);
}

void text_print_json(FILE *to, const char *json)
{
    print_characters(to, json, strlen(json), put_escaped);
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

void text_format(char *to, size_t size, const char *format, va_list arguments)
{
    int len = vsnprintf(to, size, format, arguments);

    if (len >= (int)size)
        mark_cut(to, size - 1);
}

int text_fail(struct text_error *err, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    text_format(err->text, sizeof err->text, format, arguments);
    va_end(arguments);
    return -1;
}
