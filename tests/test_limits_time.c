/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Every run of a script ends in time, whatever it does, and is counted as
 * stopped for its time; the next run on the same VM is a normal one.
 */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cpu_time.h"
#include "mock_expect.h"
#include "mock_flow.h"
#include "run_suite.h"

#define COUNT(array) (int)(sizeof(array) / sizeof(array)[0])
#define BUDGET_MS 50
#define GRACE_MS 20

static struct mock_host *host;
static struct fc_flow flow;
static char conf[128];

static void set_up(void)
{
    snprintf(conf, sizeof conf,
             "{\"limits\": {\"kills\": 1000000, \"run_ms\": %.0f}}",
             BUDGET_MS * slowness());
    host = mock_host_new();
    host->script_conf = conf;
    flow = mock_any_flow();
}

static void tear_down(void)
{
    mock_host_free(host);
}

static double run_ms(struct mock_instance *instance)
{
    double start = cpu_ms();

    mock_run(instance, FC_HOOK_DETECTED, &flow);
    return cpu_ms() - start;
}

/* The first run does this; the others alert. */
static const char *const endless[] = {
    "while true do end",
    "while true do pcall(function() while true do end end) end",
    "pcall(pcall, pcall, function() while true do end end) while true do end",
    "xpcall(error, function() while true do end end)",
    "xpcall(function() while true do end end, function() while true do end "
    "end)",
    "local c <close> = setmetatable({}, {__close = function() while true do "
    "end end})",
    "local t = setmetatable({}, {__index = function() while true do end end}) "
    "return t.x",
    "string.find(('a'):rep(5000), ('a*'):rep(30) .. 'b')",
    "string.gsub(('a'):rep(5000), ('a*'):rep(30) .. 'b', '')",
    "table.move({}, 1, math.maxinteger - 1, 2)",
    "local t = {} for i = 1, 60000 do t[i] = i end "
    "while true do table.sort(t, function(a, b) return a > b end) end",
    "local t = {} for i = 1, 130000 do t[i] = i end table.sort(t) "
    "table.sort(t) table.sort(t) while true do table.sort(t) end",
    "local function f() return f() end f()",
};

/* Its VM: the run has not seen the alarm itself. */
static bool was_given_up(const struct fc_stats *stats)
{
    return strstr(stats->last_error, "given up") != NULL;
}

/* Runs it on a host of its own; returns what the first run took. */
static double stop_and_go_on(const char *first)
{
    char script[512];
    struct mock_instance *instance;
    struct fc_stats stats;
    double ms;

    set_up();
    snprintf(script, sizeof script,
             "n = (n or 0) + 1\nflow.triggerAlert(n, 'run ' .. n)\n"
             "if n == 1 then %s end\n",
             first);
    instance = mock_start_script(host, script);
    ms = run_ms(instance);
    stats = mock_stats(instance, FC_HOOK_DETECTED);
    ck_assert_msg(stats.failures[FC_FAILURE_TIME] == 1, "not stopped: %s; %s",
                  first, stats.last_error ? stats.last_error : "");
    if (was_given_up(&stats)) {
        tear_down();
        return slowness() > 1 ? ms
                              : INFINITY; /* there is less time to see it */
    }
    expect_alert(host, 0, 1, "run 1");
    for (int i = 0; i < 4; i++)
        mock_run(instance, FC_HOOK_DETECTED, &flow);
    stats = mock_stats(instance, FC_HOOK_DETECTED);
    ck_assert_uint_ge(stats.ok, 1);
    expect_alert(host, 1, 2, "run 2");
    tear_down();
    return ms;
}

START_TEST(a_run_that_does_not_end_is_stopped_in_time)
{
    const double most = (BUDGET_MS + GRACE_MS) * slowness();
    double least = INFINITY;

    for (int i = 0; i < TRIES_MAX && least > most; i++)
        least = fmin(least, stop_and_go_on(endless[_i]));
    ck_assert_msg(least <= most, "%.1f ms: %s", least, endless[_i]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("limits_time");
    TCase *tests = tcase_create("time");

    suite_add_tcase(suite, tests);
    tcase_add_loop_test(tests, a_run_that_does_not_end_is_stopped_in_time, 0,
                        COUNT(endless));
    return run_suite(suite);
}
