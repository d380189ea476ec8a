/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * watchdog - a thread per VM, and a signal to the thread that runs it.
 *
 * The signal is a standard one. A real-time signal is refused once all
 * processes of the user together have RLIMIT_SIGPENDING of them queued, which
 * any of them can do; a standard signal only loses its information then (Linux,
 * signal(7)). It says nothing but "look": a handler that comes too late, when
 * the run is over, sees another turn and does nothing.
 */
#include "watchdog.h"

#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

struct watchdog {
    struct watched *watched;
    pthread_t thread;
    int signal_number;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool stop; /* under lock */
};

_Thread_local struct runner runner;

/* The signal. */

/*
 * In the order of choice: by default the first is ignored, and what sends it
 * (data out of band, to a process that asked for it) is rare; the second is
 * sent by nobody, the others to power daemons and by timers.
 */
static const int signals[] = { SIGURG, SIGSTKFLT, SIGPWR, SIGVTALRM, SIGPROF };
#define SIGNALS (sizeof signals / sizeof signals[0])

static void on_signal(int number)
{
    struct watched *watched = runner.running;

    (void)number;
    if (watched != NULL &&
        atomic_load(&watched->turn) == atomic_load(&watched->late_turn))
        watched->interrupt(watched->context);
}

/* The handler of a signal; an unusable one where there is another kind. */
typedef void handler_fn(int number);

static handler_fn *handler_of(int number)
{
    struct sigaction action;

    if (sigaction(number, NULL, &action) != 0 ||
        (action.sa_flags & SA_SIGINFO) != 0)
        return SIG_ERR;
    return action.sa_handler;
}

/*
 * Takes a signal and keeps it: another instance may need it at any time, and
 * the module stays mapped for it. Returns 0 when there is none.
 */
static int take_signal(void)
{
    struct sigaction action = { .sa_handler = on_signal,
                                .sa_flags = SA_RESTART };

    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < SIGNALS; i++) {
        handler_fn *handler = handler_of(signals[i]);

        if (handler == on_signal)
            return signals[i];
        if (handler == SIG_DFL && sigaction(signals[i], &action, NULL) == 0)
            return signals[i];
    }
    return 0;
}

/*
 * A host may block all signals in its workers; this one must get through. The
 * mask is never put back: another VM of the same thread may rely on it, and the
 * one that ends may do so on another thread.
 */
void watchdog_unblock(void)
{
    sigset_t ours;

    sigemptyset(&ours);
    for (size_t i = 0; i < SIGNALS; i++)
        if (handler_of(signals[i]) == on_signal)
            sigaddset(&ours, signals[i]);
    pthread_sigmask(SIG_UNBLOCK, &ours, NULL);
}

void watched_take_thread(struct watched *watched)
{
    clockid_t clock;

    runner.thread = (pid_t)syscall(SYS_gettid);
    watchdog_unblock();
    pthread_getcpuclockid(pthread_self(), &clock);
    atomic_store(&watched->clock, clock);
    atomic_store(&watched->thread, runner.thread);
}

/* The thread. */

#define MS INT64_C(1000000)

/* A run that the watchdog has seen before. */
struct sight {
    unsigned turn;
    int64_t due; /* CPU time of its thread at which the next signal is */
};

/* Nanoseconds on a clock; -1: its thread is gone. */
static int64_t time_of(clockid_t clock)
{
    struct timespec time;

    if (clock_gettime(clock, &time) != 0)
        return -1;
    return (int64_t)time.tv_sec * 1000 * MS + time.tv_nsec;
}

/* A wait of that much CPU time of a run, which may not have the processor. */
static int64_t wait_until(int64_t left)
{
    if (left < MS / 2)
        return MS / 2;
    return left < WATCHDOG_PERIOD_MS * MS ? left : WATCHDOG_PERIOD_MS * MS;
}

/*
 * One look: remembers a new run, interrupts an old one. Returns how long the
 * next look may wait, in nanoseconds. A thread that has ended since, or whose
 * id another one has by now, comes to no harm: the turn is over.
 */
static int64_t look(struct watchdog *watchdog, struct sight *sight)
{
    struct watched *watched = watchdog->watched;
    unsigned turn = atomic_load(&watched->turn);
    pid_t thread = atomic_load(&watched->thread);
    int64_t now;

    if (turn % 2 == 0)
        return WATCHDOG_PERIOD_MS * MS;
    now = time_of(atomic_load(&watched->clock));
    if (turn != sight->turn) {
        sight->turn = turn;
        sight->due = now + watched->budget_ms * MS;
    } else if (now >= sight->due) {
        sight->due = now + WATCHDOG_PATIENCE_MS * MS;
        atomic_store(&watched->late_turn, turn);
        syscall(SYS_tgkill, getpid(), thread, watchdog->signal_number);
    }
    return wait_until(sight->due - now);
}

/* Waits with the lock held, or until the watchdog is to stop. */
static void wait_for(struct watchdog *watchdog, int64_t nanoseconds)
{
    int64_t end = time_of(CLOCK_MONOTONIC) + nanoseconds;
    struct timespec until = { .tv_sec = end / (1000 * MS),
                              .tv_nsec = end % (1000 * MS) };

    if (!watchdog->stop)
        pthread_cond_timedwait(&watchdog->wake, &watchdog->lock, &until);
}

static void *watch(void *context)
{
    struct watchdog *watchdog = context;
    const struct watched *watched = watchdog->watched;
    struct sight sight = { 0, 0 };
    int64_t ticked = time_of(CLOCK_MONOTONIC);

    pthread_mutex_lock(&watchdog->lock);
    while (!watchdog->stop) {
        wait_for(watchdog, look(watchdog, &sight));
        if (watched->tick == NULL ||
            time_of(CLOCK_MONOTONIC) - ticked < WATCHDOG_TICK_MS * MS)
            continue;
        watched->tick(watched->tick_context);
        ticked = time_of(CLOCK_MONOTONIC);
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
    watchdog->signal_number = take_signal();
    init_wait(watchdog);
    if (watchdog->signal_number == 0 || start_thread(watchdog) != 0) {
        free_watchdog(watchdog);
        return NULL;
    }
    return watchdog;
}

void watchdog_stop(struct watchdog *watchdog)
{
    if (watchdog == NULL)
        return;
    pthread_mutex_lock(&watchdog->lock);
    watchdog->stop = true;
    pthread_cond_signal(&watchdog->wake);
    pthread_mutex_unlock(&watchdog->lock);
    pthread_join(watchdog->thread, NULL);
    free_watchdog(watchdog);
}
