/* SPDX-License-Identifier: MIT */
#pragma once

#include "pool.h"
#include "sim_run.h"

/*
 * Scenarios where one thing, or two, go wrong at a chosen point: all the
 * points there are, one after the other.
 */
enum points { POINTS_KILLS, POINTS_CUTS, POINTS_FAILS, POINTS_CLOCKS,
	      POINTS_PAIRS, POINTS_RELAPSES, POINTS_EDITS, POINTS_RESTORES,
	      POINTS_HOOKLESS };

/* What goes wrong when; 0: never. */
struct plan {
	const struct scenario *scenario;
	unsigned long kill, cut, keep, fail, lose;
	bool typical;
	unsigned long clock;		/* set by a day and a half there, */
	bool back;			/* back or forth, */
	unsigned long span;		/* until so many calls later */
	unsigned long edit, edit_kind;	/* enum edit */
	/* When these commands have ended, and what of it is put back. */
	unsigned long backup, restore, part;
	/* A bit for each hook that is missing, and one for follow_live. */
	unsigned long hooks;
	bool relapse;			/* power cut after the next command */
};

/* NULL: there is none. */
const struct scenario *scenario_named(const char *name);
/* All points in all scenarios, or in ONLY; 0 or a status. */
int points_all(enum points points, const char *only, unsigned jobs);
int points_replay(const struct plan *plan);
