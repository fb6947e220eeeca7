/* SPDX-License-Identifier: MIT */
#pragma once

#include "sim.h"

struct scenario {
	const char *name;
	bool fresh;		/* no record in DNS yet */
	bool again;		/* renewed again while the first is pending */
	bool two;		/* two lineages in one renewal */
	bool apart;		/* ... or in two, one shortly after the other */
	bool pinned;		/* links never rest on those of certbot */
	bool by_link;		/* the file system cannot exchange */
	bool unheard;		/* a server does not answer us, and goes on
				   with the zone as it was, for an hour; where
				   an alias led by that, others have a record,
				   too */
	bool returns;		/* ... while it had, and lost, and has again
				   the new record */
	bool outlasts;		/* ... for so long that the ledger forgets what
				   the zone had then, with its TTL */
	bool departs;		/* a server leaves the delegation, and goes
				   on with the zone as it was */
	bool by_address;	/* ... and is asked for long because of its
				   address */
	bool behind;		/* ... or leaves it while a rollover is
				   pending, and then goes back */
	bool combination;	/* somebody's combination comes, and goes again
				   just before a renewal with the same key */
	bool signer;		/* nothing is signed anew for two hours */
	bool wiped;		/* one of two owners is emptied while two
				   certificates are in service */
	bool exec;		/* an external program publishes */
	bool glimpse;		/* both share an owner, and its TTL is raised
				   and lowered before the second looks */
	bool rests;		/* ... and lowered when the first is long at
				   rest, where nobody looks */
	bool divided;		/* they share an owner, and each wants other
				   combinations there */
	bool three;		/* there is a third one, never renewed */
	bool joins;		/* both share an owner with records of the first
				   one; no service uses the second before that
				   is called done */
	bool slips;		/* the first is released while the second waits,
				   and for that survey a server goes back */
	bool back;		/* renewed with the old key just after its
				   record was deleted */
	bool pruned;		/* during a rollover certbot renews without
				   hooks so often that it removes the files
				   of the certificate in service */
	bool issuer;		/* both share an owner that has the issuer's
				   record, too, and get another issuer */
	bool ails;		/* ... and then the second fails before its
				   disk was read, for an hour */
	bool crossed;		/* another issuer's certificate is sent above
				   the same leaf, whose issuer has a record */
	bool faster;		/* renewals that come faster than caches let
				   go: some certificate of them must come into
				   service, and the set must stay bounded */
	bool outpaced;		/* ... and faster than certbot clears away: what
				   waits for its turn is gone before */
	bool goes_back;		/* live shows an older version again, */
	bool expired;		/* ... which has expired */
	bool retimed;		/* record_ttl is raised, and lowered, at rest */
	bool edited;		/* all records there are replaced at rest */
	bool stranger;		/* before the first record a second machine has
				   somebody else's certificate */
	bool promised;		/* ... that comes when a command has noted what
				   it would publish, and was killed */
	bool wildcard;		/* before the first record one of somebody's
				   answers there, for a while */
	bool dies;		/* a server that goes on with the zone as it was
				   dies, and is ignored then, when all others
				   were waited for */
	bool machines;		/* two behind one address, in turn, one of which
				   has the old zone for long */
	bool alias;		/* the owner is one, and leads elsewhere while
				   the release is waited for */
	bool second;		/* a second host of the same name begins
				   without records, then with some of those
				   that are wanted, and renews when we do */
	bool view;		/* resolvers elsewhere still see the zone as it
				   was, long after all its servers changed */
	bool hanging;		/* ... and no service answers in time */
	bool emptied;		/* all records there go while a release is
				   waited for, and come back */
	bool removed;		/* the management of all ends, */
	bool midway;		/* ... while a release is waited for */
	bool together;		/* ... and both share an owner */
	bool astray;		/* a service reads live while a release waits */
	bool loads_late;	/* of two services one cannot be seen, and the
				   other loads what it is told to much later */
	unsigned lost;		/* at rest all this is, see sim_backup.h, and
				   certbot renews without hooks; or so often,
				   when live GOES_BACK and that is released,
				   that its files are gone, too */
	bool unread;		/* ... and once more, with hooks, while the
				   state cannot be read */
	bool put_back;		/* a backup of before the renewal is put back,
				   in which LOST is not */
	bool led_back;		/* both share an owner, which is emptied at
				   rest, and links and own records of the
				   second come back from before a renewal */
	bool mute;		/* ... while a server does not answer */
	bool plain;		/* what it shows hangs on no point: never
				   enumerated */
	bool later;		/* only when it is asked for by its name */
	bool hidden;		/* a server takes a version while we cannot
				   ask it, and keeps it long */
};

/* Until all is done; fails a run in which that never comes. */
void scenario_wait(struct sim *sim);
/* certbot renews the one, the other, or both. */
void scenario_renew(struct sim *sim, bool first, bool second);
void scenario_renew_unhooked(struct sim *sim);
/* So often that the archive loses what is there; no command is called
 * meanwhile. */
void scenario_prune(struct sim *sim);
/* What happens when all is done. */
void scenario_rest(struct sim *sim, const struct scenario *scenario);

void setup_random(struct sim *sim);
void setup_scenario(struct sim *sim, const struct scenario *scenario);

/*
 * The bound, of every run: when all works again and certbot has renewed, so
 * many runs of the timer later all is done. A tick is no shorter than a 200th
 * of the longest rollover there can be.
 */
#define TICKS 220

/* The services start, and the program is installed. */
void run_begin(struct sim *sim);
void run_finish_certbot(struct sim *sim);
/* Some runs, and one or two more where the last was killed and so said nothing.
 * It must have failed, because of WHY. */
void run_await_failing(struct sim *sim);
void run_want_failing(struct sim *sim, const char *why);
/* A person asks for the removal of every target until it was heard; the timer
 * does the rest. */
void run_remove_all(struct sim *sim);

/* The whole run; false: it failed. */
bool run_seed(struct sim *sim);
/* A rollover that nothing disturbs, and what it was reckoned to take; false: it
 * was not right within a timer period. */
bool run_forecast(struct sim *sim);
bool run_scenario(struct sim *sim, const struct scenario *scenario);
