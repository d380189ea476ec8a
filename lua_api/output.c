/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * output - print, tprint and io.write: what a script prints goes to the VM's
 * owner, line by line. An unfinished line is kept until its end comes, or the
 * run is over.
 */
#include <lauxlib.h>
#include <string.h>

#include "limit.h"

/* tprint stops here: a table may contain itself. */
#define TPRINT_DEPTH 16
#define TPRINT_ITEMS 1000

/* Hands a line over, an empty one too. */
static void end_line(struct vm *vm)
{
    vm->line[vm->line_len] = '\0';
    vm->line_len = 0;
    limit_hold(vm);
    vm->services.print(vm->services.context, vm->line);
    limit_release(vm);
}

void output_flush(struct vm *vm)
{
    if (vm->line_len > 0)
        end_line(vm);
}

/* A line costs its owner a system call, so that each looks at the alarm. may
 * raise */
static void finish_line(lua_State *L)
{
    end_line(vm_of(L));
    limit_poll(L);
}

/* may raise */
static void write_byte(lua_State *L, char byte)
{
    struct vm *vm = vm_of(L);

    if (byte == '\n') {
        finish_line(L);
        return;
    }
    if (vm->line_len == VM_LINE_MAX - 1)
        finish_line(L);
    /* A line is a C string from here on. */
    vm->line[vm->line_len++] = byte == '\0' ? ' ' : byte;
}

/* may raise */
static void write_bytes(lua_State *L, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        write_byte(L, text[i]);
}

/*
 * Writes a value as tostring() shows it. A call may write ten thousand of half
 * a megabyte each, so that each looks at the alarm. may raise
 */
static void write_value(lua_State *L, int index)
{
    size_t len;
    const char *text = luaL_tolstring(L, index, &len);

    limit_poll(L);
    write_bytes(L, text, len);
    lua_pop(L, 1);
}

static int output_print(lua_State *L)
{
    int n = lua_gettop(L);

    for (int i = 1; i <= n; i++) {
        if (i > 1)
            write_byte(L, '\t');
        write_value(L, i);
    }
    finish_line(L);
    return 0;
}

/*
 * io.write takes strings and numbers only and returns what io.write("a"):write
 * can be called on: the table io, its upvalue.
 */
static int output_write(lua_State *L)
{
    int n = lua_gettop(L);
    int first = lua_rawequal(L, 1, lua_upvalueindex(1)) ? 2 : 1;

    for (int i = first; i <= n; i++) {
        size_t len;
        const char *text = luaL_checklstring(L, i, &len);

        limit_poll(L);
        write_bytes(L, text, len);
    }
    lua_pushvalue(L, lua_upvalueindex(1));
    return 1;
}

struct tprint {
    int depth;
    int items;
};

static void tprint_value(lua_State *L, int index, struct tprint *state);

/* Writes each entry as "path.key type value". may raise */
static void tprint_table(lua_State *L, int index, struct tprint *state)
{
    int path = lua_gettop(L);

    luaL_checkstack(L, 6, "tprint");
    for (lua_pushnil(L); lua_next(L, index) != 0; lua_pop(L, 1)) {
        int key = lua_gettop(L) - 1;

        limit_poll(L);
        if (state->items == 0) {
            lua_pop(L, 2);
            return;
        }
        lua_pushvalue(L, path);
        if (lua_rawlen(L, path) > 0)
            lua_pushliteral(L, ".");
        else
            lua_pushliteral(L, "");
        luaL_tolstring(L, key, NULL);
        lua_concat(L, 3);
        tprint_value(L, key + 1, state);
        lua_pop(L, 1);
    }
}

/* Writes the value at index, whose path is on top of the stack. may raise */
static void tprint_value(lua_State *L, int index, struct tprint *state)
{
    bool table = lua_istable(L, index);
    const char *type = luaL_typename(L, index);

    state->items--;
    write_value(L, lua_gettop(L));
    write_byte(L, ' ');
    write_bytes(L, type, strlen(type));
    if (!table) {
        write_byte(L, ' ');
        write_value(L, index);
    }
    finish_line(L);
    if (table && --state->depth > 0)
        tprint_table(L, index, state);
    if (table)
        state->depth++;
}

static int output_tprint(lua_State *L)
{
    struct tprint state = { TPRINT_DEPTH, TPRINT_ITEMS };

    luaL_checkany(L, 1);
    lua_settop(L, 1);
    lua_pushliteral(L, "");
    tprint_value(L, 1, &state);
    return 0;
}

void open_output(lua_State *L)
{
    lua_register(L, "print", output_print);
    lua_register(L, "tprint", output_tprint);
    lua_getglobal(L, "io");
    lua_pushvalue(L, -1);
    protect_table(L); /* what a script sees as io, and io.write returns */
    lua_pushvalue(L, -1);
    lua_setglobal(L, "io");
    lua_pushcclosure(L, output_write, 1);
    lua_setfield(L, -2, "write");
    lua_pop(L, 1);
}
