/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fc_flow.h - one network flow as plain data.
 *
 * A host fills a struct fc_flow and hands it to a check (flow_check.h). It
 * holds no pointer into a host's own types: a host that has no DPI library, or
 * another one, can fill it too.
 *
 * Rules for every struct of this file:
 *  - struct_size is set by whoever fills the struct, to the size that it was
 *    compiled with. A reader copies the smaller of both sizes into a zeroed
 *    struct of its own (fc_copy_struct), so a field that the filler does not
 *    know reads as 0 or NULL. Fields are only ever appended.
 *  - strings are NUL-terminated, NULL when unknown, of any bytes (traffic is
 *    not UTF-8), owned by the host and valid during the call that received
 *    the struct, no longer.
 */
#ifndef FC_FLOW_H
#define FC_FLOW_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* HTTP: the flow's last request and its answer. */
struct fc_http {
    uint32_t struct_size;
    uint16_t return_code;    /* 100..599, 0 without an answer */
    uint16_t reserved;       /* 0 */
    const char *method;      /* "GET" */
    const char *url;         /* Host header, then target: "example.org/a?b" */
    const char *user_agent;  /* as sent */
    const char *server;      /* the answer's Server header */
    const char *server_name; /* Host header without its port */
};

/* A value of fc_dns.return_code: nobody answered yet. */
#define FC_DNS_NO_ANSWER (-1)

/* DNS: one transaction. */
struct fc_dns {
    uint32_t struct_size;
    int16_t return_code; /* RCODE 0..15 (RFC 1035), or FC_DNS_NO_ANSWER */
    uint16_t query_type; /* 1 A, 28 AAAA, ...; 0 unknown */
    const char *query;   /* the name asked for, no dot at the end */
    uint8_t invalid_chars_in_query; /* 1: the name has bytes no name has */
    uint8_t reserved[7];            /* 0 */
};

/* SSH: the banners, and HASSH fingerprints as 32 hex digits. */
struct fc_ssh {
    uint32_t struct_size;
    uint32_t reserved; /* 0 */
    const char *client_signature;
    const char *server_signature;
    const char *hassh_client;
    const char *hassh_server;
};

/* TLS and QUIC, and the mail protocols inside TLS. */
struct fc_tls {
    uint32_t struct_size;
    uint16_t version;         /* 771 TLS 1.2, 772 TLS 1.3, ...; 0 unknown */
    uint8_t ja4_malicious;    /* 1: the host knows this JA4 as malicious */
    uint8_t reserved;         /* 0 */
    const char *sni;          /* server name the client asked for */
    const char *server_names; /* certificate's names, "a.org,b.org" */
    const char *alpn;         /* "h2", or what was offered: "h2,http/1.1" */
    const char *supported_versions; /* offered by the client */
    const char *issuer_dn;
    const char *subject_dn;
    int64_t not_before; /* certificate, seconds since 1970; 0 unknown */
    int64_t not_after;
    const char *ja3_client; /* JA3, 32 hex digits */
    const char *ja3_server; /* JA3S, 32 hex digits */
    const char *ja4_client; /* JA4, 36 characters */
};

/* Bits of fc_flow.flags. */
#define FC_FLOW_CLI_LOCAL 0x1u /* the client is in a local network */
#define FC_FLOW_SRV_LOCAL 0x2u /* so is the server; multicast counts */
#define FC_FLOW_UNICAST 0x4u   /* neither end is multicast or broadcast */

/*
 * A flow: both directions of one conversation. The client is the end that
 * opened it, as far as the host can tell; a host decides that before the first
 * hook runs and does not change it afterwards.
 */
struct fc_flow {
    uint32_t struct_size;
    uint32_t flags;       /* FC_FLOW_* */
    uint8_t ip_version;   /* 4 or 6 */
    uint8_t l4_proto;     /* IANA number: 6 TCP, 17 UDP, ... */
    uint16_t vlan_id;     /* 1..4095, 0 untagged; the innermost tag */
    uint16_t cli_port;    /* host byte order; 0 unless TCP, UDP or SCTP */
    uint16_t srv_port;    /* likewise */
    uint8_t cli_addr[16]; /* network byte order; IPv4 in the first 4 bytes */
    uint8_t srv_addr[16]; /* likewise */

    uint64_t cli2srv_bytes; /* bytes of whole frames, without padding */
    uint64_t srv2cli_bytes;
    uint64_t cli2srv_packets;
    uint64_t srv2cli_packets;
    int64_t first_seen; /* packet time, microseconds since 1970 UTC */
    int64_t last_seen;

    uint16_t l7_master_proto;  /* nDPI id; 0 none */
    uint16_t l7_proto;         /* nDPI id; 0 unknown */
    uint32_t reserved;         /* 0 */
    const char *l7_proto_name; /* "TLS.Google", "DNS", "Unknown"; never NULL */

    /*
     * What is known of the application protocol. A pointer is non-NULL exactly
     * when the flow is of that protocol, even if nothing more is known.
     */
    const struct fc_http *http;
    const struct fc_dns *dns;
    const struct fc_ssh *ssh;
    const struct fc_tls *tls;

    /*
     * Packet time of the hook, microseconds since 1970 UTC: of the packet that
     * completed detection, or at which the period or the flow was over. It may
     * be later than last_seen. 0: unknown, then last_seen takes its place.
     */
    int64_t time;
};

#ifdef __cplusplus
}
#endif

#endif
