#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# What "flowcheck run" and "flowcheck flows" promise on good input.
. "${srcdir:-.}/tests/lib.sh"

# One line of the script changed, other alerts: the first hour of a user.
run 0 "$(script 'if flow.srv_port() == 53 then
  flow.triggerAlert(100, "DNS of " .. flow.cli()) end')" mixed.pcapng
prints '"message":"DNS of '
prints '"score":100'
run 0 "$(script 'if flow.srv_port() == 80 then
  flow.triggerAlert(60, "HTTP of " .. flow.cli()) end')" mixed.pcapng
prints '"message":"HTTP of '
! grep -q '"message":"DNS of ' "$dir/out" || fail 'alerts of the old script'

# Alerts go to stdout as JSON, all else to stderr.
every='flow.triggerAlert(1, "x") print("printed")'
run 0 "$(script "$every")" dns.pcap
! grep -v '^{.*}$' "$dir/out" || fail 'stdout has something else than JSON'
says 'printed'
says 'packets'
says 'runs'
alerts=$(wc -l <"$dir/out")

# One of something is not several of it.
cat >"$dir/one.lua" <<'LUA'
if flow.l7_proto_name():find('SSH') then flow.triggerAlert(1, 'x') end
if flow.l7_proto_name():find('SSH') then error('once') end
LUA
run 0 "$dir/one.lua" ssh.pcap
grep -E '(^|[ (])1 [a-z-]*s\b' "$dir/err" && fail 'a plural of one'
says ' 1 flow (1 detected), 1 alert in '
says 'one.lua (detected): 1 run, 1 failure, 1 run-time error, 1 alert'
run 0 "$dir/one.lua" mixed.pcapng
says ' runs, '
says ' flows ('

# --strict: 4 when any run has failed, and only then; the rest is as ever.
run 4 "$dir/one.lua" mixed.pcapng --strict
prints '"message":"x"'
run 4 "$dir/one.lua" mixed.pcapng --strict -w 2
run 0 "$dir/one.lua" dns.pcap --strict
run 4 "$(script 'while true do end')" ssh.pcap --strict
says '1 out of time'
run 3 "$(script 'not Lua')" ssh.pcap --strict
run 1 "$dir/one.lua" ssh.pcap --strict --stats "$dir/no/where"
says "$dir/no/where"

# The last line says that a script has failed on all flows, and how.
run 0 "$(script 'local t
return t.x')" dns.pcap
tail -n 1 "$dir/err" | grep -qF "error: $dir/script.lua failed on all 8 flows \
in the detected hook: it raised no alert; its last error: \
$dir/script.lua:2: attempt to index a nil value" || fail 'the last line'
run 0 "$dir/script.lua" dns.pcap -w 2
tail -n 1 "$dir/err" | grep -qF 'failed on all 8 flows' || fail '-w 2'
run 0 "$(script 'flow.triggerAlert(1, "first") error("then")')" ssh.pcap
tail -n 1 "$dir/err" | grep -qF 'failed on its only flow in the detected \
hook: it raised 1 alert before it failed; its last error: ' || fail 'one flow'
run 0 "$(script 'if flow.srv_port() ~= 22 then error("not ssh") end')" \
    mixed.pcapng
says 'run-time error'
says_not 'failed on'
run 0 "$dir/one.lua" dns.pcap
says_not 'failed on'

# -o FILE: the same lines in a file, nothing on stdout; "-" is stdout.
cp "$dir/out" "$dir/stdout"
run 0 "$dir/script.lua" dns.pcap -o "$dir/alerts.json"
lines 0
cmp "$dir/stdout" "$dir/alerts.json" || fail '-o FILE differs from stdout'
run 0 "$dir/script.lua" dns.pcap -o -
cmp "$dir/stdout" "$dir/out" || fail '-o - differs from stdout'

# A run that cannot start leaves the alerts of the run before alone.
run 3 "$(script 'not Lua')" dns.pcap -o "$dir/alerts.json"
cmp "$dir/stdout" "$dir/alerts.json" || fail 'alerts were lost'

# The same run gives the same alerts.
run 0 "$(script "$every")" mixed.pcapng
cp "$dir/out" "$dir/first"
run 0 "$(script "$every")" mixed.pcapng
cmp "$dir/first" "$dir/out" || fail 'two runs differ'

# Several captures are read in their order, as one; stdin is "-".
expect 0 run -r "$CAPTURES/dns.pcap" -r "$CAPTURES/ssh.pcap" \
    -s "$dir/script.lua" -c "$dir/settings.json"
prints '"proto.ndpi":"SSH"'
prints '"proto.ndpi":"DNS"'
"$FLOWCHECK" run -r - -s "$dir/script.lua" -c "$dir/settings.json" \
    <"$CAPTURES/dns.pcap" >"$dir/out" 2>"$dir/err" || fail 'stdin'
lines "$alerts"

# -m decides what is local.
run 0 "$(script 'flow.triggerAlert(1, flow.direction())')" http.pcap
prints '"message":"local2local"'
run 0 "$dir/script.lua" http.pcap -m ''
prints '"message":"remote2remote"'
run 0 "$dir/script.lua" http.pcap -m 10.77.0.1
prints '"message":"local2remote"'

# --max-packets: the give-up of unknown flows.
run 0 "$(script 'flow.triggerAlert(1, flow.l7_proto_name())')" unknown.pcap
prints '"message":"Unknown"'
cat >"$dir/count.lua" <<'LUA'
flow.triggerAlert(1, tostring(flow.bytes()))
LUA
run 0 "$dir/count.lua" unknown.pcap --max-packets 1
cp "$dir/out" "$dir/early"
run 0 "$dir/count.lua" unknown.pcap
! cmp -s "$dir/early" "$dir/out" || fail '--max-packets changes nothing'

# --idle and --tcp-linger: when flows end.
cat >"$dir/settings.json" <<'JSON'
{"config":{"flow":{"custom_lua_script":{"all":{"enabled":true}}}}}
JSON
mkdir -p "$dir/root/scripts/callbacks/checks/flows"
echo 'flow.triggerAlert(1, "end")' \
    >"$dir/root/scripts/callbacks/checks/flows/custom_flow_end_script.lua"
expect 0 run -r "$CAPTURES/dns.pcap" -c "$dir/settings.json" \
    --install-dir "$dir/root"
prints '"hook":"end"'
ends=$(wc -l <"$dir/out")
expect 0 run -r "$CAPTURES/dns.pcap" -c "$dir/settings.json" \
    --install-dir "$dir/root" --idle 0.0001
[ "$(wc -l <"$dir/out")" -gt "$ends" ] || fail '--idle changes nothing'
expect 0 run -r "$CAPTURES/http.pcap" -c "$dir/settings.json" \
    --install-dir "$dir/root"
ends=$(wc -l <"$dir/out")
expect 0 run -r "$CAPTURES/http.pcap" -c "$dir/settings.json" \
    --install-dir "$dir/root" --tcp-linger 0
[ "$(wc -l <"$dir/out")" -ge "$ends" ] || fail '--tcp-linger loses flows'

# --max-flows: each flow has its hooks once, however few may live at once.
echo 'flow.triggerAlert(1, "detected")' \
    >"$dir/root/scripts/callbacks/checks/flows/custom_flow_lua_script.lua"
for most in 1 2 1000000; do
    expect 0 run -r "$CAPTURES/mixed.pcapng" -c "$dir/settings.json" \
        --install-dir "$dir/root" --max-flows "$most"
    flows=$(sed -n 's/.* \([0-9]*\) flows .*/\1/p' "$dir/err")
    says "(detected): $flows runs"
    says "(end): $flows runs"
    if [ "$most" = 1000000 ]; then
        says_not 'max-flows'
    else
        [ "$(grep -c 'warning: .*--max-flows' "$dir/err")" = 1 ] ||
            fail 'not one warning'
        says "--max-flows allows ($most):"
        says 'flows ended early'
    fi
done
expect 0 flows -r "$CAPTURES/dns.pcap"
all=$(wc -l <"$dir/out")
expect 0 flows -r "$CAPTURES/dns.pcap" --max-flows 1
[ "$(wc -l <"$dir/out")" -ge "$all" ] || fail 'flows are missing'
says '--max-flows allows (1)'
says 'flows ended early'
expect 0 lint -r "$CAPTURES/dns.pcap" "$dir/count.lua" \
    -c "$dir/settings.json" --max-flows 1
says '--max-flows allows (1)'
for most in 0 100000001 1.5 -1 many; do
    expect 2 run -r "$CAPTURES/dns.pcap" --max-flows="$most"
    says '--max-flows must be a whole number from 1 to 100000000, not:'
done

# -s is the detected hook, whatever hook the settings have for their script.
cat >"$dir/hook.json" <<JSON
{"config":{"flow":{"custom_lua_script":{"all":{"enabled":true,
"script_conf":{"script":"$dir/gone.lua","hook":"end"}}}}}}
JSON
expect 0 run -r "$CAPTURES/dns.pcap" -c "$dir/hook.json" \
    -s "$SCRIPTS/port_53.lua"
prints '"hook":"detected"'

# What is not looked into is counted by name, in one line of the summary.
# capture FILE LINK-TYPE FRAME COUNT: bytes as printf's formats have them.
# shellcheck disable=SC2059
capture()
{
    printf '\324\303\262\241\002\000\004\000\000\000\000\000' >"$1"
    printf '\000\000\000\000\377\377\000\000'"$2"'\000\000\000' >>"$1"
    for _ in $(seq "$4"); do
        printf '\000\000\000\000\000\000\000\000' >>"$1"
        printf '\016\000\000\000\016\000\000\000'"$3" >>"$1"
    done
}
capture "$dir/wifi.pcap" '\151' '\200\000\000\000abcdefghij' 12
capture "$dir/lldp.pcap" '\001' 'abcdefghijkl\210\314' 3
expect 0 run -r "$dir/lldp.pcap" -r "$dir/wifi.pcap" -s "$dir/script.lua" \
    -c "$dir/settings.json"
says 'unsupported: 12 802.11 frames, 3 LLDP'
says_not 'in no flow'

# flows: one object per flow, keyed by the names of the getters.
expect 0 flows -r "$CAPTURES/http.pcap"
for key in cli cli_port srv srv_port protocol vlan_id is_oneway is_unicast \
    cli2srv_bytes srv2cli_bytes bytes first_seen last_seen \
    l7_master_proto l7_proto l7_proto_name direction http dns ssh tls_quic; do
    prints "\"$key\":"
done
! grep -v '^{.*}$' "$dir/out" || fail 'flows prints something else than JSON'

# Its times are those that a script sees, with all digits.
run 0 "$(script 'flow.triggerAlert(1, ("%.6f %.6f"):format(
    flow.first_seen(), flow.last_seen()))')" mixed.pcapng
sed 's/.*"message":"\([^"]*\)".*/\1/' "$dir/out" >"$dir/seen"
expect 0 flows -r "$CAPTURES/mixed.pcapng"
sed 's/.*"first_seen":\([0-9.]*\),"last_seen":\([0-9.]*\),.*/\1 \2/' \
    "$dir/out" | diff "$dir/seen" - || fail 'flows has other times'

# Help for the program and for each command, on stdout, with 0.
for command in '' run lint list enable disable flows; do
    # shellcheck disable=SC2086 # no argument for the program's own
    expect 0 $command --help
    prints 'Usage: flowcheck'
done
expect 0 --version
prints 'nDPI'
