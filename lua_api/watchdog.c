/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * watchdog - a thread per watched thread, and a real-time signal.
 *
 * The signal is the highest one that nobody in the process handles. It is sent
 * to one thread, with the watched struct as its value; a handler that comes too
 * late, when the run is over, sees another turn and does nothing.
 */
#include "watchdog.h"

#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

struct watchdog {
    struct watched *watched;
    pthread_t runner;
    clockid_t runner_clock; /* its CPU time */
    pthread_t thread;
    int signal_number;
    sigset_t old_mask; /* of the runner, before we let the signal through */
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool stop; /* under lock */
};

/* The signal. */

static void on_signal(int number, siginfo_t *info, void *context)
{
    struct watched *watched = info->si_value.sival_ptr;

    (void)number;
    (void)context;
    if (info->si_code != SI_QUEUE || watched == NULL)
        return;
    if (atomic_load(&watched->turn) == atomic_load(&watched->late_turn))
        watched->interrupt(watched->context);
}

/* Whether a signal is free, or already ours. */
static bool can_take(int number)
{
    struct sigaction action;

    if (sigaction(number, NULL, &action) != 0)
        return false;
    if (action.sa_flags & SA_SIGINFO)
        return action.sa_sigaction == on_signal;
    return action.sa_handler == SIG_DFL;
}

/*
 * Takes a signal and keeps it: another instance may need it at any time, and
 * the module stays mapped for it. Returns 0 when there is none.
 */
static int take_signal(void)
{
    struct sigaction action = { .sa_sigaction = on_signal,
                                .sa_flags = SA_SIGINFO | SA_RESTART };

    sigemptyset(&action.sa_mask);
    for (int number = SIGRTMAX; number >= SIGRTMIN; number--)
        if (can_take(number) && sigaction(number, &action, NULL) == 0)
            return number;
    return 0;
}

/* The thread. */

static int64_t cpu_time(const struct watchdog *watchdog)
{
    struct timespec time;

    if (clock_gettime(watchdog->runner_clock, &time) != 0)
        return 0;
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

/* A run that the watchdog has seen before. */
struct sight {
    unsigned turn;
    int64_t since; /* CPU time of the runner when it was first seen */
};

/* One look: remembers a new run, interrupts an old one. */
static void look(struct watchdog *watchdog, struct sight *sight)
{
    struct watched *watched = watchdog->watched;
    unsigned turn = atomic_load(&watched->turn);
    int64_t budget = (int64_t)watched->budget_ms * 1000000;

    if (turn % 2 == 0)
        return;
    if (turn != sight->turn) {
        sight->turn = turn;
        sight->since = cpu_time(watchdog);
        return;
    }
    if (cpu_time(watchdog) - sight->since < budget)
        return;
    atomic_store(&watched->late_turn, turn);
    pthread_sigqueue(watchdog->runner, watchdog->signal_number,
                     (union sigval){ .sival_ptr = watched });
}

static void add_period(struct timespec *time)
{
    time->tv_nsec += WATCHDOG_PERIOD_MS * 1000000;
    if (time->tv_nsec >= 1000000000) {
        time->tv_nsec -= 1000000000;
        time->tv_sec++;
    }
}

static void *watch(void *context)
{
    struct watchdog *watchdog = context;
    const struct watched *watched = watchdog->watched;
    struct sight sight = { 0, 0 };
    struct timespec next;
    unsigned looks = 0;

    clock_gettime(CLOCK_MONOTONIC, &next);
    pthread_mutex_lock(&watchdog->lock);
    while (!watchdog->stop) {
        add_period(&next);
        pthread_cond_timedwait(&watchdog->wake, &watchdog->lock, &next);
        look(watchdog, &sight);
        if (++looks % WATCHDOG_LOOKS_PER_TICK == 0 && watched->tick != NULL)
            watched->tick(watched->tick_context);
    }
    pthread_mutex_unlock(&watchdog->lock);
    return NULL;
}

/* Signals are for the host's threads: ours blocks them all. */
static int start_thread(struct watchdog *watchdog)
{
    sigset_t all, old;
    int result;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    result = pthread_create(&watchdog->thread, NULL, watch, watchdog);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return result;
}

/* A host may block all signals in its workers; this one must get through. */
static void let_through(struct watchdog *watchdog)
{
    sigset_t ours;

    sigemptyset(&ours);
    sigaddset(&ours, watchdog->signal_number);
    pthread_sigmask(SIG_UNBLOCK, &ours, &watchdog->old_mask);
}

static void init_wait(struct watchdog *watchdog)
{
    pthread_condattr_t attributes;

    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&watchdog->wake, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&watchdog->lock, NULL);
}

static void free_watchdog(struct watchdog *watchdog)
{
    pthread_cond_destroy(&watchdog->wake);
    pthread_mutex_destroy(&watchdog->lock);
    free(watchdog);
}

struct watchdog *watchdog_start(struct watched *watched)
{
    struct watchdog *watchdog = calloc(1, sizeof *watchdog);

    if (watchdog == NULL)
        return NULL;
    watchdog->watched = watched;
    watchdog->runner = pthread_self();
    watchdog->signal_number = take_signal();
    init_wait(watchdog);
    if (watchdog->signal_number == 0 ||
        pthread_getcpuclockid(watchdog->runner, &watchdog->runner_clock) != 0 ||
        start_thread(watchdog) != 0) {
        free_watchdog(watchdog);
        return NULL;
    }
    let_through(watchdog);
    return watchdog;
}

/*
 * A signal that was sent is dealt with before the thread is joined: it goes to
 * this very thread, which lets it through.
 */
void watchdog_stop(struct watchdog *watchdog)
{
    if (watchdog == NULL)
        return;
    pthread_mutex_lock(&watchdog->lock);
    watchdog->stop = true;
    pthread_cond_signal(&watchdog->wake);
    pthread_mutex_unlock(&watchdog->lock);
    pthread_join(watchdog->thread, NULL);
    pthread_sigmask(SIG_SETMASK, &watchdog->old_mask, NULL);
    free_watchdog(watchdog);
}
