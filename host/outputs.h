/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * outputs - the files that a command writes are none of those that it reads: a
 * capture that -o names by mistake would be gone.
 */
#ifndef FC_OUTPUTS_H
#define FC_OUTPUTS_H

#include "options.h"
#include "text.h"

/*
 * Whether alerts and figures (or, for a command without -o, what goes to the
 * standard output) leave a file alone, under whatever name. file may be "-",
 * the standard input, or NULL; what is the kind of file, "the script". Returns
 * 0, or -1 with *err filled.
 */
int outputs_spare(const struct options *options, const char *file,
                  const char *what, struct text_error *err);

/* The same of what the options name, and of one output for the other. */
int outputs_check(const struct options *options, struct text_error *err);

#endif
