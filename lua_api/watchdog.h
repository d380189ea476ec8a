/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * watchdog - interrupts a run that is over its time, from outside.
 *
 * A hook that counts instructions costs a script a third of its speed, whether
 * it is slow or not. So there is none: a signal comes to the thread that runs
 * scripts every few milliseconds of its CPU time, and the handler sees whether
 * the same run is still going on. When that has spent its budget, the handler
 * raises the alarm where the run can see it. A run that goes on for
 * WATCHDOG_PATIENCE_MS more is interrupted again, and so on: it is in code that
 * cannot see the alarm.
 *
 * A run pays a few stores for this, and a thread less than 0.2 % of its time:
 * at most 250 signals a second from each of two sources, 3.2 us each.
 */
#ifndef FC_WATCHDOG_H
#define FC_WATCHDOG_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct watchdog;

/* What is watched. Lives in the VM. */
struct watched {
    atomic_uint turn;  /* odd while a run is on; one more at each end */
    atomic_int thread; /* id of the thread that runs it, or ran it last */
    atomic_int clock;  /* CPU time of that thread */
    struct watchdog *watchdog;
    unsigned budget_ms;   /* CPU time */
    atomic_uint due_turn; /* the turn whose run has a time to end ... */
    atomic_llong due;     /* ... on that clock, nanoseconds */
    /*
     * Called in a signal handler, on the running thread, at that time; nested:
     * inside another handler, one of the host's, which has to return.
     */
    void (*interrupt)(void *context, bool nested);
    void *context;
    void (*tick)(void *context); /* on the watchdog's thread; NULL: none */
    void *tick_context;
    /* Of the handler: the signals that the run itself blocks, as seen so far.
     */
    unsigned blocked_turn; /* the turn that this is about */
    uint64_t blocked;
};

/* Milliseconds of CPU time between two looks: a run is first seen so late. */
#define WATCHDOG_PERIOD_MS 4
/* CPU time between two interruptions of the same run, milliseconds. */
#define WATCHDOG_PATIENCE_MS 4
/* Milliseconds between two ticks. */
#define WATCHDOG_TICK_MS 250

/*
 * Starts to watch. Returns NULL when there is no thread, no memory, or no
 * signal that the host leaves free. watched must outlive the watchdog. Any
 * thread may start it, run what is watched, and stop it, one after the other.
 */
struct watchdog *watchdog_start(struct watched *watched);
void watchdog_stop(struct watchdog *watchdog);

/*
 * Lets the watchdog's signal through to the calling thread again, after its
 * handler was left by a jump.
 */
void watchdog_unblock(void);

/*
 * A thread, as its runs know it. The signal carries nothing: a standard signal
 * may lose what it carries, and one that carries more can be refused. So the
 * handler finds the run here. Zero on a new thread.
 */
struct runner {
    pid_t thread;            /* 0: has never run anything */
    struct watched *running; /* NULL between runs */
};
/* In the thread's first block of memory, which a handler can always reach. */
extern _Thread_local struct runner runner
    __attribute__((tls_model("initial-exec"), visibility("hidden")));

/* Makes the calling thread the one that runs. */
void watched_take_thread(struct watched *watched);

/* Around a run, on its thread. */
static inline void watched_begin(struct watched *watched)
{
    unsigned turn = atomic_load_explicit(&watched->turn, memory_order_relaxed);

    if (__builtin_expect(runner.thread == 0 ||
                             runner.thread !=
                                 atomic_load_explicit(&watched->thread,
                                                      memory_order_relaxed),
                         0))
        watched_take_thread(watched);
    runner.running = watched;
    atomic_store_explicit(&watched->turn, turn + 1, memory_order_release);
    atomic_signal_fence(memory_order_seq_cst);
}

static inline void watched_end(struct watched *watched)
{
    unsigned turn = atomic_load_explicit(&watched->turn, memory_order_relaxed);

    atomic_signal_fence(memory_order_seq_cst);
    atomic_store_explicit(&watched->turn, turn + 1, memory_order_relaxed);
    runner.running = NULL;
}

#endif
