/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * stats_text - the figures of checks for people and for programs: percentiles
 * from a histogram, and all of it as JSON.
 */
#ifndef FC_STATS_TEXT_H
#define FC_STATS_TEXT_H

#include "figures.h"
#include "text.h"

/*
 * The time that so many percent of the timed runs took at most, nanoseconds:
 * the upper end of its bucket in the histogram, so up to twice the true value.
 */
uint64_t stats_percentile(const struct fc_stats *stats, unsigned percent);

/*
 * Writes the figures of all checks as one JSON object to a file, "-" being
 * stdout. Returns 0, or -1 and fills *err, naming the file.
 */
int stats_write(const char *path, const struct figures *figures,
                struct text_error *err);

#endif
