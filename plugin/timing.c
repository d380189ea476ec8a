/* SPDX-License-Identifier: GPL-3.0-or-later */
/* timing - a histogram by powers of two. */
#include "timing.h"

/* The bucket of a value: 0 for 0 and 1, n for 2^n to 2^(n+1) - 1. */
static unsigned log2_bucket(uint64_t value)
{
    unsigned bucket = 0;

    while (value > 1 && bucket < FC_TIME_BUCKETS - 1) {
        value >>= 1;
        bucket++;
    }
    return bucket;
}

void timing_add(struct fc_stats *stats, uint64_t nanoseconds)
{
    stats->timed++;
    stats->time_total += nanoseconds;
    if (nanoseconds > stats->time_max)
        stats->time_max = nanoseconds;
    stats->time_histogram[log2_bucket(nanoseconds)]++;
}
