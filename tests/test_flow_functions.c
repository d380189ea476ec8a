/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What scripts are promised of flow.*: the value and the type of each of its
 * functions, on IPv4, on IPv6 and where nothing is known. The keys of the
 * tables that four of them return are in test_flow_tables.c.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../lua_api/vm.h"
#include "mock_expect.h"
#include "mock_flow.h"
#include "run_suite.h"

#define COUNT(array) (int)(sizeof(array) / sizeof(array)[0])
#define COMPAT "{\"compat\": \"ntopng\", \"limits\": {\"run_ms\": 10000}}"

static struct mock_host *host;

static void set_up(void)
{
    host = mock_host_new();
}

static void tear_down(void)
{
    mock_host_free(host);
}

static void expect(const struct fc_flow *flow, const char *expression,
                   const char *value)
{
    expect_value(host, flow, expression, value);
}

/* --- Flows --------------------------------------------------------------- */

static struct fc_flow ipv4_flow(void)
{
    struct fc_flow flow = mock_flow("192.0.2.10", 50123, "198.51.100.20", 443);

    flow.first_seen = 1700000000250000;
    return flow;
}

/* The other way round in all that can be so, with large numbers. */
static struct fc_flow ipv6_flow(void)
{
    struct fc_flow flow = mock_flow("2001:db8::a", 65535, "ff02::fb", 5353);

    flow.flags = FC_FLOW_SRV_LOCAL;
    flow.l4_proto = 17;
    flow.vlan_id = 4095;
    flow.cli2srv_bytes = 1ull << 40;
    flow.srv2cli_bytes = 0;
    flow.srv2cli_packets = 0;
    flow.first_seen = -500000;
    flow.last_seen = 253402300799000000;
    flow.l7_master_proto = 0;
    flow.l7_proto = 8;
    flow.l7_proto_name = "MDNS";
    return flow;
}

/* A host that knows next to nothing. */
static struct fc_flow bare_flow(void)
{
    return (struct fc_flow){ .struct_size = sizeof(struct fc_flow),
                             .ip_version = 4 };
}

/* --- The functions that return one value --------------------------------- */

static const struct getter {
    const char *name;
    const char *ipv4;
    const char *ipv6;
    const char *bare;
} getters[] = {
    { "cli", "string 192.0.2.10", "string 2001:db8::a", "string 0.0.0.0" },
    { "cli_port", "integer 50123", "integer 65535", "integer 0" },
    { "srv", "string 198.51.100.20", "string ff02::fb", "string 0.0.0.0" },
    { "srv_port", "integer 443", "integer 5353", "integer 0" },
    { "protocol", "integer 6", "integer 17", "integer 0" },
    { "vlan_id", "integer 7", "integer 4095", "integer 0" },
    { "is_oneway", "boolean false", "boolean true", "boolean false" },
    { "is_unicast", "boolean true", "boolean false", "boolean false" },
    { "cli2srv_bytes", "integer 1000", "integer 1099511627776", "integer 0" },
    { "srv2cli_bytes", "integer 2000", "integer 0", "integer 0" },
    { "bytes", "integer 3000", "integer 1099511627776", "integer 0" },
    { "first_seen", "float 1700000000.25", "float -0.5", "float 0.0" },
    { "last_seen", "float 1700000001.0", "float 253402300799.0", "float 0.0" },
    { "l7_master_proto", "integer 91", "integer 0", "integer 0" },
    { "l7_proto", "integer 126", "integer 8", "integer 0" },
    { "l7_proto_name", "string TLS.Google", "string MDNS", "string Unknown" },
    { "direction", "string local2remote", "string remote2local",
      "string remote2remote" },
    { "http", "nil nil", "nil nil", "nil nil" },
    { "dns", "nil nil", "nil nil", "nil nil" },
    { "ssh", "nil nil", "nil nil", "nil nil" },
    { "tls_quic", "nil nil", "nil nil", "nil nil" },
};

/* "BEFORE name AFTER" on the three flows. */
static void expect_getter(const char *before, const struct getter *getter,
                          const char *after)
{
    const struct fc_flow ipv4 = ipv4_flow();
    const struct fc_flow ipv6 = ipv6_flow();
    const struct fc_flow bare = bare_flow();
    char call[256];

    snprintf(call, sizeof call, "%s%s%s", before, getter->name, after);
    expect(&ipv4, call, getter->ipv4);
    expect(&ipv6, call, getter->ipv6);
    expect(&bare, call, getter->bare);
}

START_TEST(a_getter_has_the_documented_value_and_type)
{
    expect_getter("flow.", &getters[_i], "()");
}
END_TEST

START_TEST(a_getter_may_be_called_with_a_colon)
{
    expect_getter("flow:", &getters[_i], "()");
}
END_TEST

START_TEST(a_getter_ignores_arguments)
{
    expect_getter("flow.", &getters[_i], "(nil, 'x', {}, 0/0, print)");
}
END_TEST

START_TEST(a_getter_returns_exactly_one_value)
{
    const struct fc_flow flow = ipv4_flow();
    char call[64];

    snprintf(call, sizeof call, "select('#', flow.%s())", getters[_i].name);
    expect(&flow, call, "integer 1");
}
END_TEST

START_TEST(flow_has_the_22_documented_functions_and_nothing_else)
{
    const struct fc_flow flow = ipv4_flow();

    expect(&flow,
           "(function()\n"
           "    local names = {}\n"
           "    for name, value in pairs(flow) do\n"
           "        names[#names + 1] = name\n"
           "        assert(type(value) == 'function')\n"
           "    end\n"
           "    table.sort(names)\n"
           "    return #names .. ': ' .. table.concat(names, ' ')\n"
           "end)()",
           "string 22: bytes cli cli2srv_bytes cli_port direction dns "
           "first_seen http is_oneway is_unicast l7_master_proto l7_proto "
           "l7_proto_name last_seen protocol srv srv2cli_bytes srv_port ssh "
           "tls_quic triggerAlert "
           "vlan_id");
}
END_TEST

/* RFC 5952: lower case, the longest run of zeros, and no run of one. */
START_TEST(ipv6_addresses_are_written_as_rfc_5952_says)
{
    static const struct {
        const char *given, *written;
    } addresses[] = {
        { "::1", "string ::1" },
        { "2001:DB8:0:0:1:0:0:1", "string 2001:db8::1:0:0:1" },
        { "2001:db8:0:1:1:1:1:1", "string 2001:db8:0:1:1:1:1:1" },
        { "2001:0:0:1:0:0:0:1", "string 2001:0:0:1::1" },
        { "::ffff:192.0.2.1", "string ::ffff:192.0.2.1" },
        { "fe80:0:0:0:0abc:0:0:0", "string fe80::abc:0:0:0" },
    };

    for (int i = 0; i < COUNT(addresses); i++) {
        const struct fc_flow flow =
            mock_flow(addresses[i].given, 1, addresses[i].given, 2);

        expect(&flow, "flow.cli()", addresses[i].written);
        expect(&flow, "flow.srv()", addresses[i].written);
    }
}
END_TEST

START_TEST(a_flow_is_oneway_when_exactly_one_side_has_sent)
{
    static const struct {
        uint64_t cli2srv, srv2cli;
        const char *value;
    } packets[] = {
        { 0, 0, "boolean false" },
        { 1, 0, "boolean true" },
        { 0, 1, "boolean true" },
        { 1, 1, "boolean false" },
    };

    for (int i = 0; i < COUNT(packets); i++) {
        struct fc_flow flow = ipv4_flow();

        flow.cli2srv_packets = packets[i].cli2srv;
        flow.srv2cli_packets = packets[i].srv2cli;
        expect(&flow, "flow.is_oneway()", packets[i].value);
    }
}
END_TEST

static const struct {
    uint32_t local;
    const char *documented;
    const char *ntopng;
} directions[] = {
    { 0, "string remote2remote", "string remote2remote" },
    { FC_FLOW_CLI_LOCAL, "string local2remote", "string local@remote" },
    { FC_FLOW_SRV_LOCAL, "string remote2local", "string remote@local" },
    { FC_FLOW_CLI_LOCAL | FC_FLOW_SRV_LOCAL, "string local2local",
      "string local@local" },
};

START_TEST(a_direction_is_named_as_documented)
{
    struct fc_flow flow = ipv4_flow();

    flow.flags = directions[_i].local | FC_FLOW_UNICAST;
    expect(&flow, "flow.direction()", directions[_i].documented);
}
END_TEST

START_TEST(with_compat_a_direction_is_named_as_in_ntopng)
{
    struct fc_flow flow = ipv4_flow();

    flow.flags = directions[_i].local;
    host->script_conf = COMPAT;
    expect(&flow, "flow.direction()", directions[_i].ntopng);
}
END_TEST

START_TEST(with_compat_the_other_getters_are_the_same)
{
    const struct fc_flow flow = ipv4_flow();

    host->script_conf = COMPAT;
    for (int i = 0; i < COUNT(getters); i++) {
        char call[64];

        if (strcmp(getters[i].ipv4, "nil nil") == 0 ||
            strcmp(getters[i].name, "direction") == 0)
            continue;
        snprintf(call, sizeof call, "flow.%s()", getters[i].name);
        expect(&flow, call, getters[i].ipv4);
    }
}
END_TEST

/* --- No flow ------------------------------------------------------------- */

/*
 * The module runs a script only on a flow, and the sandbox leaves no way to
 * run code at another moment. So this looks behind the module, at its VM: it
 * is what stands between a way that somebody finds and a pointer to nothing.
 */
static void expect_refusal(struct vm *vm, const char *name)
{
    char script[128];
    struct vm_source source = { "@no_flow.lua", script, 0 };

    source.len = (size_t)snprintf(script, sizeof script,
                                  "\nlocal value = flow.%s(1, 'x')\n", name);
    ck_assert(vm_load(vm, FC_HOOK_DETECTED, &source));
    ck_assert_msg(!vm_run(vm, FC_HOOK_DETECTED, NULL), "%s", name);
    ck_assert_ptr_nonnull(
        strstr(vm_last_error(vm)->text, "no_flow.lua:2: there is no flow now"));
    ck_assert_int_eq(vm_last_error(vm)->kind, FC_FAILURE_RUNTIME);
}

START_TEST(without_a_flow_every_function_says_so)
{
    static const struct vm_services services = { .install_dir = "/nowhere" };
    static const struct vm_limits limits = { 50, 4096 * 1024 };
    struct vm *vm = vm_new(&services, &limits);

    for (int i = 0; i < COUNT(getters); i++)
        expect_refusal(vm, getters[i].name);
    expect_refusal(vm, "triggerAlert");
    vm_free(vm);
}
END_TEST

/* --- The suite ----------------------------------------------------------- */

int main(void)
{
    Suite *suite = suite_create("flow functions");
    TCase *tests = tcase_create("flow functions");
    const int count = COUNT(getters);

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, a_getter_has_the_documented_value_and_type, 0,
                        count);
    tcase_add_loop_test(tests, a_getter_may_be_called_with_a_colon, 0, count);
    tcase_add_loop_test(tests, a_getter_ignores_arguments, 0, count);
    tcase_add_loop_test(tests, a_getter_returns_exactly_one_value, 0, count);
    tcase_add_test(tests,
                   flow_has_the_22_documented_functions_and_nothing_else);
    tcase_add_test(tests, ipv6_addresses_are_written_as_rfc_5952_says);
    tcase_add_test(tests, a_flow_is_oneway_when_exactly_one_side_has_sent);
    tcase_add_loop_test(tests, a_direction_is_named_as_documented, 0,
                        COUNT(directions));
    tcase_add_loop_test(tests, with_compat_a_direction_is_named_as_in_ntopng, 0,
                        COUNT(directions));
    tcase_add_test(tests, with_compat_the_other_getters_are_the_same);
    tcase_add_test(tests, without_a_flow_every_function_says_so);
    return run_suite(suite);
}
