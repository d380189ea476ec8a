/* SPDX-License-Identifier: GPL-3.0-or-later */
/* alert - clamps the score, cuts the message, counts what became of it. */
#include "alert.h"

#include <string.h>

static int32_t clamp_score(long long score)
{
    if (score < 0)
        return 0;
    return score > FC_SCORE_MAX ? FC_SCORE_MAX : (int32_t)score;
}

/* Where to cut at most at limit, so that no UTF-8 character is halved. */
static size_t cut_length(const char *message, size_t limit)
{
    size_t len = limit;

    /* A continuation byte is 10xxxxxx; a character has at most 3 of them. */
    while (len > 0 && limit - len < 4 && (message[len] & 0xC0) == 0x80)
        len--;
    return limit - len < 4 ? len : limit;
}

/* Copies a message too long and marks it; returns the length. */
static size_t cut_message(char to[static FC_MESSAGE_MAX], const char *message)
{
    const size_t mark_len = sizeof ALERT_CUT_MARK - 1;
    size_t len = cut_length(message, FC_MESSAGE_MAX - mark_len);

    memcpy(to, message, len);
    memcpy(to + len, ALERT_CUT_MARK, mark_len);
    return len + mark_len;
}

static void count_fate(struct fc_stats *stats, enum fc_alert_fate fate)
{
    switch (fate) {
    case FC_ALERT_RAISED:
        stats->alerts++;
        break;
    case FC_ALERT_DUPLICATE:
        stats->duplicates++;
        break;
    case FC_ALERT_LIMIT:
        stats->over_limit++;
        break;
    case FC_ALERT_FAILED:
        break;
    }
}

static const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}

bool alert_raise(const struct host_link *link, struct fc_stats *stats,
                 const struct fc_flow *flow, const char *script,
                 long long score, const char *message, size_t len)
{
    char cut[FC_MESSAGE_MAX];
    struct fc_alert alert = {
        .struct_size = sizeof alert,
        .score = clamp_score(score),
        .message = message,
        .message_len = len,
        .script = file_name(script),
    };

    if (len > FC_MESSAGE_MAX) {
        alert.message_len = cut_message(cut, message);
        alert.message = cut;
    }
    count_fate(stats, link->can.trigger_alert(link->host, flow, &alert));
    if (alert.score == score)
        return false;
    stats->clamped++;
    return true;
}
