/* SPDX-License-Identifier: GPL-3.0-or-later */
/* outputs - files are compared by device and number, so links are seen. */
#include "outputs.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_dash(const char *path)
{
    return strcmp(path, "-") == 0;
}

/*
 * Whether a path, or the descriptor that "-" stands for, leads to a plain file:
 * terminals, pipes and devices may be read and written.
 */
static bool find_file(const char *path, int dash, struct stat *status)
{
    int result = is_dash(path) ? fstat(dash, status) : stat(path, status);

    return result == 0 && S_ISREG(status->st_mode);
}

static bool is_same(const char *output, const struct stat *file)
{
    struct stat status;

    return find_file(output, STDOUT_FILENO, &status) &&
           status.st_dev == file->st_dev && status.st_ino == file->st_ino;
}

static const char *alerts_of(const struct options *options)
{
    return options->alerts != NULL ? options->alerts : "-";
}

static int refuse(const char *option, const char *output, const char *what,
                  const char *file, struct text_error *err)
{
    if (is_dash(output)) {
        option = "the standard output";
        output = "";
    }
    return text_fail(err, "%s%s%s would overwrite %s %s: name another file",
                     option, output[0] != '\0' ? " " : "", output, what, file);
}

int outputs_spare(const struct options *options, const char *file,
                  const char *what, struct text_error *err)
{
    struct stat status;

    if (file == NULL || !find_file(file, STDIN_FILENO, &status))
        return 0;
    if (is_same(alerts_of(options), &status))
        return refuse("-o", alerts_of(options), what, file, err);
    if (options->stats != NULL && is_same(options->stats, &status))
        return refuse("--stats", options->stats, what, file, err);
    return 0;
}

/* Both may go to the standard output: one behind the other. */
static int check_pair(const struct options *options, struct text_error *err)
{
    const char *alerts = alerts_of(options);
    struct stat status;

    if (options->stats == NULL || (is_dash(alerts) && is_dash(options->stats)))
        return 0;
    if (find_file(alerts, STDOUT_FILENO, &status) &&
        is_same(options->stats, &status))
        return refuse("--stats", options->stats, "the alerts in", alerts, err);
    return 0;
}

int outputs_check(const struct options *options, struct text_error *err)
{
    for (size_t i = 0; i < options->capture_count; i++)
        if (outputs_spare(options, options->captures[i], "the capture", err) !=
            0)
            return -1;
    if (outputs_spare(options, options->settings, "the settings", err) != 0)
        return -1;
    return check_pair(options, err);
}
