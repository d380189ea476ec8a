/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the module promises of flow_check.h: what it exports and registers, how
 * it gets on with hosts of other versions and sizes, several instances, and
 * threads.
 */
#include <check.h>
#include <elf.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>

#include "mock_expect.h"
#include "mock_flow.h"
#include "run_suite.h"

#define COUNT(array) (int)(sizeof(array) / sizeof(array)[0])

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

/* --- The file ------------------------------------------------------------ */

/* All of a file; free() it. */
static char *read_file(const char *path)
{
    FILE *file = fopen(path, "r");
    char *bytes;
    long len;

    ck_assert_msg(file != NULL, "%s", path);
    ck_assert_int_eq(fseek(file, 0, SEEK_END), 0);
    len = ftell(file);
    rewind(file);
    bytes = malloc((size_t)len);
    ck_assert_uint_eq(fread(bytes, 1, (size_t)len, file), (size_t)len);
    fclose(file);
    return bytes;
}

static const ElfW(Shdr) * find_section(const char *elf, ElfW(Word) type)
{
    const ElfW(Ehdr) *header = (const ElfW(Ehdr) *)elf;
    const ElfW(Shdr) *sections = (const ElfW(Shdr) *)(elf + header->e_shoff);

    for (int i = 0; i < header->e_shnum; i++)
        if (sections[i].sh_type == type)
            return &sections[i];
    ck_abort_msg("no section of type %u", type);
    return NULL;
}

/* The names of a shared object's defined symbols, each with a space after it.
 */
static void list_exports(const char *elf, char *list, size_t size)
{
    const ElfW(Ehdr) *header = (const ElfW(Ehdr) *)elf;
    const ElfW(Shdr) *sections = (const ElfW(Shdr) *)(elf + header->e_shoff);
    const ElfW(Shdr) *table = find_section(elf, SHT_DYNSYM);
    const ElfW(Sym) *symbols = (const ElfW(Sym) *)(elf + table->sh_offset);
    const char *names = elf + sections[table->sh_link].sh_offset;
    size_t len = 0;

    list[0] = '\0';
    for (size_t i = 1; i < table->sh_size / sizeof *symbols; i++)
        if (symbols[i].st_shndx != SHN_UNDEF && len < size)
            len += (size_t)snprintf(list + len, size - len, "%s ",
                                    names + symbols[i].st_name);
}

START_TEST(the_module_exports_one_symbol)
{
    char *elf = read_file(getenv("FLOW_USER_CHECK"));
    char exports[1024];

    list_exports(elf, exports, sizeof exports);
    ck_assert_str_eq(exports, FC_MODULE_INIT " ");
    free(elf);
}
END_TEST

/* --- What it registers --------------------------------------------------- */

START_TEST(the_check_has_the_key_title_and_numbers_of_ntopng)
{
    const struct fc_check *check = &host->check;

    ck_assert_int_eq(mock_load(host), FC_OK);
    ck_assert_str_eq(check->key, "custom_lua_script");
    ck_assert_str_eq(check->title, "Flow User Check Script");
    ck_assert_ptr_nonnull(check->description);
    ck_assert_uint_eq(check->alert_id, 87);
    ck_assert_uint_eq(check->alert_category, 1);
    ck_assert_uint_eq(check->hooks, 1 << FC_HOOK_DETECTED |
                                        1 << FC_HOOK_PERIODIC |
                                        1 << FC_HOOK_END);
    ck_assert_uint_eq(check->struct_size, sizeof *check);
}
END_TEST

/* It is off by default: loading alone must do nothing. */
START_TEST(a_module_that_is_only_loaded_does_nothing_but_register)
{
    mock_write(host, MOCK_SCRIPT, "this is no program");
    ck_assert_int_eq(mock_load(host), FC_OK);
    ck_assert_str_eq(mock_order(host), "register ");
}
END_TEST

START_TEST(calls_and_answers_come_in_the_order_of_the_life_cycle)
{
    struct mock_instance *instance =
        mock_start_script(host, "print('seen')\nflow.triggerAlert(1, 'x')");

    mock_write(host, MOCK_END_SCRIPT, "error('failed')");
    ck_assert_int_eq(mock_config(instance, "{}"), FC_OK);
    mock_run(instance, FC_HOOK_DETECTED, &flow);
    mock_run(instance, FC_HOOK_PERIODIC, &flow);
    mock_run(instance, FC_HOOK_END, &flow);
    mock_disable(instance);
    ck_assert_str_eq(mock_order(host),
                     "register enable config config detected output alert "
                     "periodic end error disable ");
}
END_TEST

/* --- Hosts of other versions and sizes ----------------------------------- */

static const uint32_t other_versions[] = { 0, FC_ABI_VERSION + 1, UINT32_MAX };

START_TEST(a_host_of_another_version_is_refused_with_both_versions_named)
{
    char ours[32], theirs[32];

    snprintf(ours, sizeof ours, "speaks ABI version %u,", FC_ABI_VERSION);
    snprintf(theirs, sizeof theirs, "this host speaks %u ", other_versions[_i]);
    host->offer.abi_version = other_versions[_i];
    ck_assert_int_eq(mock_load(host), FC_ERROR_ABI);
    ck_assert_uint_eq(host->registered, 0);
    expect_only_line(host, FC_LOG_ERROR, ours);
    expect_line(host, FC_LOG_ERROR, theirs);
}
END_TEST

/* What is behind struct_size is not there: valgrind and ASan look. */
START_TEST(a_host_that_is_too_small_is_refused_and_not_read_behind_its_end)
{
    host->offer.struct_size = offsetof(struct fc_host, install_dir);
    ck_assert_int_eq(mock_load(host), FC_ERROR_ABI);
    ck_assert_uint_eq(host->registered, 0);
    expect_only_line(host, FC_LOG_ERROR, "a struct fc_host of");
}
END_TEST

START_TEST(a_host_too_small_to_log_is_refused_in_silence)
{
    host->offer.struct_size = offsetof(struct fc_host, log);
    ck_assert_int_eq(mock_load(host), FC_ERROR_ABI);
    ck_assert_uint_eq(host->registered, 0);
    ck_assert_uint_eq(host->line_count, 0);
}
END_TEST

static void expect_working_module(void)
{
    struct fc_stats stats = mock_stats(
        mock_run_script(host, "flow.triggerAlert(1, 'works')", &flow),
        FC_HOOK_DETECTED);

    expect_only_alert(host, "works");
    expect_quiet(host);
    ck_assert_uint_eq(stats.ok, 1);
}

START_TEST(a_host_without_a_clock_will_do)
{
    host->offer.clock = NULL;
    expect_working_module();
}
END_TEST

START_TEST(a_host_too_small_for_a_clock_will_do)
{
    host->offer.struct_size = offsetof(struct fc_host, clock);
    expect_working_module();
}
END_TEST

START_TEST(a_larger_host_will_do)
{
    host->offer.struct_size = sizeof(struct fc_host) + 64;
    expect_working_module();
}
END_TEST

START_TEST(a_host_without_a_name_will_do)
{
    host->offer.name = NULL;
    expect_working_module();
}
END_TEST

/* --- Flows of other sizes ------------------------------------------------ */

/* A copy of exactly size bytes; what is behind the known ones is not zero. */
static void *resize(const void *from, uint32_t known, uint32_t size)
{
    unsigned char *to = malloc(size);

    ck_assert_ptr_nonnull(to);
    memset(to, 0xAA, size);
    memcpy(to, from, known < size ? known : size);
    memcpy(to, &size, sizeof size);
    return to;
}

START_TEST(a_larger_flow_is_read_as_one_of_ours)
{
    struct fc_flow *larger = resize(&flow, sizeof flow, sizeof flow + 64);

    larger->tls = &mock_tls;
    mock_run_script(host, "flow.triggerAlert(1, flow.tls_quic().sni)", larger);
    expect_only_alert(host, "sni.example.org");
    ck_assert_ptr_eq(host->alerts[0].flow, larger);
    free(larger);
}
END_TEST

START_TEST(what_a_smaller_flow_lacks_reads_as_unknown)
{
    struct fc_flow *smaller =
        resize(&flow, sizeof flow, offsetof(struct fc_flow, l7_master_proto));

    mock_run_script(host,
                    "flow.triggerAlert(1, table.concat({\n"
                    "    flow.cli(), flow.bytes(), flow.l7_master_proto(),\n"
                    "    flow.l7_proto(), flow.l7_proto_name(),\n"
                    "    tostring(flow.http()), tostring(flow.tls_quic())\n"
                    "}, ' '))\n",
                    smaller);
    expect_only_alert(host, "192.0.2.10 3000 0 0 Unknown nil nil");
    ck_assert_ptr_eq(host->alerts[0].flow, smaller);
    free(smaller);
}
END_TEST

static const char one_key_of_each[] =
    "local function tell(table, key) return tostring(table[key]) end\n"
    "flow.triggerAlert(1, table.concat({\n"
    "    tell(flow.http(), 'url'), tell(flow.http(), 'server_name'),\n"
    "    tell(flow.dns(), 'query'), tell(flow.dns(), 'invalid_chars'),\n"
    "    tell(flow.ssh(), 'client_signature'),\n"
    "    tell(flow.ssh(), 'hassh_server'),\n"
    "    tell(flow.tls_quic(), 'version'), tell(flow.tls_quic(), 'ja4')\n"
    "}, ' '))\n";

/* The metadata with so many bytes more, or without their last fields. */
static void expect_metadata(uint32_t http, uint32_t dns, uint32_t ssh,
                            uint32_t tls, const char *alert)
{
    void *of_http = resize(&mock_http, sizeof mock_http, http);
    void *of_dns = resize(&mock_dns, sizeof mock_dns, dns);
    void *of_ssh = resize(&mock_ssh, sizeof mock_ssh, ssh);
    void *of_tls = resize(&mock_tls, sizeof mock_tls, tls);

    flow.http = of_http;
    flow.dns = of_dns;
    flow.ssh = of_ssh;
    flow.tls = of_tls;
    mock_run_script(host, one_key_of_each, &flow);
    expect_only_alert(host, alert);
    free(of_http);
    free(of_dns);
    free(of_ssh);
    free(of_tls);
}

START_TEST(larger_metadata_is_read_as_ours)
{
    expect_metadata(sizeof mock_http + 8, sizeof mock_dns + 32,
                    sizeof mock_ssh + 16, sizeof mock_tls + 64,
                    "www.example.org/a?b=c www.example.org ipv6.example.org "
                    "true SSH-2.0-OpenSSH_9.2p1 "
                    "B12D2871A1189EFF20364CF5333619EE 772 "
                    "t13d1516h2_8daaf6152771_b186095e22b6");
}
END_TEST

START_TEST(what_smaller_metadata_lacks_is_absent)
{
    expect_metadata(offsetof(struct fc_http, server_name),
                    offsetof(struct fc_dns, invalid_chars_in_query),
                    offsetof(struct fc_ssh, hassh_server),
                    offsetof(struct fc_tls, ja4_client),
                    "www.example.org/a?b=c nil ipv6.example.org nil "
                    "SSH-2.0-OpenSSH_9.2p1 nil 772 nil");
}
END_TEST

/* --- Figures of other sizes ---------------------------------------------- */

START_TEST(figures_fill_a_larger_struct_and_zero_the_rest)
{
    struct {
        struct fc_stats known;
        uint64_t unknown;
    } larger = { .known = { .struct_size = sizeof larger },
                 .unknown = UINT64_MAX };
    struct mock_instance *instance = mock_run_script(host, "", &flow);

    ck_assert_int_eq(mock_read_stats(instance, FC_HOOK_DETECTED, &larger.known),
                     FC_OK);
    ck_assert_uint_eq(larger.known.struct_size, sizeof larger);
    ck_assert_uint_eq(larger.known.ok, 1);
    ck_assert_uint_eq(larger.unknown, 0);
}
END_TEST

/* A host that was built before alerts were counted. */
START_TEST(figures_do_not_write_behind_a_smaller_struct)
{
    const uint32_t size = offsetof(struct fc_stats, alerts);
    struct fc_stats stats;
    struct mock_instance *instance = mock_run_script(host, "", &flow);

    memset(&stats, 0xAA, sizeof stats);
    stats.struct_size = size;
    ck_assert_int_eq(mock_read_stats(instance, FC_HOOK_DETECTED, &stats),
                     FC_OK);
    ck_assert_uint_eq(stats.struct_size, size);
    ck_assert_uint_eq(stats.ok, 1);
    ck_assert_uint_eq(stats.alerts, 0xAAAAAAAAAAAAAAAA);
}
END_TEST

START_TEST(figures_of_a_hook_that_is_none_are_refused)
{
    struct fc_stats stats = { .struct_size = sizeof stats, .runs = 42 };
    struct mock_instance *instance = mock_run_script(host, "", &flow);

    ck_assert_int_eq(mock_read_stats(instance, (enum fc_hook)FC_HOOKS, &stats),
                     FC_ERROR);
    ck_assert_uint_eq(stats.runs, 42);
}
END_TEST

/* --- Several instances --------------------------------------------------- */

static const char counting_script[] = "n = (n or 0) + 1\n"
                                      "flow.triggerAlert(1, n)\n";

START_TEST(two_instances_share_nothing)
{
    struct mock_instance *first = mock_start_script(host, counting_script);
    struct mock_instance *second = mock_start(host);

    mock_run(first, FC_HOOK_DETECTED, &flow);
    mock_run(first, FC_HOOK_DETECTED, &flow);
    mock_run(second, FC_HOOK_DETECTED, &flow);
    expect_alert(host, 1, 1, "2");
    expect_alert(host, 2, 1, "1");
    ck_assert_uint_eq(mock_stats(first, FC_HOOK_DETECTED).runs, 2);
    ck_assert_uint_eq(mock_stats(second, FC_HOOK_DETECTED).runs, 1);
}
END_TEST

START_TEST(instances_may_have_settings_of_their_own)
{
    struct mock_instance *documented =
        mock_start_script(host, "flow.triggerAlert(1, flow.direction())");
    struct mock_instance *compat = mock_enable(host, 1);

    ck_assert_int_eq(mock_config(compat, "{\"compat\": \"ntopng\"}"), FC_OK);
    mock_run(documented, FC_HOOK_DETECTED, &flow);
    mock_run(compat, FC_HOOK_DETECTED, &flow);
    expect_alert(host, 0, 1, "local2remote");
    expect_alert(host, 1, 1, "local@remote");
}
END_TEST

/* As ntopng does it when its settings change. */
START_TEST(an_old_instance_may_be_disabled_after_a_new_one_was_enabled)
{
    struct mock_instance *old = mock_start_script(host, counting_script);
    struct mock_instance *new;

    mock_run(old, FC_HOOK_DETECTED, &flow);
    new = mock_start(host);
    mock_run(old, FC_HOOK_DETECTED, &flow);
    mock_disable(old);
    mock_run(new, FC_HOOK_DETECTED, &flow);
    mock_run(new, FC_HOOK_DETECTED, &flow);
    expect_alert_count(host, 4);
    expect_alert(host, 1, 1, "2");
    expect_alert(host, 2, 1, "1");
    expect_alert(host, 3, 1, "2");
    expect_quiet(host);
}
END_TEST

START_TEST(an_instance_may_be_disabled_before_it_was_configured)
{
    mock_disable(mock_enable(host, 0));
    ck_assert_str_eq(mock_order(host), "register enable disable ");
}
END_TEST

START_TEST(a_module_may_be_loaded_a_second_time)
{
    struct mock_instance *instance = mock_start_script(host, counting_script);

    mock_run(instance, FC_HOOK_DETECTED, &flow);
    ck_assert_int_eq(mock_load(host), FC_OK);
    mock_run(instance, FC_HOOK_DETECTED, &flow);
    expect_alert(host, 1, 1, "2");
    mock_run(mock_start(host), FC_HOOK_DETECTED, &flow);
    expect_alert(host, 2, 1, "1");
}
END_TEST

/* --- Threads ------------------------------------------------------------- */

#define FLOWS_PER_WORKER 1000

/* A worker's whole life; its argument is its number. Asserts nothing: see
 * mock_host.h. */
static void *work(void *number)
{
    struct mock_instance *instance = mock_enable(host, *(unsigned *)number);

    mock_config(instance, "{}");
    for (int i = 0; i < FLOWS_PER_WORKER; i++)
        mock_run(instance, FC_HOOK_DETECTED, &flow);
    mock_disable(instance);
    return NULL;
}

START_TEST(an_instance_may_live_on_another_thread)
{
    unsigned number = 0;
    pthread_t thread;

    mock_write(host, MOCK_SCRIPT, "print('seen') flow.triggerAlert(1, 'x')");
    ck_assert_int_eq(mock_load(host), FC_OK);
    ck_assert_int_eq(pthread_create(&thread, NULL, work, &number), 0);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    expect_alert_count(host, FLOWS_PER_WORKER);
    expect_line_count(host, FC_LOG_OUTPUT, FLOWS_PER_WORKER);
    ck_assert(pthread_equal(host->alerts[0].thread, thread));
    ck_assert(pthread_equal(host->lines[0].thread, thread));
    ck_assert(!pthread_equal(thread, pthread_self()));
    expect_quiet(host);
}
END_TEST

/* How many alerts of a thread came in the order 1, 2, 3... */
static int count_in_order(pthread_t thread)
{
    int count = 0;

    for (size_t i = 0; i < host->alert_count; i++)
        if (pthread_equal(host->alerts[i].thread, thread))
            count += atoi(host->alerts[i].message) == count + 1;
    return count;
}

START_TEST(workers_run_at_the_same_time_without_disturbing_each_other)
{
    unsigned numbers[] = { 0, 1, 2, 3 };
    pthread_t threads[COUNT(numbers)];

    mock_write(host, MOCK_SCRIPT, counting_script);
    ck_assert_int_eq(mock_load(host), FC_OK);
    for (int i = 0; i < COUNT(threads); i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, work, &numbers[i]),
                         0);
    for (int i = 0; i < COUNT(threads); i++)
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    for (int i = 0; i < COUNT(threads); i++)
        ck_assert_int_eq(count_in_order(threads[i]), FLOWS_PER_WORKER);
    expect_quiet(host);
}
END_TEST

/* --- The suite ----------------------------------------------------------- */

static void add_host_tests(TCase *tests)
{
    tcase_add_test(tests, the_module_exports_one_symbol);
    tcase_add_test(tests, the_check_has_the_key_title_and_numbers_of_ntopng);
    tcase_add_test(tests,
                   a_module_that_is_only_loaded_does_nothing_but_register);
    tcase_add_test(tests,
                   calls_and_answers_come_in_the_order_of_the_life_cycle);
    tcase_add_loop_test(
        tests, a_host_of_another_version_is_refused_with_both_versions_named, 0,
        COUNT(other_versions));
    tcase_add_test(
        tests, a_host_that_is_too_small_is_refused_and_not_read_behind_its_end);
    tcase_add_test(tests, a_host_too_small_to_log_is_refused_in_silence);
    tcase_add_test(tests, a_host_without_a_clock_will_do);
    tcase_add_test(tests, a_host_too_small_for_a_clock_will_do);
    tcase_add_test(tests, a_larger_host_will_do);
    tcase_add_test(tests, a_host_without_a_name_will_do);
}

static void add_struct_tests(TCase *tests)
{
    tcase_add_test(tests, a_larger_flow_is_read_as_one_of_ours);
    tcase_add_test(tests, what_a_smaller_flow_lacks_reads_as_unknown);
    tcase_add_test(tests, larger_metadata_is_read_as_ours);
    tcase_add_test(tests, what_smaller_metadata_lacks_is_absent);
    tcase_add_test(tests, figures_fill_a_larger_struct_and_zero_the_rest);
    tcase_add_test(tests, figures_do_not_write_behind_a_smaller_struct);
    tcase_add_test(tests, figures_of_a_hook_that_is_none_are_refused);
}

static void add_instance_tests(TCase *tests)
{
    tcase_add_test(tests, two_instances_share_nothing);
    tcase_add_test(tests, instances_may_have_settings_of_their_own);
    tcase_add_test(tests,
                   an_old_instance_may_be_disabled_after_a_new_one_was_enabled);
    tcase_add_test(tests, an_instance_may_be_disabled_before_it_was_configured);
    tcase_add_test(tests, a_module_may_be_loaded_a_second_time);
    tcase_add_test(tests, an_instance_may_live_on_another_thread);
    tcase_add_test(tests,
                   workers_run_at_the_same_time_without_disturbing_each_other);
}

int main(void)
{
    Suite *suite = suite_create("module ABI");
    TCase *tests = tcase_create("module ABI");

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    add_host_tests(tests);
    add_struct_tests(tests);
    add_instance_tests(tests);
    return run_suite(suite);
}
