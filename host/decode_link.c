/* SPDX-License-Identifier: GPL-3.0-or-later */
/* decode_link - what comes before IP: link types, tags, labels, PPP, LLC. */
#include "decode_steps.h"

/* Bytes of headers. */
enum {
    ETHERNET_HEADER = 14,
    VLAN_TAG = 4,
    MPLS_LABEL = 4,
    CONTROL_WORD = 4, /* of a pseudowire */
    PPPOE_HEADER = 6,
    PPP_FRAMING = 2,
    FAMILY_HEADER = 4,
    COOKED_HEADER = 16,
    COOKED_V2_HEADER = 20,
    LLC_HEADER = 3,
    SNAP_HEADER = 8, /* with LLC's */
    WIFI_HEADER = 24,
    WIFI_FOURTH_ADDRESS = 6,
    WIFI_QOS_CONTROL = 2
};

/* What an EtherType announces. */

/* Each tag replaces the one before it: the innermost wins. */
static enum decode_result decode_vlan(struct cursor *cursor)
{
    const uint8_t *tag = take(cursor, VLAN_TAG);

    if (tag == NULL)
        return cursor->shortage;
    cursor->packet->vlan_id = read_16(tag) & 0x0fffu;
    return decode_follow_ether_type(cursor, tag + 2);
}

static const struct step ppp_protocols[] = {
    { 0x0021, decode_ipv4, DECODE_OK },
    { 0x0057, decode_ipv6, DECODE_OK },
    { 0x0281, decode_mpls, DECODE_OK },
    { 0x0283, decode_mpls, DECODE_OK }, /* multicast */
    { STEP_OTHER, NULL, DECODE_NOT_IP },
};

/* From 0x8000 on, protocols are about the link: LCP, IPCP, PAP, ... */
static enum decode_result follow_ppp(struct cursor *cursor, uint32_t protocol)
{
    return protocol < 0x8000 ? follow(cursor, ppp_protocols, protocol)
                             : DECODE_PPP_CONTROL;
}

/* An odd first byte is the whole protocol: its zero byte was compressed. */
static enum decode_result decode_ppp_protocol(struct cursor *cursor)
{
    const uint8_t *first = look(cursor, 1, 1);
    bool compressed = first != NULL && first[0] & 1;
    const uint8_t *protocol = take(cursor, compressed ? 1 : 2);

    if (protocol == NULL)
        return cursor->shortage;
    return follow_ppp(cursor, compressed ? protocol[0] : read_16(protocol));
}

/* Its length field says nothing that IP does not say better. */
static enum decode_result decode_pppoe(struct cursor *cursor)
{
    cursor->next = decode_ppp_protocol;
    return take(cursor, PPPOE_HEADER) != NULL ? DECODE_OK : cursor->shortage;
}

/* What a SAP of 802.2 announces. */
static const struct step saps[] = {
    { 0x42, NULL, DECODE_STP },
    { 0xe0, NULL, DECODE_IPX },
    { 0xf0, NULL, DECODE_NETBEUI },
    { STEP_OTHER, NULL, DECODE_LLC },
};

/* SNAP has an EtherType behind the number of who assigned it: 0, or 0xf8. */
static enum decode_result decode_snap(struct cursor *cursor)
{
    const uint8_t *snap = take(cursor, SNAP_HEADER);

    if (snap == NULL)
        return cursor->shortage;
    if (snap[3] != 0 || snap[4] != 0 || (snap[5] & 0x07) != 0)
        return DECODE_LLC;
    return decode_follow_ether_type(cursor, snap + 6);
}

static enum decode_result decode_llc(struct cursor *cursor)
{
    const uint8_t *llc = look(cursor, LLC_HEADER, LLC_HEADER);

    if (llc == NULL)
        return cursor->shortage;
    if (llc[0] != 0xaa || llc[1] != 0xaa || llc[2] != 3)
        return follow(cursor, saps, llc[0]);
    cursor->next = decode_snap;
    return DECODE_OK;
}

static const struct step ether_types[] = {
    { 0x0800, decode_ipv4, DECODE_OK },
    { 0x86dd, decode_ipv6, DECODE_OK },
    { 0x8100, decode_vlan, DECODE_OK }, /* 802.1Q */
    { 0x88a8, decode_vlan, DECODE_OK }, /* 802.1ad */
    { 0x9100, decode_vlan, DECODE_OK }, /* 802.1ad, before it was standard */
    { 0x8864, decode_pppoe, DECODE_OK },
    { 0x8847, decode_mpls, DECODE_OK },
    { 0x8848, decode_mpls, DECODE_OK }, /* multicast */
    { 0x0806, NULL, DECODE_ARP },
    { 0x0842, NULL, DECODE_WAKE_ON_LAN },
    { 0x8035, NULL, DECODE_RARP },
    { 0x8137, NULL, DECODE_IPX },
    { 0x8809, NULL, DECODE_SLOW },
    { 0x8863, NULL, DECODE_PPPOE_DISCOVERY },
    { 0x888e, NULL, DECODE_EAPOL },
    { 0x8892, NULL, DECODE_PROFINET },
    { 0x88a4, NULL, DECODE_ETHERCAT },
    { 0x88b8, NULL, DECODE_GOOSE },
    { 0x88cc, NULL, DECODE_LLDP },
    { 0x88e1, NULL, DECODE_HOMEPLUG },
    { 0x88e5, NULL, DECODE_MACSEC },
    { 0x88f7, NULL, DECODE_PTP },
    { 0x9000, NULL, DECODE_LOOPBACK },
    { STEP_OTHER, NULL, DECODE_NOT_IP },
};

/* Below 0x600 it is the length of 802.3, whose frames begin with LLC. */
enum decode_result decode_follow_ether_type(struct cursor *cursor,
                                            const uint8_t *type)
{
    uint32_t number = read_16(type);

    if (number >= 0x0600)
        return follow(cursor, ether_types, number);
    cursor->next = decode_llc;
    return DECODE_OK;
}

/*
 * Ethernet in MPLS, with a control word before it or without (RFC 4448). Both
 * may begin with zeros, so what tells them apart is an EtherType in its place.
 */
static enum decode_result decode_pseudowire(struct cursor *cursor)
{
    const uint8_t *frame = look(cursor, ETHERNET_HEADER, ETHERNET_HEADER);

    if (frame == NULL)
        return cursor->shortage;
    if (find_step(ether_types, read_16(frame + 12))->decode == NULL)
        skip(cursor, CONTROL_WORD);
    cursor->next = decode_ethernet;
    return DECODE_OK;
}

/* Labels say nothing of what follows the last: its first four bits do. */
static const struct step labelled[] = {
    { 4, decode_ipv4, DECODE_OK },
    { 6, decode_ipv6, DECODE_OK },
    { STEP_OTHER, decode_pseudowire, DECODE_OK },
};

static enum decode_result decode_labelled(struct cursor *cursor)
{
    const uint8_t *first = look(cursor, 1, 1);

    return first != NULL ? follow(cursor, labelled, first[0] >> 4)
                         : cursor->shortage;
}

enum decode_result decode_mpls(struct cursor *cursor)
{
    const uint8_t *label = take(cursor, MPLS_LABEL);

    if (label == NULL)
        return cursor->shortage;
    cursor->next = label[2] & 1 ? decode_labelled : decode_mpls;
    return DECODE_OK;
}

/* Data frames of 802.11, as CAPWAP has them: in the clear. */

/* Bits of the two bytes of frame control. */
enum {
    WIFI_KIND = 0x0f, /* with the version, in the first byte */
    WIFI_DATA = 0x08,
    WIFI_NO_DATA = 0x40,
    WIFI_QOS = 0x80,
    WIFI_BETWEEN_STATIONS = 0x03, /* in the second: to and from */
    WIFI_PROTECTED = 0x40
};

/*
 * Bytes of the header; 0 when no LLC follows it. Some controllers swap the two
 * bytes of frame control.
 */
static uint32_t wifi_header_len(const uint8_t *wifi)
{
    bool swapped = (wifi[0] & WIFI_KIND) != WIFI_DATA;
    uint8_t kind = wifi[swapped];
    uint8_t flags = wifi[!swapped];
    uint32_t len = WIFI_HEADER;

    if ((kind & WIFI_KIND) != WIFI_DATA || kind & WIFI_NO_DATA ||
        flags & WIFI_PROTECTED)
        return 0;
    if ((flags & WIFI_BETWEEN_STATIONS) == WIFI_BETWEEN_STATIONS)
        len += WIFI_FOURTH_ADDRESS;
    return kind & WIFI_QOS ? len + WIFI_QOS_CONTROL : len;
}

enum decode_result decode_wifi(struct cursor *cursor)
{
    const uint8_t *wifi = look(cursor, WIFI_HEADER, WIFI_HEADER);
    uint32_t len;

    if (wifi == NULL)
        return cursor->shortage;
    len = wifi_header_len(wifi);
    if (len == 0)
        return DECODE_WIFI;
    skip(cursor, len);
    cursor->next = decode_llc;
    return DECODE_OK;
}

/* Link types: the first step of a frame. */

/* Takes a header of len bytes with an EtherType among them. */
static enum decode_result take_link(struct cursor *cursor, uint32_t len,
                                    uint32_t type_at)
{
    const uint8_t *header = take(cursor, len);

    return header != NULL ? decode_follow_ether_type(cursor, header + type_at)
                          : cursor->shortage;
}

enum decode_result decode_ethernet(struct cursor *cursor)
{
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
enum decode_result decode_ppp(struct cursor *cursor)
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
    { 2, decode_ipv4, DECODE_OK },  /* everywhere */
    { 10, decode_ipv6, DECODE_OK }, /* Linux */
    { 23, decode_ipv6, DECODE_OK }, /* Windows */
    { 24, decode_ipv6, DECODE_OK }, /* NetBSD, OpenBSD, Npcap */
    { 28, decode_ipv6, DECODE_OK }, /* FreeBSD */
    { 30, decode_ipv6, DECODE_OK }, /* macOS */
    { STEP_OTHER, NULL, DECODE_NOT_IP },
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
const struct step decode_link_types[] = {
    { 1, decode_ethernet, DECODE_OK },    /* EN10MB */
    { 113, decode_cooked, DECODE_OK },    /* LINUX_SLL */
    { 276, decode_cooked_v2, DECODE_OK }, /* LINUX_SLL2 */
    { 12, decode_ip, DECODE_OK },         /* RAW, as pcap_datalink() gives it */
    { 101, decode_ip, DECODE_OK },        /* RAW, as files have it */
    { 228, decode_ipv4, DECODE_OK },      /* IPV4 */
    { 229, decode_ipv6, DECODE_OK },      /* IPV6 */
    { 0, decode_family, DECODE_OK },      /* NULL */
    { 108, decode_family, DECODE_OK },    /* LOOP */
    { 9, decode_ppp, DECODE_OK },         /* PPP */
    { 105, NULL, DECODE_WIFI },           /* IEEE802_11 */
    { 119, NULL, DECODE_WIFI },           /* IEEE802_11_PRISM */
    { 127, NULL, DECODE_WIFI },           /* IEEE802_11_RADIOTAP */
    { 163, NULL, DECODE_WIFI },           /* IEEE802_11_AVS */
    { STEP_OTHER, NULL, DECODE_LINK_TYPE },
};
