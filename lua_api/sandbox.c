/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sandbox - which names of Lua's own library a script sees.
 *
 * An allow-list: a library is opened, every name that is not listed here is
 * taken out, and in its place goes a function that raises an error with the
 * name and the reason. A name that a newer Lua adds is therefore unknown to
 * scripts until somebody lists it.
 */
#include <lauxlib.h>
#include <lualib.h>
#include <string.h>

#include "limit.h"

struct library {
    const char *name; /* NULL: the globals */
    lua_CFunction open;
    const char *allowed; /* names, each between two spaces */
};

static const struct library libraries[] = {
    { NULL, luaopen_base,
      " _G _VERSION assert error getmetatable ipairs next pairs pcall rawequal"
      " rawget rawlen rawset select tonumber tostring type xpcall " },
    { "string", open_strings,
      " byte char find format gmatch gsub len lower match pack packsize rep"
      " reverse sub unpack upper " },
    { "table", open_tables, " concat insert move pack remove sort unpack " },
    { "math", luaopen_math,
      " abs acos asin atan ceil cos deg exp floor fmod huge log max maxinteger"
      " min mininteger modf pi rad random randomseed sin sqrt tan tointeger"
      " type ult " },
    { "utf8", open_utf8, " char charpattern codepoint codes len offset " },
    { "os", luaopen_os, " clock date difftime time " },
};

struct blocked {
    const char *library; /* NULL: the globals */
    const char *names;
    const char *reason;
};

static const struct blocked blocked[] = {
    { NULL, "dofile load loadfile loadstring",
      "it runs code that is not in the script; use require" },
    { NULL, "warn", "nobody reads it; use print" },
    { "string", "dump", "it makes bytecode, which can crash Lua" },
    { "os", "execute exit getenv remove rename setlocale tmpname",
      "it reaches out of the check, into the host" },
    { "io", "close input lines open output popen read tmpfile type",
      "it opens files and programs; io.write and print go to the log" },
    { "io", "flush", "the log has each line at once; leave it out" },
    { "debug",
      "debug gethook getinfo getlocal getmetatable getregistry getupvalue"
      " getuservalue sethook setlocal setmetatable setupvalue setuservalue"
      " traceback upvalueid upvaluejoin setcstacklimit",
      "it reaches behind the limits of a check" },
    { "coroutine", "close create isyieldable resume running status wrap yield",
      "a coroutine escapes the limits of a check" },
};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static bool is_listed(const char *names, const char *name)
{
    size_t len = strlen(name);

    for (const char *at = names; (at = strstr(at, name)) != NULL; at++)
        if (at[-1] == ' ' && at[len] == ' ')
            return true;
    return false;
}

/* Removes what is not listed from the table on top of the stack. may raise */
static void prune(lua_State *L, const char *allowed)
{
    for (lua_pushnil(L); lua_next(L, -2) != 0;) {
        lua_pop(L, 1);
        if (!is_listed(allowed, lua_tostring(L, -1))) {
            lua_pushvalue(L, -1);
            lua_pushnil(L);
            lua_rawset(L, -4);
        }
    }
}

/* What stands in a blocked name's place: upvalues are the name, the reason. */
static int call_blocked(lua_State *L)
{
    return raise_error(L, FC_FAILURE_BLOCKED,
                       "%s is not for flow checks: %s (see "
                       "flow-check-script(7), SANDBOX)",
                       lua_tostring(L, lua_upvalueindex(1)),
                       lua_tostring(L, lua_upvalueindex(2)));
}

const char *blocked_reason(lua_State *L)
{
    const char *reason = NULL;

    if (lua_tocfunction(L, -1) != call_blocked)
        return NULL;
    if (lua_getupvalue(L, -1, 2) != NULL) {
        reason = lua_tostring(L, -1);
        lua_pop(L, 1);
    }
    return reason;
}

/* Puts a stub for a name into the table on top of the stack. may raise */
static void block(lua_State *L, const struct blocked *row, const char *name,
                  size_t len)
{
    lua_pushlstring(L, name, len);
    if (row->library != NULL)
        lua_pushfstring(L, "%s.%s", row->library, lua_tostring(L, -1));
    else
        lua_pushvalue(L, -1);
    lua_pushstring(L, row->reason);
    lua_pushcclosure(L, call_blocked, 2);
    lua_rawset(L, -3);
}

static void block_names(lua_State *L, const struct blocked *row)
{
    const char *name = row->names;

    while (*name != '\0') {
        size_t len = strcspn(name, " ");

        block(L, row, name, len);
        name += len + strspn(name + len, " ");
    }
}

/* Pushes a library's table, made when it is missing. may raise */
static void push_library(lua_State *L, const char *name)
{
    if (name == NULL)
        lua_pushglobaltable(L);
    else if (lua_getglobal(L, name) != LUA_TTABLE) {
        lua_pop(L, 1);
        lua_newtable(L);
        lua_pushvalue(L, -1);
        lua_setglobal(L, name);
    }
}

/* Answers "count"; all else does nothing, as the module collects. */
static int collect_garbage(lua_State *L)
{
    const char *option = luaL_optstring(L, 1, "collect");

    if (strcmp(option, "count") == 0)
        lua_pushnumber(L, (lua_Number)vm_of(L)->memory.used / 1024);
    else
        lua_pushinteger(L, 0);
    return 1;
}

/* Hides the metatable of strings, through which all of them could be changed.
 */
static void protect_strings(lua_State *L)
{
    lua_pushliteral(L, "");
    lua_getmetatable(L, -1);
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_pop(L, 2);
}

void open_sandbox(lua_State *L)
{
    for (size_t i = 0; i < COUNT(libraries); i++) {
        const struct library *library = &libraries[i];

        luaL_requiref(L, library->name ? library->name : "_G", library->open,
                      1);
        prune(L, library->allowed);
        lua_pop(L, 1);
    }
    open_calls(L);
    open_metatable(L);
    lua_register(L, "collectgarbage", collect_garbage);
    open_times(L);
    protect_strings(L);
    for (size_t i = 0; i < COUNT(blocked); i++) {
        push_library(L, blocked[i].library);
        block_names(L, &blocked[i]);
        lua_pop(L, 1);
    }
}

/*
 * Errors and tracebacks look a function's name up in the tables of loaded
 * libraries, _G first, once for each line: with 131,072 globals that took
 * 125 ms. They get copies of the tables as they are now, out of scripts' reach.
 */
void open_names(lua_State *L)
{
    lua_newtable(L);
    for (size_t i = 0; i < COUNT(libraries); i++) {
        lua_newtable(L);
        push_library(L, libraries[i].name);
        for (lua_pushnil(L); lua_next(L, -2) != 0;) {
            lua_pushvalue(L, -2);
            lua_insert(L, -2);
            lua_rawset(L, -5);
        }
        lua_pop(L, 1);
        lua_setfield(L, -2, libraries[i].name ? libraries[i].name : "_G");
    }
    lua_setfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
}
