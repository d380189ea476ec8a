/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How an alert reads, as host/alert_record.h promises: JSON is judged by
 * parsing it back, a table by its lines.
 */
#include <arpa/inet.h>
#include <check.h>
#include <json.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>

#include "alert_record.h"
#include "run_suite.h"

#define FFFD "\xEF\xBF\xBD"

/* --- The record of each test --------------------------------------------- */

static struct fc_dns dns;
static struct fc_http http;
static struct fc_tls tls;
static struct fc_flow flow;
static struct fc_alert alert;

static const struct fc_check check = {
    .key = "custom_lua_script",
    .alert_id = 87,
    .alert_category = 1,
};

static struct alert_record record;
static struct alert_table table;

static void set_addresses(const char *client, const char *server)
{
    bool is_ipv6 = strchr(client, ':') != NULL;
    int family = is_ipv6 ? AF_INET6 : AF_INET;

    flow.ip_version = is_ipv6 ? 6 : 4;
    ck_assert_int_eq(inet_pton(family, client, flow.cli_addr), 1);
    ck_assert_int_eq(inet_pton(family, server, flow.srv_addr), 1);
}

static void set_message(const char *message)
{
    alert.message = message;
    alert.message_len = strlen(message);
}

static void make_record(void)
{
    flow = (struct fc_flow){
        .flags = FC_FLOW_CLI_LOCAL | FC_FLOW_UNICAST,
        .l4_proto = 6,
        .vlan_id = 785,
        .cli_port = 50123,
        .srv_port = 443,
        .cli2srv_bytes = 1001,
        .srv2cli_bytes = 2002,
        .cli2srv_packets = 11,
        .srv2cli_packets = 12,
        .first_seen = 1709251198500000,
        .last_seen = 1709251199999999,
        .l7_master_proto = 91,
        .l7_proto = 126,
        .l7_proto_name = "TLS.Google",
    };
    set_addresses("192.168.1.10", "142.250.180.78");
    alert = (struct fc_alert){ .score = 75, .script = "/usr/share/my.lua" };
    set_message("a message");
    record = (struct alert_record){
        .flow = &flow,
        .alert = &alert,
        .check = &check,
        .hook = FC_HOOK_DETECTED,
        .time = 1709251199000001, /* 2024-02-29 23:59:59.000001 UTC */
        .interface = "eth0",
        .community_id = "1:abc=",
    };
    alert_table_start(&table, 100);
}

/* Gives the flow one of each kind of metadata. */
static void set_metadata(const char *query, const char *url, const char *sni)
{
    dns.query = query;
    http.url = url;
    tls.sni = sni;
    flow.dns = &dns;
    flow.http = &http;
    flow.tls = &tls;
}

/* --- What is written ----------------------------------------------------- */

static char written[65536];

static const char *write_json(void)
{
    FILE *to = fmemopen(written, sizeof written, "w");

    ck_assert_int_eq(alert_json_write(&record, false, to), 0);
    ck_assert_int_eq(fclose(to), 0);
    return written;
}

/* Writes a row after those that were written before. */
static const char *add_row(void)
{
    FILE *to = fmemopen(written, sizeof written, table.day[0] ? "a" : "w");

    ck_assert_int_eq(alert_table_write(&table, &record, to), 0);
    ck_assert_int_eq(fclose(to), 0);
    return written;
}

static size_t count_lines(const char *text)
{
    size_t count = 0;

    for (; *text != '\0'; text++)
        count += *text == '\n';
    return count;
}

/* The record written as JSON, parsed back; json_object_put it. */
static struct json_object *parse_json(void)
{
    struct json_tokener *tokener = json_tokener_new();
    const char *line = write_json();
    struct json_object *object;

    json_tokener_set_flags(tokener,
                           JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    object = json_tokener_parse_ex(tokener, line, (int)strlen(line) + 1);
    ck_assert_msg(object != NULL, "%s", line);
    ck_assert_uint_eq(count_lines(line), 1);
    json_tokener_free(tokener);
    return object;
}

/* A field's value must be this JSON; NULL: there must be no such field. */
static void expect_field(const char *name, const char *json)
{
    struct json_object *object = parse_json(), *value = NULL;
    bool found = json_object_object_get_ex(object, name, &value);

    ck_assert_msg(found == (json != NULL), "%s", written);
    if (found)
        ck_assert_str_eq(json_object_to_json_string_ext(
                             value, JSON_C_TO_STRING_NOSLASHESCAPE),
                         json);
    json_object_put(object);
}

static void expect_text(const char *name, const char *text)
{
    char json[256];

    snprintf(json, sizeof json, "\"%s\"", text);
    expect_field(name, json);
}

static void expect_number(const char *name, int64_t number)
{
    char json[32];

    snprintf(json, sizeof json, "%lld", (long long)number);
    expect_field(name, json);
}

/* What is written must hold a text. Returns where. */
static const char *expect_written(const char *text)
{
    const char *at = strstr(written, text);

    ck_assert_msg(at != NULL, "no %s in\n%s", text, written);
    return at;
}

/* In which column a text begins that is written, or the end of what is. */
static size_t get_column(const char *text)
{
    const char *at = expect_written(text);
    size_t column = 0;

    while (at > written && at[-1] != '\n')
        column += (*--at & 0xC0) != 0x80;
    return column;
}

/* The width of the widest line that is written. */
static size_t get_width(void)
{
    size_t width = 0, widest = 0;

    for (const char *at = written; *at != '\0'; at++) {
        width = *at == '\n' ? 0 : width + ((*at & 0xC0) != 0x80);
        widest = width > widest ? width : widest;
    }
    return widest;
}

/* --- JSON ---------------------------------------------------------------- */

START_TEST(a_record_has_these_fields_in_this_order)
{
    set_metadata(NULL, NULL, "www.google.com");
    ck_assert_str_eq(
        write_json(),
        "{\"timestamp\":\"2024-02-29T23:59:59.000001Z\","
        "\"tstamp\":1709251199,\"alert_id\":87,\"alert_category\":1,"
        "\"check\":\"custom_lua_script\",\"hook\":\"detected\",\"score\":75,"
        "\"cli_score\":37,\"srv_score\":38,\"severity\":\"warning\","
        "\"message\":\"a message\",\"script\":\"my.lua\","
        "\"cli_ip\":\"192.168.1.10\",\"cli_port\":50123,"
        "\"srv_ip\":\"142.250.180.78\",\"srv_port\":443,\"proto\":6,"
        "\"vlan_id\":785,\"ip_version\":4,\"direction\":\"local2remote\","
        "\"l7_master_proto\":91,\"l7_proto\":126,"
        "\"proto.ndpi\":\"TLS.Google\",\"info\":\"www.google.com\","
        "\"cli2srv_bytes\":1001,\"srv2cli_bytes\":2002,"
        "\"cli2srv_packets\":11,\"srv2cli_packets\":12,"
        "\"first_seen\":1709251198,\"last_seen\":1709251199,"
        "\"community_id\":\"1:abc=\",\"ifname\":\"eth0\"}\n");
}
END_TEST

START_TEST(what_is_not_known_is_left_out)
{
    alert.script = NULL;
    record.community_id = NULL;
    expect_field("script", NULL);
    expect_field("community_id", NULL);
    expect_field("info", NULL);
    set_metadata(NULL, NULL, NULL);
    expect_field("info", NULL);
}
END_TEST

START_TEST(info_is_the_query_else_the_url_else_the_sni)
{
    set_metadata("example.org", "example.org/a?b", "sni.example.org");
    expect_text("info", "example.org");
    set_metadata(NULL, "example.org/a?b", "sni.example.org");
    expect_text("info", "example.org/a?b");
    set_metadata(NULL, NULL, "sni.example.org");
    expect_text("info", "sni.example.org");
}
END_TEST

START_TEST(a_script_is_named_without_directories)
{
    alert.script = "plain.lua";
    expect_text("script", "plain.lua");
    alert.script = "../a/b.lua";
    expect_text("script", "b.lua");
}
END_TEST

START_TEST(each_hook_has_its_name)
{
    static const char *const names[FC_HOOKS] = { "detected", "periodic",
                                                 "end" };

    for (int hook = 0; hook < FC_HOOKS; hook++) {
        record.hook = (enum fc_hook)hook;
        expect_text("hook", names[hook]);
    }
}
END_TEST

START_TEST(directions_are_spelled_as_documented)
{
    flow.flags = FC_FLOW_UNICAST;
    expect_text("direction", "remote2remote");
    flow.flags = FC_FLOW_CLI_LOCAL;
    expect_text("direction", "local2remote");
    flow.flags = FC_FLOW_SRV_LOCAL | FC_FLOW_UNICAST;
    expect_text("direction", "remote2local");
    flow.flags = FC_FLOW_CLI_LOCAL | FC_FLOW_SRV_LOCAL;
    expect_text("direction", "local2local");
}
END_TEST

START_TEST(the_score_is_shared_by_both_ends)
{
    for (int score = 0; score <= FC_SCORE_MAX; score += 25) {
        alert.score = score;
        expect_number("score", score);
        expect_number("cli_score", score / 2);
        expect_number("srv_score", score - score / 2);
    }
}
END_TEST

START_TEST(severities_begin_at_their_scores)
{
    static const struct {
        int from, to;
        const char *name;
    } cases[] = {
        { 0, 0, "none" },          { 1, 9, "info" },
        { 10, 49, "notice" },      { 50, 99, "warning" },
        { 100, 199, "error" },     { 200, 249, "critical" },
        { 250, 250, "emergency" }, { INT_MAX - 1, INT_MAX - 1, "emergency" },
        { -1, -1, "none" },        { INT_MIN, INT_MIN, "none" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (int score = cases[i].from; score <= cases[i].to; score++)
            ck_assert_str_eq(alert_severity(score), cases[i].name);
    }
}
END_TEST

START_TEST(addresses_are_written_as_rfc_5952_says)
{
    set_addresses("2001:DB8:0:0:0:0:0:1", "::ffff:10.0.0.1");
    expect_text("cli_ip", "2001:db8::1");
    expect_text("srv_ip", "::ffff:10.0.0.1");
    expect_number("ip_version", 6);
}
END_TEST

START_TEST(counters_are_exact_up_to_64_bits)
{
    flow.cli2srv_bytes = UINT64_MAX;
    flow.srv2cli_packets = (UINT64_C(1) << 53) + 1;
    expect_field("cli2srv_bytes", "18446744073709551615");
    expect_field("srv2cli_packets", "9007199254740993");
}
END_TEST

static void expect_time(int64_t time, const char *timestamp, int64_t tstamp)
{
    record.time = time;
    expect_text("timestamp", timestamp);
    expect_number("tstamp", tstamp);
}

START_TEST(times_are_told_to_the_microsecond)
{
    expect_time(0, "1970-01-01T00:00:00.000000Z", 0);
    expect_time(1, "1970-01-01T00:00:00.000001Z", 0);
    expect_time(951782400999999, "2000-02-29T00:00:00.999999Z", 951782400);
    expect_time(4102444800000000, "2100-01-01T00:00:00.000000Z", 4102444800);
}
END_TEST

START_TEST(times_before_1970_are_rounded_down)
{
    expect_time(-1, "1969-12-31T23:59:59.999999Z", -1);
    expect_time(-1000000, "1969-12-31T23:59:59.000000Z", -1);
    expect_time(-1000001, "1969-12-31T23:59:58.999999Z", -2);
    flow.first_seen = flow.last_seen = -1;
    expect_number("first_seen", -1);
    expect_number("last_seen", -1);
}
END_TEST

START_TEST(absurd_times_read_as_the_nearest_there_is)
{
    static const char first[] = "0000-01-01T00:00:00.000000Z";
    static const char last[] = "9999-12-31T23:59:59.999999Z";

    expect_time(INT64_C(253402300799999999), last, 253402300799);
    expect_time(INT64_C(253402300800000000), last, 253402300800);
    expect_time(INT64_MAX, last, 9223372036854);
    expect_time(INT64_C(-62167219200000000), first, -62167219200);
    expect_time(INT64_C(-62167219200000001), first, -62167219201);
    expect_time(INT64_MIN, first, -9223372036855);
}
END_TEST

START_TEST(a_message_of_any_bytes_is_one_line_of_valid_utf8)
{
    char bytes[256], expected[TEXT_UTF8_MAX(sizeof bytes)];
    struct json_object *object, *message = NULL;
    size_t len;

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)i;
    alert.message = bytes;
    alert.message_len = sizeof bytes;
    len = text_utf8(expected, bytes, sizeof bytes);
    object = parse_json();
    json_object_object_get_ex(object, "message", &message);
    ck_assert_uint_eq((size_t)json_object_get_string_len(message), len);
    ck_assert_mem_eq(json_object_get_string(message), expected, len);
    json_object_put(object);
}
END_TEST

START_TEST(control_characters_are_escaped_and_slashes_are_not)
{
    set_message("\x1B[2J\n\"\\ https://a/");
    write_json();
    expect_written("\"message\":\"\\u001b[2J\\n\\\"\\\\ https://a/\"");
}
END_TEST

START_TEST(strings_of_traffic_become_valid_utf8_too)
{
    set_metadata(NULL, "a/\xFF", NULL);
    flow.l7_proto_name = "TLS\xC0";
    alert.script = "\x80.lua";
    record.interface = "caf\xE9.pcap";
    record.community_id = "1:\xFE";
    expect_text("info", "a/" FFFD);
    expect_text("proto.ndpi", "TLS" FFFD);
    expect_text("script", FFFD ".lua");
    expect_text("ifname", "caf" FFFD ".pcap");
    expect_text("community_id", "1:" FFFD);
}
END_TEST

START_TEST(an_empty_message_may_be_null)
{
    alert.message = NULL;
    alert.message_len = 0;
    expect_text("message", "");
    add_row();
    expect_written("TLS.Google\n");
}
END_TEST

/* --- Table --------------------------------------------------------------- */

START_TEST(a_table_is_a_heading_days_and_rows)
{
    set_message("short");
    add_row();
    record.time += 1000000;
    alert.score = 250;
    add_row();
    add_row();
    ck_assert_str_eq(
        written,
        "Time UTC  Score  Severity   Client -> server                  "
        "Protocol  Message\n"
        "2024-02-29\n"
        "23:59:59     75  warning    192.168.1.10:50123 -> "
        "142.250.180.78:443  TLS.Google  short\n"
        "2024-03-01\n"
        "00:00:00    250  emergency  192.168.1.10:50123 -> "
        "142.250.180.78:443  TLS.Google  short\n"
        "00:00:00    250  emergency  192.168.1.10:50123 -> "
        "142.250.180.78:443  TLS.Google  short\n");
}
END_TEST

START_TEST(a_message_without_room_has_a_line_of_its_own)
{
    set_message("a message of more words than there is room for beside them");
    set_addresses("192.168.100.101", "142.250.180.178");
    add_row();
    ck_assert_uint_le(get_width(), 100);
    ck_assert_uint_eq(get_column(alert.message), 2);
    ck_assert_uint_eq(count_lines(written), 4);
}
END_TEST

START_TEST(the_longest_ipv6_addresses_fit_in_100_columns)
{
    static const char address[] = "2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff";

    set_addresses(address, address);
    flow.srv_port = 50443;
    add_row();
    ck_assert_uint_le(get_width(), 100);
    ck_assert_uint_eq(get_column("[2001"), 2);
    ck_assert_uint_eq(get_column("23:59:59"), 0);
}
END_TEST

START_TEST(ipv6_addresses_have_brackets_when_they_have_ports)
{
    set_addresses("2001:db8::1", "2001:db8::2");
    add_row();
    expect_written(" [2001:db8::1]:50123 -> [2001:db8::2]:443 ");
    flow.cli_port = flow.srv_port = 0;
    add_row();
    expect_written(" 2001:db8::1 -> 2001:db8::2 ");
}
END_TEST

START_TEST(columns_grow_with_their_cells_and_stay_aligned)
{
    set_message("one");
    add_row();
    set_addresses("10.0.0.1", "10.0.0.2");
    flow.l7_proto_name = "\xC3\xA9\xE2\x82\xAC";
    set_message("two");
    add_row();
    ck_assert_uint_eq(get_column("one"), get_column("two"));
}
END_TEST

START_TEST(a_cell_wider_than_its_column_moves_its_own_row_only)
{
    set_addresses("2001:db8::aaaa:bbbb:1", "2001:db8::aaaa:bbbb:2");
    set_message("one");
    add_row();
    set_addresses("10.0.0.1", "10.0.0.2");
    set_message("two");
    add_row();
    ck_assert_uint_eq(get_column("two"), 28 + 32 + 2 + 10 + 2);
}
END_TEST

START_TEST(a_table_shows_control_characters)
{
    set_message("\x1B[2J\ngone\xC2\x9B");
    flow.l7_proto_name = "X\r";
    add_row();
    expect_written("\\x1B[2J\\x0Agone\\x9B\n");
    expect_written("X\\x0D");
    ck_assert_uint_eq(count_lines(written), 3);
}
END_TEST

START_TEST(a_table_survives_absurd_times_and_scores)
{
    record.time = INT64_MIN;
    alert.score = INT_MIN;
    add_row();
    expect_written("0000-01-01\n00:00:00  -2147483648  none");
    record.time = INT64_MAX;
    alert.score = INT_MAX;
    add_row();
    expect_written("9999-12-31\n23:59:59  2147483647  emergency");
}
END_TEST

static void add_json_tests(TCase *tests)
{
    tcase_add_test(tests, a_record_has_these_fields_in_this_order);
    tcase_add_test(tests, what_is_not_known_is_left_out);
    tcase_add_test(tests, info_is_the_query_else_the_url_else_the_sni);
    tcase_add_test(tests, a_script_is_named_without_directories);
    tcase_add_test(tests, each_hook_has_its_name);
    tcase_add_test(tests, directions_are_spelled_as_documented);
    tcase_add_test(tests, the_score_is_shared_by_both_ends);
    tcase_add_test(tests, severities_begin_at_their_scores);
    tcase_add_test(tests, addresses_are_written_as_rfc_5952_says);
    tcase_add_test(tests, counters_are_exact_up_to_64_bits);
    tcase_add_test(tests, times_are_told_to_the_microsecond);
    tcase_add_test(tests, times_before_1970_are_rounded_down);
    tcase_add_test(tests, absurd_times_read_as_the_nearest_there_is);
    tcase_add_test(tests, a_message_of_any_bytes_is_one_line_of_valid_utf8);
    tcase_add_test(tests, control_characters_are_escaped_and_slashes_are_not);
    tcase_add_test(tests, strings_of_traffic_become_valid_utf8_too);
    tcase_add_test(tests, an_empty_message_may_be_null);
}

static void add_table_tests(TCase *tests)
{
    tcase_add_test(tests, a_table_is_a_heading_days_and_rows);
    tcase_add_test(tests, a_message_without_room_has_a_line_of_its_own);
    tcase_add_test(tests, the_longest_ipv6_addresses_fit_in_100_columns);
    tcase_add_test(tests, ipv6_addresses_have_brackets_when_they_have_ports);
    tcase_add_test(tests, columns_grow_with_their_cells_and_stay_aligned);
    tcase_add_test(tests, a_cell_wider_than_its_column_moves_its_own_row_only);
    tcase_add_test(tests, a_table_shows_control_characters);
    tcase_add_test(tests, a_table_survives_absurd_times_and_scores);
}

int main(void)
{
    Suite *suite = suite_create("alert_record");
    TCase *tests = tcase_create("alert_record");

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, make_record, NULL);
    add_json_tests(tests);
    add_table_tests(tests);
    return run_suite(suite);
}
