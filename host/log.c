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

/*
 * Writes a line; a tab stays a tab. The line may be long: it is made visible
 * in parts.
 */
static void write_line(enum fc_log_level level, const char *line, size_t len)
{
    char visible[TEXT_VISIBLE_MAX(256)];

    fputs(wipe(), stderr);
    fputs(prefixes[level], stderr);
    while (len > 0) {
        size_t part = strcspn(line, "\t");

        if (part > len)
            part = len;
        if (part > 256)
            part = 256;
        if (part == 0) {
            part = 1;
            putc('\t', stderr);
        } else {
            text_visible(visible, line, part);
            fputs(visible, stderr);
        }
        line += part;
        len -= part;
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

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    log_text(level, text);
}
