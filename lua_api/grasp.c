/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * grasp - whether a chunk can get hold of a protected table, such as flow,
 * instead of only using what is in it.
 *
 * A table that no chunk has got hold of needs no shield (protect.c). What does
 * not is read off the text: a chunk in which each "flow" is a read of one name,
 * as in flow.bytes, never has the table itself as a value that it could pass
 * on, and assigns nothing in it. Any other use, and any of _G and _ENV, counts
 * as grasping: what is judged wrongly so costs time, and no safety.
 */
#include <string.h>

#include "context.h"
#include "lexer.h"

const char *const protected_names[PROTECTED] = { "flow",  "io",  "math",
                                                 "ntop",  "os",  "string",
                                                 "table", "utf8" };

static int number_of(const struct token *token)
{
    for (int i = 0; i < PROTECTED; i++)
        if (token_is(token, protected_names[i]))
            return i;
    return -1;
}

static bool is_all_globals(const struct token *token)
{
    return token_is(token, "_G") || token_is(token, "_ENV");
}

/*
 * Whether what comes next is a read of one name, as in ".bytes". Behind the
 * name an "=" or "," may make an assignment of it, as in "flow.a, b = 1, 2".
 * A method gets the table: only those of flow do nothing with it.
 */
static bool is_read(struct lexer rest, bool is_flow)
{
    enum token_kind link = lexer_next(&rest).kind;

    if (link != TOKEN_DOT && !(link == TOKEN_COLON && is_flow))
        return false;
    if (lexer_next(&rest).kind != TOKEN_NAME)
        return false;
    link = lexer_next(&rest).kind;
    return link != TOKEN_ASSIGN && link != TOKEN_COMMA;
}

unsigned grasped_tables(const struct vm_source *source)
{
    struct lexer lexer = { source->text, source->text + source->len, 1 };
    enum token_kind before = TOKEN_END;
    unsigned grasped = 0;

    for (;;) {
        struct token token = lexer_next(&lexer);
        int number;

        if (token.kind == TOKEN_END)
            return grasped;
        if (token.kind == TOKEN_BAD ||
            (token.kind == TOKEN_NAME && is_all_globals(&token)))
            return ALL_PROTECTED;
        number = token.kind == TOKEN_NAME ? number_of(&token) : -1;
        /* "function flow.bytes()" is an assignment. */
        if (number >= 0 &&
            (before == TOKEN_FUNCTION || !is_read(lexer, number == 0)))
            grasped |= 1u << number;
        before = token.kind;
    }
}
