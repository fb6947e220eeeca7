/* SPDX-License-Identifier: MIT */
#include "base/bounds.h"
#include "base/lineage_name.h"
#include "fuzz.h"
#include "state/settled.h"

#include <openssl/sha.h>

#include <stdlib.h>

/* The file of what runs found at rest. Its last line is made to fit: else
 * nothing but that would ever be looked at. */
const char fuzz_corpus[] = "settled";

#define WRITER "1"
#define LINE_SIZE FINGERPRINT_TEXT_SIZE

static void check(const struct settled *settled)
{
	for (size_t i = 0; i < settled->count; i++) {
		const struct settled_target *at = &settled->items[i];

		invariant(lineage_name_valid(at->name));
		invariant(settled_find(settled, at->name) == at);
		invariant(at->chain.not_before_seconds >= 0);
		invariant(at->chain.not_after_seconds <= INT64_MAX / 1000);
		invariant(at->looked_ms >= 0 && at->saved.wall_ms >= 0);
		invariant(memchr(at->saved.boot_id, '\0',
				 sizeof(at->saved.boot_id)));
	}
}

/* What was read is written so that it is read again. */
static void check_again(const struct settled *settled)
{
	char *text = settled_format(settled, WRITER);
	struct settled again;

	must(settled_parse(text, strlen(text), WRITER, &again));
	invariant(again.count == settled->count);
	settled_clear(&again);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = xmalloc(size + LINE_SIZE + 1);
	struct fingerprint digest;
	struct settled settled;

	memcpy(text, data, size);
	SHA256(data, size, digest.sha256);
	fingerprint_format(&digest, text + size);
	text[size + LINE_SIZE - 1] = '\n';
	if (settled_parse(text, size + LINE_SIZE, WRITER, &settled)) {
		check(&settled);
		check_again(&settled);
		settled_clear(&settled);
	}
	free(text);
	return 0;
}
