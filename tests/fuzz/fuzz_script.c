/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any text as a script, linted and run on any flow. The input is the script;
 * bytes behind a NUL, if there is one, become the flow. Whatever they are:
 * loading and running ends, its memory stays in bounds, the error has a text,
 * alerts and lines can be read, and the VM can still run an honest program,
 * unless it says that it is spent. Nor has it changed flow, string and the
 * like. And the lexer and the parser have read it as Lua does (agree.h).
 */
#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>

#include "agree.h"
#include "context.h"
#include "fuzz.h"
#include "mock_flow.h"
#include "vm.h"

#define MEMORY (256 * 1024)

/* Reads every byte, so that a sanitizer sees a wrong length. */
static void read_bytes(const char *text, size_t len)
{
    volatile unsigned char sum = 0;

    for (size_t i = 0; i < len; i++)
        sum = (unsigned char)(sum + (unsigned char)text[i]);
}

static void take_alert(void *context, long long score, const char *message,
                       size_t len)
{
    unsigned *alerts = context;

    (void)score;
    fuzz_require(message != NULL);
    read_bytes(message, len);
    (*alerts)++;
}

static void take_line(void *context, const char *line)
{
    (void)context;
    read_bytes(line, strlen(line));
}

/* "again" is the module that requires itself, others are missing. */
static bool find_module(void *context, const char *name,
                        struct vm_source *source)
{
    static const char again[] = "x = (x or 0) + 1 return require('again')";

    (void)context;
    source->name = "@again.lua";
    source->text = strcmp(name, "again") == 0 ? again : "not found";
    source->len = strlen(source->text);
    return source->text == again;
}

/* Numbers and flags from the input; what points somewhere stays as it is. */
static struct fc_flow make_flow(const uint8_t *data, size_t size)
{
    struct fc_flow flow = mock_any_flow();
    size_t first = offsetof(struct fc_flow, flags);
    size_t behind = offsetof(struct fc_flow, l7_proto_name);
    uint8_t known = size > 0 ? data[0] : 0;

    if (size > behind - first)
        size = behind - first;
    memcpy((char *)&flow + first, data, size);
    flow.http = known & 1 ? &mock_http : NULL;
    flow.dns = known & 2 ? &mock_dns : NULL;
    flow.ssh = known & 4 ? &mock_bare_ssh : NULL;
    flow.tls = known & 8 ? &mock_tls : NULL;
    return flow;
}

static void expect_sane(const struct vm *vm, bool ok)
{
    const struct vm_error *error = vm_last_error(vm);

    fuzz_require(vm_memory(vm).peak <= 2 * MEMORY + 1024 * 1024);
    fuzz_require(ok || error->kind < FC_FAILURES);
    fuzz_require(ok || memchr(error->text, '\0', sizeof error->text) != NULL);
    fuzz_require(ok || error->text[0] != '\0');
}

static void run_script(struct vm *vm, const struct vm_source *source,
                       const struct fc_flow *flow)
{
    bool ok = vm_load(vm, FC_HOOK_DETECTED, source);

    expect_sane(vm, ok);
    for (int i = 0; ok && i < 2; i++)
        expect_sane(vm, vm_run(vm, FC_HOOK_DETECTED, flow));
}

static void expect_usable(struct vm *vm, const struct fc_flow *flow,
                          const unsigned *alerts)
{
    static const char text[] = "local own = ...";
    const struct vm_source honest = { "@honest.lua", text, sizeof text - 1 };
    unsigned before = *alerts;

    if (vm_is_spent(vm))
        return;
    fuzz_require(vm_load(vm, FC_HOOK_END, &honest));
    fuzz_require(vm_run(vm, FC_HOOK_END, flow));
    fuzz_require(*alerts == before);
}

/*
 * Nobody has changed what this script could not get hold of. assert and the
 * like it may have set anew: only syntax and protected tables here.
 */
static void expect_intact(struct vm *vm, const struct fc_flow *flow)
{
    static const char text[] =
        "local is_changed = flow[1] or io[1] or math[1] or os[1]\n"
        "    or string[1] or table[1] or utf8[1] or not flow.bytes()\n"
        "    or not flow.triggerAlert or string.upper('x') ~= 'X'\n"
        "    or not table.concat or math.floor(2.5) ~= 2\n"
        "if is_changed then local none none() end\n";
    const struct vm_source intact = { "@intact.lua", text, sizeof text - 1 };

    if (vm_is_spent(vm))
        return;
    fuzz_require(vm_load(vm, FC_HOOK_END, &intact));
    fuzz_require(vm_run(vm, FC_HOOK_END, flow));
}

static void take_finding(void *context, const struct vm_finding *finding)
{
    (void)context;
    fuzz_require(finding->text[0] != '\0');
    fuzz_require(strchr(finding->text, '\n') == NULL);
}

static const char *const protocols[] = { "Unknown", "DNS", "TLS", "Z39.50",
                                         NULL };
/* In a state of its own, without limits and libraries. */
static void expect_agreement(const struct vm_source *source)
{
    lua_State *L = luaL_newstate();

    fuzz_require(L != NULL);
    fuzz_require(agree_on(L, source->text, source->len) != AGREE_NOT);
    lua_close(L);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *nul = size > 0 ? memchr(data, 0, size) : NULL;
    size_t len = nul != NULL ? (size_t)(nul - data) : size;
    const struct vm_source source = { "@fuzz.lua", (const char *)data, len };
    /* The least that an honest run can't use up on a slow processor: the
     * watchdog's period, so that a loop costs little more than with 1. */
    const struct vm_limits limits = { .run_ms = 5, .memory = MEMORY };
    unsigned alerts = 0;
    const struct vm_services services = { .context = &alerts,
                                          .trigger_alert = take_alert,
                                          .print = take_line,
                                          .find_module = find_module,
                                          .install_dir = "/nowhere",
                                          .ntopng_compat = size % 2 == 1,
                                          .protocol_names = protocols };
    const struct vm_company company = { &source, size % 2, size % 5 == 0 };
    struct fc_flow flow = make_flow(data + len, size - len);
    struct vm *vm = vm_new(&services, &limits);

    fuzz_require(vm != NULL);
    expect_agreement(&source);
    fuzz_require(vm_lint(vm, &source, &company, take_finding, NULL));
    run_script(vm, &source, &flow);
    expect_usable(vm, &flow, &alerts);
    if (grasped_tables(&source) == 0)
        expect_intact(vm, &flow);
    vm_free(vm);
    return 0;
}
