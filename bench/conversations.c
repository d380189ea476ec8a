/* SPDX-License-Identifier: GPL-3.0-or-later */
/* conversations - tables of packets; see the header. */
#include "conversations.h"

#include <netinet/in.h>
#include <string.h>

#define FIN 0x01
#define SYN 0x02
#define PSH 0x08
#define ACK 0x10

#define CLIENT(flags, text)             \
    {                                   \
        0, flags, text, sizeof text - 1 \
    }
#define SERVER(flags, text)             \
    {                                   \
        1, flags, text, sizeof text - 1 \
    }
#define HANDSHAKE CLIENT(SYN, ""), SERVER(SYN | ACK, ""), CLIENT(ACK, "")
#define CLOSE CLIENT(FIN | ACK, ""), SERVER(FIN | ACK, ""), CLIENT(ACK, "")
#define CLOSE_STEPS 3

#define BYTES_32 "0123456789abcdef0123456789abcdef"

/* A question for an address; generate.c writes the transaction id. */
#define DNS_NAME "\14cdn-" CONVERSATION_NUMBER "\7example\3org"
#define DNS_QUESTION "\0\1\0\0\0\0\0\0" DNS_NAME "\0\0\1\0\1"
#define DNS_ANSWER                           \
    "\0\1\0\1\0\0\0\0" DNS_NAME "\0\0\1\0\1" \
    "\xc0\x0c\0\1\0\1\0\0\1\x2c\0\4\xcb\0\x71\1"

static const struct step dns_steps[] = {
    CLIENT(0, "\0\0\1\0" DNS_QUESTION),
    SERVER(0, "\0\0\x81\x80" DNS_ANSWER),
};

static const struct step http_steps[] = {
    HANDSHAKE,
    CLIENT(PSH | ACK, "GET /news/" CONVERSATION_NUMBER ".html HTTP/1.1\r\n"
                      "Host: www.example.com\r\n"
                      "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:115.0)"
                      " Gecko/20100101 Firefox/115.0\r\n"
                      "Accept: text/html,application/xhtml+xml\r\n"
                      "Accept-Language: en-US,en;q=0.5\r\n\r\n"),
    SERVER(PSH | ACK, "HTTP/1.1 200 OK\r\n"
                      "Server: nginx/1.22.1\r\n"
                      "Content-Type: text/html\r\n"
                      "Content-Length: 66\r\n\r\n"
                      "<!DOCTYPE html><html><head><title>News</title></head>"
                      "<body></body>"),
    CLOSE,
};

/* TLS 1.3: extensions of 135 bytes in a body of 216. */
#define TLS_EXTENSIONS                                                 \
    "\0\0\0\x1e\0\x1c\0\0\x19shop-" CONVERSATION_NUMBER ".example.org" \
    "\0\x0a\0\4\0\2\0\x1d"                                             \
    "\0\x0b\0\2\1\0"                                                   \
    "\0\x0d\0\x08\0\6\4\3\x08\4\4\1"                                   \
    "\0\x10\0\x0e\0\x0c\2h2\x08http/1.1"                               \
    "\0\x2b\0\5\4\3\4\3\3"                                             \
    "\0\x2d\0\2\1\1"                                                   \
    "\0\x33\0\x26\0\x24\0\x1d\0\x20" BYTES_32
#define TLS_CLIENT_HELLO                                   \
    "\x16\3\1\0\xdc\1\0\0\xd8\3\3"                         \
    "client's random, flow " CONVERSATION_NUMBER ".."      \
    "\x20" BYTES_32 "\0\x08\x13\1\x13\2\x13\3\xc0\x2b\1\0" \
    "\0\x87" TLS_EXTENSIONS
#define TLS_SERVER_HELLO                              \
    "\x16\3\3\0\x7a\2\0\0\x76\3\3"                    \
    "server's random, flow " CONVERSATION_NUMBER ".." \
    "\x20" BYTES_32 "\x13\1\0"                        \
    "\0\x2e\0\x2b\0\2\3\4\0\x33\0\x24\0\x1d\0\x20" BYTES_32
#define TLS_DATA "\x14\3\3\0\1\1\x17\3\3\0\x40" BYTES_32 BYTES_32

static const struct step tls_steps[] = {
    HANDSHAKE,
    CLIENT(PSH | ACK, TLS_CLIENT_HELLO),
    SERVER(PSH | ACK, TLS_SERVER_HELLO TLS_DATA),
    CLIENT(PSH | ACK, TLS_DATA),
    CLOSE,
};

static const struct step ssh_steps[] = {
    HANDSHAKE,
    SERVER(PSH | ACK, "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n"),
    CLIENT(PSH | ACK, "SSH-2.0-OpenSSH_8.4p1 Debian-5+deb11u3\r\n"),
    CLOSE,
};

/* Of no protocol that nDPI knows. */
#define NOISE "\xd7\x9b\xe3\xf1" CONVERSATION_NUMBER "\xa9\xc6\xee\x97"

static const struct step unknown_steps[] = {
    CLIENT(0, NOISE "\xb1\x8f"),         SERVER(0, NOISE "\x93\xce\xf5"),
    CLIENT(0, NOISE "\xaa\xd2\x9e"),     SERVER(0, NOISE "\xe6"),
    CLIENT(0, NOISE "\x8c\xfb\xb7\xd9"),
};

#define COUNT(steps) (sizeof(steps) / sizeof(steps)[0])
#define UDP(port, steps)                                     \
    {                                                        \
        IPPROTO_UDP, port, steps, COUNT(steps), COUNT(steps) \
    }
#define TCP(port, steps)                                                   \
    {                                                                      \
        IPPROTO_TCP, port, steps, COUNT(steps) - CLOSE_STEPS, COUNT(steps) \
    }

enum { DNS, HTTP, TLS, SSH, UNKNOWN };

static const struct conversation conversations[] = {
    [DNS] = UDP(53, dns_steps),
    [HTTP] = TCP(80, http_steps),
    [TLS] = TCP(443, tls_steps),
    [SSH] = TCP(22, ssh_steps),
    [UNKNOWN] = UDP(40001, unknown_steps),
};

/* Of 20 flows: 10 DNS, 4 TLS, 3 HTTP, 2 unknown, 1 SSH. */
static const uint8_t mix[] = { DNS, TLS,     DNS, HTTP, DNS,  UNKNOWN, DNS,
                               TLS, DNS,     SSH, DNS,  HTTP, DNS,     TLS,
                               DNS, UNKNOWN, DNS, HTTP, DNS,  TLS };

const struct conversation *conversation_of(const char *kind, uint32_t number)
{
    if (strcmp(kind, "dns") == 0)
        return &conversations[DNS];
    if (strcmp(kind, "mixed") == 0)
        return &conversations[mix[number % sizeof mix]];
    return NULL;
}
