/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * dpi - what nDPI says about a flow: its protocol and the metadata of it.
 *
 * The only unit that knows nDPI; nothing of nDPI's types or versions is seen
 * from outside. A struct dpi belongs to one thread.
 */
#ifndef FC_DPI_H
#define FC_DPI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "decode.h"
#include "metadata.h"
#include "text.h"

struct dpi;      /* a detection module */
struct dpi_flow; /* what it knows of one flow */

/* Packets after which an unnamed flow is given up. */
#define DPI_MAX_PACKETS_DEFAULT 12
/* Packets after which a named flow gets no more dissection for metadata. */
#define DPI_MAX_EXTRA_PACKETS 32

enum dpi_state {
    DPI_UNNAMED, /* no protocol yet */
    DPI_NAMED,   /* a protocol; metadata may follow */
    DPI_DONE     /* nothing more will come */
};

/* What is known of a flow, and room for it. */
struct dpi_view {
    struct metadata known; /* borrows from the view, the flow and the dpi */
    struct fc_http http;
    struct fc_dns dns;
    struct fc_ssh ssh;
    struct fc_tls tls;
    char server_name[256]; /* of http: without its port */
};

/* max_packets: see DPI_MAX_PACKETS_DEFAULT. NULL: *err says why. */
struct dpi *dpi_new(unsigned max_packets, struct text_error *err);
void dpi_free(struct dpi *dpi);

/*
 * What nDPI needs to detect a flow's protocol: about 1 KB, so it should live no
 * longer than that takes. NULL when there is no memory.
 */
struct dpi_flow *dpi_flow_new(void);
void dpi_flow_free(struct dpi_flow *flow);

/*
 * Shows a packet of a flow to nDPI; time in microseconds. A flow that is
 * DPI_DONE must not be fed any more.
 */
enum dpi_state dpi_feed(struct dpi *dpi, struct dpi_flow *flow,
                        const struct packet *packet, int64_t time);

/* The flow has no more packets: an unnamed one gets nDPI's guess. */
void dpi_conclude(struct dpi *dpi, struct dpi_flow *flow);

/*
 * Fills *view with what is known. It borrows from *flow: valid until the flow
 * is fed or freed, or another view filled.
 */
void dpi_describe(struct dpi *dpi, const struct dpi_flow *flow,
                  struct dpi_view *view);

/*
 * Fills *view with what still is known of a flow when all that is left of it
 * are these numbers: their names, and structs that say no more than that the
 * flow is of their protocol. Valid until another view is filled.
 */
void dpi_recall(struct dpi *dpi, uint16_t master_proto, uint16_t app_proto,
                struct dpi_view *view);

/*
 * The names of all protocols that nDPI knows, each by itself, up to a NULL: an
 * array that the caller frees, of strings that live as long as *dpi. NULL when
 * there is no memory.
 */
const char **dpi_protocol_names(const struct dpi *dpi);

/* Which values this build's nDPI can tell at all. */
struct dpi_gifts {
    bool http_server;
    bool ja3_client;
    bool ja3_server;
    bool ja4_client;
};

extern const struct dpi_gifts dpi_gifts;

/* "nDPI 4.2.0" */
const char *dpi_version(void);

/* Longest Community ID, with its NUL. */
#define DPI_COMMUNITY_ID_MAX 64

/*
 * The Community ID v1 of a flow (as Zeek and Suricata write it), or "" when it
 * has none. icmp: the type and code of an ICMP flow's first packet.
 */
void dpi_community_id(const struct fc_flow *flow, uint8_t icmp_type,
                      uint8_t icmp_code, char id[DPI_COMMUNITY_ID_MAX]);

#endif
