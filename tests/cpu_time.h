/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cpu_time - what a run takes of its thread, for tests of the time limit. */
#ifndef CPU_TIME_H
#define CPU_TIME_H

/* CPU time of this thread so far, in milliseconds. */
double cpu_ms(void);

/* How many times longer all may take under a tool that slows it down, from
 * FC_TEST_SLOWNESS; 1 without one. */
double slowness(void);

#endif
