/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * metadata - what is known of the application protocol of a flow. It is
 * borrowed from whoever found it out; a copy lives on without them.
 */
#ifndef FC_METADATA_H
#define FC_METADATA_H

#include "fc_flow.h"

struct metadata {
    uint16_t master_proto; /* as in struct fc_flow, as all that follows */
    uint16_t app_proto;
    const char *name;
    const struct fc_http *http;
    const struct fc_dns *dns;
    const struct fc_ssh *ssh;
    const struct fc_tls *tls;
};

/*
 * A copy, with all that it points to, in one block: free() it. NULL when there
 * is no memory.
 */
struct metadata *metadata_copy(const struct metadata *metadata);

#endif
