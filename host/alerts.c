/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * alerts - where alerts go, and which of a flow's alerts go there.
 *
 * A sink hands each alert to the operating system with one write, so nothing
 * waits in a buffer when the program dies. How an alert reads is in
 * alert_record.c.
 */
#include "alerts.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alert_record.h"

/* Columns of a table that goes to no terminal, or to one without a size. */
#define LINE_WIDTH 100

struct alert_sink {
    pthread_mutex_t lock; /* a line at a time */
    int fd;
    bool on_terminal;
    enum alert_format format;
    struct alert_table table; /* for ALERT_TABLE */
    bool has_failed;          /* and said so */
    bool is_torn;             /* the last line was written in part */
    char name[];              /* for errors */
};

/* --- Sink ---------------------------------------------------------------- */

static int get_line_width(int fd)
{
    struct winsize size;

    if (ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return LINE_WIDTH;
    return size.ws_col;
}

static int open_file(const char *path)
{
    if (strcmp(path, "-") == 0)
        return STDOUT_FILENO;
    return open(path,
                O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOCTTY,
                0666);
}

static void free_sink(struct alert_sink *sink)
{
    pthread_mutex_destroy(&sink->lock);
    free(sink);
}

struct alert_sink *alert_sink_open(const char *path, enum alert_format format,
                                   struct text_error *err)
{
    const char *name = strcmp(path, "-") == 0 ? "standard output" : path;
    struct alert_sink *sink = calloc(1, sizeof *sink + strlen(name) + 1);

    if (sink == NULL) {
        text_fail(err, "out of memory for alerts to %s", name);
        return NULL;
    }
    strcpy(sink->name, name);
    pthread_mutex_init(&sink->lock, NULL);
    sink->format = format;
    sink->fd = open_file(path);
    if (sink->fd < 0) {
        text_fail(err, "cannot write alerts to %s: %s", name, strerror(errno));
        free_sink(sink);
        return NULL;
    }
    sink->on_terminal = isatty(sink->fd);
    alert_table_start(&sink->table, get_line_width(sink->fd));
    return sink;
}

/* Writes a record's text to *line, which the caller frees. */
static int format_line(struct alert_sink *sink,
                       const struct alert_record *record, char **line,
                       size_t *len)
{
    FILE *memory = open_memstream(line, len);
    int status;

    if (memory == NULL)
        return -1;
    status = sink->format == ALERT_JSON
                 ? alert_json_write(record, sink->on_terminal, memory)
                 : alert_table_write(&sink->table, record, memory);
    if (ferror(memory))
        status = -1;
    return fclose(memory) == 0 ? status : -1;
}

/*
 * Whether a write that failed may be tried again. A terminal or pipe that
 * somebody else made non-blocking is waited for.
 */
static bool may_retry(int fd)
{
    struct pollfd ready = { .fd = fd, .events = POLLOUT };

    if (errno == EAGAIN)
        return poll(&ready, 1, -1) >= 0 || errno == EINTR;
    return errno == EINTR;
}

/* Returns 0 or an errno value, and how much was written. */
static int write_all(struct alert_sink *sink, const char *line, size_t len,
                     size_t *written)
{
    *written = 0;
    while (*written < len) {
        ssize_t n = write(sink->fd, line + *written, len - *written);

        if (n >= 0) {
            *written += (size_t)n;
            sink->is_torn = *written < len;
        } else if (!may_retry(sink->fd)) {
            return errno;
        }
    }
    return 0;
}

/*
 * Takes back the part of a line for which a full disk had room. That can be
 * done in a plain file, while nobody has written behind it.
 */
static void take_back(struct alert_sink *sink, size_t written)
{
    off_t end = lseek(sink->fd, 0, SEEK_CUR);
    off_t start = end - (off_t)written;
    struct stat status;

    if (start < 0 || fstat(sink->fd, &status) != 0 ||
        !S_ISREG(status.st_mode) || status.st_size != end)
        return;
    if (ftruncate(sink->fd, start) == 0 &&
        lseek(sink->fd, start, SEEK_SET) == start)
        sink->is_torn = false;
}

/*
 * What was cut, and could not be taken back, is ended first. Returns 0 or an
 * errno value.
 */
static int write_line(struct alert_sink *sink, const char *line, size_t len)
{
    size_t written;
    int error = sink->is_torn ? write_all(sink, "\n", 1, &written) : 0;

    if (error == 0)
        error = write_all(sink, line, len, &written);
    if (error != 0 && sink->is_torn)
        take_back(sink, written);
    return error;
}

static void complain(struct alert_sink *sink, int error, struct text_error *err)
{
    if (!sink->has_failed)
        text_fail(err, "cannot write alerts to %s: %s", sink->name,
                  strerror(error));
    sink->has_failed = true;
}

/* Making a line of JSON takes longest, so others may make theirs meanwhile. */
int alert_sink_write(struct alert_sink *sink, const struct alert_record *record,
                     struct text_error *err)
{
    const bool is_json = sink->format == ALERT_JSON;
    char *line = NULL;
    size_t len = 0;
    int made = -1, error;

    err->text[0] = '\0';
    if (is_json)
        made = format_line(sink, record, &line, &len);
    pthread_mutex_lock(&sink->lock);
    if (!is_json)
        made = format_line(sink, record, &line, &len);
    error = made == 0 ? write_line(sink, line, len) : ENOMEM;
    if (error != 0)
        complain(sink, error, err);
    pthread_mutex_unlock(&sink->lock);
    free(line);
    return error == 0 ? 0 : -1;
}

int alert_sink_close(struct alert_sink *sink, struct text_error *err)
{
    int status = 0;

    err->text[0] = '\0';
    if (sink->fd != STDOUT_FILENO && close(sink->fd) != 0)
        status = text_fail(err, "cannot finish the alerts in %s: %s",
                           sink->name, strerror(errno));
    free_sink(sink);
    return status;
}

/* --- History ------------------------------------------------------------- */

/*
 * One alert that the flow has had. Most flows have none or one, so a list of 16
 * at most is quick to walk. Messages are kept whole: a hash would let the
 * sender of traffic choose two messages that look the same.
 */
struct alert_history {
    struct alert_history *next;
    int32_t score;
    size_t message_len;
    char message[];
};

static bool is_same(const struct alert_history *had,
                    const struct fc_alert *alert)
{
    return had->score == alert->score &&
           had->message_len == alert->message_len &&
           (had->message_len == 0 ||
            memcmp(had->message, alert->message, had->message_len) == 0);
}

static struct alert_history *remember(const struct fc_alert *alert)
{
    struct alert_history *made = malloc(sizeof *made + alert->message_len);

    if (made == NULL)
        return NULL;
    made->next = NULL;
    made->score = alert->score;
    made->message_len = alert->message_len;
    if (alert->message_len > 0)
        memcpy(made->message, alert->message, alert->message_len);
    return made;
}

enum fc_alert_fate alert_history_admit(struct alert_history **history,
                                       const struct fc_alert *alert)
{
    int count = 0;

    for (; *history != NULL; history = &(*history)->next) {
        if (is_same(*history, alert))
            return FC_ALERT_DUPLICATE;
        count++;
    }
    if (count == ALERTS_PER_FLOW)
        return FC_ALERT_LIMIT;
    *history = remember(alert);
    return *history != NULL ? FC_ALERT_RAISED : FC_ALERT_FAILED;
}

void alert_history_free(struct alert_history *history)
{
    while (history != NULL) {
        struct alert_history *next = history->next;

        free(history);
        history = next;
    }
}
