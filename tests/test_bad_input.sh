#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Every bad input gets an error that names it, and an exit status that tells.
. "${srcdir:-.}/tests/lib.sh"

# A command line that makes no sense: 2, and where to read more.
expect 2
says 'Usage: flowcheck COMMAND'
expect 2 fly
says 'no command "fly"'
expect 2 run
says 'no capture to read'
expect 2 run -r
says 'wants an argument'
expect 2 run --frobnicate
says '--frobnicate'
says 'flowcheck run --help'
expect 2 run -zr x
says 'flowcheck run: it has no such option: -z'
expect 2 run -r x --strict=yes
says 'flowcheck run: this option takes no argument: --strict=yes'
expect 2 run --s
says 'flowcheck run: it has no such option: --s'
expect 2 run -r x -r y operand
says 'unexpected operand: operand'
expect 2 run -r x --max-packets=0
says '--max-packets must be a whole number from 1 to 1000, not: 0'
expect 2 run -r x --idle=soon
says '--idle must be a number of seconds, not: soon'
expect 2 enable
says 'missing operand: KEY'
expect 2 run -r x -s a.lua -s b.lua
says '--script is given twice: a run has one script: let it require the others'
says 'flowcheck run --help'
expect 2 run -r x -s a.lua --script=a.lua
says '--script is given twice'
# Every option of every command that has a value, but for captures.
for command in run lint list enable disable flows; do
    "$FLOWCHECK" "$command" --help |
        sed -nE 's/^  (-[a-z],|   ) --([a-z-]+)=.*/\2/p' >"$dir/options"
    [ -s "$dir/options" ] || fail "no options of $command"
    while read -r option; do
        value=1
        [ "$option" != hook ] || value=end
        [ "$option" != read ] || continue
        expect 2 "$command" "--$option" "$value" "--$option=$value"
        says "flowcheck $command: --$option is given twice: "
    done <"$dir/options"
done
expect 2 flows -r x --hook=late
says '"detected" or "end"'

# Input that cannot be read: 1, and what it is.
expect 1 flows -r "$dir/none.pcap"
says "$dir/none.pcap: cannot be read as a capture"
says 'No such file'
echo 'This is no capture, but a text of some length.' >"$dir/text.pcap"
expect 1 flows -r "$dir/text.pcap"
says "$dir/text.pcap: cannot be read as a capture"
: >"$dir/empty.pcap"
expect 1 flows -r "$dir/empty.pcap"
says "$dir/empty.pcap"
expect 1 flows -r "$dir"
says "$dir: cannot be read"
expect 1 flows -r "$CAPTURES/dns.pcap" -m 10.0.0.0/33
says '10.0.0.0/33'

# A capture of a link type nobody decodes here (147, "user 0").
printf '\324\303\262\241\002\000\004\000\000\000\000\000\000\000\000\000' \
    >"$dir/link.pcap"
printf '\377\377\000\000\223\000\000\000' >>"$dir/link.pcap"
expect 1 flows -r "$dir/link.pcap"
says 'link type 147'

# One bad file among good ones: the good ones are read, the status tells.
expect 1 flows -r "$dir/text.pcap" -r "$CAPTURES/dns.pcap"
prints '"l7_proto_name":"DNS"'

# A cut capture: all before the cut is processed, one warning, 0.
size=$(wc -c <"$CAPTURES/dns.pcap")
head -c $((size - 5)) "$CAPTURES/dns.pcap" >"$dir/cut.pcap"
expect 0 flows -r "$dir/cut.pcap"
prints '"l7_proto_name":"DNS"'
says "$dir/cut.pcap: the file ends within frame"
[ "$(grep -c warning "$dir/err")" = 1 ] || fail 'more than one warning'

# A damaged capture: alerts before the damage are out, 1, and where.
{
    cat "$CAPTURES/dns.pcap"
    printf '\001\001\001\001\001\001\001\001\377\377\377\177\377\377\377\177'
    head -c 100 /dev/zero
} >"$dir/damaged.pcap"
expect 1 run -r "$dir/damaged.pcap" -s "$SCRIPTS/port_53.lua" \
    -c "$dir/settings.json"
says 'damaged after frame'
prints 'a flow to port 53'

# Times that no clock shows, of a damaged file: never before 1970.
head -c 24 "$CAPTURES/dns.pcap" >"$dir/times.pcap"
for time in '\0\0\0\0\377\377\377\377' '\377\377\377\377\0\0\0\200'; do
    # shellcheck disable=SC2059 # the bytes of a record's header
    printf "$time" >>"$dir/times.pcap"
    tail -c +33 "$CAPTURES/dns.pcap" | head -c 8 >>"$dir/times.pcap"
    length=$(tail -c +33 "$CAPTURES/dns.pcap" | head -c 1 | od -An -tu1)
    tail -c +41 "$CAPTURES/dns.pcap" | head -c $((length)) >>"$dir/times.pcap"
done
expect 0 flows -r "$dir/times.pcap"
prints '"last_seen":0.967295'
! grep -q '"[a-z]*_seen":-' "$dir/out" || fail 'a time before 1970'

# Scripts that do not load: 3, with file and line.
run 3 "$dir/none.lua" dns.pcap
says "$dir/none.lua"
says 'No such file'
run 3 "$(script 'local x = = 1')" dns.pcap
says 'script.lua:1:'
says 'syntax error'
run 3 "$dir" dns.pcap
says 'not a plain file'

# A script that fails: the run goes on, the summary tells, 0.
run 0 "$(script 'local t
return t.x')" dns.pcap
says 'script.lua:2: attempt to index a nil value'
says 'stack traceback'
says 'run-time errors'

# Modules and settings.
expect 1 run -r "$CAPTURES/dns.pcap" -p "$dir/nowhere"
says "$dir/nowhere: cannot read the module directory"
expect 1 list -p "$dir/nowhere"
says "$dir/nowhere"
mkdir "$dir/modules"
expect 1 run -r "$CAPTURES/dns.pcap" -p "$dir/modules" \
    -s "$SCRIPTS/port_53.lua"
says '-s needs the check "custom_lua_script"'
echo 'no library' >"$dir/modules/broken.so"
expect 0 list -p "$dir/modules" -c "$dir/settings.json"
says 'broken.so'
printf '{\n  "config": nonsense\n}\n' >"$dir/bad.json"
expect 1 run -r "$CAPTURES/dns.pcap" -c "$dir/bad.json"
says "$dir/bad.json"
says 'line 2'

# Names that do nothing: the mistake is told, and no run goes by for nothing.
# misspelt DOCUMENT SENTENCE
misspelt()
{
    echo "$1" >"$dir/bad.json"
    expect 1 run -r "$CAPTURES/dns.pcap" -c "$dir/bad.json"
    says "$2"
    says "no check is enabled in $dir/bad.json, where 1 name does nothing"
    expect 0 list -c "$dir/bad.json"
    says "$2"
    # With a script of its own the run has a purpose.
    expect 0 run -r "$CAPTURES/dns.pcap" -c "$dir/bad.json" \
        -s "$SCRIPTS/port_53.lua"
    says "warning: $dir/bad.json: line 1, column "
    says "$2"
    expect 0 lint -c "$dir/bad.json" "$SCRIPTS/port_53.lua"
    says "$2"
}
misspelt '{"config":{"flow":{"custom_lua_script":{"all":{"enabeld":true}}}}}' \
    'did you mean "enabled"?'
misspelt '{"config":{"flows":{"custom_lua_script":{"all":{"enabled":true}}}}}' \
    'did you mean "flow"?'
misspelt '{"config":{"flow":{"custom_lua_script":{"enabled":true}}}}' \
    'it belongs in config.flow.custom_lua_script.all'
misspelt '{"config":{"flow":{"custom_lua_scirpt":{"all":{"enabled":true}}}}}' \
    'did you mean "custom_lua_script"?'
misspelt '{"config":{"custom_lua_script":{"all":{"enabled":true}}}}' \
    'it belongs in config.flow'
# No mistake, and nothing enabled: a warning.
echo '{"config":{"flow":{"ndpi_x":{"all":{"enabled":true}}}}}' >"$dir/none.json"
expect 0 run -r "$CAPTURES/dns.pcap" -c "$dir/none.json"
says 'names the check "ndpi_x", which no module in'
says 'warning: no check is enabled'

# What is no plain file is refused at once.
mkfifo "$dir/pipe"
refused()
{
    got=0
    $FLOWCHECK "$@" >"$dir/out" 2>"$dir/err" || got=$?
    [ "$got" = 1 ] || fail "$*: exit $got instead of 1"
}
cp "$FLOWCHECK_MODULES/flow_user_check.so" "$dir/modules"
mkfifo "$dir/modules/pipe.so"
got=0
$FLOWCHECK list -p "$dir/modules" -c "$dir/settings.json" >"$dir/out" \
    2>"$dir/err" || got=$?
[ "$got" = 0 ] || fail "a module that is a pipe: exit $got"
says "$dir/modules/pipe.so: not loaded: it is no plain file"
prints 'custom_lua_script'
for kind in 'pipe|a named pipe' 'modules|a directory' '/dev/null|a device'; do
    path=$dir/${kind%|*}
    case $kind in /*) path=${kind%|*} ;; esac
    refused run -r "$CAPTURES/dns.pcap" -c "$path"
    says "cannot read $path"
    says "this is ${kind#*|}"
    refused list -c "$path"
    refused lint -c "$path" "$SCRIPTS/port_53.lua"
    refused enable custom_lua_script -c "$path"
    says "this is ${kind#*|}"
    refused disable custom_lua_script -c "$path"
done

# Alerts that cannot be written; a full disk is a failure that is told.
run 1 "$SCRIPTS/port_53.lua" dns.pcap -o "$dir/no/where.json"
says "$dir/no/where.json"
if [ -w /dev/full ]; then
    run 1 "$SCRIPTS/port_53.lua" dns.pcap -o /dev/full
    says '/dev/full'
fi

# No output is written over what the run reads, by whatever name it goes.
mkdir -p "$dir/in/scripts/callbacks/checks/flows" "$dir/in/modules"
here=$dir/in
cp "$CAPTURES/dns.pcap" "$here/dns.pcap"
cp "$SCRIPTS/port_53.lua" "$here/s.lua"
cp "$SCRIPTS/port_53.lua" "$here/scripts/callbacks/checks/flows/\
custom_flow_end_script.lua"
cp "$FLOWCHECK_MODULES/flow_user_check.so" "$here/modules"
echo '{"config":{"flow":{"custom_lua_script":{"all":{"enabled":true}}}}}' \
    >"$here/c.json"
ln "$here/dns.pcap" "$here/hard"
ln -s dns.pcap "$here/soft"
find "$here" -type f -exec cksum {} + >"$dir/sums"
# spared WHAT OPTION...
spared()
{
    what=$1
    shift
    for workers in 1 2; do
        expect 1 run -r "$here/dns.pcap" -p "$here/modules" -w $workers \
            -c "$here/c.json" --install-dir "$here" "$@"
        says "would overwrite $what"
        find "$here" -type f -exec cksum {} + | cmp - "$dir/sums" ||
            fail "$*: it is written over"
    done
}
for output in -o --stats; do
    for name in dns.pcap hard soft ../in/dns.pcap; do
        spared "the capture $here/dns.pcap" $output "$here/$name"
    done
    spared "the settings $here/c.json" $output "$here/c.json"
    spared "the script $here/s.lua" -s "$here/s.lua" $output "$here/s.lua"
    spared 'the script' $output "$here/scripts/callbacks/checks/flows/\
custom_flow_end_script.lua"
    spared 'the module' $output "$here/modules/flow_user_check.so"
done
# Standard input and output are files too, when they are redirected.
got=0
"$FLOWCHECK" flows -r "$here/dns.pcap" >>"$here/hard" 2>"$dir/err" || got=$?
[ "$got" = 1 ] || fail "flows into its capture: exit $got"
says "the standard output would overwrite the capture $here/dns.pcap"
got=0
"$FLOWCHECK" run -r - -s "$here/s.lua" -c "$here/c.json" -o "$here/soft" \
    <"$here/dns.pcap" 2>"$dir/err" || got=$?
[ "$got" = 1 ] || fail "run into its capture: exit $got"
says "-o $here/soft would overwrite the capture -"
find "$here" -type f -exec cksum {} + | cmp - "$dir/sums"
# Alerts and figures, whether their file is there or not.
for _ in 1 2; do
    expect 1 run -r "$here/dns.pcap" -s "$here/s.lua" -c "$here/c.json" \
        -o "$dir/both" --stats "$dir/in/../both"
    says "--stats $dir/in/../both would overwrite the alerts in $dir/both"
done
expect 0 run -r "$here/dns.pcap" -s "$here/s.lua" -c "$here/c.json" -o - \
    --stats -
expect 0 run -r "$here/dns.pcap" -s "$here/s.lua" -c "$here/c.json" \
    -o /dev/null --stats /dev/null

# With its standard streams closed the program writes no log, and no alerts, into
# files that it opens.
"$FLOWCHECK" run -r "$CAPTURES/dns.pcap" -s "$SCRIPTS/port_53.lua" \
    -c "$here/c.json" -o "$dir/want.json" 2>"$dir/err"
for closed in '2>&-' '>&-' '<&-' '<&- 2>&-' '>&- 2>&-' '<&- >&- 2>&-'; do
    eval '"$FLOWCHECK" run -r "$CAPTURES/dns.pcap" -s "$SCRIPTS/port_53.lua" \
        -c "$here/c.json" -o "$dir/got.json" --stats "$dir/figures.json"' \
        "$closed" || fail "$closed: exit $?"
    cmp "$dir/want.json" "$dir/got.json" || fail "$closed: other alerts"
    [ "$(head -n 1 "$dir/figures.json")" = '{' ] || fail "$closed: figures"
done
# What is printed to a closed stream, or a full disk, is an error.
unwritten()
{
    got=0
    "$FLOWCHECK" "$@" >&- 2>"$dir/err" || got=$?
    [ "$got" = 1 ] || fail "$* >&-: exit $got"
    [ -s "$dir/err" ] || fail "$* >&-: nothing is said"
    [ -w /dev/full ] || return 0
    got=0
    "$FLOWCHECK" "$@" >/dev/full 2>"$dir/err" || got=$?
    [ "$got" = 1 ] || fail "$* >/dev/full: exit $got"
    says 'No space left'
}
unwritten list -c "$dir/settings.json"
unwritten enable custom_lua_script -c "$here/c.json"
unwritten --help
unwritten --version
unwritten run --help
unwritten run -r "$CAPTURES/dns.pcap" -s "$SCRIPTS/port_53.lua" \
    -c "$dir/settings.json"
unwritten run -r "$CAPTURES/dns.pcap" -s "$SCRIPTS/port_53.lua" \
    -c "$dir/settings.json" -o /dev/null --stats -

# When nobody reads the flows any more, the reading ends, long before the frames.
head -c 24 "$CAPTURES/dns.pcap" >"$dir/header"
tail -c +25 "$CAPTURES/dns.pcap" >"$dir/frames"
{
    cat "$dir/header"
    rounds=0
    while [ $rounds -lt 20000 ] && cat "$dir/frames" 2>"$dir/cat"; do
        rounds=$((rounds + 1))
    done
    [ $rounds -lt 20000 ] || echo all >"$dir/all"
} | {
    "$FLOWCHECK" flows -r - --idle 0 2>"$dir/err" ||
        echo $? >"$dir/status"
} | head -n 1 >"$dir/out"
lines 1
[ ! -e "$dir/all" ] || fail 'flows goes on when nobody reads'
[ "$(cat "$dir/status")" = 1 ] || fail 'flows that nobody reads are no failure'
says 'cannot write all flows'

# A file that may not grow is a full disk: no signal ends the program, all alerts
# that are there are whole, and settings have no scraps beside them.
(
    ulimit -f 4
    run 1 "$(script 'flow.triggerAlert(1, ("x"):rep(300))')" mixed.pcapng \
        -o "$dir/small.json" --stats "$dir/figures.json"
)
says "cannot write alerts to $dir/small.json: File too large"
[ -s "$dir/small.json" ] || fail 'no alert is there'
! grep -v '"}$' "$dir/small.json" || fail 'an alert is cut'
mkdir "$dir/kept"
{
    echo '{"filters": "'
    head -c 5000 /dev/zero | tr '\0' x
    echo '"}'
} | tr -d '\n' >"$dir/kept/large.json"
cp "$dir/kept/large.json" "$dir/large.json"
(
    ulimit -f 4
    expect 1 enable custom_lua_script -c "$dir/kept/large.json"
)
says "cannot write $dir/kept/large.json: File too large"
cmp "$dir/large.json" "$dir/kept/large.json"
[ "$(ls "$dir/kept")" = large.json ] || fail 'a scrap is left'

# A second signal ends the program at once, also when it is another than the
# first, and with any number of workers: nobody reads the alerts, more than a
# pipe holds.
mkfifo "$dir/alerts"
script 'for i = 1, 16 do flow.triggerAlert(i, ("x"):rep(4000)) end' >"$dir/name"
second_signal_ends()
{
    "$FLOWCHECK" run -r "$CAPTURES/mixed.pcapng" -s "$dir/script.lua" -w "$3" \
        -c "$dir/settings.json" -o "$dir/alerts" 2>"$dir/err" &
    pid=$!
    exec 3<"$dir/alerts"
    read -r _ <&3
    kill -s "$1" "$pid"
    kill -s "$2" "$pid"
    exec 3<&-
    got=0
    wait "$pid" || got=$?
    [ "$got" = 130 ] || [ "$got" = 143 ] || fail "$*: exit $got"
}
for workers in 1 2; do
    second_signal_ends INT TERM $workers
    second_signal_ends TERM INT $workers
done
