/* SPDX-License-Identifier: GPL-3.0-or-later */
/* options - getopt_long, driven by a table that is also the help's text. */
#include "config.h"

#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "batch.h"
#include "dpi.h"
#include "flow_limit.h"
#include "locality.h"
#include "text.h"

/* Reads a value; false: *wanted says what it must be. */
typedef bool read_fn(struct options *options, const char *value);

struct option_row {
    char letter; /* 0: it has none */
    const char *name;
    const char *argument; /* NULL: takes none */
    const char *help;     /* lines of at most 50 columns */
    unsigned commands;
    read_fn *read;
    const char *wanted; /* for the error */
};

static bool read_capture(struct options *options, const char *value)
{
    const char **captures = reallocarray(
        options->captures, options->capture_count + 1, sizeof *captures);

    if (captures == NULL)
        return false;
    captures[options->capture_count++] = value;
    options->captures = captures;
    return true;
}

#define READ_TEXT(member)                                                 \
    static bool read_##member(struct options *options, const char *value) \
    {                                                                     \
        options->member = value;                                          \
        return value[0] != '\0';                                          \
    }
READ_TEXT(script)
READ_TEXT(module_dir)
READ_TEXT(alerts)
READ_TEXT(stats)
READ_TEXT(install_dir)

static bool read_settings(struct options *options, const char *value)
{
    options->settings = value;
    options->settings_given = true;
    return value[0] != '\0';
}

/* An empty list is fine: nothing is local. */
static bool read_networks(struct options *options, const char *value)
{
    options->networks = value;
    return true;
}

static bool read_number(const char *value, double least, double most,
                        double *number)
{
    char *end;

    errno = 0;
    *number = strtod(value, &end);
    return end != value && *end == '\0' && errno == 0 && *number >= least &&
           *number <= most;
}

/* Three hundred years: sums with packet times stay far from overflow. */
#define SECONDS_MAX 1e10

static bool read_seconds(const char *value, int64_t *microseconds)
{
    double seconds;

    if (!read_number(value, 0, SECONDS_MAX, &seconds))
        return false;
    *microseconds = (int64_t)(seconds * 1e6);
    return true;
}

static bool read_idle(struct options *options, const char *value)
{
    return read_seconds(value, &options->idle);
}

static bool read_tcp_linger(struct options *options, const char *value)
{
    return read_seconds(value, &options->tcp_linger);
}

static bool read_periodic(struct options *options, const char *value)
{
    return read_seconds(value, &options->periodic) &&
           (options->periodic == 0 || options->periodic >= 1000000);
}

static bool read_whole(const char *value, unsigned most, unsigned *whole)
{
    double number;

    if (!read_number(value, 1, most, &number))
        return false;
    *whole = (unsigned)number;
    return *whole == number;
}

static bool read_workers(struct options *options, const char *value)
{
    return read_whole(value, BATCH_WORKERS_MAX, &options->workers);
}

static bool read_max_flows(struct options *options, const char *value)
{
    return read_whole(value, 100000000, &options->max_flows);
}

static bool read_max_packets(struct options *options, const char *value)
{
    return read_whole(value, 1000, &options->max_packets);
}

static bool read_strict(struct options *options, const char *value)
{
    (void)value;
    options->strict = true;
    return true;
}

static bool read_hook(struct options *options, const char *value)
{
    options->hook = value;
    return strcmp(value, "detected") == 0 || strcmp(value, "end") == 0;
}

static bool read_lint_hook(struct options *options, const char *value)
{
    options->lint_hook = value;
    return strcmp(value, "detected") == 0 || strcmp(value, "periodic") == 0 ||
           strcmp(value, "end") == 0;
}

#define ALL                                                        \
    (COMMAND_RUN | COMMAND_FLOWS | COMMAND_LIST | COMMAND_ENABLE | \
     COMMAND_DISABLE | COMMAND_LINT)
#define NEEDS_CAPTURE (COMMAND_RUN | COMMAND_FLOWS)
#define READING (NEEDS_CAPTURE | COMMAND_LINT)
#define WITH_MODULES \
    (COMMAND_RUN | COMMAND_LIST | COMMAND_ENABLE | COMMAND_LINT)
#define WITH_SETTINGS (ALL & ~COMMAND_FLOWS)

static const struct option_row rows[] = {
    { 'r', "read", "FILE",
      "read this capture file (pcap, pcapng); may be\n"
      "given several times; \"-\" is stdin",
      READING, read_capture, "a file name" },
    { 's', "script", "FILE",
      "run this Lua script in the detected hook,\n"
      "whatever the settings say",
      COMMAND_RUN, read_script, "a file name" },
    { 'c', "settings", "FILE",
      "the settings document (default\n" SETTINGS_FILE ")", WITH_SETTINGS,
      read_settings, "a file name" },
    { 'p', "modules", "DIR",
      "load the modules of this directory (default\n"
      "$FLOWCHECK_MODULES, else the installed one)",
      WITH_MODULES, read_module_dir, "a directory" },
    { 'm', "local-networks", "NETS",
      "local networks, such as 10.0.0.0/8,fd00::/8\n"
      "(default: private, loopback, link-local)",
      READING, read_networks, "a list of networks" },
    { 'o', "output", "FILE",
      "write alerts as JSON lines to this file; \"-\" is\n"
      "stdout (default: stdout, a table on a terminal)",
      COMMAND_RUN, read_alerts, "a file name" },
    { 0, "stats", "FILE",
      "write the figures of each check as JSON to this\n"
      "file at the end; \"-\" is stdout",
      COMMAND_RUN, read_stats, "a file name" },
    { 'w', "workers", "N", "share flows out to N threads (default 1)",
      COMMAND_RUN, read_workers, "a whole number from 1 to 64" },
    { 0, "install-dir", "DIR",
      "where scripts are looked for (default\n" INSTALL_DIR ")",
      COMMAND_RUN | COMMAND_LINT, read_install_dir, "a directory" },
    { 0, "max-flows", "N",
      "keep at most N flows at once: a new one ends the\n"
      "one that is idle longest (default 1000000)",
      READING, read_max_flows, "a whole number from 1 to 100000000" },
    { 0, "max-packets", "N",
      "give up on a flow without a protocol after N\n"
      "packets (default 12)",
      READING, read_max_packets, "a whole number from 1 to 1000" },
    { 0, "idle", "SECONDS", "a flow ends when silent for so long (default 60)",
      READING, read_idle, "a number of seconds" },
    { 0, "tcp-linger", "SECONDS",
      "... or after FIN both ways or RST (default 5)", READING, read_tcp_linger,
      "a number of seconds" },
    { 0, "periodic", "SECONDS",
      "run the periodic hook of a flow so often;\n"
      "0: never (default 60)",
      COMMAND_RUN | COMMAND_LINT, read_periodic,
      "0, or a number of seconds from 1" },
    { 0, "strict", NULL,
      "exit with 4 when a script has failed, or was\nswitched off", COMMAND_RUN,
      read_strict, NULL },
    { 0, "hook", "HOOK",
      "show flows as they are in this hook: detected\n"
      "(default) or end",
      COMMAND_FLOWS, read_hook, "\"detected\" or \"end\"" },
    { 0, "hook", "HOOK",
      "run SCRIPT in this hook: detected, periodic or\n"
      "end (default: that of its file name, or else\n"
      "detected)",
      COMMAND_LINT, read_lint_hook, "\"detected\", \"periodic\" or \"end\"" },
    { 'h', "help", NULL, "show this help", ALL, NULL, NULL },
};
#define ROWS (sizeof rows / sizeof rows[0])

/*
 * An option has one value, or none: the last of two would win, and nobody would
 * see that. Of these, NULL says that it may be given several times, and a text
 * what to do instead.
 */
static const struct {
    read_fn *read;
    const char *instead;
} several[] = {
    { read_capture, NULL },
    { read_strict, NULL },
    { read_script,
      ": a run has one script: let it require the others, or enable the check\n"
      "in the settings, where each hook has a script of its own" },
    { read_networks, ": name all networks in one list, with commas" },
};

/* What to say of a second value; NULL: it is fine. */
static const char *judge_second(const struct option_row *row)
{
    for (size_t i = 0; i < sizeof several / sizeof several[0]; i++)
        if (several[i].read == row->read)
            return several[i].instead;
    return ": give it once";
}

/* Help. */

static void print_row(FILE *to, const struct option_row *row)
{
    char names[64];
    const char *line = row->help;
    int first = snprintf(
        names, sizeof names, "%c%c%s--%s%s%s", row->letter ? '-' : ' ',
        row->letter ? row->letter : ' ', row->letter ? ", " : "  ", row->name,
        row->argument ? "=" : "", row->argument ? row->argument : "");

    fprintf(to, "  %-27s", first > 0 ? names : "");
    for (;;) {
        int len = (int)strcspn(line, "\n");

        fprintf(to, "%.*s\n", len, line);
        if (line[len] == '\0')
            break;
        line += len + 1;
        fprintf(to, "%-29s", "");
    }
}

static void print_command_help(const struct command *command)
{
    printf("Usage: flowcheck %s [OPTION]...%s%s\n%s\n\n", command->name,
           command->operand ? " " : "",
           command->operand ? command->operand : "", command->summary);
    for (size_t i = 0; i < ROWS; i++)
        if (rows[i].commands & command->bit)
            print_row(stdout, &rows[i]);
    printf("\nSee flowcheck(1) and, for scripts, flow-check-script(7).\n");
}

void options_help(FILE *to, const struct command *commands)
{
    fprintf(to, "Usage: flowcheck COMMAND [OPTION]...\n"
                "Runs checks written in Lua on network flows.\n\n");
    for (; commands->name != NULL; commands++)
        fprintf(to, "  %-10s%s\n", commands->name, commands->summary);
    fprintf(to, "\n\"flowcheck COMMAND --help\" shows the options of one.\n"
                "\"flowcheck --version\" shows the version.\n");
}

/* Parsing. */

/* getopt's own tables, made from ours: a long option's value is its row. */
struct tables {
    struct option long_options[ROWS + 1];
    char letters[2 * ROWS + 2];
};

static void make_tables(struct tables *tables, const struct command *command)
{
    size_t n = 0;
    char *letter = tables->letters;

    memset(tables, 0, sizeof *tables);
    *letter++ = ':'; /* a missing argument is told apart */
    for (size_t i = 0; i < ROWS; i++) {
        if (!(rows[i].commands & command->bit))
            continue;
        tables->long_options[n++] =
            (struct option){ rows[i].name,
                             rows[i].argument ? required_argument : no_argument,
                             NULL, 256 + (int)i };
        if (rows[i].letter == 0)
            continue;
        *letter++ = rows[i].letter;
        if (rows[i].argument != NULL)
            *letter++ = ':';
    }
}

static const struct option_row *find_row(int code)
{
    if (code >= 256)
        return &rows[code - 256];
    for (size_t i = 0; i < ROWS; i++)
        if (rows[i].letter == code)
            return &rows[i];
    return NULL;
}

static enum options_result complain(const struct command *command,
                                    const char *what, const char *value)
{
    fprintf(stderr, "flowcheck %s: %s%s", command->name, what,
            value ? ": " : "");
    text_print(stderr, value ? value : "");
    fprintf(stderr, "\nSee \"flowcheck %s --help\".\n", command->name);
    return OPTIONS_ERROR;
}

/*
 * getopt says which letter of several it does not know ("-xyz"), or which long
 * option was given a value that it does not take.
 */
static enum options_result refuse_option(const struct command *command,
                                         const char *word)
{
    const char letter[] = { '-', (char)optopt, '\0' };

    if (optopt >= 256)
        return complain(command, "this option takes no argument", word);
    return complain(command, "it has no such option",
                    optopt > 0 ? letter : word);
}

static enum options_result read_option(struct options *options,
                                       const struct command *command,
                                       const struct option_row *row,
                                       bool seen[])
{
    const char *instead = seen[row - rows] ? judge_second(row) : NULL;
    char what[256];

    if (row->read == NULL) {
        print_command_help(command);
        return OPTIONS_HELP;
    }
    if (instead != NULL) {
        snprintf(what, sizeof what, "--%s is given twice%s", row->name,
                 instead);
        return complain(command, what, NULL);
    }
    seen[row - rows] = true;
    if (row->read(options, optarg))
        return OPTIONS_GO;
    snprintf(what, sizeof what, "--%s must be %s, not", row->name, row->wanted);
    return complain(command, what, optarg);
}

static enum options_result read_operands(struct options *options,
                                         const struct command *command,
                                         int argc, char **argv)
{
    if (command->operand != NULL) {
        if (optind == argc && command->operand[0] != '[')
            return complain(command, "missing operand", command->operand);
        if (optind < argc)
            options->key = argv[optind++];
    }
    if (optind < argc)
        return complain(command, "unexpected operand", argv[optind]);
    if (command->bit & NEEDS_CAPTURE && options->capture_count == 0)
        return complain(command, "no capture to read: name one with -r FILE",
                        NULL);
    return OPTIONS_GO;
}

static void set_defaults(struct options *options)
{
    const char *module_dir = getenv("FLOWCHECK_MODULES");

    *options = (struct options){
        .settings = SETTINGS_FILE,
        .module_dir = module_dir != NULL ? module_dir : MODULE_DIR,
        .networks = LOCALITY_DEFAULT,
        .install_dir = INSTALL_DIR,
        .workers = 1,
        .max_flows = FLOW_LIMIT_DEFAULT,
        .max_packets = DPI_MAX_PACKETS_DEFAULT,
        .idle = 60 * INT64_C(1000000),
        .tcp_linger = 5 * INT64_C(1000000),
        .periodic = 60 * INT64_C(1000000),
        .hook = "detected",
    };
}

enum options_result options_parse(struct options *options,
                                  const struct command *command, int argc,
                                  char **argv)
{
    struct tables tables;
    enum options_result result = OPTIONS_GO;
    bool seen[ROWS] = { false };
    int code;

    set_defaults(options);
    make_tables(&tables, command);
    opterr = 0;
    while (result == OPTIONS_GO &&
           (code = getopt_long(argc, argv, tables.letters, tables.long_options,
                               NULL)) != -1) {
        if (code == ':')
            result = complain(command, "this option wants an argument",
                              argv[optind - 1]);
        else if (code == '?')
            result = refuse_option(command, argv[optind - 1]);
        else
            result = read_option(options, command, find_row(code), seen);
    }
    if (result != OPTIONS_GO)
        return result;
    return read_operands(options, command, argc, argv);
}

void options_free(struct options *options)
{
    free(options->captures);
}
