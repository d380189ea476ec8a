/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mock_flow - no two values of the metadata are the same, so that a test sees
 * a mixed-up key.
 */
#include "mock_flow.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void set_address(uint8_t address[16], uint8_t version, const char *text)
{
    int family = version == 6 ? AF_INET6 : AF_INET;

    /* Not check's assert: fuzz targets use this without check. */
    if (inet_pton(family, text, address) == 1)
        return;
    fprintf(stderr, "no address: %s\n", text);
    abort();
}

struct fc_flow mock_flow(const char *cli, uint16_t cli_port, const char *srv,
                         uint16_t srv_port)
{
    struct fc_flow flow = {
        .struct_size = sizeof flow,
        .flags = FC_FLOW_CLI_LOCAL | FC_FLOW_UNICAST,
        .ip_version = strchr(cli, ':') != NULL ? 6 : 4,
        .l4_proto = 6,
        .vlan_id = 7,
        .cli_port = cli_port,
        .srv_port = srv_port,
        .cli2srv_bytes = 1000,
        .srv2cli_bytes = 2000,
        .cli2srv_packets = 10,
        .srv2cli_packets = 20,
        .first_seen = 1700000000000000,
        .last_seen = 1700000001000000,
        .l7_master_proto = 91,
        .l7_proto = 126,
        .l7_proto_name = "TLS.Google",
    };

    set_address(flow.cli_addr, flow.ip_version, cli);
    set_address(flow.srv_addr, flow.ip_version, srv);
    return flow;
}

struct fc_flow mock_any_flow(void)
{
    return mock_flow("192.0.2.10", 50123, "198.51.100.20", 443);
}

const struct fc_http mock_http = {
    .struct_size = sizeof mock_http,
    .return_code = 404,
    .method = "GET",
    .url = "www.example.org/a?b=c",
    .user_agent = "curl/7.88.1",
    .server = "nginx/1.22.1",
    .server_name = "www.example.org",
};

const struct fc_dns mock_dns = {
    .struct_size = sizeof mock_dns,
    .return_code = 3,
    .query_type = 28,
    .query = "ipv6.example.org",
    .invalid_chars_in_query = 1,
};

const struct fc_ssh mock_ssh = {
    .struct_size = sizeof mock_ssh,
    .client_signature = "SSH-2.0-OpenSSH_9.2p1",
    .server_signature = "SSH-2.0-dropbear_2022.83",
    .hassh_client = "EC7378C1A92F5A8DDE7E8B7A1DDF33D1",
    .hassh_server = "B12D2871A1189EFF20364CF5333619EE",
};

const struct fc_tls mock_tls = {
    .struct_size = sizeof mock_tls,
    .version = 772,
    .ja4_malicious = 1,
    .sni = "sni.example.org",
    .server_names = "a.example.org,b.example.org",
    .alpn = "h2,http/1.1",
    .supported_versions = "TLSv1.3,TLSv1.2",
    .issuer_dn = "CN=An Issuer",
    .subject_dn = "CN=A Subject",
    .not_before = 1600000000,
    .not_after = 1800000000,
    .ja3_client = "aa7744226c695c0b2e440419848cf700",
    .ja3_server = "eb1d94daa7e0344597e756a1fb6e7054",
    .ja4_client = "t13d1516h2_8daaf6152771_b186095e22b6",
};

const struct fc_http mock_bare_http = { .struct_size = sizeof(struct fc_http) };
const struct fc_dns mock_bare_dns = {
    .struct_size = sizeof(struct fc_dns),
    .return_code = FC_DNS_NO_ANSWER,
};
const struct fc_ssh mock_bare_ssh = { .struct_size = sizeof(struct fc_ssh) };
const struct fc_tls mock_bare_tls = { .struct_size = sizeof(struct fc_tls) };
