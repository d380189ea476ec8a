/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * conversations - what clients and servers of the benchmarks' captures say to
 * each other: payloads that nDPI names, one conversation per protocol.
 */
#ifndef FC_BENCH_CONVERSATIONS_H
#define FC_BENCH_CONVERSATIONS_H

#include <stddef.h>
#include <stdint.h>

/* In a payload, replaced by the flow's number in decimal digits. */
#define CONVERSATION_NUMBER "########"

/* A packet. */
struct step {
    uint8_t side;      /* 0 the client sends, 1 the server */
    uint8_t tcp_flags; /* 0 in UDP */
    const char *payload;
    size_t len; /* bytes of it */
};

struct conversation {
    uint8_t l4_proto;
    uint16_t srv_port;
    const struct step *steps;
    size_t steps_open; /* up to here the connection stays open */
    size_t steps_all;
};

/*
 * The conversation of flow number of a kind of capture, "dns" or "mixed"; NULL
 * when there is no such kind.
 */
const struct conversation *conversation_of(const char *kind, uint32_t number);

#endif
