/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What include/flow_check.h says of a module that breaks its rules, or comes
 * from a later release: with modules that are built from tests/modules/.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "contract.h"
#include "figures.h"
#include "loader.h"
#include "mock_flow.h"
#include "run_suite.h"
#include "stats_text.h"

#define COUNT(array) (int)(sizeof(array) / sizeof(array)[0])

static struct modules *modules;
static struct checks *checks;
static struct heard heard;

static void set_up(void)
{
    loader_start();
    heard = (struct heard){ .count = 0 };
}

static void tear_down(void)
{
    checks_free(checks);
    modules_unload(modules);
    heard_free(&heard);
    checks = NULL;
    modules = NULL;
    loader_end();
}

static void start(const char *fixture)
{
    modules = loader_load_one(fixture);
    checks = loader_enable(modules, fixture, &heard);
}

static void run(enum fc_hook hook)
{
    const struct fc_flow flow = mock_any_flow();

    checks_run(checks, hook, &flow);
}

static struct fc_stats stats_of(enum fc_hook hook)
{
    struct fc_stats stats;

    checks_stats(checks, 0, hook, &stats);
    return stats;
}

/* --- A newer module ------------------------------------------------------ */

START_TEST(a_newer_module_runs)
{
    start("newer");
    run(FC_HOOK_DETECTED);
    ck_assert_int_eq(heard.count, 1);
    ck_assert_uint_eq(heard.alerts[0].struct_size, sizeof heard.alerts[0]);
    ck_assert_mem_eq(heard.alerts[0].message, "newer", 5);
    expect_not_logged("error");
}
END_TEST

START_TEST(a_level_that_nobody_knows_is_written_as_information)
{
    start("newer");
    ck_assert_str_eq(loader_log(), "flowcheck: a line of level 9\n");
}
END_TEST

START_TEST(a_state_that_nobody_knows_is_told_apart)
{
    start("newer");
    ck_assert_int_eq(stats_of(FC_HOOK_DETECTED).state, FC_HOOK_STATES);
}
END_TEST

START_TEST(failures_of_a_kind_that_nobody_knows_are_in_all_sums)
{
    struct fc_stats stats, sum;

    start("newer");
    stats = stats_of(FC_HOOK_DETECTED);
    sum = stats;
    figures_add_hook(&sum, &stats);
    ck_assert_uint_eq(figures_failures(&stats), 3);
    ck_assert_uint_eq(figures_other_failures(&stats), 2);
    ck_assert_uint_eq(figures_failures(&sum), 6);
    ck_assert_uint_eq(figures_other_failures(&sum), 4);
}
END_TEST

static int findings;
static struct fc_finding found[8];

static void on_finding(void *context, const struct fc_finding *finding)
{
    (void)context;
    ck_assert_int_lt(findings, COUNT(found));
    ck_assert_ptr_nonnull(finding->text);
    ck_assert_uint_le(strlen(finding->text), FC_TEXT_MAX);
    ck_assert(finding->script == NULL ||
              strlen(finding->script) <= FC_PATH_MAX);
    found[findings++] = *finding;
}

START_TEST(a_severity_that_nobody_knows_is_a_warning)
{
    start("newer");
    findings = 0;
    ck_assert_int_eq(checks_lint(checks, 0, on_finding, NULL), 0);
    ck_assert_int_eq(findings, 1);
    ck_assert_int_eq(found[0].severity, FC_FINDING_WARNING);
    ck_assert_uint_eq(found[0].line, 3);
}
END_TEST

/* --- A lying module ------------------------------------------------------ */

START_TEST(alerts_that_lie_are_held_to_their_limits_or_refused)
{
    start("lying");
    run(FC_HOOK_DETECTED);
    run(FC_HOOK_PERIODIC);
    ck_assert_int_eq(heard.count, 3);
    ck_assert_int_eq(heard.alerts[0].score, 0);
    ck_assert_uint_eq(heard.alerts[0].message_len, 0);
    ck_assert_ptr_nonnull(heard.alerts[0].message);
    ck_assert_int_eq(heard.alerts[1].score, FC_SCORE_MAX);
    for (int i = 1; i < 3; i++)
        ck_assert_uint_eq(heard.alerts[i].message_len, FC_MESSAGE_MAX);
    for (int i = 0; i < 3; i++)
        ck_assert_uint_eq(strlen(heard.scripts[i]), FC_PATH_MAX);
    expect_logged_once("check \"lying\" triggers an alert that is NULL\n");
    expect_not_logged("struct_size");
}
END_TEST

START_TEST(what_is_no_line_is_said_once_and_left_out)
{
    start("lying");
    expect_logged_once("flowcheck: a line of no level\n");
    expect_logged_once("check \"lying\" logs a line that is NULL: left out\n");
    expect_not_logged("a line of no host");
}
END_TEST

START_TEST(a_line_without_an_end_is_cut)
{
    off_t before;

    start("lying");
    before = loader_log_size();
    run(FC_HOOK_END);
    ck_assert_int_eq(loader_log_size() - before, FC_LOG_MAX + 1);
}
END_TEST

START_TEST(figures_that_lie_do_no_harm)
{
    struct fc_stats stats, sum;

    start("lying");
    stats = stats_of(FC_HOOK_DETECTED);
    sum = stats;
    ck_assert_uint_eq(stats.struct_size, sizeof stats);
    ck_assert_int_eq(stats.state, FC_HOOK_STATES);
    ck_assert_uint_eq(strlen(stats.script), FC_PATH_MAX);
    ck_assert_uint_eq(strlen(stats.last_error), FC_TEXT_MAX);
    ck_assert_uint_eq(stats_percentile(&stats, 50), stats.time_max);
    figures_add_hook(&sum, &stats);
    ck_assert_uint_eq(sum.runs, UINT64_MAX);
    ck_assert_uint_eq(sum.failures[15], UINT64_MAX);
    ck_assert_uint_eq(figures_failures(&sum), UINT64_MAX);
    ck_assert_uint_eq(figures_other_failures(&sum), UINT64_MAX);
    expect_not_logged("figures");
}
END_TEST

START_TEST(figures_that_failed_are_not_believed)
{
    struct fc_stats stats, none = { .struct_size = sizeof none };

    start("lying");
    stats = stats_of(FC_HOOK_PERIODIC);
    ck_assert_mem_eq(&stats, &none, sizeof none);
}
END_TEST

START_TEST(figures_larger_than_asked_for_hit_nothing_else)
{
    struct {
        struct fc_stats stats;
        unsigned char behind[200];
    } room;

    start("lying");
    memset(&room, 0x55, sizeof room);
    for (int i = 0; i < 2; i++)
        checks_stats(checks, 0, FC_HOOK_END, &room.stats);
    ck_assert_uint_eq(room.stats.runs, 7);
    for (size_t i = 0; i < sizeof room.behind; i++)
        ck_assert_uint_eq(room.behind[i], 0x55);
    expect_logged_once("check \"lying\" fills more of its figures than "
                       "struct_size allows: the rest is not read\n");
}
END_TEST

START_TEST(findings_that_lie_are_held_to_their_limits_or_left_out)
{
    start("lying");
    findings = 0;
    ck_assert_int_eq(checks_lint(checks, 0, on_finding, NULL), -1);
    ck_assert_int_eq(findings, 2);
    ck_assert_int_eq(found[0].severity, FC_FINDING_WARNING);
    ck_assert_ptr_null(found[0].script);
    ck_assert_uint_eq(found[0].line, UINT32_MAX);
    ck_assert_int_eq(found[1].severity, FC_FINDING_ERROR);
    expect_logged_once("check \"lying\" has a finding that is NULL\n");
}
END_TEST

START_TEST(hooks_that_a_check_does_not_have_are_never_active)
{
    start("lying");
    ck_assert_uint_eq(checks_active(checks),
                      FC_HOOK_BIT(FC_HOOK_DETECTED) | FC_HOOK_BIT(FC_HOOK_END));
}
END_TEST

/* --- A module that is late ----------------------------------------------- */

START_TEST(a_function_that_was_kept_registers_nothing_later)
{
    start("late");
    run(FC_HOOK_DETECTED);
    expect_keys(modules, "late ");
    expect_logged_once("late.so\" registers a check outside its init: "
                       "refused\n");
    expect_logged_once("check \"late\" registers a check outside its init: "
                       "refused\n");
}
END_TEST

START_TEST(an_alert_comes_from_its_hook_on_its_thread)
{
    start("late");
    ck_assert_int_eq(checks_enable(checks, modules_get(modules, 0), "{}"), 0);
    run(FC_HOOK_DETECTED);
    run(FC_HOOK_DETECTED);
    ck_assert_int_eq(heard.count, 0);
    expect_logged(
        "check \"late\" triggers an alert on a thread that is not its "
        "worker's: refused\n");
    expect_logged_once("late.so\" triggers an alert outside a hook: "
                       "refused\n");
    expect_logged_once("check \"late\" triggers an alert outside its hooks: "
                       "refused\n");
    checks_free(checks);
    checks = NULL;
    expect_not_logged("the current one");
}
END_TEST

/* --- The rules themselves ------------------------------------------------ */

/* Of each length that counts; the string lies in a block of its own. */
static char *text_of(size_t len)
{
    char *text = malloc(len + 1);

    ck_assert_ptr_nonnull(text);
    memset(text, 'x', len);
    text[len] = '\0';
    return text;
}

START_TEST(strings_may_be_as_long_as_the_header_says)
{
    struct fc_check offered = {
        .struct_size = sizeof offered,
        .abi_version = FC_ABI_VERSION,
        .hooks = FC_HOOK_BIT(FC_HOOK_END),
        .on_end = (void (*)(void *, const struct fc_flow *))abort,
        .enable =
            (enum fc_status(*)(const struct fc_host *, unsigned, void **))abort,
        .disable = (void (*)(void *))abort,
    };
    char *key = text_of(FC_KEY_MAX), *title = text_of(FC_TITLE_MAX),
         *description = text_of(FC_DESCRIPTION_MAX);
    struct text_error err = { "" };
    struct fc_check taken;

    offered.key = key;
    offered.title = title;
    offered.description = description;
    ck_assert_msg(contract_check(&taken, &offered, &err) == FC_OK, "%s",
                  err.text);
    ck_assert_str_eq(taken.key, key);
    free(key);
    free(title);
    free(description);
}
END_TEST

/* What a struct had in the first version, and one byte less. */
static const struct {
    uint32_t size;
    bool taken;
} alert_sizes[] = {
    { 0, false },
    { 4, false },
    { offsetof(struct fc_alert, script) - 1, false },
    { offsetof(struct fc_alert, script), true },
    { sizeof(struct fc_alert), true },
    { FC_STRUCT_MAX, true },
    { FC_STRUCT_MAX + 1, false },
    { UINT32_MAX, false },
};

START_TEST(an_alert_has_a_size_that_can_be)
{
    unsigned char block[FC_STRUCT_MAX] = { 0 };
    struct fc_alert alert = { .struct_size = alert_sizes[_i].size,
                              .score = 7,
                              .message = "m",
                              .message_len = 1,
                              .script = "s" };
    struct contract_alert taken;
    const char *fault;

    memcpy(block, &alert, sizeof alert);
    fault = contract_alert(&taken, (const struct fc_alert *)(void *)block);
    ck_assert_int_eq(fault == NULL, alert_sizes[_i].taken);
    if (fault != NULL)
        return;
    ck_assert_int_eq(taken.alert.score, 7);
    ck_assert_int_eq(taken.alert.script != NULL,
                     alert_sizes[_i].size >= sizeof alert);
}
END_TEST

START_TEST(a_message_may_have_any_length_that_is_one)
{
    static const struct {
        size_t len, taken;
        bool refused;
    } lengths[] = {
        { 0, 0, false },
        { FC_MESSAGE_MAX, FC_MESSAGE_MAX, false },
        { FC_MESSAGE_MAX + 1, FC_MESSAGE_MAX, false },
        { PTRDIFF_MAX, FC_MESSAGE_MAX, false },
        { (size_t)PTRDIFF_MAX + 1, 0, true },
        { SIZE_MAX, 0, true },
    };
    char *message = text_of(FC_MESSAGE_MAX - 1); /* and its NUL */
    struct contract_alert taken;

    for (int i = 0; i < COUNT(lengths); i++) {
        const struct fc_alert alert = { .struct_size = sizeof alert,
                                        .message = message,
                                        .message_len = lengths[i].len };
        const char *fault = contract_alert(&taken, &alert);

        ck_assert_int_eq(fault != NULL, lengths[i].refused);
        if (fault == NULL)
            ck_assert_uint_eq(taken.alert.message_len, lengths[i].taken);
    }
    free(message);
}
END_TEST

START_TEST(every_level_is_itself_and_any_other_is_information)
{
    for (int level = 0; level <= FC_LOG_OUTPUT; level++)
        ck_assert_int_eq(contract_level((enum fc_log_level)level), level);
    ck_assert_int_eq(contract_level((enum fc_log_level)(FC_LOG_OUTPUT + 1)),
                     FC_LOG_INFO);
    ck_assert_int_eq(contract_level((enum fc_log_level)(-1)), FC_LOG_INFO);
}
END_TEST

/* The worst state of two workers stays, and one that nobody knows is no
 * reason to forget that the other is off. */
START_TEST(a_state_that_nobody_knows_hides_no_bad_one)
{
    static const enum fc_hook_state worse[] = {
        FC_HOOK_EMPTY,  FC_HOOK_READY, (enum fc_hook_state)FC_HOOK_STATES,
        FC_HOOK_BROKEN, FC_HOOK_OFF,
    };

    for (int i = 0; i < COUNT(worse); i++)
        for (int k = 0; k < COUNT(worse); k++) {
            struct fc_stats sum = { .state = worse[i] };

            figures_add_hook(&sum, &(struct fc_stats){ .state = worse[k] });
            ck_assert_int_eq(sum.state, worse[i > k ? i : k]);
        }
}
END_TEST

/* --- The suite ----------------------------------------------------------- */

int main(void)
{
    Suite *suite = suite_create("module contract");
    TCase *tests = tcase_create("module contract");

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_newer_module_runs);
    tcase_add_test(tests, a_level_that_nobody_knows_is_written_as_information);
    tcase_add_test(tests, a_state_that_nobody_knows_is_told_apart);
    tcase_add_test(tests, failures_of_a_kind_that_nobody_knows_are_in_all_sums);
    tcase_add_test(tests, a_severity_that_nobody_knows_is_a_warning);
    tcase_add_test(tests, alerts_that_lie_are_held_to_their_limits_or_refused);
    tcase_add_test(tests, what_is_no_line_is_said_once_and_left_out);
    tcase_add_test(tests, a_line_without_an_end_is_cut);
    tcase_add_test(tests, figures_that_lie_do_no_harm);
    tcase_add_test(tests, figures_that_failed_are_not_believed);
    tcase_add_test(tests, figures_larger_than_asked_for_hit_nothing_else);
    tcase_add_test(tests,
                   findings_that_lie_are_held_to_their_limits_or_left_out);
    tcase_add_test(tests, hooks_that_a_check_does_not_have_are_never_active);
    tcase_add_test(tests, a_function_that_was_kept_registers_nothing_later);
    tcase_add_test(tests, an_alert_comes_from_its_hook_on_its_thread);
    tcase_add_test(tests, strings_may_be_as_long_as_the_header_says);
    tcase_add_loop_test(tests, an_alert_has_a_size_that_can_be, 0,
                        COUNT(alert_sizes));
    tcase_add_test(tests, a_message_may_have_any_length_that_is_one);
    tcase_add_test(tests, every_level_is_itself_and_any_other_is_information);
    tcase_add_test(tests, a_state_that_nobody_knows_hides_no_bad_one);
    return run_suite(suite);
}
