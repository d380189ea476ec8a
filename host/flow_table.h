/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * flow_table - the flows of one worker: finds the flow of a packet, and lets
 * flows go when they have been silent for too long.
 *
 * A flow's key is the pair of addresses, the pair of ports, the L4 protocol,
 * the VLAN id and, for DNS over UDP, the transaction id. Time is packet time,
 * in microseconds since 1970; the table's clock is the latest time it was told.
 */
#ifndef FC_FLOW_TABLE_H
#define FC_FLOW_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "decode.h"

struct alert_history;
struct dpi_flow;
struct metadata;

/* Index of an end of a flow, in addr, port, bytes and packets. */
enum flow_side { FLOW_CLIENT = 0, FLOW_SERVER = 1 };

/* Neighbours in a list. */
struct flow_links {
    struct flow *older;
    struct flow *newer;
};

/*
 * A flow. The table owns the links and the key, the worker the rest. What finds
 * a flow comes first: it lies in one or two cache lines.
 */
struct flow {
    struct flow *next; /* in the index */
    uint32_t hash;
    uint8_t ip_version;
    uint8_t l4_proto;
    uint16_t vlan_id;
    uint16_t dns_id;
    uint16_t port[2];
    bool closing;   /* in the table's list of flows that TCP has ended */
    bool repeating; /* in the table's list of periods */
    uint8_t addr[2][16];
    int64_t touched;          /* the table's clock at its last packet */
    struct flow **link;       /* in the index: what points here */
    struct flow_links life;   /* in the order of their ends */
    struct flow_links period; /* in the order of their next period's end */
    int64_t due;              /* when its period ends, on that clock */

    int64_t first_seen;
    int64_t last_seen;
    uint64_t bytes[2]; /* sent by the client, by the server */
    uint64_t packets[2];
    struct dpi_flow *dpi;         /* while detection goes on; NULL: no memory */
    struct metadata *metadata;    /* after it; NULL: nobody had a use for it */
    struct alert_history *alerts; /* NULL: none yet */
    uint16_t master_proto;        /* after detection */
    uint16_t app_proto;
    uint8_t tcp_fin;   /* bit per side that sent a FIN */
    uint8_t icmp_type; /* of the first packet */
    uint8_t icmp_code;
    bool detected; /* the detected hook has run */
};

struct flow_table;

/* In microseconds. */
struct flow_lifetimes {
    int64_t idle;   /* how long any flow lives after its last packet */
    int64_t linger; /* ... a TCP flow after FIN both ways, or RST */
    int64_t period; /* between two calls for a flow that lives so long */
};

/* What the table tells its owner. */
struct flow_events {
    void *context;
    /* A flow is over, and about to be freed. */
    void (*over)(void *context, struct flow *flow);
    /* A period of a flow has passed. */
    void (*period)(void *context, struct flow *flow);
    /* There is no room: a flow is over, the next to be told, before its time.
     */
    void (*full)(void *context);
};

/*
 * A table of at most so many flows, from 1 on. Both structs are copied. Returns
 * NULL when there is no memory.
 */
struct flow_table *flow_table_new(const struct flow_lifetimes *lifetimes,
                                  size_t most,
                                  const struct flow_events *events);

/* Frees a table that holds no more flows: drain it before. NULL is fine. */
void flow_table_free(struct flow_table *table);

/*
 * Moves the clock to time, if that is later, and tells what came to pass on the
 * way, in the order of time: ends of flows, and of their periods.
 */
void flow_table_advance(struct flow_table *table, int64_t time);

/*
 * The flow of a packet, and in *side which end sent it. A flow that does not
 * exist is made, zeroed but for its key; *is_new says so, and who is its client
 * is decided by the packet (roles.h). In a full table the flow that has been
 * idle longest, closed or not, is over then: it makes room. NULL: no
 * memory.
 */
struct flow *flow_table_find(struct flow_table *table,
                             const struct packet *packet, enum flow_side *side,
                             bool *is_new);

/* Exchanges client and server, with all that belongs to either. */
void flow_swap(struct flow *flow);

/* A TCP flow was closed: from now on it lives for the linger time only. */
void flow_table_close(struct flow_table *table, struct flow *flow);

/* From now on periods of the flow are told, until it is over. */
void flow_table_begin_periods(struct flow_table *table, struct flow *flow);

/* Ends all flows, oldest first. */
void flow_table_drain(struct flow_table *table);

#endif
