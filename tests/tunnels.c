/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tunnels - a table of headers, byte for byte as their standards have them. */
#include "tunnels.h"

#include <stdlib.h>
#include <string.h>

/* Zeros, and what a data frame of 802.11 has before IPv4. */
#define ZEROS_4 "\0\0\0\0"
#define ZEROS_8 ZEROS_4 ZEROS_4
#define ZEROS_22 ZEROS_8 ZEROS_8 ZEROS_4 "\0\0"
#define SNAP "\xaa\xaa\3\0\0\0\x08\0"

/* A tunnel's bytes, and their number. */
#define BYTES(string) string, sizeof string - 1

static const struct tunnel tunnels[] = {
    { "IPv4 in IP", IPPROTO_IPIP, 0, FRAME_RAW, { BYTES(""), 0, 0 }, WHOLE },
    { "GRE",
      47,
      0,
      FRAME_RAW,
      { BYTES("\0\0\x08\0"), 0, 0 },
      FROM_GRE_PAYLOAD },
    { "GRE, Ethernet",
      47,
      0,
      FRAME_ETHERNET,
      { BYTES("\0\0\x65\x58"), 0, 0 },
      WHOLE },
    { "GRE, PPP",
      47,
      0,
      FRAME_PPP_HDLC,
      { BYTES("\x30\x81\x88\x0b" ZEROS_8 ZEROS_4), 0, 0 },
      WHOLE },
    { "GRE, PPP, no acknowledgment",
      47,
      0,
      FRAME_PPP,
      { BYTES("\x30\x01\x88\x0b" ZEROS_8), 0, 0 },
      WHOLE },
    { "GRE, MPLS",
      47,
      0,
      FRAME_RAW,
      { BYTES("\0\0\x88\x47\0\1\x01\x40"), 0, 0 },
      FROM_GRE_PAYLOAD },
    { "ERSPAN I",
      47,
      0,
      FRAME_ETHERNET,
      { BYTES("\0\0\x88\xbe"), 0, 0 },
      FROM_INNER_FRAME },
    { "ERSPAN II",
      47,
      0,
      FRAME_ETHERNET,
      { BYTES("\x10\0\x88\xbe" ZEROS_4 "\x10\0\0\0" ZEROS_4), 0, 0 },
      FROM_INNER_FRAME },
    { "ERSPAN III",
      47,
      0,
      FRAME_ETHERNET,
      { BYTES("\x10\0\x22\xeb" ZEROS_4 "\x20\0\0\0" ZEROS_8), 0, 0 },
      FROM_INNER_FRAME },
    { "ERSPAN III, platform",
      47,
      0,
      FRAME_ETHERNET,
      { BYTES("\x10\0\x22\xeb" ZEROS_4 "\x20\0\0\0" ZEROS_4 "\0\0\0\1" ZEROS_8),
        0, 0 },
      FROM_INNER_FRAME },
    { "GTP-U",
      17,
      2152,
      FRAME_RAW,
      { BYTES("\x30\xff"
              "\0\0" ZEROS_4),
        2, 8 },
      WHOLE },
    { "GTP-U, sequence",
      17,
      2152,
      FRAME_RAW,
      { BYTES("\x32\xff"
              "\0\0" ZEROS_4 "\0\1\0\0"),
        2, 8 },
      WHOLE },
    { "GTP-U, N-PDU",
      17,
      2152,
      FRAME_RAW,
      { BYTES("\x31\xff"
              "\0\0" ZEROS_4 "\0\0\1\0"),
        2, 8 },
      WHOLE },
    { "GTP-U, an extension that is not there",
      17,
      2152,
      FRAME_RAW,
      { BYTES("\x34\xff"
              "\0\0" ZEROS_4 ZEROS_4),
        2, 8 },
      WHOLE },
    { "GTP-U, extensions",
      17,
      2152,
      FRAME_RAW,
      { BYTES("\x37\xff"
              "\0\0" ZEROS_4 "\0\1\0\x85"
              "\1\x10\1\x85"
              "\2\0\0\0\0\0\0\0"),
        2, 8 },
      WHOLE },
    { "VXLAN",
      17,
      4789,
      FRAME_ETHERNET,
      { BYTES("\x08\0\0\0\0\0\5\0"), 0, 0 },
      WHOLE },
    { "Geneve",
      17,
      6081,
      FRAME_ETHERNET,
      { BYTES("\0\0\x65\x58\0\0\5\0"), 0, 0 },
      WHOLE },
    { "Geneve, options, IP",
      17,
      6081,
      FRAME_RAW,
      { BYTES("\2\0\x08\0\0\0\5\0" ZEROS_8), 0, 0 },
      WHOLE },
    { "L2TP",
      17,
      1701,
      FRAME_PPP_HDLC,
      { BYTES("\0\2\0\1\0\2"), 0, 0 },
      WHOLE },
    { "L2TP, all fields",
      17,
      1701,
      FRAME_PPP,
      { BYTES("\x4a\2\0\0\0\1\0\2\0\3\0\7\0\2xx"), 2, 0 },
      WHOLE },
    { "TZSP",
      17,
      37008,
      FRAME_ETHERNET,
      { BYTES("\1\0\0\1\0\x0a\2xx\1"), 0, 0 },
      WHOLE },
    { "CAPWAP, 802.3",
      17,
      5247,
      FRAME_ETHERNET,
      { BYTES("\0\x10\0\0" ZEROS_4), 0, 0 },
      WHOLE },
    { "CAPWAP, 802.11",
      17,
      5247,
      FRAME_RAW,
      { BYTES("\0\x10\3\0" ZEROS_4 "\x08\1" ZEROS_22 SNAP), 0, 0 },
      WHOLE },
    { "CAPWAP, 802.11, bytes swapped",
      17,
      5247,
      FRAME_RAW,
      { BYTES("\0\x10\3\0" ZEROS_4 "\1\x08" ZEROS_22 SNAP), 0, 0 },
      WHOLE },
    { "CAPWAP, 802.11, four addresses, QoS",
      17,
      5247,
      FRAME_RAW,
      { BYTES("\0\x10\3\0" ZEROS_4 "\x88\3" ZEROS_22 ZEROS_8 SNAP), 0, 0 },
      WHOLE },
    { "EoIP",
      17,
      16667,
      FRAME_ETHERNET,
      { BYTES(ZEROS_8 ZEROS_4), 0, 0 },
      WHOLE },
};

size_t tunnel_count(void)
{
    return sizeof tunnels / sizeof tunnels[0];
}

const struct tunnel *tunnel_at(size_t i)
{
    return &tunnels[i];
}

const struct tunnel *tunnel_find(const char *name)
{
    for (size_t i = 0; i < tunnel_count(); i++)
        if (strcmp(tunnels[i].name, name) == 0)
            return &tunnels[i];
    abort();
}

void tunnel_build(struct frame *frame, const struct tunnel *tunnel,
                  const struct frame_spec *inner)
{
    struct frame_spec spec = *inner;

    spec.link = tunnel->link;
    frame_build_tunnel(frame,
                       FRAME(.proto = tunnel->proto, .sport = tunnel->port,
                             .dport = tunnel->port, .vlan = { 7 }),
                       &tunnel->between, &spec);
}
