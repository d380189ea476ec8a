/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * packets - frames for tests, built from a description.
 *
 * Lengths, types and the IPv4 header's checksum are right; a test that wants
 * them wrong changes the built bytes. Checksums of transports are 0.
 */
#ifndef FC_TESTS_PACKETS_H
#define FC_TESTS_PACKETS_H

#include <netinet/in.h> /* IPPROTO_* */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRAME_MAX 4096

enum frame_link {
    FRAME_ETHERNET,
    FRAME_RAW,
    FRAME_NULL, /* family in little endian */
    FRAME_LOOP, /* family in big endian */
    FRAME_COOKED,
    FRAME_COOKED_V2,
    FRAME_PPP,
    FRAME_PPP_HDLC /* PPP behind HDLC's address and control bytes */
};

/* An IPv6 extension header. */
struct frame_extension {
    uint8_t type; /* IPPROTO_HOPOPTS, ... */
    uint8_t len;  /* bytes: a multiple of 8, of AH 4; 0 ends the list */
};

/* What a frame is to be. Everything that is left out is absent, or 0. */
struct frame_spec {
    enum frame_link link;
    uint16_t vlan[8];      /* tags, outermost first; 0 ends the list */
    uint16_t vlan_type[8]; /* their EtherTypes; 0 is 0x8100 */
    uint32_t mpls[8];      /* labels, outermost first; 0 ends the list */
    bool pppoe;

    const char *src; /* IPv4 or IPv6; NULL: 10.0.0.1 */
    const char *dst; /* NULL: 10.0.0.2 */
    uint8_t proto;
    uint8_t ip_options;                   /* bytes of IPv4 options, by 4 */
    struct frame_extension extensions[8]; /* IPv6 */

    /* Of the IPv4 header, or of an extension of type IPPROTO_FRAGMENT. */
    uint32_t fragment_id;
    uint16_t fragment_offset; /* bytes, by 8; > 0: no transport header */
    bool more_fragments;

    uint16_t sport;
    uint16_t dport;
    uint8_t tcp_flags;
    uint8_t tcp_options; /* bytes, by 4 */
    uint32_t tcp_seq;
    uint32_t tcp_ack;
    uint8_t icmp_type;
    uint8_t icmp_code;
    uint8_t sctp_chunk; /* type of the one chunk, which holds the payload */

    const void *payload; /* NULL: zeros */
    uint32_t payload_len;
    uint32_t pad_to; /* bytes of the frame; the padding is 0xAA */
};

/* A frame, and where in it the (outermost) headers begin. */
struct frame {
    uint8_t bytes[FRAME_MAX];
    uint32_t len;
    int link_type; /* as pcap_datalink() gives it */
    uint32_t ip;
    uint32_t transport; /* equals payload when there is no such header */
    uint32_t payload;
    uint32_t inner; /* of a tunnel: where the inner frame begins, */
    uint32_t inner_ip;
};

/* A description, to be written where it is used. */
#define FRAME(...) (&(struct frame_spec){ __VA_ARGS__ })

/* In a description: some pair of IPv6 addresses. */
#define FRAME_IPV6 .src = "2001:db8::1", .dst = "2001:db8::2"

/* Builds a frame. Aborts when the description makes no sense. */
void frame_build(struct frame *frame, const struct frame_spec *spec);

/* What is between a tunnel's outer header, IP or UDP, and the inner frame. */
struct frame_tunnel {
    const char *header; /* with bytes that fit */
    uint32_t header_len;
    uint32_t len_at;   /* offset of a length of two bytes in it, 0 none, */
    uint32_t len_from; /* and of where that length begins to count */
};

/* Builds a frame whose payload is a tunnel's header and an inner frame. */
void frame_build_tunnel(struct frame *frame, const struct frame_spec *outer,
                        const struct frame_tunnel *tunnel,
                        const struct frame_spec *inner);

/*
 * Samples: one frame of each kind that decode knows, for tests that take any.
 * i is below frame_sample_count().
 */
size_t frame_sample_count(void);
void frame_build_sample(struct frame *frame, size_t i);

/* Overwrites two bytes of a built frame, in network order. */
void frame_set_16(struct frame *frame, uint32_t at, uint32_t value);

#endif
