/* SPDX-License-Identifier: MIT */
#include "command/removal.h"

#include "act/deeds.h"
#include "base/xalloc.h"

#include <stdlib.h>

/* The pass that follows does nothing more with TARGET, not even report it. */
static void fail(struct target *target, char *failure)
{
	target_fail(target, xasprintf("%s; what was asked for has not begun, "
				      "so ask again then", failure));
	free(failure);
	target->line = xstrdup(target->failure);
}

void removal_set(struct pass *pass, struct target *target,
		 enum removal wanted)
{
	struct state *state = target->state;
	struct deed deed = deed_of(&pass->source, &pass->targets, target);
	enum removal before;

	if (!state || state->transient || state->removal == wanted ||
	    (wanted && state_is_left(state)))
		return;
	before = state->removal;
	state->removal = wanted;
	if (pass->source.dry_run || deed_save(&deed))
		return;
	state->removal = before;
	fail(target, deed.failure);
}
