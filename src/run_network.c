/* SPDX-License-Identifier: MIT */
#include "run.h"

#include "xalloc.h"

#include <stdlib.h>

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* ---- Survey ----------------------------------------------------------- */

static void collect_owners(struct run *run)
{
	size_t kept = 0;

	for (size_t i = 0; i < run->count; i++) {
		const struct run_target *target = &run->targets[i];

		for (size_t k = 0; !target->done &&
		     k < target->facts.owner_count; k++)
			*array_push(run->owners, run->owner_count) =
				target->facts.owners[k].owner;
	}
	if (run->owner_count)
		qsort(run->owners, run->owner_count, sizeof(*run->owners),
		      compare_texts);
	for (size_t i = 0; i < run->owner_count; i++)
		if (!i || !streq(run->owners[i], run->owners[i - 1]))
			run->owners[kept++] = run->owners[i];
	run->owner_count = kept;
}

/* The owners' texts may belong to states that go with their targets. */
static void own_texts(struct run *run)
{
	for (size_t i = 0; i < run->owner_count; i++)
		run->owners[i] = xstrdup(run->owners[i]);
}

static void free_owners(struct run *run)
{
	for (size_t i = 0; i < run->owner_count; i++)
		free((char *)run->owners[i]);
	free(run->owners);
	run->owners = NULL;
	run->owner_count = 0;
}

void run_drop_survey(struct run *run)
{
	for (size_t i = 0; i < run->count; i++)
		for (size_t k = 0; k < run->targets[i].facts.owner_count; k++)
			run->targets[i].facts.owners[k].seen = NULL;
	survey_clear(&run->survey);
	run->survey = (struct survey){ 0 };
}

static void forget_zones(struct run *run)
{
	if (run->zones_known)
		zones_clear(&run->zones);
	run->zones_known = false;
	free_owners(run);
}

static const struct survey_owner *find_seen(const struct run *run,
					    const char *owner)
{
	const char **at = run->survey.count ?
		bsearch(&owner, run->owners, run->owner_count,
			sizeof(*run->owners), compare_texts) : NULL;

	return at ? &run->survey.owners[at - run->owners] : NULL;
}

/* The clock may have been set since the servers were asked: what was recorded
 * by the old one starts again before anything is forgotten by the new one. */
static void record_target(struct run *run, struct run_target *target)
{
	struct world *world = run->source.world;
	struct state *state = target->state;
	struct moment now;

	world->now(world, &now);
	for (size_t i = 0; i < target->facts.owner_count; i++) {
		const char *owner = target->facts.owners[i].owner;
		const struct survey_owner *seen = find_seen(run, owner);

		if (seen)
			ledger_record(state_ledger(state, owner), seen,
				      now.wall_ms);
	}
	run_check_clock(run, target);
	for (size_t i = 0; i < state->ledger_count; i++)
		if (find_seen(run, state->ledgers[i]->owner))
			ledger_prune(state->ledgers[i], &target->facts.rules,
				     now.wall_ms);
	target->unsaved = true;
}

static bool covers_all(const struct run *run)
{
	for (size_t i = 0; i < run->count; i++) {
		const struct run_target *target = &run->targets[i];

		for (size_t k = 0; !target->done &&
		     k < target->facts.owner_count; k++)
			if (!bsearch(&target->facts.owners[k].owner,
				     run->owners, run->owner_count,
				     sizeof(*run->owners), compare_texts))
				return false;
	}
	return true;
}

void run_survey(struct run *run, enum transport transport)
{
	struct world *world = run->source.world;
	const struct config *config = run->source.config;

	run_drop_survey(run);
	if (!run->zones_known || !covers_all(run)) {
		forget_zones(run);
		collect_owners(run);
		own_texts(run);
		zones_discover(world, config, run->owners, run->owner_count,
			       &run->zones);
		run->zones_known = true;
	}
	survey_ask(world, config, &run->zones, run->owners, run->owner_count,
		   transport, &run->survey);
	for (size_t i = 0; i < run->count; i++)
		if (!run->targets[i].done)
			record_target(run, &run->targets[i]);
}

/* ---- What the facts see of it ----------------------------------------- */

/* Adds to OTHERS what TARGET needs at this owner. False: not known. */
static bool add_needs(const struct run_target *target,
		      const struct owner_facts *owner, struct tlsa_set *others)
{
	struct chain **chains;
	size_t n;
	bool known = target->state && target->state->has_released;

	if (!known)
		return false;
	chains = facts_chains(&target->facts, &n);
	for (size_t i = 0; i + 1 < n; i++)
		known = known && chains[i];
	for (size_t i = 0; i < target->facts.owner_count; i++) {
		struct owner_facts other = target->facts.owners[i];
		struct tlsa_set needed;

		if (!streq(other.owner, owner->owner))
			continue;
		other.seen = owner->seen;
		needed = owner_needed(&other, chains, n);
		tlsa_set_add_all(others, &needed);
		tlsa_set_clear(&needed);
	}
	free(chains);
	return known;
}

static int compare_users(const void *a, const void *b)
{
	return strcmp(((const struct owner_user *)a)->owner,
		      ((const struct owner_user *)b)->owner);
}

/*
 * What the other users of this owner need must never be deleted.
 */
static void find_others(struct run *run, const struct run_target *target,
			struct owner_facts *owner)
{
	struct owner_user key = { .owner = owner->owner };
	struct owner_user *user = run->user_count ?
		bsearch(&key, run->users, run->user_count, sizeof(key),
			compare_users) : NULL;

	tlsa_set_clear(&owner->others);
	owner->others_unknown = false;
	if (!user)
		return;
	while (user > run->users && streq(user[-1].owner, owner->owner))
		user--;
	for (; user < run->users + run->user_count &&
	     streq(user->owner, owner->owner); user++) {
		const struct run_target *other = &run->targets[user->target];

		if (other != target && !add_needs(other, owner, &owner->others))
			owner->others_unknown = true;
	}
}

void run_attach(struct run *run, struct run_target *target)
{
	struct facts *facts = &target->facts;

	facts->surveyed = run->survey.transport;
	facts->probe = target->probe;
	facts->reload_failed = target->reload_failure != NULL;
	free(facts->probe_detail);
	facts->probe_detail = target->probe_detail ?
			      xstrdup(target->probe_detail) : NULL;
	for (size_t i = 0; i < facts->owner_count; i++) {
		struct owner_facts *owner = &facts->owners[i];

		owner->seen = find_seen(run, owner->owner);
		if (owner->seen)
			owner->ledger = state_ledger(target->state,
						     owner->owner);
	}
	facts_find_own(facts, &run->source);
	for (size_t i = 0; i < facts->owner_count; i++)
		if (facts->owners[i].seen)
			find_others(run, target, &facts->owners[i]);
}

/* ---- Probe ------------------------------------------------------------ */

static enum probe_state probe_state(enum probe_verdict verdict)
{
	switch (verdict) {
	case PROBE_ALL_NEW:
		return PROBE_SAW_NEW;
	case PROBE_NOT_YET:
		return PROBE_SAW_OTHER;
	case PROBE_NOTHING:
		return PROBE_IMPOSSIBLE;
	}
	return PROBE_SAW_OTHER;
}

static void take_probe(struct run_target *target, struct probe_request *request)
{
	target->probe = probe_state(request->verdict);
	free(target->probe_detail);
	target->probe_detail = request->detail;
	if (target->probe == PROBE_SAW_OTHER && target->state->proven_ms) {
		target->state->proven_ms = 0;
		target->unsaved = true;
	}
}

void run_probe(struct run *run)
{
	struct probe_request *requests = NULL;
	struct run_target **askers = NULL;
	size_t n = 0, asker_count = 0;

	for (size_t i = 0; i < run->count; i++) {
		struct run_target *target = &run->targets[i];

		if (target->done || target->action.step != STEP_PROBE)
			continue;
		*array_push(requests, n) = (struct probe_request){
			.target = target->config,
			.wanted = target->facts.released };
		*array_push(askers, asker_count) = target;
	}
	if (n)
		probe_run(run->source.world, run->source.config, requests, n);
	for (size_t i = 0; i < n; i++)
		take_probe(askers[i], &requests[i]);
	free(requests);
	free(askers);
}
