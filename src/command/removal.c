/* SPDX-License-Identifier: MIT */
#include "command/removal.h"

#include "act/deeds.h"

void removal_set(struct pass *pass, struct target *target,
		 enum removal wanted)
{
	struct state *state = target->state;
	struct deed deed = deed_of(&pass->source, &pass->targets, target);

	if (!state || state->transient || state->removal == wanted ||
	    (wanted && state_is_left(state)))
		return;
	state->removal = wanted;
	if (!pass->source.dry_run && !deed_save(&deed))
		target_fail(target, deed.failure);
}
