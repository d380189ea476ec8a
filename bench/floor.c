/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * floor - what a capture costs at the least: frames that lie in memory, decode,
 * a hash table of flows that never end, and nDPI until it knows enough. The
 * program is measured against it.
 *
 * Prints the CPU time of that alone, without start and reading; what the table
 * holds at the end is left to exit:
 *
 *   cpu_us=417000 packets=400000 flows=200000 ns/packet=1042
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "capture.h"
#include "decode.h"
#include "dpi.h"

/* Frames one behind the other, each a header and its bytes. */
struct frames {
    uint8_t *bytes;
    size_t len;
    size_t size;
    uint64_t count;
};

/* A flow's key: its lower end first, so both directions have the same. */
struct key {
    uint8_t addr[2][16];
    uint16_t port[2];
    uint16_t vlan_id;
    uint16_t dns_id;
    uint64_t proto;
};

struct floor_flow {
    struct floor_flow *next;
    struct key key;
    struct dpi_flow *dpi; /* NULL: nDPI is done with it */
};

struct table {
    struct floor_flow **buckets;
    uint64_t mask;
    uint64_t count;
};

static void fail(const char *what)
{
    fprintf(stderr, "floor: %s\n", what);
    exit(1);
}

static void *demand(void *memory)
{
    if (memory == NULL)
        fail("out of memory");
    return memory;
}

/* The capture in memory. */

static void append(struct frames *frames, const void *bytes, size_t len)
{
    if (frames->size - frames->len < len) {
        frames->size = 2 * frames->size + len;
        frames->bytes = demand(realloc(frames->bytes, frames->size));
    }
    memcpy(frames->bytes + frames->len, bytes, len);
    frames->len += len;
}

static void load(struct frames *frames, const char *path)
{
    struct text_error err;
    struct capture *capture = capture_open(path, &err);
    struct capture_frame frame;

    if (capture == NULL)
        fail(err.text);
    while (capture_next(capture, &frame, &err) == CAPTURE_FRAME) {
        append(frames, &frame, sizeof frame);
        append(frames, frame.data, frame.captured);
        frames->count++;
    }
    capture_close(capture);
}

/* Returns the offset behind the frame at an offset. */
static size_t get(const struct frames *frames, size_t at,
                  struct capture_frame *frame)
{
    memcpy(frame, frames->bytes + at, sizeof *frame);
    frame->data = frames->bytes + at + sizeof *frame;
    return at + sizeof *frame + frame->captured;
}

/* Flows. */

static void set_key(struct key *key, const struct packet *packet)
{
    int order = memcmp(packet->src, packet->dst, sizeof packet->src);
    int src = order > 0 || (order == 0 && packet->src_port > packet->dst_port);

    *key = (struct key){ .vlan_id = packet->vlan_id,
                         .dns_id = packet->dns_id,
                         .proto = packet->l4_proto };
    memcpy(key->addr[src], packet->src, sizeof packet->src);
    memcpy(key->addr[!src], packet->dst, sizeof packet->dst);
    key->port[src] = packet->src_port;
    key->port[!src] = packet->dst_port;
}

static uint64_t hash(const struct key *key)
{
    uint64_t words[sizeof *key / sizeof(uint64_t)];
    uint64_t sum = 0;

    memcpy(words, key, sizeof words);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        sum = (sum ^ words[i]) * 0x9e3779b97f4a7c15 >> 1;
    return sum >> 20;
}

static struct floor_flow *find(struct table *table, const struct packet *packet)
{
    struct key key;
    struct floor_flow **bucket, *flow;

    set_key(&key, packet);
    bucket = &table->buckets[hash(&key) & table->mask];
    for (flow = *bucket; flow != NULL; flow = flow->next)
        if (memcmp(&flow->key, &key, sizeof key) == 0)
            return flow;
    flow = demand(malloc(sizeof *flow));
    *flow = (struct floor_flow){ *bucket, key, demand(dpi_flow_new()) };
    *bucket = flow;
    table->count++;
    return flow;
}

static void handle(struct table *table, struct dpi *dpi,
                   const struct capture_frame *frame)
{
    struct packet packet;
    struct floor_flow *flow;

    if (decode_frame(frame->link_type, frame->data, frame->captured,
                     frame->wire_len, &packet) != DECODE_OK)
        return;
    flow = find(table, &packet);
    if (flow->dpi == NULL || packet.later_fragment ||
        dpi_feed(dpi, flow->dpi, &packet, frame->time) != DPI_DONE)
        return;
    dpi_flow_free(flow->dpi);
    flow->dpi = NULL;
}

/* No more packets come: nDPI's guess for what it has not named. */
static void conclude(struct table *table, struct dpi *dpi)
{
    for (uint64_t i = 0; i <= table->mask; i++)
        for (struct floor_flow *flow = table->buckets[i]; flow != NULL;
             flow = flow->next)
            if (flow->dpi != NULL) {
                dpi_conclude(dpi, flow->dpi);
                dpi_flow_free(flow->dpi);
            }
}

static int64_t cpu_ns(void)
{
    struct timespec time;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

/* Returns the CPU time that it took, in nanoseconds. */
static int64_t process(struct table *table, struct dpi *dpi,
                       const struct frames *frames)
{
    struct capture_frame frame;
    int64_t start = cpu_ns();

    for (size_t at = 0; at < frames->len;) {
        at = get(frames, at, &frame);
        handle(table, dpi, &frame);
    }
    conclude(table, dpi);
    return cpu_ns() - start;
}

int main(int argc, char **argv)
{
    struct frames frames = { 0 };
    struct table table = { .mask = 1023 };
    struct text_error err;
    struct dpi *dpi = dpi_new(DPI_MAX_PACKETS_DEFAULT, &err);
    int64_t ns;

    if (argc != 2)
        fail("usage: floor CAPTURE");
    if (dpi == NULL)
        fail(err.text);
    load(&frames, argv[1]);
    if (frames.count == 0)
        fail("no frames");
    while (table.mask < frames.count / 2)
        table.mask = table.mask * 2 + 1;
    table.buckets = demand(calloc(table.mask + 1, sizeof *table.buckets));
    ns = process(&table, dpi, &frames);
    printf("cpu_us=%" PRId64 " packets=%" PRIu64 " flows=%" PRIu64
           " ns/packet=%" PRIu64 "\n",
           ns / 1000, frames.count, table.count, (uint64_t)ns / frames.count);
    return 0;
}
