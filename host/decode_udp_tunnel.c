/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * decode_udp_tunnel - packets in UDP, found by their port as ntopng finds them.
 *
 * A port promises little: a header that does not fit it ends the tunnel, and
 * the packet counts as the UDP flow that it is.
 */
#include "decode_steps.h"

enum {
    GTP_HEADER = 8,
    GTP_OPTIONS = 4,
    VXLAN_HEADER = 8,
    GENEVE_HEADER = 8,
    L2TP_HEADER = 6,
    TZSP_HEADER = 4,
    CAPWAP_HEADER = 8,
    EOIP_HEADER = 12
};

/* GTP-U: version 1, a packet of a user (3GPP TS 29.281). */

enum {
    GTP_VERSION = 0xf0, /* with the bit that says GTP, not GTP' */
    GTP_VERSION_1 = 0x30,
    GTP_ANY_OPTION = 0x07,
    GTP_EXTENSION = 0x04,
    GTP_PACKET = 0xff
};

/* Each extension has its length in words first, the next one's type last. */
static enum decode_result decode_gtp_extension(struct cursor *cursor)
{
    const uint8_t *extension = look(cursor, 1, 1);
    uint32_t len;

    if (extension == NULL)
        return cursor->shortage;
    len = extension[0] * 4u;
    if (len == 0)
        return DECODE_MALFORMED;
    if (take(cursor, len) == NULL)
        return cursor->shortage;
    cursor->next = extension[len - 1] != 0 ? decode_gtp_extension : decode_ip;
    return DECODE_OK;
}

/* The options are there together or not at all. */
static enum decode_result decode_gtp_options(struct cursor *cursor,
                                             uint8_t flags)
{
    const uint8_t *options = take(cursor, GTP_OPTIONS);

    if (options == NULL)
        return cursor->shortage;
    cursor->next = flags & GTP_EXTENSION && options[3] != 0
                       ? decode_gtp_extension
                       : decode_ip;
    return DECODE_OK;
}

static enum decode_result decode_gtp(struct cursor *cursor)
{
    const uint8_t *gtp = take(cursor, GTP_HEADER);

    if (gtp == NULL)
        return cursor->shortage;
    if ((gtp[0] & GTP_VERSION) != GTP_VERSION_1 || gtp[1] != GTP_PACKET)
        return DECODE_NOT_IP;
    limit(cursor, read_16(gtp + 2));
    cursor->next = decode_ip;
    return gtp[0] & GTP_ANY_OPTION ? decode_gtp_options(cursor, gtp[0])
                                   : DECODE_OK;
}

/* VXLAN (RFC 7348): the one flag that it has. */
static enum decode_result decode_vxlan(struct cursor *cursor)
{
    const uint8_t *vxlan = take(cursor, VXLAN_HEADER);

    if (vxlan == NULL)
        return cursor->shortage;
    cursor->next = decode_ethernet;
    return vxlan[0] & 0x08 ? DECODE_OK : DECODE_NOT_IP;
}

/* Geneve (RFC 8926): version 0, no control message, EtherTypes. */

static enum decode_result follow_geneve(struct cursor *cursor,
                                        const uint8_t *type)
{
    if (read_16(type) != 0x6558)
        return decode_follow_ether_type(cursor, type);
    cursor->next = decode_ethernet;
    return DECODE_OK;
}

static enum decode_result decode_geneve(struct cursor *cursor)
{
    const uint8_t *geneve = take(cursor, GENEVE_HEADER);

    if (geneve == NULL)
        return cursor->shortage;
    if (geneve[0] >> 6 != 0 || geneve[1] & 0x80)
        return DECODE_NOT_IP;
    if (take(cursor, (geneve[0] & 0x3fu) * 4) == NULL)
        return cursor->shortage;
    return follow_geneve(cursor, geneve + 2);
}

/* L2TP version 2 (RFC 2661): data, which is PPP. */

enum {
    L2TP_KIND = 0x800f, /* control or data; version */
    L2TP_DATA = 0x0002,
    L2TP_LENGTH = 0x4000,
    L2TP_SEQUENCE = 0x0800,
    L2TP_OFFSET = 0x0200
};

static enum decode_result skip_l2tp_offset(struct cursor *cursor)
{
    const uint8_t *offset = take(cursor, 2);

    if (offset == NULL || take(cursor, read_16(offset)) == NULL)
        return cursor->shortage;
    return DECODE_OK;
}

static enum decode_result decode_l2tp(struct cursor *cursor)
{
    const uint8_t *l2tp = look(cursor, L2TP_HEADER, L2TP_HEADER);
    uint32_t flags, len = L2TP_HEADER;

    if (l2tp == NULL)
        return cursor->shortage;
    flags = read_16(l2tp);
    if ((flags & L2TP_KIND) != L2TP_DATA)
        return DECODE_NOT_IP;
    len += flags & L2TP_LENGTH ? 2u : 0;
    len += flags & L2TP_SEQUENCE ? 4u : 0;
    if (take(cursor, len) == NULL)
        return cursor->shortage;
    cursor->next = decode_ppp;
    return flags & L2TP_OFFSET ? skip_l2tp_offset(cursor) : DECODE_OK;
}

/* TZSP: version 1, a received packet, Ethernet. */

enum { TZSP_PADDING = 0, TZSP_END = 1 };

/* A tag is a type, a length and so many bytes, but for two that are a type. */
static enum decode_result decode_tzsp_tag(struct cursor *cursor)
{
    const uint8_t *tag = take(cursor, 1);
    const uint8_t *len;

    if (tag == NULL)
        return cursor->shortage;
    cursor->next = tag[0] == TZSP_END ? decode_ethernet : decode_tzsp_tag;
    if (tag[0] == TZSP_END || tag[0] == TZSP_PADDING)
        return DECODE_OK;
    len = take(cursor, 1);
    if (len == NULL || take(cursor, len[0]) == NULL)
        return cursor->shortage;
    return DECODE_OK;
}

static enum decode_result decode_tzsp(struct cursor *cursor)
{
    const uint8_t *tzsp = take(cursor, TZSP_HEADER);

    if (tzsp == NULL)
        return cursor->shortage;
    cursor->next = decode_tzsp_tag;
    return read_32(tzsp) == 0x01000001 ? DECODE_OK : DECODE_NOT_IP;
}

/* CAPWAP data (RFC 5415): a whole frame, of 802.11 or of 802.3. */

enum {
    CAPWAP_NATIVE = 0x01,   /* third byte: a frame as the radio has it */
    CAPWAP_FRAGMENT = 0x80, /* fourth byte */
    CAPWAP_KEEP_ALIVE = 0x08
};

/* The header's length is in words, in five bits. */
static enum decode_result decode_capwap(struct cursor *cursor)
{
    const uint8_t *capwap = look(cursor, CAPWAP_HEADER, CAPWAP_HEADER);
    uint32_t len;

    if (capwap == NULL)
        return cursor->shortage;
    len = (capwap[1] >> 3) * 4u;
    if (capwap[0] != 0 || len < CAPWAP_HEADER ||
        capwap[3] & (CAPWAP_FRAGMENT | CAPWAP_KEEP_ALIVE))
        return DECODE_NOT_IP;
    cursor->next = capwap[2] & CAPWAP_NATIVE ? decode_wifi : decode_ethernet;
    return take(cursor, len) != NULL ? DECODE_OK : cursor->shortage;
}

static enum decode_result decode_eoip(struct cursor *cursor)
{
    cursor->next = decode_ethernet;
    return take(cursor, EOIP_HEADER) != NULL ? DECODE_OK : cursor->shortage;
}

enum {
    GTP_PORT = 2152,
    VXLAN_PORT = 4789,
    GENEVE_PORT = 6081,
    L2TP_PORT = 1701,
    TZSP_PORT = 37008,
    CAPWAP_PORT = 5247,
    EOIP_PORT = 16667
};

/* Which of a packet's ports must be the tunnel's. */
enum side { EITHER, BOTH, DESTINATION };

static const struct {
    uint16_t port;
    enum side side;
    decode_step *decode;
} ports[] = {
    { GTP_PORT, EITHER, decode_gtp },
    { VXLAN_PORT, DESTINATION, decode_vxlan },
    { GENEVE_PORT, DESTINATION, decode_geneve },
    { L2TP_PORT, BOTH, decode_l2tp },
    { TZSP_PORT, EITHER, decode_tzsp },
    { CAPWAP_PORT, EITHER, decode_capwap },
    { EOIP_PORT, BOTH, decode_eoip },
};

/* A bit for each port: most packets need no more. By the low six bits alone
 * VXLAN's would be that of DNS. */
#define PORT_BIT(port) (UINT64_C(1) << ((port) ^ (port) >> 6) % 64)
#define PORT_BITS                                                        \
    (PORT_BIT(GTP_PORT) | PORT_BIT(VXLAN_PORT) | PORT_BIT(GENEVE_PORT) | \
     PORT_BIT(L2TP_PORT) | PORT_BIT(TZSP_PORT) | PORT_BIT(CAPWAP_PORT) | \
     PORT_BIT(EOIP_PORT))

static bool fits(enum side side, bool src, bool dst)
{
    if (side == BOTH)
        return src && dst;
    return dst || (src && side == EITHER);
}

static decode_step *find_tunnel(uint16_t src_port, uint16_t dst_port)
{
    for (size_t i = 0; i < sizeof ports / sizeof ports[0]; i++)
        if (fits(ports[i].side, src_port == ports[i].port,
                 dst_port == ports[i].port))
            return ports[i].decode;
    return NULL;
}

decode_step *decode_find_udp_tunnel(uint16_t src_port, uint16_t dst_port)
{
    if (((PORT_BIT(src_port) | PORT_BIT(dst_port)) & PORT_BITS) == 0)
        return NULL;
    return find_tunnel(src_port, dst_port);
}
