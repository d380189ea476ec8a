#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# What the program does with modules of a later release, and with ones that
# break the rules of flow_check.h: it says so, and goes on.
. "${srcdir:-.}/tests/lib.sh"

[ -e "${TEST_MODULES:-}/newer.so" ] || skip 'no modules: TEST_MODULES'

# with STATUS MODULE ARGUMENT...: runs its check on the DNS capture, 8 flows.
with()
{
    status=$1
    module=$2
    shift 2
    rm -rf "$dir/modules"
    mkdir "$dir/modules"
    cp "$TEST_MODULES/$module.so" "$dir/modules"
    echo '{"config":{"flow":{"'"$module"'":{"all":{"enabled":true}}}}}' \
        >"$dir/settings.json"
    expect "$status" run -r "$CAPTURES/dns.pcap" -p "$dir/modules" \
        -c "$dir/settings.json" "$@"
}

# shows TEXT: the statistics have this line.
shows()
{
    tr -d ' ' <"$dir/stats.json" | grep -qF -- "$1" ||
        fail "no $1 in the statistics"
}

flows=$("$FLOWCHECK" flows -r "$CAPTURES/dns.pcap" 2>"$dir/err" | wc -l)

# A newer module: what nobody knows has a name, and is in all sums.
for workers in 1 2; do
    with 0 newer --stats "$dir/stats.json" -w "$workers"
    shows '"state":"unknown"'
    shows "\"other\":$((2 * workers))"
    shows "\"time\":$workers"
    says 'flowcheck: a line of level 9'
    says "/newer.lua (detected): $((5 * workers)) runs, $((3 * workers)) failures, $workers out of time, $((2 * workers)) other"
    says_not 'error:'
    prints '"message":"newer"'
done
with 4 newer --strict

# A lying one: said once, and the run ends as runs do.
for workers in 1 2; do
    with 0 lying --stats "$dir/stats.json" -o "$dir/alerts.json" -w "$workers"
    shows '"state":"unknown"'
    shows '"runs":18446744073709551615'
    shows '"other":18446744073709551615'
    says 'a line of no level'
    says 'check "lying" triggers an alert that is NULL'
    says 'lying (end): '
    [ "$(wc -l <"$dir/alerts.json")" -eq $((2 * flows)) ] || fail 'alerts'
done

# One that is late: nothing comes of it, and its own check runs.
with 0 late
says 'registers a check outside its init: refused'
says "late (detected): $flows runs"
lines 0
says_not 'late_too'

# A check without figures: the summary has what the host has counted.
with 0 shorter --stats "$dir/stats.json"
says "shorter (detected): $flows runs"
says "shorter (end): $flows runs"
says_not 'periodic'
shows '"state":"ready"'
shows '"script":null'
with 0 shorter --strict
head -c 24 "$CAPTURES/dns.pcap" >"$dir/nothing.pcap"
expect 0 run -r "$dir/nothing.pcap" -p "$dir/modules" -c "$dir/settings.json"
says 'shorter (detected): never run'
says ': 0 packets, 0 bytes, 0 flows (0 detected), 0 alerts in '
with 0 meddler
says "meddler (detected): $flows runs, $flows alerts"

# A check that is refused is named; the rest of the program works.
for fault in 'no key' 'long key' 'red title' 'no hook' 'all hooks' 'any size' \
    'no enable' 'no on_end'; do
    FIXTURE_FAULT=$fault
    export FIXTURE_FAULT
    with 0 faulty
    says "error: $dir/modules/faulty.so: "
    expect 0 list -p "$dir/modules" -c "$dir/none.json"
    lines 1
done
unset FIXTURE_FAULT
with 0 greedy
says 'registers more than 64 checks: the rest is refused'
