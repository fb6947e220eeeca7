/* SPDX-License-Identifier: MIT */
#pragma once

#include "pass/targets.h"

/*
 * What was accepted in one round of publishing: these records stand now,
 * whichever target had asked for their deletion before. publish_update() and
 * publish_exec() add to it, publish_changes() notes it in all states at last.
 */
struct standing {
	struct standing_record {
		const char *owner;		/* both are borrowed */
		const struct tlsa *record;
	} *items;
	size_t count;
};

void standing_add(struct standing *standing, const char *owner,
		  const struct tlsa *record);
/* Sorts STANDING. */
void standing_note(struct standing *standing, struct targets *targets);
void standing_clear(struct standing *standing);
