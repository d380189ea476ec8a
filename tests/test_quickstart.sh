#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# ./quickstart shows alerts on a bundled capture (in a build that is there, so
# this does not build again), and says how to go on. The rest is tried in a tree
# of which nothing but quickstart is real: two at a time, packages that come
# later, and which tests run when.
. "${srcdir:-.}/tests/lib.sh"

unset MAKEFLAGS MAKELEVEL MFLAGS CI
(
    BUILD_DIR=$(cd "${top_builddir:-.}" && pwd)
    export BUILD_DIR
    "$srcdir/quickstart" >"$dir/out" 2>"$dir/err"
) || fail 'quickstart failed'
prints '"check":"custom_lua_script"'
prints '"message":"DNS to '
prints 'flowcheck run -r tests/captures/mixed.pcapng'
says 'flows'

for wrong in fly 'check fly' all; do
    # shellcheck disable=SC2086 # words
    "$srcdir/quickstart" $wrong >"$dir/out" 2>"$dir/err" && fail "$wrong"
    says 'usage: '
    says '[check [all]]'
done

# A tree. What is called writes its name and arguments to the log; autoreconf
# says so through one FIFO and goes on when told through another.
unset BUILD_DIR QUICKSTART_HOLDS
FAKE=$dir
stubs=$dir/stubs
tree=$dir/tree
mkdir "$stubs" "$dir/no_flock"
# stub FILE: makes a program of a text.
stub()
{
    printf '#!/bin/sh\n' >"$1"
    cat >>"$1"
    chmod +x "$1"
}
stub "$stubs/dpkg-query" <<'SH'
printf installed
SH
stub "$stubs/pkg-config" <<'SH'
cat "$FAKE/version"
SH
stub "$stubs/autoreconf" <<'SH'
mkdir "$FAKE/busy" || echo two at once >>"$FAKE/log"
echo autoreconf >>"$FAKE/log"
echo "began $PPID $$" >"$FAKE/began"
read -r _ <"$FAKE/go"
cp "$FAKE/configure" configure
: >Makefile.in
rmdir "$FAKE/busy"
SH
stub "$dir/configure" <<'SH'
mkdir "$FAKE/busy" || echo two at once >>"$FAKE/log"
echo "configure $*" >>"$FAKE/log"
mkdir -p host tests
cp "$FAKE/config.status" config.status
cp "$FAKE/flowcheck" host/flowcheck
cp "$FAKE/Makefile" Makefile
rmdir "$FAKE/busy"
SH
stub "$dir/config.status" <<'SH'
echo "config.status $*" >>"$FAKE/log"
SH
stub "$dir/flowcheck" <<'SH'
echo "flowcheck $1" >>"$FAKE/log"
SH
cat >"$dir/Makefile" <<'MAKE'
all:
	@echo all >>"$(FAKE)/log"
check check-valgrind check-mutations check-fuzz distcheck:
	@echo $@ >>"$(FAKE)/log"
	@echo ":test-result: PASS" >tests/one.trs
	@echo ":test-result: SKIP" >tests/two.trs
	@test $@ != "$(BROKEN)" || { echo ":test-result: FAIL" >tests/three.trs; \
	    exit 1; }
check-bench:
	@echo $@ >>"$(FAKE)/log"
	@test $@ != "$(BROKEN)"
MAKE
echo 1 >"$dir/version"
mkfifo "$dir/began" "$dir/go" "$dir/heard"
export FAKE BROKEN=

new_tree()
{
    rm -rf "$tree" "$dir/busy"
    mkdir "$tree"
    cp "$srcdir/quickstart" "$tree"
    : >"$dir/log"
}

logged()
{
    [ "$(grep -cx -- "$1" "$dir/log")" = "$2" ] ||
        fail "not $2 times $1: $(cat "$dir/log")"
}

# Began in a FIFO that is open in both directions, so that no end of a process
# leaves this one waiting.
exec 3<>"$dir/began" 4<>"$dir/go"

# begin FOLDER: starts one, and returns when it is in autoreconf.
begin()
{
    {
        BUILD_DIR=$1 PATH=$PATH_HERE "$tree/quickstart" >"$dir/first" 2>&1 ||
            echo "failed $?" >>"$dir/log"
        echo ended >"$dir/began"
    } &
    read -r word first autoreconf <&3
    [ "$word" = began ] || fail "the first has $word: $(cat "$dir/first")"
}

# join FOLDER WHAT: starts another, and returns when it says that it waits.
join()
{
    {
        BUILD_DIR=$1 PATH=$PATH_HERE "$tree/quickstart" 2>&1 ||
            echo "failed $?" >>"$dir/log"
    } >"$dir/heard" &
    second=$!
    exec 5<"$dir/heard"
    while read -r line <&5; do
        case $line in
        *"waiting for another ./quickstart, process $first, which uses $2"*)
            return ;;
        esac
    done
    fail "the second did not wait for $2"
}

finish()
{
    cat <&5 >"$dir/rest"
    exec 5<&-
    wait "$second"
    logged 'two at once' 0
    logged 'failed.*' "${1:-0}"
    logged 'flowcheck run' "$((2 - ${1:-0}))"
}

# Two in one folder, or in one tree: the second waits, then finds all done.
meet()
{
    new_tree
    begin "$1"
    join "$2" "$3"
    echo go >&4
    finish
    logged autoreconf 1
    read -r _ <&3 # the first has ended
    [ -z "$(find "$tree" -name '*.owner*')" ] || fail 'a lock is left'
}

# A process that is gone has no lock.
outlive()
{
    new_tree
    begin "$1"
    join "$2" "$3"
    rmdir "$dir/busy"
    kill -KILL "$first" "$autoreconf"
    read -r _ <&3 # the first has ended
    read -r _ <&3 # the second is in autoreconf; or the other way round
    echo go >&4
    finish 1
    logged autoreconf 2
}

meetings()
{
    meet "$tree/build" "$tree/build" "$tree/build"
    meet "$tree/a" "$tree/b" "$tree"
    outlive "$tree/build" "$tree/build" "$tree/build"
    outlive "$tree/a" "$tree/b" "$tree"
}

if command -v flock >/dev/null; then
    PATH_HERE=$stubs:$PATH
    meetings
fi
# The same without flock(1).
for folder in /bin /usr/bin /usr/local/bin; do
    ln -sf "$folder"/* "$dir/no_flock"
done
rm -f "$dir/no_flock/flock"
PATH_HERE=$stubs:$dir/no_flock
meetings

# What follows has all that autoreconf makes.
configured_tree()
{
    new_tree
    cp "$dir/configure" "$tree"
    : >"$tree/Makefile.in"
}

# quick STATUS ARGUMENT...
quick()
{
    want=$1
    shift
    got=0
    PATH=$stubs:$PATH "$tree/quickstart" "$@" >"$dir/out" 2>"$dir/err" || got=$?
    [ "$got" = "$want" ] || fail "quickstart $*: exit $got instead of $want"
}

# Packages that come later: the build is configured again, as it was.
configured_tree
quick 0
quick 0
logged 'configure -q' 1
logged 'config.status.*' 0
echo 2 >"$dir/version"
quick 0 check
prints 'other packages are installed'
logged 'config.status -q --recheck' 1
logged 'config.status -q' 1
logged 'configure -q --enable-sanitizers' 1
quick 0 check
logged 'config.status -q' 1

# So is one that somebody configured by hand, without the library for tests.
configured_tree
quick 0
rm "$tree/build/quickstart.found"
quick 0
logged 'config.status -q' 0
rm "$tree/build/quickstart.found"
echo 'HAVE_CHECK_TRUE = #' >>"$tree/build/Makefile"
quick 0
logged 'config.status -q' 1

# An autoreconf that was cut short is done again.
configured_tree
rm "$tree/Makefile.in"
echo go >&4
quick 0
read -r _ <&3
logged autoreconf 1

# check runs both builds, check all the rest too; one that fails ends nothing.
configured_tree
quick 0 check
logged check 2
logged 'check-.*' 0
[ "$(tail -n 1 "$dir/out")" = '2 passed, 0 failed, 2 skipped' ] || fail sum
: >"$dir/log"
quick 0 check all
logged check 2
for more in valgrind mutations fuzz bench; do
    logged "check-$more" 1
done
logged distcheck 1
[ "$(tail -n 1 "$dir/out")" = '6 passed, 0 failed, 6 skipped' ] || fail sum
: >"$dir/log"
BROKEN=check-valgrind
quick 1 check all
prints "$tree/build/tests/three.log"
logged distcheck 1
[ "$(tail -n 1 "$dir/out")" = '6 passed, 1 failed, 6 skipped' ] || fail sum
BROKEN=check-bench
quick 1 check all
[ "$(tail -n 1 "$dir/out")" = '6 passed, 1 failed, 6 skipped' ] || fail sum
