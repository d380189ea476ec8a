/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bench_script - what one run of a script costs, three times over:
 *
 *   floor    the script in a bare Lua state: lua_pcall, functions that read the
 *            flow and push it, no limit, no sandbox, nobody counts;
 *   module   the built module, loaded as a host loads it, all limits armed;
 *   collect  the floor with Lua's whole library and a full collection after
 *            each run, which is what ntopng does.
 *
 * The three take turns within each round, so that a busy machine slows all of
 * them; the ratios are medians over the rounds. Each round has states of its
 * own, because Lua seeds its hashes with addresses: one state's names collide, the
 * next one's don't, and a look-up takes 5 ns more or less. Times are CPU time.
 *
 *   bench_script                        all cases
 *   bench_script CASE                   those whose name begins so
 *   bench_script CASE SUBJECT RUNS      that many runs and no table, for a
 *                                       profiler that counts instructions
 *
 * Environment: FLOW_USER_CHECK the module file, BENCH_ROUNDS (21),
 * BENCH_SMOKE=1 to see in less than a second whether everything still works.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "mock_flow.h"
#include "subject.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define ROUNDS_MAX 99
/* Runs of which the bytes are taken; a collection falls into few of them. */
#define MEMORY_RUNS 101

void die(const char *what, const char *why)
{
    fprintf(stderr, "bench_script: %s: %s\n", what, why);
    exit(1);
}

/* --- Cases --------------------------------------------------------------- */

enum protocol { NONE, HTTP, DNS, SSH, TLS };

struct bench_case {
    const char *name;
    unsigned hit_every; /* each so-manieth flow is one to port 53; 0 none */
    enum protocol protocol;
    unsigned cost;      /* in runs of the first case, about */
    const char *script; /* NULL: the file realistic.lua */
};

#define PORT_53                                                     \
    "if(flow.cli_port() == 53 or flow.srv_port() == 53) then\n"     \
    "   flow.triggerAlert(100, 'a flow to or from port 53')\nend\n" \
    "return(0)\n"

static const struct bench_case cases[] = {
    { "empty script", 0, NONE, 1, "return(0)" },
    { "port 53, miss", 0, NONE, 2, PORT_53 },
    { "port 53, hit", 1, NONE, 3, PORT_53 },
    { "port 53 of the server, miss", 0, NONE, 2,
      "if flow.srv_port() == 53 then\n"
      "   flow.triggerAlert(100, 'a flow to port 53 of ' .. flow.srv())\n"
      "end\n" },
    { "port 53, 100 alerts in a million", 10000, NONE, 2, PORT_53 },
    { "numeric getters, all 9", 0, NONE, 5,
      "local n = flow.cli_port() + flow.srv_port() + flow.protocol()\n"
      "n = n + flow.vlan_id() + flow.cli2srv_bytes()\n"
      "n = n + flow.srv2cli_bytes() + flow.bytes()\n"
      "n = n + flow.l7_master_proto() + flow.l7_proto()\n"
      "return(0)" },
    { "getters, all 19", 0, DNS, 30,
      "local a, b, c = flow.cli(), flow.cli_port(), flow.srv()\n"
      "local d, e, f = flow.srv_port(), flow.protocol(), flow.vlan_id()\n"
      "local g, h = flow.is_oneway(), flow.is_unicast()\n"
      "local i, j = flow.cli2srv_bytes(), flow.srv2cli_bytes()\n"
      "local k, l = flow.bytes(), flow.l7_master_proto()\n"
      "local m, n = flow.l7_proto(), flow.l7_proto_name()\n"
      "local o, p, q = flow.direction(), flow.http(), flow.dns()\n"
      "local r, s = flow.ssh(), flow.tls_quic()\n"
      "return(0)" },
    { "http table", 0, HTTP, 15, "local t = flow.http()" },
    { "dns table", 0, DNS, 8, "local t = flow.dns()" },
    { "ssh table", 0, SSH, 10, "local t = flow.ssh()" },
    { "tls_quic table", 0, TLS, 30, "local t = flow.tls_quic()" },
    { "dns table, one key read", 0, DNS, 9,
      "local t = flow.dns()\n"
      "if t and t['protos.dns.last_query'] == 'x' then return 1 end" },
    { "realistic, 60 lines, dns", 1, DNS, 60, NULL },
};

static char *read_realistic(void)
{
    static char text[65536];
    FILE *file = fopen(BENCH_DIR "/realistic.lua", "r");
    size_t len;

    if (file == NULL)
        die(BENCH_DIR "/realistic.lua", "cannot be read");
    len = fread(text, 1, sizeof text - 1, file);
    text[len] = '\0';
    fclose(file);
    return text;
}

static struct fc_flow make_flow(const struct bench_case *a_case, uint16_t port)
{
    struct fc_flow flow = mock_flow("192.0.2.10", 50123, "198.51.100.20", port);

    flow.http = a_case->protocol == HTTP ? &mock_http : NULL;
    flow.dns = a_case->protocol == DNS ? &mock_dns : NULL;
    flow.ssh = a_case->protocol == SSH ? &mock_ssh : NULL;
    flow.tls = a_case->protocol == TLS ? &mock_tls : NULL;
    return flow;
}

/* --- What is measured ---------------------------------------------------- */

enum subject_kind { FLOOR, MODULE, COLLECT };
static const char *const subject_names[] = { "floor", "module", "collect" };
#define SUBJECTS 3

static void open_subject(struct subject *subject, enum subject_kind kind,
                         const char *script)
{
    memset(subject, 0, sizeof *subject);
    if (kind == MODULE)
        open_module(subject, script);
    else
        open_bare(subject, script, kind == COLLECT);
}

static void close_subject(struct subject *subject, enum subject_kind kind)
{
    if (kind == MODULE)
        close_module(subject);
    else
        close_bare(subject);
}

/* --- Measuring ----------------------------------------------------------- */

struct flows {
    struct fc_flow miss, hit;
    unsigned hit_every;
};

static struct flows make_flows(const struct bench_case *c)
{
    return (struct flows){ make_flow(c, 443), make_flow(c, 53), c->hit_every };
}

static void run_many(struct subject *subject, const struct flows *flows,
                     unsigned runs)
{
    unsigned until_hit = flows->hit_every;

    for (unsigned i = 0; i < runs; i++) {
        bool is_hit = until_hit != 0 && --until_hit == 0;

        subject->run(subject, is_hit ? &flows->hit : &flows->miss);
        if (is_hit)
            until_hit = flows->hit_every;
    }
}

/* Nanoseconds of a run. */
static double time_runs(struct subject *subject, const struct flows *flows,
                        unsigned runs)
{
    struct timespec from, to;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
    run_many(subject, flows, runs);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
    return ((double)(to.tv_sec - from.tv_sec) * 1e9 +
            (double)(to.tv_nsec - from.tv_nsec)) /
           runs;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, compare);
    return values[count / 2];
}

/* Bytes that one run leaves for the collector. */
static double bytes_per_run(struct subject *subject, const struct flows *flows)
{
    double grown[MEMORY_RUNS];

    for (size_t i = 0; i < MEMORY_RUNS; i++) {
        size_t before;

        read_stats(subject);
        before = subject->used;
        run_many(subject, flows, 1);
        read_stats(subject);
        grown[i] = (double)subject->used - (double)before;
    }
    return median(grown, MEMORY_RUNS);
}

struct plan {
    unsigned rounds;
    unsigned runs; /* of the first case, in a round */
};

static void print_head(void)
{
    printf("%-34s %8s %8s %9s %7s %9s %6s %6s\n", "", "floor", "module",
           "collect", "module", "module", "blocks", "bytes");
    printf("%-34s %8s %8s %9s %7s %9s %6s %6s\n", "case", "ns", "ns", "ns",
           "/floor", "/collect", "/run", "/run");
}

/* A full collection takes some fifty times as long as a run. */
static unsigned runs_of(const struct plan *plan, const struct bench_case *c,
                        enum subject_kind kind)
{
    unsigned runs = plan->runs / c->cost;

    return kind == COLLECT ? runs / 20 + 1 : runs + 1;
}

/* What the rounds of a case have given. */
struct figures {
    double ns[SUBJECTS][ROUNDS_MAX];
    double to_floor[ROUNDS_MAX], to_collect[ROUNDS_MAX];
    double blocks[ROUNDS_MAX], bytes[ROUNDS_MAX];
};

static void run_round(const struct plan *plan, const struct bench_case *c,
                      struct subject subjects[SUBJECTS], unsigned round,
                      struct figures *to)
{
    const struct flows flows = make_flows(c);
    struct subject *module = &subjects[MODULE];
    double blocks;

    for (int i = 0; i < SUBJECTS; i++)
        run_many(&subjects[i], &flows, runs_of(plan, c, COLLECT));
    read_stats(module);
    blocks = (double)module->blocks;
    for (int i = 0; i < SUBJECTS; i++)
        to->ns[i][round] = time_runs(&subjects[i], &flows,
                                     runs_of(plan, c, (enum subject_kind)i));
    read_stats(module);
    to->blocks[round] =
        ((double)module->blocks - blocks) / runs_of(plan, c, MODULE);
    if (subjects[FLOOR].alerts != module->alerts)
        die(c->name, "floor and module do not raise the same alerts");
    to->bytes[round] = bytes_per_run(module, &flows);
    to->to_floor[round] = to->ns[MODULE][round] / to->ns[FLOOR][round];
    to->to_collect[round] = to->ns[MODULE][round] / to->ns[COLLECT][round];
}

static void print_figures(const struct bench_case *c, struct figures *figures,
                          unsigned rounds)
{
    printf(
        "%-34s %8.1f %8.1f %9.1f %7.2f %9.4f %6.2f %6.0f\n", c->name,
        median(figures->ns[FLOOR], rounds), median(figures->ns[MODULE], rounds),
        median(figures->ns[COLLECT], rounds), median(figures->to_floor, rounds),
        median(figures->to_collect, rounds), median(figures->blocks, rounds),
        median(figures->bytes, rounds));
    fflush(stdout);
}

static void run_case(const struct plan *plan, const struct bench_case *c)
{
    static struct subject subjects[SUBJECTS];
    static struct figures figures;
    const char *script = c->script != NULL ? c->script : read_realistic();

    for (unsigned round = 0; round < plan->rounds; round++) {
        for (int i = 0; i < SUBJECTS; i++)
            open_subject(&subjects[i], (enum subject_kind)i, script);
        run_round(plan, c, subjects, round, &figures);
        for (int i = 0; i < SUBJECTS; i++)
            close_subject(&subjects[i], (enum subject_kind)i);
    }
    print_figures(c, &figures, plan->rounds);
}

static void run_for_profiler(const struct bench_case *c, const char *name,
                             unsigned runs)
{
    static struct subject subject;
    const struct flows flows = make_flows(c);
    const char *script = c->script != NULL ? c->script : read_realistic();

    for (int i = 0; i < SUBJECTS; i++) {
        if (strcmp(name, subject_names[i]) != 0)
            continue;
        open_subject(&subject, (enum subject_kind)i, script);
        run_many(&subject, &flows, runs);
        close_subject(&subject, (enum subject_kind)i);
    }
}

static struct plan make_plan(void)
{
    const char *rounds = getenv("BENCH_ROUNDS");
    struct plan plan = { 21, 400000 };

    if (rounds != NULL)
        plan.rounds = (unsigned)strtoul(rounds, NULL, 10);
    if (plan.rounds == 0 || plan.rounds > ROUNDS_MAX)
        die("BENCH_ROUNDS", "is 1 to 99");
    if (getenv("BENCH_SMOKE") != NULL)
        plan = (struct plan){ 1, 2000 };
    return plan;
}

int main(int argc, char **argv)
{
    struct plan plan = make_plan();
    const char *prefix = argc > 1 ? argv[1] : "";

    if (argc < 4)
        print_head();
    for (size_t i = 0; i < COUNT(cases); i++) {
        if (strncmp(cases[i].name, prefix, strlen(prefix)) != 0)
            continue;
        if (argc < 4) {
            run_case(&plan, &cases[i]);
            continue;
        }
        run_for_profiler(&cases[i], argv[2],
                         (unsigned)strtoul(argv[3], NULL, 10));
        break;
    }
    return 0;
}
