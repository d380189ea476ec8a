/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * random_text - texts for agree.h, by number: half are statements with literals
 * of all forms and anything that Lua skips between the tokens, half are tokens
 * in any order.
 */
#ifndef RANDOM_TEXT_H
#define RANDOM_TEXT_H

#include <stddef.h>

#define RANDOM_TEXT_MAX 4096

/* The same number makes the same text. Returns its length. */
size_t random_text(unsigned number, char text[RANDOM_TEXT_MAX]);

#endif
