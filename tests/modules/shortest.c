/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shortest - a check that has only what is required, and one hook. */
#define FIXTURE "shortest"
#include "fixture.h"

enum fc_status fc_module_init(const struct fc_host *host)
{
    struct fc_check check = fixture_check();

    check.hooks = FC_HOOK_BIT(FC_HOOK_DETECTED);
    return fixture_register_sized(host, check,
                                  offsetof(struct fc_check, on_periodic));
}
