/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * late - keeps the host of its init, its functions too, and uses them when that
 * time is over: to register a check and to trigger an alert. It also triggers
 * alerts on a thread of its own, and in the name of another instance.
 */
#define FIXTURE "late"
#include <pthread.h>

#include "fixture.h"

/* No module may have such a state: this one has no manners. */
static struct fc_host kept;
static const struct fc_host *first; /* of the first instance */

static const struct fc_alert alert = {
    .struct_size = sizeof alert,
    .score = 10,
    .message = "late",
    .message_len = 4,
};

static void register_late(const struct fc_host *host)
{
    struct fc_check check = fixture_check();

    check.key = "late_too";
    if (kept.register_check(host, &check) != FC_ERROR)
        abort();
}

static enum fc_status enable(const struct fc_host *host, unsigned worker,
                             void **instance)
{
    (void)worker;
    if (first == NULL)
        first = host;
    register_late(&kept);
    register_late(host);
    register_late(NULL);
    *instance = (void *)host;
    return FC_OK;
}

static void disable(void *instance)
{
    const struct fc_host *host = instance;

    host->trigger_alert(host, NULL, &alert);
    if (first == host)
        first = NULL;
}

struct call {
    const struct fc_host *host;
    const struct fc_flow *flow;
};

static void *trigger(void *context)
{
    const struct call *call = context;

    if (call->host->trigger_alert(call->host, call->flow, &alert) !=
        FC_ALERT_FAILED)
        abort();
    return NULL;
}

/* While the hook runs, but not in it. */
static void trigger_elsewhere(struct call *call)
{
    pthread_t thread;

    if (pthread_create(&thread, NULL, trigger, call) != 0 ||
        pthread_join(thread, NULL) != 0)
        abort();
}

static void on_detect(void *instance, const struct fc_flow *flow)
{
    struct call call = { instance, flow };

    register_late(&kept);
    trigger_elsewhere(&call);
    call.host = &kept;
    trigger(&call);
    call.host = first;
    if (first != instance)
        trigger(&call);
}

enum fc_status fc_module_init(const struct fc_host *host)
{
    struct fc_check check = fixture_check();

    fc_copy_struct(&kept, sizeof kept, host);
    check.enable = enable;
    check.disable = disable;
    check.on_detect = on_detect;
    return host->register_check(host, &check);
}
