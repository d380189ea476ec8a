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

static char *text; /* lives as long as the module */

__attribute__((destructor)) static void free_text(void)
{
    free(text);
}

/* As long as the host may read, and no NUL. */
static const char *endless(size_t size)
{
    text = malloc(size);
    if (text == NULL)
        abort();
    memset(text, 'e', size);
    return text;
}

static void lengthen_key(struct fc_check *check)
{
    check->key = endless(FC_KEY_MAX + 1);
}

static void lengthen_title(struct fc_check *check)
{
    check->title = endless(FC_TITLE_MAX + 1);
}

static void lengthen_description(struct fc_check *check)
{
    check->description = endless(FC_DESCRIPTION_MAX + 1);
}

static void empty_title(struct fc_check *check)
{
    check->title = "";
}

static void color_title(struct fc_check *check)
{
    check->title = "\033[31mred";
}

static void spoil_title(struct fc_check *check)
{
    check->title = "caf\xE9";
}

static void break_description(struct fc_check *check)
{
    check->description = "one line,\nand another";
}

static void drop_hooks(struct fc_check *check)
{
    check->hooks = 0;
}

static void add_hook(struct fc_check *check)
{
    check->hooks |= FC_HOOK_BIT(FC_HOOKS);
}

static void add_all_hooks(struct fc_check *check)
{
    check->hooks = UINT32_MAX;
}

static void drop_size(struct fc_check *check)
{
    check->struct_size = 0;
}

static void forget_size(struct fc_check *check)
{
    check->struct_size = UINT32_MAX;
}

static void drop_version(struct fc_check *check)
{
    check->abi_version = 0;
}

/* See fc_module_init. */
static void do_nothing(struct fc_check *check)
{
    (void)check;
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
    { "long key", lengthen_key },
    { "long title", lengthen_title },
    { "long description", lengthen_description },
    { "empty title", empty_title },
    { "red title", color_title },
    { "bad title", spoil_title },
    { "two lines", break_description },
    { "no hook", drop_hooks },
    { "new hook", add_hook },
    { "all hooks", add_all_hooks },
    { "no size", drop_size },
    { "any size", forget_size },
    { "no version", drop_version },
    { "odd status", do_nothing },
    { "no check", do_nothing },
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
    if (wanted != NULL && strcmp(wanted, "no check") == 0)
        return FC_OK;
    if (wanted != NULL && strcmp(wanted, "odd status") == 0) {
        host->register_check(host, &check);
        return (enum fc_status)77;
    }
    return host->register_check(host, &check);
}
