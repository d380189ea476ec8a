/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What authors are promised of comparisons with values that no flow has, or
 * that are of another type: each is found, however it is written, and what may
 * hold is left alone.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lua_api/vm.h"
#include "run_suite.h"

#define COUNT(array) (int)(sizeof(array) / sizeof(array)[0])

static struct vm *vm;

/* All findings, a line each: "1: error: text". */
static char *findings;
static size_t findings_len;
static FILE *stream;

static const char *const protocols[] = { "Unknown", "DNS",     "HTTP", "TLS",
                                         "Google",  "Z39.50",  "SSH",  "Gmail",
                                         "QUIC",    "YouTube", NULL };

static void start(bool compat, const char *const *protocol_names)
{
    const struct vm_services services = { .install_dir = "/",
                                          .ntopng_compat = compat,
                                          .protocol_names = protocol_names };
    const struct vm_limits limits = { .run_ms = 50, .memory = 4096 * 1024 };

    vm_free(vm);
    vm = vm_new(&services, &limits);
    ck_assert_ptr_nonnull(vm);
}

static void set_up(void)
{
    start(false, protocols);
}

static void tear_down(void)
{
    vm_free(vm);
    vm = NULL;
    free(findings);
    findings = NULL;
}

static void write_finding(void *context, const struct vm_finding *finding)
{
    (void)context;
    fprintf(stream, "%u: %s: %s\n", finding->line,
            finding->severity == FC_FINDING_ERROR ? "error" : "warning",
            finding->text);
}

static const char *lint(const char *script)
{
    const struct vm_source source = { "@a.lua", script, strlen(script) };

    free(findings);
    stream = open_memstream(&findings, &findings_len);
    ck_assert_ptr_nonnull(stream);
    ck_assert(vm_lint(vm, &source, &(struct vm_company){ .count = 0 },
                      write_finding, NULL));
    fclose(stream);
    return findings;
}

#define DIRECTIONS                                                      \
    ": it is \"remote2remote\", \"local2remote\", \"remote2local\" or " \
    "\"local2local\"\n"
#define NEVER_OUTBOUND \
    "error: flow.direction() is never \"outbound\"" DIRECTIONS

static const struct {
    const char *script;
    const char *finding; /* the only one */
} mistakes[] = {
    /* Directions; and each way to write a comparison. */
    { "if flow.direction() == \"outbound\" then end", "1: " NEVER_OUTBOUND },
    { "if \"outbound\" ~= flow:direction() then end", "1: " NEVER_OUTBOUND },
    { "local d = flow.direction()\nif d == \"outbound\" then end",
      "2: " NEVER_OUTBOUND },
    { "local d <const> = flow.direction()\nreturn function()\n"
      "return not (d == \"outbound\") end",
      "3: " NEVER_OUTBOUND },
    { "local d = flow.direction() or \"\" print(d == \"outbound\")",
      "1: " NEVER_OUTBOUND },
    { "local d = flow.dns() and flow.direction()\nif (d) == (\"outbound\") "
      "then end",
      "2: " NEVER_OUTBOUND },
    { "if flow.direction() == \"local2remote\" or\n"
      "flow.direction() == \"outbound\" or flow.vlan_id() == 5 then end",
      "2: " NEVER_OUTBOUND },
    { "while flow.is_oneway() and flow['direction']() == \"outbound\" do end",
      "1: " NEVER_OUTBOUND },
    { "local f = flow repeat until f.direction() == \"outbound\"",
      "1: " NEVER_OUTBOUND },
    { "if flow.direction() == 'Local2Remote' then end",
      "1: error: flow.direction() is never 'Local2Remote': did you mean "
      "\"local2remote\"?\n" },
    { "if flow.direction() == 'local@remote' then end",
      "1: error: flow.direction() is never 'local@remote': did you mean "
      "\"local2remote\"?\n" },
    /* Protocols. */
    { "if flow.l7_proto_name() == 'dns' then end",
      "1: error: flow.l7_proto_name() is never 'dns': did you mean "
      "\"DNS\"?\n" },
    { "if flow.l7_proto_name() == 'tls.google' then end",
      "1: error: flow.l7_proto_name() is never 'tls.google': did you mean "
      "\"TLS.Google\"?\n" },
    { "if flow.l7_proto_name() == 'TLS.Gogle' then end",
      "1: warning: flow.l7_proto_name() is never 'TLS.Gogle': no protocol "
      "that the host knows has that name: did you mean \"TLS.Google\"?\n" },
    { "if flow.l7_proto_name() == 'SSL' then end",
      "1: warning: flow.l7_proto_name() is never 'SSL': no protocol that the "
      "host knows has that name: did you mean \"TLS\"?\n" },
    { "if flow.l7_proto_name() == 'Gopher' then end",
      "1: warning: flow.l7_proto_name() is never 'Gopher': no protocol that "
      "the host knows has that name\n" },
    { "if flow.l7_proto_name() == 'DNS.' then end",
      "1: warning: flow.l7_proto_name() is never 'DNS.': no protocol that "
      "the host knows has that name: did you mean \"DNS\"?\n" },
    { "local n = flow.l7_proto_name()\nif n == 'TLS' or n == 'tls' or\n"
      "n == 'quic' then end",
      "3: error: flow.l7_proto_name() is never 'quic': did you mean "
      "\"QUIC\"?\n" },
    { "if flow.l7_proto() == 'DNS' then end",
      "1: error: flow.l7_proto() is a number, which is compared with a "
      "string\n" },
    /* Numbers. */
    { "if flow.srv_port() == 70000 then end",
      "1: error: flow.srv_port() is never 70000: it is from 0 to 65535\n" },
    { "if flow.cli_port() == -1 then end",
      "1: error: flow.cli_port() is never -1: it is from 0 to 65535\n" },
    { "if flow.srv_port() == 0x1bb0000 then end",
      "1: error: flow.srv_port() is never 0x1bb0000: it is from 0 to 65535\n" },
    { "if 4096 == flow.vlan_id() then end",
      "1: error: flow.vlan_id() is never 4096: it is from 0 to 4095\n" },
    { "if flow.protocol() == 256 then end",
      "1: error: flow.protocol() is never 256: it is from 0 to 255\n" },
    { "if flow.bytes() == 1.5 then end",
      "1: error: flow.bytes() is never 1.5: it is a number of bytes\n" },
    { "if flow.protocol() == 'udp' then end",
      "1: error: flow.protocol() is a number, which is compared with a "
      "string: write 17\n" },
    /* Addresses. */
    { "if flow.cli() == '10.0.0.0/8' then end",
      "1: error: flow.cli() is never '10.0.0.0/8': it is one address, such as "
      "\"192.0.2.1\" or \"fd00::1\"\n" },
    { "if flow.srv() == 'FD00:0::1' then end",
      "1: error: flow.srv() is never 'FD00:0::1': did you mean "
      "\"fd00::1\"?\n" },
    { "if flow.srv() ~= 'localhost' then end",
      "1: error: flow.srv() is never 'localhost': it is one address, such as "
      "\"192.0.2.1\" or \"fd00::1\"\n" },
    /* Keys. */
    { "local dns = flow.dns()\nif dns and dns.return_code == 'NXDOMAIN' then "
      "end",
      "2: error: flow.dns().return_code is a number, which is compared with a "
      "string: write 3\n" },
    { "local dns = flow.dns() or {}\nif dns.query_type == 'a' then end",
      "2: error: flow.dns().query_type is a number, which is compared with a "
      "string: write 1\n" },
    { "local dns = flow.dns()\nlocal code = dns and dns.return_code or 0\n"
      "if code == 'SERVFAIL' then end",
      "3: error: flow.dns().return_code is a number, which is compared with a "
      "string: write 2\n" },
    { "local dns = flow.dns() or {} local q = dns.query_type\n"
      "local r = q if r == '28' then end",
      "2: error: flow.dns().query_type is a number, which is compared with a "
      "string: write 28\n" },
    { "if flow.dns()['protos.dns.last_return_code'] == 'REFUSED' then end",
      "1: error: flow.dns()[\"protos.dns.last_return_code\"] is a number, "
      "which is compared with a string: write 5\n" },
    { "if flow.dns().return_code == 16 then end",
      "1: error: flow.dns().return_code is never 16: it is from 0 to 15\n" },
    { "if flow.dns().invalid_chars == false then end",
      "1: error: flow.dns().invalid_chars is never false: it is true or "
      "nil\n" },
    { "if flow.dns().invalid_chars == 1 then end",
      "1: error: flow.dns().invalid_chars is true or false, which is compared "
      "with a number\n" },
    { "if flow.dns().query == 5 then end",
      "1: error: flow.dns().query is a string, which is compared with a "
      "number\n" },
    { "if flow.http().method == 'get' then end",
      "1: error: flow.http().method is never 'get': did you mean \"GET\"?\n" },
    { "if flow.http().return_code >= '400' then end",
      "1: error: flow.http().return_code is a number, which is compared with a "
      "string: write 400\n" },
    { "if flow.http().return_code == 42 then end",
      "1: error: flow.http().return_code is never 42: it is from 100 to "
      "599\n" },
    { "if flow.tls_quic().version == '1.2' then end",
      "1: error: flow.tls_quic().version is a number, which is compared with a "
      "string: write 771\n" },
    { "if flow.tls_quic().version == 1.2 then end",
      "1: error: flow.tls_quic().version is never 1.2: did you mean 771?\n" },
    { "if flow.tls_quic().version == 'TLSv1.3' then end",
      "1: error: flow.tls_quic().version is a number, which is compared with a "
      "string: write 772\n" },
    { "if flow.tls_quic()['protos.tls_version'] == 303 then end",
      "1: error: flow.tls_quic()[\"protos.tls_version\"] is never 303: it is "
      "771 for TLS 1.2, 772 for TLS 1.3, 0 when it is unknown\n" },
    { "if flow.tls_quic().version < 1.2 then end",
      "1: error: flow.tls_quic().version is compared with 1.2: did you mean "
      "771?\n" },
    { "local t = flow.tls_quic() if t and 1.3 > t.version then end",
      "1: error: flow.tls_quic().version is compared with 1.3: did you mean "
      "772?\n" },
    { "if flow.dns() == true then end",
      "1: error: flow.dns() is a table or nil, which is compared with a "
      "boolean\n" },
    { "if flow.http() ~= 'GET' then end",
      "1: error: flow.http() is a table or nil, which is compared with a "
      "string\n" },
    /* A literal that was meant to be compared. */
    { "local p = flow.srv_port()\nif p == 80 or\n443 then end",
      "3: error: or 443 is always true: compare it too, as in: x == 1 or x == "
      "2\n" },
    { "local d = ... while not (d == 'a' or 'b') do end",
      "1: error: or 'b' is always true: compare it too, as in: x == 1 or x == "
      "2\n" },
    { "local p = ... if (p == 1 or p == 2 or 3) and p then end",
      "1: error: or 3 is always true: compare it too, as in: x == 1 or x == "
      "2\n" },
    { "if flow.l7_proto_name() == 'HTTPS' then end",
      "1: warning: flow.l7_proto_name() is never 'HTTPS': no protocol that the "
      "host knows has that name: did you mean \"TLS\"?\n" },
    { "if flow.ssh().hassh_client == 1 then end",
      "1: error: flow.ssh().hassh_client is a string, which is compared with a "
      "number\n" },
};

START_TEST(a_comparison_that_never_holds_is_found)
{
    ck_assert_str_eq(lint(mistakes[_i].script), mistakes[_i].finding);
}
END_TEST

static const char *const honest[] = {
    /* Values that occur. */
    "local d = flow.direction() if d == 'local2remote' or d == 'remote2local' "
    "or d == 'local2local' or d ~= 'remote2remote' then end",
    "local n = flow.l7_proto_name() return n == 'DNS' or n == 'TLS.Google' or "
    "n == 'Unknown' or n == 'Z39.50' or n == 'TLS.Z39.50' or n == 'Z39.50.DNS'",
    "if flow.srv_port() == 0 or flow.srv_port() == 65535 or flow.srv_port() == "
    "443.0 or flow.cli_port() == 0x1F90 or flow.cli_port() == 1e3 then end",
    "if flow.vlan_id() == 4095 or flow.protocol() == 255 then end",
    "if flow.cli() == '10.0.0.1' or flow.srv() == 'fd00::1' or flow.cli() == "
    "'::' or flow.srv() == '::ffff:10.0.0.1' then end",
    "local t = flow.tls_quic() if t and (t.version == 0 or t.version == 771 or "
    "t.version == 65277 or t.version == 2) then end",
    "local h = flow.http() if h and (h.method == 'GET' or h.method == "
    "'M-SEARCH' or h.return_code == 0 or h.return_code == 599) then end",
    "local d = flow.dns() if d and (d.query_type == 65535 or d.return_code == "
    "0 or d.invalid_chars == true or d.query == 'A') then end",
    "if flow.is_oneway() == false then end",
    "if flow.bytes() == 9007199254740993 then end",
    /* What asks whether there is one. */
    "local d = flow.dns() if d and d.return_code ~= nil and d.query ~= '' then "
    "end",
    "if flow.cli() == '' or flow.l7_proto_name() == '' then end",
    /* Limits of what is plausible. */
    "if flow.srv_port() < 0 or flow.srv_port() > 65535 then end",
    "if flow.srv_port() < 70000 then end",
    /* The values of other hosts, next to ours. */
    "local d = flow.direction() "
    "if d == 'local2remote' or d == 'local@remote' then end",
    "local n = flow.l7_proto_name() return n == 'GMail' or n == 'Gmail'",
    /* What has become something else. */
    "if flow.l7_proto_name():lower() == 'dns' then end",
    "if string.lower(flow.l7_proto_name()) == 'dns' then end",
    "local n = flow.l7_proto_name() n = n:lower() if n == 'dns' then end",
    "local n = (flow.l7_proto_name()):sub(1, 3) if n == 'dns' then end",
    "local d = flow.direction() if d == 'local2remote' then d = 'outbound' end "
    "if d == 'outbound' then end",
    "local d = flow.direction() local function f() d = 'out' end f() "
    "return d == 'out'",
    "local d = flow.direction() == 'local2remote' and 'outbound' or 'other' "
    "if d == 'outbound' then end",
    "local names = { local2remote = 'outbound' } "
    "if names[flow.direction()] == 'outbound' then end",
    "local p = flow.srv_port() do local p = 'x' if p == 'x' then end end",
    "local dns = flow.dns() or {} dns.return_code = 'NXDOMAIN' "
    "if dns.return_code == 'NXDOMAIN' then end",
    "local dns = flow.dns() or {} dns.query_type, dns.x = 'A', 1 "
    "local q = dns.query_type if q == 'A' then end",
    "local dns = flow.dns() local q = dns.query_type "
    "while q == 'A' do dns = parse(dns) q = dns.query_type end parse = nil",
    "local dns = flow.dns() for i = 1, 2 do local q = dns.query_type "
    "if q == 'A' then end dns = { query_type = 'A' } end",
    "local function kind(dns) return dns.query_type == 'A' end",
    "local flow = { direction = function() return 'outbound' end } "
    "if flow.direction() == 'outbound' then end",
    /* What may be another value. */
    "local d = flow.direction() or 'none' if d == 'none' then end",
    "local dns = flow.dns() or {} local c = dns.return_code or 'none' "
    "if c == 'none' then end",
    "local dns = flow.dns() or {} local c = dns.return_code or -1 "
    "if c == -1 then end",
    "local x = os.time() > 5 and flow.srv_port() if x == false then end",
    "local x = (... or flow.direction()) if x == 'outbound' then end",
    "local x = ... local y = x or flow.dns().query_type "
    "if y == 'A' or (x or flow.dns().query_type) == 'A' then end",
    "local t = flow.dns() or flow.http() or {} if t.method == 'x' then end",
    "local m = flow.http() and flow.http().method or 'none' "
    "if m == 'none' then end",
    "local x = flow.dns() if x ~= nil and (... and x) ~= false then end",
    "local x = ... local y = x == 1 or 'other' print(y, x == 2 or 3)",
    "local x = ... local y = x == 1 and 'one' or 'other' return y",
    "local x = ... if (x == 1 and 'one' or 'other') == 'one' then end",
    "local x = ... if x == 1 or (x == 2) or x then end",
    "local t = flow.tls_quic() if t and t.version < 771 and t.version > 0 then "
    "end",
    /* What is compared with no literal. */
    "local d = flow.direction() local e = 'outbound' if d == e then end",
    "if flow.direction() == flow.l7_proto_name() then end",
    "if -flow.vlan_id() == -1 then end",
    "if flow.srv_port() - 1 == -1 then end",
    "if flow.direction() == [[\noutbound]] then end",
};

START_TEST(a_comparison_that_may_hold_is_left_alone)
{
    ck_assert_str_eq(lint(honest[_i]), "");
}
END_TEST

START_TEST(with_compat_the_directions_are_those_of_ntopng)
{
    start(true, protocols);
    ck_assert_str_eq(lint("if flow.direction() == 'local@remote' then end"),
                     "");
    ck_assert_str_eq(lint("if flow.direction() == 'local2remote' then end"),
                     "1: error: flow.direction() is never 'local2remote': did "
                     "you mean \"local@remote\"?\n");
}
END_TEST

START_TEST(a_host_that_names_no_protocols_may_have_any)
{
    static const char *const none[] = { NULL };

    start(false, NULL);
    ck_assert_str_eq(lint("if flow.l7_proto_name() == 'dns' then end"), "");
    start(false, none);
    ck_assert_str_eq(lint("if flow.l7_proto_name() == 'dns' then end"), "");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("lint_values");
    TCase *tests = tcase_create("lint_values");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, a_comparison_that_never_holds_is_found, 0,
                        COUNT(mistakes));
    tcase_add_loop_test(tests, a_comparison_that_may_hold_is_left_alone, 0,
                        COUNT(honest));
    tcase_add_test(tests, with_compat_the_directions_are_those_of_ntopng);
    tcase_add_test(tests, a_host_that_names_no_protocols_may_have_any);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
