/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * dpi - the only file that includes nDPI. Its functions changed between 4.2
 * and 4.11; configure tests for each change, and the differences end here.
 */
#include "config.h"

#include "dpi.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* nDPI's headers are not written for our warnings. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wstrict-prototypes"
#include <ndpi_api.h>
#pragma GCC diagnostic pop

/* "Master.App" of a pair of protocols: to write it anew costs 150 ns. */
struct name {
    uint16_t master;
    uint16_t app;
    char text[64]; /* "" not written yet */
};

/* Traffic has a few dozen pairs; two that share a place take turns. */
#define NAMES 256

struct dpi {
    struct ndpi_detection_module_struct *module;
    unsigned max_packets;
    struct dpi_flow *blank; /* nothing is known of it */
    struct name names[NAMES];
};

/* nDPI's struct is allocated in the size that the library in use says. */
struct dpi_flow {
    ndpi_protocol protocol;
    unsigned packets;
    bool guessed; /* protocol is a guess by port or address */
    struct ndpi_flow_struct *ndpi;
};

/* The differences between nDPI's versions. */

static struct ndpi_detection_module_struct *init_module(void)
{
#ifdef NDPI_INIT_TAKES_PREFS
    return ndpi_init_detection_module(ndpi_no_prefs);
#else
    return ndpi_init_detection_module(NULL);
#endif
}

static ndpi_protocol process_packet(const struct dpi *dpi,
                                    struct ndpi_flow_struct *flow,
                                    const struct packet *packet,
                                    uint64_t milliseconds)
{
    uint16_t len =
        packet->ip_len > UINT16_MAX ? UINT16_MAX : (uint16_t)packet->ip_len;

#ifdef NDPI_PACKET_TAKES_INFO
    return ndpi_detection_process_packet(dpi->module, flow, packet->ip, len,
                                         milliseconds, NULL);
#else
    return ndpi_detection_process_packet(dpi->module, flow, packet->ip, len,
                                         milliseconds);
#endif
}

static ndpi_protocol give_up(const struct dpi *dpi,
                             struct ndpi_flow_struct *flow)
{
#ifdef NDPI_GIVEUP_TAKES_GUESS
    uint8_t guessed;

    return ndpi_detection_giveup(dpi->module, flow, 1, &guessed);
#elif defined NDPI_GIVEUP_SAYS_GUESSED
    uint8_t guessed;

    return ndpi_detection_giveup(dpi->module, flow, &guessed);
#else
    return ndpi_detection_giveup(dpi->module, flow);
#endif
}

/* Newer versions detect all protocols unless told otherwise. */
static void enable_all_protocols(struct ndpi_detection_module_struct *module)
{
#ifdef HAVE_DECL_NDPI_SET_PROTOCOL_DETECTION_BITMASK2
    NDPI_PROTOCOL_BITMASK all;

    NDPI_BITMASK_SET_ALL(all);
    ndpi_set_protocol_detection_bitmask2(module, &all);
#else
    (void)module;
#endif
}

static uint16_t master_of(const ndpi_protocol *protocol)
{
#ifdef HAVE_NDPI_PROTOCOL_PROTO
    return protocol->proto.master_protocol;
#else
    return protocol->master_protocol;
#endif
}

static uint16_t app_of(const ndpi_protocol *protocol)
{
#ifdef HAVE_NDPI_PROTOCOL_PROTO
    return protocol->proto.app_protocol;
#else
    return protocol->app_protocol;
#endif
}

static void set_protocol(ndpi_protocol *protocol, uint16_t master, uint16_t app)
{
#ifdef HAVE_NDPI_PROTOCOL_PROTO
    protocol->proto.master_protocol = master;
    protocol->proto.app_protocol = app;
#else
    protocol->master_protocol = master;
    protocol->app_protocol = app;
#endif
}

static bool dissection_is_over(const struct ndpi_flow_struct *flow)
{
#ifdef HAVE_STRUCT_NDPI_FLOW_STRUCT_CHECK_EXTRA_PACKETS
    if (!flow->check_extra_packets)
        return true;
#endif
    return flow->extra_packets_func == NULL;
}

static const char *known(const char *text)
{
    return text != NULL && text[0] != '\0' ? text : NULL;
}

/* What the server took, if nDPI tells it and the server said so in the clear.
 */
static const char *tls_alpn(const struct ndpi_flow_struct *flow)
{
#ifdef HAVE_STRUCT_NDPI_FLOW_STRUCT_PROTOS_TLS_QUIC_NEGOTIATED_ALPN
    if (known(flow->protos.tls_quic.negotiated_alpn) != NULL)
        return flow->protos.tls_quic.negotiated_alpn;
#endif
#ifdef HAVE_STRUCT_NDPI_FLOW_STRUCT_PROTOS_TLS_QUIC_ALPN
    return flow->protos.tls_quic.alpn;
#else
    return flow->protos.tls_quic.advertised_alpns;
#endif
}

/* What only some versions tell: its text, or NULL, and whether there is one. */
#ifdef HAVE_STRUCT_NDPI_FLOW_STRUCT_HTTP_SERVER
#    define HTTP_SERVER(flow) (flow)->http.server
#    define GIVES_HTTP_SERVER true
#else
#    define HTTP_SERVER(flow) NULL
#    define GIVES_HTTP_SERVER false
#endif
#ifdef HAVE_STRUCT_NDPI_FLOW_STRUCT_PROTOS_TLS_QUIC_JA3_CLIENT
#    define JA3_CLIENT(flow) (flow)->protos.tls_quic.ja3_client
#    define GIVES_JA3_CLIENT true
#else
#    define JA3_CLIENT(flow) NULL
#    define GIVES_JA3_CLIENT false
#endif
#ifdef HAVE_STRUCT_NDPI_FLOW_STRUCT_PROTOS_TLS_QUIC_JA3_SERVER
#    define JA3_SERVER(flow) (flow)->protos.tls_quic.ja3_server
#    define GIVES_JA3_SERVER true
#else
#    define JA3_SERVER(flow) NULL
#    define GIVES_JA3_SERVER false
#endif
#ifdef HAVE_STRUCT_NDPI_FLOW_STRUCT_PROTOS_TLS_QUIC_JA4_CLIENT
#    define JA4_CLIENT(flow) (flow)->protos.tls_quic.ja4_client
#    define GIVES_JA4_CLIENT true
#else
#    define JA4_CLIENT(flow) NULL
#    define GIVES_JA4_CLIENT false
#endif

const struct dpi_gifts dpi_gifts = {
    .http_server = GIVES_HTTP_SERVER,
    .ja3_client = GIVES_JA3_CLIENT,
    .ja3_server = GIVES_JA3_SERVER,
    .ja4_client = GIVES_JA4_CLIENT,
};

const char *dpi_version(void)
{
    return ndpi_revision();
}

/* The detection module. */

struct dpi *dpi_new(unsigned max_packets, struct text_error *err)
{
    struct dpi *dpi = calloc(1, sizeof *dpi);

    if (dpi == NULL) {
        text_fail(err, "out of memory");
        return NULL;
    }
    dpi->max_packets = max_packets;
    dpi->blank = dpi_flow_new();
    dpi->module = dpi->blank != NULL ? init_module() : NULL;
    if (dpi->module == NULL) {
        dpi_flow_free(dpi->blank);
        free(dpi);
        text_fail(err, "nDPI %s did not start: out of memory", dpi_version());
        return NULL;
    }
    enable_all_protocols(dpi->module);
    ndpi_finalize_initialization(dpi->module);
    return dpi;
}

void dpi_free(struct dpi *dpi)
{
    if (dpi == NULL)
        return;
    ndpi_exit_detection_module(dpi->module);
    dpi_flow_free(dpi->blank);
    free(dpi);
}

/* A flow. */

struct dpi_flow *dpi_flow_new(void)
{
    struct dpi_flow *flow = calloc(1, sizeof *flow);
    size_t size = ndpi_detection_get_sizeof_ndpi_flow_struct();

    if (flow == NULL)
        return NULL;
    flow->ndpi = ndpi_flow_malloc(size);
    if (flow->ndpi == NULL) {
        free(flow);
        return NULL;
    }
    memset(flow->ndpi, 0, size);
    return flow;
}

void dpi_flow_free(struct dpi_flow *flow)
{
    if (flow == NULL)
        return;
    ndpi_flow_free(flow->ndpi);
    free(flow);
}

static bool is_named(const struct dpi_flow *flow)
{
    return app_of(&flow->protocol) != NDPI_PROTOCOL_UNKNOWN ||
           master_of(&flow->protocol) != NDPI_PROTOCOL_UNKNOWN;
}

static bool is_either(const struct dpi_flow *flow, uint16_t protocol)
{
    return master_of(&flow->protocol) == protocol ||
           app_of(&flow->protocol) == protocol;
}

/*
 * Whether no packet can add metadata. nDPI waits for answers in a DNS response
 * that has none (NXDOMAIN); a response is all that we wait for.
 */
static bool has_all_metadata(const struct dpi *dpi, const struct dpi_flow *flow)
{
    if (is_either(flow, NDPI_PROTOCOL_DNS) &&
        flow->ndpi->protos.dns.is_query == 0)
        return true;
    return dissection_is_over(flow->ndpi) ||
           !ndpi_extra_dissection_possible(dpi->module, flow->ndpi);
}

enum dpi_state dpi_feed(struct dpi *dpi, struct dpi_flow *flow,
                        const struct packet *packet, int64_t time)
{
    flow->packets++;
    flow->protocol =
        process_packet(dpi, flow->ndpi, packet, (uint64_t)(time / 1000));
    if (!is_named(flow)) {
        if (flow->packets < dpi->max_packets)
            return DPI_UNNAMED;
        dpi_conclude(dpi, flow);
        return DPI_DONE;
    }
    if (flow->packets >= DPI_MAX_EXTRA_PACKETS || has_all_metadata(dpi, flow))
        return DPI_DONE;
    return DPI_NAMED;
}

void dpi_conclude(struct dpi *dpi, struct dpi_flow *flow)
{
    if (is_named(flow))
        return;
    flow->guessed = true;
    flow->protocol = give_up(dpi, flow->ndpi);
}

/* What is known of a flow. */

/*
 * Whether nDPI found a protocol in the packets: only then does its union
 * "protos" hold that protocol's data, and its pointers are pointers. A guess
 * stands in the stack too, over whatever a dissector left in the union.
 */
static bool was_dissected(const struct dpi_flow *flow, uint16_t protocol)
{
    return !flow->guessed &&
           (flow->ndpi->detected_protocol_stack[0] == protocol ||
            flow->ndpi->detected_protocol_stack[1] == protocol);
}

static void copy_without_port(char *to, size_t size, const char *host)
{
    const char *colon = strrchr(host, ':');
    size_t len = strlen(host);

    /* "[::1]:80" and "a.org:80" have a port, "[::1]" has not. */
    if (colon != NULL && strchr(colon, ']') == NULL)
        len = (size_t)(colon - host);
    snprintf(to, size, "%.*s", (int)len, host);
}

static void describe_http(const struct dpi_flow *flow, struct dpi_view *view)
{
    const struct ndpi_flow_struct *ndpi = flow->ndpi;

    view->http = (struct fc_http){
        .struct_size = sizeof view->http,
        .return_code = ndpi->http.response_status_code,
        .url = known(ndpi->http.url),
        .user_agent = known(ndpi->http.user_agent),
        .server = known(HTTP_SERVER(ndpi)),
    };
    if (ndpi->http.method != NDPI_HTTP_METHOD_UNKNOWN)
        view->http.method = ndpi_http_method2str(ndpi->http.method);
    if (ndpi->host_server_name[0] != '\0') {
        copy_without_port(view->server_name, sizeof view->server_name,
                          (const char *)ndpi->host_server_name);
        view->http.server_name = view->server_name;
    }
    view->known.http = &view->http;
}

static void describe_dns(const struct dpi_flow *flow, struct dpi_view *view)
{
    const struct ndpi_flow_struct *ndpi = flow->ndpi;

    view->dns = (struct fc_dns){
        .struct_size = sizeof view->dns,
        .return_code = FC_DNS_NO_ANSWER,
    };
    view->known.dns = &view->dns;
    if (!was_dissected(flow, NDPI_PROTOCOL_DNS))
        return;
    view->dns.query = known((const char *)ndpi->host_server_name);
    view->dns.query_type = ndpi->protos.dns.query_type;
    if (ndpi->protos.dns.is_query == 0)
        view->dns.return_code = ndpi->protos.dns.reply_code;
    view->dns.invalid_chars_in_query =
        NDPI_ISSET_BIT(ndpi->risk, NDPI_INVALID_CHARACTERS) != 0;
}

static void describe_ssh(const struct dpi_flow *flow, struct dpi_view *view)
{
    const struct ndpi_flow_struct *ndpi = flow->ndpi;

    view->ssh = (struct fc_ssh){ .struct_size = sizeof view->ssh };
    view->known.ssh = &view->ssh;
    if (!was_dissected(flow, NDPI_PROTOCOL_SSH))
        return;
    view->ssh.client_signature = known(ndpi->protos.ssh.client_signature);
    view->ssh.server_signature = known(ndpi->protos.ssh.server_signature);
    view->ssh.hassh_client = known(ndpi->protos.ssh.hassh_client);
    view->ssh.hassh_server = known(ndpi->protos.ssh.hassh_server);
}

/* The protocols whose flows are "TLS or QUIC" to a script. */
static const uint16_t tls_protocols[] = {
    NDPI_PROTOCOL_TLS,        NDPI_PROTOCOL_QUIC,      NDPI_PROTOCOL_MAIL_IMAPS,
    NDPI_PROTOCOL_MAIL_SMTPS, NDPI_PROTOCOL_MAIL_POPS,
};
#define TLS_PROTOCOLS (sizeof tls_protocols / sizeof tls_protocols[0])

static bool is_tls(const struct dpi_flow *flow)
{
    for (size_t i = 0; i < TLS_PROTOCOLS; i++)
        if (is_either(flow, tls_protocols[i]))
            return true;
    return false;
}

static bool was_dissected_as_tls(const struct dpi_flow *flow)
{
    for (size_t i = 0; i < TLS_PROTOCOLS; i++)
        if (was_dissected(flow, tls_protocols[i]))
            return true;
    return false;
}

static void describe_tls(const struct dpi_flow *flow, struct dpi_view *view)
{
    const struct ndpi_flow_struct *ndpi = flow->ndpi;
    struct fc_tls *tls = &view->tls;

    *tls = (struct fc_tls){ .struct_size = sizeof *tls };
    view->known.tls = tls;
    if (!was_dissected_as_tls(flow))
        return;
    tls->version = ndpi->protos.tls_quic.ssl_version;
    tls->sni = known((const char *)ndpi->host_server_name);
    tls->server_names = known(ndpi->protos.tls_quic.server_names);
    tls->alpn = known(tls_alpn(ndpi));
    tls->supported_versions =
        known(ndpi->protos.tls_quic.tls_supported_versions);
    tls->issuer_dn = known(ndpi->protos.tls_quic.issuerDN);
    tls->subject_dn = known(ndpi->protos.tls_quic.subjectDN);
    tls->not_before = ndpi->protos.tls_quic.notBefore;
    tls->not_after = ndpi->protos.tls_quic.notAfter;
    tls->ja3_client = known(JA3_CLIENT(ndpi));
    tls->ja3_server = known(JA3_SERVER(ndpi));
    tls->ja4_client = known(JA4_CLIENT(ndpi));
}

static const char *protocol_name(const struct dpi *dpi, uint16_t protocol)
{
    return ndpi_get_proto_name(dpi->module, protocol);
}

/* How many there are is asked otherwise in each version; there are some 300 in
 * 4.2, and an id that is none has the name of id 0. */
#define PROTOCOL_IDS 2048u

const char **dpi_protocol_names(const struct dpi *dpi)
{
    const char **names = calloc(PROTOCOL_IDS + 1, sizeof *names);
    const char *unknown = protocol_name(dpi, NDPI_PROTOCOL_UNKNOWN);
    size_t count = 0;

    if (names == NULL)
        return NULL;
    names[count++] = unknown;
    for (uint16_t id = 1; id < PROTOCOL_IDS; id++) {
        const char *name = protocol_name(dpi, id);

        if (name != NULL && strcmp(name, unknown) != 0)
            names[count++] = name;
    }
    return names;
}

/* "Master.App" when there are both, else the one there is. */
static void write_name(const struct dpi *dpi, struct name *name)
{
    if (name->master != NDPI_PROTOCOL_UNKNOWN &&
        name->app != NDPI_PROTOCOL_UNKNOWN)
        snprintf(name->text, sizeof name->text, "%s.%s",
                 protocol_name(dpi, name->master),
                 protocol_name(dpi, name->app));
    else
        snprintf(name->text, sizeof name->text, "%s",
                 protocol_name(dpi, name->master ? name->master : name->app));
}

static const char *name_of(struct dpi *dpi, uint16_t master, uint16_t app)
{
    struct name *name = &dpi->names[(master * 7u + app) % NAMES];

    if (name->text[0] == '\0' || name->master != master || name->app != app) {
        name->master = master;
        name->app = app;
        write_name(dpi, name);
    }
    return name->text;
}

void dpi_describe(struct dpi *dpi, const struct dpi_flow *flow,
                  struct dpi_view *view)
{
    uint16_t master = master_of(&flow->protocol);
    uint16_t app = app_of(&flow->protocol);

    if (master == app)
        master = NDPI_PROTOCOL_UNKNOWN;
    view->known = (struct metadata){ .master_proto = master,
                                     .app_proto = app,
                                     .name = name_of(dpi, master, app) };
    if (is_either(flow, NDPI_PROTOCOL_HTTP))
        describe_http(flow, view);
    if (is_either(flow, NDPI_PROTOCOL_DNS))
        describe_dns(flow, view);
    if (is_either(flow, NDPI_PROTOCOL_SSH))
        describe_ssh(flow, view);
    if (is_tls(flow))
        describe_tls(flow, view);
}

void dpi_recall(struct dpi *dpi, uint16_t master_proto, uint16_t app_proto,
                struct dpi_view *view)
{
    struct dpi_flow flow = *dpi->blank;

    set_protocol(&flow.protocol, master_proto, app_proto);
    flow.guessed = true;
    dpi_describe(dpi, &flow, view);
}

/* Community ID. */

static int hash_v4(const struct fc_flow *flow, uint8_t icmp_type,
                   uint8_t icmp_code, char id[DPI_COMMUNITY_ID_MAX])
{
    uint32_t client, server;

    memcpy(&client, flow->cli_addr, sizeof client);
    memcpy(&server, flow->srv_addr, sizeof server);
    return ndpi_flowv4_flow_hash(flow->l4_proto, ntohl(client), ntohl(server),
                                 flow->cli_port, flow->srv_port, icmp_type,
                                 icmp_code, (u_char *)id, DPI_COMMUNITY_ID_MAX);
}

static int hash_v6(const struct fc_flow *flow, uint8_t icmp_type,
                   uint8_t icmp_code, char id[DPI_COMMUNITY_ID_MAX])
{
    struct ndpi_in6_addr client, server;

    memcpy(&client, flow->cli_addr, sizeof client);
    memcpy(&server, flow->srv_addr, sizeof server);
    return ndpi_flowv6_flow_hash(flow->l4_proto, &client, &server,
                                 flow->cli_port, flow->srv_port, icmp_type,
                                 icmp_code, (u_char *)id, DPI_COMMUNITY_ID_MAX);
}

void dpi_community_id(const struct fc_flow *flow, uint8_t icmp_type,
                      uint8_t icmp_code, char id[DPI_COMMUNITY_ID_MAX])
{
    int failed = flow->ip_version == 6
                     ? hash_v6(flow, icmp_type, icmp_code, id)
                     : hash_v4(flow, icmp_type, icmp_code, id);

    if (failed)
        id[0] = '\0';
}
