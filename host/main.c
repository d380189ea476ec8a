/* SPDX-License-Identifier: GPL-3.0-or-later */
/* main - finds the command and runs it. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "dpi.h"
#include "log.h"

static const struct command commands[] = {
    { "run", NULL, "run the enabled checks on captured traffic", COMMAND_RUN,
      command_run },
    { "lint", "[SCRIPT]", "look for mistakes in scripts, run them on samples",
      COMMAND_LINT, command_lint },
    { "list", NULL, "show every check, and which are enabled", COMMAND_LIST,
      command_list },
    { "enable", "KEY", "enable a check in the settings", COMMAND_ENABLE,
      command_enable },
    { "disable", "KEY", "disable a check in the settings", COMMAND_DISABLE,
      command_disable },
    { "flows", NULL, "show what a script would see of each flow, as JSON",
      COMMAND_FLOWS, command_flows },
    { NULL, NULL, NULL, 0, NULL },
};

static const struct command *find_command(const char *name)
{
    for (const struct command *command = commands; command->name; command++)
        if (strcmp(command->name, name) == 0)
            return command;
    return NULL;
}

static enum exit_status run_command(const struct command *command, int argc,
                                    char **argv)
{
    struct options options;
    enum exit_status status = STATUS_USAGE;

    switch (options_parse(&options, command, argc, argv)) {
    case OPTIONS_GO:
        status = command->run(&options);
        break;
    case OPTIONS_HELP:
        status = STATUS_DONE;
        break;
    case OPTIONS_ERROR:
        break;
    }
    options_free(&options);
    return status;
}

static enum exit_status run_without_command(const char *word)
{
    if (word != NULL &&
        (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)) {
        options_help(stdout, commands);
        return STATUS_DONE;
    }
    if (word != NULL && strcmp(word, "--version") == 0) {
        printf(PACKAGE_STRING " with nDPI %s\n", dpi_version());
        return STATUS_DONE;
    }
    if (word != NULL) {
        fputs("flowcheck: there is no command \"", stderr);
        text_print(stderr, word);
        fputs("\"\n\n", stderr);
    }
    options_help(stderr, commands);
    return STATUS_USAGE;
}

/*
 * A standard stream that is closed would be the next file that is opened, and
 * the log would stand among the alerts. What takes its place fails as a closed
 * one does: one can be read only that is to be written, and the reverse.
 */
static void occupy_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0)
            open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

/* What could not be printed is an error, even if all else was done. */
static enum exit_status finish(enum exit_status status)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    if (status != STATUS_DONE)
        return status; /* and said why */
    log_say(FC_LOG_ERROR, "cannot write to the standard output: %s",
            strerror(errno));
    return STATUS_FAILED;
}

int main(int argc, char **argv)
{
    const struct command *command = argc > 1 ? find_command(argv[1]) : NULL;

    occupy_streams();
    /*
     * A reader of our output that goes away, or a file as large as it may be
     * (ulimit -f), is an error like a full disk, and not our end.
     */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    if (command == NULL)
        return (int)finish(run_without_command(argc > 1 ? argv[1] : NULL));
    return (int)finish(run_command(command, argc - 1, argv + 1));
}
