/* SPDX-License-Identifier: GPL-3.0-or-later */
/* flow_text - see the header. */
#include "flow_text.h"

const char *flow_address(const struct fc_flow *flow, const uint8_t address[16],
                         char text[FLOW_ADDRESS_MAX])
{
    int family = flow->ip_version == 6 ? AF_INET6 : AF_INET;

    return inet_ntop(family, address, text, FLOW_ADDRESS_MAX);
}

const char *flow_direction(const struct fc_flow *flow)
{
    static const char *const names[] = { "remote2remote", "local2remote",
                                         "remote2local", "local2local" };

    return names[flow->flags & (FC_FLOW_CLI_LOCAL | FC_FLOW_SRV_LOCAL)];
}

bool flow_is_oneway(const struct fc_flow *flow)
{
    return (flow->cli2srv_packets == 0) != (flow->srv2cli_packets == 0);
}
