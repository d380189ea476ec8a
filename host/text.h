/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * text - sentences and bytes: error sentences and counts for people, and text
 * that is valid UTF-8 whatever bytes came in.
 */
#ifndef FC_TEXT_H
#define FC_TEXT_H

#include <stddef.h>
#include <stdint.h>

/* An error, told in one sentence. Empty when nothing went wrong. */
struct text_error {
    char text[512];
};

/*
 * Writes the sentence; one that does not fit is cut between characters and ends
 * with "...". Returns -1, so a caller can return it.
 */
int text_fail(struct text_error *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Copies len bytes as valid UTF-8: each byte that belongs to no valid sequence
 * becomes U+FFFD (3 bytes). Writes a NUL at the end. Returns the length without
 * the NUL. to must hold TEXT_UTF8_MAX(len) bytes.
 */
#define TEXT_UTF8_MAX(len) (3 * (len) + 1)
size_t text_utf8(char *to, const char *from, size_t len);

/*
 * The bytes of a message for a terminal: valid UTF-8 in which control
 * characters (C0, DEL, C1) are shown by their number as \xNN, so no message can
 * move a cursor.
 * to must hold TEXT_VISIBLE_MAX(len) bytes; returns the length without the NUL.
 */
#define TEXT_VISIBLE_MAX(len) (4 * (len) + 1)
size_t text_visible(char *to, const char *from, size_t len);

/*
 * A count with what it counts: "1 run", "2 runs". noun has "(s)" where the
 * plural has its s, "alert(s) dropped"; without it is the same for all. Returns
 * to.
 */
#define TEXT_COUNT_MAX 96
const char *text_count(char to[TEXT_COUNT_MAX], uint64_t count,
                       const char *noun);

#endif
