/* SPDX-License-Identifier: MIT */
#pragma once

#include "sim_run.h"

/*
 * Scenarios where one thing, or two, go wrong at a chosen point: all the
 * points there are, one after the other.
 */
enum points { POINTS_KILLS, POINTS_CUTS, POINTS_FAILS, POINTS_CLOCKS,
	      POINTS_PAIRS, POINTS_RELAPSES, POINTS_EDITS, POINTS_RESTORES,
	      POINTS_HOOKLESS };

/* NULL: there is none. */
const struct scenario *scenario_named(const char *name);
/* All points in all scenarios, or in ONLY; 0 or a status. */
int points_all(enum points points, const char *only, unsigned jobs);
