/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What host/locality.h promises: which addresses are local, which are not
 * unicast, and which lists of networks are refused.
 */
#include <arpa/inet.h>
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "fc_flow.h"
#include "locality.h"
#include "run_suite.h"

/* --- Helpers ------------------------------------------------------------- */

static struct locality *parse(const char *networks)
{
    struct text_error err = { "" };
    struct locality *locality = locality_parse(networks, &err);

    ck_assert_msg(locality != NULL, "%s: %s", networks, err.text);
    return locality;
}

/* Reads an address and returns its IP version. */
static uint8_t read_address(const char *text, uint8_t address[16])
{
    int family = strchr(text, ':') != NULL ? AF_INET6 : AF_INET;

    memset(address, 0xA5, 16); /* what follows an IPv4 address is no matter */
    ck_assert_int_eq(inet_pton(family, text, address), 1);
    return family == AF_INET6 ? 6 : 4;
}

static uint32_t get_flags(const char *networks, const char *client,
                          const char *server)
{
    struct locality *locality = parse(networks);
    uint8_t cli[16], srv[16];
    uint8_t ip_version = read_address(client, cli);
    uint32_t flags;

    ck_assert_uint_eq(ip_version, read_address(server, srv));
    flags = locality_flags(locality, ip_version, cli, srv);
    locality_free(locality);
    return flags;
}

/* A remote unicast partner, so that the flags are those of the address. */
static const char *get_partner(const char *address)
{
    return strchr(address, ':') != NULL ? "2001:db8::1" : "198.51.100.7";
}

static void expect_local(const char *networks, const char *address, bool local)
{
    uint32_t flags = get_flags(networks, address, get_partner(address));

    ck_assert_msg(!!(flags & FC_FLOW_CLI_LOCAL) == local, "%s in %s", address,
                  networks);
    ck_assert(!(flags & FC_FLOW_SRV_LOCAL));
    flags = get_flags(networks, get_partner(address), address);
    ck_assert(!!(flags & FC_FLOW_SRV_LOCAL) == local);
    ck_assert(!(flags & FC_FLOW_CLI_LOCAL));
}

static void expect_unicast(const char *networks, const char *text, bool unicast)
{
    struct locality *locality = parse(networks);
    uint8_t address[16];
    uint8_t ip_version = read_address(text, address);

    ck_assert_msg(locality_is_unicast(locality, ip_version, address) == unicast,
                  "%s in %s", text, networks);
    locality_free(locality);
}

/* What locality_parse says of a list that it must refuse. */
static void expect_refused(const char *networks, const char *entry,
                           const char *fault)
{
    struct text_error err = { "" };

    ck_assert_msg(locality_parse(networks, &err) == NULL, "%s", networks);
    ck_assert_msg(strstr(err.text, entry) != NULL, "%s", err.text);
    ck_assert_msg(strstr(err.text, fault) != NULL, "%s", err.text);
}

/* --- Local --------------------------------------------------------------- */

START_TEST(private_and_link_local_networks_are_local_by_default)
{
    static const struct {
        const char *address;
        bool local;
    } cases[] = { { "127.0.0.1", true },
                  { "126.255.255.255", false },
                  { "128.0.0.1", false },
                  { "10.1.2.3", true },
                  { "11.0.0.1", false },
                  { "9.255.255.255", false },
                  { "172.15.255.255", false },
                  { "172.16.0.1", true },
                  { "172.31.255.254", true },
                  { "172.32.0.1", false },
                  { "192.168.7.9", true },
                  { "192.167.7.9", false },
                  { "169.254.3.4", true },
                  { "169.253.3.4", false },
                  { "8.8.8.8", false },
                  { "::1", true },
                  { "::2", false },
                  { "fc00::1", true },
                  { "fdff:ffff::1", true },
                  { "fbff::1", false },
                  { "fe00::1", false },
                  { "fe80::1", true },
                  { "febf:ffff::1", true },
                  { "fec0::1", false },
                  { "2001:4860::8888", false } };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_local(LOCALITY_DEFAULT, cases[i].address, cases[i].local);
}
END_TEST

START_TEST(a_prefix_of_any_length_divides_at_its_last_bit)
{
    static const char inside[] = "a5a5:5a5a:3c3c:c3c3:9696:6969:a5a5:5a5a";

    for (unsigned prefix = 1; prefix <= 128; prefix++) {
        char network[64], outside[INET6_ADDRSTRLEN];
        uint8_t address[16];

        snprintf(network, sizeof network, "%s/%u", inside, prefix);
        read_address(inside, address);
        address[(prefix - 1) / 8] ^= (uint8_t)(0x80 >> (prefix - 1) % 8);
        inet_ntop(AF_INET6, address, outside, sizeof outside);
        expect_local(network, inside, true);
        expect_local(network, outside, false);
    }
}
END_TEST

START_TEST(an_address_without_a_length_is_one_host)
{
    expect_local("203.0.113.5", "203.0.113.5", true);
    expect_local("203.0.113.5", "203.0.113.4", false);
    expect_local("2001:db8:1::5", "2001:db8:1::5", true);
    expect_local("2001:db8:1::5", "2001:db8:1::4", false);
}
END_TEST

START_TEST(host_bits_of_a_network_are_cleared)
{
    expect_local("203.0.113.77/28", "203.0.113.66", true);
    expect_local("203.0.113.77/28", "203.0.113.81", false);
    expect_local("2001:db8:1::ffff/64", "2001:db8:1::1", true);
}
END_TEST

START_TEST(a_prefix_of_zero_holds_every_address_of_its_version)
{
    uint32_t local = FC_FLOW_CLI_LOCAL | FC_FLOW_SRV_LOCAL | FC_FLOW_UNICAST;

    ck_assert_uint_eq(get_flags("0.0.0.0/0", "8.8.8.8", "1.1.1.1"), local);
    ck_assert_uint_eq(get_flags("0.0.0.0/0", "2001::1", "2001::2"),
                      FC_FLOW_UNICAST);
    ck_assert_uint_eq(get_flags("::/0", "2001::1", "2001::2"), local);
    ck_assert_uint_eq(get_flags("::/0", "8.8.8.8", "1.1.1.1"), FC_FLOW_UNICAST);
}
END_TEST

START_TEST(networks_of_one_version_hold_no_addresses_of_the_other)
{
    /* 2001:: begins with the bytes 32, 1. */
    expect_local("32.1.0.0/16", "2001::1", false);
    expect_local("2001::/16", "32.1.0.1", false);
}
END_TEST

START_TEST(blanks_around_networks_are_allowed)
{
    static const char list[] = " 203.0.113.0/24 ,\t2001:db8:1::/48\n, 8.8.8.8 ";

    expect_local(list, "203.0.113.9", true);
    expect_local(list, "2001:db8:1::9", true);
    expect_local(list, "8.8.8.8", true);
    expect_local(list, "8.8.4.4", false);
}
END_TEST

START_TEST(an_empty_list_makes_nothing_local)
{
    expect_local("", "10.0.0.1", false);
    expect_local(" \t ", "127.0.0.1", false);
    expect_local("", "::1", false);
}
END_TEST

/* --- Unicast ------------------------------------------------------------- */

START_TEST(multicast_and_broadcast_are_not_unicast)
{
    static const struct {
        const char *address;
        bool unicast;
    } cases[] = {
        { "223.255.255.255", true },
        { "224.0.0.0", false },
        { "239.255.255.255", false },
        { "240.0.0.1", true },
        { "255.255.255.255", false },
        { "255.255.255.254", true },
        { "0.0.0.0", false },
        { "0.0.0.1", true },
        { "feff::1", true },
        { "ff00::", false },
        { "ff02::fb", false },
        { "ffff:ffff::", false },
        { "::", true },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_unicast("", cases[i].address, cases[i].unicast);
}
END_TEST

START_TEST(both_edges_of_a_local_network_are_not_unicast)
{
    for (unsigned prefix = 1; prefix <= 32; prefix++) {
        char network[32], first[16], last[16];
        uint32_t mask = ~(uint32_t)(0xFFFFFFFFull >> prefix);
        uint32_t start = 0x65A5C3A5u & mask;
        struct in_addr edge = { htonl(start) };
        bool has_edges = prefix <= 30;

        inet_ntop(AF_INET, &edge, first, sizeof first);
        edge.s_addr = htonl(start | ~mask);
        inet_ntop(AF_INET, &edge, last, sizeof last);
        snprintf(network, sizeof network, "%s/%u", first, prefix);
        expect_unicast(network, last, !has_edges);
        if (start != 0)
            expect_unicast(network, first, !has_edges);
    }
}
END_TEST

START_TEST(addresses_between_the_edges_are_unicast)
{
    expect_unicast("192.168.1.0/24", "192.168.1.1", true);
    expect_unicast("192.168.1.0/24", "192.168.1.254", true);
    expect_unicast("192.168.1.0/30", "192.168.1.2", true);
}
END_TEST

START_TEST(edges_of_networks_that_are_not_local_are_unicast)
{
    expect_unicast("192.168.1.0/24", "192.168.2.255", true);
    expect_unicast("192.168.1.0/24", "192.168.2.0", true);
    expect_unicast("0.0.0.0/0", "128.0.0.0", true);
}
END_TEST

START_TEST(ipv6_networks_have_no_broadcast_address)
{
    expect_unicast("2001:db8:1::/64", "2001:db8:1::", true);
    expect_unicast("2001:db8:1::/64", "2001:db8:1::ffff:ffff:ffff:ffff", true);
}
END_TEST

START_TEST(what_is_not_unicast_counts_as_local)
{
    expect_local("", "224.0.0.251", true);
    expect_local("", "255.255.255.255", true);
    expect_local("", "0.0.0.0", true);
    expect_local("", "ff02::1", true);
}
END_TEST

START_TEST(a_flow_is_unicast_when_both_ends_are)
{
    static const char networks[] = "192.168.1.0/24";

    ck_assert_uint_eq(get_flags(networks, "192.168.1.5", "8.8.8.8"),
                      FC_FLOW_CLI_LOCAL | FC_FLOW_UNICAST);
    ck_assert_uint_eq(get_flags(networks, "192.168.1.5", "224.0.0.1"),
                      FC_FLOW_CLI_LOCAL | FC_FLOW_SRV_LOCAL);
    ck_assert_uint_eq(get_flags(networks, "0.0.0.0", "8.8.8.8"),
                      FC_FLOW_CLI_LOCAL);
    ck_assert_uint_eq(get_flags(networks, "8.8.8.8", "192.168.1.255"),
                      FC_FLOW_SRV_LOCAL);
    ck_assert_uint_eq(get_flags(networks, "8.8.8.8", "1.1.1.1"),
                      FC_FLOW_UNICAST);
}
END_TEST

/* --- Refusals ------------------------------------------------------------ */

START_TEST(a_bad_entry_is_named_with_what_is_wrong)
{
    static const char no_address[] = "is no IPv4 or IPv6 address";

    expect_refused("10.0.0.0/8,banana", "\"banana\"", no_address);
    expect_refused("10.0.0/8", "\"10.0.0/8\"", no_address);
    expect_refused("10.0.0.256", "\"10.0.0.256\"", no_address);
    expect_refused("fe80::1%eth0/64", "\"fe80::1%eth0/64\"", no_address);
    expect_refused("1:2", "\"1:2\"", no_address);
    expect_refused("/8", "\"/8\"", no_address);
    expect_refused("10.0.0.1 10.0.0.2", "\"10.0.0.1 10.0.0.2\"", no_address);
}
END_TEST

START_TEST(a_bad_prefix_length_is_told_its_range)
{
    static const char *const lengths[] = { "",   "-1",  "33",   "+8",
                                           "8x", "0x8", "0008", " 8" };
    char network[32];

    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        snprintf(network, sizeof network, "10.0.0.0/%s,::1", lengths[i]);
        expect_refused(network, "\"10.0.0.0/", "of 0 to 32");
    }
    expect_refused("fe80::/129", "fe80::/129", "of 0 to 128");
    expect_refused("fe80::/64/64", "fe80::/64/64", "of 0 to 128");
}
END_TEST

START_TEST(an_empty_entry_is_refused)
{
    expect_refused("10.0.0.0/8,", "\"\"", "is empty");
    expect_refused(",10.0.0.0/8", "\"\"", "is empty");
    expect_refused("10.0.0.0/8, ,::1", "\"\"", "is empty");
}
END_TEST

START_TEST(an_entry_of_any_length_is_refused_safely)
{
    char list[300];

    for (size_t len = 30; len < 300; len++) {
        memset(list, '1', len);
        list[len] = '\0';
        expect_refused(list, "\"1111", "is no IPv4 or IPv6 address");
    }
}
END_TEST

START_TEST(the_longest_address_there_is_can_be_written)
{
    expect_local("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255/128",
                 "10.0.0.1", false);
    expect_local("1000:1000:1000:1000:1000:1000:255.255.255.255/128",
                 "1000:1000:1000:1000:1000:1000:ffff:ffff", true);
}
END_TEST

START_TEST(freeing_nothing_is_fine)
{
    locality_free(NULL);
}
END_TEST

static TCase *make_local_case(void)
{
    TCase *tests = tcase_create("local");

    tcase_add_test(tests, private_and_link_local_networks_are_local_by_default);
    tcase_add_test(tests, a_prefix_of_any_length_divides_at_its_last_bit);
    tcase_add_test(tests, an_address_without_a_length_is_one_host);
    tcase_add_test(tests, host_bits_of_a_network_are_cleared);
    tcase_add_test(tests, a_prefix_of_zero_holds_every_address_of_its_version);
    tcase_add_test(tests,
                   networks_of_one_version_hold_no_addresses_of_the_other);
    tcase_add_test(tests, blanks_around_networks_are_allowed);
    tcase_add_test(tests, an_empty_list_makes_nothing_local);
    return tests;
}

static TCase *make_unicast_case(void)
{
    TCase *tests = tcase_create("unicast");

    tcase_add_test(tests, multicast_and_broadcast_are_not_unicast);
    tcase_add_test(tests, both_edges_of_a_local_network_are_not_unicast);
    tcase_add_test(tests, addresses_between_the_edges_are_unicast);
    tcase_add_test(tests, edges_of_networks_that_are_not_local_are_unicast);
    tcase_add_test(tests, ipv6_networks_have_no_broadcast_address);
    tcase_add_test(tests, what_is_not_unicast_counts_as_local);
    tcase_add_test(tests, a_flow_is_unicast_when_both_ends_are);
    return tests;
}

static TCase *make_refusal_case(void)
{
    TCase *tests = tcase_create("refusals");

    tcase_add_test(tests, a_bad_entry_is_named_with_what_is_wrong);
    tcase_add_test(tests, a_bad_prefix_length_is_told_its_range);
    tcase_add_test(tests, an_empty_entry_is_refused);
    tcase_add_test(tests, an_entry_of_any_length_is_refused_safely);
    tcase_add_test(tests, the_longest_address_there_is_can_be_written);
    tcase_add_test(tests, freeing_nothing_is_fine);
    return tests;
}

int main(void)
{
    Suite *suite = suite_create("locality");

    suite_add_tcase(suite, make_local_case());
    suite_add_tcase(suite, make_unicast_case());
    suite_add_tcase(suite, make_refusal_case());
    return run_suite(suite);
}
