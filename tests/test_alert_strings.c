/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How long the strings of an alert may be, and which of their characters reach
 * a terminal: host/alert_record.h. The other promises: test_alert_record.c.
 */
#include <check.h>
#include <json.h>
#include <stdlib.h>
#include <string.h>

#include "alert_record.h"
#include "run_suite.h"

#define COUNT(array) (int)(sizeof(array) / sizeof(array)[0])
#define FFFD "\xEF\xBF\xBD"
#define EURO "\xE2\x82\xAC"
#define CUT " [cut]"

static struct fc_http http;
static struct fc_flow flow;
static struct fc_alert alert;

static const struct fc_check check = { .key = "custom_lua_script" };

static struct alert_record record;
static bool for_terminal;

static void set_message(const char *message)
{
    alert.message = message;
    alert.message_len = strlen(message);
}

/* The longest message that there may be, made of such characters. */
static void set_longest(const char *character)
{
    static char message[FC_MESSAGE_MAX + 1];
    size_t len = strlen(character);

    memset(message, '!', FC_MESSAGE_MAX);
    for (size_t i = 0; i + len <= FC_MESSAGE_MAX; i += len)
        memcpy(message + i, character, len);
    set_message(message);
}

static void make_record(void)
{
    http = (struct fc_http){ .url = "a/" };
    flow = (struct fc_flow){
        .ip_version = 4,
        .l7_proto_name = "HTTP",
        .http = &http,
    };
    alert = (struct fc_alert){ .score = 75, .script = "my.lua" };
    record = (struct alert_record){
        .flow = &flow,
        .alert = &alert,
        .check = &check,
        .interface = "eth0",
        .community_id = "1:abc=",
    };
    for_terminal = false;
}

static char written[65536];

static const char *write_json(void)
{
    FILE *to = fmemopen(written, sizeof written, "w");

    ck_assert_int_eq(alert_json_write(&record, for_terminal, to), 0);
    ck_assert_int_eq(fclose(to), 0);
    return written;
}

static const char *write_row(void)
{
    struct alert_table table;
    FILE *to = fmemopen(written, sizeof written, "w");

    alert_table_start(&table, 100);
    ck_assert_int_eq(alert_table_write(&table, &record, to), 0);
    ck_assert_int_eq(fclose(to), 0);
    return written;
}

/* Whether a text ends so. */
static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text);

    return len >= strlen(end) && strcmp(text + len - strlen(end), end) == 0;
}

/* A string of the record, as a reader of the JSON gets it; until the next. */
static const char *read_back(const char *name)
{
    static char text[65536];
    struct json_object *object = json_tokener_parse(write_json());
    struct json_object *value;

    ck_assert(json_object_object_get_ex(object, name, &value));
    strcpy(text, json_object_get_string(value));
    json_object_put(object);
    return text;
}

/* --- Lengths ------------------------------------------------------------- */

START_TEST(the_longest_message_is_written_whole)
{
    static const char *const characters[] = { "a", EURO, "\xF0\x9F\x98\x80",
                                              "\xC3\xA9" };

    set_longest(characters[_i]);
    ck_assert_str_eq(read_back("message"), alert.message);
    ck_assert_ptr_nonnull(strstr(write_row(), alert.message));
}
END_TEST

/* U+FFFD stands for each of them, and has three bytes. */
START_TEST(a_message_of_bad_bytes_is_no_longer_than_promised)
{
    set_longest("\xFF");
    ck_assert_uint_eq(strlen(read_back("message")),
                      (FC_MESSAGE_MAX - 6) / 3 * 3 + 6);
    ck_assert(ends_with(read_back("message"), FFFD FFFD CUT));
    ck_assert(ends_with(write_row(), FFFD FFFD CUT "\n"));
}
END_TEST

START_TEST(a_message_is_cut_between_characters)
{
    static const char *const characters[] = { "a\xFF", EURO "\xFF",
                                              "\xFF\xF0\x9F\x98\x80",
                                              "ab" EURO "\x80" };
    const char *message;

    set_longest(characters[_i]);
    message = read_back("message");
    ck_assert_uint_le(strlen(message), FC_MESSAGE_MAX);
    ck_assert_uint_gt(strlen(message), FC_MESSAGE_MAX - 4);
    ck_assert(ends_with(message, CUT));
    /* No character was halved: only the bad bytes were replaced. */
    for (const char *at = message; (at = strstr(at, FFFD)) != NULL; at += 3)
        ck_assert(strncmp(at + 3, FFFD, 3) != 0);
}
END_TEST

START_TEST(as_many_bad_bytes_as_there_is_room_for_are_whole)
{
    static char message[FC_MESSAGE_MAX];

    memset(message, '\xFF', FC_MESSAGE_MAX / 3);
    message[FC_MESSAGE_MAX / 3] = 'a';
    set_message(message);
    ck_assert_uint_eq(strlen(read_back("message")), FC_MESSAGE_MAX);
    ck_assert(ends_with(read_back("message"), FFFD "a"));
    message[FC_MESSAGE_MAX / 3 + 1] = 'a';
    set_message(message);
    ck_assert_uint_le(strlen(read_back("message")), FC_MESSAGE_MAX);
    ck_assert(ends_with(read_back("message"), FFFD CUT));
    message[FC_MESSAGE_MAX / 3] = '\xFF';
    message[FC_MESSAGE_MAX / 3 + 1] = '\0';
    set_message(message);
    ck_assert_uint_le(strlen(read_back("message")), FC_MESSAGE_MAX);
    ck_assert(ends_with(read_back("message"), FFFD CUT));
}
END_TEST

/* As the module cuts and marks it, when a script's is longer. */
START_TEST(a_message_that_was_cut_before_is_marked_once)
{
    static char message[FC_MESSAGE_MAX + 1];

    memset(message, '\xFF', FC_MESSAGE_MAX);
    memcpy(message + FC_MESSAGE_MAX - 6, CUT, 6);
    set_message(message);
    ck_assert(ends_with(read_back("message"), FFFD CUT));
    ck_assert_uint_le(strlen(read_back("message")), FC_MESSAGE_MAX);
}
END_TEST

/* Escapes belong to JSON, not to the text. */
START_TEST(escapes_are_not_counted)
{
    set_longest("\x01");
    ck_assert_str_eq(read_back("message"), alert.message);
    ck_assert_uint_gt(strlen(write_json()), 6 * FC_MESSAGE_MAX);
}
END_TEST

START_TEST(no_string_of_a_record_is_longer_than_a_message)
{
    static const char *const names[] = { "info",   "proto.ndpi",   "script",
                                         "ifname", "community_id", "message" };
    static char longest[65536];

    memset(longest, _i == 0 ? 'a' : '\xFF', sizeof longest - 1);
    http.url = longest;
    flow.l7_proto_name = longest;
    alert.script = longest;
    record.interface = longest;
    record.community_id = longest;
    set_longest(_i == 0 ? "a" : "\xFF");
    for (int i = 0; i < COUNT(names); i++) {
        size_t len = strlen(read_back(names[i]));

        ck_assert_uint_le(len, FC_MESSAGE_MAX);
        ck_assert_uint_gt(len, FC_MESSAGE_MAX - 3);
    }
}
END_TEST

/* --- Characters that nobody sees ----------------------------------------- */

/* What turns direction, an end of a line, a tag, DEL, a control of C1. */
#define SLY            \
    "a\xE2\x80\xAE"    \
    "b\xE2\x80\xA8"    \
    "\xF3\xA0\x81\x81" \
    "\x7F\xC2\x9B"

START_TEST(a_table_shows_them_by_number)
{
    static const char shown[] = "a\\u202Eb\\u2028\\U000E0041\\x7F\\x9B";

    set_message(SLY);
    flow.l7_proto_name = SLY;
    ck_assert_ptr_nonnull(strstr(write_row(), shown));
    ck_assert_ptr_nonnull(strstr(strstr(written, shown) + 1, shown));
    ck_assert_ptr_null(strstr(written, "\xE2"));
}
END_TEST

START_TEST(json_keeps_them)
{
    set_message(SLY);
    ck_assert_ptr_nonnull(strstr(write_json(), "a\xE2\x80\xAE"
                                               "b"));
    ck_assert_str_eq(read_back("message"), SLY);
}
END_TEST

START_TEST(json_for_a_terminal_says_the_same_without_them)
{
    for_terminal = true;
    set_message(SLY);
    ck_assert_ptr_nonnull(strstr(
        write_json(), "\"a\\u202eb\\u2028\\udb40\\udc41\\u007f\\u009b\""));
    ck_assert_str_eq(read_back("message"), SLY);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("alert strings");
    TCase *tests = tcase_create("alert strings");

    tcase_add_checked_fixture(tests, make_record, NULL);
    tcase_add_loop_test(tests, the_longest_message_is_written_whole, 0, 4);
    tcase_add_test(tests, a_message_of_bad_bytes_is_no_longer_than_promised);
    tcase_add_loop_test(tests, a_message_is_cut_between_characters, 0, 4);
    tcase_add_test(tests, as_many_bad_bytes_as_there_is_room_for_are_whole);
    tcase_add_test(tests, a_message_that_was_cut_before_is_marked_once);
    tcase_add_test(tests, escapes_are_not_counted);
    tcase_add_loop_test(tests, no_string_of_a_record_is_longer_than_a_message,
                        0, 2);
    tcase_add_test(tests, a_table_shows_them_by_number);
    tcase_add_test(tests, json_keeps_them);
    tcase_add_test(tests, json_for_a_terminal_says_the_same_without_them);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
