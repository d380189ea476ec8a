/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * locality - a list of networks, and the questions asked of it.
 *
 * What is local is so by the user's list. It does not ask interfaces for their
 * networks; whoever knows them adds them to the list.
 */
#include "locality.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "fc_flow.h"

/* Addresses in network order, as two words; the bits after the prefix are 0. */
struct network {
    uint64_t address[2];
    uint64_t mask[2];
    uint8_t ip_version;
    uint8_t prefix;
};

struct locality {
    size_t count;
    struct network networks[];
};

static bool network_holds(const struct network *network, uint8_t ip_version,
                          const uint64_t address[2])
{
    return network->ip_version == ip_version &&
           (address[0] & network->mask[0]) == network->address[0] &&
           (address[1] & network->mask[1]) == network->address[1];
}

/* Multicast, limited broadcast, and "this host" as in DHCP: not unicast
 * anywhere, whatever networks are local. */
static bool is_never_unicast(uint8_t ip_version, const uint8_t address[16])
{
    uint32_t v4;

    if (ip_version != 4)
        return address[0] == 0xFF;
    memcpy(&v4, address, sizeof v4);
    return address[0] >> 4 == 14 || v4 == UINT32_MAX || v4 == 0;
}

/*
 * Whether an address of an IPv4 network is its first or its last. A /31 has two
 * hosts (RFC 3021), a /32 is one, and 0.0.0.0/0 is no network that anyone
 * broadcasts to.
 */
static bool is_edge(const struct network *network, const uint8_t address[16])
{
    uint32_t host_bits, host;

    if (network->prefix < 1 || network->prefix > 30)
        return false;
    memcpy(&host, address, sizeof host);
    host_bits = UINT32_MAX >> network->prefix;
    host = ntohl(host) & host_bits;
    return host == 0 || host == host_bits;
}

struct place {
    bool unicast;
    bool local; /* in a network of the list */
};

static struct place locate(const struct locality *locality, uint8_t ip_version,
                           const uint8_t address[16])
{
    struct place place = { !is_never_unicast(ip_version, address), false };
    uint64_t words[2];

    memcpy(words, address, sizeof words);
    for (size_t i = 0; i < locality->count; i++) {
        const struct network *network = &locality->networks[i];

        if (!network_holds(network, ip_version, words))
            continue;
        place.local = true;
        if (ip_version == 4 && is_edge(network, address))
            place.unicast = false;
    }
    return place;
}

bool locality_is_unicast(const struct locality *locality, uint8_t ip_version,
                         const uint8_t address[16])
{
    return locate(locality, ip_version, address).unicast;
}

uint32_t locality_flags(const struct locality *locality, uint8_t ip_version,
                        const uint8_t client[16], const uint8_t server[16])
{
    struct place from = locate(locality, ip_version, client);
    struct place to = locate(locality, ip_version, server);
    uint32_t flags = 0;

    if (!from.unicast || from.local)
        flags |= FC_FLOW_CLI_LOCAL;
    if (!to.unicast || to.local)
        flags |= FC_FLOW_SRV_LOCAL;
    if (from.unicast && to.unicast)
        flags |= FC_FLOW_UNICAST;
    return flags;
}

/* Reads a decimal number of 1 to 3 digits. Returns -1 when it is none. */
static int parse_digits(const char *text)
{
    size_t len = strlen(text);

    if (len < 1 || len > 3 || strspn(text, "0123456789") != len)
        return -1;
    return atoi(text);
}

static void set_mask(struct network *network)
{
    uint8_t mask[16] = { 0 };
    size_t whole = network->prefix / 8;

    memset(mask, 0xFF, whole);
    if (network->prefix % 8 != 0)
        mask[whole] = (uint8_t)(0xFF00u >> network->prefix % 8);
    memcpy(network->mask, mask, sizeof mask);
    network->address[0] &= network->mask[0];
    network->address[1] &= network->mask[1];
}

/* Splits text, which has no spaces, at its slash. Returns what is wrong. */
static const char *parse_network(char *text, struct network *network)
{
    char *slash = strchr(text, '/');
    int prefix, bits;

    if (*text == '\0')
        return "is empty";
    if (slash != NULL)
        *slash = '\0';
    *network = (struct network){ .ip_version = strchr(text, ':') ? 6 : 4 };
    bits = network->ip_version == 6 ? 128 : 32;
    if (inet_pton(bits == 128 ? AF_INET6 : AF_INET, text, network->address) !=
        1)
        return "is no IPv4 or IPv6 address";
    prefix = slash != NULL ? parse_digits(slash + 1) : bits;
    if (prefix < 0 || prefix > bits)
        return bits == 32 ? "needs a prefix length of 0 to 32"
                          : "needs a prefix length of 0 to 128";
    network->prefix = (uint8_t)prefix;
    set_mask(network);
    return NULL;
}

static int parse_entry(const char *entry, size_t len, struct network *network,
                       struct text_error *err)
{
    char text[INET6_ADDRSTRLEN + sizeof "/128"];
    const char *fault = "is no IPv4 or IPv6 address";

    while (len > 0 && isspace((unsigned char)entry[0])) {
        entry++;
        len--;
    }
    while (len > 0 && isspace((unsigned char)entry[len - 1]))
        len--;
    if (len < sizeof text) {
        memcpy(text, entry, len);
        text[len] = '\0';
        fault = parse_network(text, network);
    }
    if (fault == NULL)
        return 0;
    return text_fail(err, "\"%.*s\" in the list of local networks %s",
                     len > 99 ? 99 : (int)len, entry, fault);
}

static int parse_list(struct locality *locality, const char *list,
                      struct text_error *err)
{
    if (list[strspn(list, " \t\r\n")] == '\0')
        return 0;
    for (;;) {
        struct network *network = &locality->networks[locality->count];
        size_t len = strcspn(list, ",");

        if (parse_entry(list, len, network, err) != 0)
            return -1;
        locality->count++;
        if (list[len] == '\0')
            return 0;
        list += len + 1;
    }
}

static size_t count_entries(const char *list)
{
    size_t count = 1;

    for (; *list != '\0'; list++)
        count += *list == ',';
    return count;
}

struct locality *locality_parse(const char *networks, struct text_error *err)
{
    struct locality *locality =
        calloc(1, sizeof *locality +
                      count_entries(networks) * sizeof *locality->networks);

    if (locality == NULL) {
        text_fail(err, "out of memory for the list of local networks");
        return NULL;
    }
    if (parse_list(locality, networks, err) != 0) {
        locality_free(locality);
        return NULL;
    }
    return locality;
}

void locality_free(struct locality *locality)
{
    free(locality);
}
