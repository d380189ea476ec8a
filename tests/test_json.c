/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The reader of JSON: what is valid by RFC 8259 and what is not, and where;
 * members, strings and numbers. Each text lies in a block of its own
 * size, so that a byte read past its end is seen.
 */
#include "json/json.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "run_suite.h"

static char *block;

static void free_block(void)
{
    free(block);
    block = NULL;
}

static enum json_verdict check_bytes(const char *text, size_t len,
                                     enum json_bytes bytes,
                                     struct json_value *value, size_t *at)
{
    struct json_fault fault = { 0, NULL };
    enum json_verdict verdict;

    free_block();
    block = malloc(len > 0 ? len : 1);
    ck_assert_ptr_nonnull(block);
    memcpy(block, text, len);
    verdict = json_check(block, len, bytes, value, &fault);
    ck_assert_int_eq(fault.wanted == NULL, verdict == JSON_VALID);
    *at = fault.at;
    return verdict;
}

static enum json_verdict check_text(const char *text, size_t len,
                                    struct json_value *value, size_t *at)
{
    return check_bytes(text, len, JSON_UTF8, value, at);
}

static struct json_value value_of(const char *text)
{
    struct json_value value = { NULL, 0 };
    size_t at;

    ck_assert_msg(check_text(text, strlen(text), &value, &at) == JSON_VALID,
                  "%s: byte %zu", text, at);
    return value;
}

static const char *const valid[] = {
    "{}",
    "[]",
    " \t\r\n{ } ",
    "null",
    "true",
    "false",
    "0",
    "-0",
    "10",
    "1.5",
    "-1.25e+10",
    "1E-3",
    "\"\"",
    "\"a \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u00e4 \\uD83D\\uDE00\"",
    "\"\x7f\xc3\xa4\xe2\x82\xac\xef\xbf\xbf\xf0\x9f\x98\x80\"",
    "\"\\ud83d\\u0000\"",
    "123456789012345678901234567890",
    "[1,2 , [ ] , {\"a\":{}} ]",
    "{\"a\" : 1 , \"a\":2}",
    "{\"\":null}",
};

START_TEST(what_the_standard_allows_is_valid)
{
    size_t len = strlen(valid[_i]);
    struct json_value value;
    size_t at;

    ck_assert_int_eq(check_text(valid[_i], len, &value, &at), JSON_VALID);
    /* Every text that is cut short is no longer valid, or a shorter number. */
    for (size_t cut = 0; cut < len; cut++) {
        enum json_verdict verdict = check_text(valid[_i], cut, &value, &at);

        ck_assert(verdict == JSON_ENDS_EARLY || verdict == JSON_VALID ||
                  verdict == JSON_NOT_UTF8);
        ck_assert_uint_le(at, cut);
    }
}
END_TEST

static const struct {
    const char *text;
    enum json_verdict verdict;
    size_t at;
} invalid[] = {
    { "", JSON_ENDS_EARLY, 0 },        { "  ", JSON_ENDS_EARLY, 2 },
    { "{", JSON_ENDS_EARLY, 1 },       { "{\"a\"", JSON_ENDS_EARLY, 4 },
    { "{\"a\":", JSON_ENDS_EARLY, 5 }, { "[1", JSON_ENDS_EARLY, 2 },
    { "\"a", JSON_ENDS_EARLY, 2 },     { "\"\\u12", JSON_ENDS_EARLY, 5 },
    { "tru", JSON_ENDS_EARLY, 3 },     { "-", JSON_ENDS_EARLY, 1 },
    { "1.", JSON_ENDS_EARLY, 2 },      { "1e", JSON_ENDS_EARLY, 2 },
    { "{]", JSON_WRONG, 1 },           { "[}", JSON_WRONG, 1 },
    { "{} {}", JSON_WRONG, 3 },        { "[1,]", JSON_WRONG, 3 },
    { "[,1]", JSON_WRONG, 1 },         { "{\"a\":1,}", JSON_WRONG, 7 },
    { "{\"a\" 1}", JSON_WRONG, 5 },    { "{a:1}", JSON_WRONG, 1 },
    { "{'a':1}", JSON_WRONG, 1 },      { "01", JSON_WRONG, 1 },
    { "+1", JSON_WRONG, 0 },           { ".5", JSON_WRONG, 0 },
    { "1.e3", JSON_WRONG, 2 },         { "nul1", JSON_WRONG, 3 },
    { "NaN", JSON_WRONG, 0 },          { "\"\\x\"", JSON_WRONG, 2 },
    { "\"\\u12g4\"", JSON_WRONG, 5 },  { "\"a\nb\"", JSON_WRONG, 2 },
    { "/* */ {}", JSON_WRONG, 0 },     { "-01", JSON_WRONG, 2 },
    { "[00]", JSON_WRONG, 2 },         { "1.0e", JSON_ENDS_EARLY, 4 },
    { "-Infinity", JSON_WRONG, 1 },    { "'a'", JSON_WRONG, 0 },
    { "\"\t\"", JSON_WRONG, 1 },       { "{,}", JSON_WRONG, 1 },
    { "[1 2]", JSON_WRONG, 3 },        { "{\"a\":}", JSON_WRONG, 5 },
    { "True", JSON_WRONG, 0 },         { "\v1", JSON_WRONG, 0 },
    { "1\xc2\xa0", JSON_WRONG, 1 },    { "\xef\xbb\xbf{}", JSON_WRONG, 0 },
};

START_TEST(the_first_wrong_byte_is_named)
{
    struct json_value value;
    size_t at = 99;

    ck_assert_int_eq(
        check_text(invalid[_i].text, strlen(invalid[_i].text), &value, &at),
        invalid[_i].verdict);
    ck_assert_uint_eq(at, invalid[_i].at);
}
END_TEST

static const struct {
    const char *text;
    size_t at;
} not_utf8[] = {
    { "\"\xff\"", 1 },
    { "\"a\x80\"", 2 },
    { "\"\xc3\"", 1 },             /* cut short */
    { "\"\xc0\x80\"", 1 },         /* a NUL in two bytes */
    { "\"\xc1\xbf\"", 1 },         /* too long for its character */
    { "\"\xe0\x9f\xbf\"", 1 },     /* the same in three */
    { "\"\xf0\x8f\xbf\xbf\"", 1 }, /* and four bytes */
    { "\"\xed\xa0\x80\"", 1 },     /* half a surrogate pair */
    { "\"\xed\xbf\xbf\"", 1 },
    { "\"\xf4\x90\x80\x80\"", 1 }, /* beyond U+10FFFF */
    { "\"\xf8\x88\x80\x80\x80\"", 1 },
    { "{\"\xc3\xa4\xe4\":1}", 4 },
};

START_TEST(bytes_that_are_no_utf8_are_named_unless_any_will_do)
{
    size_t len = strlen(not_utf8[_i].text), at;
    struct json_value value;

    ck_assert_int_eq(check_text(not_utf8[_i].text, len, &value, &at),
                     JSON_NOT_UTF8);
    ck_assert_uint_eq(at, not_utf8[_i].at);
    ck_assert_int_eq(
        check_bytes(not_utf8[_i].text, len, JSON_ANY_BYTES, &value, &at),
        JSON_VALID);
}
END_TEST

START_TEST(a_nul_byte_is_wrong_wherever_it_stands)
{
    static const char text[] = "{\"a\": [1, \"x\"]}";
    char with_nul[sizeof text];
    struct json_value value;
    size_t at;

    for (size_t i = 0; i < sizeof text; i++) {
        memcpy(with_nul, text, sizeof text);
        memmove(with_nul + i + 1, text + i, sizeof text - 1 - i);
        with_nul[i] = '\0';
        ck_assert_int_eq(check_text(with_nul, sizeof text, &value, &at),
                         JSON_WRONG);
        ck_assert_uint_eq(at, i);
    }
}
END_TEST

START_TEST(nesting_has_an_end)
{
    char text[2 * JSON_DEPTH_MAX + 2];
    struct json_value value;
    size_t at;

    memset(text, '[', JSON_DEPTH_MAX);
    memset(text + JSON_DEPTH_MAX, ']', JSON_DEPTH_MAX);
    ck_assert_int_eq(check_text(text, 2 * JSON_DEPTH_MAX, &value, &at),
                     JSON_VALID);
    memset(text, '[', sizeof text);
    ck_assert_int_eq(check_text(text, sizeof text, &value, &at), JSON_TOO_DEEP);
}
END_TEST

START_TEST(members_come_in_order_with_the_text_of_their_values)
{
    static const char *const wanted[][2] = { { "\"a\"", "{ \"x\": [1, 2] }" },
                                             { "\"b\\n\"", "\"}\"" },
                                             { "\"a\"", "-1.5" } };
    struct json_value rest = value_of(
        " { \"a\" : { \"x\": [1, 2] } ,\"b\\n\":\"}\", \"a\": -1.5 } ");
    struct json_value name, value;

    for (size_t i = 0; i < 3; i++) {
        ck_assert(json_next_member(&rest, &name, &value));
        ck_assert_uint_eq(name.len, strlen(wanted[i][0]));
        ck_assert_mem_eq(name.text, wanted[i][0], name.len);
        ck_assert_uint_eq(value.len, strlen(wanted[i][1]));
        ck_assert_mem_eq(value.text, wanted[i][1], value.len);
    }
    ck_assert(!json_next_member(&rest, &name, &value));
}
END_TEST

START_TEST(empty_is_what_has_nothing_in_it)
{
    struct json_value value = value_of(" [ ] ");

    ck_assert(json_is_empty(&value));
    value = value_of("{\n}");
    ck_assert(json_is_empty(&value));
    value = value_of("[null]");
    ck_assert(!json_is_empty(&value));
}
END_TEST

static const struct {
    const char *text;
    const char *bytes; /* NULL: cannot be read */
} strings[] = {
    { "\"\"", "" },
    { "\"/etc/x.lua\"", "/etc/x.lua" },
    { "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t" },
    { "\"\\u0041\\u00E4\\u20ac\"", "A\xc3\xa4\xe2\x82\xac" },
    { "\"\\ud83d\\ude00\"", "\xf0\x9f\x98\x80" },
    { "\"\\uD83D\\uDE00\"", "\xf0\x9f\x98\x80" },
    { "\"\\uffff\\ud7ff\\ue000\"", "\xef\xbf\xbf\xed\x9f\xbf\xee\x80\x80" },
    { "\"\\ud83d!\"", NULL },
    { "\"\\ude00\\n\"", NULL },
    { "\"\\ud83d\\u0041\"", NULL },
    { "\"\\ud83d\\ud83d\"", NULL },
    { "\"\\ud83d\"", NULL },
    { "\"123456789012345\"", "123456789012345" },
    { "\"1234567890123456\"", NULL },
    { "\"a\\u0000b\"", NULL },
    { "12", NULL },
    { "null", NULL },
};

START_TEST(a_string_gives_its_bytes)
{
    struct json_value value = value_of(strings[_i].text);
    char bytes[16];

    ck_assert_int_eq(json_read_string(&value, bytes, sizeof bytes),
                     strings[_i].bytes != NULL);
    if (strings[_i].bytes != NULL)
        ck_assert_str_eq(bytes, strings[_i].bytes);
}
END_TEST

static const struct {
    const char *text;
    const char *bytes;
    bool is_equal;
} equals[] = {
    { "\"script\"", "script", true },
    { "\"\\u0073cript\"", "script", true },
    { "\"script\\u0000\"", "script", false },
    { "\"\\u0000script\"", "script", false },
    { "\"\\u0000\"", "", false },
    { "\"\"", "", true },
    { "\"scrip\"", "script", false },
    { "\"scripts\"", "script", false },
    { "\"\\u20ac\"", "\xe2\x82\xac", true },
    { "\"\\u20ac\"", "\xe2\x82", false },
    { "\"\\ud83d\"", "\xef\xbf\xbd", false },
    { "\"a\\\"b\\/\"", "a\"b/", true },
};

START_TEST(a_string_equals_what_it_says_however_it_is_written)
{
    struct json_value value = value_of(equals[_i].text);

    ck_assert_int_eq(json_equals(&value, equals[_i].bytes),
                     equals[_i].is_equal);
}
END_TEST

START_TEST(a_member_is_found_by_its_name_and_the_last_of_several)
{
    struct json_value object = value_of(
        "{\"a\\u0000\":1,\"a\":2,\"b\":{\"c\":3},\"\\u0061\":4,\"a \":5}");
    struct json_value name, value;

    ck_assert_uint_eq(json_find(&object, "a", &name, &value), 2);
    ck_assert_mem_eq(value.text, "4", 1);
    ck_assert_mem_eq(name.text, "\"\\u0061\"", 8);
    ck_assert_uint_eq(json_find(&object, "b", &name, &value), 1);
    ck_assert_uint_eq(json_find(&object, "c", &name, &value), 0);
    ck_assert_uint_eq(json_find(&value, "c", &name, &value), 1);
    ck_assert_uint_eq(json_find(&value, "c", &name, &value), 0);
    value = value_of("[\"c\"]");
    ck_assert_uint_eq(json_find(&value, "c", &name, &value), 0);
}
END_TEST

START_TEST(lines_and_columns_count_characters_from_one)
{
    static const char text[] = "\xc3\xa4{\n\n \xe2\x82\xac\r\n}";
    static const struct {
        size_t at, line, column;
    } places[] = { { 0, 1, 1 }, { 2, 1, 2 }, { 3, 1, 3 }, { 4, 2, 1 },
                   { 5, 3, 1 }, { 9, 3, 3 }, { 11, 4, 1 } };

    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        struct json_place place = json_place(text, places[i].at);

        ck_assert_uint_eq(place.line, places[i].line);
        ck_assert_uint_eq(place.column, places[i].column);
    }
}
END_TEST

static const struct {
    const char *text;
    bool is_whole;
    int64_t number;
} numbers[] = {
    { "0", true, 0 },
    { "-12", true, -12 },
    { "999999999999999999", true, 999999999999999999 },
    { "1000000000000000000", false, 0 },
    { "1.0", false, 0 },
    { "1e3", false, 0 },
    { "\"1\"", false, 0 },
    { "true", false, 0 },
    { "[]", false, 0 },
};

START_TEST(a_whole_number_is_one_without_a_fraction)
{
    struct json_value value = value_of(numbers[_i].text);
    int64_t number = 0;

    ck_assert_int_eq(json_read_whole(&value, &number), numbers[_i].is_whole);
    ck_assert_int_eq(number, numbers[_i].number);
}
END_TEST

#define ROWS(table) (int)(sizeof(table) / sizeof(table)[0])

static Suite *make_suite(void)
{
    Suite *suite = suite_create("json");
    TCase *tests = tcase_create("json");

    tcase_add_checked_fixture(tests, NULL, free_block);
    tcase_add_loop_test(tests, what_the_standard_allows_is_valid, 0,
                        ROWS(valid));
    tcase_add_loop_test(tests, the_first_wrong_byte_is_named, 0, ROWS(invalid));
    tcase_add_loop_test(tests,
                        bytes_that_are_no_utf8_are_named_unless_any_will_do, 0,
                        ROWS(not_utf8));
    tcase_add_test(tests, a_nul_byte_is_wrong_wherever_it_stands);
    tcase_add_test(tests, nesting_has_an_end);
    tcase_add_test(tests, members_come_in_order_with_the_text_of_their_values);
    tcase_add_test(tests, empty_is_what_has_nothing_in_it);
    tcase_add_loop_test(tests, a_string_gives_its_bytes, 0, ROWS(strings));
    tcase_add_loop_test(tests,
                        a_string_equals_what_it_says_however_it_is_written, 0,
                        ROWS(equals));
    tcase_add_test(tests,
                   a_member_is_found_by_its_name_and_the_last_of_several);
    tcase_add_test(tests, lines_and_columns_count_characters_from_one);
    tcase_add_loop_test(tests, a_whole_number_is_one_without_a_fraction, 0,
                        ROWS(numbers));
    suite_add_tcase(suite, tests);
    return suite;
}

int main(void)
{
    return run_suite(make_suite());
}
