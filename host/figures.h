/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * figures - the figures of all checks of a worker, and those of several workers
 * added up.
 */
#ifndef FC_FIGURES_H
#define FC_FIGURES_H

#include <stdbool.h>
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
 * Adds the figures of one hook: counts are summed up, and stay at the greatest
 * number when they would go beyond; of times, limits and memory (which is a
 * VM's) the greatest stays, of the states the worst; the last error is the
 * later one.
 */
void figures_add_hook(struct fc_stats *sum, const struct fc_stats *more);

/* Whether there is anything to tell of a hook. */
bool figures_has_hook(const struct fc_stats *stats);

/* Failures of a hook, of kinds that nobody here knows too. */
uint64_t figures_failures(const struct fc_stats *stats);

/* Those of kinds that nobody here knows. */
uint64_t figures_other_failures(const struct fc_stats *stats);

/* Whether a hook failed whenever it ran. */
bool figures_always_failed(const struct fc_stats *stats);

/* Whether no hook has failed, is broken, or was switched off. */
bool figures_are_good(const struct figures *figures);

#endif
