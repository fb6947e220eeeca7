/* SPDX-License-Identifier: MIT */
#include "rollover.h"

#include "alias.h"
#include "exec_order.h"
#include "xalloc.h"

#include <stdlib.h>

static struct action act(enum step step)
{
	return (struct action){ .step = step };
}

static struct action because(enum step step, enum reason reason,
			     const struct owner_facts *owner)
{
	return (struct action){ .step = step, .reason = reason,
				.owner = owner };
}

static struct action wait_until(enum reason reason, int64_t until_ms,
				const struct owner_facts *owner)
{
	return (struct action){ .step = STEP_WAIT, .reason = reason,
				.until_ms = until_ms, .owner = owner };
}

static bool is_leaf(const struct chain *chain, const struct fingerprint *leaf)
{
	return chain && fingerprint_equal(&chain->leaf, leaf);
}

/* ---- The links -------------------------------------------------------- */

enum placement { PLACED, MISPLACED, LOST };

/* Where the released version's files are beside the live directory. */
static enum placement place_aside(const struct facts *facts,
				  struct links *links)
{
	if (facts->released_number) {
		links->place = LINKS_ARCHIVE;
		links->number = facts->released_number;
	} else if (facts->released_held) {
		links->place = LINKS_HELD;
		links->held = facts->state->released;
	} else {
		return LOST;
	}
	return MISPLACED;
}

static enum placement place_links(const struct facts *facts,
				  struct links *links)
{
	const struct fingerprint *released = &facts->state->released;
	bool at_rest = facts->links.place == LINKS_REST;
	bool shown = is_leaf(facts->shown, released);

	*links = (struct links){ .place = LINKS_REST };
	if (!facts->pin && facts->may_rest && is_leaf(facts->live, released))
		return at_rest && shown ? PLACED : MISPLACED;
	if (shown && !(facts->pin && at_rest))
		return PLACED;
	return place_aside(facts, links);
}

static struct action next_adopt(const struct facts *facts)
{
	/* Services may present what the links show, readable now or not. */
	if (!facts->shown && facts->disk_trouble)
		return because(STEP_STUCK, REASON_DISK, NULL);
	if (facts->shown || facts->live)
		return act(STEP_ADOPT);
	return because(STEP_STUCK, REASON_LIVE_BROKEN, NULL);
}

/* Step STEP_NOTHING: the links are where they should be. */
static struct action next_links(const struct facts *facts)
{
	const struct state *state = facts->state;
	struct action move = act(STEP_LINKS);

	if (facts->links.place == LINKS_FOREIGN && !facts->recreate)
		return because(STEP_STUCK, REASON_LINKS_FOREIGN, NULL);
	if (!state->has_released)
		return next_adopt(facts);
	if (state->has_releasing && is_leaf(facts->shown, &state->releasing))
		return act(STEP_ACCEPT);
	switch (place_links(facts, &move.links)) {
	case PLACED:
		return act(STEP_NOTHING);
	case MISPLACED:
		return move;
	case LOST:
		break;
	}
	if (facts->disk_trouble)
		return because(STEP_STUCK, REASON_DISK, NULL);
	return facts->live ? act(STEP_ADOPT) :
			     because(STEP_STUCK, REASON_LOST, NULL);
}

/* ---- DNS -------------------------------------------------------------- */

static struct action primary_trouble(const struct owner_facts *owner)
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

/* A program publishes one record after the other, and no order is safe. */
static bool needs_one_change(const struct facts *facts,
			     const struct owner_facts *owner,
			     const struct tlsa_set *missing)
{
	struct tlsa_set now;
	bool blocked;

	if (facts->target->api != API_EXEC)
		return false;
	now = exec_order_add(owner, missing, facts->presented,
			     facts->presented_count, &blocked);
	blocked = blocked && now.count == 0;
	tlsa_set_clear(&now);
	return blocked;
}

/* Step STEP_NOTHING: all that is needed is at the primary. */
static struct action next_publish(const struct facts *facts)
{
	size_t n;
	struct chain **chains = facts_chains(facts, &n);
	const struct chain *goal = facts_goal(facts);
	struct action trouble = act(STEP_NOTHING);
	struct action next = act(STEP_NOTHING);

	for (size_t i = 0; i < facts->owner_count; i++) {
		const struct owner_facts *owner = &facts->owners[i];
		struct tlsa_set missing;

		if (goal && owner_lacks_issuer(owner, goal)) {
			trouble = because(STEP_STUCK, REASON_NO_ISSUER, owner);
		} else if (is_alias_unfollowed(owner)) {
			trouble = because(STEP_STUCK, REASON_ALIAS, owner);
		} else if (owner_would_hide(owner)) {
			trouble = because(STEP_STUCK, REASON_WILDCARD, owner);
		} else if (owner->alias) {
			continue;
		} else if (!owner_primary_set(owner)) {
			trouble = primary_trouble(owner);
		} else {
			missing = owner_missing(owner, chains, n);
			if (needs_one_change(facts, owner, &missing))
				trouble = because(STEP_STUCK, REASON_PIECES,
						  owner);
			else if (owner_would_deny(owner, &missing))
				trouble = because(STEP_STUCK, REASON_OTHERS,
						  owner);
			else if (missing.count)
				next = because(STEP_PUBLISH, REASON_NONE,
					       owner);
			tlsa_set_clear(&missing);
		}
	}
	free(chains);
	/* One owner in trouble does not keep the others from publication. */
	return next.step != STEP_NOTHING ? next : trouble;
}

static struct action next_confirm(const struct facts *facts,
				  const struct chain *chain, int64_t until_ms)
{
	for (size_t i = 0; i < facts->owner_count; i++) {
		const struct owner_facts *owner = &facts->owners[i];
		const struct sighting *late =
			owner_unconfirmed(owner, chain, until_ms);

		if (late)
			return (struct action){ .step = STEP_WAIT,
				.reason = REASON_SERVER, .owner = owner,
				.sighting = late };
	}
	return act(STEP_NOTHING);
}

/* ---- Release ---------------------------------------------------------- */

/* What was served before we looked matched all that was presented then: it
 * matches CHAIN if CHAIN's records include theirs. */
static bool unknown_matches(const struct facts *facts,
			    const struct owner_facts *owner,
			    const struct chain *chain)
{
	const struct owner_facts *end = alias_end(facts, owner);

	for (size_t i = 0; i < facts->presented_count; i++)
		if (!facts->presented[i] ||
		    !owner_same_records(owner, facts->presented[i], chain) ||
		    !owner_same_records(end, facts->presented[i], chain))
			return false;
	return true;
}

/* The owner whose caches take longest, and until when. */
static struct action next_caches(const struct facts *facts,
				 const struct chain *chain)
{
	struct action longest = act(STEP_NOTHING);

	for (size_t i = 0; i < facts->owner_count; i++) {
		const struct owner_facts *owner = &facts->owners[i];
		int64_t safe_ms;
		struct ledger_test test = {
			.chain = chain,
			.unknown_matches = unknown_matches(facts, owner,
							   chain),
			.only = owner->param_count || owner->alias ? NULL :
				&owner->published,
			.alias = owner->alias,
		};

		invariant(owner->ledger);
		safe_ms = ledger_safe_from(owner->ledger, &test,
					   &facts->rules);
		if (safe_ms > facts->now_ms && safe_ms > longest.until_ms)
			longest = wait_until(REASON_CACHES, safe_ms, owner);
	}
	return longest;
}

static struct action release(const struct facts *facts)
{
	struct action action = act(STEP_RELEASE);

	if (facts->may_rest && !facts->pin) {
		action.links.place = LINKS_REST;
	} else {
		action.links.place = LINKS_ARCHIVE;
		action.links.number = facts->live_number;
	}
	return action;
}

static struct action next_release(const struct facts *facts)
{
	struct action caches = next_caches(facts, facts->live);
	struct action confirm = next_confirm(facts, facts->live,
		caches.until_ms ? caches.until_ms : facts->now_ms);

	if (confirm.step != STEP_NOTHING)
		return confirm;
	if (caches.step != STEP_NOTHING)
		return caches;
	if (facts->surveyed != TRANSPORT_TCP)
		return (struct action){ .step = STEP_SURVEY,
					.transport = TRANSPORT_TCP };
	return release(facts);
}

/* ---- After the release ------------------------------------------------ */

static bool only_released_presented(const struct state *state)
{
	return state->presented_count == 1;
}

/* Old records stay at least as long as a cache keeps the set, so that a
 * connection begun on an old answer, or a way back, still finds a match. */
static int64_t grace_ms(const struct facts *facts)
{
	uint32_t longest = 0;

	for (size_t i = 0; i < facts->owner_count; i++) {
		uint32_t ttl = ledger_ttl_max(facts->owners[i].ledger, 0);

		if (ttl > longest)
			longest = ttl;
	}
	return (int64_t)longest * 1000;
}

/* FROM_MS: when the services were seen to have changed, or were told to where
 * nobody can see. A reload may take effect long after it returned. */
static struct action shed_after(const struct facts *facts, int64_t from_ms)
{
	int64_t linger_ms = (int64_t)facts->target->linger_seconds * 1000;
	int64_t wait_ms = grace_ms(facts);
	int64_t until_ms;

	if (wait_ms < linger_ms)
		wait_ms = linger_ms;
	until_ms = from_ms + wait_ms;
	if (until_ms > facts->now_ms)
		return wait_until(REASON_LINGER, until_ms, NULL);
	return act(STEP_SHED);
}

/* Nobody can look at the services: then they must at least have been told, or
 * an operator must say how long they take by themselves. */
static struct action shed_unseen(const struct facts *facts)
{
	if (!facts->target->reload && !facts->target->linger_seconds)
		return because(STEP_STUCK, REASON_BLIND, NULL);
	return shed_after(facts, facts->state->reloaded_ms);
}

static struct action next_proof(const struct facts *facts)
{
	const struct state *state = facts->state;

	if (facts->reload_failed || state->reload_due)
		return because(STEP_STUCK, REASON_RELOAD, NULL);
	if (!state->reloaded_ms)
		return act(STEP_RELOAD);
	if (facts->target->probe == PROBE_OFF)
		return shed_unseen(facts);
	switch (facts->probe) {
	case PROBE_NOT_ASKED:
		return act(STEP_PROBE);
	case PROBE_SAW_OTHER:
		return because(STEP_WAIT, REASON_PROBE, NULL);
	case PROBE_IMPOSSIBLE:
		return shed_unseen(facts);
	case PROBE_SAW_NEW:
		break;
	}
	if (!state->proven_ms)
		return act(STEP_PROVEN);
	return shed_after(facts, state->proven_ms);
}

/* ---- Deletion --------------------------------------------------------- */

/* Before the release everything that may be presented keeps its records; an
 * owner that is no longer configured is given up all the same. */
struct tlsa_set rollover_stale(const struct facts *facts,
			       const struct action *action,
			       const struct owner_facts *owner)
{
	struct chain *goal = (struct chain *)facts_goal(facts);
	struct tlsa_set stale = { 0 };
	struct chain **chains;
	bool blocked;
	size_t n;

	if (owner->others_unknown)
		return stale;
	if (action->owner->param_count)
		return owner_stale(owner, &goal, 1, &blocked);
	if (owner->param_count)
		return stale;
	chains = facts_chains(facts, &n);
	stale = owner_stale(owner, chains, n, &blocked);
	free(chains);
	return stale;
}

static struct action retire_at(const struct owner_facts *owner,
			       struct chain *const *chains, size_t n)
{
	bool blocked;
	struct tlsa_set stale = owner_stale(owner, chains, n, &blocked);
	bool any = stale.count > 0;

	tlsa_set_clear(&stale);
	if (blocked)
		return because(STEP_STUCK, REASON_REMAINS, owner);
	if (any && owner->others_unknown)
		return because(STEP_WAIT, REASON_OTHERS, owner);
	return any ? because(STEP_RETIRE, REASON_NONE, owner) :
		     act(STEP_NOTHING);
}

/* Records of ours at owners that are no longer configured. */
static struct action next_orphans(const struct facts *facts)
{
	size_t n;
	struct chain **chains = facts_chains(facts, &n);
	struct action next = act(STEP_NOTHING);
	const struct owner_facts *link = NULL;
	int64_t until_ms;

	for (size_t i = 0; i < facts->owner_count &&
	     next.step == STEP_NOTHING; i++)
		if (facts->owners[i].param_count == 0)
			next = retire_at(&facts->owners[i], chains, n);
	free(chains);
	if (next.step != STEP_RETIRE)
		return next;
	/* What others have there must not be left alone for those who still
	 * come by an old alias. */
	until_ms = alias_old_until(facts, &link);
	return until_ms > facts->now_ms ?
	       wait_until(REASON_OLD_ALIAS, until_ms, link) : next;
}

static struct action next_retire(const struct facts *facts)
{
	struct chain *goal = (struct chain *)facts_goal(facts);
	struct action next = next_confirm(facts, goal, facts->now_ms);

	for (size_t i = 0; i < facts->owner_count &&
	     next.step == STEP_NOTHING; i++)
		next = retire_at(&facts->owners[i], &goal, 1);
	if (next.step == STEP_NOTHING)
		return act(STEP_SETTLE);
	/* After an adoption nobody knows what the services loaded. */
	if (next.step == STEP_RETIRE && facts->state->unproven)
		return next_proof(facts);
	return next;
}

/* ---- The whole -------------------------------------------------------- */

static bool is_settled(const struct facts *facts)
{
	const struct state *state = facts->state;

	return state->has_settled && facts->config_settled &&
	       only_released_presented(state) &&
	       fingerprint_equal(&state->settled, &state->released) &&
	       is_leaf(facts->live, &state->released);
}

static bool is_surveyed(const struct facts *facts)
{
	for (size_t i = 0; i < facts->owner_count; i++)
		if (!facts->owners[i].seen)
			return false;
	return true;
}

static struct action next_live_trouble(const struct facts *facts)
{
	if (facts->certbot_runs)
		return because(STEP_WAIT, REASON_CERTBOT_WRITES, NULL);
	return because(STEP_STUCK, REASON_LIVE_BROKEN, NULL);
}

/*
 * A certificate that may still be presented, but whose records cannot be told
 * any more: where nothing stands, nothing may be begun before it is out of
 * service, since no set at all does less harm than one without its match.
 */
static bool begins_blindly(const struct facts *facts,
			   const struct action *publish)
{
	if (owner_primary_set(publish->owner)->count)
		return false;
	for (size_t i = 0; i < facts->presented_count; i++)
		if (!facts->presented[i])
			return true;
	return false;
}

static struct action next_dns(const struct facts *facts)
{
	const struct state *state = facts->state;
	struct action next = next_publish(facts);

	if (next.step == STEP_PUBLISH && begins_blindly(facts, &next))
		return next_proof(facts);
	/* With one certificate fewer it may do. */
	if (next.reason == REASON_PIECES && !only_released_presented(state))
		return next_proof(facts);
	if (next.step == STEP_NOTHING)
		next = next_orphans(facts);
	if (next.step != STEP_NOTHING)
		return next;
	if (!is_leaf(facts->live, &state->released))
		return next_release(facts);
	if (!only_released_presented(state))
		return next_proof(facts);
	if (facts->reload_failed)
		return because(STEP_STUCK, REASON_RELOAD, NULL);
	return next_retire(facts);
}

struct action rollover_next(const struct facts *facts)
{
	struct action next = next_links(facts);

	if (next.step != STEP_NOTHING || facts->local_only)
		return next;
	if (!facts->released)
		return because(STEP_STUCK, facts->disk_trouble ? REASON_DISK :
			       REASON_LOST, NULL);
	if (facts->state->reload_due && !facts->reload_failed)
		return act(STEP_RELOAD);
	/* Without a goal nothing may be given up. */
	if (!facts->live)
		return next_live_trouble(facts);
	if (is_settled(facts))
		return act(STEP_NOTHING);
	if (!is_surveyed(facts))
		return (struct action){ .step = STEP_SURVEY,
					.transport = TRANSPORT_UDP };
	return next_dns(facts);
}

bool rollover_is_too_late(const struct facts *facts,
			  const struct action *action)
{
	const struct chain *goal = facts_goal(facts);
	int64_t until_ms = action->until_ms ? action->until_ms : facts->now_ms;

	return action->step == STEP_WAIT && facts->released && goal &&
	       !fingerprint_equal(&goal->leaf, &facts->released->leaf) &&
	       until_ms > facts->released->not_after_seconds * 1000;
}
