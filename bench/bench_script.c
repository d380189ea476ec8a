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
 * own, for Lua seeds its hashes with addresses: one state's names collide, the
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
#include <arpa/inet.h>
#include <dlfcn.h>
#include <lauxlib.h>
#include <lualib.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "flow_check.h"
#include "mock_flow.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define ROUNDS_MAX 99
/* Runs of which the bytes are taken; a collection falls into few of them. */
#define MEMORY_RUNS 101

static void die(const char *what, const char *why)
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

struct subject {
    void (*run)(struct subject *subject, const struct fc_flow *flow);
    uint64_t alerts;
    size_t blocks; /* that Lua has asked for so far */
    size_t used;   /* bytes that Lua holds now */

    /* Of the floor and of collect. */
    lua_State *L;
    const struct fc_flow *flow;

    /* Of the module. */
    struct fc_check check;
    struct fc_host host;
    void *instance;
    char path[64]; /* of its script */
};

/* --- The floor: getters as short as Lua lets them be --------------------- */

static const struct fc_flow *flow_of(lua_State *L)
{
    return (*(struct subject **)lua_getextraspace(L))->flow;
}

static int push_address(lua_State *L, const uint8_t address[16])
{
    char text[INET6_ADDRSTRLEN];
    int family = flow_of(L)->ip_version == 6 ? AF_INET6 : AF_INET;

    lua_pushstring(L, inet_ntop(family, address, text, sizeof text));
    return 1;
}

static int get_cli(lua_State *L)
{
    return push_address(L, flow_of(L)->cli_addr);
}

static int get_srv(lua_State *L)
{
    return push_address(L, flow_of(L)->srv_addr);
}

#define NUMBER_GETTER(name, value)                \
    static int get_##name(lua_State *L)           \
    {                                             \
        const struct fc_flow *flow = flow_of(L);  \
                                                  \
        lua_pushinteger(L, (lua_Integer)(value)); \
        return 1;                                 \
    }
NUMBER_GETTER(cli_port, flow->cli_port)
NUMBER_GETTER(srv_port, flow->srv_port)
NUMBER_GETTER(protocol, flow->l4_proto)
NUMBER_GETTER(vlan_id, flow->vlan_id)
NUMBER_GETTER(cli2srv_bytes, flow->cli2srv_bytes)
NUMBER_GETTER(srv2cli_bytes, flow->srv2cli_bytes)
NUMBER_GETTER(bytes, flow->cli2srv_bytes + flow->srv2cli_bytes)
NUMBER_GETTER(l7_master_proto, flow->l7_master_proto)
NUMBER_GETTER(l7_proto, flow->l7_proto)

static int get_l7_proto_name(lua_State *L)
{
    lua_pushstring(L, flow_of(L)->l7_proto_name);
    return 1;
}

static int get_is_oneway(lua_State *L)
{
    lua_pushboolean(L, (flow_of(L)->cli2srv_packets == 0) !=
                           (flow_of(L)->srv2cli_packets == 0));
    return 1;
}

static int get_is_unicast(lua_State *L)
{
    lua_pushboolean(L, (flow_of(L)->flags & FC_FLOW_UNICAST) != 0);
    return 1;
}

static int get_direction(lua_State *L)
{
    static const char *const names[4] = { "remote2remote", "local2remote",
                                          "remote2local", "local2local" };

    lua_pushstring(L, names[flow_of(L)->flags & 3]);
    return 1;
}

static void set_text(lua_State *L, const char *key, const char *text)
{
    if (text == NULL)
        return;
    lua_pushstring(L, text);
    lua_setfield(L, -2, key);
}

static void set_number(lua_State *L, const char *key, int64_t number)
{
    lua_pushinteger(L, number);
    lua_setfield(L, -2, key);
}

static int get_http(lua_State *L)
{
    const struct fc_http *http = flow_of(L)->http;

    if (http == NULL)
        return 0;
    lua_createtable(L, 0, 6);
    set_text(L, "protos.http.last_method", http->method);
    set_number(L, "protos.http.last_return_code", http->return_code);
    set_text(L, "protos.http.last_url", http->url);
    set_text(L, "protos.http.last_user_agent", http->user_agent);
    set_text(L, "protos.http.last_server", http->server);
    set_text(L, "protos.http.server_name", http->server_name);
    return 1;
}

static int get_dns(lua_State *L)
{
    const struct fc_dns *dns = flow_of(L)->dns;

    if (dns == NULL)
        return 0;
    lua_createtable(L, 0, 4);
    set_text(L, "protos.dns.last_query", dns->query);
    set_number(L, "protos.dns.last_query_type", dns->query_type);
    set_number(L, "protos.dns.last_return_code", dns->return_code);
    lua_pushboolean(L, dns->invalid_chars_in_query);
    lua_setfield(L, -2, "protos.dns.invalid_chars_in_query");
    return 1;
}

static int get_ssh(lua_State *L)
{
    const struct fc_ssh *ssh = flow_of(L)->ssh;

    if (ssh == NULL)
        return 0;
    lua_createtable(L, 0, 4);
    set_text(L, "protos.ssh.client_signature", ssh->client_signature);
    set_text(L, "protos.ssh.server_signature", ssh->server_signature);
    set_text(L, "protos.ssh.hassh.client_hash", ssh->hassh_client);
    set_text(L, "protos.ssh.hassh.server_hash", ssh->hassh_server);
    return 1;
}

static int get_tls_quic(lua_State *L)
{
    const struct fc_tls *tls = flow_of(L)->tls;

    if (tls == NULL)
        return 0;
    lua_createtable(L, 0, 13);
    set_number(L, "protos.tls_version", tls->version);
    set_text(L, "protos.tls.client_requested_server_name", tls->sni);
    set_text(L, "protos.tls.server_names", tls->server_names);
    set_text(L, "protos.tls.client_alpn", tls->alpn);
    set_text(L, "protos.tls.client_tls_supported_versions",
             tls->supported_versions);
    set_text(L, "protos.tls.issuerDN", tls->issuer_dn);
    set_text(L, "protos.tls.subjectDN", tls->subject_dn);
    set_number(L, "protos.tls.notBefore", tls->not_before);
    set_number(L, "protos.tls.notAfter", tls->not_after);
    set_text(L, "protos.tls.ja3.client_hash", tls->ja3_client);
    set_text(L, "protos.tls.ja3.server_hash", tls->ja3_server);
    set_text(L, "protos.tls.ja4.client_hash", tls->ja4_client);
    lua_pushboolean(L, tls->ja4_malicious);
    lua_setfield(L, -2, "protos.tls.ja4.client_malicious");
    return 1;
}

static int trigger_bare_alert(lua_State *L)
{
    luaL_checkinteger(L, 1);
    luaL_checkstring(L, 2);
    (*(struct subject **)lua_getextraspace(L))->alerts++;
    return 0;
}

static const luaL_Reg getters[] = {
    { "cli", get_cli },
    { "cli_port", get_cli_port },
    { "srv", get_srv },
    { "srv_port", get_srv_port },
    { "protocol", get_protocol },
    { "vlan_id", get_vlan_id },
    { "is_oneway", get_is_oneway },
    { "is_unicast", get_is_unicast },
    { "cli2srv_bytes", get_cli2srv_bytes },
    { "srv2cli_bytes", get_srv2cli_bytes },
    { "bytes", get_bytes },
    { "l7_master_proto", get_l7_master_proto },
    { "l7_proto", get_l7_proto },
    { "l7_proto_name", get_l7_proto_name },
    { "direction", get_direction },
    { "http", get_http },
    { "dns", get_dns },
    { "ssh", get_ssh },
    { "tls_quic", get_tls_quic },
    { "triggerAlert", trigger_bare_alert },
    { NULL, NULL },
};

static void *allocate(void *state, void *block, size_t old_size,
                      size_t new_size)
{
    struct subject *subject = state;

    subject->used += new_size - (block == NULL ? 0 : old_size);
    if (new_size == 0) {
        free(block);
        return NULL;
    }
    subject->blocks++;
    return realloc(block, new_size);
}

static void run_floor(struct subject *subject, const struct fc_flow *flow)
{
    subject->flow = flow;
    lua_pushvalue(subject->L, 1);
    if (lua_pcall(subject->L, 0, 0, 0) != LUA_OK)
        die("floor", lua_tostring(subject->L, -1));
}

static void run_collect(struct subject *subject, const struct fc_flow *flow)
{
    run_floor(subject, flow);
    lua_gc(subject->L, LUA_GCCOLLECT);
}

/* The floor needs no library but what the realistic script calls. */
static void open_floor(struct subject *subject, const char *script, bool all)
{
    subject->L = lua_newstate(allocate, subject);
    if (subject->L == NULL)
        die("floor", "out of memory");
    *(struct subject **)lua_getextraspace(subject->L) = subject;
    if (all)
        luaL_openlibs(subject->L);
    luaL_requiref(subject->L, "_G", luaopen_base, 1);
    luaL_requiref(subject->L, "string", luaopen_string, 1);
    luaL_newlib(subject->L, getters);
    lua_setglobal(subject->L, "flow");
    lua_settop(subject->L, 0);
    if (luaL_loadstring(subject->L, script) != LUA_OK)
        die("floor", lua_tostring(subject->L, -1));
    subject->run = all ? run_collect : run_floor;
}

/* --- The module and the least of a host ---------------------------------- */

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

static void open_module(struct subject *subject, const char *script)
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

static void read_stats(struct subject *subject)
{
    struct fc_stats stats = { .struct_size = sizeof stats };

    subject->check.stats(subject->instance, FC_HOOK_DETECTED, &stats);
    if (stats.ok != stats.runs || stats.skipped != 0)
        die("module", "a run has failed");
    subject->used = stats.memory_used;
    subject->blocks = stats.allocations;
}

static void close_subject(struct subject *subject)
{
    if (subject->L != NULL) {
        lua_close(subject->L);
        return;
    }
    subject->check.disable(subject->instance);
    unlink(subject->path);
}

static void open_subject(struct subject *subject, enum subject_kind kind,
                         const char *script)
{
    memset(subject, 0, sizeof *subject);
    if (kind == MODULE)
        open_module(subject, script);
    else
        open_floor(subject, script, kind == COLLECT);
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
        if ((subjects[FLOOR].alerts == 0) != (subjects[MODULE].alerts == 0))
            die(c->name, "floor and module do not raise the same alerts");
        for (int i = 0; i < SUBJECTS; i++)
            close_subject(&subjects[i]);
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
        close_subject(&subject);
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
