/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * advice - knows the texts of Lua's errors by parts of them. A text that is not
 * known gets no advice: nothing else depends on it.
 */
#include "advice.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct advice {
    enum fc_failure kind;
    const char *parts[2]; /* all in the error's first line, in this order */
    const char *text;
};

static const struct advice table[] = {
    { FC_FAILURE_SYNTAX,
      { "'end' expected", NULL },
      "an if, for, while or function above is not closed by an end" },
    { FC_FAILURE_SYNTAX,
      { "function arguments expected", NULL },
      "a call needs parentheses, as in flow.cli()" },
    { FC_FAILURE_SYNTAX,
      { "'=' expected", NULL },
      "a line must be a call, with parentheses, or an assignment" },
    { FC_FAILURE_SYNTAX,
      { ": syntax error near", NULL },
      "a line must be a call, with parentheses, or an assignment" },
    { FC_FAILURE_SYNTAX,
      { "'then' expected", "'='" },
      "a comparison is written ==, an assignment =" },
    { FC_FAILURE_RUNTIME,
      { "attempt to compare", "string" },
      "ports and counters are numbers: write 53, not \"53\"" },
    { FC_FAILURE_RUNTIME,
      { "attempt to compare", "function" },
      "functions of flow need parentheses: flow.bytes(), not flow.bytes" },
    { FC_FAILURE_RUNTIME,
      { "attempt to concatenate", "function" },
      "functions of flow need parentheses: flow.cli(), not flow.cli" },
    { FC_FAILURE_RUNTIME,
      { "attempt to perform arithmetic", "function" },
      "functions of flow need parentheses: flow.bytes(), not flow.bytes" },
    { FC_FAILURE_RUNTIME,
      { "attempt to index a function", NULL },
      "functions of flow need parentheses: flow.dns().query" },
    { FC_FAILURE_RUNTIME,
      { "attempt to index a nil value (field", NULL },
      "a value that is not known is nil: test it first, as in: if dns.query "
      "then ... end" },
    { FC_FAILURE_RUNTIME,
      { "attempt to index a nil value", NULL },
      "flow.http(), dns(), ssh() and tls_quic() are nil on a flow of another "
      "protocol: test them first, as in: if dns then ... end" },
    { FC_FAILURE_RUNTIME,
      { "attempt to concatenate", "nil" },
      "a value that is not known is nil: write (dns.query or \"?\")" },
    { FC_FAILURE_RUNTIME,
      { "attempt to compare", "nil" },
      "a value that is not known is nil: test it first" },
    { FC_FAILURE_RUNTIME,
      { "attempt to call a nil value", NULL },
      "no such function; the names of flow are in flow-check-script(7)" },
    { FC_FAILURE_TIME,
      { "its VM was given up", NULL },
      "text spreads better than numbers as keys of a large table: write "
      "t[tostring(n)]" },
    { FC_FAILURE_TIME,
      { "", NULL },
      "bound the loops, and make a large list once, in a module that the "
      "script requires; limits.run_ms in script_conf is the budget" },
    { FC_FAILURE_MEMORY,
      { "the script holds", NULL },
      "a table that grows with each flow must be emptied at times; a large "
      "list needs a larger limits.memory_kb in script_conf" },
    { FC_FAILURE_MEMORY,
      { "the program alone takes", NULL },
      "shorten the lists in it, or raise limits.memory_kb in script_conf" },
};

/* Likewise, of what happens while a module is loaded. */
static const struct advice loading[] = {
    { FC_FAILURE_TIME,
      { "", NULL },
      "a module is loaded within one run: write a large list out as a table "
      "instead of making it in a loop, or raise limits.run_ms in script_conf" },
    { FC_FAILURE_MEMORY,
      { "the script holds", NULL },
      "what a module makes is kept for all flows: shorten the list, or raise "
      "limits.memory_kb in script_conf" },
};

/* Whether the first line of an error has the parts, in their order. */
static bool has_parts(const char *error, const char *const parts[2])
{
    const char *line_end = error + strcspn(error, "\n");
    const char *at = strstr(error, parts[0]);

    if (at != NULL && parts[1] != NULL)
        at = strstr(at + strlen(parts[0]), parts[1]);
    return at != NULL && at <= line_end;
}

static const char *find(const struct advice *rows, size_t count,
                        enum fc_failure kind, const char *error)
{
    for (size_t i = 0; i < count; i++)
        if (rows[i].kind == kind && has_parts(error, rows[i].parts))
            return rows[i].text;
    return NULL;
}

/* By its traceback, of the lines below the first. */
static bool is_loading(const char *error)
{
    return strstr(error + strcspn(error, "\n"), " 'require'") != NULL;
}

const char *advice_for(enum fc_failure kind, const char *error)
{
    const char *text = NULL;

    if (is_loading(error))
        text = find(loading, sizeof loading / sizeof *loading, kind, error);
    if (text == NULL)
        text = find(table, sizeof table / sizeof *table, kind, error);
    return text;
}
