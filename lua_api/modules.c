/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * modules - require, and the two tables that ntopng's scripts use around it:
 * package.path, which they may set but which is not searched, and ntop with
 * getDirs(). Where a module's text comes from is the VM's owner's affair;
 * "lua_utils" is built in, as its one function that checks use, tprint, is.
 */
#include <lauxlib.h>
#include <string.h>

#include "limit.h"

/* Registry key of the table of loaded modules, by name. */
static const char loaded_key = 'l';

void push_loaded_modules(lua_State *L)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, &loaded_key);
}

/* A name may go down ("lib.net" is lib/net.lua), never up or elsewhere. */
static bool is_module_name(const char *name, size_t len)
{
    return len > 0 &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz"
                        "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                        "0123456789_-.") == len &&
           name[0] != '.' && name[len - 1] != '.' && !strstr(name, "..");
}

/* Pushes the function that a module's text compiles to. may raise */
static void compile_module(lua_State *L, const char *name)
{
    struct vm *vm = vm_of(L);
    const struct vm_services *services = &vm->services;
    struct vm_source source = { 0 };
    bool found;

    limit_hold(vm);
    found = services->find_module(services->context, name, &source);
    limit_release(vm);
    if (!found) {
        raise_error(L, FC_FAILURE_RUNTIME, "module '%s' %s", name, source.text);
        return;
    }
    note_grasped(L, grasped_tables(&source));
    if (load_source(L, &source) == LUA_OK)
        return;
    limit_poll(L); /* the run may have been over its time */
    lua_error(L);
}

/* Runs a module and pushes its value: what it returns, or true. may raise */
static void run_module(lua_State *L, const char *name)
{
    compile_module(L, name);
    lua_pushstring(L, name);
    lua_call(L, 1, 1);
    if (lua_isnil(L, -1)) {
        lua_pop(L, 1);
        lua_pushboolean(L, 1);
    }
}

static int modules_require(lua_State *L)
{
    size_t len;
    const char *name = luaL_checklstring(L, 1, &len);

    lua_settop(L, 1);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &loaded_key);
    if (lua_getfield(L, 2, name) != LUA_TNIL)
        return 1;
    if (!is_module_name(name, len))
        return raise_error(L, FC_FAILURE_ARGUMENT,
                           "require: '%s' is no module name: letters, digits, "
                           "'_', '-' and single dots only",
                           name);
    run_module(L, name);
    lua_pushvalue(L, -1);
    lua_setfield(L, 2, name);
    return 1;
}

/* ntop.getDirs(): the directories that ntopng names, under the same keys. */
static int modules_get_dirs(lua_State *L)
{
    static const struct {
        const char *key;
        const char *below;
    } dirs[] = {
        { "installdir", "" },
        { "workingdir", "" },
        { "scriptdir", "/scripts" },
        { "httpdocsdir", "/httpdocs" },
        { "callbacksdir", "/scripts/callbacks" },
    };
    const char *install_dir = vm_of(L)->services.install_dir;

    lua_newtable(L);
    for (size_t i = 0; i < sizeof dirs / sizeof dirs[0]; i++) {
        lua_pushfstring(L, "%s%s", install_dir, dirs[i].below);
        lua_setfield(L, -2, dirs[i].key);
    }
    return 1;
}

/* The table of loaded modules begins with lua_utils. */
static void open_loaded(lua_State *L)
{
    lua_newtable(L);
    lua_newtable(L);
    lua_getglobal(L, "tprint");
    lua_setfield(L, -2, "tprint");
    protect_table(L);
    lua_setfield(L, -2, "lua_utils");
    lua_rawsetp(L, LUA_REGISTRYINDEX, &loaded_key);
}

void open_modules(lua_State *L)
{
    open_loaded(L);
    lua_register(L, "require", modules_require);
    lua_newtable(L);
    lua_pushliteral(L, "");
    lua_setfield(L, -2, "path");
    lua_pushliteral(L, "");
    lua_setfield(L, -2, "cpath");
    lua_setglobal(L, "package");
    lua_newtable(L);
    lua_pushcfunction(L, modules_get_dirs);
    lua_setfield(L, -2, "getDirs");
    lua_setglobal(L, "ntop");
}
