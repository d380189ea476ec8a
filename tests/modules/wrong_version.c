/* SPDX-License-Identifier: GPL-3.0-or-later */
/* wrong_version - a module built for the ABI after this one. */
#define FIXTURE "wrong_version"
#include "fixture.h"

enum fc_status fc_module_init(const struct fc_host *host)
{
    struct fc_check check = fixture_check();

    check.abi_version = FC_ABI_VERSION + 1;
    return host->register_check(host, &check);
}
