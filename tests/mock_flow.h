/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mock_flow - flows made by hand, and metadata for them. A test takes a flow
 * and changes what it is about.
 */
#ifndef MOCK_FLOW_H
#define MOCK_FLOW_H

#include "fc_flow.h"

/*
 * A flow between two addresses, IPv4 or IPv6 as they are written: TCP, in VLAN
 * 7, from a local client to a remote server; 10 packets with 1000 bytes went to
 * the server and 20 with 2000 came back; the protocol is "TLS.Google".
 */
struct fc_flow mock_flow(const char *cli, uint16_t cli_port, const char *srv,
                         uint16_t srv_port);

/* The same one, for tests that are not about flows. */
struct fc_flow mock_any_flow(void);

/* Metadata of which everything is known. */
extern const struct fc_http mock_http;
extern const struct fc_dns mock_dns;
extern const struct fc_ssh mock_ssh;
extern const struct fc_tls mock_tls;

/* Nothing is known but the protocol. */
extern const struct fc_http mock_bare_http;
extern const struct fc_dns mock_bare_dns;
extern const struct fc_ssh mock_bare_ssh;
extern const struct fc_tls mock_bare_tls;

#endif
