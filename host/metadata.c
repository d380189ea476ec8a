/* SPDX-License-Identifier: GPL-3.0-or-later */
/* metadata - a copy is the structs one after the other, then their strings. */
#include "metadata.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* A struct, and where its pointers to strings are. */
struct shape {
    size_t size;
    size_t count;
    size_t strings[9];
};

#define STRING(type, field) offsetof(struct type, field)

static const struct shape metadata_shape = {
    sizeof(struct metadata),
    1,
    { STRING(metadata, name) },
};
static const struct shape http_shape = {
    sizeof(struct fc_http),
    5,
    { STRING(fc_http, method), STRING(fc_http, url),
      STRING(fc_http, user_agent), STRING(fc_http, server),
      STRING(fc_http, server_name) },
};
static const struct shape dns_shape = {
    sizeof(struct fc_dns),
    1,
    { STRING(fc_dns, query) },
};
static const struct shape ssh_shape = {
    sizeof(struct fc_ssh),
    4,
    { STRING(fc_ssh, client_signature), STRING(fc_ssh, server_signature),
      STRING(fc_ssh, hassh_client), STRING(fc_ssh, hassh_server) },
};
static const struct shape tls_shape = {
    sizeof(struct fc_tls),
    9,
    { STRING(fc_tls, sni), STRING(fc_tls, server_names), STRING(fc_tls, alpn),
      STRING(fc_tls, supported_versions), STRING(fc_tls, issuer_dn),
      STRING(fc_tls, subject_dn), STRING(fc_tls, ja3_client),
      STRING(fc_tls, ja3_server), STRING(fc_tls, ja4_client) },
};

static const char *get_string(const struct shape *shape, const void *from,
                              size_t i)
{
    const char *string;

    memcpy(&string, (const char *)from + shape->strings[i], sizeof string);
    return string;
}

/* What the structs need, and what their strings do. */
struct sizes {
    size_t structs;
    size_t strings;
};

static void measure(struct sizes *sizes, const struct shape *shape,
                    const void *from)
{
    if (from == NULL)
        return;
    sizes->structs += shape->size;
    for (size_t i = 0; i < shape->count; i++) {
        const char *string = get_string(shape, from, i);

        if (string != NULL)
            sizes->strings += strlen(string) + 1;
    }
}

/* Where the next struct of a copy goes, and its next string. */
struct block {
    char *structs;
    char *strings;
};

static void *copy(struct block *block, const struct shape *shape,
                  const void *from)
{
    char *to = block->structs;

    if (from == NULL)
        return NULL;
    memcpy(to, from, shape->size);
    block->structs += shape->size;
    for (size_t i = 0; i < shape->count; i++) {
        const char *string = get_string(shape, from, i);

        if (string == NULL)
            continue;
        memcpy(to + shape->strings[i], &block->strings, sizeof string);
        block->strings = stpcpy(block->strings, string) + 1;
    }
    return to;
}

struct metadata *metadata_copy(const struct metadata *metadata)
{
    struct sizes sizes = { 0, 0 };
    struct block block;
    struct metadata *to;

    measure(&sizes, &metadata_shape, metadata);
    measure(&sizes, &http_shape, metadata->http);
    measure(&sizes, &dns_shape, metadata->dns);
    measure(&sizes, &ssh_shape, metadata->ssh);
    measure(&sizes, &tls_shape, metadata->tls);
    block.structs = malloc(sizes.structs + sizes.strings);
    if (block.structs == NULL)
        return NULL;
    block.strings = block.structs + sizes.structs;
    to = copy(&block, &metadata_shape, metadata);
    to->http = copy(&block, &http_shape, metadata->http);
    to->dns = copy(&block, &dns_shape, metadata->dns);
    to->ssh = copy(&block, &ssh_shape, metadata->ssh);
    to->tls = copy(&block, &tls_shape, metadata->tls);
    return to;
}
