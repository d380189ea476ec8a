/* SPDX-License-Identifier: GPL-3.0-or-later */
/* flow_json - builds the object with json-c; unknown values are left out. */
#include "flow_json.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow_text.h"
#include "text.h"

/*
 * json-c returns NULL without memory, and json_object_object_add of NULL is a
 * null: an object is then poorer, never wrong in what it says.
 */
static void add_int(struct json_object *object, const char *key, int64_t value)
{
    json_object_object_add(object, key, json_object_new_int64(value));
}

/*
 * Seconds, from microseconds, with all digits: a double would be written as
 * 1700000000.0999999. In -0.5 the whole seconds have no sign of their own.
 */
static void add_time(struct json_object *object, const char *key, int64_t time)
{
    char text[sizeof "-9223372036854.775808"];

    snprintf(text, sizeof text, "%s%" PRId64 ".%06d", time < 0 ? "-" : "",
             time / 1000000 * (time < 0 ? -1 : 1), abs((int)(time % 1000000)));
    json_object_object_add(
        object, key, json_object_new_double_s((double)time / 1000000, text));
}

static void add_bool(struct json_object *object, const char *key, bool value)
{
    json_object_object_add(object, key, json_object_new_boolean(value));
}

/* Traffic is not UTF-8, JSON is. */
static void add_text(struct json_object *object, const char *key,
                     const char *value)
{
    char *clean;

    if (value == NULL)
        return;
    clean = malloc(TEXT_UTF8_MAX(strlen(value)));
    if (clean == NULL)
        return;
    text_utf8(clean, value, strlen(value));
    json_object_object_add(object, key, json_object_new_string(clean));
    free(clean);
}

static void add_known(struct json_object *object, const char *key,
                      int64_t value)
{
    if (value != 0)
        add_int(object, key, value);
}

static struct json_object *http_json(const struct fc_http *http)
{
    struct json_object *object;

    if (http == NULL)
        return NULL;
    object = json_object_new_object();
    add_text(object, "method", http->method);
    add_known(object, "return_code", http->return_code);
    add_text(object, "url", http->url);
    add_text(object, "user_agent", http->user_agent);
    add_text(object, "server", http->server);
    add_text(object, "server_name", http->server_name);
    return object;
}

static struct json_object *dns_json(const struct fc_dns *dns)
{
    struct json_object *object;

    if (dns == NULL)
        return NULL;
    object = json_object_new_object();
    add_text(object, "query", dns->query);
    add_known(object, "query_type", dns->query_type);
    if (dns->return_code != FC_DNS_NO_ANSWER)
        add_int(object, "return_code", dns->return_code);
    if (dns->invalid_chars_in_query)
        add_bool(object, "invalid_chars", true);
    return object;
}

static struct json_object *ssh_json(const struct fc_ssh *ssh)
{
    struct json_object *object;

    if (ssh == NULL)
        return NULL;
    object = json_object_new_object();
    add_text(object, "client_signature", ssh->client_signature);
    add_text(object, "server_signature", ssh->server_signature);
    add_text(object, "hassh_client", ssh->hassh_client);
    add_text(object, "hassh_server", ssh->hassh_server);
    return object;
}

static struct json_object *tls_json(const struct fc_tls *tls)
{
    struct json_object *object;

    if (tls == NULL)
        return NULL;
    object = json_object_new_object();
    add_int(object, "version", tls->version);
    add_text(object, "sni", tls->sni);
    add_text(object, "server_names", tls->server_names);
    add_text(object, "alpn", tls->alpn);
    add_text(object, "supported_versions", tls->supported_versions);
    add_text(object, "issuer", tls->issuer_dn);
    add_text(object, "subject", tls->subject_dn);
    add_known(object, "not_before", tls->not_before);
    add_known(object, "not_after", tls->not_after);
    add_text(object, "ja3", tls->ja3_client);
    add_text(object, "ja3s", tls->ja3_server);
    add_text(object, "ja4", tls->ja4_client);
    if (tls->ja4_malicious)
        add_bool(object, "ja4_malicious", true);
    return object;
}

static void add_ends(struct json_object *object, const struct fc_flow *flow)
{
    char text[FLOW_ADDRESS_MAX];

    add_text(object, "cli", flow_address(flow, flow->cli_addr, text));
    add_int(object, "cli_port", flow->cli_port);
    add_text(object, "srv", flow_address(flow, flow->srv_addr, text));
    add_int(object, "srv_port", flow->srv_port);
    add_int(object, "protocol", flow->l4_proto);
    add_int(object, "vlan_id", flow->vlan_id);
}

static void add_traffic(struct json_object *object, const struct fc_flow *flow)
{
    uint64_t sum = flow->cli2srv_bytes + flow->srv2cli_bytes;

    add_bool(object, "is_oneway", flow_is_oneway(flow));
    add_bool(object, "is_unicast", (flow->flags & FC_FLOW_UNICAST) != 0);
    add_int(object, "cli2srv_bytes", (int64_t)flow->cli2srv_bytes);
    add_int(object, "srv2cli_bytes", (int64_t)flow->srv2cli_bytes);
    add_int(object, "bytes", (int64_t)sum);
    add_time(object, "first_seen", flow->first_seen);
    add_time(object, "last_seen", flow->last_seen);
}

static void add_l7(struct json_object *object, const struct fc_flow *flow)
{
    add_int(object, "l7_master_proto", flow->l7_master_proto);
    add_int(object, "l7_proto", flow->l7_proto);
    add_text(object, "l7_proto_name", flow->l7_proto_name);
    add_text(object, "direction", flow_direction(flow));
    json_object_object_add(object, "http", http_json(flow->http));
    json_object_object_add(object, "dns", dns_json(flow->dns));
    json_object_object_add(object, "ssh", ssh_json(flow->ssh));
    json_object_object_add(object, "tls_quic", tls_json(flow->tls));
}

struct json_object *flow_json(const struct fc_flow *flow)
{
    struct json_object *object = json_object_new_object();

    if (object == NULL)
        return NULL;
    add_ends(object, flow);
    add_traffic(object, flow);
    add_l7(object, flow);
    return object;
}
