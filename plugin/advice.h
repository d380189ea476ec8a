/* SPDX-License-Identifier: GPL-3.0-or-later */
/* advice - a line that helps with a mistake which many make. */
#ifndef FC_ADVICE_H
#define FC_ADVICE_H

#include "flow_check.h"

/* One line for an error, or NULL when none is known. The string is constant. */
const char *advice_for(enum fc_failure kind, const char *error);

#endif
