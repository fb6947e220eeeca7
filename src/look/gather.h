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

/* Finds out OWN for each owner that was seen. */
void facts_find_own(struct facts *facts, const struct source *source);
