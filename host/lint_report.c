/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * lint_report - the check's own log is the one place where its failures are
 * told with advice; the place is read back from there.
 */
#include "lint_report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

/* A place in a file, and what is said about it. */
struct remark {
    const char *file;
    int file_len;
    uint32_t line; /* 0: the file as a whole */
    const char *text;
    int text_len;
};

/* Bytes that no terminal minds. */
static void print_visible(const char *text, int len)
{
    char visible[TEXT_VISIBLE_MAX(1024)];

    text_visible(visible, text, len < 1024 ? (size_t)len : 1024);
    fputs(visible, stdout);
}

static void print_remark(const struct remark *remark, const char *severity,
                         const char *on)
{
    print_visible(remark->file, remark->file_len);
    if (remark->line > 0)
        printf(":%" PRIu32, remark->line);
    printf(": %s: ", severity);
    print_visible(remark->text, remark->text_len);
    if (on != NULL) {
        fputs(" (on a flow of ", stdout);
        print_visible(on, (int)strlen(on));
        putchar(')');
    }
    putchar('\n');
}

static bool had_error(const struct lint_report *report, uint32_t line)
{
    for (size_t i = 0; line > 0 && i < report->line_count; i++)
        if (report->lines[i] == line)
            return true;
    return false;
}

static void remember_error(struct lint_report *report, uint32_t line)
{
    const size_t room = sizeof report->lines / sizeof report->lines[0];

    report->errors++;
    if (report->line_count < room)
        report->lines[report->line_count++] = line;
}

void lint_report_finding(struct lint_report *report,
                         const struct fc_finding *finding)
{
    bool error = finding->severity == FC_FINDING_ERROR;
    const char *file =
        finding->script != NULL ? finding->script : report->script;
    const struct remark remark = {
        .file = file,
        .file_len = (int)strlen(file),
        .line = finding->line,
        .text = finding->text,
        .text_len = (int)strlen(finding->text),
    };

    print_remark(&remark, error ? "error" : "warning", NULL);
    if (error)
        remember_error(report, finding->line);
    else
        report->warnings++;
}

/* Lua shortens a long path at its head. */
static bool is_script(const struct lint_report *report, const char *file,
                      int file_len)
{
    const char *path = report->script;
    size_t path_len = strlen(path);
    size_t len = (size_t)file_len;

    if (len > 3 && strncmp(file, "...", 3) == 0) {
        file += 3;
        len -= 3;
        if (len <= path_len)
            path += path_len - len;
        path_len = strlen(path);
    }
    return len == path_len && memcmp(file, path, len) == 0;
}

/*
 * Reads "file:line: " from the beginning of a line. Returns what is behind, or
 * NULL: there is no such place.
 */
static const char *read_place(const struct lint_report *report,
                              const char *line, struct remark *remark)
{
    const char *end = line + strcspn(line, "\n");

    for (const char *at = line; at < end && (at = strchr(at, ':')) != NULL;) {
        size_t digits = strspn(++at, "0123456789");
        int file_len = (int)(at - 1 - line);

        if (at > end || digits == 0 || digits > 9 ||
            strncmp(at + digits, ": ", 2) != 0)
            continue;
        remark->line = (uint32_t)strtoul(at, NULL, 10);
        if (!is_script(report, line, file_len)) {
            remark->file = line;
            remark->file_len = file_len;
        }
        return at + digits + 2;
    }
    return NULL;
}

/* An error value that is no message has its place in the traceback. */
static void search_traceback(const struct lint_report *report, const char *text,
                             struct remark *remark)
{
    const char *line = strstr(text, "\nstack traceback:");

    while (line != NULL && (line = strstr(line, "\n\t")) != NULL) {
        line += 2;
        if (read_place(report, line, remark) != NULL)
            return;
    }
}

/* Finds the place in what failed; without one it is the whole script. */
static void find_place(const struct lint_report *report, const char *text,
                       struct remark *remark)
{
    const char *end = text + strcspn(text, "\n");
    const char *hook = strstr(text, " hook: ");
    const char *message = hook != NULL && hook < end ? hook + 7 : text;
    const char *behind;

    remark->file = report->script;
    remark->file_len = (int)strlen(report->script);
    behind = read_place(report, message, remark);
    if (behind == NULL)
        search_traceback(report, text, remark);
    remark->text = behind != NULL ? behind : message;
    remark->text_len = (int)(end - remark->text);
}

static void print_advice(struct remark *remark, const char *text)
{
    const char *advice = strstr(text, "\nadvice: ");

    if (advice == NULL)
        return;
    remark->text = advice + strlen("\nadvice: ");
    remark->text_len = (int)strcspn(remark->text, "\n");
    print_remark(remark, "note", NULL);
}

bool lint_report_log(struct lint_report *report, enum fc_log_level level,
                     const char *text, const char *on)
{
    size_t path_len = strlen(report->script);
    struct remark remark = { .line = 0 };

    if (strncmp(text, report->script, path_len) != 0 ||
        strncmp(text + path_len, ": ", 2) != 0 || level > FC_LOG_WARNING)
        return false;
    find_place(report, text + path_len + 2, &remark);
    if (had_error(report, remark.line))
        return true;
    print_remark(&remark, level == FC_LOG_ERROR ? "error" : "warning", on);
    print_advice(&remark, text);
    if (level == FC_LOG_ERROR)
        remember_error(report, remark.line);
    else
        report->warnings++;
    return true;
}
