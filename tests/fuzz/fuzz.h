/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fuzz - what the fuzz targets share. A target is one function, of libFuzzer's
 * name, that must cope with any input; built without libFuzzer it gets fuzz.c's
 * main, which runs it on files.
 */
#ifndef FC_FUZZ_H
#define FC_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must hold for any input; libFuzzer keeps the one that it does not for.
 */
#define fuzz_require(condition) \
    ((condition) ? (void)0 : fuzz_fail(#condition, __FILE__, __LINE__))

static inline void fuzz_fail(const char *condition, const char *file, int line)
{
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, condition);
    abort();
}

#endif
