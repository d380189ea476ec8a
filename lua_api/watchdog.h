/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * watchdog - interrupts a run that is over its time, from outside.
 *
 * A hook that counts instructions costs a script a third of its speed, whether
 * it is slow or not. So there is none: a thread looks every few milliseconds
 * whether the same run is still going on, and how much CPU time its thread has
 * spent since. When that is more than the budget, it sends that one thread a
 * signal, whose handler raises the alarm where the run can see it.
 *
 * A run pays two stores for this. Only a run over its time ever gets a signal.
 */
#ifndef FC_WATCHDOG_H
#define FC_WATCHDOG_H

#include <stdatomic.h>
#include <stdbool.h>

struct watchdog;

/* What is watched. Belongs to the thread that runs; lives in the VM. */
struct watched {
    atomic_uint turn;      /* odd while a run is on; one more at each end */
    atomic_uint late_turn; /* the turn that is over its time */
    unsigned budget_ms;    /* CPU time; 0: no limit */
    void (*interrupt)(void *context); /* called on the running thread */
    void *context;
    void (*tick)(void *context); /* on the watchdog's thread; NULL: none */
    void *tick_context;
};

/* Milliseconds between two looks: what a run may take over its budget. */
#define WATCHDOG_PERIOD_MS 5
/* Looks between two ticks. */
#define WATCHDOG_LOOKS_PER_TICK 50

/*
 * Starts to watch the calling thread, which is to do all runs. Returns NULL
 * when there is no thread, no memory, or no signal that the host leaves free.
 * watched must outlive the watchdog. Stop it on the same thread.
 */
struct watchdog *watchdog_start(struct watched *watched);
void watchdog_stop(struct watchdog *watchdog);

/* Around a run, on its thread. */
static inline void watched_begin(struct watched *watched)
{
    unsigned turn = atomic_load_explicit(&watched->turn, memory_order_relaxed);

    atomic_store_explicit(&watched->turn, turn + 1, memory_order_relaxed);
    atomic_signal_fence(memory_order_seq_cst);
}

static inline void watched_end(struct watched *watched)
{
    unsigned turn = atomic_load_explicit(&watched->turn, memory_order_relaxed);

    atomic_signal_fence(memory_order_seq_cst);
    atomic_store_explicit(&watched->turn, turn + 1, memory_order_relaxed);
}

#endif
