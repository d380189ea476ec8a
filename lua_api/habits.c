/* SPDX-License-Identifier: GPL-3.0-or-later */
/* habits - sorts the uses of a scan by name. */
#include "habits.h"

#include <stdlib.h>
#include <string.h>

static int compare_pointers(const void *a, const void *b)
{
    return (a > b) - (a < b);
}

int habits_compare(const struct value *a, const struct value *b)
{
    size_t len = a->token.len < b->token.len ? a->token.len : b->token.len;
    int order = (int)a->kind - (int)b->kind;

    if (order == 0 && a->kind != VALUE_GLOBAL)
        order = compare_pointers(a->table, b->table);
    if (order == 0)
        order = memcmp(a->token.text, b->token.text, len);
    if (order == 0)
        order = (a->token.len > b->token.len) - (a->token.len < b->token.len);
    return order;
}

static int compare_uses(const void *a, const void *b)
{
    const struct use *const *left = a, *const *right = b;
    int order = habits_compare(&(*left)->value, &(*right)->value);

    return order != 0 ? order : compare_pointers(*left, *right);
}

/* Uses from..to are of one name. */
static void note_habit(struct habits *habits, size_t from, size_t to)
{
    struct habit habit = { .first = habits->order[from] };

    for (size_t i = from; i < to; i++) {
        habit.assigned |= habits->order[i]->kind == USE_ASSIGNED;
        habit.tested |= habits->order[i]->kind == USE_TESTED ||
                        habits->order[i]->kind == USE_ASKED;
    }
    for (size_t i = from; i < to; i++)
        habits->habits[habits->order[i] - habits->scan.uses] = habit;
}

static bool note_habits(struct habits *habits)
{
    size_t count = habits->scan.count;

    habits->habits = calloc(count + 1, sizeof *habits->habits);
    habits->order = calloc(count + 1, sizeof(struct use *));
    if (habits->habits == NULL || habits->order == NULL)
        return false;
    for (size_t i = 0; i < count; i++)
        habits->order[i] = &habits->scan.uses[i];
    qsort(habits->order, count, sizeof(struct use *), compare_uses);
    for (size_t from = 0, to = 0; from < count; from = to) {
        while (to < count && habits_compare(&habits->order[from]->value,
                                            &habits->order[to]->value) == 0)
            to++;
        note_habit(habits, from, to);
    }
    return true;
}

bool habits_scan(struct habits *habits, const struct names *names,
                 const char *text, size_t len)
{
    return scan_text(&habits->scan, names, text, len) && note_habits(habits);
}

void habits_free(struct habits *habits)
{
    free(habits->habits);
    free(habits->order);
    scan_free(&habits->scan);
}

const struct habit *habits_of(const struct habits *habits,
                              const struct use *use)
{
    return &habits->habits[use - habits->scan.uses];
}

const struct habit *habits_of_global(const struct habits *habits,
                                     const char *name, size_t len)
{
    const struct value wanted = {
        .kind = VALUE_GLOBAL,
        .token = { .text = name, .len = len },
    };

    for (size_t low = 0, high = habits->scan.count; low < high;) {
        size_t middle = low + (high - low) / 2;
        int order = habits_compare(&wanted, &habits->order[middle]->value);

        if (order == 0)
            return habits_of(habits, habits->order[middle]);
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}
