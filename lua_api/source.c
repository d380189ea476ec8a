/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * source - compiles text, but for what Lua cannot cope with.
 *
 * To name a variable in an error message, Lua before 5.4.7 follows a chain of
 * names like a.b.c.d back to its start, and reads its function from the first
 * instruction on for each link: 30,000 links take 0.6 s, in C, where nothing
 * can stop it, and 150,000 overflow its stack. So the parser (scan.h) reads the
 * text first, and what it does not follow is refused, too.
 *
 * Lua's compiler takes time that grows with the square of some texts: a
 * megabyte of "x = a or a or a" takes a minute. It gets its text in pieces, and
 * no further one when it is over its time.
 */
#include <lauxlib.h>
#include <stdio.h>
#include <time.h>

#include "limit.h"
#include "scan.h"

/* Bytes between two looks at the time: 1 ms of work in what was tried, less
 * than a run is waited for (WATCHDOG_PATIENCE_MS). */
#define PIECE_LEN 128
#define NS_PER_MS 1000000

struct reading {
    const struct vm *vm;
    const char *at;
    size_t left;
    long long deadline; /* CPU time of the thread, in ns; 0: none */
    bool stopped;
};

/* The C library says so of all Linux threads. */
static long long cpu_time(void)
{
    struct timespec spent;

    if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent) != 0)
        return 0;
    return spent.tv_sec * 1000LL * NS_PER_MS + spent.tv_nsec;
}

/* A module is also part of the run that requires it. */
static bool is_over_time(const struct reading *reading)
{
    return reading->vm->out_of_time ||
           (reading->deadline != 0 && cpu_time() > reading->deadline);
}

/* A lua_Reader. Without an error of its own: Lua's handler would see it. */
static const char *read_piece(lua_State *L, void *data, size_t *len)
{
    struct reading *reading = data;
    const char *piece = reading->at;

    (void)L;
    if (reading->left > 0 && is_over_time(reading))
        reading->stopped = true;
    *len = reading->left < PIECE_LEN ? reading->left : PIECE_LEN;
    if (*len == 0 || reading->stopped)
        return NULL;
    reading->at += *len;
    reading->left -= *len;
    return piece;
}

/* The line of a place in the text, as Lua counts. */
static unsigned line_of(const struct vm_source *source, const char *place)
{
    struct lexer lexer = { source->text, place, 1 };

    while (lexer.at < lexer.end)
        lexer_next(&lexer);
    return lexer.line;
}

/*
 * Pushes a message with "file:line: " in front, as Lua's own have it, and
 * returns the status.
 */
static int refuse(lua_State *L, const struct vm_source *source, unsigned line,
                  const char *message)
{
    int status = luaL_loadbufferx(L, "", 0, source->name, "t");
    lua_Debug chunk;

    if (status != LUA_OK)
        return status;
    lua_getinfo(L, ">S", &chunk);
    lua_pushfstring(L, "%s:%d: %s", chunk.short_src, (int)line, message);
    return LUA_ERRSYNTAX;
}

static int refuse_fault(lua_State *L, const struct vm_source *source,
                        const struct scan_verdict *verdict)
{
    static const char *const messages[] = {
        [FAULT_PARSE] = "this is Lua, but it cannot be checked here: write it "
                        "in another way",
        [FAULT_DEPTH] = "blocks, functions or expressions are nested more than "
                        "200 deep: take the inner ones out",
        [FAULT_LINKS] = "a chain of more than 500 names, as in a.b.c, is too "
                        "long: break it up with locals",
        [FAULT_WORK] = "a chain of %u names, as in a.b.c, is too long in a "
                       "function with so much in front of it: break it up "
                       "with locals",
        [FAULT_JUMPS] = "a function with more than 5000 \"goto\" and "
                        "\"break\" is too large: break it up",
    };
    char message[256];

    snprintf(message, sizeof message, messages[verdict->fault], verdict->links);
    return refuse(L, source, verdict->line, message);
}

static int refuse_slow(lua_State *L, const struct vm_source *source,
                       const char *place)
{
    char message[256];

    snprintf(message, sizeof message,
             "compiling this takes more than %u ms of CPU time: break up long "
             "chains of and, or, elseif and goto, or raise run_ms",
             LIMIT_LOAD_RUNS * vm_of(L)->run_ms);
    return refuse(L, source, line_of(source, place), message);
}

/* Compiles while there is time. */
static int compile(lua_State *L, const struct vm_source *source)
{
    struct reading reading = { .vm = vm_of(L),
                               .at = source->text,
                               .left = source->len };
    long long budget = reading.vm->run_ms;
    int status;

    if (budget > 0)
        reading.deadline = cpu_time() + budget * LIMIT_LOAD_RUNS * NS_PER_MS;
    status = lua_load(L, read_piece, &reading, source->name, "t");
    if (!reading.stopped)
        return status;
    lua_pop(L, 1);
    return refuse_slow(L, source, reading.at);
}

/* Whether a text is refused whatever Lua says of it. */
static bool is_harmful(enum scan_fault fault)
{
    return fault != FAULT_NONE && fault != FAULT_PARSE && fault != FAULT_DEPTH;
}

/* The parser has memory of its own, so that it is not left half way. */
static struct scan_verdict judge(struct vm *vm, const struct vm_source *source)
{
    struct scan_verdict verdict;

    limit_hold(vm);
    verdict = scan_judge(source->text, source->len);
    limit_release(vm);
    return verdict;
}

int load_source(lua_State *L, const struct vm_source *source)
{
    struct scan_verdict verdict = judge(vm_of(L), source);
    int status;

    if (is_harmful(verdict.fault))
        return refuse_fault(L, source, &verdict);
    status = compile(L, source);
    if (status != LUA_OK || verdict.fault == FAULT_NONE)
        return status;
    lua_pop(L, 1);
    return refuse_fault(L, source, &verdict);
}
