/* SPDX-License-Identifier: GPL-3.0-or-later */
/* contract - the rules of flow_check.h, one function or row each. */
#include "contract.h"

#include <stdlib.h>
#include <string.h>

#define END_OF(type, member) \
    (offsetof(type, member) + sizeof(((type *)NULL)->member))

/* What each struct had in the first version: disable is required. */
#define CHECK_SIZE_MIN END_OF(struct fc_check, disable)
#define ALERT_SIZE_MIN END_OF(struct fc_alert, message_len)
#define FINDING_SIZE_MIN END_OF(struct fc_finding, line)

static bool is_size(uint32_t size, size_t least)
{
    return size >= least && size <= FC_STRUCT_MAX;
}

/* Strings. */

static bool ends_within(const char *text, size_t most)
{
    return strnlen(text, most + 1) <= most;
}

/* The text itself, or its beginning in room, which has most + 1 bytes. */
static const char *cut(const char *text, size_t most, char *room)
{
    if (text == NULL || ends_within(text, most))
        return text;
    memcpy(room, text, most);
    room[most] = '\0';
    return room;
}

/* Whether a terminal would show the text as it is. It ends. */
static bool is_printable(const char *text)
{
    char visible[TEXT_VISIBLE_MAX(FC_DESCRIPTION_MAX)];

    text_visible(visible, text, strlen(text));
    return strcmp(visible, text) == 0;
}

/* Checks. */

static const char *judge_key(const char *key)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789_";

    if (key == NULL)
        return "it has no key";
    if (!ends_within(key, FC_KEY_MAX))
        return "its key is longer than 64 bytes";
    if (key[0] == '\0' || key[strspn(key, allowed)] != '\0')
        return "its key is empty or has characters other than a-z, 0-9 and _";
    return NULL;
}

static const char *judge_title(const char *title)
{
    if (title == NULL)
        return "it has no title";
    if (!ends_within(title, FC_TITLE_MAX))
        return "its title is longer than 128 bytes";
    if (title[0] == '\0' || !is_printable(title))
        return "its title is empty, or no line of UTF-8 without control "
               "characters";
    return NULL;
}

static const char *judge_description(const char *description)
{
    if (description == NULL)
        return NULL;
    if (!ends_within(description, FC_DESCRIPTION_MAX))
        return "its description is longer than 1024 bytes";
    if (!is_printable(description))
        return "its description is no line of UTF-8 without control "
               "characters";
    return NULL;
}

static bool has_hook(const struct fc_check *check, enum fc_hook hook)
{
    return check->hooks & FC_HOOK_BIT(hook);
}

static const char *judge_functions(const struct fc_check *check)
{
    if (check->enable == NULL)
        return "it has no enable";
    if (check->disable == NULL)
        return "it has no disable";
    if (has_hook(check, FC_HOOK_DETECTED) && check->on_detect == NULL)
        return "it has no on_detect, a function for a hook of its hook mask";
    if (has_hook(check, FC_HOOK_PERIODIC) && check->on_periodic == NULL)
        return "it has no on_periodic, a function for a hook of its hook mask";
    if (has_hook(check, FC_HOOK_END) && check->on_end == NULL)
        return "it has no on_end, a function for a hook of its hook mask";
    return NULL;
}

/* The first thing wrong with a check, or NULL. */
static const char *find_fault(const struct fc_check *check)
{
    const char *fault = judge_key(check->key);

    if (fault == NULL)
        fault = judge_title(check->title);
    if (fault == NULL)
        fault = judge_description(check->description);
    if (fault == NULL && check->hooks == 0)
        fault = "its hook mask is 0: no hook would ever be called";
    if (fault == NULL && check->hooks >= FC_HOOK_BIT(FC_HOOKS))
        fault = "its hook mask has hooks that this host does not know: use a "
                "newer host, or a module for this one";
    return fault != NULL ? fault : judge_functions(check);
}

static enum fc_status judge_abi(const struct fc_check *offered,
                                struct text_error *err)
{
    if (offered->abi_version != FC_ABI_VERSION)
        text_fail(err,
                  "its check was built for ABI version %u, this host speaks "
                  "version %u: rebuild the module against this host's headers",
                  offered->abi_version, FC_ABI_VERSION);
    else if (offered->struct_size < CHECK_SIZE_MIN)
        text_fail(err,
                  "its struct fc_check has %u bytes, fewer than the %zu that "
                  "ABI version %u needs",
                  offered->struct_size, CHECK_SIZE_MIN, FC_ABI_VERSION);
    else if (offered->struct_size > FC_STRUCT_MAX)
        text_fail(err,
                  "its struct fc_check has %u bytes, more than %u: set its "
                  "struct_size to its size",
                  offered->struct_size, FC_STRUCT_MAX);
    else
        return FC_OK;
    return FC_ERROR_ABI;
}

enum fc_status contract_check(struct fc_check *check,
                              const struct fc_check *offered,
                              struct text_error *err)
{
    const char *fault;

    memset(check, 0, sizeof *check);
    if (offered == NULL) {
        text_fail(err, "the pointer to it is NULL");
        return FC_ERROR;
    }
    if (judge_abi(offered, err) != FC_OK)
        return FC_ERROR_ABI;
    fc_copy_struct(check, sizeof *check, offered);
    fault = find_fault(check);
    if (fault == NULL)
        return FC_OK;
    text_fail(err, "%s", fault);
    return FC_ERROR;
}

/* Alerts. */

static int32_t clamp_score(int32_t score)
{
    if (score < 0)
        return 0;
    return score > FC_SCORE_MAX ? FC_SCORE_MAX : score;
}

const char *contract_alert(struct contract_alert *taken,
                           const struct fc_alert *offered)
{
    struct fc_alert *alert = &taken->alert;

    if (offered == NULL)
        return "triggers an alert that is NULL";
    if (!is_size(offered->struct_size, ALERT_SIZE_MIN))
        return "triggers an alert whose struct_size is not set";
    fc_copy_struct(alert, sizeof *alert, offered);
    alert->score = clamp_score(alert->score);
    if (alert->message == NULL) {
        alert->message = "";
        alert->message_len = 0;
    }
    if (alert->message_len > PTRDIFF_MAX)
        return "triggers an alert whose message has a negative length";
    if (alert->message_len > FC_MESSAGE_MAX)
        alert->message_len = FC_MESSAGE_MAX;
    alert->script = cut(alert->script, FC_PATH_MAX, taken->script);
    return NULL;
}

/* Figures. */

/*
 * A check that does not look at struct_size writes the struct that it knows,
 * and that may be a longer one: there is room for it, so nothing breaks.
 */
struct stats_room {
    struct fc_stats stats;
    unsigned char behind[FC_STRUCT_MAX];
};

#define UNTOUCHED 0xA5

static bool is_touched(const struct stats_room *room)
{
    for (size_t i = 0; i < sizeof room->behind; i++)
        if (room->behind[i] != UNTOUCHED)
            return true;
    return false;
}

enum fc_status contract_stats(const struct fc_check *check, void *instance,
                              enum fc_hook hook, struct fc_stats *stats,
                              struct contract_strings *strings, bool *overrun)
{
    struct stats_room room = { .stats.struct_size = sizeof room.stats };
    enum fc_status status = FC_ERROR;

    memset(room.behind, UNTOUCHED, sizeof room.behind);
    if (check->stats != NULL)
        status = check->stats(instance, hook, &room.stats);
    *overrun = is_touched(&room);
    *stats = status == FC_OK ? room.stats : (struct fc_stats){ 0 };
    stats->struct_size = sizeof *stats;
    if ((unsigned)stats->state > FC_HOOK_STATES)
        stats->state = (enum fc_hook_state)FC_HOOK_STATES;
    stats->script = cut(stats->script, FC_PATH_MAX, strings->script);
    stats->last_error =
        cut(stats->last_error, FC_TEXT_MAX, strings->last_error);
    return status;
}

/* Findings. */

const char *contract_finding(struct contract_finding *taken,
                             const struct fc_finding *offered)
{
    struct fc_finding *finding = &taken->finding;

    if (offered == NULL)
        return "has a finding that is NULL";
    if (!is_size(offered->struct_size, FINDING_SIZE_MIN))
        return "has a finding whose struct_size is not set";
    fc_copy_struct(finding, sizeof *finding, offered);
    if (finding->severity != FC_FINDING_ERROR)
        finding->severity = FC_FINDING_WARNING;
    finding->script = cut(finding->script, FC_PATH_MAX, taken->script);
    finding->text = cut(finding->text, FC_TEXT_MAX, taken->text);
    if (finding->text == NULL)
        finding->text = "something is wrong, and the check does not say what";
    return NULL;
}

/* Masks, and lines of the log. */

uint32_t contract_active(const struct fc_check *check, void *instance)
{
    if (check->active == NULL)
        return check->hooks;
    return check->active(instance) & check->hooks;
}

enum fc_log_level contract_level(enum fc_log_level level)
{
    return (unsigned)level > FC_LOG_OUTPUT ? FC_LOG_INFO : level;
}

const char *contract_log_text(const char *text, char **copy)
{
    *copy = NULL;
    if (ends_within(text, FC_LOG_MAX))
        return text;
    *copy = strndup(text, FC_LOG_MAX);
    return *copy;
}
