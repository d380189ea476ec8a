/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shorter - a module built before there were figures; that is fine. */
#define FIXTURE "shorter"
#include "fixture.h"

enum fc_status fc_module_init(const struct fc_host *host)
{
    return fixture_register_sized(host, fixture_check(),
                                  offsetof(struct fc_check, stats));
}
