#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The toggle: a check is off until it is enabled, and off again when disabled.
. "${srcdir:-.}/tests/lib.sh"

settings=$dir/toggled.json
root=$dir/root
mkdir -p "$root/scripts/callbacks/checks/flows"
cp "$SCRIPTS/port_53.lua" \
    "$root/scripts/callbacks/checks/flows/custom_flow_lua_script.lua"

run_enabled()
{
    expect 0 run -r "$CAPTURES/dns.pcap" -c "$settings" --install-dir "$root"
}

# Off by default; nothing runs, and it is said, with what to do.
echo '{}' >"$settings"
run_enabled
lines 0
says 'no check is enabled'
says "flowcheck enable custom_lua_script -c $settings"
expect 0 list -c "$settings"
prints custom_lua_script
prints 'Flow User Check Script'
prints ' no '

# Settings that are named and not there are an error of those who read them.
rm "$settings"
for command in run list lint; do
    case $command in
    run) set -- -r "$CAPTURES/dns.pcap" ;;
    list) set -- ;;
    lint) set -- "$SCRIPTS/port_53.lua" ;;
    esac
    expect 1 "$command" -c "$settings" "$@"
    says "cannot read $settings: No such file or directory"
    says "flowcheck enable KEY -c $settings"
    lines 0
done
expect 1 run -r "$CAPTURES/dns.pcap" -s "$SCRIPTS/port_53.lua" -c "$settings"
says "cannot read $settings: No such file or directory"
[ ! -e "$settings" ] || fail 'a settings document was made'

# On: the document is made, and the script of the install dir runs.
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
  "host": {"y": null, "y\u0000a": 1, "y\u0000b": 2}}, "filters": {"z": 1.0e5,
  "big": 123456789012345678901234567890, "half": "\ud800"},  "mine": "kept"}
JSON
sed 's/"enabled": false/"enabled": true/' "$settings" >"$dir/wanted.json"
cp "$settings" "$dir/before.json"
expect 0 enable custom_lua_script -c "$settings"
cmp "$dir/wanted.json" "$settings" || fail 'more than the value was edited'
expect 0 disable custom_lua_script -c "$settings"
cmp "$dir/before.json" "$settings" || fail 'more than the value was edited'
expect 0 enable custom_lua_script -c "$settings"
run_enabled
lines "$enabled"
says '"other", which no module in'

# What a check is told is what stands there: "script\u0000" is not "script", and
# -s sets the one without losing the other.
cat >"$settings" <<JSON
{"config": {"flow": {"custom_lua_script": {"all": {"enabled": true,
  "script_conf": {"script\u0000": "$dir/none.lua"}}}}}}
JSON
run_enabled
lines "$enabled"
says '"script\u0000" is no setting of this check'
expect 0 run -r "$CAPTURES/dns.pcap" -c "$settings" -s "$SCRIPTS/port_53.lua"
lines "$enabled"
says '"script\u0000" is no setting of this check'

# A path is handed over whatever its bytes are.
odd=$dir/$(printf 'a "\\ \303\244 \377.lua')
cp "$SCRIPTS/port_53.lua" "$odd"
expect 0 run -r "$CAPTURES/dns.pcap" -c "$settings" -s "$odd"
lines "$enabled"
cat >"$settings" <<'JSON'
{"config": {"flow": {"custom_lua_script": {"all": {"enabled": true,
  "script_conf": {"script": "/tmp/\ud800.lua"}}}}}}
JSON
expect 1 run -r "$CAPTURES/dns.pcap" -c "$settings"
says '"script" must be the path of a Lua script, not "/tmp/\ud800.lua"'
says "the script_conf of \"custom_lua_script\" is in $settings: line 2, column 18"

# Without the directory, or the right to write, nothing is lost.
expect 1 enable custom_lua_script -c "$dir/no/such/settings.json"
says "$dir/no/such/settings.json"

# A key that is given twice is not edited: which one would people mean?
printf '{"config": {"flow": {}},\n "config": {"flow": []}}' >"$settings"
cp "$settings" "$dir/before.json"
expect 1 enable custom_lua_script -c "$settings"
says "$settings: line 2, column 2: \"config\" is given twice"
cmp "$dir/before.json" "$settings" || fail 'the document was edited'
expect 0 list -c "$settings"
says "line 2, column 2: \"config\" in the document was given before"

# A missing script is said loudly, with the path.
rm -r "$root/scripts" "$settings"
expect 0 enable custom_lua_script -c "$settings"
run_enabled
says "$root/scripts/callbacks/checks/flows/custom_flow_lua_script.lua"
says warning
