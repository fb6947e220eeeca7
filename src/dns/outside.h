/* SPDX-License-Identifier: MIT */
#pragma once

#include "cert/tlsa.h"
#include "config/config.h"
#include "world/world.h"

/*
 * The world's view: what resolvers elsewhere (`outside`) say about owners.
 * Nothing of it confirms a record, and nobody proves it; but a cache that holds
 * what no server should have served lately shows that there is one which was
 * not asked: a view, another machine behind an address, a forgotten secondary.
 */
enum outside_verdict {
	OUTSIDE_SET,		/* it gives a set, perhaps at the end of
				   aliases */
	OUTSIDE_NOTHING,	/* it says that there is none */
	OUTSIDE_UNSEEN,		/* not looked at: DETAIL says why */
};

struct outside_answer {
	struct address address;
	enum outside_verdict verdict;
	struct tlsa_set set;	/* OUTSIDE_SET */
	bool by_alias;		/* the owner is an alias there */
	int64_t until_ms;	/* it may keep that so long, by its own word;
				   never above TTL_UNPROVEN_MAX from now on */
	bool is_late;		/* later than a ledger allowed; see
				   look/outside_all.h */
	char *detail;		/* OUTSIDE_UNSEEN: one phrase */
};

struct outside_owner {
	const char *name;
	struct outside_answer *answers;	/* one for each resolver */
	size_t count;
};

struct outside {
	struct outside_owner *owners;	/* as asked for */
	size_t count;
};

/*
 * Asks every resolver of CONFIG's `outside` for the TLSA records of OWNERS,
 * all in one batch. Called by look/outside_all.c, before a release and in
 * check: asked earlier it would put into their caches what is to leave them.
 * OWNERS must outlive the answers.
 */
void outside_ask(struct world *world, const struct config *config,
		 const char *const *owners, size_t n, struct outside *outside);
void outside_clear(struct outside *outside);
