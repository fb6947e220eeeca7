/* SPDX-License-Identifier: MIT */
#include "base/xalloc.h"
#include "decide/exec_order.h"
#include "decide/rollover_internal.h"

#include <stdlib.h>

/* An addition sets the TTL of the whole RRset: it keeps what it has. */
static uint32_t ttl_for(const struct facts *facts,
			const struct owner_facts *owner)
{
	const struct sighting *primary = owner->seen->primary;

	return primary->verdict == SIGHTING_SET ? primary->rrset_ttl_seconds :
						  facts->record_ttl_seconds;
}

static struct change change_at(const struct facts *facts,
			       const struct owner_facts *owner)
{
	return (struct change){ .owner = owner->owner, .via = owner->via,
				.zone = owner->seen->zone,
				.seen = owner_primary_set(owner),
				.ttl_seconds = ttl_for(facts, owner) };
}

/* What only others need is theirs, though we send it along; what both need
 * belongs to both, or it would to nobody. */
static struct tlsa_set ours_of(const struct facts *facts,
			       const struct owner_facts *owner,
			       const struct tlsa_set *add)
{
	struct chains chains = facts_chains(facts);
	struct tlsa_set needed = owner_needed(owner, &chains);
	struct tlsa_set ours = { 0 };

	for (size_t i = 0; i < add->count; i++)
		if (tlsa_set_contains(&needed, &add->records[i]))
			tlsa_set_add(&ours, &add->records[i]);
	tlsa_set_clear(&needed);
	chains_clear(&chains);
	return ours;
}

static void keep_only(struct tlsa_set *set, struct tlsa_set now)
{
	tlsa_set_clear(set);
	*set = now;
}

/* A program changes one record after the other: SET is reduced to what it may
 * be asked for now. False, and SET is left as it is: no order is safe. */
static bool put_in_order(const struct facts *facts,
			 const struct owner_facts *owner, bool adding,
			 struct tlsa_set *set)
{
	const struct chains *chains = &facts->presented;
	struct tlsa_set now;
	bool blocked;

	if (facts->target->api != API_EXEC)
		return true;
	now = adding ? exec_order_add(owner, set, chains, &blocked) :
		       exec_order_remove(owner, set, chains, &blocked);
	if (blocked && now.count == 0)
		return false;
	keep_only(set, now);
	return true;
}

/* What has come of CHANGE, whose sets are taken over: STEP, which carries it,
 * or why it cannot be made. */
static struct action propose(enum step step, const struct facts *facts,
			     const struct owner_facts *owner,
			     struct change *change)
{
	bool adding = step == STEP_PUBLISH;
	struct action next = because(step, REASON_NONE, owner);
	int64_t since_ms;

	/* The change that no order makes safe is shown to a person. */
	if (!put_in_order(facts, owner, adding,
			  adding ? &change->add : &change->remove))
		next = because(STEP_STUCK, REASON_PIECES, owner);
	else if (adding)
		change->ours = ours_of(facts, owner, &change->add);
	if (change_times_sent(facts->state, change, &since_ms) > 1 &&
	    next.step == step)
		next.reason = REASON_PUBLISHED;
	/* Nothing to be asked for now is no end: what was asked for does not
	 * show at every server yet, and another look tells. */
	if (change->add.count + change->remove.count)
		changes_add(&next.changes, change);
	else
		change_clear(change);
	return next;
}

struct action rollover_propose_add(const struct facts *facts,
				   const struct owner_facts *owner,
				   struct tlsa_set add)
{
	struct chains chains = facts_chains(facts);
	bool waits = owner_hold_back(owner, &chains, &add);
	struct change change;

	chains_clear(&chains);
	if (add.count) {
		change = change_at(facts, owner);
		change.add = add;
		return propose(STEP_PUBLISH, facts, owner, &change);
	}
	tlsa_set_clear(&add);
	if (!waits)
		return step(STEP_NOTHING);
	return because(STEP_STUCK, owner->others.needs_unknown ?
		       REASON_OTHERS : REASON_DENIED, owner);
}

struct action rollover_propose_remove(const struct facts *facts,
				      const struct owner_facts *owner,
				      struct tlsa_set remove)
{
	struct action next = step(STEP_NOTHING);
	struct change change;

	if (remove.count && !owner->others.needs_unknown) {
		change = change_at(facts, owner);
		change.remove = remove;
		return propose(STEP_RETIRE, facts, owner, &change);
	}
	if (remove.count)
		next = because(STEP_WAIT, REASON_OTHERS, owner);
	tlsa_set_clear(&remove);
	return next;
}

struct action rollover_propose_retime(const struct facts *facts,
				      const struct owner_facts *owner)
{
	struct action next = because(STEP_RETIME, REASON_NONE, owner);
	struct change change = change_at(facts, owner);

	change.retimes = true;
	change.ttl_seconds = facts->record_ttl_seconds;
	change.add = tlsa_set_copy(change.seen);
	changes_add(&next.changes, &change);
	return next;
}

void rollover_join(struct action *whole, struct action at)
{
	if (at.step == STEP_NOTHING)
		return;
	if (!step_changes_dns(whole->step)) {
		action_clear(whole);
		*whole = at;
		return;
	}
	if (step_changes_dns(at.step)) {
		for (size_t i = 0; i < at.changes.count; i++)
			changes_add(&whole->changes, &at.changes.items[i]);
		if (whole->reason == REASON_NONE && at.reason != REASON_NONE) {
			whole->reason = at.reason;
			whole->owner = at.owner;
		}
		free(at.changes.items);
		return;
	}
	action_clear(&at);
}

void action_clear(struct action *action)
{
	changes_clear(&action->changes);
}
