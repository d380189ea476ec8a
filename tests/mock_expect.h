/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mock_expect - judges what a mock_host has recorded. Each expect_ function
 * fails the test, and shows the module's log, unless all is as it says.
 */
#ifndef MOCK_EXPECT_H
#define MOCK_EXPECT_H

#include <check.h>

#include "mock_host.h"

/* The log: one line that contains a text; so many lines; no warning or error.
 */
void expect_line(const struct mock_host *host, enum fc_log_level level,
                 const char *text);
void expect_line_count(const struct mock_host *host, enum fc_log_level level,
                       size_t count);
void expect_quiet(const struct mock_host *host);

/* The only line of a level, which contains a text. */
void expect_only_line(const struct mock_host *host, enum fc_log_level level,
                      const char *text);

/* The alerts: how many, and one of them. */
void expect_alert_count(const struct mock_host *host, size_t count);
void expect_alert(const struct mock_host *host, size_t index, int32_t score,
                  const char *message);

/* The only alert, of any score. */
void expect_only_alert(const struct mock_host *host, const char *message);

/*
 * What a Lua expression is in a script that runs on a flow: "integer 443",
 * "string abc", "nil nil". A script that fails has its error for a value.
 */
void expect_value(struct mock_host *host, const struct fc_flow *flow,
                  const char *expression, const char *value);

#endif
