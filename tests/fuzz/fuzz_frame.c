/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any bytes as a capture (frames.h), through a worker with nDPI. Whatever they
 * are: each flow is detected once, then has its periods, then ends once, with
 * the same client all the time; it counts the packets and the bytes that were
 * fed, and all that is known of it can be read and shown.
 *
 * nDPI is not instrumented, and takes long to start: one worker serves many
 * inputs, each of which ends all its flows. What an input leaves behind is the
 * clock, the memory of fragments, and nDPI's caches.
 */
#include <string.h>

#include "dpi.h"
#include "flow_json.h"
#include "frames.h"
#include "locality.h"

#define INPUTS_PER_WORKER 200
#define SECOND INT64_C(1000000)
/* So few flows at once that inputs reach the bound. */
#define FLOWS_MAX 16

/* A flow that was detected and has not ended, by the address of its alerts. */
struct live_flow {
    struct alert_history **id;
    struct fc_flow seen;
};

struct observer {
    struct live_flow live[FLOWS_MAX];
    size_t live_count;
    uint64_t flows;
    uint64_t packets;
    uint64_t bytes;
};

static struct live_flow *find_live(struct observer *observer,
                                   const struct worker_moment *moment)
{
    for (size_t i = 0; i < observer->live_count; i++)
        if (observer->live[i].id == moment->alerts)
            return &observer->live[i];
    return NULL;
}

/* As the command "flows" does, which looks at every string. */
static void read_flow(const struct worker_moment *moment)
{
    struct json_object *json = flow_json(moment->flow);
    char id[DPI_COMMUNITY_ID_MAX];

    fuzz_require(json != NULL);
    fuzz_require(json_object_to_json_string(json) != NULL);
    json_object_put(json);
    dpi_community_id(moment->flow, moment->icmp_type, moment->icmp_code, id);
    fuzz_require(memchr(id, '\0', sizeof id) != NULL);
}

static uint64_t packets_of(const struct fc_flow *flow)
{
    return flow->cli2srv_packets + flow->srv2cli_packets;
}

static void expect_sane(const struct fc_flow *flow)
{
    fuzz_require(flow->struct_size == sizeof *flow);
    fuzz_require(flow->l7_proto_name != NULL);
    fuzz_require(flow->ip_version == 4 || flow->ip_version == 6);
    fuzz_require(flow->first_seen <= flow->last_seen);
    fuzz_require(packets_of(flow) > 0);
    fuzz_require(flow->cli2srv_packets > 0 || flow->cli2srv_bytes == 0);
    fuzz_require(flow->srv2cli_packets > 0 || flow->srv2cli_bytes == 0);
}

/* A flow keeps its ends, and its counters only grow. */
static void expect_successor(const struct fc_flow *then,
                             const struct fc_flow *now)
{
    fuzz_require(memcmp(then->cli_addr, now->cli_addr, 16) == 0);
    fuzz_require(memcmp(then->srv_addr, now->srv_addr, 16) == 0);
    fuzz_require(then->cli_port == now->cli_port);
    fuzz_require(then->srv_port == now->srv_port);
    fuzz_require(then->l4_proto == now->l4_proto);
    fuzz_require(then->vlan_id == now->vlan_id);
    fuzz_require(then->cli2srv_bytes <= now->cli2srv_bytes);
    fuzz_require(then->srv2cli_bytes <= now->srv2cli_bytes);
    fuzz_require(then->cli2srv_packets <= now->cli2srv_packets);
    fuzz_require(then->srv2cli_packets <= now->srv2cli_packets);
}

static void begin_live(struct observer *observer,
                       const struct worker_moment *moment)
{
    fuzz_require(find_live(observer, moment) == NULL);
    fuzz_require(observer->live_count < FLOWS_MAX);
    observer->live[observer->live_count++] =
        (struct live_flow){ moment->alerts, *moment->flow };
}

static void end_live(struct observer *observer, struct live_flow *live)
{
    observer->flows++;
    observer->packets += packets_of(&live->seen);
    observer->bytes += live->seen.cli2srv_bytes + live->seen.srv2cli_bytes;
    *live = observer->live[--observer->live_count];
}

static void on_hook(void *context, const struct worker_moment *moment)
{
    struct observer *observer = context;
    struct live_flow *live;

    expect_sane(moment->flow);
    read_flow(moment);
    if (moment->hook == FC_HOOK_DETECTED) {
        begin_live(observer, moment);
        return;
    }
    live = find_live(observer, moment);
    fuzz_require(live != NULL);
    expect_successor(&live->seen, moment->flow);
    live->seen = *moment->flow;
    if (moment->hook == FC_HOOK_END)
        end_live(observer, live);
}

static struct worker *make_worker(struct observer *observer)
{
    static struct locality *locality;
    struct text_error err;
    struct worker_options options = {
        .lifetimes = { 60 * SECOND, 5 * SECOND, 60 * SECOND },
        .max_flows = FLOWS_MAX,
        .max_packets = DPI_MAX_PACKETS_DEFAULT,
        .on_hook = on_hook,
        .context = observer,
    };
    struct worker *worker;

    if (locality == NULL)
        locality = locality_parse(LOCALITY_DEFAULT, &err);
    options.locality = locality;
    worker = worker_new(&options, &err);
    fuzz_require(locality != NULL && worker != NULL);
    return worker;
}

/* Feeds an input; *fed becomes what belongs to flows. */
static void feed(struct worker *worker, struct frames *frames,
                 struct observer *fed)
{
    const struct worker_counters *counters = worker_counters(worker);
    struct capture_frame frame;
    struct packet packet;

    while (frames_next(frames, &frame)) {
        enum decode_result result = frames_decode(&frame, &packet);
        uint64_t lost = counters->lost_fragments;

        worker_frame(worker, &frame);
        fuzz_require(counters->out_of_memory == 0);
        if (result == DECODE_OK && counters->lost_fragments == lost) {
            fed->packets++;
            fed->bytes += packet.wire_len;
        }
        free((void *)(uintptr_t)frame.data);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct observer observer;
    static struct worker *worker;
    static unsigned inputs;
    struct observer fed = { 0 };
    struct frames frames;
    uint64_t flows;

    if (inputs++ % INPUTS_PER_WORKER == 0) {
        worker_free(worker);
        worker = make_worker(&observer);
    }
    observer = (struct observer){ 0 };
    flows = worker_counters(worker)->flows;
    frames_open(&frames, data, size);
    feed(worker, &frames, &fed);
    worker_finish(worker);
    fuzz_require(observer.live_count == 0);
    fuzz_require(observer.flows == worker_counters(worker)->flows - flows);
    fuzz_require(observer.packets == fed.packets);
    fuzz_require(observer.bytes == fed.bytes);
    return 0;
}
