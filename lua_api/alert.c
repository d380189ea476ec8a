/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * alert - flow.triggerAlert(score, message): checks what the script handed
 * over and passes it on. What becomes of an alert is its owner's affair.
 */
#include <lauxlib.h>
#include <math.h>

#include "limit.h"

/* flow:triggerAlert(...) puts the flow table in front: as it is, our upvalue,
 * or shielded. */
static void drop_self(lua_State *L)
{
    bool is_self;

    if (!lua_istable(L, 1))
        return;
    lua_pushvalue(L, 1);
    push_unprotected(L);
    is_self = lua_rawequal(L, -1, lua_upvalueindex(1));
    lua_pop(L, 1);
    if (is_self)
        lua_remove(L, 1);
}

static long long clamp_to_long_long(lua_Number number)
{
    if (number >= 0x1p62)
        return (long long)0x1p62;
    if (number <= -0x1p62)
        return -(long long)0x1p62;
    return (long long)number;
}

/* may raise */
static long long check_score(lua_State *L)
{
    lua_Number number;

    if (lua_isinteger(L, 1))
        return lua_tointeger(L, 1);
    if (lua_type(L, 1) != LUA_TNUMBER)
        raise_error(L, FC_FAILURE_ARGUMENT,
                    "triggerAlert: the score must be a number, not %s",
                    lua_isnone(L, 1) ? "missing" : luaL_typename(L, 1));
    number = lua_tonumber(L, 1);
    if (!isfinite(number) || floor(number) != number)
        raise_error(L, FC_FAILURE_ARGUMENT,
                    "triggerAlert: the score must be a whole number, not %f",
                    number);
    return clamp_to_long_long(number);
}

/* A number is fine too, as in all of Lua. may raise */
static const char *check_message(lua_State *L, size_t *len)
{
    if (lua_type(L, 2) != LUA_TSTRING && lua_type(L, 2) != LUA_TNUMBER)
        raise_error(L, FC_FAILURE_ARGUMENT,
                    "triggerAlert: the message must be a string, not %s",
                    lua_isnone(L, 2) ? "missing" : luaL_typename(L, 2));
    return lua_tolstring(L, 2, len);
}

int flow_trigger_alert(lua_State *L)
{
    struct vm *vm = vm_of(L);
    const char *message;
    long long score;
    size_t len;

    current_flow(L); /* raises when there is none */
    drop_self(L);
    score = check_score(L);
    message = check_message(L, &len);
    limit_hold(vm);
    vm->services.trigger_alert(vm->services.context, score, message, len);
    limit_release(vm);
    return 0;
}
