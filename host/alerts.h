/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * alerts - from a triggered alert to a line that somebody reads.
 *
 * A sink writes alerts as JSON lines, or as a table for a terminal. A flow's
 * history drops repeated alerts and caps their number.
 */
#ifndef FC_ALERTS_H
#define FC_ALERTS_H

#include <stdint.h>

#include "flow_check.h"
#include "text.h"

/* Most alerts of one flow; the rest is counted. */
#define ALERTS_PER_FLOW 16

/* Everything that an alert record says (behaviour of the fields: manual). */
struct alert_record {
    const struct fc_flow *flow;
    const struct fc_alert *alert;
    const struct fc_check *check; /* alert_id, alert_category, key */
    enum fc_hook hook;
    int64_t time;             /* packet time, microseconds since 1970 */
    const char *interface;    /* capture file or interface, "ifname" */
    const char *community_id; /* "1:..." or NULL */
};

enum alert_format {
    ALERT_JSON, /* one object per line */
    ALERT_TABLE /* aligned columns, for people, as wide as the terminal */
};

/* Where alerts go. */
struct alert_sink;

/*
 * Opens a sink. path "-" is stdout, past stdio's buffer; another is truncated,
 * then appended to. Returns NULL and fills *err, naming the path.
 * alert_sink_close frees it.
 *
 * The host must ignore SIGPIPE and SIGXFSZ: then a reader that goes away, or a
 * file that may not grow, is an error like a full disk, and not the end of the
 * host.
 */
struct alert_sink *alert_sink_open(const char *path, enum alert_format format,
                                   struct text_error *err);

/*
 * Writes one alert and hands it to the operating system before it returns, so
 * that it is out whatever happens next. Thread [any]. Returns 0, or -1 with
 * *err filled the first time a sink fails and *err empty when it fails again.
 * Each call tries anew: a disk may have room again. A plain file has whole
 * lines only: what was written of one that did not fit is taken back. Of a
 * pipe, a line that was cut is ended before the next.
 */
int alert_sink_write(struct alert_sink *sink, const struct alert_record *record,
                     struct text_error *err);

/* Closes and frees. Returns 0, or -1 with *err filled when the end failed. */
int alert_sink_close(struct alert_sink *sink, struct text_error *err);

/* "none", "info", "notice", "warning", "error", "critical", "emergency". */
const char *alert_severity(int score);

/* The alerts that one flow has had. NULL: none yet. */
struct alert_history;

/*
 * Decides an alert's fate before it is written and remembers it: RAISED,
 * DUPLICATE or LIMIT; FC_ALERT_FAILED when there is no memory to remember it.
 * *history is made at the first alert; free it with alert_history_free.
 */
enum fc_alert_fate alert_history_admit(struct alert_history **history,
                                       const struct fc_alert *alert);

void alert_history_free(struct alert_history *history);

#endif
