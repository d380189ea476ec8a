/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * lint_report - what is wrong with a script, on stdout, one line each, as
 * editors read it: "path:line: error: text".
 */
#ifndef FC_LINT_REPORT_H
#define FC_LINT_REPORT_H

#include <stdbool.h>

#include "flow_check.h"

/* Zeroed but for scripts: nothing was said yet. */
struct lint_report {
    const char *scripts[FC_HOOKS]; /* their paths; NULL: the hook has none */
    unsigned errors;
    unsigned warnings;
    uint64_t places[128]; /* that had an error: hashes of path and line */
    size_t place_count;
};

/* The script that a line of the check's log is about, or NULL. */
const char *lint_report_script(const struct lint_report *report,
                               const char *text);

void lint_report_finding(struct lint_report *report,
                         const struct fc_finding *finding);

/*
 * Takes a line that the check has logged about a script (path, what failed,
 * file:line: message, then lines with a traceback and advice) for an error or a
 * warning of it. A failure on a line that had an error is not told again. on is
 * what it ran on, "a flow of DNS", or NULL. Returns false when the line is not
 * about a script.
 */
bool lint_report_log(struct lint_report *report, enum fc_log_level level,
                     const char *text, const char *on);

#endif
