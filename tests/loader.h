/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * loader - a directory of modules, built from tests/modules/, and what the host
 * logs while it works with them. The environment variable TEST_MODULES names
 * the directory in which they are. Functions fail the test when something is
 * wrong that no test is about.
 */
#ifndef LOADER_H
#define LOADER_H

#include <check.h>
#include <sys/types.h>

#include "checks.h"
#include "modules.h"

/* An empty directory; from here on the host's log, which is stderr, goes to a
 * file. Both for a checked fixture. */
void loader_start(void);
void loader_end(void);

/* All that was logged; valid until the next call. */
const char *loader_log(void);
off_t loader_log_size(void);
void expect_logged(const char *text);
void expect_logged_once(const char *text);
void expect_not_logged(const char *text);

/* Files of the directory: a path, which has room for MOCK_PATH_MAX bytes; a
 * file; a link; a module of tests/modules, under another name, or its own. */
void loader_path(const char *name, char path[]);
void loader_write(const char *name, const char *text);
void loader_link(const char *target, const char *name);
void loader_add_as(const char *fixture, const char *name);
void loader_add(const char *fixture);

/* Loads the directory, or adds a module before that. */
struct modules *loader_load(void);
struct modules *loader_load_one(const char *fixture);

/* The keys that are registered, in their order, each with a space after it. */
void expect_keys(const struct modules *modules, const char *keys);

/* What a worker hears of its checks' alerts. Strings belong to the test. */
struct heard {
    enum fc_alert_fate fate; /* the answer to each */
    int count;
    struct checks_alert told[8];
    struct fc_alert alerts[8];
    char *scripts[8]; /* a copy of each */
};

void heard_free(struct heard *heard);

/* Enables a check on worker 3; heard may be NULL if it raises no alert. */
struct checks *loader_enable(const struct modules *modules, const char *key,
                             struct heard *heard);

#endif
