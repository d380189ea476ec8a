/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What host/figures.h promises of the figures of two workers, added up. */
#include <check.h>
#include <string.h>

#include "figures.h"
#include "run_suite.h"

/* Counts are the offset of the field, times n: a mix-up shows. */
#define COUNTS(X)  \
    X(runs)        \
    X(ok)          \
    X(alerts)      \
    X(duplicates)  \
    X(over_limit)  \
    X(clamped)     \
    X(skipped)     \
    X(reloads)     \
    X(timed)       \
    X(time_total)  \
    X(collections) \
    X(allocations)
#define GREATEST(X) \
    X(time_max)     \
    X(memory_used)  \
    X(memory_peak)  \
    X(time_limit)   \
    X(memory_limit)
#define SET(field) stats.field = n * (1 + offsetof(struct fc_stats, field));

static struct fc_stats filled(uint64_t n)
{
    struct fc_stats stats = { .struct_size = sizeof stats };

    COUNTS(SET)
    GREATEST(SET)
    for (unsigned i = 0; i < FC_FAILURES_MAX; i++)
        stats.failures[i] = n * (i + 1);
    for (unsigned i = 0; i < FC_TIME_BUCKETS; i++)
        stats.time_histogram[i] = n * (i + 1);
    return stats;
}

#define IS_SUM(field) ck_assert_uint_eq(sum.field, all.field);
#define IS_GREATEST(field) ck_assert_uint_eq(sum.field, most.field);

START_TEST(counts_are_summed_up_and_of_the_rest_the_greatest_stays)
{
    struct fc_stats sum = filled(10);
    const struct fc_stats more = filled(3), most = filled(10), all = filled(13);

    figures_add_hook(&sum, &more);
    COUNTS(IS_SUM)
    GREATEST(IS_GREATEST)
    ck_assert_mem_eq(sum.failures, all.failures, sizeof sum.failures);
    ck_assert_mem_eq(sum.time_histogram, all.time_histogram,
                     sizeof sum.time_histogram);
    sum = more;
    figures_add_hook(&sum, &most);
    GREATEST(IS_GREATEST)
}
END_TEST

/* One that is off on any worker is worth knowing of. */
START_TEST(the_worst_state_stays)
{
    struct fc_stats sum = { .state = FC_HOOK_READY };

    figures_add_hook(&sum, &(struct fc_stats){ .state = FC_HOOK_OFF });
    ck_assert_int_eq(sum.state, FC_HOOK_OFF);
    figures_add_hook(&sum, &(struct fc_stats){ .state = FC_HOOK_READY });
    ck_assert_int_eq(sum.state, FC_HOOK_OFF);
}
END_TEST

START_TEST(the_last_error_is_the_later_one)
{
    struct fc_stats sum = { .script = NULL };
    const struct fc_stats early = { .last_error = "early",
                                    .last_error_time = 1 };
    const struct fc_stats late = { .last_error = "late", .last_error_time = 2 };
    const struct fc_stats none = { .script = "script" };

    figures_add_hook(&sum, &early);
    ck_assert_str_eq(sum.last_error, "early");
    figures_add_hook(&sum, &late);
    figures_add_hook(&sum, &early);
    figures_add_hook(&sum, &none);
    ck_assert_str_eq(sum.last_error, "late");
    ck_assert_int_eq(sum.last_error_time, 2);
    ck_assert_str_eq(sum.script, "script");
}
END_TEST

/* A field that is appended to the struct wants its row in figures.c, and then
 * a new size here. */
START_TEST(no_figure_is_forgotten)
{
    size_t known = 0;

#define ADD(field) known += sizeof(uint64_t);
    COUNTS(ADD)
    GREATEST(ADD)
    known += sizeof(((struct fc_stats *)NULL)->failures) +
             sizeof(((struct fc_stats *)NULL)->time_histogram);
    /* struct_size and state; script, last_error and its time. */
    known += 2 * sizeof(uint32_t) + 2 * sizeof(char *) + sizeof(int64_t);
    ck_assert_uint_eq(sizeof(struct fc_stats), known);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sums");
    TCase *tests = tcase_create("sums");

    tcase_add_test(tests,
                   counts_are_summed_up_and_of_the_rest_the_greatest_stays);
    tcase_add_test(tests, the_worst_state_stays);
    tcase_add_test(tests, the_last_error_is_the_later_one);
    tcase_add_test(tests, no_figure_is_forgotten);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
