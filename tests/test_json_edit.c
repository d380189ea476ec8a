/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What json/edit.h promises: one value is set, every other byte stays, and what
 * is inserted looks like what is beside it.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json/edit.h"
#include "run_suite.h"

static struct json_edit edited;

static void free_edited(void)
{
    free(edited.text);
    edited.text = NULL;
}

static struct json_value root_of(const char *text)
{
    struct json_value root;
    struct json_fault fault;

    ck_assert_msg(json_check(text, strlen(text), JSON_UTF8, &root, &fault) ==
                      JSON_VALID,
                  "%s: byte %zu: expected %s", text, fault.at, fault.wanted);
    return root;
}

static enum json_edit_result edit(const char *text, const char *const *names,
                                  size_t count, const char *value)
{
    const struct json_value document = { text, strlen(text) };
    struct json_value root = root_of(text);

    free_edited();
    return json_edit(&document, &root, names, count, value, &edited);
}

/* --- One document after the other ---------------------------------------- */

static const char *const a_b_c[] = { "a", "b", "c" };

/* Before, and with 1 at a.b.c. */
static const char *const layouts[][2] = {
    /* a value is replaced, whatever is around it */
    { "{\"a\":{\"b\":{\"c\":false}}}", "{\"a\":{\"b\":{\"c\":1}}}" },
    { "\n{ \"a\" :\t{\"b\"\n:{\"c\" : [ 1,2 ] }, \"d\":1.0e5} }\r\n ",
      "\n{ \"a\" :\t{\"b\"\n:{\"c\" : 1 }, \"d\":1.0e5} }\r\n " },
    { "{\"\\u0061\":{\"b\":{\"c\":2}}}", "{\"\\u0061\":{\"b\":{\"c\":1}}}" },
    /* on one line, close or with blanks, as the neighbours are */
    { "{\"a\":{\"b\":{\"d\":2}}}", "{\"a\":{\"b\":{\"d\":2,\"c\":1}}}" },
    { "{\"a\": {\"b\": {\"d\": 2}}}",
      "{\"a\": {\"b\": {\"d\": 2, \"c\": 1}}}" },
    { "{ \"a\": { \"b\": { \"d\": 2 } } }",
      "{ \"a\": { \"b\": { \"d\": 2, \"c\": 1 } } }" },
    { "{\"x\" : 1 , \"y\" : 2}",
      "{\"x\" : 1 , \"y\" : 2 , \"a\" : {\"b\" : {\"c\" : 1}}}" },
    { "{ \"x\": 1 }", "{ \"x\": 1, \"a\": { \"b\": { \"c\": 1 } } }" },
    { "{\"a\":{}}", "{\"a\":{\"b\":{\"c\":1}}}" },
    { "{\"a\":{ }}", "{\"a\":{ \"b\":{\"c\":1} }}" },
    /* an empty array is an empty object */
    { "{\"a\":[]}", "{\"a\":{\"b\":{\"c\":1}}}" },
    { "{\"a\":{\"b\":[ ]}}", "{\"a\":{\"b\":{ \"c\":1 }}}" },
    /* on lines, with the document's own indentation */
    { "{\n  \"x\": 1\n}\n", "{\n  \"x\": 1,\n  \"a\": {\n    \"b\": {\n      "
                            "\"c\": 1\n    }\n  }\n}\n" },
    { "{\n\t\"a\": {\n\t\t\"x\": 1\n\t}\n}",
      "{\n\t\"a\": {\n\t\t\"x\": 1,\n\t\t\"b\": {\n\t\t\t\"c\": "
      "1\n\t\t}\n\t}\n}" },
    { "{\n    \"a\" : {}\n}",
      "{\n    \"a\" : {\n        \"b\" : {\n            \"c\" : 1\n        }\n"
      "    }\n}" },
    { "{\r\n  \"a\": {\r\n    \"b\": []\r\n  }\r\n}\r\n",
      "{\r\n  \"a\": {\r\n    \"b\": {\r\n      \"c\": 1\r\n    }\r\n  "
      "}\r\n}\r\n" },
    { "{\n \"a\": {\n }\n}",
      "{\n \"a\": {\n  \"b\": {\n   \"c\": 1\n  }\n }\n}" },
    /* an object in one line among lines */
    { "{\n  \"a\": {\"x\": 1}\n}",
      "{\n  \"a\": {\"x\": 1, \"b\": {\"c\": 1}}\n}" },
    { "{\"x\": {},\n \"a\": {\"b\": {}}}",
      "{\"x\": {},\n \"a\": {\"b\": {\"c\": 1}}}" },
    { "{\"x\": {},\n  \"y\": {}}", "{\"x\": {},\n  \"y\": {},\n  \"a\": {\n    "
                                   "\"b\": {\n      \"c\": 1\n    "
                                   "}\n  }}" },
    { "{\"x\":\n1}", "{\"x\":\n1, \"a\": {\"b\": {\"c\": 1}}}" },
    /* nothing to go by */
    { "{}", "{\n  \"a\": {\n    \"b\": {\n      \"c\": 1\n    }\n  }\n}" },
    { "[]\n", "{\n  \"a\": {\n    \"b\": {\n      \"c\": 1\n    }\n  }\n}\n" },
    { "{\n}\n",
      "{\n  \"a\": {\n    \"b\": {\n      \"c\": 1\n    }\n  }\n}\n" },
    /* what only looks like the name */
    { "{\"a\\u0000\":{\"b\":{}}}",
      "{\"a\\u0000\":{\"b\":{}},\"a\":{\"b\":{\"c\":1}}}" },
    { "{\"x\":\"\\\"a\\\":{\\\"b\\\":{}}\",\"a\":{\"b\":{\"cc\":0}}}",
      "{\"x\":\"\\\"a\\\":{\\\"b\\\":{}}\",\"a\":{\"b\":{\"cc\":0,\"c\":1}}}" },
};

START_TEST(what_is_inserted_looks_like_what_is_beside_it)
{
    ck_assert_int_eq(edit(layouts[_i][0], a_b_c, 3, "1"), JSON_EDITED);
    ck_assert_str_eq(edited.text, layouts[_i][1]);
    ck_assert_uint_eq(edited.len, strlen(edited.text));
    ck_assert_ptr_null(edited.twice.text);
    root_of(edited.text);
    /* Once there, it is there. */
    ck_assert_int_eq(edit(layouts[_i][1], a_b_c, 3, "1"), JSON_AS_WANTED);
    ck_assert_ptr_null(edited.text);
}
END_TEST

START_TEST(of_a_name_given_twice_the_last_is_edited_and_told)
{
    static const char text[] =
        "{\"a\":{\"b\":{\"c\":0}},\"a\":{\"b\":{\"c\":0}}}";

    ck_assert_int_eq(edit(text, a_b_c, 3, "1"), JSON_EDITED);
    ck_assert_str_eq(edited.text,
                     "{\"a\":{\"b\":{\"c\":0}},\"a\":{\"b\":{\"c\":1}}}");
    ck_assert_ptr_eq(edited.twice.text, strrchr(text, 'a') - 1);
    ck_assert_uint_eq(edited.twice.len, 3);
}
END_TEST

START_TEST(what_is_no_object_is_not_made_one)
{
    static const char *const texts[] = { "1", "[1]", "{\"a\":null}",
                                         "{\"a\":{\"b\":\"\"}}",
                                         "{\"a\":{\"b\":[{\"c\":0}]}}" };

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        ck_assert_int_eq(edit(texts[i], a_b_c, 3, "1"), JSON_NO_TABLE);
        ck_assert_ptr_null(edited.text);
    }
}
END_TEST

START_TEST(a_name_is_written_so_that_it_is_read_again)
{
    static const char bytes[] = "\"\\/\x01\n\x7f\xc3\xa4";
    const char *const names[] = { bytes };
    struct json_value root, name, value;

    ck_assert_int_eq(edit("{}", names, 1, "2"), JSON_EDITED);
    root = root_of(edited.text);
    ck_assert_uint_eq(json_find(&root, bytes, &name, &value), 1);
}
END_TEST

/* --- Documents made at random -------------------------------------------- */

/* As in C's standard, so that every machine makes the same documents. */
static unsigned state;

static unsigned pick(unsigned below)
{
    state = state * 1103515245 + 12345;
    return (state >> 16) % below;
}

/* How a document is written: by json-c, by Lua's encoder, by hand. */
struct style {
    const char *end_of_line; /* "": all on one line */
    const char *unit;
    const char *colon;
    const char *comma;
    bool is_empty_array; /* of an empty object */
    bool is_uneven;      /* blanks anywhere */
};

static const struct style styles[] = {
    { "\n", "  ", ":", ",", false, false },
    { "\n", "  ", ": ", ",", false, false },
    { "\r\n", "\t", " : ", ",", false, false },
    { "\n", "    ", ": ", ",", true, false },
    { "", "", ":", ",", true, false },
    { "", "", ": ", ", ", false, false },
    { "", "", ":", ",", true, true },
    { "\n", " ", ": ", ",", false, true },
};
#define STYLES ((int)(sizeof styles / sizeof *styles))

static void put_blank(FILE *to, const struct style *style)
{
    static const char *const blanks[] = { " ", "\t", "  \n", "\r\n", "", "" };

    if (style->is_uneven)
        fputs(blanks[pick(6)], to);
}

static void put_line(FILE *to, const struct style *style, unsigned depth)
{
    fputs(style->end_of_line, to);
    for (; depth > 0 && style->end_of_line[0] != '\0'; depth--)
        fputs(style->unit, to);
    put_blank(to, style);
}

/* What readers that make objects of a document lose. */
static const char *const scalars[] = {
    "18446744073709551616",
    "-1.0e5",
    "1E+400",
    "0.10",
    "-0",
    "\"\\ud800\"",
    "\"\\u0000\"",
    "\"\\/\\u00e4\xc3\xa4\"",
    "\"{\\\"config\\\":[\"",
    "null",
    "true",
    "\"\"",
};

/* Names of the path too, and some that only look like them. */
static const char *const names[] = {
    "\"config\"",  "\"flow\"",          "\"check\"",       "\"all\"",
    "\"enabled\"", "\"config\\u0000\"", "\"flow\\u0000\"", "\"host\"",
    "\"\"",        "\"\\ud800\"",       "\"x\\u0000y\"",   "\"x\\u0000z\"",
};

/* What leads to the value. */
static const char *const path[] = { "config", "flow", "check", "all",
                                    "enabled" };
#define PATH_LEN 5

static void put_value(FILE *to, const struct style *style, unsigned depth);

static void put_other_name(FILE *to, unsigned level)
{
    const char *name;

    do
        name = names[pick(sizeof names / sizeof *names)];
    while (level < PATH_LEN && strlen(name) == strlen(path[level]) + 2 &&
           strncmp(name + 1, path[level], strlen(path[level])) == 0);
    fputs(name, to);
}

static void put_empty(FILE *to, const struct style *style)
{
    putc(style->is_empty_array ? '[' : '{', to);
    put_blank(to, style);
    putc(style->is_empty_array ? ']' : '}', to);
}

/*
 * An object. At a level of the path it may have the next name, once; beyond,
 * any names, any number of times.
 */
static void put_object(FILE *to, const struct style *style, unsigned depth,
                       unsigned level)
{
    unsigned count = pick(4), on_path = level < PATH_LEN ? pick(6) : 4;

    if (on_path < 4 && on_path >= count)
        count = on_path + 1;
    if (count == 0) {
        put_empty(to, style);
        return;
    }
    putc('{', to);
    for (unsigned i = 0; i < count; i++) {
        if (i > 0)
            fputs(style->comma, to);
        put_line(to, style, depth + 1);
        if (i == on_path)
            fprintf(to, "\"%s\"", path[level]);
        else
            put_other_name(to, level);
        put_blank(to, style);
        fputs(style->colon, to);
        put_blank(to, style);
        if (i != on_path)
            put_value(to, style, depth + 1);
        else if (level + 1 < PATH_LEN)
            put_object(to, style, depth + 1, level + 1);
        else
            fputs(pick(2) ? "true" : "false", to);
    }
    put_line(to, style, depth);
    putc('}', to);
}

static void put_value(FILE *to, const struct style *style, unsigned depth)
{
    if (depth < 8 && pick(3) == 0) {
        put_object(to, style, depth, PATH_LEN);
    } else if (pick(5) == 0) {
        fputs("[1,[],", to);
        fputs(scalars[pick(sizeof scalars / sizeof *scalars)], to);
        putc(']', to);
    } else {
        fputs(scalars[pick(sizeof scalars / sizeof *scalars)], to);
    }
}

static char *make_document(unsigned seed)
{
    const struct style *style = &styles[seed % (unsigned)STYLES];
    char *text = NULL;
    size_t len;
    FILE *to = open_memstream(&text, &len);

    state = seed;
    put_blank(to, style);
    put_object(to, style, 0, 0);
    fputs(style->end_of_line, to);
    fclose(to);
    return text;
}

/* The value at the path as JSON text, or "". */
static void find_value(const char *text, char *found, size_t size)
{
    struct json_value at = root_of(text), name;

    for (size_t i = 0; i < PATH_LEN; i++)
        if (json_find(&at, path[i], &name, &at) == 0)
            at = (struct json_value){ "", 0 };
    snprintf(found, size, "%.*s", (int)at.len, at.text);
}

static char *set(const char *text, const char *value)
{
    char found[16], *copy;
    enum json_edit_result result = edit(text, path, PATH_LEN, value);

    if (result == JSON_AS_WANTED)
        return strdup(text);
    ck_assert_msg(result == JSON_EDITED, "%s", text);
    find_value(edited.text, found, sizeof found);
    ck_assert_msg(strcmp(found, value) == 0, "%s\nbecame\n%s", text,
                  edited.text);
    copy = strdup(edited.text);
    free_edited();
    return copy;
}

/* Bytes at the start, and at the end, that both have. */
static size_t same_start(const char *a, const char *b)
{
    size_t n = 0;

    while (a[n] != '\0' && a[n] == b[n])
        n++;
    return n;
}

static size_t same_end(const char *a, const char *b, size_t start)
{
    size_t a_len = strlen(a), b_len = strlen(b), n = 0;

    while (n < a_len - start && n < b_len - start &&
           a[a_len - n - 1] == b[b_len - n - 1])
        n++;
    return n;
}

/*
 * That one place was changed, and what was there before is gone only if it was
 * the old value, or the brackets of an empty array.
 */
static void expect_one_change(const char *before, const char *after)
{
    size_t start = same_start(before, after);
    size_t end = same_end(before, after, start);
    char gone[32];

    snprintf(gone, sizeof gone, "%.*s", (int)(strlen(before) - start - end),
             before + start);
    if (gone[0] == '[')
        ck_assert_msg(gone[1 + strspn(gone + 1, " \t\r\n")] == ']' ||
                          gone[1 + strspn(gone + 1, " \t\r\n")] == '\0',
                      "%s\nbecame\n%s", before, after);
    else
        ck_assert_msg(strstr("true", gone) || strstr("false", gone) ||
                          gone[strspn(gone, " \t\r\n")] == '\0',
                      "%s\nlost '%s' and became\n%s", before, gone, after);
}

/* Enabled, disabled, enabled: the first may insert, the others replace. */
static void expect_promises(unsigned seed)
{
    char *text = make_document(seed);
    char *enabled = set(text, "true");
    char *disabled = set(enabled, "false");
    char *again = set(disabled, "true");
    size_t start = same_start(enabled, disabled);

    expect_one_change(text, enabled);
    ck_assert_str_eq(again, enabled);
    ck_assert_int_eq(strncmp(enabled + start, "true", 4), 0);
    ck_assert_int_eq(strncmp(disabled + start, "false", 5), 0);
    ck_assert_str_eq(enabled + start + 4, disabled + start + 5);
    free(text);
    free(enabled);
    free(disabled);
    free(again);
}

START_TEST(any_document_keeps_every_byte_but_those_of_the_value)
{
    for (unsigned seed = 0; seed < 500; seed++)
        expect_promises(seed * (unsigned)STYLES + (unsigned)_i);
}
END_TEST

#define ROWS(table) (int)(sizeof(table) / sizeof(table)[0])

int main(void)
{
    Suite *suite = suite_create("json_edit");
    TCase *tests = tcase_create("json_edit");

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, NULL, free_edited);
    tcase_add_loop_test(tests, what_is_inserted_looks_like_what_is_beside_it, 0,
                        ROWS(layouts));
    tcase_add_test(tests, of_a_name_given_twice_the_last_is_edited_and_told);
    tcase_add_test(tests, what_is_no_object_is_not_made_one);
    tcase_add_test(tests, a_name_is_written_so_that_it_is_read_again);
    tcase_add_loop_test(
        tests, any_document_keeps_every_byte_but_those_of_the_value, 0, STYLES);
    return run_suite(suite);
}
