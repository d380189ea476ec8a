/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * script - finds script files by ntopng's names and reads them whole. It does
 * not compile: see lua_api/vm.h.
 */
#include "script.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAMES_PER_HOOK 2

/*
 * The first name is the one that ntopng's manual documents; for the detected
 * hook its program opens only the second.
 */
static const char *const names[FC_HOOKS][NAMES_PER_HOOK] = {
    [FC_HOOK_DETECTED] = { "custom_flow_lua_script.lua",
                           "custom_flow_protocol_detected_script.lua" },
    [FC_HOOK_PERIODIC] = { "custom_flow_periodic_script.lua", NULL },
    [FC_HOOK_END] = { "custom_flow_end_script.lua", NULL },
};

static char *join(const char *install_dir, const char *name)
{
    char *path;

    if (asprintf(&path, "%s/" SCRIPT_DIR "/%s", install_dir, name) < 0)
        return NULL;
    return path;
}

int script_candidates(const char *install_dir,
                      char *paths[static SCRIPT_CANDIDATES])
{
    int count = 0;

    for (int hook = 0; hook < FC_HOOKS; hook++) {
        for (int i = 0; i < NAMES_PER_HOOK && names[hook][i] != NULL; i++) {
            paths[count] = join(install_dir, names[hook][i]);
            if (paths[count++] == NULL)
                return -1;
        }
    }
    return 0;
}

enum fc_hook script_hook(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *file = slash != NULL ? slash + 1 : path;

    for (int hook = 0; hook < FC_HOOKS; hook++)
        for (int i = 0; i < NAMES_PER_HOOK && names[hook][i] != NULL; i++)
            if (strcmp(names[hook][i], file) == 0)
                return (enum fc_hook)hook;
    return FC_HOOK_DETECTED;
}

static void keep_found(struct script_place *place, char *path)
{
    if (access(path, F_OK) != 0)
        free(path);
    else if (place->path == NULL)
        place->path = path;
    else
        place->unused = path;
}

int script_find(const char *install_dir, enum fc_hook hook,
                struct script_place *place)
{
    *place = (struct script_place){ NULL, NULL };
    for (int i = 0; i < NAMES_PER_HOOK && names[hook][i] != NULL; i++) {
        char *path = join(install_dir, names[hook][i]);

        if (path == NULL) {
            free(place->path);
            return -1;
        }
        keep_found(place, path);
    }
    return 0;
}

static enum script_result refuse(struct script *script, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static enum script_result refuse(struct script *script, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(script->error, sizeof script->error, format, args);
    va_end(args);
    return SCRIPT_REFUSED;
}

/* The way out of a file that is too large. */
static const char *const remedies[] = {
    [SCRIPT_OF_HOOK] = "move what it needs into modules and require them",
    [SCRIPT_OF_MODULE] = "split it into several modules",
};

/* Reads until the end or until the buffer of size_max + 1 is full. */
static enum script_result read_all(struct script *script, const char *path,
                                   int fd, size_t size_max,
                                   enum script_role role)
{
    while (script->len <= size_max) {
        ssize_t n =
            read(fd, script->text + script->len, size_max + 1 - script->len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return refuse(script, "%s: cannot read it: %s", path,
                          strerror(errno));
        if (n == 0)
            return SCRIPT_READ;
        script->len += (size_t)n;
    }
    return refuse(script,
                  "%s: larger than %zu bytes: %s, or raise limits.script_kb "
                  "in script_conf (up to 1024)",
                  path, size_max, remedies[role]);
}

/* A FIFO or a device could block a worker for ever, so only files will do. */
static enum script_result read_open(struct script *script, const char *path,
                                    int fd, size_t size_max,
                                    enum script_role role)
{
    struct stat status;

    if (fstat(fd, &status) != 0)
        return refuse(script, "%s: %s", path, strerror(errno));
    if (!S_ISREG(status.st_mode))
        return refuse(script, "%s: not a plain file", path);
    script->text = malloc(size_max + 1);
    if (script->text == NULL)
        return refuse(script, "%s: out of memory", path);
    return read_all(script, path, fd, size_max, role);
}

/* Lua's own loader for files does this too, but ours is given bytes. */
static void trim_head(struct script *script)
{
    static const char mark[] = "\xEF\xBB\xBF";
    char *end;

    if (script->len >= 3 && memcmp(script->text, mark, 3) == 0) {
        script->len -= 3;
        memmove(script->text, script->text + 3, script->len);
    }
    if (script->len == 0 || script->text[0] != '#')
        return;
    end = memchr(script->text, '\n', script->len);
    if (end == NULL)
        end = script->text + script->len;
    memset(script->text, ' ', (size_t)(end - script->text));
}

enum script_result script_read(struct script *script, const char *path,
                               size_t size_max, enum script_role role)
{
    enum script_result result;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    memset(script, 0, sizeof *script);
    if (fd < 0) {
        bool missing = errno == ENOENT || errno == ENOTDIR;

        refuse(script, "%s: cannot open it: %s", path, strerror(errno));
        return missing ? SCRIPT_MISSING : SCRIPT_REFUSED;
    }
    result = read_open(script, path, fd, size_max, role);
    close(fd);
    if (result == SCRIPT_READ)
        trim_head(script);
    else
        script_free(script);
    return result;
}

void script_free(struct script *script)
{
    free(script->text);
    script->text = NULL;
    script->len = 0;
}
