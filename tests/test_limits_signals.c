/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A loop is stopped whatever a host does with its threads and signals: threads
 * that block all of them, instances that come before the old ones go, a queue
 * of signals that somebody has filled, signals that the host needs itself.
 */
#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "cpu_time.h"
#include "mock_expect.h"
#include "mock_flow.h"
#include "run_suite.h"

#define LOOP "while true do end"

static struct mock_host *host;
static struct fc_flow flow;

static void set_up(void)
{
    host = mock_host_new();
    host->script_conf = "{\"limits\": {\"kills\": 1000000}}";
    flow = mock_any_flow();
}

static void tear_down(void)
{
    mock_host_free(host);
}

/* Runs a test's part on a thread that blocks all signals, as a worker may. */
static void on_blocking_thread(void *(*part)(void *), void *context)
{
    sigset_t all, old;
    pthread_t thread;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    ck_assert_int_eq(pthread_create(&thread, NULL, part, context), 0);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
}

static uint64_t stops(struct mock_instance *instance)
{
    return mock_stats(instance, FC_HOOK_DETECTED).failures[FC_FAILURE_TIME];
}

/* --- Blocked signals ----------------------------------------------------- */

static void *run_once(void *context)
{
    struct mock_instance **instance = context;

    *instance = mock_enable(host, 0);
    mock_config(*instance, host->script_conf);
    mock_run(*instance, FC_HOOK_DETECTED, &flow);
    return NULL;
}

START_TEST(a_loop_is_stopped_on_a_thread_that_blocks_signals)
{
    struct mock_instance *instance;

    mock_load(host);
    mock_write(host, MOCK_SCRIPT, LOOP);
    on_blocking_thread(run_once, &instance);
    ck_assert_uint_eq(stops(instance), 1);
}
END_TEST

static void *enable_two(void *context)
{
    struct mock_instance **instances = context;

    run_once(&instances[0]);
    run_once(&instances[1]);
    mock_disable(instances[0]);
    mock_run(instances[1], FC_HOOK_DETECTED, &flow); /* skipped */
    mock_run(instances[1], FC_HOOK_DETECTED, &flow);
    return NULL;
}

START_TEST(a_loop_is_stopped_after_an_older_instance_was_disabled)
{
    struct mock_instance *instances[2];

    mock_load(host);
    mock_write(host, MOCK_SCRIPT, LOOP);
    on_blocking_thread(enable_two, instances);
    ck_assert_uint_eq(stops(instances[1]), 2);
}
END_TEST

static bool was_stopped(const struct fc_stats *stats)
{
    return stats->failures[FC_FAILURE_TIME] > 0;
}

static void *reload_into_loop(void *context)
{
    struct mock_instance **instance = context;

    run_once(instance);
    mock_write(host, MOCK_SCRIPT, LOOP);
    mock_run_until(*instance, &flow, was_stopped);
    return NULL;
}

START_TEST(a_loop_is_stopped_after_a_reload)
{
    struct mock_instance *instance;

    mock_load(host);
    mock_write(host, MOCK_SCRIPT, "local n = 1");
    on_blocking_thread(reload_into_loop, &instance);
    ck_assert_uint_ge(stops(instance), 1);
}
END_TEST

static void *fill_then_loop(void *context)
{
    struct mock_instance **instance = context;

    run_once(instance);
    flow.srv_port = 1;
    for (int i = 0; i < 4 && stops(*instance) == 0; i++)
        mock_run(*instance, FC_HOOK_DETECTED, &flow);
    return NULL;
}

START_TEST(a_loop_is_stopped_after_a_full_vm_was_made_anew)
{
    struct mock_instance *instance;

    host->script_conf =
        "{\"limits\": {\"kills\": 1000000, \"memory_kb\": 256}}";
    mock_load(host);
    mock_write(host, MOCK_SCRIPT,
               "if flow.srv_port() == 1 then " LOOP " end\n"
               "kept = {} for i = 1, 1e5 do kept[i] = {} end");
    flow.srv_port = 2;
    on_blocking_thread(fill_then_loop, &instance);
    expect_line(host, FC_LOG_WARNING, "it starts anew without them");
    ck_assert_uint_eq(stops(instance), 1);
}
END_TEST

/* --- Threads ------------------------------------------------------------- */

static void *run_twice(void *context)
{
    mock_run(context, FC_HOOK_DETECTED, &flow); /* skipped after a stop */
    mock_run(context, FC_HOOK_DETECTED, &flow);
    return NULL;
}

static void *disable(void *context)
{
    mock_disable(context);
    return NULL;
}

/* Not promised by flow_check.h yet, but a host that does it must not hang. */
START_TEST(a_loop_is_stopped_on_each_thread_that_runs_an_instance)
{
    struct mock_instance *instance;

    mock_load(host);
    mock_write(host, MOCK_SCRIPT, LOOP);
    on_blocking_thread(run_once, &instance);
    ck_assert_uint_eq(stops(instance), 1);
    on_blocking_thread(run_twice, instance);
    ck_assert_uint_eq(stops(instance), 2);
    for (int i = 0; i < 3; i++)
        mock_run(instance, FC_HOOK_DETECTED, &flow);
    ck_assert_uint_eq(stops(instance), 3);
    on_blocking_thread(disable, instance);
}
END_TEST

/* --- Signals of others --------------------------------------------------- */

/*
 * With this limit at 0 the queue is full for this process, as it is when others
 * of the same user have filled it.
 */
START_TEST(a_full_signal_queue_switches_no_limit_off)
{
    struct mock_instance *instance;
    struct rlimit old, none;
    sigset_t queued;

    mock_load(host);
    mock_write(host, MOCK_SCRIPT, LOOP);
    ck_assert_int_eq(getrlimit(RLIMIT_SIGPENDING, &old), 0);
    none = (struct rlimit){ .rlim_cur = 0, .rlim_max = old.rlim_max };
    ck_assert_int_eq(setrlimit(RLIMIT_SIGPENDING, &none), 0);
    sigemptyset(&queued);
    sigaddset(&queued, SIGRTMIN);
    sigprocmask(SIG_BLOCK, &queued, NULL);
    ck_assert_int_eq(sigqueue(getpid(), SIGRTMIN, (union sigval){ 0 }), -1);
    ck_assert_int_eq(errno, EAGAIN);
    run_once(&instance);
    ck_assert_int_eq(setrlimit(RLIMIT_SIGPENDING, &old), 0);
    ck_assert_uint_eq(stops(instance), 1);
}
END_TEST

static void host_handler(int number)
{
    (void)number;
}

static void expect_action(int number, void (*handler)(int))
{
    struct sigaction action;

    ck_assert_int_eq(sigaction(number, NULL, &action), 0);
    ck_assert(action.sa_handler == handler);
}

START_TEST(signals_that_the_host_uses_or_ignores_stay_its_own)
{
    struct mock_instance *instance;

    signal(SIGURG, host_handler);
    signal(SIGSTKFLT, SIG_IGN);
    mock_load(host);
    mock_write(host, MOCK_SCRIPT, LOOP);
    run_once(&instance);
    ck_assert_uint_eq(stops(instance), 1);
    expect_action(SIGURG, host_handler);
    expect_action(SIGSTKFLT, SIG_IGN);
    signal(SIGURG, SIG_DFL);
    signal(SIGSTKFLT, SIG_DFL);
}
END_TEST

static volatile sig_atomic_t handlers_begun, handlers_ended;

/* Takes longer than a run that cannot be stopped is waited for. */
static void slow_handler(int number)
{
    double start = cpu_ms();

    (void)number;
    handlers_begun++;
    while (cpu_ms() - start < 60)
        ;
    handlers_ended++;
}

struct sender {
    pthread_t to;
    clockid_t clock;
    double when; /* on that clock, in milliseconds */
};

/* A thread that sends a signal when another one has used so much CPU time. */
static void *send_in_time(void *context)
{
    const struct sender *sender = context;
    struct timespec now;

    do
        clock_gettime(sender->clock, &now);
    while ((double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6 < sender->when);
    pthread_kill(sender->to, SIGUSR1);
    return NULL;
}

/*
 * A run that cannot be stopped is left by a jump, which is not over those: the
 * handler begins before the run's budget of 50 ms is spent, and ends after.
 */
START_TEST(a_handler_of_the_host_is_never_left_half_way)
{
    struct mock_instance *instance = mock_start_script(
        host, "local t = {} for i = 1, 32769 do t[i * 65535] = true end");
    struct sender sender = { pthread_self(), 0, cpu_ms() + 30 };
    pthread_t thread;
    sigset_t blocked;

    signal(SIGUSR1, slow_handler);
    pthread_getcpuclockid(pthread_self(), &sender.clock);
    ck_assert_int_eq(pthread_create(&thread, NULL, send_in_time, &sender), 0);
    mock_run(instance, FC_HOOK_DETECTED, &flow);
    pthread_join(thread, NULL);
    ck_assert_int_eq(handlers_begun, 1);
    ck_assert_int_eq(handlers_ended, 1);
    pthread_sigmask(SIG_SETMASK, NULL, &blocked);
    ck_assert(!sigismember(&blocked, SIGUSR1));
    ck_assert_uint_eq(stops(instance), 1);
    signal(SIGUSR1, SIG_DFL);
}
END_TEST

static atomic_bool over;

static void *send_signals(void *context)
{
    while (!over)
        kill(getpid(), SIGURG);
    return context;
}

START_TEST(signals_from_elsewhere_stop_nobody)
{
    struct mock_instance *instance =
        mock_start_script(host, "for i = 1, 1000 do n = i end");
    pthread_t sender;

    ck_assert_int_eq(pthread_create(&sender, NULL, send_signals, NULL), 0);
    for (int i = 0; i < 500; i++)
        mock_run(instance, FC_HOOK_DETECTED, &flow);
    over = true;
    pthread_join(sender, NULL);
    ck_assert_uint_eq(mock_stats(instance, FC_HOOK_DETECTED).ok, 500);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("limits_signals");
    TCase *tests = tcase_create("signals");

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_loop_is_stopped_on_a_thread_that_blocks_signals);
    tcase_add_test(tests,
                   a_loop_is_stopped_after_an_older_instance_was_disabled);
    tcase_add_test(tests, a_loop_is_stopped_after_a_reload);
    tcase_add_test(tests, a_loop_is_stopped_after_a_full_vm_was_made_anew);
    tcase_add_test(tests,
                   a_loop_is_stopped_on_each_thread_that_runs_an_instance);
    tcase_add_test(tests, a_full_signal_queue_switches_no_limit_off);
    tcase_add_test(tests, signals_that_the_host_uses_or_ignores_stay_its_own);
    tcase_add_test(tests, a_handler_of_the_host_is_never_left_half_way);
    tcase_add_test(tests, signals_from_elsewhere_stop_nobody);
    return run_suite(suite);
}
