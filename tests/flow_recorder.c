/* SPDX-License-Identifier: GPL-3.0-or-later */
/* flow_recorder - see the header. */
#include "flow_recorder.h"

#include <check.h>
#include <stdio.h>

#include "dpi.h"
#include "flow_text.h"

static void copy_text(char *to, size_t size, const char *text)
{
    snprintf(to, size, "%s", text != NULL ? text : "");
}

static void record(void *context, const struct worker_moment *moment)
{
    struct recorder *recorder = context;
    const struct fc_flow *flow = moment->flow;
    struct moment *to = &recorder->moments[recorder->count];
    char text[FLOW_ADDRESS_MAX];

    if (recorder->count++ >= MOMENTS_MAX)
        return;
    to->hook = moment->hook;
    to->time = moment->time;
    to->flow = *flow;
    snprintf(to->name, sizeof to->name, "%s", flow->l7_proto_name);
    snprintf(to->cli, sizeof to->cli, "%s",
             flow_address(flow, flow->cli_addr, text));
    snprintf(to->srv, sizeof to->srv, "%s",
             flow_address(flow, flow->srv_addr, text));
    to->is_dns = flow->dns != NULL;
    to->return_code = flow->dns != NULL ? flow->dns->return_code : 0;
    if (flow->dns != NULL)
        copy_text(to->query, sizeof to->query, flow->dns->query);
    if (flow->ssh != NULL) {
        copy_text(to->ssh_client, sizeof to->ssh_client,
                  flow->ssh->client_signature);
        copy_text(to->ssh_server, sizeof to->ssh_server,
                  flow->ssh->server_signature);
    }
}

static uint32_t wanted(void *context)
{
    const struct recorder *recorder = context;

    return ~recorder->unwanted;
}

static void count_full(void *context)
{
    struct recorder *recorder = context;

    recorder->full++;
}

void recorder_open_bounded(struct recorder *recorder, unsigned max_flows)
{
    struct text_error err;
    struct worker_options options = {
        .lifetimes = { 60 * SECOND, 5 * SECOND, 60 * SECOND },
        .max_flows = max_flows,
        .max_packets = DPI_MAX_PACKETS_DEFAULT,
        .on_hook = record,
        .wanted = wanted,
        .on_full = count_full,
        .context = recorder,
    };

    *recorder = (struct recorder){ .now = START };
    recorder->locality = locality_parse(LOCALITY_DEFAULT, &err);
    ck_assert_ptr_nonnull(recorder->locality);
    options.locality = recorder->locality;
    recorder->worker = worker_new(&options, &err);
    ck_assert_msg(recorder->worker != NULL, "%s", err.text);
}

void recorder_open(struct recorder *recorder)
{
    recorder_open_bounded(recorder, 0);
}

void recorder_close(struct recorder *recorder)
{
    worker_free(recorder->worker);
    locality_free(recorder->locality);
}

void recorder_feed_cut(struct recorder *recorder, const struct frame *frame,
                       uint32_t captured)
{
    const struct capture_frame told = {
        .data = frame->bytes,
        .captured = captured,
        .wire_len = frame->len,
        .time = recorder->now,
        .link_type = frame->link_type,
    };

    worker_frame(recorder->worker, &told);
    recorder->now += 1000;
}

void recorder_feed(struct recorder *recorder, const struct frame_spec *spec)
{
    struct frame frame;

    frame_build(&frame, spec);
    recorder_feed_cut(recorder, &frame, frame.len);
}

void recorder_finish(struct recorder *recorder)
{
    worker_finish(recorder->worker);
}

size_t recorder_count(const struct recorder *recorder, enum fc_hook hook)
{
    size_t count = 0;

    ck_assert_uint_le(recorder->count, MOMENTS_MAX);
    for (size_t i = 0; i < recorder->count; i++)
        count += recorder->moments[i].hook == hook;
    return count;
}

const struct moment *recorder_get(const struct recorder *recorder,
                                  enum fc_hook hook, size_t index)
{
    for (size_t i = 0; i < recorder->count && i < MOMENTS_MAX; i++)
        if (recorder->moments[i].hook == hook && index-- == 0)
            return &recorder->moments[i];
    ck_abort_msg("the hook did not run so often");
    return NULL;
}
