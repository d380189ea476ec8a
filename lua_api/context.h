/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * context - what the functions that a script calls share: the VM behind a
 * lua_State, and the flow that it looks at. Private to lua_api/.
 *
 * A function whose comment says "may raise" leaves by longjmp when it fails:
 * its caller must own nothing that needs freeing.
 */
#ifndef FC_CONTEXT_H
#define FC_CONTEXT_H

#include <lua.h>
#include <setjmp.h>

#include "memory.h"
#include "vm.h"
#include "watchdog.h"

/* An unfinished line of script output, longer ones are broken. */
#define VM_LINE_MAX 1024

struct vm {
    lua_State *L; /* NULL: a run had to be left, and nothing can run */
    struct memory memory;
    struct vm_services services;
    /* Set just before a run and NULL right after: no handle can dangle. */
    const struct fc_flow *flow;
    /* The error value that a function of ours raised, and its kind. */
    const void *raised;
    enum fc_failure raised_kind;
    struct vm_error error;

    /* Limits (limit.h). The alarm is also raised in a signal handler. */
    volatile bool alarm;
    volatile bool out_of_time;
    bool hooked;    /* the hook that answers the alarm is set */
    bool condemned; /* this run has been, and why: */
    enum fc_failure verdict;
    bool spent;           /* full of what a run that is over left behind */
    uint64_t collections; /* all that an alarm has caused */
    char refused_at[LUA_IDSIZE + 16]; /* "file:line: " of refused memory */
    unsigned run_ms;                  /* of CPU time, that a run may take */
    struct watched watched;
    struct watchdog *watchdog;
    jmp_buf escape; /* the way out of a run that cannot be stopped */

    unsigned grasped; /* protected tables that some chunk can get hold of */

    size_t line_len;
    char line[VM_LINE_MAX];
};

/* The VM of a lua_State, which keeps it in its extra space. */
static inline struct vm *vm_of(lua_State *L)
{
    return *(struct vm **)lua_getextraspace(L);
}

/*
 * Raises an error of a kind, with file:line of the script in front. Never
 * returns; the int is for "return raise_error(...)".
 */
int raise_error(lua_State *L, enum fc_failure kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Raises: there is no flow. */
void raise_no_flow(lua_State *L);

/* The current flow. May raise: there is none outside a run. */
static inline const struct fc_flow *current_flow(lua_State *L)
{
    const struct fc_flow *flow = vm_of(L)->flow;

    if (__builtin_expect(flow == NULL, 0))
        raise_no_flow(L);
    return flow;
}

/*
 * Each opens one part of what a script sees, on a new state. May raise; the
 * stack is as before.
 */
void open_sandbox(lua_State *L); /* the allow-list of Lua's own library */
void open_flow(lua_State *L);    /* flow.* */
void open_output(lua_State *L);  /* print, tprint, io.write */
void open_modules(lua_State *L); /* require, package, ntop */
void open_names(lua_State *L);   /* of functions so far, for errors */

/* Parts of Lua's library that are ours; each pushes or fills a table. */
int open_tables(lua_State *L);     /* a lua_CFunction, as luaopen_table */
int open_strings(lua_State *L);    /* likewise; Lua's own with ours put in */
int open_utf8(lua_State *L);       /* likewise */
void open_calls(lua_State *L);     /* pcall and xpcall */
void open_metatable(lua_State *L); /* setmetatable */
void open_times(lua_State *L);     /* os.time and os.date */

/* What the parts above are made of. */
int flow_trigger_alert(lua_State *L);
int flow_http(lua_State *L);
int flow_dns(lua_State *L);
int flow_ssh(lua_State *L);
int flow_tls_quic(lua_State *L);
/* Makes the metatables behind the four tables' short names. May raise. */
void open_l7(lua_State *L);

/*
 * Compiles text; pushes the function and returns LUA_OK, or pushes a message
 * and returns another status.
 */
int load_source(lua_State *L, const struct vm_source *source);

/* Replaces the table on top of the stack by one that cannot be changed. */
void protect_table(lua_State *L);
/* Protects all that is open, last of all. May raise. */
void open_protection(lua_State *L);

/* The protected globals, as a set of bits: 1 << i is the ith. */
#define PROTECTED 8
#define ALL_PROTECTED ((1u << PROTECTED) - 1)
extern const char *const protected_names[PROTECTED];

/* The ones of which a chunk could get hold. Any text will do. */
unsigned grasped_tables(const struct vm_source *source);
/* Takes note of what a chunk that is about to be loaded could get hold of, and
 * protects it. May raise. */
void note_grasped(lua_State *L, unsigned grasped);
/* Sets a set of the globals to what a script should see there, whatever it has
 * made of them. May raise. */
void place_protected(lua_State *L, unsigned which);

/* What a linter asks (names.h). */

/* Why the function on top of the stack is blocked, or NULL: it is not. The
 * string lives as long as the function. */
const char *blocked_reason(lua_State *L);
/* Replaces the table on top of the stack, should it be protected, by the one
 * behind; returns whether it was. may raise */
bool push_unprotected(lua_State *L);
/* Pushes the table of modules that are loaded, by name. */
void push_loaded_modules(lua_State *L);
/* The type of what a function of flow returns; LUA_TNONE for another one. */
int flow_result(lua_CFunction function);
/* Pushes a table of the keys of what a function of flow returns, short ones and
 * long ones, each with a value of the type that it has, and returns true; false
 * for another function. may raise */
bool push_l7_names(lua_State *L, lua_CFunction function);
/* What flow.direction() returns: by compat, then by FC_FLOW_CLI_LOCAL |
 * FC_FLOW_SRV_LOCAL. */
#define FLOW_DIRECTIONS 4
extern const char *const flow_directions[2][FLOW_DIRECTIONS];

/* Hands an unfinished line of output to the owner. */
void output_flush(struct vm *vm);

#endif
