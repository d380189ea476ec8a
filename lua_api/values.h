/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * values - which values the functions of flow, and the keys of what they
 * return, can have: tables, and what the host says of its protocols. Private
 * to lua_api/.
 */
#ifndef FC_VALUES_H
#define FC_VALUES_H

#include "scan.h"

/* What is said of a literal that something is compared with. */
struct values_answer {
    bool never;           /* no flow has that value */
    bool unsure;          /* unless the host knows more than it says */
    char instead[80];     /* the literal that is meant most likely, or "" */
    const char *these[8]; /* if not, all values that there are, or NULL */
    const char *what;     /* or what they are, or NULL */
};

/* Whether a name can have the value of a literal of its type. */
void values_judge(const struct names *names, const struct value *value,
                  const struct token *literal, struct values_answer *answer);

/* The number that a literal stands for, "6" for "TCP", "771" for 1.2, or NULL.
 */
const char *values_number(const struct value *value,
                          const struct token *literal);

#endif
