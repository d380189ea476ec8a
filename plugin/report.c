/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * report - remembers 64-bit hashes instead of texts: two errors that collide
 * among 32 would be one in 10^16 logs.
 */
#include "report.h"

/* FNV-1a of the first line. */
static uint64_t hash_line(const char *text)
{
    uint64_t hash = 0xcbf29ce484222325;

    for (; *text != '\0' && *text != '\n'; text++)
        hash = (hash ^ (unsigned char)*text) * 0x100000001b3;
    return hash;
}

static bool is_seen(const struct report *report, uint64_t hash)
{
    for (size_t i = 0; i < report->count && i < REPORT_DISTINCT_MAX; i++)
        if (report->seen[i] == hash)
            return true;
    return false;
}

enum report_verdict report_judge(struct report *report, const char *error)
{
    uint64_t hash = hash_line(error);

    if (report->count > REPORT_DISTINCT_MAX || is_seen(report, hash))
        return REPORT_SEEN;
    if (report->count == REPORT_DISTINCT_MAX) {
        report->count++;
        return REPORT_OVERFLOW;
    }
    report->seen[report->count++] = hash;
    return REPORT_NEW;
}
