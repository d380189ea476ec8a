/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Runs every script of a folder, $HOSTILE or tests/lua/hostile: RUNS runs each
 * on one instance, then a well-behaved script on the same host. A script's
 * first line says what may come of it: "[expect: error|timeout]".
 */
#include <check.h>
#include <dirent.h>
#include <math.h>
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
#define SCRIPTS_MAX 1000
#define SCRIPT_MAX (4 * 1024 * 1024)

static struct dirent **entries;
static const char *folder;

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

/* What each of the runs took, at least, over all tries: see cpu_time.h. */
struct times {
    double least[RUNS];
    double worst; /* of them */
};

static void note_time(struct times *times, int run, double took)
{
    if (took < times->least[run])
        times->least[run] = took;
    if (times->least[run] > times->worst)
        times->worst = times->least[run];
}

/* The runs, on a new instance. */
static struct fc_stats run_all(struct mock_host *host, struct times *times)
{
    struct mock_instance *instance = mock_start(host);
    struct fc_flow flow = mock_any_flow();

    times->worst = 0;
    for (int i = 0; i < RUNS; i++) {
        double start = cpu_ms();

        mock_run(instance, FC_HOOK_DETECTED, &flow);
        note_time(times, i, cpu_ms() - start);
    }
    return mock_stats(instance, FC_HOOK_DETECTED);
}

static void expect_harmless(const char *name, const char *text,
                            const struct fc_stats *stats)
{
    ck_assert_msg(stats->memory_peak <= PEAK_MAX, "%s: peak %llu", name,
                  (unsigned long long)stats->memory_peak);
    ck_assert_msg(surprise(text, stats) == NULL, "%s: unexpected %s (%s)", name,
                  surprise(text, stats),
                  stats->last_error ? stats->last_error : "");
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

START_TEST(a_hostile_script_hurts_nobody)
{
    const char *name = entries[_i]->d_name;
    const double most = (BUDGET_MS + GRACE_MS) * slowness();
    struct mock_host *host = mock_host_new();
    struct times times = { .worst = most + 1 };
    struct fc_stats stats;
    size_t len;
    char *text = read_script(name, &len);
    char conf[128];

    for (int i = 0; i < RUNS; i++)
        times.least[i] = INFINITY;
    snprintf(conf, sizeof conf,
             "{\"limits\": {\"kills\": 1000000, \"run_ms\": %.0f}}",
             BUDGET_MS * slowness());
    host->script_conf = conf;
    mock_write_bytes(host, MOCK_SCRIPT, text, len);
    for (int i = 0; i < TRIES_MAX && times.worst > most; i++) {
        stats = run_all(host, &times);
        expect_harmless(name, text, &stats);
    }
    printf("%s: worst %.1f ms, peak %llu KB\n", name, times.worst,
           (unsigned long long)stats.memory_peak / 1024);
    fflush(stdout);
    ck_assert_msg(times.worst <= most, "%s: %.1f ms", name, times.worst);
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
