/* SPDX-License-Identifier: MIT */
#pragma once

#include "facts.h"

/*
 * One TLSA owner: what must be there, what is missing, what may go, and who
 * has not got it yet. Pure.
 */

/* The set the primary serves; NULL when it did not answer usefully. */
const struct tlsa_set *owner_primary_set(const struct owner_facts *owner);

/*
 * What the RRset needs so that each of CHAINS (NULL entries are passed over)
 * has a match in every combination: those configured and those that the
 * RRset contains already. Nothing for an owner no longer configured.
 */
struct tlsa_set owner_needed(const struct owner_facts *owner,
			     struct chain *const *chains, size_t n);

/* Needed for CHAINS, or by other targets, and not served by the primary: a
 * set without their records must not appear because we add ours. */
struct tlsa_set owner_missing(const struct owner_facts *owner,
			      struct chain *const *chains, size_t n);

/*
 * What to publish now, CHAINS being what may be presented and, as the last
 * one, what shall be. All at once: all that is missing. Else one record after
 * the other will appear, so that what may be presented comes first, and alone;
 * *IN_PIECES: even so a combination would begin with a record that does not
 * match all of it, so that nothing may be published.
 */
struct tlsa_set owner_to_publish(const struct owner_facts *owner,
				 struct chain *const *chains, size_t n,
				 bool at_once, bool *in_pieces);

/* What of STALE to delete now: where it goes one record after the other, what
 * matches one of CHAINS only when all else is gone. Takes STALE. */
struct tlsa_set owner_to_delete(struct tlsa_set stale,
				struct chain *const *chains, size_t n,
				bool at_once);

/* A combination, configured or standing there, for which CHAIN has no record
 * (no issuer). */
bool owner_lacks_issuer(const struct owner_facts *owner,
			const struct chain *chain);

/*
 * Our own records at the primary that no longer serve a purpose when only
 * CHAINS (NULL: one that cannot be told) can be presented. *BLOCKED: there
 * are some, but deleting them would leave a set without a match for one of
 * CHAINS; the result is empty then.
 */
struct tlsa_set owner_stale(const struct owner_facts *owner,
			    struct chain *const *chains, size_t n,
			    bool *blocked);

/*
 * The first address that does not serve what CHAIN needs, authoritatively,
 * not behind the primary, with a signature that lasts beyond UNTIL_MS and a
 * TTL; NULL: every address does, or nothing is configured here.
 */
const struct sighting *owner_unconfirmed(const struct owner_facts *owner,
					 const struct chain *chain,
					 int64_t until_ms);
bool sighting_confirms(const struct owner_facts *owner,
		       const struct sighting *sighting,
		       const struct chain *chain, int64_t until_ms);

/* Whatever matched OLD, in any combination known here, matches CHAIN. */
bool owner_same_records(const struct owner_facts *owner,
			const struct chain *old, const struct chain *chain);
