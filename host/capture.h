/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * capture - reads frames from capture files. The only unit that uses libpcap.
 */
#ifndef FC_CAPTURE_H
#define FC_CAPTURE_H

#include "text.h"
#include "worker.h"

struct capture;

/*
 * Opens a pcap or pcapng file; "-" is stdin. NULL: *err names the file and what
 * is wrong with it. Free with capture_close.
 */
struct capture *capture_open(const char *path, struct text_error *err);

void capture_close(struct capture *capture);

enum capture_result {
    CAPTURE_FRAME,     /* *frame is filled, valid until the next call */
    CAPTURE_END,       /* no more */
    CAPTURE_TRUNCATED, /* the file ends within a frame; *err says so */
    CAPTURE_FAILED     /* the file is damaged, or unreadable; *err says where */
};

enum capture_result capture_next(struct capture *capture,
                                 struct capture_frame *frame,
                                 struct text_error *err);

/* How far into the file, 0..100; -1 when it has no known size. */
int capture_percent(const struct capture *capture);

#endif
