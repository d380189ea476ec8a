/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * times - os.time and os.date, as Lua's, but that now is the packet time, and
 * that the C library is never left half way.
 *
 * mktime, localtime_r and strftime take the lock of the time zones. A run that
 * was left by a jump while it had that lock would stop each thread of the host
 * that tells the time, for ever. So these calls are held, and nothing else is:
 * what Lua does in between may raise, collect, or run a script's __index.
 */
#include <lauxlib.h>
#include <limits.h>
#include <string.h>
#include <time.h>

#include "limit.h"

/* Seconds since 1970, rounded down: -1 microsecond is in second -1. */
static lua_Integer whole_seconds(int64_t microseconds)
{
    return microseconds / 1000000 - (microseconds % 1000000 < 0);
}

/*
 * A script that reads a capture of last year lives in last year: now is the
 * packet time of its hook. Without a flow, or a host that knows the time, it
 * is what the machine's clock says.
 */
static lua_Integer time_now(lua_State *L)
{
    const struct fc_flow *flow = vm_of(L)->flow;

    if (flow != NULL && flow->time != 0)
        return whole_seconds(flow->time);
    if (flow != NULL && flow->last_seen != 0)
        return whole_seconds(flow->last_seen);
    return (lua_Integer)time(NULL);
}

/* A date's parts, as fields of a table. */

static void set_field(lua_State *L, int table, const char *key, int value)
{
    lua_pushinteger(L, value);
    lua_setfield(L, table, key);
}

/* may raise */
static void set_fields(lua_State *L, int table, const struct tm *date)
{
    lua_pushinteger(L, (lua_Integer)date->tm_year + 1900);
    lua_setfield(L, table, "year");
    set_field(L, table, "month", date->tm_mon + 1);
    set_field(L, table, "day", date->tm_mday);
    set_field(L, table, "hour", date->tm_hour);
    set_field(L, table, "min", date->tm_min);
    set_field(L, table, "sec", date->tm_sec);
    set_field(L, table, "yday", date->tm_yday + 1);
    set_field(L, table, "wday", date->tm_wday + 1);
    if (date->tm_isdst < 0)
        return;
    lua_pushboolean(L, date->tm_isdst);
    lua_setfield(L, table, "isdst");
}

/* A field of the table at 1, less what struct tm counts from. It may be absent
 * when otherwise is not negative. may raise */
static int get_field(lua_State *L, const char *key, int otherwise, int from)
{
    int type = lua_getfield(L, 1, key);
    int is_integer;
    lua_Integer value = lua_tointegerx(L, -1, &is_integer);

    lua_pop(L, 1);
    if (!is_integer && type != LUA_TNIL)
        return luaL_error(L, "field '%s' is not an integer", key);
    if (!is_integer && otherwise < 0)
        return luaL_error(L, "field '%s' missing in date table", key);
    if (!is_integer)
        return otherwise;
    if (value > (lua_Integer)INT_MAX + from ||
        value < (lua_Integer)INT_MIN + from)
        return luaL_error(L, "field '%s' is out-of-bound", key);
    return (int)(value - from);
}

/* Whether it is summer, -1 when the table does not say. may raise */
static int get_summer(lua_State *L)
{
    int type = lua_getfield(L, 1, "isdst");
    int is = type == LUA_TNIL ? -1 : lua_toboolean(L, -1);

    lua_pop(L, 1);
    return is;
}

/* may raise */
static void get_fields(lua_State *L, struct tm *date)
{
    *date = (struct tm){ .tm_year = get_field(L, "year", -1, 1900) };
    date->tm_mon = get_field(L, "month", -1, 1);
    date->tm_mday = get_field(L, "day", -1, 0);
    date->tm_hour = get_field(L, "hour", 12, 0);
    date->tm_min = get_field(L, "min", 0, 0);
    date->tm_sec = get_field(L, "sec", 0, 0);
    date->tm_isdst = get_summer(L);
}

/* os.time. mktime turns the 32nd of January into one of February, and so does
 * the table. */
static int tell_time(lua_State *L)
{
    struct vm *vm = vm_of(L);
    struct tm date;
    time_t time;

    if (lua_isnoneornil(L, 1)) {
        lua_pushinteger(L, time_now(L));
        return 1;
    }
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    get_fields(L, &date);
    limit_hold(vm);
    time = mktime(&date);
    limit_release(vm);
    set_fields(L, 1, &date);
    if (time == (time_t)-1)
        return luaL_error(L, "time result cannot be represented in this "
                             "installation");
    lua_pushinteger(L, time);
    return 1;
}

/* os.date. */

/* Longest format, in bytes; a conversion takes a microsecond. */
#define FORMAT_MAX 1024
/* Most bytes that a conversion makes, likewise in Lua's own. */
#define CONVERTED_MAX 250
/* Seconds, of either sign, whose year fits into an int. */
#define DATE_MAX INT64_C(1000000000000000)

/* Raises for a time of which there is no date. may raise */
static void get_date(lua_State *L, lua_Integer seconds, bool universal,
                     struct tm *date)
{
    struct vm *vm = vm_of(L);
    time_t time = (time_t)seconds;

    if (seconds > DATE_MAX || seconds < -DATE_MAX)
        luaL_error(L, "the time is too far from 1970");
    limit_hold(vm);
    if (universal)
        gmtime_r(&time, date);
    else
        localtime_r(&time, date);
    limit_release(vm);
}

/* The length of the conversion at a place, 0: Lua's manual, which refers to
 * C99, has none such. */
static size_t conversion_len(const char *at)
{
    static const char plain[] = "aAbBcCdDeFgGhHIjmMnprRStTuUVwWxXyYzZ%";

    if (*at == 'E')
        return at[1] != '\0' && strchr("cCxXyY", at[1]) != NULL ? 2 : 0;
    if (*at == 'O')
        return at[1] != '\0' && strchr("deHImMSuUVwWy", at[1]) != NULL ? 2 : 0;
    return *at != '\0' && strchr(plain, *at) != NULL ? 1 : 0;
}

/* Adds what the conversion behind a % makes; returns its length. may raise */
static size_t add_conversion(lua_State *L, luaL_Buffer *buffer, const char *at,
                             const struct tm *date)
{
    struct vm *vm = vm_of(L);
    size_t len = conversion_len(at);
    char conversion[4] = "%";
    char *to;

    if (len == 0)
        luaL_argerror(
            L, 1,
            lua_pushfstring(L, "invalid conversion specifier '%%%s'", at));
    memcpy(conversion + 1, at, len);
    to = luaL_prepbuffsize(buffer, CONVERTED_MAX);
    limit_hold(vm);
    luaL_addsize(buffer, strftime(to, CONVERTED_MAX, conversion, date));
    limit_release(vm);
    return len;
}

/* Pushes the date in a format. may raise */
static void push_date(lua_State *L, const char *format, const char *end,
                      const struct tm *date)
{
    luaL_Buffer buffer;

    luaL_buffinit(L, &buffer);
    while (format < end) {
        if (*format == '%')
            format += add_conversion(L, &buffer, format + 1, date);
        else
            luaL_addchar(&buffer, *format);
        format++;
    }
    luaL_pushresult(&buffer);
}

static int format_date(lua_State *L)
{
    size_t len;
    const char *format = luaL_optlstring(L, 1, "%c", &len);
    lua_Integer time =
        lua_isnoneornil(L, 2) ? time_now(L) : luaL_checkinteger(L, 2);
    bool universal = *format == '!';
    struct tm date;

    if (len > FORMAT_MAX)
        return luaL_error(L, "the format is longer than %d bytes", FORMAT_MAX);
    get_date(L, time, universal, &date);
    if (strcmp(format + universal, "*t") != 0) {
        push_date(L, format + universal, format + len, &date);
        return 1;
    }
    lua_createtable(L, 0, 9); /* the fields of a date */
    set_fields(L, lua_gettop(L), &date);
    return 1;
}

void open_times(lua_State *L)
{
    static const luaL_Reg functions[] = { { "time", tell_time },
                                          { "date", format_date },
                                          { NULL, NULL } };

    lua_getglobal(L, "os");
    luaL_setfuncs(L, functions, 0);
    lua_pop(L, 1);
}
