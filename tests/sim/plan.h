/* SPDX-License-Identifier: MIT */
#pragma once

#include "pool.h"
#include "sim_run.h"

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
	/* Told of the run, see sim.h; NULL: not. */
	struct moments *effects, *readings;
};

/* What came about in one run. */
struct counts {
	unsigned long calls, fallible, replies, commands;
	size_t ways;			/* in which the power could be cut */
	bool killed, lost;		/* did it come to that? */
	bool killed_in_vain;		/* as if one call earlier */
	bool failed_reading;
	unsigned killed_command;
	struct reply replied[REPLIES_KEPT];
};

/* Adds a run that has ended. */
void sim_tally(const struct sim *sim, struct tally *tally);
/* One run, quietly; when it fails, and somebody shall be told, once more
 * aloud. 0 or a status. */
int plan_try(const struct plan *plan, bool tell, struct counts *counts,
	     struct tally *tally);
/* With all its events. */
int plan_replay(const struct plan *plan);
