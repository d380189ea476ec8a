/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pcap_file - writes captures of pcap's own format, in this machine's byte
 * order. Whether all could be written, fclose and ferror say.
 */
#ifndef FC_TESTS_PCAP_FILE_H
#define FC_TESTS_PCAP_FILE_H

#include <stdio.h>

#include "worker.h"

/* The beginning of a file; link_type as pcap_datalink() gives it. */
void pcap_file_begin(FILE *file, int link_type);

void pcap_file_add(FILE *file, const struct capture_frame *frame);

#endif
