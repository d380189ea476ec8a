#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Lets libFuzzer try the targets for FUZZ_SECONDS (60) in all, or only those
# that FUZZ_ONLY names: `make check-fuzz`. It builds them with clang,
# AddressSanitizer and UBSan, from the sources, so that libFuzzer sees every
# branch (but not nDPI's). Skipped (77) where there is no clang with libFuzzer;
# "make check" runs the targets on their seeds everywhere.
#
# What was found is left in the directory that FUZZ_FINDINGS names, or is
# printed in base64.
# shellcheck disable=SC2046,SC2086 # lists of words
set -eu
CLANG=${CLANG:-clang}
targets=${FUZZ_ONLY:-fuzz_script fuzz_decode fuzz_frame fuzz_settings}
set -- $targets
seconds=$((${FUZZ_SECONDS:-60} / $#))
[ "$seconds" -gt 0 ] || seconds=1 # for 0 has no end
srcdir=$(cd "${srcdir:-.}" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 99' INT TERM
findings=${FUZZ_FINDINGS:-$work}/

flags="-std=gnu17 -g -O1 -w -pthread -D_GNU_SOURCE
    -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined
    -I$srcdir -I$srcdir/include -I$srcdir/lua_api -I$srcdir/host
    -I$srcdir/tests"

printf '%s\n' 'int LLVMFuzzerTestOneInput(const char *d, unsigned long n)' \
    '{ (void)d; return n > 99; }' >"$work/none.c"
if ! $CLANG $flags -o "$work/none" "$work/none.c" 2>/dev/null; then
    echo "no clang with libFuzzer here (clang, libclang-rt-14-dev)"
    exit 77
fi
[ -x tests/fuzz/frame_seeds ] || exit 77 # built with check only

# fuzz TARGET SEEDS FLAG... SOURCE... LIBRARY...
fuzz()
{
    target=$1
    mkdir "$work/$target.found" "$work/$target.seeds"
    for seed in $2; do
        cp "$seed" "$work/$target.seeds"
    done
    dictionary=$srcdir/tests/fuzz/${target#fuzz_}.dict
    [ -e "$dictionary" ] || dictionary=
    shift 2
    $CLANG $flags -o "$work/$target" "$srcdir/tests/fuzz/$target.c" "$@"
    printf '%s for %s seconds:\n' "$target" "$seconds"
    "$work/$target" -max_total_time="$seconds" -timeout=100 -max_len=4096 \
        -rss_limit_mb=2048 -print_final_stats=1 -verbosity=0 \
        -artifact_prefix="$findings" ${dictionary:+-dict="$dictionary"} \
        "$work/$target.found" "$work/$target.seeds"
}

# Captures as inputs, made once: where they are. The program that makes them is
# built with the tests.
frame_seeds()
{
    if [ ! -d "$work/frames" ]; then
        mkdir "$work/frames"
        tests/fuzz/frame_seeds "$work/frames" "$srcdir"/tests/captures/*.pcap*
    fi
    printf '%s\n' "$work/frames/*"
}

# The program's sources, but for its commands.
host_sources()
{
    for source in "$srcdir"/host/*.c "$srcdir"/json/*.c; do
        case ${source##*/} in
        main.c | cmd_*.c) ;;
        *) printf '%s\n' "$source" ;;
        esac
    done
}

for name in $targets; do
    case $name in
    fuzz_script)
        fuzz fuzz_script "$srcdir/scripts/*.lua $srcdir/tests/lua/*.lua
            $srcdir/tests/lua/hostile/*.lua" ${LUA_CFLAGS-} \
            "$srcdir/tests/agree.c" \
            "$srcdir"/lua_api/*.c "$srcdir/tests/mock_flow.c" $LUA_LIBS -lm
        ;;
    fuzz_decode)
        fuzz fuzz_decode "$(frame_seeds)" "$srcdir/tests/fuzz/frames.c" \
            "$srcdir"/host/decode*.c
        ;;
    fuzz_frame)
        fuzz fuzz_frame "$(frame_seeds)" -I. ${HOST_CFLAGS-} \
            '-DSETTINGS_FILE="none"' '-DMODULE_DIR="none"' \
            '-DINSTALL_DIR="none"' "$srcdir/tests/fuzz/frames.c" \
            $(host_sources) $HOST_LIBS
        ;;
    fuzz_settings)
        fuzz fuzz_settings "$srcdir/tests/fuzz/settings/*.json" \
            "$srcdir"/json/*.c "$srcdir/host/settings.c" \
            "$srcdir/host/settings_file.c" "$srcdir/host/settings_review.c" \
            "$srcdir/host/text.c" "$srcdir/host/log.c"
        ;;
    *)
        echo "no such target: $name"
        exit 99
        ;;
    esac
done
