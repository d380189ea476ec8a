/* SPDX-License-Identifier: GPL-3.0-or-later */
/* loader - a mock_host lends its directory, but loads nothing here. */
#include "loader.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mock_host.h"

static struct mock_host *mock;
static char log_path[MOCK_PATH_MAX];
static int real_stderr;

void loader_start(void)
{
    int log;

    mock = mock_host_new();
    mock_path(mock, "log", log_path);
    log = open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    ck_assert_int_ge(log, 0);
    real_stderr = dup(STDERR_FILENO);
    ck_assert_int_ge(dup2(log, STDERR_FILENO), 0);
    close(log);
}

void loader_end(void)
{
    dup2(real_stderr, STDERR_FILENO);
    close(real_stderr);
    mock_host_free(mock);
}

const char *loader_log(void)
{
    static char text[65536];
    FILE *file = fopen(log_path, "r");

    ck_assert_ptr_nonnull(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    return text;
}

off_t loader_log_size(void)
{
    struct stat status;

    ck_assert_int_eq(stat(log_path, &status), 0);
    return status.st_size;
}

static int count_logged(const char *text)
{
    int count = 0;

    for (const char *at = loader_log(); (at = strstr(at, text)) != NULL; at++)
        count++;
    return count;
}

void expect_logged(const char *text)
{
    ck_assert_msg(count_logged(text) > 0, "not logged: \"%s\" but\n%s", text,
                  loader_log());
}

void expect_logged_once(const char *text)
{
    ck_assert_msg(count_logged(text) == 1, "logged %d times: \"%s\" in\n%s",
                  count_logged(text), text, loader_log());
}

void expect_not_logged(const char *text)
{
    ck_assert_msg(count_logged(text) == 0, "logged: \"%s\" in\n%s", text,
                  loader_log());
}

void loader_path(const char *name, char path[])
{
    mock_path(mock, name, path);
}

void loader_write(const char *name, const char *text)
{
    mock_write(mock, name, text);
}

void loader_link(const char *target, const char *name)
{
    char path[MOCK_PATH_MAX];

    mock_path(mock, name, path);
    ck_assert_int_eq(symlink(target, path), 0);
}

void loader_add_as(const char *fixture, const char *name)
{
    const char *modules = getenv("TEST_MODULES");
    char target[PATH_MAX];

    ck_assert_msg(modules != NULL, "set TEST_MODULES to the built fixtures");
    snprintf(target, sizeof target, "%s/%s.so", modules, fixture);
    ck_assert_msg(access(target, R_OK) == 0, "%s", target);
    loader_link(target, name);
}

void loader_add(const char *fixture)
{
    char name[64];

    snprintf(name, sizeof name, "%s.so", fixture);
    loader_add_as(fixture, name);
}

struct modules *loader_load(void)
{
    struct text_error err = { "" };
    struct modules *modules =
        modules_load(mock->install_dir, "/install/dir", &err);

    ck_assert_msg(modules != NULL, "%s", err.text);
    return modules;
}

struct modules *loader_load_one(const char *fixture)
{
    loader_add(fixture);
    return loader_load();
}

void expect_keys(const struct modules *modules, const char *keys)
{
    char found[256] = "";

    for (size_t i = 0; i < modules_count(modules); i++) {
        strcat(found, modules_get(modules, i)->check.key);
        strcat(found, " ");
    }
    ck_assert_str_eq(found, keys);
}

static enum fc_alert_fate hear(void *context, const struct checks_alert *told)
{
    const int room = sizeof((struct heard *)NULL)->alerts /
                     sizeof((struct heard *)NULL)->alerts[0];
    struct heard *heard = context;
    const char *script = told->alert->script;

    ck_assert_int_lt(heard->count, room);
    heard->told[heard->count] = *told;
    heard->alerts[heard->count] = *told->alert;
    heard->scripts[heard->count] = script != NULL ? strdup(script) : NULL;
    heard->count++;
    return heard->fate;
}

void heard_free(struct heard *heard)
{
    for (int i = 0; i < heard->count; i++)
        free(heard->scripts[i]);
}

struct checks *loader_enable(const struct modules *modules, const char *key,
                             struct heard *heard)
{
    struct checks *checks = checks_new("/install/dir", 3, hear, heard);

    ck_assert_ptr_nonnull(checks);
    ck_assert_int_eq(checks_enable(checks, modules_find(modules, key), "{}"),
                     0);
    ck_assert_uint_eq(checks_count(checks), 1);
    return checks;
}
