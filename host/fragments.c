/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fragments - a direct-mapped cache of first fragments.
 *
 * A key has one place, its hash; what was there is overwritten. So memory and
 * time per fragment are fixed whatever is sent, and nothing needs to expire.
 *
 * The price: a later fragment stays without ports when it overtakes its first
 * one, or when another packet took the place in between. Fragments of a packet
 * follow each other closely, so with 4096 places that takes thousands of
 * fragmented packets on the way at once. And an entry lives until overwritten:
 * a stray fragment is given old ports when an id comes round again, for IPv4
 * after 65536 packets between two hosts.
 */
#include "fragments.h"

#include <stdlib.h>
#include <string.h>

#define PLACES 4096u /* 192 KiB in all; a power of two, for the hash */

/* What the fragments of one packet have in common. */
struct fragment_key {
    uint32_t id;
    uint16_t vlan_id;
    uint8_t ip_version; /* 0 in an empty place */
    uint8_t l4_proto;   /* IPv4 only */
    uint8_t src[16];
    uint8_t dst[16];
};

/* Keys are hashed and compared as bytes. */
_Static_assert(sizeof(struct fragment_key) == 40, "a key has no padding");

struct first_fragment {
    struct fragment_key key;
    uint16_t src_port;
    uint16_t dst_port;
    uint16_t dns_id;
    uint8_t l4_proto;
};

struct fragments {
    struct first_fragment places[PLACES];
};

/*
 * IPv6 numbers packets for each pair of hosts, IPv4 for each protocol of a pair
 * as well. In IPv6, only the first fragment knows the transport anyway: the
 * others name whatever header comes after the fragment header, maybe options.
 */
static struct fragment_key key_of(const struct packet *packet)
{
    struct fragment_key key = {
        .id = packet->fragment_id,
        .vlan_id = packet->vlan_id,
        .ip_version = packet->ip_version,
        .l4_proto = packet->ip_version == 4 ? packet->l4_proto : 0,
    };

    memcpy(key.src, packet->src, sizeof key.src);
    memcpy(key.dst, packet->dst, sizeof key.dst);
    return key;
}

/* FNV-1a, with the upper half folded in because its low bits mix least. */
static uint32_t hash(const struct fragment_key *key)
{
    const uint8_t *bytes = (const uint8_t *)key;
    uint64_t value = 0xcbf29ce484222325u;

    for (size_t i = 0; i < sizeof *key; i++)
        value = (value ^ bytes[i]) * 0x100000001b3u;
    return (uint32_t)(value ^ value >> 32);
}

static struct first_fragment *place_of(struct fragments *fragments,
                                       const struct fragment_key *key)
{
    return &fragments->places[hash(key) % PLACES];
}

struct fragments *fragments_new(void)
{
    return calloc(1, sizeof(struct fragments));
}

void fragments_free(struct fragments *fragments)
{
    free(fragments);
}

void fragments_note_first(struct fragments *fragments,
                          const struct packet *packet)
{
    struct fragment_key key = key_of(packet);

    if (!packet->first_fragment)
        return;
    *place_of(fragments, &key) = (struct first_fragment){
        .key = key,
        .src_port = packet->src_port,
        .dst_port = packet->dst_port,
        .dns_id = packet->dns_id,
        .l4_proto = packet->l4_proto,
    };
}

bool fragments_fill_ports(struct fragments *fragments, struct packet *later)
{
    struct fragment_key key = key_of(later);
    const struct first_fragment *first = place_of(fragments, &key);

    if (!later->later_fragment || memcmp(&first->key, &key, sizeof key) != 0)
        return false;
    later->src_port = first->src_port;
    later->dst_port = first->dst_port;
    later->dns_id = first->dns_id;
    later->l4_proto = first->l4_proto;
    return true;
}
