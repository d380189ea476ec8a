#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The three hooks of the program: their order, and the VM that they share.
. "${srcdir:-.}/tests/lib.sh"

# The bytes of a number, lowest first, as printf wants them.
little()
{
    value=$1 bytes=$2
    while [ "$bytes" -gt 0 ]; do
        printf '\\%03o' $((value & 255))
        value=$((value >> 8)) bytes=$((bytes - 1))
    done
}

# packet SECOND: raw IPv4, UDP from 192.0.2.1:4000 to 192.0.2.2:9999.
packet()
{
    # shellcheck disable=SC2059 # formats made of octal
    printf "$(little "$1" 4)$(little 0 4)$(little 32 4)$(little 32 4)"
    printf '\105\0\0\040\0\0\0\0\100\021\0\0\300\0\002\001\300\0\002\002'
    printf '\017\240\047\017\0\014\0\0\377\376\375\374'
}

# A flow that is given up, and so detected, at its 12th packet, and then has one
# in every half minute until the 150th second.
{
    # shellcheck disable=SC2059
    printf "$(little 2712847316 4)$(little 2 2)$(little 4 2)$(little 0 8)"
    # shellcheck disable=SC2059
    printf "$(little 65535 4)$(little 101 4)"
    for second in 0 0 0 0 0 0 0 0 0 0 0 0 30 60 90 120 150; do
        packet "$second"
    done
} >"$dir/long.pcap"

cat >"$dir/settings.json" <<'JSON'
{"config":{"flow":{"custom_lua_script":{"all":{"enabled":true}}}}}
JSON
flows=$dir/root/scripts/callbacks/checks/flows
mkdir -p "$flows"
say='n = (n or 0) + 1 flow.triggerAlert(n, n .. " packets " .. flow.bytes() / 32)'
for hook in protocol_detected periodic end; do
    echo "$say" >"$flows/custom_flow_${hook}_script.lua"
done

# hooks [OPTION...]: the hook and the message of each alert, in order.
hooks()
{
    expect 0 run -r "$dir/long.pcap" -c "$dir/settings.json" \
        --install-dir "$dir/root" "$@"
    sed 's/.*"hook":"\([a-z]*\)".*"message":"\([^"]*\)".*/\1 \2/' "$dir/out" \
        >"$dir/hooks"
    sed 's/.*"message":"\([^"]*\)".*"hook":"\([a-z]*\)".*/\2 \1/' "$dir/hooks"
}

# Detected before anything else, end last; one VM, so the count goes on.
hooks >"$dir/got"
cat >"$dir/wanted" <<'LINES'
detected 1 packets 12.0
periodic 2 packets 13.0
periodic 3 packets 15.0
end 4 packets 17.0
LINES
diff "$dir/wanted" "$dir/got" || fail 'the hooks'

# With ntopng's compat each hook has a VM of its own.
sed 's/"enabled":true/&,"script_conf":{"compat":"ntopng"}/' \
    "$dir/settings.json" >"$dir/compat.json"
mv "$dir/compat.json" "$dir/settings.json"
hooks >"$dir/got"
cat >"$dir/wanted" <<'LINES'
detected 1 packets 12.0
periodic 1 packets 13.0
periodic 2 packets 15.0
end 1 packets 17.0
LINES
diff "$dir/wanted" "$dir/got" || fail 'the hooks with compat'

# now WHERE: os.time() and os.date() are what the alert's record has, also in
# 1970, where this capture is from.
now()
{
    sed 's/.*"tstamp":\([0-9]*\),.*"hook":"\([a-z]*\)".*"message":"\([^"]*\)".*/\2 \3 \1/' \
        "$dir/out" >"$dir/got"
    diff "$dir/wanted" "$dir/got" || fail "the time in a hook, $*"
}
say='flow.triggerAlert(1, os.time() .. " " .. os.date("!%T") .. " " ..
    flow.first_seen() .. " " .. flow.last_seen())'
for hook in protocol_detected periodic end; do
    echo "$say" >"$flows/custom_flow_${hook}_script.lua"
done
cat >"$dir/wanted" <<'LINES'
detected 0 00:00:00 0.0 0.0 0
periodic 60 00:01:00 0.0 30.0 60
periodic 120 00:02:00 0.0 90.0 120
end 150 00:02:30 0.0 150.0 150
LINES
for workers in 1 2; do
    hooks --workers "$workers" >/dev/null
    now "$workers workers"
done

# --periodic: other periods, or none.
hooks --periodic 0 >"$dir/got"
says 'periodic): never run'
hooks --periodic 15 >"$dir/got"
says 'periodic): 10 runs'
expect 2 run -r "$dir/long.pcap" --periodic 0.5
says '0, or a number of seconds from 1'
