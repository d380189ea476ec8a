/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * flow_json - a flow as a script sees it: one JSON object whose keys are the
 * names of the flow.* getters, http, dns, ssh and tls_quic being objects with
 * the short names, or null.
 */
#ifndef FC_FLOW_JSON_H
#define FC_FLOW_JSON_H

#include <json.h>

#include "fc_flow.h"

/* Owned by the caller (json_object_put). NULL: no memory. */
struct json_object *flow_json(const struct fc_flow *flow);

#endif
