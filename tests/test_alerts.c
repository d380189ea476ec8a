/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What host/alerts.h promises of records, sinks and histories. JSON is judged
 * by parsing it back; tables by their lines.
 */
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <json-c/json.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alerts.h"

#define FFFD "\xEF\xBF\xBD"

/* --- A directory and a record for each test ------------------------------ */

static char directory[PATH_MAX / 4];
static char path[PATH_MAX / 2]; /* of the sink's file */

static struct fc_flow flow;
static struct fc_alert alert;
static struct alert_record record;

static const struct fc_check check = {
    .key = "custom_lua_script",
    .alert_id = 87,
    .alert_category = 1,
};

static void set_addresses(uint8_t version, const char *client,
                          const char *server)
{
    int family = version == 4 ? AF_INET : AF_INET6;

    flow.ip_version = version;
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
    set_addresses(4, "192.168.1.10", "142.250.180.78");
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
}

static void set_up(void)
{
    const char *parent = getenv("TMPDIR");

    snprintf(directory, sizeof directory, "%s/test_alerts.XXXXXX",
             parent != NULL ? parent : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(directory));
    snprintf(path, sizeof path, "%s/alerts", directory);
    make_record();
}

static int remove_entry(const char *name, const struct stat *status, int type,
                        struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    return remove(name);
}

static void tear_down(void)
{
    nftw(directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

/* --- Sinks --------------------------------------------------------------- */

static struct alert_sink *open_sink(const char *name, enum alert_format format)
{
    struct text_error err = { "" };
    struct alert_sink *sink = alert_sink_open(name, format, &err);

    ck_assert_msg(sink != NULL, "%s", err.text);
    return sink;
}

static void write_record(struct alert_sink *sink)
{
    struct text_error err = { "stale" };

    ck_assert_int_eq(alert_sink_write(sink, &record, &err), 0);
    ck_assert_str_eq(err.text, "");
}

static void close_sink(struct alert_sink *sink)
{
    struct text_error err = { "stale" };

    ck_assert_int_eq(alert_sink_close(sink, &err), 0);
    ck_assert_str_eq(err.text, "");
}

/* All that the file holds; the caller frees it. */
static char *read_file(void)
{
    size_t room = 65536;
    char *text = malloc(room);
    FILE *from = fopen(path, "r");

    text[fread(text, 1, room - 1, from)] = '\0';
    fclose(from);
    return text;
}

static size_t count_lines(const char *text)
{
    size_t count = 0;

    for (; *text != '\0'; text++)
        count += *text == '\n';
    return count;
}

/* The record as a sink writes it alone; the caller frees it. */
static char *render(enum alert_format format)
{
    struct alert_sink *sink = open_sink(path, format);

    write_record(sink);
    close_sink(sink);
    return read_file();
}

/* --- JSON helpers -------------------------------------------------------- */

static struct json_object *parse_line(const char *line)
{
    struct json_tokener *tokener = json_tokener_new();
    struct json_object *object;

    json_tokener_set_flags(tokener,
                           JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    object = json_tokener_parse_ex(tokener, line, (int)strlen(line) + 1);
    ck_assert_msg(object != NULL, "%s", line);
    json_tokener_free(tokener);
    return object;
}

/* The record as JSON, parsed back; json_object_put it. */
static struct json_object *get_json(void)
{
    char *text = render(ALERT_JSON);
    struct json_object *object = parse_line(text);

    ck_assert_uint_eq(count_lines(text), 1);
    free(text);
    return object;
}

static struct json_object *get_field(struct json_object *object,
                                     const char *name)
{
    struct json_object *value = NULL;

    ck_assert_msg(json_object_object_get_ex(object, name, &value), "%s", name);
    return value;
}

static void expect_text(const char *name, const char *expected)
{
    struct json_object *object = get_json();
    struct json_object *value = get_field(object, name);

    ck_assert(json_object_is_type(value, json_type_string));
    ck_assert_str_eq(json_object_get_string(value), expected);
    json_object_put(object);
}

static void expect_number(const char *name, int64_t expected)
{
    struct json_object *object = get_json();
    struct json_object *value = get_field(object, name);

    ck_assert(json_object_is_type(value, json_type_int));
    ck_assert_int_eq(json_object_get_int64(value), expected);
    json_object_put(object);
}

static void expect_absent(const char *name)
{
    struct json_object *object = get_json();

    ck_assert(!json_object_object_get_ex(object, name, NULL));
    json_object_put(object);
}

/* --- Records as JSON ----------------------------------------------------- */

START_TEST(a_record_has_these_fields_in_this_order)
{
    static const struct fc_tls tls = { .sni = "www.google.com" };
    char *line;

    flow.tls = &tls;
    line = render(ALERT_JSON);
    ck_assert_str_eq(
        line,
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
    free(line);
}
END_TEST

START_TEST(what_is_not_known_is_left_out)
{
    alert.script = NULL;
    record.community_id = NULL;
    expect_absent("script");
    expect_absent("community_id");
    expect_absent("info");
}
END_TEST

START_TEST(info_is_the_query_else_the_url_else_the_sni)
{
    struct fc_dns dns = { .query = "example.org" };
    struct fc_http http = { .url = "example.org/a?b" };
    struct fc_tls tls = { .sni = "sni.example.org" };

    flow.dns = &dns;
    flow.http = &http;
    flow.tls = &tls;
    expect_text("info", "example.org");
    dns.query = NULL;
    expect_text("info", "example.org/a?b");
    http.url = NULL;
    expect_text("info", "sni.example.org");
    tls.sni = NULL;
    expect_absent("info");
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
    static const int halves[][3] = { { 0, 0, 0 },
                                     { 1, 0, 1 },
                                     { 100, 50, 50 },
                                     { 249, 124, 125 },
                                     { 250, 125, 125 } };

    for (size_t i = 0; i < sizeof halves / sizeof *halves; i++) {
        alert.score = halves[i][0];
        expect_number("cli_score", halves[i][1]);
        expect_number("srv_score", halves[i][2]);
    }
}
END_TEST

START_TEST(severities_begin_at_their_scores)
{
    static const struct {
        int from, to;
        const char *name;
    } cases[] = {
        { 0, 0, "none" },
        { 1, 9, "info" },
        { 10, 49, "notice" },
        { 50, 99, "warning" },
        { 100, 199, "error" },
        { 200, 249, "critical" },
        { 250, 250, "emergency" },
        { 251, 260, "emergency" },
        { INT_MIN, INT_MIN, "none" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (int score = cases[i].from; score <= cases[i].to; score++)
            ck_assert_str_eq(alert_severity(score), cases[i].name);
    }
}
END_TEST

START_TEST(addresses_are_written_as_rfc_5952_says)
{
    set_addresses(6, "2001:DB8:0:0:0:0:0:1", "::ffff:10.0.0.1");
    expect_text("cli_ip", "2001:db8::1");
    expect_text("srv_ip", "::ffff:10.0.0.1");
    expect_number("ip_version", 6);
}
END_TEST

START_TEST(counters_are_exact_up_to_64_bits)
{
    struct json_object *object;

    flow.cli2srv_bytes = UINT64_MAX;
    flow.srv2cli_packets = (UINT64_C(1) << 53) + 1;
    object = get_json();
    ck_assert(json_object_get_uint64(get_field(object, "cli2srv_bytes")) ==
              UINT64_MAX);
    ck_assert(json_object_get_uint64(get_field(object, "srv2cli_packets")) ==
              (UINT64_C(1) << 53) + 1);
    json_object_put(object);
}
END_TEST

/* --- Times --------------------------------------------------------------- */

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
    flow.first_seen = -1;
    expect_number("first_seen", -1);
}
END_TEST

START_TEST(absurd_times_read_as_the_nearest_there_is)
{
    expect_time(INT64_C(253402300799999999), "9999-12-31T23:59:59.999999Z",
                253402300799);
    expect_time(INT64_C(253402300800000000), "9999-12-31T23:59:59.999999Z",
                253402300800);
    expect_time(INT64_MAX, "9999-12-31T23:59:59.999999Z", 9223372036854);
    expect_time(INT64_C(-62167219200000000), "0000-01-01T00:00:00.000000Z",
                -62167219200);
    expect_time(INT64_C(-62167219200000001), "0000-01-01T00:00:00.000000Z",
                -62167219201);
    expect_time(INT64_MIN, "0000-01-01T00:00:00.000000Z", -9223372036855);
}
END_TEST

/* --- Bytes --------------------------------------------------------------- */

START_TEST(a_message_of_any_bytes_is_one_line_of_valid_utf8)
{
    char bytes[256], expected[TEXT_UTF8_MAX(sizeof bytes)];
    struct json_object *object, *message;
    size_t len;

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)i;
    alert.message = bytes;
    alert.message_len = sizeof bytes;
    len = text_utf8(expected, bytes, sizeof bytes);
    object = get_json();
    message = get_field(object, "message");
    ck_assert_int_eq(json_object_get_string_len(message), len);
    ck_assert_mem_eq(json_object_get_string(message), expected, len);
    json_object_put(object);
}
END_TEST

START_TEST(control_characters_of_a_message_are_escaped)
{
    char *line;

    set_message("\x1B[2J\n\"\\");
    line = render(ALERT_JSON);
    ck_assert_ptr_nonnull(
        strstr(line, "\"message\":\"\\u001b[2J\\n\\\"\\\\\""));
    free(line);
}
END_TEST

START_TEST(strings_of_traffic_become_valid_utf8_too)
{
    struct fc_http http = { .url = "a/\xFF\x1B" };

    flow.http = &http;
    flow.l7_proto_name = "TLS\xC0";
    alert.script = "\x80.lua";
    record.interface = "caf\xE9.pcap";
    record.community_id = "1:\xFE";
    expect_text("info", "a/" FFFD "\x1B");
    expect_text("proto.ndpi", "TLS" FFFD);
    expect_text("script", FFFD ".lua");
    expect_text("ifname", "caf" FFFD ".pcap");
    expect_text("community_id", "1:" FFFD);
}
END_TEST

START_TEST(slashes_are_not_escaped)
{
    char *line;

    set_message("https://example.org/");
    line = render(ALERT_JSON);
    ck_assert_ptr_nonnull(strstr(line, "\"https://example.org/\""));
    free(line);
}
END_TEST

START_TEST(the_longest_message_is_written_whole)
{
    char *message = malloc(FC_MESSAGE_MAX + 1);

    memset(message, '\xFF', FC_MESSAGE_MAX);
    message[FC_MESSAGE_MAX] = '\0';
    set_message(message);
    for (int format = ALERT_JSON; format <= ALERT_TABLE; format++) {
        char *text = render((enum alert_format)format);

        ck_assert_uint_gt(strlen(text), strlen(FFFD) * FC_MESSAGE_MAX);
        free(text);
    }
    free(message);
}
END_TEST

START_TEST(an_empty_message_may_be_null)
{
    char *table;

    alert.message = NULL;
    alert.message_len = 0;
    expect_text("message", "");
    table = render(ALERT_TABLE);
    ck_assert_ptr_nonnull(strstr(table, "TLS.Google\n"));
    free(table);
}
END_TEST

/* --- Table --------------------------------------------------------------- */

/* The longest line of a text, in characters. */
static size_t get_width(const char *text)
{
    size_t width = 0, longest = 0;

    for (; *text != '\0'; text++) {
        width = *text == '\n' ? 0 : width + ((*text & 0xC0) != 0x80);
        longest = width > longest ? width : longest;
    }
    return longest;
}

/* Where a text begins in its line; each must be in the table. */
static size_t get_column(const char *table, const char *text)
{
    const char *at = strstr(table, text);
    size_t column = 0;

    ck_assert_msg(at != NULL, "%s in\n%s", text, table);
    while (at - column > table && at[-(ptrdiff_t)column - 1] != '\n')
        column++;
    return column;
}

START_TEST(a_table_is_a_heading_a_day_and_rows)
{
    struct alert_sink *sink = open_sink(path, ALERT_TABLE);
    char *table;

    set_message("short");
    write_record(sink);
    record.time += 1000000;
    alert.score = 250;
    write_record(sink);
    close_sink(sink);
    table = read_file();
    ck_assert_str_eq(
        table, "Time UTC  Score  Severity   Client -> server                  "
               "Protocol  Message\n"
               "2024-02-29\n"
               "23:59:59     75  warning    192.168.1.10:50123 -> "
               "142.250.180.78:443  TLS.Google  short\n"
               "2024-03-01\n"
               "00:00:00    250  emergency  192.168.1.10:50123 -> "
               "142.250.180.78:443  TLS.Google  short\n");
    free(table);
}
END_TEST

START_TEST(a_table_fits_in_100_columns)
{
    static const char message[] =
        "a message of more words than there is room for beside the flow";
    char *table;

    set_message(message);
    set_addresses(4, "192.168.100.101", "142.250.180.178");
    flow.srv_port = 50443;
    table = render(ALERT_TABLE);
    ck_assert_uint_le(get_width(table), 100);
    ck_assert_uint_eq(get_column(table, message), 2);
    ck_assert_uint_eq(count_lines(table), 4);
    free(table);
}
END_TEST

START_TEST(the_longest_ipv6_addresses_fit_in_100_columns)
{
    static const char client[] = "2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff";
    char *table;

    set_addresses(6, client, client);
    flow.srv_port = 50443;
    table = render(ALERT_TABLE);
    ck_assert_uint_le(get_width(table), 100);
    ck_assert_uint_eq(get_column(table, "[2001"), 2);
    ck_assert_uint_eq(get_column(table, "23:59:59"), 0);
    free(table);
}
END_TEST

START_TEST(ipv6_addresses_have_brackets_when_they_have_ports)
{
    char *table;

    set_addresses(6, "2001:db8::1", "2001:db8::2");
    table = render(ALERT_TABLE);
    ck_assert_ptr_nonnull(
        strstr(table, " [2001:db8::1]:50123 -> [2001:db8::2]:443 "));
    free(table);
    flow.cli_port = flow.srv_port = 0;
    table = render(ALERT_TABLE);
    ck_assert_ptr_nonnull(strstr(table, " 2001:db8::1 -> 2001:db8::2 "));
    free(table);
}
END_TEST

START_TEST(columns_grow_with_their_cells_and_stay_aligned)
{
    struct alert_sink *sink = open_sink(path, ALERT_TABLE);
    char *table;

    set_message("one");
    write_record(sink);
    set_addresses(4, "10.0.0.1", "10.0.0.2");
    set_message("two");
    write_record(sink);
    close_sink(sink);
    table = read_file();
    ck_assert_uint_eq(get_column(table, "one"), get_column(table, "two"));
    free(table);
}
END_TEST

START_TEST(one_very_long_cell_moves_only_its_own_row)
{
    struct alert_sink *sink = open_sink(path, ALERT_TABLE);
    char *table;

    set_addresses(4, "10.0.0.1", "10.0.0.2");
    set_message("one");
    write_record(sink);
    set_addresses(6, "2001:db8::aaaa:bbbb:1", "2001:db8::aaaa:bbbb:2");
    write_record(sink);
    set_addresses(4, "10.0.0.1", "10.0.0.3");
    set_message("three");
    write_record(sink);
    close_sink(sink);
    table = read_file();
    ck_assert_uint_lt(get_column(table, "three"), 30 + 46 + 2 + 10 + 2);
    free(table);
}
END_TEST

START_TEST(a_table_shows_control_characters)
{
    char *table;

    set_message("\x1B[2J\ngone\xC2\x9B");
    flow.l7_proto_name = "X\r";
    table = render(ALERT_TABLE);
    ck_assert_ptr_nonnull(strstr(table, "\\x1B[2J\\x0Agone\\x9B\n"));
    ck_assert_ptr_nonnull(strstr(table, "X\\x0D"));
    ck_assert_uint_eq(count_lines(table), 3);
    free(table);
}
END_TEST

START_TEST(a_table_survives_absurd_times_and_scores)
{
    record.time = INT64_MIN;
    alert.score = INT_MIN;
    free(render(ALERT_TABLE));
    record.time = INT64_MAX;
    alert.score = INT_MAX;
    free(render(ALERT_TABLE));
}
END_TEST

/* Makes a terminal of so many columns, returns its master side. */
static int open_terminal(unsigned short columns)
{
    struct winsize size = { .ws_row = 24, .ws_col = columns };
    int master = posix_openpt(O_RDWR | O_NOCTTY);

    ck_assert_int_ge(master, 0);
    ck_assert_int_eq(grantpt(master), 0);
    ck_assert_int_eq(unlockpt(master), 0);
    ck_assert_int_eq(ioctl(master, TIOCSWINSZ, &size), 0);
    return master;
}

START_TEST(a_table_is_as_wide_as_the_terminal)
{
    static const char message[] =
        "a message that has room beside the flow on a wide terminal";
    int master = open_terminal(200);
    struct alert_sink *sink = open_sink(ptsname(master), ALERT_TABLE);
    char text[1024];
    ssize_t len;

    set_message(message);
    write_record(sink);
    len = read(master, text, sizeof text - 1);
    ck_assert_int_gt(len, 0);
    text[len] = '\0';
    ck_assert_uint_gt(get_column(text, message), 60);
    close_sink(sink);
    close(master);
}
END_TEST

/* --- Sink ---------------------------------------------------------------- */

START_TEST(an_alert_is_out_before_write_returns)
{
    struct alert_sink *sink = open_sink(path, ALERT_JSON);

    for (size_t i = 1; i <= 3; i++) {
        char *text;

        write_record(sink);
        text = read_file();
        ck_assert_uint_eq(count_lines(text), i);
        free(text);
    }
    close_sink(sink);
}
END_TEST

START_TEST(a_file_is_truncated_when_it_is_opened)
{
    char *text;

    free(render(ALERT_JSON));
    text = render(ALERT_JSON);
    ck_assert_uint_eq(count_lines(text), 1);
    free(text);
}
END_TEST

START_TEST(a_file_that_is_emptied_is_filled_from_its_start)
{
    struct alert_sink *sink = open_sink(path, ALERT_JSON);
    char *text;

    write_record(sink);
    ck_assert_int_eq(truncate(path, 0), 0);
    write_record(sink);
    text = read_file();
    ck_assert_uint_eq(count_lines(text), 1);
    free(text);
    close_sink(sink);
}
END_TEST

START_TEST(a_dash_is_standard_output_which_stays_open)
{
    int output = dup(STDOUT_FILENO);
    int to = open(path, O_WRONLY | O_CREAT, 0600);
    struct alert_sink *sink;
    char *text;

    fflush(stdout);
    dup2(to, STDOUT_FILENO);
    sink = open_sink("-", ALERT_JSON);
    write_record(sink);
    close_sink(sink);
    ck_assert_int_ge(fcntl(STDOUT_FILENO, F_GETFD), 0);
    dup2(output, STDOUT_FILENO);
    text = read_file();
    ck_assert_uint_eq(count_lines(text), 1);
    free(text);
    close(to);
    close(output);
}
END_TEST

START_TEST(a_sink_that_cannot_be_opened_is_named)
{
    struct text_error err = { "" };

    strcat(path, "/missing");
    ck_assert_ptr_null(alert_sink_open(path, ALERT_JSON, &err));
    ck_assert_ptr_nonnull(strstr(err.text, path));
    ck_assert_ptr_nonnull(strstr(err.text, strerror(ENOENT)));
}
END_TEST

/* Two writes must fail, the first with a sentence. */
static void expect_failure_told_once(struct alert_sink *sink, const char *name,
                                     int error)
{
    struct text_error err = { "" };

    ck_assert_int_eq(alert_sink_write(sink, &record, &err), -1);
    ck_assert_msg(strstr(err.text, name) != NULL, "%s", err.text);
    ck_assert_msg(strstr(err.text, strerror(error)) != NULL, "%s", err.text);
    ck_assert_int_eq(alert_sink_write(sink, &record, &err), -1);
    ck_assert_str_eq(err.text, "");
}

START_TEST(a_full_disk_is_told_once)
{
    struct alert_sink *sink = open_sink("/dev/full", ALERT_JSON);

    expect_failure_told_once(sink, "/dev/full", ENOSPC);
    close_sink(sink);
}
END_TEST

START_TEST(a_closed_pipe_is_told_once)
{
    struct alert_sink *sink;
    int reader;

    signal(SIGPIPE, SIG_IGN);
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    reader = open(path, O_RDONLY | O_NONBLOCK);
    sink = open_sink(path, ALERT_TABLE);
    write_record(sink);
    close(reader);
    expect_failure_told_once(sink, path, EPIPE);
    close_sink(sink);
}
END_TEST

START_TEST(after_a_line_cut_by_a_full_disk_the_next_is_whole)
{
    struct alert_sink *sink = open_sink(path, ALERT_JSON);
    struct rlimit before, small = { .rlim_cur = 100 };
    struct text_error err;
    char *text;

    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    small.rlim_max = before.rlim_max;
    setrlimit(RLIMIT_FSIZE, &small);
    ck_assert_int_eq(alert_sink_write(sink, &record, &err), -1);
    setrlimit(RLIMIT_FSIZE, &before);
    write_record(sink);
    close_sink(sink);
    text = read_file();
    ck_assert_uint_eq(count_lines(text), 2);
    ck_assert_ptr_eq(strchr(text, '\n'), text + 100);
    json_object_put(parse_line(strchr(text, '\n') + 1));
    free(text);
}
END_TEST

/* --- History ------------------------------------------------------------- */

static enum fc_alert_fate admit(struct alert_history **history, int score,
                                const char *message)
{
    struct fc_alert one = { .score = score,
                            .message = message,
                            .message_len = strlen(message) };

    return alert_history_admit(history, &one);
}

START_TEST(an_alert_with_the_same_score_and_message_is_a_duplicate)
{
    struct alert_history *history = NULL;
    char copy[] = "one";

    ck_assert_int_eq(admit(&history, 10, "one"), FC_ALERT_RAISED);
    ck_assert_int_eq(admit(&history, 10, copy), FC_ALERT_DUPLICATE);
    ck_assert_int_eq(admit(&history, 11, "one"), FC_ALERT_RAISED);
    ck_assert_int_eq(admit(&history, 10, "two"), FC_ALERT_RAISED);
    ck_assert_int_eq(admit(&history, 10, "on"), FC_ALERT_RAISED);
    ck_assert_int_eq(admit(&history, 10, ""), FC_ALERT_RAISED);
    ck_assert_int_eq(admit(&history, 10, ""), FC_ALERT_DUPLICATE);
    ck_assert_int_eq(admit(&history, 11, copy), FC_ALERT_DUPLICATE);
    alert_history_free(history);
}
END_TEST

START_TEST(a_history_remembers_messages_that_are_gone)
{
    struct alert_history *history = NULL;
    char message[] = "one";

    ck_assert_int_eq(admit(&history, 10, message), FC_ALERT_RAISED);
    memset(message, 'x', sizeof message - 1);
    ck_assert_int_eq(admit(&history, 10, "one"), FC_ALERT_DUPLICATE);
    ck_assert_int_eq(admit(&history, 10, message), FC_ALERT_RAISED);
    alert_history_free(history);
}
END_TEST

START_TEST(messages_are_compared_past_nul_bytes)
{
    struct alert_history *history = NULL;
    struct fc_alert one = { .message = "a\0b", .message_len = 3 };
    struct fc_alert other = { .message = "a\0c", .message_len = 3 };

    ck_assert_int_eq(alert_history_admit(&history, &one), FC_ALERT_RAISED);
    ck_assert_int_eq(alert_history_admit(&history, &other), FC_ALERT_RAISED);
    ck_assert_int_eq(alert_history_admit(&history, &one), FC_ALERT_DUPLICATE);
    alert_history_free(history);
}
END_TEST

START_TEST(an_empty_message_of_a_history_may_be_null)
{
    struct alert_history *history = NULL;
    struct fc_alert one = { .message = NULL, .message_len = 0 };

    ck_assert_int_eq(alert_history_admit(&history, &one), FC_ALERT_RAISED);
    ck_assert_int_eq(alert_history_admit(&history, &one), FC_ALERT_DUPLICATE);
    alert_history_free(history);
}
END_TEST

START_TEST(a_flow_has_sixteen_alerts_at_most)
{
    struct alert_history *history = NULL;

    ck_assert_int_eq(ALERTS_PER_FLOW, 16);
    for (int score = 0; score < 16; score++)
        ck_assert_int_eq(admit(&history, score, "x"), FC_ALERT_RAISED);
    ck_assert_int_eq(admit(&history, 16, "x"), FC_ALERT_LIMIT);
    ck_assert_int_eq(admit(&history, 16, "x"), FC_ALERT_LIMIT);
    for (int score = 0; score < 16; score++)
        ck_assert_int_eq(admit(&history, score, "x"), FC_ALERT_DUPLICATE);
    alert_history_free(history);
}
END_TEST

START_TEST(each_flow_has_a_history_of_its_own)
{
    struct alert_history *one = NULL, *other = NULL;

    ck_assert_int_eq(admit(&one, 1, "x"), FC_ALERT_RAISED);
    ck_assert_ptr_null(other);
    ck_assert_int_eq(admit(&other, 1, "x"), FC_ALERT_RAISED);
    alert_history_free(one);
    alert_history_free(other);
    alert_history_free(NULL);
}
END_TEST

/* --- All of them --------------------------------------------------------- */

static TCase *make_case(const char *name)
{
    TCase *tests = tcase_create(name);

    tcase_add_checked_fixture(tests, set_up, tear_down);
    return tests;
}

static TCase *make_record_case(void)
{
    TCase *tests = make_case("record");

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
    return tests;
}

static TCase *make_bytes_case(void)
{
    TCase *tests = make_case("bytes");

    tcase_add_test(tests, a_message_of_any_bytes_is_one_line_of_valid_utf8);
    tcase_add_test(tests, control_characters_of_a_message_are_escaped);
    tcase_add_test(tests, strings_of_traffic_become_valid_utf8_too);
    tcase_add_test(tests, slashes_are_not_escaped);
    tcase_add_test(tests, the_longest_message_is_written_whole);
    tcase_add_test(tests, an_empty_message_may_be_null);
    return tests;
}

static TCase *make_table_case(void)
{
    TCase *tests = make_case("table");

    tcase_add_test(tests, a_table_is_a_heading_a_day_and_rows);
    tcase_add_test(tests, a_table_fits_in_100_columns);
    tcase_add_test(tests, the_longest_ipv6_addresses_fit_in_100_columns);
    tcase_add_test(tests, ipv6_addresses_have_brackets_when_they_have_ports);
    tcase_add_test(tests, columns_grow_with_their_cells_and_stay_aligned);
    tcase_add_test(tests, one_very_long_cell_moves_only_its_own_row);
    tcase_add_test(tests, a_table_shows_control_characters);
    tcase_add_test(tests, a_table_survives_absurd_times_and_scores);
    tcase_add_test(tests, a_table_is_as_wide_as_the_terminal);
    return tests;
}

static TCase *make_sink_case(void)
{
    TCase *tests = make_case("sink");

    tcase_add_test(tests, an_alert_is_out_before_write_returns);
    tcase_add_test(tests, a_file_is_truncated_when_it_is_opened);
    tcase_add_test(tests, a_file_that_is_emptied_is_filled_from_its_start);
    tcase_add_test(tests, a_dash_is_standard_output_which_stays_open);
    tcase_add_test(tests, a_sink_that_cannot_be_opened_is_named);
    tcase_add_test(tests, a_full_disk_is_told_once);
    tcase_add_test(tests, a_closed_pipe_is_told_once);
    tcase_add_test(tests, after_a_line_cut_by_a_full_disk_the_next_is_whole);
    return tests;
}

static TCase *make_history_case(void)
{
    TCase *tests = tcase_create("history");

    tcase_add_test(tests,
                   an_alert_with_the_same_score_and_message_is_a_duplicate);
    tcase_add_test(tests, a_history_remembers_messages_that_are_gone);
    tcase_add_test(tests, messages_are_compared_past_nul_bytes);
    tcase_add_test(tests, an_empty_message_of_a_history_may_be_null);
    tcase_add_test(tests, a_flow_has_sixteen_alerts_at_most);
    tcase_add_test(tests, each_flow_has_a_history_of_its_own);
    return tests;
}

int main(void)
{
    Suite *suite = suite_create("alerts");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, make_record_case());
    suite_add_tcase(suite, make_bytes_case());
    suite_add_tcase(suite, make_table_case());
    suite_add_tcase(suite, make_sink_case());
    suite_add_tcase(suite, make_history_case());
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
