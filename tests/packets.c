/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * packets - builds a frame from the outside in.
 *
 * A header's field that names the next header is filled in by that next one:
 * the builder remembers where the field is and what kind of number it takes.
 */
#include "packets.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

/* The kinds of number that a header may give for the next one. */
enum next_kind {
    NEXT_NONE,
    NEXT_ETHER_TYPE,
    NEXT_PPP,
    NEXT_FAMILY_LITTLE,
    NEXT_FAMILY_BIG
};

struct builder {
    struct frame *frame;
    const struct frame_spec *spec;
    const char *src;
    const char *dst;
    enum next_kind next_kind;
    uint32_t next_at;      /* offset of the field that names the next header */
    uint32_t pppoe_len_at; /* offset of PPPoE's length; 0 none */
};

/* What IPv4 and IPv6 are to them. AF_INET6 is Linux's. */
static const uint16_t ip_numbers[][2] = {
    [NEXT_NONE] = { 0, 0 },          [NEXT_ETHER_TYPE] = { 0x0800, 0x86dd },
    [NEXT_PPP] = { 0x0021, 0x0057 }, [NEXT_FAMILY_LITTLE] = { 2 << 8, 10 << 8 },
    [NEXT_FAMILY_BIG] = { 2, 10 },
};

static void demand(bool condition)
{
    if (!condition)
        abort();
}

void frame_set_16(struct frame *frame, uint32_t at, uint32_t value)
{
    demand(at + 2 <= FRAME_MAX && value <= 0xffff);
    frame->bytes[at] = (uint8_t)(value >> 8);
    frame->bytes[at + 1] = (uint8_t)value;
}

static void set_32(struct frame *frame, uint32_t at, uint32_t value)
{
    frame_set_16(frame, at, value >> 16);
    frame_set_16(frame, at + 2, value & 0xffff);
}

/* Adds len zero bytes; returns their offset. */
static uint32_t add(struct frame *frame, uint32_t len)
{
    uint32_t at = frame->len;

    demand(len <= FRAME_MAX - at);
    frame->len += len;
    return at;
}

/* --- Below IP ------------------------------------------------------------ */

/* How a link type is built. */
static const struct link {
    int link_type;
    uint32_t len;
    enum next_kind next_kind;
    uint32_t next_at;
} links[] = {
    [FRAME_ETHERNET] = { 1, 14, NEXT_ETHER_TYPE, 12 },
    [FRAME_RAW] = { 12, 0, NEXT_NONE, 0 },
    [FRAME_NULL] = { 0, 4, NEXT_FAMILY_LITTLE, 0 },
    [FRAME_LOOP] = { 108, 4, NEXT_FAMILY_BIG, 2 },
    [FRAME_COOKED] = { 113, 16, NEXT_ETHER_TYPE, 14 },
    [FRAME_COOKED_V2] = { 276, 20, NEXT_ETHER_TYPE, 0 },
    [FRAME_PPP] = { 9, 2, NEXT_PPP, 0 },
    [FRAME_PPP_HDLC] = { 9, 4, NEXT_PPP, 2 },
};

static void build_link(struct builder *builder)
{
    const struct link *link = &links[builder->spec->link];
    struct frame *frame = builder->frame;

    frame->link_type = link->link_type;
    builder->next_kind = link->next_kind;
    builder->next_at = add(frame, link->len) + link->next_at;
    if (builder->spec->link == FRAME_ETHERNET)
        memcpy(frame->bytes, "\2\0\0\0\0\1\2\0\0\0\0\2", 12);
    if (builder->spec->link == FRAME_PPP_HDLC)
        frame_set_16(frame, 0, 0xff03);
}

/* Names the next header by its EtherType, then adds it. */
static uint32_t add_by_ether_type(struct builder *builder, uint32_t ether_type,
                                  uint32_t len)
{
    demand(builder->next_kind == NEXT_ETHER_TYPE);
    frame_set_16(builder->frame, builder->next_at, ether_type);
    return add(builder->frame, len);
}

static void build_vlan_tags(struct builder *builder)
{
    const struct frame_spec *spec = builder->spec;

    for (int i = 0; i < 8 && spec->vlan[i] != 0; i++) {
        uint16_t type = spec->vlan_type[i] != 0 ? spec->vlan_type[i] : 0x8100;
        uint32_t at = add_by_ether_type(builder, type, 4);

        frame_set_16(builder->frame, at, spec->vlan[i]);
        builder->next_at = at + 2;
    }
}

/* A label stack names no next header: IP is recognised by its version. */
static void build_mpls(struct builder *builder)
{
    const uint32_t *labels = builder->spec->mpls;

    for (int i = 0; i < 8 && labels[i] != 0; i++) {
        bool bottom = i == 7 || labels[i + 1] == 0;
        uint32_t at = i == 0 ? add_by_ether_type(builder, 0x8847, 4)
                             : add(builder->frame, 4);

        set_32(builder->frame, at,
               labels[i] << 12 | (bottom ? 0x100u : 0) | 64);
        builder->next_kind = NEXT_NONE;
    }
}

static void build_pppoe(struct builder *builder)
{
    uint32_t at;

    if (!builder->spec->pppoe)
        return;
    at = add_by_ether_type(builder, 0x8864, 8);
    frame_set_16(builder->frame, at, 0x1100); /* version, type, code */
    frame_set_16(builder->frame, at + 2, 1);  /* session */
    builder->pppoe_len_at = at + 4;
    builder->next_kind = NEXT_PPP;
    builder->next_at = at + 6;
}

/* --- IP ------------------------------------------------------------------ */

static void name_ip(struct builder *builder, bool is_ipv6)
{
    if (builder->next_kind != NEXT_NONE)
        frame_set_16(builder->frame, builder->next_at,
                     ip_numbers[builder->next_kind][is_ipv6]);
}

static void set_addresses(struct builder *builder, int family, uint32_t at,
                          uint32_t len)
{
    uint8_t *bytes = builder->frame->bytes + at;

    demand(inet_pton(family, builder->src, bytes) == 1);
    demand(inet_pton(family, builder->dst, bytes + len) == 1);
}

static void build_ipv4(struct builder *builder)
{
    const struct frame_spec *spec = builder->spec;
    struct frame *frame = builder->frame;
    uint32_t len = 20u + spec->ip_options;
    uint32_t at = add(frame, len);

    name_ip(builder, false);
    demand(len % 4 == 0 && len <= 60 && spec->extensions[0].len == 0);
    frame->bytes[at] = (uint8_t)(0x40 | len / 4);
    frame_set_16(frame, at + 4, spec->fragment_id);
    frame_set_16(frame, at + 6,
                 (uint32_t)spec->more_fragments << 13 |
                     spec->fragment_offset / 8u);
    frame->bytes[at + 8] = 64; /* time to live */
    frame->bytes[at + 9] = spec->proto;
    set_addresses(builder, AF_INET, at + 12, 4);
    memset(frame->bytes + at + 20, 1, spec->ip_options); /* no-operation */
}

static void set_fragment(struct builder *builder, uint32_t at)
{
    const struct frame_spec *spec = builder->spec;

    frame_set_16(builder->frame, at + 2,
                 (uint32_t)spec->fragment_offset | spec->more_fragments);
    set_32(builder->frame, at + 4, spec->fragment_id);
}

/* Adds an extension and returns the offset of its "next header". */
static uint32_t add_extension(struct builder *builder,
                              const struct frame_extension *extension)
{
    struct frame *frame = builder->frame;
    bool is_ah = extension->type == IPPROTO_AH;
    uint32_t unit = is_ah ? 4 : 8;
    uint32_t at = add(frame, extension->len);

    demand(extension->len >= 8 && extension->len % unit == 0);
    frame->bytes[at + 1] = (uint8_t)((extension->len - 8u) / unit);
    if (extension->type == IPPROTO_FRAGMENT)
        set_fragment(builder, at);
    return at;
}

static void build_ipv6(struct builder *builder)
{
    const struct frame_spec *spec = builder->spec;
    struct frame *frame = builder->frame;
    uint32_t at = add(frame, 40);
    uint32_t next_at = at + 6;

    name_ip(builder, true);
    demand(spec->ip_options == 0);
    frame->bytes[at] = 0x60;
    frame->bytes[at + 7] = 64; /* hop limit */
    set_addresses(builder, AF_INET6, at + 8, 16);
    for (int i = 0; i < 8 && spec->extensions[i].len != 0; i++) {
        frame->bytes[next_at] = spec->extensions[i].type;
        next_at = add_extension(builder, &spec->extensions[i]);
    }
    frame->bytes[next_at] = spec->proto;
}

static bool is_ipv6(const struct builder *builder)
{
    return strchr(builder->src, ':') != NULL;
}

static void build_ip(struct builder *builder)
{
    demand(builder->spec->fragment_offset % 8 == 0);
    builder->frame->ip = builder->frame->len;
    if (is_ipv6(builder))
        build_ipv6(builder);
    else
        build_ipv4(builder);
}

/* --- Above IP ------------------------------------------------------------ */

static uint32_t add_ports(struct builder *builder, uint32_t len)
{
    uint32_t at = add(builder->frame, len);

    frame_set_16(builder->frame, at, builder->spec->sport);
    frame_set_16(builder->frame, at + 2, builder->spec->dport);
    return at;
}

static void build_tcp(struct builder *builder)
{
    const struct frame_spec *spec = builder->spec;
    struct frame *frame = builder->frame;
    uint32_t len = 20u + spec->tcp_options;
    uint32_t at = add_ports(builder, len);

    demand(len % 4 == 0 && len <= 60);
    set_32(frame, at + 4, spec->tcp_seq);
    set_32(frame, at + 8, spec->tcp_ack);
    frame->bytes[at + 12] = (uint8_t)(len / 4 << 4);
    frame->bytes[at + 13] = spec->tcp_flags;
    frame_set_16(frame, at + 14, 0xffff);                 /* window */
    memset(frame->bytes + at + 20, 1, spec->tcp_options); /* no-operation */
}

static void build_udp(struct builder *builder)
{
    uint32_t at = add_ports(builder, 8);

    frame_set_16(builder->frame, at + 4, 8 + builder->spec->payload_len);
}

static void build_sctp(struct builder *builder)
{
    uint32_t at = add_ports(builder, 16);

    builder->frame->bytes[at + 12] = builder->spec->sctp_chunk;
    frame_set_16(builder->frame, at + 14, 4 + builder->spec->payload_len);
}

static void build_icmp(struct builder *builder)
{
    uint32_t at = add(builder->frame, 8);

    builder->frame->bytes[at] = builder->spec->icmp_type;
    builder->frame->bytes[at + 1] = builder->spec->icmp_code;
}

/* Transports that have a header; any other protocol is all payload. */
static const struct {
    uint8_t proto;
    void (*build)(struct builder *builder);
} transports[] = {
    { IPPROTO_TCP, build_tcp },     { IPPROTO_UDP, build_udp },
    { IPPROTO_SCTP, build_sctp },   { IPPROTO_ICMP, build_icmp },
    { IPPROTO_ICMPV6, build_icmp },
};

static void build_transport(struct builder *builder)
{
    const struct frame_spec *spec = builder->spec;
    size_t count = sizeof transports / sizeof transports[0];

    builder->frame->transport = builder->frame->len;
    for (size_t i = 0; i < count && spec->fragment_offset == 0; i++)
        if (transports[i].proto == spec->proto)
            transports[i].build(builder);
}

static void build_payload(struct builder *builder)
{
    const struct frame_spec *spec = builder->spec;
    uint32_t at = add(builder->frame, spec->payload_len);

    builder->frame->payload = at;
    if (spec->payload != NULL)
        memcpy(builder->frame->bytes + at, spec->payload, spec->payload_len);
}

/* --- What is known at the end -------------------------------------------- */

/* RFC 1071, of a header whose checksum is still 0. */
static uint32_t checksum(const uint8_t *header, uint32_t len)
{
    uint32_t sum = 0;

    for (uint32_t i = 0; i < len; i += 2)
        sum += (uint32_t)header[i] << 8 | header[i + 1];
    while (sum > 0xffff)
        sum = (sum & 0xffff) + (sum >> 16);
    return ~sum & 0xffff;
}

static void set_lengths(struct builder *builder)
{
    struct frame *frame = builder->frame;
    uint32_t ip = frame->ip;
    uint32_t ip_len = frame->len - ip;

    if (builder->pppoe_len_at != 0)
        frame_set_16(frame, builder->pppoe_len_at, ip_len + 2);
    if (is_ipv6(builder)) {
        frame_set_16(frame, ip + 4, ip_len - 40);
        return;
    }
    frame_set_16(frame, ip + 2, ip_len);
    frame_set_16(frame, ip + 10,
                 checksum(frame->bytes + ip, 20u + builder->spec->ip_options));
}

static void build_padding(struct builder *builder)
{
    struct frame *frame = builder->frame;
    uint32_t pad_to = builder->spec->pad_to;

    if (pad_to > frame->len) {
        uint32_t len = pad_to - frame->len;

        memset(frame->bytes + add(frame, len), 0xAA, len);
    }
}

void frame_build(struct frame *frame, const struct frame_spec *spec)
{
    struct builder builder = {
        .frame = frame,
        .spec = spec,
        .src = spec->src != NULL ? spec->src : "10.0.0.1",
        .dst = spec->dst != NULL ? spec->dst : "10.0.0.2",
    };

    memset(frame, 0, sizeof *frame);
    build_link(&builder);
    build_vlan_tags(&builder);
    build_mpls(&builder);
    build_pppoe(&builder);
    build_ip(&builder);
    build_transport(&builder);
    build_payload(&builder);
    set_lengths(&builder);
    build_padding(&builder);
}

/* --- Tunnels ------------------------------------------------------------- */

void frame_build_tunnel(struct frame *frame, const struct frame_spec *outer,
                        const struct frame_tunnel *tunnel,
                        const struct frame_spec *inner)
{
    struct frame inside;
    struct frame_spec spec = *outer;
    uint8_t payload[FRAME_MAX];
    uint32_t at = tunnel->header_len;

    frame_build(&inside, inner);
    demand(inside.len <= FRAME_MAX - at);
    memcpy(payload, tunnel->header, at);
    memcpy(payload + at, inside.bytes, inside.len);
    spec.payload = payload;
    spec.payload_len = at + inside.len;
    frame_build(frame, &spec);
    frame->inner = frame->payload + at;
    frame->inner_ip = frame->inner + inside.ip;
    if (tunnel->len_at != 0)
        frame_set_16(frame, frame->payload + tunnel->len_at,
                     spec.payload_len - tunnel->len_from);
}

/* --- Samples ------------------------------------------------------------- */

static const struct frame_spec samples[] = {
    { .proto = IPPROTO_TCP, .payload_len = 8, .pad_to = 70 },
    { .proto = IPPROTO_UDP, .dport = 53, .payload_len = 30 },
    { .proto = IPPROTO_SCTP, .sctp_chunk = 1 },
    { .proto = IPPROTO_ICMP, .payload_len = 20 },
    { .proto = IPPROTO_GRE, .payload_len = 20 },
    { .proto = IPPROTO_TCP, .ip_options = 40, .tcp_options = 40 },
    { .proto = IPPROTO_UDP, .fragment_id = 1, .more_fragments = true },
    { .proto = IPPROTO_UDP, .fragment_offset = 8, .payload_len = 8 },
    { FRAME_IPV6, .proto = IPPROTO_TCP, .payload_len = 8, .pad_to = 90 },
    { FRAME_IPV6, .proto = IPPROTO_UDP, .sport = 53, .payload_len = 30 },
    { FRAME_IPV6, .proto = IPPROTO_ICMPV6, .icmp_type = 128 },
    { FRAME_IPV6, .proto = IPPROTO_NONE, .pad_to = 60 },
    { FRAME_IPV6, .proto = IPPROTO_TCP,
      .extensions = { { IPPROTO_HOPOPTS, 8 },
                      { IPPROTO_DSTOPTS, 16 },
                      { IPPROTO_ROUTING, 24 },
                      { IPPROTO_FRAGMENT, 8 },
                      { IPPROTO_AH, 12 },
                      { IPPROTO_MH, 8 } } },
    { FRAME_IPV6, .proto = IPPROTO_UDP, .fragment_offset = 8, .payload_len = 8,
      .extensions = { { IPPROTO_FRAGMENT, 8 } } },
    { .vlan = { 421, 785 }, .vlan_type = { 0x88a8 }, .proto = IPPROTO_TCP },
    { .vlan = { 1, 2, 3, 4 }, .mpls = { 16, 17 }, .proto = IPPROTO_UDP },
    { FRAME_IPV6, .mpls = { 16 }, .proto = IPPROTO_TCP },
    { .vlan = { 1 }, .pppoe = true, .proto = IPPROTO_UDP },
    { FRAME_IPV6, .pppoe = true, .proto = IPPROTO_UDP },
    { .link = FRAME_RAW, .proto = IPPROTO_TCP },
    { FRAME_IPV6, .link = FRAME_NULL, .proto = IPPROTO_TCP },
    { .link = FRAME_LOOP, .proto = IPPROTO_UDP },
    { .link = FRAME_COOKED, .vlan = { 3 }, .proto = IPPROTO_TCP },
    { .link = FRAME_COOKED_V2, FRAME_IPV6, .proto = IPPROTO_UDP },
    { .link = FRAME_PPP, .proto = IPPROTO_TCP },
    { .link = FRAME_PPP_HDLC, FRAME_IPV6, .proto = IPPROTO_TCP },
};

size_t frame_sample_count(void)
{
    return sizeof samples / sizeof samples[0];
}

void frame_build_sample(struct frame *frame, size_t i)
{
    frame_build(frame, &samples[i]);
}
