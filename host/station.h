/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * station - one worker of a run with all that belongs to it: its flows, its
 * instances of the enabled checks, and the way of their alerts to the sink.
 *
 * Each function names its thread: [main], or [worker] for the one thread that
 * does this station's work. A run of one worker has one thread for both.
 */
#ifndef FC_STATION_H
#define FC_STATION_H

#include <stdatomic.h>

#include "alerts.h"
#include "batch.h"
#include "figures.h"
#include "locality.h"
#include "modules.h"
#include "options.h"
#include "settings.h"
#include "worker.h"

/* What all stations of a run share. */
struct station_plan {
    const struct options *options;
    const struct settings *settings;
    const struct modules *modules;
    const struct locality *locality;
    struct alert_sink *sink; /* there by the first frame */
    atomic_flag *told_full;  /* one of them has warned of --max-flows */
};

struct station;

/*
 * Makes the station of a worker, numbered from 0; plan must outlive it. Thread
 * [main]. NULL: *err says why. station_free wants a station that was closed,
 * or never opened.
 */
struct station *station_new(const struct station_plan *plan, unsigned number,
                            struct text_error *err);
void station_free(struct station *station);

/*
 * Enables the checks. One station after the other: those after the first keep
 * to themselves what the first has said too. Thread [worker]. Returns
 * STATUS_DONE, or after logging why STATUS_FAILED or, for a script that did not
 * load, STATUS_NO_SCRIPT.
 */
enum exit_status station_open(struct station *station);

/* Disables them. Thread [worker]. */
void station_close(struct station *station);

/* A frame, for a station that works alone. Thread [worker]. */
void station_frame(struct station *station, const char *file,
                   const struct capture_frame *frame);

/* A batch, for one of several. Thread [worker]. */
void station_batch(struct station *station, const struct batch *batch);

/*
 * There are no more frames: flows come to their ends, and figures are taken.
 * Thread [worker].
 */
void station_finish(struct station *station);

/* What it has counted so far. Thread [worker]; [main] after station_finish. */
const struct worker_counters *station_counters(const struct station *station);

/*
 * For thread [main], after station_finish: the figures of its checks, whose
 * strings live until station_close, NULL for lack of memory; how many alerts
 * were written; whether others could not be.
 */
struct figures *station_figures(struct station *station);
uint64_t station_alerts(const struct station *station);
bool station_lost_alerts(const struct station *station);

#endif
