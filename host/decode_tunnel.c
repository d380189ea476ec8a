/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * decode_tunnel - IP protocols that carry packets: IP in IP, GRE, ERSPAN.
 *
 * What is inside replaces what was outside, but for the VLAN. Whether the bytes
 * outside count is ntopng's rule: see decode.h.
 */
#include "decode_steps.h"

enum {
    GRE_HEADER = 4,
    GRE_FIELD = 4, /* each of the optional ones */
    ERSPAN_II_HEADER = 8,
    ERSPAN_III_HEADER = 12,
    ERSPAN_III_PLATFORM = 8
};

/* Bits of GRE's first two bytes (RFC 2784, 2890; 2637 for version 1). */
enum {
    GRE_CHECKSUM = 0x8000,
    GRE_ROUTING = 0x4000,
    GRE_KEY = 0x2000,
    GRE_SEQUENCE = 0x1000,
    GRE_ACKNOWLEDGMENT = 0x0080, /* version 1 */
    GRE_VERSION = 0x0007
};

/*
 * A fragment is no tunnel: its other fragments would be lost, as they don't
 * know what is inside.
 */
enum decode_result decode_enter_tunnel(struct cursor *cursor,
                                       decode_step *inside)
{
    struct packet *packet = cursor->packet;
    enum decode_result result = decode_payload(cursor);

    if (packet->first_fragment)
        return result;
    *cursor->outer = *packet;
    cursor->tunnelled = true;
    cursor->next = inside;
    *packet = (struct packet){ .vlan_id = packet->vlan_id,
                               .wire_len = packet->wire_len };
    return DECODE_OK;
}

/* Nothing before the cursor counts. */
static void count_from_here(struct cursor *cursor)
{
    cursor->packet->wire_len = cursor->wire;
}

/* The step that follows when what comes before it does not count. */
static enum decode_result inner_ipv4(struct cursor *cursor)
{
    count_from_here(cursor);
    return decode_ipv4(cursor);
}

static enum decode_result inner_ipv6(struct cursor *cursor)
{
    count_from_here(cursor);
    return decode_ipv6(cursor);
}

static enum decode_result inner_mpls(struct cursor *cursor)
{
    count_from_here(cursor);
    return decode_mpls(cursor);
}

static enum decode_result inner_ethernet(struct cursor *cursor)
{
    count_from_here(cursor);
    return decode_ethernet(cursor);
}

/* IPv4 in IPv4 counts whole; that in IPv6 does not. */
enum decode_result decode_ipv4_in_ip(struct cursor *cursor)
{
    bool in_ipv4 = cursor->packet->ip_version == 4;

    return decode_enter_tunnel(cursor, in_ipv4 ? decode_ipv4 : inner_ipv4);
}

enum decode_result decode_ipv6_in_ip(struct cursor *cursor)
{
    return decode_enter_tunnel(cursor, inner_ipv6);
}

/* ERSPAN's versions are one less than its types. */
static enum decode_result decode_erspan_ii(struct cursor *cursor)
{
    const uint8_t *erspan = take(cursor, ERSPAN_II_HEADER);

    if (erspan == NULL)
        return cursor->shortage;
    cursor->next = inner_ethernet;
    return erspan[0] >> 4 == 1 ? DECODE_OK : DECODE_NOT_IP;
}

/* Its last bit says whether a platform's own header follows. */
static enum decode_result decode_erspan_iii(struct cursor *cursor)
{
    const uint8_t *erspan = take(cursor, ERSPAN_III_HEADER);

    if (erspan == NULL ||
        (erspan[11] & 1 && take(cursor, ERSPAN_III_PLATFORM) == NULL))
        return cursor->shortage;
    cursor->next = inner_ethernet;
    return erspan[0] >> 4 == 2 ? DECODE_OK : DECODE_NOT_IP;
}

static const struct step gre_types[] = {
    { 0x0800, inner_ipv4, DECODE_OK },
    { 0x86dd, inner_ipv6, DECODE_OK },
    { 0x6558, decode_ethernet, DECODE_OK },
    { 0x880b, decode_ppp, DECODE_OK },
    { 0x8847, inner_mpls, DECODE_OK },
    { 0x8848, inner_mpls, DECODE_OK },       /* multicast */
    { 0x88be, decode_erspan_ii, DECODE_OK }, /* or I */
    { 0x22eb, decode_erspan_iii, DECODE_OK },
    { STEP_OTHER, NULL, DECODE_NOT_IP },
};

/* A checksum and an offset for routing are two halves of one field. */
static uint32_t gre_header_len(uint32_t flags)
{
    uint32_t fields = 0;

    fields += (flags & (GRE_CHECKSUM | GRE_ROUTING)) != 0;
    fields += (flags & GRE_KEY) != 0;
    fields += (flags & GRE_SEQUENCE) != 0;
    if ((flags & GRE_VERSION) == 1)
        fields += (flags & GRE_ACKNOWLEDGMENT) != 0;
    return GRE_HEADER + fields * GRE_FIELD;
}

/* ERSPAN I has no header of its own, which only the sequence number tells. */
static enum decode_result inside_gre(struct cursor *cursor)
{
    const uint8_t *gre = look(cursor, GRE_HEADER, GRE_HEADER);
    enum decode_result result;
    uint32_t flags;

    if (gre == NULL)
        return cursor->shortage;
    flags = read_16(gre);
    if ((flags & GRE_VERSION) > 1)
        return DECODE_NOT_IP;
    if (take(cursor, gre_header_len(flags)) == NULL)
        return cursor->shortage;
    result = follow(cursor, gre_types, read_16(gre + 2));
    if (cursor->next == decode_erspan_ii && !(flags & GRE_SEQUENCE))
        cursor->next = inner_ethernet;
    return result;
}

enum decode_result decode_gre(struct cursor *cursor)
{
    return decode_enter_tunnel(cursor, inside_gre);
}
