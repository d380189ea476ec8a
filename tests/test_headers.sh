#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Each public header compiles alone, in each standard, without a warning: a
# module may be written in C or in C++ of ten years ago. CC and CXX are those of
# configure. Skipped (77) when there is no C++ compiler, after C has passed.
set -u
headers=${srcdir:-.}/include
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT

# compile STANDARD SUFFIX COMPILER...: each header, twice in a row, in a file
# that has nothing else.
compile()
{
    standard=$1 suffix=$2
    shift 2
    for header in flow_check.h fc_flow.h; do
        source=$work/alone.$suffix
        printf '#include "%s"\n#include "%s"\n' $header $header >"$source"
        # A compiler is several words: "gcc -m32".
        $* -std="$standard" -Wall -Wextra -pedantic -Werror -I"$headers" \
            -c "$source" -o "$work/alone.o" || {
            echo "$header does not compile alone as $standard with $*"
            exit 1
        }
    done
}

compile c11 c ${CC:-cc}
compile c17 c ${CC:-cc}
if ! command -v ${CXX:-c++} >/dev/null; then
    echo "no C++ compiler: the headers were tested as C only"
    exit 77
fi
compile c++11 cc ${CXX:-c++}
compile c++17 cc ${CXX:-c++}
