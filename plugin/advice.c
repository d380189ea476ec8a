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
      { "", NULL },
      "bound the loops; limits.run_ms in script_conf is the budget" },
    { FC_FAILURE_MEMORY,
      { "the script holds", NULL },
      "a table that grows with each flow must be emptied at times; "
      "limits.memory_kb in script_conf is the limit" },
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

const char *advice_for(enum fc_failure kind, const char *error)
{
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (table[i].kind == kind && has_parts(error, table[i].parts))
            return table[i].text;
    return NULL;
}
