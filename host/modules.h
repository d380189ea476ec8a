/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * modules - loads the modules of a directory and keeps the checks that they
 * register. The only file that calls dlopen. Thread [main].
 */
#ifndef FC_MODULES_H
#define FC_MODULES_H

#include <stddef.h>

#include "flow_check.h"
#include "text.h"

struct modules;

/* A check as its module registered it, in a struct and strings of our own. */
struct module_check {
    struct fc_check check;
    const char *file; /* path of its module */
};

/*
 * Loads every *.so of a directory, in the order of their names. A module that
 * cannot be loaded is logged, with the reason, and left out. Returns NULL and
 * fills *err when the directory cannot be read, or there is no memory.
 * install_dir must outlive the modules. Free with modules_unload, after all
 * instances were disabled.
 */
struct modules *modules_load(const char *directory, const char *install_dir,
                             struct text_error *err);

/* Unloads all, the last loaded first. */
void modules_unload(struct modules *modules);

/* The checks, in the order in which they registered. */
size_t modules_count(const struct modules *modules);
const struct module_check *modules_get(const struct modules *modules,
                                       size_t index);

/* The check of a key, or NULL. */
const struct module_check *modules_find(const struct modules *modules,
                                        const char *key);

#endif
