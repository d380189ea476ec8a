/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What host/flow_index.h promises, while it grows from end to end. */
#include <check.h>
#include <stdbool.h>
#include <stdlib.h>

#include "flow_index.h"
#include "flow_table.h"
#include "run_suite.h"

/* So many that the buckets, two each, fill four segments. */
#define FLOWS 60000

static struct flow_index flow_index;
static struct flow *flows;

/* Any hashes: those of Knuth's multiplicative method, so some share buckets. */
static void add_all(void)
{
    ck_assert_int_eq(flow_index_init(&flow_index), 0);
    flows = calloc(FLOWS, sizeof *flows);
    ck_assert_ptr_nonnull(flows);
    for (uint32_t i = 0; i < FLOWS; i++) {
        flows[i].hash = i * UINT32_C(2654435761);
        flow_index_add(&flow_index, &flows[i]);
    }
}

static void free_all(void)
{
    flow_index_free(&flow_index);
    free(flows);
}

static bool is_found(const struct flow *wanted)
{
    const struct flow *flow = flow_index_first(&flow_index, wanted->hash);

    while (flow != NULL && flow != wanted)
        flow = flow->next;
    return flow != NULL;
}

START_TEST(every_flow_is_found_after_every_growth)
{
    for (size_t i = 0; i < FLOWS; i++)
        ck_assert(is_found(&flows[i]));
}
END_TEST

START_TEST(a_flow_that_is_removed_leaves_all_others)
{
    for (size_t i = 0; i < FLOWS; i += 3)
        flow_index_remove(&flow_index, &flows[i]);
    for (size_t i = 0; i < FLOWS; i++)
        ck_assert(is_found(&flows[i]) == (i % 3 != 0));
}
END_TEST

/* Longer chains would make a table of many flows slow. */
START_TEST(a_bucket_has_few_flows)
{
    size_t looks = 0;

    for (size_t i = 0; i < FLOWS; i++)
        for (const struct flow *flow =
                 flow_index_first(&flow_index, flows[i].hash);
             flow != &flows[i]; flow = flow->next)
            looks++;
    ck_assert_uint_lt(looks, FLOWS);
}
END_TEST

START_TEST(after_a_clear_it_is_empty_and_can_be_filled)
{
    flow_index_clear(&flow_index);
    for (size_t i = 0; i < FLOWS; i++)
        ck_assert_ptr_null(flow_index_first(&flow_index, flows[i].hash));
    for (size_t i = 0; i < FLOWS; i++)
        flow_index_add(&flow_index, &flows[i]);
    for (size_t i = 0; i < FLOWS; i++)
        ck_assert(is_found(&flows[i]));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("flow_index");
    TCase *tcase = tcase_create("index");

    tcase_add_checked_fixture(tcase, add_all, free_all);
    tcase_add_test(tcase, every_flow_is_found_after_every_growth);
    tcase_add_test(tcase, a_flow_that_is_removed_leaves_all_others);
    tcase_add_test(tcase, a_bucket_has_few_flows);
    tcase_add_test(tcase, after_a_clear_it_is_empty_and_can_be_filled);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
