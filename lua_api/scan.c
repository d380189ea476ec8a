/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * scan - a parser of Lua 5.4 that builds nothing: this is the half for
 * statements. It stops at the first token that does not fit; Lua's own message
 * says better what is wrong there.
 */
#include "scan.h"

#include <stdlib.h>

#include "parser.h"

static void parse_block(struct parser *parser);

/* Parses an expression and notes what is done with its value. */
static void parse_used(struct parser *parser, enum use_kind kind)
{
    struct value value = parse_expression(parser);

    parser_use(parser, &value, kind);
}

/* A list of values that go somewhere. */
static void parse_list(struct parser *parser)
{
    do
        parse_used(parser, USE_READ);
    while (parser_accept(parser, TOKEN_COMMA));
}

/* A block with its own locals, up to what ends it. */
static void parse_scope(struct parser *parser)
{
    size_t outer = parser->local_count;

    parse_block(parser);
    parser->local_count = outer;
}

/* Functions. */

static void parse_parameters(struct parser *parser)
{
    parser_expect(parser, TOKEN_OPEN);
    if (parser_accept(parser, TOKEN_CLOSE))
        return;
    do {
        if (parser_accept(parser, TOKEN_DOTS))
            break;
        parser_add_visible_local(parser, &parser->now);
        parser_expect(parser, TOKEN_NAME);
    } while (parser_accept(parser, TOKEN_COMMA));
    parser_expect(parser, TOKEN_CLOSE);
}

void parse_body(struct parser *parser, bool method)
{
    static const struct token self = { .kind = TOKEN_NAME,
                                       .text = "self",
                                       .len = 4 };
    size_t outer = parser->local_count;
    struct extent outside = parser->body;

    parser->body = (struct extent){ 0 };
    if (method)
        parser_add_visible_local(parser, &self);
    parse_parameters(parser);
    parse_block(parser);
    parser_expect(parser, TOKEN_END_BLOCK);
    parser->local_count = outer;
    parser->body = outside;
}

/* What is assigned to: a global, a name in a library, a local. */
static void assign(struct parser *parser, const struct value *value)
{
    if (value->kind == VALUE_GLOBAL || value->kind == VALUE_FIELD ||
        value->kind == VALUE_KEY)
        parser_add_use(parser, USE_ASSIGNED, value, NULL);
    else if (value->variable != 0)
        parser_forget_value(parser, value->variable);
}

/* function a.b:c() ... end */
static void parse_function(struct parser *parser)
{
    struct chain chain = parser_begin_chain(parser);
    struct token name = parser_expect(parser, TOKEN_NAME);
    const struct value no_key = other_value();
    struct value value;
    bool method = false;

    if (parser->stopped)
        return;
    value = parser_name_value(parser, &name);
    while (!method &&
           (parser->now.kind == TOKEN_DOT || parser->now.kind == TOKEN_COLON)) {
        struct value table = value;

        method = parser->now.kind == TOKEN_COLON;
        parser_advance(parser);
        name = parser_expect(parser, TOKEN_NAME);
        value = index_value(parser, &table, &name);
        parser_add_link(parser, &chain, &table, &no_key, &value);
    }
    parser_end_chain(parser, &chain, &value);
    assign(parser, &value);
    parse_body(parser, method);
}

/* Locals. */

static void parse_local_function(struct parser *parser)
{
    struct token name = parser_expect(parser, TOKEN_NAME);

    parser_add_visible_local(parser, &name);
    parse_body(parser, false);
}

/* NAME [<ATTRIBUTE>] */
static void parse_local_name(struct parser *parser)
{
    struct token name = parser_expect(parser, TOKEN_NAME);

    parser_add_local(parser, &name);
    if (!parser_accept(parser, TOKEN_LESS))
        return;
    parser_expect(parser, TOKEN_NAME);
    parser_expect(parser, TOKEN_GREATER);
}

static void parse_first_values(struct parser *parser, size_t first)
{
    size_t end = parser->local_count;

    do {
        struct value value = parse_expression(parser);

        parser_use(parser, &value, USE_READ);
        if (first < end)
            parser_set_first_value(parser, first++, &value);
    } while (parser_accept(parser, TOKEN_COMMA));
}

static void parse_local(struct parser *parser)
{
    size_t first = parser->local_count;

    if (parser_accept(parser, TOKEN_FUNCTION)) {
        parse_local_function(parser);
        return;
    }
    do
        parse_local_name(parser);
    while (parser_accept(parser, TOKEN_COMMA));
    if (parser_accept(parser, TOKEN_ASSIGN))
        parse_first_values(parser, first);
    parser_show_locals(parser, first);
}

/* Assignments and calls. */

static void add_target(struct parser *parser, const struct value *value)
{
    if (value->shape != SHAPE_PLACE)
        parser_stop(parser);
    if (!parser->stopped && parser->names != NULL &&
        parser_make_room(parser, &parser->targets, &parser->target_room,
                         parser->target_count, sizeof *parser->targets))
        parser->targets[parser->target_count++] = *value;
}

/* The targets are told last: "x = x or 1" reads x before it sets it. */
static void parse_assignment(struct parser *parser, const struct value *value)
{
    size_t outer = parser->target_count;

    add_target(parser, value);
    while (parser_accept(parser, TOKEN_COMMA)) {
        struct value another = parse_suffixed(parser);

        add_target(parser, &another);
    }
    parser_expect(parser, TOKEN_ASSIGN);
    parse_list(parser);
    for (size_t i = outer; i < parser->target_count; i++)
        assign(parser, &parser->targets[i]);
    parser->target_count = outer;
}

static void parse_expression_statement(struct parser *parser)
{
    struct value value = parse_suffixed(parser);

    if (parser->now.kind == TOKEN_ASSIGN || parser->now.kind == TOKEN_COMMA) {
        parse_assignment(parser, &value);
        return;
    }
    parser_use(parser, &value, USE_READ);
    if (value.shape != SHAPE_CALL)
        parser_stop(parser);
}

/* Control. */

static void parse_if(struct parser *parser)
{
    do {
        parse_used(parser, USE_TESTED);
        parser_expect(parser, TOKEN_THEN);
        parse_scope(parser);
    } while (parser_accept(parser, TOKEN_ELSEIF));
    if (parser_accept(parser, TOKEN_ELSE))
        parse_scope(parser);
    parser_expect(parser, TOKEN_END_BLOCK);
}

static void parse_do(struct parser *parser)
{
    parser_expect(parser, TOKEN_DO);
    parse_scope(parser);
    parser_expect(parser, TOKEN_END_BLOCK);
}

static void parse_while(struct parser *parser)
{
    parse_used(parser, USE_TESTED);
    parse_do(parser);
}

/* The condition sees the block's locals. */
static void parse_repeat(struct parser *parser)
{
    size_t outer = parser->local_count;

    parse_block(parser);
    parser_expect(parser, TOKEN_UNTIL);
    parse_used(parser, USE_TESTED);
    parser->local_count = outer;
}

/* "= first, last" or "= first, last, step" */
static void parse_range(struct parser *parser)
{
    parser_expect(parser, TOKEN_ASSIGN);
    parse_used(parser, USE_READ);
    parser_expect(parser, TOKEN_COMMA);
    parse_used(parser, USE_READ);
    if (parser_accept(parser, TOKEN_COMMA))
        parse_used(parser, USE_READ);
}

/* for NAME = ... do, or for NAME, ... in ... do */
static void parse_for(struct parser *parser)
{
    size_t outer = parser->local_count;
    int names = 0;

    do {
        struct token name = parser_expect(parser, TOKEN_NAME);

        parser_add_local(parser, &name);
        names++;
    } while (parser_accept(parser, TOKEN_COMMA));
    if (parser_accept(parser, TOKEN_IN))
        parse_list(parser);
    else if (names == 1)
        parse_range(parser);
    else
        parser_stop(parser);
    parser_show_locals(parser, outer);
    parse_do(parser);
    parser->local_count = outer;
}

static void parse_goto(struct parser *parser)
{
    parser_expect(parser, TOKEN_NAME);
}

static void parse_label(struct parser *parser)
{
    parser_expect(parser, TOKEN_NAME);
    parser_expect(parser, TOKEN_LABEL);
}

static void parse_nothing(struct parser *parser)
{
    (void)parser;
}

static void parse_inner_block(struct parser *parser)
{
    parse_scope(parser);
    parser_expect(parser, TOKEN_END_BLOCK);
}

/* What follows the first word of a statement; NULL: it begins with none. */
typedef void statement_fn(struct parser *parser);
static statement_fn *const statements[TOKEN_KINDS] = {
    [TOKEN_SEMICOLON] = parse_nothing, [TOKEN_BREAK] = parse_nothing,
    [TOKEN_GOTO] = parse_goto,         [TOKEN_LABEL] = parse_label,
    [TOKEN_DO] = parse_inner_block,    [TOKEN_WHILE] = parse_while,
    [TOKEN_REPEAT] = parse_repeat,     [TOKEN_IF] = parse_if,
    [TOKEN_FOR] = parse_for,           [TOKEN_FUNCTION] = parse_function,
    [TOKEN_LOCAL] = parse_local,
};

static bool ends_block(enum token_kind kind)
{
    return kind == TOKEN_END || kind == TOKEN_END_BLOCK || kind == TOKEN_ELSE ||
           kind == TOKEN_ELSEIF || kind == TOKEN_UNTIL;
}

/*
 * The jumps to a label are all settled at once, where nothing can stop Lua:
 * 32,000 of them take 350 ms.
 */
static void count_jump(struct parser *parser)
{
    if ((parser->now.kind == TOKEN_BREAK || parser->now.kind == TOKEN_GOTO) &&
        ++parser->body.jumps > SCAN_JUMPS_MAX)
        parser_refuse(parser, FAULT_JUMPS, parser->now.line);
}

static void parse_statement(struct parser *parser)
{
    statement_fn *parse = statements[parser->now.kind];

    parser_enter(parser);
    count_jump(parser);
    if (parse != NULL) {
        parser_advance(parser);
        parse(parser);
    } else {
        parse_expression_statement(parser);
    }
    parser_leave(parser);
}

/* A return is the last statement of its block. */
static void parse_block(struct parser *parser)
{
    while (!ends_block(parser->now.kind) && parser->now.kind != TOKEN_RETURN)
        parse_statement(parser);
    if (!parser_accept(parser, TOKEN_RETURN))
        return;
    if (!ends_block(parser->now.kind) && parser->now.kind != TOKEN_SEMICOLON)
        parse_list(parser);
    parser_accept(parser, TOKEN_SEMICOLON);
    if (!ends_block(parser->now.kind))
        parser_stop(parser);
}

/* Parses all of a text, or up to where it stops. */
static struct parser parse_text(struct scan_result *result,
                                const struct names *names, const char *text,
                                size_t len)
{
    struct parser parser = {
        .lexer = { .at = text, .end = text + len, .line = 1 },
        .names = names,
        .result = result,
        .body = { .is_chunk = true },
    };

    parser_advance(&parser);
    parser_advance(&parser);
    parse_block(&parser);
    parser_expect(&parser, TOKEN_END);
    result->whole = !parser.stopped;
    free(parser.locals);
    free(parser.targets);
    return parser;
}

bool scan_text(struct scan_result *result, const struct names *names,
               const char *text, size_t len)
{
    return !parse_text(result, names, text, len).out_of_memory;
}

struct scan_verdict scan_judge(const char *text, size_t len)
{
    struct scan_result none = { 0 };

    return parse_text(&none, NULL, text, len).verdict;
}

void scan_free(struct scan_result *result)
{
    free(result->uses);
    result->uses = NULL;
    result->count = 0;
}
