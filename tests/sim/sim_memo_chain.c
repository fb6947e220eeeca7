/* SPDX-License-Identifier: MIT */
#include "sim_memo.h"

#include "base/xalloc.h"
#include "cert/chain.h"

/*
 * The same few certificates are parsed a million times, here and in those
 * unit tests that repeat whole runs. The linker sends these calls here
 * (--wrap); each PEM text goes to the real function once.
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

uint64_t text_hash(const char *text, size_t size)
{
	uint64_t hash = 1469598103934665603ULL ^ size, word;

	for (; size >= sizeof(word); size -= sizeof(word)) {
		memcpy(&word, text, sizeof(word));
		hash = (hash ^ word) * 0x9e3779b97f4a7c15ULL;
		hash ^= hash >> 32;
		text += sizeof(word);
	}
	for (size_t i = 0; i < size; i++)
		hash = (hash ^ (unsigned char)text[i]) * 1099511628211ULL;
	return hash ^ hash >> 29;
}

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

enum chain_error __wrap_chain_parse(const char *pem, size_t size,
				    struct chain **chain)
{
	uint64_t hash = text_hash(pem, size);
	struct memo *memo = slot(parsed, hash);

	if (!memo->hash) {
		memo->error = __real_chain_parse(pem, size, &memo->chain);
		memo->hash = hash;
	}
	*chain = memo->chain ? chain_copy(memo->chain) : NULL;
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
