/* SPDX-License-Identifier: MIT */
#pragma once

#include "sim_base.h"

/*
 * Kinds of trouble that a run has as a whole, or has not: some of their
 * faults come seldom in all others. --with NAME wants one in every run.
 */
enum topic { TOPIC_HOOKS, TOPIC_EDITS, TOPIC_RESTORES, TOPIC_FAST,
	     TOPIC_ROLLBACKS, TOPIC_ENDS, TOPIC_ISSUERS, TOPIC_ELSEWHERE,
	     TOPIC_SLOW, TOPIC_STRANGERS, TOPIC_STRETCH,
	     TOPIC_OUTSIDE, TOPIC_WILDCARDS, TOPIC_IGNORED,
	     TOPIC_MACHINES, TOPIC_ALIASES, TOPIC_SECOND, TOPIC_RETIMES,
	     TOPICS };

/* By its name; false: there is none. Adds it to *WANTED, a bit for each. */
bool topic_find(const char *name, unsigned *wanted);
const char *topic_name(enum topic topic);
/* Shall every run have it? */
bool topics_want(const struct sim *sim, enum topic topic);
/* Draws which of them this run has, and the chances of their faults. */
void topics_draw(struct sim *sim);
