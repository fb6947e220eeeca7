/* SPDX-License-Identifier: MIT */
#include "dns/zone_internal.h"

#include "base/dns.h"
#include "base/name.h"
#include "base/xalloc.h"

#include <stdlib.h>

static const char *resolver_advice(const struct lookup *lookup)
{
	if (lookup->bogus)
		return "it finds the answer bogus: signatures of the zone "
		       "have expired or do not fit the DS at its parent; "
		       "sign it again or mend the DS";
	if (lookup->disowned)
		return "name a validating resolver by `resolver`";
	if (lookup->reply && lookup->rcode == LDNS_RCODE_SERVFAIL)
		return "see whether a delegation at the name or above it "
		       "leads to servers that do not serve the zone, or an "
		       "alias there leads to itself or over too many others; "
		       "if neither, check the resolver";
	return "check the resolver";
}

char *resolver_failure(const struct lookup *lookup)
{
	char text[ADDRESS_TEXT_MAX];
	char *why = lookup_failure(lookup), *type, *line;

	type = ldns_rr_type2str(lookup->type);
	line = xasprintf("resolver %s: %s for %s %s; %s",
			 address_format(&lookup->server, text), why,
			 lookup->name, type, resolver_advice(lookup));
	LDNS_FREE(type);
	free(why);
	return line;
}

const struct lookup *want_reply(struct zone *zone,
				const struct lookup_table *table,
				const char *name, ldns_rr_type type)
{
	const struct lookup *lookup = lookup_table_find(table, name, type);
	char *failure;

	if (lookup_is_useful(lookup))
		return lookup;
	failure = resolver_failure(lookup);
	zone_fail(zone, ZONE_NO_RESOLVER, "zone %s: %s", zone->name, failure);
	free(failure);
	return NULL;
}

static void take_ns(struct zone *zone, const struct lookup_table *table,
		    const char *owner, struct texts *list)
{
	const struct lookup *lookup =
		want_reply(zone, table, owner, LDNS_RR_TYPE_NS);
	ldns_pkt *packet;

	if (!lookup)
		return;
	packet = lookup_packet(lookup);
	texts_add_ns(list, packet, LDNS_SECTION_ANSWER, owner);
	ldns_pkt_free(packet);
	if (list->count == 0)
		zone_fail(zone, ZONE_NO_SERVERS, "zone %s: the resolver finds "
			  "no NS records at %s, where a zone has to have "
			  "some; add them or, where it has them, check the "
			  "resolver", zone->name, owner);
	limit_names(zone, list);
}

/* What nobody proves names no servers; those of the zone will. */
static bool is_validated(const struct lookup_table *table, const char *zone)
{
	const struct lookup *lookup = lookup_table_find(table, zone,
							LDNS_RR_TYPE_NS);
	ldns_pkt *packet = lookup_packet(lookup);
	bool validated = packet && ldns_pkt_ad(packet);

	ldns_pkt_free(packet);
	return validated;
}

static char *soa_mname(const struct lookup *soa)
{
	ldns_pkt *packet = lookup_packet(soa);
	ldns_rr_list *records = message_records(packet, LDNS_SECTION_ANSWER,
						soa->name, LDNS_RR_TYPE_SOA);
	char *name = message_name(ldns_rr_rdf(ldns_rr_list_rr(records, 0), 0));

	ldns_rr_list_free(records);
	ldns_pkt_free(packet);
	return name;
}

static void take_primaries(const struct discovery *discovery,
			   struct zone_draft *draft)
{
	const struct zone *zone = draft->zone;
	char *name;

	for (size_t i = 0; zone->config && i < zone->config->primary_count;
	     i++)
		texts_add(&draft->primaries, zone->config->primaries[i]);
	if (draft->primaries.count)
		return;
	name = soa_mname(lookup_table_find(&discovery->table, zone->name,
					   LDNS_RR_TYPE_SOA));
	texts_add(&draft->primaries, name);
	free(name);
}

void draft_begin(struct discovery *discovery, struct zone *zone)
{
	struct zone_draft *draft = array_push(discovery->drafts,
					      discovery->count);
	const char *parent;
	char *failure;

	draft->zone = zone;
	zone_check_security(discovery, zone);
	take_primaries(discovery, draft);
	parent = find_cut(&discovery->table, name_parent(zone->name),
			  &failure);
	draft->parent = parent ? parent : ".";
	if (failure)
		zone_fail(zone, ZONE_NO_RESOLVER, "zone %s: %s", zone->name,
			  failure);
	free(failure);
	take_ns(zone, &discovery->table, zone->name, &draft->child);
	if (discovery->config->dnssec_required &&
	    !is_validated(&discovery->table, zone->name))
		texts_clear(&draft->child);
	take_ns(zone, &discovery->table, draft->parent, &draft->parent_ns);
}

char *primary_host(const char *primary, struct address *address)
{
	return address_parse(primary, PORT_DNS, address) ? NULL :
	       name_parse(primary);
}

void draft_want_addresses(struct discovery *discovery,
			  const struct zone_draft *draft)
{
	struct texts hosts = { 0 };
	struct address address;

	want_addresses(&discovery->table, &draft->child);
	want_addresses(&discovery->table, &draft->parent_ns);
	for (size_t i = 0; i < draft->primaries.count; i++) {
		char *host = primary_host(draft->primaries.items[i], &address);

		if (host)
			texts_add_once(&hosts, host);
		free(host);
	}
	want_addresses(&discovery->table, &hosts);
	texts_clear(&hosts);
}

void draft_clear(struct zone_draft *draft)
{
	texts_clear(&draft->parent_ns);
	texts_clear(&draft->child);
	texts_clear(&draft->referred);
	zone_hosts_clear(&draft->glue);
	free(draft->otherwise);
	texts_clear(&draft->primaries);
}
