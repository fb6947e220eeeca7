/* SPDX-License-Identifier: MIT */
#include "act/standing.h"

#include "base/xalloc.h"

#include <stdlib.h>

void standing_add(struct standing *standing, const char *owner,
		  const struct tlsa *record)
{
	*array_push(standing->items, standing->count) =
		(struct standing_record){ owner, record };
}

static int compare(const void *a, const void *b)
{
	const struct standing_record *left = a, *right = b;
	int order = strcmp(left->owner, right->owner);

	return order ? order : tlsa_compare(left->record, right->record);
}

static bool has(const struct standing *standing,
		const struct state_record *promised)
{
	const struct standing_record key = { promised->owner,
					     &promised->record };

	return bsearch(&key, standing->items, standing->count, sizeof(key),
		       compare) != NULL;
}

static void note_in(const struct standing *standing, struct target *target)
{
	struct state *state = target->state;

	for (size_t i = 0; state && i < state->published_count; i++) {
		struct state_record *promised = &state->published[i];

		if (!promised->deleting || !has(standing, promised))
			continue;
		promised->deleting = false;
		target->unsaved = true;
	}
}

void standing_note(struct standing *standing, struct targets *targets)
{
	if (standing->count == 0)
		return;
	qsort(standing->items, standing->count, sizeof(*standing->items),
	      compare);
	for (size_t i = 0; i < targets->count; i++)
		note_in(standing, &targets->items[i]);
}

void standing_clear(struct standing *standing)
{
	free(standing->items);
	*standing = (struct standing){ NULL, 0 };
}
