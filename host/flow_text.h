/* SPDX-License-Identifier: GPL-3.0-or-later */
/* flow_text - parts of a flow as text, spelled as the manual spells them. */
#ifndef FC_FLOW_TEXT_H
#define FC_FLOW_TEXT_H

#include <arpa/inet.h>
#include <stdbool.h>

#include "fc_flow.h"

#define FLOW_ADDRESS_MAX INET6_ADDRSTRLEN

/* An address as inet_ntop writes it (IPv6: RFC 5952). Returns text. */
const char *flow_address(const struct fc_flow *flow, const uint8_t address[16],
                         char text[FLOW_ADDRESS_MAX]);

/* "local2remote", "remote2local", "local2local" or "remote2remote". */
const char *flow_direction(const struct fc_flow *flow);

/* Packets were seen, but in one direction only. */
bool flow_is_oneway(const struct fc_flow *flow);

#endif
