/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * programs - what a check runs: a set of scripts, found, read and compiled for
 * one state of its settings and its files. A changed file or new settings make
 * a new set; a set does not change.
 */
#ifndef FC_PROGRAMS_H
#define FC_PROGRAMS_H

#include "conf.h"
#include "guard.h"
#include "host_link.h"
#include "vm.h"

/* What runs in a hook. */
struct program {
    char *path;    /* NULL: nothing */
    struct vm *vm; /* the hooks share one; with ntopng's compat, one each */
    struct vm_code code; /* of the script; no bytes: it was not loaded */
    enum fc_hook_state state;
    struct guard guard;
};

/* Zeroed: an empty set. */
struct programs {
    struct program hook[FC_HOOKS];
    bool unknown_company; /* for lint: other hooks may have scripts too */
};

/* What a set is made with. */
struct programs_plan {
    const struct host_link *link;
    const struct conf *conf;
    struct vm_services services; /* of each VM; tick goes to the first only */
    /* Told of each script that cannot be read or compiled; context is that of
     * the services. */
    void (*failed)(void *context, enum fc_hook hook, const char *path,
                   enum fc_failure kind, const char *text);
};

/*
 * Makes a set. Scripts that are missing are logged, those that do not load told
 * to plan->failed; that is no failure. Returns FC_OK, or FC_ERROR_MEMORY with
 * *programs empty.
 */
enum fc_status programs_make(struct programs *programs,
                             const struct programs_plan *plan);

void programs_free(struct programs *programs);

/*
 * Puts a new VM in the place of one that is spent, with the same programs, as
 * they were compiled: that takes no longer for a script that compiles slowly.
 * Guards and states stay. Returns false when there is no memory, and the old VM
 * stays.
 */
bool programs_renew(struct programs *programs, struct vm *spent,
                    const struct programs_plan *plan);

/*
 * Hands what is wrong with the scripts, as their files are now, to found, with
 * context. Returns FC_OK, or FC_ERROR_MEMORY: then findings may be missing.
 */
enum fc_status programs_lint(const struct programs *programs, size_t size_max,
                             fc_finding_fn *found, void *context);

/* Whether any script is broken, or any is ready to run. */
bool programs_have(const struct programs *programs, enum fc_hook_state state);

#endif
