/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fragments - the ports of fragmented packets.
 *
 * Only the first fragment of a packet has ports. A bounded memory of first
 * fragments gives them to the later ones, so that the bytes of all are counted
 * in one flow. Nothing is reassembled and no payload is kept.
 */
#ifndef FC_FRAGMENTS_H
#define FC_FRAGMENTS_H

#include <stdbool.h>

#include "decode.h"

struct fragments;

/* Makes an empty memory of fixed size. NULL: out of memory. */
struct fragments *fragments_new(void);

/* NULL is allowed. */
void fragments_free(struct fragments *fragments);

/*
 * Remembers the ports of a first fragment, maybe in the place of an older one.
 * Does nothing for any other packet.
 */
void fragments_note_first(struct fragments *fragments,
                          const struct packet *packet);

/*
 * Gives a later fragment what its first one says of the flow: ports, transport,
 * DNS id. Returns whether that one is known; when not, and for any other
 * packet, *later stays as it is.
 */
bool fragments_fill_ports(struct fragments *fragments, struct packet *later);

#endif
