/* SPDX-License-Identifier: MIT */
#include "dns/zone_internal.h"

#include "base/bounds.h"
#include "base/name.h"
#include "base/xalloc.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- Lists of names ---------------------------------------------------- */

void zone_raise_ttl(uint32_t *ttl_seconds, uint32_t to_seconds)
{
	if (to_seconds > TTL_UNPROVEN_MAX)
		to_seconds = TTL_UNPROVEN_MAX;
	if (*ttl_seconds < to_seconds)
		*ttl_seconds = to_seconds;
}

uint32_t texts_add_ns(struct texts *list, const ldns_pkt *packet,
		      ldns_pkt_section section, const char *owner)
{
	ldns_rr_list *records = message_records(packet, section, owner,
						LDNS_RR_TYPE_NS);
	uint32_t ttl_seconds = 0;

	for (size_t i = 0; i < ldns_rr_list_rr_count(records); i++) {
		const ldns_rr *rr = ldns_rr_list_rr(records, i);
		char *name = message_name(ldns_rr_rdf(rr, 0));

		texts_add_once(list, name);
		zone_raise_ttl(&ttl_seconds, ldns_rr_ttl(rr));
		free(name);
	}
	ldns_rr_list_free(records);
	return ttl_seconds;
}

/* ---- Zones ------------------------------------------------------------- */

void zone_fail(struct zone *zone, enum zone_error error, const char *format,
	       ...)
{
	va_list arguments;
	char *text = NULL;

	if (!zone_can_be_asked(zone) ||
	    (zone->error != ZONE_OK && error == ZONE_NO_PRIMARY))
		return;
	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) < 0)
		text = xstrdup("out of memory");
	va_end(arguments);
	free(zone->detail);
	zone->detail = text;
	zone->error = error;
}

bool zone_can_be_asked(const struct zone *zone)
{
	return zone->error == ZONE_OK || zone->error == ZONE_NO_PRIMARY;
}

void limit_names(struct zone *zone, const struct texts *list)
{
	if (list->count > SERVERS_PER_ZONE_MAX)
		zone_fail(zone, ZONE_TOO_LARGE, "zone %s: it or its parent "
			  "has more than %d name servers, and each has to be "
			  "asked; take some out of the NS records",
			  zone->name, SERVERS_PER_ZONE_MAX);
}

void zone_free(struct zone *zone)
{
	for (size_t i = 0; i < zone->server_count; i++)
		free(zone->servers[i].name);
	free(zone->servers);
	free(zone->name);
	for (size_t i = 0; i < zone->primary_count; i++)
		free(zone->primaries[i].name);
	free(zone->primaries);
	free(zone->detail);
	ldns_rr_list_deep_free(zone->ds);
	octets_clear(&zone->ds_wire);
	free(zone);
}

void zones_clear(struct zones *zones)
{
	for (size_t i = 0; i < zones->count; i++)
		zone_free(zones->items[i]);
	for (size_t i = 0; i < zones->owner_count; i++)
		free(zones->owner_detail[i]);
	free(zones->items);
	free(zones->of_owner);
	free(zones->owner_detail);
	memset(zones, 0, sizeof(*zones));
}

/* Where NAME is or belongs among the sorted zones. */
static size_t zones_place(const struct zones *zones, const char *name)
{
	size_t low = 0, high = zones->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(zones->items[middle]->name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct zone *zones_get(struct zones *zones, const struct config *config,
			      const char *name)
{
	size_t at = zones_place(zones, name);
	struct zone *zone;

	if (at < zones->count && streq(zones->items[at]->name, name))
		return zones->items[at];
	zone = xcalloc(1, sizeof(*zone));
	zone->name = xstrdup(name);
	zone->config = config_find_zone(config, name);
	zone->ds = ldns_rr_list_new();
	invariant(zone->ds);
	(void)array_push(zones->items, zones->count);
	memmove(&zones->items[at + 1], &zones->items[at],
		(zones->count - 1 - at) * sizeof(struct zone *));
	zones->items[at] = zone;
	return zone;
}

/* ---- The way down ------------------------------------------------------ */

static void want_ancestors(struct lookup_table *table, const char *owner)
{
	for (const char *name = owner; !streq(name, ".");
	     name = name_parent(name)) {
		lookup_table_want(table, name, LDNS_RR_TYPE_SOA);
		lookup_table_want(table, name, LDNS_RR_TYPE_NS);
		lookup_table_want(table, name, LDNS_RR_TYPE_DS);
	}
}

/*
 * Is there a zone cut at NAME? Only a SOA of that very name in the answer
 * says so; for an alias the answer may hold that of another zone.
 */
static bool is_cut(const struct lookup *soa)
{
	ldns_pkt *packet = lookup_packet(soa);
	ldns_rr_list *records = message_records(packet, LDNS_SECTION_ANSWER,
						soa->name, LDNS_RR_TYPE_SOA);
	bool cut = ldns_rr_list_rr_count(records) > 0;

	ldns_rr_list_free(records);
	ldns_pkt_free(packet);
	return cut;
}

const char *find_cut(const struct lookup_table *table, const char *name,
		     char **failure)
{
	*failure = NULL;
	for (; !streq(name, "."); name = name_parent(name)) {
		const struct lookup *soa =
			lookup_table_find(table, name, LDNS_RR_TYPE_SOA);

		if (!lookup_is_useful(soa)) {
			*failure = resolver_failure(soa);
			return NULL;
		}
		if (is_cut(soa))
			return name;
	}
	return NULL;
}

/* The SOA that comes with what is not there is that of the zone which lacks it
 * (RFC 2308 section 3). Of an alias it is that of another name. */
static char *told_cut(const struct lookup *lookup)
{
	ldns_pkt *packet = lookup_is_useful(lookup) ? lookup_packet(lookup) :
						      NULL;
	ldns_rr_list *all = packet ? ldns_pkt_authority(packet) : NULL;
	char *cut = NULL;

	if (packet && ldns_rr_list_rr_count(ldns_pkt_answer(packet)))
		all = NULL;
	for (size_t i = 0; !cut && i < ldns_rr_list_rr_count(all); i++) {
		const ldns_rr *rr = ldns_rr_list_rr(all, i);

		if (ldns_rr_get_type(rr) == LDNS_RR_TYPE_SOA)
			cut = message_name(ldns_rr_owner(rr));
	}
	ldns_pkt_free(packet);
	if (cut && (streq(cut, ".") || !name_is_within(lookup->name, cut))) {
		free(cut);
		return NULL;
	}
	return cut;
}

/* Below its host an owner shares no name with others: where zones are thought
 * to begin is above. */
static const char *above_host(const char *owner)
{
	while (owner[0] == '_' || owner[0] == '*')
		owner = name_parent(owner);
	return streq(owner, ".") ? owner : name_parent(owner);
}

/* Of names that many owners share everything is asked at once, of each owner
 * whether it is there: that tells its zone. Only where it does not, and where
 * the zone begins at the host itself, there is more to ask. */
static void find_cuts(struct discovery *discovery, const char *const *owners,
		      char **cuts, size_t count)
{
	struct lookup_table *table = &discovery->table;

	for (size_t i = 0; i < count; i++) {
		lookup_table_want(table, owners[i], LDNS_RR_TYPE_SOA);
		want_ancestors(table, above_host(owners[i]));
	}
	lookup_table_want(table, ".", LDNS_RR_TYPE_NS);
	lookup_table_resolve(discovery->world, &discovery->resolvers, table);
	for (size_t i = 0; i < count; i++)
		cuts[i] = told_cut(lookup_table_find(table, owners[i],
						     LDNS_RR_TYPE_SOA));
	for (size_t i = 0; i < count; i++)
		want_ancestors(table, cuts[i] ? cuts[i] : owners[i]);
	lookup_table_resolve(discovery->world, &discovery->resolvers, table);
}

static void assign_owner(struct discovery *discovery, struct zones *zones,
			 const char *owner, const char *told, size_t at)
{
	const char *from = told ? told : owner;
	char *failure;
	const char *cut = find_cut(&discovery->table, from, &failure);

	if (failure)
		zones->owner_detail[at] = failure;
	else if (told && (!cut || !streq(cut, told)))
		zones->owner_detail[at] = xasprintf(
			"the resolver says that %s lies in %s, and finds no "
			"SOA there; check the resolver", owner, told);
	else if (cut)
		zones->of_owner[at] = zones_get(zones, discovery->config, cut);
	else
		zones->owner_detail[at] = xasprintf(
			"%s lies in no zone that the resolver knows: no SOA "
			"at it or above it", owner);
}

static void assign_owners(struct discovery *discovery, struct zones *zones,
			  const char *const *owners)
{
	char **cuts = xcalloc(zones->owner_count, sizeof(char *));

	find_cuts(discovery, owners, cuts, zones->owner_count);
	for (size_t i = 0; i < zones->owner_count; i++) {
		assign_owner(discovery, zones, owners[i], cuts[i], i);
		free(cuts[i]);
	}
	free(cuts);
}

static void discovery_run(struct discovery *discovery)
{
	struct lookup_table *table = &discovery->table;

	for (size_t i = 0; i < discovery->count; i++)
		if (zone_can_be_asked(discovery->drafts[i].zone))
			draft_want_addresses(discovery, &discovery->drafts[i]);
	lookup_table_resolve(discovery->world, &discovery->resolvers, table);
	delegations_ask(discovery);
	for (size_t i = 0; i < discovery->count; i++)
		if (zone_can_be_asked(discovery->drafts[i].zone))
			want_addresses(table, &discovery->drafts[i].referred);
	lookup_table_resolve(discovery->world, &discovery->resolvers, table);
	for (size_t i = 0; i < discovery->count; i++)
		draft_finish(discovery, &discovery->drafts[i]);
}

void zones_discover(struct world *world, const struct config *config,
		    const char *const *owners, size_t owner_count,
		    struct zones *zones)
{
	struct discovery discovery = { .world = world, .config = config };

	memset(zones, 0, sizeof(*zones));
	if (owner_count == 0)
		return;
	zones->owner_count = owner_count;
	zones->of_owner = xcalloc(owner_count, sizeof(struct zone *));
	zones->owner_detail = xcalloc(owner_count, sizeof(char *));
	resolvers_load(world, config, &discovery.resolvers);
	assign_owners(&discovery, zones, owners);
	for (size_t i = 0; i < zones->count; i++)
		draft_begin(&discovery, zones->items[i]);
	discovery_run(&discovery);
	for (size_t i = 0; i < discovery.count; i++)
		draft_clear(&discovery.drafts[i]);
	free(discovery.drafts);
	resolvers_clear(&discovery.resolvers);
	lookup_table_clear(&discovery.table);
}
