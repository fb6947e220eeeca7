/* SPDX-License-Identifier: MIT */
#include "decide/change.h"

#include "base/xalloc.h"

#include <stdlib.h>

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
