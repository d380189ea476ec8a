/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * conf - the check's own settings, script_conf: JSON to a struct.
 *
 *   script   path of one script, which overrides the search: it runs in one
 *            hook, and no other hook has one
 *   hook     which: "detected" (default), "periodic", "end", or "by name", that
 *            of the file's name
 *   compat   "documented" (default) or "ntopng"
 *   limits   an object of whole numbers:
 *     run_ms     CPU time of a run, milliseconds: 1..10000, default 50
 *     memory_kb  of a VM, KB: 256..1048576, default 4096
 *     script_kb  of a script's file, KB: 1..1024, default 64
 *     kills      stops that switch a script off (guard.h): 1..1000000,
 *                default 16
 *     output_kb  that a script may print at once (printer.h), KB: 1..1048576,
 *                default 1024
 */
#ifndef FC_CONF_H
#define FC_CONF_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "flow_check.h"

struct conf_limits {
    unsigned run_ms;
    unsigned memory_kb;
    unsigned script_kb;
    unsigned kills;
    unsigned output_kb;
};

struct conf {
    char script[PATH_MAX]; /* empty: search for the scripts */
    enum fc_hook hook;     /* of that script */
    bool hook_by_name;     /* whatever hook says */
    bool ntopng_compat;
    struct conf_limits limits;
};

/* Room for a sentence about what is wrong. */
#define CONF_ERROR_MAX 512

/* Called with a sentence about a key that is not known. */
typedef void conf_warn_fn(void *context, const char *text);

/*
 * Parses a JSON object; "{}" and "[]" mean defaults. Returns 0 and fills *conf,
 * or -1 with a sentence in error. It needs no memory.
 */
int conf_parse(struct conf *conf, const char *json, size_t len,
               conf_warn_fn *warn, void *context,
               char error[static CONF_ERROR_MAX]);

#endif
