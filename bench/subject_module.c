/* SPDX-License-Identifier: GPL-3.0-or-later */
/* subject_module - the module, loaded as a host loads it; the least of a host.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "subject.h"

static enum fc_status take_check(const struct fc_host *host,
                                 const struct fc_check *check)
{
    struct subject *subject = host->data;

    fc_copy_struct(&subject->check, sizeof subject->check, check);
    return FC_OK;
}

static enum fc_alert_fate count_alert(const struct fc_host *host,
                                      const struct fc_flow *flow,
                                      const struct fc_alert *alert)
{
    struct subject *subject = host->data;

    (void)flow;
    (void)alert;
    subject->alerts++;
    return FC_ALERT_RAISED;
}

static void print_log(const struct fc_host *host, enum fc_log_level level,
                      const char *text)
{
    (void)host;
    if (level <= FC_LOG_WARNING)
        die("module", text);
}

static const char *no_dir(const struct fc_host *host)
{
    (void)host;
    return "/nowhere";
}

static uint64_t read_clock(const struct fc_host *host)
{
    struct timespec time;

    (void)host;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static void load_module(struct subject *subject)
{
    const char *path = getenv("FLOW_USER_CHECK");
    fc_module_init_fn *init;
    void *module, *symbol;

    if (path == NULL)
        path = "plugin/.libs/flow_user_check.so";
    module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    symbol = module != NULL ? dlsym(module, FC_MODULE_INIT) : NULL;
    if (symbol == NULL)
        die(path, dlerror());
    memcpy(&init, &symbol, sizeof init);
    if (init(&subject->host) != FC_OK)
        die(path, "does not start");
}

static void write_script(struct subject *subject, const char *script)
{
    int file;

    strcpy(subject->path, "/tmp/bench_script.XXXXXX");
    file = mkstemp(subject->path);
    if (file < 0 || dprintf(file, "%s", script) < 0)
        die(subject->path, "cannot be written");
    close(file);
}

static void run_module(struct subject *subject, const struct fc_flow *flow)
{
    subject->check.on_detect(subject->instance, flow);
}

void open_module(struct subject *subject, const char *script)
{
    char conf[128];

    subject->host = (struct fc_host){
        .struct_size = sizeof subject->host,
        .abi_version = FC_ABI_VERSION,
        .data = subject,
        .name = "bench_script",
        .register_check = take_check,
        .trigger_alert = count_alert,
        .log = print_log,
        .install_dir = no_dir,
        .clock = read_clock,
    };
    load_module(subject);
    write_script(subject, script);
    snprintf(conf, sizeof conf, "{\"script\":\"%s\"}", subject->path);
    if (subject->check.enable(&subject->host, 0, &subject->instance) != FC_OK ||
        subject->check.config(subject->instance, conf, strlen(conf)) != FC_OK)
        die("module", "cannot be enabled");
    subject->run = run_module;
}

void read_stats(struct subject *subject)
{
    struct fc_stats stats = { .struct_size = sizeof stats };

    subject->check.stats(subject->instance, FC_HOOK_DETECTED, &stats);
    if (stats.ok != stats.runs || stats.skipped != 0)
        die("module", "a run has failed");
    subject->used = stats.memory_used;
    subject->blocks = stats.allocations;
}

void close_module(struct subject *subject)
{
    subject->check.disable(subject->instance);
    unlink(subject->path);
}
