/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * faulty - a check with one fault: the one that the environment variable
 * FIXTURE_FAULT names.
 */
#define FIXTURE "faulty"
#include "fixture.h"

static void drop_key(struct fc_check *check)
{
    check->key = NULL;
}

static void drop_title(struct fc_check *check)
{
    check->title = NULL;
}

static void empty_key(struct fc_check *check)
{
    check->key = "";
}

static void spoil_key(struct fc_check *check)
{
    check->key = "Bad key";
}

static void drop_enable(struct fc_check *check)
{
    check->enable = NULL;
}

static void drop_disable(struct fc_check *check)
{
    check->disable = NULL;
}

static void drop_on_detect(struct fc_check *check)
{
    check->on_detect = NULL;
}

static void drop_on_periodic(struct fc_check *check)
{
    check->hooks |= FC_HOOK_BIT(FC_HOOK_PERIODIC);
    check->on_periodic = NULL;
}

static void drop_on_end(struct fc_check *check)
{
    check->on_end = NULL;
}

static const struct {
    const char *name;
    void (*make)(struct fc_check *check);
} faults[] = {
    { "no key", drop_key },
    { "no title", drop_title },
    { "empty key", empty_key },
    { "bad key", spoil_key },
    { "no enable", drop_enable },
    { "no disable", drop_disable },
    { "no on_detect", drop_on_detect },
    { "no on_periodic", drop_on_periodic },
    { "no on_end", drop_on_end },
};

enum fc_status fc_module_init(const struct fc_host *host)
{
    const char *wanted = getenv("FIXTURE_FAULT");
    struct fc_check check = fixture_check();

    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++)
        if (wanted != NULL && strcmp(faults[i].name, wanted) == 0)
            faults[i].make(&check);
    return host->register_check(host, &check);
}
