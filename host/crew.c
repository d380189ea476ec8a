/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * crew - threads and the ring of batches between them.
 *
 * The reader and each hand count the batches that they are through with; all
 * counts change under one lock, which is taken once for a batch. A batch that
 * was written is only read, until every hand is past it.
 */
#include "crew.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"

/*
 * About 15 ms of work for two workers, and 3 MB of small frames. When it is
 * full, the reader sleeps until half is read: on two cores it takes one from a
 * worker, and should change places with it seldom (with 16: 8 % slower).
 */
#define RING_BATCHES 64

/* How far a thread has come. */
enum stage { HAND_OPENING, HAND_OPEN, HAND_FINISHED };

/* One thread and the station that it works at. */
struct hand {
    struct crew *crew;
    struct station *station;
    pthread_t thread;
    bool has_thread;
    /* Under the lock: */
    enum stage stage;
    enum exit_status status; /* of station_open */
    uint64_t read;           /* batches */
    uint64_t flows;
};

/* How far the reader lets the threads go. */
enum order { CREW_READ, CREW_FINISH, CREW_LEAVE };

struct crew {
    unsigned count;
    struct hand *hands;
    struct worker_counters counters; /* of the intake */
    struct intake *intake;
    struct batch *ring; /* NULL: one station, no thread */
    pthread_mutex_t lock;
    pthread_cond_t orders; /* for the hands: a batch, or the order, is new */
    pthread_cond_t news;   /* for the reader: a hand has got further */
    /* Under the lock: */
    uint64_t written; /* batches */
    uint64_t awaited; /* batches that the reader waits for all to have read */
    enum order order;
};

static bool is_alone(const struct crew *crew)
{
    return crew->ring == NULL;
}

/* What a thread does. */

static void tell_stage(struct hand *hand, enum stage stage)
{
    pthread_mutex_lock(&hand->crew->lock);
    hand->stage = stage;
    pthread_cond_signal(&hand->crew->news);
    pthread_mutex_unlock(&hand->crew->lock);
}

/* Waits for the next batch; NULL: there will be none. */
static const struct batch *next_batch(struct hand *hand)
{
    struct crew *crew = hand->crew;
    const struct batch *batch = NULL;

    pthread_mutex_lock(&crew->lock);
    while (hand->read == crew->written && crew->order == CREW_READ)
        pthread_cond_wait(&crew->orders, &crew->lock);
    if (hand->read < crew->written)
        batch = &crew->ring[hand->read % RING_BATCHES];
    pthread_mutex_unlock(&crew->lock);
    return batch;
}

static void end_batch(struct hand *hand)
{
    pthread_mutex_lock(&hand->crew->lock);
    hand->read++;
    hand->flows = station_counters(hand->station)->flows;
    if (hand->read == hand->crew->awaited)
        pthread_cond_signal(&hand->crew->news);
    pthread_mutex_unlock(&hand->crew->lock);
}

static void await_leave(struct crew *crew)
{
    pthread_mutex_lock(&crew->lock);
    while (crew->order != CREW_LEAVE)
        pthread_cond_wait(&crew->orders, &crew->lock);
    pthread_mutex_unlock(&crew->lock);
}

/* The figures borrow from the checks, so these stay until all is written. */
static void *work(void *context)
{
    struct hand *hand = context;
    const struct batch *batch;

    hand->status = station_open(hand->station);
    tell_stage(hand, HAND_OPEN);
    while ((batch = next_batch(hand)) != NULL) {
        station_batch(hand->station, batch);
        end_batch(hand);
    }
    if (hand->status == STATUS_DONE)
        station_finish(hand->station);
    tell_stage(hand, HAND_FINISHED);
    await_leave(hand->crew);
    station_close(hand->station);
    return NULL;
}

/* What the reader does with them. */

static void await_stage(struct hand *hand, enum stage stage)
{
    struct crew *crew = hand->crew;

    pthread_mutex_lock(&crew->lock);
    while (hand->stage < stage)
        pthread_cond_wait(&crew->news, &crew->lock);
    pthread_mutex_unlock(&crew->lock);
}

static void give_order(struct crew *crew, enum order order)
{
    pthread_mutex_lock(&crew->lock);
    crew->order = order;
    pthread_cond_broadcast(&crew->orders);
    pthread_mutex_unlock(&crew->lock);
}

/* Signals are for the reader, but for the one that a check lets through. */
static enum exit_status start_thread(struct hand *hand)
{
    sigset_t all, old;
    int error;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    error = pthread_create(&hand->thread, NULL, work, hand);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    hand->has_thread = error == 0;
    if (error == 0)
        return STATUS_DONE;
    log_say(FC_LOG_ERROR, "cannot start the thread of a worker: %s",
            strerror(error));
    return STATUS_FAILED;
}

static enum exit_status open_hand(struct hand *hand)
{
    if (start_thread(hand) != STATUS_DONE)
        return STATUS_FAILED;
    await_stage(hand, HAND_OPEN);
    return hand->status;
}

enum exit_status crew_open(struct crew *crew)
{
    enum exit_status status = STATUS_DONE;

    if (is_alone(crew))
        return station_open(crew->hands[0].station);
    for (unsigned i = 0; i < crew->count && status == STATUS_DONE; i++)
        status = open_hand(&crew->hands[i]);
    return status;
}

/* Frames. */

static uint64_t slowest(const struct crew *crew)
{
    uint64_t least = crew->written;

    for (unsigned i = 0; i < crew->count; i++)
        if (crew->hands[i].read < least)
            least = crew->hands[i].read;
    return least;
}

/* The batch that the reader fills; only this thread changes written. */
static struct batch *filling(const struct crew *crew)
{
    return &crew->ring[crew->written % RING_BATCHES];
}

/* Waits, when the ring is full. */
static void await_room(struct crew *crew)
{
    if (crew->written - slowest(crew) < RING_BATCHES)
        return;
    crew->awaited = crew->written - RING_BATCHES / 2;
    while (slowest(crew) < crew->awaited)
        pthread_cond_wait(&crew->news, &crew->lock);
}

/* Hands the batch out, and clears the next once nobody reads it any more. */
static void hand_out(struct crew *crew)
{
    pthread_mutex_lock(&crew->lock);
    crew->written++;
    pthread_cond_broadcast(&crew->orders);
    await_room(crew);
    pthread_mutex_unlock(&crew->lock);
    batch_clear(filling(crew));
}

void crew_frame(struct crew *crew, const char *file,
                const struct capture_frame *frame)
{
    if (is_alone(crew)) {
        station_frame(crew->hands[0].station, file, frame);
        return;
    }
    if (!batch_takes(filling(crew), file, frame))
        hand_out(crew);
    batch_add(filling(crew), file, frame, crew->intake, crew->count);
}

uint64_t crew_flows(struct crew *crew)
{
    uint64_t flows = 0;

    if (is_alone(crew))
        return station_counters(crew->hands[0].station)->flows;
    pthread_mutex_lock(&crew->lock);
    for (unsigned i = 0; i < crew->count; i++)
        flows += crew->hands[i].flows;
    pthread_mutex_unlock(&crew->lock);
    return flows;
}

/* What came of it. */

static void finish_work(struct crew *crew)
{
    if (is_alone(crew)) {
        station_finish(crew->hands[0].station);
        return;
    }
    if (filling(crew)->count > 0)
        hand_out(crew);
    give_order(crew, CREW_FINISH);
    for (unsigned i = 0; i < crew->count; i++)
        await_stage(&crew->hands[i], HAND_FINISHED);
}

/* The first station's figures become those of all. */
static struct figures *add_figures(const struct crew *crew)
{
    struct figures *sum = station_figures(crew->hands[0].station);

    for (unsigned i = 1; i < crew->count && sum != NULL; i++) {
        const struct figures *more = station_figures(crew->hands[i].station);

        if (more == NULL)
            return NULL;
        figures_add(sum, more);
    }
    return sum;
}

void crew_finish(struct crew *crew, struct crew_report *report)
{
    finish_work(crew);
    *report = (struct crew_report){ .counters = crew->counters,
                                    .figures = add_figures(crew) };
    for (unsigned i = 0; i < crew->count; i++) {
        const struct station *station = crew->hands[i].station;

        worker_counters_add(&report->counters, station_counters(station));
        report->alerts += station_alerts(station);
        report->lost_alerts |= station_lost_alerts(station);
    }
}

/* Making and freeing. */

static int make_hand(struct crew *crew, const struct station_plan *plan,
                     struct text_error *err)
{
    struct hand *hand = &crew->hands[crew->count];

    hand->crew = crew;
    hand->station = station_new(plan, crew->count, err);
    if (hand->station == NULL)
        return -1;
    crew->count++;
    return 0;
}

static int make_hands(struct crew *crew, const struct station_plan *plan,
                      struct text_error *err)
{
    unsigned workers = plan->options->workers;

    crew->hands = calloc(workers, sizeof *crew->hands);
    if (crew->hands == NULL)
        return text_fail(err, "out of memory");
    while (crew->count < workers)
        if (make_hand(crew, plan, err) != 0)
            return -1;
    return 0;
}

static int make_ring(struct crew *crew, struct text_error *err)
{
    crew->intake = intake_new(&crew->counters);
    crew->ring = calloc(RING_BATCHES, sizeof *crew->ring);
    if (crew->intake == NULL || crew->ring == NULL)
        return text_fail(err, "out of memory for batches of frames");
    return 0;
}

struct crew *crew_new(const struct station_plan *plan, struct text_error *err)
{
    struct crew *crew = calloc(1, sizeof *crew);

    if (crew == NULL) {
        text_fail(err, "out of memory");
        return NULL;
    }
    pthread_mutex_init(&crew->lock, NULL);
    pthread_cond_init(&crew->orders, NULL);
    pthread_cond_init(&crew->news, NULL);
    if (make_hands(crew, plan, err) != 0 ||
        (crew->count > 1 && make_ring(crew, err) != 0)) {
        crew_free(crew);
        return NULL;
    }
    return crew;
}

static void free_hand(struct hand *hand)
{
    if (hand->has_thread)
        pthread_join(hand->thread, NULL);
    else
        station_close(hand->station);
    station_free(hand->station);
}

void crew_free(struct crew *crew)
{
    if (crew == NULL)
        return;
    give_order(crew, CREW_LEAVE);
    for (unsigned i = 0; i < crew->count; i++)
        free_hand(&crew->hands[i]);
    pthread_cond_destroy(&crew->news);
    pthread_cond_destroy(&crew->orders);
    pthread_mutex_destroy(&crew->lock);
    intake_free(crew->intake);
    free(crew->ring);
    free(crew->hands);
    free(crew);
}
