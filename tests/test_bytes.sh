#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Bytes are those that tshark counts, for each pair of addresses and in each
# direction. No bundled capture has padding; that of fragments is left out, for
# a later fragment counts from its IP header on.
. "${srcdir:-.}/tests/lib.sh"
command -v tshark >/dev/null || skip 'tshark not found'

# Lines "from to bytes", added up.
sum='{ bytes[$1 " " $2] += $3 }
    END { for (pair in bytes) if (bytes[pair] > 0) print pair, bytes[pair] }'

for capture in "$CAPTURES"/*.pcap*; do
    [ "${capture##*/}" != fragments.pcap ] || continue
    # An ICMP error quotes an IP header: the first one counts.
    tshark -n -r "$capture" -T fields -E occurrence=f -e ip.src -e ipv6.src \
        -e ip.dst -e ipv6.dst -e frame.len 2>/dev/null |
        awk "$sum" | LC_ALL=C sort >"$dir/tshark"
    expect 0 flows -r "$capture" --hook end
    sed 's/.*"cli":"\([^"]*\)".*"srv":"\([^"]*\)".*"cli2srv_bytes":\([0-9]*\),"srv2cli_bytes":\([0-9]*\),.*/\1 \2 \3\n\2 \1 \4/' \
        "$dir/out" | awk "$sum" | LC_ALL=C sort >"$dir/ours"
    [ -s "$dir/ours" ] || fail "$capture: no bytes to compare"
    diff "$dir/tshark" "$dir/ours" >&2 || fail "$capture: other bytes"
done
