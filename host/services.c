/* SPDX-License-Identifier: GPL-3.0-or-later */
/* services - fills struct fc_host. */
#include "config.h"

#include "services.h"

#include <time.h>

#include "log.h"

struct service *service_of(const struct fc_host *host)
{
    return host->data;
}

static enum fc_status refuse_check(const struct fc_host *host,
                                   const struct fc_check *check)
{
    (void)host;
    (void)check;
    log_say(FC_LOG_ERROR, "a module registers a check outside its init: "
                          "refused");
    return FC_ERROR;
}

static enum fc_alert_fate refuse_alert(const struct fc_host *host,
                                       const struct fc_flow *flow,
                                       const struct fc_alert *alert)
{
    (void)host;
    (void)flow;
    (void)alert;
    log_say(FC_LOG_ERROR, "a module triggers an alert outside a hook: "
                          "refused");
    return FC_ALERT_FAILED;
}

static void log_of_module(const struct fc_host *host, enum fc_log_level level,
                          const char *text)
{
    (void)host;
    log_text(level, text);
}

static const char *install_dir(const struct fc_host *host)
{
    return service_of(host)->install_dir;
}

static const char *const *protocol_names(const struct fc_host *host)
{
    return service_of(host)->protocol_names;
}

static uint64_t monotonic_clock(const struct fc_host *host)
{
    struct timespec now;

    (void)host;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void service_init(struct service *service, const char *dir, void *owner)
{
    service->install_dir = dir;
    service->protocol_names = NULL;
    service->owner = owner;
    service->host = (struct fc_host){
        .struct_size = sizeof service->host,
        .abi_version = FC_ABI_VERSION,
        .data = service,
        .name = PACKAGE_NAME " " PACKAGE_VERSION,
        .register_check = refuse_check,
        .trigger_alert = refuse_alert,
        .log = log_of_module,
        .install_dir = install_dir,
        .clock = monotonic_clock,
        .protocol_names = protocol_names,
    };
}
