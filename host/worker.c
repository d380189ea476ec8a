/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * worker - drives decode, flow table and nDPI, and knows the order of a flow's
 * life: packets, the detected hook once, periodic ones, the end hook once.
 */
#include "worker.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "alerts.h"
#include "dpi.h"
#include "intake.h"
#include "roles.h"

struct worker {
    struct worker_options options;
    struct worker_counters counters;
    struct flow_table *table;
    struct intake *intake; /* for one that works alone */
    struct dpi *dpi;
    int64_t now;    /* packet time of the current frame */
    int64_t latest; /* latest packet time since the clock was set back */
    int64_t offset; /* from packet time to the table's clock */
};

/* What a check may see. */

/* 0 would say that the time is unknown; some captures do begin in 1970. */
static int64_t hook_time(const struct worker *worker)
{
    return worker->now != 0 ? worker->now : 1;
}

static void view_flow(const struct worker *worker, const struct flow *flow,
                      const struct metadata *l7, struct fc_flow *view)
{
    *view = (struct fc_flow){
        .struct_size = sizeof *view,
        .flags =
            locality_flags(worker->options.locality, flow->ip_version,
                           flow->addr[FLOW_CLIENT], flow->addr[FLOW_SERVER]),
        .ip_version = flow->ip_version,
        .l4_proto = flow->l4_proto,
        .vlan_id = flow->vlan_id,
        .cli_port = flow->port[FLOW_CLIENT],
        .srv_port = flow->port[FLOW_SERVER],
        .cli2srv_bytes = flow->bytes[FLOW_CLIENT],
        .srv2cli_bytes = flow->bytes[FLOW_SERVER],
        .cli2srv_packets = flow->packets[FLOW_CLIENT],
        .srv2cli_packets = flow->packets[FLOW_SERVER],
        .first_seen = flow->first_seen,
        .last_seen = flow->last_seen,
        .l7_master_proto = l7->master_proto,
        .l7_proto = l7->app_proto,
        .l7_proto_name = l7->name,
        .http = l7->http,
        .dns = l7->dns,
        .ssh = l7->ssh,
        .tls = l7->tls,
        .time = hook_time(worker),
    };
    memcpy(view->cli_addr, flow->addr[FLOW_CLIENT], sizeof view->cli_addr);
    memcpy(view->srv_addr, flow->addr[FLOW_SERVER], sizeof view->srv_addr);
}

/* What is known of a flow's protocol: all, or what was kept of that. */
static const struct metadata *
describe(struct worker *worker, const struct flow *flow, struct dpi_view *room)
{
    if (flow->metadata != NULL)
        return flow->metadata;
    if (flow->dpi != NULL)
        dpi_describe(worker->dpi, flow->dpi, room);
    else
        dpi_recall(worker->dpi, flow->master_proto, flow->app_proto, room);
    return &room->known;
}

static void tell(struct worker *worker, enum fc_hook hook, struct flow *flow,
                 const struct metadata *l7)
{
    struct fc_flow view;
    const struct worker_moment moment = {
        .hook = hook,
        .flow = &view,
        .alerts = &flow->alerts,
        .icmp_type = flow->icmp_type,
        .icmp_code = flow->icmp_code,
        .time = worker->now,
    };

    view_flow(worker, flow, l7, &view);
    worker->options.on_hook(worker->options.context, &moment);
}

static bool is_wanted(const struct worker *worker, uint32_t hooks)
{
    return worker->options.wanted == NULL ||
           (worker->options.wanted(worker->options.context) & hooks) != 0;
}

static void run_hook(struct worker *worker, enum fc_hook hook,
                     struct flow *flow)
{
    struct dpi_view room;

    if (is_wanted(worker, FC_HOOK_BIT(hook)))
        tell(worker, hook, flow, describe(worker, flow, &room));
}

/* The life of a flow. */

/* Hooks that may follow the detected one. */
static uint32_t later_hooks(const struct worker *worker)
{
    uint32_t hooks = FC_HOOK_BIT(FC_HOOK_END);

    if (worker->options.lifetimes.period > 0)
        hooks |= FC_HOOK_BIT(FC_HOOK_PERIODIC);
    return hooks;
}

/* nDPI's state is large: it goes, and what a later hook needs is kept. */
static void detect(struct worker *worker, struct flow *flow)
{
    struct dpi_view room;
    const struct metadata *l7 = describe(worker, flow, &room);

    flow->detected = true;
    flow->master_proto = l7->master_proto;
    flow->app_proto = l7->app_proto;
    if (l7->app_proto != 0 || l7->master_proto != 0)
        worker->counters.named++;
    if (is_wanted(worker, FC_HOOK_BIT(FC_HOOK_DETECTED)))
        tell(worker, FC_HOOK_DETECTED, flow, l7);
    if (is_wanted(worker, later_hooks(worker)))
        flow->metadata = metadata_copy(l7);
    dpi_flow_free(flow->dpi);
    flow->dpi = NULL;
}

/* The table lets a flow go. */
static void flow_over(void *context, struct flow *flow)
{
    struct worker *worker = context;

    if (!flow->detected) {
        if (flow->dpi != NULL)
            dpi_conclude(worker->dpi, flow->dpi);
        detect(worker, flow);
    }
    run_hook(worker, FC_HOOK_END, flow);
    free(flow->metadata);
    alert_history_free(flow->alerts);
}

static void period_over(void *context, struct flow *flow)
{
    run_hook(context, FC_HOOK_PERIODIC, flow);
}

/* The flow that makes room comes to its hooks next, by flow_over. */
static void table_full(void *context)
{
    struct worker *worker = context;

    if (worker->counters.evicted++ == 0 && worker->options.on_full != NULL)
        worker->options.on_full(worker->options.context);
}

static void begin_flow(struct worker *worker, struct flow *flow,
                       const struct packet *packet, int64_t time)
{
    worker->counters.flows++;
    flow->first_seen = time;
    flow->last_seen = time;
    flow->icmp_type = packet->icmp_type;
    flow->icmp_code = packet->icmp_code;
    flow->dpi = dpi_flow_new();
}

static void count_packet(struct flow *flow, enum flow_side side,
                         const struct packet *packet, int64_t time)
{
    flow->packets[side]++;
    flow->bytes[side] += packet->wire_len;
    if (time > flow->last_seen)
        flow->last_seen = time;
    if (time < flow->first_seen)
        flow->first_seen = time;
}

/* FIN both ways, or a RST, ends a connection. */
static void follow_tcp(struct worker *worker, struct flow *flow,
                       enum flow_side side, const struct packet *packet)
{
    if (packet->tcp_flags & DECODE_TCP_FIN)
        flow->tcp_fin |= (uint8_t)(1u << side);
    if (flow->tcp_fin == 3 || packet->tcp_flags & DECODE_TCP_RST)
        flow_table_close(worker->table, flow);
}

/* A later fragment has no header of its own for nDPI to look at. */
static void inspect(struct worker *worker, struct flow *flow,
                    const struct packet *packet, int64_t time)
{
    if (flow->dpi == NULL || packet->later_fragment)
        return;
    if (dpi_feed(worker->dpi, flow->dpi, packet, time) != DPI_DONE)
        return;
    detect(worker, flow);
    if (worker->options.lifetimes.period > 0)
        flow_table_begin_periods(worker->table, flow);
}

static void handle_packet(struct worker *worker, const struct packet *packet,
                          int64_t time)
{
    enum flow_side side;
    bool is_new;
    struct flow *flow = flow_table_find(worker->table, packet, &side, &is_new);

    if (flow == NULL) {
        worker->counters.out_of_memory++;
        return;
    }
    if (is_new)
        begin_flow(worker, flow, packet, time);
    count_packet(flow, side, packet, time);
    if (!flow->detected && side == FLOW_SERVER && roles_proves_client(packet)) {
        flow_swap(flow);
        side = FLOW_CLIENT;
    }
    follow_tcp(worker, flow, side, packet);
    if (!flow->detected)
        inspect(worker, flow, packet, time);
}

/*
 * Packets may come a little late. Packets that come more than 10 s late are of
 * another capture, or a clock was set: time goes on from there, and the flows
 * that live grow no older by the step.
 */
#define LATE_MAX 10000000

void worker_tick(struct worker *worker, int64_t time)
{
    worker->now = time;
    if (worker->latest != INT64_MIN && time < worker->latest - LATE_MAX) {
        worker->offset += worker->latest - time;
        worker->latest = time;
    }
    if (time > worker->latest)
        worker->latest = time;
    flow_table_advance(worker->table, worker->latest + worker->offset);
}

void worker_packet(struct worker *worker, const struct packet *packet)
{
    handle_packet(worker, packet, worker->now);
}

void worker_frame(struct worker *worker, const struct capture_frame *frame)
{
    struct packet packet;
    bool has_flow = intake_frame(worker->intake, frame, &packet);

    worker_tick(worker, frame->time);
    if (has_flow)
        worker_packet(worker, &packet);
}

void worker_finish(struct worker *worker)
{
    flow_table_drain(worker->table);
}

static int open_parts(struct worker *worker, struct text_error *err)
{
    const struct flow_events events = { worker, flow_over, period_over,
                                        table_full };
    size_t most =
        worker->options.max_flows != 0 ? worker->options.max_flows : SIZE_MAX;

    worker->dpi = dpi_new(worker->options.max_packets, err);
    if (worker->dpi == NULL)
        return -1;
    worker->table = flow_table_new(&worker->options.lifetimes, most, &events);
    worker->intake = intake_new(&worker->counters);
    if (worker->table == NULL || worker->intake == NULL)
        return text_fail(err, "out of memory");
    return 0;
}

struct worker *worker_new(const struct worker_options *options,
                          struct text_error *err)
{
    struct worker *worker = calloc(1, sizeof *worker);

    if (worker == NULL) {
        text_fail(err, "out of memory");
        return NULL;
    }
    worker->options = *options;
    worker->latest = INT64_MIN;
    if (open_parts(worker, err) != 0) {
        worker_free(worker);
        return NULL;
    }
    return worker;
}

/* Only worker_finish runs hooks, so flows that are left are just freed. */
static void discard(void *context, const struct worker_moment *moment)
{
    (void)context;
    (void)moment;
}

void worker_free(struct worker *worker)
{
    if (worker == NULL)
        return;
    worker->options.on_hook = discard;
    worker->options.wanted = NULL;
    if (worker->table != NULL)
        flow_table_drain(worker->table);
    flow_table_free(worker->table);
    intake_free(worker->intake);
    dpi_free(worker->dpi);
    free(worker);
}

const struct worker_counters *worker_counters(const struct worker *worker)
{
    return &worker->counters;
}

void worker_counters_add(struct worker_counters *sum,
                         const struct worker_counters *more)
{
    sum->packets += more->packets;
    sum->bytes += more->bytes;
    sum->flows += more->flows;
    sum->evicted += more->evicted;
    sum->named += more->named;
    sum->lost_fragments += more->lost_fragments;
    sum->out_of_memory += more->out_of_memory;
    for (int i = 0; i < DECODE_RESULTS; i++)
        sum->undecoded[i] += more->undecoded[i];
}
