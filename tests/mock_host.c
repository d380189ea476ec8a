/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mock_host - a host that remembers. What it gets is copied under a lock, for
 * a module may log from any thread; what is wrong with it is kept as a breach
 * and told on the main thread, where check can take it.
 */
#include "mock_host.h"

#include <arpa/inet.h>
#include <check.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* One use of a struct fc_host: by fc_module_init, or by an enabled check. */
struct mock_instance {
    struct mock_host *host;
    struct mock_instance *next;
    struct fc_host *face; /* a copy of host->offer, as large as that says */
    void *self;
    pthread_t thread;
    enum fc_hook hook;
    const struct fc_flow *flow; /* of the running hook, NULL at rest */
};

static const char *const hook_words[] = { "detected", "periodic", "end" };

static const char *const level_words[] = {
    [FC_LOG_ERROR] = "error",   [FC_LOG_WARNING] = "warning",
    [FC_LOG_INFO] = "info",     [FC_LOG_DEBUG] = "debug",
    [FC_LOG_OUTPUT] = "output",
};

/* --- Recording ----------------------------------------------------------- */

static void note(struct mock_host *host, const char *word)
{
    pthread_mutex_lock(&host->lock);
    fprintf(host->order_stream, "%s ", word);
    pthread_mutex_unlock(&host->lock);
}

static void require_rule(struct mock_host *host, bool kept, const char *rule)
{
    pthread_mutex_lock(&host->lock);
    if (!kept && host->breach == NULL)
        host->breach = rule;
    pthread_mutex_unlock(&host->lock);
}

static void *grow(void *array, size_t count, size_t size)
{
    void *grown = reallocarray(array, count + 1, size);

    if (grown == NULL)
        abort();
    return grown;
}

static char *copy_bytes(const char *bytes, size_t len)
{
    char *copy = malloc(len + 1);

    if (copy == NULL)
        abort();
    if (len > 0)
        memcpy(copy, bytes, len);
    copy[len] = '\0';
    return copy;
}

static void record_alert(struct mock_instance *instance,
                         const struct fc_flow *flow,
                         const struct fc_alert *alert)
{
    struct mock_host *host = instance->host;

    pthread_mutex_lock(&host->lock);
    host->alerts = grow(host->alerts, host->alert_count, sizeof *host->alerts);
    host->alerts[host->alert_count++] = (struct mock_alert){
        .flow = flow,
        .hook = instance->hook,
        .score = alert->score,
        .message_len = alert->message_len,
        .message = copy_bytes(alert->message, alert->message_len),
        .script = alert->script == NULL ? NULL : strdup(alert->script),
        .thread = pthread_self(),
    };
    pthread_mutex_unlock(&host->lock);
}

static void record_line(struct mock_host *host, enum fc_log_level level,
                        const char *text)
{
    pthread_mutex_lock(&host->lock);
    host->lines = grow(host->lines, host->line_count, sizeof *host->lines);
    host->lines[host->line_count++] = (struct mock_line){
        .level = level,
        .text = copy_bytes(text, strlen(text)),
        .thread = pthread_self(),
    };
    pthread_mutex_unlock(&host->lock);
}

/* --- What the module may call -------------------------------------------- */

static enum fc_status register_check(const struct fc_host *face,
                                     const struct fc_check *check)
{
    struct mock_instance *instance = face->data;
    struct mock_host *host = instance->host;

    note(host, "register");
    require_rule(host, host->loading && instance == host->inits,
                 "register_check is for fc_module_init only");
    fc_copy_struct(&host->check, sizeof host->check, check);
    host->registered++;
    return FC_OK;
}

static void hold_to_rules(const struct mock_instance *instance,
                          const struct fc_flow *flow,
                          const struct fc_alert *alert)
{
    struct mock_host *host = instance->host;

    require_rule(host, flow != NULL && flow == instance->flow,
                 "trigger_alert is for the flow of the running hook");
    require_rule(host, pthread_equal(pthread_self(), instance->thread),
                 "trigger_alert is for the worker's thread");
    require_rule(host, alert->struct_size == sizeof *alert,
                 "struct fc_alert says how large it is");
    require_rule(host, alert->score >= 0 && alert->score <= FC_SCORE_MAX,
                 "a score is 0..FC_SCORE_MAX");
    require_rule(host, alert->message_len <= FC_MESSAGE_MAX,
                 "a message has at most FC_MESSAGE_MAX bytes");
}

static enum fc_alert_fate trigger_alert(const struct fc_host *face,
                                        const struct fc_flow *flow,
                                        const struct fc_alert *alert)
{
    struct mock_instance *instance = face->data;

    note(instance->host, "alert");
    hold_to_rules(instance, flow, alert);
    record_alert(instance, flow, alert);
    return instance->host->fate;
}

static void log_line(const struct fc_host *face, enum fc_log_level level,
                     const char *text)
{
    const struct mock_instance *instance = face->data;
    size_t len = strlen(text);

    note(instance->host, level_words[level]);
    require_rule(instance->host, len == 0 || text[len - 1] != '\n',
                 "a logged text has no newline at its end");
    record_line(instance->host, level, text);
}

static const char *install_dir(const struct fc_host *face)
{
    const struct mock_instance *instance = face->data;

    return instance->host->install_dir;
}

static uint64_t read_clock(const struct fc_host *face)
{
    const struct mock_instance *instance = face->data;

    return instance->host->time;
}

static const struct fc_host well_behaved = {
    .struct_size = sizeof(struct fc_host),
    .abi_version = FC_ABI_VERSION,
    .name = "mock_host",
    .register_check = register_check,
    .trigger_alert = trigger_alert,
    .log = log_line,
    .install_dir = install_dir,
    .clock = read_clock,
};

/* --- Its life ------------------------------------------------------------ */

static void make_install_dir(struct mock_host *host)
{
    const char *parent = getenv("TMPDIR");

    snprintf(host->install_dir, sizeof host->install_dir, "%s/mock_host.XXXXXX",
             parent != NULL ? parent : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(host->install_dir));
}

static int remove_entry(const char *name, const struct stat *status, int type,
                        struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    return remove(name);
}

struct mock_host *mock_host_new(void)
{
    struct mock_host *host = calloc(1, sizeof *host);

    ck_assert_ptr_nonnull(host);
    host->offer = well_behaved;
    host->script_conf = MOCK_PATIENT;
    host->time = 1;
    host->order_stream = open_memstream(&host->order, &host->order_len);
    ck_assert_ptr_nonnull(host->order_stream);
    ck_assert_int_eq(pthread_mutex_init(&host->lock, NULL), 0);
    make_install_dir(host);
    return host;
}

static void free_records(struct mock_host *host)
{
    for (size_t i = 0; i < host->alert_count; i++) {
        free(host->alerts[i].message);
        free(host->alerts[i].script);
    }
    for (size_t i = 0; i < host->line_count; i++)
        free(host->lines[i].text);
    free(host->alerts);
    free(host->lines);
    fclose(host->order_stream);
    free(host->order);
}

static void free_instance(struct mock_instance *instance)
{
    free(instance->face);
    free(instance);
}

static void free_instances(struct mock_instance *instance)
{
    for (struct mock_instance *next; instance != NULL; instance = next) {
        next = instance->next;
        free_instance(instance);
    }
}

void mock_host_free(struct mock_host *host)
{
    const char *breach = host->breach;

    while (host->instances != NULL)
        mock_disable(host->instances);
    if (host->module != NULL)
        dlclose(host->module);
    nftw(host->install_dir, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    free_instances(host->inits);
    free_records(host);
    pthread_mutex_destroy(&host->lock);
    free(host);
    ck_assert_msg(breach == NULL, "the module broke a rule: %s", breach);
}

/* --- Calls into the module ----------------------------------------------- */

/* What a larger host has behind what the module knows is not zero. */
static struct fc_host *make_face(const struct fc_host *offer,
                                 struct mock_instance *instance)
{
    size_t known = sizeof *offer;
    struct fc_host *face = malloc(offer->struct_size);

    if (face == NULL)
        abort();
    if (known > offer->struct_size)
        known = offer->struct_size;
    memset(face, 0xAA, offer->struct_size);
    memcpy(face, offer, known);
    face->data = instance;
    return face;
}

static struct mock_instance *make_instance(struct mock_host *host)
{
    struct mock_instance *instance = calloc(1, sizeof *instance);

    if (instance == NULL)
        abort();
    instance->host = host;
    instance->face = make_face(&host->offer, instance);
    instance->thread = pthread_self();
    return instance;
}

/* ISO C forbids casting dlsym's pointer to a function; POSIX says copy it. */
static fc_module_init_fn *find_init(void *module)
{
    void *symbol = dlsym(module, FC_MODULE_INIT);
    fc_module_init_fn *init;

    ck_assert_msg(symbol != NULL, "%s", dlerror());
    memcpy(&init, &symbol, sizeof init);
    return init;
}

static void *open_module(void)
{
    const char *path = getenv("FLOW_USER_CHECK");
    void *module;

    ck_assert_msg(path != NULL, "set FLOW_USER_CHECK to the built module");
    module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    ck_assert_msg(module != NULL, "%s", dlerror());
    return module;
}

static void check_handshake(const struct mock_host *host)
{
    ck_assert_uint_eq(host->registered, 1);
    ck_assert_uint_eq(host->check.abi_version, FC_ABI_VERSION);
    ck_assert(host->check.enable != NULL && host->check.disable != NULL);
    ck_assert(host->check.on_detect != NULL && host->check.on_end != NULL);
    ck_assert(host->check.on_periodic != NULL);
}

static enum fc_status call_init(struct mock_host *host)
{
    struct mock_instance *instance = make_instance(host);
    enum fc_status status;

    instance->next = host->inits;
    host->inits = instance;
    host->registered = 0;
    host->loading = true;
    status = find_init(host->module)(instance->face);
    host->loading = false;
    return status;
}

enum fc_status mock_load(struct mock_host *host)
{
    void *loaded_before = host->module;
    enum fc_status status;

    host->module = open_module();
    if (loaded_before != NULL)
        dlclose(loaded_before);
    status = call_init(host);
    if (status == FC_OK)
        check_handshake(host);
    return status;
}

static void add_instance(struct mock_host *host, struct mock_instance *instance)
{
    pthread_mutex_lock(&host->lock);
    instance->next = host->instances;
    host->instances = instance;
    pthread_mutex_unlock(&host->lock);
}

static void remove_instance(struct mock_host *host,
                            const struct mock_instance *instance)
{
    struct mock_instance **at = &host->instances;

    pthread_mutex_lock(&host->lock);
    while (*at != instance)
        at = &(*at)->next;
    *at = instance->next;
    pthread_mutex_unlock(&host->lock);
}

struct mock_instance *mock_enable(struct mock_host *host, unsigned worker)
{
    struct mock_instance *instance;

    if (host->registered == 0)
        ck_assert_int_eq(mock_load(host), FC_OK);
    instance = make_instance(host);
    note(host, "enable");
    if (host->check.enable(instance->face, worker, &instance->self) != FC_OK)
        abort();
    add_instance(host, instance);
    return instance;
}

/* The module gets no NUL after the JSON: none is promised. */
enum fc_status mock_config(struct mock_instance *instance, const char *json)
{
    size_t len = strlen(json);
    char *bytes = malloc(len + (len == 0));
    enum fc_status status;

    if (bytes == NULL)
        abort();
    memcpy(bytes, json, len);
    note(instance->host, "config");
    status = instance->host->check.config(instance->self, bytes, len);
    free(bytes);
    return status;
}

void mock_run(struct mock_instance *instance, enum fc_hook hook,
              const struct fc_flow *flow)
{
    const struct fc_check *check = &instance->host->check;
    void (*const hooks[])(void *, const struct fc_flow *) = {
        check->on_detect,
        check->on_periodic,
        check->on_end,
    };

    note(instance->host, hook_words[hook]);
    instance->hook = hook;
    instance->flow = flow;
    hooks[hook](instance->self, flow);
    instance->flow = NULL;
}

/*
 * Five minutes of pauses of 2 ms. A module looks four times a second; on a busy
 * machine its thread may have to wait for its turn.
 */
#define PAUSES_MAX 150000

void mock_run_until(struct mock_instance *instance, const struct fc_flow *flow,
                    bool (*is_so)(const struct fc_stats *stats))
{
    const struct timespec pause = { .tv_nsec = 2000000 };
    struct fc_stats stats;

    for (int i = 0; i < PAUSES_MAX; i++) {
        mock_run(instance, FC_HOOK_DETECTED, flow);
        stats = mock_stats(instance, FC_HOOK_DETECTED);
        if (is_so(&stats))
            return;
        nanosleep(&pause, NULL);
    }
    ck_abort_msg("it has not come to that");
}

enum fc_status mock_read_stats(struct mock_instance *instance,
                               enum fc_hook hook, struct fc_stats *stats)
{
    return instance->host->check.stats(instance->self, hook, stats);
}

struct fc_stats mock_stats(struct mock_instance *instance, enum fc_hook hook)
{
    struct fc_stats stats = { .struct_size = sizeof stats };

    if (mock_read_stats(instance, hook, &stats) != FC_OK)
        abort();
    return stats;
}

enum fc_status mock_lint(struct mock_instance *instance, fc_finding_fn *found,
                         void *context)
{
    return instance->host->check.lint(instance->self, found, context);
}

uint32_t mock_active(struct mock_instance *instance)
{
    return instance->host->check.active(instance->self);
}

void mock_disable(struct mock_instance *instance)
{
    note(instance->host, "disable");
    instance->host->check.disable(instance->self);
    remove_instance(instance->host, instance);
    free_instance(instance);
}

struct mock_instance *mock_start(struct mock_host *host)
{
    struct mock_instance *instance = mock_enable(host, 0);

    ck_assert_int_eq(mock_config(instance, host->script_conf), FC_OK);
    return instance;
}

struct mock_instance *mock_start_script(struct mock_host *host,
                                        const char *script)
{
    mock_write(host, MOCK_SCRIPT, script);
    return mock_start(host);
}

struct mock_instance *mock_run_script(struct mock_host *host,
                                      const char *script,
                                      const struct fc_flow *flow)
{
    struct mock_instance *instance = mock_start_script(host, script);

    mock_run(instance, FC_HOOK_DETECTED, flow);
    return instance;
}

/* --- Files --------------------------------------------------------------- */

void mock_path(const struct mock_host *host, const char *name,
               char path[static MOCK_PATH_MAX])
{
    int len = snprintf(path, MOCK_PATH_MAX, "%s/%s", host->install_dir, name);

    ck_assert_int_lt(len, MOCK_PATH_MAX);
}

/* Makes the folders of a path below the install dir, which is there. */
static void make_folders(const struct mock_host *host, char *path)
{
    char *slash = path + strlen(host->install_dir);

    while ((slash = strchr(slash + 1, '/')) != NULL) {
        *slash = '\0';
        mkdir(path, 0755); /* it may be there */
        *slash = '/';
    }
}

/*
 * The file is there at once, as a whole: a module that looks for changes would
 * else find it empty now and then, which is another change.
 */
void mock_write_bytes(struct mock_host *host, const char *name,
                      const void *bytes, size_t len)
{
    char path[MOCK_PATH_MAX];
    char whole[MOCK_PATH_MAX + 8];
    FILE *file;

    mock_path(host, name, path);
    make_folders(host, path);
    snprintf(whole, sizeof whole, "%s.whole", path);
    file = fopen(whole, "w");
    ck_assert_msg(file != NULL, "%s", whole);
    ck_assert_uint_eq(fwrite(bytes, 1, len, file), len);
    ck_assert_int_eq(fclose(file), 0);
    ck_assert_int_eq(rename(whole, path), 0);
}

void mock_write(struct mock_host *host, const char *name, const char *text)
{
    mock_write_bytes(host, name, text, strlen(text));
}

char *mock_conf_of_script(const struct mock_host *host, const char *name)
{
    char *conf;

    if (asprintf(&conf,
                 "{\"script\": \"%s/%s\", \"limits\": {\"run_ms\": 10000}}",
                 host->install_dir, name) < 0)
        abort();
    return conf;
}

/* --- What was recorded ------------------------------------------------- */

const char *mock_order(struct mock_host *host)
{
    fflush(host->order_stream);
    return host->order;
}
