/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What hosts are promised of lint and of the figures around it. What is found
 * in a script is in test_lint.c.
 */
#include <check.h>
#include <string.h>

#include "mock_expect.h"
#include "mock_flow.h"
#include "run_suite.h"

static struct mock_host *host;
static struct fc_flow flow;

static void set_up(void)
{
    host = mock_host_new();
    flow = mock_any_flow();
}

static void tear_down(void)
{
    mock_host_free(host);
}

/* Remembers the last finding, and how many there were. */
struct findings {
    unsigned count;
    struct fc_finding last;
    char text[512];
    char script[MOCK_PATH_MAX];
};

static void remember_finding(void *context, const struct fc_finding *finding)
{
    struct findings *findings = context;

    findings->count++;
    findings->last = *finding;
    snprintf(findings->text, sizeof findings->text, "%s", finding->text);
    snprintf(findings->script, sizeof findings->script, "%s", finding->script);
}

static struct findings lint(struct mock_instance *instance)
{
    struct findings findings = { 0 };

    ck_assert_int_eq(mock_lint(instance, remember_finding, &findings), FC_OK);
    return findings;
}

START_TEST(a_finding_has_its_script_and_line_and_nothing_runs)
{
    char path[MOCK_PATH_MAX];
    struct mock_instance *instance =
        mock_start_script(host, "flow.triggerAlert(1, 'x')\nos.exit()");
    struct findings findings = lint(instance);

    mock_path(host, MOCK_SCRIPT, path);
    ck_assert_uint_eq(findings.count, 1);
    ck_assert_uint_eq(findings.last.struct_size, sizeof findings.last);
    ck_assert_uint_eq(findings.last.line, 2);
    ck_assert_int_eq(findings.last.severity, FC_FINDING_ERROR);
    ck_assert_str_eq(findings.script, path);
    ck_assert_ptr_nonnull(strstr(findings.text, "os.exit"));
    expect_alert_count(host, 0);
    ck_assert_uint_eq(mock_stats(instance, FC_HOOK_DETECTED).runs, 0);
}
END_TEST

static const char *const *name_protocols(const struct fc_host *face)
{
    static const char *const names[] = { "Unknown", "DNS", NULL };

    (void)face;
    return names;
}

START_TEST(a_protocol_is_one_that_the_host_names)
{
    struct findings findings;

    host->offer.protocol_names = name_protocols;
    findings = lint(mock_start_script(
        host, "local n = flow.l7_proto_name() return n == 'dns'"));
    ck_assert_uint_eq(findings.count, 1);
    ck_assert_ptr_nonnull(strstr(findings.text, "did you mean \"DNS\"?"));
}
END_TEST

START_TEST(a_host_that_cannot_name_protocols_will_do)
{
    host->offer.protocol_names = name_protocols;
    host->offer.struct_size = offsetof(struct fc_host, protocol_names);
    ck_assert_uint_eq(
        lint(mock_start_script(host, "return flow.l7_proto_name() == 'dns'"))
            .count,
        0);
}
END_TEST

START_TEST(the_scripts_of_all_hooks_are_looked_at)
{
    mock_write(host, MOCK_PERIODIC_SCRIPT, "unknown()");
    mock_write(host, MOCK_END_SCRIPT, "\n\nunknown()");
    ck_assert_uint_eq(lint(mock_start_script(host, "unknown()")).count, 3);
}
END_TEST

START_TEST(an_instance_without_scripts_has_no_findings)
{
    ck_assert_uint_eq(lint(mock_enable(host, 0)).count, 0);
    ck_assert_uint_eq(lint(mock_start(host)).count, 0);
}
END_TEST

START_TEST(a_script_that_is_gone_is_a_finding_without_a_line)
{
    char path[MOCK_PATH_MAX];
    struct mock_instance *instance = mock_start_script(host, "");
    struct findings findings;

    mock_path(host, MOCK_SCRIPT, path);
    ck_assert_int_eq(remove(path), 0);
    findings = lint(instance);
    ck_assert_uint_eq(findings.count, 1);
    ck_assert_uint_eq(findings.last.line, 0);
    ck_assert_ptr_nonnull(strstr(findings.text, "cannot open it"));
    ck_assert_ptr_null(strstr(findings.text, path));
}
END_TEST

/* The program that was compiled is the one that runs on. */
START_TEST(a_script_runs_on_as_before_it_was_looked_at)
{
    struct mock_instance *instance = mock_start_script(
        host, "n = (n or 0) + 1 flow.triggerAlert(1, tostring(n))");

    mock_run(instance, FC_HOOK_DETECTED, &flow);
    lint(instance);
    mock_run(instance, FC_HOOK_DETECTED, &flow);
    expect_alert(host, 1, 1, "2");
}
END_TEST

START_TEST(figures_name_the_limits_and_count_allocations)
{
    struct mock_instance *instance =
        mock_start_script(host, "t = {} for i = 1, 100 do t[i] = {} end");
    struct fc_stats before = mock_stats(instance, FC_HOOK_DETECTED);
    struct fc_stats after;

    mock_run(instance, FC_HOOK_DETECTED, &flow);
    after = mock_stats(instance, FC_HOOK_DETECTED);
    ck_assert_uint_ge(after.allocations, before.allocations + 101);
    ck_assert_uint_eq(after.time_limit, UINT64_C(10000000000));
    host->script_conf = "{}";
    after = mock_stats(mock_start(host), FC_HOOK_DETECTED);
    ck_assert_uint_eq(after.time_limit, 50000000);
    ck_assert_uint_eq(after.memory_limit, 4096 * 1024);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("findings");
    TCase *tests = tcase_create("findings");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_finding_has_its_script_and_line_and_nothing_runs);
    tcase_add_test(tests, a_protocol_is_one_that_the_host_names);
    tcase_add_test(tests, a_host_that_cannot_name_protocols_will_do);
    tcase_add_test(tests, the_scripts_of_all_hooks_are_looked_at);
    tcase_add_test(tests, an_instance_without_scripts_has_no_findings);
    tcase_add_test(tests, a_script_that_is_gone_is_a_finding_without_a_line);
    tcase_add_test(tests, a_script_runs_on_as_before_it_was_looked_at);
    tcase_add_test(tests, figures_name_the_limits_and_count_allocations);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
