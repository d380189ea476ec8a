/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * settings_review - reports names in the document that do nothing. A check with
 * a misspelt name is off, or has defaults, and nothing else would say so.
 */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "flow_check.h"
#include "settings_document.h"

/* Sentences about single names; the rest is counted. */
#define TOLD_MAX 8
/* Checks that no module has, named as examples. */
#define EXAMPLES 3
/* Bytes of a name that a sentence shows. */
#define SHOWN_MAX 100
/* Room for the key of a check, with two letters too many, and a NUL. */
#define NAME_ROOM (FC_KEY_MAX + 2 + 1)

struct reviewer {
    const struct settings *settings;
    const struct settings_review *review;
    size_t mistakes;
    size_t told;
};

/* --- Telling ------------------------------------------------------------- */

__attribute__((format(printf, 2, 3))) static void
say(const struct reviewer *reviewer, const char *format, ...)
{
    char text[2048];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    reviewer->review->say(reviewer->review->context, text);
}

static int shown(const struct json_value *name)
{
    return name->len < SHOWN_MAX ? (int)name->len : SHOWN_MAX;
}

/* A sentence about one name, after the place where it stands. */
static void tell(struct reviewer *reviewer, const struct json_value *name,
                 const char *where, const char *what)
{
    struct json_place place;

    if (reviewer->told++ >= TOLD_MAX)
        return;
    place = settings_place(reviewer->settings, name);
    say(reviewer, "%s: line %zu, column %zu: %.*s in %s %s",
        reviewer->review->path, place.line, place.column, shown(name),
        name->text, where, what);
}

/* --- What may have been meant -------------------------------------------- */

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/*
 * How many letters differ, are missing, too many, or have changed places with
 * their neighbour, whatever their case (optimal string alignment).
 */
static size_t distance(const char *a, const char *b)
{
    size_t rows[3][NAME_ROOM]; /* before the last, last, this one */
    size_t a_len = strlen(a), b_len = strlen(b);

    for (size_t j = 0; j <= b_len; j++)
        rows[1][j] = j;
    for (size_t i = 1; i <= a_len; i++) {
        int x = tolower((unsigned char)a[i - 1]);

        rows[2][0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            int y = tolower((unsigned char)b[j - 1]);
            size_t edit = least(rows[1][j], rows[2][j - 1]) + 1;

            rows[2][j] = least(edit, rows[1][j - 1] + (x != y));
            if (i > 1 && j > 1 && x == tolower((unsigned char)b[j - 2]) &&
                y == tolower((unsigned char)a[i - 2]))
                rows[2][j] = least(rows[2][j], rows[0][j - 2] + 1);
        }
        memcpy(rows[0], rows[1], sizeof rows[0]);
        memcpy(rows[1], rows[2], sizeof rows[0]);
    }
    return rows[1][b_len];
}

/* One letter of a short name, two of a longer one. */
static bool is_near(const char *name, const char *known)
{
    return strlen(known) < NAME_ROOM &&
           distance(name, known) <= (strlen(known) < 6 ? 1 : 2);
}

static const char *find_near(const char *name, const char *const *known)
{
    for (; *known != NULL; known++)
        if (is_near(name, *known))
            return *known;
    return NULL;
}

/* The key of a check that there is: this one, or one that is near. */
static const char *find_key(const struct reviewer *reviewer, const char *name,
                            bool (*fits)(const char *, const char *))
{
    const struct settings_review *review = reviewer->review;
    const char *key;

    for (size_t i = 0; (key = review->key(review->context, i)) != NULL; i++)
        if (fits(name, key))
            return key;
    return NULL;
}

static bool is_same(const char *name, const char *key)
{
    return strcasecmp(name, key) == 0;
}

/* --- The levels of the document ------------------------------------------ */

struct level {
    const char *const *ours;   /* what is looked at there */
    const char *const *theirs; /* what ntopng has there besides */
};

static const char *const in_document[] = { "config", "filters", NULL };
static const char *const in_config[] = { "flow", NULL };
static const char *const in_flow[] = { NULL };
static const char *const in_entry[] = { "all", NULL };
static const char *const in_all[] = { "enabled", "script_conf", NULL };

static const struct level document_level = {
    in_document, (const char *const[]){ "id", "name", "targets", NULL }
};
static const struct level config_level = {
    in_config,
    (const char *const[]){ "host", "interface", "network", "snmp_device",
                           "flow_device", "system", "syslog", "am_host",
                           "active_monitoring", "mac", "device", "user", NULL }
};
static const struct level flow_level = { in_flow, in_flow };
static const struct level entry_level = {
    in_entry,
    (const char *const[]){ "min", "5mins", "hour", "day", "protocolDetected",
                           "statusChanged", "periodicUpdate", "flowBegin",
                           "flowEnd", NULL }
};
static const struct level all_level = {
    in_all, (const char *const[]){ "severity", "filter", NULL }
};

static bool is_among(const struct json_value *name, const char *const *names)
{
    for (; *names != NULL; names++)
        if (json_equals(name, *names))
            return true;
    return false;
}

/* A name that the document has at another level. */
static const char *find_misplaced(const char *name, bool is_exact)
{
    static const char *const names[] = { "config",  "flow",        "all",
                                         "enabled", "script_conf", NULL };

    if (!is_exact)
        return find_near(name, names);
    for (const char *const *known = names; *known != NULL; known++)
        if (is_same(name, *known))
            return *known;
    return NULL;
}

static void tell_misplaced(struct reviewer *reviewer,
                           const struct json_value *name, const char *where,
                           const char *meant, const char *home)
{
    char what[256], place[128];

    /* In the entry of a check, its key is known. */
    if (strstr(home, ".KEY.all") != NULL &&
        strncmp(where, "config.flow.", 12) == 0)
        snprintf(place, sizeof place, "%s.all", where);
    else
        snprintf(place, sizeof place, "%s", home);
    if (json_equals(name, meant))
        snprintf(what, sizeof what, "does nothing: it belongs in %s", place);
    else
        snprintf(what, sizeof what,
                 "does nothing: did you mean \"%s\"? It belongs in %s", meant,
                 place);
    reviewer->mistakes++;
    tell(reviewer, name, where, what);
}

/* Whether the name was reported as misspelt or misplaced. */
static bool tell_mistake(struct reviewer *reviewer,
                         const struct json_value *name, const char *where,
                         const struct level *level)
{
    bool is_check = level == &flow_level;
    char bytes[NAME_ROOM], what[256];
    const char *meant;

    if (!json_read_string(name, bytes, sizeof bytes))
        return false;
    meant = is_check ? find_key(reviewer, bytes, is_near)
                     : find_near(bytes, level->ours);
    if (meant != NULL) {
        snprintf(what, sizeof what, "does nothing: did you mean \"%.100s\"?",
                 meant);
        reviewer->mistakes++;
        tell(reviewer, name, where, what);
        return true;
    }
    meant = find_misplaced(bytes, is_check);
    if (meant != NULL) {
        tell_misplaced(reviewer, name, where, meant, settings_home(meant));
        return true;
    }
    meant = is_check ? NULL : find_key(reviewer, bytes, is_same);
    if (meant != NULL)
        tell_misplaced(reviewer, name, where, meant, "config.flow");
    return meant != NULL;
}

static void tell_unknown(struct reviewer *reviewer,
                         const struct json_value *name, const char *where,
                         const struct level *level)
{
    const char *const *ours = level->ours;
    char what[128];

    if (tell_mistake(reviewer, name, where, level))
        return;
    snprintf(what, sizeof what,
             "does nothing: what is looked at there is \"%s\"%s%s%s", ours[0],
             ours[1] != NULL ? " and \"" : "", ours[1] != NULL ? ours[1] : "",
             ours[1] != NULL ? "\"" : "");
    /* In the part of a check of ours no other program has names. */
    reviewer->mistakes += level == &entry_level || level == &all_level;
    tell(reviewer, name, where, what);
}

/* The members of a table that neither we nor ntopng know. */
static void review_names(struct reviewer *reviewer,
                         const struct json_value *table, const char *where,
                         const struct level *level)
{
    struct json_value rest = *table, name, value;

    while (json_next_member(&rest, &name, &value))
        if (!is_among(&name, level->ours) && !is_among(&name, level->theirs))
            tell_unknown(reviewer, &name, where, level);
}

/* A member; false when there is none. Tells when there are several. */
static bool get_one(struct reviewer *reviewer, const struct json_value *table,
                    const char *member, const char *where,
                    struct json_value *value)
{
    struct json_value name;
    size_t count = json_find(table, member, &name, value);

    if (count > 1)
        tell(reviewer, &name, where,
             "was given before: only this last one counts");
    return count > 0;
}

/* --- Checks -------------------------------------------------------------- */

/* Checks that no module has: those of ntopng, above all. */
struct foreign {
    struct json_value first[EXAMPLES];
    size_t count;
};

static void tell_foreign(const struct reviewer *reviewer,
                         const struct foreign *foreign)
{
    const struct settings_review *review = reviewer->review;
    const struct json_value *name = foreign->first;

    if (foreign->count == 1)
        say(reviewer, "%s names the check %.*s, which no module in %s has",
            review->path, shown(name), name->text, review->module_dir);
    else if (foreign->count == 2)
        say(reviewer,
            "%s names the checks %.*s and %.*s, which no module in %s has",
            review->path, shown(name), name->text, shown(name + 1),
            name[1].text, review->module_dir);
    else if (foreign->count > 2)
        say(reviewer,
            "%s names %zu checks, such as %.*s, %.*s and %.*s, which no "
            "module in %s has",
            review->path, foreign->count, shown(name), name->text,
            shown(name + 1), name[1].text, shown(name + 2), name[2].text,
            review->module_dir);
}

static void review_keys(struct reviewer *reviewer,
                        const struct json_value *checks)
{
    struct json_value rest = *checks, name, value;
    struct foreign foreign = { .count = 0 };
    char bytes[NAME_ROOM];

    while (json_next_member(&rest, &name, &value)) {
        const char *key = NULL;

        if (json_read_string(&name, bytes, sizeof bytes))
            key = find_key(reviewer, bytes, is_same);
        if (key != NULL && json_equals(&name, key))
            continue;
        if (tell_mistake(reviewer, &name, "config.flow", &flow_level))
            continue;
        if (foreign.count < EXAMPLES)
            foreign.first[foreign.count] = name;
        foreign.count++;
    }
    tell_foreign(reviewer, &foreign);
}

static void review_check(struct reviewer *reviewer,
                         const struct json_value *checks, const char *key)
{
    struct json_value entry, all, value;
    char where[128];

    if (!get_one(reviewer, checks, key, "config.flow", &entry))
        return;
    snprintf(where, sizeof where, "config.flow.%.100s", key);
    review_names(reviewer, &entry, where, &entry_level);
    if (!get_one(reviewer, &entry, "all", where, &all))
        return;
    strcat(where, ".all");
    review_names(reviewer, &all, where, &all_level);
    get_one(reviewer, &all, "enabled", where, &value);
    get_one(reviewer, &all, "script_conf", where, &value);
}

static void review_checks(struct reviewer *reviewer,
                          const struct json_value *checks)
{
    const struct settings_review *review = reviewer->review;
    const char *key;

    review_keys(reviewer, checks);
    for (size_t i = 0; (key = review->key(review->context, i)) != NULL; i++)
        review_check(reviewer, checks, key);
}

size_t settings_review(const struct settings *settings,
                       const struct settings_review *review)
{
    struct reviewer reviewer = { .settings = settings, .review = review };
    struct json_value config, checks;

    review_names(&reviewer, &settings->root, "the document", &document_level);
    if (get_one(&reviewer, &settings->root, "config", "the document",
                &config)) {
        review_names(&reviewer, &config, "config", &config_level);
        if (get_one(&reviewer, &config, "flow", "config", &checks))
            review_checks(&reviewer, &checks);
    }
    if (reviewer.told > TOLD_MAX)
        say(&reviewer, "%s: %zu more name%s nothing", review->path,
            reviewer.told - TOLD_MAX,
            reviewer.told - TOLD_MAX == 1 ? " does" : "s do");
    return reviewer.mistakes;
}
