/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * contract - what a module hands over, held to what flow_check.h says: the one
 * place that reads a module's structs, strings and enumerators. All other units
 * see copies of our size, with strings that end and values that are known.
 *
 * It decides, and keeps no state: who calls it logs what was refused. That a
 * pointer leads somewhere, and that a string shorter than its limit ends in
 * NUL, it has to believe.
 */
#ifndef FC_CONTRACT_H
#define FC_CONTRACT_H

#include <stdbool.h>

#include "flow_check.h"
#include "text.h"

/*
 * Copies a check that is offered. Other than FC_OK: *err says which rule it
 * breaks, and the strings of *check are only read with "%.*s".
 */
enum fc_status contract_check(struct fc_check *check,
                              const struct fc_check *offered,
                              struct text_error *err);

/* An alert within its limits. It must not be copied: script may lie in it. */
struct contract_alert {
    struct fc_alert alert;
    char script[FC_PATH_MAX + 1];
};

/* Returns NULL, or what is wrong with an alert that cannot be taken. */
const char *contract_alert(struct contract_alert *taken,
                           const struct fc_alert *offered);

/* Room for the strings of a hook's figures. */
struct contract_strings {
    char script[FC_PATH_MAX + 1];
    char last_error[FC_TEXT_MAX + 1];
};

/*
 * Asks for the figures of a hook. Their strings lie in *strings, which must
 * live as long. A state that is not known becomes FC_HOOK_STATES. Returns
 * FC_OK, or another status: *stats is all zeros. *overrun: the check has
 * written behind the struct.
 */
enum fc_status contract_stats(const struct fc_check *check, void *instance,
                              enum fc_hook hook, struct fc_stats *stats,
                              struct contract_strings *strings, bool *overrun);

/* A finding within its limits. It must not be copied. */
struct contract_finding {
    struct fc_finding finding;
    char script[FC_PATH_MAX + 1];
    char text[FC_TEXT_MAX + 1];
};

/*
 * Takes a finding; its text is never NULL, its severity a known one. Returns
 * NULL, or what is wrong with one that cannot be taken.
 */
const char *contract_finding(struct contract_finding *taken,
                             const struct fc_finding *offered);

/* The hooks of a check that would do something now. */
uint32_t contract_active(const struct fc_check *check, void *instance);

/* The known level that an unknown one stands for. */
enum fc_log_level contract_level(enum fc_log_level level);

/*
 * A text that ends: itself, or its first FC_LOG_MAX bytes in *copy, which is to
 * be freed. NULL: no memory for that.
 */
const char *contract_log_text(const char *text, char **copy);

#endif
