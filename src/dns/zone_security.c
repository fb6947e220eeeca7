/* SPDX-License-Identifier: MIT */
#include "dns/zone_internal.h"

#include "base/name.h"
#include "base/xalloc.h"
#include "dns/dnssec.h"

#include <stdlib.h>

static void take_ds(struct zone *zone, const struct lookup *lookup)
{
	ldns_pkt *packet = lookup_packet(lookup);
	ldns_rr_list *records = message_records(packet, LDNS_SECTION_ANSWER,
						zone->name, LDNS_RR_TYPE_DS);

	for (size_t i = 0; i < ldns_rr_list_rr_count(records); i++)
		ldns_rr_list_push_rr(zone->ds, ldns_rr_clone(
			ldns_rr_list_rr(records, i)));
	zone->authentic = ldns_pkt_ad(packet);
	zone->resolver_is_server = ldns_pkt_aa(packet);
	zone->resolver_is_local = resolver_is_local(&lookup->server);
	ldns_rr_list_free(records);
	ldns_pkt_free(packet);
}

/* ---- Why there is no AD ------------------------------------------------ */

static bool has_ad(const struct lookup *lookup)
{
	ldns_pkt *packet = lookup ? lookup_packet(lookup) : NULL;
	bool ad = packet && lookup_is_useful(lookup) && ldns_pkt_ad(packet);

	ldns_pkt_free(packet);
	return ad;
}

static bool has_no_ds(const struct lookup_table *table, const char *name)
{
	const struct lookup *lookup =
		lookup_table_find(table, name, LDNS_RR_TYPE_DS);
	ldns_rr_list *records;
	ldns_pkt *packet;
	bool none;

	if (!lookup || !lookup_is_useful(lookup))
		return false;
	packet = lookup_packet(lookup);
	records = message_records(packet, LDNS_SECTION_ANSWER, name,
				  LDNS_RR_TYPE_DS);
	none = ldns_rr_list_rr_count(records) == 0;
	ldns_rr_list_free(records);
	ldns_pkt_free(packet);
	return none;
}

/* The highest zone above ZONE without a DS, or NULL: below it nobody can
 * validate anything. */
static const char *find_unsigned(const struct lookup_table *table,
				 const struct zone *zone)
{
	const char *found = NULL, *name = zone->name;
	char *failure = NULL;

	while (!streq(name, ".") &&
	       (name = find_cut(table, name_parent(name), &failure)))
		if (has_no_ds(table, name))
			found = name;
	free(failure);
	return found;
}

/* Does SERVER say of anything that it is valid? */
static bool validates(const struct lookup_table *table,
		      const struct address *server)
{
	for (size_t i = 0; i < table->count; i++)
		if (address_equal(&table->items[i].server, server) &&
		    has_ad(&table->items[i]))
			return true;
	return false;
}

/* Each cause by itself, for each has a cure of its own. */
static char *explain_no_ad(const struct lookup_table *table,
			   const struct zone *zone,
			   const struct lookup *lookup)
{
	const char *above = find_unsigned(table, zone);
	char text[ADDRESS_TEXT_MAX];

	address_format(&lookup->server, text);
	if (above)
		return xasprintf("zone %s above it has no DS, so nobody can "
				 "validate what is below: have that signed, "
				 "and its DS published", above);
	if (zone->resolver_is_server)
		return xasprintf("the resolver %s serves the DS itself and so "
				 "does not validate it (AA, no AD): name "
				 "another one on this host by `resolver`",
				 text);
	if (!validates(table, &lookup->server))
		return xasprintf("the resolver %s does not validate (no AD in "
				 "any reply): switch validation on there, or "
				 "name one on this host that does by "
				 "`resolver`", text);
	if (has_ad(lookup_table_find(table, zone->name, LDNS_RR_TYPE_SOA)))
		return xasprintf("the resolver %s validates the zone (AD), but "
				 "says so of its SOA and not of its DS, as "
				 "with DNS64: name one that does not change "
				 "replies by `resolver`", text);
	return xasprintf("the resolver %s validates, but not this zone (no "
			 "AD): a negative trust anchor for it or for a zone "
			 "above it would do that (BIND: rndc nta -dump; "
			 "Unbound: domain-insecure); remove it", text);
}

/* ---- Is there a chain of trust? ---------------------------------------- */

static void find_insecure(const struct lookup_table *table, struct zone *zone,
			  const struct lookup *lookup)
{
	char *why;

	if (ldns_rr_list_rr_count(zone->ds) == 0 &&
	    !find_unsigned(table, zone)) {
		zone_fail(zone, ZONE_INSECURE, "zone %s: no DS at its parent, "
			  "so no client looks at its TLSA records: sign the "
			  "zone and have the DS published", zone->name);
		return;
	}
	if (ldns_rr_list_rr_count(zone->ds) &&
	    !dnssec_has_digest(zone->ds)) {
		zone_fail(zone, ZONE_INSECURE, "zone %s: none of its DS "
			  "records has a digest that clients know; publish one "
			  "of type 2 (SHA-256)", zone->name);
		return;
	}
	if (ldns_rr_list_rr_count(zone->ds) &&
	    !dnssec_has_algorithm(zone->ds)) {
		zone_fail(zone, ZONE_INSECURE, "zone %s: its DS records are "
			  "all about keys of an algorithm that is not known "
			  "here, nor to many clients, who take the zone for "
			  "unsigned; sign it with 13 (ECDSAP256SHA256) as "
			  "well", zone->name);
		return;
	}
	if (zone->authentic && ldns_rr_list_rr_count(zone->ds))
		return;
	why = explain_no_ad(table, zone, lookup);
	zone_fail(zone, ZONE_INSECURE, "zone %s: %s", zone->name, why);
	free(why);
}

void zone_check_security(const struct discovery *discovery,
			 struct zone *zone)
{
	const struct lookup_table *table = &discovery->table;
	const struct lookup *lookup =
		lookup_table_find(table, zone->name, LDNS_RR_TYPE_DS);

	if (lookup_is_useful(lookup))
		take_ds(zone, lookup);
	if (discovery->config->dnssec_required &&
	    want_reply(zone, table, zone->name, LDNS_RR_TYPE_DS))
		find_insecure(table, zone, lookup);
}
