/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * names - walks the tables of a VM. There is no list of names here: what the
 * other files open is what there is.
 */
#include "names.h"

#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "context.h"

/* Collecting. All that is allocated belongs to the struct names. */

static int compare_rows(const void *a, const void *b)
{
    return strcmp(((const struct name *)a)->text,
                  ((const struct name *)b)->text);
}

static void add_row(struct names *names, struct name_table *table,
                    const struct name *row)
{
    struct name *rows =
        reallocarray(table->rows, table->count + 1, sizeof *rows);

    if (rows == NULL) {
        names->out_of_memory = true;
        return;
    }
    rows[table->count++] = *row;
    table->rows = rows;
}

/* The row of a name whose value is on top of the stack, its key below. */
static struct name describe(lua_State *L)
{
    struct name row = { .type = lua_type(L, -1), .result = LUA_TNONE };

    row.text = lua_tolstring(L, -2, &row.len);
    if (row.type == LUA_TFUNCTION) {
        row.blocked = blocked_reason(L);
        row.result = flow_result(lua_tocfunction(L, -1));
    }
    return row;
}

/* Adds the names in the table on top of the stack, behind a shield or not. */
static void collect_rows(lua_State *L, struct names *names,
                         struct name_table *table)
{
    luaL_checkstack(L, 8, NULL);
    lua_pushvalue(L, -1);
    table->fixed = push_unprotected(L);
    for (lua_pushnil(L); lua_next(L, -2) != 0; lua_pop(L, 1)) {
        struct name row;

        if (lua_type(L, -2) != LUA_TSTRING)
            continue;
        row = describe(L);
        add_row(names, table, &row);
    }
    lua_pop(L, 1);
    if (table->count > 0)
        qsort(table->rows, table->count, sizeof *table->rows, compare_rows);
}

/* A table for what is behind a name, or NULL: there are too many. */
static struct name_table *add_table(struct names *names, struct name *owner)
{
    struct name_table *table = &names->tables[names->table_count];

    if (names->table_count == NAME_TABLES)
        return NULL;
    names->table_count++;
    table->title = owner->text;
    table->owner = owner;
    owner->table = table;
    return table;
}

/* The keys of the tables that functions of flow return. may raise */
static void collect_keys(lua_State *L, struct names *names,
                         const struct name_table *flow)
{
    for (size_t i = 0; i < flow->count; i++) {
        struct name *row = &flow->rows[i];

        lua_getfield(L, -1, row->text);
        if (push_l7_names(L, lua_tocfunction(L, -1))) {
            struct name_table *keys = add_table(names, row);

            if (keys != NULL)
                collect_rows(L, names, keys);
            lua_pop(L, 1);
        }
        lua_pop(L, 1);
    }
}

/* What is in the tables among the globals. may raise */
static void collect_libraries(lua_State *L, struct names *names)
{
    for (size_t i = 0; i < names->globals.count; i++) {
        struct name *row = &names->globals.rows[i];
        struct name_table *table;

        if (row->type != LUA_TTABLE || strcmp(row->text, "_G") == 0)
            continue;
        table = add_table(names, row);
        if (table == NULL)
            break;
        lua_getglobal(L, row->text);
        collect_rows(L, names, table);
        if (strcmp(row->text, "flow") == 0)
            collect_keys(L, names, table);
        lua_pop(L, 1);
    }
}

/* What the host says; NULL: nothing. */
static void collect_protocols(struct names *names,
                              const char *const *protocol_names)
{
    names->protocols.title = "";
    for (; protocol_names != NULL && *protocol_names != NULL; protocol_names++)
        add_row(names, &names->protocols,
                &(struct name){ .text = *protocol_names,
                                .len = strlen(*protocol_names) });
}

int names_collect(lua_State *L)
{
    struct names *names = lua_touserdata(L, 1);

    names->globals.title = "";
    lua_pushglobaltable(L);
    collect_rows(L, names, &names->globals);
    collect_libraries(L, names);
    push_loaded_modules(L);
    collect_rows(L, names, &names->modules);
    names->ntopng_compat = vm_of(L)->services.ntopng_compat;
    collect_protocols(names, vm_of(L)->services.protocol_names);
    return 0;
}

void names_free(struct names *names)
{
    free(names->globals.rows);
    free(names->modules.rows);
    free(names->protocols.rows);
    for (size_t i = 0; i < names->table_count; i++)
        free(names->tables[i].rows);
    memset(names, 0, sizeof *names);
}

/* Finding. */

static bool is_row(const struct name *row, const char *text, size_t len)
{
    return row->len == len && memcmp(row->text, text, len) == 0;
}

const struct name *names_find(const struct name_table *table, const char *text,
                              size_t len)
{
    for (size_t i = 0; i < table->count; i++)
        if (is_row(&table->rows[i], text, len))
            return &table->rows[i];
    return NULL;
}

const struct name *names_find_any_case(const struct name_table *table,
                                       const char *text, size_t len)
{
    for (size_t i = 0; i < table->count; i++)
        if (table->rows[i].len == len &&
            strncasecmp(table->rows[i].text, text, len) == 0)
            return &table->rows[i];
    return NULL;
}

/* Longest name that a misspelling is looked for: ntopng's keys have up to 40
 * bytes. */
#define NEAR_MAX 48

static size_t least(size_t a, size_t b, size_t c)
{
    size_t ab = a < b ? a : b;

    return ab < c ? ab : c;
}

/*
 * The edits (a byte put in, taken out, replaced, or exchanged with the next)
 * that make one name of the other; both have at most NEAR_MAX bytes.
 */
static size_t edit_distance(const char *a, size_t a_len, const char *b,
                            size_t b_len)
{
    size_t d[NEAR_MAX + 1][NEAR_MAX + 1];

    for (size_t i = 0; i <= a_len; i++)
        d[i][0] = i;
    for (size_t j = 0; j <= b_len; j++)
        d[0][j] = j;
    for (size_t i = 1; i <= a_len; i++)
        for (size_t j = 1; j <= b_len; j++) {
            size_t differ = a[i - 1] != b[j - 1];

            d[i][j] = least(d[i - 1][j] + 1, d[i][j - 1] + 1,
                            d[i - 1][j - 1] + differ);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1, d[i][j]);
        }
    return d[a_len][b_len];
}

const struct name *names_nearest(const struct name_table *table,
                                 const char *text, size_t len)
{
    const struct name *nearest = NULL;
    size_t best = len < 5 ? 2 : 3; /* this many are too many */

    if (len < 2 || len > NEAR_MAX)
        return NULL;
    for (size_t i = 0; i < table->count; i++) {
        const struct name *row = &table->rows[i];
        size_t distance;

        if (row->len > NEAR_MAX || row->blocked != NULL)
            continue;
        distance = edit_distance(text, len, row->text, row->len);
        if (distance < best) {
            best = distance;
            nearest = row;
        }
    }
    return nearest;
}
