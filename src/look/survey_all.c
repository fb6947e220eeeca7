/* SPDX-License-Identifier: MIT */
#include "look/survey_all.h"

#include "base/text.h"
#include "base/xalloc.h"
#include "errand/discover.h"
#include "errand/survey.h"
#include "look/attach.h"
#include "look/sharing.h"

#include <stdlib.h>

/* ---- Which owners ----------------------------------------------------- */

/* Where aliases led before, they are expected to lead again: that saves a
 * survey. */
static void collect_configured(const struct seen *seen,
			       const struct target *target,
			       struct texts *names)
{
	const struct config_target *config = target->config;

	for (size_t i = 0; i < config->spec_count; i++) {
		struct texts reached = { 0 };

		sharing_reach(seen, target, config->specs[i].owner, &reached);
		for (size_t k = 0; k < reached.count; k++)
			texts_add(names, reached.items[k]);
		texts_clear(&reached);
	}
}

/* A target that is not managed yet: its aliases may lead to an owner that
 * another target uses, and then what is needed there is not known. */
static bool is_unknown(const struct target *target)
{
	return !target->rests &&
	       (!target->state || !target->state->has_released);
}

static void collect_names(const struct targets *targets,
			  const struct seen *seen, struct texts *names)
{
	for (size_t i = 0; i < targets->count; i++) {
		const struct target *target = &targets->items[i];

		if (target->done)
			continue;
		for (size_t k = 0; k < target->facts.owner_count; k++)
			texts_add(names, target->facts.owners[k].owner);
		collect_configured(seen, target, names);
	}
	for (size_t i = 0; names->count && i < targets->count; i++)
		if (targets->items[i].done && is_unknown(&targets->items[i]))
			collect_configured(seen, &targets->items[i], names);
}

/* Many targets may use one owner. */
static void collect_owners(const struct targets *targets, struct seen *seen)
{
	struct texts names = { 0 };

	collect_names(targets, seen, &names);
	texts_sort(&names);
	texts_drop_repeats(&names);
	seen_clear(seen);
	seen->owners = names.items;
	seen->owner_count = names.count;
}

static bool covers_all(const struct targets *targets, const struct seen *seen)
{
	for (size_t i = 0; i < targets->count; i++) {
		const struct target *target = &targets->items[i];

		for (size_t k = 0; !target->done &&
		     k < target->facts.owner_count; k++)
			if (!seen_covers(seen, target->facts.owners[k].owner))
				return false;
	}
	return true;
}

/* ---- Into the ledgers ------------------------------------------------- */

static void record_reached(const struct seen *seen, struct target *target)
{
	struct texts names = { 0 };

	for (size_t i = 0; i < target->facts.owner_count; i++)
		sharing_reach(seen, target, target->facts.owners[i].owner,
			      &names);
	for (size_t i = 0; i < names.count; i++) {
		const struct survey_owner *owner =
			seen_find(seen, names.items[i]);

		if (owner)
			attach_ledger(seen, target, owner);
	}
	texts_clear(&names);
}

/* What has no match for A, and is seen while nothing else is presented, locks
 * out whoever has it in a cache. */
static void note_lockout_at(struct state *state, const struct facts *facts,
			    const struct survey_owner *owner, int64_t now_ms)
{
	for (size_t i = 0; i < owner->count; i++) {
		const struct sighting *at = &owner->sightings[i];
		int64_t until_ms = now_ms + ((int64_t)at->ttl_seconds +
				   facts->rules.margin_seconds) * 1000;

		if (at->verdict == SIGHTING_SET && !sighting_is_hidden(at) &&
		    !tlsa_set_covers(&at->set, facts->released) &&
		    state->locked_until_ms < until_ms)
			state->locked_until_ms = until_ms;
	}
}

/* Where A has just been adopted, or an owner is new, a set without a match is
 * no edit of somebody. */
static bool is_watched(const struct facts *facts)
{
	const struct state *state = facts->state;

	if (!facts->released || state->presented_count != 1)
		return false;
	if (!chain_is(facts_goal(facts), &state->released))
		return facts->config_settled && !state->copied;
	return state->has_settled || !state->settled_config ||
	       state->locked_until_ms;
}

static void note_lockout(const struct seen *seen, struct target *target)
{
	const struct facts *facts = &target->facts;
	struct state *state = target->state;

	if (!is_watched(facts))
		return;
	for (size_t i = 0; i < facts->owner_count; i++) {
		const struct survey_owner *owner =
			seen_find(seen, facts->owners[i].owner);

		if (owner && facts->owners[i].param_count)
			note_lockout_at(state, facts, owner,
					seen->when.wall_ms);
	}
}

/* The clock may have been set since the state was saved: what it says starts
 * again before anything is forgotten by the new one. */
static void record_target(const struct seen *seen, struct target *target)
{
	struct state *state = target->state;

	record_reached(seen, target);
	note_lockout(seen, target);
	target_check_clock(target, &seen->when);
	for (size_t i = 0; i < state->ledger_count; i++)
		if (state->ledgers[i]->survey == seen->number)
			ledger_prune(state->ledgers[i], &target->facts.rules,
				     seen->when.wall_ms);
	/* A watch that has begun must be ended by STEP_SETTLE: even if the
	 * renewal is taken back, its record stands there, and a ledger that
	 * nobody keeps says more than is known. */
	state->has_settled = false;
	target->unsaved = true;
}

/* Has nothing more to do in this pass, perhaps, but waits for what caches
 * hold: what is seen by the way may be seen this once. */
static bool is_watching(const struct target *target)
{
	return !target->done || (target->facts.state && !target->damage &&
				 !target->state->has_settled);
}

/* ---- The survey ------------------------------------------------------- */

void survey_drop(struct targets *targets, struct seen *seen)
{
	for (size_t i = 0; i < targets->count; i++) {
		struct facts *facts = &targets->items[i].facts;

		for (size_t k = 0; k < facts->owner_count; k++) {
			facts->owners[k].seen = NULL;
			facts->owners[k].outside = NULL;
		}
	}
	seen_drop(seen);
}

/* What cannot be loaded is told where it is needed, by who publishes. */
static void find_keys(struct pass *pass)
{
	const struct config *config = pass->source.config;

	for (size_t i = 0; i < pass->seen.zones.count; i++) {
		struct zone *zone = pass->seen.zones.items[i];
		const char *path = config_zone_key(config, zone->config);

		if (path && keyring_find(&pass->keys, pass->source.world,
					 path)->key)
			zone->key = path;
	}
}

static int compare_owner(const void *name, const void *owner)
{
	return strcmp(name, *(const char *const *)owner);
}

/* What we published at each owner, whoever of us. */
static struct tlsa_set *list_ours(const struct targets *targets,
				  const struct seen *seen)
{
	struct tlsa_set *ours = xcalloc(seen->owner_count, sizeof(*ours));

	for (size_t i = 0; seen->owner_count && i < targets->count; i++) {
		const struct state *state = targets->items[i].state;

		for (size_t k = 0; state && k < state->published_count; k++) {
			char **owner = bsearch(state->published[k].owner,
				seen->owners, seen->owner_count,
				sizeof(*seen->owners), compare_owner);

			if (owner)
				tlsa_set_add(&ours[owner - seen->owners],
					     &state->published[k].record);
		}
	}
	return ours;
}

static void ask_servers(struct pass *pass, const struct errand_desk *desk,
			enum transport transport)
{
	struct seen *seen = &pass->seen;
	struct tlsa_set *ours = list_ours(&pass->targets, seen);

	errand_survey(desk, &seen->zones, (const char *const *)seen->owners,
		      ours, seen->owner_count, transport, &seen->survey);
	for (size_t i = 0; i < seen->owner_count; i++)
		tlsa_set_clear(&ours[i]);
	free(ours);
}

/* Where there was no time for all, those who took it are not asked again in
 * this pass: their targets have got as far as they get. */
void survey_all(struct pass *pass, enum transport transport)
{
	struct world *world = pass->source.world;
	const struct errand_desk desk = { world, pass->source.config,
					  &pass->keys };
	struct targets *targets = &pass->targets;
	struct seen *seen = &pass->seen;

	survey_drop(targets, seen);
	budget_stage_begin(&pass->budget, BUDGET_SURVEY);
	if (!seen->zones_known || seen->is_cut || !covers_all(targets, seen)) {
		collect_owners(targets, seen);
		errand_discover(&desk, (const char *const *)seen->owners,
				seen->owner_count, &seen->zones);
		find_keys(pass);
		seen->zones_known = true;
	}
	ask_servers(pass, &desk, transport);
	seen->is_cut = budget_stage_end(&pass->budget);
	world->now(world, &seen->when);
	seen->number++;
	for (size_t i = 0; i < targets->count; i++)
		if (is_watching(&targets->items[i]))
			record_target(seen, &targets->items[i]);
	sharing_find_users(pass);
}
