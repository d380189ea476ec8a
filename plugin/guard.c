/* SPDX-License-Identifier: GPL-3.0-or-later */
/* guard - skips 1, 2, 4, ... flows after the 1st, 2nd, 3rd, ... stop in a row.
 */
#include "guard.h"

static void note_good_run(struct guard *guard)
{
    guard->row = 0;
    if (guard->stops == 0 || ++guard->good < GUARD_RUNS_PER_STOP)
        return;
    guard->stops--;
    guard->good = 0;
}

bool guard_judge(struct guard *guard, bool stopped, unsigned stops_max)
{
    if (!stopped) {
        note_good_run(guard);
        return false;
    }
    guard->skip = guard->row < 10 ? 1u << guard->row : GUARD_SKIP_MAX;
    guard->row++;
    guard->stops++;
    guard->off = guard->stops >= stops_max;
    return guard->off;
}
