/* SPDX-License-Identifier: MIT */
#include "base/bounds.h"
#include "decide/rollover_internal.h"

/*
 * A change of `record_ttl` is carried out at rest, where nothing else is to be
 * done: to every cache it is a change like any other, and what was served with
 * a longer TTL counts until it is gone. Records that others put beside ours
 * keep theirs, for the TTL is that of the whole set.
 */

static bool is_changed(const struct facts *facts)
{
	uint32_t before_seconds = facts->state->record_ttl_seconds;

	return before_seconds && before_seconds != facts->record_ttl_seconds;
}

static bool has_another(const struct facts *facts,
			const struct owner_facts *owner)
{
	const struct sighting *primary = owner->seen->primary;

	return !owner->alias && owner->param_count && primary &&
	       primary->verdict == SIGHTING_SET &&
	       primary->rrset_ttl_seconds != facts->record_ttl_seconds;
}

/* What was deleted before stands among DELETING until all is done. */
static bool any_goes(const struct owner_facts *owner)
{
	const struct tlsa_set *set = owner_primary_set(owner);

	for (size_t i = 0; i < set->count; i++)
		if (tlsa_set_contains(&owner->deleting, &set->records[i]))
			return true;
	return false;
}

/* Published by this target or needed by others, and none about to go. */
static bool is_of_ours(const struct owner_facts *owner)
{
	struct tlsa_set strange = tlsa_set_copy(owner_primary_set(owner));
	bool ours;

	tlsa_set_remove_all(&strange, &owner->published);
	tlsa_set_remove_all(&strange, &owner->others.needs);
	ours = strange.count == 0 && !any_goes(owner) &&
	       !owner->others.needs_unknown;
	tlsa_set_clear(&strange);
	return ours;
}

struct action rollover_next_retime(const struct facts *facts)
{
	struct action next = step(STEP_NOTHING);

	/* A program gives records what TTL it likes. */
	if (!is_changed(facts) || facts->target->api == API_EXEC ||
	    facts->state->retimed >= RETIMES_MAX)
		return next;
	for (size_t i = 0; i < facts->owner_count; i++) {
		const struct owner_facts *owner = &facts->owners[i];

		if (has_another(facts, owner) && is_of_ours(owner))
			rollover_join(&next, rollover_propose_retime(facts,
								     owner));
	}
	return next;
}

const struct owner_facts *rollover_find_untimed(const struct facts *facts)
{
	for (size_t i = 0; i < facts->owner_count && is_changed(facts); i++)
		if (has_another(facts, &facts->owners[i]))
			return &facts->owners[i];
	return NULL;
}
