/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * edit - sets one value in the text of a document, and leaves every other byte
 * of it as it is: numbers of any length, escapes, white space, the order of
 * keys, keys given twice. What is inserted is laid out like what is beside it.
 */
#ifndef FC_JSON_EDIT_H
#define FC_JSON_EDIT_H

#include "json.h"

enum json_edit_result {
    JSON_EDITED,
    JSON_AS_WANTED, /* the value stands there already: nothing was made */
    JSON_NO_TABLE, /* something on the way is not an object: nothing was made */
    JSON_NO_MEMORY
};

struct json_edit {
    char *text; /* of the edited document, with a NUL behind; free it */
    size_t len;
    /* A name on the way that is given twice, of which the last was taken. */
    struct json_value twice; /* text is NULL: none */
};

/*
 * Sets what the names lead to, from the root, to value, which is JSON. What is
 * missing on the way is made; an empty array becomes an object. The names are
 * UTF-8; a document is all the text that root lies in. Fills *edit; its text is
 * NULL unless the result is JSON_EDITED.
 */
enum json_edit_result json_edit(const struct json_value *document,
                                const struct json_value *root,
                                const char *const *names, size_t count,
                                const char *value, struct json_edit *edit);

/* The bytes as a JSON string, in quotes; free it. NULL: no memory. */
char *json_quote(const char *bytes);

#endif
