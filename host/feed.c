/* SPDX-License-Identifier: GPL-3.0-or-later */
/* feed - the loop over files and frames. */
#include "feed.h"

#include <signal.h>
#include <string.h>

#include "capture.h"
#include "log.h"
#include "progress.h"

/*
 * Set by a signal. The one mutable variable of file scope: a handler has no
 * other way to say anything.
 */
static volatile sig_atomic_t stopped;

/*
 * A second signal has its default action and ends the program at once. It may
 * be the other of the two: users press Ctrl-C first, then run kill(1).
 */
static void stop(int signal_number)
{
    (void)signal_number;
    stopped = 1;
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
}

/* Each waits while the other is handled: of two at once one is the second. */
static void stop_on_signals(void)
{
    struct sigaction action = { .sa_handler = stop };

    sigemptyset(&action.sa_mask);
    sigaddset(&action.sa_mask, SIGINT);
    sigaddset(&action.sa_mask, SIGTERM);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

/* Where the reading is. */
struct reader {
    const struct feed *feed;
    const char *file;
    uint64_t packets; /* of all files so far */
    bool enough;      /* no more is wanted */
};

/* The clock is read once in so many frames: it costs as much as a frame. */
#define FRAMES_PER_LOOK 1024

static void look_at_progress(const struct reader *reader,
                             const struct capture *capture,
                             struct progress *progress)
{
    if (reader->packets % FRAMES_PER_LOOK != 0 || !progress_is_due(progress))
        return;
    progress_show(progress, reader->file, capture_percent(capture),
                  reader->packets, reader->feed->flows(reader->feed->context));
}

/* A signal may have interrupted a read of a pipe: that is no damage. */
static enum exit_status read_frames(struct reader *reader,
                                    struct capture *capture,
                                    struct progress *progress)
{
    const struct feed *feed = reader->feed;
    struct text_error err;
    struct capture_frame frame;
    enum capture_result result = CAPTURE_FRAME;

    while (!stopped && !reader->enough) {
        result = capture_next(capture, &frame, &err);
        if (result != CAPTURE_FRAME)
            break;
        reader->enough = !feed->on_frame(feed->context, reader->file, &frame);
        reader->packets++;
        look_at_progress(reader, capture, progress);
    }
    progress_end(progress);
    if (stopped)
        return STATUS_DONE;
    if (result == CAPTURE_TRUNCATED)
        log_say(FC_LOG_WARNING, "%s", err.text);
    if (result == CAPTURE_FAILED)
        log_say(FC_LOG_ERROR, "%s", err.text);
    return result == CAPTURE_FAILED ? STATUS_FAILED : STATUS_DONE;
}

static enum exit_status read_file(struct reader *reader, const char *path)
{
    struct text_error err;
    struct progress progress;
    struct capture *capture = capture_open(path, &err);
    enum exit_status status;

    if (capture == NULL && stopped)
        return STATUS_DONE;
    if (capture == NULL) {
        log_say(FC_LOG_ERROR, "%s", err.text);
        return STATUS_FAILED;
    }
    reader->file = path;
    progress_start(&progress);
    status = read_frames(reader, capture, &progress);
    capture_close(capture);
    return status;
}

enum exit_status feed_captures(const struct feed *feed,
                               const struct options *options)
{
    struct reader reader = { .feed = feed };
    enum exit_status status = STATUS_DONE;

    stop_on_signals();
    for (size_t i = 0; i < options->capture_count && !stopped && !reader.enough;
         i++)
        if (read_file(&reader, options->captures[i]) != STATUS_DONE)
            status = STATUS_FAILED;
    if (stopped)
        log_say(FC_LOG_WARNING, "stopped by a signal; what was read so far "
                                "is finished");
    return status;
}

/* A worker that works alone. */

static bool on_frame(void *context, const char *file,
                     const struct capture_frame *frame)
{
    (void)file;
    worker_frame(context, frame);
    return true;
}

static uint64_t count_flows(void *context)
{
    return worker_counters(context)->flows;
}

enum exit_status feed_worker(struct worker *worker,
                             const struct options *options)
{
    const struct feed feed = { on_frame, count_flows, worker };

    return feed_captures(&feed, options);
}
