/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * names - which names a script sees, asked of a VM in which none has run:
 * globals, what is in the libraries, what is blocked and why, and what the
 * functions of flow return. Private to lua_api/.
 */
#ifndef FC_NAMES_H
#define FC_NAMES_H

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>

struct name_table;

struct name {
    const char *text; /* Lua's: lives as long as the VM */
    size_t len;
    const char *blocked; /* the reason, or NULL */
    int type;            /* LUA_T* of its value */
    int result;          /* of what flow.NAME() returns, else LUA_TNONE */
    const struct name_table *table; /* a library, or the keys of the result */
};

/* The names in one table, sorted. */
struct name_table {
    const char *title;        /* "string", "flow.dns()"; "" for the globals */
    const struct name *owner; /* whose value, or result, it is */
    bool fixed;               /* a script cannot change it */
    struct name *rows;
    size_t count;
};

#define NAME_TABLES 32

/* Zeroed: none. */
struct names {
    struct name_table globals;
    struct name_table modules;   /* those that are built in */
    struct name_table protocols; /* those that the host knows; 0: not said */
    struct name_table tables[NAME_TABLES];
    size_t table_count;
    bool ntopng_compat;
    bool out_of_memory;
};

/* A lua_CFunction: fills the struct names of its one argument, light userdata,
 * which the caller frees. may raise */
int names_collect(lua_State *L);
void names_free(struct names *names);

/* The row of a name, or NULL; likewise, capitals or not. */
const struct name *names_find(const struct name_table *table, const char *text,
                              size_t len);
const struct name *names_find_any_case(const struct name_table *table,
                                       const char *text, size_t len);

/* The name that text is most likely a misspelling of, or NULL. */
const struct name *names_nearest(const struct name_table *table,
                                 const char *text, size_t len);

#endif
