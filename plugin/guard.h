/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * guard - keeps a script that must be stopped again and again from costing its
 * host the budget of a run at every flow: it skips flows, more each time, and
 * is switched off when that does not help.
 */
#ifndef FC_GUARD_H
#define FC_GUARD_H

#include <stdbool.h>
#include <stdint.h>

/* Most flows that are skipped after a kill. */
#define GUARD_SKIP_MAX 1024

/* Zeroed: a script without a history. */
struct guard {
    unsigned kills; /* in a row */
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

/*
 * Takes note of how a run ended; kills_max in a row switch the script off.
 * Returns true when this one did.
 */
bool guard_judge(struct guard *guard, bool killed, unsigned kills_max);

#endif
