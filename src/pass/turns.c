/* SPDX-License-Identifier: MIT */
#include "pass/turns.h"

#include "base/bounds.h"
#include "base/xalloc.h"

#include <stdlib.h>

struct turn {
	int64_t slow_ms;
	size_t index;
};

static int compare(const void *a, const void *b)
{
	const struct turn *x = a, *y = b;

	if (x->slow_ms != y->slow_ms)
		return x->slow_ms < y->slow_ms ? -1 : 1;
	return (x->index > y->index) - (x->index < y->index);
}

size_t *turns_order(const struct targets *targets)
{
	struct turn *turns = xcalloc(targets->count, sizeof(*turns));
	size_t *order = xcalloc(targets->count, sizeof(*order));

	for (size_t i = 0; i < targets->count; i++) {
		const struct state *state = targets->items[i].state;

		turns[i] = (struct turn){ state ? state->slow_ms : 0, i };
	}
	qsort(turns, targets->count, sizeof(*turns), compare);
	for (size_t i = 0; i < targets->count; i++)
		order[i] = turns[i].index;
	free(turns);
	return order;
}

void turns_note(struct target *target, struct world *world,
		const struct moment *begun)
{
	struct moment now;
	int64_t slow_ms;

	world->now(world, &now);
	slow_ms = now.boot_ms - begun->boot_ms >= PROGRAM_SLOW_MS ?
		  now.wall_ms : 0;
	target->unsaved |= target->state->slow_ms != slow_ms;
	target->state->slow_ms = slow_ms;
}
