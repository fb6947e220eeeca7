/* SPDX-License-Identifier: MIT */
#pragma once

#include "decide/change.h"
#include "decide/owner.h"

/*
 * The decision: what is the next thing to do for one target, given the
 * facts. run/run.c asks after every gathering and has the action carried out;
 * status and check ask to say it. Pure: no input, no output, no clock.
 *
 * A is the version the services present ("released"), B the one certbot's
 * live links show. In order: the links lead where they should; a due reload
 * is made; DNS is looked at; records missing for A or B are published; B is
 * released when no cache can hold a set without a match for it; the services
 * are proven to present B; records only A needed are deleted. What is settled
 * goes the same way again once in a while, to see that it still is.
 *
 * Where the target is being removed the way ends otherwise: see
 * rollover_remove.c.
 *
 * Where certbot renews faster than caches forget, B stays under way though
 * live shows C by then, and C has its turn after it; what came between never
 * goes into service, and its records are deleted.
 */
enum step {
	STEP_NOTHING,		/* at rest; nothing to do */
	STEP_WAIT,		/* as planned; REASON says for what */
	STEP_STUCK,		/* a person is needed; REASON says why */
	STEP_ADOPT,		/* take what is shown (else live) as A; behind
				   links at rest, what was in service last; or
				   A once more, with all that services may have
				   been given since the state was written */
	STEP_LINKS,		/* move the links to LINKS: version A */
	STEP_ACCEPT,		/* the links show B: its release was done */
	STEP_SURVEY,		/* ask every server, over TRANSPORT */
	STEP_PUBLISH,		/* make CHANGES: records are missing */
	STEP_RELEASE,		/* move the links to LINKS: version B */
	STEP_RELOAD,
	STEP_PROBE,
	STEP_PROVEN,		/* note that every service presented B */
	STEP_SHED,		/* A can no longer be presented */
	STEP_RETIRE,		/* make CHANGES: records are not needed */
	STEP_RETIME,		/* make CHANGES: the TTL shall be another */
	STEP_SETTLE,		/* note that all is done */
	STEP_LEAVE,		/* note that no cache has a record any more */
	STEP_FOLLOW,		/* move the links to LINKS: live, for good */
	STEP_REMOVED,		/* note that the target is no longer managed */
};

static inline bool step_changes_dns(enum step step)
{
	return step == STEP_PUBLISH || step == STEP_RETIRE ||
	       step == STEP_RETIME;
}

/* Services may load another certificate after it. */
static inline bool step_moves_links(enum step step)
{
	return step == STEP_ADOPT || step == STEP_LINKS ||
	       step == STEP_ACCEPT || step == STEP_RELEASE;
}

enum reason {
	REASON_NONE,
	REASON_CERTBOT_WRITES,	/* live is incomplete while certbot runs */
	REASON_LIVE_BROKEN,	/* live is not a usable version */
	REASON_LINKS_FOREIGN,	/* the dane directory holds other things */
	REASON_DISK,		/* something about A cannot be read */
	REASON_LOST,		/* A's files are nowhere, and no B */
	REASON_STATE,		/* the links show nothing, and what they should
				   show stands in a state that is unusable */
	REASON_NO_ISSUER,	/* the chain has no record of a kind that
				   OWNER needs: no issuer, as a rule */
	REASON_ZONE,		/* who serves OWNER could not be found out */
	REASON_PRIMARY,		/* the primary does not say what it serves */
	REASON_ALIAS,		/* OWNER is an alias that is not followed */
	REASON_WILDCARD,	/* a record at OWNER would hide a wildcard */
	REASON_PUBLISHED,	/* accepted, but the primary does not show it */
	REASON_RACED,		/* the primary holds something else than it
				   shows, or did whenever updates came */
	REASON_SERVER,		/* SIGHTING is not there yet */
	REASON_CACHES,		/* until UNTIL_MS */
	REASON_OLD_ALIAS,	/* until UNTIL_MS: caches may hold what OWNER
				   was, an alias of where records must stay */
	REASON_RELOAD,		/* the reload failed; it will be repeated */
	REASON_PROBE,		/* a service presents something else */
	REASON_UNSEEN,		/* a port cannot be probed, and no linger */
	REASON_BLIND,		/* neither reload nor probe nor linger */
	REASON_LINGER,		/* until UNTIL_MS: old connections, roll-back */
	REASON_REMAINS,		/* own records cannot be deleted safely */
	REASON_TIME,		/* this command's time is over */
	REASON_PIECES,		/* OWNER needs several records at once, but
				   they are published one by one */
	REASON_DELETING,	/* our own deletion there may still come */
	REASON_OTHERS,		/* what another target needs at OWNER, or saw
				   there, is not known */
	REASON_DENIED,		/* a combination wanted at OWNER would begin in
				   which another target has no record */
	REASON_UNFIT,		/* live must not go into service */
	REASON_STRANGER,	/* OWNER has no record yet, and a service there
				   presents none of ours */
	REASON_UNANSWERED,	/* .. and one there, which may be such, is
				   silent; until UNTIL_MS at most */
	REASON_ASTRAY,		/* a service presents what it should not yet,
				   or nothing of ours; UNTIL_MS as it was */
	REASON_LOCKED_OUT,	/* until UNTIL_MS: caches may hold a set without
				   a match for what is in service */
	REASON_SIGNATURE,	/* SIGHTING's signature ends soon */
	REASON_UNDELETED,	/* SIGHTING has, or may have, a record still */
	REASON_LEFT_ALONE,	/* records of others, or of a wildcard, would be
				   left at OWNER, and not match what certbot
				   makes */
	REASON_REMOVED,		/* it is no longer managed */
	REASON_OUTSIDE,		/* OUTSIDE contradicts what the servers say, or
				   was not looked at */
};

struct action {
	enum step step;
	enum reason reason;
	enum transport transport;	/* STEP_SURVEY */
	struct links links;		/* STEP_LINKS, STEP_RELEASE,
					   STEP_FOLLOW */
	const struct chain *chain;	/* STEP_ADOPT, STEP_RELEASE,
					   STEP_FOLLOW: which */
	const struct chain *beside;	/* STEP_ADOPT: what services may present
					   as well, or NULL */
	bool guesses;			/* STEP_ADOPT: nothing shows that
					   services were ever given CHAIN */
	int64_t until_ms;		/* 0: not known */
	bool until_moves;		/* each look makes it later, until a
					   run notes what is seen: set by who
					   only looks */
	const struct owner_facts *owner;	/* of the reason, or NULL */
	const struct sighting *sighting;	/* REASON_SERVER,
					   REASON_UNDELETED */
	const struct outside_answer *outside;	/* REASON_OUTSIDE */
	/* STEP_PUBLISH, STEP_RETIRE, STEP_RETIME: one an owner, all at once,
	 * with REASON_PUBLISHED where the one of OWNER was sent more than once
	 * and not seen; REASON_PIECES: the one that cannot be. */
	struct changes changes;
};

/* OWNER, SIGHTING, OUTSIDE and CHANGES point into the facts and what was seen;
 * the caller clears the action before these. */
struct action rollover_next(const struct facts *facts);
void action_clear(struct action *action);

/* For who notes that all is done: where record_ttl changed, an owner whose
 * records did not follow; or NULL. */
const struct owner_facts *rollover_find_untimed(const struct facts *facts);

/*
 * How long A may be presented after the services were seen to present B, or
 * were told to where nobody can see: STEP_SHED waits until UNTIL_MS, and
 * `explain` and the journal show what that follows from.
 */
struct shedding {
	bool is_seen;
	int64_t from_ms;	/* seen, or told, then */
	int64_t linger_ms;	/* as configured */
	int64_t grace_ms;	/* the longest TTL of the owners */
	int64_t until_ms;	/* FROM_MS and the longer of these two */
};
struct shedding rollover_find_shedding(const struct facts *facts);

/* The certificate in service expires before the wait can end (or has). */
bool rollover_is_too_late(const struct facts *facts,
			  const struct action *action);
