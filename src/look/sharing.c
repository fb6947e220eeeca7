/* SPDX-License-Identifier: MIT */
#include "look/sharing.h"

#include "base/bounds.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "look/given_up.h"

#include <stdlib.h>

/* ---- Where aliases lead ----------------------------------------------- */

static void reach_by_ledgers(const struct state *state, const char *name,
			     struct texts *names)
{
	for (size_t i = 0; i < state->ledger_count; i++) {
		const struct ledger *ledger = state->ledgers[i];

		for (size_t v = 0; streq(ledger->owner, name) &&
		     v < ledger->version_count &&
		     names->count < ALIASES_REMEMBERED_MAX; v++)
			if (ledger->versions[v].kind == LEDGER_ALIAS)
				texts_add_once(names,
					       ledger->versions[v].alias);
	}
}

static void reach_by_answers(const struct seen *seen, const char *name,
			     struct texts *names)
{
	const struct survey_owner *at = seen_find(seen, name);
	const char *alias = at ? survey_alias(at) : NULL;

	if (alias)
		texts_add_once(names, alias);
}

/* Where it leads now comes first: there may be more than are remembered. */
void sharing_reach(const struct seen *seen, const struct target *target,
		   const char *name, struct texts *names)
{
	struct texts reached = { 0 };

	texts_add(&reached, name);
	for (size_t i = 0; i < reached.count && i < ALIASES_MAX; i++)
		reach_by_answers(seen, reached.items[i], &reached);
	for (size_t i = 0; i < reached.count; i++) {
		if (reached.count < ALIASES_REMEMBERED_MAX)
			reach_by_answers(seen, reached.items[i], &reached);
		if (target->state)
			reach_by_ledgers(target->state, reached.items[i],
					 &reached);
	}
	for (size_t i = 0; i < reached.count; i++)
		texts_add_once(names, reached.items[i]);
	texts_clear(&reached);
}

static bool reaches(const struct seen *seen, const struct target *target,
		    const char *from, const char *to)
{
	struct texts names = { 0 };
	bool found = streq(from, to);

	if (found)
		return true;
	sharing_reach(seen, target, from, &names);
	found = texts_has(&names, to);
	texts_clear(&names);
	return found;
}

/* ---- Who uses which owner --------------------------------------------- */

static int compare_users(const void *a, const void *b)
{
	return strcmp(((const struct owner_user *)a)->owner,
		      ((const struct owner_user *)b)->owner);
}

void sharing_clear(struct sharing *sharing)
{
	for (size_t i = 0; i < sharing->count; i++)
		free(sharing->users[i].owner);
	free(sharing->users);
	*sharing = (struct sharing){ NULL, 0 };
}

static void add_users(struct sharing *sharing, const struct seen *seen,
		      const struct target *target, size_t index)
{
	struct texts names = { 0 };

	for (size_t i = 0; i < target->config->spec_count; i++)
		sharing_reach(seen, target, target->config->specs[i].owner,
			      &names);
	for (size_t i = 0; i < names.count; i++)
		*array_push(sharing->users, sharing->count) =
			(struct owner_user){ names.items[i], index };
	free(names.items);	/* the texts are the users' now */
}

void sharing_find_users(struct pass *pass)
{
	struct sharing *sharing = &pass->sharing;

	sharing_clear(sharing);
	for (size_t i = 0; i < pass->targets.count; i++)
		add_users(sharing, &pass->seen, &pass->targets.items[i], i);
	if (sharing->count)
		qsort(sharing->users, sharing->count,
		      sizeof(*sharing->users), compare_users);
}

/* ---- What other targets need ------------------------------------------ */

/* Of one that is being removed nothing is to be begun any more. */
static bool wants(const struct target *target)
{
	return !target->state || !target->state->removal;
}

/* As it is configured now, and was once. */
static bool is_settled(const struct target *target)
{
	return target->rests || target->facts.config_settled;
}

/* What TARGET wants at OWNER, by whatever name. */
static void add_params(const struct seen *seen, const struct target *target,
		       const char *owner, struct others *others)
{
	for (size_t i = 0; wants(target) && i < target->config->spec_count;
	     i++) {
		const struct config_spec *spec = &target->config->specs[i];

		if (!reaches(seen, target, spec->owner, owner))
			continue;
		*array_push(others->params, others->param_count) =
			spec->params;
		others->unsettled |= !is_settled(target);
	}
}

/* All that is wanted at this owner, as each of the others sees it. */
static struct owner_facts wants_at(const struct owner_facts *owner)
{
	return (struct owner_facts){ .owner = owner->owner,
		.seen = owner->seen,
		.params = owner->others.params,
		.param_count = owner->others.param_count,
		.others = { .params = owner->params,
			    .param_count = owner->param_count } };
}

/* In which of PARAMS one of CHAINS has no record. */
static void add_lacks(const struct tlsa_params *params, size_t count,
		      const struct chains *chains, struct others *others)
{
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < chains->count; k++) {
			char *fault = chains->items[k] ?
				tlsa_fault(chains->items[k], params[i]) : NULL;

			if (fault)
				*array_push(others->lacks,
					    others->lack_count) = params[i];
			free(fault);
		}
}

static void add_all_lacks(const struct tlsa_params *params, size_t count,
			  struct others *others)
{
	for (size_t i = 0; i < count; i++)
		*array_push(others->lacks, others->lack_count) = params[i];
}

/*
 * What TARGET, which is being removed, has asked to be deleted is not needed
 * any more; but as long as it may still be presented no set without it may
 * begin. Takes these from NEEDED.
 */
static void add_deletions(const struct target *target,
			  const struct owner_facts *owner,
			  struct tlsa_set *needed, struct others *others)
{
	const struct state *state = target->state;
	bool any = false;

	for (size_t i = 0; state->removal && i < state->published_count; i++) {
		const struct state_record *at = &state->published[i];

		if (!at->deleting || !streq(at->owner, owner->owner))
			continue;
		tlsa_set_remove(needed, &at->record);
		any = true;
	}
	if (!any)
		return;
	add_all_lacks(owner->params, owner->param_count, others);
	add_all_lacks(others->params, others->param_count, others);
}

/* Both are removed, so that the whole set can go at once. A program takes one
 * record after the other, and cannot. */
static bool leave_together(const struct target *target,
			   const struct target *other)
{
	return target->state->removal == REMOVAL_DELETES && other->state &&
	       other->state->removal == REMOVAL_DELETES &&
	       target->config->api != API_EXEC &&
	       other->config->api != API_EXEC;
}

/* Adds to OTHERS, which are of OWNER, what TARGET needs there. False: not
 * known. */
static bool add_needs(const struct target *target,
		      const struct owner_facts *owner, struct others *others)
{
	/* Without facts: it failed before its disk was read. */
	bool known = target->state && target->state->has_released &&
		     target->facts.state;
	struct owner_facts wants = wants_at(owner);
	struct tlsa_set needed;
	struct chains chains;

	if (!known)
		return false;
	for (size_t i = 0; i < target->facts.presented.count; i++)
		known = known && target->facts.presented.items[i];
	chains = facts_chains(&target->facts);
	needed = owner_needed(&wants, &chains);
	add_deletions(target, owner, &needed, others);
	tlsa_set_add_all(&others->needs, &needed);
	tlsa_set_clear(&needed);
	add_lacks(owner->params, owner->param_count, &chains, others);
	add_lacks(others->params, others->param_count, &chains, others);
	chains_clear(&chains);
	return known;
}

/* What OTHER published and TARGET presents, too, belongs to both: whoever
 * needs it last must be able to delete it. */
static void share_published(const struct target *other,
			    const struct target *target,
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
		if (tlsa_matches_any(&at->record, &target->facts.presented) ||
		    leave_together(target, other))
			tlsa_set_add(&owner->own, &at->record);
	}
	for (size_t i = 0; served && leave_together(target, other) &&
	     i < served->count; i++)
		if (served->records[i].params.usage & 1 &&
		    tlsa_matches_any(&served->records[i],
				     &other->facts.presented))
			tlsa_set_add(&owner->own, &served->records[i]);
}

static void add_ledger(const struct target *other, const char *owner,
		       struct others *others)
{
	const struct state *state = other->state;

	if (!state)
		others->unseen = true;
	for (size_t i = 0; state && i < state->ledger_count; i++)
		if (streq(state->ledgers[i]->owner, owner))
			*array_push(others->ledgers, others->ledger_count) =
				state->ledgers[i];
}

static int compare_name_to_user(const void *name, const void *user)
{
	return strcmp(name, ((const struct owner_user *)user)->owner);
}

const struct owner_user *sharing_users_of(const struct sharing *sharing,
					  const char *owner, size_t *count)
{
	const struct owner_user *end = sharing->users + sharing->count;
	const struct owner_user *user = sharing->count ?
		bsearch(owner, sharing->users, sharing->count, sizeof(*user),
			compare_name_to_user) : NULL;

	*count = 0;
	while (user && user > sharing->users && streq(user[-1].owner, owner))
		user--;
	while (user && user + *count < end &&
	       streq(user[*count].owner, owner))
		++*count;
	return user;
}

static void others_clear(struct others *others)
{
	tlsa_set_clear(&others->needs);
	others->needs_unknown = others->unseen = others->unsettled = false;
	others->ledger_count = others->param_count = others->lack_count = 0;
}

void sharing_find_others(const struct pass *pass, const struct target *target,
			 struct owner_facts *owner)
{
	struct others *others = &owner->others;
	size_t count;
	const struct owner_user *users = sharing_users_of(
		&pass->sharing, owner->owner, &count);

	others_clear(others);
	for (size_t i = 0; i < count; i++)
		if (&pass->targets.items[users[i].target] != target)
			add_params(&pass->seen,
				   &pass->targets.items[users[i].target],
				   owner->owner, others);
	for (size_t i = 0; i < count; i++) {
		const struct target *other =
			&pass->targets.items[users[i].target];

		if (other == target ||
		    (other->state && state_is_left(other->state)))
			continue;
		add_ledger(other, owner->owner, others);
		share_published(other, target, owner);
		if (leave_together(target, other))
			continue;
		if (!add_needs(other, owner, others))
			others->needs_unknown = true;
	}
	/* What is left here is theirs, as long as they need it. */
	if (!owner->param_count && !owner->alias)
		tlsa_set_remove_all(&owner->published, &others->needs);
	if (count > 1)
		given_up_find(pass, target, owner, users, count);
}
