/* SPDX-License-Identifier: GPL-3.0-or-later */
/* run_suite - see the header. */
#include "run_suite.h"

#include <stdlib.h>
#include <sys/resource.h>

#include "cpu_time.h"

/* Seconds of CPU time: the longest test takes 6 of them. */
#define LOOPS_FOR_EVER 120
/* Seconds by the clock on the wall, for a test that waits and uses no CPU. */
#define WAITS_FOR_EVER "900"

/* check asks for it when a test case is made, which is before run_suite. */
__attribute__((constructor)) static void set_patience(void)
{
    setenv("CK_DEFAULT_TIMEOUT", WAITS_FOR_EVER, 0);
}

/* For each test, a process of its own; for all together with CK_FORK=no. */
static void limit_cpu_time(void)
{
    const char *given = getenv("FC_TEST_CPU_S");
    double most = given == NULL ? LOOPS_FOR_EVER * slowness() : atof(given);
    struct rlimit limit;

    getrlimit(RLIMIT_CPU, &limit);
    limit.rlim_cur = (rlim_t)most;
    setrlimit(RLIMIT_CPU, &limit);
}

int run_suite(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    int failed;

    limit_cpu_time();
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
