/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * script - finds script files and reads them. The only file of the module that
 * opens one.
 */
#ifndef FC_SCRIPT_H
#define FC_SCRIPT_H

#include <stddef.h>

#include "flow_check.h"

/* Files that the scripts of all hooks may be in. */
#define SCRIPT_CANDIDATES 4

/* Where scripts are, below the install dir. */
#define SCRIPT_DIR "scripts/callbacks/checks/flows"

/* A script's text, ready to compile. Zeroed: none. */
struct script {
    char *text;
    size_t len;
    char error[512]; /* why there is none: a sentence naming the path */
};

enum script_result {
    SCRIPT_READ,
    SCRIPT_MISSING, /* there is no such file */
    SCRIPT_REFUSED  /* not readable, not a plain file, too large */
};

/* What a file is: the way out of its being too large depends on it. */
enum script_role { SCRIPT_OF_HOOK, SCRIPT_OF_MODULE };

/*
 * Reads the file at path: a plain file of at most size_max bytes, without its
 * byte order mark and with a first line that begins with # made empty, so that
 * line numbers stay. On SCRIPT_READ free with script_free; on the others
 * script->error says why.
 */
enum script_result script_read(struct script *script, const char *path,
                               size_t size_max, enum script_role role);

void script_free(struct script *script);

/* The hook whose scripts have a path's file name; of other names detected. */
enum fc_hook script_hook(const char *path);

/* What script_find found for a hook. Free both with free(). */
struct script_place {
    char *path;   /* the script to use; NULL when no file exists */
    char *unused; /* another one of the same hook that exists too, or NULL */
};

/*
 * Looks for the script of a hook below the install dir. Returns 0, or -1 when
 * there is no memory.
 */
int script_find(const char *install_dir, enum fc_hook hook,
                struct script_place *place);

/*
 * The paths of all candidates, existing or not; free each. Returns 0, or -1
 * when there is no memory: those that are not NULL are still to be freed.
 */
int script_candidates(const char *install_dir,
                      char *paths[static SCRIPT_CANDIDATES]);

#endif
