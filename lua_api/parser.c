/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * parser - the state of a scan. What it keeps is bounded: a text that needs
 * more is not honest, and the scan stops there.
 */
#include "parser.h"

#include <stdlib.h>
#include <string.h>

/* As Lua's own limit of nested syntax. */
#define DEPTH_MAX 200
/* Live at once; each look-up walks them. */
#define LOCALS_MAX 4000
#define USES_MAX 100000
/*
 * Looks for the links of a chain times tokens of its function in front of it:
 * 1.5 ms for each million. A traceback names 22 functions, all of which may be
 * the same, but not the chunk. Chains of four links may be anywhere.
 */
#define WORK_MAX 500000
#define CHUNK_WORK_MAX (20 * WORK_MAX)
#define LOOKS_ANYWHERE 9

/* Tokens. */

void parser_refuse(struct parser *parser, enum scan_fault fault, unsigned line)
{
    if (!parser->stopped)
        parser->verdict = (struct scan_verdict){ .fault = fault, .line = line };
    parser->stopped = true;
    parser->lexer.at = parser->lexer.end;
    parser->now.kind = TOKEN_END;
    parser->next.kind = TOKEN_END;
}

void parser_stop(struct parser *parser)
{
    parser_refuse(parser, FAULT_PARSE, parser->now.line);
}

void parser_advance(struct parser *parser)
{
    if (parser->stopped)
        return;
    parser->body.tokens++;
    parser->now = parser->next;
    parser->next = lexer_next(&parser->lexer);
    if (parser->now.kind == TOKEN_BAD)
        parser_stop(parser);
}

bool parser_accept(struct parser *parser, enum token_kind kind)
{
    if (parser->now.kind != kind)
        return false;
    parser_advance(parser);
    return true;
}

struct token parser_expect(struct parser *parser, enum token_kind kind)
{
    struct token token = parser->now;

    if (!parser_accept(parser, kind))
        parser_stop(parser);
    return token;
}

void parser_enter(struct parser *parser)
{
    if (++parser->depth > DEPTH_MAX)
        parser_refuse(parser, FAULT_DEPTH, parser->now.line);
}

void parser_leave(struct parser *parser)
{
    parser->depth--;
}

/* Chains. */

struct chain parser_begin_chain(const struct parser *parser)
{
    return (struct chain){ parser->now.line, parser->body.tokens };
}

void parser_add_link(struct parser *parser, const struct chain *chain,
                     const struct value *value, const struct value *key,
                     struct value *next)
{
    next->links = value->links + key->links + 1;
    /* For the link, and for its key: a register, if there are many names. */
    next->looks = value->looks + key->looks + 2;
    next->shape = SHAPE_PLACE;
    if (next->links > SCAN_LINKS_MAX)
        parser_refuse(parser, FAULT_LINKS, chain->line);
}

void parser_end_chain(struct parser *parser, const struct chain *chain,
                      const struct value *value)
{
    size_t work = value->looks * (chain->tokens + value->links);

    if (value->looks <= LOOKS_ANYWHERE ||
        work <= (parser->body.is_chunk ? CHUNK_WORK_MAX : WORK_MAX))
        return;
    parser_refuse(parser, FAULT_WORK, chain->line);
    parser->verdict.links = value->links;
}

bool parser_make_room(struct parser *parser, void *array, size_t *room,
                      size_t count, size_t size)
{
    size_t wanted = count < 64 ? 64 : 2 * count;
    void *old, *moved;

    if (count < *room)
        return true;
    memcpy(&old, array, sizeof old);
    moved = reallocarray(old, wanted, size);
    if (moved == NULL) {
        parser->out_of_memory = true;
        parser_stop(parser);
        return false;
    }
    memcpy(array, &moved, sizeof moved);
    *room = wanted;
    return true;
}

/* Uses. */

void parser_add_use(struct parser *parser, enum use_kind kind,
                    const struct value *value, const struct token *other)
{
    struct scan_result *result = parser->result;

    /* Without names a text is judged only, and nothing is kept. */
    if (parser->names == NULL)
        return;
    if (result->count == USES_MAX)
        parser_stop(parser);
    if (parser->stopped ||
        !parser_make_room(parser, &result->uses, &parser->use_room,
                          result->count, sizeof *result->uses))
        return;
    result->uses[result->count] = (struct use){ .kind = kind,
                                                .nested = parser->depth > 1,
                                                .value = *value };
    if (other != NULL)
        result->uses[result->count].other = *other;
    result->count++;
}

void parser_use(struct parser *parser, const struct value *value,
                enum use_kind kind)
{
    if (value->kind == VALUE_GLOBAL && token_is(&value->token, "_G"))
        parser->result->open = true;
    if (value->kind == VALUE_GLOBAL || value->kind == VALUE_FIELD ||
        value->kind == VALUE_KEY ||
        (value->kind == VALUE_ALWAYS && kind == USE_TESTED))
        parser_add_use(parser, kind, value, NULL);
}

/* Locals. */

void parser_add_local(struct parser *parser, const struct token *name)
{
    if (parser->names == NULL)
        return;
    if (token_is(name, "_ENV"))
        parser->result->own_env = true;
    if (parser->local_count == LOCALS_MAX)
        parser_stop(parser);
    if (parser->stopped ||
        !parser_make_room(parser, &parser->locals, &parser->local_room,
                          parser->local_count, sizeof *parser->locals))
        return;
    parser->locals[parser->local_count++] = (struct local){
        .name = *name,
        .value = other_value(),
        .number = ++parser->numbers,
        .first_use = parser->result->count,
    };
}

void parser_show_locals(struct parser *parser, size_t first)
{
    for (size_t i = first; i < parser->local_count; i++)
        parser->locals[i].visible = true;
}

void parser_add_visible_local(struct parser *parser, const struct token *name)
{
    parser_add_local(parser, name);
    parser_show_locals(parser,
                       parser->local_count > 0 ? parser->local_count - 1 : 0);
}

/* The value that a local begins with, if it is one that matters. */
void parser_set_first_value(struct parser *parser, size_t index,
                            const struct value *value)
{
    if (index >= parser->local_count)
        return;
    if (value->kind == VALUE_RESULT || value->kind == VALUE_LIBRARY ||
        value->kind == VALUE_HELD)
        parser->locals[index].value = *value;
    if (value->kind == VALUE_KEY) {
        parser->locals[index].value = *value;
        parser->locals[index].value.kind = VALUE_HELD;
        parser->locals[index].value.origin = value->variable;
    }
    if (value->kind == VALUE_GLOBAL && value->table != NULL) {
        parser->locals[index].value = *value;
        parser->locals[index].value.kind = VALUE_LIBRARY;
    }
}

static bool comes_from(const struct value *value, unsigned number)
{
    return value->variable == number || value->origin == number;
}

/* What the locals from this one on hold of its keys goes too. */
static void forget_keys(struct parser *parser, size_t index)
{
    for (size_t i = index + 1; i < parser->local_count; i++)
        if (parser->locals[i].value.origin == parser->locals[index].number)
            parser->locals[i].value = other_value();
}

void parser_forget_value(struct parser *parser, unsigned number)
{
    for (size_t i = parser->local_count; i-- > 0;) {
        struct local *local = &parser->locals[i];

        if (local->number != number)
            continue;
        if (local->value.kind == VALUE_OTHER)
            return;
        local->value = other_value();
        forget_keys(parser, i);
        for (size_t j = local->first_use; j < parser->result->count; j++)
            if (comes_from(&parser->result->uses[j].value, number))
                parser->result->uses[j].kind = USE_DROPPED;
        return;
    }
}

struct value parser_global_value(struct parser *parser,
                                 const struct token *name)
{
    struct value value = {
        .kind = VALUE_GLOBAL, .token = *name, .looks = 1, .shape = SHAPE_PLACE
    };

    value.name = names_find(&parser->names->globals, name->text, name->len);
    if (value.name != NULL)
        value.table = value.name->table;
    return value;
}

struct value parser_name_value(struct parser *parser, const struct token *name)
{
    if (parser->names == NULL)
        return (struct value){ .shape = SHAPE_PLACE, .looks = 1 };
    for (size_t i = parser->local_count; i-- > 0;) {
        const struct local *local = &parser->locals[i];
        struct value value = local->value;

        if (!local->visible || local->name.len != name->len ||
            memcmp(local->name.text, name->text, name->len) != 0)
            continue;
        value.variable = local->number;
        value.shape = SHAPE_PLACE;
        value.links = 0;
        value.looks = 1;
        return value;
    }
    if (token_is(name, "_ENV"))
        parser->result->own_env = true;
    return parser_global_value(parser, name);
}
