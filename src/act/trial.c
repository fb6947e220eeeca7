/* SPDX-License-Identifier: MIT */
#include "act/trial.h"

#include "act/batch.h"
#include "base/xalloc.h"
#include "decide/owner.h"

#include <stdlib.h>

#define DIGEST_SIZE 32

/* A record that nobody has: so many octets at random are met by nothing. */
static void add_nothing(struct world *world, struct tlsa_set *set)
{
	uint8_t digest[DIGEST_SIZE];
	const struct tlsa record = { .params = { 3, 1, 1 }, .data = digest,
				     .size = sizeof(digest) };

	world->random(world, digest, sizeof(digest));
	tlsa_set_add(set, &record);
}

static bool is_tried(const struct changes *changes, const char *owner)
{
	for (size_t i = 0; i < changes->count; i++)
		if (streq(changes->items[i].owner, owner))
			return true;
	return false;
}

/* What no primary is known of, or does not say what it serves, is bad for
 * other reasons. */
static bool can_be_tried(const struct owner_facts *owner)
{
	return owner->seen && owner->seen->zone &&
	       owner->seen->zone->error == ZONE_OK && owner->param_count &&
	       !owner->alias && owner_primary_set(owner);
}

static void add_owner(struct world *world, const struct owner_facts *owner,
		      struct changes *changes)
{
	struct change change = { .owner = owner->owner, .via = owner->via,
				 .zone = owner->seen->zone,
				 .seen = owner_primary_set(owner) };

	if (is_tried(changes, owner->owner))
		return;
	add_nothing(world, &change.remove);
	changes_add(changes, &change);
}

static int compare_places(const void *a, const void *b)
{
	const struct change *left = a, *right = b;
	int order = strcmp(left->zone->name, right->zone->name);

	return order ? order : strcmp(left->owner, right->owner);
}

static void add_target(struct world *world, const struct target *target,
		       struct changes *changes)
{
	const struct facts *facts = &target->facts;

	if (target->done || target->config->api != API_RFC2136)
		return;
	for (size_t i = 0; i < facts->owner_count; i++)
		if (can_be_tried(&facts->owners[i]))
			add_owner(world, &facts->owners[i], changes);
}

static void take_results(struct batch *batch, struct trials *trials)
{
	for (size_t i = 0; i < batch->changes.count; i++) {
		struct update_result *result = &batch->results[i];

		*array_push(trials->items, trials->count) = (struct trial){
			xstrdup(batch->changes.items[i].owner),
			result->verdict, result->detail };
		result->detail = NULL;
	}
}

void trials_run(struct pass *pass, const bool *wanted, struct trials *trials)
{
	struct world *world = pass->source.world;
	struct batch batch = { .results = NULL };

	budget_stage_begin(&pass->budget, BUDGET_CHANGES);
	for (size_t i = 0; i < pass->targets.count; i++)
		if (wanted[i])
			add_target(world, &pass->targets.items[i],
				   &batch.changes);
	if (batch.changes.count)
		qsort(batch.changes.items, batch.changes.count,
		      sizeof(*batch.changes.items), compare_places);
	batch_send(&pass->source, &pass->keys, &batch);
	take_results(&batch, trials);
	batch_clear(&batch);
	budget_stage_end(&pass->budget);
}

const struct trial *trials_find(const struct trials *trials, const char *owner)
{
	for (size_t i = 0; i < trials->count; i++)
		if (streq(trials->items[i].owner, owner))
			return &trials->items[i];
	return NULL;
}

void trials_clear(struct trials *trials)
{
	for (size_t i = 0; i < trials->count; i++) {
		free(trials->items[i].owner);
		free(trials->items[i].detail);
	}
	free(trials->items);
	*trials = (struct trials){ NULL, 0 };
}
