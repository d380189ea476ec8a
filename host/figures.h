/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * figures - the figures of all checks of a worker, and those of several workers
 * added up.
 */
#ifndef FC_FIGURES_H
#define FC_FIGURES_H

#include <stddef.h>

#include "checks.h"

struct check_figures {
    const struct fc_check *check;
    struct fc_stats hook[FC_HOOKS];
};

struct figures {
    size_t count;
    struct check_figures checks[]; /* in the order they were enabled */
};

/*
 * Asks the checks of a worker for their figures. Thread [worker]. The strings
 * belong to the checks. Free with free. NULL: no memory.
 */
struct figures *figures_take(const struct checks *checks);

/* Adds the figures of another worker, with the same checks enabled. */
void figures_add(struct figures *sum, const struct figures *more);

/*
 * Adds the figures of one hook: counts are summed up; of the state, of times,
 * limits and memory (which is a VM's) the greatest stays; the last error is the
 * later one.
 */
void figures_add_hook(struct fc_stats *sum, const struct fc_stats *more);

#endif
