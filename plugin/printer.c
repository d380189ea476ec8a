/* SPDX-License-Identifier: GPL-3.0-or-later */
/* printer - a bucket of bytes that time fills again. */
#include "printer.h"

#include <inttypes.h>
#include <string.h>

#define SECOND UINT64_C(1000000000)
#define MINUTE (60 * SECOND)

/* Below a second's share nothing is given back, and no time is lost. */
static void refill(struct printer *printer, uint64_t most, uint64_t now)
{
    uint64_t seconds = (now - printer->last) / SECOND;
    uint64_t share = most / PRINTER_REFILL_SECONDS;

    if (seconds == 0)
        return;
    printer->last += seconds * SECOND;
    if (seconds >= PRINTER_REFILL_SECONDS || printer->used <= seconds * share)
        printer->used = 0;
    else
        printer->used -= seconds * share;
}

void printer_tell(struct printer *printer, const struct host_link *link,
                  const char *path)
{
    if (printer->dropped == 0)
        return;
    host_say(link, FC_LOG_WARNING,
             "%s: %" PRIu64 " more %s printed than may be logged; limits."
             "output_kb in script_conf is the limit",
             path, printer->dropped,
             printer->dropped == 1 ? "line was" : "lines were");
    printer->dropped = 0;
}

static void drop(struct printer *printer, const struct host_link *link,
                 const char *path, uint64_t now)
{
    printer->dropped++;
    if (printer->told != 0 && now - printer->told < MINUTE)
        return;
    printer->told = now == 0 ? 1 : now;
    printer_tell(printer, link, path);
}

void printer_line(struct printer *printer, const struct host_link *link,
                  const char *path, uint64_t most, uint64_t now,
                  const char *line)
{
    uint64_t cost = strlen(line) + PRINTER_LINE_COST;

    refill(printer, most, now);
    if (printer->used + cost > most) {
        drop(printer, link, path, now);
        return;
    }
    printer->used += cost;
    link->can.log(link->host, FC_LOG_OUTPUT, line);
}
