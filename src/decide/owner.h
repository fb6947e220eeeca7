/* SPDX-License-Identifier: MIT */
#pragma once

#include "decide/facts.h"

/*
 * One TLSA owner: what must be there, what is missing, what may go, and who
 * has not got it yet. The decision (rollover*.c) asks this for each owner of a
 * target and makes changes of it; sharing.c asks what other targets need. Pure.
 *
 * A combination is a usage, selector and matching type. A client may look at
 * one combination only (RFC 7671 section 9), so each that is in the set needs
 * a record for every certificate that it may meet. For a renewal from A to B,
 * with a and b their records of 3 1 1, a' and b' those of 3 0 1, x' somebody
 * else's record of 3 0 1, and 3 1 1 configured:
 *
 *	served	presented  goal	  needed	missing		stale
 *	-	A	   B	  a b		a b		-
 *	a	A	   B	  a b		b		-
 *	a x'	A	   B	  a b a' b'	b a' b'		-
 *	a b	A, B	   B	  a b		-		-
 *	a b	B	   B	  b		-		a
 *	a b	B	   B	  b		-		-  (another
 *					target needs a, too)
 *
 * Needed and missing are asked for the certificates presented and the goal,
 * stale for the goal alone: when only B can be presented, a serves nobody.
 */

/*
 * The set the primary serves; NULL when it did not answer usefully. Empty
 * where the owner is an alias, and where a wildcard answers for an owner that
 * may hide it, or where nothing is wanted.
 */
const struct tlsa_set *owner_primary_set(const struct owner_facts *owner);

/* A record here would take from others what a wildcard gives them, and the
 * configuration does not allow that. */
bool owner_would_hide(const struct owner_facts *owner);

/*
 * Takes out of ADD what would begin a combination in which some target has no
 * match: another one that has no record in it, or whose needs are not known;
 * or this one, with CHAINS, where only others want it. What stands there
 * already is begun by nobody. True: some of that is wanted by this target
 * itself, which has to wait for it.
 */
bool owner_hold_back(const struct owner_facts *owner,
		     const struct chains *chains, struct tlsa_set *add);

/* Of ADD, which is about to be published for CHAINS, something that will not be
 * held back begins a combination; the first record of all does so, too. */
bool owner_would_begin(const struct owner_facts *owner,
		       const struct chains *chains,
		       const struct tlsa_set *add);

/*
 * What the RRset needs so that each of CHAINS (NULL entries are passed over)
 * has a match in every combination: those that any target wants here and those
 * that the RRset contains already. Nothing for an owner no longer configured.
 */
struct tlsa_set owner_needed(const struct owner_facts *owner,
			     const struct chains *chains);

/* Needed for CHAINS, or by other targets, and not served by the primary: a
 * set without their records must not appear because we add ours. */
struct tlsa_set owner_missing(const struct owner_facts *owner,
			      const struct chains *chains);

/* What GOAL needs and the primary serves, though it was asked to be deleted:
 * it may be gone at any moment. */
struct tlsa_set owner_doomed(const struct owner_facts *owner,
			     struct chain *goal);
/* Of that, what can be deleted once more, so that it will be seen to be gone:
 * none of CHAINS, which may be presented, needs it, nor do others. */
struct tlsa_set owner_undone(const struct owner_facts *owner,
			     struct chain *goal, const struct chains *chains);

/* There is a combination, configured or standing there, for which CHAIN has no
 * record: *PARAMS; tlsa_fault() says why. */
bool owner_lacks_record(const struct owner_facts *owner,
			const struct chain *chain, struct tlsa_params *params);

/*
 * Our own records at the primary that no longer serve a purpose when only
 * CHAINS (NULL: one that cannot be told) can be presented. *BLOCKED: there
 * are some, but deleting them would leave a set without a match for one of
 * CHAINS; the result is empty then.
 */
struct tlsa_set owner_stale(const struct owner_facts *owner,
			    const struct chains *chains, bool *blocked);

/*
 * For a target that is removed: what can be deleted at the primary, which is
 * all of our own that no other target needs. *BLOCKED: something would be left,
 * of others or of a wildcard, with which the services of this target are left
 * alone; where OWNER is no longer configured they do not serve there.
 */
struct tlsa_set owner_leaving(const struct owner_facts *owner, bool *blocked);
/* The first address that may still serve a record: any, or where OWNER is no
 * longer configured one of ours; NULL: every one was seen to have none. */
const struct sighting *owner_undeleted(const struct owner_facts *owner);

/*
 * The first address that does not serve what CHAIN needs, or the alias that
 * is expected here, authoritatively, not behind the primary, with a signature
 * that lasts beyond UNTIL_MS and a TTL; NULL: every address does, or nothing
 * is configured here. A primary outside the delegation need not be signed,
 * seen, or say where an alias leads: no resolver asks it. What one says all
 * the same others will say soon, and counts, but for those not chosen.
 */
const struct sighting *owner_unconfirmed(const struct owner_facts *owner,
					 const struct chain *chain,
					 int64_t until_ms);
/* Nobody is left to confirm CHAIN: not where OWNER was not asked about, or
 * nobody could be. For who only tells how far it is. */
bool owner_is_confirmed(const struct owner_facts *owner,
			const struct chain *chain, int64_t now_ms);
bool sighting_confirms(const struct owner_facts *owner,
		       const struct sighting *sighting,
		       const struct chain *chain, int64_t until_ms);

/* SIGHTING's signature ends within days, though it was made for longer than
 * that: whoever renews signatures has stopped. */
bool sighting_is_running_out(const struct sighting *sighting, int64_t now_ms);

/* "OWNER", or "VIA (alias of OWNER)" where VIA, the name configured, is not
 * NULL; allocated. */
char *owner_label(const char *owner, const char *via);

/* Whatever matched OLD, in any combination that this or another target knows
 * here, matches CHAIN. */
bool owner_same_records(const struct owner_facts *owner,
			const struct chain *old, const struct chain *chain);
