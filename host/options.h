/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * options - the command line: which command, its options, and the texts of
 * --help, all from one table of commands and one of options.
 */
#ifndef FC_OPTIONS_H
#define FC_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Exit statuses, as the manual promises them. */
enum exit_status {
    STATUS_DONE = 0,
    STATUS_FAILED = 1,    /* could not start, or the input was unreadable */
    STATUS_USAGE = 2,     /* the command line made no sense */
    STATUS_NO_SCRIPT = 3, /* a script did not load, or lint found an error */
    STATUS_STRICT = 4     /* --strict, and a script has failed */
};

struct options {
    const char **captures; /* -r, in the order given */
    size_t capture_count;
    const char *script;      /* -s, or NULL */
    const char *settings;    /* -c */
    bool settings_given;     /* whether the command line names them */
    const char *module_dir;  /* -p */
    const char *networks;    /* -m */
    const char *alerts;      /* -o, NULL: stdout, in a format that suits it */
    const char *stats;       /* --stats, or NULL */
    const char *install_dir; /* --install-dir */
    unsigned workers;        /* -w */
    unsigned max_flows;      /* --max-flows */
    unsigned max_packets;    /* --max-packets */
    int64_t idle;            /* --idle, microseconds */
    int64_t tcp_linger;      /* --tcp-linger, microseconds */
    int64_t periodic;        /* --periodic, microseconds; 0: never */
    bool strict;             /* --strict */
    const char *hook;        /* --hook of flows: "detected" or "end" */
    const char *lint_hook;   /* --hook of lint, or NULL: by the file's name */
    const char *key; /* the operand: a key, or the script of lint (NULL) */
};

/* A command: its name, what --help says, and the function that does it. */
struct command {
    const char *name;
    const char *operand; /* NULL: none; "[X]": may be left out */
    const char *summary;
    unsigned bit; /* for the options that it has */
    enum exit_status (*run)(const struct options *options);
};

#define COMMAND_RUN 0x1u
#define COMMAND_FLOWS 0x2u
#define COMMAND_LIST 0x4u
#define COMMAND_ENABLE 0x8u
#define COMMAND_DISABLE 0x10u
#define COMMAND_LINT 0x20u

/* What main should do after options_parse. */
enum options_result {
    OPTIONS_GO,    /* run the command */
    OPTIONS_HELP,  /* help was asked for and printed: exit with 0 */
    OPTIONS_ERROR, /* a sentence was printed: exit with STATUS_USAGE */
};

/*
 * Parses the arguments of a command; argv[0] is its name. *options is filled
 * with defaults first; its strings belong to argv or the environment. Free with
 * options_free whatever the result.
 */
enum options_result options_parse(struct options *options,
                                  const struct command *command, int argc,
                                  char **argv);
void options_free(struct options *options);

/* Writes --help of the program. commands ends with a NULL name. */
void options_help(FILE *to, const struct command *commands);

#endif
