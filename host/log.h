/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * log - lines for people on stderr: the program's own, the modules', and what
 * scripts print.
 */
#ifndef FC_LOG_H
#define FC_LOG_H

#include "flow_check.h"

/*
 * Writes "flowcheck: warning: text", or a line for each of those of text; what
 * a script printed comes as it is, but for characters that nobody sees, which
 * are shown by number (text.h). FC_LOG_DEBUG is not written. Thread [any]: a
 * line is never mixed with another.
 */
void log_text(enum fc_log_level level, const char *text);

/*
 * The same with a format, and always as one line: a newline in it, for example
 * of a file's name, is shown by number.
 */
void log_say(enum fc_log_level level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
