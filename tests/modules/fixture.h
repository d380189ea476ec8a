/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fixture - a check that is right in every way, for test modules that get one
 * thing wrong. A module defines FIXTURE, its name, before it includes this:
 * that is the key of its check, and what it says when it is unloaded.
 */
#ifndef FIXTURE_H
#define FIXTURE_H

#include <stdio.h>
#include <stdlib.h>

#include "flow_check.h"

fc_module_init_fn fc_module_init;

static enum fc_status fixture_enable(const struct fc_host *host,
                                     unsigned worker, void **instance)
{
    (void)host;
    (void)worker;
    *instance = NULL;
    return FC_OK;
}

static void fixture_disable(void *instance)
{
    (void)instance;
}

static void fixture_hook(void *instance, const struct fc_flow *flow)
{
    (void)instance;
    (void)flow;
}

static inline struct fc_check fixture_check(void)
{
    return (struct fc_check){
        .struct_size = sizeof(struct fc_check),
        .abi_version = FC_ABI_VERSION,
        .key = FIXTURE,
        .title = "The fixture " FIXTURE,
        .hooks = FC_HOOK_BIT(FC_HOOK_DETECTED) | FC_HOOK_BIT(FC_HOOK_END),
        .enable = fixture_enable,
        .disable = fixture_disable,
        .on_detect = fixture_hook,
        .on_end = fixture_hook,
    };
}

/*
 * Registers a check whose struct has size bytes and not one more, as a module
 * built with another flow_check.h has it. What is behind the struct that we
 * know is not zero.
 */
static inline enum fc_status fixture_register_sized(const struct fc_host *host,
                                                    struct fc_check check,
                                                    size_t size)
{
    size_t known = size < sizeof check ? size : sizeof check;
    struct fc_check *sized = malloc(size);
    enum fc_status status;

    if (sized == NULL)
        return FC_ERROR_MEMORY;
    check.struct_size = (uint32_t)size;
    memset(sized, 0xAA, size);
    memcpy(sized, &check, known);
    status = host->register_check(host, sized);
    free(sized);
    return status;
}

__attribute__((destructor)) static void fixture_say_unloaded(void)
{
    fputs("unloaded " FIXTURE "\n", stderr);
}

#endif
