/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * locality - which addresses are local, and which are not unicast.
 */
#ifndef FC_LOCALITY_H
#define FC_LOCALITY_H

#include <stdbool.h>
#include <stdint.h>

#include "text.h"

struct locality;

/* The list used when the user gives none: loopback, private, link-local. */
#define LOCALITY_DEFAULT                                           \
    "127.0.0.0/8,::1/128,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16," \
    "169.254.0.0/16,fc00::/7,fe80::/10"

/*
 * Parses networks ("10.0.0.0/8,fe80::/10", spaces allowed around commas; an
 * address without a length is one host; host bits are cleared). Returns NULL
 * and fills *err, naming the entry and what is wrong with it. An empty string
 * means that nothing is local. Free with locality_free.
 */
struct locality *locality_parse(const char *networks, struct text_error *err);

void locality_free(struct locality *locality);

/*
 * The FC_FLOW_* bits (fc_flow.h) of a pair of addresses of one IP version:
 * FC_FLOW_CLI_LOCAL, FC_FLOW_SRV_LOCAL, FC_FLOW_UNICAST. Multicast (224/4,
 * ff00::/8), 255.255.255.255, 0.0.0.0 and the network and broadcast address of
 * a local IPv4 network with a prefix of 1..30 are not unicast, and count as
 * local.
 */
uint32_t locality_flags(const struct locality *locality, uint8_t ip_version,
                        const uint8_t client[16], const uint8_t server[16]);

/* Whether an address is unicast, in the sense of locality_flags. */
bool locality_is_unicast(const struct locality *locality, uint8_t ip_version,
                         const uint8_t address[16]);

#endif
