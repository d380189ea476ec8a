/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_flows - "flowcheck flows": each flow as a script would see it. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "feed.h"
#include "flow_json.h"
#include "flow_limit.h"
#include "locality.h"
#include "log.h"
#include "outputs.h"
#include "worker.h"

#define JSON_FLAGS (JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)

struct flows {
    const struct options *options;
    enum fc_hook hook;
    bool on_terminal;
    bool out_of_memory;
};

static void print_line(const struct flows *flows, const char *json)
{
    if (flows->on_terminal)
        text_print_json(stdout, json);
    else
        fputs(json, stdout);
    putchar('\n');
}

static void print_flow(void *context, const struct worker_moment *moment)
{
    struct flows *flows = context;
    struct json_object *object;

    if (moment->hook != flows->hook)
        return;
    object = flow_json(moment->flow);
    if (object != NULL)
        print_line(flows, json_object_to_json_string_ext(object, JSON_FLAGS));
    else
        flows->out_of_memory = true;
    json_object_put(object);
}

static void on_full(void *context)
{
    const struct flows *flows = context;

    flow_limit_warn(flows->options->max_flows, 1);
}

/* When the reader of the flows has gone, no capture is worth reading. */
static bool on_frame(void *context, const char *file,
                     const struct capture_frame *frame)
{
    (void)file;
    worker_frame(context, frame);
    return !ferror(stdout);
}

static uint64_t count_flows(void *context)
{
    return worker_counters(context)->flows;
}

static enum exit_status read_all(struct worker *worker,
                                 const struct options *options)
{
    const struct feed feed = { on_frame, count_flows, worker };
    enum exit_status status = feed_captures(&feed, options);

    worker_finish(worker);
    flow_limit_tell(worker_counters(worker)->evicted);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        log_say(FC_LOG_ERROR, "stdout: cannot write all flows");
        status = STATUS_FAILED;
    }
    return status;
}

static enum exit_status show_flows(const struct options *options,
                                   const struct locality *locality)
{
    struct flows flows = { .options = options,
                           .hook = FC_HOOK_DETECTED,
                           .on_terminal = isatty(STDOUT_FILENO) };
    const struct worker_options worker_options = {
        .lifetimes = { .idle = options->idle, .linger = options->tcp_linger },
        .max_flows = options->max_flows,
        .max_packets = options->max_packets,
        .locality = locality,
        .on_hook = print_flow,
        .on_full = on_full,
        .context = &flows,
    };
    struct text_error err;
    struct worker *worker = worker_new(&worker_options, &err);
    enum exit_status status;

    if (worker == NULL) {
        log_say(FC_LOG_ERROR, "%s", err.text);
        return STATUS_FAILED;
    }
    if (strcmp(options->hook, "end") == 0)
        flows.hook = FC_HOOK_END;
    status = read_all(worker, options);
    worker_free(worker);
    if (flows.out_of_memory)
        log_say(FC_LOG_ERROR, "out of memory: flows are missing");
    return flows.out_of_memory ? STATUS_FAILED : status;
}

enum exit_status command_flows(const struct options *options)
{
    struct text_error err;
    struct locality *locality = NULL;
    enum exit_status status;

    if (outputs_check(options, &err) == 0)
        locality = locality_parse(options->networks, &err);
    if (locality == NULL) {
        log_say(FC_LOG_ERROR, "%s", err.text);
        return STATUS_FAILED;
    }
    status = show_flows(options, locality);
    locality_free(locality);
    return status;
}
