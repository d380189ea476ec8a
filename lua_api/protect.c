/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * protect - makes the tables that we hand to scripts unchangeable.
 *
 * A script sees an empty table, its shield, whose metatable finds every name in
 * the real table and refuses to set any. Nobody can come by the real one: the
 * metatable is hidden, pairs() walks it from a closure, and rawset refuses
 * shields. It costs a second look-up per access, 15 ns at each flow.bytes().
 *
 * So a global has its shield only once there is a chunk that could get hold of
 * the table (grasp.c); until then it is the real one.
 */
#include <lauxlib.h>

#include "context.h"

static int refuse_change(lua_State *L)
{
    return raise_error(L, FC_FAILURE_BLOCKED,
                       "%s of this table cannot be changed by a script (see "
                       "flow-check-script(7), SANDBOX)",
                       lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2)
                                                     : "an element");
}

/* The iterator of pairs(): the real table is its upvalue. */
static int next_name(lua_State *L)
{
    lua_settop(L, 2);
    if (lua_next(L, lua_upvalueindex(1)) != 0)
        return 2;
    lua_pushnil(L);
    return 1;
}

static int walk(lua_State *L)
{
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_pushcclosure(L, next_name, 1);
    lua_pushvalue(L, 1);
    lua_pushnil(L);
    return 3;
}

/* Replaces the table on top of the stack with a shield of it. may raise */
void protect_table(lua_State *L)
{
    lua_newtable(L);
    lua_createtable(L, 0, 4);
    lua_pushvalue(L, -3);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, refuse_change);
    lua_setfield(L, -2, "__newindex");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_pushvalue(L, -3);
    lua_pushcclosure(L, walk, 1);
    lua_setfield(L, -2, "__pairs");
    lua_setmetatable(L, -2);
    lua_remove(L, -2);
}

/* Whether the table at index is a shield. */
static bool is_shield(lua_State *L, int index)
{
    bool is = false;

    if (lua_istable(L, index) &&
        luaL_getmetafield(L, index, "__newindex") != LUA_TNIL) {
        is = lua_tocfunction(L, -1) == refuse_change;
        lua_pop(L, 1);
    }
    return is;
}

bool push_unprotected(lua_State *L)
{
    bool is = is_shield(L, -1);

    if (is) {
        luaL_getmetafield(L, -1, "__index");
        lua_remove(L, -2);
    }
    return is;
}

/* rawset goes past __newindex, but not past this. */
static int raw_set(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_checkany(L, 2);
    luaL_checkany(L, 3);
    if (is_shield(L, 1))
        return refuse_change(L);
    lua_settop(L, 3);
    lua_rawset(L, 1);
    return 1;
}

/* Registry key of the table of shields, by name. */
static const char shields_key = 's';

void open_protection(lua_State *L)
{
    lua_register(L, "rawset", raw_set);
    lua_createtable(L, 0, PROTECTED);
    for (int i = 0; i < PROTECTED; i++) {
        lua_getglobal(L, protected_names[i]);
        if (!is_shield(L, -1))
            protect_table(L);
        lua_pushvalue(L, -1);
        lua_setglobal(L, protected_names[i]);
        lua_setfield(L, -2, protected_names[i]);
    }
    lua_rawsetp(L, LUA_REGISTRYINDEX, &shields_key);
}

/* Sets these globals: to shields, those that are grasped. may raise */
static void place(lua_State *L, unsigned which, unsigned grasped)
{
    lua_pushglobaltable(L);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &shields_key);
    for (int i = 0; i < PROTECTED; i++) {
        if ((which & 1u << i) == 0)
            continue;
        lua_pushstring(L, protected_names[i]);
        lua_pushvalue(L, -1);
        lua_rawget(L, -3);
        if ((grasped & 1u << i) == 0)
            push_unprotected(L);
        lua_rawset(L, -4);
    }
    lua_pop(L, 2);
}

void place_protected(lua_State *L, unsigned which)
{
    place(L, which, vm_of(L)->grasped);
}

/* Noted only when the shields are in place. */
void note_grasped(lua_State *L, unsigned grasped)
{
    struct vm *vm = vm_of(L);
    unsigned now = grasped & ~vm->grasped;

    if (now == 0)
        return;
    place(L, now, now);
    vm->grasped |= now;
}
