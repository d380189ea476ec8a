/* SPDX-License-Identifier: GPL-3.0-or-later */
/* subject_bare - getters as short as Lua lets them be. */
#include <arpa/inet.h>
#include <lauxlib.h>
#include <lualib.h>
#include <stdlib.h>

#include "subject.h"

static const struct fc_flow *flow_of(lua_State *L)
{
    return (*(struct subject **)lua_getextraspace(L))->flow;
}

static int push_address(lua_State *L, const uint8_t address[16])
{
    char text[INET6_ADDRSTRLEN];
    int family = flow_of(L)->ip_version == 6 ? AF_INET6 : AF_INET;

    lua_pushstring(L, inet_ntop(family, address, text, sizeof text));
    return 1;
}

static int get_cli(lua_State *L)
{
    return push_address(L, flow_of(L)->cli_addr);
}

static int get_srv(lua_State *L)
{
    return push_address(L, flow_of(L)->srv_addr);
}

#define NUMBER_GETTER(name, value)                \
    static int get_##name(lua_State *L)           \
    {                                             \
        const struct fc_flow *flow = flow_of(L);  \
                                                  \
        lua_pushinteger(L, (lua_Integer)(value)); \
        return 1;                                 \
    }
NUMBER_GETTER(cli_port, flow->cli_port)
NUMBER_GETTER(srv_port, flow->srv_port)
NUMBER_GETTER(protocol, flow->l4_proto)
NUMBER_GETTER(vlan_id, flow->vlan_id)
NUMBER_GETTER(cli2srv_bytes, flow->cli2srv_bytes)
NUMBER_GETTER(srv2cli_bytes, flow->srv2cli_bytes)
NUMBER_GETTER(bytes, flow->cli2srv_bytes + flow->srv2cli_bytes)
NUMBER_GETTER(l7_master_proto, flow->l7_master_proto)
NUMBER_GETTER(l7_proto, flow->l7_proto)

static int get_l7_proto_name(lua_State *L)
{
    lua_pushstring(L, flow_of(L)->l7_proto_name);
    return 1;
}

static int get_is_oneway(lua_State *L)
{
    lua_pushboolean(L, (flow_of(L)->cli2srv_packets == 0) !=
                           (flow_of(L)->srv2cli_packets == 0));
    return 1;
}

static int get_is_unicast(lua_State *L)
{
    lua_pushboolean(L, (flow_of(L)->flags & FC_FLOW_UNICAST) != 0);
    return 1;
}

static int get_direction(lua_State *L)
{
    static const char *const names[4] = { "remote2remote", "local2remote",
                                          "remote2local", "local2local" };

    lua_pushstring(L, names[flow_of(L)->flags & 3]);
    return 1;
}

static void set_text(lua_State *L, const char *key, const char *text)
{
    if (text == NULL)
        return;
    lua_pushstring(L, text);
    lua_setfield(L, -2, key);
}

static void set_number(lua_State *L, const char *key, int64_t number)
{
    lua_pushinteger(L, number);
    lua_setfield(L, -2, key);
}

static int get_http(lua_State *L)
{
    const struct fc_http *http = flow_of(L)->http;

    if (http == NULL)
        return 0;
    lua_createtable(L, 0, 6);
    set_text(L, "protos.http.last_method", http->method);
    set_number(L, "protos.http.last_return_code", http->return_code);
    set_text(L, "protos.http.last_url", http->url);
    set_text(L, "protos.http.last_user_agent", http->user_agent);
    set_text(L, "protos.http.last_server", http->server);
    set_text(L, "protos.http.server_name", http->server_name);
    return 1;
}

static int get_dns(lua_State *L)
{
    const struct fc_dns *dns = flow_of(L)->dns;

    if (dns == NULL)
        return 0;
    lua_createtable(L, 0, 4);
    set_text(L, "protos.dns.last_query", dns->query);
    set_number(L, "protos.dns.last_query_type", dns->query_type);
    set_number(L, "protos.dns.last_return_code", dns->return_code);
    lua_pushboolean(L, dns->invalid_chars_in_query);
    lua_setfield(L, -2, "protos.dns.invalid_chars_in_query");
    return 1;
}

static int get_ssh(lua_State *L)
{
    const struct fc_ssh *ssh = flow_of(L)->ssh;

    if (ssh == NULL)
        return 0;
    lua_createtable(L, 0, 4);
    set_text(L, "protos.ssh.client_signature", ssh->client_signature);
    set_text(L, "protos.ssh.server_signature", ssh->server_signature);
    set_text(L, "protos.ssh.hassh.client_hash", ssh->hassh_client);
    set_text(L, "protos.ssh.hassh.server_hash", ssh->hassh_server);
    return 1;
}

static int get_tls_quic(lua_State *L)
{
    const struct fc_tls *tls = flow_of(L)->tls;

    if (tls == NULL)
        return 0;
    lua_createtable(L, 0, 13);
    set_number(L, "protos.tls_version", tls->version);
    set_text(L, "protos.tls.client_requested_server_name", tls->sni);
    set_text(L, "protos.tls.server_names", tls->server_names);
    set_text(L, "protos.tls.client_alpn", tls->alpn);
    set_text(L, "protos.tls.client_tls_supported_versions",
             tls->supported_versions);
    set_text(L, "protos.tls.issuerDN", tls->issuer_dn);
    set_text(L, "protos.tls.subjectDN", tls->subject_dn);
    set_number(L, "protos.tls.notBefore", tls->not_before);
    set_number(L, "protos.tls.notAfter", tls->not_after);
    set_text(L, "protos.tls.ja3.client_hash", tls->ja3_client);
    set_text(L, "protos.tls.ja3.server_hash", tls->ja3_server);
    set_text(L, "protos.tls.ja4.client_hash", tls->ja4_client);
    lua_pushboolean(L, tls->ja4_malicious);
    lua_setfield(L, -2, "protos.tls.ja4.client_malicious");
    return 1;
}

static int trigger_bare_alert(lua_State *L)
{
    luaL_checkinteger(L, 1);
    luaL_checkstring(L, 2);
    (*(struct subject **)lua_getextraspace(L))->alerts++;
    return 0;
}

static const luaL_Reg getters[] = {
    { "cli", get_cli },
    { "cli_port", get_cli_port },
    { "srv", get_srv },
    { "srv_port", get_srv_port },
    { "protocol", get_protocol },
    { "vlan_id", get_vlan_id },
    { "is_oneway", get_is_oneway },
    { "is_unicast", get_is_unicast },
    { "cli2srv_bytes", get_cli2srv_bytes },
    { "srv2cli_bytes", get_srv2cli_bytes },
    { "bytes", get_bytes },
    { "l7_master_proto", get_l7_master_proto },
    { "l7_proto", get_l7_proto },
    { "l7_proto_name", get_l7_proto_name },
    { "direction", get_direction },
    { "http", get_http },
    { "dns", get_dns },
    { "ssh", get_ssh },
    { "tls_quic", get_tls_quic },
    { "triggerAlert", trigger_bare_alert },
    { NULL, NULL },
};

static void *allocate(void *state, void *block, size_t old_size,
                      size_t new_size)
{
    struct subject *subject = state;

    subject->used += new_size - (block == NULL ? 0 : old_size);
    if (new_size == 0) {
        free(block);
        return NULL;
    }
    subject->blocks++;
    return realloc(block, new_size);
}

static void run_floor(struct subject *subject, const struct fc_flow *flow)
{
    subject->flow = flow;
    lua_pushvalue(subject->L, 1);
    if (lua_pcall(subject->L, 0, 0, 0) != LUA_OK)
        die("floor", lua_tostring(subject->L, -1));
}

static void run_collect(struct subject *subject, const struct fc_flow *flow)
{
    run_floor(subject, flow);
    lua_gc(subject->L, LUA_GCCOLLECT);
}

/* The floor needs no library but what the realistic script calls. */
void open_bare(struct subject *subject, const char *script, bool all)
{
    subject->L = lua_newstate(allocate, subject);
    if (subject->L == NULL)
        die("floor", "out of memory");
    *(struct subject **)lua_getextraspace(subject->L) = subject;
    if (all)
        luaL_openlibs(subject->L);
    luaL_requiref(subject->L, "_G", luaopen_base, 1);
    luaL_requiref(subject->L, "string", luaopen_string, 1);
    luaL_newlib(subject->L, getters);
    lua_setglobal(subject->L, "flow");
    lua_settop(subject->L, 0);
    if (luaL_loadstring(subject->L, script) != LUA_OK)
        die("floor", lua_tostring(subject->L, -1));
    subject->run = all ? run_collect : run_floor;
}

void close_bare(struct subject *subject)
{
    lua_close(subject->L);
}
