/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/bounds.h"
#include "config/config.h"
#include "dns/message.h"

/*
 * Single DNS questions and what came of them, many at once; and a table of
 * those that go to a resolver, each asked once however many want to know.
 * Replies are kept as octets, for there may be very many, and are parsed
 * when they are looked at.
 */
struct lookup {
	const char *name;	/* canonical; must outlive the lookup */
	ldns_rr_type type;
	unsigned flags;		/* of message.h */
	struct address server;
	enum transport transport;
	/* Filled in: */
	bool asked;
	enum outcome outcome;
	int error;
	enum transport used;
	enum message_error malformed;
	unsigned rcode;		/* of a well-formed reply */
	bool bogus;		/* SERVFAIL from a resolver which answers when
				   it is not to validate */
	uint8_t *reply;		/* NULL unless a well-formed reply came */
	size_t reply_size;
};

/* Asks all of them in one batch; what an earlier one brought is forgotten. */
void lookups_ask(struct world *world, struct lookup *const *lookups,
		 size_t n);

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

/* ---- Resolvers --------------------------------------------------------- */

struct resolvers {
	struct address addresses[RESOLVERS_MAX];
	size_t count;
	bool unchecked;		/* where dnssec is off: they are not to
				   validate what they find */
};

/*
 * Those of the configuration, the first RESOLVERS_MAX; where it has none,
 * those of /etc/resolv.conf; where that has none, 127.0.0.1 (resolv.conf(5)).
 */
void resolvers_load(struct world *world, const struct config *config,
		    struct resolvers *resolvers);

/* Is the address this host's own (127.0.0.0/8 or ::1)? */
bool resolver_is_local(const struct address *address);

struct lookup_table {
	struct lookup *items;
	size_t count;
	size_t sorted_count;
};

/* Notes that NAME and TYPE are to be asked; the name is copied. */
void lookup_table_want(struct lookup_table *table, const char *name,
		       ldns_rr_type type);

/*
 * Asks what is wanted and was not asked yet: all of it at the first resolver,
 * what that has no useful reply for at the next. One batch as a rule; none
 * when there is nothing new. One more finds out whether what then fails is
 * BOGUS; the failure stays.
 */
void lookup_table_resolve(struct world *world,
			  const struct resolvers *resolvers,
			  struct lookup_table *table);

/* The lookup, after lookup_table_resolve(); NULL when it was never wanted. */
const struct lookup *lookup_table_find(const struct lookup_table *table,
				       const char *name, ldns_rr_type type);
void lookup_table_clear(struct lookup_table *table);
