/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * generate - writes a capture of many flows, the same at each call: see usage.
 *
 * Packets of the flows that are live alternate at random, as on a busy link.
 * Each flow has a client of its own (address, port, DNS id); servers are few.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conversations.h"
#include "packets.h"
#include "pcap_file.h"

#define START INT64_C(1700000000000000) /* microseconds */
#define FLOWS_MAX (1u << 24)            /* clients in 10.0.0.0/8 */
#define LINK_ETHERNET 1
#define PORT_DNS 53

static const char usage[] =
    "usage: generate [-a] [-l LIVE] [-t MICROSECONDS] dns|mixed FLOWS FILE\n"
    "  -a  all flows are live at the end: none is closed, and there are 5 us\n"
    "      from packet to packet (5 million packets take 25 s)\n"
    "  -l  conversations that go on at once (default 100)\n"
    "  -t  time from packet to packet (default 1000)\n";

struct options {
    const char *kind;
    uint32_t flows;
    const char *path;
    uint32_t live;
    int64_t interval;
    int all_live;
};

/* A flow that has packets left. */
struct live_flow {
    uint32_t number;
    uint32_t step;
    uint32_t sent[2]; /* the next TCP sequence number, from 0 */
};

struct generator {
    const struct options *options;
    FILE *file;
    uint64_t random;
    int64_t time;
    uint32_t begun; /* flows */
    struct live_flow *live;
    uint32_t live_count;
};

static void fail(const char *what)
{
    fprintf(stderr, "generate: %s\n", what);
    exit(1);
}

static void write_frame(struct generator *generator, const struct frame *frame)
{
    pcap_file_add(generator->file,
                  &(struct capture_frame){ .data = frame->bytes,
                                           .captured = frame->len,
                                           .wire_len = frame->len,
                                           .time = generator->time });
    generator->time += generator->options->interval;
}

/* Different for each number below 2^24, and in no order. */
static uint32_t scatter(uint32_t number)
{
    return number * 2654435761u & (FLOWS_MAX - 1);
}

static void name_ends(uint32_t number, char client[16], char server[16])
{
    uint32_t bits = scatter(number);

    snprintf(client, 16, "10.%u.%u.%u", bits >> 16, bits >> 8 & 0xff,
             bits & 0xff);
    snprintf(server, 16, "203.0.113.%u", 1 + bits % 50);
}

/* The number of the flow into the places that the conversation has for it. */
static void fill_number(struct frame *frame, uint32_t number)
{
    size_t len = strlen(CONVERSATION_NUMBER);
    char digits[16];

    snprintf(digits, sizeof digits, "%08" PRIu32, number);
    for (size_t at = frame->payload; at + len <= frame->len; at++)
        if (memcmp(frame->bytes + at, CONVERSATION_NUMBER, len) == 0)
            memcpy(frame->bytes + at, digits, len);
}

static void build(struct frame *frame, struct live_flow *flow,
                  const struct conversation *conversation)
{
    const struct step *step = &conversation->steps[flow->step];
    uint16_t port = (uint16_t)(32768 + scatter(flow->number) % 28232);
    char ends[2][16];
    uint8_t other = !step->side;

    name_ends(flow->number, ends[0], ends[1]);
    frame_build(frame,
                FRAME(.src = ends[step->side], .dst = ends[other],
                      .proto = conversation->l4_proto,
                      .sport = step->side == 0 ? port : conversation->srv_port,
                      .dport = step->side == 0 ? conversation->srv_port : port,
                      .tcp_flags = step->tcp_flags,
                      .tcp_seq = flow->sent[step->side],
                      .tcp_ack = flow->sent[other], .payload = step->payload,
                      .payload_len = (uint32_t)step->len));
    fill_number(frame, flow->number);
    if (conversation->srv_port == PORT_DNS)
        frame_set_16(frame, frame->payload, flow->number & 0xffff);
    /* SYN and FIN, the two lowest bits, take a number each, never together. */
    flow->sent[step->side] += (uint32_t)step->len;
    flow->sent[step->side] += (step->tcp_flags & 3) != 0;
}

static uint32_t random_below(struct generator *generator, uint32_t end)
{
    generator->random =
        generator->random * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((generator->random >> 32) * end >> 32);
}

/* One packet of the flow; it makes room for another flow after its last. */
static void continue_flow(struct generator *generator, struct live_flow *flow)
{
    const struct options *options = generator->options;
    const struct conversation *conversation =
        conversation_of(options->kind, flow->number);
    size_t end =
        options->all_live ? conversation->steps_open : conversation->steps_all;
    struct frame frame;

    build(&frame, flow, conversation);
    write_frame(generator, &frame);
    if (++flow->step == end)
        *flow = generator->live[--generator->live_count];
}

static void generate(struct generator *generator)
{
    const struct options *options = generator->options;

    pcap_file_begin(generator->file, LINK_ETHERNET);
    for (;;) {
        while (generator->live_count < options->live &&
               generator->begun < options->flows)
            generator->live[generator->live_count++] =
                (struct live_flow){ .number = generator->begun++ };
        if (generator->live_count == 0)
            return;
        continue_flow(
            generator,
            &generator->live[random_below(generator, generator->live_count)]);
    }
}

static uint32_t parse(const char *text)
{
    char *end;
    unsigned long number = strtoul(text, &end, 10);

    if (*end != '\0' || number == 0 || number > FLOWS_MAX)
        fail("numbers are from 1 to 16777216");
    return (uint32_t)number;
}

static void parse_options(struct options *options, int argc, char **argv)
{
    int option;

    while ((option = getopt(argc, argv, "al:t:")) != -1) {
        if (option == 'a')
            options->all_live = 1;
        else if (option == 'l')
            options->live = parse(optarg);
        else if (option == 't')
            options->interval = parse(optarg);
        else
            optind = argc;
    }
    if (argc - optind != 3 || conversation_of(argv[optind], 0) == NULL) {
        fputs(usage, stderr);
        exit(2);
    }
    options->kind = argv[optind];
    options->flows = parse(argv[optind + 1]);
    options->path = argv[optind + 2];
    if (options->all_live)
        options->interval = 5;
}

int main(int argc, char **argv)
{
    struct options options = { .live = 100, .interval = 1000 };
    struct generator generator = { .options = &options, .time = START };

    parse_options(&options, argc, argv);
    generator.live = calloc(options.live, sizeof *generator.live);
    generator.file = fopen(options.path, "wb");
    if (generator.live == NULL || generator.file == NULL)
        fail(options.path);
    generate(&generator);
    if (ferror(generator.file) || fclose(generator.file) != 0)
        fail("cannot write");
    free(generator.live);
    return 0;
}
