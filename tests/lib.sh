# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
#
# What the shell tests share. A test sources it, then states promises with
# expect and the checks below; the first that does not hold ends the test.
#
# The makefile sets: FLOWCHECK (the program), FLOWCHECK_MODULES (where the built
# module is), srcdir.

set -eu

srcdir=$(cd "${srcdir:-.}" && pwd)
FLOWCHECK=${FLOWCHECK:?}
export FLOWCHECK_MODULES
CAPTURES=$srcdir/tests/captures
SCRIPTS=$srcdir/scripts
export SCRIPTS

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 99' INT TERM
# Empty settings documents, for tests that need to name one.
echo '{}' >"$dir/settings.json"
cp "$dir/settings.json" "$dir/none.json"

fail()
{
    printf 'FAILED: %s\n' "$*" >&2
    for file in "$dir/out" "$dir/err"; do
        [ ! -s "$file" ] || sed "s|^|${file##*/}: |" "$file" | head -n 20 >&2
    done
    exit 1
}

skip()
{
    printf 'skipped: %s\n' "$*" >&2
    exit 77
}

# expect STATUS ARGUMENT...: runs flowcheck; its output is in $dir/out and err.
expect()
{
    want=$1
    shift
    got=0
    "$FLOWCHECK" "$@" >"$dir/out" 2>"$dir/err" || got=$?
    [ "$got" = "$want" ] || fail "flowcheck $*: exit $got instead of $want"
}

# run STATUS SCRIPT CAPTURE [ARGUMENT...]: a script on a bundled capture.
run()
{
    want=$1
    script=$2
    capture=$3
    shift 3
    expect "$want" run -r "$CAPTURES/$capture" -s "$script" \
        -c "$dir/settings.json" "$@"
}

# script TEXT: writes a script and prints its path.
script()
{
    printf '%s\n' "$1" >"$dir/script.lua"
    printf '%s\n' "$dir/script.lua"
}

says()
{
    grep -qF -- "$1" "$dir/err" || fail "stderr does not say: $1"
}

says_not()
{
    ! grep -qF -- "$1" "$dir/err" || fail "stderr says: $1"
}

prints()
{
    grep -qF -- "$1" "$dir/out" || fail "stdout does not have: $1"
}

lines()
{
    [ "$(wc -l <"$dir/out")" -eq "$1" ] ||
        fail "stdout has $(wc -l <"$dir/out") lines instead of $1"
}
