/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * printer - hands what a script prints to the host's log, at a bounded rate: a
 * script that prints at each flow must not fill a disk.
 */
#ifndef FC_PRINTER_H
#define FC_PRINTER_H

#include <stddef.h>
#include <stdint.h>

#include "host_link.h"

/* What a host's log adds to a line, in bytes: its time, its level. */
#define PRINTER_LINE_COST 32
/* As much as may be printed at once may be printed again in so many seconds. */
#define PRINTER_REFILL_SECONDS 256

/* Zeroed: nothing was printed. */
struct printer {
    uint64_t used;    /* bytes of what may be printed at once */
    uint64_t last;    /* when that was so, on the host's clock */
    uint64_t dropped; /* lines, since the log was told */
    uint64_t told;    /* when that was; 0: never */
};

/*
 * Logs a line of the script at path, or drops it and says so, once a minute.
 * most is how many bytes may be printed at once; now is the host's clock.
 */
void printer_line(struct printer *printer, const struct host_link *link,
                  const char *path, uint64_t most, uint64_t now,
                  const char *line);

/* Says how many lines were dropped since that was said, if any. */
void printer_tell(struct printer *printer, const struct host_link *link,
                  const char *path);

#endif
