/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * values - a row per name. A name without one can have any value of its type,
 * and so can a text whose values nobody lists.
 */
#include "values.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "context.h"

/* What authors write, and the number that it stands for. */
struct word {
    const char *text;
    const char *number;
};

static const struct word protocols[] = {
    { "ICMP", "1" },    { "IGMP", "2" },   { "TCP", "6" },
    { "UDP", "17" },    { "GRE", "47" },   { "ESP", "50" },
    { "ICMPv6", "58" }, { "SCTP", "132" }, { NULL, NULL },
};
static const struct word return_codes[] = {
    { "NOERROR", "0" },  { "FORMERR", "1" }, { "SERVFAIL", "2" },
    { "NXDOMAIN", "3" }, { "NOTIMP", "4" },  { "REFUSED", "5" },
    { NULL, NULL },
};
static const struct word query_types[] = {
    { "A", "1" },    { "NS", "2" },     { "CNAME", "5" },  { "SOA", "6" },
    { "PTR", "12" }, { "MX", "15" },    { "TXT", "16" },   { "AAAA", "28" },
    { "SRV", "33" }, { "NAPTR", "35" }, { "HTTPS", "65" }, { "ANY", "255" },
    { NULL, NULL },
};
static const struct word tls_versions[] = {
    { "SSLv3", "768" },   { "3.0", "768" },     { "TLSv1", "769" },
    { "TLSv1.0", "769" }, { "TLS 1.0", "769" }, { "TLS1.0", "769" },
    { "1.0", "769" },     { "TLSv1.1", "770" }, { "TLS 1.1", "770" },
    { "TLS1.1", "770" },  { "1.1", "770" },     { "TLSv1.2", "771" },
    { "TLS 1.2", "771" }, { "TLS1.2", "771" },  { "1.2", "771" },
    { "TLSv1.3", "772" }, { "TLS 1.3", "772" }, { "TLS1.3", "772" },
    { "1.3", "772" },     { NULL, NULL },
};

struct row;
typedef void judge_fn(const struct names *names, const struct row *row,
                      const struct token *literal,
                      struct values_answer *answer);

/* The values of a name, which may have two. */
struct row {
    const char *table;
    const char *name;
    const char *other_name;
    judge_fn *judge;
    double most;              /* of a number; the least is 0 */
    double gap_from, gap_to;  /* no value is between these */
    const char *what;         /* for people */
    const struct word *words; /* of a number, NULL: none */
};

static void copy_text(const struct token *literal, char *to, size_t size)
{
    size_t len = literal->len < size ? literal->len : size - 1;

    memcpy(to, literal->text, len);
    to[len] = '\0';
}

static const char *find_word(const struct row *row, const char *text)
{
    for (const struct word *word = row->words; word != NULL && word->text;
         word++)
        if (strcasecmp(word->text, text) == 0)
            return word->number;
    return NULL;
}

/* Numbers: whole ones, from 0. */
static void judge_number(const struct names *names, const struct row *row,
                         const struct token *literal,
                         struct values_answer *answer)
{
    char text[40];
    const char *number;
    double value;

    (void)names;
    if (literal->len >= sizeof text)
        return;
    copy_text(literal, text, sizeof text);
    value = strtod(text, NULL);
    number = find_word(row, text);
    answer->never = number != NULL || value < 0 || value > row->most ||
                    value != floor(value) ||
                    (value > row->gap_from && value < row->gap_to);
    if (number != NULL)
        snprintf(answer->instead, sizeof answer->instead, "%s", number);
}

/* A flag is true, or it is not there. */
static void judge_flag(const struct names *names, const struct row *row,
                       const struct token *literal,
                       struct values_answer *answer)
{
    (void)names;
    (void)row;
    answer->never = literal->kind == TOKEN_FALSE;
}

/* "" asks for nothing: no text that is judged here is empty. */
static bool unquote(const struct token *literal, const char **text, size_t *len)
{
    return token_unquote(literal, text, len) && *len > 0;
}

/* Addresses as inet_ntop writes them. */
static void judge_address(const struct names *names, const struct row *row,
                          const struct token *literal,
                          struct values_answer *answer)
{
    char given[INET6_ADDRSTRLEN] = "", written[INET6_ADDRSTRLEN] = "";
    unsigned char address[16];
    const char *text;
    size_t len;
    int family;

    (void)names;
    (void)row;
    if (!unquote(literal, &text, &len))
        return;
    answer->never = true;
    if (len >= sizeof given)
        return;
    memcpy(given, text, len);
    family = memchr(text, ':', len) != NULL ? AF_INET6 : AF_INET;
    if (inet_pton(family, given, address) != 1)
        return;
    inet_ntop(family, address, written, sizeof written);
    answer->never = strcmp(given, written) != 0;
    if (answer->never)
        snprintf(answer->instead, sizeof answer->instead, "\"%s\"", written);
}

/* Methods are in capitals. */
static void judge_method(const struct names *names, const struct row *row,
                         const struct token *literal,
                         struct values_answer *answer)
{
    const char *text;
    size_t len;

    (void)names;
    (void)row;
    if (!unquote(literal, &text, &len) || len > 32)
        return;
    answer->instead[0] = '"';
    for (size_t i = 0; i < len; i++) {
        answer->never |= islower((unsigned char)text[i]) != 0;
        answer->instead[i + 1] = (char)toupper((unsigned char)text[i]);
    }
    snprintf(answer->instead + len + 1, 2, "\"");
}

/* Directions, whose spelling differs in compat. */
static void judge_direction(const struct names *names, const struct row *row,
                            const struct token *literal,
                            struct values_answer *answer)
{
    const char *const *here = flow_directions[names->ntopng_compat];
    const char *const *there = flow_directions[!names->ntopng_compat];
    const char *text;
    size_t len;

    (void)row;
    if (!unquote(literal, &text, &len))
        return;
    answer->never = true;
    for (int i = 0; i < FLOW_DIRECTIONS; i++) {
        answer->these[i] = here[i];
        if (strlen(here[i]) == len && strncasecmp(here[i], text, len) == 0)
            answer->never = memcmp(here[i], text, len) != 0;
        else if (strlen(there[i]) != len || memcmp(there[i], text, len) != 0)
            continue;
        snprintf(answer->instead, sizeof answer->instead, "\"%s\"", here[i]);
    }
}

/*
 * Names of protocols: "DNS", or "TLS.Google". A name may have a dot of its own,
 * "Z39.50", so each dot may be the one between two.
 */
typedef const struct name *find_fn(const struct name_table *table,
                                   const char *text, size_t len);

/* What authors call otherwise than nDPI, which once had other names itself. */
static const struct name *find_renamed(const struct name_table *table,
                                       const char *text, size_t len)
{
    static const struct {
        const char *old;
        const char *name;
    } renamed[] = { { "SSL", "TLS" },
                    { "HTTPS", "TLS" },
                    { "FTP", "FTP_CONTROL" },
                    { "SMB", "SMBv23" } };
    const char *name;

    for (size_t i = 0; i < sizeof renamed / sizeof renamed[0]; i++)
        if (strlen(renamed[i].old) == len &&
            strncasecmp(renamed[i].old, text, len) == 0) {
            name = renamed[i].name;
            return names_find(table, name, strlen(name));
        }
    return names_find_any_case(table, text, len);
}

/* Writes the name, or the pair, that find makes of a text. */
static bool spell(const struct name_table *table, const char *text, size_t len,
                  find_fn *find, char to[static 80])
{
    const struct name *name = find(table, text, len);
    const char *end = text + len;

    if (name != NULL)
        snprintf(to, 80, "\"%.70s\"", name->text);
    for (const char *dot = text;
         name == NULL && (dot = memchr(dot, '.', (size_t)(end - dot)));) {
        const struct name *master = find(table, text, (size_t)(dot - text));

        dot++;
        name = find(table, dot, (size_t)(end - dot));
        if (master == NULL)
            name = NULL;
        if (name != NULL)
            snprintf(to, 80, "\"%.36s.%.36s\"", master->text, name->text);
    }
    return name != NULL;
}

static void judge_protocol(const struct names *names, const struct row *row,
                           const struct token *literal,
                           struct values_answer *answer)
{
    const struct name_table *table = &names->protocols;
    const char *text;
    size_t len;

    (void)row;
    if (table->count == 0 || !unquote(literal, &text, &len) ||
        spell(table, text, len, names_find, answer->instead))
        return;
    answer->never = true;
    if (spell(table, text, len, names_find_any_case, answer->instead))
        return;
    answer->unsure = true;
    if (!spell(table, text, len, find_renamed, answer->instead))
        spell(table, text, len, names_nearest, answer->instead);
}

#define PORT(name)                                                             \
    {                                                                          \
        "flow", name, NULL, judge_number, 65535, 0, 0, "from 0 to 65535", NULL \
    }
#define NDPI(name)                                                        \
    {                                                                     \
        "flow", name, NULL, judge_number, 65535, 0, 0,                    \
            "a number of nDPI's; flow.l7_proto_name() has the name", NULL \
    }
#define BYTES(name)                                                          \
    {                                                                        \
        "flow", name, NULL, judge_number, 0x1p63, 0, 0, "a number of bytes", \
            NULL                                                             \
    }
#define ADDRESS(name)                                                 \
    {                                                                 \
        "flow", name, NULL, judge_address, 0, 0, 0,                   \
            "one address, such as \"192.0.2.1\" or \"fd00::1\"", NULL \
    }

static const struct row rows[] = {
    ADDRESS("cli"),
    ADDRESS("srv"),
    PORT("cli_port"),
    PORT("srv_port"),
    { "flow", "protocol", NULL, judge_number, 255, 0, 0, "from 0 to 255",
      protocols },
    { "flow", "vlan_id", NULL, judge_number, 4095, 0, 0, "from 0 to 4095",
      NULL },
    BYTES("cli2srv_bytes"),
    BYTES("srv2cli_bytes"),
    BYTES("bytes"),
    NDPI("l7_master_proto"),
    NDPI("l7_proto"),
    { "flow", "l7_proto_name", NULL, judge_protocol, 0, 0, 0,
      "no protocol that the host knows has that name", NULL },
    { "flow", "direction", NULL, judge_direction, 0, 0, 0, NULL, NULL },
    { "http", "method", "protos.http.last_method", judge_method, 0, 0, 0, NULL,
      NULL },
    /* 0 in compat only, but what asks for it as well works everywhere. */
    { "http", "return_code", "protos.http.last_return_code", judge_number, 599,
      0, 100, "from 100 to 599", NULL },
    { "dns", "query_type", "protos.dns.last_query_type", judge_number, 65535, 0,
      0, "from 1 to 65535", query_types },
    { "dns", "return_code", "protos.dns.last_return_code", judge_number, 15, 0,
      0, "from 0 to 15", return_codes },
    { "dns", "invalid_chars", "protos.dns.invalid_chars_in_query", judge_flag,
      0, 0, 0, "true or nil", NULL },
    /* SSL 2.0 is 2, SSL 3.0 is 768. */
    { "tls_quic", "version", "protos.tls_version", judge_number, 65535, 2, 768,
      "771 for TLS 1.2, 772 for TLS 1.3, 0 when it is unknown", tls_versions },
    { "tls_quic", "ja4_malicious", "protos.tls.ja4.client_malicious",
      judge_flag, 0, 0, 0, "true or nil", NULL },
};

static const struct row *find_row(const struct value *value)
{
    const char *name = value->name->text;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (strcmp(rows[i].table, value->table->title) == 0 &&
            (strcmp(rows[i].name, name) == 0 ||
             (rows[i].other_name != NULL &&
              strcmp(rows[i].other_name, name) == 0)))
            return &rows[i];
    return NULL;
}

void values_judge(const struct names *names, const struct value *value,
                  const struct token *literal, struct values_answer *answer)
{
    const struct row *row = find_row(value);

    memset(answer, 0, sizeof *answer);
    if (row == NULL)
        return;
    answer->what = row->what;
    row->judge(names, row, literal, answer);
}

const char *values_number(const struct value *value,
                          const struct token *literal)
{
    const struct row *row = find_row(value);
    struct token inside = *literal;
    char text[40];

    if (row == NULL || inside.len >= sizeof text ||
        (literal->kind == TOKEN_STRING &&
         !unquote(literal, &inside.text, &inside.len)))
        return NULL;
    copy_text(&inside, text, sizeof text);
    return find_word(row, text);
}
