/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * decode - runs the steps of a frame, and names what may come of it.
 *
 * A cursor walks the frame from header to header. Each step decodes one header,
 * moves the cursor behind it and finds the next one's step in a table. Steps
 * run one after another and do not nest, so a frame of a thousand VLAN tags, or
 * of a thousand tunnels, needs no more stack than any other; and each takes
 * bytes, so it ends. To add a header, add a step and a row:
 *
 *   decode_link       link types, EtherTypes, tags, labels, PPP, LLC
 *   decode_ip         IPv4, IPv6 and its extensions
 *   decode_transport  TCP, UDP, SCTP, ICMP: the end of a packet without tunnel
 *   decode_tunnel     IP in IP, GRE, ERSPAN
 *   decode_udp_tunnel GTP-U, VXLAN, Geneve, L2TP, TZSP, CAPWAP, EoIP
 *
 * Not here: reassembly (fragments.c remembers ports instead) and checksums,
 * which are wrong in any capture taken before the network card filled them in.
 */
#include "decode.h"

#include "decode_steps.h"

bool decode_knows_link_type(int link_type)
{
    const struct step *step = find_step(decode_link_types, (uint32_t)link_type);

    return step->result != DECODE_LINK_TYPE;
}

/*
 * A tunnel that does not hold what it promises is the flow that it looks like
 * from outside.
 */
static enum decode_result conclude(const struct cursor *cursor,
                                   enum decode_result result)
{
    if (result == DECODE_OK || !cursor->tunnelled)
        return result;
    *cursor->packet = *cursor->outer;
    return DECODE_OK;
}

/* A capture that holds more than the wire did is wrong about the wire. */
enum decode_result decode_frame(int link_type, const uint8_t *frame,
                                uint32_t caplen, uint32_t wire_len,
                                struct packet *packet)
{
    uint32_t wire = wire_len > caplen ? wire_len : caplen;
    struct packet outer; /* filled at a tunnel, for few frames have one */
    struct cursor cursor = { .at = frame,
                             .captured = caplen,
                             .wire = wire,
                             .packet = packet,
                             .outer = &outer };
    enum decode_result result =
        follow(&cursor, decode_link_types, (uint32_t)link_type);

    *packet = (struct packet){ .wire_len = wire };
    while (result == DECODE_OK && cursor.next != NULL) {
        decode_step *step = cursor.next;

        cursor.next = NULL;
        result = step(&cursor);
    }
    return conclude(&cursor, result);
}

const char *decode_result_name(enum decode_result result)
{
    static const char *const names[DECODE_RESULTS] = {
        [DECODE_OK] = "decoded packet(s)",
        [DECODE_TRUNCATED] = "truncated packet(s)",
        [DECODE_MALFORMED] = "malformed packet(s)",
        [DECODE_ARP] = "ARP",
        [DECODE_RARP] = "RARP",
        [DECODE_LLDP] = "LLDP",
        [DECODE_STP] = "STP",
        [DECODE_LLC] = "other LLC",
        [DECODE_EAPOL] = "EAPOL",
        [DECODE_SLOW] = "LACP or another slow protocol",
        [DECODE_PPPOE_DISCOVERY] = "PPPoE discovery",
        [DECODE_PPP_CONTROL] = "PPP control",
        [DECODE_WAKE_ON_LAN] = "Wake-on-LAN",
        [DECODE_PROFINET] = "PROFINET",
        [DECODE_ETHERCAT] = "EtherCAT",
        [DECODE_GOOSE] = "GOOSE",
        [DECODE_HOMEPLUG] = "HomePlug AV",
        [DECODE_PTP] = "PTP",
        [DECODE_MACSEC] = "MACsec",
        [DECODE_IPX] = "IPX",
        [DECODE_NETBEUI] = "NetBEUI",
        [DECODE_LOOPBACK] = "loopback test(s)",
        [DECODE_WIFI] = "802.11 frame(s)",
        [DECODE_NOT_IP] = "not IP",
        [DECODE_LINK_TYPE] = "unknown link type",
    };

    return names[result];
}
