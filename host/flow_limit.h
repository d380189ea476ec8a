/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * flow_limit - how many flows may live at once (--max-flows), each worker's
 * part of them, and what is said when there are more.
 */
#ifndef FC_FLOW_LIMIT_H
#define FC_FLOW_LIMIT_H

#include <stdint.h>

/* At 1 KB each before detection, 1 GB. */
#define FLOW_LIMIT_DEFAULT 1000000u

/*
 * The part of the worker of that number, from 0 on: all parts together are
 * max_flows, unless there are more workers than that; each has one at least.
 */
unsigned flow_limit_share(unsigned max_flows, unsigned workers,
                          unsigned number);

/* Warns that a worker has its part, and that a flow ends early for each new
 * one. */
void flow_limit_warn(unsigned max_flows, unsigned workers);

/* Says how many flows ended early, if any did. */
void flow_limit_tell(uint64_t evicted);

#endif
