/* SPDX-License-Identifier: GPL-3.0-or-later */
/* summary - what a run has seen and done, in a few lines of the log. */
#ifndef FC_SUMMARY_H
#define FC_SUMMARY_H

#include <time.h>

#include "figures.h"
#include "worker.h"

struct summary {
    struct timespec start;
};

void summary_start(struct summary *summary);

/* Logs the summary. alerts: how many were written. */
void summary_write(const struct summary *summary,
                   const struct worker_counters *counters,
                   const struct figures *figures, uint64_t alerts);

#endif
