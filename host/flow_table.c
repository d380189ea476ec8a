/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * flow_table - an index, and three lists in the order in which something is
 * going to happen to their flows. Two are in the order of the last
 * packet: all flows of a list live equally long after it, so the flows that
 * are over are always at the old end. In the third, the flow that has waited
 * longest for the end of its period is.
 */
#include "flow_table.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "flow_index.h"
#include "roles.h"

struct flow_list {
    struct flow *oldest;
    struct flow *newest;
    size_t links;     /* offset of its links in a flow */
    int64_t lifetime; /* from touched; of the periods, from due */
};

struct flow_table {
    struct flow_index index;
    size_t most; /* flows */
    int64_t clock;
    struct flow_list live;
    struct flow_list closing;
    struct flow_list periods;
    struct flow_events events;
};

/* Lists. */

static struct flow_links *links_of(const struct flow_list *list,
                                   struct flow *flow)
{
    return (struct flow_links *)(void *)((char *)flow + list->links);
}

static struct flow_list *list_of(struct flow_table *table,
                                 const struct flow *flow)
{
    return flow->closing ? &table->closing : &table->live;
}

static void list_append(struct flow_list *list, struct flow *flow)
{
    *links_of(list, flow) = (struct flow_links){ list->newest, NULL };
    if (list->newest != NULL)
        links_of(list, list->newest)->newer = flow;
    else
        list->oldest = flow;
    list->newest = flow;
}

static void list_remove(struct flow_list *list, struct flow *flow)
{
    const struct flow_links links = *links_of(list, flow);

    if (links.older != NULL)
        links_of(list, links.older)->newer = links.newer;
    else
        list->oldest = links.newer;
    if (links.newer != NULL)
        links_of(list, links.newer)->older = links.older;
    else
        list->newest = links.older;
}

static void touch(struct flow_table *table, struct flow *flow)
{
    struct flow_list *list = list_of(table, flow);

    flow->touched = table->clock;
    if (list->newest == flow)
        return;
    list_remove(list, flow);
    list_append(list, flow);
}

/* Keys. */

/* The finalizer of MurmurHash3: every input bit moves every output bit. */
static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 33)) * 0xff51afd7ed558ccd;
    x = (x ^ (x >> 33)) * 0xc4ceb9fe1a85ec53;
    return x ^ (x >> 33);
}

static uint64_t hash_end(const uint8_t address[16], uint16_t port)
{
    uint64_t halves[2];

    memcpy(halves, address, sizeof halves);
    return mix(halves[0] ^ mix(halves[1] + port));
}

/* The same for both directions: the two ends are added. */
static uint32_t hash_packet(const struct packet *packet)
{
    uint64_t ends = hash_end(packet->src, packet->src_port) +
                    hash_end(packet->dst, packet->dst_port);
    uint64_t rest = (uint64_t)packet->l4_proto << 32 |
                    (uint64_t)packet->vlan_id << 16 | packet->dns_id;

    return (uint32_t)mix(ends ^ rest);
}

static bool is_end(const struct flow *flow, enum flow_side side,
                   const uint8_t address[16], uint16_t port)
{
    return flow->port[side] == port &&
           memcmp(flow->addr[side], address, sizeof flow->addr[side]) == 0;
}

/* Whether flow is the packet's, and then which end sent it. */
static bool matches(const struct flow *flow, const struct packet *packet,
                    enum flow_side *side)
{
    if (flow->ip_version != packet->ip_version ||
        flow->l4_proto != packet->l4_proto ||
        flow->vlan_id != packet->vlan_id || flow->dns_id != packet->dns_id)
        return false;
    *side = FLOW_CLIENT;
    if (is_end(flow, FLOW_CLIENT, packet->src, packet->src_port) &&
        is_end(flow, FLOW_SERVER, packet->dst, packet->dst_port))
        return true;
    *side = FLOW_SERVER;
    return is_end(flow, FLOW_SERVER, packet->src, packet->src_port) &&
           is_end(flow, FLOW_CLIENT, packet->dst, packet->dst_port);
}

/* Life and death. */

static void set_end(struct flow *flow, enum flow_side side,
                    const uint8_t address[16], uint16_t port)
{
    memcpy(flow->addr[side], address, sizeof flow->addr[side]);
    flow->port[side] = port;
}

static struct flow *make_flow(const struct packet *packet, uint32_t hash,
                              enum flow_side side)
{
    struct flow *flow = calloc(1, sizeof *flow);

    if (flow == NULL)
        return NULL;
    flow->hash = hash;
    flow->ip_version = packet->ip_version;
    flow->l4_proto = packet->l4_proto;
    flow->vlan_id = packet->vlan_id;
    flow->dns_id = packet->dns_id;
    set_end(flow, side, packet->src, packet->src_port);
    set_end(flow, !side, packet->dst, packet->dst_port);
    return flow;
}

/* A new flow, which the caller has made room for. */
static struct flow *add_flow(struct flow_table *table,
                             const struct packet *packet, uint32_t hash,
                             enum flow_side *side)
{
    struct flow *flow;

    *side = roles_sender_is_client(packet) ? FLOW_CLIENT : FLOW_SERVER;
    flow = make_flow(packet, hash, *side);
    if (flow == NULL)
        return NULL;
    flow_index_add(&table->index, flow);
    list_append(&table->live, flow);
    flow->touched = table->clock;
    return flow;
}

/* A flow that the index has let go: it can't be found again. */
static void bury(struct flow_table *table, struct flow *flow)
{
    list_remove(list_of(table, flow), flow);
    if (flow->repeating)
        list_remove(&table->periods, flow);
    table->events.over(table->events.context, flow);
    free(flow);
}

static void end_flow(struct flow_table *table, struct flow *flow)
{
    flow_index_remove(&table->index, flow);
    bury(table, flow);
}

/*
 * The two lists of lives merged by their flows' last packets. Of two of the
 * same moment the closed one is older: it has less to come.
 */
static struct flow *longest_silent(const struct flow_table *table)
{
    struct flow *live = table->live.oldest;
    struct flow *closing = table->closing.oldest;

    if (live == NULL || closing == NULL)
        return live != NULL ? live : closing;
    return closing->touched <= live->touched ? closing : live;
}

static void make_room(struct flow_table *table)
{
    table->events.full(table->events.context);
    end_flow(table, longest_silent(table));
}

/* The next period begins where this one ends, however late it is told. */
static void end_period(struct flow_table *table, struct flow *flow)
{
    list_remove(&table->periods, flow);
    flow->due += table->periods.lifetime;
    list_append(&table->periods, flow);
    table->events.period(table->events.context, flow);
}

struct flow_table *flow_table_new(const struct flow_lifetimes *lifetimes,
                                  size_t most, const struct flow_events *events)
{
    struct flow_table *table = calloc(1, sizeof *table);

    if (table == NULL)
        return NULL;
    if (flow_index_init(&table->index) != 0) {
        free(table);
        return NULL;
    }
    table->most = most;
    table->clock = INT64_MIN;
    table->live = (struct flow_list){ .links = offsetof(struct flow, life),
                                      .lifetime = lifetimes->idle };
    table->closing = (struct flow_list){ .links = offsetof(struct flow, life),
                                         .lifetime = lifetimes->linger };
    table->periods = (struct flow_list){ .links = offsetof(struct flow, period),
                                         .lifetime = lifetimes->period };
    table->events = *events;
    return table;
}

void flow_table_free(struct flow_table *table)
{
    if (table == NULL)
        return;
    flow_index_free(&table->index);
    free(table);
}

/* When the oldest flow of a list of lives is over. */
static int64_t next_end(const struct flow_list *list)
{
    return list->oldest == NULL ? INT64_MAX
                                : list->oldest->touched + list->lifetime;
}

static int64_t next_period(const struct flow_table *table)
{
    return table->periods.oldest == NULL ? INT64_MAX
                                         : table->periods.oldest->due;
}

/* What ends at the same moment as its period has no more use for it. */
void flow_table_advance(struct flow_table *table, int64_t time)
{
    if (time > table->clock)
        table->clock = time;
    for (;;) {
        const struct flow_list *list =
            next_end(&table->closing) <= next_end(&table->live)
                ? &table->closing
                : &table->live;
        int64_t end = next_end(list);
        int64_t period = next_period(table);

        if (end > table->clock && period > table->clock)
            return;
        if (end <= period)
            end_flow(table, list->oldest);
        else
            end_period(table, table->periods.oldest);
    }
}

struct flow *flow_table_find(struct flow_table *table,
                             const struct packet *packet, enum flow_side *side,
                             bool *is_new)
{
    uint32_t hash = hash_packet(packet);
    struct flow *flow = flow_index_first(&table->index, hash);

    *is_new = false;
    for (; flow != NULL; flow = flow->next) {
        if (flow->hash == hash && matches(flow, packet, side)) {
            touch(table, flow);
            return flow;
        }
    }
    *is_new = true;
    if (table->index.flows >= table->most)
        make_room(table);
    return add_flow(table, packet, hash, side);
}

static void swap_u64(uint64_t pair[2])
{
    uint64_t kept = pair[0];

    pair[0] = pair[1];
    pair[1] = kept;
}

void flow_swap(struct flow *flow)
{
    uint8_t address[16];
    uint16_t port = flow->port[FLOW_CLIENT];

    memcpy(address, flow->addr[FLOW_CLIENT], sizeof address);
    set_end(flow, FLOW_CLIENT, flow->addr[FLOW_SERVER],
            flow->port[FLOW_SERVER]);
    set_end(flow, FLOW_SERVER, address, port);
    swap_u64(flow->bytes);
    swap_u64(flow->packets);
    flow->tcp_fin =
        (uint8_t)((flow->tcp_fin & 1) << 1 | (flow->tcp_fin >> 1 & 1));
}

void flow_table_close(struct flow_table *table, struct flow *flow)
{
    if (flow->closing)
        return;
    list_remove(&table->live, flow);
    flow->closing = true;
    list_append(&table->closing, flow);
}

void flow_table_begin_periods(struct flow_table *table, struct flow *flow)
{
    if (flow->repeating)
        return;
    flow->repeating = true;
    flow->due = table->clock + table->periods.lifetime;
    list_append(&table->periods, flow);
}

void flow_table_drain(struct flow_table *table)
{
    struct flow *flow;

    flow_index_clear(&table->index);
    while ((flow = longest_silent(table)) != NULL)
        bury(table, flow);
}
