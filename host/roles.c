/* SPDX-License-Identifier: GPL-3.0-or-later */
/* roles - one rule per protocol, from a packet's headers and first bytes. */
#include "roles.h"

#include <netinet/in.h>
#include <stddef.h>

#define PORT_DNS 53
#define PORT_NTP 123
#define SCTP_INIT 1

static bool by_port(const struct packet *packet)
{
    return packet->src_port >= packet->dst_port;
}

static bool tcp_sender_is_client(const struct packet *packet)
{
    if (!(packet->tcp_flags & DECODE_TCP_SYN))
        return by_port(packet);
    return !(packet->tcp_flags & DECODE_TCP_ACK);
}

static bool sctp_sender_is_client(const struct packet *packet)
{
    return packet->sctp_chunk == SCTP_INIT || by_port(packet);
}

static bool has_port(const struct packet *packet, uint16_t port)
{
    return packet->src_port == port || packet->dst_port == port;
}

/* RFC 1035, 4.1.1: QR is the first bit of the third byte. */
static bool is_dns_response(const struct packet *packet)
{
    return has_port(packet, PORT_DNS) && packet->payload_len >= 12 &&
           (packet->payload[2] & 0x80) != 0;
}

/*
 * RFC 5905, 7.3: the mode is the last three bits of the first byte; 4 is a
 * server's reply, 2 the answer to a symmetric peer (which ntopng looks for).
 */
static bool is_ntp_reply(const struct packet *packet)
{
    int mode;

    if (!has_port(packet, PORT_NTP) || packet->payload_len < 1)
        return false;
    mode = packet->payload[0] & 7;
    return mode == 4 || mode == 2;
}

static bool udp_sender_is_client(const struct packet *packet)
{
    return !is_dns_response(packet) && !is_ntp_reply(packet);
}

/* Nobody opens a flow from a multicast or broadcast address. */
static bool is_group_address(uint8_t ip_version, const uint8_t address[16])
{
    if (ip_version == 6)
        return address[0] == 0xff;
    return (address[0] & 0xf0) == 0xe0 ||
           (address[0] & address[1] & address[2] & address[3]) == 0xff;
}

bool roles_sender_is_client(const struct packet *packet)
{
    if (is_group_address(packet->ip_version, packet->dst))
        return true;
    switch (packet->l4_proto) {
    case IPPROTO_TCP:
        return tcp_sender_is_client(packet);
    case IPPROTO_SCTP:
        return sctp_sender_is_client(packet);
    case IPPROTO_UDP:
        return udp_sender_is_client(packet);
    default:
        return true;
    }
}

bool roles_proves_client(const struct packet *packet)
{
    return packet->l4_proto == IPPROTO_TCP &&
           (packet->tcp_flags & (DECODE_TCP_SYN | DECODE_TCP_ACK)) ==
               DECODE_TCP_SYN;
}
