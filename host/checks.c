/* SPDX-License-Identifier: GPL-3.0-or-later */
/* checks - one instance per enabled check, in a list of fixed places. */
#include "checks.h"

#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "services.h"

/* A running instance. Allocated each, for its host must not move. */
struct instance {
    struct checks *checks;
    const struct fc_check *check;
    void *self;
    struct service service;
};

struct checks {
    struct instance **instances;
    size_t count;
    const char *install_dir;
    const char *const *protocol_names;
    unsigned worker;
    checks_alert_fn *on_alert;
    void *context;
    checks_log_fn *on_log; /* NULL: log.h */
    void *log_context;
    const struct fc_flow *flow; /* of the running hook, NULL at rest */
    enum fc_hook hook;
};

/* A module may hand over anything: it is held to what flow_check.h says. */
static void limit(struct fc_alert *alert)
{
    if (alert->score < 0)
        alert->score = 0;
    if (alert->score > FC_SCORE_MAX)
        alert->score = FC_SCORE_MAX;
    if (alert->message_len > FC_MESSAGE_MAX)
        alert->message_len = FC_MESSAGE_MAX;
    if (alert->message == NULL)
        alert->message_len = 0;
}

static enum fc_alert_fate trigger_alert(const struct fc_host *host,
                                        const struct fc_flow *flow,
                                        const struct fc_alert *offered)
{
    const struct instance *instance = service_of(host)->owner;
    const struct checks *checks = instance->checks;
    struct fc_alert alert;
    struct checks_alert told = {
        .check = instance->check,
        .hook = checks->hook,
        .flow = checks->flow,
        .alert = &alert,
    };

    if (flow == NULL || flow != checks->flow) {
        log_say(FC_LOG_ERROR,
                "check \"%s\" triggers an alert about a flow that is not the "
                "current one: refused",
                instance->check->key);
        return FC_ALERT_FAILED;
    }
    fc_copy_struct(&alert, sizeof alert, offered);
    limit(&alert);
    return checks->on_alert(checks->context, &told);
}

struct checks *checks_new(const char *install_dir, unsigned worker,
                          checks_alert_fn *on_alert, void *context)
{
    struct checks *checks = calloc(1, sizeof *checks);

    if (checks == NULL)
        return NULL;
    checks->install_dir = install_dir;
    checks->worker = worker;
    checks->on_alert = on_alert;
    checks->context = context;
    return checks;
}

static void log_of_instance(const struct fc_host *host, enum fc_log_level level,
                            const char *text)
{
    const struct instance *instance = service_of(host)->owner;
    const struct checks *checks = instance->checks;

    checks->on_log(checks->log_context, level, text);
}

void checks_set_log(struct checks *checks, checks_log_fn *on_log, void *context)
{
    checks->on_log = on_log;
    checks->log_context = context;
}

void checks_set_protocol_names(struct checks *checks,
                               const char *const *protocol_names)
{
    checks->protocol_names = protocol_names;
}

void checks_free(struct checks *checks)
{
    if (checks == NULL)
        return;
    while (checks->count > 0) {
        struct instance *instance = checks->instances[--checks->count];

        instance->check->disable(instance->self);
        free(instance);
    }
    free(checks->instances);
    free(checks);
}

static int configure(struct instance *instance, const char *script_conf)
{
    const struct fc_check *check = instance->check;

    if (check->config == NULL || check->config(instance->self, script_conf,
                                               strlen(script_conf)) == FC_OK)
        return 0;
    log_say(FC_LOG_ERROR, "check \"%s\" is off: it refused its settings",
            check->key);
    check->disable(instance->self);
    return -1;
}

static int start(struct instance *instance, const char *script_conf)
{
    const struct fc_check *check = instance->check;

    service_init(&instance->service, instance->checks->install_dir, instance);
    instance->service.protocol_names = instance->checks->protocol_names;
    instance->service.host.trigger_alert = trigger_alert;
    if (instance->checks->on_log != NULL)
        instance->service.host.log = log_of_instance;
    if (check->enable(&instance->service.host, instance->checks->worker,
                      &instance->self) != FC_OK) {
        log_say(FC_LOG_ERROR, "check \"%s\" is off: it could not be enabled",
                check->key);
        return -1;
    }
    return configure(instance, script_conf);
}

/* A free place for one more instance, or NULL. */
static struct instance **find_place(struct checks *checks)
{
    struct instance **instances =
        reallocarray(checks->instances, checks->count + 1, sizeof *instances);

    if (instances == NULL)
        return NULL;
    checks->instances = instances;
    return &instances[checks->count];
}

int checks_enable(struct checks *checks, const struct module_check *check,
                  const char *script_conf)
{
    struct instance **place = find_place(checks);
    struct instance *instance = calloc(1, sizeof *instance);

    if (place == NULL || instance == NULL) {
        free(instance);
        log_say(FC_LOG_ERROR, "check \"%s\" is off: out of memory",
                check->check.key);
        return -1;
    }
    instance->checks = checks;
    instance->check = &check->check;
    if (start(instance, script_conf) != 0) {
        free(instance);
        return -1;
    }
    *place = instance;
    checks->count++;
    return 0;
}

static void run_one(const struct instance *instance, enum fc_hook hook,
                    const struct fc_flow *flow)
{
    const struct fc_check *check = instance->check;

    if (!(check->hooks & FC_HOOK_BIT(hook)))
        return;
    switch (hook) {
    case FC_HOOK_DETECTED:
        check->on_detect(instance->self, flow);
        break;
    case FC_HOOK_PERIODIC:
        check->on_periodic(instance->self, flow);
        break;
    case FC_HOOK_END:
        check->on_end(instance->self, flow);
        break;
    }
}

void checks_run(struct checks *checks, enum fc_hook hook,
                const struct fc_flow *flow)
{
    checks->flow = flow;
    checks->hook = hook;
    for (size_t i = 0; i < checks->count; i++)
        run_one(checks->instances[i], hook, flow);
    checks->flow = NULL;
}

uint32_t checks_active(const struct checks *checks)
{
    uint32_t hooks = 0;

    for (size_t i = 0; i < checks->count; i++) {
        const struct instance *instance = checks->instances[i];
        const struct fc_check *check = instance->check;

        hooks |= check->active != NULL
                     ? check->active(instance->self) & check->hooks
                     : check->hooks;
    }
    return hooks;
}

size_t checks_count(const struct checks *checks)
{
    return checks->count;
}

const struct fc_check *checks_get(const struct checks *checks, size_t index)
{
    return checks->instances[index]->check;
}

void checks_stats(const struct checks *checks, size_t index, enum fc_hook hook,
                  struct fc_stats *stats)
{
    const struct instance *instance = checks->instances[index];

    memset(stats, 0, sizeof *stats);
    stats->struct_size = sizeof *stats;
    if (instance->check->stats != NULL)
        instance->check->stats(instance->self, hook, stats);
}

int checks_lint(const struct checks *checks, size_t index, fc_finding_fn *found,
                void *context)
{
    const struct instance *instance = checks->instances[index];

    if (instance->check->lint == NULL)
        return -1;
    return instance->check->lint(instance->self, found, context) == FC_OK ? 0
                                                                          : -1;
}
