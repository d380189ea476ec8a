/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * module - the door of the module: the one exported function, and the vtable
 * of the check "Flow User Check Script". What an instance does is in check.c.
 */
#include <stdio.h>

#include "check.h"
#include "host_link.h"

static enum fc_status enable(const struct fc_host *host, unsigned worker,
                             void **instance)
{
    (void)worker;
    *instance = check_new(host);
    return *instance == NULL ? FC_ERROR_MEMORY : FC_OK;
}

static void disable(void *instance)
{
    check_free(instance);
}

static enum fc_status config(void *instance, const char *json, size_t len)
{
    return check_configure(instance, json, len);
}

static void on_detect(void *instance, const struct fc_flow *flow)
{
    check_run(instance, FC_HOOK_DETECTED, flow);
}

static void on_periodic(void *instance, const struct fc_flow *flow)
{
    check_run(instance, FC_HOOK_PERIODIC, flow);
}

static void on_end(void *instance, const struct fc_flow *flow)
{
    check_run(instance, FC_HOOK_END, flow);
}

static enum fc_status stats(void *instance, enum fc_hook hook,
                            struct fc_stats *out)
{
    struct fc_stats own;
    uint32_t size = out->struct_size;

    if ((unsigned)hook >= FC_HOOKS)
        return FC_ERROR;
    check_read_stats(instance, hook, &own);
    own.struct_size = sizeof own;
    fc_copy_struct(out, size, &own);
    return FC_OK;
}

static enum fc_status lint(void *instance, fc_finding_fn *found, void *context)
{
    return check_lint(instance, found, context);
}

static uint32_t active(void *instance)
{
    return check_active(instance);
}

static const struct fc_check flow_user_check = {
    .struct_size = sizeof(struct fc_check),
    .abi_version = FC_ABI_VERSION,
    .key = "custom_lua_script",
    .title = "Flow User Check Script",
    .description = "Runs a Lua script of the user's on each flow: it reads the "
                   "flow through flow.* and may trigger alerts.",
    .hooks = FC_HOOK_BIT(FC_HOOK_DETECTED) | FC_HOOK_BIT(FC_HOOK_PERIODIC) |
             FC_HOOK_BIT(FC_HOOK_END),
    .alert_id = 87,
    .alert_category = 1,
    .enable = enable,
    .disable = disable,
    .config = config,
    .on_detect = on_detect,
    .on_periodic = on_periodic,
    .on_end = on_end,
    .stats = stats,
    .lint = lint,
    .active = active,
};

/* The part of struct fc_host that this module cannot do without. */
#define HOST_SIZE_MIN (offsetof(struct fc_host, install_dir) + sizeof(void *))

static enum fc_status refuse(const struct host_link *link)
{
    if (link->can.log != NULL)
        host_say(link, FC_LOG_ERROR,
                 "flow_user_check speaks ABI version %u, this host speaks %u "
                 "with a struct fc_host of %u bytes: use a module and a host "
                 "of the same version",
                 FC_ABI_VERSION, link->host->abi_version,
                 link->host->struct_size);
    return FC_ERROR_ABI;
}

__attribute__((visibility("default"))) fc_module_init_fn fc_module_init;

enum fc_status fc_module_init(const struct fc_host *host)
{
    struct host_link link;

    host_link_init(&link, host);
    if (host->abi_version != FC_ABI_VERSION ||
        host->struct_size < HOST_SIZE_MIN)
        return refuse(&link);
    return link.can.register_check(host, &flow_user_check);
}
