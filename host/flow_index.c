/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * flow_index - linear hashing (Litwin, 1980). Of a hash, as many low bits count
 * as number twice "half" buckets; a bucket that is not in use yet still lies
 * together with the one half before it. Growth splits that one.
 *
 * There are two buckets per flow: with one, a new flow would find, on average,
 * another one in its bucket, and look at it to see that it is another. In a
 * table of a million flows that costs a cache miss.
 */
#include "flow_index.h"

#include <stdlib.h>

#include "flow_table.h"

#define FIRST_BITS 14
#define FIRST_BUCKETS (UINT32_C(1) << FIRST_BITS)
#define BUCKETS_MAX (FIRST_BUCKETS << (FLOW_INDEX_SEGMENTS - 1))

static unsigned bits_of(uint32_t number)
{
    return 32u - (unsigned)__builtin_clz(number);
}

static struct flow **bucket_at(const struct flow_index *index, uint32_t number)
{
    unsigned segment;

    if (number < FIRST_BUCKETS)
        return &index->segments[0][number];
    segment = bits_of(number) - FIRST_BITS;
    return &index->segments[segment][number - (FIRST_BUCKETS << (segment - 1))];
}

static struct flow **bucket_of(const struct flow_index *index, uint32_t hash)
{
    uint32_t number = hash & (index->half * 2 - 1);

    if (number >= index->buckets)
        number -= index->half;
    return bucket_at(index, number);
}

/* Before the first bucket of a segment is used. calloc gets large segments from
 * the kernel as pages that are zeroed when they are touched. */
static int make_segment(struct flow_index *index)
{
    unsigned segment = bits_of(index->buckets) - FIRST_BITS;

    index->segments[segment] =
        calloc(index->buckets, sizeof *index->segments[segment]);
    return index->segments[segment] == NULL ? -1 : 0;
}

/* Removal goes by the link: it need not wait until a bucket that was last used
 * long ago is read. */
static void put(struct flow **bucket, struct flow *flow)
{
    flow->next = *bucket;
    flow->link = bucket;
    if (flow->next != NULL)
        flow->next->link = &flow->next;
    *bucket = flow;
}

/* Moves the flows of a bucket to where their hashes lead now. */
static void redistribute(struct flow_index *index, struct flow **bucket)
{
    struct flow *flow = *bucket;

    *bucket = NULL;
    while (flow != NULL) {
        struct flow *next = flow->next;

        put(bucket_of(index, flow->hash), flow);
        flow = next;
    }
}

static void grow(struct flow_index *index)
{
    if (index->buckets == BUCKETS_MAX)
        return;
    if (index->buckets == index->half * 2)
        index->half = index->buckets;
    if (index->buckets == index->half && make_segment(index) != 0)
        return;
    index->buckets++;
    redistribute(index, bucket_at(index, index->buckets - 1 - index->half));
}

int flow_index_init(struct flow_index *index)
{
    *index =
        (struct flow_index){ .buckets = FIRST_BUCKETS, .half = FIRST_BUCKETS };
    index->segments[0] = calloc(FIRST_BUCKETS, sizeof *index->segments[0]);
    return index->segments[0] == NULL ? -1 : 0;
}

void flow_index_free(struct flow_index *index)
{
    for (unsigned i = 0; i < FLOW_INDEX_SEGMENTS; i++)
        free(index->segments[i]);
}

struct flow *flow_index_first(const struct flow_index *index, uint32_t hash)
{
    return *bucket_of(index, hash);
}

/* Two splits make up for one flow. */
void flow_index_add(struct flow_index *index, struct flow *flow)
{
    if (++index->flows * 2 > index->buckets) {
        grow(index);
        grow(index);
    }
    put(bucket_of(index, flow->hash), flow);
}

void flow_index_remove(struct flow_index *index, struct flow *flow)
{
    *flow->link = flow->next;
    if (flow->next != NULL)
        flow->next->link = flow->link;
    index->flows--;
}

void flow_index_clear(struct flow_index *index)
{
    for (uint32_t i = 0; i < index->buckets; i++)
        *bucket_at(index, i) = NULL;
    index->flows = 0;
}
