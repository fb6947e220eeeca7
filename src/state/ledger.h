/* SPDX-License-Identifier: MIT */
#pragma once

#include "dns/survey.h"

/*
 * What caches may hold for one TLSA owner: every version of the answer that
 * any server address was seen to serve, with the longest time a cache may
 * keep it, and for every address when it last served (or may last have
 * served) each version. An address that answers for the first time may have
 * served anything before: that is the version LEDGER_UNKNOWN, which each
 * ledger has at index 0.
 *
 * For example: both servers serve {A} at 12:00. B's record is published; at
 * 12:01 the first serves {A B}, the second, with an older serial, {A} still;
 * at 12:03 both {A B}. (Without that serial the first might have served {A}
 * once more until 12:03.)
 *
 *	address		version	last served	TTL	in caches until
 *	192.0.2.1	{A}	12:01		300	12:06
 *			{A B}	12:03		300
 *	192.0.2.2	{A}	12:03		300	12:08
 *			{A B}	12:03		300
 *
 * {A} has no match for B. With a margin of 60 s no cache has it from 12:09 on.
 * But the first server left it at 12:01, which counts as the publication, and
 * with a ttl_factor of 2 that has to be 600 s ago: B is safe from 12:11 on.
 *
 * The decision asks that before it releases or deletes anything; surveys are
 * recorded as they come in; the state file keeps ledgers between runs.
 *
 * Pure: no clock, no input or output. Times are wall-clock milliseconds.
 */
enum ledger_kind {
	LEDGER_UNKNOWN,		/* whatever was served before we looked */
	LEDGER_SET,		/* a TLSA RRset */
	LEDGER_ABSENT,		/* no such RRset */
	LEDGER_ALIEN,		/* one too many to tell apart; in older states
				   alias or wildcard's set */
	LEDGER_ALIAS,		/* an alias of ALIAS */
};

struct ledger_version {
	enum ledger_kind kind;
	/* LEDGER_SET and LEDGER_ALIEN; of LEDGER_UNKNOWN one record of each
	 * combination that was served in former times. */
	struct tlsa_set set;
	char *alias;			/* LEDGER_ALIAS, else NULL */
	uint32_t ttl_seconds;		/* the longest seen */
};

#define LEDGER_NEVER INT64_MIN		/* no time */
#define LEDGER_LOOKS_ALIKE 4
#define LEDGER_SERIAL_UNKNOWN INT64_C(-1)	/* no serial */

struct ledger_address {
	struct address address;
	size_t current;			/* the version last seen there */
	int64_t serial;			/* of the zone then, or
					   LEDGER_SERIAL_UNKNOWN */
	/* Until it answers again: others answered after it did, which its
	 * times do not show since ledger_restart() made all of them one. */
	bool silent;
	/* In this watch it showed what it had before what it showed last: an
	 * older serial, or with the same one a version of before. So several
	 * machines answer there, in turn: what one look does not show any more
	 * counts as served until LEDGER_LOOKS_ALIKE in a row have shown the
	 * same, of which there were ALIKE after the first. */
	bool wavers;
	unsigned alike;
	int64_t departed_ms;		/* first missing from the delegation;
					   LEDGER_NEVER: it is in */
	/* For how long resolvers may go on asking it when it has left: the
	 * longest zone_server_ttl_seconds() seen; 0: not known. */
	uint32_t asked_seconds;
	/* Since then every look has shown less, this at the most, and so it was
	 * at the end of so many watches; LEDGER_NEVER: it is not so. */
	int64_t asked_since_ms;
	uint32_t asked_lately_seconds;
	unsigned asked_rests;
	int64_t *last_ms;		/* per version, or LEDGER_NEVER */
};

struct ledger {
	char *owner;
	struct ledger_version *versions;
	size_t version_count;
	struct ledger_address *addresses;
	size_t address_count;
	/* When a watch of it came to its end for the first time, or
	 * LEDGER_NEVER: what was there before anybody looked was gone then. */
	int64_t rested_ms;
	/* Since then every answer had this TTL, whoever gave it, and was so at
	 * the end of so many watches; LEDGER_NEVER: it is not so. */
	int64_t steady_ms;
	uint32_t steady_ttl_seconds;
	unsigned steady_rests;
	/* The longest there was before what all had for so long counted
	 * instead: a server that is new may have it still. 0: none. */
	uint32_t former_ttl_seconds;
	unsigned survey;	/* last taken in, of this run's; not kept */
	/* Each server numbers the zone for itself (`check_serial = no`): a
	 * serial tells nothing of others. Of this run; not kept. */
	bool own_serials;
};

struct ledger *ledger_new(const char *owner);
void ledger_free(struct ledger *ledger);

/* Finds or adds a version; returns its index. */
size_t ledger_add_version(struct ledger *ledger, enum ledger_kind kind,
			  const struct tlsa_set *set);
/* What is unknown may have the combinations of SET. */
void ledger_note_combinations(struct ledger *ledger,
			      const struct tlsa_set *set);
size_t ledger_add_alias(struct ledger *ledger, const char *alias);
struct ledger_address *ledger_add_address(struct ledger *ledger,
					  const struct address *address);

/*
 * Takes in what a survey saw that ended at NOW_MS, which counts as the time of
 * all its answers. The version an address served before may have been served
 * until now; so may, where it shows the same again, whatever was elsewhere
 * since. Addresses that are silent keep their place; addresses no longer
 * surveyed are departed, as is a primary that no client asks: no cache has
 * anything from there, but what it shows may come to the others from now on,
 * and be gone there before they answer again. One that has never told what it
 * serves is not in the ledger: the decision waits for it as long as it is in
 * the delegation, but a name that somebody made up, or a server that was never
 * there, costs nothing when it is gone.
 */
void ledger_record(struct ledger *ledger, const struct survey_owner *seen,
		   int64_t now_ms);

/*
 * Called before a release where a resolver elsewhere says that it holds SET
 * until UNTIL_MS. A server must have given it that as long before as SET has
 * for its TTL: where no address is known to have served it so late, the one
 * that had it last did so, at NOW_MS at the latest, and true. So what a
 * resolver says, true or not, is waited for no longer than what was served
 * until now.
 */
bool ledger_note_cached(struct ledger *ledger, const struct tlsa_set *set,
			int64_t until_ms, int64_t now_ms);

/*
 * Called with the promise to make SET of what an owner has, with TTL_SECONDS:
 * every server of the delegation may serve it from now on, until it is
 * seen to serve something else. Without that, what somebody else replaces
 * before the next look would be in caches and in no ledger.
 */
void ledger_note_sent(struct ledger *ledger, const struct tlsa_set *set,
		      uint32_t ttl_seconds, int64_t now_ms);

/* Called when the clock was found to be set or the machine to have booted
 * without a time service (state_check_time()), for then times say nothing:
 * every version ever seen at an address may have been served there until
 * NOW_MS. */
void ledger_restart(struct ledger *ledger, int64_t now_ms);

/* Called after each survey, so that ledgers stay small: lets go of versions
 * that no address serves and no cache can hold any more. An alias stays as
 * long as what is unknown may have been it; of a set the TTL and the
 * combinations do. Lets go as well of addresses that left the delegation, when
 * no resolver can ask them any more and no cache can hold what they served. */
struct ledger_rules;
void ledger_prune(struct ledger *ledger, const struct ledger_rules *rules,
		  int64_t now_ms);

/*
 * Called where a state would be too large to be read again. All that was seen
 * becomes one version that nothing matches, and is waited for as long as any of
 * it; where aliases led stays. Addresses that left are taken together.
 */
void ledger_squeeze(struct ledger *ledger);
/* So many octets it takes in the state's file, at the least. */
size_t ledger_written_size(const struct ledger *ledger);

/* No cache can hold anything of it: of an owner that is no longer configured
 * it can be dropped. */
bool ledger_is_past(const struct ledger *ledger,
		    const struct ledger_rules *rules, int64_t now_ms);

/* Has everything in caches been seen in service by us? What was there before
 * the first watch may have been of any combination, and be in caches still
 * when the first rest is over already. */
bool ledger_is_known(const struct ledger *ledger,
		     const struct ledger_rules *rules, int64_t now_ms);

/*
 * Called when a target settles: nobody surveys any more. Each address goes
 * back to "unknown", so that the next watch starts careful; the longest TTL
 * now served is kept as the TTL of "unknown", because whatever caches hold
 * then was served under at most that TTL. What was unknown before leaves its
 * own TTL and combinations only while a cache can still hold it. A TTL that
 * was lowered counts as soon as all of that was served with the lower one for
 * as long as caches may keep what had the higher.
 */
void ledger_unwatch(struct ledger *ledger, const struct ledger_rules *rules,
		    int64_t now_ms);

struct ledger_rules {
	/* For LEDGER_UNKNOWN at least this, unless it is known from an
	 * earlier watch how long caches keep what was served. */
	uint32_t ttl_floor_seconds;
	unsigned ttl_factor;
	unsigned margin_seconds;
};

/*
 * From when on no cache can hold a version without a match for CHAIN:
 *   every (address, version) without a match: last served + TTL + margin,
 *   and publication + ttl_factor TTLs,
 * where publication is the moment from which some address never again
 * served a version without a match. LEDGER_NEVER: nothing to wait for.
 */
struct ledger_test {
	/* NULL: one to come, of which nothing is known: only what has no record
	 * at all matches that. */
	const struct chain *chain;
	/* Whatever matched the certificates presented so far matches CHAIN
	 * too (same key). */
	bool unknown_matches;
	/* Where not NULL: only sets with one of these records count. */
	const struct tlsa_set *only;
	/* What the owner shall be an alias of, and then matches; or NULL. */
	const char *alias;
	/* Only aliases, and what may have been one, count. */
	bool only_aliases;
	/* What is unknown may have had a TTL as long as this. */
	uint32_t unknown_ttl_seconds;
};
/* Does a client that has VERSION find a match? */
bool ledger_is_match(const struct ledger_version *version,
		     const struct ledger_test *test);
int64_t ledger_safe_from(const struct ledger *ledger,
			 const struct ledger_test *test,
			 const struct ledger_rules *rules);

/*
 * The same with all that it follows from, for who has to explain or to prove
 * it: SAFE_MS is the latest of every UNTIL_MS and of
 * PUBLICATION_UNTIL_MS.
 */
struct ledger_term {			/* one (address, version) without */
	const struct ledger_address *at;
	const struct ledger_version *version;
	int64_t last_ms;		/* served there, at the latest */
	uint32_t ttl_seconds;		/* that counts for the version */
	int64_t until_ms;		/* LAST_MS + TTL + margin */
};

struct ledger_terms {
	struct ledger_term *items;	/* the caller's; they point into the
					   ledger */
	size_t count;
};

struct ledger_bound {
	int64_t safe_ms;		/* LEDGER_NEVER: nothing to wait for */
	int64_t publication_ms;		/* with that: INT64_MAX */
	uint32_t ttl_seconds;		/* the longest without a match */
	int64_t publication_until_ms;	/* PUBLICATION_MS and ttl_factor of
					   these; else LEDGER_NEVER */
};
/* TERMS is filled where it is not NULL. */
struct ledger_bound ledger_find_bound(const struct ledger *ledger,
				      const struct ledger_test *test,
				      const struct ledger_rules *rules,
				      struct ledger_terms *terms);

/* Is an alias of anything but ALIAS among the versions? */
bool ledger_has_other_alias(const struct ledger *ledger, const char *alias);

/* The longest TTL of any version, at least FLOOR_SECONDS. */
uint32_t ledger_ttl_max(const struct ledger *ledger, uint32_t floor_seconds);
