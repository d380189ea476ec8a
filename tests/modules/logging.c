/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * logging - logs every call that it gets, through its host, and one that comes
 * on another thread than enable. It cannot be enabled on worker 13, and refuses
 * the settings "[1]".
 */
#define FIXTURE "logging"
#include <pthread.h>

#include "fixture.h"

struct instance {
    const struct fc_host *host;
    pthread_t thread;
    char settings[64];
};

static void say(const struct instance *instance, const char *what,
                const char *more)
{
    char text[256];

    snprintf(text, sizeof text, "%s%s%s", what, more,
             pthread_equal(pthread_self(), instance->thread)
                 ? ""
                 : " on another thread");
    instance->host->log(instance->host, FC_LOG_OUTPUT, text);
}

static enum fc_status enable(const struct fc_host *host, unsigned worker,
                             void **self)
{
    struct instance *instance = calloc(1, sizeof *instance);

    if (instance == NULL)
        return FC_ERROR_MEMORY;
    instance->host = host;
    instance->thread = pthread_self();
    say(instance, "enable in ", host->install_dir(host));
    if (worker == 13) {
        free(instance);
        return FC_ERROR;
    }
    *self = instance;
    return FC_OK;
}

static void disable(void *self)
{
    struct instance *instance = self;

    say(instance, "disable ", instance->settings);
    free(instance);
}

static enum fc_status config(void *self, const char *json, size_t len)
{
    struct instance *instance = self;

    snprintf(instance->settings, sizeof instance->settings, "%.*s", (int)len,
             json);
    say(instance, "config ", instance->settings);
    return strcmp(instance->settings, "[1]") == 0 ? FC_ERROR : FC_OK;
}

static void on_detect(void *instance, const struct fc_flow *flow)
{
    say(instance, "on_detect ", flow->l7_proto_name);
}

static void on_periodic(void *instance, const struct fc_flow *flow)
{
    say(instance, "on_periodic ", flow->l7_proto_name);
}

static void on_end(void *instance, const struct fc_flow *flow)
{
    say(instance, "on_end ", flow->l7_proto_name);
}

static enum fc_status stats(void *instance, enum fc_hook hook,
                            struct fc_stats *out)
{
    say(instance, "stats", "");
    out->runs = 100 + (unsigned)hook;
    return FC_OK;
}

enum fc_status fc_module_init(const struct fc_host *host)
{
    struct fc_check check = fixture_check();

    check.hooks |= FC_HOOK_BIT(FC_HOOK_PERIODIC);
    check.enable = enable;
    check.disable = disable;
    check.config = config;
    check.on_detect = on_detect;
    check.on_periodic = on_periodic;
    check.on_end = on_end;
    check.stats = stats;
    return host->register_check(host, &check);
}
