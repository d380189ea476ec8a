/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * scan - reads a script as a program, with its scopes, and notes each use of a
 * global name, of a name in a library and of what functions of flow return.
 * What is wrong with a use is for lint.c to say. Private to lua_api/.
 */
#ifndef FC_SCAN_H
#define FC_SCAN_H

#include "lexer.h"
#include "names.h"

/* What is known of an expression. */
enum value_kind {
    VALUE_OTHER,
    VALUE_NIL,
    VALUE_STRING, /* literals */
    VALUE_NUMBER,
    VALUE_BOOLEAN,
    VALUE_EMPTY,   /* {} */
    VALUE_GLOBAL,  /* a global; its table, should it be a library */
    VALUE_LIBRARY, /* a local that holds a library */
    VALUE_FIELD,   /* a name in a library */
    VALUE_RESULT,  /* of a function of flow, its name */
    VALUE_KEY,     /* a key of such a result */
    VALUE_HELD,    /* likewise, but held by a local */
    VALUE_TRUTH,   /* true or false: of a comparison */
    VALUE_ALWAYS   /* a literal behind a comparison and an "or" */
};

/* What else a value may be. */
#define DOUBT_FALSE 0x1u /* false or nil, of what is left of an "and" */
#define DOUBT_VALUE 0x2u /* another value of its type, as in: x or 0 */
#define DOUBT_ALL 0x4u   /* anything */

/* How a value can be used in a statement. */
enum value_shape {
    SHAPE_VALUE, /* neither a statement nor assignable */
    SHAPE_PLACE, /* assignable: a name or an index */
    SHAPE_CALL   /* a call, which can be a statement */
};

struct value {
    enum value_kind kind;
    struct token token; /* the last name of it, or the literal */
    const struct name_table *table;
    const struct name *name; /* NULL: the table has no such name */
    unsigned variable;       /* number of the local that it came from, or 0 */
    unsigned origin;         /* VALUE_HELD: of the local that has the key */
    unsigned doubt;          /* DOUBT_* */
    struct token default_to; /* DOUBT_VALUE: the other value */
    unsigned links;          /* of the chain of names that ends here */
    unsigned looks;          /* searches of its function that naming it takes */
    enum value_shape shape;
};

enum use_kind {
    USE_READ,
    USE_CALLED,
    USE_INDEXED,
    USE_OPERAND, /* of what a function cannot be an operand of */
    USE_TESTED,  /* for being true, as in: if x then */
    USE_ASKED,   /* whether it is there: x == nil, type(x) */
    USE_ASSIGNED,
    USE_METHOD,     /* a:name, not called */
    USE_MISMATCHED, /* compared with a literal of another type */
    USE_COMPARED,   /* for being equal, with a literal of its type */
    USE_ORDERED,    /* for being less, or more, than one */
    USE_NO_SCORE,   /* triggerAlert, called with a string first */
    USE_NO_MESSAGE, /* triggerAlert, called with a number alone */
    USE_DROPPED     /* of a local that has got another value */
};

struct use {
    enum use_kind kind;
    bool nested; /* in a block or a function, which may not run */
    struct value value;
    struct token other; /* the literal that it is compared with */
};

/* Zeroed: nothing was scanned. */
struct scan_result {
    struct use *uses; /* in the order of the text, assignments at their end */
    size_t count;
    bool whole;    /* all of the text was understood */
    bool open;     /* globals are used by names that are not in the text */
    bool own_env;  /* _ENV is used: no name means what it seems to */
    bool requires; /* a module of the user's, which may set globals */
};

/* Most links of a chain of names: honest ones have three or four. */
#define SCAN_LINKS_MAX 500
/* Most jumps out of the line, "goto" and "break", of a function. */
#define SCAN_JUMPS_MAX 5000

/* Why a text is refused, though Lua might compile it. */
enum scan_fault {
    FAULT_NONE,
    FAULT_PARSE, /* not understood; Lua may say why */
    FAULT_DEPTH, /* not understood: nested too deep */
    FAULT_LINKS, /* a chain of names is too long, wherever it is */
    FAULT_WORK,  /* it is too long behind so much code of its function */
    FAULT_JUMPS
};

struct scan_verdict {
    enum scan_fault fault;
    unsigned line;
    unsigned links; /* of FAULT_WORK: the chain's */
};

/* Judges any text, whatever its names are. Takes no memory. */
struct scan_verdict scan_judge(const char *text, size_t len);

/* Scans any text. Returns false when there is no memory. */
bool scan_text(struct scan_result *result, const struct names *names,
               const char *text, size_t len);
void scan_free(struct scan_result *result);

#endif
