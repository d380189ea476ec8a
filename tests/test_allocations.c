/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Fails the 1st, 2nd, 3rd... allocation that the module makes in its life:
 * enable, config, runs, config anew, stats, disable, or a changed file. The
 * allocator here stands in front of libc's, for the module too. One sweep fails
 * a single allocation, which Lua answers with an emergency collection and
 * another try; the other fails all that follow in the same call, so that there
 * is no way out.
 *
 * AddressSanitizer and valgrind have allocators of their own: skipped there.
 */
#include <check.h>
#include <dlfcn.h>
#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "flow_check.h"
#include "mock_flow.h"
#include "run_suite.h"

#if defined(__SANITIZE_ADDRESS__)
#    define OWN_ALLOCATOR 0
#elif defined(__has_feature)
#    if __has_feature(address_sanitizer)
#        define OWN_ALLOCATOR 0
#    endif
#endif
#ifndef OWN_ALLOCATOR
#    define OWN_ALLOCATOR 1
#endif

/* More than that and a sweep has lost its end. */
#define ALLOCATIONS_MAX 100000

/* The allocator. Armed on one thread, and only inside a call of the module. */

static _Thread_local bool armed;
static _Thread_local bool failing;  /* one has failed in this call */
static _Thread_local bool rest_too; /* ... and so do those after it */
static _Thread_local unsigned long left;
static atomic_long blocks; /* outstanding */

#if OWN_ALLOCATOR
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void __libc_free(void *block);

static bool fails(void)
{
    if (!armed)
        return false;
    if ((failing && rest_too) || (left > 0 && --left == 0)) {
        failing = true;
        errno = ENOMEM;
        return true;
    }
    return false;
}

static void *count(void *block)
{
    if (block != NULL)
        atomic_fetch_add(&blocks, 1);
    return block;
}

void *malloc(size_t size)
{
    return fails() ? NULL : count(__libc_malloc(size));
}

void *calloc(size_t n, size_t size)
{
    return fails() ? NULL : count(__libc_calloc(n, size));
}

void *realloc(void *block, size_t size)
{
    if (fails())
        return NULL;
    return block == NULL ? count(__libc_malloc(size))
                         : __libc_realloc(block, size);
}

void free(void *block)
{
    if (block != NULL)
        atomic_fetch_sub(&blocks, 1);
    __libc_free(block);
}
#endif

/* The host: allocates nothing. */

static struct fc_check check;
static char folder[PATH_MAX];
static unsigned long log_lines;
static unsigned long renewals; /* of VMs */

static enum fc_status register_check(const struct fc_host *host,
                                     const struct fc_check *offered)
{
    (void)host;
    fc_copy_struct(&check, sizeof check, offered);
    return FC_OK;
}

static enum fc_alert_fate trigger_alert(const struct fc_host *host,
                                        const struct fc_flow *flow,
                                        const struct fc_alert *alert)
{
    (void)host;
    (void)flow;
    (void)alert;
    return FC_ALERT_RAISED;
}

static void count_line(const struct fc_host *host, enum fc_log_level level,
                       const char *text)
{
    (void)host;
    log_lines += level == FC_LOG_ERROR;
    renewals += strstr(text, "starts anew") != NULL;
}

static const char *install_dir(const struct fc_host *host)
{
    (void)host;
    return folder;
}

static uint64_t stopped_clock(const struct fc_host *host)
{
    (void)host;
    return 1;
}

static const struct fc_host host = {
    .struct_size = sizeof host,
    .abi_version = FC_ABI_VERSION,
    .name = "test_allocations",
    .register_check = register_check,
    .trigger_alert = trigger_alert,
    .log = count_line,
    .install_dir = install_dir,
    .clock = stopped_clock,
};

/* Scripts. */

struct sample {
    const char *name;
    const char *text;
};

static const struct sample samples[] = {
    { "port 53", "if flow.srv_port() == 53 then\n"
                 "flow.triggerAlert(100, 'DNS of ' .. flow.cli()) end" },
    { "getters", "local t = {}\n"
                 "for _, n in ipairs{'cli','srv','cli_port','srv_port',\n"
                 "'protocol','vlan_id','is_oneway','is_unicast','bytes',\n"
                 "'cli2srv_bytes','srv2cli_bytes','l7_proto','direction',\n"
                 "'l7_master_proto','l7_proto_name'} do\n"
                 "t[#t + 1] = n .. '=' .. tostring(flow[n]()) end" },
    { "metadata", "for _, n in ipairs{'http','dns','ssh','tls_quic'} do\n"
                  "local t = flow[n]() if t then\n"
                  "for k, v in pairs(t) do local s = k .. tostring(v) end\n"
                  "end end" },
    { "alerts", "for i = 1, 5 do flow.triggerAlert(i * 100,\n"
                "string.rep('x', i * 1000)) end" },
    { "require", "local m = require('helper') flow.triggerAlert(1, m.name())" },
    { "patterns",
      "local s = string.rep('key=value, ', 20)\n"
      "for k, v in s:gmatch('(%w+)=(%w+)') do local x = v .. k end\n"
      "s = s:gsub('%w+', string.upper):gsub('K', {K = 'q'})\n"
      "s = string.format('%q %5.2f %s', s, 1.5, s:rep(3, '-'))" },
    { "closures", "local t = {}\n"
                  "for i = 1, 200 do t[i] = function() return i end end\n"
                  "table.sort(t, function(a, b) return a() > b() end)\n"
                  "seen = (seen or 0) + #table.concat({1, 2, 3}, ',')\n"
                  "local u = {table.unpack(t)}" },
    { "error", "local function deep(n) if n == 0 then error('no ' .. n) end\n"
               "deep(n - 1) return 1 end deep(20)" },
    { "syntax", "if flow.cli( then" },
    { "output", "print('a', 1, {}) tprint({a = {b = {1, 2}}, c = 'x'})\n"
                "io.write('half ', 'line')" },
    { "pcall", "local ok, e = pcall(error, {code = 1})\n"
               "ok, e = pcall(function() return string.rep('x', 5000) end)\n"
               "ok, e = xpcall(function() local x = nil; x.y = 1 end,\n"
               "function(m) return 'handled ' .. m end)" },
    /* Its VM is replaced by a new one after the third flow. */
    { "hoard", "n = (n or 0) + 1 all = {}\n"
               "if n ~= 3 then return end\n"
               "local s = {} for i = 1, 200 do s[i] = i end\n"
               "for i = 1, 60 do all[i] = {table.unpack(s)} end" },
    { "objects", "local C = {} C.__index = C\n"
                 "C.__tostring = function(o) return 'C' .. o.n end\n"
                 "function C.new(n) return setmetatable({n = n}, C) end\n"
                 "all = all or {} all[#all + 1] = tostring(C.new(#all))" },
};
#define SAMPLES (int)(sizeof samples / sizeof samples[0])

static void make_folders(void)
{
    static const char *const below[] = { "scripts", "scripts/callbacks",
                                         "scripts/callbacks/checks",
                                         "scripts/callbacks/checks/flows" };
    char path[PATH_MAX + 64];

    snprintf(folder, sizeof folder, "/tmp/test_allocations.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    for (size_t i = 0; i < sizeof below / sizeof below[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, below[i]);
        ck_assert_int_eq(mkdir(path, 0700), 0);
    }
}

static void write_file(const char *name, const char *text)
{
    char path[PATH_MAX + 128];
    char whole[PATH_MAX + 136];
    FILE *file;

    snprintf(path, sizeof path, "%s/scripts/callbacks/checks/flows/%s", folder,
             name);
    snprintf(whole, sizeof whole, "%s.whole", path);
    file = fopen(whole, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
    ck_assert_int_eq(rename(whole, path), 0); /* seen as a whole, or not yet */
}

static void write_files(const struct sample *sample)
{
    make_folders();
    write_file("custom_flow_lua_script.lua", sample->text);
    write_file("helper.lua", "return { name = function() return 'h' end }");
}

static int remove_entry(const char *name, const struct stat *status, int type,
                        struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    return remove(name);
}

static void remove_files(void)
{
    nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

/* One life of an instance, in which an allocation may fail. */

struct life {
    void *instance;
    bool hit;   /* an allocation failed */
    bool shown; /* the host was told so, or it was counted */
};

static void arm(void)
{
    armed = true;
}

static void disarm(struct life *life)
{
    armed = false;
    life->hit = life->hit || failing;
    if (failing)
        left = 0;
    failing = false;
}

/* The least memory there is, so that a script can reach the limit. */
#define CONF                                                         \
    "{\"compat\": \"documented\", \"limits\": {\"memory_kb\": 256, " \
    "\"run_ms\": 10000, \"script_kb\": 64, \"kills\": 1000}}"

static void configure(struct life *life, const char *conf)
{
    enum fc_status status;

    arm();
    status = check.config(life->instance, conf, strlen(conf));
    disarm(life);
    life->shown = life->shown || status != FC_OK;
}

static void run_flows(struct life *life)
{
    struct fc_flow flows[3] = {
        mock_flow("192.0.2.10", 50000, "198.51.100.20", 53),
        mock_flow("2001:db8::1", 50001, "2001:db8::2", 443),
        mock_flow("192.0.2.11", 50002, "198.51.100.21", 22),
    };

    flows[0].dns = &mock_dns;
    flows[1].tls = &mock_tls;
    flows[1].http = &mock_http;
    flows[2].ssh = &mock_ssh;
    for (int i = 0; i < 3; i++) {
        arm();
        check.on_detect(life->instance, &flows[i]);
        disarm(life);
    }
}

static void read_stats(struct life *life)
{
    struct fc_stats stats = { .struct_size = sizeof stats };
    enum fc_status status;

    arm();
    status = check.stats(life->instance, FC_HOOK_DETECTED, &stats);
    disarm(life);
    ck_assert_int_eq(status, FC_OK);
    life->shown = life->shown || stats.failures[FC_FAILURE_MEMORY] > 0 ||
                  stats.failures[FC_FAILURE_FILE] > 0;
}

static void ignore_finding(void *context, const struct fc_finding *finding)
{
    (void)context;
    (void)finding;
}

static void lint(struct life *life)
{
    enum fc_status status;

    arm();
    status = check.lint(life->instance, ignore_finding, NULL);
    disarm(life);
    life->shown = life->shown || status != FC_OK;
}

static void live(struct life *life)
{
    enum fc_status status;

    arm();
    status = check.enable(&host, 0, &life->instance);
    disarm(life);
    if (status != FC_OK) {
        life->shown = true;
        return;
    }
    configure(life, CONF);
    run_flows(life);
    configure(life, "{}");
    run_flows(life);
    read_stats(life);
    lint(life);
    arm();
    check.disable(life->instance);
    disarm(life);
}

/* Lives once with the nth allocation failing; 0: none. */
static struct life live_with(unsigned long nth, bool and_the_rest)
{
    struct life life = { NULL, false, false };
    long before = atomic_load(&blocks);
    unsigned long lines_before = log_lines;

    left = nth;
    rest_too = and_the_rest;
    live(&life);
    left = 0;
    life.shown = life.shown || log_lines != lines_before;
    ck_assert_msg(nth == 0 || atomic_load(&blocks) == before,
                  "allocation %lu: %ld blocks are left", nth,
                  atomic_load(&blocks) - before);
    return life;
}

/* ISO C forbids casting dlsym's pointer to a function; POSIX says copy it. */
static void load_module(void)
{
    const char *path = getenv("FLOW_USER_CHECK");
    void *module;
    void *symbol;
    fc_module_init_fn *init;

    ck_assert_msg(path != NULL, "set FLOW_USER_CHECK to the built module");
    module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    ck_assert_msg(module != NULL, "%s", dlerror());
    symbol = dlsym(module, FC_MODULE_INIT);
    memcpy(&init, &symbol, sizeof init);
    ck_assert_int_eq(init(&host), FC_OK);
}

/* Fails each allocation in turn; returns how many lives showed a failure. */
static unsigned long sweep(bool and_the_rest, unsigned long *lives)
{
    unsigned long shown = 0;
    struct life life;

    *lives = 0;
    do {
        ck_assert_uint_lt(*lives, ALLOCATIONS_MAX);
        life = live_with(++*lives, and_the_rest);
        shown += life.hit && life.shown;
    } while (life.hit);
    return shown;
}

static void begin(int sample)
{
    load_module();
    write_files(&samples[sample]);
    /* What libc keeps for ever (thread stacks, a locale) is there then. */
    live_with(0, false);
    live_with(0, false);
    ck_assert_uint_eq(renewals,
                      strcmp(samples[sample].name, "hoard") == 0 ? 2 : 0);
}

START_TEST(one_failed_allocation_breaks_and_leaks_nothing)
{
    unsigned long lives;

    begin(_i);
    sweep(false, &lives);
    ck_assert_uint_gt(lives, 100);
    remove_files();
}
END_TEST

START_TEST(no_memory_for_the_rest_of_a_call_is_told)
{
    unsigned long lives, shown;

    begin(_i);
    shown = sweep(true, &lives);
    /* A few need no telling: Lua can do without a larger string table. */
    ck_assert_msg(shown > lives / 2, "%s: %lu of %lu failures were told",
                  samples[_i].name, shown, lives);
    remove_files();
}
END_TEST

/* A changed file. */

/* Instances that one change is told to: each fails another allocation. */
#define CROWD 32

/* It allocates nothing itself, so that what is counted is the reload. */
static void write_idle_script(unsigned version)
{
    char text[64];

    snprintf(text, sizeof text, "-- %.*s\nreturn 0\n", (int)version % 32 + 1,
             "................................");
    write_file("custom_flow_lua_script.lua", text);
}

static struct fc_stats stats_of(void *instance)
{
    struct fc_stats stats = { .struct_size = sizeof stats };

    ck_assert_int_eq(check.stats(instance, FC_HOOK_DETECTED, &stats), FC_OK);
    return stats;
}

/* Runs until the change was seen, which another thread does. */
static bool meet_change(void *instance, unsigned long nth, bool and_the_rest)
{
    const time_t end = time(NULL) + 300; /* a bug, however busy the machine */
    struct fc_flow flow = mock_flow("192.0.2.1", 1, "192.0.2.2", 2);
    struct life life = { instance, false, false };

    left = nth;
    rest_too = and_the_rest;
    while (!life.hit && stats_of(instance).reloads == 0) {
        ck_assert_msg(time(NULL) < end, "the change was not seen");
        arm();
        check.on_detect(instance, &flow);
        disarm(&life);
        sched_yield();
    }
    left = 0;
    return life.hit;
}

/* Whatever failed, the script of before or the new one runs. */
static void expect_still_running(void *instance)
{
    struct fc_flow flow = mock_flow("192.0.2.1", 1, "192.0.2.2", 2);
    const struct fc_stats before = stats_of(instance);
    struct fc_stats after;

    check.on_detect(instance, &flow);
    after = stats_of(instance);
    ck_assert_int_eq(after.state, FC_HOOK_READY);
    ck_assert_uint_eq(after.ok, before.ok + 1);
}

/* Returns whether all of the crowd failed; so there may be more to fail. */
static bool change_file_for(void *crowd[static CROWD], unsigned long first,
                            bool and_the_rest)
{
    bool all_hit = true;

    for (int i = 0; i < CROWD; i++) {
        ck_assert_int_eq(check.enable(&host, 0, &crowd[i]), FC_OK);
        ck_assert_int_eq(check.config(crowd[i], CONF, strlen(CONF)), FC_OK);
    }
    write_idle_script((unsigned)(first / CROWD));
    for (int i = 0; i < CROWD; i++) {
        unsigned long lines = log_lines;
        bool hit =
            meet_change(crowd[i], first + (unsigned long)i, and_the_rest);

        all_hit = all_hit && hit;
        expect_still_running(crowd[i]);
        ck_assert(!hit || !and_the_rest || log_lines > lines ||
                  stats_of(crowd[i]).reloads == 1);
    }
    for (int i = 0; i < CROWD; i++)
        check.disable(crowd[i]);
    return all_hit;
}

START_TEST(a_reload_without_memory_leaves_a_script_that_runs)
{
    void *crowd[CROWD];
    unsigned long first = 1;
    long before;
    bool more;

    begin(0);
    write_idle_script(0);
    change_file_for(crowd, ALLOCATIONS_MAX, _i != 0);
    do {
        before = atomic_load(&blocks);
        more = change_file_for(crowd, first, _i != 0);
        ck_assert_int_eq(atomic_load(&blocks), before);
        first += CROWD;
    } while (more);
    ck_assert_uint_gt(first, 2 * CROWD);
    remove_files();
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("allocations");
    TCase *tcase = tcase_create("allocations");

    tcase_add_loop_test(tcase, one_failed_allocation_breaks_and_leaks_nothing,
                        0, SAMPLES);
    tcase_add_loop_test(tcase, no_memory_for_the_rest_of_a_call_is_told, 0,
                        SAMPLES);
    tcase_add_loop_test(
        tcase, a_reload_without_memory_leaves_a_script_that_runs, 0, 2);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(void)
{
    const char *fork_mode = getenv("CK_FORK");

    if (!OWN_ALLOCATOR || (fork_mode != NULL && strcmp(fork_mode, "no") == 0))
        return 77;
    return run_suite(make_suite());
}
