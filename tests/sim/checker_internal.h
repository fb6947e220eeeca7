/* SPDX-License-Identifier: MIT */
#pragma once

#include "checker.h"

/* A certificate that some service of a target may present. */
struct showing {
	const struct cert *cert;
	bool stray;
	bool released;			/* stray, and then by the program */
	int64_t linked_ms;		/* since when the links show it; or
					   FOREVER */
	bool vouched;			/* a command that had asked made the
					   links show it */
	bool taken;			/* stray, and left there by a command
					   that had asked */
	bool now, before;		/* in this look, in the last */
	bool known;			/* at any time */
	bool lost;			/* its lineage was deleted: no command
					   can read what its records are */
	bool first;			/* since the start */
	/* When each server last answered for each owner before it was
	 * presented, in the command that brought it about; FOREVER: nobody
	 * asked, and nothing that a server did is an excuse. */
	int64_t look_ms[SERVERS_MAX][OWNERS_MAX];
};

#define SHOWINGS_MAX 64

struct checker {
	struct showing showings[TARGETS_MAX][SHOWINGS_MAX];
	size_t count[TARGETS_MAX];
	/* The one that was properly presented last. */
	const struct cert *last[TARGETS_MAX];
};

bool checker_same_kind(const struct rr *a, const struct rr *b);
/* In every combination that VERSION contains, both have the same record. */
bool checker_same_records(const struct version *version, const struct cert *a,
			  const struct cert *b);
/* In every combination that VERSION contains, at least one matches. */
bool checker_covers(const struct version *version, const struct cert *cert);

/* Some cache may have what SERVED gave. */
bool checker_is_cached(const struct sim *sim, const struct served *served);

/* Finds out what the services of target T may present at this moment. */
void checker_find_showings(struct sim *sim, size_t t);
/* A command is over that could have led the links of target T elsewhere. */
void checker_note_taken(struct sim *sim, size_t t);
/* Where its links lead: "live", "version" or "nothing". */
const char *kind_of_place(struct sim *sim, const struct target *target);
