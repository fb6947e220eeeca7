/* SPDX-License-Identifier: MIT */
#include "decide/caches.h"

#include "base/xalloc.h"
#include "decide/alias.h"
#include "decide/owner.h"

#include <stdlib.h>

/* The lineage may not have been in service yet, and what stood there before
 * the first watch of OWNER, put there by hand or by another program, may have
 * been of any combination. */
static bool is_new(const struct facts *facts, const struct owner_facts *owner)
{
	return !facts->state->settled_config ||
	       !ledger_is_known(owner->ledger, &facts->rules, facts->now_ms);
}

/* What was served before we looked matched all that was presented then: it
 * matches CHAIN if CHAIN's records include theirs. */
static bool unknown_matches(const struct facts *facts,
			    const struct owner_facts *owner,
			    const struct chain *chain)
{
	const struct owner_facts *end = alias_end(facts, owner);

	for (size_t i = 0; i < facts->presented.count; i++) {
		const struct chain *old = facts->presented.items[i];

		if (old && fingerprint_equal(&old->version, &chain->version))
			continue;
		if (!old || is_new(facts, owner) ||
		    !owner_same_records(owner, old, chain) ||
		    !owner_same_records(end, old, chain))
			return false;
	}
	return true;
}

/* What other targets saw before this one looked is unknown to it, but they
 * know for how long caches keep it. */
static uint32_t unknown_ttl(const struct owner_facts *owner)
{
	uint32_t longest = 0;

	for (size_t i = 0; i < owner->others.ledger_count; i++)
		longest = ledger_ttl_max(owner->others.ledgers[i], longest);
	return longest;
}

static struct ledger_test test_of(const struct facts *facts,
				  const struct owner_facts *owner,
				  const struct chain *chain)
{
	return (struct ledger_test){
		.chain = chain,
		.unknown_matches = unknown_matches(facts, owner, chain),
		.only = owner->param_count || owner->alias ? NULL :
			&owner->published,
		.alias = owner->alias,
		.unknown_ttl_seconds = unknown_ttl(owner),
	};
}

/* That no record is left, whatever comes to be presented. */
static struct ledger_test emptiness_of(const struct owner_facts *owner)
{
	return (struct ledger_test){
		.only = owner->param_count || owner->alias ? NULL :
			&owner->published,
		.alias = owner->alias,
		.unknown_ttl_seconds = unknown_ttl(owner),
	};
}

/* As this target and others have seen it. */
static int64_t latest_safe(const struct facts *facts,
			   const struct owner_facts *owner,
			   struct ledger_test test)
{
	int64_t safe_ms;

	invariant(owner->ledger);
	safe_ms = ledger_safe_from(owner->ledger, &test, &facts->rules);
	/* What is unknown to other targets is so to this one: its own ledger
	 * has it. */
	test.unknown_matches = true;
	for (size_t i = 0; i < owner->others.ledger_count; i++) {
		int64_t other_ms = ledger_safe_from(owner->others.ledgers[i],
						    &test, &facts->rules);

		if (other_ms > safe_ms)
			safe_ms = other_ms;
	}
	return safe_ms;
}

int64_t caches_safe_from(const struct facts *facts,
			 const struct owner_facts *owner,
			 const struct chain *chain)
{
	return latest_safe(facts, owner, test_of(facts, owner, chain));
}

int64_t caches_safe_from_guess(const struct facts *facts,
			       const struct owner_facts *owner,
			       const struct chain *chain)
{
	struct ledger_test test = test_of(facts, owner, chain);

	test.unknown_matches = false;
	return latest_safe(facts, owner, test);
}

int64_t caches_empty_from(const struct facts *facts,
			  const struct owner_facts *owner)
{
	return latest_safe(facts, owner, emptiness_of(owner));
}

/* ---- Proofs ------------------------------------------------------------ */

static void add_proof(struct cache_proofs *proofs, const struct facts *facts,
		      const struct ledger *ledger,
		      const struct ledger_test *test, bool is_others)
{
	struct cache_proof *proof = array_push(proofs->items, proofs->count);

	proof->ledger = ledger;
	proof->is_others = is_others;
	proof->test = *test;
	proof->bound = ledger_find_bound(ledger, test, &facts->rules,
					 &proof->terms);
}

struct cache_proofs caches_prove(const struct facts *facts,
				 const struct owner_facts *owner,
				 const struct chain *chain)
{
	struct ledger_test test = chain ? test_of(facts, owner, chain) :
					  emptiness_of(owner);
	struct cache_proofs proofs = { 0 };

	invariant(owner->ledger);
	add_proof(&proofs, facts, owner->ledger, &test, false);
	test.unknown_matches = true;
	for (size_t i = 0; i < owner->others.ledger_count; i++)
		add_proof(&proofs, facts, owner->others.ledgers[i], &test,
			  true);
	return proofs;
}

void cache_proofs_clear(struct cache_proofs *proofs)
{
	for (size_t i = 0; i < proofs->count; i++)
		free(proofs->items[i].terms.items);
	free(proofs->items);
	*proofs = (struct cache_proofs){ 0 };
}

/* ---- What was not noted yet -------------------------------------------- */

/* A survey counts as a little later than it was, and is saved at once. */
#define SAVED_WITHIN_MS 1000

static bool is_unnoted(const struct cache_proof *proof, int64_t saved_ms,
		       int64_t until_ms)
{
	bool unnoted = proof->bound.publication_until_ms == until_ms &&
		       proof->bound.publication_ms > saved_ms;

	for (size_t i = 0; i < proof->terms.count; i++)
		unnoted |= proof->terms.items[i].until_ms == until_ms &&
			   proof->terms.items[i].last_ms > saved_ms;
	return unnoted;
}

bool caches_are_unnoted(const struct facts *facts, const struct chain *chain,
			int64_t until_ms)
{
	int64_t saved_ms = facts->state->saved.wall_ms + SAVED_WITHIN_MS;
	bool any = false;

	for (size_t i = 0; i < facts->owner_count; i++) {
		struct cache_proofs proofs;

		if (!facts->owners[i].ledger)
			continue;
		proofs = caches_prove(facts, &facts->owners[i], chain);
		for (size_t k = 0; k < proofs.count; k++)
			any |= is_unnoted(&proofs.items[k], saved_ms,
					  until_ms);
		cache_proofs_clear(&proofs);
	}
	return any;
}
