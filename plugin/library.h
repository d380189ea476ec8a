/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * library - the files of Lua modules that a script may require: those in the
 * script's own folder, then those in the install dir's modules folder.
 */
#ifndef FC_LIBRARY_H
#define FC_LIBRARY_H

#include <limits.h>
#include <stdbool.h>

#include "script.h"
#include "vm.h"
#include "watch.h"

/* Below the install dir. */
#define LIBRARY_DIR "scripts/lua/modules"

/* The module that was found last. Zeroed but for size_max: none. */
struct library {
    struct script script;
    size_t size_max;         /* of a file, bytes */
    char path[PATH_MAX + 1]; /* "@" and its path, as Lua wants names */
    char error[2 * PATH_MAX + 64];
};

/*
 * Finds a module by its name ("net.lists" is net/lists.lua) for the script at
 * script_path, and has its file watched. On true *source is valid until the
 * next call; on false source->text says what follows "module 'name' ": that it
 * was not found, and where, or why it cannot be used.
 */
bool library_find(struct library *library, struct watch *watch,
                  const char *script_path, const char *install_dir,
                  const char *name, struct vm_source *source);

void library_free(struct library *library);

#endif
