/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * vm - a Lua virtual machine that runs flow checks.
 *
 * The public face of lua_api/: make a VM, load a chunk per hook, run a chunk
 * on a flow. It opens no file and reads no settings; whatever it needs from
 * outside it asks through struct vm_services. A VM belongs to one thread at a
 * time, and several may be alive at once.
 */
#ifndef FC_VM_H
#define FC_VM_H

#include <stdbool.h>
#include <stddef.h>

#include "flow_check.h"

struct vm;

/* Lua source text. */
struct vm_source {
    const char *name; /* for messages: a path */
    const char *text; /* not NUL-terminated */
    size_t len;
};

/* A program as it was compiled. free(bytes). */
struct vm_code {
    char *bytes;
    size_t len;
    unsigned grasped; /* protected tables that it may get hold of (grasp.c) */
};

/*
 * What a VM asks of its owner. All are called on the VM's thread, inside
 * vm_load or vm_run, but for tick; they must not call the VM back, nor longjmp.
 */
struct vm_services {
    void *context; /* handed to each call */

    /* An alert about the current flow: the score is not clamped, the message
     * not cut yet. */
    void (*trigger_alert)(void *context, long long score, const char *message,
                          size_t len);

    /* A line that the script printed, without its newline. */
    void (*print)(void *context, const char *line);

    /*
     * Finds the source of a module that a script requires. Returns true and
     * sets *source to text that the owner keeps until the next call, or false
     * and sets source->text to what follows "module 'name' " in the error:
     * "not found: no file of it in ...".
     */
    bool (*find_module)(void *context, const char *name,
                        struct vm_source *source);

    /*
     * Called some times a second, for whatever must not be done at each flow:
     * on a thread of the VM's own, at any moment of the VM's life. May be NULL.
     */
    void (*tick)(void *context);

    const char *install_dir; /* for ntop.getDirs(); outlives the VM */
    bool ntopng_compat;      /* ntopng's values where ours differ */

    /* For vm_lint: the names of all protocols that the host knows, up to a
     * NULL; outlives the VM. NULL: it does not say. */
    const char *const *protocol_names;
};

/* Why the last vm_load or vm_run failed. */
struct vm_error {
    enum fc_failure kind;
    char text[2048]; /* message with file:line, then a traceback */
};

/* What one run may use (limit.h). */
struct vm_limits {
    unsigned run_ms; /* CPU time, milliseconds */
    size_t memory;   /* bytes; see limit.c for what is promised */
};

/*
 * Makes a VM for the calling thread. services is copied, what it points to must
 * outlive the VM. Returns NULL when there is no memory, or nothing to watch the
 * time with (watchdog.h). Free with vm_free, on the same thread.
 */
struct vm *vm_new(const struct vm_services *services,
                  const struct vm_limits *limits);

void vm_free(struct vm *vm);

/*
 * Compiles a chunk as the program of a hook, instead of the one before, which
 * stays when this fails. The source is needed during the call only. Returns
 * false and sets vm_last_error on failure.
 */
bool vm_load(struct vm *vm, enum fc_hook hook, const struct vm_source *source);

/*
 * Saves the program of a hook that vm_load has loaded. Returns false when there
 * is no memory; then *code is as before.
 */
bool vm_save(struct vm *vm, enum fc_hook hook, struct vm_code *code);

/*
 * As vm_load, of what vm_save has saved, in the same process: Lua trusts it.
 * Nothing is compiled, which a script can make take long.
 */
bool vm_load_saved(struct vm *vm, enum fc_hook hook,
                   const struct vm_code *code);

/*
 * Runs a hook's program on a flow. Whatever it returns is ignored; globals
 * live on to the next run. Returns false and sets vm_last_error on failure.
 * The hook's program must have been loaded. Without a flow (NULL) the functions
 * of flow.* raise.
 */
bool vm_run(struct vm *vm, enum fc_hook hook, const struct fc_flow *flow);

/* Something in a script that is wrong, or likely to be. */
struct vm_finding {
    unsigned line; /* from 1; 0: of the file */
    enum fc_finding_severity severity;
    const char *text; /* one line, without the place; valid during the call */
};

typedef void vm_finding_fn(void *context, const struct vm_finding *finding);

/* The scripts of other hooks, which share a script's globals. */
struct vm_company {
    const struct vm_source *sources;
    size_t count;
    bool unknown; /* there may be others */
};

/*
 * Looks at a script without running it: whether it compiles, and what is wrong
 * with the names that it uses; of its company only which globals they use. The
 * programs of the hooks stay. Returns false when there is no memory; then
 * findings may be missing.
 */
bool vm_lint(struct vm *vm, const struct vm_source *source,
             const struct vm_company *company, vm_finding_fn *found,
             void *context);

/* The last failure; owned by the VM, valid until its next failure. */
const struct vm_error *vm_last_error(const struct vm *vm);

/*
 * Whether a run that was stopped for its memory left the VM full, or one that
 * could not be stopped took it along: there is little that can run in it now,
 * and a new one should take its place.
 */
bool vm_is_spent(const struct vm *vm);

/* What a VM holds, and what that has cost. */
struct vm_memory {
    size_t used;          /* bytes now */
    size_t peak;          /* most bytes at any moment */
    uint64_t collections; /* full ones, caused by an alarm */
    uint64_t allocations; /* blocks that were made or made larger, or smaller */
};

struct vm_memory vm_memory(const struct vm *vm);

/* Counts the peak of a VM as one of another that takes its place. */
void vm_inherit_peak(struct vm *vm, const struct vm *old);

#endif
