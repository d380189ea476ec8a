/* SPDX-License-Identifier: GPL-3.0-or-later */
/* log - stderr is locked for a line, so that lines of threads stay whole. */
#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "text.h"

static const char *const prefixes[] = {
    [FC_LOG_ERROR] = "flowcheck: error: ",
    [FC_LOG_WARNING] = "flowcheck: warning: ",
    [FC_LOG_INFO] = "flowcheck: ",
    [FC_LOG_DEBUG] = "flowcheck: ",
    [FC_LOG_OUTPUT] = "",
};

/* A progress line may stand on the terminal: it is wiped first. */
static const char *wipe(void)
{
    return isatty(STDERR_FILENO) ? "\r\033[K" : "";
}

/* Writes a line; a tab stays a tab. */
static void write_line(enum fc_log_level level, const char *line, size_t len)
{
    const char *end = line + len;

    fputs(wipe(), stderr);
    fputs(prefixes[level], stderr);
    for (;;) {
        const char *tab = memchr(line, '\t', (size_t)(end - line));

        text_print_bytes(stderr, line,
                         (size_t)((tab != NULL ? tab : end) - line));
        if (tab == NULL)
            break;
        putc('\t', stderr);
        line = tab + 1;
    }
    putc('\n', stderr);
}

void log_text(enum fc_log_level level, const char *text)
{
    if (level == FC_LOG_DEBUG)
        return;
    flockfile(stderr);
    for (;;) {
        size_t len = strcspn(text, "\n");

        write_line(level, text, len);
        if (text[len] == '\0')
            break;
        text += len + 1;
    }
    funlockfile(stderr);
}

void log_say(enum fc_log_level level, const char *format, ...)
{
    char text[FC_PATH_MAX + 4096]; /* a path, and what is said of it */
    va_list args;

    if (level == FC_LOG_DEBUG)
        return;
    va_start(args, format);
    text_format(text, sizeof text, format, args);
    va_end(args);
    flockfile(stderr);
    write_line(level, text, strlen(text));
    funlockfile(stderr);
}
