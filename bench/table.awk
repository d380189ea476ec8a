# SPDX-License-Identifier: GPL-3.0-or-later
#
# A table of what bench/measure has measured. Its lines are
#
#   CPU|WALL|MEMORY|LABEL|RATIO|FLOWS|COMMAND
#
# with one line per run. RATIO is empty or A/B, of two labels: the cost per flow
# of A over that of B, within a round; the table shows the median over rounds.
# FLOWS is 0 where nobody has counted. -v wall=1 takes WALL instead of CPU; -v
# start=LABEL takes what that one has cost off all others.
BEGIN { FS = "|" }

{
    label = $4
    if (!(label in rounds)) {
        order[++labels] = label
        ratio[label] = $5
        flows[label] = $6
        command[label] = $7
    }
    n = ++rounds[label]
    time[label, n] = wall ? $2 : $1
    memory[label, n] = $3
}

function median(values, n,    i, j, value)
{
    for (i = 2; i <= n; i++) {
        value = values[i]
        for (j = i - 1; j >= 1 && values[j] > value; j--)
            values[j + 1] = values[j]
        values[j + 1] = value
    }
    return n % 2 ? values[(n + 1) / 2] : (values[n / 2] + values[n / 2 + 1]) / 2
}

function median_of(what, label,    i, n, values)
{
    n = rounds[label]
    for (i = 1; i <= n; i++)
        values[i] = what[label, i]
    return median(values, n)
}

function median_ratio(what, a, b, scale,    i, n, values)
{
    n = rounds[a] < rounds[b] ? rounds[a] : rounds[b]
    for (i = 1; i <= n; i++)
        values[i] = what[a, i] / (what[b, i] > 0 ? what[b, i] : 1) * scale
    return median(values, n)
}

function show(value)
{
    return value > 0 && value < 0.5 ? sprintf("1/%.1f", 1 / value) : sprintf("%.2f", value)
}

function take_off_start(    i, n)
{
    for (i = 1; i <= labels; i++)
        for (n = 1; n <= rounds[order[i]]; n++)
            if (order[i] != start)
                time[order[i], n] -= time[start, n]
}

END {
    if (start != "")
        take_off_start()
    printf "  %-12s %8s %8s %6s %8s %6s  %-22s %s\n", "", wall ? "wall s" : \
        "CPU s", "ns/flow", "ratio", "peak MB", "ratio", "ratio of", "command"
    for (i = 1; i <= labels; i++) {
        label = order[i]
        us = median_of(time, label)
        per_flow = flows[label] > 0 ? \
            sprintf("%.0f", us * 1000 / flows[label]) : "-"
        of = time_ratio = memory_ratio = "-"
        if (split(ratio[label], pair, "/") == 2) {
            of = ratio[label]
            scale = flows[label] > 0 ? flows[pair[2]] / flows[pair[1]] : 1
            time_ratio = show(median_ratio(time, pair[1], pair[2], scale))
            memory_ratio = show(median_ratio(memory, pair[1], pair[2], 1))
        }
        printf "  %-12s %8.3f %8s %6s %8.1f %6s  %-22s %s\n", label, us / 1e6, \
            per_flow, time_ratio, median_of(memory, label) / 1024, \
            memory_ratio, of, command[label]
    }
}
