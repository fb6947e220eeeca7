/* SPDX-License-Identifier: MIT */
#pragma once

#include "decide/change.h"
#include "tsig/tsig.h"

/*
 * Guarded UPDATE messages (RFC 2136). Each change is a compare-and-swap: the
 * owner must be no CNAME and its TLSA RRset exactly the one SEEN, else
 * nothing is changed. Nobody's acceptance counts as publication: that is
 * what the next survey is for.
 */
enum update_verdict {
	UPDATE_NOT_SENT,	/* not asked yet, or another change of the
				   message made the server refuse it twice */
	UPDATE_DONE,
	UPDATE_RACED,		/* the RRset is not the one seen: look again */
	UPDATE_ALIAS,		/* the owner is a CNAME */
	UPDATE_REFUSED,		/* policy: the key has no right to the name */
	UPDATE_NOT_AUTHORITATIVE, /* not this server's zone, or not primary */
	UPDATE_NOT_IMPLEMENTED,	/* no dynamic update on this server */
	UPDATE_BAD_KEY,		/* key unknown, or not allowed here */
	UPDATE_BAD_SIGNATURE,	/* secret differs */
	UPDATE_BAD_TIME,	/* clocks differ: DETAIL says by how much */
	UPDATE_UNAUTHENTICATED,	/* a reply we cannot believe */
	UPDATE_SERVER_FAILED,	/* SERVFAIL, FORMERR and other rcodes */
	UPDATE_UNANSWERED,	/* sent, or perhaps sent, and no reply: it may
				   have been applied */
	UPDATE_UNREACHABLE,	/* surely not applied: no connection */
};

struct update_result {
	enum update_verdict verdict;
	bool doubtful;	/* sent twice, and perhaps done the first time: the
			   promise stays, whatever the verdict */
	char *detail;	/* one line for people: which server, what it said,
			   the likely cause in the server's own terms, what
			   to change where; caller frees */
};

struct update {
	const char *zone;
	struct address primary;
	const char *primary_name;	/* for messages; may be NULL */
	const struct zone_primary *primaries;	/* of the zone, in the order in
						   which they are tried; maybe
						   with the one above */
	size_t primary_count;
	size_t primaries_set;		/* so many `primary` lists */
	const struct tsig_key *key;
	const struct change *changes;
	size_t change_count;
	struct update_result *results;	/* one a change; filled in */
};

/*
 * Sends all updates at once, over TCP, one signed message per zone (more
 * where one would pass 64 KiB). Where a server refuses a message of several
 * changes, each is sent again by itself, so that one cannot hold up others.
 * Where no connection to PRIMARY came about, so that surely nothing was
 * applied, the other PRIMARIES are tried, and PRIMARY is the last that was.
 * What may have reached one is never sent to another: it is looked at first.
 */
void update_send(struct world *world, struct update *updates, size_t n);
