/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * lint - says what is wrong with the uses of names that a scan has noted.
 * Private to lua_api/; its public door is vm_lint (vm.h).
 */
#ifndef FC_LINT_H
#define FC_LINT_H

#include "names.h"
#include "vm.h"

/* More findings than that are told by one last one. */
#define LINT_FINDINGS_MAX 100

/* Scans a script's text. Returns false when there is no memory. */
bool lint_text(const struct names *names, const struct vm_source *source,
               const struct vm_company *company, vm_finding_fn *found,
               void *context);

#endif
