/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * guard - keeps a script that must be stopped again and again from costing its
 * host the budget of a run at every flow: it skips flows after a stop, more
 * after each further stop in a row, and switches the script off when there are
 * too many. Good runs end a row, but a stop is forgotten only after a thousand
 * of them: a script that must be stopped at every other flow is switched off.
 */
#ifndef FC_GUARD_H
#define FC_GUARD_H

#include <stdbool.h>
#include <stdint.h>

/* Most flows that are skipped after a stop. */
#define GUARD_SKIP_MAX 1024
/* Runs, not stopped, after which one stop is forgotten. */
#define GUARD_RUNS_PER_STOP 1000

/* Zeroed: a script without a history. */
struct guard {
    unsigned row;   /* stops in a row */
    unsigned stops; /* not forgotten yet */
    unsigned good;  /* runs since the last one was */
    unsigned skip;  /* flows still to skip */
    bool off;
};

/* Whether the script may run on this flow. */
static inline bool guard_lets_run(struct guard *guard)
{
    if (guard->skip == 0 && !guard->off)
        return true;
    if (guard->skip > 0)
        guard->skip--;
    return false;
}

/* Whether guard_judge wants to know of a good run too. */
static inline bool guard_remembers(const struct guard *guard)
{
    return guard->stops > 0;
}

/*
 * Takes note of how a run ended; stops_max stops switch the script off.
 * Returns true when this one did.
 */
bool guard_judge(struct guard *guard, bool stopped, unsigned stops_max);

#endif
