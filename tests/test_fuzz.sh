#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The fuzz targets cope with their seeds, whole and cut in half: scripts, honest
# and hostile. tests/fuzz/fuzz.sh lets libFuzzer look for more.
set -eu
srcdir=${srcdir:-.}
[ -x tests/fuzz/fuzz_script ] || exit 77 # built with check only

tests/fuzz/fuzz_script "$srcdir"/scripts/*.lua "$srcdir"/tests/lua/*.lua \
    "$srcdir"/tests/lua/hostile/*.lua
