/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * lint_report - what is wrong with a script, on stdout, one line each, as
 * editors read it: "path:line: error: text".
 */
#ifndef FC_LINT_REPORT_H
#define FC_LINT_REPORT_H

#include <stdbool.h>

#include "flow_check.h"

/* Zeroed but for script: nothing was said yet. */
struct lint_report {
    const char *script; /* its path */
    unsigned errors;
    unsigned warnings;
    uint32_t lines[128]; /* that had an error */
    size_t line_count;
};

void lint_report_finding(struct lint_report *report,
                         const struct fc_finding *finding);

/*
 * Takes a line that the check has logged about its script (path, what failed,
 * file:line: message, then lines with a traceback and advice) for an error or a
 * warning of it. A failure on a line that had an error is not told again. on is
 * the protocol of the flow that it ran on, or NULL. Returns false when the line
 * is not about the script.
 */
bool lint_report_log(struct lint_report *report, enum fc_log_level level,
                     const char *text, const char *on);

#endif
