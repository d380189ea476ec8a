/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What scripts are promised of flow.http(), dns(), ssh() and tls_quic(): the
 * keys of their tables, long and short, their values and types, where all is
 * known and where nothing is; what compat = "ntopng" changes.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

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

static struct fc_flow ipv6_flow(void)
{
    return mock_flow("2001:db8::a", 50123, "2001:db8::b", 443);
}

static struct fc_flow with_all_metadata(struct fc_flow flow)
{
    flow.http = &mock_http;
    flow.dns = &mock_dns;
    flow.ssh = &mock_ssh;
    flow.tls = &mock_tls;
    return flow;
}

static struct fc_flow with_bare_metadata(struct fc_flow flow)
{
    flow.http = &mock_bare_http;
    flow.dns = &mock_bare_dns;
    flow.ssh = &mock_bare_ssh;
    flow.tls = &mock_bare_tls;
    return flow;
}

/* --- The four tables ----------------------------------------------------- */

static const struct key {
    const char *call;
    const char *name;  /* ntopng's */
    const char *alias; /* the short one */
    const char *full;  /* where everything is known */
    const char *bare;  /* where nothing is */
} keys[] = {
    { "http", "protos.http.last_method", "method", "string GET", "nil nil" },
    { "http", "protos.http.last_return_code", "return_code", "integer 404",
      "nil nil" },
    { "http", "protos.http.last_url", "url", "string www.example.org/a?b=c",
      "nil nil" },
    { "http", "protos.http.last_user_agent", "user_agent", "string curl/7.88.1",
      "nil nil" },
    { "http", "protos.http.last_server", "server", "string nginx/1.22.1",
      "nil nil" },
    { "http", "protos.http.server_name", "server_name",
      "string www.example.org", "nil nil" },
    { "dns", "protos.dns.last_query", "query", "string ipv6.example.org",
      "nil nil" },
    { "dns", "protos.dns.last_query_type", "query_type", "integer 28",
      "nil nil" },
    { "dns", "protos.dns.last_return_code", "return_code", "integer 3",
      "nil nil" },
    { "dns", "protos.dns.invalid_chars_in_query", "invalid_chars",
      "boolean true", "nil nil" },
    { "ssh", "protos.ssh.client_signature", "client_signature",
      "string SSH-2.0-OpenSSH_9.2p1", "nil nil" },
    { "ssh", "protos.ssh.server_signature", "server_signature",
      "string SSH-2.0-dropbear_2022.83", "nil nil" },
    { "ssh", "protos.ssh.hassh.client_hash", "hassh_client",
      "string EC7378C1A92F5A8DDE7E8B7A1DDF33D1", "nil nil" },
    { "ssh", "protos.ssh.hassh.server_hash", "hassh_server",
      "string B12D2871A1189EFF20364CF5333619EE", "nil nil" },
    { "tls_quic", "protos.tls_version", "version", "integer 772", "integer 0" },
    { "tls_quic", "protos.tls.client_requested_server_name", "sni",
      "string sni.example.org", "nil nil" },
    { "tls_quic", "protos.tls.server_names", "server_names",
      "string a.example.org,b.example.org", "nil nil" },
    { "tls_quic", "protos.tls.client_alpn", "alpn", "string h2,http/1.1",
      "nil nil" },
    { "tls_quic", "protos.tls.client_tls_supported_versions",
      "supported_versions", "string TLSv1.3,TLSv1.2", "nil nil" },
    { "tls_quic", "protos.tls.issuerDN", "issuer", "string CN=An Issuer",
      "nil nil" },
    { "tls_quic", "protos.tls.subjectDN", "subject", "string CN=A Subject",
      "nil nil" },
    { "tls_quic", "protos.tls.notBefore", "not_before", "integer 1600000000",
      "nil nil" },
    { "tls_quic", "protos.tls.notAfter", "not_after", "integer 1800000000",
      "nil nil" },
    { "tls_quic", "protos.tls.ja3.client_hash", "ja3",
      "string aa7744226c695c0b2e440419848cf700", "nil nil" },
    { "tls_quic", "protos.tls.ja3.server_hash", "ja3s",
      "string eb1d94daa7e0344597e756a1fb6e7054", "nil nil" },
    { "tls_quic", "protos.tls.ja4.client_hash", "ja4",
      "string t13d1516h2_8daaf6152771_b186095e22b6", "nil nil" },
    { "tls_quic", "protos.tls.ja4.client_malicious", "ja4_malicious",
      "boolean true", "nil nil" },
};

/* A table's own keys, sorted, as pairs() shows them. */
static void expect_keys(const struct fc_flow *flow, const char *call,
                        const char *names)
{
    char expression[512];

    snprintf(expression, sizeof expression,
             "(function()\n"
             "    local names = {}\n"
             "    for name in pairs(flow.%s()) do\n"
             "        names[#names + 1] = name\n"
             "    end\n"
             "    table.sort(names)\n"
             "    return table.concat(names, ' ')\n"
             "end)()",
             call);
    expect(flow, expression, names);
}

static void expect_key(const struct key *key, const char *expression)
{
    const struct fc_flow ipv4 = with_all_metadata(mock_any_flow());
    const struct fc_flow ipv6 = with_all_metadata(ipv6_flow());
    const struct fc_flow bare = with_bare_metadata(mock_any_flow());

    expect(&ipv4, expression, key->full);
    expect(&ipv6, expression, key->full);
    expect(&bare, expression, key->bare);
}

START_TEST(a_key_has_its_value_under_the_long_name)
{
    char expression[256];

    snprintf(expression, sizeof expression, "flow.%s()['%s']", keys[_i].call,
             keys[_i].name);
    expect_key(&keys[_i], expression);
}
END_TEST

START_TEST(a_key_has_the_same_value_under_the_short_name)
{
    char expression[256];

    snprintf(expression, sizeof expression, "flow:%s().%s", keys[_i].call,
             keys[_i].alias);
    expect_key(&keys[_i], expression);
}
END_TEST

START_TEST(a_table_holds_the_long_names_and_nothing_else)
{
    const struct fc_flow flow = with_all_metadata(mock_any_flow());

    expect_keys(&flow, "http",
                "string protos.http.last_method protos.http.last_return_code "
                "protos.http.last_server protos.http.last_url "
                "protos.http.last_user_agent protos.http.server_name");
    expect_keys(&flow, "dns",
                "string protos.dns.invalid_chars_in_query "
                "protos.dns.last_query protos.dns.last_query_type "
                "protos.dns.last_return_code");
    expect_keys(&flow, "ssh",
                "string protos.ssh.client_signature "
                "protos.ssh.hassh.client_hash protos.ssh.hassh.server_hash "
                "protos.ssh.server_signature");
    expect_keys(&flow, "tls_quic",
                "string protos.tls.client_alpn "
                "protos.tls.client_requested_server_name "
                "protos.tls.client_tls_supported_versions "
                "protos.tls.issuerDN protos.tls.ja3.client_hash "
                "protos.tls.ja3.server_hash protos.tls.ja4.client_hash "
                "protos.tls.ja4.client_malicious protos.tls.notAfter "
                "protos.tls.notBefore protos.tls.server_names "
                "protos.tls.subjectDN protos.tls_version");
}
END_TEST

START_TEST(what_is_not_known_is_absent_from_a_table)
{
    const struct fc_flow flow = with_bare_metadata(mock_any_flow());

    expect_keys(&flow, "http", "string ");
    expect_keys(&flow, "dns", "string ");
    expect_keys(&flow, "ssh", "string ");
    expect_keys(&flow, "tls_quic", "string protos.tls_version");
}
END_TEST

START_TEST(a_table_has_no_value_for_any_other_name)
{
    const struct fc_flow flow = with_all_metadata(mock_any_flow());

    expect(&flow, "flow.http().no_such_name", "nil nil");
    expect(&flow, "flow.dns()[1]", "nil nil");
    expect(&flow, "flow.ssh()[false]", "nil nil");
    expect(&flow, "flow.tls_quic()[{}]", "nil nil");
}
END_TEST

START_TEST(a_table_is_the_scripts_own_and_new_each_time)
{
    const struct fc_flow flow = with_all_metadata(mock_any_flow());

    expect(&flow, "rawequal(flow.http(), flow.http())", "boolean false");
    expect(&flow,
           "(function()\n"
           "    local http = flow.http()\n"
           "    http.mine = 'kept'\n"
           "    http['protos.http.last_url'] = 'changed'\n"
           "    return http.mine .. ' ' .. http.url .. ' ' .. "
           "flow.http().url\n"
           "end)()",
           "string kept changed www.example.org/a?b=c");
}
END_TEST

/* A metatable that scripts could change would be shared by all tables. */
START_TEST(the_metatable_of_a_table_is_out_of_reach)
{
    const struct fc_flow flow = with_all_metadata(mock_any_flow());

    expect(&flow, "getmetatable(flow.http())", "boolean false");
    expect(&flow, "pcall(setmetatable, flow.dns(), {})", "boolean false");
}
END_TEST

START_TEST(text_of_the_traffic_reaches_a_script_byte_for_byte)
{
    struct fc_flow flow = mock_any_flow();
    const struct fc_http http = {
        .struct_size = sizeof http,
        .url = "\x01\x7F\x80\xC3\xFF",
        .user_agent = "",
    };

    flow.http = &http;
    expect(&flow, "table.concat({ flow.http().url:byte(1, -1) }, ' ')",
           "string 1 127 128 195 255");
    expect(&flow, "flow.http().user_agent", "string ");
}
END_TEST

/* --- DNS answers, and compat --------------------------------------------- */

static struct fc_flow dns_flow(const struct fc_dns *dns)
{
    struct fc_flow flow = mock_any_flow();

    flow.dns = dns;
    return flow;
}

START_TEST(an_answer_without_an_error_has_return_code_0)
{
    const struct fc_dns answered = { .struct_size = sizeof answered };
    const struct fc_flow flow = dns_flow(&answered);

    expect(&flow, "flow.dns().return_code", "integer 0");
    host->script_conf = COMPAT;
    expect(&flow, "flow.dns().return_code", "integer 0");
}
END_TEST

START_TEST(with_compat_a_query_without_an_answer_has_return_code_0)
{
    const struct fc_dns asked = {
        .struct_size = sizeof asked,
        .return_code = FC_DNS_NO_ANSWER,
        .query = "nobody.example.org",
    };
    const struct fc_flow flow = dns_flow(&asked);

    expect(&flow, "flow.dns().return_code", "nil nil");
    host->script_conf = COMPAT;
    expect(&flow, "flow.dns()['protos.dns.last_return_code']", "integer 0");
    expect(&flow, "flow.dns().return_code", "integer 0");
    expect(&flow, "flow.dns().query_type", "integer 0");
}
END_TEST

START_TEST(with_compat_a_request_without_an_answer_has_return_code_0)
{
    const struct fc_http asked = {
        .struct_size = sizeof asked,
        .url = "www.example.org/",
    };
    struct fc_flow flow = mock_any_flow();

    flow.http = &asked;
    expect(&flow, "flow.http().return_code", "nil nil");
    host->script_conf = COMPAT;
    expect(&flow, "flow.http()['protos.http.last_return_code']", "integer 0");
}
END_TEST

START_TEST(with_compat_a_flow_without_a_request_has_no_return_code)
{
    struct fc_flow flow = dns_flow(&mock_bare_dns);

    flow.http = &mock_bare_http;
    host->script_conf = COMPAT;
    expect_keys(&flow, "dns", "string ");
    expect_keys(&flow, "http", "string ");
}
END_TEST

START_TEST(with_compat_a_flow_of_another_protocol_has_an_empty_table)
{
    static const char *const calls[] = { "http", "dns", "ssh", "tls_quic" };
    const struct fc_flow flow = mock_any_flow();

    host->script_conf = COMPAT;
    for (int i = 0; i < COUNT(calls); i++) {
        char expression[64];

        snprintf(expression, sizeof expression, "type(flow.%s())", calls[i]);
        expect(&flow, expression, "string table");
        expect_keys(&flow, calls[i], "string ");
    }
}
END_TEST

START_TEST(with_compat_a_table_has_no_key_that_ntopng_lacks)
{
    const struct fc_flow flow = with_all_metadata(mock_any_flow());

    host->script_conf = COMPAT;
    expect(&flow, "flow.tls_quic()['protos.tls.ja3.client_hash']", "nil nil");
    expect(&flow, "flow.tls_quic()['protos.tls.ja3.server_hash']", "nil nil");
    expect(&flow, "flow.tls_quic().ja4",
           "string t13d1516h2_8daaf6152771_b186095e22b6");
}
END_TEST

/* --- The suite ----------------------------------------------------------- */

static void add_table_tests(TCase *tests)
{
    tcase_add_loop_test(tests, a_key_has_its_value_under_the_long_name, 0,
                        COUNT(keys));
    tcase_add_loop_test(tests, a_key_has_the_same_value_under_the_short_name, 0,
                        COUNT(keys));
    tcase_add_test(tests, a_table_holds_the_long_names_and_nothing_else);
    tcase_add_test(tests, what_is_not_known_is_absent_from_a_table);
    tcase_add_test(tests, a_table_has_no_value_for_any_other_name);
    tcase_add_test(tests, a_table_is_the_scripts_own_and_new_each_time);
    tcase_add_test(tests, the_metatable_of_a_table_is_out_of_reach);
    tcase_add_test(tests, text_of_the_traffic_reaches_a_script_byte_for_byte);
    tcase_add_test(tests, an_answer_without_an_error_has_return_code_0);
}

static void add_compat_tests(TCase *tests)
{
    tcase_add_test(tests,
                   with_compat_a_query_without_an_answer_has_return_code_0);
    tcase_add_test(tests,
                   with_compat_a_request_without_an_answer_has_return_code_0);
    tcase_add_test(tests,
                   with_compat_a_flow_without_a_request_has_no_return_code);
    tcase_add_test(tests,
                   with_compat_a_flow_of_another_protocol_has_an_empty_table);
    tcase_add_test(tests, with_compat_a_table_has_no_key_that_ntopng_lacks);
}

int main(void)
{
    Suite *suite = suite_create("flow tables");
    TCase *tests = tcase_create("flow tables");

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    add_table_tests(tests);
    add_compat_tests(tests);
    return run_suite(suite);
}
