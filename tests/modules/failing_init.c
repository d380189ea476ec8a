/* SPDX-License-Identifier: GPL-3.0-or-later */
/* failing_init - registers two checks, and then its init fails. */
#define FIXTURE "failing_init"
#include "fixture.h"

enum fc_status fc_module_init(const struct fc_host *host)
{
    struct fc_check check = fixture_check();

    host->register_check(host, &check);
    check.key = "failing_init_too";
    host->register_check(host, &check);
    host->log(host, FC_LOG_ERROR, "failing_init fails on purpose");
    return FC_ERROR;
}
