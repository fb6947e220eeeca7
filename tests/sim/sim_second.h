/* SPDX-License-Identifier: MIT */
#pragma once

#include "sim_dns.h"

/* So many certificates of it in one run. */
#define SECOND_CERTS_MAX 12

/*
 * A second host of the same name, of which no configuration here knows: it
 * presents certificates of its own at an address of its own, and publishes
 * their records at one of our owners.
 */
struct second {
	bool is_there;
	int owner;
	const struct cert *issued[SECOND_CERTS_MAX];
	size_t issued_count;
	const struct cert *presented, *next;	/* next: renewed, or NULL */
	bool is_narrow;		/* publishes the first combination that is
				   configured here alone */
	bool is_seen;		/* our probes look at its address, too */
	int64_t begins_ms;	/* without records until then */
	int64_t next_ms;	/* when it looks around */
};

/* Whether there is one, drawn; or it is, from now on, and publishes nothing
 * before it is told to go on. */
void second_draw(struct sim *sim);
void second_open(struct sim *sim, int owner);
/* It looks at the zone: adds what it lacks, takes away what it does not need,
 * or presents what all caches have a record for. */
void second_event(struct sim *sim);
void second_renew(struct sim *sim);
/* With a first record; then with all, and our probes look elsewhere. */
void second_go_on(struct sim *sim);
/* It stays as it is, with all records that it needs; and so do our probes. */
void second_end(struct sim *sim);

/* Is RR of OWNER about one of its certificates? */
bool second_has(const struct sim *sim, int owner, const struct rr *rr);
/* Does TARGET's probe see that somebody else presents something there? */
bool second_is_seen(const struct sim *sim, const struct target *target);
/* Until it presents what it renewed last, and no other record of its own
 * stands. */
void second_await(struct sim *sim);
/* It is seen, and lacks a record in what is configured at its owner. */
bool second_bars(struct sim *sim);
