/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * meddler - calls its host when it must not, and with what it must not: it
 * registers a check and triggers an alert when it is enabled; in a hook it
 * triggers alerts about another flow, about none, and out of all limits.
 */
#define FIXTURE "meddler"
#include "fixture.h"

static const struct fc_alert plain = {
    .struct_size = sizeof plain,
    .score = 10,
    .message = "plain",
    .message_len = 5,
};

static enum fc_status enable(const struct fc_host *host, unsigned worker,
                             void **instance)
{
    static const struct fc_flow flow = { .struct_size = sizeof flow };
    struct fc_check check = fixture_check();
    enum fc_status registered;
    enum fc_alert_fate fate;

    (void)worker;
    check.key = "meddler_too";
    registered = host->register_check(host, &check);
    fate = host->trigger_alert(host, &flow, &plain);
    *instance = (void *)host;
    return registered == FC_ERROR && fate == FC_ALERT_FAILED ? FC_OK : FC_ERROR;
}

static void on_detect(void *instance, const struct fc_flow *flow)
{
    const struct fc_host *host = instance;
    const struct fc_flow another = *flow;

    host->trigger_alert(host, &another, &plain);
    host->trigger_alert(host, NULL, &plain);
    host->trigger_alert(host, flow, &plain);
}

static void on_end(void *instance, const struct fc_flow *flow)
{
    static const char long_message[FC_MESSAGE_MAX + 1];
    const struct fc_host *host = instance;
    struct fc_alert alert = plain;

    alert.score = INT32_MAX;
    host->trigger_alert(host, flow, &alert);
    alert.score = INT32_MIN;
    alert.message = long_message;
    alert.message_len = sizeof long_message;
    host->trigger_alert(host, flow, &alert);
    alert.message = NULL;
    host->trigger_alert(host, flow, &alert);
}

enum fc_status fc_module_init(const struct fc_host *host)
{
    struct fc_check check = fixture_check();

    check.enable = enable;
    check.on_detect = on_detect;
    check.on_end = on_end;
    return host->register_check(host, &check);
}
