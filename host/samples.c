/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * samples - constants. Addresses are private or of the blocks for
 * documentation. What they have and lack is what 4,500 flows of 270 captures
 * have and lack: wherever one of those has one value of a protocol and not
 * another, so has a sample. A script that takes a key for granted fails here,
 * not on somebody's network.
 */
#include "samples.h"

#define LOCAL_CLIENT 192, 168, 1, 23
#define LOCAL_SERVER 192, 168, 1, 1
#define REMOTE_SERVER 203, 0, 113, 80
#define REMOTE_CLIENT 198, 51, 100, 7
#define LOCAL_CLIENT_6 0xfd, 0, 0, 0x77, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x23
#define LOCAL_SERVER_6 0xfd, 0, 0, 0x77, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1
#define REMOTE_SERVER_6 0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 80
#define ALL_NODES_6 0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1

/* The ends of a flow. */
#define FLOW(version)                                               \
    .struct_size = sizeof(struct fc_flow), .ip_version = (version), \
    .first_seen = 1700000000000000, .last_seen = 1700000000250000,  \
    .time = 1700000000250000
#define OUTBOUND                                           \
    FLOW(4), .flags = FC_FLOW_CLI_LOCAL | FC_FLOW_UNICAST, \
             .cli_addr = { LOCAL_CLIENT }, .srv_addr = { REMOTE_SERVER }
#define OUTBOUND_6                                         \
    FLOW(6), .flags = FC_FLOW_CLI_LOCAL | FC_FLOW_UNICAST, \
             .cli_addr = { LOCAL_CLIENT_6 }, .srv_addr = { REMOTE_SERVER_6 }
#define INBOUND                                            \
    FLOW(4), .flags = FC_FLOW_SRV_LOCAL | FC_FLOW_UNICAST, \
             .cli_addr = { REMOTE_CLIENT }, .srv_addr = { LOCAL_SERVER }
#define INSIDE                                                                 \
    FLOW(4), .flags = FC_FLOW_CLI_LOCAL | FC_FLOW_SRV_LOCAL | FC_FLOW_UNICAST, \
             .cli_addr = { LOCAL_CLIENT }, .srv_addr = { LOCAL_SERVER }
#define INSIDE_6                                                               \
    FLOW(6), .flags = FC_FLOW_CLI_LOCAL | FC_FLOW_SRV_LOCAL | FC_FLOW_UNICAST, \
             .cli_addr = { LOCAL_CLIENT_6 }, .srv_addr = { LOCAL_SERVER_6 }
#define OUTSIDE                                                       \
    FLOW(4), .flags = FC_FLOW_UNICAST, .cli_addr = { REMOTE_CLIENT }, \
             .srv_addr = { REMOTE_SERVER }
/* To a group, or to all: multicast counts as local. */
#define TO_GROUP(...)                                        \
    FLOW(4), .flags = FC_FLOW_CLI_LOCAL | FC_FLOW_SRV_LOCAL, \
             .cli_addr = { LOCAL_CLIENT }, .srv_addr = { __VA_ARGS__ }

/* Its ports and what it has transferred. */
#define TCP .l4_proto = 6
#define UDP .l4_proto = 17
#define PORTS(client, server) .cli_port = (client), .srv_port = (server)
#define ONE_WAY(bytes, packets) \
    .cli2srv_bytes = (bytes), .cli2srv_packets = (packets)
#define BOTH_WAYS(up, up_packets, down, down_packets) \
    ONE_WAY(up, up_packets), .srv2cli_bytes = (down), \
                             .srv2cli_packets = (down_packets)

/* nDPI's ids, the same in all its versions that we know. */
#define L7(id) .l7_proto = (id)
#define DNS L7(5)
#define HTTP L7(7)
#define TLS L7(91)
#define SSH L7(92)
#define QUIC L7(188)
#define OF_YOUTUBE(master) .l7_master_proto = (master), .l7_proto = 124

/* What is known of a protocol; struct_size first. */
#define KNOWN_DNS(...)                                    \
    .dns = &(const struct fc_dns)                         \
    {                                                     \
        .struct_size = sizeof(struct fc_dns), __VA_ARGS__ \
    }
#define KNOWN_HTTP(...)                                    \
    .http = &(const struct fc_http)                        \
    {                                                      \
        .struct_size = sizeof(struct fc_http), __VA_ARGS__ \
    }
#define KNOWN_TLS(...)                                    \
    .tls = &(const struct fc_tls)                         \
    {                                                     \
        .struct_size = sizeof(struct fc_tls), __VA_ARGS__ \
    }
#define KNOWN_SSH(...)                                    \
    .ssh = &(const struct fc_ssh)                         \
    {                                                     \
        .struct_size = sizeof(struct fc_ssh), __VA_ARGS__ \
    }

#define SITE "www.example.org"
#define BROWSER "Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101"
#define CERTIFICATE                                                          \
    .issuer_dn = "C=US, O=Example, CN=Example CA", .subject_dn = "CN=" SITE, \
    .not_before = 1690000000, .not_after = 1721536000
#define FROM_CLIENT                                   \
    .ja3_client = "cd08e31494f9531f560d64c695473da9", \
    .ja4_client = "t13d1516h2_8daaf6152771_b186095e22b6"
#define FROM_SERVER .ja3_server = "eb1d94daa7e0344597e756a1fb6e7054"
#define OFFERS \
    .alpn = "h2,http/1.1", .supported_versions = "GREASE,TLSv1.3,TLSv1.2"
#define BANNERS                                  \
    .client_signature = "SSH-2.0-OpenSSH_9.2p1", \
    .server_signature = "SSH-2.0-OpenSSH_8.4p1"

static const struct {
    const char *title;
    struct fc_flow flow;
} samples[] = {
    { "a sample DNS flow with an answer",
      { INSIDE, UDP, PORTS(50123, 53), BOTH_WAYS(90, 1, 140, 1), DNS,
        KNOWN_DNS(.query = SITE, .query_type = 1) } },
    { "a sample DNS flow with NXDOMAIN",
      { INSIDE_6, UDP, PORTS(50125, 53), BOTH_WAYS(110, 1, 160, 1), DNS,
        KNOWN_DNS(.query = "nowhere.example.org", .query_type = 28,
                  .return_code = 3) } },
    { "a sample DNS flow without an answer",
      { OUTBOUND, UDP, PORTS(50124, 53), ONE_WAY(90, 1), DNS,
        KNOWN_DNS(.query = SITE, .query_type = 16,
                  .return_code = FC_DNS_NO_ANSWER) } },
    { "a sample DNS flow without a query",
      { OUTBOUND, TCP, PORTS(50124, 53), BOTH_WAYS(400, 5, 300, 4), DNS,
        KNOWN_DNS(.return_code = FC_DNS_NO_ANSWER) } },
    { "a sample DNS flow with bytes in its query that no name has",
      { OUTBOUND, UDP, PORTS(50122, 53), BOTH_WAYS(120, 1, 180, 1), DNS,
        KNOWN_DNS(.query = "\xff\x01%s.example.org", .query_type = 16,
                  .invalid_chars_in_query = 1) } },

    { "a sample HTTP flow with an answer",
      { OUTBOUND, TCP, PORTS(50126, 80), BOTH_WAYS(620, 6, 4200, 5), HTTP,
        KNOWN_HTTP(.method = "GET", .return_code = 200,
                   .url = SITE "/index.html?q=1", .user_agent = BROWSER,
                   .server = "nginx", .server_name = SITE) } },
    { "a sample HTTP flow without an answer",
      { OUTBOUND_6, TCP, PORTS(50127, 80), ONE_WAY(310, 3), HTTP,
        KNOWN_HTTP(.method = "POST", .url = SITE "/form", .user_agent = BROWSER,
                   .server_name = SITE) } },
    { "a sample HTTP flow without a user agent",
      { INSIDE, TCP, PORTS(50128, 8080), BOTH_WAYS(480, 5, 900, 4), HTTP,
        KNOWN_HTTP(.method = "GET", .return_code = 404, .url = "192.168.1.1/",
                   .server_name = "192.168.1.1") } },
    { "a sample HTTP flow without a method and a URL",
      { INBOUND, TCP, PORTS(50129, 80), BOTH_WAYS(500, 5, 700, 5), HTTP,
        KNOWN_HTTP(.user_agent = BROWSER, .server_name = SITE) } },
    { "a sample HTTP flow without a request",
      { OUTBOUND, TCP, PORTS(50130, 80), BOTH_WAYS(220, 3, 5200, 6), HTTP,
        KNOWN_HTTP(.return_code = 204) } },
    { "a sample HTTP flow of which only the protocol is known",
      { INBOUND, TCP, PORTS(50131, 8080), ONE_WAY(310, 3), HTTP,
        KNOWN_HTTP(.return_code = 0) } },
    { "a sample HTTP flow of YouTube",
      { OUTBOUND, TCP, PORTS(50132, 80), BOTH_WAYS(620, 6, 4200, 5),
        OF_YOUTUBE(7),
        KNOWN_HTTP(.method = "GET", .return_code = 302,
                   .url = "www.youtube.com/", .user_agent = BROWSER,
                   .server_name = "www.youtube.com") } },

    { "a sample TLS flow with a certificate",
      { OUTBOUND, .vlan_id = 10, TCP, PORTS(50133, 443),
        BOTH_WAYS(1800, 9, 6400, 8), TLS,
        KNOWN_TLS(.version = 771, .sni = SITE,
                  .server_names = SITE ",example.org", CERTIFICATE, OFFERS,
                  FROM_CLIENT, FROM_SERVER) } },
    { "a sample TLS flow without a certificate",
      { OUTBOUND_6, TCP, PORTS(50134, 443), BOTH_WAYS(1700, 9, 6100, 8), TLS,
        KNOWN_TLS(.version = 772, .sni = SITE, OFFERS, FROM_CLIENT,
                  FROM_SERVER) } },
    { "a sample TLS flow without SNI",
      { INSIDE, TCP, PORTS(50135, 8443), BOTH_WAYS(1500, 8, 5200, 7), TLS,
        KNOWN_TLS(.version = 771, .alpn = "http/1.1",
                  .server_names = "router.example.org", CERTIFICATE,
                  FROM_CLIENT, FROM_SERVER) } },
    { "a sample TLS flow without the names of its certificate",
      { INBOUND, TCP, PORTS(50136, 443), BOTH_WAYS(1500, 8, 5200, 7), TLS,
        KNOWN_TLS(.version = 769, .sni = SITE, CERTIFICATE, FROM_CLIENT,
                  FROM_SERVER) } },
    { "a sample TLS flow without an answer",
      { OUTBOUND, TCP, PORTS(50137, 443), ONE_WAY(700, 4), TLS,
        KNOWN_TLS(.version = 771, .supported_versions = "TLSv1.3",
                  FROM_CLIENT) } },
    { "a sample TLS flow without what its client sent",
      { OUTBOUND, TCP, PORTS(50138, 443), ONE_WAY(4100, 5), TLS,
        KNOWN_TLS(.alpn = "h2", .server_names = SITE, CERTIFICATE,
                  FROM_SERVER) } },
    { "a sample TLS flow with a subject and no issuer",
      { OUTBOUND, TCP, PORTS(50153, 443), BOTH_WAYS(1500, 8, 5200, 7), TLS,
        KNOWN_TLS(.version = 771, .subject_dn = "CN=" SITE,
                  .server_names = SITE, FROM_CLIENT) } },
    { "a sample TLS flow with a version and nothing else",
      { OUTBOUND, TCP, PORTS(50139, 993), ONE_WAY(900, 4), TLS,
        KNOWN_TLS(.version = 771) } },
    { "a sample TLS flow of which only the protocol is known",
      { OUTBOUND, TCP, PORTS(50140, 443), BOTH_WAYS(700, 5, 900, 4), TLS,
        KNOWN_TLS(.version = 0) } },
    { "a sample QUIC flow",
      { OUTBOUND, UDP, PORTS(50141, 443), ONE_WAY(1350, 1), OF_YOUTUBE(188),
        KNOWN_TLS(.version = 772, .sni = "video.example.org", .alpn = "h3",
                  .supported_versions = "TLSv1.3", FROM_CLIENT) } },
    { "a sample QUIC flow with SNI alone",
      { OUTBOUND_6, UDP, PORTS(50142, 443), ONE_WAY(1350, 1), QUIC,
        KNOWN_TLS(.sni = "video.example.org") } },
    { "a sample QUIC flow of which only the protocol is known",
      { INSIDE, UDP, PORTS(50143, 443), BOTH_WAYS(2700, 2, 2700, 2), QUIC,
        KNOWN_TLS(.version = 0) } },

    { "a sample SSH flow with HASSH",
      { INBOUND, TCP, PORTS(50144, 22), BOTH_WAYS(2300, 10, 2900, 9), SSH,
        KNOWN_SSH(BANNERS, .hassh_client = "AE8BD7DD09970555AA4C6ED22ADBBF56",
                  .hassh_server = "8AD0F7B9C8B3A0B4E4E2C4A9F5D1E7C6") } },
    { "a sample SSH flow without HASSH",
      { INSIDE_6, TCP, PORTS(50145, 22), BOTH_WAYS(1100, 8, 1200, 7), SSH,
        KNOWN_SSH(.client_signature = "SSH-1.5-1.2.26",
                  .server_signature = "SSH-1.5-1.2.26") } },
    { "a sample SSH flow without its server's banner",
      { OUTBOUND, TCP, PORTS(50146, 22), ONE_WAY(340, 4), SSH,
        KNOWN_SSH(.client_signature = "SSH-2.0-OpenSSH_9.2p1") } },
    { "a sample SSH flow without banners",
      { INBOUND, TCP, PORTS(50147, 22), BOTH_WAYS(60, 1, 60, 1), SSH,
        KNOWN_SSH(.client_signature = NULL) } },

    { "a sample flow without a protocol",
      { OUTBOUND, TCP, PORTS(50148, 4444), ONE_WAY(74, 1) } },
    { "a sample flow without a protocol, from its server alone",
      { INBOUND, TCP, PORTS(50149, 4444), .srv2cli_bytes = 74,
        .srv2cli_packets = 1 } },
    { "a sample flow without a protocol, 10 GB large",
      { OUTSIDE, UDP, PORTS(50150, 50151),
        BOTH_WAYS(9000000000, 7000000, 1000000000, 900000) } },
    { "a sample flow that is neither TCP nor UDP",
      { OUTSIDE, .l4_proto = 254, ONE_WAY(120, 2) } },
    { "a sample flow to a multicast group",
      { TO_GROUP(239, 255, 255, 250), UDP, PORTS(50152, 1900), ONE_WAY(800, 4),
        L7(12) } },
    { "a sample flow to the broadcast address",
      { TO_GROUP(255, 255, 255, 255), UDP, PORTS(68, 67), ONE_WAY(342, 1),
        L7(18) } },
    { "a sample ICMP flow",
      { INSIDE, .l4_proto = 1, BOTH_WAYS(98, 1, 98, 1), L7(81) } },
    { "a sample ICMPv6 flow to a multicast group",
      { FLOW(6), .flags = FC_FLOW_CLI_LOCAL | FC_FLOW_SRV_LOCAL,
        .cli_addr = { LOCAL_CLIENT_6 }, .srv_addr = { ALL_NODES_6 },
        .vlan_id = 4094, .l4_proto = 58, ONE_WAY(86, 1), L7(102) } },
};

size_t samples_count(void)
{
    return sizeof samples / sizeof samples[0];
}

/* Takes out what nDPI does not tell here. */
static void fill_http(struct sample *sample, const struct fc_http *http)
{
    sample->http = *http;
    sample->flow.http = &sample->http;
    if (!dpi_gifts.http_server)
        sample->http.server = NULL;
}

static void fill_tls(struct sample *sample, const struct fc_tls *tls)
{
    sample->tls = *tls;
    sample->flow.tls = &sample->tls;
    if (!dpi_gifts.ja3_client)
        sample->tls.ja3_client = NULL;
    if (!dpi_gifts.ja3_server)
        sample->tls.ja3_server = NULL;
    if (!dpi_gifts.ja4_client)
        sample->tls.ja4_client = NULL;
}

/* A minute later, or some; what was one-way stays so. */
static void age(struct fc_flow *flow, enum fc_hook hook)
{
    static const struct {
        uint64_t times;
        int64_t time; /* microseconds */
    } later[FC_HOOKS] = {
        [FC_HOOK_DETECTED] = { 1, 0 },
        [FC_HOOK_PERIODIC] = { 4, 60000000 },
        [FC_HOOK_END] = { 7, 95000000 },
    };

    flow->cli2srv_bytes *= later[hook].times;
    flow->cli2srv_packets *= later[hook].times;
    flow->srv2cli_bytes *= later[hook].times;
    flow->srv2cli_packets *= later[hook].times;
    flow->last_seen += later[hook].time;
    flow->time = flow->last_seen;
}

void samples_fill(struct dpi *dpi, size_t index, enum fc_hook hook,
                  struct sample *sample)
{
    const struct fc_flow *flow = &samples[index].flow;
    struct dpi_view view;

    *sample = (struct sample){ .title = samples[index].title, .flow = *flow };
    if (flow->http != NULL)
        fill_http(sample, flow->http);
    if (flow->tls != NULL)
        fill_tls(sample, flow->tls);
    age(&sample->flow, hook);
    dpi_recall(dpi, flow->l7_master_proto, flow->l7_proto, &view);
    sample->flow.l7_proto_name = view.known.name;
}
