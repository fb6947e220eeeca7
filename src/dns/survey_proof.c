/* SPDX-License-Identifier: MIT */
#include "dns/survey_internal.h"

#include "base/bounds.h"
#include "base/xalloc.h"

#include <stdlib.h>

/* A hostile server may give another answer each time. */
#define PROOFS_MAX ADDRESSES_PER_ZONE_MAX

static void key_append(struct proof *proof, const ldns_rr_list *records)
{
	for (size_t i = 0; i < ldns_rr_list_rr_count(records); i++) {
		uint8_t *wire = NULL;
		size_t size = 0;

		must(ldns_rr2wire(&wire, ldns_rr_list_rr(records, i),
				  LDNS_SECTION_ANSWER, &size) ==
		     LDNS_STATUS_OK);
		proof->key = xreallocarray(proof->key,
					   proof->key_size + size, 1);
		memcpy(proof->key + proof->key_size, wire, size);
		proof->key_size += size;
		LDNS_FREE(wire);
	}
}

/* Order differs from answer to answer. */
static ldns_rr_list *sorted(const ldns_rr_list *records)
{
	ldns_rr_list *list = ldns_rr_list_new();

	invariant(list);
	for (size_t i = 0; i < ldns_rr_list_rr_count(records); i++)
		must(ldns_rr_list_push_rr(list, ldns_rr_list_rr(records, i)));
	ldns_rr_list_sort(list);
	return list;
}

static struct proof *proof_new(const ldns_rr_list *rrset,
			       const ldns_rr_list *signatures,
			       const ldns_rr_list *with)
{
	struct proof *proof = xcalloc(1, sizeof(*proof));
	ldns_rr_list *lists[] = { sorted(rrset), sorted(signatures) };

	proof->with = with;
	for (unsigned i = 0; i < 2; i++) {
		key_append(proof, lists[i]);
		ldns_rr_list_free(lists[i]);
	}
	return proof;
}

static void proof_free(struct proof *proof)
{
	free(proof->key);
	ldns_rr_list_deep_free(proof->trusted);
	free(proof);
}

static const struct proof *proofs_find(const struct proofs *proofs,
				       const struct proof *like)
{
	for (size_t i = 0; i < proofs->count; i++) {
		const struct proof *proof = proofs->items[i];

		if (proof->with == like->with &&
		    proof->key_size == like->key_size &&
		    (like->key_size == 0 ||
		     memcmp(proof->key, like->key, like->key_size) == 0))
			return proof;
	}
	return NULL;
}

enum dnssec_verdict proofs_trust_keys(struct proofs *proofs,
				      const struct zone *zone,
				      const ldns_rr_list *keys,
				      const ldns_rr_list *signatures,
				      int64_t now_seconds,
				      const ldns_rr_list **trusted)
{
	struct proof *proof = proof_new(keys, signatures, NULL);
	const struct proof *known = proofs_find(proofs, proof);

	if (known) {
		proof_free(proof);
		*trusted = known->trusted;
		return known->verdict;
	}
	proof->verdict = dnssec_trust_keys(zone->name, zone->ds, keys,
					   signatures, now_seconds,
					   &proof->trusted);
	*trusted = proof->trusted;
	*array_push(proofs->items, proofs->count) = proof;
	return proof->verdict;
}

enum dnssec_verdict proofs_verify(struct proofs *proofs,
				  const struct zone *zone,
				  const ldns_rr_list *rrset,
				  const ldns_rr_list *signatures,
				  const ldns_rr_list *trusted,
				  int64_t now_seconds,
				  struct dnssec_limits *limits)
{
	struct proof *proof = proof_new(rrset, signatures, trusted);
	const struct proof *known = proofs_find(proofs, proof);
	enum dnssec_verdict verdict;

	if (!known) {
		proof->verdict = dnssec_verify(zone->name, rrset, signatures,
					       trusted, now_seconds,
					       &proof->limits);
		known = proof;
	}
	verdict = known->verdict;
	*limits = known->limits;
	if (known == proof && proofs->count < PROOFS_MAX)
		*array_push(proofs->items, proofs->count) = proof;
	else
		proof_free(proof);
	return verdict;
}

void proofs_clear(struct proofs *proofs)
{
	for (size_t i = 0; i < proofs->count; i++)
		proof_free(proofs->items[i]);
	free(proofs->items);
	memset(proofs, 0, sizeof(*proofs));
}
