/* SPDX-License-Identifier: MIT */
#pragma once

#include "config/config.h"
#include "dns/message.h"
#include "tsig/tsig.h"

/*
 * Single DNS questions and what came of them, many at once. The survey asks
 * name servers with them, resolver.h resolvers. Replies are kept as octets,
 * for there may be very many, and are parsed when they are looked at.
 */
struct lookup {
	const char *name;	/* canonical; must outlive the lookup */
	ldns_rr_type type;
	unsigned flags;		/* of message.h */
	struct address server;
	enum transport transport;
	const char *key;	/* the path of a key: the question is signed
				   with it, and only a signed reply counts;
				   NULL: neither */
	/* Filled in: */
	bool asked;
	enum outcome outcome;
	int error;
	enum transport used;
	enum tsig_verdict tsig;	/* where there is a KEY */
	enum message_error malformed;
	unsigned rcode;		/* of a well-formed reply */
	bool bogus;		/* SERVFAIL from a resolver which answers when
				   it is not to validate */
	const char *disowned;	/* why the reply, which is gone, is no
				   resolver's word; or NULL */
	bool unkept;		/* lookup_unkeep() was here */
	uint8_t *reply;		/* NULL unless a well-formed reply came */
	size_t reply_size;
};

/* Asks all of them in one batch; what an earlier one brought is forgotten. */
void lookups_ask(struct world *world, struct lookup *const *lookups,
		 size_t n);

/*
 * The same for as many as there may be, some at a time. Of replies that could
 * take more than ROOM octets, were all like them, none is kept; but those that
 * are no larger than over UDP are.
 */
void lookups_ask_within(struct world *world, struct lookup *const *lookups,
			size_t n, size_t room);

/* The parsed reply, freed with ldns_pkt_free(); NULL when there is none. */
ldns_pkt *lookup_packet(const struct lookup *lookup);

/* NOERROR or NXDOMAIN came. */
bool lookup_is_useful(const struct lookup *lookup);

/*
 * Why there is no useful reply, one phrase, allocated: "no answer within
 * 5 s", "connection refused", "SERVFAIL", "the message is cut short".
 */
char *lookup_failure(const struct lookup *lookup);
void lookup_clear(struct lookup *lookup);

/* Drops a reply that there is no room for: it is as if none had come. */
void lookup_unkeep(struct lookup *lookup);
