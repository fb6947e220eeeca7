/* SPDX-License-Identifier: MIT */
#include "base/xalloc.h"
#include "decide/rollover_internal.h"

/* Records that are missing for what may be presented, or for B. */

struct action rollover_primary_trouble(const struct owner_facts *owner)
{
	if (!owner->seen->zone || owner->seen->zone->error != ZONE_OK)
		return because(STEP_STUCK, REASON_ZONE, owner);
	return because(STEP_STUCK, REASON_PRIMARY, owner);
}

/* Wanted here, though it should have been followed: a loop, a chain too long,
 * or nobody who could. */
static bool is_alias_unfollowed(const struct owner_facts *owner)
{
	return owner->param_count && survey_alias(owner->seen);
}

/* Why nothing may be added at OWNER, or STEP_NOTHING. */
static struct action find_obstacle(const struct facts *facts,
				   const struct owner_facts *owner)
{
	const struct chain *goal = facts_goal(facts);
	struct tlsa_params params;

	if (goal && owner_lacks_record(owner, goal, &params))
		return because(STEP_STUCK, REASON_NO_ISSUER, owner);
	if (is_alias_unfollowed(owner))
		return because(STEP_STUCK, REASON_ALIAS, owner);
	if (owner_would_hide(owner))
		return because(STEP_STUCK, REASON_WILDCARD, owner);
	if (!owner->alias && owner->param_count && !owner_primary_set(owner))
		return rollover_primary_trouble(owner);
	return step(STEP_NOTHING);
}

/*
 * A certificate that may still be presented, but whose records cannot be told
 * any more: where nothing stands, nothing may be begun before it is out of
 * service, since no set at all does less harm than one without its match.
 */
static bool would_begin_blindly(const struct facts *facts,
				const struct owner_facts *owner)
{
	if (owner_primary_set(owner)->count)
		return false;
	for (size_t i = 0; i < facts->presented.count; i++)
		if (!facts->presented.items[i])
			return true;
	return false;
}

/* Who was seen to be a stranger stays it while it is silent; who is silent may
 * be one, or a service that nobody has started yet: for those nobody waits
 * without an end. */
static struct action next_stranger_seen(const struct facts *facts,
					const struct owner_facts *owner)
{
	const struct strangers *strangers = &facts->state->strangers;
	const struct stranger *silent = strangers_find_silent(strangers);
	int64_t until_ms = silent ? silent->ms + STRANGERS_PATIENCE_MS : 0;

	if (facts->probe == PROBE_SAW_OTHER || strangers_find_seen(strangers))
		return because(STEP_STUCK, REASON_STRANGER, owner);
	return until_ms > facts->now_ms ?
	       wait_until(REASON_UNANSWERED, until_ms, owner) :
	       step(STEP_NOTHING);
}

/*
 * With the first record at an owner its clients begin to look, and with the
 * first of a combination those that look at that one: all that is presented
 * there must have a match by then, and a second machine under the same name may
 * present what no lineage here knows of. What the state says was published may
 * be a promise alone, of a command that was killed.
 */
static struct action next_stranger(const struct facts *facts,
				   const struct owner_facts *owner,
				   const struct chains *chains,
				   const struct tlsa_set *missing)
{
	if (facts->target->probe == CONFIG_PROBE_OFF ||
	    facts->target->allows_strangers ||
	    !owner_would_begin(owner, chains, missing))
		return step(STEP_NOTHING);
	return facts->probe == PROBE_NOT_ASKED ? step(STEP_PROBE) :
	       next_stranger_seen(facts, owner);
}

/* *BLIND: first what cannot be told must be proven out of service. */
static struct action publish_at(const struct facts *facts,
				const struct owner_facts *owner,
				const struct chains *chains, bool *blind)
{
	struct action obstacle = find_obstacle(facts, owner);
	struct tlsa_set missing;
	bool blindly;

	if (obstacle.step != STEP_NOTHING || owner->alias ||
	    !owner->param_count)
		return obstacle;
	missing = owner_missing(owner, chains);
	blindly = missing.count && would_begin_blindly(facts, owner);
	if (missing.count && !blindly)
		obstacle = next_stranger(facts, owner, chains, &missing);
	if (!blindly && obstacle.step == STEP_NOTHING)
		return rollover_propose_add(facts, owner, missing);
	*blind |= blindly;
	tlsa_set_clear(&missing);
	return obstacle;
}

struct action rollover_next_publish(const struct facts *facts)
{
	struct chains chains = facts_chains(facts);
	struct action next = step(STEP_NOTHING);
	bool blind = false;

	for (size_t i = 0; i < facts->owner_count; i++)
		rollover_join(&next, publish_at(facts, &facts->owners[i],
						&chains, &blind));
	chains_clear(&chains);
	/* With one certificate fewer the pieces may fall into an order. */
	if (next.reason == REASON_PIECES &&
	    !only_released_presented(facts->state))
		blind = true;
	if (next.step == STEP_PUBLISH || !blind)
		return next;
	action_clear(&next);
	return rollover_next_proof(facts);
}

/* ---- What was given up, and is wanted again --------------------------- */

/* What cannot be deleted once more is added once more. */
static struct action redo_at(const struct facts *facts,
			     const struct owner_facts *owner,
			     struct chain *chain)
{
	struct tlsa_set doomed = owner_doomed(owner, chain);
	struct tlsa_set undone = owner_undone(owner, chain,
					      &facts->presented);
	struct action next;

	if (undone.count) {
		tlsa_set_clear(&doomed);
		next = rollover_propose_remove(facts, owner, undone);
	} else {
		tlsa_set_clear(&undone);
		next = rollover_propose_add(facts, owner, doomed);
	}
	if (next.reason == REASON_NONE)
		next.reason = REASON_DELETING;
	return next;
}

struct action rollover_next_redo(const struct facts *facts,
				 struct chain *chain)
{
	struct action next = step(STEP_NOTHING);

	for (size_t i = 0; i < facts->owner_count; i++)
		rollover_join(&next, redo_at(facts, &facts->owners[i],
					     chain));
	return next;
}
