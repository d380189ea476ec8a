#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The toggle: a check is off until it is enabled, and off again when disabled.
. "${srcdir:-.}/tests/lib.sh"

settings=$dir/settings.json
root=$dir/root
mkdir -p "$root/scripts/callbacks/checks/flows"
cp "$SCRIPTS/port_53.lua" \
    "$root/scripts/callbacks/checks/flows/custom_flow_lua_script.lua"

run_enabled()
{
    expect 0 run -r "$CAPTURES/dns.pcap" -c "$settings" --install-dir "$root"
}

# Off by default; nothing runs, and it is said.
run_enabled
lines 0
says 'no check is enabled'
expect 0 list -c "$settings"
prints custom_lua_script
prints 'Flow User Check Script'
prints ' no '
[ ! -e "$settings" ] || fail 'list made a settings document'

# On: the script of the install dir runs.
expect 0 enable custom_lua_script -c "$settings"
expect 0 list -c "$settings"
prints ' yes '
run_enabled
prints 'a flow to port 53'
enabled=$(wc -l <"$dir/out")
[ "$enabled" -gt 0 ]

# Off again: the document is kept, the check does not run.
expect 0 disable custom_lua_script -c "$settings"
run_enabled
lines 0

# A misspelt key is refused, with the keys that there are.
expect 1 enable custom_lua_scrip -c "$settings"
says 'custom_lua_script'
says 'Flow User Check Script'

# The rest of the document is kept.
cat >"$settings" <<'JSON'
{"config": {"flow": {"other": {"all": {"enabled": true, "x": [1, "two"]}},
  "custom_lua_script": {"all": {"enabled": false, "script_conf": []}}},
  "host": {"y": null}}, "filters": {"z": 3.5}, "mine": "kept"}
JSON
expect 0 enable custom_lua_script -c "$settings"
for kept in '"two"' '"y"' '3.5' '"mine"' '"other"'; do
    grep -qF "$kept" "$settings" || fail "lost $kept"
done
run_enabled
lines "$enabled"
says '"other", which no module in'

# Without the directory, or the right to write, nothing is lost.
expect 1 enable custom_lua_script -c "$dir/no/such/settings.json"
says "$dir/no/such/settings.json"

# A missing script is said loudly, with the path.
rm -r "$root/scripts"
run_enabled
says "$root/scripts/callbacks/checks/flows/custom_flow_lua_script.lua"
says warning
