/* SPDX-License-Identifier: GPL-3.0-or-later */
/* services - fills struct fc_host. */
#include "config.h"

#include "services.h"

#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#include "contract.h"
#include "log.h"

/* NULL for a host that is none. */
static struct service *service_of(const struct fc_host *host)
{
    return host != NULL ? host->data : NULL;
}

void service_complain(struct service *service, enum service_complaint complaint,
                      const char *what)
{
    unsigned bit = 1u << complaint;

    if ((atomic_fetch_or(&service->complaints, bit) & bit) == 0)
        log_say(FC_LOG_ERROR, "%s \"%s\" %s", service->kind, service->name,
                what);
}

static enum fc_status register_check(const struct fc_host *host,
                                     const struct fc_check *offered)
{
    struct service *service = service_of(host);

    if (service == NULL)
        return FC_ERROR;
    if (service->on_check != NULL)
        return service->on_check(service, offered);
    service_complain(service, COMPLAINT_LATE,
                     "registers a check outside its init: refused");
    return FC_ERROR;
}

static enum fc_alert_fate trigger_alert(const struct fc_host *host,
                                        const struct fc_flow *flow,
                                        const struct fc_alert *offered)
{
    struct service *service = service_of(host);

    if (service == NULL)
        return FC_ALERT_FAILED;
    if (service->on_alert != NULL)
        return service->on_alert(service, flow, offered);
    service_complain(service, COMPLAINT_NO_HOOK,
                     "triggers an alert outside a hook: refused");
    return FC_ALERT_FAILED;
}

static void write_line(struct service *service, enum fc_log_level level,
                       const char *text)
{
    if (service->on_log != NULL)
        service->on_log(service, level, text);
    else
        log_text(level, text);
}

static void log_line(const struct fc_host *host, enum fc_log_level level,
                     const char *text)
{
    struct service *service = service_of(host);
    char *copy;

    if (service == NULL)
        return;
    if (text == NULL) {
        service_complain(service, COMPLAINT_LINE,
                         "logs a line that is NULL: left out");
        return;
    }
    text = contract_log_text(text, &copy);
    if (text != NULL)
        write_line(service, contract_level(level), text);
    free(copy);
}

static const char *install_dir(const struct fc_host *host)
{
    const struct service *service = service_of(host);

    return service != NULL ? service->install_dir : "";
}

static const char *const *protocol_names(const struct fc_host *host)
{
    const struct service *service = service_of(host);

    return service != NULL ? service->protocol_names : NULL;
}

static uint64_t monotonic_clock(const struct fc_host *host)
{
    struct timespec now;

    (void)host;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void service_init(struct service *service, const char *dir, const char *kind,
                  const char *name, void *owner)
{
    service->install_dir = dir;
    service->protocol_names = NULL;
    service->kind = kind;
    service->name = name;
    service->owner = owner;
    service->on_check = NULL;
    service->on_alert = NULL;
    service->on_log = NULL;
    atomic_init(&service->complaints, 0);
    service->host = (struct fc_host){
        .struct_size = sizeof service->host,
        .abi_version = FC_ABI_VERSION,
        .data = service,
        .name = PACKAGE_NAME " " PACKAGE_VERSION,
        .register_check = register_check,
        .trigger_alert = trigger_alert,
        .log = log_line,
        .install_dir = install_dir,
        .clock = monotonic_clock,
        .protocol_names = protocol_names,
    };
}
