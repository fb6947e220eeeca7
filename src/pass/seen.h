/* SPDX-License-Identifier: MIT */
#pragma once

#include "dns/outside.h"
#include "dns/survey.h"

/*
 * What the name servers said: the zones, which are found once in a pass as
 * long as all owners are among theirs, and the last survey. look/survey_all.c
 * fills it in; facts borrow from it until seen_drop().
 */
struct seen {
	char **owners;		/* asked about: sorted, each once, ours */
	size_t owner_count;
	struct zones zones;
	bool zones_known;
	bool is_cut;		/* there was no time for all of it */
	struct survey survey;
	unsigned number;	/* of that survey: ledgers take each in once */
	struct moment when;	/* it ended */
	struct outside outside;	/* what resolvers elsewhere said after it; empty
				   where they were not asked */
};

/* What the last survey saw of OWNER, or NULL. */
const struct survey_owner *seen_find(const struct seen *seen,
				     const char *owner);
/* The same of the view from outside. */
const struct outside_owner *seen_find_outside(const struct seen *seen,
					      const char *owner);
/* Forgets the survey alone, with the view from outside. */
void seen_drop(struct seen *seen);
/* Was OWNER among those whose zones are known? */
bool seen_covers(const struct seen *seen, const char *owner);
/* Forgets the survey, the zones and the owners. */
void seen_clear(struct seen *seen);
