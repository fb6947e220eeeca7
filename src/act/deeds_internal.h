/* SPDX-License-Identifier: MIT */
#pragma once

#include "act/deeds.h"
#include "disk/lineage.h"

/* The parts of the deeds: deeds.c has those of a rollover, deeds_end.c those
 * after which nothing is left to be done. */

static inline const char *deed_title(const struct deed *deed)
{
	return deed->state->target;
}

/* Notes in the state, in memory, that what is the target's own at its owners
 * was published by it. */
void deed_claim_own(struct deed *deed);

static inline struct lineage deed_lineage(const struct deed *deed)
{
	return (struct lineage){ deed->world, deed->places, deed_title(deed),
				 NULL };
}
