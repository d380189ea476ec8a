/* SPDX-License-Identifier: GPL-3.0-or-later */
/* host_link - calls a host's functions. */
#include "host_link.h"

#include <stdarg.h>
#include <stdio.h>

/* Room for a path, a message and a traceback. */
#define SAY_MAX 8192

void host_link_init(struct host_link *link, const struct fc_host *host)
{
    link->host = host;
    fc_copy_struct(&link->can, sizeof link->can, host);
}

void host_say(const struct host_link *link, enum fc_log_level level,
              const char *format, ...)
{
    char text[SAY_MAX];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    link->can.log(link->host, level, text);
}

const char *host_install_dir(const struct host_link *link)
{
    return link->can.install_dir(link->host);
}

const char *const *host_protocol_names(const struct host_link *link)
{
    return link->can.protocol_names != NULL
               ? link->can.protocol_names(link->host)
               : NULL;
}
