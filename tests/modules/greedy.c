/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * greedy - registers its check twice, one that is NULL, then more than a module
 * may have, and believes that all went well. It has their keys on its stack.
 */
#define FIXTURE "greedy"
#include "fixture.h"

#define MANY (3 * FC_CHECKS_MAX)

enum fc_status fc_module_init(const struct fc_host *host)
{
    struct fc_check check = fixture_check();
    char key[24];

    host->register_check(host, &check);
    host->register_check(host, &check);
    host->register_check(host, NULL);
    for (unsigned i = 0; i < MANY; i++) {
        snprintf(key, sizeof key, "greedy_%u", i);
        check.key = key;
        host->register_check(host, &check);
    }
    return FC_OK;
}
