/* SPDX-License-Identifier: MIT */
#pragma once

#include "disk/links.h"
#include "state/alarm_note.h"
#include "state/ledger.h"
#include "state/strangers.h"

#include <jansson.h>

/*
 * The durable promises of one target: one JSON file, targets/NAME.json in
 * the state directory, replaced as a whole. What is about to be done is
 * written before it is done; what has been done is looked up, not believed.
 */
#define STATE_SENT_MAX 1000000
struct state_record {			/* a record that we published */
	char *owner;
	struct tlsa record;
	bool deleting;			/* that was asked for, and may still
					   come, whatever the primary shows */
	unsigned sent;			/* how often what is so was accepted by
					   a primary that was not seen to show
					   it since; 0: it was */
	int64_t sent_ms;		/* the first time of these; 0 */
};

/*
 * How far the end of a target's management has come (`alnitak remove`), until
 * init begins it anew. Each is on the disk before what it promises is done; the
 * decision about it is in decide/rollover_remove.c.
 */
enum removal {
	REMOVAL_NONE,
	REMOVAL_DELETES,	/* the records go, and caches forget them */
	REMOVAL_KEEPS,		/* the records stay; the links shall lead to
				   held files, which nothing takes away */
	REMOVAL_LEAVES,		/* no cache has a record: the links shall lead
				   to live, whatever that shows */
	REMOVAL_DONE,		/* nothing is ours any more */
};

struct state {
	char *target;
	enum removal removal;
	bool transient;			/* stands in for a file that cannot be
					   used; never written */
	struct moment saved;		/* when it was last written */
	int64_t changed_ms;		/* when its file last was, as the file
					   system has it; 0: not known */
	bool outdated;			/* older than the links: so may be what
					   is held; not kept */
	bool restored;			/* state_check_file() found it to be a
					   copy, in this run; not kept */
	bool copied;			/* .. in some run, and since then
					   services were not told, nothing was
					   adopted and all was not done */
	/* The version the services shall present now. */
	bool has_released;
	struct fingerprint released;
	/* A release under way: the links are being moved to this version. */
	bool has_releasing;
	struct fingerprint releasing;
	/* Versions that some service may still present, RELEASED included. */
	struct fingerprint *presented;
	size_t presented_count;
	unsigned generation;		/* of the links, saved before they are
					   moved; see links.h */
	bool unproven;			/* adopted: services may present other
					   versions than these */
	bool guessed;			/* adopted, though nothing shows that
					   services were ever given RELEASED:
					   they are told to load it when caches
					   allow that, and not before */
	bool reload_due;		/* the links moved since the last reload
					   that succeeded */
	int64_t reloaded_ms;		/* when a reload last succeeded; 0 */
	int64_t proven_ms;		/* since when every probe saw RELEASED
					   everywhere, but, with `linger`, where
					   nobody can look; 0: not proven */
	struct state_record *published;
	size_t published_count;
	/* All done for this version under this configuration; see
	 * facts_config_digest(). */
	bool has_settled;
	struct fingerprint settled;
	char *settled_config;		/* hexadecimal digest, or NULL */
	uint32_t record_ttl_seconds;	/* as it was configured then; 0: not
					   known */
	unsigned retimed;		/* TTLs asked for since it is another */
	struct ledger **ledgers;
	size_t ledger_count;
	int64_t looked_ms;		/* when all of it was last seen to be
					   as settled; 0: never */
	int64_t locked_until_ms;	/* until when caches may hold a set
					   without a match for RELEASED that
					   was seen though it alone is
					   presented; 0 */
	/* A version whose records are published, and which waits for its
	 * release though live may show a later one. */
	bool has_pending;
	struct fingerprint pending;
	int64_t slow_ms;		/* when a program of its own last took
					   long, or hung; 0: the last did not.
					   See pass/turns.h */
	int64_t stalled_ms;		/* since when it waits for something
					   without a known end; 0 */
	int64_t spread_since_ms;	/* since when a record is published that
					   was not before, and not seen on every
					   server yet; 0: the last one was, */
	int64_t spread_first_ms;	/* so long after it was published on the
					   first that clients ask, and */
	int64_t spread_ms;		/* on the last */
	int64_t outside_ms;		/* since when a release waits for what
					   resolvers elsewhere say; 0 */
	struct strangers strangers;	/* services that may present what has
					   no record */
	bool squeezed;			/* the last save had to leave out what
					   ledgers know; not kept */
	struct alarm_note alarm;	/* why a person is needed, if so */
};

enum state_error {
	STATE_OK,
	STATE_ABSENT,		/* no file: a target not seen before */
	STATE_DAMAGED,		/* not what we write; DETAIL says where */
	STATE_FAILED,		/* an I/O error */
};

struct state *state_new(const char *target);
void state_free(struct state *state);

/* *STATE is the caller's on STATE_OK; *DETAIL is allocated or NULL. DIR is
 * the handle of the directory "targets". */
enum state_error state_load(struct world *world, int dir, const char *target,
			    struct state **state, char **detail);
/*
 * In place of a state that came back from a backup: what the services were
 * given since, and what caches may hold, is not in there, so it is as good as
 * lost. Only that records are ours stays true, and who the strangers are. Frees
 * OLD.
 */
struct state *state_new_from_old(struct state *old);
/* Its management is over: of STATE nothing stays but the target, generation,
 * alarm and what ledgers know of caches, for a time when it begins anew. */
void state_end(struct state *state);
/* Services follow live, or read files that nobody renews: no link of this
 * target is moved for a certificate any more, nor does it need a record. */
static inline bool state_is_left(const struct state *state)
{
	return state->removal >= REMOVAL_LEAVES;
}
/* On the disk when this returns 0; sets STATE->saved. What would be too large
 * to be read again is squeezed, see ledger_squeeze(); -EFBIG: that was not
 * enough, and the file stays as it was. */
int state_save(struct world *world, int dir, struct state *state);

/* The JSON codec, apart from files. */
json_t *state_to_json(const struct state *state);
enum state_error state_from_json(const json_t *json, struct state **state,
				 char **detail);

/*
 * Compares the clocks with those of the last save. Where they disagree, or
 * the machine has booted since and nothing steers the clock, all waits start
 * again; true then, and *WHY is a phrase for people (static).
 */
bool state_check_time(struct state *state, const struct moment *now,
		      const char **why);
/* The same of any two moments, and nothing but the answer. */
bool state_clocks_agree(const struct moment *then, const struct moment *now);

/*
 * Called once with a state that was just loaded. One whose file was written,
 * or put there, well after it was saved is a copy: from a backup, or edited.
 * Links may have come back with it, so that nothing else shows what services
 * were given since, and what name servers served. All waits start again and
 * services are told again; true then.
 */
bool state_check_file(struct state *state, int64_t now_ms);

bool state_is_presented(const struct state *state,
			const struct fingerprint *version);
void state_add_presented(struct state *state,
			 const struct fingerprint *version);
/* From now on only VERSION can be presented: it is proven. */
void state_set_presented(struct state *state,
			 const struct fingerprint *version);

void state_add_published(struct state *state, const char *owner,
			 const struct tlsa *record);
void state_remove_published(struct state *state, const char *owner,
			    const struct tlsa *record);
bool state_has_published(const struct state *state, const char *owner,
			 const struct tlsa *record);
/* What the state knows of it; NULL: it is not published. */
struct state_record *state_published(const struct state *state,
				     const char *owner,
				     const struct tlsa *record);
/* Notes of a published record whether its deletion was asked for. True: that
 * is news. */
bool state_set_deleting(struct state *state, const char *owner,
			const struct tlsa *record, bool deleting);
/* A primary accepted a published record, or its deletion. */
void state_note_sent(struct state *state, const char *owner,
		     const struct tlsa *record, int64_t now_ms);
/* The ledger for OWNER, made when new. */
struct ledger *state_ledger(struct state *state, const char *owner);
void state_drop_ledger(struct state *state, size_t index);
void state_drop_ledgers(struct state *state);
