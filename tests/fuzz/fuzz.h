/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/xalloc.h"

#include <stdlib.h>

/*
 * A fuzz target is one file with these two. Built by tests/fuzz/run it is
 * linked with libFuzzer; in `make check` with replay.c, which gives it every
 * file of its corpus. A property that does not hold breaks an invariant.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Its corpus is tests/fuzz/corpus/NAME. */
extern const char fuzz_corpus[];

/* The input as a text that ends at its first zero octet; on the heap and no
 * longer than that, so that a sanitizer sees overreads. */
static inline char *fuzz_text(const uint8_t *data, size_t size)
{
	return xstrndup((const char *)data, size);
}
