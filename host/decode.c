/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * decode - from the bytes of a frame to what a flow table needs to know of it.
 *
 * A cursor walks the frame from header to header. Each step decodes one header,
 * moves the cursor behind it and finds the next one's step in a table. Steps
 * run one after another and do not nest, so a frame of a thousand VLAN tags
 * needs no more stack than any other. To add a header, add a step and a row.
 *
 * Not here: reassembly (fragments.c remembers ports instead) and checksums,
 * which are wrong in any capture taken before the network card filled them in.
 */
#include "decode.h"

#include <netinet/in.h>
#include <stddef.h>
#include <string.h>

/* Bytes of headers; of those that vary in length, the least. */
enum {
    ETHERNET_HEADER = 14,
    VLAN_TAG = 4,
    MPLS_LABEL = 4,
    PPPOE_HEADER = 6,
    PPP_FRAMING = 2,
    FAMILY_HEADER = 4,
    COOKED_HEADER = 16,
    COOKED_V2_HEADER = 20,
    IPV4_HEADER = 20,
    IPV6_HEADER = 40,
    IPV6_EXTENSION = 8,
    TCP_HEADER = 20,
    UDP_HEADER = 8,
    SCTP_HEADER = 12,
    ICMP_HEADER = 8,
    DNS_MESSAGE = 21 /* bytes of a question about a short name */
};

enum { DNS_PORT = 53 };

/* Where, in a transport header or in DNS, what we need of it ends. */
enum {
    DNS_ID_END = 2,
    PORTS_END = 4,
    TCP_FLAGS_END = 14,
    ICMP_CODE_END = 2,
    ICMP_CHECKSUM_END = 4 /* the rest of its 8 bytes is often left out */
};

struct cursor;

/* Decodes the header under the cursor. */
typedef enum decode_result decode_step(struct cursor *cursor);

/*
 * What is left of a frame. No more bytes are captured than were on the wire;
 * fewer when the capture cut the frame.
 */
struct cursor {
    const uint8_t *at;
    uint32_t captured;
    uint32_t wire;
    bool padded;                 /* what follows an IP packet is padding */
    enum decode_result shortage; /* why look() or take() gave NULL */
    decode_step *next;           /* NULL when the packet is decoded */
    struct packet *packet;       /* what the steps fill */
};

/* A row of a table: a header's number for the next one, and that one's step. */
struct step {
    uint32_t number;
    decode_step *decode; /* NULL in the last row */
};

static decode_step *find_step(const struct step *table, uint32_t number)
{
    while (table->decode != NULL && table->number != number)
        table++;
    return table->decode;
}

static enum decode_result follow(struct cursor *cursor,
                                 const struct step *table, uint32_t number)
{
    cursor->next = find_step(table, number);
    return cursor->next != NULL ? DECODE_OK : DECODE_NOT_IP;
}

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static uint16_t read_16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

static uint32_t read_32(const uint8_t *at)
{
    return (uint32_t)read_16(at) << 16 | read_16(at + 2);
}

/*
 * The header under the cursor: len bytes on the wire, of which the first
 * `needed` must be captured. A header that the frame has no room for is a lie,
 * one that only the capture has no room for is cut.
 */
static const uint8_t *look(struct cursor *cursor, uint32_t len, uint32_t needed)
{
    if (cursor->wire < len)
        cursor->shortage = DECODE_MALFORMED;
    else if (cursor->captured < needed)
        cursor->shortage = DECODE_TRUNCATED;
    else
        return cursor->at;
    return NULL;
}

/* Moves on by len bytes, or to the end. */
static void skip(struct cursor *cursor, uint32_t len)
{
    uint32_t captured = least(len, cursor->captured);

    cursor->at += captured;
    cursor->captured -= captured;
    cursor->wire -= least(len, cursor->wire);
}

/* The header under the cursor, all of it captured; moves behind it. */
static const uint8_t *take(struct cursor *cursor, uint32_t len)
{
    const uint8_t *header = look(cursor, len, len);

    if (header != NULL)
        skip(cursor, len);
    return header;
}

/* Ends the frame len bytes from here. Returns how much that cuts off. */
static uint32_t limit(struct cursor *cursor, uint32_t len)
{
    uint32_t rest = cursor->wire - least(len, cursor->wire);

    cursor->wire -= rest;
    cursor->captured = least(cursor->captured, cursor->wire);
    return rest;
}

/* Transports: the last step of a packet. */

static void note_ports(struct packet *packet, const uint8_t *ports)
{
    packet->src_port = read_16(ports);
    packet->dst_port = read_16(ports + 2);
}

static enum decode_result decode_payload(struct cursor *cursor)
{
    cursor->packet->payload = cursor->captured > 0 ? cursor->at : NULL;
    cursor->packet->payload_len = cursor->captured;
    return DECODE_OK;
}

/* A data offset that cannot be right hides the payload, not the segment. */
static enum decode_result decode_tcp(struct cursor *cursor)
{
    const uint8_t *tcp = look(cursor, TCP_HEADER, TCP_FLAGS_END);
    uint32_t len;

    if (tcp == NULL)
        return cursor->shortage;
    note_ports(cursor->packet, tcp);
    cursor->packet->tcp_flags = tcp[13];
    len = (tcp[12] >> 4) * 4u;
    skip(cursor, len >= TCP_HEADER ? len : cursor->wire);
    return decode_payload(cursor);
}

/* Queries between the same ports are told apart by id: it is in the flow key.
 */
static void note_dns(struct cursor *cursor)
{
    struct packet *packet = cursor->packet;
    bool is_dns = packet->src_port == DNS_PORT || packet->dst_port == DNS_PORT;

    if (is_dns && cursor->wire >= DNS_MESSAGE && cursor->captured >= DNS_ID_END)
        packet->dns_id = read_16(cursor->at);
}

/* A length of less than the header is one that nobody filled in. */
static enum decode_result decode_udp(struct cursor *cursor)
{
    const uint8_t *udp = look(cursor, UDP_HEADER, PORTS_END);

    if (udp == NULL)
        return cursor->shortage;
    note_ports(cursor->packet, udp);
    if (cursor->captured >= UDP_HEADER && read_16(udp + 4) >= UDP_HEADER)
        limit(cursor, read_16(udp + 4));
    skip(cursor, UDP_HEADER);
    note_dns(cursor);
    return decode_payload(cursor);
}

static enum decode_result decode_sctp(struct cursor *cursor)
{
    const uint8_t *sctp = look(cursor, SCTP_HEADER, PORTS_END);

    if (sctp == NULL)
        return cursor->shortage;
    note_ports(cursor->packet, sctp);
    skip(cursor, SCTP_HEADER);
    if (cursor->captured > 0)
        cursor->packet->sctp_chunk = *cursor->at;
    return decode_payload(cursor);
}

static enum decode_result decode_icmp(struct cursor *cursor)
{
    const uint8_t *icmp = look(cursor, ICMP_CHECKSUM_END, ICMP_CODE_END);

    if (icmp == NULL)
        return cursor->shortage;
    cursor->packet->icmp_type = icmp[0];
    cursor->packet->icmp_code = icmp[1];
    skip(cursor, ICMP_HEADER);
    return decode_payload(cursor);
}

static const struct step transports[] = {
    { IPPROTO_TCP, decode_tcp },     { IPPROTO_UDP, decode_udp },
    { IPPROTO_ICMPV6, decode_icmp }, { IPPROTO_ICMP, decode_icmp },
    { IPPROTO_SCTP, decode_sctp },   { 0, NULL },
};

/*
 * A protocol that has no row is a flow too, without ports. A later fragment
 * ends here: it has no transport header, and as the middle of a payload must
 * not be taken for its beginning, it has no payload either.
 */
static enum decode_result follow_transport(struct cursor *cursor, uint8_t proto)
{
    cursor->packet->l4_proto = proto;
    if (cursor->packet->later_fragment)
        return DECODE_OK;
    cursor->next = find_step(transports, proto);
    if (cursor->next == NULL)
        cursor->next = decode_payload;
    return DECODE_OK;
}

/* IP. */

/*
 * Ends the cursor where an IP packet of len bytes ends. One that claims more
 * than its frame has ends with the frame: the rest was never on the wire.
 */
static void enter_ip(struct cursor *cursor, uint8_t version, uint32_t len)
{
    struct packet *packet = cursor->packet;
    uint32_t rest = limit(cursor, len);

    if (cursor->padded)
        packet->wire_len -= rest;
    packet->ip_version = version;
    packet->ip = cursor->at;
    packet->ip_len = cursor->captured;
}

/* Offset 0 and nothing to come is a whole packet, whatever its id. */
static void note_fragment(struct packet *packet, uint32_t offset, bool more,
                          uint32_t id)
{
    packet->first_fragment = offset == 0 && more;
    packet->later_fragment = offset != 0;
    packet->fragment_id = offset != 0 || more ? id : 0;
}

/* What a flow table wants of an IPv4 header. */
static void note_ipv4(struct packet *packet, const uint8_t *ip)
{
    uint16_t fragment = read_16(ip + 6);

    memcpy(packet->src, ip + 12, 4);
    memcpy(packet->dst, ip + 16, 4);
    note_fragment(packet, fragment & 0x1fffu, fragment & 0x2000u,
                  read_16(ip + 4));
}

/*
 * A total length of 0 is a segment that the network card has yet to cut. One of
 * less than the header leaves no room to take it.
 */
static enum decode_result decode_ipv4(struct cursor *cursor)
{
    const uint8_t *ip = look(cursor, IPV4_HEADER, IPV4_HEADER);
    uint32_t header_len, total_len;

    if (ip == NULL)
        return cursor->shortage;
    header_len = (ip[0] & 0x0fu) * 4u;
    total_len = read_16(ip + 2) != 0 ? read_16(ip + 2) : cursor->wire;
    if (ip[0] >> 4 != 4 || header_len < IPV4_HEADER)
        return DECODE_MALFORMED;
    enter_ip(cursor, 4, total_len);
    if (take(cursor, header_len) == NULL)
        return cursor->shortage;
    note_ipv4(cursor->packet, ip);
    return follow_transport(cursor, ip[9]);
}

static enum decode_result follow_ipv6(struct cursor *cursor, uint8_t next);

/* An extension counts its length in units, without the first 8 bytes. */
static enum decode_result skip_extension(struct cursor *cursor, uint32_t unit)
{
    const uint8_t *header = take(cursor, IPV6_EXTENSION);

    if (header == NULL || take(cursor, header[1] * unit) == NULL)
        return cursor->shortage;
    return follow_ipv6(cursor, header[0]);
}

static enum decode_result decode_extension(struct cursor *cursor)
{
    return skip_extension(cursor, 8);
}

/* Older than IPv6, hence the unit. */
static enum decode_result decode_authentication(struct cursor *cursor)
{
    return skip_extension(cursor, 4);
}

static enum decode_result decode_fragment(struct cursor *cursor)
{
    const uint8_t *header = take(cursor, IPV6_EXTENSION);

    if (header == NULL)
        return cursor->shortage;
    note_fragment(cursor->packet, read_16(header + 2) & 0xfff8u, header[3] & 1,
                  read_32(header + 4));
    return follow_ipv6(cursor, header[0]);
}

static const struct step extensions[] = {
    { IPPROTO_HOPOPTS, decode_extension },
    { IPPROTO_ROUTING, decode_extension },
    { IPPROTO_FRAGMENT, decode_fragment },
    { IPPROTO_DSTOPTS, decode_extension },
    { IPPROTO_AH, decode_authentication },
    { IPPROTO_MH, decode_extension },
    { 0, NULL },
};

/* A later fragment has no headers but those before its fragment header. */
static enum decode_result follow_ipv6(struct cursor *cursor, uint8_t next)
{
    if (!cursor->packet->later_fragment)
        cursor->next = find_step(extensions, next);
    return cursor->next != NULL ? DECODE_OK : follow_transport(cursor, next);
}

/*
 * A payload length of 0 is that of a jumbogram, or of a segment that the
 * network card has yet to cut, unless the header says that nothing follows.
 */
static enum decode_result decode_ipv6(struct cursor *cursor)
{
    const uint8_t *ip = look(cursor, IPV6_HEADER, IPV6_HEADER);
    uint32_t payload_len;

    if (ip == NULL)
        return cursor->shortage;
    if (ip[0] >> 4 != 6)
        return DECODE_MALFORMED;
    payload_len = read_16(ip + 4);
    if (payload_len == 0 && ip[6] != IPPROTO_NONE)
        payload_len = cursor->wire - IPV6_HEADER;
    enter_ip(cursor, 6, IPV6_HEADER + payload_len);
    skip(cursor, IPV6_HEADER);
    memcpy(cursor->packet->src, ip + 8, 16);
    memcpy(cursor->packet->dst, ip + 24, 16);
    return follow_ipv6(cursor, ip[6]);
}

static const struct step ip_versions[] = {
    { 4, decode_ipv4 },
    { 6, decode_ipv6 },
    { 0, NULL },
};

/* For headers that announce IP and leave it to IP to say which. */
static enum decode_result decode_ip(struct cursor *cursor)
{
    const uint8_t *ip = look(cursor, 1, 1);

    return ip != NULL ? follow(cursor, ip_versions, ip[0] >> 4)
                      : cursor->shortage;
}

/* What an EtherType announces. */

static enum decode_result follow_ether_type(struct cursor *cursor,
                                            const uint8_t *type);

static enum decode_result decode_arp(struct cursor *cursor)
{
    (void)cursor;
    return DECODE_ARP;
}

/* Each tag replaces the one before it: the innermost wins. */
static enum decode_result decode_vlan(struct cursor *cursor)
{
    const uint8_t *tag = take(cursor, VLAN_TAG);

    if (tag == NULL)
        return cursor->shortage;
    cursor->packet->vlan_id = read_16(tag) & 0x0fffu;
    return follow_ether_type(cursor, tag + 2);
}

static enum decode_result decode_mpls(struct cursor *cursor)
{
    const uint8_t *label = take(cursor, MPLS_LABEL);

    if (label == NULL)
        return cursor->shortage;
    cursor->next = label[2] & 1 ? decode_ip : decode_mpls;
    return DECODE_OK;
}

static const struct step ppp_protocols[] = {
    { 0x0021, decode_ipv4 },
    { 0x0057, decode_ipv6 },
    { 0x0281, decode_mpls },
    { 0x0283, decode_mpls }, /* multicast */
    { 0, NULL },
};

/* An odd first byte is the whole protocol: its zero byte was compressed. */
static enum decode_result decode_ppp_protocol(struct cursor *cursor)
{
    const uint8_t *first = look(cursor, 1, 1);
    bool compressed = first != NULL && first[0] & 1;
    const uint8_t *protocol = take(cursor, compressed ? 1 : 2);

    if (protocol == NULL)
        return cursor->shortage;
    return follow(cursor, ppp_protocols,
                  compressed ? protocol[0] : read_16(protocol));
}

/* Its length field says nothing that IP does not say better. */
static enum decode_result decode_pppoe(struct cursor *cursor)
{
    cursor->next = decode_ppp_protocol;
    return take(cursor, PPPOE_HEADER) != NULL ? DECODE_OK : cursor->shortage;
}

static const struct step ether_types[] = {
    { 0x0800, decode_ipv4 },
    { 0x86dd, decode_ipv6 },
    { 0x8100, decode_vlan }, /* 802.1Q */
    { 0x88a8, decode_vlan }, /* 802.1ad */
    { 0x9100, decode_vlan }, /* 802.1ad, before it was a standard */
    { 0x0806, decode_arp },
    { 0x8864, decode_pppoe }, /* session; discovery carries no IP */
    { 0x8847, decode_mpls },
    { 0x8848, decode_mpls }, /* multicast */
    { 0, NULL },
};

static enum decode_result follow_ether_type(struct cursor *cursor,
                                            const uint8_t *type)
{
    return follow(cursor, ether_types, read_16(type));
}

/* Link types: the first step of a frame. */

/* Takes a header of len bytes with an EtherType among them. */
static enum decode_result take_link(struct cursor *cursor, uint32_t len,
                                    uint32_t type_at)
{
    const uint8_t *header = take(cursor, len);

    return header != NULL ? follow_ether_type(cursor, header + type_at)
                          : cursor->shortage;
}

static enum decode_result decode_ethernet(struct cursor *cursor)
{
    cursor->padded = true;
    return take_link(cursor, ETHERNET_HEADER, 12);
}

static enum decode_result decode_cooked(struct cursor *cursor)
{
    return take_link(cursor, COOKED_HEADER, 14);
}

static enum decode_result decode_cooked_v2(struct cursor *cursor)
{
    return take_link(cursor, COOKED_V2_HEADER, 0);
}

/* With the address and control bytes of HDLC framing, or without. */
static enum decode_result decode_ppp(struct cursor *cursor)
{
    const uint8_t *ppp = look(cursor, PPP_FRAMING, PPP_FRAMING);

    if (ppp == NULL)
        return cursor->shortage;
    if (read_16(ppp) == 0xff03)
        skip(cursor, PPP_FRAMING);
    cursor->next = decode_ppp_protocol;
    return DECODE_OK;
}

/* AF_INET and AF_INET6, as the systems number them. */
static const struct step families[] = {
    { 2, decode_ipv4 },  /* everywhere */
    { 10, decode_ipv6 }, /* Linux */
    { 23, decode_ipv6 }, /* Windows */
    { 24, decode_ipv6 }, /* NetBSD, OpenBSD, Npcap */
    { 28, decode_ipv6 }, /* FreeBSD */
    { 30, decode_ipv6 }, /* macOS */
    { 0, NULL },
};

/*
 * NULL has the family in the byte order of the machine that captured, LOOP in
 * that of the network. Families are small: it is the first byte or the last.
 */
static enum decode_result decode_family(struct cursor *cursor)
{
    const uint8_t *family = take(cursor, FAMILY_HEADER);

    return family != NULL ? follow(cursor, families, family[0] | family[3])
                          : cursor->shortage;
}

/* With the names of pcap-linktype(7). */
static const struct step link_types[] = {
    { 1, decode_ethernet },    /* EN10MB */
    { 113, decode_cooked },    /* LINUX_SLL */
    { 276, decode_cooked_v2 }, /* LINUX_SLL2 */
    { 12, decode_ip },         /* RAW, as pcap_datalink() gives it */
    { 101, decode_ip },        /* RAW, as files have it */
    { 228, decode_ipv4 },      /* IPV4 */
    { 229, decode_ipv6 },      /* IPV6 */
    { 0, decode_family },      /* NULL */
    { 108, decode_family },    /* LOOP */
    { 9, decode_ppp },         /* PPP */
    { 0, NULL },
};

bool decode_knows_link_type(int link_type)
{
    return find_step(link_types, (uint32_t)link_type) != NULL;
}

/* A capture that holds more than the wire did is wrong about the wire. */
enum decode_result decode_frame(int link_type, const uint8_t *frame,
                                uint32_t caplen, uint32_t wire_len,
                                struct packet *packet)
{
    uint32_t wire = wire_len > caplen ? wire_len : caplen;
    struct cursor cursor = {
        .at = frame, .captured = caplen, .wire = wire, .packet = packet
    };
    decode_step *step = find_step(link_types, (uint32_t)link_type);
    enum decode_result result = step != NULL ? DECODE_OK : DECODE_LINK_TYPE;

    *packet = (struct packet){ .wire_len = wire };
    while (result == DECODE_OK && step != NULL) {
        cursor.next = NULL;
        result = step(&cursor);
        step = cursor.next;
    }
    return result;
}

const char *decode_result_name(enum decode_result result)
{
    static const char *const names[DECODE_RESULTS] = {
        [DECODE_OK] = "decoded packets",
        [DECODE_TRUNCATED] = "truncated packets",
        [DECODE_MALFORMED] = "malformed packets",
        [DECODE_ARP] = "ARP",
        [DECODE_NOT_IP] = "not IP",
        [DECODE_LINK_TYPE] = "unknown link type",
    };

    return names[result];
}
