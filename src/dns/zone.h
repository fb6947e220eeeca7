/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/octets.h"
#include "base/text.h"
#include "config/config.h"
#include "tsig/tsig.h"
#include "world/world.h"

#include <ldns/ldns.h>

/*
 * Which zone holds an owner, and who serves that zone. A resolver is asked
 * for the way there (zone cut, names, addresses, DS); the delegation's own
 * NS set and glue come from the parent's servers directly. Nothing a
 * resolver says ever counts as confirmation.
 */
enum zone_server_role {
	ZONE_SERVER_PARENT = 1,		/* in the parent's referral */
	ZONE_SERVER_CHILD = 2,		/* in the zone's apex NS set */
	ZONE_SERVER_EXTRA = 4,		/* also_ask */
	ZONE_SERVER_PRIMARY = 8,	/* updates go here */
};

struct zone_server {
	struct address address;
	char *name;		/* of the NS record; NULL for configured ones */
	unsigned roles;
	bool ignored;		/* configured as dead: never waited for */
	bool refuses_key;	/* it answers, but not questions that are
				   signed with the zone's key */
	/* See zone_server_ttl_seconds(): */
	uint32_t ttl_seconds;	/* the longest of the address that was seen, */
	bool ttl_is_whole;	/* and not only by what a cache has left */
};

/* An address that updates may go to. */
struct zone_primary {
	struct address address;
	char *name;		/* as configured or SOA MNAME */
};

/* An address of a name server, said by somebody who serves its name. */
struct zone_host {
	char *name;
	struct address address;
	uint32_t ttl_seconds;
	bool ttl_is_whole;	/* the name is his own, and no glue */
};

struct zone_hosts {			/* at most ZONE_HOSTS_MAX */
	struct zone_host *items;
	size_t count;
};

/* What servers of the zone itself say about its servers, where they are to be
 * believed. */
struct zone_news {
	struct texts names;		/* in NS sets of the apex */
	uint32_t ns_ttl_seconds;	/* the longest of these */
	struct zone_hosts hosts;	/* within the zone */
};

enum zone_error {
	ZONE_OK,
	ZONE_NO_RESOLVER,	/* the resolver did not answer usefully */
	ZONE_NOT_FOUND,		/* no SOA above the owner */
	ZONE_INSECURE,		/* no DS, or no AD where it is required */
	ZONE_NO_SERVERS,	/* an empty NS set or no parent answered */
	ZONE_OTHER_SERVERS,	/* the parent delegates by other records than
				   NS, which may name more */
	ZONE_SERVER_NO_ADDRESS,	/* an NS name without any address */
	ZONE_NO_PRIMARY,	/* MNAME or `primary` has no address */
	ZONE_TOO_LARGE,		/* beyond the limits */
};

struct zone {
	char *name;			/* canonical */
	const struct config_zone *config;	/* or NULL */
	struct zone_server *servers;	/* sorted by address, no duplicates:
					   roles are joined */
	size_t server_count;
	uint32_t ns_ttl_seconds;	/* the longest of the parent's and the
					   zone's own NS set */
	struct zone_primary *primaries;	/* in the order in which they are
					   tried; none that is ignored */
	size_t primary_count;
	struct address primary;		/* of these the first; since a survey
					   the first that answered; family 0:
					   unknown */
	const char *primary_name;	/* of that; NULL: unknown */
	const char *key;		/* the path of that for questions to
					   the primary, set before a survey;
					   NULL: they are not signed */
	ldns_rr_list *ds;		/* from the resolver; may be empty. NULL
					   where nobody is to look into it: */
	struct octets ds_wire;		/* then as octets */
	bool authentic;			/* the resolver set AD on it */
	bool resolver_is_server;	/* of the zone above: it gave that by
					   its own authority */
	bool resolver_is_local;		/* AD from this host can be trusted */
	enum zone_error error;
	char *detail;			/* one clear line when not ZONE_OK:
					   what is wrong, what to do */
};

/*
 * For how long a resolver that was led to SERVER may go on asking it when it
 * has left the delegation: as long as it keeps the NS set of the parent or of
 * the zone, or the address, of which a day is assumed at least where only a
 * cache told it. The ledger remembers the longest. 0: not known.
 */
#define ZONE_TTL_IN_PART_SECONDS 86400U

static inline uint32_t
zone_server_ttl_seconds(const struct zone *zone,
			const struct zone_server *server)
{
	uint32_t ttl_seconds = server->ttl_seconds;

	if (server->name && !server->ttl_is_whole &&
	    ttl_seconds < ZONE_TTL_IN_PART_SECONDS)
		ttl_seconds = ZONE_TTL_IN_PART_SECONDS;
	return ttl_seconds > zone->ns_ttl_seconds ? ttl_seconds :
						    zone->ns_ttl_seconds;
}

struct zones {
	struct zone **items;
	size_t count;
	struct zone **of_owner;		/* per owner asked for; NULL when the
					   zone could not be found */
	char **owner_detail;		/* why, where of_owner is NULL */
	size_t owner_count;
};

/*
 * A primary that no client asks, for no delegation names it and nobody wants
 * it asked: it takes updates, and those who transfer from it are the proof. It
 * need not be signed, nor in step with the others.
 */
static inline bool zone_server_is_hidden(const struct zone_server *server)
{
	return server->roles == ZONE_SERVER_PRIMARY;
}

/*
 * Finds the zones of OWNERS (canonical names). All questions of a stage go
 * out at once: three batches as a rule (the way down and NS and DS through
 * the resolver; addresses; the parent's referral), one more where a zone
 * begins at a host itself or the resolver does not tell where, one where the
 * referral names servers not seen before, and one where it names servers in
 * the parent's own zone without their addresses. Of each owner it takes one
 * question, all others are about zones. Where `primary` names hosts
 * they are resolved on the way; all their addresses are primaries. Where every
 * other server is ignored a primary is asked as they would be
 * (ZONE_SERVER_EXTRA).
 */
void zones_discover(struct world *world, const struct config *config,
		    const char *const *owners, size_t owner_count,
		    struct zones *zones);

/*
 * Takes in what servers of the zone itself say (from a survey): resolves names
 * that are new, and adds their addresses, and those among the hosts, as
 * ZONE_SERVER_CHILD. True when servers were added.
 */
bool zones_extend(struct world *world, const struct config *config,
		  struct zone *zone, const struct zone_news *news);

/* Adds these address records of NAME, which are kept for TTL_SECONDS or what
 * they say, the longer; false: they are too many. */
bool zone_hosts_add(struct zone_hosts *hosts, const ldns_rr_list *records,
		    const char *name, uint32_t ttl_seconds, bool ttl_is_whole);
void zone_hosts_clear(struct zone_hosts *hosts);
void zone_free(struct zone *zone);
void zones_clear(struct zones *zones);

/* Are its servers known, so that they can be asked? Without a primary, too. */
bool zone_can_be_asked(const struct zone *zone);

/*
 * Asks the resolver for the A and AAAA addresses of HOSTS[i] (canonical
 * names), all at once. ADDRESSES[i] is allocated (or NULL), COUNTS[i] long.
 */
void zone_resolve_hosts(struct world *world, const struct config *config,
			const char *const *hosts, size_t n, uint16_t port,
			struct address **addresses, size_t *counts);
