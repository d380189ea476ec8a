# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
#
# What the benchmarks in sh share. They run in the build's top folder, so that
# the commands they print work there as they are. The captures they write go to
# bench/work, which is removed at the end.
#
# Environment: srcdir; BENCH_ROUNDS, 5 unless set; BENCH_SMOKE, if set, for tiny
# captures and one round; BENCH_KEEP, if set, leaves bench/work where it is.

set -eu

srcdir=${srcdir:-.}
work=bench/work
rounds=${BENCH_ROUNDS:-5}
[ -z "${BENCH_SMOKE:-}" ] || rounds=1
list=$work/list

mkdir -p "$work"
echo '{}' >"$work/none.json"
[ -n "${BENCH_KEEP:-}" ] || trap 'rm -rf "$work"' EXIT
trap 'exit 99' INT TERM

# The program without a check, as all settings are at their defaults.
# shellcheck disable=SC2034 # those that source this use it
flowcheck="host/flowcheck run -p plugin/.libs -c $work/none.json -o /dev/null"

has()
{
    command -v "$1" >/dev/null
}

note()
{
    printf '  note: %s\n' "$*"
}

# sized FLOWS: that many, or one in 1000 (20 at least) to see that all works.
sized()
{
    if [ -z "${BENCH_SMOKE:-}" ]; then
        echo "$1"
    else
        echo $(($1 / 1000 > 20 ? $1 / 1000 : 20))
    fi
}

# The name of a number of flows: 10k, 1M.
short()
{
    echo "$1" | sed 's/000000$/M/; s/000$/k/'
}

# row LABEL RATIO FLOWS COMMAND: a line of the next table; see table.awk.
row()
{
    printf '%s|%s|%s|%s\n' "$@" >>"$list"
}

# table TITLE [AWK-OPTION...]: measures the rows, and prints them.
table()
{
    title=$1
    shift
    printf '\n%s (rounds: %s)\n' "$title" "$rounds"
    bench/measure "$rounds" <"$list" >"$list.runs"
    awk "$@" -f "$srcdir/bench/table.awk" "$list.runs"
    rm -f "$list"
}
