/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * json - looks into JSON text where it lies, without allocating: a module that
 * is given settings inside somebody's process must not fail, let alone crash,
 * when memory runs out, as json-c 0.16 does when it has none for a key. Editing
 * a document also needs the place of each value in it, byte by byte.
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
    JSON_TOO_DEEP,
    JSON_NOT_UTF8 /* a byte of a string that is not part of a character */
};

/* Whether strings must be UTF-8: paths of files need not be. */
enum json_bytes { JSON_UTF8, JSON_ANY_BYTES };

struct json_fault {
    size_t at;          /* offset of the first byte that is wrong */
    const char *wanted; /* what should stand there; read "expected ..." */
};

/*
 * Reads text as one value. Returns JSON_VALID and fills *value, or says what
 * is wrong, and in *fault where.
 */
enum json_verdict json_check(const char *text, size_t len,
                             enum json_bytes bytes, struct json_value *value,
                             struct json_fault *fault);

/* A place for people, who count lines and characters from 1. */
struct json_place {
    size_t line;
    size_t column;
};

/* Where in text the byte at that offset is. Text need not be valid. */
struct json_place json_place(const char *text, size_t at);

/* What a value begins with tells what it is: { [ " t f n - or a digit. */
static inline bool json_is(const struct json_value *value, char first)
{
    return value->text[0] == first;
}

/* Whether an object or an array has nothing in it. */
bool json_is_empty(const struct json_value *container);

/*
 * Whether it is an object, or the empty array that Lua's and PHP's writers of
 * JSON make of an empty one.
 */
bool json_is_table(const struct json_value *value);

/*
 * The members of an object, one at a call: set *rest to the object before the
 * first. Returns false when there are no more, or it is not an object. *name is
 * a string.
 */
bool json_next_member(struct json_value *rest, struct json_value *name,
                      struct json_value *value);

/*
 * Looks for a member of an object. Returns how many have that name, and fills
 * *name and *value with the last of them; 0 too when it is not an object.
 */
size_t json_find(const struct json_value *object, const char *wanted,
                 struct json_value *name, struct json_value *value);

/*
 * Whether a string has exactly these bytes, however they are written. One with
 * a NUL, or half a surrogate pair, in it is equal to nothing.
 */
bool json_equals(const struct json_value *string, const char *bytes);

/*
 * Writes a string's bytes to `to`, of size bytes, and a NUL after them. False:
 * the value is not a string, has no room there, or has a NUL or half a
 * surrogate pair within.
 */
bool json_read_string(const struct json_value *value, char *to, size_t size);

/* Reads a whole number. False: the value is none, or one beyond 18 digits. */
bool json_read_whole(const struct json_value *value, int64_t *number);

#endif
