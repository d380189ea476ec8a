/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * habits - what a script does with each name, taken together, of the uses that
 * a scan has noted. Private to lint.c.
 */
#ifndef FC_HABITS_H
#define FC_HABITS_H

#include "scan.h"

/* What a script does with a name. */
struct habit {
    bool assigned;
    bool tested;
    const struct use *first;
};

/* Zeroed: of no script. */
struct habits {
    struct scan_result scan;
    struct habit *habits;     /* of each use */
    const struct use **order; /* uses, by name */
};

/* Scans a text. Returns false when there is no memory. Free it anyway. */
bool habits_scan(struct habits *habits, const struct names *names,
                 const char *text, size_t len);
void habits_free(struct habits *habits);

/* Of the name that a use of this scan is of. */
const struct habit *habits_of(const struct habits *habits,
                              const struct use *use);

/* Of a global, or NULL: the script does not use it. */
const struct habit *habits_of_global(const struct habits *habits,
                                     const char *name, size_t len);

/* By kind, table and name. */
int habits_compare(const struct value *a, const struct value *b);

#endif
