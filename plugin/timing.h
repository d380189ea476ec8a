/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * timing - how long runs take. Reading a clock twice costs as much as a short
 * script, so one run in 16 is timed, and one in 64 when there are many.
 */
#ifndef FC_TIMING_H
#define FC_TIMING_H

#include <stdbool.h>
#include <stdint.h>

#include "flow_check.h"

#define TIMING_SAMPLE 16
#define TIMING_MANY 1024
#define TIMING_SAMPLE_OF_MANY 64

/* Whether the run of this number is timed. The first one is. */
static inline bool timing_is_due(uint64_t run)
{
    if (run < TIMING_MANY)
        return run % TIMING_SAMPLE == 0;
    return run % TIMING_SAMPLE_OF_MANY == 0;
}

/* Adds a timed run's nanoseconds to the figures. */
void timing_add(struct fc_stats *stats, uint64_t nanoseconds);

#endif
