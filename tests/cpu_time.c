/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cpu_time - see the header. */
#include "cpu_time.h"

#include <stdlib.h>
#include <time.h>

double cpu_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

double slowness(void)
{
    const char *tool = getenv("FC_TEST_SLOWNESS");

    return tool == NULL ? 1 : atof(tool);
}

size_t noisy_rounds(size_t rounds)
{
    return slowness() < 10 ? rounds : rounds / 10;
}
