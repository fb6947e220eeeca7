/* SPDX-License-Identifier: MIT */
#include "look/look.h"

#include "base/bounds.h"
#include "base/name.h"
#include "base/xalloc.h"
#include "decide/alias.h"
#include "look/gather.h"
#include "look/probe.h"

#include <stdlib.h>

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* ---- Survey ----------------------------------------------------------- */

static void free_owners(struct run *run)
{
	for (size_t i = 0; i < run->owner_count; i++)
		free((char *)run->owners[i]);
	free(run->owners);
	run->owners = NULL;
	run->owner_count = 0;
}

static void forget_zones(struct run *run)
{
	if (run->zones_known)
		zones_clear(&run->zones);
	run->zones_known = false;
	free_owners(run);
}

static void add_owner(struct name_list *names, const char *name)
{
	*array_push(names->names, names->count) = xstrdup(name);
}

/* Where aliases led before, they are expected to lead again: that saves a
 * survey. */
static void collect_configured(const struct run *run,
			       const struct run_target *target,
			       struct name_list *names)
{
	const struct config_target *config = target->config;

	for (size_t i = 0; i < config->spec_count; i++) {
		struct name_list reached = { 0 };

		run_reach(run, target, config->specs[i].owner, &reached);
		for (size_t k = 0; k < reached.count; k++)
			add_owner(names, reached.names[k]);
		name_list_clear(&reached);
	}
}

/* A target that is not managed yet: its aliases may lead to an owner that
 * another target uses, and then what is needed there is not known. */
static bool is_unknown(const struct run_target *target)
{
	return !target->state || !target->state->has_released;
}

static void collect_names(const struct run *run, struct name_list *names)
{
	for (size_t i = 0; i < run->count; i++) {
		const struct run_target *target = &run->targets[i];

		if (target->done)
			continue;
		for (size_t k = 0; k < target->facts.owner_count; k++)
			add_owner(names, target->facts.owners[k].owner);
		collect_configured(run, target, names);
	}
	for (size_t i = 0; names->count && i < run->count; i++)
		if (run->targets[i].done && is_unknown(&run->targets[i]))
			collect_configured(run, &run->targets[i], names);
}

static void collect_owners(struct run *run)
{
	struct name_list names = { 0 };
	size_t kept = 0;

	collect_names(run, &names);
	forget_zones(run);
	run->owners = (const char **)names.names;
	run->owner_count = names.count;
	if (run->owner_count)
		qsort(run->owners, run->owner_count, sizeof(*run->owners),
		      compare_texts);
	for (size_t i = 0; i < run->owner_count; i++)
		if (!kept || !streq(run->owners[i], run->owners[kept - 1]))
			run->owners[kept++] = run->owners[i];
		else
			free((char *)run->owners[i]);
	run->owner_count = kept;
}

void run_drop_survey(struct run *run)
{
	for (size_t i = 0; i < run->count; i++)
		for (size_t k = 0; k < run->targets[i].facts.owner_count; k++)
			run->targets[i].facts.owners[k].seen = NULL;
	survey_clear(&run->survey);
	run->survey = (struct survey){ 0 };
}

const struct survey_owner *run_find_seen(const struct run *run,
					 const char *owner)
{
	const char **at = run->survey.count ?
		bsearch(&owner, run->owners, run->owner_count,
			sizeof(*run->owners), compare_texts) : NULL;

	return at ? &run->survey.owners[at - run->owners] : NULL;
}

/* Each ledger takes each survey in once. */
static struct ledger *record(const struct run *run, struct run_target *target,
			     const struct survey_owner *seen)
{
	struct ledger *ledger = state_ledger(target->state, seen->name);

	if (ledger->survey == run->survey_number)
		return ledger;
	ledger_record(ledger, seen, run->surveyed.wall_ms);
	ledger->survey = run->survey_number;
	target->unsaved = true;
	return ledger;
}

static void record_reached(struct run *run, struct run_target *target)
{
	struct name_list names = { 0 };

	for (size_t i = 0; i < target->facts.owner_count; i++)
		run_reach(run, target, target->facts.owners[i].owner, &names);
	for (size_t i = 0; i < names.count; i++) {
		const struct survey_owner *seen =
			run_find_seen(run, names.names[i]);

		if (seen)
			record(run, target, seen);
	}
	name_list_clear(&names);
}

/* The clock may have been set since the state was saved: what it says starts
 * again before anything is forgotten by the new one. */
static void record_target(struct run *run, struct run_target *target)
{
	struct state *state = target->state;

	record_reached(run, target);
	run_check_clock(target, &run->surveyed);
	for (size_t i = 0; i < state->ledger_count; i++)
		if (state->ledgers[i]->survey == run->survey_number)
			ledger_prune(state->ledgers[i], &target->facts.rules,
				     run->surveyed.wall_ms);
	/* A watch that has begun must be ended by STEP_SETTLE: even if the
	 * renewal is taken back, its record stands there, and a ledger that
	 * nobody keeps says more than is known. */
	state->has_settled = false;
	target->unsaved = true;
}

/* Has nothing more to do in this run, perhaps, but waits for what caches hold:
 * what is seen by the way may be seen this once. */
static bool is_watching(const struct run_target *target)
{
	return !target->done || (target->facts.state && !target->damage &&
				 !target->state->has_settled);
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
		collect_owners(run);
		zones_discover(world, config, run->owners, run->owner_count,
			       &run->zones);
		run->zones_known = true;
	}
	survey_ask(world, config, &run->zones, run->owners, run->owner_count,
		   transport, &run->survey);
	world->now(world, &run->surveyed);
	run->survey_number++;
	for (size_t i = 0; i < run->count; i++)
		if (is_watching(&run->targets[i]))
			record_target(run, &run->targets[i]);
	run_find_users(run);
}

/* ---- What the facts see of it ----------------------------------------- */

static void attach_owners(struct run *run, struct run_target *target)
{
	struct facts *facts = &target->facts;

	for (size_t i = 0; i < facts->owner_count; i++) {
		struct owner_facts *owner = &facts->owners[i];

		owner->seen = run_find_seen(run, owner->owner);
		if (owner->seen)
			owner->ledger = record(run, target, owner->seen);
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
	attach_owners(run, target);
	for (unsigned hops = 0; hops < ALIASES_MAX &&
	     alias_follow(facts); hops++)
		attach_owners(run, target);
	facts_find_own(facts, &run->source);
	for (size_t i = 0; i < facts->owner_count; i++)
		if (facts->owners[i].seen)
			run_find_others(run, target, &facts->owners[i]);
}

/* ---- Probe ------------------------------------------------------------ */

static void take_probe(struct run_target *target, struct probe_request *request)
{
	target->probe = request->verdict;
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
