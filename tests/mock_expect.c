/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mock_expect - compares, and shows the log before a test fails. */
#include "mock_expect.h"

#include <stdlib.h>
#include <string.h>

static const char *const level_names[] = {
    [FC_LOG_ERROR] = "error",   [FC_LOG_WARNING] = "warning",
    [FC_LOG_INFO] = "info",     [FC_LOG_DEBUG] = "debug",
    [FC_LOG_OUTPUT] = "output",
};

/* Returns ok, after showing the log if it is false. */
static bool told(const struct mock_host *host, bool ok)
{
    for (size_t i = 0; !ok && i < host->line_count; i++)
        fprintf(stderr, "%s: %s\n", level_names[host->lines[i].level],
                host->lines[i].text);
    return ok;
}

static size_t count_lines(const struct mock_host *host, enum fc_log_level level,
                          const char *text)
{
    size_t count = 0;

    for (size_t i = 0; i < host->line_count; i++)
        count += host->lines[i].level == level &&
                 strstr(host->lines[i].text, text) != NULL;
    return count;
}

void expect_line(const struct mock_host *host, enum fc_log_level level,
                 const char *text)
{
    size_t found = count_lines(host, level, text);

    ck_assert_msg(told(host, found == 1), "%zu lines of level %s say \"%s\"",
                  found, level_names[level], text);
}

void expect_line_count(const struct mock_host *host, enum fc_log_level level,
                       size_t count)
{
    size_t found = count_lines(host, level, "");

    ck_assert_msg(told(host, found == count), "%zu lines of level %s, not %zu",
                  found, level_names[level], count);
}

void expect_quiet(const struct mock_host *host)
{
    expect_line_count(host, FC_LOG_ERROR, 0);
    expect_line_count(host, FC_LOG_WARNING, 0);
}

void expect_only_line(const struct mock_host *host, enum fc_log_level level,
                      const char *text)
{
    expect_line(host, level, text);
    expect_line_count(host, level, 1);
}

void expect_alert_count(const struct mock_host *host, size_t count)
{
    ck_assert_msg(told(host, host->alert_count == count), "%zu alerts, not %zu",
                  host->alert_count, count);
}

void expect_alert(const struct mock_host *host, size_t index, int32_t score,
                  const char *message)
{
    const struct mock_alert *alert = &host->alerts[index];

    ck_assert_msg(told(host, index < host->alert_count), "no alert %zu", index);
    ck_assert_str_eq(alert->message, message);
    ck_assert_uint_eq(alert->message_len, strlen(message));
    ck_assert_int_eq(alert->score, score);
}

void expect_only_alert(const struct mock_host *host, const char *message)
{
    expect_alert_count(host, 1);
    ck_assert_str_eq(host->alerts[0].message, message);
}

/* Valid until the next call into the module. */
static const char *find_value(struct mock_host *host,
                              const struct fc_flow *flow,
                              const char *expression)
{
    size_t alerts = host->alert_count;
    char script[4096];

    snprintf(script, sizeof script,
             "local value = %s\n"
             "local kind = math.type(value) or type(value)\n"
             "flow.triggerAlert(0, kind .. ' ' .. tostring(value))\n",
             expression);
    mock_disable(mock_run_script(host, script, flow));
    if (host->alert_count > alerts)
        return host->alerts[host->alert_count - 1].message;
    ck_assert_msg(host->line_count > 0, "%s: no value", expression);
    return host->lines[host->line_count - 1].text;
}

void expect_value(struct mock_host *host, const struct fc_flow *flow,
                  const char *expression, const char *value)
{
    const char *found = find_value(host, flow, expression);

    ck_assert_msg(strcmp(found, value) == 0, "%s is \"%s\", not \"%s\"",
                  expression, found, value);
}
