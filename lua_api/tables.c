/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tables - the table library, rewritten so that it can be stopped: Lua's own
 * takes any length that a __len names for the truth and loops over it in C.
 *
 * These work on the table itself: a table with __len or __newindex is refused,
 * __index is not asked, so the work is bounded by what is really there; and
 * table.move and the like, which are told a range, look at the alarm at every
 * step. Sorting is a heap sort, which no order function can make slower than
 * n log n, nor lead out of the table.
 */
#include <lauxlib.h>

#include "limit.h"

/* A table that answers for itself would get wrong answers. may raise */
static void refuse_metamethod(lua_State *L, int index, const char *name)
{
    if (luaL_getmetafield(L, index, name) != LUA_TNIL)
        luaL_error(L,
                   "the table library works on plain tables: this one has %s",
                   name);
}

static lua_Integer length_of(lua_State *L, int index)
{
    luaL_checktype(L, index, LUA_TTABLE);
    refuse_metamethod(L, index, "__len");
    refuse_metamethod(L, index, "__newindex");
    return (lua_Integer)lua_rawlen(L, index);
}

/* Copies an element within the table at index 1. */
static void copy_element(lua_State *L, lua_Integer from, lua_Integer to)
{
    limit_poll(L);
    lua_rawgeti(L, 1, from);
    lua_rawseti(L, 1, to);
}

static int tables_insert(lua_State *L)
{
    lua_Integer end = length_of(L, 1) + 1;
    lua_Integer position = end;

    switch (lua_gettop(L)) {
    case 2:
        break;
    case 3:
        position = luaL_checkinteger(L, 2);
        luaL_argcheck(L, position >= 1 && position <= end, 2,
                      "position out of bounds");
        for (lua_Integer i = end; i > position; i--)
            copy_element(L, i - 1, i);
        break;
    default:
        return luaL_error(L, "insert takes a table, maybe a position, and a "
                             "value");
    }
    lua_rawseti(L, 1, position);
    return 0;
}

static int tables_remove(lua_State *L)
{
    lua_Integer len = length_of(L, 1);
    lua_Integer position = luaL_optinteger(L, 2, len);

    /* The place behind the end may be removed too, and 0 of an empty table. */
    if (lua_gettop(L) > 1)
        luaL_argcheck(L,
                      (position >= 1 && position <= len + 1) ||
                          (len == 0 && position == 0),
                      2, "position out of bounds");
    lua_rawgeti(L, 1, position);
    for (; position < len; position++)
        copy_element(L, position + 1, position);
    lua_pushnil(L);
    lua_rawseti(L, 1, position);
    return 1;
}

/* Arguments: source, first, last, new first, and maybe a destination. */
static int tables_move(lua_State *L)
{
    lua_Integer first = luaL_checkinteger(L, 2);
    lua_Integer last = luaL_checkinteger(L, 3);
    lua_Integer to = luaL_checkinteger(L, 4);
    int target = lua_isnoneornil(L, 5) ? 1 : 5;
    lua_Integer count, step = 1, i = 0;

    length_of(L, 1);
    length_of(L, target);
    lua_settop(L, 5);
    lua_pushvalue(L, target);
    if (last < first)
        return 1;
    luaL_argcheck(L, first > 0 || last < LUA_MAXINTEGER + first, 3,
                  "too many elements to move");
    count = last - first + 1;
    luaL_argcheck(L, to <= LUA_MAXINTEGER - count + 1, 4,
                  "destination wrap around");
    /* Onto itself and upwards, the end is copied first. */
    if (to > first && to <= last && lua_rawequal(L, 1, target)) {
        step = -1;
        i = count - 1;
    }
    for (; i >= 0 && i < count; i += step) {
        limit_poll(L);
        lua_rawgeti(L, 1, first + i);
        lua_rawseti(L, target, to + i);
    }
    return 1;
}

static void add_element(lua_State *L, luaL_Buffer *buffer, lua_Integer i)
{
    lua_rawgeti(L, 1, i);
    if (!lua_isstring(L, -1))
        luaL_error(L, "concat: element %I is a %s, not a string",
                   (LUAI_UACINT)i, luaL_typename(L, -1));
    luaL_addvalue(buffer);
    limit_check_length(L, luaL_bufflen(buffer));
}

static int tables_concat(lua_State *L)
{
    lua_Integer len = length_of(L, 1);
    size_t separator_len;
    const char *separator = luaL_optlstring(L, 2, "", &separator_len);
    lua_Integer first = luaL_optinteger(L, 3, 1);
    lua_Integer last = luaL_optinteger(L, 4, len);
    luaL_Buffer buffer;

    luaL_buffinit(L, &buffer);
    for (lua_Integer i = first; i <= last; i++) {
        add_element(L, &buffer, i);
        if (i == last)
            break; /* i + 1 could overflow */
        luaL_addlstring(&buffer, separator, separator_len);
    }
    luaL_pushresult(&buffer);
    return 1;
}

static int tables_unpack(lua_State *L)
{
    lua_Integer first = luaL_optinteger(L, 2, 1);
    lua_Integer last =
        lua_isnoneornil(L, 3) ? length_of(L, 1) : luaL_checkinteger(L, 3);
    lua_Unsigned count;

    luaL_checktype(L, 1, LUA_TTABLE);
    if (first > last)
        return 0;
    count = (lua_Unsigned)last - (lua_Unsigned)first + 1;
    if (count == 0 || count > LIMIT_RESULTS_MAX ||
        !lua_checkstack(L, (int)count))
        return luaL_error(L, "too many results to unpack");
    for (lua_Unsigned i = 0; i < count; i++)
        lua_rawgeti(L, 1, first + (lua_Integer)i);
    return (int)count;
}

static int tables_pack(lua_State *L)
{
    int n = lua_gettop(L);

    lua_createtable(L, n, 1);
    lua_insert(L, 1);
    for (int i = n; i >= 1; i--)
        lua_rawseti(L, 1, i);
    lua_pushinteger(L, n);
    lua_setfield(L, 1, "n");
    return 1;
}

/* Sorting. The table is at index 1, the order function or nil at 2. */

/* Whether the value at index a comes before the one at index b. */
static bool is_before(lua_State *L, int a, int b)
{
    bool before;

    limit_poll(L);
    if (lua_isnil(L, 2))
        return lua_compare(L, a, b, LUA_OPLT);
    lua_pushvalue(L, 2);
    lua_pushvalue(L, a > 0 ? a : a - 1);
    lua_pushvalue(L, b > 0 ? b : b - 2);
    lua_call(L, 2, 1);
    before = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return before;
}

/* Pushes the greater child of a node of the heap [1, size]; returns where. */
static lua_Integer push_child(lua_State *L, lua_Integer node, lua_Integer size)
{
    lua_Integer child = 2 * node;

    lua_rawgeti(L, 1, child);
    if (child == size)
        return child;
    lua_rawgeti(L, 1, child + 1);
    if (is_before(L, -2, -1)) {
        lua_remove(L, -2);
        return child + 1;
    }
    lua_pop(L, 1);
    return child;
}

/* Lets the value on top of the stack sink from node to its place; pops it. */
static void sink(lua_State *L, lua_Integer node, lua_Integer size)
{
    while (2 * node <= size) {
        lua_Integer child = push_child(L, node, size);

        if (!is_before(L, -2, -1)) {
            lua_pop(L, 1);
            break;
        }
        lua_rawseti(L, 1, node);
        node = child;
    }
    lua_rawseti(L, 1, node);
}

static int tables_sort(lua_State *L)
{
    lua_Integer len = length_of(L, 1);

    if (len > 1 && !lua_isnoneornil(L, 2))
        luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_settop(L, 2);
    for (lua_Integer node = len / 2; node >= 1; node--) {
        lua_rawgeti(L, 1, node);
        sink(L, node, len);
    }
    for (lua_Integer size = len; size > 1; size--) {
        lua_rawgeti(L, 1, size);
        lua_rawgeti(L, 1, 1);
        lua_rawseti(L, 1, size);
        sink(L, 1, size - 1);
    }
    return 0;
}

static const luaL_Reg functions[] = {
    { "concat", tables_concat }, { "insert", tables_insert },
    { "move", tables_move },     { "pack", tables_pack },
    { "remove", tables_remove }, { "sort", tables_sort },
    { "unpack", tables_unpack }, { NULL, NULL },
};

int open_tables(lua_State *L)
{
    luaL_newlib(L, functions);
    return 1;
}
