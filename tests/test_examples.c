/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the manual promises of its examples that keep something from flow to
 * flow: fan_out.lua, as it stands in flow-check-script(7), with as many clients
 * as it says. That the others load and run is in test_docs.sh.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "cpu_time.h"
#include "mock_expect.h"
#include "mock_flow.h"
#include "run_suite.h"

#define CLIENTS 5000
#define MANY_CLIENTS 11000 /* more than it keeps */
#define SERVERS 20

/* A tool that makes all 30 times slower looks at a tenth: 1 minute less. */
#define SHARE (slowness() < 10 ? 1u : 10u)

static struct mock_host *host;
static struct mock_instance *instance;

/* --- From the manual to a script ----------------------------------------- */

/* Escapes of man pages: \- is -, \e a backslash, \(dq a quote, \& nothing. */
static void append_plain(char *to, const char *line)
{
    static const struct {
        const char *escape, *plain;
    } escapes[] = {
        { "\\-", "-" }, { "\\e", "\\" }, { "\\(dq", "\"" }, { "\\&", "" }
    };
    char *end = to + strlen(to);

    while (*line != '\0') {
        const char *plain = NULL;

        for (size_t i = 0; i < sizeof escapes / sizeof *escapes; i++) {
            size_t len = strlen(escapes[i].escape);

            if (strncmp(line, escapes[i].escape, len) == 0) {
                plain = escapes[i].plain;
                line += len;
                break;
            }
        }
        if (plain != NULL)
            end = stpcpy(end, plain);
        else
            *end++ = *line++;
    }
    *end = '\0';
}

/* The example that begins with its file's name in a comment. */
static void read_example(const char *name, char *script, size_t size)
{
    const char *srcdir = getenv("srcdir");
    char text[256], first[64];
    bool inside = false;
    FILE *page;

    snprintf(text, sizeof text, "%s/docs/flow-check-script.7",
             srcdir != NULL ? srcdir : ".");
    page = fopen(text, "r");
    ck_assert_ptr_nonnull(page);
    snprintf(first, sizeof first, "-\\- %s\n", name);
    script[0] = '\0';
    while (fgets(text, sizeof text, page) != NULL) {
        inside = inside ? strcmp(text, ".EE\n") != 0 : strcmp(text, first) == 0;
        ck_assert_uint_lt(strlen(script) + sizeof text, size);
        if (inside)
            append_plain(script, text);
    }
    fclose(page);
    ck_assert_msg(script[0] != '\0', "%s is not in the manual", name);
}

static void set_up(void)
{
    char script[4096];

    read_example("fan_out.lua", script, sizeof script);
    host = mock_host_new();
    instance = mock_start_script(host, script);
}

static void tear_down(void)
{
    mock_host_free(host);
}

/* --- Traffic ------------------------------------------------------------- */

/* The longest addresses there are: IPv6, no two zeros in a row. */
static struct fc_flow longest_flow(void)
{
    return mock_flow("2001:db8:1111:1111:1111:1111:1111:1111", 50000,
                     "2001:db8:2222:2222:2222:2222:2222:2222", 443);
}

static struct fc_flow ipv4_flow(void)
{
    return mock_flow("110.111.112.113", 50000, "198.151.100.200", 443);
}

static void number(uint8_t *at, unsigned n)
{
    at[0] = (uint8_t)(0x10 | (n >> 16));
    at[1] = (uint8_t)(0x40 | (n >> 10 & 0x3f));
    at[2] = (uint8_t)(0x80 | (n >> 5 & 0x1f));
    at[3] = (uint8_t)(0xa0 | (n & 0x1f));
}

/* A flow of a client to one of its servers, which are nobody else's. */
static void talk(struct fc_flow *flow, unsigned client, unsigned server)
{
    size_t at = flow->ip_version == 6 ? 12 : 0;

    number(flow->cli_addr + at, client);
    number(flow->srv_addr + at, client * SERVERS + server);
    mock_run(instance, FC_HOOK_DETECTED, flow);
}

/* All clients talk to their first server, then all to their second. */
static void talk_in_turn(struct fc_flow *flow, unsigned clients)
{
    for (unsigned server = 0; server < SERVERS; server++)
        for (unsigned client = 0; client < clients; client++)
            talk(flow, client, server);
}

static struct fc_stats expect_alerts(size_t count)
{
    struct fc_stats stats = mock_stats(instance, FC_HOOK_DETECTED);

    expect_quiet(host);
    expect_alert_count(host, count);
    ck_assert_uint_eq(stats.ok, stats.runs);
    ck_assert_uint_le(stats.memory_peak, stats.memory_limit);
    return stats;
}

static void expect_an_alert_per_client(void)
{
    expect_alerts(CLIENTS / SHARE);
    for (size_t i = 1; i < host->alert_count; i++)
        ck_assert_str_ne(host->alerts[i].message, host->alerts[i - 1].message);
}

/* --- Promises ------------------------------------------------------------ */

START_TEST(fan_out_tells_of_each_of_5000_clients_that_talk_in_turn)
{
    struct fc_flow flow = _i == 0 ? ipv4_flow() : longest_flow();

    talk_in_turn(&flow, CLIENTS / SHARE);
    expect_an_alert_per_client();
}
END_TEST

START_TEST(fan_out_tells_of_each_of_5000_clients_that_come_one_by_one)
{
    struct fc_flow flow = ipv4_flow();

    for (unsigned client = 0; client < CLIENTS / SHARE; client++)
        for (unsigned server = 0; server < SERVERS; server++)
            talk(&flow, client, server);
    expect_an_alert_per_client();
}
END_TEST

/* It forgets, then; but it neither fails nor needs a new VM. */
START_TEST(fan_out_runs_on_with_more_clients_than_it_keeps)
{
    struct fc_flow flow = longest_flow();

    for (unsigned client = 0; client < MANY_CLIENTS / SHARE; client++)
        for (unsigned server = 0; server < SERVERS - 1; server++)
            talk(&flow, client, server);
    expect_alerts(0);
}
END_TEST

START_TEST(fan_out_tells_of_a_client_once_and_of_20_servers_only)
{
    struct fc_flow flow = ipv4_flow();

    for (unsigned round = 0; round < 3; round++)
        for (unsigned server = 0; server < SERVERS - 1; server++)
            talk(&flow, 7, server);
    expect_alert_count(host, 0);
    for (unsigned server = 0; server < 3 * SERVERS; server++)
        talk(&flow, 7, server);
    expect_alert_count(host, 1);
    expect_alert(host, 0, 60, "16.64.128.167 has talked to 20 servers");
}
END_TEST

/* --- The suite ----------------------------------------------------------- */

int main(void)
{
    Suite *suite = suite_create("examples");
    TCase *tests = tcase_create("examples");

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(
        tests, fan_out_tells_of_each_of_5000_clients_that_talk_in_turn, 0, 2);
    tcase_add_test(tests,
                   fan_out_tells_of_each_of_5000_clients_that_come_one_by_one);
    tcase_add_test(tests, fan_out_runs_on_with_more_clients_than_it_keeps);
    tcase_add_test(tests,
                   fan_out_tells_of_a_client_once_and_of_20_servers_only);
    return run_suite(suite);
}
