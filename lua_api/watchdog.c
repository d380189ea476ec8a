/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * watchdog - a timer on the CPU time of the thread that runs scripts, and a
 * thread that looks as often. Either may be late on a busy machine, the timer
 * because the kernel looks at it with its clock's tick (4 ms), the thread
 * because it waits for a processor while the run has one. With 4 to 16 endless
 * loops beside it on two cores, the longest run with a budget of 50 ms took 80
 * ms with the timer alone, 76 with the thread alone, 70 with both. And timers
 * cannot be had once all processes of the user together have RLIMIT_SIGPENDING
 * signals queued, which any of them can do.
 *
 * The signal is a standard one, which is never refused: a real-time signal is
 * when that queue is full, a standard one only loses its information (Linux,
 * signal(7)). It says nothing but "look", and whoever else sends it does no
 * harm: the handler judges by the thread's CPU time.
 */
#include "watchdog.h"

#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

struct watchdog {
    struct watched *watched;
    pthread_t thread;
    int signal_number;
    timer_t timer; /* of the runner's */
    bool has_timer;
    unsigned sent_turn; /* the run to which a signal was sent ... */
    int64_t sent_due;   /* ... for being over this time; 0: to be seen */
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool stop; /* under lock */
};

_Thread_local struct runner runner;

/* Time. */

#define MS INT64_C(1000000)

static struct timespec to_timespec(int64_t nanoseconds)
{
    return (struct timespec){ .tv_sec = nanoseconds / (1000 * MS),
                              .tv_nsec = nanoseconds % (1000 * MS) };
}

/* Nanoseconds on a clock; -1: its thread is gone. */
static int64_t time_of(clockid_t clock)
{
    struct timespec time;

    if (clock_gettime(clock, &time) != 0)
        return -1;
    return (int64_t)time.tv_sec * 1000 * MS + time.tv_nsec;
}

/* The signal. */

/*
 * In the order of choice: by default the first is ignored, and what sends it
 * (data out of band, to a process that asked for it) is rare; the second is
 * sent by nobody, the others to power daemons and by timers.
 */
static const int signals[] = { SIGURG, SIGSTKFLT, SIGPWR, SIGVTALRM, SIGPROF };
#define SIGNALS (sizeof signals / sizeof signals[0])

/* Whether a run is over its time. One that is new gets its time now. */
static bool is_over(struct watched *watched, int64_t now)
{
    unsigned turn = atomic_load(&watched->turn);

    if (turn % 2 == 0)
        return false;
    if (turn == atomic_load(&watched->due_turn))
        return now >= atomic_load(&watched->due);
    atomic_store(&watched->due, now + watched->budget_ms * MS);
    atomic_store(&watched->due_turn, turn);
    return false;
}

/*
 * Whether the run was interrupted inside another handler, the host's or the C
 * library's: it blocks at least its own signal, so that more are blocked than
 * at another interruption of the same run.
 */
static bool is_nested(struct watched *watched, const ucontext_t *interrupted)
{
    unsigned turn = atomic_load(&watched->turn);
    uint64_t blocked;

    /* The kernel's set; behind it glibc's has room, and nothing in it. */
    memcpy(&blocked, &interrupted->uc_sigmask, sizeof blocked);
    if (watched->blocked_turn != turn)
        watched->blocked = blocked;
    watched->blocked_turn = turn;
    watched->blocked &= blocked;
    return blocked != watched->blocked;
}

static void on_signal(int number, siginfo_t *info, void *interrupted)
{
    struct watched *watched = runner.running;
    int64_t now;
    bool nested;

    (void)number, (void)info;
    if (watched == NULL)
        return;
    now = time_of(CLOCK_THREAD_CPUTIME_ID);
    nested = is_nested(watched, interrupted);
    if (!is_over(watched, now))
        return;
    atomic_store(&watched->due, now + WATCHDOG_PATIENCE_MS * MS);
    watched->interrupt(watched->context, nested);
}

enum handler { HANDLER_NONE, HANDLER_OURS, HANDLER_OTHER };

static enum handler handler_of(int number)
{
    struct sigaction action;

    if (sigaction(number, NULL, &action) != 0)
        return HANDLER_OTHER;
    if ((action.sa_flags & SA_SIGINFO) != 0)
        return action.sa_sigaction == on_signal ? HANDLER_OURS : HANDLER_OTHER;
    return action.sa_handler == SIG_DFL ? HANDLER_NONE : HANDLER_OTHER;
}

/*
 * Takes a signal and keeps it: another instance may need it at any time, and
 * the module stays mapped for it. Returns 0 when there is none.
 */
static int take_signal(void)
{
    struct sigaction action = { .sa_sigaction = on_signal,
                                .sa_flags = SA_RESTART | SA_SIGINFO };

    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < SIGNALS; i++) {
        enum handler handler = handler_of(signals[i]);

        if (handler == HANDLER_OURS)
            return signals[i];
        if (handler == HANDLER_NONE &&
            sigaction(signals[i], &action, NULL) == 0)
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
        if (handler_of(signals[i]) == HANDLER_OURS)
            sigaddset(&ours, signals[i]);
    pthread_sigmask(SIG_UNBLOCK, &ours, NULL);
}

/* glibc before 2.37 has no name for it. */
#ifndef sigev_notify_thread_id
#    define sigev_notify_thread_id _sigev_un._tid
#endif

static void delete_timer(struct watchdog *watchdog)
{
    if (watchdog->has_timer)
        timer_delete(watchdog->timer);
    watchdog->has_timer = false;
}

/* Starts the timer of the calling thread, if there can be one. */
static void start_timer(struct watchdog *watchdog)
{
    struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID,
                              .sigev_signo = watchdog->signal_number };
    const struct itimerspec when = {
        .it_value = to_timespec(WATCHDOG_PERIOD_MS * MS),
        .it_interval = to_timespec(WATCHDOG_PERIOD_MS * MS),
    };

    event.sigev_notify_thread_id = runner.thread;
    if (timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &watchdog->timer) != 0)
        return;
    watchdog->has_timer = true;
    timer_settime(watchdog->timer, 0, &when, NULL);
}

void watched_take_thread(struct watched *watched)
{
    clockid_t clock;

    runner.thread = (pid_t)syscall(SYS_gettid);
    watchdog_unblock();
    pthread_getcpuclockid(pthread_self(), &clock);
    atomic_store(&watched->clock, clock);
    atomic_store(&watched->thread, runner.thread);
    delete_timer(watched->watchdog);
    start_timer(watched->watchdog);
}

/* The thread. */

/*
 * Whether there is something for the handler to see: a new run, or one that is
 * over its time. It is told once of each; what it makes of it is its own.
 */
static bool is_news(struct watchdog *watchdog)
{
    struct watched *watched = watchdog->watched;
    unsigned turn = atomic_load(&watched->turn);
    int64_t due = 0;

    if (turn % 2 == 0)
        return false;
    if (turn == atomic_load(&watched->due_turn)) {
        due = atomic_load(&watched->due);
        if (time_of(atomic_load(&watched->clock)) < due)
            return false;
    }
    if (turn == watchdog->sent_turn && due == watchdog->sent_due)
        return false;
    watchdog->sent_turn = turn;
    watchdog->sent_due = due;
    return true;
}

/* A runner that has ended since, or whose id another one has by now, comes to
 * no harm: the run is over. */
static void look(struct watchdog *watchdog)
{
    if (is_news(watchdog))
        syscall(SYS_tgkill, getpid(), atomic_load(&watchdog->watched->thread),
                watchdog->signal_number);
}

/* Waits for the next look, with the lock held, or to be stopped. */
static void wait_period(struct watchdog *watchdog)
{
    struct timespec until =
        to_timespec(time_of(CLOCK_MONOTONIC) + WATCHDOG_PERIOD_MS * MS);

    if (!watchdog->stop)
        pthread_cond_timedwait(&watchdog->wake, &watchdog->lock, &until);
}

static void *watch(void *context)
{
    struct watchdog *watchdog = context;
    const struct watched *watched = watchdog->watched;
    int64_t ticked = time_of(CLOCK_MONOTONIC);

    pthread_mutex_lock(&watchdog->lock);
    while (!watchdog->stop) {
        look(watchdog);
        wait_period(watchdog);
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
    watched->watchdog = watchdog;
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
    delete_timer(watchdog);
    free_watchdog(watchdog);
}
