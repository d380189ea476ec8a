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
    DECODE_ARP,       /* from here on: what we don't look into */
    DECODE_RARP,
    DECODE_LLDP,
    DECODE_STP,
    DECODE_LLC, /* of 802.2, of some other kind */
    DECODE_EAPOL,
    DECODE_SLOW, /* LACP, Ethernet OAM */
    DECODE_PPPOE_DISCOVERY,
    DECODE_PPP_CONTROL, /* LCP, IPCP, authentication */
    DECODE_WAKE_ON_LAN,
    DECODE_PROFINET,
    DECODE_ETHERCAT,
    DECODE_GOOSE,
    DECODE_HOMEPLUG,
    DECODE_PTP,
    DECODE_MACSEC,
    DECODE_IPX,
    DECODE_NETBEUI,
    DECODE_LOOPBACK,
    DECODE_WIFI,      /* 802.11, with or without a radio's header */
    DECODE_NOT_IP,    /* an EtherType, or protocol, that has no name here */
    DECODE_LINK_TYPE, /* a link type we don't know */
    DECODE_RESULTS    /* how many there are */
};

/* Bits of packet.tcp_flags, as on the wire. */
#define DECODE_TCP_FIN 0x01u
#define DECODE_TCP_SYN 0x02u
#define DECODE_TCP_RST 0x04u
#define DECODE_TCP_ACK 0x10u

/*
 * A decoded packet; of nested ones, the innermost that could be decoded.
 * Pointers point into the frame.
 */
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
    uint32_t wire_len;      /* bytes counted; see below */
    const uint8_t *ip;      /* the IP header */
    uint32_t ip_len;        /* captured bytes from there, without padding */
    const uint8_t *payload; /* L4 payload, NULL when none was captured */
    uint32_t payload_len;   /* captured bytes of it, without padding */
};

/*
 * wire_len is the whole frame's length on the wire, without what follows the IP
 * packet. As in ntopng, what comes before the inner packet of IPv6 in IP, IPv4
 * in IPv6, GRE and ERSPAN is left out (ERSPAN's inner Ethernet header is not),
 * and a later fragment counts from its IP header.
 */

/*
 * Decodes a frame of a link type (a DLT_ or LINKTYPE_ number, as
 * pcap_datalink() gives it) of which caplen bytes were captured out of
 * wire_len. Fills *packet when it returns DECODE_OK; otherwise *packet is
 * unspecified.
 */
enum decode_result decode_frame(int link_type, const uint8_t *frame,
                                uint32_t caplen, uint32_t wire_len,
                                struct packet *packet);

/* Whether decode_frame can say something of a link type. */
bool decode_knows_link_type(int link_type);

/* "truncated packet(s)", "ARP", ...: a noun for text_count. */
const char *decode_result_name(enum decode_result result);

#endif
