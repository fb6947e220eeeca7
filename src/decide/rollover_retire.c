/* SPDX-License-Identifier: MIT */
#include "decide/rollover_internal.h"

#include "decide/alias.h"
#include "decide/caches.h"

/* ---- After the release ------------------------------------------------ */

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

/* A reload may take effect long after it returned: where nobody can see when,
 * linger has to cover that, but not for those who were seen to load late. */
struct shedding rollover_find_shedding(const struct facts *facts)
{
	const struct state *state = facts->state;
	struct shedding shedding = {
		.is_seen = facts->target->probe != CONFIG_PROBE_OFF &&
			   facts->probe == PROBE_SAW_NEW,
		.linger_ms = (int64_t)facts->target->linger_seconds * 1000,
		.grace_ms = grace_ms(facts),
	};

	shedding.from_ms = shedding.is_seen ||
			   state->proven_ms > state->reloaded_ms ?
			   state->proven_ms : state->reloaded_ms;
	shedding.until_ms = shedding.from_ms +
		(shedding.grace_ms > shedding.linger_ms ?
		 shedding.grace_ms : shedding.linger_ms);
	return shedding;
}

static struct action shed_after_wait(const struct facts *facts)
{
	int64_t until_ms = rollover_find_shedding(facts).until_ms;

	if (until_ms > facts->now_ms)
		return wait_until(REASON_LINGER, until_ms, NULL);
	return step(STEP_SHED);
}

/* Nobody can look at the services: then they must at least have been told, or
 * an operator must say how long they take by themselves. */
static struct action shed_unseen(const struct facts *facts)
{
	if (!facts->target->reload && !facts->target->linger_seconds)
		return because(STEP_STUCK, REASON_BLIND, NULL);
	return shed_after_wait(facts);
}

/* What was only guessed, or adopted from links that follow live, may never have
 * been released, and what a copied state has may be of former times: to be told
 * to load it is to services as a release, and waits like one. */
static struct action next_reload(const struct facts *facts)
{
	bool guessed = facts->state->guessed;
	struct action next = step(STEP_NOTHING);

	if (guessed)
		next = rollover_next_guess(facts);
	else if (facts->links.place == LINKS_REST || facts->state->copied)
		next = rollover_next_caches(facts, facts->released);
	if (guessed && next.step == STEP_NOTHING)
		next = rollover_next_unheard(facts);
	/* What they present until then may be what nobody can name any more. */
	if (next.step != STEP_NOTHING)
		return rollover_watch(facts, next);
	return guessed && facts->surveyed != TRANSPORT_TCP ?
	       (struct action){ .step = STEP_SURVEY,
				.transport = TRANSPORT_TCP } :
	       step(STEP_RELOAD);
}

struct action rollover_next_proof(const struct facts *facts)
{
	const struct state *state = facts->state;

	if (facts->reload_failed || state->reload_due)
		return because(STEP_STUCK, REASON_RELOAD, NULL);
	if (!state->reloaded_ms)
		return next_reload(facts);
	if (facts->target->probe == CONFIG_PROBE_OFF)
		return shed_unseen(facts);
	switch (facts->probe) {
	case PROBE_NOT_ASKED:
		return step(STEP_PROBE);
	case PROBE_NO_ANSWER:
	case PROBE_SAW_OLD:
	case PROBE_SAW_NEXT:
	case PROBE_SAW_OTHER:
		return because(STEP_WAIT, REASON_PROBE, NULL);
	case PROBE_UNSEEN:
		return facts->target->linger_given ? shed_unseen(facts) :
			because(STEP_STUCK, REASON_UNSEEN, NULL);
	case PROBE_SAW_NEW:
		break;
	}
	if (!state->proven_ms)
		return step(STEP_PROVEN);
	return shed_after_wait(facts);
}

/* ---- Deletion --------------------------------------------------------- */

/* Who has taken OWNER over shall first have its own record everywhere, and its
 * services proven: ours may be presented there until then. That holds up
 * nothing, the record stays until a later look; and no renewal waits for it. */
static bool is_handed_over(const struct facts *facts,
			   const struct owner_facts *owner)
{
	return !owner_is_in_use(owner) && owner->others.unsettled &&
	       only_released_presented(facts->state) &&
	       chain_is(facts->live, &facts->state->released);
}

static struct action retire_at(const struct facts *facts,
			       const struct owner_facts *owner,
			       const struct chains *chains)
{
	bool blocked;
	struct tlsa_set stale;

	if (is_handed_over(facts, owner))
		return step(STEP_NOTHING);
	stale = owner_stale(owner, chains, &blocked);
	if (!blocked)
		return rollover_propose_remove(facts, owner, stale);
	tlsa_set_clear(&stale);
	return because(STEP_STUCK, REASON_REMAINS, owner);
}

struct action rollover_wait_for_old_aliases(const struct facts *facts,
					    struct action next)
{
	const struct owner_facts *link = NULL;
	int64_t until_ms = alias_old_until(facts, &link);

	if (until_ms <= facts->now_ms)
		return next;
	action_clear(&next);
	return wait_until(REASON_OLD_ALIAS, until_ms, link);
}

/* Before the release everything that may be presented keeps its records, but
 * an owner that is no longer configured is given up all the same: once every
 * server was heard, for a silent one may still lead there, as long ago as the
 * others stopped. Who waits for it is told so by what comes next. */
struct action rollover_next_orphans(const struct facts *facts)
{
	struct chains chains = facts_chains(facts);
	struct action next = step(STEP_NOTHING);
	struct action heard = rollover_next_confirm(facts, facts->released,
						    facts->now_ms);

	for (size_t i = 0; i < facts->owner_count; i++)
		if (facts->owners[i].param_count == 0)
			rollover_join(&next, retire_at(facts,
				&facts->owners[i], &chains));
	chains_clear(&chains);
	if (next.step == STEP_RETIRE)
		next = rollover_wait_for_old_aliases(facts, next);
	if (next.step != STEP_RETIRE || heard.step == STEP_NOTHING)
		return next;
	action_clear(&next);
	return step(STEP_NOTHING);
}

/* Takes from SET what matches one of CHAINS. */
static void drop_matching(struct tlsa_set *set, const struct chains *chains)
{
	for (size_t i = set->count; i-- > 0;) {
		const struct tlsa *record = &set->records[i];

		if (tlsa_matches_any(record, chains))
			tlsa_set_remove(set, record);
	}
}

/* What is no longer configured, but about one of CHAINS, has time until that
 * is in service: a wait need not begin anew for it. */
static struct action superseded_at(const struct facts *facts,
				   const struct owner_facts *owner,
				   const struct chains *chains)
{
	bool blocked;
	struct tlsa_set stale = owner_stale(owner, chains, &blocked);

	drop_matching(&stale, chains);
	return rollover_propose_remove(facts, owner, stale);
}

/* Only where it is in order: who waits for a release is told of that. To those
 * who still come by an old alias it is of no use either. */
struct action rollover_next_superseded(const struct facts *facts)
{
	struct chains chains = facts_chains(facts);
	struct action next = rollover_next_confirm(facts, facts->released,
						   facts->now_ms);

	if (next.step == STEP_NOTHING)
		for (size_t i = 0; i < facts->owner_count; i++)
			rollover_join(&next, superseded_at(facts,
				&facts->owners[i], &chains));
	chains_clear(&chains);
	if (next.step == STEP_RETIRE)
		return next;
	action_clear(&next);
	return step(STEP_NOTHING);
}

/* Clients may still come to OWNER for what we had there. */
static struct action next_left_orphan(const struct facts *facts,
				      const struct owner_facts *owner)
{
	const struct sighting *late;
	int64_t empty_ms;

	if (!owner_primary_set(owner))
		return rollover_primary_trouble(owner);
	/* What others need there is not to go. */
	if (!owner->published.count || is_handed_over(facts, owner))
		return step(STEP_NOTHING);
	late = owner_undeleted(owner);
	if (late)
		return (struct action){ .step = STEP_WAIT,
			.reason = REASON_UNDELETED, .owner = owner,
			.sighting = late };
	empty_ms = caches_empty_from(facts, owner);
	return empty_ms > facts->now_ms ?
	       wait_until(REASON_CACHES, empty_ms, owner) :
	       step(STEP_NOTHING);
}

/* What is no longer configured is not done with before all servers and caches
 * are; until then a release waits for it, too. */
static struct action next_orphan(const struct facts *facts)
{
	struct action next = step(STEP_NOTHING);

	for (size_t i = 0; next.step == STEP_NOTHING &&
	     i < facts->owner_count; i++)
		if (!owner_is_in_use(&facts->owners[i]))
			next = next_left_orphan(facts, &facts->owners[i]);
	return next;
}

struct action rollover_next_retire(const struct facts *facts)
{
	struct chain *goal = facts_goal(facts);
	struct chains one = { &goal, 1 };
	struct action next = rollover_next_confirm(facts, goal, facts->now_ms);

	if (next.step != STEP_NOTHING)
		return next;
	for (size_t i = 0; i < facts->owner_count; i++)
		rollover_join(&next, retire_at(facts, &facts->owners[i],
					       &one));
	if (next.step == STEP_NOTHING)
		next = next_orphan(facts);
	if (next.step == STEP_NOTHING)
		return step(STEP_SETTLE);
	if (next.step != STEP_RETIRE || !facts->state->unproven)
		return next;
	/* After an adoption nobody knows what the services loaded. */
	action_clear(&next);
	return rollover_next_proof(facts);
}
