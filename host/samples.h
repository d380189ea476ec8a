/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * samples - flows made by hand, of each kind that scripts tell apart and with
 * each set of metadata that captures have: what a script is tried on when there
 * is no capture. They hold nothing that this build's nDPI cannot tell.
 */
#ifndef FC_SAMPLES_H
#define FC_SAMPLES_H

#include <stddef.h>

#include "dpi.h"
#include "fc_flow.h"
#include "flow_check.h"

/* Points into itself: it must not move. */
struct sample {
    const char *title; /* "a sample SSH flow without banners" */
    struct fc_flow flow;
    struct fc_http http;
    struct fc_tls tls;
};

size_t samples_count(void);

/*
 * Fills *sample with a flow as it is in a hook: the later in its life, the more
 * has it transferred. The name of its protocol is that of *dpi, and valid until
 * the next call for the same one.
 */
void samples_fill(struct dpi *dpi, size_t index, enum fc_hook hook,
                  struct sample *sample);

#endif
