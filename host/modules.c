/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * modules - dlopen, the handshake of flow_check.h, and the list of checks. A
 * module that fails at any step takes its checks with it.
 */
#include "modules.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "contract.h"
#include "log.h"
#include "services.h"

/* Kept in a list, because the host inside must not move. */
struct module {
    struct module *before; /* loaded just before this one */
    struct modules *modules;
    struct service service; /* the host of its init */
    void *handle;
    char *path;
    unsigned offered; /* checks */
};

struct modules {
    struct module *last;
    struct module_check *checks;
    size_t count;
    const char *install_dir;
};

/* Checks. */

static void free_strings(struct fc_check *check)
{
    free((char *)check->key);
    free((char *)check->title);
    free((char *)check->description);
}

/* A module may change its own, or have them on its stack. */
static int copy_strings(struct fc_check *check)
{
    const struct fc_check of = *check;

    check->key = strdup(of.key);
    check->title = strdup(of.title);
    if (of.description != NULL)
        check->description = strdup(of.description);
    if (check->key != NULL && check->title != NULL &&
        (check->description != NULL) == (of.description != NULL))
        return 0;
    free_strings(check);
    return -1;
}

static enum fc_status add_check(struct modules *modules,
                                struct module_check *check)
{
    struct module_check *checks =
        reallocarray(modules->checks, modules->count + 1, sizeof *checks);

    if (checks != NULL)
        modules->checks = checks;
    if (checks == NULL || copy_strings(&check->check) != 0) {
        log_say(FC_LOG_ERROR, "%s: out of memory", check->file);
        return FC_ERROR_MEMORY;
    }
    checks[modules->count++] = *check;
    return FC_OK;
}

/* The first of two stays: a module cannot take a check over. */
static enum fc_status refuse_double(const struct module *module,
                                    const struct module_check *first)
{
    log_say(FC_LOG_ERROR,
            "%s: check \"%s\" refused: another check has the same key: %s",
            module->path, first->check.key,
            first->file == module->path ? "this module registered it before"
                                        : first->file);
    return FC_ERROR;
}

static enum fc_status refuse_check(const struct module *module,
                                   const struct fc_check *check,
                                   enum fc_status status,
                                   const struct text_error *err)
{
    if (status == FC_ERROR_ABI)
        log_say(FC_LOG_ERROR, "%s: %s", module->path, err->text);
    else
        log_say(FC_LOG_ERROR, "%s: check \"%.*s\" refused: %s", module->path,
                (int)FC_KEY_MAX, check->key != NULL ? check->key : "",
                err->text);
    return status;
}

/* Refusals are logged one by one, so these are bounded too. */
static enum fc_status register_check(struct service *service,
                                     const struct fc_check *offered)
{
    struct module *module = service->owner;
    struct module_check check = { .file = module->path };
    const struct module_check *first;
    struct text_error err;
    enum fc_status status;

    if (module->offered++ >= FC_CHECKS_MAX) {
        service_complain(service, COMPLAINT_REGISTERS,
                         "registers more than 64 checks: the rest is refused");
        return FC_ERROR;
    }
    status = contract_check(&check.check, offered, &err);
    if (status != FC_OK)
        return refuse_check(module, &check.check, status, &err);
    first = modules_find(module->modules, check.check.key);
    if (first != NULL)
        return refuse_double(module, first);
    return add_check(module->modules, &check);
}

static void drop_checks(struct modules *modules, const struct module *module)
{
    while (modules->count > 0 &&
           modules->checks[modules->count - 1].file == module->path)
        free_strings(&modules->checks[--modules->count].check);
}

/* Modules. */

static void free_module(struct module *module)
{
    if (module->handle != NULL)
        dlclose(module->handle);
    free(module->path);
    free(module);
}

static struct module *make_module(struct modules *modules,
                                  const char *directory, const char *name)
{
    struct module *module = calloc(1, sizeof *module);

    if (module == NULL)
        return NULL;
    if (asprintf(&module->path, "%s/%s", directory, name) < 0) {
        free(module);
        return NULL;
    }
    module->modules = modules;
    service_init(&module->service, modules->install_dir, "module", module->path,
                 module);
    return module;
}

/* ISO C forbids casting dlsym's pointer to a function; POSIX says copy it. */
static fc_module_init_fn *find_init(const struct module *module)
{
    void *symbol = dlsym(module->handle, FC_MODULE_INIT);
    fc_module_init_fn *init;

    memcpy(&init, &symbol, sizeof init);
    return init;
}

static int call_init(struct module *module, fc_module_init_fn *init)
{
    const struct fc_host *host = &module->service.host;
    enum fc_status status;

    module->service.on_check = register_check;
    status = init(host);
    module->service.on_check = NULL;
    if (status == FC_OK && module->offered == 0)
        log_say(FC_LOG_WARNING, "%s: it has registered no check", module->path);
    if (status == FC_OK)
        return 0;
    drop_checks(module->modules, module);
    log_say(FC_LOG_ERROR, "%s: not loaded: its " FC_MODULE_INIT " failed (%d)",
            module->path, status);
    return -1;
}

/* dlopen would wait for the writer of a named pipe. */
static bool may_block(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && !S_ISREG(status.st_mode);
}

/* Returns 0, or -1 after logging why. */
static int open_module(struct module *module)
{
    fc_module_init_fn *init;

    if (may_block(module->path)) {
        log_say(FC_LOG_ERROR, "%s: not loaded: it is no plain file",
                module->path);
        return -1;
    }
    module->handle = dlopen(module->path, RTLD_NOW | RTLD_LOCAL);
    if (module->handle == NULL) {
        log_say(FC_LOG_ERROR, "not loaded: %s", dlerror());
        return -1;
    }
    init = find_init(module);
    if (init == NULL) {
        log_say(FC_LOG_ERROR,
                "%s: not loaded: it is not a flow-check module: it does not "
                "export " FC_MODULE_INIT,
                module->path);
        return -1;
    }
    return call_init(module, init);
}

static int load_module(struct modules *modules, const char *directory,
                       const char *name)
{
    struct module *module = make_module(modules, directory, name);

    if (module == NULL)
        return -1;
    if (open_module(module) != 0) {
        free_module(module);
        return 0;
    }
    module->before = modules->last;
    modules->last = module;
    return 0;
}

/* The directory. */

static int is_module_file(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);

    return len > 3 && strcmp(entry->d_name + len - 3, ".so") == 0;
}

static int load_entries(struct modules *modules, const char *directory,
                        struct dirent **entries, int count)
{
    int result = 0;

    for (int i = 0; i < count; i++) {
        if (result == 0)
            result = load_module(modules, directory, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    return result;
}

/* scandir sorts, so a run is the same on every file system. */
static int load_directory(struct modules *modules, const char *directory,
                          struct text_error *err)
{
    struct dirent **entries;
    int count = scandir(directory, &entries, is_module_file, alphasort);

    if (count < 0)
        return text_fail(err, "%s: cannot read the module directory: %s",
                         directory, strerror(errno));
    if (load_entries(modules, directory, entries, count) != 0)
        return text_fail(err, "%s: out of memory", directory);
    return 0;
}

struct modules *modules_load(const char *directory, const char *install_dir,
                             struct text_error *err)
{
    struct modules *modules = calloc(1, sizeof *modules);

    if (modules == NULL) {
        text_fail(err, "out of memory");
        return NULL;
    }
    modules->install_dir = install_dir;
    if (load_directory(modules, directory, err) != 0) {
        modules_unload(modules);
        return NULL;
    }
    return modules;
}

void modules_unload(struct modules *modules)
{
    if (modules == NULL)
        return;
    for (struct module *module = modules->last, *before; module != NULL;
         module = before) {
        before = module->before;
        free_module(module);
    }
    while (modules->count > 0)
        free_strings(&modules->checks[--modules->count].check);
    free(modules->checks);
    free(modules);
}

size_t modules_count(const struct modules *modules)
{
    return modules->count;
}

const struct module_check *modules_get(const struct modules *modules,
                                       size_t index)
{
    return &modules->checks[index];
}

const struct module_check *modules_find(const struct modules *modules,
                                        const char *key)
{
    for (size_t i = 0; i < modules->count; i++)
        if (strcmp(modules->checks[i].check.key, key) == 0)
            return &modules->checks[i];
    return NULL;
}
