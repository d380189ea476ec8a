#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Lets libFuzzer try each target for FUZZ_SECONDS (60): `make check-fuzz`. It
# builds them with clang, AddressSanitizer and UBSan, from the sources, so that
# libFuzzer sees every branch. Skipped (77) where there is no clang with
# libFuzzer; "make check" runs the targets on their seeds everywhere.
#
# What was found is left in the directory that FUZZ_FINDINGS names, or is
# printed in base64.
set -eu
CLANG=${CLANG:-clang}
seconds=${FUZZ_SECONDS:-60}
srcdir=$(cd "${srcdir:-.}" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 99' INT TERM
findings=${FUZZ_FINDINGS:-$work}/

flags="-std=gnu17 -g -O1 -w -pthread -D_GNU_SOURCE
    -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined
    -I$srcdir/include -I$srcdir/lua_api -I$srcdir/host -I$srcdir/tests"

printf '%s\n' 'int LLVMFuzzerTestOneInput(const char *d, unsigned long n)' \
    '{ (void)d; return n > 99; }' >"$work/none.c"
# shellcheck disable=SC2086 # a list of words, here and below
if ! $CLANG $flags -o "$work/none" "$work/none.c" 2>/dev/null; then
    echo "no clang with libFuzzer here (clang, libclang-rt-14-dev)"
    exit 77
fi

# fuzz TARGET SEEDS FLAG... -- SOURCE... -- LIBRARY...
fuzz()
{
    target=$1
    mkdir "$work/$target.found" "$work/$target.seeds"
    for seed in $2; do
        cp "$seed" "$work/$target.seeds"
    done
    dictionary=$srcdir/tests/fuzz/${target#fuzz_}.dict
    shift 2
    $CLANG $flags -o "$work/$target" "$srcdir/tests/fuzz/$target.c" "$@"
    printf '%s for %s seconds:\n' "$target" "$seconds"
    "$work/$target" -max_total_time="$seconds" -timeout=10 -max_len=4096 \
        -rss_limit_mb=2048 -print_final_stats=1 -verbosity=0 \
        -artifact_prefix="$findings" ${dictionary:+-dict="$dictionary"} \
        "$work/$target.found" "$work/$target.seeds"
}

fuzz fuzz_script "$srcdir/scripts/*.lua $srcdir/tests/lua/*.lua
    $srcdir/tests/lua/hostile/*.lua" ${LUA_CFLAGS-} \
    "$srcdir"/lua_api/*.c "$srcdir/tests/mock_flow.c" $LUA_LIBS -lm
