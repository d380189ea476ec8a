/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * log - lines for people on stderr: the program's own, the modules', and what
 * scripts print.
 */
#ifndef FC_LOG_H
#define FC_LOG_H

#include "flow_check.h"

/*
 * Writes "flowcheck: warning: text"; what a script printed comes as it is, but
 * for control characters, which are shown as \xNN. FC_LOG_DEBUG is not written.
 * Thread [any]: a line is never mixed with another.
 */
void log_text(enum fc_log_level level, const char *text);

/* The same with a format. */
void log_say(enum fc_log_level level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
