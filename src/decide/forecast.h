/* SPDX-License-Identifier: MIT */
#pragma once

#include "decide/facts.h"

/* alnitak.timer: five minutes after the last run, and up to half a one more. */
#define FORECAST_TIMER_MS INT64_C(330000)

/*
 * How long a rollover takes where nothing goes wrong, and whether certbot
 * leaves that much of the certificate. Nothing is decided on it: configtest
 * and check say it before the first renewal, and a run when a rollover begins
 * that cannot end in time. Pure.
 *
 * What is over is seen by the next run, and nobody knows when that comes: of a
 * period the half is reckoned, so that the end is no more than half a one
 * earlier or later. What is waited for from one run on ends with a run.
 *
 * For example, with a TTL of an hour, ttl_factor 2, a margin of two minutes,
 * and a timer every ten minutes, where the last server has the new record
 * twelve minutes after the first: a run sees that after 17 minutes, and no
 * cache lacks the record after 17 + 60 + 2; two TTLs are 120, which is more.
 * The run after that is at 125. Old records stay another hour, which the run at
 * 185 sees, and are gone from the last server twelve minutes later, at 197.
 */
struct forecast_terms {
	int64_t servers_ms;	/* until the last server has it, */
	int64_t first_ms;	/* and the first one that clients ask: from then
				   on the TTLs of ttl_factor count. 0 where the
				   primary is one; as late as the last where
				   check_serial is off */
	/* Where records change: */
	int64_t ttl_ms;		/* the longest that is served now, */
	int64_t before_ms;	/* and that caches may have from before */
	int64_t grace_ms;	/* the longest that is known of anywhere: old
				   records stay so long */
	int64_t margin_ms;
	int64_t linger_ms;
	int64_t timer_ms;	/* from one run to the next */
	unsigned ttl_factor;
	/* From the publication on. */
	int64_t left_ms;	/* until the old certificate ends */
	int64_t again_ms;	/* until the next rollover begins */
};

enum forecast_verdict {
	FORECAST_FITS,
	FORECAST_OVERLAPS,	/* the next begins before this one has ended,
				   but each certificate has its turn in time */
	FORECAST_TOO_LATE,	/* the old certificate ends before */
};

/* What would shorten it most; or ttl_factor, where it is higher than usual and
 * that is all. */
enum forecast_remedy {
	FORECAST_TTL, FORECAST_FACTOR, FORECAST_MARGIN, FORECAST_LINGER,
	FORECAST_SERVERS, FORECAST_TIMER, FORECAST_REMEDIES
};

struct forecast {
	int64_t confirmation_ms;	/* until a run sees it everywhere */
	int64_t caches_ms;		/* then, until caches let go */
	int64_t release_ms;		/* then, until a run sees that */
	int64_t linger_ms;		/* then, until old records are
					   deleted */
	int64_t deletion_ms;		/* and until every server shows that */
	int64_t in_service_ms;		/* the first three together */
	int64_t end_ms;			/* all of them */
	enum forecast_verdict verdict;
	enum forecast_remedy remedy;	/* where it does not fit */
};

struct forecast forecast_reckon(const struct forecast_terms *terms);

/*
 * What certbot leaves of a certificate that is valid for LIFETIME_MS when it
 * has the next one: 4 and later begin with a third left, or half of what is
 * valid for less than ten days (2 and 3 with thirty days, which is no less);
 * ARI of Let's Encrypt says about the same. It is called twice a day.
 */
int64_t forecast_left_ms(int64_t lifetime_ms);

/* Of TARGET as configured, where nothing is known of name servers: CHAIN is
 * what certbot shows. */
struct forecast_terms forecast_terms_of(const struct config *config,
					const struct config_target *target,
					const struct chain *chain);
/*
 * .. and with what the ledgers have: TTLs, and the servers as they were
 * seen when records were last published. BEGINS: a rollover does so now, and
 * what is left of the certificate in service counts, else what certbot leaves
 * as a rule. Runs come every TIMER_MS. False: there is no certificate.
 */
bool forecast_terms_find(const struct facts *facts, bool begins,
			 int64_t timer_ms, struct forecast_terms *terms);
/*
 * Asked after each look while that is not known of what was published last: do
 * all servers have what shall be in service in the end? Then *FIRST_MS is when
 * the first of them was seen to have it, as far as caches are concerned. How
 * long both took is what the next forecast has of the servers.
 */
bool forecast_is_everywhere(const struct facts *facts, int64_t *first_ms);
