/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * metatable - setmetatable, without finalizers and without weak keys.
 *
 * A finalizer runs at a moment of the collector's choosing, when no flow is
 * current and no limit is watching.
 *
 * Weak keys make the collector quadratic: 28,000 of them, each reachable only
 * through the value of another one, took it 10.5 s in one go. Refusing them in
 * setmetatable is not enough, because the collector looks at "__mode" whenever
 * it comes to a table, and a script can set that key later, under any name for
 * it that it puts together. So Lua's own name for it, the one string that the
 * collector compares keys with, is changed to one that no script knows. What a
 * script calls "__mode" then means nothing to Lua; setmetatable reads it, and
 * gives a table with weak values a metatable under Lua's own name.
 */
#include <lauxlib.h>
#include <string.h>
#include <sys/random.h>

#include "limit.h"

/* Registry key of Lua's own name for "__mode". */
static const char mode_key = 'm';
/* In a metatable that stands for another one: that one. */
static const char stands_for_key = 's';

/*
 * Lua keeps one copy of each short string, and compares keys by their address.
 * The copy of "__mode" is made with the state and is never collected. With
 * other bytes in it, Lua makes a new string for a script's "__mode", and the
 * two are different keys. The bytes are random, as a script that knew them
 * could come by this string. may raise
 */
static void rename_mode(lua_State *L)
{
    const char *name = lua_pushliteral(L, "__mode");

    if (getentropy((void *)(uintptr_t)name, strlen("__mode")) != 0)
        luaL_error(L, "no random bytes");
    lua_rawsetp(L, LUA_REGISTRYINDEX, &mode_key);
}

/* Copies the metatable at 2 to the new table on top. may raise */
static void copy_metatable(lua_State *L)
{
    int copy = lua_gettop(L);

    for (lua_pushnil(L); lua_next(L, 2) != 0;) {
        limit_poll(L);
        lua_pushvalue(L, -2);
        lua_insert(L, -2);
        lua_rawset(L, copy);
    }
}

/*
 * Replaces the metatable at 2 by one for weak values, in which getmetatable
 * finds the script's own. may raise
 */
static void use_weak_values(lua_State *L)
{
    lua_newtable(L);
    copy_metatable(L);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &mode_key);
    lua_pushliteral(L, "v");
    lua_rawset(L, -3);
    lua_pushliteral(L, "__metatable");
    if (lua_rawget(L, -2) == LUA_TNIL) {
        lua_pushliteral(L, "__metatable");
        lua_pushvalue(L, 2);
        lua_rawset(L, -4);
    }
    lua_pop(L, 1);
    lua_pushvalue(L, 2);
    lua_rawsetp(L, -2, &stands_for_key);
    lua_replace(L, 2);
}

/* What the metatable at 2 asks for. may raise */
static bool wants_weak_values(lua_State *L)
{
    const char *mode;
    bool weak;

    lua_pushliteral(L, "__mode");
    mode = lua_rawget(L, 2) == LUA_TSTRING ? lua_tostring(L, -1) : "";
    if (strchr(mode, 'k') != NULL)
        raise_error(L, FC_FAILURE_BLOCKED,
                    "weak keys (\"k\" in __mode) are not for flow checks: the "
                    "collector can take seconds over them; set entries to nil "
                    "when they are done, or use weak values, \"v\" (see "
                    "flow-check-script(7), SANDBOX)");
    weak = strchr(mode, 'v') != NULL;
    lua_pop(L, 1);
    return weak;
}

/* may raise */
static void refuse_finalizer(lua_State *L)
{
    lua_pushliteral(L, "__gc");
    if (lua_rawget(L, 2) != LUA_TNIL)
        raise_error(L, FC_FAILURE_BLOCKED,
                    "a metatable with __gc is not for flow checks: a finalizer "
                    "runs when no check does (see flow-check-script(7), "
                    "SANDBOX)");
    lua_pop(L, 1);
}

/* Whether the table at 1 has a metatable that must stay: __metatable, but not
 * the one that use_weak_values has set. may raise */
static bool is_protected(lua_State *L)
{
    bool is;

    if (luaL_getmetafield(L, 1, "__metatable") == LUA_TNIL)
        return false;
    lua_getmetatable(L, 1);
    lua_rawgetp(L, -1, &stands_for_key);
    is = !lua_rawequal(L, -1, -3);
    lua_pop(L, 3);
    return is;
}

static int set_metatable(lua_State *L)
{
    int type = lua_type(L, 2);

    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_argexpected(L, type == LUA_TNIL || type == LUA_TTABLE, 2,
                     "nil or table");
    lua_settop(L, 2);
    if (is_protected(L))
        return luaL_error(L, "cannot change a protected metatable");
    if (type == LUA_TTABLE) {
        refuse_finalizer(L);
        if (wants_weak_values(L))
            use_weak_values(L);
    }
    lua_setmetatable(L, 1);
    return 1;
}

void open_metatable(lua_State *L)
{
    rename_mode(L);
    lua_register(L, "setmetatable", set_metatable);
}
