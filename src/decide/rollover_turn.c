/* SPDX-License-Identifier: MIT */
#include "decide/rollover_internal.h"

/*
 * Certbot may renew faster than caches forget. If each renewal began the wait
 * anew, A would stay in service until it expires: so the version whose wait is
 * under way keeps its turn, and live comes after it.
 */

/* What waits longest has its turn, unless live need not wait at all. */
static struct action next_of_both(const struct facts *facts)
{
	struct action live = rollover_next_release(facts, facts->live);

	if (live.step != STEP_WAIT || !facts->next ||
	    facts->next == facts->live)
		return live;
	return rollover_next_release(facts, facts->next);
}

/*
 * What the release before this one has left to be done. What was served before
 * we looked is only known to have matched all that is presented: as long as
 * caches may have that, none of these is forgotten.
 */
static struct action next_left(const struct facts *facts)
{
	struct action proof = step(STEP_NOTHING);

	if (!only_released_presented(facts->state) &&
	    rollover_next_caches(facts, facts->released).step == STEP_NOTHING)
		proof = rollover_next_proof(facts);
	if (proof.step != STEP_NOTHING && proof.step != STEP_WAIT)
		return proof;
	/* After an adoption nobody knows what the services loaded. */
	if (facts->state->unproven)
		return step(STEP_NOTHING);
	return rollover_next_superseded(facts);
}

struct action rollover_next_turn(const struct facts *facts)
{
	struct action next = next_of_both(facts), left;

	if (next.step != STEP_WAIT)
		return next;
	left = next_left(facts);
	return left.step == STEP_NOTHING ? rollover_watch(facts, next) : left;
}
