/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * text - sentences and bytes: error sentences and counts for people, and text
 * that is valid UTF-8 whatever bytes came in.
 */
#ifndef FC_TEXT_H
#define FC_TEXT_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

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

/* The same, for a text of size bytes, from 4 on. */
void text_format(char *to, size_t size, const char *format, va_list arguments)
    __attribute__((format(printf, 3, 0)));

/*
 * Copies len bytes as valid UTF-8: each byte that belongs to no valid sequence
 * becomes U+FFFD (3 bytes). Writes a NUL at the end. Returns the length without
 * the NUL. to must hold TEXT_UTF8_MAX(len) bytes.
 */
#define TEXT_UTF8_MAX(len) (3 * (len) + 1)
size_t text_utf8(char *to, const char *from, size_t len);

/*
 * The same in at most most bytes, from 16 on: a text that would be longer is
 * cut between two characters and ends with the mark. to must hold most + 1
 * bytes.
 */
#define TEXT_CUT_MARK " [cut]"
size_t text_utf8_most(char *to, size_t most, const char *from, size_t len);

/*
 * The bytes of a message for a terminal: valid UTF-8 in which characters that
 * nobody sees are shown by their number, so no message can move a cursor, turn
 * the direction of what follows, or look like another. These are the controls
 * (C0, DEL, C1), as \xNN, and, as \uNNNN or \UNNNNNNNN, those of format and of
 * direction, ends of lines and paragraphs, and all that is ignorable by
 * default: soft hyphens, characters without width, selectors of variants, tags.
 * to must hold TEXT_VISIBLE_MAX(len) bytes; returns the length without the NUL.
 */
#define TEXT_VISIBLE_MAX(len) (4 * (len) + 1)
size_t text_visible(char *to, const char *from, size_t len);

/* Write text_visible's to a stream. */
void text_print(FILE *to, const char *text);
void text_print_bytes(FILE *to, const char *bytes, size_t len);

/*
 * Writes JSON for a terminal: the same values, with the characters that
 * text_visible shows by number as \uNNNN, but for those below U+0020, which
 * JSON has between its strings only.
 */
void text_print_json(FILE *to, const char *json);

/*
 * A count with what it counts: "1 run", "2 runs". noun has "(s)" where the
 * plural has its s, "alert(s) dropped"; without it is the same for all. Returns
 * to.
 */
#define TEXT_COUNT_MAX 96
const char *text_count(char to[TEXT_COUNT_MAX], uint64_t count,
                       const char *noun);

#endif
