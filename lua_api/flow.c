/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * flow - the functions of flow.* that return one value. Each reads the current
 * flow and ignores its arguments, so that flow.bytes() and flow:bytes() are
 * the same.
 */
#include <arpa/inet.h>
#include <lauxlib.h>
#include <sys/socket.h>

#include "context.h"

/* may raise, as all functions of this file */
static int push_address(lua_State *L, const struct fc_flow *flow,
                        const uint8_t address[16])
{
    char text[INET6_ADDRSTRLEN];
    int family = flow->ip_version == 6 ? AF_INET6 : AF_INET;

    lua_pushstring(L, inet_ntop(family, address, text, sizeof text));
    return 1;
}

static int flow_cli(lua_State *L)
{
    const struct fc_flow *flow = current_flow(L);

    return push_address(L, flow, flow->cli_addr);
}

static int flow_srv(lua_State *L)
{
    const struct fc_flow *flow = current_flow(L);

    return push_address(L, flow, flow->srv_addr);
}

static int push_integer(lua_State *L, uint64_t value)
{
    lua_pushinteger(L, (lua_Integer)value);
    return 1;
}

static int flow_cli_port(lua_State *L)
{
    return push_integer(L, current_flow(L)->cli_port);
}

static int flow_srv_port(lua_State *L)
{
    return push_integer(L, current_flow(L)->srv_port);
}

static int flow_protocol(lua_State *L)
{
    return push_integer(L, current_flow(L)->l4_proto);
}

static int flow_vlan_id(lua_State *L)
{
    return push_integer(L, current_flow(L)->vlan_id);
}

static int flow_cli2srv_bytes(lua_State *L)
{
    return push_integer(L, current_flow(L)->cli2srv_bytes);
}

static int flow_srv2cli_bytes(lua_State *L)
{
    return push_integer(L, current_flow(L)->srv2cli_bytes);
}

static int flow_bytes(lua_State *L)
{
    const struct fc_flow *flow = current_flow(L);

    return push_integer(L, flow->cli2srv_bytes + flow->srv2cli_bytes);
}

static int push_time(lua_State *L, int64_t microseconds)
{
    lua_pushnumber(L, (lua_Number)microseconds / 1000000);
    return 1;
}

static int flow_first_seen(lua_State *L)
{
    return push_time(L, current_flow(L)->first_seen);
}

static int flow_last_seen(lua_State *L)
{
    return push_time(L, current_flow(L)->last_seen);
}

static int flow_l7_master_proto(lua_State *L)
{
    return push_integer(L, current_flow(L)->l7_master_proto);
}

static int flow_l7_proto(lua_State *L)
{
    return push_integer(L, current_flow(L)->l7_proto);
}

static int flow_l7_proto_name(lua_State *L)
{
    const char *name = current_flow(L)->l7_proto_name;

    lua_pushstring(L, name != NULL ? name : "Unknown");
    return 1;
}

static int flow_is_oneway(lua_State *L)
{
    const struct fc_flow *flow = current_flow(L);

    lua_pushboolean(L, (flow->cli2srv_packets == 0) !=
                           (flow->srv2cli_packets == 0));
    return 1;
}

static int flow_is_unicast(lua_State *L)
{
    lua_pushboolean(L, (current_flow(L)->flags & FC_FLOW_UNICAST) != 0);
    return 1;
}

const char *const flow_directions[2][FLOW_DIRECTIONS] = {
    { "remote2remote", "local2remote", "remote2local", "local2local" },
    { "remote2remote", "local@remote", "remote@local", "local@local" },
};

static int flow_direction(lua_State *L)
{
    uint32_t ends =
        current_flow(L)->flags & (FC_FLOW_CLI_LOCAL | FC_FLOW_SRV_LOCAL);

    lua_pushstring(L, flow_directions[vm_of(L)->services.ntopng_compat][ends]);
    return 1;
}

/* The type of what each returns, nil apart. */
static const struct {
    const char *name;
    lua_CFunction function;
    int result;
} functions[] = {
    { "cli", flow_cli, LUA_TSTRING },
    { "cli_port", flow_cli_port, LUA_TNUMBER },
    { "srv", flow_srv, LUA_TSTRING },
    { "srv_port", flow_srv_port, LUA_TNUMBER },
    { "protocol", flow_protocol, LUA_TNUMBER },
    { "vlan_id", flow_vlan_id, LUA_TNUMBER },
    { "is_oneway", flow_is_oneway, LUA_TBOOLEAN },
    { "is_unicast", flow_is_unicast, LUA_TBOOLEAN },
    { "cli2srv_bytes", flow_cli2srv_bytes, LUA_TNUMBER },
    { "srv2cli_bytes", flow_srv2cli_bytes, LUA_TNUMBER },
    { "bytes", flow_bytes, LUA_TNUMBER },
    { "first_seen", flow_first_seen, LUA_TNUMBER },
    { "last_seen", flow_last_seen, LUA_TNUMBER },
    { "l7_master_proto", flow_l7_master_proto, LUA_TNUMBER },
    { "l7_proto", flow_l7_proto, LUA_TNUMBER },
    { "l7_proto_name", flow_l7_proto_name, LUA_TSTRING },
    { "direction", flow_direction, LUA_TSTRING },
    { "http", flow_http, LUA_TTABLE },
    { "dns", flow_dns, LUA_TTABLE },
    { "ssh", flow_ssh, LUA_TTABLE },
    { "tls_quic", flow_tls_quic, LUA_TTABLE },
    { "triggerAlert", flow_trigger_alert, LUA_TNONE },
};
#define FUNCTIONS (sizeof functions / sizeof functions[0])

int flow_result(lua_CFunction function)
{
    for (size_t i = 0; i < FUNCTIONS; i++)
        if (functions[i].function == function)
            return functions[i].result;
    return LUA_TNONE;
}

void open_flow(lua_State *L)
{
    open_l7(L);
    lua_createtable(L, 0, (int)FUNCTIONS);
    for (size_t i = 0; i < FUNCTIONS; i++) {
        /* By this upvalue one knows that it was called with a colon. */
        lua_pushvalue(L, -1);
        lua_pushcclosure(L, functions[i].function, 1);
        lua_setfield(L, -2, functions[i].name);
    }
    protect_table(L);
    lua_setglobal(L, "flow");
}
