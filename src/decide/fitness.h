/* SPDX-License-Identifier: MIT */
#pragma once

#include "cert/chain.h"
#include "config/config.h"

/*
 * May what certbot shows go into service in the place of what is there? That
 * its files are complete, disk/version.c has seen to; this is about what
 * clients make of it. certbot goes back to an older version when a renewal
 * fails half way, and a person can put anything there. look/gather.c asks
 * before a version becomes the goal; for one that is not fit no record is
 * published, and the links stay. Pure.
 */
enum fitness {
	FITNESS_GOOD,
	FITNESS_REFUSED,	/* clients that rely on a record of usage 2
				   would not take it (cert/dane.h) */
	FITNESS_EARLY,		/* it is not valid yet */
	FITNESS_EXPIRED,
	FITNESS_OLDER,		/* it expires before the one in service, which
				   is good for long */
};

/* RELEASED is what it would replace; NULL: not known. What RELEASED fails in
 * as well is no reason to keep that. */
enum fitness fitness_judge(const struct chain *chain,
			   const struct chain *released,
			   const struct config_target *target, int64_t now_ms);

/* As far as dates go: for one that was judged in full before its record was
 * published, since that takes time. */
enum fitness fitness_judge_dates(const struct chain *chain,
				 const struct chain *released, int64_t now_ms);

/* What is wrong with CHAIN, in words for after its name: "is not for mx.test,
 * ..". Allocated. */
char *fitness_text(enum fitness fitness, const struct chain *chain,
		   const struct chain *released,
		   const struct config_target *target, int64_t now_ms);
