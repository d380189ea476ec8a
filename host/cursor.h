/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cursor - walks over the bytes of a frame, and never past those captured.
 *
 * Everything that decode reads of a frame goes through look() or take(). They
 * are inline, because they are called several times for every frame.
 */
#ifndef FC_CURSOR_H
#define FC_CURSOR_H

#include <stddef.h>

#include "decode.h"

struct cursor;

/* Decodes the header under the cursor. */
typedef enum decode_result decode_step(struct cursor *cursor);

/*
 * What is left of a frame. No more bytes are captured than were on the wire;
 * fewer when the capture cut the frame.
 */
struct cursor {
    const uint8_t *at;
    uint32_t captured;
    uint32_t wire;
    enum decode_result shortage; /* why look() or take() gave NULL */
    decode_step *next;           /* NULL when the packet is decoded */
    struct packet *packet;       /* what the steps fill */
    struct packet *outer;        /* the packet whose payload we are in, */
    bool tunnelled;              /* if we are in one */
};

static inline uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static inline uint16_t read_16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

static inline uint32_t read_32(const uint8_t *at)
{
    return (uint32_t)read_16(at) << 16 | read_16(at + 2);
}

/*
 * The header under the cursor: len bytes on the wire, of which the first
 * `needed` must be captured. A header that the frame has no room for is a lie,
 * one that only the capture has no room for is cut.
 */
static inline const uint8_t *look(struct cursor *cursor, uint32_t len,
                                  uint32_t needed)
{
    if (cursor->wire < len)
        cursor->shortage = DECODE_MALFORMED;
    else if (cursor->captured < needed)
        cursor->shortage = DECODE_TRUNCATED;
    else
        return cursor->at;
    return NULL;
}

/* Moves on by len bytes, or to the end. */
static inline void skip(struct cursor *cursor, uint32_t len)
{
    uint32_t captured = least(len, cursor->captured);

    cursor->at += captured;
    cursor->captured -= captured;
    cursor->wire -= least(len, cursor->wire);
}

/* The header under the cursor, all of it captured; moves behind it. */
static inline const uint8_t *take(struct cursor *cursor, uint32_t len)
{
    const uint8_t *header = look(cursor, len, len);

    if (header != NULL)
        skip(cursor, len);
    return header;
}

/* Ends the frame len bytes from here. Returns how much that cuts off. */
static inline uint32_t limit(struct cursor *cursor, uint32_t len)
{
    uint32_t rest = cursor->wire - least(len, cursor->wire);

    cursor->wire -= rest;
    cursor->captured = least(cursor->captured, cursor->wire);
    return rest;
}

/*
 * A row of a table: what to do when a header gives this number for the next
 * one. That is a step, or to end with a result that says what was found.
 */
struct step {
    uint32_t number;
    decode_step *decode;       /* NULL: the frame goes no further, */
    enum decode_result result; /* and this is why */
};

/* The number of a table's last row, which is for all that have no row. */
#define STEP_OTHER UINT32_MAX

static inline const struct step *find_step(const struct step *table,
                                           uint32_t number)
{
    while (table->number != number && table->number != STEP_OTHER)
        table++;
    return table;
}

static inline enum decode_result
follow(struct cursor *cursor, const struct step *table, uint32_t number)
{
    const struct step *step = find_step(table, number);

    cursor->next = step->decode;
    return step->result;
}

#endif
