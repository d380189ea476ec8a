/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * subject - what bench_script measures: a script in the module, or in a Lua
 * state that has no more than the script needs.
 */
#ifndef FC_BENCH_SUBJECT_H
#define FC_BENCH_SUBJECT_H

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>

#include "flow_check.h"

struct subject {
    void (*run)(struct subject *subject, const struct fc_flow *flow);
    uint64_t alerts;
    size_t blocks; /* that Lua has asked for so far */
    size_t used;   /* bytes that Lua holds now */

    /* Of the floor and of collect. */
    lua_State *L;
    const struct fc_flow *flow;

    /* Of the module. */
    struct fc_check check;
    struct fc_host host;
    void *instance;
    char path[64]; /* of its script */
};

/* Ends the program with a sentence. */
void die(const char *what, const char *why) __attribute__((noreturn));

/*
 * The floor; with all, Lua's whole library and a full collection after each
 * run. subject is zeroed before.
 */
void open_bare(struct subject *subject, const char *script, bool all);
void close_bare(struct subject *subject);

/* The built module. subject is zeroed before. */
void open_module(struct subject *subject, const char *script);
void close_module(struct subject *subject);

/* Takes used and blocks from the module's own figures; no run has failed. */
void read_stats(struct subject *subject);

#endif
