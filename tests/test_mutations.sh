#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# A limit that no test sees fire does not exist. So each limit is taken out of a
# copy of the module in turn, and the test that promises it must fail then; with
# the module as it is, all of them pass. A row that changes nothing, or does not
# compile, is a failure too: it has lost its limit.
#
# "make check-mutations" runs it, with the programs of "make check" built.
# It takes minutes: a module without limits loops until the test's CPU time is
# used up, or waits until its time by the clock is. Both are cut short, but only
# where something is broken: a busy machine can't make a sound module fail.
set -u
build=$PWD
work=$(mktemp -d) || exit 99
all=$work
trap 'rm -rf "$all"' EXIT
trap 'exit 99' INT TERM
FLOW_USER_CHECK=$work/flow_user_check.so
export FLOW_USER_CHECK
flags="-std=gnu17 -fPIC -O1 -w -D_GNU_SOURCE -fvisibility=hidden"

# compile FOLDER/NAME.c
compile()
{
    # shellcheck disable=SC2086 # a list of words
    $CC $flags -I"$srcdir/include" -I"$work" -I"$work/lua_api" ${LUA_CFLAGS-} -c \
        -o "$work/${1%.c}.o" "$work/$1"
}

compile_all()
{
    for source in "$work"/lua_api/*.c "$work"/plugin/*.c \
        "$work"/json/json.c "$work"/json/scalar.c; do
        compile "${source#"$work"/}" || return 1
    done
}

link_module()
{
    # shellcheck disable=SC2086
    $CC -shared -pthread -Wl,-z,nodelete -o "$FLOW_USER_CHECK" \
        -Wl,--version-script="$srcdir/plugin/module.map" \
        "$work"/lua_api/*.o "$work"/plugin/*.o "$work"/json/*.o $LUA_LIBS -lm
}

fresh_copy()
{
    rm -rf "$work/lua_api" "$work/plugin" "$work/json"
    cp -R "$srcdir/lua_api" "$srcdir/plugin" "$srcdir/json" "$work"
    chmod -R u+w "$work/lua_api" "$work/plugin" "$work/json"
}

# fails SUITE TEST: whether that test does, in a module without a limit.
fails()
{
    FC_TEST_CPU_S=$(cat "$all/$1.seconds") CK_DEFAULT_TIMEOUT=5 \
        "$build/tests/$1" >"$work/log" 2>&1
    grep -q ":$2:" "$work/log"
}

# measure SUITE: the CPU time, in seconds, that is enough for each of its tests
# when all limits are there: 1 if the processor is not a slow one.
measure()
{
    for seconds in 1 2 4 8 16 32 64 128; do
        echo $seconds >"$all/$1.seconds"
        FC_TEST_CPU_S=$seconds "$build/tests/$1" >"$all/$1.log" 2>&1 && return
        grep -q 'Received signal' "$all/$1.log" || return
    done
}

survivors=0
complain()
{
    printf '%s\n' "$*"
    survivors=$((survivors + 1))
}

# try FILE CHANGE SUITE TEST
try()
{
    sed -i "$2" "$work/$1"
    if cmp -s "$srcdir/$1" "$work/$1"; then
        complain "changes nothing: $1: $2"
        return
    fi
    case $1 in
    *.h) compile_all ;;
    *) compile "$1" ;;
    esac && link_module || {
        complain "does not compile: $1: $2"
        return
    }
    fails "$3" "$4" || complain "$4 passes without its limit: $1: $2"
}

# Puts back what try has changed.
restore()
{
    cp "$srcdir/$1" "$work/$1"
    case $1 in
    *.h) compile_all ;;
    *) compile "$1" ;;
    esac
}

fresh_copy
compile_all && link_module || exit 99
sed -e '/^#/d' -e '/^$/d' "$srcdir/tests/mutations" >"$work/rows"

cut -d '|' -f 3,4 "$work/rows" | tr -d ' ' | sort -u | tr '|' ' ' \
    >"$work/promises"
for suite in $(cut -d ' ' -f 1 "$work/promises" | sort -u); do
    measure "$suite"
done
while read -r suite test; do
    grep -q "TEST($test)" "$srcdir/tests/$suite.c" ||
        complain "$suite has no test $test"
    ! grep ":$test:" "$all/$suite.log" ||
        complain "$test fails with all limits there"
done <"$work/promises"

# part NUMBER: takes every so manieth row, in a copy of its own.
parts=$(nproc 2>/dev/null) || parts=1
part()
{
    mkdir "$work/part.$1" || exit 99
    cp -R "$work/lua_api" "$work/plugin" "$work/json" "$work/part.$1"
    awk -v n="$1" -v of="$parts" 'NR % of == n' "$work/rows" \
        >"$work/part.$1/rows"
    work=$work/part.$1
    FLOW_USER_CHECK=$work/flow_user_check.so
    while IFS='|' read -r file change suite test; do
        file=${file%% *} suite=$(echo $suite) test=$(echo $test)
        try "$file" "$change" "$suite" "$test"
        restore "$file"
    done <"$work/rows"
    exit "$survivors"
}

pids=
for number in $(seq 0 $((parts - 1))); do
    (survivors=0; part "$number") &
    pids="$pids $!"
done
for pid in $pids; do
    wait "$pid" || survivors=$((survivors + $?))
done

count=$(wc -l <"$work/rows")
printf '%s of %s mutations were caught\n' $((count - survivors)) "$count"
[ "$survivors" = 0 ]
