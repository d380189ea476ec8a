/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * samples - flows made by hand, of each kind that scripts tell apart, with
 * metadata and without: what a script is tried on when there is no capture.
 */
#ifndef FC_SAMPLES_H
#define FC_SAMPLES_H

#include <stddef.h>

#include "fc_flow.h"

size_t samples_count(void);
const struct fc_flow *samples_get(size_t index);

#endif
