/* SPDX-License-Identifier: MIT */
#include "decide/change.h"

#include "base/xalloc.h"

#include <stdlib.h>

static unsigned set_times_sent(const struct state *state, const char *owner,
			       const struct tlsa_set *set, int64_t *since_ms)
{
	unsigned times = 0;

	for (size_t i = 0; i < set->count; i++) {
		const struct state_record *at =
			state_published(state, owner, &set->records[i]);

		if (!at || at->sent <= times)
			continue;
		times = at->sent;
		*since_ms = at->sent_ms;
	}
	return times;
}

unsigned change_times_sent(const struct state *state,
			   const struct change *change, int64_t *since_ms)
{
	return change->add.count ?
	       set_times_sent(state, change->owner, &change->add, since_ms) :
	       set_times_sent(state, change->owner, &change->remove, since_ms);
}

void change_clear(struct change *change)
{
	tlsa_set_clear(&change->add);
	tlsa_set_clear(&change->ours);
	tlsa_set_clear(&change->remove);
}

void changes_clear(struct changes *changes)
{
	for (size_t i = 0; i < changes->count; i++)
		change_clear(&changes->items[i]);
	free(changes->items);
	*changes = (struct changes){ NULL, 0 };
}

void changes_add(struct changes *changes, const struct change *change)
{
	*array_push(changes->items, changes->count) = *change;
}
