/* SPDX-License-Identifier: MIT */
#pragma once

#include "cert/chains.h"
#include "config/config.h"
#include "decide/fitness.h"
#include "disk/links.h"
#include "dns/outside.h"
#include "state/state.h"

/*
 * All that a decision about one target may look at: look/ gathers it (the
 * disk in gather.c, what name servers and services say in survey_all.c and
 * probe_all.c, what other targets need in sharing.c), rollover.c reads it,
 * nobody changes it in between.
 */

/* What the other targets that use an owner have to do with it. */
struct others {
	/* The combinations that their configuration wants there; repeated
	 * where several want the same. The arrays are ours. */
	struct tlsa_params *params;
	size_t param_count;
	/* Records that they need there, in all combinations that stand there or
	 * that any target wants; UNKNOWN: one of them cannot tell. */
	struct tlsa_set needs;
	bool needs_unknown;
	/* Of the combinations wanted, those in which one of them has no record
	 * at all (no issuer, as a rule). */
	struct tlsa_params *lacks;
	size_t lack_count;
	/* They may have looked while this one was at rest. The array is ours.
	 * UNSEEN: the state of one of them cannot be read. */
	const struct ledger **ledgers;
	size_t ledger_count;
	bool unseen;
	bool unsettled;		/* one that wants records here is not settled
				   as it is configured now */
};

struct owner_facts {
	const char *owner;
	const char *alias, *via;	/* see alias.h */
	/* What the target's configuration wants here; none, and no ALIAS: it
	 * is no longer configured, but records of ours may stand there. */
	struct tlsa_params *params;
	size_t param_count;
	bool hides_wildcards;	/* the configuration allows it */
	/* Of this run's survey; NULL: not asked yet. */
	const struct survey_owner *seen;
	/* What resolvers elsewhere hold; NULL: not asked. */
	const struct outside_owner *outside;
	const struct ledger *ledger;
	/* What the state says we published here. */
	struct tlsa_set published;
	/* What any target published here and asked to be deleted: it may go
	 * at any moment, though the primary still shows it. */
	struct tlsa_set deleting;
	/* Of what the primary serves: records that are this target's to
	 * delete (published by it, or of a version of its own lineage, or
	 * published by another target and needed by both). */
	struct tlsa_set own;
	struct others others;
};

/* Clients ask there, as it is configured now. */
static inline bool owner_is_in_use(const struct owner_facts *owner)
{
	return owner->param_count || owner->alias;
}

/* What the services of a target present, where A shall be ("released"): the
 * worst that was seen, in this order. */
enum probe_verdict {
	PROBE_NOT_ASKED,	/* not since the links moved, in this run */
	PROBE_SAW_NEW,		/* every endpoint, of all ports: A */
	PROBE_UNSEEN,		/* all that could be asked: A; but some cannot
				   be, or there is none */
	PROBE_NO_ANSWER,	/* all that answered: A; some did not */
	PROBE_SAW_OLD,		/* one presents what may still be presented */
	PROBE_SAW_NEXT,		/* one presents what is not released yet */
	PROBE_SAW_OTHER,	/* one presents none of these */
};

struct facts {
	const struct config_target *target;
	int64_t now_ms;

	/* What this command may do. */
	bool local_only;	/* pre, init: links and nothing else */
	bool pin;		/* pre, or follow_live is off */
	bool may_rest;		/* links may go back to the live links */
	bool may_look;		/* at what is settled, once in a while */
	bool recreate;		/* init: foreign content is moved away */
	bool certbot_runs;
	struct ledger_rules rules;
	uint32_t record_ttl_seconds;	/* of RRsets that we begin */

	/* The disk. */
	struct chain *live;	/* NULL: see live_error, live_detail */
	unsigned live_number;
	enum version_error live_error;
	char *live_detail;
	struct links links;
	char *links_detail;
	int links_error;	/* negative errno: they could not be read, and
				   count as foreign */
	struct chain *shown;	/* what the links lead to; NULL: broken */
	struct chain *kept;	/* what was in service last, though the state
				   does not know it; see look/former.h. NULL:
				   nothing tells */
	bool links_lack;	/* some link that is wanted is not there or not
				   of this version, or one that is not wanted
				   is; or RELEASED is not held as it is to be */
	bool links_old;		/* they came back from a backup */
	bool shown_as_made;	/* our links were made for that, and not by
				   certbot under the number of another */
	unsigned released_number;	/* in the archive; 0: not there */
	bool released_held;
	struct chain *released;		/* NULL: not to be found anywhere */
	/* Live, or an older version whose wait was under way when certbot went
	 * on: B. NULL where there is none. */
	struct chain *next;
	unsigned next_number;	/* in the archive; 0: held */
	enum fitness fitness;	/* of what live shows; where it is not good
				   LIVE is NULL and this is UNFIT */
	struct chain *unfit;
	int disk_trouble;	/* negative errno: something about A, or what
				   the links show, could not be read, so nothing
				   may be called gone */

	/* The promises. */
	const struct state *state;
	struct chains presented;	/* as state->presented; NULL where the
					   version cannot be found any more */
	/* Held, so that they were in service, though the state knows nothing
	 * of that: it came back from a backup, or was lost. */
	struct chains returned;
	bool held_unread;	/* it could not be seen whether there are any */
	/* All of the archive that is complete, where no state tells what is in
	 * service, or that was guessed: it may be one of them. */
	struct chains former;
	bool former_more;	/* others there are not complete any more */
	bool config_settled;	/* state->settled_config is today's */
	bool looked_lately;	/* when all was settled, as `recheck` has it */

	/* DNS and services. */
	struct owner_facts *owners;
	size_t owner_count;
	char **names;			/* the texts of OWNERS */
	size_t name_count;
	enum transport surveyed;	/* valid where owners are seen */
	enum probe_verdict probe;
	char *probe_detail;
	bool reload_failed;		/* in this run */
};

void facts_clear(struct facts *facts);

/* The owner of this name, added where it is new; NAME is copied. */
struct owner_facts *facts_find_owner(struct facts *facts, const char *name);

/* Digest over what TARGET wants in DNS; changes when a record is added to
 * or taken from the configuration. Allocated, hexadecimal. */
char *facts_config_digest(const struct config_target *target);

/* What shall be presented in the end: live, or A where live is unusable.
 * NULL before adoption or when neither is there. */
struct chain *facts_goal(const struct facts *facts);

/* The number that CHAIN, one of those on the disk, has in the archive; 0: it is
 * not there. */
unsigned facts_number(const struct facts *facts, const struct chain *chain);

/* Chains that need records: all that may be presented, live, and what is
 * under way. The caller clears it; entries may be NULL. */
struct chains facts_chains(const struct facts *facts);
