/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * intake - what is done once with every frame, whichever worker its flow
 * belongs to: it is counted and decoded, and a later fragment gets the ports of
 * its first one. Used by one thread.
 */
#ifndef FC_INTAKE_H
#define FC_INTAKE_H

#include <stdbool.h>

#include "worker.h"

struct intake;

/* counters, where frames are counted, must outlive it. NULL: no memory. */
struct intake *intake_new(struct worker_counters *counters);
void intake_free(struct intake *intake);

/*
 * Takes a frame in. Returns whether it is a packet that belongs to a flow, and
 * fills *packet, which points into the frame; otherwise it was counted, and
 * *packet is unspecified.
 */
bool intake_frame(struct intake *intake, const struct capture_frame *frame,
                  struct packet *packet);

#endif
