/* SPDX-License-Identifier: MIT */
#include "look/given_up.h"

static bool is_given_up(const struct owner_facts *owner,
			struct tlsa_params params)
{
	const struct others *others = &owner->others;

	return !tlsa_params_among(params, owner->params, owner->param_count) &&
	       !tlsa_params_among(params, others->params,
				  others->param_count);
}

/* One of the users has published it. */
static bool is_ours(const struct pass *pass, const struct owner_facts *owner,
		    const struct owner_user *users, size_t count,
		    const struct tlsa *record)
{
	bool ours = tlsa_set_contains(&owner->own, record);

	for (size_t i = 0; i < count && !ours; i++) {
		const struct state *state =
			pass->targets.items[users[i].target].state;

		ours = state && state_has_published(state, owner->owner,
						    record);
	}
	return ours;
}

/* Nothing is under way, and nobody makes the changes one after the other. */
static bool is_at_rest(const struct target *user)
{
	const struct facts *facts = &user->facts;
	const struct state *state = facts->state;

	return user->config->api != API_EXEC && state && !state->guessed &&
	       state->presented_count == 1 && facts->live &&
	       chain_is(facts->live, &state->released) &&
	       (!facts->next || facts->next == facts->live) &&
	       !facts->returned.count && !facts->held_unread &&
	       !facts->disk_trouble;
}

/* Before TARGET deletes anything it has its own services proven; nobody has
 * those of others proven for it. */
static bool are_at_rest(const struct pass *pass, const struct target *target,
			const struct owner_user *users, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct target *user =
			&pass->targets.items[users[i].target];

		if (!is_at_rest(user) ||
		    (user != target && user->state->unproven))
			return false;
	}
	return true;
}

static bool has_params(const struct tlsa_set *set, struct tlsa_params params)
{
	for (size_t i = 0; i < set->count; i++)
		if (tlsa_params_equal(set->records[i].params, params))
			return true;
	return false;
}

void given_up_find(const struct pass *pass, const struct target *target,
		   struct owner_facts *owner, const struct owner_user *users,
		   size_t count)
{
	const struct tlsa_set *served = owner_primary_set(owner);
	struct others *others = &owner->others;
	struct tlsa_set kept;

	if (!served || !owner->param_count || others->needs_unknown ||
	    !are_at_rest(pass, target, users, count))
		return;
	/* What is still to be published, and what is not ours. */
	kept = tlsa_set_copy(&others->needs);
	tlsa_set_remove_all(&kept, served);
	for (size_t i = 0; i < served->count; i++)
		if (!is_ours(pass, owner, users, count, &served->records[i]))
			tlsa_set_add(&kept, &served->records[i]);
	for (size_t i = 0; i < served->count; i++) {
		const struct tlsa *record = &served->records[i];

		if (!is_given_up(owner, record->params) ||
		    has_params(&kept, record->params))
			continue;
		tlsa_set_add(&owner->own, record);
		tlsa_set_remove(&others->needs, record);
	}
	tlsa_set_clear(&kept);
}
