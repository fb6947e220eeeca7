/* SPDX-License-Identifier: MIT */
#pragma once

#include "decide/facts.h"

/*
 * Which sets caches may hold for the owners of a target, and from when on each
 * of these has a match for a chain. The decision to release is made on this
 * (rollover_release.c), and `explain` and the journal show the same. Pure.
 */

/* From when on no cache can hold a set at OWNER without a match for CHAIN, as
 * far as this target and others that use OWNER have seen; LEDGER_NEVER: there
 * is nothing to wait for. */
int64_t caches_safe_from(const struct facts *facts,
			 const struct owner_facts *owner,
			 const struct chain *chain);

/* The same where CHAIN was only guessed to have been in service, out of
 * several: what was served before may have been about another. */
int64_t caches_safe_from_guess(const struct facts *facts,
			       const struct owner_facts *owner,
			       const struct chain *chain);

/*
 * From when on no cache can hold a record at OWNER, so that the services may
 * present whatever comes. Where OWNER is no longer configured only our own
 * records count.
 */
int64_t caches_empty_from(const struct facts *facts,
			  const struct owner_facts *owner);

/* Is UNTIL_MS, from when on that is so for CHAIN, or without one for all
 * records, reckoned from what was seen since the state was saved? Then whoever
 * only looks reckons a later time at every look. */
bool caches_are_unnoted(const struct facts *facts, const struct chain *chain,
			int64_t until_ms);

/* What these follow from. */
struct cache_proof {
	const struct ledger *ledger;
	bool is_others;		/* another target has seen it */
	struct ledger_test test;	/* CHAIN is the caller's */
	struct ledger_bound bound;
	struct ledger_terms terms;
};

struct cache_proofs {
	struct cache_proof *items;	/* ours; they point into the ledgers */
	size_t count;
};

/* One for each ledger; caches_safe_from(), or without a CHAIN
 * caches_empty_from(), is the latest of their bound.safe_ms. Cleared by the
 * caller. */
struct cache_proofs caches_prove(const struct facts *facts,
				 const struct owner_facts *owner,
				 const struct chain *chain);
void cache_proofs_clear(struct cache_proofs *proofs);
