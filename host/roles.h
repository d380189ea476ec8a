/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * roles - which end of a flow is the client, judged by a packet of it.
 *
 * The sender of the first packet is the client, unless the packet shows
 * otherwise: a SYN-ACK; TCP or SCTP in the middle of a connection, where the
 * higher port is the client's; a DNS response; an NTP reply.
 */
#ifndef FC_ROLES_H
#define FC_ROLES_H

#include <stdbool.h>

#include "decode.h"

/* Whether the sender of a flow's first packet is its client. */
bool roles_sender_is_client(const struct packet *packet);

/* Whether a later packet proves that its sender is the client: a pure SYN. */
bool roles_proves_client(const struct packet *packet);

#endif
