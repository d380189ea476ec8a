/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What scripts are promised of time: now is the packet time of the hook, as it
 * was when the packets were captured, and a time that is given is left alone.
 * What the program's own hooks tell: test_worker.c, test_hooks.sh.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "../lua_api/vm.h"
#include "mock_expect.h"
#include "mock_flow.h"
#include "run_suite.h"

#define COUNT(array) (int)(sizeof(array) / sizeof(array)[0])
#define SECOND INT64_C(1000000)

static struct mock_host *host;

static void set_up(void)
{
    host = mock_host_new();
}

static void tear_down(void)
{
    mock_host_free(host);
}

/* A hook at 2009-02-13 23:31:30, a while after the flow's last packet. */
static struct fc_flow late_flow(void)
{
    struct fc_flow flow = mock_any_flow();

    flow.first_seen = 1234567000 * SECOND;
    flow.last_seen = 1234567800 * SECOND;
    flow.time = 1234567890 * SECOND + 999999;
    return flow;
}

static void expect(const struct fc_flow *flow, const char *expression,
                   const char *value)
{
    expect_value(host, flow, expression, value);
}

/* --- Now ----------------------------------------------------------------- */

/* Every way to ask for it. */
static const char *const now[][2] = {
    { "os.time()", "integer 1234567890" },
    { "os.time(nil)", "integer 1234567890" },
    { "os.time(nil, 1)", "integer 1234567890" },
    { "os.time(table.unpack({}))", "integer 1234567890" },
    { "select(2, pcall(os.time))", "integer 1234567890" },
    { "select('#', os.time())", "integer 1" },
    { "os.date()", "string Fri Feb 13 23:31:30 2009" },
    { "os.date(nil)", "string Fri Feb 13 23:31:30 2009" },
    { "os.date(nil, nil)", "string Fri Feb 13 23:31:30 2009" },
    { "os.date('%c')", "string Fri Feb 13 23:31:30 2009" },
    { "os.date('!%c')", "string Fri Feb 13 23:31:30 2009" },
    { "os.date('!%F %T', nil)", "string 2009-02-13 23:31:30" },
    { "os.date('%F', nil, 7)", "string 2009-02-13" },
    { "os.date('*t').year", "integer 2009" },
    { "os.date('!*t').hour", "integer 23" },
    { "os.date('!*t', nil).sec", "integer 30" },
    { "os.time(os.date('*t'))", "integer 1234567890" },
    { "select(2, pcall(os.date, '!%H'))", "string 23" },
    { "('%Y'):gsub('.+', os.date)", "string 2009" },
};

START_TEST(now_is_the_packet_time_of_the_hook)
{
    const struct fc_flow flow = late_flow();

    expect(&flow, now[_i][0], now[_i][1]);
}
END_TEST

START_TEST(each_hook_has_its_own_now)
{
    const char *const scripts[FC_HOOKS] = { MOCK_SCRIPT, MOCK_PERIODIC_SCRIPT,
                                            MOCK_END_SCRIPT };
    struct fc_flow flow = late_flow();
    struct mock_instance *instance;

    for (int hook = 0; hook < FC_HOOKS; hook++)
        mock_write(host, scripts[hook],
                   "tell = tell or function() return os.time() end\n"
                   "time = time or os.time\n"
                   "assert(tell() == time() and time() == os.time())\n"
                   "flow.triggerAlert(0, tell() - 1234567890)\n");
    instance = mock_start(host);
    for (int hook = 0; hook < FC_HOOKS; hook++) {
        flow.time += 60 * SECOND;
        mock_run(instance, (enum fc_hook)hook, &flow);
    }
    expect_quiet(host);
    expect_alert(host, 0, 0, "60");
    expect_alert(host, 1, 0, "120");
    expect_alert(host, 2, 0, "180");
}
END_TEST

/* Its body runs once, with the first flow; its functions run with each. */
START_TEST(a_module_has_the_time_of_the_run_that_it_runs_in)
{
    struct fc_flow flow = late_flow();
    struct mock_instance *instance;

    mock_write(host, MOCK_SCRIPTS "clock.lua",
               "return { began = os.time(),\n"
               "         now = function() return os.time() end }\n");
    instance = mock_start_script(
        host, "local clock = require('clock')\n"
              "flow.triggerAlert(0, clock.now() - clock.began)\n");
    mock_run(instance, FC_HOOK_DETECTED, &flow);
    flow.time += 5 * SECOND;
    mock_run(instance, FC_HOOK_DETECTED, &flow);
    expect_quiet(host);
    expect_alert(host, 0, 0, "0");
    expect_alert(host, 1, 0, "5");
}
END_TEST

/* Packets may come late, and captures in any order. */
START_TEST(now_may_be_before_the_last_packet_and_go_back)
{
    struct fc_flow flow = late_flow();

    flow.time = flow.last_seen - 3 * SECOND;
    expect(&flow, "os.time()", "integer 1234567797");
    flow.time = 86400 * SECOND;
    expect(&flow, "os.date('!%F')", "string 1970-01-02");
}
END_TEST

/* Rounded down, as a record's tstamp is. */
START_TEST(a_time_before_1970_rounds_down)
{
    struct fc_flow flow = late_flow();

    flow.time = -1;
    expect(&flow, "os.time()", "integer -1");
    expect(&flow, "os.date('!%F %T')", "string 1969-12-31 23:59:59");
    flow.time = 1;
    expect(&flow, "os.time()", "integer 0");
}
END_TEST

/* The script that this is for: its alerts were false on captures. */
START_TEST(a_certificate_is_compared_with_the_day_on_which_it_was_used)
{
    static const struct {
        int64_t now, not_after;
        size_t alerts;
    } days[] = {
        { 1500000000, 1600000000, 0 }, /* today it has ended */
        { 1600000001, 1600000000, 1 },
        { 4000000001, 4000000000, 1 }, /* today it has not */
        { 4000000000, 4000000000, 0 },
    };
    const char *srcdir = getenv("srcdir");
    struct fc_tls tls = mock_tls;
    struct fc_flow flow = late_flow();
    struct mock_instance *instance;
    char conf[512];

    flow.tls = &tls;
    snprintf(conf, sizeof conf, "{\"script\": \"%s/scripts/tls_hygiene.lua\"}",
             srcdir != NULL ? srcdir : ".");
    host->script_conf = conf;
    instance = mock_start(host);
    for (int i = 0; i < COUNT(days); i++) {
        size_t before = host->alert_count;

        flow.time = days[i].now * SECOND;
        tls.not_after = days[i].not_after;
        mock_run(instance, FC_HOOK_DETECTED, &flow);
        ck_assert_uint_eq(host->alert_count - before, days[i].alerts);
    }
    expect_quiet(host);
}
END_TEST

/* A host may tell anything. */
START_TEST(the_first_and_the_last_time_there_are_have_a_date)
{
    struct fc_flow flow = late_flow();

    flow.time = INT64_MAX;
    expect(&flow, "os.time()", "integer 9223372036854");
    expect(&flow, "os.date('!*t').year", "integer 294247");
    flow.time = INT64_MIN;
    expect(&flow, "os.time()", "integer -9223372036855");
    expect(&flow, "os.date('!*t').year", "integer -290308");
}
END_TEST

/* --- A host that does not tell it ---------------------------------------- */

START_TEST(without_a_time_now_is_the_last_packet)
{
    struct fc_flow flow = late_flow();

    flow.time = 0;
    expect(&flow, "os.time()", "integer 1234567800");
    expect(&flow, "os.date('!%T')", "string 23:30:00");
}
END_TEST

/* Built before the field was there: behind the struct is what is behind it. */
START_TEST(a_flow_without_the_field_has_the_time_of_its_last_packet)
{
    struct fc_flow flow = late_flow();

    flow.struct_size = offsetof(struct fc_flow, time);
    expect(&flow, "os.time()", "integer 1234567800");
}
END_TEST

static void expect_wall_clock(const struct fc_flow *flow)
{
    char script[160];

    snprintf(script, sizeof script,
             "os.time() - %lld >= 0 and os.date('!*t').year >= 2024 and "
             "math.abs(os.time(os.date('*t')) - os.time()) < 7200",
             (long long)time(NULL));
    expect(flow, script, "boolean true");
}

START_TEST(without_any_time_now_is_what_the_clock_says)
{
    struct fc_flow flow = late_flow();

    flow.time = flow.last_seen = 0;
    expect_wall_clock(&flow);
}
END_TEST

static void read_number(void *context, const char *line)
{
    ck_assert_int_eq(sscanf(line, "%lld", (long long *)context), 1);
}

/* No script can do that: it looks at the VM itself. */
START_TEST(without_a_flow_now_is_what_the_clock_says)
{
    long long told = 0;
    const struct vm_services services = { .context = &told,
                                          .print = read_number,
                                          .install_dir = "/nowhere" };
    const struct vm_limits limits = { 50, 4096 * 1024 };
    const struct vm_source source = { "@x.lua", "print(os.time())", 16 };
    struct vm *vm = vm_new(&services, &limits);
    const struct fc_flow flow = late_flow();
    time_t before = time(NULL);

    ck_assert(vm_load(vm, FC_HOOK_DETECTED, &source));
    ck_assert(vm_run(vm, FC_HOOK_DETECTED, &flow));
    ck_assert_int_eq(told, 1234567890);
    ck_assert(vm_run(vm, FC_HOOK_DETECTED, NULL));
    ck_assert_int_ge(told, before);
    vm_free(vm);
}
END_TEST

/* --- What is not about now ----------------------------------------------- */

static const char *const given[][2] = {
    { "os.time({ year = 2024, month = 2, day = 29, hour = 12 }) - "
      "os.time({ year = 2024, month = 2, day = 28, hour = 12 })",
      "integer 86400" },
    { "select(2, pcall(os.time, {})):match('missing in date table')",
      "string missing in date table" },
    { "(function() local t = { year = 2024, month = 14, day = 1 } os.time(t) "
      "return t.month end)()",
      "integer 2" },
    { "select(2, pcall(os.time, false)):match('%b()')",
      "string (table expected, got boolean)" },
    { "select(2, pcall(os.time, 0)):match('%b()')",
      "string (table expected, got number)" },
    { "os.date('!%F %T', 0)", "string 1970-01-01 00:00:00" },
    { "os.date('!*t', 86400).day", "integer 2" },
    { "os.date('!%Y', '86400')", "string 1970" },
    { "pcall(os.date, '%c', false)", "boolean false" },
    { "pcall(os.date, '%c', 1.5)", "boolean false" },
    { "pcall(os.date, {})", "boolean false" },
    { "os.difftime(7, 5)", "float 2.0" },
    { "os.clock() < 86400", "boolean true" },
};

START_TEST(a_time_that_is_given_is_left_alone)
{
    const struct fc_flow flow = late_flow();

    expect(&flow, given[_i][0], given[_i][1]);
}
END_TEST

/* --- The suite ----------------------------------------------------------- */

int main(void)
{
    Suite *suite = suite_create("script time");
    TCase *tests = tcase_create("script time");

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, now_is_the_packet_time_of_the_hook, 0,
                        COUNT(now));
    tcase_add_test(tests, each_hook_has_its_own_now);
    tcase_add_test(tests, a_module_has_the_time_of_the_run_that_it_runs_in);
    tcase_add_test(tests, now_may_be_before_the_last_packet_and_go_back);
    tcase_add_test(tests, a_time_before_1970_rounds_down);
    tcase_add_test(tests, the_first_and_the_last_time_there_are_have_a_date);
    tcase_add_test(tests,
                   a_certificate_is_compared_with_the_day_on_which_it_was_used);
    tcase_add_test(tests, without_a_time_now_is_the_last_packet);
    tcase_add_test(tests,
                   a_flow_without_the_field_has_the_time_of_its_last_packet);
    tcase_add_test(tests, without_any_time_now_is_what_the_clock_says);
    tcase_add_test(tests, without_a_flow_now_is_what_the_clock_says);
    tcase_add_loop_test(tests, a_time_that_is_given_is_left_alone, 0,
                        COUNT(given));
    setenv("TZ", "UTC", 1); /* what os.date() without ! goes by */
    return run_suite(suite);
}
