/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * newer - a module of a later release: its structs have more fields, and it
 * uses enumerators that did not exist before: level 9, state 9, failures of
 * kind 12, findings of severity 7. It plays by the rules.
 */
#define FIXTURE "newer"
#include "fixture.h"

#define MORE 64

static const char *script = "/newer.lua";

struct newer_alert {
    struct fc_alert alert;
    unsigned char more[MORE];
};

struct newer_stats {
    struct fc_stats stats;
    unsigned char more[MORE];
};

struct newer_finding {
    struct fc_finding finding;
    unsigned char more[MORE];
};

static enum fc_status enable(const struct fc_host *host, unsigned worker,
                             void **instance)
{
    (void)worker;
    *instance = (void *)host;
    host->log(host, (enum fc_log_level)9, "a line of level 9");
    return FC_OK;
}

static void on_detect(void *instance, const struct fc_flow *flow)
{
    const struct fc_host *host = instance;
    struct newer_alert newer = {
        .alert = { .score = 10,
                   .message = "newer",
                   .message_len = 5,
                   .script = script },
    };

    newer.alert.struct_size = sizeof newer;
    memset(newer.more, 0xAA, sizeof newer.more);
    host->trigger_alert(host, flow, &newer.alert);
}

/* fc_copy_struct writes as many bytes as the host has asked for. */
static enum fc_status stats(void *instance, enum fc_hook hook,
                            struct fc_stats *out)
{
    struct newer_stats newer = {
        .stats = { .state = (enum fc_hook_state)9,
                   .runs = 5,
                   .ok = 2,
                   .last_error = "a failure of a new kind" },
    };

    (void)instance;
    newer.stats.struct_size = sizeof newer;
    if (hook == FC_HOOK_DETECTED)
        newer.stats.script = script;
    newer.stats.failures[FC_FAILURE_TIME] = 1;
    newer.stats.failures[12] = 2;
    memset(newer.more, 0xAA, sizeof newer.more);
    fc_copy_struct(out, out->struct_size, &newer);
    return FC_OK;
}

static enum fc_status lint(void *instance, fc_finding_fn *found, void *context)
{
    struct newer_finding newer = {
        .finding = { .severity = (enum fc_finding_severity)7,
                     .script = script,
                     .text = "a finding of severity 7",
                     .line = 3 },
    };

    (void)instance;
    newer.finding.struct_size = sizeof newer;
    found(context, &newer.finding);
    return FC_OK;
}

enum fc_status fc_module_init(const struct fc_host *host)
{
    struct fc_check check = fixture_check();

    check.enable = enable;
    check.on_detect = on_detect;
    check.stats = stats;
    check.lint = lint;
    return fixture_register_sized(host, check, sizeof check + MORE);
}
