/* SPDX-License-Identifier: GPL-3.0-or-later */
/* capture - libpcap's offline reading, with errors that say where. */
#include "capture.h"

#include <inttypes.h>
#include <pcap/pcap.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct capture {
    pcap_t *pcap;
    const char *path;
    int link_type;
    uint64_t frames; /* read so far, for errors */
    off_t size;      /* of the file, 0 unknown */
};

static off_t file_size(FILE *file)
{
    struct stat status;

    if (fstat(fileno(file), &status) != 0 || !S_ISREG(status.st_mode))
        return 0;
    return status.st_size;
}

/* libpcap names the file itself when it cannot open it. */
static const char *without_path(const char *reason, const char *path)
{
    size_t len = strlen(path);

    if (strncmp(reason, path, len) == 0 && reason[len] == ':')
        return reason + len + 2;
    return reason;
}

struct capture *capture_open(const char *path, struct text_error *err)
{
    char reason[PCAP_ERRBUF_SIZE];
    struct capture *capture = calloc(1, sizeof *capture);

    if (capture == NULL) {
        text_fail(err, "%s: out of memory", path);
        return NULL;
    }
    capture->path = path;
    capture->pcap = pcap_open_offline(path, reason);
    if (capture->pcap == NULL) {
        free(capture);
        text_fail(err, "%s: cannot be read as a capture (pcap or pcapng): %s",
                  path, without_path(reason, path));
        return NULL;
    }
    capture->link_type = pcap_datalink(capture->pcap);
    capture->size = file_size(pcap_file(capture->pcap));
    if (!decode_knows_link_type(capture->link_type)) {
        const char *name = pcap_datalink_val_to_description(capture->link_type);

        text_fail(err, "%s: its link type %d (%s) is not supported", path,
                  capture->link_type, name != NULL ? name : "unknown");
        capture_close(capture);
        return NULL;
    }
    return capture;
}

void capture_close(struct capture *capture)
{
    if (capture == NULL)
        return;
    pcap_close(capture->pcap);
    free(capture);
}

/*
 * A file may claim any time; 200 years are far more than packets need and leave
 * room for sums and differences. Microseconds may be any 32 bits, which libpcap
 * takes for a signed number.
 */
static int64_t packet_time(const struct timeval *time)
{
    const int64_t most = (int64_t)200 * 366 * 86400;
    int64_t seconds = time->tv_sec;

    if (seconds < 0 || seconds > most)
        seconds = seconds < 0 ? 0 : most;
    return seconds * 1000000 + (uint32_t)time->tv_usec % 1000000;
}

static void fill_frame(const struct capture *capture,
                       struct capture_frame *frame,
                       const struct pcap_pkthdr *header, const u_char *data)
{
    frame->data = data;
    frame->captured = header->caplen;
    /* Some writers get this wrong; there was at least what was captured. */
    frame->wire_len =
        header->len > header->caplen ? header->len : header->caplen;
    frame->time = packet_time(&header->ts);
    frame->link_type = capture->link_type;
}

/* A read error at the end of the file is a cut file, elsewhere a damaged one.
 */
static enum capture_result explain(struct capture *capture,
                                   struct text_error *err)
{
    bool cut = feof(pcap_file(capture->pcap));

    if (cut)
        text_fail(err,
                  "%s: the file ends within frame %" PRIu64
                  "; all frames before it were processed",
                  capture->path, capture->frames + 1);
    else
        text_fail(err, "%s: damaged after frame %" PRIu64 ": %s", capture->path,
                  capture->frames, pcap_geterr(capture->pcap));
    return cut ? CAPTURE_TRUNCATED : CAPTURE_FAILED;
}

enum capture_result capture_next(struct capture *capture,
                                 struct capture_frame *frame,
                                 struct text_error *err)
{
    struct pcap_pkthdr *header;
    const u_char *data;
    int result = pcap_next_ex(capture->pcap, &header, &data);

    if (result == PCAP_ERROR_BREAK)
        return CAPTURE_END;
    if (result != 1)
        return explain(capture, err);
    capture->frames++;
    fill_frame(capture, frame, header, data);
    return CAPTURE_FRAME;
}

int capture_percent(const struct capture *capture)
{
    off_t at = ftello(pcap_file(capture->pcap));

    if (capture->size <= 0 || at < 0)
        return -1;
    return (int)(at * 100 / capture->size);
}
