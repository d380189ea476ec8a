/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pattern - matches Lua's patterns, and stops when it is told to.
 *
 * Lua's own matcher is exact about what it accepts, but knows no end: a pattern
 * of 30 bytes can keep it busy for a lifetime, out of reach of any hook. This
 * one follows the same rules (Lua 5.4 manual, 6.4.1) and looks at a flag at
 * every step. It knows nothing of Lua states: bytes in, captures out.
 */
#ifndef FC_PATTERN_H
#define FC_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

/* As many as in Lua. */
#define PATTERN_CAPTURES_MAX 32
/* Nesting of the matcher, as in Lua: some 200 x 100 bytes of stack. */
#define PATTERN_DEPTH_MAX 200

/* Special lengths of a capture. */
#define PATTERN_POSITION (-2) /* "()": its value is a place, not a text */
#define PATTERN_UNCLOSED (-1) /* "(" whose ")" has not been seen */

struct pattern_capture {
    const char *start;
    ptrdiff_t len; /* >= 0, or one of the above */
};

/*
 * A match in progress. The caller sets subject to stop and clears the rest;
 * both texts must be followed by a NUL, and may contain others.
 */
struct pattern {
    const char *subject;
    const char *subject_end;
    const char *text; /* the pattern, without its anchor */
    const char *text_end;
    const volatile bool *stop; /* true: give up at once */

    const char *error; /* what is wrong with the pattern, or NULL */
    int depth;
    int count; /* captures */
    struct pattern_capture captures[PATTERN_CAPTURES_MAX];
};

/*
 * Matches the whole pattern at a place of the subject. Returns the end of the
 * match, or NULL: none there, or error is set, or it was stopped.
 */
const char *pattern_match(struct pattern *pattern, const char *at);

/*
 * The character that each match begins with, or -1: any. Where it is not,
 * pattern_match finds nothing and no error.
 */
int pattern_first(const struct pattern *pattern);

/* Whether a pattern is plain text: it has no character of special meaning. */
bool pattern_is_plain(const char *text, size_t len);

#endif
