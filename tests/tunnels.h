/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tunnels - one tunnel of each kind that decode opens, for tests. */
#ifndef FC_TESTS_TUNNELS_H
#define FC_TESTS_TUNNELS_H

#include "packets.h"

/* Which bytes count. */
enum counted { WHOLE, FROM_INNER_FRAME, FROM_GRE_PAYLOAD };

/* A tunnel, of an IP protocol or of a UDP port. */
struct tunnel {
    const char *name;
    uint8_t proto;
    uint16_t port; /* of both ends */
    enum frame_link link;
    struct frame_tunnel between;
    enum counted counted;
};

size_t tunnel_count(void);

/* i is below tunnel_count(). */
const struct tunnel *tunnel_at(size_t i);

/* Aborts when there is none of that name. */
const struct tunnel *tunnel_find(const char *name);

/*
 * Builds a frame in VLAN 7, from 10.0.0.1 to 10.0.0.2, with a tunnel and an
 * inner frame. The inner link type is the tunnel's.
 */
void tunnel_build(struct frame *frame, const struct tunnel *tunnel,
                  const struct frame_spec *inner);

#endif
