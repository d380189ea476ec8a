#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The alerts of each bundled capture, with everything that a script can see, are
# those of tests/golden. After a wanted change: UPDATE_GOLDEN=1 make check.
. "${srcdir:-.}/tests/lib.sh"

# Names and metadata are nDPI's, and differ between its versions.
"$FLOWCHECK" --version | grep -q 'nDPI 4\.2' ||
    skip 'the golden alerts were made with nDPI 4.2'

golden=$srcdir/tests/golden
install=$dir/root/scripts/callbacks/checks/flows
mkdir -p "$install"
for hook in lua end; do
    sed "s/HOOK/$hook/" "$srcdir/tests/lua/everything.lua" \
        >"$install/custom_flow_${hook}_script.lua"
done
cat >"$dir/settings.json" <<'JSON'
{"config":{"flow":{"custom_lua_script":{"all":{"enabled":true}}}}}
JSON

cd "$CAPTURES"
for capture in *.pcap *.pcapng; do
    expect 0 run -r "$capture" -c "$dir/settings.json" \
        --install-dir "$dir/root"
    if [ -n "${UPDATE_GOLDEN:-}" ]; then
        cp "$dir/out" "$golden/$capture.json"
    elif ! diff -u "$golden/$capture.json" "$dir/out" >"$dir/diff"; then
        head -n 20 "$dir/diff" >&2
        fail "$capture: other alerts than tests/golden/$capture.json"
    fi
done

# No golden file without its capture.
for file in "$golden"/*.json; do
    capture=${file##*/}
    [ -e "${capture%.json}" ] || fail "$file: its capture is gone"
done
