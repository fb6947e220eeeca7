/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/text.h"
#include "dns/resolver.h"
#include "dns/zone.h"

/*
 * What zone.c (the way down), zone_draft.c (the resolver's word),
 * zone_security.c (whether that is a chain of trust), zone_delegation.c (the
 * parent's word) and zone_servers.c (who is to be asked) share while zones are
 * looked for.
 */
/* The targets of the NS records of OWNER in SECTION; yields their longest
 * TTL. */
uint32_t texts_add_ns(struct texts *list, const ldns_pkt *packet,
		  ldns_pkt_section section, const char *owner);

/* A zone and what is needed only until it is complete. */
struct zone_draft {
	struct zone *zone;
	const char *parent;		/* the zone above, or "." */
	struct texts parent_ns;		/* who serves that */
	struct texts child;		/* the NS set, by the resolver */
	struct texts referred;		/* the parent's NS set */
	uint32_t ttl_max_seconds;	/* that counts of its word */
	char *otherwise;		/* by what else it delegates; NULL */
	struct zone_hosts glue;		/* addresses that the parent gives */
	struct texts primaries;		/* as configured, or SOA MNAME */
};

struct discovery {
	struct world *world;
	const struct config *config;
	struct resolvers resolvers;
	struct lookup_table table;
	struct zone_draft *drafts;
	size_t count;
};

/* Notes what is wrong with ZONE. The first fault stands, but that of a
 * missing primary, with which the rest can do, gives way. */
void zone_fail(struct zone *zone, enum zone_error error, const char *format,
	       ...) __attribute__((format(printf, 3, 4)));
/* More names than SERVERS_PER_ZONE_MAX are a fault. */
void limit_names(struct zone *zone, const struct texts *list);

/*
 * The deepest cut at NAME or above it; NULL where there is none. A name that
 * the resolver cannot tell about might be a cut: *FAILURE then says so.
 */
const char *find_cut(const struct lookup_table *table, const char *name,
		     char **failure);

/* "resolver ADDRESS: SERVFAIL for NAME SOA; check the resolver", allocated. */
char *resolver_failure(const struct lookup *lookup);

/* The lookup of TYPE at NAME when it has a useful reply; else NULL, and that
 * is what is wrong with ZONE. */
const struct lookup *want_reply(struct zone *zone,
				const struct lookup_table *table,
				const char *name, ldns_rr_type type);

/* Takes in the DS of ZONE, and where DNSSEC is required says why that is not
 * enough to prove anything with. */
void zone_check_security(const struct discovery *discovery,
			 struct zone *zone);

/* Takes in what the first batch says about ZONE: DS, primary, NS sets. */
void draft_begin(struct discovery *discovery, struct zone *zone);
void draft_want_addresses(struct discovery *discovery,
			  const struct zone_draft *draft);
void draft_clear(struct zone_draft *draft);

/* Wants the A and AAAA records of every name in LIST. */
void want_addresses(struct lookup_table *table, const struct texts *list);

/*
 * The addresses of HOST, through CNAMEs, port 53, with the answers in TABLE.
 * NULL, or why they cannot be known, one phrase, allocated; none at all is
 * no fault here.
 */
char *host_addresses(const struct lookup_table *table, const char *host,
		     struct address **addresses, size_t *count);

/* The TTL that counts may be as long as what resolvers keep at most. */
void zone_raise_ttl(uint32_t *ttl_seconds, uint32_t to_seconds);

/* The longest original TTL that signatures of TYPE at NAME give, where the
 * resolver found them good; 0: there is none. */
uint32_t zone_signed_ttl(const ldns_pkt *packet, const char *name,
			 ldns_rr_type type);

/* How long the addresses of HOST->name may be kept, with the answers in
 * TABLE. */
void host_ttl(const struct lookup_table *table, struct zone_host *host);

/* Asks servers of every draft's parent for the delegation, one batch, and for
 * addresses in their own zone that are not with it, one more. */
void delegations_ask(struct discovery *discovery);

/* The host that PRIMARY, of a draft, names; NULL: it is *ADDRESS. Allocated. */
char *primary_host(const char *primary, struct address *address);

/* Fills in the servers and the primaries. */
void draft_finish(const struct discovery *discovery,
		  struct zone_draft *draft);
