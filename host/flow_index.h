/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * flow_index - the flows of a table by their hashes: a hash table whose buckets
 * are chains, and which grows by one bucket at a time. A packet never waits for
 * it to grow.
 */
#ifndef FC_FLOW_INDEX_H
#define FC_FLOW_INDEX_H

#include <stddef.h>
#include <stdint.h>

struct flow; /* flow_table.h: its fields hash, next, link are the index's */

/* A segment has as many buckets as all before it. */
#define FLOW_INDEX_SEGMENTS 13

struct flow_index {
    struct flow **segments[FLOW_INDEX_SEGMENTS];
    uint32_t buckets; /* in use */
    uint32_t half;    /* the largest power of two <= buckets */
    size_t flows;
};

/* Returns 0, or -1 when there is no memory. Free it in either case. */
int flow_index_init(struct flow_index *index);

/* Frees the index, not the flows. */
void flow_index_free(struct flow_index *index);

/* The first of the flows that may have this hash; the others are its next. */
struct flow *flow_index_first(const struct flow_index *index, uint32_t hash);

/* Adds a flow by its hash. Without memory to grow the index only gets slower.
 */
void flow_index_add(struct flow_index *index, struct flow *flow);

/* Removes a flow that is in it. */
void flow_index_remove(struct flow_index *index, struct flow *flow);

/* Removes all flows, without a look at any. */
void flow_index_clear(struct flow_index *index);

#endif
