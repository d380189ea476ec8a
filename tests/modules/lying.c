/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * lying - hands over what it must not: structs of no size or of any, lengths
 * that are none, NULLs, and strings without an end. These lie in blocks of as
 * many bytes as the host may read, so that one more is noticed.
 */
#define FIXTURE "lying"
#include "fixture.h"

struct instance {
    const struct fc_host *host;
    char *path;  /* FC_PATH_MAX + 1 bytes, no NUL */
    char *text;  /* FC_TEXT_MAX + 1 bytes, no NUL */
    char *lines; /* FC_LOG_MAX + 1 bytes, no NUL */
};

static char *endless(size_t size)
{
    char *text = malloc(size);

    if (text == NULL)
        abort();
    memset(text, 'e', size);
    return text;
}

static enum fc_status enable(const struct fc_host *host, unsigned worker,
                             void **self)
{
    struct instance *instance = calloc(1, sizeof *instance);

    (void)worker;
    if (instance == NULL)
        return FC_ERROR_MEMORY;
    instance->host = host;
    instance->path = endless(FC_PATH_MAX + 1);
    instance->text = endless(FC_TEXT_MAX + 1);
    instance->lines = endless(FC_LOG_MAX + 1);
    *self = instance;
    host->log(host, (enum fc_log_level)(-1), "a line of no level");
    host->log(host, FC_LOG_ERROR, NULL);
    host->log(host, FC_LOG_ERROR, NULL);
    host->log(NULL, FC_LOG_ERROR, "a line of no host");
    return FC_OK;
}

static void disable(void *self)
{
    struct instance *instance = self;

    free(instance->path);
    free(instance->text);
    free(instance->lines);
    free(instance);
}

/* Refused, all of them. */
static void trigger_refused(const struct instance *instance,
                            const struct fc_flow *flow)
{
    static const uint32_t sizes[] = { 0, 1, 8, FC_STRUCT_MAX + 1, UINT32_MAX };
    const struct fc_host *host = instance->host;
    struct fc_alert alert = { .message = "lie", .message_len = 3 };

    host->trigger_alert(host, flow, NULL);
    host->trigger_alert(NULL, flow, &alert);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        alert.struct_size = sizes[i];
        host->trigger_alert(host, flow, &alert);
    }
    alert.struct_size = sizeof alert;
    alert.message_len = SIZE_MAX;
    host->trigger_alert(host, flow, &alert);
    alert.message_len = (size_t)PTRDIFF_MAX + 1;
    host->trigger_alert(host, flow, &alert);
}

/* Taken, within limits. */
static void on_detect(void *self, const struct fc_flow *flow)
{
    const struct instance *instance = self;
    const struct fc_host *host = instance->host;
    struct fc_alert alert = {
        .struct_size = sizeof alert,
        .score = -1,
        .message = NULL,
        .message_len = SIZE_MAX,
        .script = instance->path,
    };

    trigger_refused(instance, flow);
    host->trigger_alert(host, flow, &alert);
    alert.score = INT32_MAX;
    alert.message = instance->path;
    alert.message_len = FC_MESSAGE_MAX + 1;
    host->trigger_alert(host, flow, &alert);
    alert.message = instance->lines;
    alert.message_len = PTRDIFF_MAX;
    host->trigger_alert(host, flow, &alert);
}

static void on_end(void *self, const struct fc_flow *flow)
{
    const struct instance *instance = self;

    (void)flow;
    instance->host->log(instance->host, FC_LOG_OUTPUT, instance->lines);
}

/* More than the host has asked for. */
static enum fc_status overrun(struct fc_stats *out)
{
    memset((char *)out + out->struct_size, 0xAA, 100);
    out->runs = 7;
    return FC_OK;
}

static enum fc_status stats(void *self, enum fc_hook hook, struct fc_stats *out)
{
    const struct instance *instance = self;

    if (hook == FC_HOOK_PERIODIC) {
        memset(out, 0xAA, out->struct_size);
        return (enum fc_status)77;
    }
    if (hook == FC_HOOK_END)
        return overrun(out);
    memset(out, 0xFF, out->struct_size);
    memset(out->time_histogram, 0, sizeof out->time_histogram);
    out->struct_size = 3;
    out->ok = 0;
    out->script = instance->path;
    out->last_error = instance->text;
    return FC_OK;
}

static enum fc_status lint(void *self, fc_finding_fn *found, void *context)
{
    const struct instance *instance = self;
    struct fc_finding finding = { .severity = (enum fc_finding_severity)(-1),
                                  .line = UINT32_MAX };

    found(context, NULL);
    found(context, &finding);
    finding.struct_size = UINT32_MAX;
    found(context, &finding);
    finding.struct_size = sizeof finding;
    found(context, &finding);
    finding.severity = FC_FINDING_ERROR;
    finding.script = instance->path;
    finding.text = instance->text;
    found(context, &finding);
    return (enum fc_status)77;
}

static uint32_t active(void *instance)
{
    (void)instance;
    return UINT32_MAX;
}

enum fc_status fc_module_init(const struct fc_host *host)
{
    struct fc_check check = fixture_check();

    check.enable = enable;
    check.disable = disable;
    check.on_detect = on_detect;
    check.on_end = on_end;
    check.stats = stats;
    check.lint = lint;
    check.active = active;
    return host->register_check(host, &check);
}
