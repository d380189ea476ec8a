/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * alert - what a script asked for becomes an alert that keeps the rules: a
 * score of 0..FC_SCORE_MAX, a message of at most FC_MESSAGE_MAX bytes.
 */
#ifndef FC_ALERT_H
#define FC_ALERT_H

#include <stdbool.h>

#include "host_link.h"

/* Where the marker of a cut message goes: its last bytes. */
#define ALERT_CUT_MARK " [cut]"

/*
 * Raises an alert about flow and counts its fate in stats. Returns whether the
 * score was out of range, and clamped.
 */
bool alert_raise(const struct host_link *link, struct fc_stats *stats,
                 const struct fc_flow *flow, const char *script,
                 long long score, const char *message, size_t len);

#endif
