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
lint 3 'local d = flow.direction()
if d == "outbound" then print(1) end'
finds 2 'error: flow.direction() is never "outbound": it is "remote2remote", '
lint 3 'local name = flow.l7_proto_name()
if name == "DNS" or name == "dns" or name == "TLS.youtube" then print(1) end'
finds 2 'error: flow.l7_proto_name() is never "TLS.youtube": did you mean "TLS.YouTube"?'
prints_not '"dns"'
lint 0 'if flow.l7_proto_name() == "Gopher" then print(1) end'
finds 1 'warning: flow.l7_proto_name() is never "Gopher": no protocol that the host knows'

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
prints 'alerts: 5 on 36 sample flows'
prints 'found: 0 errors, 0 warnings'
prints_not 'of DNS'
lines 3

# What it prints goes to stderr, once per sample.
lint 0 'print("seen")'
[ "$(grep -cx seen "$dir/err")" = 36 ] || fail 'not once per sample'

# A run that fails: the line in the script, the flow, the advice, once.
lint 3 '
local tls = flow.tls_quic()
if tls.version < 771 then print(1) end'
finds 3 "error: attempt to index a nil value (local 'tls') (on a sample DNS flow with an answer)"
finds 3 'note: flow.http(), dns(), ssh() and tls_quic() are nil'
lines 5

# fails_on FUNCTION SAMPLE CODE: with what a function returns as t, and on which
# sample first.
fails_on()
{
    lint 3 "local t = flow.$1()
if not t then return end
$3"
    finds 3 'error: '
    prints "(on a sample $2)"
}

# Whatever may be missing in a capture is missing in a sample.
fails_on dns 'DNS flow without a query' 'print(#t.query)'
fails_on dns 'DNS flow without a query' 'print(1 + t.query_type)'
fails_on dns 'DNS flow without an answer' 'print(1 + t.return_code)'
fails_on dns 'DNS flow with NXDOMAIN' 'assert(t.return_code == 0)'
fails_on dns 'DNS flow with bytes in its query that no name has' \
    'if t.query then assert(not t.query:find("[^%w.-]")) end'
fails_on http 'HTTP flow without an answer' 'print(1 + t.return_code)'
fails_on http 'HTTP flow without a user agent' 'print(t.user_agent:lower())'
fails_on http 'HTTP flow without a method and a URL' 'print("got " .. t.url)'
fails_on http 'HTTP flow without a method and a URL' 'print(t.method:len())'
fails_on http 'HTTP flow without a request' 'print(t.server_name:len())'
fails_on http 'HTTP flow of which only the protocol is known' \
    'print(#(t.server_name or "x" .. t.return_code))'
fails_on http 'HTTP flow of YouTube' 'assert(flow.l7_proto_name() == "HTTP")'
fails_on tls_quic 'TLS flow without SNI' 'print(t.sni:lower())'
fails_on tls_quic 'TLS flow without a certificate' 'print(#t.issuer)'
fails_on tls_quic 'TLS flow without a certificate' 'print(1 + t.not_after)'
fails_on tls_quic 'TLS flow without the names of its certificate' \
    'print(#t.alpn)'
fails_on tls_quic 'TLS flow with a subject and no issuer' \
    'if t.subject then print(#t.issuer) end'
fails_on tls_quic 'TLS flow without the names of its certificate' \
    'if t.issuer then print(#t.server_names) end'
fails_on tls_quic 'TLS flow without what its client sent' \
    'assert(t.version > 0)'
fails_on tls_quic 'TLS flow without SNI' 'print(#t.supported_versions)'
fails_on tls_quic 'QUIC flow' 'assert(flow.protocol() == 6)'
fails_on ssh 'SSH flow without HASSH' 'print(#t.hassh_client)'
fails_on ssh "SSH flow without its server's banner" 'print(#t.server_signature)'
fails_on ssh 'SSH flow without banners' 'print(t.client_signature:lower())'
for promise in 'flow.srv_port() > 0' 'flow.vlan_id() < 10' 'flow.is_unicast()' \
    'flow.l7_proto() > 0' 'flow.cli2srv_bytes() > 0' 'flow.bytes() < 2 ^ 32' \
    'flow.cli():find(".", 1, true)' 'flow.protocol() < 132' \
    'flow.direction() ~= "remote2remote"' 'flow.srv() ~= "255.255.255.255"'; do
    lint 3 "assert($promise)"
    finds 1 'error: '
    prints '(on a sample '
done

# What this nDPI cannot tell is in no sample, and what it can is in one.
# gift PATTERN CODE: configure found the member of nDPI's struct.
gift()
{
    want=3
    grep -q "define HAVE_STRUCT_NDPI_FLOW_STRUCT_$1 1" config.h || want=0
    lint "$want" "assert(not (flow.$2))"
}
if [ -e config.h ]; then
    gift HTTP_SERVER 'http() and flow.http().server'
    gift PROTOS_TLS_QUIC_JA3_CLIENT 'tls_quic() and flow.tls_quic().ja3'
    gift PROTOS_TLS_QUIC_JA3_SERVER 'tls_quic() and flow.tls_quic().ja3s'
    gift PROTOS_TLS_QUIC_JA4_CLIENT 'tls_quic() and flow.tls_quic().ja4'
fi

# A script that copes with all of that is clean.
lint 0 'local http, tls = flow.http(), flow.tls_quic()
if http and http.user_agent and http.user_agent:find("curl") then
    flow.triggerAlert(10, http.url or "no URL")
end
if tls and (tls.not_after or 0) > 0 then
    flow.triggerAlert(10, tls.subject .. (tls.sni or ""))
end'
prints 'found: 0 errors, 0 warnings'

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

# The hook is that of the file's name, or the one that is named.
mkdir "$dir/named"
for hook in lua periodic end protocol_detected; do
    path=$dir/named/custom_flow_${hook}_script.lua
    printf 'print("first")\nerror("second")\n' >"$path"
    expect 3 lint "$path" -c "$dir/none.json"
    finds 2 'error: second (on a sample DNS flow with an answer)'
    case $hook in
    periodic | end) prints "cost: $hook: " ;;
    *) prints 'cost: detected: ' ;;
    esac
    [ "$(grep -c '^cost: ' "$dir/out")" = 1 ] || fail 'in more than one hook'
    [ "$(grep -cx first "$dir/err")" = 36 ] || fail 'not once per sample'
done
for hook in detected periodic end; do
    expect 3 lint "$path" -c "$dir/none.json" --hook "$hook"
    prints "cost: $hook: "
    [ "$(grep -c '^cost: ' "$dir/out")" = 1 ] || fail 'in more than one hook'
done
expect 2 lint "$path" --hook start
says '"detected", "periodic" or "end"'

# A flow has transferred more by then.
lint 0 'if flow.bytes() == 230 then flow.triggerAlert(1, "x") end' \
    --hook detected
prints 'alerts: 1 on '
lint 0 'if flow.bytes() == 920 then flow.triggerAlert(1, "x") end' \
    --hook periodic
prints 'alerts: 1 on '
lint 0 'if flow.bytes() == 1610 then flow.triggerAlert(1, "x") end' --hook end
prints 'alerts: 1 on '

# On captures too.
lint 0 'flow.triggerAlert(1, "x")' --hook end -r "$CAPTURES/dns.pcap"
prints 'cost: end: '

# The script of one hook alone does not know what the others set.
lint 0 'last = flow.cli()' --hook detected
finds 1 'warning: the global last lives on'
printf 'for client in pairs(seen or {}) do print(client) end\nprint(seen)\n' \
    >"$dir/named/custom_flow_end_script.lua"
expect 0 lint "$dir/named/custom_flow_end_script.lua" -c "$dir/none.json"
prints 'warning: seen does not exist, unless the script of another hook sets it'

# Without a script: those that "run" would run, together, in a flow's order.
tree=$dir/tree/scripts/callbacks/checks/flows
mkdir -p "$tree"
echo 'seen = { [flow.cli()] = true } if flow.dns() then last = 1 end' \
    >"$tree/custom_flow_lua_script.lua"
echo 'ends = (ends or 0) + 1
for client in pairs(seen) do assert(client) end
if ends == 36 then flow.triggerAlert(1, "saw " .. last) end' \
    >"$tree/custom_flow_end_script.lua"
expect 0 lint --install-dir "$dir/tree" -c "$dir/none.json"
prints 'cost: detected: '
prints 'cost: end: '
prints_not 'cost: periodic: '
prints 'alerts: 1 on 36 sample flows'
prints 'found: 0 errors, 0 warnings'
echo 'print(unset)
error("later")' >"$tree/custom_flow_periodic_script.lua"
expect 3 lint --install-dir "$dir/tree" -c "$dir/none.json"
prints "$tree/custom_flow_periodic_script.lua:1: error: unset does not exist"
prints "$tree/custom_flow_periodic_script.lua:2: error: later (on a sample DNS"
prints 'found: 2 errors, 0 warnings'
echo 'x = = 1' >"$tree/custom_flow_end_script.lua"
echo 'error("first")' >"$tree/custom_flow_lua_script.lua"
expect 3 lint --install-dir "$dir/tree" -c "$dir/none.json"
prints "$tree/custom_flow_lua_script.lua:1: error: first (on a sample DNS"
prints "$tree/custom_flow_end_script.lua:1: error: unexpected symbol near '='"
prints 'found: 4 errors, 0 warnings'
says_not 'unexpected symbol'
# With compat each hook has globals of its own.
rm "$tree/custom_flow_periodic_script.lua"
echo 'seen = seen or {}' >"$tree/custom_flow_lua_script.lua"
echo 'for client in pairs(seen) do print(client) end' \
    >"$tree/custom_flow_end_script.lua"
cat >"$dir/compat.json" <<'JSON'
{"config":{"flow":{"custom_lua_script":{"all":{"enabled":true,
"script_conf":{"compat":"ntopng"}}}}}}
JSON
expect 0 lint --install-dir "$dir/tree" -c "$dir/none.json"
expect 3 lint --install-dir "$dir/tree" -c "$dir/compat.json"
prints 'error: seen does not exist'
# There is nothing to look at.
expect 3 lint --install-dir "$dir/none" -c "$dir/none.json"
says 'no script to run'
# The settings may name one script, and its hook.
cat >"$dir/one.json" <<JSON
{"config":{"flow":{"custom_lua_script":{"all":{"enabled":true,
"script_conf":{"script":"$SCRIPTS/port_53.lua","hook":"end"}}}}}}
JSON
expect 0 lint -c "$dir/one.json"
prints 'cost: end: '
expect 2 lint -c "$dir/one.json" --hook end
says '--hook'

# The command line.
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
