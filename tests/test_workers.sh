#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# flowcheck run --workers N: the alerts, the counts and the manners of one.
. "${srcdir:-.}/tests/lib.sh"

install=$dir/root/scripts/callbacks/checks/flows
mkdir -p "$install" "$dir/empty"
for hook in lua periodic end; do
    sed "s/HOOK/$hook/" "$srcdir/tests/lua/everything.lua" \
        >"$install/custom_flow_${hook}_script.lua"
done
cat >"$dir/settings.json" <<'JSON'
{"config":{"flow":{"custom_lua_script":{"all":{"enabled":true}}}}}
JSON

# work WORKERS ARGUMENT...: a run of the three hooks, its sorted alerts in
# $dir/alerts.N, what it counted in $dir/counts.N.
work()
{
    workers=$1
    shift
    expect 0 run -w "$workers" "$@" -c "$dir/settings.json" \
        --install-dir "$dir/root" --stats "$dir/stats"
    LC_ALL=C sort "$dir/out" >"$dir/alerts.$workers"
    {
        sed -e '/a run took/d' -e 's/ in [0-9.]* s$//' "$dir/err"
        sed -e '/"time_ns"/,/}/d' -e '/"memory_bytes"/,/}/d' "$dir/stats"
    } >"$dir/counts.$workers"
}

# same NAME ARGUMENT...: 1, 2, 3 and 4 workers come to the same.
same()
{
    name=$1
    shift
    work 1 "$@"
    [ -s "$dir/alerts.1" ] || fail "$name: no alerts to compare"
    for n in 2 3 4; do
        work $n "$@"
        cmp "$dir/alerts.1" "$dir/alerts.$n" ||
            fail "$name: other alerts with $n workers"
        diff "$dir/counts.1" "$dir/counts.$n" >"$dir/err" ||
            fail "$name: other counts with $n workers"
    done
}

# All bundled captures as one, each alert with the name of its file.
set --
for capture in "$CAPTURES"/*.pcap "$CAPTURES"/*.pcapng; do
    set -- "$@" -r "$capture"
done
same 'the captures' "$@" --periodic 1
for hook in detected periodic end; do
    grep -q "\"hook\":\"$hook\"" "$dir/alerts.4" || fail "no alerts in $hook"
done
for capture in dns.pcap mixed.pcapng; do
    grep -q "\"ifname\":\"[^\"]*/$capture\"" "$dir/alerts.4" ||
        fail "none of $capture"
done

# Ends in pauses, periods, fragments, tunnels, a clock that is set back.
if [ -x tests/make_traffic ]; then
    tests/make_traffic >"$dir/traffic.pcap"
    same 'made traffic' -r "$dir/traffic.pcap" --periodic 10
    for what in '"hook":"periodic"' '10.1.0.7'; do
        grep -qF "$what" "$dir/alerts.4" || fail "no $what in made traffic"
    done
    for what in 'fragments whose first was not seen' 'ARP'; do
        grep -qF "$what" "$dir/counts.4" || fail "no $what in made traffic"
    done
fi

# One worker writes in the order of packets, as ever: -w 1 is the default.
run 0 "$srcdir/tests/lua/everything.lua" mixed.pcapng -w 1
cp "$dir/out" "$dir/first"
run 0 "$srcdir/tests/lua/everything.lua" mixed.pcapng
cmp "$dir/first" "$dir/out" || fail '-w 1 is not the default'

# What is wrong with a script is said once, and nothing is lost by it.
echo kept >"$dir/alerts.json"
run 3 "$(script 'not Lua')" dns.pcap -w 4 -o "$dir/alerts.json"
[ "$(grep -c 'error:' "$dir/err")" = 1 ] || fail 'not one error'
[ "$(cat "$dir/alerts.json")" = kept ] || fail 'the alerts were emptied'
expect 0 run -r "$CAPTURES/dns.pcap" -c "$dir/settings.json" -w 4 \
    --install-dir "$dir/empty"
[ "$(grep -c 'no script to run' "$dir/err")" = 1 ] || fail 'not one warning'

# A script that is stopped for its time stops no other run.
run 0 "$(script 'if flow.l7_proto_name():find("DNS") then while true do end end
flow.triggerAlert(1, "after")')" mixed.pcapng -w 4
says 'out of time'
prints '"message":"after"'

# Each check lives on one thread; the run ends if a worker cannot have it.
if [ -e "${TEST_MODULES:-}/logging.so" ]; then
    echo '{"config":{"flow":{"logging":{"all":{"enabled":true}}}}}' \
        >"$dir/logging.json"
    expect 0 run -r "$CAPTURES/mixed.pcapng" -p "$TEST_MODULES" \
        -c "$dir/logging.json" -w 4 --periodic 1
    for call in on_detect on_periodic on_end stats disable; do
        says "$call"
    done
    says_not 'on another thread'
    [ "$(grep -c '^disable ' "$dir/err")" = 4 ] || fail 'not 4 disabled'
    expect 1 run -r "$CAPTURES/mixed.pcapng" -p "$TEST_MODULES" \
        -c "$dir/logging.json" -w 14 -o "$dir/alerts.json"
    says 'check "logging" is off: it could not be enabled'
    says_not 'on_detect'
    [ "$(grep -c '^disable ' "$dir/err")" = 13 ] || fail 'not 13 disabled'
    [ "$(cat "$dir/alerts.json")" = kept ] || fail 'the alerts were emptied'
fi

# --max-flows holds for all workers together: each has a part, one of them says
# so, and each flow has its hooks once.
for most in 1 9; do
    expect 0 run -r "$CAPTURES/mixed.pcapng" -c "$dir/settings.json" -w 4 \
        --install-dir "$dir/root" --max-flows $most
    flows=$(sed -n 's/.* \([0-9]*\) flows .*/\1/p' "$dir/err")
    says "(detected): $flows runs"
    says "(end): $flows runs"
    says "--max-flows allows ($most in 4 parts, one for each worker)"
    [ "$(grep -c 'warning: .*--max-flows' "$dir/err")" = 1 ] ||
        fail 'not one warning of --max-flows'
done

# A signal ends the reading of frames that never end; what was read is finished.
if [ -x tests/make_traffic ]; then
    head -c 24 "$dir/traffic.pcap" >"$dir/header"
    tail -c +25 "$dir/traffic.pcap" >"$dir/frames"
    mkfifo "$dir/endless" "$dir/alerts"
    {
        cat "$dir/header"
        while cat "$dir/frames"; do :; done
    } >"$dir/endless" 2>/dev/null &
    "$FLOWCHECK" run -w 3 -r - -o "$dir/alerts" -c "$dir/settings.json" \
        --install-dir "$dir/root" <"$dir/endless" >"$dir/out" 2>"$dir/err" &
    pid=$!
    exec 3<"$dir/alerts"
    read -r _ <&3
    kill -TERM "$pid"
    cat <&3 >"$dir/rest"
    exec 3<&-
    wait "$pid" || fail 'a signal is a failure'
    says 'stopped by a signal; what was read so far is finished'
    says 'custom_flow_end_script.lua (end): '
    flows=$(sed -n 's/.* \([0-9]*\) flows .*/\1/p' "$dir/err")
    says "(detected): $flows runs"
    says "(end): $flows runs"
fi

# What is no number of workers.
for n in 0 65 1.5 two ''; do
    expect 2 run -r "$CAPTURES/dns.pcap" --workers "$n"
    says "--workers must be a whole number from 1 to 64, not: $n"
done
