/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * decode_steps - the steps that lead from one of decode's files to another.
 * Private to decode_*.c.
 */
#ifndef FC_DECODE_STEPS_H
#define FC_DECODE_STEPS_H

#include "cursor.h"

/* decode_link.c: the first step of a frame, by its link type. */
extern const struct step decode_link_types[];
decode_step decode_ethernet;
decode_step decode_ppp; /* with HDLC's framing or without */
decode_step decode_wifi;
decode_step decode_mpls;

/* By the two bytes of an EtherType. */
enum decode_result decode_follow_ether_type(struct cursor *cursor,
                                            const uint8_t *type);

/* decode_ip.c */
decode_step decode_ipv4;
decode_step decode_ipv6;
decode_step decode_ip; /* for headers that leave it to IP to say which */

/* decode_transport.c: what an IP packet carries, by its protocol. */
enum decode_result decode_follow_transport(struct cursor *cursor,
                                           uint8_t protocol);

/* The rest of the packet is payload. */
decode_step decode_payload;

/* decode_tunnel.c: IP protocols that carry packets. */
decode_step decode_gre;
decode_step decode_ipv4_in_ip;
decode_step decode_ipv6_in_ip;

/*
 * The packet so far is a flow of its own, and maybe a tunnel: `inside` looks
 * into its payload. Whatever it finds wrong there, the packet as it is now is
 * the one that counts.
 */
enum decode_result decode_enter_tunnel(struct cursor *cursor,
                                       decode_step *inside);

/* decode_udp_tunnel.c: what the ports promise; NULL nothing. */
decode_step *decode_find_udp_tunnel(uint16_t src_port, uint16_t dst_port);

#endif
