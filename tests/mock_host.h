/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mock_host - a host for tests of the module, which remembers what the module
 * did. It loads the built module as a real host does, from the path in the
 * environment variable FLOW_USER_CHECK, and hands it flows made by hand. It has
 * no packets, no settings and no opinion about alerts.
 *
 * It holds the module to flow_check.h all the time: an alert outside a hook, a
 * score out of range or a call on a wrong thread fails the test when the host
 * is freed, whatever the test was about.
 *
 * Functions of this file fail the test when something is wrong that no test is
 * about. Only the calls into the module may be made off the main thread.
 */
#ifndef MOCK_HOST_H
#define MOCK_HOST_H

#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>

#include "flow_check.h"

/* Where scripts and their modules are, below the install dir. */
#define MOCK_SCRIPTS "scripts/callbacks/checks/flows/"
#define MOCK_SCRIPT_NAME "custom_flow_lua_script.lua"
#define MOCK_SCRIPT MOCK_SCRIPTS MOCK_SCRIPT_NAME
#define MOCK_NEWER_SCRIPT \
    MOCK_SCRIPTS "custom_flow_protocol_detected_script.lua"
#define MOCK_PERIODIC_SCRIPT MOCK_SCRIPTS "custom_flow_periodic_script.lua"
#define MOCK_END_SCRIPT MOCK_SCRIPTS "custom_flow_end_script.lua"
#define MOCK_MODULES "scripts/lua/modules/"

/*
 * Time in plenty: whoever tests something else than the limit of time must not
 * meet it, however slow the processor, and whatever tool it runs in.
 */
#define MOCK_PATIENT "{\"limits\": {\"run_ms\": 10000}}"

/* Room for the path of a file below the install dir. */
#define MOCK_PATH_MAX PATH_MAX

struct mock_alert {
    const struct fc_flow *flow; /* the pointer that the module handed over */
    enum fc_hook hook;
    int32_t score;
    size_t message_len;
    char *message; /* message_len bytes, and a NUL after them */
    char *script;  /* NULL: none */
    pthread_t thread;
};

struct mock_line {
    enum fc_log_level level;
    char *text;
    pthread_t thread;
};

struct mock_host {
    /*
     * What the module is told; a test may change it. Each fc_module_init and
     * each enable gets a copy of offer.struct_size bytes, no byte more.
     */
    struct fc_host offer;
    enum fc_alert_fate fate; /* the answer to every alert */
    uint64_t time;           /* what its clock says: stands still by itself */
    const char *script_conf; /* what mock_start hands over: MOCK_PATIENT */
    char install_dir[MOCK_PATH_MAX / 2]; /* this host's own; empty at first */

    /* What the module did. */
    unsigned registered;   /* how many checks */
    struct fc_check check; /* the last of them, in a struct of our size */
    struct mock_alert *alerts;
    size_t alert_count;
    struct mock_line *lines; /* of its log */
    size_t line_count;

    /* Of mock_host.c. */
    void *module;
    struct mock_instance *inits; /* what each fc_module_init got */
    bool loading;                /* fc_module_init runs */
    struct mock_instance *instances;
    pthread_mutex_t lock; /* of all that is recorded */
    FILE *order_stream;
    char *order;
    size_t order_len;
    const char *breach; /* the first broken rule, or NULL */
};

/* A host at rest: nothing is loaded yet. */
struct mock_host *mock_host_new(void);

/*
 * Disables what is still enabled, unloads, removes the install dir. Fails the
 * test when the module broke a rule of flow_check.h.
 */
void mock_host_free(struct mock_host *host);

/*
 * Loads the module (again) and calls its fc_module_init. When that returns
 * FC_OK, exactly one check was registered, and it is complete.
 */
enum fc_status mock_load(struct mock_host *host);

/* Calls into the module. The host is loaded first where it is not. */
struct mock_instance *mock_enable(struct mock_host *host, unsigned worker);
enum fc_status mock_config(struct mock_instance *instance, const char *json);
void mock_run(struct mock_instance *instance, enum fc_hook hook,
              const struct fc_flow *flow);
enum fc_status mock_read_stats(struct mock_instance *instance,
                               enum fc_hook hook, struct fc_stats *stats);
enum fc_status mock_lint(struct mock_instance *instance, fc_finding_fn *found,
                         void *context);
uint32_t mock_active(struct mock_instance *instance);
void mock_disable(struct mock_instance *instance);

/*
 * Runs the detected hook, again and again, until its figures are as is_so wants
 * them: something that the module notices by itself, in its own time.
 */
void mock_run_until(struct mock_instance *instance, const struct fc_flow *flow,
                    bool (*is_so)(const struct fc_stats *stats));

/* The figures of a hook, which the module must have. */
struct fc_stats mock_stats(struct mock_instance *instance, enum fc_hook hook);

/* Enables an instance and hands it host->script_conf, which it must take. */
struct mock_instance *mock_start(struct mock_host *host);

/* Installs a script of the detected hook, then starts an instance of it. */
struct mock_instance *mock_start_script(struct mock_host *host,
                                        const char *script);

/* All that, and one run of the detected hook. */
struct mock_instance *mock_run_script(struct mock_host *host,
                                      const char *script,
                                      const struct fc_flow *flow);

/* Files below the install dir; folders are made as needed. */
void mock_write(struct mock_host *host, const char *name, const char *text);
void mock_write_bytes(struct mock_host *host, const char *name,
                      const void *bytes, size_t len);
void mock_path(const struct mock_host *host, const char *name,
               char path[static MOCK_PATH_MAX]);

/* A script_conf that names a file below the install dir; free() it. */
char *mock_conf_of_script(const struct mock_host *host, const char *name);

/*
 * The calls in both directions, in their order, as words with a space after
 * each: register enable config detected periodic end disable, alert, and a
 * logged line by its level: error warning info debug output.
 */
const char *mock_order(struct mock_host *host);

#endif
