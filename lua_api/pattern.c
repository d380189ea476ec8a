/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pattern - a backtracking matcher.
 *
 * A pattern is a sequence of items: a single-character class, maybe repeated;
 * a capture's bracket; %b, %f, %1. match() handles one item after the other
 * and calls itself only where it may have to come back: after a capture's
 * bracket and for each length of a repetition. A malformed pattern is an error
 * only when the matcher comes to the malformed part, as in Lua.
 */
#include "pattern.h"

#include <ctype.h>
#include <string.h>

#define ESCAPE '%'

static const char *match(struct pattern *m, const char *s, const char *p);

static const char *fail(struct pattern *m, const char *error)
{
    if (m->error == NULL)
        m->error = error;
    return NULL;
}

static bool is_over(const struct pattern *m)
{
    return *m->stop || m->error != NULL;
}

/* Single characters. */

/* Whether what stands behind a class allows for none of it. */
static bool is_optional(char repetition)
{
    return repetition == '?' || repetition == '*' || repetition == '-';
}

/* Whether a character is of the class %letter; an upper-case letter negates. */
static bool in_class(int c, int letter)
{
    bool is;

    if (!isalpha(letter)) /* an escaped character stands for itself */
        return letter == c;
    switch (tolower(letter)) {
    case 'a':
        is = isalpha(c);
        break;
    case 'c':
        is = iscntrl(c);
        break;
    case 'd':
        is = isdigit(c);
        break;
    case 'g':
        is = isgraph(c);
        break;
    case 'l':
        is = islower(c);
        break;
    case 'p':
        is = ispunct(c);
        break;
    case 's':
        is = isspace(c);
        break;
    case 'u':
        is = isupper(c);
        break;
    case 'w':
        is = isalnum(c);
        break;
    case 'x':
        is = isxdigit(c);
        break;
    case 'z': /* not in the manual any more, but still in Lua */
        is = c == 0;
        break;
    default:
        return letter == c;
    }
    return isupper(letter) ? !is : is;
}

/* The end of a set "[...]", whose first character is at p. */
static const char *set_end(struct pattern *m, const char *p)
{
    if (*p == '^')
        p++;
    do { /* a "]" in the first place is a member */
        if (p >= m->text_end)
            return fail(m, "malformed pattern: a '[' has no ']'");
        if (*p++ == ESCAPE && p < m->text_end)
            p++;
    } while (p >= m->text_end || *p != ']');
    return p + 1;
}

/* The end of the single-character class at p, or NULL: malformed. */
static const char *class_end(struct pattern *m, const char *p)
{
    if (*p == '[')
        return set_end(m, p + 1);
    if (*p++ != ESCAPE)
        return p;
    if (p == m->text_end)
        return fail(m, "malformed pattern: it ends with '%'");
    return p + 1;
}

/* Whether a character is in the set at p, whose "]" is at end. */
static bool in_set(int c, const char *p, const char *end)
{
    bool found = true;

    if (*++p == '^') {
        found = false;
        p++;
    }
    for (; p < end; p++) {
        if (*p == ESCAPE) {
            if (in_class(c, (unsigned char)*++p))
                return found;
        } else if (p[1] == '-' && p + 2 < end) {
            if ((unsigned char)p[0] <= c && c <= (unsigned char)p[2])
                return found;
            p += 2;
        } else if ((unsigned char)*p == c) {
            return found;
        }
    }
    return !found;
}

/* Whether the character at s is in the class from p to end. */
static bool is_single(const struct pattern *m, const char *s, const char *p,
                      const char *end)
{
    int c;

    if (s >= m->subject_end)
        return false;
    c = (unsigned char)*s;
    switch (*p) {
    case '.':
        return true;
    case ESCAPE:
        return in_class(c, (unsigned char)p[1]);
    case '[':
        return in_set(c, p, end - 1);
    default:
        return (unsigned char)*p == c;
    }
}

/* Repetitions. rest is the pattern behind the repeated class. */

static const char *match_longest(struct pattern *m, const char *s,
                                 const char *p, const char *end, ptrdiff_t min)
{
    ptrdiff_t n = 0;

    while (!*m->stop && is_single(m, s + n, p, end))
        n++;
    for (; n >= min && !is_over(m); n--) {
        const char *result = match(m, s + n, end + 1);

        if (result != NULL)
            return result;
    }
    return NULL;
}

static const char *match_shortest(struct pattern *m, const char *s,
                                  const char *p, const char *end)
{
    while (!is_over(m)) {
        const char *result = match(m, s, end + 1);

        if (result != NULL)
            return result;
        if (!is_single(m, s, p, end))
            return NULL;
        s++;
    }
    return NULL;
}

/* Captures. */

static const char *open_capture(struct pattern *m, const char *s, const char *p,
                                ptrdiff_t kind)
{
    const char *result;

    if (m->count >= PATTERN_CAPTURES_MAX)
        return fail(m, "the pattern has more than 32 captures");
    m->captures[m->count].start = s;
    m->captures[m->count].len = kind;
    m->count++;
    result = match(m, s, p);
    if (result == NULL)
        m->count--;
    return result;
}

/* The last capture that is still open, or NULL. */
static struct pattern_capture *find_open(struct pattern *m)
{
    for (int i = m->count - 1; i >= 0; i--)
        if (m->captures[i].len == PATTERN_UNCLOSED)
            return &m->captures[i];
    fail(m, "malformed pattern: a ')' has no '('");
    return NULL;
}

static const char *close_capture(struct pattern *m, const char *s,
                                 const char *p)
{
    struct pattern_capture *capture = find_open(m);
    const char *result;

    if (capture == NULL)
        return NULL;
    capture->len = s - capture->start;
    result = match(m, s, p);
    if (result == NULL)
        capture->len = PATTERN_UNCLOSED;
    return result;
}

/* %1: the text of a capture once more. Returns its end, or NULL. */
static const char *match_again(struct pattern *m, const char *s, int digit)
{
    int index = digit - '1';
    const struct pattern_capture *capture;

    if (index < 0 || index >= m->count ||
        m->captures[index].len == PATTERN_UNCLOSED)
        return fail(m, "the pattern refers to a capture that is not there");
    capture = &m->captures[index];
    /* A position capture has no text; Lua never finds it again. */
    if (capture->len < 0 || m->subject_end - s < capture->len ||
        memcmp(capture->start, s, (size_t)capture->len) != 0)
        return NULL;
    return s + capture->len;
}

/* %bxy: from an x to the y that balances it. Returns its end, or NULL. */
static const char *match_balance(struct pattern *m, const char *s,
                                 const char *p)
{
    size_t open = 1;
    char begin, end;

    if (p >= m->text_end - 1) {
        fail(m, "malformed pattern: '%b' needs two characters");
        return NULL;
    }
    begin = p[0];
    end = p[1];
    if (s >= m->subject_end || *s != begin)
        return NULL;
    while (++s < m->subject_end && !*m->stop) {
        if (*s == end) {
            if (--open == 0)
                return s + 1;
        } else if (*s == begin) {
            open++;
        }
    }
    return NULL;
}

/* %f[set]: a place where the set begins. end is behind the "]". */
static bool is_frontier(const struct pattern *m, const char *s, const char *p,
                        const char *end)
{
    int before = s == m->subject ? '\0' : (unsigned char)s[-1];
    int after = s == m->subject_end ? '\0' : (unsigned char)*s;

    return !in_set(before, p, end - 1) && in_set(after, p, end - 1);
}

/* The items. */

/* What an item makes of the two places: both moved on, or the final result. */
struct place {
    const char *s;
    const char *p; /* NULL: s is the result of the whole match */
};

static struct place result(const char *s)
{
    return (struct place){ s, NULL };
}

/* The class has matched at s: first with it, then, on this level, without. */
static struct place match_optional(struct pattern *m, const char *s,
                                   const char *end)
{
    const char *with = match(m, s + 1, end + 1);

    return with != NULL ? result(with) : (struct place){ s, end + 1 };
}

static struct place match_frontier(struct pattern *m, const char *s,
                                   const char *p)
{
    const char *end;

    if (*p != '[') {
        fail(m, "malformed pattern: '%f' needs a set behind it");
        return result(NULL);
    }
    end = class_end(m, p);
    if (end == NULL || !is_frontier(m, s, p, end))
        return result(NULL);
    return (struct place){ s, end };
}

/* The class has not matched at s. A repetition of nothing takes no level, as in
 * Lua. */
static struct place without_class(const char *s, const char *end)
{
    if (is_optional(*end))
        return (struct place){ s, end + 1 };
    return result(NULL);
}

/* The class at p, with what may follow it. */
static struct place match_class(struct pattern *m, const char *s, const char *p)
{
    const char *end = class_end(m, p);

    if (end == NULL)
        return result(NULL);
    if (!is_single(m, s, p, end))
        return without_class(s, end);
    switch (*end) {
    case '?':
        return match_optional(m, s, end);
    case '+':
        return result(match_longest(m, s, p, end, 1));
    case '*':
        return result(match_longest(m, s, p, end, 0));
    case '-':
        return result(match_shortest(m, s, p, end));
    default:
        return (struct place){ s + 1, end };
    }
}

static struct place match_escape(struct pattern *m, const char *s,
                                 const char *p)
{
    const char *after = NULL;
    const char *behind = p + 2;

    if (p[1] == 'f')
        return match_frontier(m, s, p + 2);
    if (p[1] == 'b') {
        after = match_balance(m, s, p + 2);
        behind = p + 4;
    } else if (isdigit((unsigned char)p[1])) {
        after = match_again(m, s, (unsigned char)p[1]);
    } else {
        return match_class(m, s, p);
    }
    return after == NULL ? result(NULL) : (struct place){ after, behind };
}

static struct place match_item(struct pattern *m, const char *s, const char *p)
{
    switch (*p) {
    case '(':
        if (p[1] == ')')
            return result(open_capture(m, s, p + 2, PATTERN_POSITION));
        return result(open_capture(m, s, p + 1, PATTERN_UNCLOSED));
    case ')':
        return result(close_capture(m, s, p + 1));
    case '$':
        if (p + 1 == m->text_end)
            return result(s == m->subject_end ? s : NULL);
        return match_class(m, s, p);
    case ESCAPE:
        return match_escape(m, s, p);
    default:
        return match_class(m, s, p);
    }
}

static const char *match(struct pattern *m, const char *s, const char *p)
{
    struct place place = { s, p };

    if (m->depth >= PATTERN_DEPTH_MAX)
        return fail(m, "the pattern is too complex");
    m->depth++;
    while (place.p != NULL && place.p != m->text_end && !is_over(m))
        place = match_item(m, place.s, place.p);
    m->depth--;
    return is_over(m) ? NULL : place.s;
}

/* Whether a pattern begins with this character, and no class or bracket. */
static bool begins_with_itself(const char *text)
{
    return *text != '\0' && strchr("().[%", *text) == NULL;
}

int pattern_first(const struct pattern *m)
{
    const char *text = m->text;
    size_t len = (size_t)(m->text_end - text);
    size_t n = 1;

    if (len > 1 && *text == ESCAPE && !isalnum((unsigned char)text[1]))
        n = 2;
    else if (len == 0 || !begins_with_itself(text))
        return -1;
    /* "$" at the end is none. */
    if (is_optional(text[n]) || (*text == '$' && len == 1))
        return -1;
    return (unsigned char)text[n - 1];
}

const char *pattern_match(struct pattern *m, const char *at)
{
    m->count = 0;
    m->depth = 0;
    return match(m, at, m->text);
}

bool pattern_is_plain(const char *text, size_t len)
{
    static const char special[] = "^$*+?.([%-";

    for (size_t i = 0; i < len; i++)
        if (text[i] != '\0' && strchr(special, text[i]) != NULL)
            return false;
    return true;
}
