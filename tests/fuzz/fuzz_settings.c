/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any text as a settings document: read, its names looked at, and one check in
 * it enabled and disabled. Only the bytes of the value may change.
 */
#include <string.h>

#include "fuzz.h"
#include "json/edit.h"
#include "settings_document.h"

#define KEY "custom_lua_script"

static const char *const names[] = { "config", "flow", KEY, "all", "enabled" };

static const char *get_key(void *context, size_t number)
{
    (void)context;
    return number == 0 ? KEY : NULL;
}

static void ignore(void *context, const char *text)
{
    (void)context;
    fuzz_require(text[0] != '\0');
}

static struct settings *parse(const char *text, size_t len)
{
    struct text_error err = { "" };
    char *copy = malloc(len + 1);
    struct settings *settings;

    if (copy == NULL)
        exit(99);
    memcpy(copy, text, len);
    copy[len] = '\0';
    settings = settings_parse("FILE", copy, len, &err);
    fuzz_require((settings == NULL) == (err.text[0] != '\0'));
    return settings;
}

/* Sets the value in a document of the right shape; NULL: it was as wanted. */
static struct settings *set(const struct settings *settings, const char *value)
{
    const struct json_value document = { settings->text, settings->len };
    struct settings *after;
    struct json_edit edit;
    enum json_edit_result result =
        json_edit(&document, &settings->root, names, 5, value, &edit);

    fuzz_require(result == JSON_EDITED || result == JSON_AS_WANTED);
    if (result == JSON_AS_WANTED)
        return NULL;
    after = parse(edit.text, edit.len);
    fuzz_require(after != NULL);
    fuzz_require(settings_enabled(after, KEY) == (value[0] == 't'));
    free(edit.text);
    return after;
}

/* Between "true" and "false" in the same place, nothing else differs. */
static void expect_one_difference(const struct settings *on,
                                  const struct settings *off)
{
    size_t start = 0;

    while (start < on->len && on->text[start] == off->text[start])
        start++;
    fuzz_require(off->len == on->len + 1);
    fuzz_require(strncmp(on->text + start, "true", 4) == 0);
    fuzz_require(strncmp(off->text + start, "false", 5) == 0);
    fuzz_require(memcmp(on->text + start + 4, off->text + start + 5,
                        on->len - start - 4) == 0);
}

static void edit(const struct settings *settings)
{
    struct settings *on = set(settings, "true");
    struct settings *off = set(on != NULL ? on : settings, "false");

    fuzz_require(off != NULL);
    expect_one_difference(on != NULL ? on : settings, off);
    settings_free(on);
    settings_free(off);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct settings *settings = parse((const char *)data, size);
    const struct settings_review review = { "FILE", "DIR", get_key, ignore,
                                            NULL };

    if (settings == NULL)
        return 0;
    free(settings_script_conf(settings, KEY));
    settings_review(settings, &review);
    edit(settings);
    settings_free(settings);
    return 0;
}
