/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pcap_file - see the header. */
#include "pcap_file.h"

void pcap_file_begin(FILE *file, int link_type)
{
    const uint16_t version[] = { 2, 4 };
    const uint32_t magic = 0xa1b2c3d4;
    const uint32_t rest[] = { 0, 0, 0x40000, (uint32_t)link_type };

    fwrite(&magic, sizeof magic, 1, file);
    fwrite(version, sizeof version, 1, file);
    fwrite(rest, sizeof rest, 1, file);
}

void pcap_file_add(FILE *file, const struct capture_frame *frame)
{
    const uint32_t header[] = { (uint32_t)(frame->time / 1000000),
                                (uint32_t)(frame->time % 1000000),
                                frame->captured, frame->wire_len };

    fwrite(header, sizeof header, 1, file);
    fwrite(frame->data, 1, frame->captured, file);
}
