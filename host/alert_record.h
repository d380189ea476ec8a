/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * alert_record - how one alert reads: as a line of JSON, or as a table's row.
 *
 * For alerts.c, which knows where lines go. Both functions write to a stream in
 * memory and return 0, or -1 when there is no memory. No string of a record is
 * longer than FC_MESSAGE_MAX bytes of UTF-8: a longer one is cut, and marked.
 */
#ifndef FC_ALERT_RECORD_H
#define FC_ALERT_RECORD_H

#include <stdbool.h>
#include <stdio.h>

#include "alerts.h"

#define ALERT_TABLE_COLUMNS 6

/* A table that grows row by row. Make it with alert_table_start. */
struct alert_table {
    int line_width; /* rows are broken so that they fit in */
    int widths[ALERT_TABLE_COLUMNS];
    char day[sizeof "2024-02-29"]; /* of the row before, "" for none */
};

void alert_table_start(struct alert_table *table, int line_width);

/* Writes a row; before the first a heading, before each day's first its day. */
int alert_table_write(struct alert_table *table,
                      const struct alert_record *record, FILE *to);

/* for_terminal: see text_print_json. */
int alert_json_write(const struct alert_record *record, bool for_terminal,
                     FILE *to);

#endif
