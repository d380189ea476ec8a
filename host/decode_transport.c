/* SPDX-License-Identifier: GPL-3.0-or-later */
/* decode_transport - the last header of a packet, unless it has a tunnel. */
#include <netinet/in.h>

#include "decode_steps.h"

/* Bytes of headers; of those that vary in length, the least. */
enum {
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

static void note_ports(struct packet *packet, const uint8_t *ports)
{
    packet->src_port = read_16(ports);
    packet->dst_port = read_16(ports + 2);
}

enum decode_result decode_payload(struct cursor *cursor)
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

static enum decode_result follow_ports(struct cursor *cursor)
{
    const struct packet *packet = cursor->packet;
    decode_step *tunnel =
        decode_find_udp_tunnel(packet->src_port, packet->dst_port);

    return tunnel != NULL ? decode_enter_tunnel(cursor, tunnel)
                          : decode_payload(cursor);
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
    return follow_ports(cursor);
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
    { IPPROTO_TCP, decode_tcp, DECODE_OK },
    { IPPROTO_UDP, decode_udp, DECODE_OK },
    { IPPROTO_ICMPV6, decode_icmp, DECODE_OK },
    { IPPROTO_ICMP, decode_icmp, DECODE_OK },
    { IPPROTO_SCTP, decode_sctp, DECODE_OK },
    { IPPROTO_GRE, decode_gre, DECODE_OK },
    { IPPROTO_IPIP, decode_ipv4_in_ip, DECODE_OK },
    { IPPROTO_IPV6, decode_ipv6_in_ip, DECODE_OK },
    { STEP_OTHER, decode_payload, DECODE_OK }, /* a flow without ports */
};

/*
 * A later fragment has no transport header, and as the middle of a payload must
 * not be taken for its beginning, it has no payload either. The frame around it
 * does not count, as the one of the first fragment has.
 */
static enum decode_result end_later_fragment(struct cursor *cursor)
{
    struct packet *packet = cursor->packet;

    packet->wire_len = (uint32_t)(cursor->at - packet->ip) + cursor->wire;
    return DECODE_OK;
}

enum decode_result decode_follow_transport(struct cursor *cursor,
                                           uint8_t protocol)
{
    cursor->packet->l4_proto = protocol;
    if (cursor->packet->later_fragment)
        return end_later_fragment(cursor);
    return follow(cursor, transports, protocol);
}
