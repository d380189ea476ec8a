/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * decode - from the bytes of a frame to what a flow table needs to know of it.
 *
 * Pure functions over (bytes, length): no state, no allocation, no clock. They
 * never read past the captured bytes, whatever these are.
 */
#ifndef FC_DECODE_H
#define FC_DECODE_H

#include <stdbool.h>
#include <stdint.h>

/* What became of a frame. Everything but DECODE_OK is counted by its name. */
enum decode_result {
    DECODE_OK = 0,
    DECODE_TRUNCATED, /* the capture cut it within the headers we need */
    DECODE_MALFORMED, /* its headers contradict themselves */
    DECODE_ARP,
    DECODE_NOT_IP,    /* an EtherType (or protocol) we don't look into */
    DECODE_LINK_TYPE, /* a link type we don't know */
    DECODE_RESULTS    /* how many there are */
};

/* Bits of packet.tcp_flags, as on the wire. */
#define DECODE_TCP_FIN 0x01u
#define DECODE_TCP_SYN 0x02u
#define DECODE_TCP_RST 0x04u
#define DECODE_TCP_ACK 0x10u

/* A decoded packet. Pointers point into the frame that was decoded. */
struct packet {
    uint8_t ip_version; /* 4 or 6 */
    uint8_t l4_proto;   /* after all IPv6 extension headers */
    uint16_t vlan_id;   /* innermost tag, 0 untagged */
    uint16_t src_port;  /* host order; 0 unless TCP, UDP, SCTP */
    uint16_t dst_port;
    uint8_t src[16]; /* network order; IPv4 in the first 4 bytes */
    uint8_t dst[16];
    uint8_t tcp_flags; /* 0 unless TCP */
    uint8_t icmp_type; /* 0 unless ICMP or ICMPv6 */
    uint8_t icmp_code;
    uint8_t sctp_chunk; /* type of the first chunk (1 INIT), else 0 */
    /* transaction id of DNS over UDP (a port is 53, payload > 20), else 0 */
    uint16_t dns_id;
    bool first_fragment;    /* fragment with offset 0 and more to come */
    bool later_fragment;    /* offset > 0: has no ports, ports are 0 */
    uint32_t fragment_id;   /* IPv4 16 bits, IPv6 32 bits; 0 not fragmented */
    uint32_t wire_len;      /* bytes counted: frame without trailing padding */
    const uint8_t *ip;      /* the IP header */
    uint32_t ip_len;        /* captured bytes from there, without padding */
    const uint8_t *payload; /* L4 payload, NULL when none was captured */
    uint32_t payload_len;   /* captured bytes of it, without padding */
};

/*
 * Decodes a frame of a link type (a DLT_ or LINKTYPE_ number, as
 * pcap_datalink() gives it) of which caplen bytes were captured out of
 * wire_len. Fills *packet when it returns DECODE_OK; otherwise *packet is
 * unspecified.
 */
enum decode_result decode_frame(int link_type, const uint8_t *frame,
                                uint32_t caplen, uint32_t wire_len,
                                struct packet *packet);

/* Whether decode_frame knows a link type. */
bool decode_knows_link_type(int link_type);

/* "truncated packets", "ARP", ...: how the summary names a result. */
const char *decode_result_name(enum decode_result result);

#endif
