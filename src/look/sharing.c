/* SPDX-License-Identifier: MIT */
#include "look/look.h"

#include "base/name.h"
#include "base/xalloc.h"

#include <stdlib.h>

/* ---- Where aliases lead ----------------------------------------------- */

static void reach_by_ledgers(const struct state *state, const char *name,
			     struct name_list *names)
{
	for (size_t i = 0; i < state->ledger_count; i++) {
		const struct ledger *ledger = state->ledgers[i];

		for (size_t v = 0; streq(ledger->owner, name) &&
		     v < ledger->version_count; v++)
			if (ledger->versions[v].kind == LEDGER_ALIAS)
				name_list_add(names,
					      ledger->versions[v].alias);
	}
}

void run_reach(const struct run *run, const struct run_target *target,
	       const char *name, struct name_list *names)
{
	name_list_add(names, name);
	for (size_t i = 0; i < names->count; i++) {
		const struct survey_owner *seen =
			run_find_seen(run, names->names[i]);
		const char *alias = seen ? survey_alias(seen) : NULL;

		if (alias)
			name_list_add(names, alias);
		if (target->state)
			reach_by_ledgers(target->state, names->names[i],
					 names);
	}
}

static bool reaches(const struct run *run, const struct run_target *target,
		    const char *from, const char *to)
{
	struct name_list names = { 0 };
	bool found = streq(from, to);

	if (found)
		return true;
	run_reach(run, target, from, &names);
	found = name_list_has(&names, to);
	name_list_clear(&names);
	return found;
}

/* ---- Who uses which owner --------------------------------------------- */

static int compare_users(const void *a, const void *b)
{
	return strcmp(((const struct owner_user *)a)->owner,
		      ((const struct owner_user *)b)->owner);
}

void run_free_users(struct run *run)
{
	for (size_t i = 0; i < run->user_count; i++)
		free(run->users[i].owner);
	free(run->users);
	run->users = NULL;
	run->user_count = 0;
}

void run_find_users(struct run *run)
{
	run_free_users(run);
	for (size_t i = 0; i < run->count; i++) {
		const struct run_target *target = &run->targets[i];
		struct name_list names = { 0 };

		for (size_t k = 0; k < target->config->spec_count; k++)
			run_reach(run, target, target->config->specs[k].owner,
				  &names);
		for (size_t k = 0; k < names.count; k++)
			*array_push(run->users, run->user_count) =
				(struct owner_user){ names.names[k], i };
		free(names.names);	/* the texts are the users' now */
	}
	if (run->user_count)
		qsort(run->users, run->user_count, sizeof(*run->users),
		      compare_users);
}

/* ---- What other targets need ------------------------------------------ */

/* What TARGET wants at this owner, by whatever name. */
static struct owner_facts wants_at(const struct run *run,
				   const struct run_target *target,
				   const struct owner_facts *owner)
{
	struct owner_facts wants = { .owner = owner->owner,
				     .seen = owner->seen };

	for (size_t i = 0; i < target->config->spec_count; i++) {
		const struct config_spec *spec = &target->config->specs[i];

		if (reaches(run, target, spec->owner, owner->owner))
			*array_push(wants.params, wants.param_count) =
				spec->params;
	}
	return wants;
}

/* Adds to OTHERS what TARGET needs at this owner. False: not known. */
static bool add_needs(const struct run *run, const struct run_target *target,
		      const struct owner_facts *owner, struct tlsa_set *others)
{
	/* Without facts: it failed before its disk was read. */
	bool known = target->state && target->state->has_released &&
		     target->facts.state;
	struct owner_facts wants;
	struct tlsa_set needed;
	struct chain **chains;
	size_t n;

	if (!known)
		return false;
	chains = facts_chains(&target->facts, &n);
	for (size_t i = 0; i + 1 < n; i++)
		known = known && chains[i];
	wants = wants_at(run, target, owner);
	needed = owner_needed(&wants, chains, n);
	tlsa_set_add_all(others, &needed);
	tlsa_set_clear(&needed);
	free(wants.params);
	free(chains);
	return known;
}

static bool is_presented(const struct facts *facts, const struct tlsa *record)
{
	for (size_t i = 0; i < facts->presented_count; i++)
		if (facts->presented[i] &&
		    tlsa_matches(record, facts->presented[i]))
			return true;
	return false;
}

/* What OTHER published and TARGET presents, too, belongs to both: whoever
 * needs it last must be able to delete it. */
static void share_published(const struct run_target *other,
			    const struct run_target *target,
			    struct owner_facts *owner)
{
	const struct tlsa_set *served = owner_primary_set(owner);
	const struct state *state = other->state;

	for (size_t i = 0; served && state && i < state->published_count; i++) {
		const struct state_record *at = &state->published[i];

		if (!streq(at->owner, owner->owner) ||
		    !tlsa_set_contains(served, &at->record))
			continue;
		if (at->deleting)
			tlsa_set_add(&owner->deleting, &at->record);
		if (is_presented(&target->facts, &at->record))
			tlsa_set_add(&owner->own, &at->record);
	}
}

static void add_ledger(const struct run_target *other,
		       struct owner_facts *owner)
{
	const struct state *state = other->state;

	if (!state)
		owner->others_unseen = true;
	for (size_t i = 0; state && i < state->ledger_count; i++)
		if (streq(state->ledgers[i]->owner, owner->owner))
			*array_push(owner->others_ledgers,
				    owner->others_ledger_count) =
				state->ledgers[i];
}

void run_find_others(const struct run *run, const struct run_target *target,
		     struct owner_facts *owner)
{
	struct owner_user key = { .owner = (char *)owner->owner };
	struct owner_user *user = run->user_count ?
		bsearch(&key, run->users, run->user_count, sizeof(key),
			compare_users) : NULL;

	tlsa_set_clear(&owner->others);
	owner->others_unknown = owner->others_unseen = false;
	owner->others_ledger_count = 0;
	if (!user)
		return;
	while (user > run->users && streq(user[-1].owner, owner->owner))
		user--;
	for (; user < run->users + run->user_count &&
	     streq(user->owner, owner->owner); user++) {
		const struct run_target *other = &run->targets[user->target];

		if (other == target)
			continue;
		add_ledger(other, owner);
		share_published(other, target, owner);
		if (!add_needs(run, other, owner, &owner->others))
			owner->others_unknown = true;
	}
}
