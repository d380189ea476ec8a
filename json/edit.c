/* SPDX-License-Identifier: GPL-3.0-or-later */
/* edit - finds where a value is, or where it is missing, and writes there. */
#include "edit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- How a document is laid out ------------------------------------------ */

/* How the members of an object are written. */
struct layout {
    bool is_lines;            /* each on a line of its own */
    const char *end_of_line;  /* ends one */
    struct json_value indent; /* what stands before a member on its line */
    struct json_value unit;   /* how much more stands one level deeper */
    struct json_value colon;  /* between name and value */
    struct json_value comma;  /* between members on one line */
    struct json_value pad;    /* between brace and first member, there */
};

static struct json_value slice(const char *start, const char *end)
{
    return (struct json_value){ start, (size_t)(end - start) };
}

static struct json_value words(const char *text)
{
    return slice(text, text + strlen(text));
}

static const char *end_of(const struct json_value *value)
{
    return value->text + value->len;
}

static const char *last_newline(const struct json_value *space)
{
    return memrchr(space->text, '\n', space->len);
}

/* For a document that shows none: as people write it. */
static struct layout default_layout(void)
{
    return (struct layout){ .is_lines = true,
                            .end_of_line = "\n",
                            .indent = words(""),
                            .unit = words("  "),
                            .colon = words(": ") };
}

/* The blanks behind the last line end in space. */
static struct json_value indent_in(const struct json_value *space)
{
    const char *start = last_newline(space) + 1;
    const char *end = start;

    while (end < end_of(space) && (*end == ' ' || *end == '\t'))
        end++;
    return slice(start, end);
}

/*
 * How much deeper the members of an object stand than its closing brace, when
 * that is on a line of its own; what stands before it there is `tail`.
 */
static struct json_value find_unit(const struct json_value *indent,
                                   const struct json_value *tail)
{
    struct json_value base;

    if (last_newline(tail) != NULL) {
        base = indent_in(tail);
        if (base.len < indent->len &&
            memcmp(base.text, indent->text, base.len) == 0)
            return slice(indent->text + base.len, end_of(indent));
    }
    return words(indent->len > 0 && indent->text[0] == '\t' ? "\t" : "  ");
}

/* The last member of an object, and the text around it. */
struct surroundings {
    struct json_value before; /* from the brace, or the value before it */
    struct json_value colon;
    struct json_value after; /* to the closing brace */
    struct json_value pad;   /* behind the opening brace */
    size_t count;
};

static struct surroundings look_around(const struct json_value *object)
{
    struct json_value rest = *object, name, value;
    struct surroundings around = { .count = 0 };
    const char *end = object->text + 1;

    while (json_next_member(&rest, &name, &value)) {
        around.before = slice(end, name.text);
        around.colon = slice(end_of(&name), value.text);
        end = end_of(&value);
        if (around.count++ == 0)
            around.pad = around.before;
    }
    around.after = slice(end, end_of(object) - 1);
    return around;
}

/* How an object that is not empty is laid out, by its last member. */
static struct layout layout_of(const struct json_value *object)
{
    struct surroundings around = look_around(object);
    const char *newline = last_newline(&around.before);
    struct layout layout = default_layout();

    if (last_newline(&around.colon) == NULL)
        layout.colon = around.colon;
    layout.is_lines = newline != NULL;
    if (layout.is_lines) {
        bool has_cr = newline > around.before.text && newline[-1] == '\r';

        layout.end_of_line = has_cr ? "\r\n" : "\n";
        layout.indent = indent_in(&around.before);
        layout.unit = find_unit(&layout.indent, &around.after);
        return layout;
    }
    layout.comma = around.count > 1                   ? around.before
                   : end_of(&layout.colon)[-1] == ':' ? words(",")
                                                      : words(", ");
    layout.pad = last_newline(&around.pad) == NULL ? around.pad : words("");
    return layout;
}

/* --- Writing ------------------------------------------------------------- */

static void put(FILE *to, const struct json_value *text)
{
    fwrite(text->text, 1, text->len, to);
}

static void put_quoted(FILE *to, const char *bytes)
{
    putc('"', to);
    for (; *bytes != '\0'; bytes++) {
        if ((unsigned char)*bytes < 0x20) {
            fprintf(to, "\\u%04x", (unsigned)*bytes);
            continue;
        }
        if (*bytes == '"' || *bytes == '\\')
            putc('\\', to);
        putc(*bytes, to);
    }
    putc('"', to);
}

char *json_quote(const char *bytes)
{
    char *text = NULL;
    size_t len;
    FILE *to = open_memstream(&text, &len);

    if (to == NULL)
        return NULL;
    put_quoted(to, bytes);
    if (fclose(to) == 0)
        return text;
    free(text);
    return NULL;
}

/* What is to be written: the value, inside of objects for all names but one. */
struct insertion {
    const char *const *names;
    size_t count;
    const char *value;
};

/* What stands between a brace and a member at that level. */
static void put_gap(FILE *to, const struct layout *layout, size_t level)
{
    if (!layout->is_lines) {
        put(to, &layout->pad);
        return;
    }
    fputs(layout->end_of_line, to);
    put(to, &layout->indent);
    for (; level > 0; level--)
        put(to, &layout->unit);
}

/* A member at a level below the one that the layout is of. */
static void put_member(FILE *to, const struct layout *layout, size_t level,
                       const struct insertion *insertion)
{
    for (size_t i = 0; i < insertion->count; i++) {
        if (i > 0) {
            putc('{', to);
            put_gap(to, layout, level + i);
        }
        put_quoted(to, insertion->names[i]);
        put(to, &layout->colon);
    }
    fputs(insertion->value, to);
    for (size_t i = insertion->count; i > 1; i--) {
        put_gap(to, layout, level + i - 2);
        putc('}', to);
    }
}

/* Into an object with members, behind the last. */
static void put_last(FILE *to, const struct json_value *object,
                     const struct insertion *insertion)
{
    struct layout layout = layout_of(object);
    struct json_value after = look_around(object).after;
    struct json_value before = slice(object->text, after.text);

    put(to, &before);
    if (layout.is_lines) {
        putc(',', to);
        put_gap(to, &layout, 0);
    } else {
        put(to, &layout.comma);
    }
    put_member(to, &layout, 0, insertion);
    put(to, &after);
    putc('}', to);
}

/*
 * Into an object, or an array, without members. It is laid out as the object
 * that it is a member of; what space it has stays, and may hold the line end
 * before the closing brace.
 */
static void put_first(FILE *to, const struct json_value *table,
                      const struct json_value *parent,
                      const struct insertion *insertion)
{
    struct layout layout =
        parent != NULL ? layout_of(parent) : default_layout();
    struct json_value space = slice(table->text + 1, end_of(table) - 1);
    bool has_line = last_newline(&space) != NULL;

    putc('{', to);
    if (!has_line)
        put(to, &space);
    if (layout.is_lines)
        put_gap(to, &layout, 1);
    put_member(to, &layout, 1, insertion);
    if (layout.is_lines && !has_line)
        put_gap(to, &layout, 0);
    else
        put(to, &space);
    putc('}', to);
}

/* --- Finding ------------------------------------------------------------- */

/* How far the names lead. */
struct trail {
    struct json_value at;     /* the last value that is there */
    struct json_value parent; /* the object that it is a member of */
    size_t depth;             /* of the names, how many were found */
    struct json_value twice;
};

static struct trail follow(const struct json_value *root,
                           const char *const *names, size_t count)
{
    struct trail trail = { .at = *root };
    struct json_value name, value;

    while (trail.depth < count) {
        size_t found = json_find(&trail.at, names[trail.depth], &name, &value);

        if (found == 0)
            break;
        if (found > 1 && trail.twice.text == NULL)
            trail.twice = name;
        trail.parent = trail.at;
        trail.at = value;
        trail.depth++;
    }
    return trail;
}

/* What takes the place of the value at the end of the trail. */
static void put_place(FILE *to, const struct trail *trail,
                      const struct insertion *insertion)
{
    if (insertion->count == 0)
        fputs(insertion->value, to);
    else if (json_is_empty(&trail->at))
        put_first(to, &trail->at, trail->depth > 0 ? &trail->parent : NULL,
                  insertion);
    else
        put_last(to, &trail->at, insertion);
}

static enum json_edit_result write_edited(const struct json_value *document,
                                          const struct trail *trail,
                                          const struct insertion *insertion,
                                          struct json_edit *edit)
{
    struct json_value before = slice(document->text, trail->at.text);
    struct json_value after = slice(end_of(&trail->at), end_of(document));
    FILE *to = open_memstream(&edit->text, &edit->len);
    bool failed;

    if (to == NULL)
        return JSON_NO_MEMORY;
    put(to, &before);
    put_place(to, trail, insertion);
    put(to, &after);
    failed = ferror(to) != 0;
    if (fclose(to) == 0 && !failed)
        return JSON_EDITED;
    free(edit->text);
    edit->text = NULL;
    return JSON_NO_MEMORY;
}

enum json_edit_result json_edit(const struct json_value *document,
                                const struct json_value *root,
                                const char *const *names, size_t count,
                                const char *value, struct json_edit *edit)
{
    struct trail trail = follow(root, names, count);
    const struct insertion insertion = { names + trail.depth,
                                         count - trail.depth, value };

    *edit = (struct json_edit){ .twice = trail.twice };
    if (insertion.count == 0 && trail.at.len == strlen(value) &&
        memcmp(trail.at.text, value, trail.at.len) == 0)
        return JSON_AS_WANTED;
    if (insertion.count > 0 && !json_is_table(&trail.at))
        return JSON_NO_TABLE;
    return write_edited(document, &trail, &insertion, edit);
}
