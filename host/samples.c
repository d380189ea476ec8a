/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * samples - constants. Addresses are private or of the blocks for
 * documentation; nDPI's ids are those of version 4.2. Where a host may know
 * less, one of the samples of a protocol knows next to nothing: a script that
 * takes a key for granted fails there, not on somebody's network.
 */
#include "samples.h"

#define LOCAL_CLIENT 192, 168, 1, 23
#define LOCAL_SERVER 192, 168, 1, 1
#define REMOTE_SERVER 203, 0, 113, 80
#define REMOTE_CLIENT 198, 51, 100, 7
#define LOCAL_CLIENT_6 0xfd, 0, 0, 0x77, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x23
#define LOCAL_SERVER_6 0xfd, 0, 0, 0x77, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1

#define OUTBOUND (FC_FLOW_CLI_LOCAL | FC_FLOW_UNICAST)
#define INBOUND (FC_FLOW_SRV_LOCAL | FC_FLOW_UNICAST)
#define INSIDE (FC_FLOW_CLI_LOCAL | FC_FLOW_SRV_LOCAL | FC_FLOW_UNICAST)

/* What all have. */
#define COMMON                                                             \
    .struct_size = sizeof(struct fc_flow), .first_seen = 1700000000000000, \
    .last_seen = 1700000000250000, .time = 1700000000250000

static const struct fc_dns dns_answered = { .struct_size = sizeof dns_answered,
                                            .query = "www.example.org",
                                            .query_type = 1 };
static const struct fc_dns dns_missing = { .struct_size = sizeof dns_missing,
                                           .return_code = 3,
                                           .query = "nowhere.example.org",
                                           .query_type = 28 };
static const struct fc_dns dns_unanswered = {
    .struct_size = sizeof dns_unanswered,
    .return_code = FC_DNS_NO_ANSWER,
};

static const struct fc_http http_answered = {
    .struct_size = sizeof http_answered,
    .return_code = 200,
    .method = "GET",
    .url = "www.example.org/index.html?q=1",
    .user_agent = "curl/7.88.1",
    .server = "nginx",
    .server_name = "www.example.org",
};
static const struct fc_http http_unknown = { .struct_size =
                                                 sizeof http_unknown };

static const struct fc_tls tls_known = {
    .struct_size = sizeof tls_known,
    .version = 771,
    .sni = "www.example.org",
    .server_names = "www.example.org,example.org",
    .alpn = "h2,http/1.1",
    .supported_versions = "TLSv1.3,TLSv1.2",
    .issuer_dn = "C=US, O=Example, CN=Example CA",
    .subject_dn = "CN=www.example.org",
    .not_before = 1690000000,
    .not_after = 1721536000,
    .ja3_client = "cd08e31494f9531f560d64c695473da9",
    .ja3_server = "eb1d94daa7e0344597e756a1fb6e7054",
    .ja4_client = "t13d1516h2_8daaf6152771_b186095e22b6",
};
static const struct fc_tls tls_unknown = { .struct_size = sizeof tls_unknown };
static const struct fc_tls quic = { .struct_size = sizeof quic,
                                    .version = 772,
                                    .sni = "video.example.org",
                                    .alpn = "h3",
                                    .supported_versions = "TLSv1.3" };

static const struct fc_ssh ssh_known = {
    .struct_size = sizeof ssh_known,
    .client_signature = "SSH-2.0-OpenSSH_9.2p1",
    .server_signature = "SSH-2.0-OpenSSH_8.4p1",
    .hassh_client = "AE8BD7DD09970555AA4C6ED22ADBBF56",
    .hassh_server = "8AD0F7B9C8B3A0B4E4E2C4A9F5D1E7C6",
};

static const struct fc_flow samples[] = {
    { COMMON, .flags = INSIDE, .ip_version = 4, .l4_proto = 17,
      .cli_addr = { LOCAL_CLIENT }, .srv_addr = { LOCAL_SERVER },
      .cli_port = 50123, .srv_port = 53, .cli2srv_bytes = 90,
      .srv2cli_bytes = 140, .cli2srv_packets = 1, .srv2cli_packets = 1,
      .l7_proto = 5, .l7_proto_name = "DNS", .dns = &dns_answered },
    { COMMON, .flags = OUTBOUND, .ip_version = 4, .l4_proto = 17,
      .cli_addr = { LOCAL_CLIENT }, .srv_addr = { REMOTE_SERVER },
      .cli_port = 50124, .srv_port = 53, .cli2srv_bytes = 90,
      .cli2srv_packets = 1, .l7_proto = 5, .l7_proto_name = "DNS",
      .dns = &dns_unanswered },
    { COMMON, .flags = INSIDE, .ip_version = 6, .l4_proto = 17,
      .cli_addr = { LOCAL_CLIENT_6 }, .srv_addr = { LOCAL_SERVER_6 },
      .cli_port = 50125, .srv_port = 53, .cli2srv_bytes = 110,
      .srv2cli_bytes = 160, .cli2srv_packets = 1, .srv2cli_packets = 1,
      .l7_proto = 5, .l7_proto_name = "DNS", .dns = &dns_missing },
    { COMMON, .flags = OUTBOUND, .ip_version = 4, .l4_proto = 6,
      .cli_addr = { LOCAL_CLIENT }, .srv_addr = { REMOTE_SERVER },
      .cli_port = 50126, .srv_port = 80, .cli2srv_bytes = 620,
      .srv2cli_bytes = 4200, .cli2srv_packets = 6, .srv2cli_packets = 5,
      .l7_proto = 7, .l7_proto_name = "HTTP", .http = &http_answered },
    { COMMON, .flags = INBOUND, .ip_version = 4, .l4_proto = 6,
      .cli_addr = { REMOTE_CLIENT }, .srv_addr = { LOCAL_SERVER },
      .cli_port = 50127, .srv_port = 8080, .cli2srv_bytes = 310,
      .cli2srv_packets = 3, .l7_proto = 7, .l7_proto_name = "HTTP",
      .http = &http_unknown },
    { COMMON, .flags = OUTBOUND, .ip_version = 4, .l4_proto = 6, .vlan_id = 10,
      .cli_addr = { LOCAL_CLIENT }, .srv_addr = { REMOTE_SERVER },
      .cli_port = 50128, .srv_port = 443, .cli2srv_bytes = 1800,
      .srv2cli_bytes = 6400, .cli2srv_packets = 9, .srv2cli_packets = 8,
      .l7_proto = 91, .l7_proto_name = "TLS", .tls = &tls_known },
    { COMMON, .flags = OUTBOUND, .ip_version = 4, .l4_proto = 6,
      .cli_addr = { LOCAL_CLIENT }, .srv_addr = { REMOTE_SERVER },
      .cli_port = 50129, .srv_port = 8443, .cli2srv_bytes = 700,
      .srv2cli_bytes = 900, .cli2srv_packets = 5, .srv2cli_packets = 4,
      .l7_proto = 91, .l7_proto_name = "TLS", .tls = &tls_unknown },
    { COMMON, .flags = OUTBOUND, .ip_version = 4, .l4_proto = 17,
      .cli_addr = { LOCAL_CLIENT }, .srv_addr = { REMOTE_SERVER },
      .cli_port = 50130, .srv_port = 443, .cli2srv_bytes = 1350,
      .srv2cli_bytes = 2700, .cli2srv_packets = 1, .srv2cli_packets = 2,
      .l7_master_proto = 188, .l7_proto = 124, .l7_proto_name = "QUIC.YouTube",
      .tls = &quic },
    { COMMON, .flags = INBOUND, .ip_version = 4, .l4_proto = 6,
      .cli_addr = { REMOTE_CLIENT }, .srv_addr = { LOCAL_SERVER },
      .cli_port = 50131, .srv_port = 22, .cli2srv_bytes = 2300,
      .srv2cli_bytes = 2900, .cli2srv_packets = 10, .srv2cli_packets = 9,
      .l7_proto = 92, .l7_proto_name = "SSH", .ssh = &ssh_known },
    { COMMON, .flags = OUTBOUND, .ip_version = 4, .l4_proto = 6,
      .cli_addr = { LOCAL_CLIENT }, .srv_addr = { REMOTE_SERVER },
      .cli_port = 50132, .srv_port = 4444, .cli2srv_bytes = 90,
      .cli2srv_packets = 1, .l7_proto_name = "Unknown" },
    { COMMON, .flags = FC_FLOW_CLI_LOCAL | FC_FLOW_SRV_LOCAL, .ip_version = 4,
      .l4_proto = 17, .cli_addr = { LOCAL_CLIENT },
      .srv_addr = { 239, 255, 255, 250 }, .cli_port = 50133, .srv_port = 1900,
      .cli2srv_bytes = 800, .cli2srv_packets = 4, .l7_proto = 12,
      .l7_proto_name = "SSDP" },
    { COMMON, .flags = INSIDE, .ip_version = 4, .l4_proto = 1,
      .cli_addr = { LOCAL_CLIENT }, .srv_addr = { LOCAL_SERVER },
      .cli2srv_bytes = 98, .srv2cli_bytes = 98, .cli2srv_packets = 1,
      .srv2cli_packets = 1, .l7_proto = 81, .l7_proto_name = "ICMP" },
};

size_t samples_count(void)
{
    return sizeof samples / sizeof samples[0];
}

const struct fc_flow *samples_get(size_t index)
{
    return &samples[index];
}
