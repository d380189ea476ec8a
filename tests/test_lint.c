/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What authors are promised of the linter: what it finds in a script that was
 * not run, on which line, and that it leaves honest scripts alone. The command
 * is in test_lint_command.sh.
 */
#include <check.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "../lua_api/vm.h"
#include "cpu_time.h"
#include "mock_expect.h"
#include "run_suite.h"

#define COUNT(array) (int)(sizeof(array) / sizeof(array)[0])

static struct vm *vm;

/* All findings, a line each: "1: error: text". */
static char *findings;
static size_t findings_len;
static FILE *stream;

static void no_alert(void *context, long long score, const char *message,
                     size_t len)
{
    (void)context;
    (void)score;
    (void)message;
    (void)len;
    ck_abort_msg("the script ran");
}

static void no_print(void *context, const char *line)
{
    (void)context;
    ck_abort_msg("the script ran: %s", line);
}

static bool no_module(void *context, const char *name, struct vm_source *source)
{
    (void)context;
    (void)source;
    ck_abort_msg("the script ran, and requires %s", name);
    return false;
}

static void start_vm(unsigned run_ms)
{
    const struct vm_services services = { .trigger_alert = no_alert,
                                          .print = no_print,
                                          .find_module = no_module,
                                          .install_dir = "/" };
    const struct vm_limits limits = { .run_ms = run_ms, .memory = 4096 * 1024 };

    vm = vm_new(&services, &limits);
    ck_assert_ptr_nonnull(vm);
}

static void set_up(void)
{
    start_vm(10000);
}

static void tear_down(void)
{
    vm_free(vm);
    free(findings);
    findings = NULL;
}

static void write_finding(void *context, const struct vm_finding *finding)
{
    (void)context;
    fprintf(stream, "%u: %s: %s\n", finding->line,
            finding->severity == FC_FINDING_ERROR ? "error" : "warning",
            finding->text);
}

static const char *lint_bytes(const char *text, size_t len)
{
    const struct vm_source source = { "@a.lua", text, len };

    free(findings);
    stream = open_memstream(&findings, &findings_len);
    ck_assert_ptr_nonnull(stream);
    ck_assert(vm_lint(vm, &source, &(struct vm_company){ .count = 0 },
                      write_finding, NULL));
    fclose(stream);
    return findings;
}

static const char *lint(const char *script)
{
    return lint_bytes(script, strlen(script));
}

/* --- What is found ------------------------------------------------------- */

static const struct {
    const char *script;
    const char *finding; /* the only one */
} mistakes[] = {
    /* Names that do not exist. */
    { "local x = strng.find('a', 'b')",
      "1: error: strng does not exist: did you mean string?\n" },
    { "\n\nif srvport == 53 then end", "3: error: srvport does not exist\n" },
    { "if srv_port() == 53 then end",
      "1: error: srv_port does not exist: did you mean flow.srv_port?\n" },
    { "for i = 1, 2 do end\nprint(i)", "2: error: i does not exist\n" },
    { "do local x = 1 end print(x)", "1: error: x does not exist\n" },
    { "local x = x", "1: error: x does not exist\n" },
    { "local x <const> = string.fnd('a', 'b')",
      "1: error: string.fnd does not exist: did you mean string.find?\n" },
    { "flow.clii()",
      "1: error: flow.clii does not exist: did you mean flow.cli?\n" },
    { "print(flow:srv_prot())",
      "1: error: flow.srv_prot does not exist: did you mean flow.srv_port?\n" },
    { "local f = flow\nprint(f.clii())",
      "2: error: flow.clii does not exist: did you mean flow.cli?\n" },
    { "print(_G.string['lenn'])",
      "1: error: string.lenn does not exist: did you mean string.len?\n" },
    { "ntop.getInfo()", "1: error: ntop.getInfo does not exist\n" },
    /* Keys that do not exist. */
    { "local dns = flow.dns()\nif dns and dns.qurey == 'x' then end",
      "2: error: flow.dns().qurey does not exist: did you mean query?\n" },
    { "local dns = flow.dns() or {} print(dns.qurey)",
      "1: error: flow.dns().qurey does not exist: did you mean query?\n" },
    { "local dns = flow.srv_port() == 53 and flow.dns() print(dns.qurey)",
      "1: error: flow.dns().qurey does not exist: did you mean query?\n" },
    { "local t = flow.tls_quic() or {} print(flow.tls_quic().snii)",
      "1: error: flow.tls_quic().snii does not exist: did you mean sni?\n" },
    { "local dns = flow.dns() print(dns['protos.dns.last_querry'])",
      "1: error: flow.dns()[\"protos.dns.last_querry\"] does not exist: did "
      "you mean protos.dns.last_query?\n" },
    { "local tls = flow.tls_quic()\n"
      "print(tls and tls['protos.tls.client_tls_supported_version'])",
      "2: error: flow.tls_quic()[\"protos.tls.client_tls_supported_version\"] "
      "does not exist: did you mean "
      "protos.tls.client_tls_supported_versions?\n" },
    /* The script tests these for being there, so they may be missing. */
    { "if extra then extra.run() end", "1: warning: extra does not exist\n" },
    { "local x = extra or 1", "1: warning: extra does not exist\n" },
    { "if type(extra) == 'table' then extra.run() end",
      "1: warning: extra does not exist\n" },
    { "if flow.ja5 and flow.ja5() then end",
      "1: warning: flow.ja5 does not exist\n" },
    { "require 'helpers'\nhelp()",
      "2: warning: help does not exist, unless a required module sets it\n" },
    /* Names that are blocked. */
    { "os.execute('ls')", "1: error: os.execute is not for flow checks: it "
                          "reaches out of the check, into the host\n" },
    { "local e\n= load", "2: error: load is not for flow checks: it runs code "
                         "that is not in the script; use require\n" },
    { "print(coroutine.wrap)", "1: error: coroutine.wrap is not for flow "
                               "checks: a coroutine escapes the limits of a "
                               "check\n" },
    /* What cannot be changed, or should not be. */
    { "function string.split(s) return s end",
      "1: error: string.split cannot be changed: what is in string is "
      "fixed\n" },
    { "print = nil", "1: warning: print is replaced for all scripts of this "
                     "check: use another name, or a local\n" },
    /* Globals that need not be. */
    { "local a = 1\nlast = flow.cli()\nlast = 2\nprint(last)",
      "2: warning: the global last lives on after the run, though each run "
      "sets it anew: make it local\n" },
    { "function helper() end helper()",
      "1: warning: the global helper lives on after the run, though each run "
      "sets it anew: make it local\n" },
    { "if flow.dns() then last = 1 print(last) end",
      "1: warning: the global last lives on after the run, if that is not "
      "meant: make it local\n" },
    /* Calls without parentheses. */
    { "print('from ' .. flow.cli)",
      "1: error: flow.cli is a function: write flow.cli()\n" },
    { "if flow.bytes > 10 then end",
      "1: error: flow.bytes is a function: write flow.bytes()\n" },
    { "if flow.l7_proto_name == 'DNS' then end",
      "1: error: flow.l7_proto_name is a function: write "
      "flow.l7_proto_name()\n" },
    { "print(flow.dns.query)",
      "1: error: flow.dns is a function: write flow.dns()\n" },
    { "print(-flow.bytes)",
      "1: error: flow.bytes is a function: write flow.bytes()\n" },
    { "if flow.is_oneway then end",
      "1: error: flow.is_oneway is a function: write flow.is_oneway()\n" },
    { "while not flow.is_oneway do end",
      "1: error: flow.is_oneway is a function: write flow.is_oneway()\n" },
    { "if flow.bytes() > 1 and flow.is_oneway then end",
      "1: error: flow.is_oneway is a function: write flow.is_oneway()\n" },
    /* Types that never fit. */
    { "if flow.srv_port() == \"53\" then end",
      "1: error: flow.srv_port() is a number, which is compared with a "
      "string: write 53\n" },
    { "if '53' ~= flow:cli_port() then end",
      "1: error: flow.cli_port() is a number, which is compared with a "
      "string: write 53\n" },
    { "local p = flow.srv_port()\nif\np\n== '80' then end",
      "4: error: flow.srv_port() is a number, which is compared with a "
      "string: write 80\n" },
    { "if flow.bytes() > '1 MB' then end",
      "1: error: flow.bytes() is a number, which is compared with a "
      "string\n" },
    { "if flow.protocol() == 'TCP' then end",
      "1: error: flow.protocol() is a number, which is compared with a "
      "string: write 6\n" },
    { "if flow.l7_proto_name() == 5 then end",
      "1: error: flow.l7_proto_name() is a string, which is compared with a "
      "number\n" },
    { "if flow.is_oneway() == 'true' then end",
      "1: error: flow.is_oneway() is true or false, which is compared with a "
      "string\n" },
    { "flow.triggerAlert('message', 10)",
      "1: error: flow.triggerAlert takes a score, a number, and then the "
      "message\n" },
    { "flow.triggerAlert(10)",
      "1: error: flow.triggerAlert takes a message behind the score\n" },
    /* Lines: comments, long strings, line ends of all kinds. */
    { "--[==[\n]]\n]==] local s = [[\n\n]]\r\nprint(\"a\\\nb\" .. x)",
      "7: error: x does not exist\n" },
    { "local s = 'a\\z\n   b'\rprint(x)", "3: error: x does not exist\n" },
};

START_TEST(a_mistake_is_found_on_its_line)
{
    ck_assert_str_eq(lint(mistakes[_i].script), mistakes[_i].finding);
}
END_TEST

START_TEST(every_place_of_a_mistake_is_found_in_order)
{
    ck_assert_str_eq(lint("print(aa)\nos.exit()\nprint(aa)"),
                     "1: error: aa does not exist\n"
                     "2: error: os.exit is not for flow checks: it reaches out "
                     "of the check, into the host\n"
                     "3: error: aa does not exist\n");
}
END_TEST

/* --- What is left alone -------------------------------------------------- */

static const char *const honest[] = {
    "",
    "return(0)",
    /* Globals that are meant to live on. */
    "seen = seen or {} seen[flow.cli()] = true",
    "count = (count or 0) + 1",
    "if not first then first = flow.cli() end",
    "n = n == nil and 1 or n + 1",
    "local function f() total = total + 1 end\nif not total then total = 0 end",
    "print(later) later = 1",
    /* Scopes. */
    "local a <const>, b <close> = 1, nil print(a, b)",
    "local function f(n) return n > 0 and f(n - 1) end f(1)",
    "local t = {} function t.a.b:c(x, ...) return self, x, ... end",
    "for i, v in ipairs({}) do print(i, v) end",
    "for i = 1, 10, 2 do print(i) end",
    "repeat local done = true until done",
    "goto out do local x = 1 print(x) end ::out::",
    "local f = function(a) return function() return a end end f(1)()",
    "local t = { x = 1, ['y'] = 2, 3; f = function() end } print(t.x)",
    "local a, b = 1, 2 a, b = b, a",
    "local s = ('x'):rep(3) .. #'abc' // 2 ~ 3 & ~4 << 1 | 5 ^ -6 print(s)",
    "local x = 0x1p-3 + 1e+5 + .5 + 3. + 0xA.8 print(x)",
    /* Functions as values, and calls of every form. */
    "local cli = flow.cli print(cli())",
    "local ok, who = pcall(flow.cli) print(ok, who)",
    "local t = { flow.cli, flow.srv } for _, f in ipairs(t) do print(f()) end",
    "print(flow:cli(), flow.cli(), flow['cli']())",
    "if flow.cli == nil then end",
    "if flow.dns and flow.dns() then end",
    "local f = flow.cli if f == flow.cli then end",
    "print \"text\" print {} print [[long]]",
    "flow.triggerAlert(10, 'x') flow:triggerAlert(10, 'x')",
    "flow.triggerAlert((function() return 1, 'x' end)())",
    "flow.triggerAlert(...)",
    /* Comparisons. */
    "if flow.srv_port() == 53 or 53 == flow.srv_port() then end",
    "if tostring(flow.srv_port()) == '53' then end",
    "if flow.srv_port() .. '' == '53' then end",
    "if '' .. flow.srv_port() == '53' then end",
    "if flow.is_oneway() == (flow.srv_port() > 53) then end",
    "if (x1 or flow.srv_port()) == '53' then end x1 = nil",
    "local p = flow.srv_port() p = tostring(p) if p == '53' then end",
    "local p = flow.srv_port() while true do if p == '5' then break end "
    "p = p .. '' end",
    "local p = flow.srv_port() do local p = 'x' if p == 'x' then end end",
    "if flow.cli() == '10.0.0.1' and flow.is_oneway() == true then end",
    "local dns = flow.dns() if dns and (dns.query or '?') == 'x' then end",
    "local dns = flow.dns() dns = dns or { other = 1 } print(dns.other)",
    "local dns = flow.dns() or {} dns.mine = 1 print(dns.mine)",
    /* What ntopng's scripts do. */
    "local dirs = ntop.getDirs()\n"
    "package.path = dirs.installdir .. '/x/?.lua;' .. package.path\n"
    "require \"lua_utils\"\nlocal u = require('lua_utils')\n"
    "u.tprint({}) tprint(flow.http()) io.write('x')",
    /* What nothing can be said about. */
    "_G['a' .. 'b'] = 1 print(ab)",
    "setmetatable(_G, { __index = function() return 1 end }) print(whatever)",
    "local _ENV = { x = 1 } y = x",
    "local string = { split = 1 } print(string.split)",
    "local string = setmetatable({}, { __index = string }) string.x = 1",
    "local old = flow.cli local flow = { cli = old } print(flow.mine)",
    "local me = require('me') print(me.whatever)",
};

START_TEST(an_honest_script_is_left_alone)
{
    ck_assert_str_eq(lint(honest[_i]), "");
}
END_TEST

/* All of a file; free() it. */
static char *read_file(const char *path, size_t *len)
{
    FILE *file = fopen(path, "r");
    char *text = malloc(1 << 20);

    ck_assert_msg(file != NULL, "%s", path);
    *len = fread(text, 1, 1 << 20, file);
    fclose(file);
    return text;
}

static void expect_no_error(const char *path)
{
    size_t len;
    char *text = read_file(path, &len);

    lint_bytes(text, len);
    ck_assert_msg(strstr(findings, "error") == NULL, "%s: %s", path, findings);
    free(text);
}

static const char *const shipped[] = { "scripts/*.lua*",
                                       "tests/lua/everything.lua" };

START_TEST(our_own_scripts_have_no_error)
{
    const char *srcdir = getenv("srcdir");
    char pattern[1024];
    glob_t found;

    snprintf(pattern, sizeof pattern, "%s/%s", srcdir ? srcdir : ".",
             shipped[_i]);
    ck_assert_int_eq(glob(pattern, 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++)
        expect_no_error(found.gl_pathv[i]);
    globfree(&found);
}
END_TEST

/* What a script did in an earlier run changes nothing. */
START_TEST(a_script_that_has_run_is_found_the_same)
{
    static const char script[] = "tbl = {} tbl.x = 1 print(unset)";
    const struct vm_source source = { "@a.lua", "tbl = {} unset = 1", 18 };
    char *before = strdup(lint(script));

    ck_assert(vm_load(vm, FC_HOOK_DETECTED, &source));
    ck_assert(vm_run(vm, FC_HOOK_DETECTED, NULL));
    ck_assert_str_eq(lint(script), before);
    ck_assert_ptr_nonnull(strstr(before, "unset does not exist"));
    free(before);
}
END_TEST

/* There is no Lua in the VM then. */
START_TEST(a_script_whose_vm_was_given_up_is_looked_at)
{
    static const char collide[] =
        "local t = {} for i = 1, 32769 do t[i * 65535] = true end";
    const struct vm_source source = { "@a.lua", collide, strlen(collide) };

    vm_free(vm);
    start_vm((unsigned)(50 * slowness()));
    ck_assert(vm_load(vm, FC_HOOK_DETECTED, &source));
    ck_assert(!vm_run(vm, FC_HOOK_DETECTED, NULL));
    ck_assert_ptr_nonnull(strstr(vm_last_error(vm)->text, "was given up"));
    ck_assert_str_eq(lint("print(unset)"), "1: error: unset does not exist\n");
    ck_assert_ptr_nonnull(strstr(lint("x = = 1"), "1: error: unexpected"));
}
END_TEST

/* --- Texts that are no programs ------------------------------------------ */

static const struct {
    const char *script;
    const char *findings;
} no_programs[] = {
    { "local x = 1\nlocal y = = 2", "2: error: unexpected symbol near '='\n" },
    { "if flow:cli == 'x' then end",
      "1: error: function arguments expected near '=='\n"
      "1: error: a call needs parentheses: write flow.cli()\n" },
    { "os.exit()\nx = 'unfinished",
      "2: error: unfinished string near <eof>\n"
      "1: error: os.exit is not for flow checks: it reaches out of the check, "
      "into the host\n" },
    /* Who sets a global may be in the part that was not understood. */
    { "print(undefined)\nx = )", "2: error: unexpected symbol near ')'\n" },
};

START_TEST(a_text_that_is_no_program_has_its_error_first)
{
    ck_assert_str_eq(lint(no_programs[_i].script), no_programs[_i].findings);
}
END_TEST

/* A text of a head and a part many times. */
static void lint_repeated(const char *head, const char *part, size_t times)
{
    size_t head_len = strlen(head), part_len = strlen(part);
    size_t len = head_len + times * part_len;
    char *text = malloc(len + 1);

    memcpy(text, head, head_len);
    for (size_t i = 0; i < times; i++)
        memcpy(text + head_len + i * part_len, part, part_len);
    lint_bytes(text, len);
    free(text);
}

static const struct {
    const char *head;
    const char *part;
} deep[] = {
    { "", "(" },
    { "", "{" },
    { "x = ", "function() " },
    { "", "do " },
    { "", "if x then " },
    { "x = ", "not " },
    { "x = ", "a.." },
    { "x = ", "2^" },
    { "x = f", "(f" },
    { "a", ".b" },
    { "", "[==" },
    { "--[==[", "]=" },
    { "x = '", "\\" },
    { "x = ", "\xff" },
    { "", "local a " },
    { "local a", ",a" },
    { "a", ",a" },
    { "", "unknown() " },
    { "", "if flow.bytes then end " },
    { "", "local p = flow.srv_port() p = p == '1' " },
    { "x = ", "0x" },
};

START_TEST(no_text_is_too_deep_or_too_long)
{
    lint_repeated(deep[_i].head, deep[_i].part, 20000);
}
END_TEST

START_TEST(findings_without_end_come_to_an_end)
{
    size_t lines = 0;

    lint_repeated("", "unknown()\n", 5000);
    for (const char *at = findings; (at = strchr(at, '\n')) != NULL; at++)
        lines++;
    ck_assert_uint_eq(lines, 100);
    ck_assert_ptr_nonnull(strstr(findings, "there is more"));
}
END_TEST

/* Bytes of a fixed sequence: the same ones each time. */
static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525 + 1013904223;
    return *state >> 16;
}

START_TEST(random_bytes_do_no_harm)
{
    uint32_t state = (uint32_t)_i;
    char text[512];

    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)next_random(&state);
    lint_bytes(text, sizeof text);
}
END_TEST

static const char *const words[] = {
    "flow",   ".",       ":",       "(",       ")",     "cli",    "==",
    "'x'",    "local ",  " = ",     "if ",     "then",  " end ",  "do ",
    " or ",   "[",       "]",       "{",       "}",     ",",      "::",
    "..",     " x ",     "\n",      "string",  "for ",  " in ",   "--",
    "[[",     "\"",      "0x",      "not ",    "_ENV",  "_G",     " and ",
    "goto ",  "until ",  "repeat ", "return ", "else ", "while ", "function ",
    "break ", "<const>", "...",     ";",
};

START_TEST(random_words_do_no_harm)
{
    uint32_t state = (uint32_t)_i;
    char text[2048] = "";
    size_t len = 0;

    while (len < sizeof text - 16)
        len += (size_t)snprintf(text + len, sizeof text - len, "%s",
                                words[next_random(&state) % COUNT(words)]);
    lint_bytes(text, len);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_loop_test(tests, a_mistake_is_found_on_its_line, 0,
                        COUNT(mistakes));
    tcase_add_test(tests, every_place_of_a_mistake_is_found_in_order);
    tcase_add_loop_test(tests, an_honest_script_is_left_alone, 0,
                        COUNT(honest));
    tcase_add_loop_test(tests, our_own_scripts_have_no_error, 0,
                        COUNT(shipped));
    tcase_add_test(tests, a_script_that_has_run_is_found_the_same);
    tcase_add_test(tests, a_script_whose_vm_was_given_up_is_looked_at);
    tcase_add_loop_test(tests, a_text_that_is_no_program_has_its_error_first, 0,
                        COUNT(no_programs));
    tcase_add_loop_test(tests, no_text_is_too_deep_or_too_long, 0, COUNT(deep));
    tcase_add_test(tests, findings_without_end_come_to_an_end);
    tcase_add_loop_test(tests, random_bytes_do_no_harm, 0, 50);
    tcase_add_loop_test(tests, random_words_do_no_harm, 0, 200);
}

int main(void)
{
    Suite *suite = suite_create("lint");
    TCase *tests = tcase_create("lint");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    add_tests(tests);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
