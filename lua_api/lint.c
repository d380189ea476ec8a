/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * lint - a rule looks at one use of a name and at what the rest of the script
 * does with that name. A false alarm costs more trust than a miss: what a
 * script tests for being there may be missing, and a global that is read
 * before it is set is one that is meant to live on.
 */
#include "lint.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "habits.h"
#include "values.h"

/* Room for a finding, and for a name in it. */
#define FINDING_MAX 512
#define LABEL_MAX 96

struct lint {
    const struct names *names;
    struct habits habits;
    struct habits *others; /* of the other hooks' scripts */
    size_t other_count;
    bool others_unknown;
    vm_finding_fn *found;
    void *context;
    unsigned count;
};

/* Findings. */

static void report(struct lint *lint, unsigned line,
                   enum fc_finding_severity severity, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static void report(struct lint *lint, unsigned line,
                   enum fc_finding_severity severity, const char *format, ...)
{
    char text[FINDING_MAX];
    struct vm_finding finding = { line, severity, text };
    va_list args;

    lint->count++;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (lint->count == LINT_FINDINGS_MAX)
        snprintf(text, sizeof text, "there is more, which is not shown");
    lint->found(lint->context, &finding);
}

/* "flow", "string", or "flow.dns()". */
static void write_title(char to[static LABEL_MAX],
                        const struct name_table *table)
{
    if (table->owner->result == LUA_TTABLE)
        snprintf(to, LABEL_MAX, "flow.%s()", table->title);
    else
        snprintf(to, LABEL_MAX, "%s", table->title);
}

/* How the name of a use is written: "seen", "string.find", "flow.dns().x". */
static void write_name(char to[static LABEL_MAX], const struct value *value)
{
    char title[LABEL_MAX] = "";
    int len = (int)(value->token.len < 60 ? value->token.len : 60);

    if (value->kind != VALUE_GLOBAL)
        write_title(title, value->table);
    if (memchr(value->token.text, '.', value->token.len) != NULL) {
        snprintf(to, LABEL_MAX, "%.30s[\"%.*s\"]", title, len,
                 value->token.text);
        return;
    }
    snprintf(to, LABEL_MAX, "%.*s%s%.*s", 30, title,
             title[0] != '\0' ? "." : "", len, value->token.text);
}

/* The function of flow that a global is named like, or NULL. */
static const struct name *find_in_flow(const struct names *names,
                                       const struct value *global)
{
    const struct name *flow = names_find(&names->globals, "flow", 4);

    if (flow == NULL || flow->table == NULL)
        return NULL;
    return names_find(flow->table, global->token.text, global->token.len);
}

/* ": did you mean X?", or nothing. */
static void write_hint(char to[static LABEL_MAX], const struct lint *lint,
                       const struct value *value)
{
    bool global = value->kind == VALUE_GLOBAL;
    const struct name *near = NULL;
    const char *prefix = "flow.";

    if (global)
        near = find_in_flow(lint->names, value);
    if (near == NULL) {
        prefix = "";
        near = names_nearest(global ? &lint->names->globals : value->table,
                             value->token.text, value->token.len);
    }
    to[0] = '\0';
    if (near != NULL && value->kind == VALUE_FIELD)
        snprintf(to, LABEL_MAX, ": did you mean %.30s.%.40s?",
                 value->table->title, near->text);
    else if (near != NULL)
        snprintf(to, LABEL_MAX, ": did you mean %s%.40s?", prefix, near->text);
}

/* Rules. Each returns whether it had something to say. */

/* A name that is tested is told once. */
static bool is_told(const struct lint *lint, const struct use *use)
{
    const struct habit *habit = habits_of(&lint->habits, use);

    return habit->tested && habit->first != use;
}

/* What is tested for being there may be missing. */
static enum fc_finding_severity severity_of(const struct lint *lint,
                                            const struct use *use)
{
    return habits_of(&lint->habits, use)->tested ? FC_FINDING_WARNING
                                                 : FC_FINDING_ERROR;
}

/* Whether the script sets this global anywhere. */
static bool sets_global(const struct lint *lint, const char *name)
{
    const struct habit *habit =
        habits_of_global(&lint->habits, name, strlen(name));

    return habit != NULL && habit->assigned;
}

/* Whether a script of another hook uses this global, or sets it. */
static bool others_use(const struct lint *lint, const struct token *name,
                       bool assigned)
{
    for (size_t i = 0; i < lint->other_count; i++) {
        const struct habit *habit =
            habits_of_global(&lint->others[i], name->text, name->len);

        if (habit != NULL && (habit->assigned || !assigned))
            return true;
    }
    return false;
}

/* A name in a library that the script has replaced means nothing to us. */
static bool is_replaced(const struct lint *lint, const struct use *use)
{
    const struct name_table *table = use->value.table;

    if (use->value.kind == VALUE_GLOBAL || use->value.kind == VALUE_ALWAYS)
        return false;
    if (use->value.kind == VALUE_KEY || use->value.kind == VALUE_RESULT)
        return sets_global(lint, "flow");
    return sets_global(lint, table->title);
}

static bool judge_change(struct lint *lint, const struct use *use)
{
    char name[LABEL_MAX];

    if (use->kind != USE_ASSIGNED || use->value.kind != VALUE_FIELD ||
        !use->value.table->fixed)
        return false;
    write_name(name, &use->value);
    report(lint, use->value.token.line, FC_FINDING_ERROR,
           "%s cannot be changed: what is in %s is fixed", name,
           use->value.table->title);
    return true;
}

/*
 * A global that a run sets before any reads it need not live on. One that it
 * sets in a block, or a function, may be read by the runs that do not.
 */
static bool judge_leak(struct lint *lint, const struct use *use)
{
    const struct habit *habit = habits_of(&lint->habits, use);
    char name[LABEL_MAX];

    if (use->kind != USE_ASSIGNED || use->value.kind != VALUE_GLOBAL ||
        habit->first != use)
        return false;
    write_name(name, &use->value);
    if (use->value.name != NULL)
        report(lint, use->value.token.line, FC_FINDING_WARNING,
               "%s is replaced for all scripts of this check: use another "
               "name, or a local",
               name);
    else if (!others_use(lint, &use->value.token, false))
        report(lint, use->value.token.line, FC_FINDING_WARNING,
               "the global %s lives on after the run, %s: make it local", name,
               use->nested ? "if that is not meant"
                           : "though each run sets it anew");
    return true;
}

static bool judge_blocked(struct lint *lint, const struct use *use)
{
    const struct name *row = use->value.name;
    char name[LABEL_MAX];

    if (row == NULL || row->blocked == NULL || use->kind == USE_ASSIGNED ||
        habits_of(&lint->habits, use)->assigned)
        return false;
    write_name(name, &use->value);
    report(lint, use->value.token.line, severity_of(lint, use),
           "%s is not for flow checks: %s", name, row->blocked);
    return true;
}

static bool judge_unknown_global(struct lint *lint, const struct use *use)
{
    enum fc_finding_severity severity = severity_of(lint, use);
    char name[LABEL_MAX], hint[LABEL_MAX];

    if (use->value.kind != VALUE_GLOBAL || use->value.name != NULL ||
        habits_of(&lint->habits, use)->assigned)
        return false;
    if (others_use(lint, &use->value.token, true))
        return true;
    if (lint->habits.scan.open || !lint->habits.scan.whole ||
        is_told(lint, use))
        return true;
    write_name(name, &use->value);
    write_hint(hint, lint, &use->value);
    if (lint->habits.scan.requires)
        report(lint, use->value.token.line, FC_FINDING_WARNING,
               "%s does not exist, unless a required module sets it%s", name,
               hint);
    else if (lint->others_unknown)
        report(lint, use->value.token.line, FC_FINDING_WARNING,
               "%s does not exist, unless the script of another hook sets "
               "it%s",
               name, hint);
    else
        report(lint, use->value.token.line, severity, "%s does not exist%s",
               name, hint);
    return true;
}

static bool judge_unknown_field(struct lint *lint, const struct use *use)
{
    char name[LABEL_MAX], hint[LABEL_MAX];

    if ((use->value.kind != VALUE_FIELD && use->value.kind != VALUE_KEY) ||
        use->value.name != NULL || habits_of(&lint->habits, use)->assigned)
        return false;
    if (is_told(lint, use))
        return true;
    write_name(name, &use->value);
    write_hint(hint, lint, &use->value);
    report(lint, use->value.token.line, severity_of(lint, use),
           "%s does not exist%s", name, hint);
    return true;
}

static bool is_flow_function(const struct value *value)
{
    return value->kind == VALUE_FIELD && value->name != NULL &&
           strcmp(value->table->title, "flow") == 0;
}

/* "if flow.x then" asks whether there is a flow.x if flow.x() comes next. */
static bool is_question(const struct lint *lint, const struct use *use)
{
    const size_t after = (size_t)(use - lint->habits.scan.uses) + 1;

    for (size_t i = after; i < lint->habits.scan.count && i < after + 8; i++) {
        const struct use *next = &lint->habits.scan.uses[i];

        if (next->kind == USE_CALLED &&
            habits_compare(&next->value, &use->value) == 0)
            return next->value.token.line <= use->value.token.line + 1;
    }
    return false;
}

/* A function where what it returns was meant. */
static bool judge_function(struct lint *lint, const struct use *use)
{
    char name[LABEL_MAX];

    if (!is_flow_function(&use->value) ||
        (use->kind != USE_OPERAND && use->kind != USE_INDEXED &&
         use->kind != USE_TESTED))
        return false;
    if (use->kind == USE_TESTED && is_question(lint, use))
        return true;
    write_name(name, &use->value);
    report(lint, use->value.token.line, FC_FINDING_ERROR,
           "%s is a function: write %s()", name, name);
    return true;
}

static bool judge_method(struct lint *lint, const struct use *use)
{
    char name[LABEL_MAX];

    if (use->kind != USE_METHOD)
        return false;
    write_name(name, &use->value);
    report(lint, use->value.token.line, FC_FINDING_ERROR,
           "a call needs parentheses: write %s()", name);
    return true;
}

static const char *literal_type(const struct token *literal)
{
    if (literal->kind == TOKEN_STRING)
        return "a string";
    return literal->kind == TOKEN_NUMBER ? "a number" : "a boolean";
}

/* The type of what is compared: of a result, or of a key. */
static int type_of(const struct value *value)
{
    return value->kind == VALUE_RESULT ? value->name->result
                                       : value->name->type;
}

/* "flow.srv_port()", or "flow.dns().query". */
static void write_compared(char to[static LABEL_MAX], const struct value *value)
{
    if (value->kind == VALUE_RESULT)
        snprintf(to, LABEL_MAX, "flow.%s()", value->name->text);
    else if (strchr(value->name->text, '.') != NULL)
        snprintf(to, LABEL_MAX, "flow.%s()[\"%s\"]", value->table->title,
                 value->name->text);
    else
        snprintf(to, LABEL_MAX, "flow.%s().%s", value->table->title,
                 value->name->text);
}

/* ": write 53" for "53", or nothing. */
static void write_number(char to[static LABEL_MAX], const struct value *value,
                         const struct token *literal)
{
    const char *number = values_number(value, literal);
    const char *text;
    size_t len;

    to[0] = '\0';
    if (number != NULL)
        snprintf(to, LABEL_MAX, ": write %s", number);
    if (number != NULL || type_of(value) != LUA_TNUMBER ||
        !token_unquote(literal, &text, &len) || len == 0 || len > 18)
        return;
    for (size_t i = 0; i < len; i++)
        if (text[i] < '0' || text[i] > '9')
            return;
    snprintf(to, LABEL_MAX, ": write %.*s", (int)len, text);
}

/* A key that the script sets itself may have any value. */
static bool is_own_key(const struct lint *lint, const struct use *use)
{
    return use->value.kind == VALUE_KEY &&
           habits_of(&lint->habits, use)->assigned;
}

static bool judge_mismatch(struct lint *lint, const struct use *use)
{
    static const char *const types[] = { [LUA_TSTRING] = "a string",
                                         [LUA_TNUMBER] = "a number",
                                         [LUA_TBOOLEAN] = "true or false",
                                         [LUA_TTABLE] = "a table or nil" };
    char name[LABEL_MAX], number[LABEL_MAX];

    if (use->kind != USE_MISMATCHED)
        return false;
    if (is_own_key(lint, use))
        return true;
    write_compared(name, &use->value);
    write_number(number, &use->value, &use->other);
    report(lint, use->other.line, FC_FINDING_ERROR,
           "%s is %s, which is compared with %s%s", name,
           types[type_of(&use->value)], literal_type(&use->other), number);
    return true;
}

/* Whether the script compares the same name with this literal too. */
static bool compares_too(const struct lint *lint, const struct value *value,
                         const char *literal)
{
    for (size_t i = 0; i < lint->habits.scan.count; i++) {
        const struct use *use = &lint->habits.scan.uses[i];
        const char *text;
        size_t len;

        if (use->kind == USE_COMPARED && use->value.kind == value->kind &&
            use->value.name == value->name &&
            token_unquote(&use->other, &text, &len) &&
            strlen(literal) == len + 2 && memcmp(literal + 1, text, len) == 0)
            return true;
    }
    return false;
}

/* What is said of a value that a name never has. */
static void write_values(char to[static FINDING_MAX],
                         const struct values_answer *answer)
{
    const char *near = answer->instead;
    int len = 0;

    to[0] = '\0';
    if (answer->unsure || near[0] != '\0') {
        snprintf(to, FINDING_MAX, "%s%s%s%s%s", answer->unsure ? ": " : "",
                 answer->unsure ? answer->what : "",
                 near[0] != '\0' ? ": did you mean " : "", near,
                 near[0] != '\0' ? "?" : "");
        return;
    }
    if (answer->what != NULL)
        snprintf(to, FINDING_MAX, ": it is %s", answer->what);
    for (int i = 0; answer->these[i] != NULL; i++)
        len += snprintf(to + len, FINDING_MAX - (size_t)len, "%s\"%s\"",
                        i == 0                         ? ": it is "
                        : answer->these[i + 1] != NULL ? ", "
                                                       : " or ",
                        answer->these[i]);
}

/*
 * A value that no flow has. A script for several hosts may write what one of
 * them has next to what the other has: that is fine.
 */
static bool judge_value(struct lint *lint, const struct use *use)
{
    struct values_answer answer;
    char name[LABEL_MAX], values[FINDING_MAX];

    if (use->kind != USE_COMPARED)
        return false;
    values_judge(lint->names, &use->value, &use->other, &answer);
    if (!answer.never || is_own_key(lint, use) ||
        compares_too(lint, &use->value, answer.instead))
        return true;
    write_compared(name, &use->value);
    write_values(values, &answer);
    report(lint, use->other.line,
           answer.unsure ? FC_FINDING_WARNING : FC_FINDING_ERROR,
           "%s is never %.*s%s", name,
           (int)(use->other.len < 60 ? use->other.len : 60), use->other.text,
           values);
    return true;
}

/* Less or more than a number that means another one: TLS 1.2 is 771. */
static bool judge_order(struct lint *lint, const struct use *use)
{
    const char *number;
    char name[LABEL_MAX];

    if (use->kind != USE_ORDERED)
        return false;
    number = values_number(&use->value, &use->other);
    if (number == NULL || is_own_key(lint, use))
        return true;
    write_compared(name, &use->value);
    report(lint, use->other.line, FC_FINDING_ERROR,
           "%s is compared with %.*s: did you mean %s?", name,
           (int)use->other.len, use->other.text, number);
    return true;
}

/* if port == 80 or 443 then */
static bool judge_always(struct lint *lint, const struct use *use)
{
    const struct token *token = &use->value.token;

    if (use->value.kind != VALUE_ALWAYS)
        return false;
    report(lint, token->line, FC_FINDING_ERROR,
           "or %.*s is always true: compare it too, as in: x == 1 or x == 2",
           (int)(token->len < 60 ? token->len : 60), token->text);
    return true;
}

static bool judge_alert(struct lint *lint, const struct use *use)
{
    if (use->kind != USE_NO_SCORE && use->kind != USE_NO_MESSAGE)
        return false;
    report(lint, use->value.token.line, FC_FINDING_ERROR,
           use->kind == USE_NO_SCORE
               ? "flow.triggerAlert takes a score, a number, and then the "
                 "message"
               : "flow.triggerAlert takes a message behind the score");
    return true;
}

typedef bool rule_fn(struct lint *lint, const struct use *use);
static rule_fn *const rules[] = {
    judge_change,        judge_leak,   judge_blocked,  judge_unknown_global,
    judge_unknown_field, judge_method, judge_function, judge_mismatch,
    judge_value,         judge_order,  judge_always,   judge_alert,
};
#define RULES (sizeof rules / sizeof rules[0])

static void judge(struct lint *lint, const struct use *use)
{
    if (lint->count >= LINT_FINDINGS_MAX || use->kind == USE_DROPPED ||
        is_replaced(lint, use))
        return;
    for (size_t i = 0; i < RULES; i++)
        if (rules[i](lint, use))
            return;
}

/* Looks at the other scripts too: they share their globals. */
static bool scan_others(struct lint *lint, const struct vm_company *company)
{
    lint->others_unknown = company->unknown;
    lint->others = calloc(company->count + 1, sizeof *lint->others);
    if (lint->others == NULL)
        return false;
    for (; lint->other_count < company->count; lint->other_count++) {
        const struct vm_source *source = &company->sources[lint->other_count];

        if (!habits_scan(&lint->others[lint->other_count], lint->names,
                         source->text, source->len))
            return false;
    }
    return true;
}

static void free_all(struct lint *lint, const struct vm_company *company)
{
    for (size_t i = 0; lint->others != NULL && i < company->count; i++)
        habits_free(&lint->others[i]);
    free(lint->others);
    habits_free(&lint->habits);
}

bool lint_text(const struct names *names, const struct vm_source *source,
               const struct vm_company *company, vm_finding_fn *found,
               void *context)
{
    struct lint lint = { .names = names, .found = found, .context = context };
    const struct scan_result *scan = &lint.habits.scan;
    bool ok = habits_scan(&lint.habits, names, source->text, source->len) &&
              scan_others(&lint, company);

    for (size_t i = 0; ok && !scan->own_env && i < scan->count; i++)
        judge(&lint, &scan->uses[i]);
    free_all(&lint, company);
    return ok;
}
