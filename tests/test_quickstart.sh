#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# ./quickstart shows alerts on a bundled capture (in a build that is there, so
# this does not build again), and says how to go on.
. "${srcdir:-.}/tests/lib.sh"

BUILD_DIR=$(cd "${top_builddir:-.}" && pwd)
export BUILD_DIR
unset MAKEFLAGS MAKELEVEL MFLAGS
"$srcdir/quickstart" >"$dir/out" 2>"$dir/err" || fail 'quickstart failed'
prints '"check":"custom_lua_script"'
prints '"message":"DNS to '
prints 'flowcheck run -r tests/captures/mixed.pcapng'
says 'flows'

"$srcdir/quickstart" fly >"$dir/out" 2>"$dir/err" && fail 'quickstart fly'
says 'usage:'
