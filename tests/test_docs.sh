#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What the documents say is what the code says, in both directions: names that
# only one side has are printed, and are a failure. The manual's examples
# compile and run.
#
# Run it anywhere with srcdir and top_builddir set; FLOWCHECK and
# FLOWCHECK_MODULES name the program and the folder of its module.
set -eu

srcdir=${srcdir:-.}
top_builddir=${top_builddir:-.}
flowcheck=${FLOWCHECK:-$top_builddir/host/flowcheck}
FLOWCHECK_MODULES=${FLOWCHECK_MODULES:-$top_builddir/plugin/.libs}
export FLOWCHECK_MODULES

program_page=$srcdir/docs/flowcheck.1
script_page=$srcdir/docs/flow-check-script.7
abi_page=$srcdir/docs/flow_check.3
definitions=$srcdir/scripts/flow.lua
sample=$srcdir/scripts/custom_flow_lua_script.lua.sample

for tool in awk comm grep sed sort tr; do
    command -v "$tool" >/dev/null || {
        echo "skipped: $tool not found"
        exit 77
    }
done
[ -x "$flowcheck" ] || {
    echo "skipped: $flowcheck is not built"
    exit 77
}

status=0
missing=
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 99' INT TERM

complain()
{
    printf '%s\n' "$*"
    status=1
}

# names LIST: keeps the lines of stdin, sorted, under that name.
names()
{
    LC_ALL=C sort -u >"$dir/$1"
}

# same A B: two lists have the same lines.
same()
{
    for list in "$1" "$2"; do
        [ -s "$dir/$list" ] || complain "$list: no names found"
    done
    only=$(LC_ALL=C comm -23 "$dir/$1" "$dir/$2")
    [ -z "$only" ] || complain "in $1, not in $2:
$only"
    only=$(LC_ALL=C comm -13 "$dir/$1" "$dir/$2")
    [ -z "$only" ] || complain "in $2, not in $1:
$only"
}

# A manual page as lines of text: requests stay, comments and escapes go.
plain()
{
    sed -e ':a' -e '/\\$/{' -e 'N' -e 's/\\\n//' -e 'ba' -e '}' \
        -e '/^\.\\"/d' -e 's/\\f[BIRP]//g' -e 's/\\&//g' -e 's/\\-/-/g' \
        -e 's/\\([lr]q/"/g' -e 's/\\(dq/"/g' -e 's/\\e/\\/g' "$1"
}

# section REQUEST TITLE: of a page on stdin, what is under that .SH or .SS.
section()
{
    awk -v request=".$1" -v title="$2" '
        $1 == ".SH" || $1 == request {
            text = $0
            sub(/^\.S[HS] */, "", text)
            inside = $1 == request && text == title
            next
        }
        inside'
}

# The items of a list: "head|text", the text up to the next request.
items()
{
    awk '
        function flush() { if (head != "") print head "|" text; head = "" }
        /^\.TP/ { flush(); getline; head = $0; text = ""; more = 1; next }
        /^\.(IP|PP|SH|SS|EX)/ { more = 0; next }
        more { text = text (text == "" ? "" : " ") $0 }
        END { flush() }'
}

# C source in one line, adjacent strings joined.
one_line()
{
    tr -s '\n\t ' '   ' | sed 's/" *"//g'
}

# rows FILE TABLE: the rows of a table in C, one a line.
rows()
{
    sed -n "/ $2\[\] = {/,/^};/p" "$srcdir/$1" | one_line | tr '}' '\n'
}

# The functions of flow.*.
rows lua_api/flow.c functions |
    sed -n 's/.*{ "\([A-Za-z0-9_]*\)", .*/\1/p' | names functions
plain "$script_page" | section SH FUNCTIONS |
    sed -n 's/^\.BR flow\.\([A-Za-z0-9_]*\) .*/\1/p' | names functions-manual
sed -n 's/^function flow\.\([A-Za-z0-9_]*\)(.*/\1/p' "$definitions" |
    names functions-definitions
sed 's/--.*//' "$sample" | grep -o 'flow\.[A-Za-z0-9_]*' |
    sed 's/^flow\.//' | names functions-sample
same functions functions-manual
same functions functions-definitions
same functions functions-sample

# The keys of their tables: "long short".
one_line <"$srcdir/lua_api/l7.c" | tr '}' '\n' |
    sed -n 's/.*{ "\(protos\.[^"]*\)", "\([^"]*\)".*/\1 \2/p' | names keys
plain "$script_page" | section SH TABLES |
    sed -n 's/^\(protos\.[A-Za-z0-9_.]*\), \([a-z0-9_]*\)$/\1 \2/p' |
    names keys-manual
sed -n 's/^---@field \["\([^"]*\)"\] [^ ]* as \([a-z0-9_]*\)$/\1 \2/p' \
    "$definitions" | names keys-definitions
same keys keys-manual
same keys keys-definitions

# The short ones, "http.url", are fields of the definitions too, and keys of
# what "flowcheck flows" writes, next to the getters' names.
sed 's/^protos\.\([a-z0-9]*\)[^ ]* /\1./' "$dir/keys" | names short-keys
awk '/^---@class flow\./ { sub(/.*flow\./, ""); class = $1 }
    /^---@field [a-z]/ { print class "." $2 }' "$definitions" |
    names short-keys-definitions
same short-keys short-keys-definitions
{
    sed 's/.*\.//' "$dir/short-keys"
    grep -v triggerAlert "$dir/functions"
} | names flows-keys
one_line <"$srcdir/host/flow_json.c" |
    grep -oE '\(object, "[a-z0-9_]+"' | sed 's/.*"\(.*\)"/\1/' |
    names flows-keys-code
same flows-keys flows-keys-code

# What a script sees: "library name", and "library name: reason".
rows lua_api/sandbox.c libraries | sed 's/NULL,/"globals",/' |
    sed -n 's/.*{ "\([a-z0-9]*\)", [a-z0-9]*open_[a-z0-9]*, "\([^"]*\)".*/\1 \2/p' |
    awk '{ for (i = 2; i <= NF; i++) print $1, $i }' | names allowed
plain "$script_page" | section SS Allowed | items |
    sed 's/^\.B //; s/|/ /' |
    awk '{ for (i = 2; i <= NF; i++) print $1, $i }' | names allowed-manual
same allowed allowed-manual

each_blocked()
{
    awk -F'|' '{ n = split($2, name, " ")
                 for (i = 1; i <= n; i++) print $1, name[i] ": " $3 }'
}
rows lua_api/sandbox.c blocked | sed 's/NULL,/"globals",/' |
    sed -n 's/.*{ "\([a-z0-9]*\)", "\([^"]*\)", "\([^"]*\)".*/\1|\2|\3/p' |
    each_blocked | names blocked
plain "$script_page" | section SS Blocked | items |
    sed -n 's/^\.B \([a-z0-9]*\): \(.*\)/\1|\2/p' | each_blocked |
    names blocked-manual
same blocked blocked-manual

# The kinds of failure.
sed -n '/ failure_names\[.*\] = {/,/^};/s/.*= "\(.*\)".*/\1/p' \
    "$srcdir/plugin/check.c" | names failures
plain "$script_page" | section SH ERRORS | items |
    sed -n 's/^\.B \([^|]*\)|.*/\1/p' | names failures-manual
same failures failures-manual

# The keys of script_conf.
rows plugin/conf.c keys |
    sed -n 's/.*{ "\([a-z_]*\)", .*/\1/p' | names conf-keys
plain "$program_page" | section SH SETTINGS | items | sed 's/ .*//' |
    names conf-keys-manual
same conf-keys conf-keys-manual

# The keys of an alert record.
one_line <"$srcdir/host/alert_record.c" | grep -oE 'builder, "[^"]+"' |
    sed 's/.*"\(.*\)"/\1/' | names alert-keys
plain "$program_page" | section SH ALERTS | items | sed 's/ .*//' |
    names alert-keys-manual
same alert-keys alert-keys-manual

# The commands, their options, and what these mean. A default that is a path
# was chosen by configure; the manual names its directory.
"$flowcheck" --help | sed -n 's/^  \([a-z]*\)  *\(.*\)/\1: \2/p' | names commands
while IFS=: read -r command _; do
    "$flowcheck" "$command" --help >"$dir/help"
    sed -nE "s/^  (-[a-zA-Z],|   ) (--[a-z-]+).*/$command \\2/p" "$dir/help" \
        >>"$dir/all-options"
    awk '
        function flush() { if (head != "") print head "|" text; head = "" }
        /^  (-[a-zA-Z],|   ) --/ {
            flush()
            head = substr($0, 3, 27)
            text = substr($0, 30)
            gsub(/^ +| +$/, "", head)
            next
        }
        substr($0, 1, 29) ~ /^ +$/ { text = text " " substr($0, 30); next }
        { flush() }
        END { flush() }' "$dir/help" >>"$dir/all-meanings"
done <"$dir/commands"
same_text()
{
    sed -e 's|(default [^ )]*/[^)]*)|(default PATH)|' -e 's/\.$//' |
        tr '[:upper:]' '[:lower:]' | names "$1"
}
names options <"$dir/all-options"
same_text meanings <"$dir/all-meanings"
plain "$program_page" >"$dir/page"
sed -n 's/^\.SS flowcheck //p' "$dir/page" | while read -r command; do
    section SS "flowcheck $command" <"$dir/page" >"$dir/part"
    printf '%s: %s\n' "$command" "$(sed -n '1s/\.$//p' "$dir/part" |
        awk '{ print tolower(substr($0, 1, 1)) substr($0, 2) }')" \
        >>"$dir/all-commands"
    sed -n "s/^\.BR \(--[a-z-]*\) .*/$command \1/p" "$dir/part" \
        >>"$dir/all-options-manual"
done
names commands-manual <"$dir/all-commands"
names options-manual <"$dir/all-options-manual"
section SH OPTIONS <"$dir/page" | items | same_text meanings-manual
same commands commands-manual
same options options-manual
same meanings meanings-manual

# The names of the ABI.
grep -ohE 'FC_[A-Z0-9_]+' "$srcdir"/include/*.h | grep -vE '_H?$' | names abi
plain "$abi_page" | grep -oE 'FC_[A-Z0-9_]+' | names abi-manual
same abi abi-manual

# The pages are well formed.
if command -v man >/dev/null; then
    for page in "$program_page" "$script_page" "$abi_page"; do
        warnings=$(LC_ALL=C.UTF-8 MANWIDTH=80 man --warnings -E UTF-8 -l \
            "$page" 2>&1 >/dev/null) || status=1
        [ -z "$warnings" ] || complain "$page: $warnings"
    done
else
    missing="$missing man"
fi

# The examples that begin with their file's name in a comment.
mkdir "$dir/examples"
for page in "$script_page" "$abi_page"; do
    plain "$page" | awk -v dir="$dir/examples" '
        /^\.EX/ { start = 1; file = ""; next }
        /^\.EE/ { if (file != "") close(file); file = ""; next }
        start && ($1 == "--" || $1 == "/*") && $2 ~ /^[a-z_]+\.(c|lua)$/ {
            file = dir "/" $2
        }
        { start = 0 }
        file != "" { print > file }'
done
cc=${CC:-cc}
if command -v "${cc%% *}" >/dev/null; then
    compile()
    {
        # shellcheck disable=SC2086 # a command and its options
        $cc -std=c11 -Wall -Wextra -pedantic -Werror -I"$srcdir/include" "$@"
    }
    mkdir "$dir/modules"
    compile -shared -fPIC -o "$dir/modules/big_flows.so" \
        "$dir/examples/big_flows.c" || complain "big_flows.c does not compile"
    echo '{}' >"$dir/none.json"
    "$flowcheck" list -p "$dir/modules" -c "$dir/none.json" | grep -q '^big_flows ' ||
        complain "big_flows.so does not load"
    compile -fsyntax-only "$dir/examples/tiny_host.c" ||
        complain "tiny_host.c does not compile"
else
    missing="$missing $cc"
fi
set -- "$srcdir"/tests/captures/*.pcap*
if [ -e "$1" ]; then
    for script in "$dir"/examples/*.lua; do
        for capture; do
            "$flowcheck" run -r "$capture" -s "$script" -c "$dir/none.json" \
                >/dev/null 2>"$dir/log" || complain "${script##*/} does not load"
            ! grep -qE 'failures|error:' "$dir/log" || {
                complain "${script##*/} fails on ${capture##*/}:"
                cat "$dir/log"
            }
        done
    done
else
    missing="$missing captures"
fi

[ "$status" = 0 ] || exit 1
[ -z "$missing" ] || {
    echo "skipped in part, not found:$missing"
    exit 77
}
