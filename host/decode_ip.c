/* SPDX-License-Identifier: GPL-3.0-or-later */
/* decode_ip - IPv4, IPv6 and its extension headers. */
#include <netinet/in.h>
#include <string.h>

#include "decode_steps.h"

/* Bytes of headers; of those that vary in length, the least. */
enum { IPV4_HEADER = 20, IPV6_HEADER = 40, IPV6_EXTENSION = 8 };

/*
 * Ends the cursor where an IP packet of len bytes ends; what follows it in the
 * frame is padding. One that claims more than its frame has ends with the
 * frame: the rest was never on the wire. In a tunnel it is no packet: the
 * tunnel's own length said otherwise.
 */
static void enter_ip(struct cursor *cursor, uint8_t version, uint32_t len)
{
    struct packet *packet = cursor->packet;

    packet->wire_len -= limit(cursor, len);
    packet->ip_version = version;
    packet->ip = cursor->at;
    packet->ip_len = cursor->captured;
}

static bool overruns(const struct cursor *cursor, uint32_t len)
{
    return cursor->tunnelled && len > cursor->wire;
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
enum decode_result decode_ipv4(struct cursor *cursor)
{
    const uint8_t *ip = look(cursor, IPV4_HEADER, IPV4_HEADER);
    uint32_t header_len, total_len;

    if (ip == NULL)
        return cursor->shortage;
    header_len = (ip[0] & 0x0fu) * 4u;
    total_len = read_16(ip + 2) != 0 ? read_16(ip + 2) : cursor->wire;
    if (ip[0] >> 4 != 4 || header_len < IPV4_HEADER ||
        overruns(cursor, total_len))
        return DECODE_MALFORMED;
    enter_ip(cursor, 4, total_len);
    if (take(cursor, header_len) == NULL)
        return cursor->shortage;
    note_ipv4(cursor->packet, ip);
    return decode_follow_transport(cursor, ip[9]);
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
    { IPPROTO_HOPOPTS, decode_extension, DECODE_OK },
    { IPPROTO_ROUTING, decode_extension, DECODE_OK },
    { IPPROTO_FRAGMENT, decode_fragment, DECODE_OK },
    { IPPROTO_DSTOPTS, decode_extension, DECODE_OK },
    { IPPROTO_AH, decode_authentication, DECODE_OK },
    { IPPROTO_MH, decode_extension, DECODE_OK },
    { STEP_OTHER, NULL, DECODE_OK }, /* the transport */
};

/* A later fragment has no headers but those before its fragment header. */
static enum decode_result follow_ipv6(struct cursor *cursor, uint8_t next)
{
    if (!cursor->packet->later_fragment)
        cursor->next = find_step(extensions, next)->decode;
    return cursor->next != NULL ? DECODE_OK
                                : decode_follow_transport(cursor, next);
}

/*
 * A payload length of 0 is that of a jumbogram, or of a segment that the
 * network card has yet to cut, unless the header says that nothing follows.
 */
enum decode_result decode_ipv6(struct cursor *cursor)
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
    if (overruns(cursor, IPV6_HEADER + payload_len))
        return DECODE_MALFORMED;
    enter_ip(cursor, 6, IPV6_HEADER + payload_len);
    skip(cursor, IPV6_HEADER);
    memcpy(cursor->packet->src, ip + 8, 16);
    memcpy(cursor->packet->dst, ip + 24, 16);
    return follow_ipv6(cursor, ip[6]);
}

static const struct step ip_versions[] = {
    { 4, decode_ipv4, DECODE_OK },
    { 6, decode_ipv6, DECODE_OK },
    { STEP_OTHER, NULL, DECODE_NOT_IP },
};

/* For headers that announce IP and leave it to IP to say which. */
enum decode_result decode_ip(struct cursor *cursor)
{
    const uint8_t *ip = look(cursor, 1, 1);

    return ip != NULL ? follow(cursor, ip_versions, ip[0] >> 4)
                      : cursor->shortage;
}
