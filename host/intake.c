/* SPDX-License-Identifier: GPL-3.0-or-later */
/* intake - see the header. */
#include "intake.h"

#include <stdlib.h>

#include "fragments.h"

struct intake {
    struct worker_counters *counters;
    struct fragments *fragments;
};

struct intake *intake_new(struct worker_counters *counters)
{
    struct intake *intake = calloc(1, sizeof *intake);

    if (intake == NULL)
        return NULL;
    intake->counters = counters;
    intake->fragments = fragments_new();
    if (intake->fragments == NULL) {
        free(intake);
        return NULL;
    }
    return intake;
}

void intake_free(struct intake *intake)
{
    if (intake == NULL)
        return;
    fragments_free(intake->fragments);
    free(intake);
}

/* Fragments: whether the packet has, or has got, the ports of its flow. */
static bool place_fragment(struct intake *intake, struct packet *packet)
{
    if (packet->first_fragment)
        fragments_note_first(intake->fragments, packet);
    if (!packet->later_fragment ||
        fragments_fill_ports(intake->fragments, packet))
        return true;
    intake->counters->lost_fragments++;
    return false;
}

static void count_frame(struct worker_counters *counters,
                        const struct capture_frame *frame)
{
    if (counters->packets == 0)
        counters->first_time = frame->time;
    counters->last_time = frame->time;
    counters->packets++;
    counters->bytes += frame->wire_len;
}

bool intake_frame(struct intake *intake, const struct capture_frame *frame,
                  struct packet *packet)
{
    enum decode_result result =
        decode_frame(frame->link_type, frame->data, frame->captured,
                     frame->wire_len, packet);

    count_frame(intake->counters, frame);
    if (result == DECODE_OK)
        return place_fragment(intake, packet);
    intake->counters->undecoded[result]++;
    return false;
}
