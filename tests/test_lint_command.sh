#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# What "flowcheck lint" promises authors, their editors and their CI. What is
# found in a script is in test_lint.c.
. "${srcdir:-.}/tests/lib.sh"

# lint STATUS TEXT [ARGUMENT...]: a script of that text, without settings.
lint()
{
    want=$1
    script "$2" >"$dir/path"
    path=$(cat "$dir/path")
    shift 2
    expect "$want" lint "$path" -c "$dir/none.json" "$@"
}

# finds LINE TEXT: a finding as editors parse it.
finds()
{
    prints "$path:$1: $2"
}

prints_not()
{
    ! grep -qF -- "$1" "$dir/out" || fail "stdout has: $1"
}

# Each kind of mistake: status 3, and a place that editors jump to.
lint 3 'local x = 1
os.execute("ls")'
finds 2 'error: os.execute is not for flow checks'
lint 3 'print(flow.srv_prot())'
finds 1 'error: flow.srv_prot does not exist: did you mean flow.srv_port?'
lint 3 'local text = "from " .. flow.cli'
finds 1 'error: flow.cli is a function: write flow.cli()'
lint 3 'if flow.srv_port() == "53" then print(1) end'
finds 1 'error: flow.srv_port() is a number'
prints 'found: 1 error, 0 warnings'

# A mistake is told once, though it is found by looking and by running.
lint 3 'strng.find("a", "b")'
[ "$(grep -c "^$path:1:" "$dir/out")" = 1 ] || fail 'told twice'

# A script that does not load: the error's line, and nothing runs.
lint 3 'local a = 1
local b = = 2'
finds 2 "error: unexpected symbol near '='"
prints_not 'cost:'
says_not 'error'
lint 3 'if flow:cli then end'
finds 1 'error: a call needs parentheses: write flow.cli()'
expect 3 lint "$dir/missing.lua" -c "$dir/none.json"
prints "$dir/missing.lua: error: cannot open it"
expect 3 lint "$dir" -c "$dir/none.json"
prints "$dir: error: not a plain file"

# Warnings alone are no failure.
lint 0 'last = flow.cli()
print(last)'
finds 1 'warning: the global last lives on'
prints 'found: 0 errors, 1 warning'

# An honest script: what it costs, and how many alerts. They go nowhere.
lint 0 'if flow.dns() then flow.triggerAlert(10, "of DNS") end'
prints 'cost: detected: '
prints ' a run (limit 50 ms), '
prints ' allocations, peak memory '
prints ' KB (limit 4096 KB)'
prints 'alerts: 3 on 12 sample flows'
prints 'found: 0 errors, 0 warnings'
prints_not 'of DNS'
lines 3

# What it prints goes to stderr, once per sample.
lint 0 'print("seen")'
[ "$(grep -cx seen "$dir/err")" = 12 ] || fail 'not once per sample'

# A run that fails: the line in the script, the flow, the advice, once.
lint 3 '
local tls = flow.tls_quic()
if tls.version < 771 then print(1) end'
finds 3 "error: attempt to index a nil value (local 'tls') (on a flow of DNS)"
finds 3 'note: flow.http(), dns(), ssh() and tls_quic() are nil'
lines 5
# Keys may be missing on each sample's kind of flow.
for field in dns:query http:user_agent http:url tls_quic:sni; do
    lint 3 "local t = flow.${field%:*}()
if t and #t.${field#*:} > 5 then print(1) end"
    finds 2 'error: attempt to get length of a nil value'
done

# An error that is no message has a line too.
lint 3 '
error({})'
finds 2 'error: (the error is a table value, not a message)'

# A warning of the run has its file.
lint 0 'flow.triggerAlert(300, "x")'
prints "$path: warning: triggerAlert: score 300 is outside 0..250"
prints 'found: 0 errors, 1 warning'

# A failure in a module is told with the module's name and line.
printf '\nerror("in the module")\n' >"$dir/broken.lua"
lint 3 'require "broken"'
prints "$dir/broken.lua:2: error: in the module"

# Lua shortens long paths in its messages; editors need all of them.
long=$dir/$(printf '%080d' 0)
mkdir "$long"
echo 'error("far away")' >"$long/far.lua"
expect 3 lint "$long/far.lua" -c "$dir/none.json"
prints "$long/far.lua:1: error: far away"

# A script without end is stopped, and lint ends.
lint 3 'while true do end'
finds 1 'error: the run took more than 50 ms of CPU time'

# Limits are those of the settings.
cat >"$dir/settings.json" <<'JSON'
{"config":{"flow":{"custom_lua_script":{"all":{"enabled":false,
"script_conf":{"limits":{"run_ms":100,"memory_kb":8192}}}}}}}
JSON
expect 0 lint "$SCRIPTS/port_53.lua" -c "$dir/settings.json"
prints '(limit 100 ms)'
prints '(limit 8192 KB)'

# -r: the flows of captures instead of the samples.
lint 0 'if flow.srv_port() == 53 then flow.triggerAlert(1, "x") end' \
    -r "$CAPTURES/dns.pcap"
prints 'cost: detected: '
prints ' flows'
prints_not 'sample'
prints_not 'alerts: 0 '
lint 3 'print(flow.ssh().client_signature)' -r "$CAPTURES/ssh.pcap" \
    -r "$CAPTURES/http.pcap"
finds 1 "error: attempt to index a nil value"
prints '(on a flow of HTTP)'
lint 1 'print(1)' -r "$dir/missing.pcap"
says 'missing.pcap'

# The command line.
expect 2 lint
says 'SCRIPT'
expect 2 lint a.lua b.lua
expect 1 lint "$SCRIPTS/port_53.lua" -c "$dir/none.json" -p "$dir"
says 'lint needs the check "custom_lua_script"'

# What we ship has no error.
for script in "$SCRIPTS"/*.lua*; do
    expect 0 lint "$script" -c "$dir/none.json"
    prints 'found: 0 errors'
done

# Any text is fine, bytes too.
expect 3 lint "$CAPTURES/dns.pcap" -c "$dir/none.json"
prints "$CAPTURES/dns.pcap:1: error: "
for text in "$srcdir"/tests/lua/hostile/*.lua; do
    expect 3 lint "$text" -c "$dir/none.json"
done
