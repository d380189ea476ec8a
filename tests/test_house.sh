#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The house rules that a machine can check: HACKING.md.
. "${srcdir:-.}/tests/lib.sh"

cd "$srcdir"

# only PATTERN FILE...: the pattern is in these source files and no other.
only()
{
    pattern=$1
    shift
    found=$(grep -lE "$pattern" host/*.[ch] json/*.[ch] plugin/*.[ch] \
        lua_api/*.[ch] |
        tr '\n' ' ' | sed 's/ $//')
    [ "$found" = "$*" ] || fail "$pattern is in: $found (should be: $*)"
}

# One place for each danger.
only 'lua_pcall' lua_api/vm.c
only 'lua_newstate|\<realloc\(' lua_api/memory.c lua_api/vm.c
only '\<dlopen\(' host/modules.c
only 'fc_copy_struct\(|->(stats|active)\(' host/contract.c \
    plugin/check.c plugin/host_link.c plugin/module.c lua_api/l7.c
only 'include [<"]ndpi' host/dpi.c
only 'include [<"]pcap' host/capture.c
only 'json_tokener|json_object_from' ''
only '\<open\(' host/alerts.c host/main.c host/settings_file.c plugin/script.c

# lua_api knows neither files nor settings nor the host's struct; plugin does
# not touch a Lua stack; include stands alone.
! grep -nE '\<(open|fopen|getenv) ?\(|json_' lua_api/*.[ch] ||
    fail 'lua_api reaches out'
! grep -nE '\<luaL?_[a-z]+ ?\(' plugin/*.[ch] || fail 'plugin pushes Lua'
! grep -nE '#include "(json|plugin|lua_api|host)' include/*.h ||
    fail 'include needs more than itself'
! grep -nE '#include "(include|plugin|lua_api|host|flow_check|fc_)' \
    json/*.[ch] || fail 'json needs more than itself'

# Screens: no function over 60 lines, no file over 600, no line over 80.
for file in include/*.h host/*.[ch] json/*.[ch] plugin/*.[ch] lua_api/*.[ch]; do
    awk -v file="$file" '
        /^\{/ { start = NR }
        /^\}/ { if (start && NR - start > 60) { print file ":" start; bad = 1 }
                start = 0 }
        length($0) > 80 { print file ":" NR ": over 80 columns"; bad = 1 }
        END { if (NR > 600) { print file ": over 600 lines"; bad = 1 }
              exit bad }' "$file" || fail "$file outgrew its room"
done

# make keeps one log per name: of two tests of one name, one would never run.
for file in tests/*.sh; do
    [ ! -e "${file%.sh}.c" ] || fail "$file and ${file%.sh}.c share a name"
done

# Every file says its licence in its first lines.
for file in include/*.h host/*.[ch] json/*.[ch] plugin/*.[ch] lua_api/*.[ch] \
    tests/*.[ch] tests/*.sh bench/*.[ch] bench/bench_host \
    bench/bench_memory bench/bench_workers bench/lib.sh bench/table.awk; do
    head -n 2 "$file" | grep -q 'SPDX-License-Identifier: GPL-3.0-or-later' ||
        fail "$file: no SPDX line"
done

# Tests do not judge by the clock on the wall: tests/run_suite.c has the one
# limit of time for all.
! grep -nE 'tcase_set_timeou[t]|\<(sleep|timeout) [0-9$]' tests/*.c tests/*.sh ||
    fail 'a test has a limit of time of its own'
