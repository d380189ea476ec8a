/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * conf - the check's own settings, script_conf: JSON to a struct.
 *
 *   script   path of one script, which overrides the search: it runs in the
 *            detected hook, and no other hook has one
 *   compat   "documented" (default) or "ntopng"
 */
#ifndef FC_CONF_H
#define FC_CONF_H

#include <stdbool.h>
#include <stddef.h>

struct conf {
    char *script; /* NULL: search for the scripts */
    bool ntopng_compat;
};

/* Called with a sentence about a key that is not known. */
typedef void conf_warn_fn(void *context, const char *text);

/*
 * Parses a JSON object; "{}" and "[]" mean defaults. Returns 0 and fills *conf
 * (free with conf_free), or -1 with a sentence in error.
 */
int conf_parse(struct conf *conf, const char *json, size_t len,
               conf_warn_fn *warn, void *context, char error[static 256]);

void conf_free(struct conf *conf);

#endif
