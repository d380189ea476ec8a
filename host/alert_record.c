/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * alert_record - how one alert reads: as a line of JSON, or as a table's row.
 *
 * Nothing here trusts the bytes of traffic or of a message: JSON gets valid
 * UTF-8, a terminal gets no characters that nobody sees. It writes no files.
 */
#include "alert_record.h"

#include <json.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "flow_text.h"

static const char *const hook_names[FC_HOOKS] = {
    [FC_HOOK_DETECTED] = "detected",
    [FC_HOOK_PERIODIC] = "periodic",
    [FC_HOOK_END] = "end",
};

/* Severities, each from its lowest score up. */
static const struct {
    int score;
    const char *name;
} severities[] = {
    { FC_SCORE_MAX, "emergency" },
    { 200, "critical" },
    { 100, "error" },
    { 50, "warning" },
    { 10, "notice" },
    { 1, "info" },
};

const char *alert_severity(int score)
{
    for (size_t i = 0; i < sizeof severities / sizeof *severities; i++) {
        if (score >= severities[i].score)
            return severities[i].name;
    }
    return "none";
}

/* --- Times --------------------------------------------------------------- */

#define MICROSECONDS 1000000

/* Seconds since 1970, rounded down: -1 microsecond is in second -1. */
static int64_t whole_seconds(int64_t microseconds)
{
    return microseconds / MICROSECONDS - (microseconds % MICROSECONDS < 0);
}

/* Longer than a time ever is, for the sake of gcc, which counts seven ints. */
#define TIME_TEXT 80

/*
 * Writes a time as RFC 3339, "2024-02-29T23:59:59.000001Z". That has years of
 * four digits; a time outside of them, which only a damaged capture has, reads
 * as the nearest that it has.
 */
static void format_time(char to[TIME_TEXT], int64_t time)
{
    const time_t first = -62167219200; /* 0000-01-01T00:00:00Z */
    const time_t last = 253402300799;  /* 9999-12-31T23:59:59Z */
    int microseconds = (int)(time % MICROSECONDS);
    time_t seconds = whole_seconds(time);
    struct tm utc;

    if (microseconds < 0)
        microseconds += MICROSECONDS;
    if (seconds < first || seconds > last) {
        microseconds = seconds < first ? 0 : MICROSECONDS - 1;
        seconds = seconds < first ? first : last;
    }
    gmtime_r(&seconds, &utc);
    snprintf(to, TIME_TEXT, "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ",
             utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour,
             utc.tm_min, utc.tm_sec, microseconds);
}

/* --- Bytes --------------------------------------------------------------- */

/*
 * Bytes as UTF-8, of at most FC_MESSAGE_MAX bytes whatever they are: those of a
 * message, which become three times as many when none is UTF-8, or those of a
 * URL, which may fill a packet. Returns the text, to be freed, and its length;
 * NULL: no memory.
 */
static char *make_utf8(const char *bytes, size_t len, size_t *utf8_len)
{
    bool is_short = len <= FC_MESSAGE_MAX / 3;
    char *utf8 = malloc(is_short ? TEXT_UTF8_MAX(len) : FC_MESSAGE_MAX + 1);

    if (utf8 != NULL)
        *utf8_len = text_utf8_most(utf8, FC_MESSAGE_MAX, bytes, len);
    return utf8;
}

/* --- JSON ---------------------------------------------------------------- */

/* An object under construction. Once it failed, nothing more is added. */
struct builder {
    struct json_object *object;
    bool failed;
};

/* Adds a value, NULL when it could not be made. */
static void put(struct builder *builder, const char *name,
                struct json_object *value)
{
    if (value != NULL && !builder->failed &&
        json_object_object_add(builder->object, name, value) == 0)
        return;
    json_object_put(value);
    builder->failed = true;
}

static void put_number(struct builder *builder, const char *name, int64_t value)
{
    put(builder, name, json_object_new_int64(value));
}

static void put_count(struct builder *builder, const char *name, uint64_t value)
{
    put(builder, name, json_object_new_uint64(value));
}

static void put_bytes(struct builder *builder, const char *name,
                      const char *bytes, size_t len)
{
    char *utf8 = make_utf8(bytes, len, &len);

    if (utf8 == NULL) {
        builder->failed = true;
        return;
    }
    put(builder, name, json_object_new_string_len(utf8, (int)len));
    free(utf8);
}

/* What is not known is left out. */
static void put_text(struct builder *builder, const char *name,
                     const char *text)
{
    if (text != NULL)
        put_bytes(builder, name, text, strlen(text));
}

static void put_address(struct builder *builder, const char *name,
                        const struct fc_flow *flow, const uint8_t address[16])
{
    char text[FLOW_ADDRESS_MAX];

    put_text(builder, name, flow_address(flow, address, text));
}

static void put_time(struct builder *builder, int64_t time)
{
    char text[TIME_TEXT];

    format_time(text, time);
    put_text(builder, "timestamp", text);
    put_number(builder, "tstamp", whole_seconds(time));
}

/* The one string that says most about a flow; NULL when there is none. */
static const char *get_info(const struct fc_flow *flow)
{
    if (flow->dns != NULL && flow->dns->query != NULL)
        return flow->dns->query;
    if (flow->http != NULL && flow->http->url != NULL)
        return flow->http->url;
    return flow->tls != NULL ? flow->tls->sni : NULL;
}

/* "/usr/share/x.lua" is "x.lua"; NULL stays NULL. */
static const char *get_file_name(const char *path)
{
    const char *slash = path != NULL ? strrchr(path, '/') : NULL;

    return slash != NULL ? slash + 1 : path;
}

static void put_alert(struct builder *builder,
                      const struct alert_record *record)
{
    const struct fc_alert *alert = record->alert;
    int client_score = alert->score / 2;

    put_number(builder, "alert_id", record->check->alert_id);
    put_number(builder, "alert_category", record->check->alert_category);
    put_text(builder, "check", record->check->key);
    put_text(builder, "hook", hook_names[record->hook]);
    put_number(builder, "score", alert->score);
    put_number(builder, "cli_score", client_score);
    put_number(builder, "srv_score", alert->score - client_score);
    put_text(builder, "severity", alert_severity(alert->score));
    put_bytes(builder, "message", alert->message, alert->message_len);
    put_text(builder, "script", get_file_name(alert->script));
}

static void put_endpoints(struct builder *builder, const struct fc_flow *flow)
{
    put_address(builder, "cli_ip", flow, flow->cli_addr);
    put_number(builder, "cli_port", flow->cli_port);
    put_address(builder, "srv_ip", flow, flow->srv_addr);
    put_number(builder, "srv_port", flow->srv_port);
    put_number(builder, "proto", flow->l4_proto);
    put_number(builder, "vlan_id", flow->vlan_id);
    put_number(builder, "ip_version", flow->ip_version);
    put_text(builder, "direction", flow_direction(flow));
}

static void put_application(struct builder *builder, const struct fc_flow *flow)
{
    put_number(builder, "l7_master_proto", flow->l7_master_proto);
    put_number(builder, "l7_proto", flow->l7_proto);
    put_text(builder, "proto.ndpi", flow->l7_proto_name);
    put_text(builder, "info", get_info(flow));
}

static void put_traffic(struct builder *builder, const struct fc_flow *flow)
{
    put_count(builder, "cli2srv_bytes", flow->cli2srv_bytes);
    put_count(builder, "srv2cli_bytes", flow->srv2cli_bytes);
    put_count(builder, "cli2srv_packets", flow->cli2srv_packets);
    put_count(builder, "srv2cli_packets", flow->srv2cli_packets);
    put_number(builder, "first_seen", whole_seconds(flow->first_seen));
    put_number(builder, "last_seen", whole_seconds(flow->last_seen));
}

/* Fields keep this order: json-c writes them as they were added. */
static void put_record(struct builder *builder,
                       const struct alert_record *record)
{
    put_time(builder, record->time);
    put_alert(builder, record);
    put_endpoints(builder, record->flow);
    put_application(builder, record->flow);
    put_traffic(builder, record->flow);
    put_text(builder, "community_id", record->community_id);
    put_text(builder, "ifname", record->interface);
}

int alert_json_write(const struct alert_record *record, bool for_terminal,
                     FILE *to)
{
    struct builder builder = { .object = json_object_new_object() };
    const char *text = NULL;

    builder.failed = builder.object == NULL;
    put_record(&builder, record);
    if (!builder.failed)
        text = json_object_to_json_string_ext(
            builder.object,
            JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
    if (text != NULL && for_terminal)
        text_print_json(to, text);
    else if (text != NULL)
        fputs(text, to);
    putc('\n', to);
    json_object_put(builder.object);
    return text != NULL ? 0 : -1;
}

/* --- Table --------------------------------------------------------------- */

/*
 * A column grows with its cells, but not for one wider than most, which moves
 * only its own row. 42 columns hold most pairs of IPv4 addresses with ports.
 */
static const struct {
    const char *heading;
    int least;
    int most;
} columns[ALERT_TABLE_COLUMNS] = {
    { "Time UTC", 8, 8 },           { "Score", 5, 5 },     { "Severity", 9, 9 },
    { "Client -> server", 32, 42 }, { "Protocol", 8, 14 }, { "Message", 0, 0 },
};

/* Spaces between columns, and before a row's further lines. */
#define GAP 2

void alert_table_start(struct alert_table *table, int line_width)
{
    *table = (struct alert_table){ .line_width = line_width };
    for (size_t i = 0; i < ALERT_TABLE_COLUMNS; i++)
        table->widths[i] = columns[i].least;
}

/* Columns that a text fills, taking each character for one. */
static int count_columns(const char *utf8)
{
    int count = 0;

    for (; *utf8 != '\0'; utf8++)
        count += ((unsigned char)*utf8 & 0xC0) != 0x80;
    return count;
}

static void widen_column(struct alert_table *table, size_t i, int width)
{
    if (width > table->widths[i] && width <= columns[i].most)
        table->widths[i] = width;
}

/* A row while it is written, maybe over several lines. */
struct row {
    FILE *to;
    int at;   /* columns written of the line */
    int next; /* where the next cell belongs */
};

/*
 * Writes a cell. What does not fit in the rest of the line begins a further
 * line: IPv6 endpoints (98 columns at most) and long messages do. A cell longer
 * than a line is left to the terminal to wrap, so that it can be copied whole.
 */
static void write_cell(struct row *row, const char *cell, int width,
                       int line_width)
{
    if (row->at > GAP && row->next + width > line_width) {
        fputc('\n', row->to);
        row->at = 0;
        row->next = GAP;
    }
    fprintf(row->to, "%*s%s", row->next - row->at, "", cell);
    row->at = row->next + width;
}

static void write_cells(struct alert_table *table,
                        const char *const cells[ALERT_TABLE_COLUMNS], FILE *to)
{
    struct row row = { .to = to };

    for (size_t i = 0; i < ALERT_TABLE_COLUMNS; i++) {
        int width = count_columns(cells[i]);

        widen_column(table, i, width);
        if (width > 0)
            write_cell(&row, cells[i], width, table->line_width);
        row.next += width > table->widths[i] ? width : table->widths[i];
        row.next += GAP;
    }
    fputc('\n', to);
}

static void write_heading(struct alert_table *table, FILE *to)
{
    const char *cells[ALERT_TABLE_COLUMNS];

    for (size_t i = 0; i < ALERT_TABLE_COLUMNS; i++)
        cells[i] = columns[i].heading;
    write_cells(table, cells, to);
}

/* The day stands on a line of its own: columns are dear, days are few. */
static void write_day(struct alert_table *table, const char *time, FILE *to)
{
    size_t len = sizeof table->day - 1;

    if (strncmp(time, table->day, len) == 0)
        return;
    if (table->day[0] == '\0')
        write_heading(table, to);
    memcpy(table->day, time, len);
    fprintf(to, "%s\n", table->day);
}

#define ENDPOINT_MAX (FLOW_ADDRESS_MAX + sizeof "[]:65535")
#define ENDS_MAX (2 * ENDPOINT_MAX + sizeof " -> ")

static void format_endpoint(char to[ENDPOINT_MAX], const struct fc_flow *flow,
                            const uint8_t address[16], uint16_t port)
{
    char text[FLOW_ADDRESS_MAX];

    flow_address(flow, address, text);
    if (port == 0)
        snprintf(to, ENDPOINT_MAX, "%s", text);
    else
        snprintf(to, ENDPOINT_MAX,
                 strchr(text, ':') != NULL ? "[%s]:%u" : "%s:%u", text,
                 (unsigned)port);
}

static void format_ends(char to[ENDS_MAX], const struct fc_flow *flow)
{
    char client[ENDPOINT_MAX], server[ENDPOINT_MAX];

    format_endpoint(client, flow, flow->cli_addr, flow->cli_port);
    format_endpoint(server, flow, flow->srv_addr, flow->srv_port);
    snprintf(to, ENDS_MAX, "%s -> %s", client, server);
}

static void write_row(struct alert_table *table,
                      const struct alert_record *record, const char *protocol,
                      const char *message, FILE *to)
{
    int score = record->alert->score;
    char time[TIME_TEXT], ends[ENDS_MAX], number[sizeof "-2147483648"];
    const char *cells[ALERT_TABLE_COLUMNS] = {
        time + strlen("2024-02-29T"),
        number,
        alert_severity(score),
        ends,
        protocol,
        message,
    };

    format_time(time, record->time);
    write_day(table, time, to);
    time[strlen("2024-02-29T23:59:59")] = '\0';
    snprintf(number, sizeof number, "%*d", columns[1].least, score);
    format_ends(ends, record->flow);
    write_cells(table, cells, to);
}

static char *make_visible(const char *bytes, size_t len)
{
    char *utf8 = make_utf8(bytes, len, &len);
    char *text = utf8 != NULL ? malloc(TEXT_VISIBLE_MAX(len)) : NULL;

    if (text != NULL)
        text_visible(text, utf8, len);
    free(utf8);
    return text;
}

int alert_table_write(struct alert_table *table,
                      const struct alert_record *record, FILE *to)
{
    const char *name = record->flow->l7_proto_name;
    char *protocol = make_visible(name, strlen(name));
    char *message =
        make_visible(record->alert->message, record->alert->message_len);
    bool is_whole = protocol != NULL && message != NULL;

    if (is_whole)
        write_row(table, record, protocol, message, to);
    free(protocol);
    free(message);
    return is_whole ? 0 : -1;
}
