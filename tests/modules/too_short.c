/* SPDX-License-Identifier: GPL-3.0-or-later */
/* too_short - a check that ends before what is required. */
#define FIXTURE "too_short"
#include "fixture.h"

enum fc_status fc_module_init(const struct fc_host *host)
{
    return fixture_register_sized(host, fixture_check(),
                                  offsetof(struct fc_check, disable));
}
