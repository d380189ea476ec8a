/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * expression - parses expressions, and notes what is done with the names in
 * them.
 */
#include "parser.h"

#include <string.h>

/* What value[key] is, the key being a name or a string. */
struct value index_value(struct parser *parser, const struct value *value,
                         const struct token *key)
{
    struct value found = { .token = *key, .variable = value->variable };

    if (value->kind == VALUE_GLOBAL && token_is(&value->token, "_G"))
        return parser_global_value(parser, key);
    if ((value->kind == VALUE_GLOBAL || value->kind == VALUE_LIBRARY) &&
        value->table != NULL) {
        found.kind = VALUE_FIELD;
        found.table = value->table;
    } else if (value->kind == VALUE_RESULT && value->name->table != NULL) {
        found.kind = VALUE_KEY;
        found.table = value->name->table;
    } else {
        parser_use(parser, value, USE_INDEXED);
        return other_value();
    }
    found.name = names_find(found.table, key->text, key->len);
    return found;
}

/* What value["key"] or value[expression] is. */
static struct value parse_brackets(struct parser *parser,
                                   const struct value *value, struct value *key)
{
    struct token name;

    parser_advance(parser);
    *key = parse_expression(parser);
    parser_expect(parser, TOKEN_CLOSE_BRACKET);
    name = key->token;
    if (key->kind == VALUE_STRING &&
        token_unquote(&key->token, &name.text, &name.len))
        return index_value(parser, value, &name);
    parser_use(parser, key, USE_READ);
    parser_use(parser, value, USE_INDEXED);
    return other_value();
}

static void parse_table(struct parser *parser)
{
    parser_expect(parser, TOKEN_OPEN_BRACE);
    while (!parser->stopped && parser->now.kind != TOKEN_CLOSE_BRACE) {
        struct value value;

        if (parser->now.kind == TOKEN_NAME &&
            parser->next.kind == TOKEN_ASSIGN) {
            parser_advance(parser);
            parser_advance(parser);
        } else if (parser_accept(parser, TOKEN_OPEN_BRACKET)) {
            value = parse_expression(parser);
            parser_use(parser, &value, USE_READ);
            parser_expect(parser, TOKEN_CLOSE_BRACKET);
            parser_expect(parser, TOKEN_ASSIGN);
        }
        value = parse_expression(parser);
        parser_use(parser, &value, USE_READ);
        if (!parser_accept(parser, TOKEN_COMMA) &&
            !parser_accept(parser, TOKEN_SEMICOLON))
            break;
    }
    parser_expect(parser, TOKEN_CLOSE_BRACE);
}

static bool is_trigger_alert(const struct value *function)
{
    return function->kind == VALUE_FIELD && function->name != NULL &&
           function->name->result == LUA_TNONE &&
           token_is(&function->token, "triggerAlert");
}

/* Whether a require with this argument may load what is not built in. */
static bool loads_module(const struct parser *parser,
                         const struct value *argument)
{
    struct token name = argument->token;

    return argument->kind != VALUE_STRING ||
           !token_unquote(&argument->token, &name.text, &name.len) ||
           names_find(&parser->names->modules, name.text, name.len) == NULL;
}

/* What a call with so many arguments, and this first one, tells. */
static void note_call(struct parser *parser, const struct value *function,
                      const struct value *argument, int count)
{
    if (is_trigger_alert(function)) {
        if (argument->kind == VALUE_STRING)
            parser_add_use(parser, USE_NO_SCORE, function, NULL);
        else if (argument->kind == VALUE_NUMBER && count == 1)
            parser_add_use(parser, USE_NO_MESSAGE, function, NULL);
    }
    if (function->kind == VALUE_GLOBAL &&
        token_is(&function->token, "require") && loads_module(parser, argument))
    parser->result->requires = true;
}

/* type(x) is a way to ask whether there is an x. */
static enum use_kind argument_use(const struct value *function)
{
    if (function->kind == VALUE_GLOBAL && token_is(&function->token, "type"))
        return USE_ASKED;
    return USE_READ;
}

/* The expressions between parentheses; returns how many, and the first. */
static int parse_argument_list(struct parser *parser, enum use_kind kind,
                               struct value *first)
{
    int count = 0;

    parser_expect(parser, TOKEN_OPEN);
    for (bool more = parser->now.kind != TOKEN_CLOSE; more; count++) {
        struct value value = parse_expression(parser);

        parser_use(parser, &value, kind);
        if (count == 0)
            *first = value;
        more = parser_accept(parser, TOKEN_COMMA);
    }
    parser_expect(parser, TOKEN_CLOSE);
    return count;
}

static void parse_arguments(struct parser *parser, const struct value *function)
{
    struct value first = other_value();
    int count = 1;

    if (parser->now.kind == TOKEN_STRING) {
        first = (struct value){ .kind = VALUE_STRING, .token = parser->now };
        parser_advance(parser);
    } else if (parser->now.kind == TOKEN_OPEN_BRACE) {
        parse_table(parser);
    } else {
        count = parse_argument_list(parser, argument_use(function), &first);
    }
    note_call(parser, function, &first, count);
}

static bool begins_arguments(enum token_kind kind)
{
    return kind == TOKEN_OPEN || kind == TOKEN_STRING ||
           kind == TOKEN_OPEN_BRACE;
}

/* What a call returns. */
static struct value parse_call(struct parser *parser,
                               const struct value *function)
{
    struct value result = *function;

    parser_use(parser, function, USE_CALLED);
    parse_arguments(parser, function);
    if (function->kind != VALUE_FIELD || function->name == NULL ||
        function->name->result == LUA_TNONE)
        result = other_value();
    else
        result.kind = VALUE_RESULT;
    result.shape = SHAPE_CALL;
    result.links = 0;
    result.looks = 1;
    return result;
}

static struct value parse_method(struct parser *parser,
                                 const struct value *value)
{
    struct value method;
    struct token name;

    parser_advance(parser);
    name = parser_expect(parser, TOKEN_NAME);
    method = index_value(parser, value, &name);
    if (!begins_arguments(parser->now.kind)) {
        parser_use(parser, &method, USE_METHOD);
        parser_stop(parser);
    }
    return parse_call(parser, &method);
}

static struct value parse_primary(struct parser *parser)
{
    struct token name = parser->now;
    struct value value = other_value();

    if (parser_accept(parser, TOKEN_NAME))
        return parser_name_value(parser, &name);
    parser_expect(parser, TOKEN_OPEN);
    if (!parser->stopped)
        value = parse_expression(parser);
    parser_expect(parser, TOKEN_CLOSE);
    value.shape = SHAPE_VALUE;
    return value;
}

/* value.name or value[key], and no more. */
static struct value parse_index(struct parser *parser,
                                const struct chain *chain,
                                const struct value *value)
{
    struct value key = other_value();
    struct value found;

    if (parser_accept(parser, TOKEN_DOT)) {
        struct token name = parser_expect(parser, TOKEN_NAME);

        found = index_value(parser, value, &name);
    } else {
        found = parse_brackets(parser, value, &key);
    }
    parser_add_link(parser, chain, value, &key, &found);
    return found;
}

/*
 * A name or parentheses, and what is behind: .name, [key], :name(), (). What a
 * call returns has no name in a message: a chain ends there.
 */
struct value parse_suffixed(struct parser *parser)
{
    struct chain chain = parser_begin_chain(parser);
    struct value value = parse_primary(parser);

    for (;;) {
        enum token_kind kind = parser->now.kind;

        if (kind == TOKEN_DOT || kind == TOKEN_OPEN_BRACKET) {
            value = parse_index(parser, &chain, &value);
            continue;
        }
        parser_end_chain(parser, &chain, &value);
        if (kind == TOKEN_COLON)
            value = parse_method(parser, &value);
        else if (begins_arguments(kind))
            value = parse_call(parser, &value);
        else
            return value;
    }
}

static struct value parse_simple(struct parser *parser)
{
    static const enum value_kind literals[TOKEN_KINDS] = {
        [TOKEN_NIL] = VALUE_NIL,       [TOKEN_STRING] = VALUE_STRING,
        [TOKEN_NUMBER] = VALUE_NUMBER, [TOKEN_TRUE] = VALUE_BOOLEAN,
        [TOKEN_FALSE] = VALUE_BOOLEAN,
    };
    struct value value = { .kind = literals[parser->now.kind],
                           .token = parser->now };
    bool empty = parser->next.kind == TOKEN_CLOSE_BRACE;

    if (value.kind != VALUE_OTHER || parser->now.kind == TOKEN_DOTS) {
        parser_advance(parser);
        return value;
    }
    if (parser->now.kind == TOKEN_OPEN_BRACE) {
        parse_table(parser);
        value.kind = empty ? VALUE_EMPTY : VALUE_OTHER;
        return value;
    }
    if (!parser_accept(parser, TOKEN_FUNCTION))
        return parse_suffixed(parser);
    parse_body(parser, false);
    return other_value();
}

/* How strongly operators bind, to the left and to the right; 0: no operator. */
static const struct {
    unsigned char left, right;
} priorities[TOKEN_KINDS] = {
    [TOKEN_OR] = { 1, 1 },          [TOKEN_AND] = { 2, 2 },
    [TOKEN_LESS] = { 3, 3 },        [TOKEN_GREATER] = { 3, 3 },
    [TOKEN_LESS_EQUAL] = { 3, 3 },  [TOKEN_GREATER_EQUAL] = { 3, 3 },
    [TOKEN_EQUAL] = { 3, 3 },       [TOKEN_UNEQUAL] = { 3, 3 },
    [TOKEN_BIT_OR] = { 4, 4 },      [TOKEN_TILDE] = { 5, 5 },
    [TOKEN_BIT_AND] = { 6, 6 },     [TOKEN_SHIFT_LEFT] = { 7, 7 },
    [TOKEN_SHIFT_RIGHT] = { 7, 7 }, [TOKEN_CONCAT] = { 9, 8 },
    [TOKEN_PLUS] = { 10, 10 },      [TOKEN_MINUS] = { 10, 10 },
    [TOKEN_TIMES] = { 11, 11 },     [TOKEN_DIVIDE] = { 11, 11 },
    [TOKEN_MODULO] = { 11, 11 },    [TOKEN_FLOOR_DIVIDE] = { 11, 11 },
    [TOKEN_POWER] = { 14, 13 },
};
#define UNARY_PRIORITY 12

static bool is_literal(const struct value *value)
{
    return value->kind == VALUE_STRING || value->kind == VALUE_NUMBER ||
           value->kind == VALUE_BOOLEAN;
}

/* The type of a value that is not nil; LUA_TNONE: nothing is known of it. */
static int type_of(const struct value *value)
{
    if (value->name == NULL || value->doubt & DOUBT_ALL)
        return LUA_TNONE;
    if (value->kind == VALUE_RESULT)
        return value->name->result;
    if (value->kind == VALUE_KEY || value->kind == VALUE_HELD)
        return value->name->type;
    return LUA_TNONE;
}

/* The literals of a type; VALUE_OTHER: it has none. */
static enum value_kind literal_kind(int type)
{
    switch (type) {
    case LUA_TSTRING:
        return VALUE_STRING;
    case LUA_TNUMBER:
        return VALUE_NUMBER;
    case LUA_TBOOLEAN:
        return VALUE_BOOLEAN;
    default:
        return VALUE_OTHER;
    }
}

/* Whether a value may be a literal because that is its default. */
static bool may_default_to(const struct value *value,
                           const struct token *literal)
{
    const char *text, *default_text;
    size_t len, default_len;

    if (!(value->doubt & DOUBT_VALUE))
        return false;
    return !token_unquote(literal, &text, &len) ||
           !token_unquote(&value->default_to, &default_text, &default_len) ||
           (len == default_len && memcmp(text, default_text, len) == 0);
}

/* Notes a comparison of what has a type with a literal; false: it is none. */
static bool note_comparison(struct parser *parser, const struct value *value,
                            const struct value *literal, bool equality)
{
    enum value_kind kind = literal_kind(type_of(value));
    struct value compared = *value;

    if (type_of(value) == LUA_TNONE || !is_literal(literal) ||
        (literal->kind == VALUE_BOOLEAN && value->doubt & DOUBT_FALSE))
        return false;
    if (value->kind == VALUE_HELD)
        compared.kind = VALUE_KEY;
    if (kind != literal->kind)
        parser_add_use(parser, USE_MISMATCHED, &compared, &literal->token);
    else if (!may_default_to(value, &literal->token))
        parser_add_use(parser, equality ? USE_COMPARED : USE_ORDERED, &compared,
                       &literal->token);
    return true;
}

/* One side of a comparison. */
static void compare_with(struct parser *parser, const struct value *value,
                         const struct value *other, bool equality)
{
    if (note_comparison(parser, value, other, equality))
        return;
    if (other->kind == VALUE_NIL)
        parser_use(parser, value, USE_ASKED);
    else if (!equality || is_literal(other) || other->kind == VALUE_RESULT)
        parser_use(parser, value, USE_OPERAND);
    else
        parser_use(parser, value, USE_READ);
}

/* Left or right: a default of the type that left has, or else anything. */
static struct value combine_or(const struct value *left,
                               const struct value *right)
{
    enum value_kind kind = literal_kind(type_of(left));
    struct value value = *right;

    if (right->kind == VALUE_EMPTY && left->kind == VALUE_RESULT &&
        left->name->table != NULL && !(left->doubt & DOUBT_ALL))
        return *left;
    if (kind != VALUE_OTHER && kind == right->kind) {
        value = *left;
        value.kind = left->kind == VALUE_KEY ? VALUE_HELD : left->kind;
        if (!(left->doubt & DOUBT_VALUE))
            value.default_to = right->token;
        value.doubt = DOUBT_VALUE;
        return value;
    }
    if (left->kind == VALUE_TRUTH &&
        (right->kind == VALUE_STRING || right->kind == VALUE_NUMBER)) {
        value.kind = VALUE_ALWAYS;
        return value;
    }
    if (left->kind == VALUE_TRUTH && right->kind == VALUE_TRUTH)
        return value;
    value.doubt |= DOUBT_ALL;
    if (right->kind == VALUE_GLOBAL || right->kind == VALUE_FIELD ||
        right->kind == VALUE_KEY)
        return value;
    return other_value();
}

static struct value combine_and(const struct value *right)
{
    struct value value = *right;

    value.doubt |= DOUBT_FALSE;
    if (right->kind == VALUE_GLOBAL || right->kind == VALUE_FIELD ||
        right->kind == VALUE_KEY || right->kind == VALUE_HELD ||
        right->kind == VALUE_RESULT || right->kind == VALUE_TRUTH)
        return value;
    return other_value();
}

/*
 * What left OP right is; the use of an "and" or "or" is its right. So is its
 * chain: with a constant on the left, Lua compiles the right alone.
 */
static struct value combine(struct parser *parser, enum token_kind op,
                            const struct value *left, const struct value *right)
{
    bool equality = op == TOKEN_EQUAL || op == TOKEN_UNEQUAL;

    if (op == TOKEN_AND || op == TOKEN_OR) {
        struct value value =
            op == TOKEN_AND ? combine_and(right) : combine_or(left, right);

        value.links = right->links;
        value.looks = right->looks;
        value.shape = SHAPE_VALUE;
        return value;
    }
    if (priorities[op].left == priorities[TOKEN_EQUAL].left) {
        compare_with(parser, left, right, equality);
        compare_with(parser, right, left, equality);
        return (struct value){ .kind = VALUE_TRUTH };
    }
    parser_use(parser, left, USE_OPERAND);
    parser_use(parser, right, USE_OPERAND);
    return other_value();
}

static struct value parse_binary(struct parser *parser, int limit);

static struct value parse_unary(struct parser *parser)
{
    const struct token sign = parser->now;
    enum token_kind op = sign.kind;
    struct value value;

    if (op != TOKEN_NOT && op != TOKEN_MINUS && op != TOKEN_TILDE &&
        op != TOKEN_LENGTH)
        return parse_simple(parser);
    parser_advance(parser);
    value = parse_binary(parser, UNARY_PRIORITY);
    if (op == TOKEN_MINUS && value.kind == VALUE_NUMBER &&
        value.token.text == sign.text + 1) {
        value.token.text--;
        value.token.len++;
        return value;
    }
    parser_use(parser, &value, op == TOKEN_NOT ? USE_TESTED : USE_OPERAND);
    return other_value();
}

static struct value parse_binary(struct parser *parser, int limit)
{
    struct value value;

    parser_enter(parser);
    value = parse_unary(parser);
    while (priorities[parser->now.kind].left > limit) {
        enum token_kind op = parser->now.kind;
        struct value right;

        parser_advance(parser);
        if (op == TOKEN_AND || op == TOKEN_OR)
            parser_use(parser, &value, USE_TESTED);
        right = parse_binary(parser, priorities[op].right);
        value = combine(parser, op, &value, &right);
    }
    parser_leave(parser);
    return value;
}

struct value parse_expression(struct parser *parser)
{
    return parse_binary(parser, 0);
}
