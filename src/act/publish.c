/* SPDX-License-Identifier: MIT */
#include "act/publish.h"

#include "act/batch.h"
#include "act/deeds.h"
#include "act/promise.h"
#include "act/publish_exec.h"
#include "act/publish_update.h"
#include "act/standing.h"
#include "base/xalloc.h"
#include "pass/turns.h"

#include <stdlib.h>

static bool is_due(const struct target *target)
{
	return !target->done && step_changes_dns(target->action.step);
}

/* Those of one target stand side by side. */
static void collect(struct targets *targets, struct promises *promises)
{
	for (size_t i = 0; i < targets->count; i++) {
		struct target *target = &targets->items[i];
		const struct changes *changes = &target->action.changes;

		for (size_t k = 0; is_due(target) && k < changes->count; k++) {
			if (target_sent(target, &changes->items[k])->rests)
				continue;
			*array_push(promises->items, promises->count) =
				(struct promise){ .target = target,
					.change = &changes->items[k],
					.joined = SIZE_MAX };
		}
	}
}

/* With its record the wait of live begins, and is not given up for what certbot
 * renews next; unless one is under way already. */
static void note_pending(struct target *target)
{
	const struct facts *facts = &target->facts;
	struct state *state = target->state;

	if (target->action.step != STEP_PUBLISH || !facts->live ||
	    facts->next != facts->live ||
	    chain_is(facts->live, &state->released))
		return;
	state->has_pending = true;
	state->pending = facts->live->version;
}

/* What cannot be sent for want of a key is no promise: no server is going to
 * serve it. */
static bool may_be_sent(const struct source *source, struct keyring *keys,
			const struct promise *promise)
{
	return promise_is_for_program(promise) ||
	       batch_has_key(source, keys, promise->change->zone);
}

/* One write a target, however many owners it has. */
static void promise_all(const struct source *source,
			const struct targets *targets, struct keyring *keys,
			struct promises *promises)
{
	struct moment now;

	source->world->now(source->world, &now);
	for (size_t i = 0; i < promises->count; i++) {
		struct promise *promise = &promises->items[i];
		struct target *target = promise->target;
		struct deed deed;

		if (may_be_sent(source, keys, promise))
			promise_note(promise, now.wall_ms);
		if (i + 1 < promises->count &&
		    promises->items[i + 1].target == target)
			continue;
		note_pending(target);
		target->state->retimed += target->action.step == STEP_RETIME;
		deed = deed_of(source, targets, target);
		deed_hold_next(&deed);
		if (!deed_save(&deed))
			target_fail(target, deed.failure);
	}
}

static void clear(struct promises *promises)
{
	for (size_t i = 0; i < promises->count; i++)
		promise_clear(&promises->items[i]);
	free(promises->items);
}

static void publish_in_turn(const struct source *source,
			    const struct targets *targets,
			    struct budget *budget, struct promises *promises,
			    struct standing *standing)
{
	size_t *order = turns_order(targets);

	for (size_t i = 0; i < targets->count; i++)
		for (size_t k = 0; k < promises->count; k++)
			if (promises->items[k].target ==
			    &targets->items[order[i]])
				publish_exec(source, budget,
					     &promises->items[k], standing);
	free(order);
}

void publish_changes(const struct source *source, struct targets *targets,
		     struct keyring *keys, struct budget *budget)
{
	struct promises promises = { NULL, 0 };
	struct standing standing = { NULL, 0 };

	collect(targets, &promises);
	promise_all(source, targets, keys, &promises);
	/* Programs last: a slow one holds up only other programs. */
	publish_update(source, keys, &promises, &standing);
	publish_in_turn(source, targets, budget, &promises, &standing);
	standing_note(&standing, targets);
	standing_clear(&standing);
	clear(&promises);
}
