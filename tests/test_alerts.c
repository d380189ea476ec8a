/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What host/alerts.h promises of sinks and of histories. How an alert reads is
 * test_alert_record.c's.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <json.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "alerts.h"
#include "run_suite.h"

/* --- A directory for each test ------------------------------------------- */

static char directory[PATH_MAX / 4];
static char path[PATH_MAX / 2]; /* of the sink's file */

static void make_directory(void)
{
    const char *parent = getenv("TMPDIR");

    snprintf(directory, sizeof directory, "%s/test_alerts.XXXXXX",
             parent != NULL ? parent : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(directory));
    snprintf(path, sizeof path, "%s/alerts", directory);
}

static void remove_directory(void)
{
    remove(path);
    ck_assert_int_eq(rmdir(directory), 0); /* a test left a file behind */
}

/* --- Sinks --------------------------------------------------------------- */

static const char message[] =
    "a message that has room beside a flow on a wide terminal only";

static const struct fc_flow flow = { .ip_version = 4, .l7_proto_name = "DNS" };

static const struct fc_alert alert = {
    .score = 100,
    .message = message,
    .message_len = sizeof message - 1,
};

static const struct fc_check check = { .key = "custom_lua_script" };

static const struct alert_record record = {
    .flow = &flow,
    .alert = &alert,
    .check = &check,
    .interface = "eth0",
};

static struct alert_sink *open_sink(const char *name, enum alert_format format)
{
    struct text_error err = { "" };
    struct alert_sink *sink = alert_sink_open(name, format, &err);

    ck_assert_msg(sink != NULL, "%s", err.text);
    return sink;
}

static void write_record(struct alert_sink *sink)
{
    struct text_error err = { "stale" };

    ck_assert_int_eq(alert_sink_write(sink, &record, &err), 0);
    ck_assert_str_eq(err.text, "");
}

static void close_sink(struct alert_sink *sink)
{
    struct text_error err = { "stale" };

    ck_assert_int_eq(alert_sink_close(sink, &err), 0);
    ck_assert_str_eq(err.text, "");
}

/* All that the file holds, until the next call. */
static const char *read_file(void)
{
    static char text[16384];
    FILE *from = fopen(path, "r");

    text[fread(text, 1, sizeof text - 1, from)] = '\0';
    fclose(from);
    return text;
}

static bool is_json(const char *line)
{
    struct json_object *object = json_tokener_parse(line);
    bool is_object = json_object_is_type(object, json_type_object);

    json_object_put(object);
    return is_object;
}

/* So many whole alerts must be in the file. */
static void expect_alerts(size_t expected)
{
    const char *line = read_file();
    size_t count = 0;

    for (; *line != '\0'; line = strchr(line, '\n') + 1) {
        ck_assert_ptr_nonnull(strchr(line, '\n'));
        ck_assert_msg(is_json(line), "%s", line);
        count++;
    }
    ck_assert_uint_eq(count, expected);
}

START_TEST(an_alert_is_out_before_write_returns)
{
    struct alert_sink *sink = open_sink(path, ALERT_JSON);

    for (size_t i = 1; i <= 3; i++) {
        write_record(sink);
        expect_alerts(i);
    }
    close_sink(sink);
}
END_TEST

START_TEST(a_file_is_truncated_when_it_is_opened)
{
    struct alert_sink *sink = open_sink(path, ALERT_JSON);

    write_record(sink);
    close_sink(sink);
    close_sink(open_sink(path, ALERT_JSON));
    expect_alerts(0);
}
END_TEST

START_TEST(a_file_that_is_emptied_is_filled_from_its_start)
{
    struct alert_sink *sink = open_sink(path, ALERT_JSON);

    write_record(sink);
    ck_assert_int_eq(truncate(path, 0), 0);
    write_record(sink);
    expect_alerts(1);
    close_sink(sink);
}
END_TEST

START_TEST(a_table_has_one_heading)
{
    struct alert_sink *sink = open_sink(path, ALERT_TABLE);
    const char *text, *heading;

    write_record(sink);
    write_record(sink);
    close_sink(sink);
    text = read_file();
    heading = strstr(text, "Message\n");
    ck_assert_ptr_nonnull(heading);
    ck_assert_ptr_null(strstr(heading + 1, "Message\n"));
    ck_assert_ptr_nonnull(strstr(heading, "\n  a message"));
}
END_TEST

/*
 * Makes a terminal of so many columns, returns its master side; -1 where there
 * are none to be had, as in a chroot without /dev/pts.
 */
static int open_terminal(unsigned short columns)
{
    struct winsize size = { .ws_row = 24, .ws_col = columns };
    int master = posix_openpt(O_RDWR | O_NOCTTY);

    if (master < 0)
        return -1;
    ck_assert_int_eq(grantpt(master), 0);
    ck_assert_int_eq(unlockpt(master), 0);
    ck_assert_int_eq(ioctl(master, TIOCSWINSZ, &size), 0);
    return master;
}

START_TEST(a_table_is_as_wide_as_the_terminal)
{
    int master = open_terminal(200);
    struct alert_sink *sink;
    char text[1024] = "";

    if (master < 0)
        return;
    sink = open_sink(ptsname(master), ALERT_TABLE);
    write_record(sink);
    ck_assert_int_gt(read(master, text, sizeof text - 1), 0);
    ck_assert_ptr_nonnull(strstr(text, "  DNS       a message"));
    close_sink(sink);
    close(master);
}
END_TEST

/* Makes a file standard output, and returns what was it before. */
static int redirect_output(int to)
{
    int before = dup(STDOUT_FILENO);

    fflush(stdout);
    dup2(to, STDOUT_FILENO);
    return before;
}

static void restore_output(int before)
{
    dup2(before, STDOUT_FILENO);
    close(before);
}

START_TEST(a_dash_is_standard_output_which_stays_open)
{
    int to = open(path, O_WRONLY | O_CREAT, 0600);
    int before = redirect_output(to);
    struct alert_sink *sink = open_sink("-", ALERT_JSON);

    write_record(sink);
    close_sink(sink);
    ck_assert_int_ge(fcntl(STDOUT_FILENO, F_GETFD), 0);
    restore_output(before);
    close(to);
    expect_alerts(1);
}
END_TEST

static int pipe_ends[2]; /* neither blocks */

static void fill_pipe(void)
{
    static const char block[4096];

    while (write(pipe_ends[1], block, sizeof block) > 0)
        continue;
}

/* A signal handler, so that it can come while a sink waits. */
static void drain_pipe(int signal_number)
{
    char block[4096];

    (void)signal_number;
    while (read(pipe_ends[0], block, sizeof block) > 0)
        continue;
}

START_TEST(a_full_pipe_is_waited_for_even_if_it_does_not_block)
{
    struct itimerval soon = { { 0, 50000 }, { 0, 50000 } }, never = { 0 };
    struct text_error err;
    struct alert_sink *sink;
    int before, status;

    ck_assert_int_eq(pipe2(pipe_ends, O_NONBLOCK), 0);
    before = redirect_output(pipe_ends[1]);
    sink = open_sink("-", ALERT_JSON);
    fill_pipe();
    signal(SIGALRM, drain_pipe);
    setitimer(ITIMER_REAL, &soon, NULL);
    status = alert_sink_write(sink, &record, &err);
    setitimer(ITIMER_REAL, &never, NULL);
    restore_output(before);
    ck_assert_int_eq(status, 0);
    close_sink(sink);
    close(pipe_ends[0]);
    close(pipe_ends[1]);
}
END_TEST

START_TEST(a_sink_that_cannot_be_opened_is_named)
{
    static const char missing[] = "/missing/alerts";
    struct text_error err = { "" };

    ck_assert_ptr_null(alert_sink_open(missing, ALERT_JSON, &err));
    ck_assert_ptr_nonnull(strstr(err.text, missing));
    ck_assert_ptr_nonnull(strstr(err.text, strerror(ENOENT)));
}
END_TEST

/* Two writes must fail, the first with a sentence. */
static void expect_failure_told_once(struct alert_sink *sink, const char *name,
                                     int error)
{
    struct text_error err = { "" };

    ck_assert_int_eq(alert_sink_write(sink, &record, &err), -1);
    ck_assert_msg(strstr(err.text, name) != NULL, "%s", err.text);
    ck_assert_msg(strstr(err.text, strerror(error)) != NULL, "%s", err.text);
    ck_assert_int_eq(alert_sink_write(sink, &record, &err), -1);
    ck_assert_str_eq(err.text, "");
}

START_TEST(a_full_disk_is_told_once)
{
    struct alert_sink *sink = open_sink("/dev/full", ALERT_JSON);

    expect_failure_told_once(sink, "/dev/full", ENOSPC);
    close_sink(sink);
}
END_TEST

START_TEST(a_closed_pipe_is_told_once)
{
    struct alert_sink *sink;
    int reader;

    signal(SIGPIPE, SIG_IGN);
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    reader = open(path, O_RDONLY | O_NONBLOCK);
    sink = open_sink(path, ALERT_TABLE);
    write_record(sink);
    close(reader);
    expect_failure_told_once(sink, path, EPIPE);
    close_sink(sink);
}
END_TEST

/* No test may assert while this holds: check writes files too. */
static void limit_file_size(rlim_t bytes)
{
    struct rlimit limit;

    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = bytes;
    setrlimit(RLIMIT_FSIZE, &limit);
}

/* Writes an alert where there is no room for it. */
static int write_in_vain(struct alert_sink *sink, rlim_t bytes)
{
    struct text_error err;
    int status;

    limit_file_size(bytes);
    status = alert_sink_write(sink, &record, &err);
    limit_file_size(RLIM_INFINITY);
    return status;
}

START_TEST(an_alert_that_a_full_disk_cuts_is_not_there)
{
    struct alert_sink *sink = open_sink(path, ALERT_JSON);
    size_t len;

    ck_assert_int_eq(write_in_vain(sink, 100), -1);
    expect_alerts(0);
    write_record(sink);
    expect_alerts(1);
    len = strlen(read_file());
    ck_assert_int_eq(write_in_vain(sink, len + 1), -1);
    ck_assert_int_eq(write_in_vain(sink, 2 * len - 1), -1);
    expect_alerts(1);
    write_record(sink);
    close_sink(sink);
    expect_alerts(2);
}
END_TEST

/* Standard output is no file of ours: it may have a place, and a beginning. */
START_TEST(what_was_in_a_redirected_file_stays_when_an_alert_is_cut)
{
    int flags[] = { O_WRONLY | O_CREAT | O_TRUNC, O_WRONLY | O_APPEND };

    for (size_t i = 0; i < 2; i++) {
        int saved = dup(STDOUT_FILENO);
        int file = open(path, flags[i], 0600);
        struct alert_sink *sink;
        size_t len;

        dup2(file, STDOUT_FILENO);
        close(file);
        sink = open_sink("-", ALERT_JSON);
        write_record(sink);
        len = strlen(read_file());
        ck_assert_int_eq(write_in_vain(sink, len + 100), -1);
        write_record(sink);
        close_sink(sink);
        dup2(saved, STDOUT_FILENO);
        close(saved);
        expect_alerts(2 * (i + 1));
    }
}
END_TEST

START_TEST(what_another_wrote_behind_a_cut_alert_stays)
{
    struct alert_sink *sink = open_sink(path, ALERT_JSON);
    FILE *other = fopen(path, "a");
    const char *end;

    write_record(sink);
    ck_assert_int_eq(truncate(path, 0), 0);
    fputs("another's\n", other);
    fclose(other);
    ck_assert_int_eq(write_in_vain(sink, 100), -1);
    ck_assert_str_eq(read_file(), "another's\n");
    write_record(sink);
    close_sink(sink);
    end = strchr(read_file(), '\n');
    ck_assert_ptr_nonnull(end);
    ck_assert(is_json(end + 1));
}
END_TEST

/* --- History ------------------------------------------------------------- */

static enum fc_alert_fate admit(struct alert_history **history, int score,
                                const char *text)
{
    struct fc_alert one = { .score = score,
                            .message = text,
                            .message_len = strlen(text) };

    return alert_history_admit(history, &one);
}

START_TEST(an_alert_with_the_same_score_and_message_is_a_duplicate)
{
    struct alert_history *history = NULL;
    char copy[] = "one";

    ck_assert_int_eq(admit(&history, 10, "one"), FC_ALERT_RAISED);
    ck_assert_int_eq(admit(&history, 10, copy), FC_ALERT_DUPLICATE);
    ck_assert_int_eq(admit(&history, 11, "one"), FC_ALERT_RAISED);
    ck_assert_int_eq(admit(&history, 10, "two"), FC_ALERT_RAISED);
    ck_assert_int_eq(admit(&history, 10, "on"), FC_ALERT_RAISED);
    ck_assert_int_eq(admit(&history, 10, ""), FC_ALERT_RAISED);
    ck_assert_int_eq(admit(&history, 10, ""), FC_ALERT_DUPLICATE);
    ck_assert_int_eq(admit(&history, 11, copy), FC_ALERT_DUPLICATE);
    alert_history_free(history);
}
END_TEST

START_TEST(a_history_remembers_messages_that_are_gone)
{
    struct alert_history *history = NULL;
    char text[] = "one";

    ck_assert_int_eq(admit(&history, 10, text), FC_ALERT_RAISED);
    memset(text, 'x', sizeof text - 1);
    ck_assert_int_eq(admit(&history, 10, "one"), FC_ALERT_DUPLICATE);
    ck_assert_int_eq(admit(&history, 10, text), FC_ALERT_RAISED);
    alert_history_free(history);
}
END_TEST

START_TEST(messages_are_compared_past_nul_bytes)
{
    struct alert_history *history = NULL;
    struct fc_alert one = { .message = "a\0b", .message_len = 3 };
    struct fc_alert other = { .message = "a\0c", .message_len = 3 };

    ck_assert_int_eq(alert_history_admit(&history, &one), FC_ALERT_RAISED);
    ck_assert_int_eq(alert_history_admit(&history, &other), FC_ALERT_RAISED);
    ck_assert_int_eq(alert_history_admit(&history, &one), FC_ALERT_DUPLICATE);
    alert_history_free(history);
}
END_TEST

START_TEST(an_empty_message_of_a_history_may_be_null)
{
    struct alert_history *history = NULL;
    struct fc_alert one = { .message = NULL, .message_len = 0 };

    ck_assert_int_eq(alert_history_admit(&history, &one), FC_ALERT_RAISED);
    ck_assert_int_eq(alert_history_admit(&history, &one), FC_ALERT_DUPLICATE);
    alert_history_free(history);
}
END_TEST

START_TEST(a_flow_has_sixteen_alerts_at_most)
{
    struct alert_history *history = NULL;

    ck_assert_int_eq(ALERTS_PER_FLOW, 16);
    for (int score = 0; score < 16; score++)
        ck_assert_int_eq(admit(&history, score, "x"), FC_ALERT_RAISED);
    ck_assert_int_eq(admit(&history, 16, "x"), FC_ALERT_LIMIT);
    ck_assert_int_eq(admit(&history, 16, "x"), FC_ALERT_LIMIT);
    for (int score = 0; score < 16; score++)
        ck_assert_int_eq(admit(&history, score, "x"), FC_ALERT_DUPLICATE);
    alert_history_free(history);
}
END_TEST

START_TEST(each_flow_has_a_history_of_its_own)
{
    struct alert_history *one = NULL, *other = NULL;

    ck_assert_int_eq(admit(&one, 1, "x"), FC_ALERT_RAISED);
    ck_assert_ptr_null(other);
    ck_assert_int_eq(admit(&other, 1, "x"), FC_ALERT_RAISED);
    alert_history_free(one);
    alert_history_free(other);
    alert_history_free(NULL);
}
END_TEST

static void add_sink_tests(TCase *tests)
{
    tcase_add_test(tests, an_alert_is_out_before_write_returns);
    tcase_add_test(tests, a_file_is_truncated_when_it_is_opened);
    tcase_add_test(tests, a_file_that_is_emptied_is_filled_from_its_start);
    tcase_add_test(tests, a_table_has_one_heading);
    tcase_add_test(tests, a_table_is_as_wide_as_the_terminal);
    tcase_add_test(tests, a_dash_is_standard_output_which_stays_open);
    tcase_add_test(tests, a_full_pipe_is_waited_for_even_if_it_does_not_block);
    tcase_add_test(tests, a_sink_that_cannot_be_opened_is_named);
    tcase_add_test(tests, a_full_disk_is_told_once);
    tcase_add_test(tests, a_closed_pipe_is_told_once);
    tcase_add_test(tests, an_alert_that_a_full_disk_cuts_is_not_there);
    tcase_add_test(tests,
                   what_was_in_a_redirected_file_stays_when_an_alert_is_cut);
    tcase_add_test(tests, what_another_wrote_behind_a_cut_alert_stays);
}

static void add_history_tests(TCase *tests)
{
    tcase_add_test(tests,
                   an_alert_with_the_same_score_and_message_is_a_duplicate);
    tcase_add_test(tests, a_history_remembers_messages_that_are_gone);
    tcase_add_test(tests, messages_are_compared_past_nul_bytes);
    tcase_add_test(tests, an_empty_message_of_a_history_may_be_null);
    tcase_add_test(tests, a_flow_has_sixteen_alerts_at_most);
    tcase_add_test(tests, each_flow_has_a_history_of_its_own);
}

int main(void)
{
    Suite *suite = suite_create("alerts");
    TCase *tests = tcase_create("alerts");

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, make_directory, remove_directory);
    add_sink_tests(tests);
    add_history_tests(tests);
    return run_suite(suite);
}
