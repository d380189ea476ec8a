/* SPDX-License-Identifier: GPL-3.0-or-later */
/* library - turns module names into paths and reads the first that exists. */
#include "library.h"

#include <stdio.h>
#include <string.h>

/* Writes "@DIR/NAME.lua" with the name's dots as slashes; false: too long. */
static bool build_path(struct library *library, const char *dir, int dir_len,
                       const char *name)
{
    int len = snprintf(library->path, sizeof library->path, "@%.*s/%s.lua",
                       dir_len, dir, name);
    char *at = library->path + 1 + dir_len + 1;

    if (len < 0 || (size_t)len >= sizeof library->path)
        return false;
    for (size_t i = 0; name[i] != '\0'; i++)
        if (at[i] == '.')
            at[i] = '/';
    return true;
}

static enum script_result refuse(struct library *library, const char *why)
{
    snprintf(library->error, sizeof library->error, "cannot be used: %s", why);
    return SCRIPT_REFUSED;
}

/* Reads the module in a folder. Its sentence stays in library->error. */
static enum script_result try_folder(struct library *library,
                                     struct watch *watch, const char *dir,
                                     int dir_len, const char *name)
{
    enum script_result result;

    if (!build_path(library, dir, dir_len, name))
        return refuse(library, "the path of the module is too long");
    /* Before it is read, so that no change is missed. */
    if (watch_add(watch, library->path + 1) != 0)
        return refuse(library, "out of memory");
    script_free(&library->script);
    result = script_read(&library->script, library->path + 1, library->size_max,
                         SCRIPT_OF_MODULE);
    return result == SCRIPT_REFUSED ? refuse(library, library->script.error)
                                    : result;
}

/* The folder of a path, as a length; "." for a bare file name. */
static const char *folder_of(const char *path, int *len)
{
    const char *slash = strrchr(path, '/');

    *len = slash == NULL ? 1 : (int)(slash - path);
    return slash == NULL ? "." : path;
}

bool library_find(struct library *library, struct watch *watch,
                  const char *script_path, const char *install_dir,
                  const char *name, struct vm_source *source)
{
    char modules[PATH_MAX];
    enum script_result result;
    int own_len;
    const char *own = folder_of(script_path, &own_len);

    snprintf(modules, sizeof modules, "%s/" LIBRARY_DIR, install_dir);
    snprintf(library->error, sizeof library->error,
             "not found: no file of it in %.*s nor in %s", own_len, own,
             modules);
    result = try_folder(library, watch, own, own_len, name);
    if (result == SCRIPT_MISSING)
        result =
            try_folder(library, watch, modules, (int)strlen(modules), name);
    source->name = library->path;
    source->text = library->script.text;
    source->len = library->script.len;
    if (result != SCRIPT_READ)
        source->text = library->error;
    return result == SCRIPT_READ;
}

void library_free(struct library *library)
{
    script_free(&library->script);
}
