/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cpu_time - what a run takes of its thread, for tests of the time limit. */
#ifndef CPU_TIME_H
#define CPU_TIME_H

#include <stddef.h>

/* CPU time of this thread so far, in milliseconds. */
double cpu_ms(void);

/* How many times longer all may take under a tool that slows it down, from
 * FC_TEST_SLOWNESS; 1 without one. */
double slowness(void);

/*
 * So many rounds of noise, a tenth of them in valgrind; with the sanitizers,
 * which find the same and more, all.
 */
size_t noisy_rounds(size_t rounds);

/*
 * A run that is over its time is judged by the least it takes in so many tries.
 * A watchdog that a busy machine wakes late, or a processor that others slow
 * down, makes one try longer (with four loops beside it on two cores, one in 40
 * by 20 ms); a limit that isn't there makes all of them longer.
 */
#define TRIES_MAX 12

#endif
