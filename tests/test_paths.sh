#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# What is spared where nobody needs it changes no alert: the shield around flow
# and the library, the copy of a flow's metadata, the hooks without a script.
. "${srcdir:-.}/tests/lib.sh"

cat >"$dir/settings.json" <<'JSON'
{"config":{"flow":{"custom_lua_script":{"all":{"enabled":true}}}}}
JSON
set --
for capture in "$CAPTURES"/*.pcap "$CAPTURES"/*.pcapng; do
    set -- "$@" -r "$capture"
done

# install PATH HOOK FIRST-LINE: the script that alerts with all it can see.
install()
{
    mkdir -p "$dir/$1/scripts/callbacks/checks/flows"
    {
        echo "$3"
        sed "s/HOOK/$2/" "$srcdir/tests/lua/everything.lua"
    } >"$dir/$1/scripts/callbacks/checks/flows/custom_flow_$2_script.lua"
}

# alerts PATH HOOK ARGUMENT...: those of a hook, in their order.
alerts()
{
    path=$1
    hook=$2
    shift 2
    expect 0 run "$@" -c "$dir/settings.json" --install-dir "$dir/$path"
    grep "\"hook\":\"$hook\"" "$dir/out" >"$dir/$path.$hook" ||
        fail "$path: no alerts in the $hook hook"
}

# Naming _G, a script could change anything, so it gets shields.
install fast lua '--'
install slow lua 'local _ = _G'
install slow periodic 'local _ = _G'
install slow end 'local _ = _G'
alerts fast detected "$@"
alerts slow detected "$@"
cmp "$dir/fast.detected" "$dir/slow.detected" ||
    fail 'other alerts where more is to be done'

# An end hook alone makes no difference to it, and a flow has there the metadata
# that it had when it was detected.
install late end '--'
alerts slow end "$@"
alerts late end "$@"
cmp "$dir/slow.end" "$dir/late.end" || fail 'other alerts at the end of flows'
for hook in detected end; do
    grep -o ' [a-z_]*{[^}]*}' "$dir/slow.$hook" | sort >"$dir/known.$hook"
done
[ -s "$dir/known.end" ] || fail 'no metadata to compare'
cmp "$dir/known.detected" "$dir/known.end" ||
    fail 'a flow at its end has other metadata than when it was detected'
