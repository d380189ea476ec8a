/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * parser - what the two halves of a scan share: expression.c and scan.c, which
 * parses statements. Private to them.
 */
#ifndef FC_PARSER_H
#define FC_PARSER_H

#include "scan.h"

struct local {
    struct token name;
    bool visible;       /* not while its own initial value is parsed */
    struct value value; /* as long as it has its first one */
    unsigned number;    /* from 1 */
    size_t first_use;   /* none before this one is of it */
};

/* How much there was of a function so far, without those inside it. */
struct extent {
    bool is_chunk; /* the whole text, which runs once and not within itself */
    size_t tokens;
    unsigned jumps;
};

struct parser {
    struct lexer lexer;
    struct token now;
    struct token next;
    const struct names *names; /* NULL: no names are kept, nor uses */
    struct scan_result *result;
    struct scan_verdict verdict; /* once stopped */
    struct extent body;          /* of the function that is being parsed */
    struct local *locals;
    size_t local_count, local_room;
    struct value *targets; /* of the assignments that are being parsed */
    size_t target_count, target_room;
    size_t use_room;
    unsigned numbers; /* of locals, so far */
    int depth;
    bool stopped;
    bool out_of_memory;
};

/* Tokens. */

/* From here on there is nothing but the end, so every loop ends. */
void parser_stop(struct parser *parser);
/* The same, for a reason. */
void parser_refuse(struct parser *parser, enum scan_fault fault, unsigned line);
void parser_advance(struct parser *parser);
bool parser_accept(struct parser *parser, enum token_kind kind);
/* Steps over a token that must be here, and returns it. */
struct token parser_expect(struct parser *parser, enum token_kind kind);

/* Around what may contain itself. */
void parser_enter(struct parser *parser);
void parser_leave(struct parser *parser);

/*
 * Where a chain of names begins. Lua names one in an error by looking for where
 * each of its links was made, each time from its function's first instruction
 * on: what that costs is the product of the two.
 */
struct chain {
    unsigned line;
    size_t tokens; /* of the function, in front of it */
};
struct chain parser_begin_chain(const struct parser *parser);
/* A value has become the next link, its key being the end of a chain, too. */
void parser_add_link(struct parser *parser, const struct chain *chain,
                     const struct value *value, const struct value *key,
                     struct value *next);
/* A value is the last link. */
void parser_end_chain(struct parser *parser, const struct chain *chain,
                      const struct value *value);

/* Makes room for one more element behind a pointer to *array, or stops. */
bool parser_make_room(struct parser *parser, void *array, size_t *room,
                      size_t count, size_t size);

/* Uses: of a value whatever it is; of one of a kind that matters. */
void parser_add_use(struct parser *parser, enum use_kind kind,
                    const struct value *value, const struct token *other);
void parser_use(struct parser *parser, const struct value *value,
                enum use_kind kind);

/* Locals: added, then shown from the first on; each has a first value. */
void parser_add_local(struct parser *parser, const struct token *name);
void parser_show_locals(struct parser *parser, size_t first);
void parser_add_visible_local(struct parser *parser, const struct token *name);
void parser_set_first_value(struct parser *parser, size_t index,
                            const struct value *value);
/* A local has got another value: nothing is known of any. */
void parser_forget_value(struct parser *parser, unsigned number);

/* Names. */
struct value parser_name_value(struct parser *parser, const struct token *name);
struct value parser_global_value(struct parser *parser,
                                 const struct token *name);

static inline struct value other_value(void)
{
    return (struct value){ .kind = VALUE_OTHER };
}

/* Parts of the grammar. */
struct value parse_expression(struct parser *parser);
struct value parse_suffixed(struct parser *parser);
/* What value.key or value["key"] is. */
struct value index_value(struct parser *parser, const struct value *value,
                         const struct token *key);
/* A function's parameters and body, up to its end. */
void parse_body(struct parser *parser, bool method);

#endif
