/* SPDX-License-Identifier: MIT */
#include "look/gather.h"

#include "base/xalloc.h"
#include "decide/owner.h"
#include "disk/held.h"
#include "disk/links_path.h"
#include "look/former.h"

#include <stdlib.h>

#define CERTBOT_LOCK ".certbot.lock"

/* ---- Owners ----------------------------------------------------------- */

static void load_owners(struct facts *facts)
{
	const struct config_target *target = facts->target;
	const struct state *state = facts->state;

	for (size_t i = 0; i < target->spec_count; i++) {
		const struct config_spec *spec = &target->specs[i];
		struct owner_facts *owner =
			facts_find_owner(facts, spec->owner);

		*array_push(owner->params, owner->param_count) = spec->params;
	}
	for (size_t i = 0; i < state->published_count; i++) {
		const struct state_record *promise = &state->published[i];
		struct owner_facts *owner =
			facts_find_owner(facts, promise->owner);

		tlsa_set_add(&owner->published, &promise->record);
		if (promise->deleting)
			tlsa_set_add(&owner->deleting, &promise->record);
	}
	for (size_t i = 0; i < state->ledger_count; i++)
		for (size_t k = 0; k < facts->owner_count; k++)
			if (streq(facts->owners[k].owner,
				  state->ledgers[i]->owner))
				facts->owners[k].ledger = state->ledgers[i];
}

/* ---- Versions on the disk --------------------------------------------- */

/* 0: every link leads to a file; compare_links() knows of combined.pem. */
static int check_links(const struct lineage *lineage,
		       const struct links *links)
{
	struct world *world = lineage->world;
	int dir = world->dir_open(world, lineage->places->dane, lineage->name);
	int error = dir < 0 ? dir : 0;

	for (int kind = 0; kind < PEM_KINDS && !error; kind++) {
		char *name = links_name(kind);
		struct file_info info;

		if (links->files & PEM_BIT(kind))
			error = world->file_info(world, dir, name, true,
						 &info);
		free(name);
	}
	if (dir >= 0)
		world->dir_close(world, dir);
	return error;
}

/* What services read in live/NAME, whatever that is. */
static enum version_error load_rest(const struct facts *facts,
				    const struct lineage *lineage,
				    struct chain **chain, char **detail)
{
	enum version_error error;
	char *path;

	*chain = facts->live;
	if (facts->live)
		return VERSION_OK;
	path = xasprintf("live/%s", lineage->name);
	error = version_load(lineage->world, lineage->places->shelf,
			     lineage->places->letsencrypt, path, "", chain,
			     detail);
	free(path);
	return error;
}

static enum version_error load_place(const struct facts *facts,
				     const struct lineage *lineage,
				     struct chain **chain, char **detail)
{
	switch (facts->links.place) {
	case LINKS_REST:
		return load_rest(facts, lineage, chain, detail);
	case LINKS_ARCHIVE:
		return lineage_load_archive(lineage, facts->links.number,
					    chain, detail);
	case LINKS_HELD:
		return held_load(lineage, &facts->links.held, chain, detail);
	case LINKS_ABSENT:
	case LINKS_MIXED:
	case LINKS_FOREIGN:
		break;
	}
	return VERSION_ABSENT;
}

/* The chain behind the links; NULL where they are broken. */
static struct chain *load_shown(struct facts *facts,
				const struct lineage *lineage)
{
	struct chain *chain = NULL;
	char *detail = NULL;
	int error = 0;

	if (load_place(facts, lineage, &chain, &detail) == VERSION_UNREADABLE)
		facts->disk_trouble = -EIO;
	free(detail);
	if (chain && chain != facts->live)
		error = check_links(lineage, &facts->links);
	if (!error)
		return chain;
	if (error != -ENOENT)
		facts->disk_trouble = error;
	chain_free(chain);
	return NULL;
}

/* A version by its fingerprint, from the archive or from what is held. */
static struct chain *load_version(const struct lineage *lineage,
				  const struct fingerprint *version,
				  unsigned *number, bool *held, int *trouble)
{
	enum version_error error;
	struct chain *chain = NULL;
	char *detail = NULL;

	*held = false;
	*number = lineage_find(lineage, version, trouble);
	if (*number) {
		error = lineage_load_archive(lineage, *number, &chain,
					     &detail);
	} else {
		error = held_load(lineage, version, &chain, &detail);
		*held = error == VERSION_OK;
	}
	if (error == VERSION_UNREADABLE && !*trouble)
		*trouble = -EIO;
	free(detail);
	return chain;
}

/* A version among those read already, and its number in the archive. */
static struct chain *loaded_version(const struct facts *facts,
				    const struct fingerprint *version,
				    unsigned *number)
{
	if (chain_is(facts->live, version)) {
		*number = facts->live_number;
		return facts->live;
	}
	if (facts->links.place == LINKS_ARCHIVE &&
	    chain_is(facts->shown, version)) {
		*number = facts->links.number;
		return facts->shown;
	}
	return NULL;
}

static void load_presented_at(struct facts *facts,
			      const struct lineage *lineage, size_t i)
{
	const struct state *state = facts->state;
	const struct fingerprint *version = &state->presented[i];
	struct chain *chain;
	bool held = false;
	unsigned number;
	int trouble = 0;

	chain = loaded_version(facts, version, &number);
	if (!chain)
		chain = load_version(lineage, version, &number, &held,
				     &trouble);
	chains_add(&facts->presented, chain);
	if (trouble)
		facts->disk_trouble = trouble;
	if (!state->has_released ||
	    !fingerprint_equal(version, &state->released))
		return;
	facts->released = chain;
	facts->released_number = number;
	facts->released_held = held;
}

static void load_presented(struct facts *facts,
			   const struct lineage *lineage)
{
	for (size_t i = 0; i < facts->state->presented_count; i++)
		load_presented_at(facts, lineage, i);
}

static bool is_presented(const struct state *state, const struct chain *chain)
{
	for (size_t i = 0; i < state->presented_count; i++)
		if (chain_is(chain, &state->presented[i]))
			return true;
	return false;
}

static void load_returned(struct facts *facts, const struct lineage *lineage)
{
	struct chains all = { 0 };

	facts->held_unread = held_load_all(lineage, &all) != 0;
	for (size_t i = 0; i < all.count; i++)
		if (is_presented(facts->state, all.items[i]))
			chain_free(all.items[i]);
		else
			chains_add(&facts->returned, all.items[i]);
	chains_clear(&all);
}

/* With what is wanted for the version in service, but for the place. */
static void compare_links(struct facts *facts, const struct lineage *lineage)
{
	const struct state *state = facts->state;
	const struct links *links = &facts->links;
	unsigned files = facts->target->files;

	facts->links_old = links->generation + 1 < state->generation;
	if (!state->has_released)
		return;
	facts->links_lack |= links->files != files ||
		(files & PEM_BIT(PEM_COMBINED) &&
		 !fingerprint_equal(&links->combined, &state->released)) ||
		!held_is_whole(lineage, &state->released, files);
	facts->shown_as_made = links->files & PEM_BIT(PEM_COMBINED) &&
			       chain_is(facts->shown, &links->combined);
}

/* What was under way when certbot went on; else what live shows. */
static void load_next(struct facts *facts, const struct lineage *lineage)
{
	const struct state *state = facts->state;
	int trouble = 0;
	bool held = false;

	facts->next = facts->live;
	facts->next_number = facts->live_number;
	if (!facts->live || !state->has_pending ||
	    fingerprint_equal(&state->pending, &state->released) ||
	    chain_is(facts->live, &state->released) ||
	    chain_is(facts->live, &state->pending))
		return;
	facts->next = load_version(lineage, &state->pending,
				   &facts->next_number, &held, &trouble);
	if (facts->next &&
	    fitness_judge(facts->next, facts->released, facts->target,
			  facts->now_ms) == FITNESS_GOOD)
		return;
	chain_free(facts->next);
	facts->next = facts->live;
	facts->next_number = facts->live_number;
}

/* What must not go into service is no goal. Where A is nowhere to be found
 * there is no other. */
static void judge_live(struct facts *facts)
{
	if (!facts->live || !facts->released ||
	    chain_is(facts->live, &facts->state->released))
		return;
	facts->fitness = fitness_judge(facts->live, facts->released,
				       facts->target, facts->now_ms);
	if (facts->fitness == FITNESS_GOOD)
		return;
	facts->unfit = facts->live;
	facts->live = NULL;
}

static void load_disk(struct facts *facts, const struct lineage *lineage)
{
	int error;

	facts->live_error = lineage_load_live(lineage, &facts->live,
					      &facts->live_number,
					      &facts->live_detail);
	error = links_read(lineage, &facts->links, &facts->links_detail);
	if (error) {
		facts->links.place = LINKS_FOREIGN;
		facts->links_error = error;
	}
	facts->shown = load_shown(facts, lineage);
	load_presented(facts, lineage);
	load_returned(facts, lineage);
	former_load(facts, lineage);
	compare_links(facts, lineage);
	judge_live(facts);
	load_next(facts, lineage);
}

bool facts_looked_lately(unsigned recheck_seconds, const char *name,
			 int64_t looked_ms, int64_t now_ms)
{
	uint32_t hash = 2166136261U;	/* FNV-1a */
	int64_t period_seconds;

	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name) * 16777619U;
	period_seconds = recheck_seconds + hash % (recheck_seconds / 4 + 1);
	return !recheck_seconds ||
	       (looked_ms && looked_ms <= now_ms &&
		now_ms - looked_ms < period_seconds * 1000);
}

void facts_load(struct facts *facts, const struct source *source,
		const struct config_target *target, const struct state *state,
		const struct moment *now)
{
	const struct config *config = source->config;
	char *digest = facts_config_digest(target);
	bool certbot = source->world->lock_held(source->world,
		source->places.letsencrypt, CERTBOT_LOCK) != 0;

	*facts = (struct facts){
		.target = target, .state = state, .now_ms = now->wall_ms,
		.local_only = source->local_only,
		.pin = source->pin || state->removal,
		.recreate = source->recreate, .certbot_runs = certbot,
		.may_look = source->looks_again,
		.may_rest = source->rest == REST_ALWAYS ||
			    (source->rest == REST_UNLESS_CERTBOT && !certbot),
		.rules = { .ttl_floor_seconds = config->record_ttl_seconds,
			   .ttl_factor = config->ttl_factor,
			   .margin_seconds = config->margin_seconds },
		.record_ttl_seconds = config->record_ttl_seconds,
	};
	facts->looked_lately = facts_looked_lately(config->recheck_seconds,
		target->name, state->looked_ms, now->wall_ms);
	facts->config_settled = streq(digest, state->settled_config);
	free(digest);
	load_owners(facts);
	load_disk(facts, &(struct lineage){ source->world, &source->places,
					    target->name, NULL });
}

/* ---- Own records ------------------------------------------------------ */

/*
 * A record of a leaf's key can only be about this lineage. One of an issuer
 * may be another host's, and one that matches the goal may be an operator's
 * second line of defence: those are ours only if we published them. When the
 * target is removed nobody keeps the latter up any more.
 */
static bool is_own(const struct facts *facts, const struct owner_facts *owner,
		   const struct tlsa *record, const struct chains *archive)
{
	const struct chain *goal = facts_goal(facts);
	uint8_t usage = record->params.usage;

	if (state_has_published(facts->state, owner->owner, record))
		return true;
	if ((usage != 1 && usage != 3) || (goal && !facts->state->removal &&
					   tlsa_matches(record, goal)))
		return false;
	return tlsa_matches_any(record, archive) ||
	       (facts->live && tlsa_matches(record, facts->live)) ||
	       tlsa_matches_any(record, &facts->presented);
}

static void find_own(const struct facts *facts, struct owner_facts *owner,
		     const struct chains *archive)
{
	const struct tlsa_set *served = owner_primary_set(owner);

	tlsa_set_clear(&owner->own);
	for (size_t i = 0; served && i < served->count; i++)
		if (is_own(facts, owner, &served->records[i], archive))
			tlsa_set_add(&owner->own, &served->records[i]);
}

void facts_find_own(struct facts *facts, const struct source *source)
{
	const struct lineage lineage = { source->world, &source->places,
					 facts->target->name, NULL };
	struct chains archive;
	bool any = false;
	int trouble;

	for (size_t i = 0; i < facts->owner_count; i++)
		any |= owner_primary_set(&facts->owners[i]) != NULL;
	if (!any)
		return;
	archive = lineage_archive_chains(&lineage, &trouble);
	for (size_t i = 0; i < facts->owner_count; i++)
		find_own(facts, &facts->owners[i], &archive);
	chains_free(&archive);
}
