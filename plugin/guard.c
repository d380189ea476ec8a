/* SPDX-License-Identifier: GPL-3.0-or-later */
/* guard - skips 1, 2, 4, ... flows after the 1st, 2nd, 3rd, ... kill in a row.
 */
#include "guard.h"

bool guard_judge(struct guard *guard, bool killed, unsigned kills_max)
{
    if (!killed) {
        guard->kills = 0;
        return false;
    }
    guard->skip = guard->kills < 10 ? 1u << guard->kills : GUARD_SKIP_MAX;
    guard->kills++;
    guard->off = guard->kills >= kills_max;
    return guard->off;
}
