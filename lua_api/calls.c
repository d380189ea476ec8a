/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * calls - pcall and xpcall that a condemned run cannot hide behind. Each calls
 * Lua's own, its upvalue, and passes the verdict on when it comes back.
 */
#include <lauxlib.h>

#include "limit.h"

/* Passes the call on to the function in the upvalue. may raise */
static int call_original(lua_State *L)
{
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
    limit_release_all(vm_of(L));
    limit_poll(L);
    return lua_gettop(L);
}

static int calls_pcall(lua_State *L)
{
    luaL_checkany(L, 1);
    return call_original(L);
}

/*
 * A message handler in front of the script's: Lua calls it for the verdict too,
 * and then with all hooks off, so nothing could stop it.
 */
static int guard_handler(lua_State *L)
{
    limit_release_all(vm_of(L));
    if (limit_is_condemned(L))
        return 1;
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
    return lua_gettop(L);
}

static int calls_xpcall(lua_State *L)
{
    luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_pushvalue(L, 2);
    lua_pushcclosure(L, guard_handler, 1);
    lua_replace(L, 2);
    return call_original(L);
}

static void wrap(lua_State *L, const char *name, lua_CFunction function)
{
    lua_getglobal(L, name);
    lua_pushcclosure(L, function, 1);
    lua_setglobal(L, name);
}

void open_calls(lua_State *L)
{
    wrap(L, "pcall", calls_pcall);
    wrap(L, "xpcall", calls_xpcall);
}
