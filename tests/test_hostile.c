/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Runs every script of a folder, $HOSTILE or tests/lua/hostile: RUNS runs each
 * on each of two workers (or $HOSTILE_WORKERS), threads that block all signals
 * as a host's may, then a well-behaved script on the same host. A script's
 * first line says what may come of it: "[expect: error|timeout]".
 */
#include <check.h>
#include <dirent.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "cpu_time.h"
#include "mock_expect.h"
#include "mock_flow.h"
#include "run_suite.h"

#define RUNS 20
#define BUDGET_MS 50
#define GRACE_MS 20
#define PEAK_MAX (2 * 4096 * 1024 + 1024 * 1024)
#define WORKERS_MAX 16
#define SCRIPT_MAX (4 * 1024 * 1024)

static struct dirent **entries;
static const char *folder;
static unsigned worker_count = 2;

static char *read_script(const char *name, size_t *len)
{
    char path[MOCK_PATH_MAX];
    char *text = malloc(SCRIPT_MAX + 1);
    FILE *file;

    ck_assert_ptr_nonnull(text);
    snprintf(path, sizeof path, "%s/%s", folder, name);
    file = fopen(path, "rb");
    ck_assert_msg(file != NULL, "%s", path);
    *len = fread(text, 1, SCRIPT_MAX, file);
    text[*len] = '\0';
    fclose(file);
    return text;
}

static bool may(const char *text, const char *outcome)
{
    const char *at = strstr(text, "[expect:");
    const char *end = at == NULL ? NULL : strchr(at, ']');
    const char *found = at == NULL ? NULL : strstr(at, outcome);

    return end == NULL || (found != NULL && found < end);
}

/* The first outcome that the script's first line does not allow, or NULL. */
static const char *surprise(const char *text, const struct fc_stats *stats)
{
    const uint64_t *failures = stats->failures;

    if (may(text, "any"))
        return NULL;
    if (failures[FC_FAILURE_TIME] > 0 && !may(text, "timeout"))
        return "timeout";
    if (failures[FC_FAILURE_MEMORY] > 0 && !may(text, "memory"))
        return "memory";
    if (failures[FC_FAILURE_SYNTAX] + failures[FC_FAILURE_FILE] > 0 &&
        !may(text, "loaderr"))
        return "loaderr";
    if (failures[FC_FAILURE_RUNTIME] + failures[FC_FAILURE_ARGUMENT] +
                failures[FC_FAILURE_BLOCKED] >
            0 &&
        !may(text, "error"))
        return "error";
    if (stats->ok > 0 && !may(text, "ok"))
        return "ok";
    return NULL;
}

struct worker {
    pthread_t thread;
    struct mock_host *host;
    struct mock_instance *instance;
    const struct fc_flow *flow;
    double least[RUNS]; /* that a run took, over all tries: see cpu_time.h */
};

static void *work(void *context)
{
    struct worker *worker = context;

    worker->instance = mock_enable(worker->host, 0);
    mock_config(worker->instance, worker->host->script_conf);
    for (int i = 0; i < RUNS; i++) {
        double start = cpu_ms();

        mock_run(worker->instance, FC_HOOK_DETECTED, worker->flow);
        worker->least[i] = fmin(worker->least[i], cpu_ms() - start);
    }
    return NULL;
}

static void run_workers(struct worker *workers)
{
    sigset_t all, old;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    for (unsigned i = 0; i < worker_count; i++)
        ck_assert_int_eq(
            pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    for (unsigned i = 0; i < worker_count; i++)
        pthread_join(workers[i].thread, NULL);
}

/* The longest run, in milliseconds of CPU time. */
static double worst_run(const struct worker *workers)
{
    double worst = 0;

    for (unsigned i = 0; i < worker_count; i++)
        for (int run = 0; run < RUNS; run++)
            worst = fmax(worst, workers[i].least[run]);
    return worst;
}

static void expect_harmless(const char *name, const char *text,
                            const struct worker *worker)
{
    struct fc_stats stats = mock_stats(worker->instance, FC_HOOK_DETECTED);

    ck_assert_msg(stats.memory_peak <= PEAK_MAX, "%s: peak %llu", name,
                  (unsigned long long)stats.memory_peak);
    ck_assert_msg(surprise(text, &stats) == NULL, "%s: unexpected %s (%s)",
                  name, surprise(text, &stats),
                  stats.last_error ? stats.last_error : "");
}

/* A script that behaves well, on the same host. */
static void expect_unharmed(struct mock_host *host)
{
    struct fc_flow flow = mock_any_flow();
    size_t alerts = host->alert_count;

    mock_run_script(host, "flow.triggerAlert(7, 'unharmed')", &flow);
    expect_alert_count(host, alerts + 1);
    expect_alert(host, alerts, 7, "unharmed");
}

/* The script on all workers, again while a run takes more than it may. */
static double try_workers(struct mock_host *host, const char *name,
                          const char *text)
{
    const double most = (BUDGET_MS + GRACE_MS) * slowness();
    struct fc_flow flow = mock_any_flow();
    struct worker workers[WORKERS_MAX];

    for (unsigned i = 0; i < worker_count; i++) {
        workers[i] = (struct worker){ .host = host, .flow = &flow };
        for (int run = 0; run < RUNS; run++)
            workers[i].least[run] = INFINITY;
    }
    for (int i = 0; i == 0 || (i < TRIES_MAX && worst_run(workers) > most);
         i++) {
        run_workers(workers);
        for (unsigned j = 0; j < worker_count; j++)
            expect_harmless(name, text, &workers[j]);
    }
    return worst_run(workers);
}

START_TEST(a_hostile_script_hurts_nobody)
{
    const char *name = entries[_i]->d_name;
    struct mock_host *host = mock_host_new();
    size_t len;
    char *text = read_script(name, &len);
    char conf[128];
    double worst;

    snprintf(conf, sizeof conf,
             "{\"limits\": {\"kills\": 1000000, \"run_ms\": %.0f}}",
             BUDGET_MS * slowness());
    host->script_conf = conf;
    mock_write_bytes(host, MOCK_SCRIPT, text, len);
    mock_load(host);
    worst = try_workers(host, name, text);
    printf("%s: worst %.1f ms\n", name, worst);
    fflush(stdout);
    ck_assert_msg(worst <= (BUDGET_MS + GRACE_MS) * slowness(), "%s: %.1f ms",
                  name, worst);
    expect_unharmed(host);
    free(text);
    mock_host_free(host);
}
END_TEST

static int is_lua(const struct dirent *entry)
{
    const char *dot = strrchr(entry->d_name, '.');

    return dot != NULL && strcmp(dot, ".lua") == 0;
}

int main(void)
{
    Suite *suite = suite_create("hostile");
    TCase *tests = tcase_create("hostile");
    int count;

    if (getenv("HOSTILE_WORKERS") != NULL)
        worker_count = (unsigned)atoi(getenv("HOSTILE_WORKERS"));
    if (worker_count < 1 || worker_count > WORKERS_MAX)
        worker_count = 2;
    folder = getenv("HOSTILE");
    if (folder == NULL)
        folder = "tests/lua/hostile";
    count = scandir(folder, &entries, is_lua, alphasort);
    if (count <= 0) {
        fprintf(stderr, "%s: no scripts\n", folder);
        return EXIT_FAILURE;
    }
    suite_add_tcase(suite, tests);
    tcase_add_loop_test(tests, a_hostile_script_hurts_nobody, 0, count);
    return run_suite(suite);
}
