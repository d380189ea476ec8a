#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# What reaches a terminal: no control characters, bidirectional controls or other
# invisible characters, whether they come from traffic, scripts or names.
. "${srcdir:-.}/tests/lib.sh"

esc=$(printf '\033')
rlo=$(printf '\342\200\256') # U+202E, right-to-left override
sly=$(printf 'a\nb%sgpj%s[2Jc' "$rlo" "$esc")
shown='a\x0Ab\u202Egpj\x1B[2Jc'

# clean FILE: none of them is there; a carriage return is the terminal's own, a
# tab that of tracebacks.
clean()
{
    ! LC_ALL=C tr -d '\r\t' <"$1" | LC_ALL=C grep -q "$rlo\|[[:cntrl:]]" ||
        fail "raw characters in ${1##*/}"
}

# Names of captures, scripts, modules, settings, in the log and on stdout.
expect 1 flows -r "$dir/$sly"
says "$shown: cannot be read as a capture"
clean "$dir/err"
[ "$(wc -l <"$dir/err")" = 1 ] || fail 'a name with a newline is two lines'
run 1 "$SCRIPTS/port_53.lua" dns.pcap -o "$dir/$sly/alerts"
says "cannot write alerts to $dir/$shown/alerts"
run 1 "$SCRIPTS/port_53.lua" dns.pcap --stats "$dir/$sly/stats"
says "cannot write statistics to $dir/$shown/stats"
run 1 "$SCRIPTS/port_53.lua" dns.pcap -m "$sly"
says "\"$shown\" in the list of local networks"
expect 1 list -p "$dir/$sly"
says "$shown: cannot read the module directory"
clean "$dir/err"
expect 0 enable custom_lua_script -c "$dir/$sly.json"
prints "custom_lua_script is enabled in $dir/$shown.json"
expect 0 disable "$sly" -c "$dir/$sly.json"
prints "$shown is disabled in $dir/$shown.json"
clean "$dir/out"
mkdir "$dir/modules"
cp "$FLOWCHECK_MODULES/flow_user_check.so" "$dir/modules/$sly.so"
echo 'no library' >"$dir/modules/x$sly.so"
expect 0 list -p "$dir/modules" -c "$dir/settings.json"
prints "$shown.so"
says "x$shown.so"
clean "$dir/out"
clean "$dir/err"
run 3 "$dir/$sly.lua" dns.pcap
clean "$dir/err"
echo 'local t; return t.x' >"$dir/$sly.lua"
run 0 "$dir/$sly.lua" dns.pcap
says "$shown.lua (detected): "
clean "$dir/err"
expect 3 lint "$dir/$sly.lua" -c "$dir/settings.json"
prints "$shown.lua"
clean "$dir/out"

# What the command line was given.
expect 2 "$sly"
says "there is no command \"$shown\""
expect 2 run -r x "$sly"
says "unexpected operand: $shown"
expect 2 run -r x "--idle=$sly"
says "not: $shown"
expect 2 run -r x "--$sly"
says "no such option: --$shown"

# What scripts print, and what their errors say; characters stay whole however
# long a line is.
# shellcheck disable=SC2016 # the script's text
run 0 "$(script 'local sly = "a\u{202E}b\27c\u{200B}\u{2028}\r"
print(sly)
io.write(sly, "\n")
print((("\u{e9}"):rep(400)))
error("oh " .. sly)')" dns.pcap
says 'a\u202Eb\x1Bc\u200B\u2028\x0D'
says 'oh a\u202Eb\x1Bc\u200B\u2028\x0D'
says "$(printf '\303\251%.0s' $(seq 400))"
clean "$dir/err"
expect 3 lint "$dir/script.lua" -c "$dir/settings.json"
prints 'oh a\u202Eb\x1Bc\u200B\u2028\x0D'
clean "$dir/out"

# JSON is for programs: what is valid stays as it is, elsewhere than here.
run 0 "$(script 'flow.triggerAlert(1, "a\u{202E}b\u{E0041}")
error("oh \u{202E}")')" dns.pcap --stats "$dir/stats"
prints "a${rlo}b"
grep -q "oh $rlo" "$dir/stats" || fail 'not the error itself in --stats'

# A terminal, by script(1); its status is that of the command.
if ! command script -qec true /dev/null </dev/null >/dev/null 2>&1; then
    skip 'no script(1) to make a terminal'
fi

# terminal COMMAND: runs flowcheck there, in $dir/out what it shows.
terminal()
{
    command script -qec "\"\$FLOWCHECK\" $1 2>\"$dir/err\"" /dev/null </dev/null \
        >"$dir/out" || fail "on a terminal: $1"
    clean "$dir/out"
}

# shellcheck disable=SC2016 # for the shell that script starts
run='run -r "$CAPTURES/dns.pcap" -s "$dir/script.lua" -c "$dir/settings.json"'
export FLOWCHECK CAPTURES dir
terminal "$run"
prints 'Client -> server'
prints 'a\u202Eb\U000E0041'
terminal "$run -o -"
prints '"message":"a\u202eb\udb40\udc41"'
terminal "$run -o '$dir/alerts' --stats -"
prints 'oh \u202e'
grep -q "a${rlo}b" "$dir/alerts" || fail 'a file has other JSON on a terminal'

# A request whose User-Agent turns direction.
printf '\324\303\262\241\002\000\004\000\000\000\000\000\000\000\000\000\377\377\000\000\001\000\000\000' >"$dir/http.pcap"
request=$(printf 'GET / HTTP/1.1\r\nHost: x.test\r\nUser-Agent: a%sb\r\n\r\n.' "$rlo")
request=${request%.}
length=$(printf %s "$request" | wc -c)
# number COUNT: a byte.
number()
{
    # shellcheck disable=SC2059 # the format is the byte
    printf "\\$(printf %o "$1")"
}
{
    printf '\000\000\000\000\000\000\000\000'
    number $((54 + length))
    printf '\000\000\000'
    number $((54 + length))
    printf '\000\000\000abcdefghijkl\010\000\105\000\000'
    number $((40 + length))
    printf '\000\001\000\000\100\006\000\000\012\000\000\001\012\000\000\002'
    printf '\234\100\000\120\000\000\000\001\000\000\000\001\120\030\377\377'
    printf '\000\000\000\000%s' "$request"
} >>"$dir/http.pcap"
expect 0 flows -r "$dir/http.pcap"
prints "\"user_agent\":\"a${rlo}b\""
# shellcheck disable=SC2016
terminal 'flows -r "$dir/http.pcap"'
prints '"user_agent":"a\u202eb"'
