/* SPDX-License-Identifier: MIT */
#include "sim.h"

#include "chain.h"
#include "xalloc.h"

#include <stdlib.h>

/*
 * The same few certificates are parsed a million times. The linker sends
 * chain_parse() and chain_check_key() here (--wrap); each text goes to the
 * real one once.
 */
enum chain_error __real_chain_parse(const char *pem, size_t size,
				    struct chain **chain);
enum chain_error __wrap_chain_parse(const char *pem, size_t size,
				    struct chain **chain);
enum chain_error __real_chain_check_key(const struct chain *chain,
					const char *pem, size_t size);
enum chain_error __wrap_chain_check_key(const struct chain *chain,
					const char *pem, size_t size);

#define SLOTS 65536

struct memo {
	uint64_t hash;
	enum chain_error error;
	struct chain *chain;
};

static struct memo parsed[SLOTS];
static struct memo checked[SLOTS];

static struct memo *slot(struct memo *table, uint64_t hash)
{
	size_t i = hash % SLOTS;

	while (table[i].hash && table[i].hash != hash)
		i = (i + 1) % SLOTS;
	return &table[i];
}

static struct chain *copy(const struct chain *chain)
{
	struct chain *result;

	if (!chain)
		return NULL;
	result = xmemdup(chain, sizeof(*chain));
	result->certificates = xmemdup(chain->certificates,
				       chain->count *
				       sizeof(*chain->certificates));
	for (size_t i = 0; i < chain->count; i++) {
		struct certificate *at = &result->certificates[i];

		at->der = xmemdup(at->der, at->der_size);
		at->spki = xmemdup(at->spki, at->spki_size);
		at->subject = xstrdup(at->subject);
	}
	return result;
}

enum chain_error __wrap_chain_parse(const char *pem, size_t size,
				    struct chain **chain)
{
	struct memo *memo = slot(parsed, text_hash(pem, size));

	if (!memo->hash) {
		memo->error = __real_chain_parse(pem, size, &memo->chain);
		memo->hash = text_hash(pem, size);
	}
	*chain = copy(memo->chain);
	return memo->error;
}

enum chain_error __wrap_chain_check_key(const struct chain *chain,
					const char *pem, size_t size)
{
	uint64_t leaf = text_hash((const char *)chain->leaf.sha256,
				  sizeof(chain->leaf.sha256));
	uint64_t hash = text_hash(pem, size) ^ leaf * 31;
	struct memo *memo = slot(checked, hash);

	if (!memo->hash) {
		memo->error = __real_chain_check_key(chain, pem, size);
		memo->hash = hash;
	}
	return memo->error;
}
