/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What host/metadata.h promises: a copy says the same, and owns all of it. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "metadata.h"
#include "run_suite.h"

/* Texts of the original, which are gone when the copy is looked at. */
static char texts[32][16];
static size_t text_count;

static void forget_texts(void)
{
    memset(texts, 'x', sizeof texts);
    text_count = 0;
}

static const char *text(const char *value)
{
    ck_assert_uint_lt(text_count, sizeof texts / sizeof *texts);
    return strcpy(texts[text_count++], value);
}

START_TEST(every_string_of_every_protocol_outlives_the_original)
{
    struct fc_http http = { .struct_size = sizeof http,
                            .return_code = 404,
                            .method = text("GET"),
                            .url = text("a.org/b"),
                            .user_agent = text("curl"),
                            .server = text("nginx"),
                            .server_name = text("a.org") };
    struct fc_dns dns = { .struct_size = sizeof dns,
                          .return_code = 3,
                          .query_type = 28,
                          .query = text("b.org"),
                          .invalid_chars_in_query = 1 };
    struct fc_ssh ssh = { .struct_size = sizeof ssh,
                          .client_signature = text("SSH-2.0-c"),
                          .server_signature = text("SSH-2.0-s"),
                          .hassh_client = text("aa"),
                          .hassh_server = text("bb") };
    struct fc_tls tls = { .struct_size = sizeof tls,
                          .version = 772,
                          .sni = text("c.org"),
                          .server_names = text("c.org,d.org"),
                          .alpn = text("h2"),
                          .supported_versions = text("TLSv1.3"),
                          .issuer_dn = text("CN=i"),
                          .subject_dn = text("CN=s"),
                          .not_before = 1,
                          .not_after = INT64_MAX,
                          .ja3_client = text("j3c"),
                          .ja3_server = text("j3s"),
                          .ja4_client = text("j4c") };
    struct metadata original = { 91,   126, text("TLS.Google"), &http, &dns,
                                 &ssh, &tls };
    struct metadata *copy = metadata_copy(&original);

    ck_assert_ptr_nonnull(copy);
    forget_texts();
    memset(&http, 0, sizeof http);
    memset(&dns, 0, sizeof dns);
    memset(&ssh, 0, sizeof ssh);
    memset(&tls, 0, sizeof tls);
    ck_assert_uint_eq(copy->master_proto, 91);
    ck_assert_uint_eq(copy->app_proto, 126);
    ck_assert_str_eq(copy->name, "TLS.Google");
    ck_assert_uint_eq(copy->http->return_code, 404);
    ck_assert_str_eq(copy->http->method, "GET");
    ck_assert_str_eq(copy->http->url, "a.org/b");
    ck_assert_str_eq(copy->http->user_agent, "curl");
    ck_assert_str_eq(copy->http->server, "nginx");
    ck_assert_str_eq(copy->http->server_name, "a.org");
    ck_assert_uint_eq(copy->dns->query_type, 28);
    ck_assert_str_eq(copy->dns->query, "b.org");
    ck_assert_str_eq(copy->ssh->client_signature, "SSH-2.0-c");
    ck_assert_str_eq(copy->ssh->server_signature, "SSH-2.0-s");
    ck_assert_str_eq(copy->ssh->hassh_client, "aa");
    ck_assert_str_eq(copy->ssh->hassh_server, "bb");
    ck_assert_str_eq(copy->tls->sni, "c.org");
    ck_assert_str_eq(copy->tls->server_names, "c.org,d.org");
    ck_assert_str_eq(copy->tls->alpn, "h2");
    ck_assert_str_eq(copy->tls->supported_versions, "TLSv1.3");
    ck_assert_str_eq(copy->tls->issuer_dn, "CN=i");
    ck_assert_str_eq(copy->tls->subject_dn, "CN=s");
    ck_assert_int_eq(copy->tls->not_after, INT64_MAX);
    ck_assert_str_eq(copy->tls->ja3_client, "j3c");
    ck_assert_str_eq(copy->tls->ja3_server, "j3s");
    ck_assert_str_eq(copy->tls->ja4_client, "j4c");
    free(copy);
}
END_TEST

START_TEST(what_is_unknown_stays_unknown)
{
    const struct fc_dns dns = { .struct_size = sizeof dns };
    const struct metadata original = { .name = "DNS", .dns = &dns };
    struct metadata *copy = metadata_copy(&original);

    ck_assert_ptr_nonnull(copy);
    ck_assert_ptr_null(copy->http);
    ck_assert_ptr_null(copy->ssh);
    ck_assert_ptr_null(copy->tls);
    ck_assert_ptr_nonnull(copy->dns);
    ck_assert_ptr_null(copy->dns->query);
    free(copy);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("metadata");
    TCase *tcase = tcase_create("copy");

    tcase_add_checked_fixture(tcase, forget_texts, NULL);
    tcase_add_test(tcase, every_string_of_every_protocol_outlives_the_original);
    tcase_add_test(tcase, what_is_unknown_stays_unknown);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
