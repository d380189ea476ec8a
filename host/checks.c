/* SPDX-License-Identifier: GPL-3.0-or-later */
/* checks - one instance per enabled check, in a list of fixed places. */
#include "checks.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "contract.h"
#include "log.h"
#include "services.h"

#define FATES (FC_ALERT_FAILED + 1)

/* What the host has counted of a hook itself. */
struct counts {
    uint64_t calls;
    uint64_t alerts[FATES]; /* by enum fc_alert_fate */
    uint64_t clamped;
};

/* A running instance. Allocated one by one: its host must not move. */
struct instance {
    struct checks *checks;
    const struct fc_check *check;
    void *self;
    struct service service;
    pthread_t thread;
    struct counts counts[FC_HOOKS];
    struct contract_strings strings[FC_HOOKS]; /* of its figures */
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
    const struct instance *running; /* whose hook runs; NULL at rest */
    const struct fc_flow *flow;     /* ... on this flow */
    enum fc_hook hook;
};

/* Alerts. */

/* Whether an alert may come now, from there and about this flow. */
static bool may_alert(struct instance *instance, const struct fc_flow *flow)
{
    const struct checks *checks = instance->checks;
    struct service *service = &instance->service;

    if (!pthread_equal(pthread_self(), instance->thread))
        service_complain(service, COMPLAINT_THREAD,
                         "triggers an alert on a thread that is not its "
                         "worker's: refused");
    else if (checks->running != instance)
        service_complain(service, COMPLAINT_NO_HOOK,
                         "triggers an alert outside its hooks: refused");
    else if (flow == NULL || flow != checks->flow)
        service_complain(service, COMPLAINT_FLOW,
                         "triggers an alert about a flow that is not the "
                         "current one: refused");
    else
        return true;
    return false;
}

static enum fc_alert_fate pass_alert(struct instance *instance,
                                     const struct contract_alert *taken,
                                     bool clamped)
{
    const struct checks *checks = instance->checks;
    struct counts *counts = &instance->counts[checks->hook];
    const struct checks_alert told = {
        .check = instance->check,
        .hook = checks->hook,
        .flow = checks->flow,
        .alert = &taken->alert,
    };
    enum fc_alert_fate fate = checks->on_alert(checks->context, &told);

    counts->alerts[fate]++;
    counts->clamped += clamped;
    return fate;
}

static enum fc_alert_fate trigger_alert(struct service *service,
                                        const struct fc_flow *flow,
                                        const struct fc_alert *offered)
{
    struct instance *instance = service->owner;
    struct contract_alert taken;
    const char *fault;

    if (!may_alert(instance, flow))
        return FC_ALERT_FAILED;
    fault = contract_alert(&taken, offered);
    if (fault == NULL)
        return pass_alert(instance, &taken,
                          taken.alert.score != offered->score);
    service_complain(service, COMPLAINT_ALERT, fault);
    return FC_ALERT_FAILED;
}

/* Instances. */

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

static void log_of_instance(struct service *service, enum fc_log_level level,
                            const char *text)
{
    const struct instance *instance = service->owner;
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

    service_init(&instance->service, instance->checks->install_dir, "check",
                 check->key, instance);
    instance->service.protocol_names = instance->checks->protocol_names;
    instance->thread = pthread_self();
    instance->service.on_alert = trigger_alert;
    if (instance->checks->on_log != NULL)
        instance->service.on_log = log_of_instance;
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

/* Hooks. */

static void run_one(struct instance *instance, enum fc_hook hook,
                    const struct fc_flow *flow)
{
    const struct fc_check *check = instance->check;

    if (!(check->hooks & FC_HOOK_BIT(hook)))
        return;
    instance->checks->running = instance;
    instance->counts[hook].calls++;
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
    checks->running = NULL;
    checks->flow = NULL;
}

uint32_t checks_active(const struct checks *checks)
{
    uint32_t hooks = 0;

    for (size_t i = 0; i < checks->count; i++) {
        const struct instance *instance = checks->instances[i];

        hooks |= contract_active(instance->check, instance->self);
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

/* Figures and findings. */

/* For a check that tells none. Whether a call did well, only it could say. */
static void own_figures(const struct instance *instance, enum fc_hook hook,
                        struct fc_stats *stats)
{
    const struct counts *counts = &instance->counts[hook];

    if (!(instance->check->hooks & FC_HOOK_BIT(hook)))
        return;
    stats->state = FC_HOOK_READY;
    stats->runs = counts->calls;
    stats->ok = counts->calls;
    stats->alerts = counts->alerts[FC_ALERT_RAISED];
    stats->duplicates = counts->alerts[FC_ALERT_DUPLICATE];
    stats->over_limit = counts->alerts[FC_ALERT_LIMIT];
    stats->clamped = counts->clamped;
}

void checks_stats(const struct checks *checks, size_t index, enum fc_hook hook,
                  struct fc_stats *stats)
{
    struct instance *instance = checks->instances[index];
    bool overrun;

    if (contract_stats(instance->check, instance->self, hook, stats,
                       &instance->strings[hook], &overrun) != FC_OK)
        own_figures(instance, hook, stats);
    if (overrun)
        service_complain(&instance->service, COMPLAINT_STATS,
                         "fills more of its figures than struct_size allows: "
                         "the rest is not read");
}

/* A look at scripts that is going on. */
struct look {
    struct instance *instance;
    fc_finding_fn *found;
    void *context;
};

static void on_finding(void *context, const struct fc_finding *offered)
{
    const struct look *look = context;
    struct contract_finding taken;
    const char *fault = contract_finding(&taken, offered);

    if (fault == NULL)
        look->found(look->context, &taken.finding);
    else
        service_complain(&look->instance->service, COMPLAINT_FINDING, fault);
}

int checks_lint(const struct checks *checks, size_t index, fc_finding_fn *found,
                void *context)
{
    struct look look = { checks->instances[index], found, context };
    const struct fc_check *check = look.instance->check;

    if (check->lint == NULL)
        return -1;
    return check->lint(look.instance->self, on_finding, &look) == FC_OK ? 0
                                                                        : -1;
}
