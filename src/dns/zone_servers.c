/* SPDX-License-Identifier: MIT */
#include "dns/zone_internal.h"

#include "base/bounds.h"
#include "base/dns.h"
#include "base/xalloc.h"

#include <stdlib.h>

/* ---- The addresses of a host ------------------------------------------- */

void want_addresses(struct lookup_table *table, const struct texts *list)
{
	for (size_t i = 0; i < list->count; i++) {
		lookup_table_want(table, list->items[i], LDNS_RR_TYPE_A);
		lookup_table_want(table, list->items[i], LDNS_RR_TYPE_AAAA);
	}
}

/* Where the CNAMEs in the answer lead from HOST; allocated. */
static char *follow_aliases(const ldns_pkt *packet, const char *host)
{
	char *name = xstrdup(host);

	for (unsigned i = 0; i < ALIASES_MAX; i++) {
		ldns_rr_list *alias = message_records(
			packet, LDNS_SECTION_ANSWER, name, LDNS_RR_TYPE_CNAME);

		if (ldns_rr_list_rr_count(alias) > 0) {
			free(name);
			name = message_name(ldns_rr_rdf(
				ldns_rr_list_rr(alias, 0), 0));
		}
		ldns_rr_list_free(alias);
	}
	return name;
}

static void take_addresses(const struct lookup *lookup,
			   struct address **addresses, size_t *count)
{
	ldns_pkt *packet = lookup_packet(lookup);
	char *name = follow_aliases(packet, lookup->name);
	ldns_rr_list *records = message_records(packet, LDNS_SECTION_ANSWER,
						name, lookup->type);

	for (size_t i = 0; i < ldns_rr_list_rr_count(records); i++) {
		const ldns_rdf *rdf = ldns_rr_rdf(ldns_rr_list_rr(records, i),
						  0);
		struct address *address = array_push(*addresses, *count);

		must(address_from_bytes(ldns_rdf_data(rdf),
					ldns_rdf_size(rdf), PORT_DNS,
					address));
	}
	ldns_rr_list_free(records);
	free(name);
	ldns_pkt_free(packet);
}

static char *take_type(const struct lookup_table *table, const char *host,
		       ldns_rr_type type, struct address **addresses,
		       size_t *count)
{
	const struct lookup *lookup = lookup_table_find(table, host, type);
	char server[ADDRESS_TEXT_MAX];
	char *why, *text;

	invariant(lookup);
	if (lookup_is_useful(lookup)) {
		take_addresses(lookup, addresses, count);
		return NULL;
	}
	why = lookup_failure(lookup);
	text = xasprintf("resolver %s: %s for its %s records",
			 address_format(&lookup->server, server), why,
			 type == LDNS_RR_TYPE_A ? "A" : "AAAA");
	free(why);
	return text;
}

char *host_addresses(const struct lookup_table *table, const char *host,
		     struct address **addresses, size_t *count)
{
	char *failure, *more;

	*addresses = NULL;
	*count = 0;
	failure = take_type(table, host, LDNS_RR_TYPE_A, addresses, count);
	more = take_type(table, host, LDNS_RR_TYPE_AAAA, addresses, count);
	if (failure)
		free(more);
	else
		failure = more;
	if (!failure && *count > ADDRESSES_PER_NAME_MAX)
		failure = xasprintf("it has more than %d addresses",
				    ADDRESSES_PER_NAME_MAX);
	return failure;
}

static void resolve_one(const struct lookup_table *table, const char *host,
			uint16_t port, struct address **addresses,
			size_t *count)
{
	char *failure = host_addresses(table, host, addresses, count);

	/* Some of the addresses would pass for all of them. */
	if (failure || *count == 0) {
		free(failure);
		free(*addresses);
		*addresses = NULL;
		*count = 0;
	}
	for (size_t i = 0; i < *count; i++)
		(*addresses)[i].port = port;
}

void zone_resolve_hosts(struct world *world, const struct config *config,
			const char *const *hosts, size_t n, uint16_t port,
			struct address **addresses, size_t *counts)
{
	struct lookup_table table = { 0 };
	struct resolvers resolvers;

	resolvers_load(world, config, &resolvers);
	for (size_t i = 0; i < n; i++) {
		lookup_table_want(&table, hosts[i], LDNS_RR_TYPE_A);
		lookup_table_want(&table, hosts[i], LDNS_RR_TYPE_AAAA);
	}
	lookup_table_resolve(world, &resolvers, &table);
	for (size_t i = 0; i < n; i++)
		resolve_one(&table, hosts[i], port, &addresses[i], &counts[i]);
	resolvers_clear(&resolvers);
	lookup_table_clear(&table);
}

/* ---- The servers of a zone --------------------------------------------- */

/* HOST->name may be NULL. */
static void add_server(struct zone *zone, const struct zone_host *host,
		       unsigned role)
{
	struct zone_server *server = NULL;
	struct address address = host->address;

	if (address.port == 0)
		address.port = PORT_DNS;
	for (size_t i = 0; i < zone->server_count && !server; i++)
		if (address_equal(&zone->servers[i].address, &address))
			server = &zone->servers[i];
	if (!server && zone->server_count == ADDRESSES_PER_ZONE_MAX) {
		zone_fail(zone, ZONE_TOO_LARGE, "zone %s: its name servers "
			  "have more than %d addresses, and each has to be "
			  "asked; take some out", zone->name,
			  ADDRESSES_PER_ZONE_MAX);
		return;
	}
	if (!server) {
		server = array_push(zone->servers, zone->server_count);
		server->address = address;
		server->ignored = config_zone_ignores(zone->config, &address);
	}
	if (!server->name && host->name)
		server->name = xstrdup(host->name);
	server->roles |= role;
	zone_raise_ttl(&server->ttl_seconds, host->ttl_seconds);
	server->ttl_is_whole |= host->ttl_is_whole;
}

static int server_compare(const void *a, const void *b)
{
	const struct zone_server *one = a, *other = b;

	return address_compare(&one->address, &other->address);
}

static void sort_servers(struct zone *zone)
{
	if (zone->server_count)
		qsort(zone->servers, zone->server_count,
		      sizeof(*zone->servers), server_compare);
}

/* One name server, with what the resolver and, in GLUE, others say. */
static void add_name(struct zone *zone, const struct lookup_table *table,
		     const char *name, unsigned role,
		     const struct zone_hosts *glue)
{
	struct zone_host host = { .name = unconst(name) };
	struct address *addresses;
	size_t count, found = 0;
	char *failure = host_addresses(table, name, &addresses, &count);

	for (size_t i = 0; i < glue->count; i++) {
		if (!streq(glue->items[i].name, name))
			continue;
		add_server(zone, &glue->items[i], role);
		found++;
	}
	host_ttl(table, &host);
	for (size_t i = 0; i < count; i++) {
		host.address = addresses[i];
		add_server(zone, &host, role);
	}
	if (failure)
		zone_fail(zone, ZONE_SERVER_NO_ADDRESS, "zone %s: the "
			  "addresses of its name server %s cannot be known: "
			  "%s", zone->name, name, failure);
	else if (count + found == 0)
		zone_fail(zone, ZONE_SERVER_NO_ADDRESS, "zone %s: its name "
			  "server %s has no address; give it one or take it "
			  "out of the NS records", zone->name, name);
	free(failure);
	free(addresses);
}

static void add_names(const struct discovery *discovery,
		      struct zone_draft *draft)
{
	struct zone *zone = draft->zone;

	for (size_t i = 0; i < draft->referred.count; i++)
		add_name(zone, &discovery->table, draft->referred.items[i],
			 ZONE_SERVER_PARENT, &draft->glue);
	for (size_t i = 0; i < draft->child.count; i++)
		add_name(zone, &discovery->table, draft->child.items[i],
			 ZONE_SERVER_CHILD, &draft->glue);
}

/* ---- The primary ------------------------------------------------------- */

static bool is_primary(const struct zone *zone, const struct address *address)
{
	for (size_t i = 0; i < zone->primary_count; i++)
		if (address_equal(&zone->primaries[i].address, address))
			return true;
	return false;
}

/* NAME is as configured; HOST may be NULL. What is ignored is known, too. */
static void add_primary(struct zone *zone, const struct address *address,
			const char *name, const char *host)
{
	struct zone_primary *primary;

	if (zone->primary_count == PRIMARIES_MAX || is_primary(zone, address))
		return;
	add_server(zone, &(struct zone_host){
		.name = unconst(host), .address = *address,
	}, ZONE_SERVER_PRIMARY);
	if (config_zone_ignores(zone->config, address))
		return;
	primary = array_push(zone->primaries, zone->primary_count);
	primary->address = *address;
	primary->name = xstrdup(name);
}

static int compare_addresses(const void *a, const void *b)
{
	return address_compare(a, b);
}

/* The addresses of a host always in the same order. Returns why they cannot
 * be known, where *COUNT is 0. */
static char *add_primary_host(const struct discovery *discovery,
			      struct zone *zone, const char *name,
			      const char *host, size_t *count)
{
	struct address *addresses;
	char *failure = host_addresses(&discovery->table, host, &addresses,
				       count);

	if (*count)
		qsort(addresses, *count, sizeof(*addresses),
		      compare_addresses);
	for (size_t i = 0; i < *count; i++)
		add_primary(zone, &addresses[i], name, host);
	free(addresses);
	return failure;
}

/* Returns why nothing that NAME stands for is a primary, or NULL. */
static char *take_primary(const struct discovery *discovery,
			  struct zone *zone, const char *name)
{
	size_t before = zone->primary_count, found = 1;
	struct address address;
	char *host = primary_host(name, &address);
	char *failure = NULL, *text = NULL;

	if (host)
		failure = add_primary_host(discovery, zone, name, host,
					   &found);
	else
		add_primary(zone, &address, name, NULL);
	if (zone->primary_count == before)
		text = found ? xasprintf("%s is named by `ignore`", name) :
		       xasprintf("%s (%s) has no address%s%s", name,
				 zone->config && zone->config->primary_count ?
				 "as configured" : "MNAME of the SOA",
				 failure ? ": " : "", failure ? failure : "");
	free(failure);
	free(host);
	return text;
}

static void find_primaries(const struct discovery *discovery,
			   const struct zone_draft *draft)
{
	struct zone *zone = draft->zone;
	struct texts troubles = { 0 };
	char *all;

	for (size_t i = 0; i < draft->primaries.count; i++) {
		char *text = take_primary(discovery, zone,
					  draft->primaries.items[i]);

		if (text)
			texts_add(&troubles, text);
		free(text);
	}
	all = texts_join(&troubles);
	if (zone->primary_count) {
		zone->primary = zone->primaries[0].address;
		zone->primary_name = zone->primaries[0].name;
	} else {
		zone_fail(zone, ZONE_NO_PRIMARY, "zone %s: its primary %s; "
			  "set `primary` in the zone's section", zone->name,
			  all);
	}
	free(all);
	texts_clear(&troubles);
}

/* Somebody has to show what the world gets. */
static void need_servers(struct zone *zone)
{
	for (size_t i = 0; i < zone->server_count; i++)
		if (!zone->servers[i].ignored &&
		    !zone_server_is_hidden(&zone->servers[i]))
			return;
	for (size_t i = 0; i < zone->server_count; i++)
		zone->servers[i].roles |= ZONE_SERVER_EXTRA;
}

void draft_finish(const struct discovery *discovery, struct zone_draft *draft)
{
	struct zone *zone = draft->zone;
	const struct config_zone *config = zone->config;

	if (!zone_can_be_asked(zone))
		return;
	add_names(discovery, draft);
	for (size_t i = 0; config && i < config->also_ask_count; i++)
		add_server(zone, &(struct zone_host){
			.address = config->also_ask[i] }, ZONE_SERVER_EXTRA);
	find_primaries(discovery, draft);
	need_servers(zone);
	sort_servers(zone);
}

/* ---- Later additions --------------------------------------------------- */

static bool zone_knows(const struct zone *zone, const char *name)
{
	for (size_t i = 0; i < zone->server_count; i++)
		if (streq(zone->servers[i].name, name))
			return true;
	return false;
}

static void resolve_new(struct world *world, const struct config *config,
			struct zone *zone, const struct texts *fresh,
			const struct zone_hosts *hosts)
{
	struct lookup_table table = { 0 };
	struct resolvers resolvers;

	resolvers_load(world, config, &resolvers);
	want_addresses(&table, fresh);
	lookup_table_resolve(world, &resolvers, &table);
	for (size_t i = 0; i < fresh->count; i++)
		add_name(zone, &table, fresh->items[i], ZONE_SERVER_CHILD,
			 hosts);
	resolvers_clear(&resolvers);
	lookup_table_clear(&table);
	sort_servers(zone);
}

static void add_hosts(struct zone *zone, const struct zone_news *news)
{
	for (size_t i = 0; i < news->hosts.count; i++)
		add_server(zone, &news->hosts.items[i], ZONE_SERVER_CHILD);
	sort_servers(zone);
}

bool zones_extend(struct world *world, const struct config *config,
		  struct zone *zone, const struct zone_news *news)
{
	struct texts fresh = { 0 };
	size_t before = zone->server_count;

	if (!zone_can_be_asked(zone))
		return false;
	zone_raise_ttl(&zone->ns_ttl_seconds, news->ns_ttl_seconds);
	for (size_t i = 0; i < news->names.count; i++)
		if (!zone_knows(zone, news->names.items[i]))
			texts_add_once(&fresh, news->names.items[i]);
	limit_names(zone, &fresh);
	if (fresh.count > 0 && zone_can_be_asked(zone))
		resolve_new(world, config, zone, &fresh, &news->hosts);
	add_hosts(zone, news);
	texts_clear(&fresh);
	return zone->server_count > before;
}
