/* SPDX-License-Identifier: MIT */
#include "decide/rollover_internal.h"

#include "base/xalloc.h"
#include "decide/caches.h"

/*
 * The end of a target's management. Where no record stands clients do not ask
 * for a match: so a whole set may go at any time, whatever is presented, but no
 * part of it, and nothing may be left of which a certificate to come has no
 * match. The links stay on the version in service until no cache can hold a
 * record; only then they lead to live, which certbot moves as it likes.
 *
 * While it is under way nothing is published, for this target. What the others
 * at an owner see of it is in look/sharing.c.
 */

/* ---- The records -------------------------------------------------------- */

/* Why OWNER cannot be given up, or STEP_NOTHING. */
static struct action find_hindrance(const struct owner_facts *owner)
{
	struct tlsa_set leaving;
	bool blocked;

	if (owner->alias)
		return step(STEP_NOTHING);
	/* Where it leads nobody follows it. */
	if (owner->param_count && survey_alias(owner->seen))
		return because(STEP_STUCK, REASON_ALIAS, owner);
	if (!owner_primary_set(owner))
		return rollover_primary_trouble(owner);
	leaving = owner_leaving(owner, &blocked);
	tlsa_set_clear(&leaving);
	return blocked ? because(STEP_STUCK, REASON_LEFT_ALONE, owner) :
			 step(STEP_NOTHING);
}

static struct action find_hindrances(const struct facts *facts)
{
	struct action next = step(STEP_NOTHING);

	for (size_t i = 0; next.step == STEP_NOTHING &&
	     i < facts->owner_count; i++)
		next = find_hindrance(&facts->owners[i]);
	return next;
}

/* Where nothing is configured any more others may stay behind. */
static struct action next_deletion(const struct facts *facts)
{
	struct action next = step(STEP_NOTHING);
	bool orphans = false;

	for (size_t i = 0; i < facts->owner_count; i++) {
		const struct owner_facts *owner = &facts->owners[i];
		bool blocked;
		struct tlsa_set leaving = owner_leaving(owner, &blocked);

		orphans |= leaving.count && !owner->param_count;
		rollover_join(&next, rollover_propose_remove(facts, owner,
							     leaving));
	}
	return orphans && next.step == STEP_RETIRE ?
	       rollover_wait_for_old_aliases(facts, next) : next;
}

/* A program takes one record after the other: with two certificates in service
 * what is left in between would not match both. */
static struct action next_pieces(const struct facts *facts)
{
	if (facts->target->api != API_EXEC ||
	    only_released_presented(facts->state))
		return step(STEP_NOTHING);
	return rollover_next_proof(facts);
}

/* ---- Servers and caches ------------------------------------------------- */

static struct action next_servers(const struct facts *facts)
{
	for (size_t i = 0; i < facts->owner_count; i++) {
		const struct owner_facts *owner = &facts->owners[i];
		const struct sighting *late = owner_undeleted(owner);

		if (late)
			return (struct action){ .step = STEP_WAIT,
				.reason = REASON_UNDELETED, .owner = owner,
				.sighting = late };
		if (owner->others.unseen)
			return because(STEP_WAIT, REASON_OTHERS, owner);
	}
	return step(STEP_NOTHING);
}

static struct action next_caches(const struct facts *facts)
{
	struct action longest = step(STEP_NOTHING);

	for (size_t i = 0; i < facts->owner_count; i++) {
		const struct owner_facts *owner = &facts->owners[i];
		int64_t empty_ms = caches_empty_from(facts, owner);

		if (empty_ms > facts->now_ms && empty_ms > longest.until_ms)
			longest = wait_until(REASON_CACHES, empty_ms, owner);
	}
	return longest;
}

/* What was served at last is asked once more, as before a release; so are
 * resolvers elsewhere. */
static struct action next_last_look(const struct facts *facts)
{
	if (facts->surveyed != TRANSPORT_TCP)
		return (struct action){ .step = STEP_SURVEY,
					.transport = TRANSPORT_TCP };
	return facts->live ? rollover_next_outside(facts, facts->live, 0) :
			     step(STEP_NOTHING);
}

/* ---- The links ---------------------------------------------------------- */

/* certbot deletes what the links lead to: what is held stays. */
static struct action next_kept(const struct facts *facts)
{
	const struct links *links = &facts->links;
	struct action move = step(STEP_LINKS);

	if (links->place == LINKS_HELD && !facts->links_lack &&
	    fingerprint_equal(&links->held, &facts->state->released))
		return step(STEP_REMOVED);
	move.links.place = LINKS_HELD;
	move.links.held = facts->state->released;
	return move;
}

/* A lineage that was deleted has no live to lead to. */
static bool lacks_live(const struct facts *facts)
{
	return !facts->live && facts->fitness == FITNESS_GOOD &&
	       facts->live_error == VERSION_ABSENT;
}

static struct action next_goal(const struct facts *facts)
{
	if (!facts->live && !lacks_live(facts))
		return rollover_live_trouble(facts);
	return step(STEP_LEAVE);
}

struct action rollover_next_removal(const struct facts *facts)
{
	static struct action (*const stages[])(const struct facts *) = {
		find_hindrances, next_pieces, next_deletion, next_servers,
		next_caches, next_last_look, next_goal,
	};
	struct action next = step(STEP_NOTHING);

	if (facts->state->removal == REMOVAL_KEEPS)
		return next_kept(facts);
	for (size_t i = 0; next.step == STEP_NOTHING; i++) {
		invariant(i < sizeof(stages) / sizeof(stages[0]));
		next = stages[i](facts);
	}
	return next;
}

/* combined.pem cannot lead to live. */
static bool is_alone(const struct facts *facts)
{
	return facts->links.files == PEM_BIT(PEM_COMBINED);
}

static bool follows_live(const struct facts *facts)
{
	return (facts->links.place == LINKS_REST || is_alone(facts)) &&
	       !facts->links_lack &&
	       chain_is(facts->live, &facts->state->released);
}

/* A pre hook that could not read the state has pinned the links, and so they
 * stay unless they are led back; what that notes in the state goes again. */
static bool is_over(const struct facts *facts)
{
	const struct state *state = facts->state;
	bool pinned = facts->links.place == LINKS_ARCHIVE && facts->live &&
		      !is_alone(facts);

	return state->removal == REMOVAL_DONE && !pinned &&
	       !state->has_releasing && !state->has_released;
}

struct action rollover_next_farewell(const struct facts *facts)
{
	const struct state *state = facts->state;

	if (is_over(facts))
		return because(STEP_NOTHING, REASON_REMOVED, NULL);
	if (state->has_releasing && chain_is(facts->shown, &state->releasing))
		return step(STEP_ACCEPT);
	if (!facts->may_rest)
		return because(STEP_WAIT, REASON_CERTBOT_WRITES, NULL);
	if (lacks_live(facts))
		return next_kept(facts);
	if (!facts->live)
		return rollover_live_trouble(facts);
	if (!follows_live(facts))
		return (struct action){ .step = STEP_FOLLOW,
					.chain = facts->live,
					.links.place = LINKS_REST };
	if (facts->local_only)
		return step(STEP_NOTHING);
	if (state->reload_due)
		return facts->reload_failed ?
		       because(STEP_STUCK, REASON_RELOAD, NULL) :
		       step(STEP_RELOAD);
	return step(STEP_REMOVED);
}
