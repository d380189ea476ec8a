/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * l7 - flow.http(), flow.dns(), flow.ssh() and flow.tls_quic(): a table of what
 * is known of the application protocol, or nil on a flow of another one.
 *
 * A table is described by rows: the key that ntopng uses, our short name for
 * it, and where the value is. Only the long keys are in a table; a short name
 * is found through a metatable that all tables of a protocol share, so it
 * costs nothing unless a script uses it.
 */
#include <lauxlib.h>
#include <stddef.h>
#include <string.h>

#include "context.h"

enum field_type {
    TEXT,     /* const char *, absent when NULL */
    OWN_TEXT, /* likewise, under a key that ntopng does not have */
    NUMBER,   /* uint16_t, absent when 0 */
    VERSION,  /* uint16_t, always there */
    RCODE,    /* int16_t, absent when FC_DNS_NO_ANSWER */
    TIME,     /* int64_t, absent when 0 */
    FLAG      /* uint8_t, absent when 0 */
};

struct field {
    const char *key;   /* ntopng's */
    const char *alias; /* ours */
    size_t offset;     /* in the struct of the protocol */
    enum field_type type;
};

#define HTTP(member) offsetof(struct fc_http, member)
static const struct field http_fields[] = {
    { "protos.http.last_method", "method", HTTP(method), TEXT },
    { "protos.http.last_return_code", "return_code", HTTP(return_code),
      NUMBER },
    { "protos.http.last_url", "url", HTTP(url), TEXT },
    { "protos.http.last_user_agent", "user_agent", HTTP(user_agent), TEXT },
    { "protos.http.last_server", "server", HTTP(server), TEXT },
    { "protos.http.server_name", "server_name", HTTP(server_name), TEXT },
};

#define DNS(member) offsetof(struct fc_dns, member)
static const struct field dns_fields[] = {
    { "protos.dns.last_query", "query", DNS(query), TEXT },
    { "protos.dns.last_query_type", "query_type", DNS(query_type), NUMBER },
    { "protos.dns.last_return_code", "return_code", DNS(return_code), RCODE },
    { "protos.dns.invalid_chars_in_query", "invalid_chars",
      DNS(invalid_chars_in_query), FLAG },
};

#define SSH(member) offsetof(struct fc_ssh, member)
static const struct field ssh_fields[] = {
    { "protos.ssh.client_signature", "client_signature", SSH(client_signature),
      TEXT },
    { "protos.ssh.server_signature", "server_signature", SSH(server_signature),
      TEXT },
    { "protos.ssh.hassh.client_hash", "hassh_client", SSH(hassh_client), TEXT },
    { "protos.ssh.hassh.server_hash", "hassh_server", SSH(hassh_server), TEXT },
};

#define TLS(member) offsetof(struct fc_tls, member)
static const struct field tls_fields[] = {
    { "protos.tls_version", "version", TLS(version), VERSION },
    { "protos.tls.client_requested_server_name", "sni", TLS(sni), TEXT },
    { "protos.tls.server_names", "server_names", TLS(server_names), TEXT },
    { "protos.tls.client_alpn", "alpn", TLS(alpn), TEXT },
    { "protos.tls.client_tls_supported_versions", "supported_versions",
      TLS(supported_versions), TEXT },
    { "protos.tls.issuerDN", "issuer", TLS(issuer_dn), TEXT },
    { "protos.tls.subjectDN", "subject", TLS(subject_dn), TEXT },
    { "protos.tls.notBefore", "not_before", TLS(not_before), TIME },
    { "protos.tls.notAfter", "not_after", TLS(not_after), TIME },
    { "protos.tls.ja3.client_hash", "ja3", TLS(ja3_client), OWN_TEXT },
    { "protos.tls.ja3.server_hash", "ja3s", TLS(ja3_server), OWN_TEXT },
    { "protos.tls.ja4.client_hash", "ja4", TLS(ja4_client), TEXT },
    { "protos.tls.ja4.client_malicious", "ja4_malicious", TLS(ja4_malicious),
      FLAG },
};

/* One per protocol; its address is the key of its metatable. */
struct protocol {
    const struct field *fields;
    size_t count;
    uint32_t size;  /* of the protocol's struct */
    size_t request; /* offset of a text of the request; 0 none */
};
#define PROTOCOL(fields, type, request)                                  \
    {                                                                    \
        fields, sizeof(fields) / sizeof(fields)[0], sizeof(struct type), \
            request                                                      \
    }
static const struct protocol http_protocol =
    PROTOCOL(http_fields, fc_http, HTTP(url));
static const struct protocol dns_protocol =
    PROTOCOL(dns_fields, fc_dns, DNS(query));
static const struct protocol ssh_protocol = PROTOCOL(ssh_fields, fc_ssh, 0);
static const struct protocol tls_protocol = PROTOCOL(tls_fields, fc_tls, 0);

static int16_t read_int16(const void *at)
{
    int16_t value;

    memcpy(&value, at, sizeof value);
    return value;
}

static bool push_text(lua_State *L, const void *at)
{
    const char *text = *(const char *const *)at;

    if (text != NULL)
        lua_pushstring(L, text);
    return text != NULL;
}

static bool push_nonzero(lua_State *L, int64_t value)
{
    if (value != 0)
        lua_pushinteger(L, value);
    return value != 0;
}

static bool push_rcode(lua_State *L, int16_t code)
{
    if (code != FC_DNS_NO_ANSWER)
        lua_pushinteger(L, code);
    return code != FC_DNS_NO_ANSWER;
}

/*
 * ntopng has no "not known yet" for the numbers of a request that it has seen:
 * it says 0, and so does compat.
 */
static bool push_zero(lua_State *L, const struct protocol *protocol,
                      const struct field *field, const char *data)
{
    const void *request = data + protocol->request;

    if (field->type != NUMBER && field->type != RCODE)
        return false;
    if (protocol->request == 0 || *(const char *const *)request == NULL)
        return false;
    lua_pushinteger(L, 0);
    return true;
}

static bool push_flag(lua_State *L, uint8_t flag)
{
    if (flag != 0)
        lua_pushboolean(L, 1);
    return flag != 0;
}

/* Pushes a field's value and returns true, or false when it is absent. */
static bool push_field(lua_State *L, const struct field *field,
                       const char *data)
{
    const void *at = data + field->offset;

    switch (field->type) {
    case TEXT:
    case OWN_TEXT:
        return push_text(L, at);
    case NUMBER:
        return push_nonzero(L, (uint16_t)read_int16(at));
    case VERSION:
        lua_pushinteger(L, (uint16_t)read_int16(at));
        return true;
    case RCODE:
        return push_rcode(L, read_int16(at));
    case TIME:
        return push_nonzero(L, *(const int64_t *)at);
    case FLAG:
        return push_flag(L, *(const uint8_t *)at);
    }
    return false;
}

/* may raise */
static int push_table(lua_State *L, const struct protocol *protocol,
                      const char *data)
{
    bool compat = vm_of(L)->services.ntopng_compat;

    lua_createtable(L, 0, (int)protocol->count);
    for (size_t i = 0; i < protocol->count; i++) {
        const struct field *field = &protocol->fields[i];

        if (compat && field->type == OWN_TEXT)
            continue;
        if (push_field(L, field, data) ||
            (compat && push_zero(L, protocol, field, data)))
            lua_setfield(L, -2, field->key);
    }
    lua_rawgetp(L, LUA_REGISTRYINDEX, protocol);
    lua_setmetatable(L, -2);
    return 1;
}

/* On a flow of another protocol: nil as documented, or {} as ntopng does. */
static int push_absent(lua_State *L)
{
    if (vm_of(L)->services.ntopng_compat)
        lua_newtable(L);
    else
        lua_pushnil(L);
    return 1;
}

/*
 * Pushes what flow.PROTOCOL() returns. The host may have filled a struct of
 * another size than ours. may raise
 */
static int push_l7(lua_State *L, const struct protocol *protocol,
                   const void *data)
{
    union {
        struct fc_http http;
        struct fc_dns dns;
        struct fc_ssh ssh;
        struct fc_tls tls;
    } copy;

    if (data == NULL)
        return push_absent(L);
    fc_copy_struct(&copy, protocol->size, data);
    return push_table(L, protocol, (const char *)&copy);
}

int flow_http(lua_State *L)
{
    return push_l7(L, &http_protocol, current_flow(L)->http);
}

int flow_dns(lua_State *L)
{
    return push_l7(L, &dns_protocol, current_flow(L)->dns);
}

int flow_ssh(lua_State *L)
{
    return push_l7(L, &ssh_protocol, current_flow(L)->ssh);
}

int flow_tls_quic(lua_State *L)
{
    return push_l7(L, &tls_protocol, current_flow(L)->tls);
}

/* __index of a protocol's tables: from a short name to the long key. */
static int find_alias(lua_State *L)
{
    lua_pushvalue(L, 2);
    if (lua_rawget(L, lua_upvalueindex(1)) == LUA_TNIL)
        return 1;
    lua_rawget(L, 1);
    return 1;
}

static void open_protocol(lua_State *L, const struct protocol *protocol)
{
    lua_createtable(L, 0, 2);
    lua_createtable(L, 0, (int)protocol->count);
    for (size_t i = 0; i < protocol->count; i++) {
        lua_pushstring(L, protocol->fields[i].key);
        lua_setfield(L, -2, protocol->fields[i].alias);
    }
    lua_pushcclosure(L, find_alias, 1);
    lua_setfield(L, -2, "__index");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_rawsetp(L, LUA_REGISTRYINDEX, protocol);
}

void open_l7(lua_State *L)
{
    open_protocol(L, &http_protocol);
    open_protocol(L, &dns_protocol);
    open_protocol(L, &ssh_protocol);
    open_protocol(L, &tls_protocol);
}

/* A value of the type that a field has. */
static void push_example(lua_State *L, const struct field *field)
{
    if (field->type == TEXT || field->type == OWN_TEXT)
        lua_pushliteral(L, "");
    else if (field->type == FLAG)
        lua_pushboolean(L, 1);
    else
        lua_pushinteger(L, 0);
}

bool push_l7_names(lua_State *L, lua_CFunction function)
{
    static const struct {
        lua_CFunction function;
        const struct protocol *protocol;
    } functions[] = {
        { flow_http, &http_protocol },
        { flow_dns, &dns_protocol },
        { flow_ssh, &ssh_protocol },
        { flow_tls_quic, &tls_protocol },
    };

    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        const struct protocol *protocol = functions[i].protocol;

        if (functions[i].function != function)
            continue;
        lua_createtable(L, 0, 2 * (int)protocol->count);
        for (size_t j = 0; j < protocol->count; j++) {
            push_example(L, &protocol->fields[j]);
            lua_setfield(L, -2, protocol->fields[j].key);
            push_example(L, &protocol->fields[j]);
            lua_setfield(L, -2, protocol->fields[j].alias);
        }
        return true;
    }
    return false;
}
