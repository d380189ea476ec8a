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
    text_print_bytes(stdout, text, (size_t)len);
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
        fputs(" (on ", stdout);
        print_visible(on, (int)strlen(on));
        putchar(')');
    }
    putchar('\n');
}

/* FNV-1a of a path and a line. */
static uint64_t hash_place(const struct remark *remark)
{
    uint64_t hash = UINT64_C(14695981039346656037);

    for (int i = 0; i < remark->file_len; i++)
        hash =
            (hash ^ (unsigned char)remark->file[i]) * UINT64_C(1099511628211);
    return (hash ^ remark->line) * UINT64_C(1099511628211);
}

static bool had_error(const struct lint_report *report,
                      const struct remark *remark)
{
    uint64_t place = hash_place(remark);

    for (size_t i = 0; remark->line > 0 && i < report->place_count; i++)
        if (report->places[i] == place)
            return true;
    return false;
}

static void remember_error(struct lint_report *report,
                           const struct remark *remark)
{
    const size_t room = sizeof report->places / sizeof report->places[0];

    report->errors++;
    if (report->place_count < room)
        report->places[report->place_count++] = hash_place(remark);
}

/* What a finding that names no script is about. */
static const char *first_script(const struct lint_report *report)
{
    for (int i = 0; i < FC_HOOKS; i++)
        if (report->scripts[i] != NULL)
            return report->scripts[i];
    return "(no script)";
}

void lint_report_finding(struct lint_report *report,
                         const struct fc_finding *finding)
{
    bool error = finding->severity == FC_FINDING_ERROR;
    const char *file =
        finding->script != NULL ? finding->script : first_script(report);
    const struct remark remark = {
        .file = file,
        .file_len = (int)strlen(file),
        .line = finding->line,
        .text = finding->text,
        .text_len = (int)strlen(finding->text),
    };

    print_remark(&remark, error ? "error" : "warning", NULL);
    if (error)
        remember_error(report, &remark);
    else
        report->warnings++;
}

/* Whether this is a path, which Lua shortens at its head when it is long. */
static bool is_path(const char *path, const char *file, size_t len)
{
    size_t path_len = strlen(path);

    if (len > 3 && strncmp(file, "...", 3) == 0) {
        file += 3;
        len -= 3;
        if (len <= path_len)
            path += path_len - len;
        path_len = strlen(path);
    }
    return len == path_len && memcmp(file, path, len) == 0;
}

/* Names the file: one of the scripts by its whole path. */
static void set_file(const struct lint_report *report, const char *file,
                     int file_len, struct remark *remark)
{
    remark->file = file;
    remark->file_len = file_len;
    for (int i = 0; i < FC_HOOKS; i++) {
        const char *path = report->scripts[i];

        if (path == NULL || !is_path(path, file, (size_t)file_len))
            continue;
        remark->file = path;
        remark->file_len = (int)strlen(path);
    }
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

        if (at > end || digits == 0 || digits > 9 ||
            strncmp(at + digits, ": ", 2) != 0)
            continue;
        remark->line = (uint32_t)strtoul(at, NULL, 10);
        set_file(report, line, (int)(at - 1 - line), remark);
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

/* Finds the place in what failed; without one it is the file as it is. */
static void find_place(const struct lint_report *report, const char *text,
                       struct remark *remark)
{
    const char *end = text + strcspn(text, "\n");
    const char *hook = strstr(text, " hook: ");
    const char *message = hook != NULL && hook < end ? hook + 7 : text;
    const char *behind;

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

const char *lint_report_script(const struct lint_report *report,
                               const char *text)
{
    for (int i = 0; i < FC_HOOKS; i++) {
        const char *path = report->scripts[i];

        if (path != NULL && strncmp(text, path, strlen(path)) == 0 &&
            strncmp(text + strlen(path), ": ", 2) == 0)
            return path;
    }
    return NULL;
}

bool lint_report_log(struct lint_report *report, enum fc_log_level level,
                     const char *text, const char *on)
{
    const char *script = lint_report_script(report, text);
    struct remark remark = { .file = script };

    if (script == NULL || level > FC_LOG_WARNING)
        return false;
    remark.file_len = (int)strlen(script);
    find_place(report, text + remark.file_len + 2, &remark);
    if (had_error(report, &remark))
        return true;
    print_remark(&remark, level == FC_LOG_ERROR ? "error" : "warning", on);
    print_advice(&remark, text);
    if (level == FC_LOG_ERROR)
        remember_error(report, &remark);
    else
        report->warnings++;
    return true;
}
