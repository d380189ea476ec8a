/* SPDX-License-Identifier: GPL-3.0-or-later */
/* run_suite - what the main of a suite does. */
#ifndef RUN_SUITE_H
#define RUN_SUITE_H

#include <check.h>

/* Runs a suite and frees it; returns the program's exit status. */
int run_suite(Suite *suite);

#endif
