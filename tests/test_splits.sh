#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A capture in two files is the same capture: wherever it is split, two -r give
# the alerts of the whole, from all three hooks.
. "${srcdir:-.}/tests/lib.sh"
split=$PWD/tests/split_capture
[ -x "$split" ] || skip 'split_capture is built with check only'

install=$dir/root/scripts/callbacks/checks/flows
mkdir -p "$install"
for hook in lua periodic end; do
    name=${hook}_script
    sed "s/HOOK/$hook/" "$srcdir/tests/lua/everything.lua" \
        >"$install/custom_flow_$name.lua"
done
cat >"$dir/settings.json" <<'JSON'
{"config":{"flow":{"custom_lua_script":{"all":{"enabled":true}}}}}
JSON

# alerts FILE...: what the captures give, but for their names, in $dir/out.
alerts()
{
    expect 0 run "$@" -c "$dir/settings.json" --install-dir "$dir/root" \
        --periodic 1
    sed 's/"ifname":"[^"]*"/"ifname":""/' "$dir/out" >"$dir/alerts"
}

# splits CAPTURE HOW-MANY: at so many points, evenly from 0 to the last frame.
splits()
{
    capture=$CAPTURES/$1
    frames=$("$split" "$capture")
    alerts -r "$capture"
    cp "$dir/alerts" "$dir/whole"
    [ -s "$dir/whole" ] || fail "$1: no alerts to compare"
    at=0
    step=$(((frames + $2 - 1) / $2))
    while [ "$at" -le "$frames" ]; do
        "$split" "$capture" "$at" "$dir/first.pcap" "$dir/second.pcap"
        alerts -r "$dir/first.pcap" -r "$dir/second.pcap"
        cmp "$dir/whole" "$dir/alerts" ||
            fail "$1: other alerts when split behind frame $at"
        at=$((at + step))
    done
}

splits dns.pcap 1000 # everywhere
splits fragments.pcap 1000
splits ping.pcap 1000
for capture in http6 tls13 vlan sctp cooked ssh unknown; do
    splits $capture.pcap 5
done
splits mixed.pcapng 10
grep -q '"hook":"periodic"' "$dir/whole" || fail 'no periodic alerts'
