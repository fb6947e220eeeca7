/* SPDX-License-Identifier: MIT */
#include "decide/phase.h"

#include "decide/owner.h"

static struct chain *find_chain(const struct facts *facts)
{
	return facts->next ? facts->next : facts_goal(facts);
}

const struct chain *phase_chain(const struct facts *facts)
{
	return find_chain(facts);
}

/* Where the primary was not asked, or says nothing, what was promised has to
 * do. */
static bool is_shown(const struct owner_facts *owner, struct chain *chain)
{
	struct chains one = { &chain, 1 };
	const struct tlsa_set *served = owner_primary_set(owner);
	struct tlsa_set lacks = owner_needed(owner, &one);
	bool shown;

	tlsa_set_remove_all(&lacks, served ? served : &owner->published);
	shown = lacks.count == 0;
	tlsa_set_clear(&lacks);
	return shown;
}

static bool is_published(const struct facts *facts)
{
	struct chain *chain = find_chain(facts);

	for (size_t i = 0; chain && i < facts->owner_count; i++)
		if (!is_shown(&facts->owners[i], chain))
			return false;
	return chain != NULL;
}

static bool is_settled(const struct facts *facts)
{
	const struct state *state = facts->state;

	return state->has_settled && facts->config_settled &&
	       fingerprint_equal(&state->settled, &state->released);
}

static enum phase rest(const struct facts *facts)
{
	return !facts->pin && facts->links.place != LINKS_REST ?
	       PHASE_PINNED : PHASE_REST;
}

bool phase_is_to_delete(const struct facts *facts)
{
	struct chain *goal = facts_goal(facts);
	struct chains one = { &goal, 1 };
	bool any = false, blocked;

	for (size_t i = 0; i < facts->owner_count; i++) {
		const struct owner_facts *owner = &facts->owners[i];
		struct tlsa_set stale = owner_stale(owner, &one, &blocked);

		any |= owner->param_count && stale.count;
		tlsa_set_clear(&stale);
	}
	return any;
}

/* Or nobody can see it, and `linger` says what to go by. */
static bool is_seen(const struct facts *facts)
{
	return facts->state->proven_ms ||
	       (facts->probe == PROBE_UNSEEN && !facts->state->reload_due &&
		facts->target->linger_given);
}

/* Nothing waits for its release. */
static enum phase after_release(const struct facts *facts)
{
	const struct state *state = facts->state;

	if (is_settled(facts))
		return rest(facts);
	/* What services loaded before an adoption is looked at only where
	 * something is to be deleted. */
	if (state->presented_count > 1 ||
	    (state->unproven && phase_is_to_delete(facts)))
		return is_seen(facts) ? PHASE_LINGERING : PHASE_RELEASED;
	return is_published(facts) ? PHASE_SETTLING : PHASE_UNPUBLISHED;
}

enum phase phase_find(const struct facts *facts)
{
	const struct state *state = facts->state;
	const struct chain *chain = find_chain(facts);

	if (state->removal)
		return state->removal == REMOVAL_DONE ? PHASE_REMOVED :
							PHASE_REMOVING;
	if (!state->has_released)
		return PHASE_UNMANAGED;
	if (chain && !chain_is(chain, &state->released))
		return is_published(facts) ? PHASE_PUBLISHED :
					     PHASE_UNPUBLISHED;
	return after_release(facts);
}
