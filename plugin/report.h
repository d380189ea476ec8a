/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * report - says each distinct error of a script once, so that a script which
 * fails on every flow doesn't fill a log. Failures are counted elsewhere.
 */
#ifndef FC_REPORT_H
#define FC_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* More distinct errors than that are told by one last line. */
#define REPORT_DISTINCT_MAX 32

struct report {
    size_t count;
    uint64_t seen[REPORT_DISTINCT_MAX]; /* hashes of what was said */
};

enum report_verdict {
    REPORT_NEW,     /* say it */
    REPORT_SEEN,    /* said before */
    REPORT_OVERFLOW /* say that no more will be said */
};

/*
 * Judges an error by its first line (the traceback after it may differ).
 * REPORT_OVERFLOW comes once.
 */
enum report_verdict report_judge(struct report *report, const char *error);

#endif
