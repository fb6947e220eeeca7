/* SPDX-License-Identifier: MIT */
#pragma once

#include "decide/facts.h"
#include "pass/source.h"

/*
 * Reads the disk for TARGET. Owners are those of the configuration and those
 * where STATE says that records of ours stand. STATE must outlive the facts.
 */
void facts_load(struct facts *facts, const struct source *source,
		const struct config_target *target, const struct state *state,
		const struct moment *now);

/*
 * Was the target NAME, which is settled, looked at within RECHECK_SECONDS and
 * up to a quarter more, as its name has it, so that a thousand do not ask at
 * once? A time to come is one of a clock that was wrong.
 */
bool facts_looked_lately(unsigned recheck_seconds, const char *name,
			 int64_t looked_ms, int64_t now_ms);

/* Finds out OWN for each owner that was seen. */
void facts_find_own(struct facts *facts, const struct source *source);
