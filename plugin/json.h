/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * json - looks into JSON text where it lies, without allocating: a module that
 * is given settings inside somebody's process must not fail, let alone crash,
 * for want of memory, as json-c 0.16 does when it has none for a key.
 *
 * json_check says that a text is JSON as RFC 8259 has it; the others take
 * values that come of it, and need not doubt them.
 */
#ifndef FC_JSON_H
#define FC_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Objects and arrays may be nested this deep. */
#define JSON_DEPTH_MAX 32

/* A value's own text, from its first byte to its last. */
struct json_value {
    const char *text;
    size_t len;
};

/* What json_check found. */
enum json_verdict {
    JSON_VALID,
    JSON_ENDS_EARLY, /* more was to come */
    JSON_WRONG,      /* a byte that cannot stand there */
    JSON_TOO_DEEP
};

/*
 * Reads text as one value. Returns JSON_VALID and fills *value, or says what
 * is wrong, and in *at the offset of the first byte that is.
 */
enum json_verdict json_check(const char *text, size_t len,
                             struct json_value *value, size_t *at);

/* What a value begins with tells what it is: { [ " t f n - or a digit. */
static inline bool json_is(const struct json_value *value, char first)
{
    return value->text[0] == first;
}

/* Whether an object or an array has nothing in it. */
bool json_is_empty(const struct json_value *container);

/*
 * The members of an object, one at a call: set *rest to the object before the
 * first. Returns false when there are no more. *name is a string.
 */
bool json_next_member(struct json_value *rest, struct json_value *name,
                      struct json_value *value);

/*
 * Writes a string's bytes to `to`, of size bytes, and a NUL after them. False:
 * the value is no string, has no room there, or has a NUL within.
 */
bool json_read_string(const struct json_value *value, char *to, size_t size);

/* Reads a whole number. False: the value is none, or one beyond 18 digits. */
bool json_read_whole(const struct json_value *value, int64_t *number);

#endif
