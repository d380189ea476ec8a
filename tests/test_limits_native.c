/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Runs that are over their time inside Lua's own C code, where nothing can stop
 * them: such a run is left, its VM is given up, and all goes on in a new one.
 */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

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

/* The budget, and how many stops switch a script off. */
static void set_conf(unsigned kills)
{
    snprintf(conf, sizeof conf,
             "{\"limits\": {\"run_ms\": %.0f, \"kills\": %u}}",
             BUDGET_MS * slowness(), kills);
    host->script_conf = conf;
}

static void set_up(void)
{
    host = mock_host_new();
    set_conf(1000000);
    flow = mock_any_flow();
}

static void tear_down(void)
{
    mock_host_free(host);
}

/*
 * Keys that spread in a hash of 32768 places and collide in one of 65536, to
 * which the last assignment moves them: half a billion steps in one operation.
 * Lua hashes whole numbers, and the bits of others, by their remainder.
 */
#define WHOLE "local function key(i) return i * 65535 end\n"
#define FRACTION                                           \
    "local function key(i)\n"                              \
    "   local bits = i <= 16382 and (16384 + i) * 65535\n" \
    "      or ((i + 2) * 65535 + 1)\n"                     \
    "   local number = bits / 0x1p31\n"                    \
    "   return i <= 16382 and number or number / 2\n"      \
    "end\n"
#define COLLIDE "for i = 1, 32760 do t[key(i)] = true end\n"

static const char *const native[] = {
    WHOLE "local t = {}\n" COLLIDE "for i = 32761, 32769 do t[key(i)] = 1 end",
    WHOLE "t = {}\n" COLLIDE
          "pcall(function() for i = 32761, 32769 do t[key(i)] = 1 end end)",
    WHOLE "local t = {}\n" COLLIDE
          "local c <close> = setmetatable({}, {__close = function()\n"
          "   for i = 32761, 32769 do t[key(i)] = 1 end end})\n"
          "error('closed')",
    WHOLE "local t = {}\n" COLLIDE "xpcall(error, function()\n"
          "   for i = 32761, 32769 do t[key(i)] = 1 end end)",
    WHOLE "local t = {}\n" COLLIDE
          "local m = setmetatable({}, {__index = function()\n"
          "   for i = 32761, 32769 do t[key(i)] = 1 end end})\n"
          "local x = m.x",
    FRACTION "local t = {}\n"
             "for i = 1, 32769 do t[key(i)] = true end",
};

/* What a run takes, of the next flow that is not skipped. */
static double run_ms(struct mock_instance *instance)
{
    uint64_t runs = mock_stats(instance, FC_HOOK_DETECTED).runs;
    double start;

    do {
        start = cpu_ms();
        mock_run(instance, FC_HOOK_DETECTED, &flow);
    } while (mock_stats(instance, FC_HOOK_DETECTED).runs == runs);
    return cpu_ms() - start;
}

/* Runs it until it has ended in time once: see cpu_time.h. */
static void expect_in_time(struct mock_instance *instance)
{
    const double most = (BUDGET_MS + GRACE_MS) * slowness();
    double least = INFINITY;

    for (int i = 0; i < TRIES_MAX && least > most; i++)
        least = fmin(least, run_ms(instance));
    ck_assert_msg(least <= most, "%.1f ms", least);
}

START_TEST(a_run_that_cannot_be_stopped_is_left_in_time)
{
    char script[2048];
    struct mock_instance *instance;
    struct fc_stats stats;

    snprintf(script, sizeof script,
             "if flow.srv_port() == 1 then\n"
             "flow.triggerAlert(1, 'before') print('before')\n%s\nend\n"
             "flow.triggerAlert(2, 'good')",
             native[_i]);
    instance = mock_start_script(host, script);
    flow.srv_port = 1;
    expect_in_time(instance);
    stats = mock_stats(instance, FC_HOOK_DETECTED);
    ck_assert_uint_eq(stats.failures[FC_FAILURE_TIME], stats.runs);
    expect_line(host, FC_LOG_ERROR, "its VM was given up, with all globals");
    expect_alert(host, 0, 1, "before");
    expect_line(host, FC_LOG_OUTPUT, "before");
    flow.srv_port = 2;
    run_ms(instance);
    stats = mock_stats(instance, FC_HOOK_DETECTED);
    ck_assert_uint_eq(stats.ok, 1);
    expect_alert(host, host->alert_count - 1, 2, "good");
    ck_assert_uint_lt(stats.memory_used, 100 * 1024);
}
END_TEST

/* --- What must not be left ----------------------------------------------- */

static unsigned calls_begun, calls_ended;

/* A host that takes twice the budget for each alert, all of it CPU time. */
static enum fc_alert_fate slow_alert(const struct fc_host *offer,
                                     const struct fc_flow *about,
                                     const struct fc_alert *alert)
{
    double start = cpu_ms();

    (void)offer, (void)about, (void)alert;
    calls_begun++;
    while (cpu_ms() - start < 2 * BUDGET_MS * slowness())
        ;
    calls_ended++;
    return FC_ALERT_RAISED;
}

static void slow_log(const struct fc_host *offer, enum fc_log_level level,
                     const char *text)
{
    if (level == FC_LOG_OUTPUT)
        slow_alert(offer, NULL, (const void *)text);
}

START_TEST(a_call_of_the_host_is_never_left_half_way)
{
    struct mock_instance *instance;

    calls_begun = calls_ended = 0;
    host->offer.trigger_alert = slow_alert;
    host->offer.log = slow_log;
    instance = mock_start_script(
        host, _i == 0 ? "flow.triggerAlert(1, 'slow') while true do end"
                      : "print('slow') while true do end");
    mock_run(instance, FC_HOOK_DETECTED, &flow);
    ck_assert_uint_eq(calls_begun, 1);
    ck_assert_uint_eq(calls_ended, 1);
    ck_assert_uint_eq(
        mock_stats(instance, FC_HOOK_DETECTED).failures[FC_FAILURE_TIME], 1);
}
END_TEST

/*
 * The functions of the C library that have a lock, here with one that takes as
 * long as a script likes: when a run is left in one, no thread gets the lock
 * again.
 */
static time_t slow_library(time_t time)
{
    double start = cpu_ms();

    calls_begun++;
    while (cpu_ms() - start < 2 * BUDGET_MS)
        ;
    calls_ended++;
    return time;
}

time_t mktime(struct tm *date)
{
    return slow_library(timegm(date));
}

struct tm *localtime_r(const time_t *time, struct tm *date)
{
    slow_library(*time);
    return gmtime_r(time, date);
}

size_t strftime(char *to, size_t size, const char *format,
                const struct tm *date)
{
    (void)format, (void)date;
    return (size_t)slow_library(size > 0 ? (time_t)sprintf(to, "x") : 0);
}

static const char *const locking[] = {
    "os.time({year = 2026, month = 1, day = 1})",
    "os.date('!%c')",
    "os.date('*t')",
};

START_TEST(the_c_library_is_never_left_half_way)
{
    struct mock_instance *instance;
    char script[128];

    snprintf(script, sizeof script, "%s while true do end", locking[_i]);
    instance = mock_start_script(host, script);
    calls_begun = calls_ended = 0;
    mock_run(instance, FC_HOOK_DETECTED, &flow);
    ck_assert_uint_eq(calls_begun, 1);
    ck_assert_uint_eq(calls_ended, 1);
    ck_assert_uint_eq(
        mock_stats(instance, FC_HOOK_DETECTED).failures[FC_FAILURE_TIME], 1);
}
END_TEST

/* --- After the verdict --------------------------------------------------- */

/* Lua's traceback looked the name of each function up in all globals. */
START_TEST(a_traceback_does_not_walk_the_globals)
{
    struct mock_instance *instance =
        mock_start_script(host, "if not filled then\n"
                                "   for i = 1, 131072 do _G[i] = 1 end\n"
                                "   filled = true\n"
                                "   return\n"
                                "end\n"
                                "local function deep(n)\n"
                                "   if n == 0 then while true do end end\n"
                                "   deep(n - 1)\n"
                                "   return n\n"
                                "end\n"
                                "deep(40)");

    mock_run(instance, FC_HOOK_DETECTED, &flow);
    expect_in_time(instance);
    expect_line(host, FC_LOG_ERROR, "in upvalue 'deep'");
    ck_assert_uint_gt(mock_stats(instance, FC_HOOK_DETECTED).memory_used,
                      1024 * 1024);
}
END_TEST

/*
 * After a run that failed, flow is put back among the globals. Here they fill a
 * hash of 32768 places, and collide in the one that it makes them move to.
 */
START_TEST(putting_flow_back_takes_no_longer_than_a_run)
{
    struct mock_instance *instance =
        mock_start_script(host, "local n = 0 for _ in pairs(_G) do n = n + 1 "
                                "end\n"
                                "flow = nil\n"
                                "for i = 1, 32768 - (n - 1) do\n"
                                "   _G[i * 65535] = true\n"
                                "end\n"
                                "error('now')");

    expect_in_time(instance);
    expect_line(host, FC_LOG_ERROR, "its VM was given up");
}
END_TEST

/*
 * A text in which each "or" makes Lua's compiler go through all those before
 * it: 12,000 of them, 60 KB, take it 0.2 s.
 */
static char *slow_to_compile(unsigned count, const char *behind)
{
    char *text = malloc(64 + 5 * count + strlen(behind));
    char *at = text;

    ck_assert_ptr_nonnull(text);
    at = stpcpy(at, "local a if flow.srv_port() == 99 then a = a");
    for (unsigned i = 0; i < count; i++)
        at = stpcpy(at, " or a");
    stpcpy(stpcpy(at, " end "), behind);
    return text;
}

START_TEST(a_vm_is_made_anew_without_compiling)
{
    char *script = slow_to_compile(12000, native[0]);
    struct mock_instance *instance;

    if (_i == 1)
        snprintf(conf, sizeof conf,
                 "{\"limits\": {\"run_ms\": %.0f}, \"compat\": \"ntopng\"}",
                 BUDGET_MS * slowness());
    mock_write(host, MOCK_PERIODIC_SCRIPT, script);
    mock_write(host, MOCK_END_SCRIPT, script);
    instance = mock_start_script(host, script);
    free(script);
    for (int i = 0; i < 2; i++)
        expect_in_time(instance);
    expect_line(host, FC_LOG_ERROR, "its VM was given up, with all globals");
}
END_TEST

/* Milliseconds that it takes the worker to disable an instance of two million
 * tables: freeing them takes 15 and more, handing them over 0.1. */
static double disable_large(void)
{
    struct mock_instance *instance =
        mock_start_script(host, "kept = {} for i = 1, 2e6 do kept[i] = {} end");
    double start;

    mock_run(instance, FC_HOOK_DETECTED, &flow);
    ck_assert_uint_eq(mock_stats(instance, FC_HOOK_DETECTED).ok, 1);
    start = cpu_ms();
    mock_disable(instance);
    return cpu_ms() - start;
}

START_TEST(freeing_a_large_vm_is_not_the_workers_time)
{
    const double most = 5 * slowness();
    double least = INFINITY;

    host->script_conf =
        "{\"limits\": {\"run_ms\": 10000, \"memory_kb\": 524288}}";
    for (int i = 0; i < TRIES_MAX && least > most; i++)
        least = fmin(least, disable_large());
    ck_assert_double_le(least, most);
}
END_TEST

/* --- What goes on -------------------------------------------------------- */

/* The hooks of an instance share a VM. */
START_TEST(the_other_hooks_go_on_when_a_run_was_left)
{
    struct mock_instance *instance;

    set_conf(1);
    mock_write(host, MOCK_END_SCRIPT, "flow.triggerAlert(3, 'end')");
    instance = mock_start_script(host, native[0]);
    mock_run(instance, FC_HOOK_DETECTED, &flow);
    ck_assert_int_eq(mock_stats(instance, FC_HOOK_DETECTED).state, FC_HOOK_OFF);
    mock_run(instance, FC_HOOK_END, &flow);
    expect_only_alert(host, "end");
    mock_run(instance, FC_HOOK_DETECTED, &flow);
    ck_assert_int_eq(mock_stats(instance, FC_HOOK_DETECTED).state, FC_HOOK_OFF);
}
END_TEST

/* Its VM is gone, and was that of all hooks. */
/* Lua keeps the numbers of a program in a table, where these collide. */
static char *stuck_in_compiling(void)
{
    char *text = malloc(32 + 12 * 32769);
    char *at = text;

    ck_assert_ptr_nonnull(text);
    at = stpcpy(at, "x = {");
    for (unsigned i = 1; i <= 32769; i++)
        at += sprintf(at, "%u,", i * 65535);
    stpcpy(at, "}");
    return text;
}

START_TEST(a_script_that_compiles_for_too_long_takes_no_other_one_along)
{
    char *script = stuck_in_compiling();
    struct mock_instance *instance;

    host->script_conf = "{\"limits\": {\"script_kb\": 1024, \"run_ms\": 5}}";
    mock_write(host, MOCK_PERIODIC_SCRIPT, script);
    mock_write(host, MOCK_END_SCRIPT, "flow.triggerAlert(3, 'end')");
    instance = mock_start_script(host, "flow.triggerAlert(1, 'detected')");
    free(script);
    expect_line(host, FC_LOG_ERROR, "could not be stopped");
    ck_assert_int_eq(mock_stats(instance, FC_HOOK_PERIODIC).state,
                     FC_HOOK_BROKEN);
    mock_run(instance, FC_HOOK_DETECTED, &flow);
    mock_run(instance, FC_HOOK_PERIODIC, &flow);
    mock_run(instance, FC_HOOK_END, &flow);
    expect_alert_count(host, 2);
    expect_alert(host, 0, 1, "detected");
    expect_alert(host, 1, 3, "end");
}
END_TEST

static struct mock_instance *start_file(const char *name, const char *script)
{
    struct mock_instance *instance = mock_enable(host, 0);
    char path[MOCK_PATH_MAX];
    char named[MOCK_PATH_MAX + 64];

    mock_write(host, name, script);
    mock_path(host, name, path);
    snprintf(named, sizeof named,
             "{\"script\": \"%s\", \"limits\": {\"run_ms\": %.0f}}", path,
             BUDGET_MS * slowness());
    ck_assert_int_eq(mock_config(instance, named), FC_OK);
    return instance;
}

/*
 * The signal is blocked in its handler, which was left by a jump. Here no new
 * VM, which would let it through, takes the place of the one that is given up.
 */
START_TEST(other_instances_of_the_thread_keep_their_limit_when_a_run_was_left)
{
    struct mock_instance *loop = start_file(
        "loop.lua", "if flow.srv_port() == 1 then while true do end end");
    struct mock_instance *left = start_file("left.lua", native[0]);
    char path[MOCK_PATH_MAX];

    mock_run(loop, FC_HOOK_DETECTED, &flow);
    mock_path(host, "left.lua", path);
    ck_assert_int_eq(unlink(path), 0);
    mock_run(left, FC_HOOK_DETECTED, &flow);
    expect_line(host, FC_LOG_ERROR, "its VM was given up, with all globals");
    flow.srv_port = 1;
    mock_run(loop, FC_HOOK_DETECTED, &flow);
    ck_assert_uint_eq(
        mock_stats(loop, FC_HOOK_DETECTED).failures[FC_FAILURE_TIME], 1);
}
END_TEST

/* Whoever writes a table of 100,000 entries does nothing wrong. */
START_TEST(honest_tables_of_a_hundred_thousand_entries_are_never_left)
{
    struct mock_instance *instance;

    host->script_conf =
        "{\"limits\": {\"run_ms\": 10000, \"memory_kb\": 65536}}";
    instance = mock_start_script(
        host, "ports = {} for i = 1, 100000 do ports[i * 64] = i end\n"
              "names = {} for i = 1, 100000 do names['host' .. i] = i end");
    for (int i = 0; i < 3; i++)
        mock_run(instance, FC_HOOK_DETECTED, &flow);
    ck_assert_uint_eq(mock_stats(instance, FC_HOOK_DETECTED).ok, 3);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("limits_native");
    TCase *tests = tcase_create("native");

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, a_run_that_cannot_be_stopped_is_left_in_time, 0,
                        COUNT(native));
    tcase_add_loop_test(tests, a_call_of_the_host_is_never_left_half_way, 0, 2);
    tcase_add_loop_test(tests, the_c_library_is_never_left_half_way, 0,
                        COUNT(locking));
    tcase_add_test(tests, a_traceback_does_not_walk_the_globals);
    tcase_add_test(tests, putting_flow_back_takes_no_longer_than_a_run);
    tcase_add_loop_test(tests, a_vm_is_made_anew_without_compiling, 0, 2);
    tcase_add_test(tests, freeing_a_large_vm_is_not_the_workers_time);
    tcase_add_test(tests, the_other_hooks_go_on_when_a_run_was_left);
    tcase_add_test(
        tests, a_script_that_compiles_for_too_long_takes_no_other_one_along);
    tcase_add_test(
        tests,
        other_instances_of_the_thread_keep_their_limit_when_a_run_was_left);
    tcase_add_test(tests,
                   honest_tables_of_a_hundred_thousand_entries_are_never_left);
    return run_suite(suite);
}
