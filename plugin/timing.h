/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * timing - how long runs take. Reading a clock twice costs as much as a short
 * script, so one run in 16 is timed.
 */
#ifndef FC_TIMING_H
#define FC_TIMING_H

#include <stdbool.h>
#include <stdint.h>

#include "flow_check.h"

#define TIMING_SAMPLE 16

/* Whether the run of this number is timed. The first one is. */
static inline bool timing_is_due(uint64_t run)
{
    return run % TIMING_SAMPLE == 0;
}

/* Adds a timed run's nanoseconds to the figures. */
void timing_add(struct fc_stats *stats, uint64_t nanoseconds);

#endif
