/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * flow_limit - parts that no worker shares with another: a common count would
 * let the speed of threads decide which flow ends early.
 */
#include "flow_limit.h"

#include <inttypes.h>
#include <stdio.h>

#include "log.h"

unsigned flow_limit_share(unsigned max_flows, unsigned workers, unsigned number)
{
    unsigned share = max_flows / workers + (number < max_flows % workers);

    return share > 0 ? share : 1;
}

void flow_limit_warn(unsigned max_flows, unsigned workers)
{
    char whose[64] = "";

    if (workers > 1)
        snprintf(whose, sizeof whose, " in %u parts, one for each worker",
                 workers);
    log_say(FC_LOG_WARNING,
            "there are as many live flows as --max-flows allows (%u%s): for "
            "each new one, the flow that has been idle longest ends early",
            max_flows, whose);
}

void flow_limit_tell(uint64_t evicted)
{
    if (evicted > 0)
        log_say(FC_LOG_INFO,
                "evicted: %" PRIu64 " flow%s ended early, because there were "
                "more at once than --max-flows allows",
                evicted, evicted == 1 ? "" : "s");
}
