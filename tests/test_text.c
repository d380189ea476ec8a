/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What host/text.h promises. Valid UTF-8 is judged by a second decoder, which
 * computes code points instead of looking bytes up in a table.
 */
#include <check.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run_suite.h"
#include "text.h"

#define FFFD "\xEF\xBF\xBD"
#define HIGHEST_CHARACTER 0x10FFFFu

/* --- The reference ------------------------------------------------------- */

/* How many bytes a first byte announces, and its bits of the code point. */
static size_t announced_length(unsigned char first, uint32_t *bits)
{
    static const struct {
        unsigned char mask, value;
        size_t len;
    } leads[] = {
        { 0x80, 0x00, 1 },
        { 0xE0, 0xC0, 2 },
        { 0xF0, 0xE0, 3 },
        { 0xF8, 0xF0, 4 },
    };

    for (size_t i = 0; i < sizeof leads / sizeof *leads; i++) {
        if ((first & leads[i].mask) == leads[i].value) {
            *bits = first & (unsigned char)~leads[i].mask;
            return leads[i].len;
        }
    }
    return 0;
}

/* Length of the valid sequence at from, 0 when there is none. */
static size_t reference_length(const unsigned char *from, size_t len)
{
    static const uint32_t lowest[] = { 0, 0, 0x80, 0x800, 0x10000 };
    uint32_t point = 0;
    size_t n = announced_length(from[0], &point);

    if (n == 0 || n > len)
        return 0;
    for (size_t i = 1; i < n; i++) {
        if (from[i] >> 6 != 2)
            return 0;
        point = point << 6 | (from[i] & 0x3F);
    }
    if (point < lowest[n] || point > HIGHEST_CHARACTER ||
        (point >= 0xD800 && point <= 0xDFFF))
        return 0;
    return n;
}

static size_t reference_utf8(char *to, const char *from, size_t len)
{
    char *start = to;

    for (size_t i = 0; i < len;) {
        size_t n = reference_length((const unsigned char *)from + i, len - i);

        if (n == 0) {
            memcpy(to, FFFD, 3);
            to += 3;
            i++;
        }
        for (; n > 0; n--)
            *to++ = from[i++];
    }
    *to = '\0';
    return (size_t)(to - start);
}

/* --- Helpers ------------------------------------------------------------- */

/* Always the same numbers, so a failure can be looked into. */
static unsigned char next_byte(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned char)(*state >> 56);
}

/* Writes a code point, surrogates and too high ones too, as len bytes. */
static void encode(char *to, uint32_t point, size_t len)
{
    static const unsigned char leads[] = { 0, 0, 0xC0, 0xE0, 0xF0 };

    for (size_t i = len; i-- > 1; point >>= 6)
        to[i] = (char)(0x80 | (point & 0x3F));
    to[0] = (char)(leads[len] | point);
}

static size_t encoded_length(uint32_t point)
{
    return point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
}

/* Both inputs and outputs have exact sizes, so that ASan sees each overrun. */
static void expect_as_reference(const char *bytes, size_t len)
{
    char *from = malloc(len + (len == 0));
    char *to = malloc(TEXT_UTF8_MAX(len));
    char *expected = malloc(TEXT_UTF8_MAX(len));
    size_t expected_len;

    memcpy(from, bytes, len);
    expected_len = reference_utf8(expected, from, len);
    ck_assert_uint_eq(text_utf8(to, from, len), expected_len);
    ck_assert_mem_eq(to, expected, expected_len + 1);
    free(from);
    free(to);
    free(expected);
}

/* Each of len bytes must become a replacement character. */
static void expect_all_replaced(const char *bytes, size_t len)
{
    char to[TEXT_UTF8_MAX(16)];

    ck_assert_uint_eq(text_utf8(to, bytes, len), 3 * len);
    for (size_t i = 0; i < len; i++)
        ck_assert_mem_eq(to + 3 * i, FFFD, 3);
    ck_assert_int_eq(to[3 * len], '\0');
}

static void expect_visible(const char *bytes, size_t len, const char *expected)
{
    char to[TEXT_VISIBLE_MAX(64)];

    ck_assert_uint_eq(text_visible(to, bytes, len), strlen(expected));
    ck_assert_str_eq(to, expected);
}

/* --- text_count ---------------------------------------------------------- */

static const struct {
    uint64_t count;
    const char *noun;
    const char *text;
} counts[] = {
    { 0, "run(s)", "0 runs" },
    { 1, "run(s)", "1 run" },
    { 2, "run(s)", "2 runs" },
    { UINT64_MAX, "run(s)", "18446744073709551615 runs" },
    { 1, "alert(s) over a flow's limit", "1 alert over a flow's limit" },
    { 3, "alert(s) over a flow's limit", "3 alerts over a flow's limit" },
    { 1, "ARP", "1 ARP" },
    { 2, "ARP", "2 ARP" },
};

START_TEST(one_of_something_is_not_several)
{
    char text[TEXT_COUNT_MAX];

    ck_assert_str_eq(text_count(text, counts[_i].count, counts[_i].noun),
                     counts[_i].text);
}
END_TEST

/* --- text_utf8 ----------------------------------------------------------- */

START_TEST(nothing_becomes_the_empty_string)
{
    char to[TEXT_UTF8_MAX(0)] = "x";

    ck_assert_uint_eq(text_utf8(to, NULL, 0), 0);
    ck_assert_int_eq(to[0], '\0');
}
END_TEST

START_TEST(every_character_is_kept)
{
    for (uint32_t point = 0; point <= HIGHEST_CHARACTER; point++) {
        char from[4], to[TEXT_UTF8_MAX(sizeof from)];
        size_t len = encoded_length(point);

        if (point == 0xD800)
            point = 0xE000;
        encode(from, point, len);
        ck_assert_uint_eq(text_utf8(to, from, len), len);
        ck_assert(memcmp(to, from, len) == 0 && to[len] == '\0');
    }
}
END_TEST

START_TEST(every_byte_and_every_pair_of_bytes_is_judged_right)
{
    for (unsigned pair = 0; pair <= 0xFFFF; pair++) {
        const char bytes[] = { (char)(pair >> 8), (char)pair };

        expect_as_reference(bytes, 1);
        expect_as_reference(bytes, 2);
    }
}
END_TEST

START_TEST(overlong_forms_become_replacement_characters)
{
    static const uint32_t highest[] = { 0, 0, 0x7F, 0x7FF, 0xFFFF };
    char bytes[4];

    for (size_t len = 2; len <= 4; len++) {
        for (uint32_t point = 0; point <= highest[len]; point++) {
            encode(bytes, point, len);
            expect_all_replaced(bytes, len);
        }
    }
}
END_TEST

START_TEST(surrogates_become_replacement_characters)
{
    char bytes[3];

    for (uint32_t point = 0xD800; point <= 0xDFFF; point++) {
        encode(bytes, point, sizeof bytes);
        expect_all_replaced(bytes, sizeof bytes);
    }
}
END_TEST

START_TEST(numbers_above_unicode_become_replacement_characters)
{
    char bytes[4];

    for (uint32_t point = 0x110000; point <= 0x1FFFFF; point += 0x3F1) {
        encode(bytes, point, sizeof bytes);
        expect_all_replaced(bytes, sizeof bytes);
    }
    expect_all_replaced("\xF8\x88\x80\x80\x80", 5);
    expect_all_replaced("\xFC\x84\x80\x80\x80\x80", 6);
    expect_all_replaced("\xFE\xFF", 2);
}
END_TEST

START_TEST(truncated_sequences_become_replacement_characters)
{
    static const char *const characters[] = { "\xC3\xA9", "\xE2\x82\xAC",
                                              "\xF0\x9F\x98\x80" };

    for (size_t i = 0; i < sizeof characters / sizeof *characters; i++) {
        for (size_t len = 1; len < strlen(characters[i]); len++)
            expect_all_replaced(characters[i], len);
    }
}
END_TEST

START_TEST(a_broken_sequence_does_not_swallow_what_follows)
{
    static const char bytes[] = "\xE2\x82"
                                "A\xF0\x9F"
                                "\xC3\xA9"
                                "Z";
    char to[TEXT_UTF8_MAX(sizeof bytes)];

    text_utf8(to, bytes, strlen(bytes));
    ck_assert_str_eq(to, FFFD FFFD "A" FFFD FFFD "\xC3\xA9"
                                   "Z");
}
END_TEST

START_TEST(bytes_that_are_no_utf8_become_replacement_characters)
{
    /* Bytes near the borders of the forms are where mistakes are. */
    static const unsigned char borders[] = {
        0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2,
        0xDF, 0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5
    };
    uint64_t state = 1;
    char bytes[64];

    for (int round = 0; round < 20000; round++) {
        size_t len = next_byte(&state) % sizeof bytes;

        for (size_t i = 0; i < len; i++) {
            unsigned char byte = next_byte(&state);

            bytes[i] =
                (char)(round % 2 ? borders[byte % sizeof borders] : byte);
        }
        expect_as_reference(bytes, len);
    }
}
END_TEST

START_TEST(nul_bytes_are_characters_like_others)
{
    char to[TEXT_UTF8_MAX(3)];

    ck_assert_uint_eq(text_utf8(to, "a\0b", 3), 3);
    ck_assert_mem_eq(to, "a\0b", 4);
}
END_TEST

/* --- text_visible -------------------------------------------------------- */

START_TEST(control_characters_are_shown_by_their_number)
{
    expect_visible("\0", 1, "\\x00");
    expect_visible("a\tb\r\n", 5, "a\\x09b\\x0D\\x0A");
    expect_visible("\x1B[2J", 4, "\\x1B[2J");
    expect_visible("\x7F", 1, "\\x7F");
    expect_visible("\xC2\x80\xC2\x9B\xC2\x9F", 6, "\\x80\\x9B\\x9F");
}
END_TEST

START_TEST(other_characters_are_shown_as_they_are)
{
    expect_visible("", 0, "");
    expect_visible(" ~\\x", 4, " ~\\x");
    expect_visible("\xC2\xA0\xC3\x80", 4, "\xC2\xA0\xC3\x80");
    expect_visible("\xE2\x82\xAC\xF0\x9F\x98\x80", 7,
                   "\xE2\x82\xAC\xF0\x9F\x98\x80");
}
END_TEST

START_TEST(visible_text_replaces_what_is_no_utf8)
{
    expect_visible("\x9B"
                   "2J\xFF",
                   4, FFFD "2J" FFFD);
}
END_TEST

START_TEST(no_bytes_reach_a_terminal_as_control_characters)
{
    uint64_t state = 2;

    for (int round = 0; round < 5000; round++) {
        size_t len = next_byte(&state) % 32;
        char *from = malloc(len + 1);
        char *to = malloc(TEXT_VISIBLE_MAX(len));
        size_t written;

        for (size_t i = 0; i < len; i++)
            from[i] = (char)next_byte(&state);
        written = text_visible(to, from, len);
        expect_as_reference(to, written);
        for (size_t i = 0; i < written; i++)
            ck_assert(((unsigned char)to[i] >= 0x20 && to[i] != 0x7F) &&
                      (to[i] != '\xC2' || (unsigned char)to[i + 1] >= 0xA0));
        free(from);
        free(to);
    }
}
END_TEST

/* --- Characters that nobody sees ----------------------------------------- */

static const struct {
    uint32_t point;
    const char *shown;
} unseen[] = {
    { 0x1F, "\\x1F" },          { 0x7F, "\\x7F" },
    { 0x9F, "\\x9F" },          { 0xAD, "\\u00AD" },  /* soft hyphen */
    { 0x34F, "\\u034F" },       { 0x61C, "\\u061C" }, /* Arabic letter mark */
    { 0x1160, "\\u1160" },      { 0x180E, "\\u180E" },
    { 0x200B, "\\u200B" },      { 0x200C, "\\u200C" }, /* no width */
    { 0x200D, "\\u200D" },      { 0x200E, "\\u200E" }, /* marks of direction */
    { 0x200F, "\\u200F" },      { 0x2028, "\\u2028" }, /* ends of lines */
    { 0x2029, "\\u2029" },      { 0x202A, "\\u202A" }, /* direction */
    { 0x202B, "\\u202B" },      { 0x202C, "\\u202C" },
    { 0x202D, "\\u202D" },      { 0x202E, "\\u202E" },
    { 0x2060, "\\u2060" },      { 0x2066, "\\u2066" }, /* isolates */
    { 0x2067, "\\u2067" },      { 0x2068, "\\u2068" },
    { 0x2069, "\\u2069" },      { 0x206F, "\\u206F" },
    { 0x3164, "\\u3164" },      { 0xFE00, "\\uFE00" },
    { 0xFE0F, "\\uFE0F" },      { 0xFEFF, "\\uFEFF" }, /* byte order mark */
    { 0xFFA0, "\\uFFA0" },      { 0xFFF0, "\\uFFF0" },
    { 0xFFF9, "\\uFFF9" },      { 0xFFFA, "\\uFFFA" }, /* annotation */
    { 0xFFFB, "\\uFFFB" },      { 0x1D173, "\\U0001D173" },
    { 0xE0000, "\\U000E0000" }, { 0xE0001, "\\U000E0001" }, /* tags */
    { 0xE0041, "\\U000E0041" }, { 0xE007F, "\\U000E007F" },
    { 0xE0100, "\\U000E0100" }, { 0xE0FFF, "\\U000E0FFF" },
};

START_TEST(characters_that_nobody_sees_are_shown_by_their_number)
{
    char bytes[4];
    size_t len = encoded_length(unseen[_i].point);

    encode(bytes, unseen[_i].point, len);
    expect_visible(bytes, len, unseen[_i].shown);
}
END_TEST

/* The neighbours of the unseen. */
START_TEST(characters_that_one_sees_stay)
{
    static const uint32_t points[] = {
        0x20,   0x7E,   0xA0,   0xAC,   0xAE,   0x34E,   0x350,   0x61B,
        0x61D,  0x200A, 0x2010, 0x2027, 0x202F, 0x205F,  0x2070,  0xFDFF,
        0xFE10, 0xFEFE, 0xFF00, 0xFFFC, 0xFFFD, 0x10000, 0xDFFFF, 0xE1000,
    };

    for (size_t i = 0; i < sizeof points / sizeof *points; i++) {
        char bytes[5] = "";
        size_t len = encoded_length(points[i]);

        encode(bytes, points[i], len);
        expect_visible(bytes, len, bytes);
    }
}
END_TEST

START_TEST(every_character_has_room_and_is_shown_once)
{
    for (uint32_t point = 0; point <= HIGHEST_CHARACTER; point++) {
        size_t len = encoded_length(point);
        char *from = malloc(len), *to = malloc(TEXT_VISIBLE_MAX(len));
        char again[TEXT_VISIBLE_MAX(16)];
        size_t shown;

        encode(from, point, len);
        shown = text_visible(to, from, len);
        ck_assert_uint_eq(text_visible(again, to, shown), shown);
        ck_assert_str_eq(again, to);
        free(from);
        free(to);
    }
}
END_TEST

/* --- Streams ------------------------------------------------------------- */

static char printed[4096];

static FILE *open_printed(void)
{
    return fmemopen(printed, sizeof printed, "w");
}

START_TEST(text_of_any_length_is_printed_as_it_is_shown)
{
    char from[700], expected[TEXT_VISIBLE_MAX(sizeof from)];

    for (size_t before = 0; before < 8; before++) {
        size_t len = before;
        FILE *to = open_printed();

        memset(from, 'a', before);
        for (; len + 4 <= sizeof from; len += 4)
            memcpy(from + len,
                   len % 8 < 4 ? "\xF0\x9F\x98\x80" : "\xE2\x80\xAE.", 4);
        text_visible(expected, from, len);
        text_print_bytes(to, from, len);
        fclose(to);
        ck_assert_str_eq(printed, expected);
    }
}
END_TEST

START_TEST(printed_json_keeps_its_lines_and_its_values)
{
    FILE *to = open_printed();

    text_print_json(
        to, "{\n\t\"a\": \"\xE2\x80\xAE\xF3\xA0\x81\x81\x7F\xC3\xA9\"\n}");
    fclose(to);
    ck_assert_str_eq(printed,
                     "{\n\t\"a\": \"\\u202e\\udb40\\udc41\\u007f\xC3\xA9\"\n}");
}
END_TEST

/* --- text_utf8_most ------------------------------------------------------ */

/* At most 16 bytes. */
static void expect_most(const char *from, const char *expected)
{
    char *to = malloc(16 + 1);

    ck_assert_uint_eq(text_utf8_most(to, 16, from, strlen(from)),
                      strlen(expected));
    ck_assert_str_eq(to, expected);
    free(to);
}

START_TEST(what_fits_is_not_cut)
{
    expect_most("", "");
    expect_most("0123456789abcdef", "0123456789abcdef");
    expect_most("\xFF\xFF\xFF\xFF\xFF.", FFFD FFFD FFFD FFFD FFFD ".");
}
END_TEST

START_TEST(what_does_not_fit_is_cut_between_characters_and_marked)
{
    expect_most("0123456789abcdefg", "0123456789 [cut]");
    expect_most("\xFF\xFF\xFF\xFF\xFF\xFF", FFFD FFFD FFFD " [cut]");
    expect_most("012345678\xC3\xA9"
                "abcdefg",
                "012345678 [cut]");
    expect_most("01234567\xC3\xA9"
                "abcdefg",
                "01234567\xC3\xA9 [cut]");
    expect_most("0123456789abcdef\xFF", "0123456789 [cut]");
    expect_most("0123456789abcde\xC3\xA9", "0123456789 [cut]");
}
END_TEST

/* --- text_fail ----------------------------------------------------------- */

START_TEST(a_failure_has_a_sentence_and_returns_minus_one)
{
    struct text_error err;

    ck_assert_int_eq(text_fail(&err, "%s: line %d", "a.json", 3), -1);
    ck_assert_str_eq(err.text, "a.json: line 3");
}
END_TEST

START_TEST(a_sentence_that_just_fits_is_whole)
{
    struct text_error err;

    text_fail(&err, "%0*d", (int)sizeof err.text - 1, 0);
    ck_assert_uint_eq(strlen(err.text), sizeof err.text - 1);
    ck_assert_ptr_null(strchr(err.text, '.'));
}
END_TEST

START_TEST(a_sentence_that_does_not_fit_says_so)
{
    struct text_error err;

    text_fail(&err, "%0*d", (int)sizeof err.text, 0);
    ck_assert_uint_eq(strlen(err.text), sizeof err.text - 1);
    ck_assert_str_eq(err.text + sizeof err.text - 5, "0...");
}
END_TEST

START_TEST(a_sentence_is_cut_between_characters)
{
    struct text_error err;
    char many[1024], clean[TEXT_UTF8_MAX(sizeof err.text)];

    for (size_t i = 0; i < sizeof many / 4; i++)
        memcpy(many + 4 * i, "\xF0\x9F\x98\x80", 4);
    for (int before = 0; before < 4; before++) {
        text_fail(&err, "%.*s%.*s", before, "abc", (int)sizeof many, many);
        text_utf8(clean, err.text, strlen(err.text));
        ck_assert_str_eq(err.text, clean);
        ck_assert_uint_gt(strlen(err.text), sizeof err.text - 6);
    }
}
END_TEST

static TCase *make_utf8_case(void)
{
    TCase *tests = tcase_create("utf8");

    tcase_add_test(tests, nothing_becomes_the_empty_string);
    tcase_add_test(tests, every_character_is_kept);
    tcase_add_test(tests, every_byte_and_every_pair_of_bytes_is_judged_right);
    tcase_add_test(tests, overlong_forms_become_replacement_characters);
    tcase_add_test(tests, surrogates_become_replacement_characters);
    tcase_add_test(tests, numbers_above_unicode_become_replacement_characters);
    tcase_add_test(tests, truncated_sequences_become_replacement_characters);
    tcase_add_test(tests, a_broken_sequence_does_not_swallow_what_follows);
    tcase_add_test(tests, bytes_that_are_no_utf8_become_replacement_characters);
    tcase_add_test(tests, nul_bytes_are_characters_like_others);
    tcase_add_test(tests, what_fits_is_not_cut);
    tcase_add_test(tests,
                   what_does_not_fit_is_cut_between_characters_and_marked);
    return tests;
}

static TCase *make_visible_case(void)
{
    TCase *tests = tcase_create("visible");

    tcase_add_test(tests, control_characters_are_shown_by_their_number);
    tcase_add_test(tests, other_characters_are_shown_as_they_are);
    tcase_add_test(tests, visible_text_replaces_what_is_no_utf8);
    tcase_add_test(tests, no_bytes_reach_a_terminal_as_control_characters);
    tcase_add_loop_test(tests,
                        characters_that_nobody_sees_are_shown_by_their_number,
                        0, sizeof unseen / sizeof *unseen);
    tcase_add_test(tests, characters_that_one_sees_stay);
    tcase_add_test(tests, every_character_has_room_and_is_shown_once);
    tcase_add_test(tests, text_of_any_length_is_printed_as_it_is_shown);
    tcase_add_test(tests, printed_json_keeps_its_lines_and_its_values);
    return tests;
}

static TCase *make_fail_case(void)
{
    TCase *tests = tcase_create("fail");

    tcase_add_test(tests, a_failure_has_a_sentence_and_returns_minus_one);
    tcase_add_test(tests, a_sentence_that_just_fits_is_whole);
    tcase_add_test(tests, a_sentence_that_does_not_fit_says_so);
    tcase_add_test(tests, a_sentence_is_cut_between_characters);
    return tests;
}

static TCase *make_count_case(void)
{
    TCase *tests = tcase_create("count");

    tcase_add_loop_test(tests, one_of_something_is_not_several, 0,
                        (int)(sizeof counts / sizeof counts[0]));
    return tests;
}

int main(void)
{
    Suite *suite = suite_create("text");

    suite_add_tcase(suite, make_utf8_case());
    suite_add_tcase(suite, make_visible_case());
    suite_add_tcase(suite, make_fail_case());
    suite_add_tcase(suite, make_count_case());
    return run_suite(suite);
}
