/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What lint's samples are promised to be: flows that this build could have made
 * of packets, and no others. What they lack is in test_lint_command.sh.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "run_suite.h"
#include "samples.h"

static struct dpi *dpi;
static struct sample sample;

static void set_up(void)
{
    struct text_error err;

    dpi = dpi_new(DPI_MAX_PACKETS_DEFAULT, &err);
    ck_assert_ptr_nonnull(dpi);
}

static void tear_down(void)
{
    dpi_free(dpi);
}

static const struct fc_flow *fill(size_t index, enum fc_hook hook)
{
    samples_fill(dpi, index, hook, &sample);
    return &sample.flow;
}

/* A flow has the tables of its protocol, all of them and no others. */
START_TEST(a_sample_has_what_ndpi_tells_of_its_protocol)
{
    for (size_t i = 0; i < samples_count(); i++) {
        const struct fc_flow *flow = fill(i, FC_HOOK_DETECTED);
        struct dpi_view view;

        dpi_recall(dpi, flow->l7_master_proto, flow->l7_proto, &view);
        ck_assert_msg((flow->http != NULL) == (view.known.http != NULL) &&
                          (flow->dns != NULL) == (view.known.dns != NULL) &&
                          (flow->ssh != NULL) == (view.known.ssh != NULL) &&
                          (flow->tls != NULL) == (view.known.tls != NULL),
                      "%s", sample.title);
        ck_assert_str_eq(flow->l7_proto_name, view.known.name);
    }
}
END_TEST

/* The names that the host hands out: nDPI has a few hundred of them. */
START_TEST(a_sample_has_a_name_that_the_host_names)
{
    const char **names = dpi_protocol_names(dpi);

    ck_assert_ptr_nonnull(names);
    for (size_t i = 0; i < samples_count(); i++) {
        const char *name = fill(i, FC_HOOK_DETECTED)->l7_proto_name;
        const char *last =
            strchr(name, '.') != NULL ? strchr(name, '.') + 1 : name;
        size_t n = 0;

        while (names[n] != NULL && strcmp(names[n], last) != 0)
            n++;
        ck_assert_msg(names[n] != NULL, "%s", name);
    }
    free(names);
}
END_TEST

START_TEST(no_sample_has_what_this_build_cannot_tell)
{
    struct dpi_gifts seen = { false, false, false, false };

    for (size_t i = 0; i < samples_count(); i++) {
        const struct fc_flow *flow = fill(i, FC_HOOK_DETECTED);

        seen.http_server |= flow->http != NULL && flow->http->server != NULL;
        if (flow->tls == NULL)
            continue;
        seen.ja3_client |= flow->tls->ja3_client != NULL;
        seen.ja3_server |= flow->tls->ja3_server != NULL;
        seen.ja4_client |= flow->tls->ja4_client != NULL;
    }
    ck_assert_int_eq(seen.http_server, dpi_gifts.http_server);
    ck_assert_int_eq(seen.ja3_client, dpi_gifts.ja3_client);
    ck_assert_int_eq(seen.ja3_server, dpi_gifts.ja3_server);
    ck_assert_int_eq(seen.ja4_client, dpi_gifts.ja4_client);
}
END_TEST

static uint64_t all_bytes(const struct fc_flow *flow)
{
    return flow->cli2srv_bytes + flow->srv2cli_bytes;
}

START_TEST(a_sample_is_older_and_larger_in_each_later_hook)
{
    for (size_t i = 0; i < samples_count(); i++) {
        struct fc_flow detected = *fill(i, FC_HOOK_DETECTED);
        struct fc_flow periodic = *fill(i, FC_HOOK_PERIODIC);
        struct fc_flow end = *fill(i, FC_HOOK_END);

        ck_assert_uint_lt(all_bytes(&detected), all_bytes(&periodic));
        ck_assert_uint_lt(all_bytes(&periodic), all_bytes(&end));
        ck_assert_int_lt(detected.last_seen, periodic.last_seen);
        ck_assert_int_lt(periodic.last_seen, end.last_seen);
        ck_assert_int_eq(detected.first_seen, end.first_seen);
        ck_assert_int_eq(detected.srv2cli_packets == 0,
                         end.srv2cli_packets == 0);
    }
}
END_TEST

START_TEST(a_sample_keeps_to_the_contract_of_a_flow)
{
    for (size_t i = 0; i < samples_count(); i++) {
        const struct fc_flow *flow = fill(i, FC_HOOK_DETECTED);
        bool has_ports = flow->l4_proto == 6 || flow->l4_proto == 17;

        ck_assert_uint_eq(flow->struct_size, sizeof *flow);
        ck_assert(flow->ip_version == 4 || flow->ip_version == 6);
        ck_assert_msg((flow->srv_port != 0) == has_ports, "%s", sample.title);
        ck_assert_uint_le(flow->vlan_id, 4095);
        ck_assert(flow->cli2srv_packets + flow->srv2cli_packets > 0);
        ck_assert_int_eq(strncmp(sample.title, "a sample ", 9), 0);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("samples");
    TCase *tests = tcase_create("samples");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_sample_has_what_ndpi_tells_of_its_protocol);
    tcase_add_test(tests, a_sample_has_a_name_that_the_host_names);
    tcase_add_test(tests, no_sample_has_what_this_build_cannot_tell);
    tcase_add_test(tests, a_sample_is_older_and_larger_in_each_later_hook);
    tcase_add_test(tests, a_sample_keeps_to_the_contract_of_a_flow);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
