/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/bounds.h"
#include "dns/lookup.h"

/*
 * What resolvers say: where zones begin and who serves them. Discovery wants
 * in a table what it needs to know of all its zones, and has it resolved in
 * one batch: each question is asked once however many want to know.
 */
struct resolvers {
	struct address addresses[RESOLVERS_MAX];
	size_t count;
	bool unchecked;		/* where dnssec is off: they are not to
				   validate what they find */
	char *unusable;		/* of lines of resolv.conf with an address that
				   is none here, the first; or NULL */
};

/*
 * Those of the configuration, the first RESOLVERS_MAX; where it has none,
 * those of /etc/resolv.conf; where that has none, 127.0.0.1 (resolv.conf(5)).
 */
void resolvers_load(struct world *world, const struct config *config,
		    struct resolvers *resolvers);

void resolvers_clear(struct resolvers *resolvers);

/*
 * What a person should know of the resolvers that will be asked, one line,
 * allocated: that of a line of resolv.conf which cannot be used, or that AD
 * comes from another host. NULL: nothing. For configtest and check.
 */
char *resolvers_warning(struct world *world, const struct config *config);

/* Is the address this host's own (127.0.0.0/8 or ::1)? */
bool resolver_is_local(const struct address *address);

/* What is asked of resolvers; sorted by name and type up to SORTED_COUNT. */
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
 * what that has no useful reply for at the next. The word of a server that is
 * no resolver (no RA), or that denies a DS because it serves the child, is
 * none (lookup->disowned), and what would take more memory than there is for
 * it is not kept (RESOLVING_SIZE_MAX). One batch as a rule, of very many
 * questions some; none when there is nothing new. One more finds out whether
 * what then fails is BOGUS; the failure stays.
 */
void lookup_table_resolve(struct world *world,
			  const struct resolvers *resolvers,
			  struct lookup_table *table);

/* The lookup, after lookup_table_resolve(); NULL when it was never wanted. */
const struct lookup *lookup_table_find(const struct lookup_table *table,
				       const char *name, ldns_rr_type type);
void lookup_table_clear(struct lookup_table *table);
