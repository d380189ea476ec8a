/* SPDX-License-Identifier: GPL-3.0-or-later */
/* longer - a module built with a flow_check.h that has more; that is fine. */
#define FIXTURE "longer"
#include "fixture.h"

enum fc_status fc_module_init(const struct fc_host *host)
{
    return fixture_register_sized(host, fixture_check(),
                                  sizeof(struct fc_check) + 64);
}
