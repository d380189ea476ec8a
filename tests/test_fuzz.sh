#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The fuzz targets cope with their seeds, whole and cut in half: scripts, honest
# and hostile, the bundled captures, settings of all styles. tests/fuzz/fuzz.sh
# lets libFuzzer look for more.
set -eu
srcdir=${srcdir:-.}
[ -x tests/fuzz/fuzz_script ] || exit 77 # built with check only

tests/fuzz/fuzz_script "$srcdir"/scripts/*.lua "$srcdir"/tests/lua/*.lua \
    "$srcdir"/tests/lua/hostile/*.lua

tests/fuzz/fuzz_settings "$srcdir"/tests/fuzz/settings/*.json

seeds=$(mktemp -d)
trap 'rm -rf "$seeds"' EXIT
trap 'exit 99' INT TERM
tests/fuzz/frame_seeds "$seeds" "$srcdir"/tests/captures/*.pcap*
tests/fuzz/fuzz_decode "$seeds"/*
tests/fuzz/fuzz_frame "$seeds"/*
