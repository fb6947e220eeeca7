/* SPDX-License-Identifier: MIT */
#include "cert/shelf.h"

#include "base/bounds.h"
#include "base/xalloc.h"

#include <openssl/evp.h>
#include <stdlib.h>

/* At the place that the first octets of its key say; so the latest stays. */
struct shelf {
	struct {
		struct fingerprint key;
		struct chain *chain;
	} places[SHELF_CHAINS_MAX];
};

struct shelf *shelf_new(void)
{
	return xcalloc(1, sizeof(struct shelf));
}

void shelf_free(struct shelf *shelf)
{
	for (size_t i = 0; shelf && i < SHELF_CHAINS_MAX; i++)
		chain_free(shelf->places[i].chain);
	free(shelf);
}

static void digest(const void *data, size_t size, struct fingerprint *result)
{
	must(EVP_Digest(data, size, result->sha256, NULL, EVP_sha256(),
			NULL) == 1);
}

/* The digest of their digests: no text need be copied for it. */
void shelf_key(const struct shelf_text *texts, size_t count,
	       struct fingerprint *key)
{
	struct fingerprint each[SHELF_TEXTS_MAX];

	invariant(count <= SHELF_TEXTS_MAX);
	for (size_t i = 0; i < count; i++)
		digest(texts[i].data, texts[i].size, &each[i]);
	digest(each, count * sizeof(*each), key);
}

static size_t place_of(const struct fingerprint *key)
{
	size_t first = key->sha256[0], second = key->sha256[1];

	return (first << 8 | second) % SHELF_CHAINS_MAX;
}

struct chain *shelf_find(const struct shelf *shelf,
			 const struct fingerprint *key)
{
	size_t at = place_of(key);

	if (!shelf || !shelf->places[at].chain ||
	    !fingerprint_equal(&shelf->places[at].key, key))
		return NULL;
	return chain_copy(shelf->places[at].chain);
}

void shelf_put(struct shelf *shelf, const struct fingerprint *key,
	       const struct chain *chain)
{
	size_t at = place_of(key);

	if (!shelf)
		return;
	chain_free(shelf->places[at].chain);
	shelf->places[at].key = *key;
	shelf->places[at].chain = chain_copy(chain);
}
