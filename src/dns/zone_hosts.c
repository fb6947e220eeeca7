/* SPDX-License-Identifier: MIT */
#include "dns/zone_internal.h"

#include "base/dns.h"
#include "base/xalloc.h"

#include <stdlib.h>

/* How long resolvers may keep a name server's address, and who says it. */

/* ---- What those say who serve the name --------------------------------- */

static bool hosts_add(struct zone_hosts *hosts, const struct zone_host *fresh)
{
	struct zone_host *host = NULL;

	for (size_t i = 0; i < hosts->count && !host; i++)
		if (address_equal(&hosts->items[i].address, &fresh->address) &&
		    streq(hosts->items[i].name, fresh->name))
			host = &hosts->items[i];
	if (!host && hosts->count == ZONE_HOSTS_MAX)
		return false;
	if (!host) {
		host = array_push(hosts->items, hosts->count);
		host->name = xstrdup(fresh->name);
		host->address = fresh->address;
	}
	zone_raise_ttl(&host->ttl_seconds, fresh->ttl_seconds);
	host->ttl_is_whole |= fresh->ttl_is_whole;
	return true;
}

bool zone_hosts_add(struct zone_hosts *hosts, const ldns_rr_list *records,
		    const char *name, uint32_t ttl_seconds, bool ttl_is_whole)
{
	struct zone_host host = { .name = unconst(name),
				  .ttl_is_whole = ttl_is_whole };

	for (size_t i = 0; i < ldns_rr_list_rr_count(records); i++) {
		const ldns_rr *rr = ldns_rr_list_rr(records, i);
		const ldns_rdf *rdf = ldns_rr_rdf(rr, 0);

		host.ttl_seconds = ldns_rr_ttl(rr) > ttl_seconds ?
				   ldns_rr_ttl(rr) : ttl_seconds;
		must(address_from_bytes(ldns_rdf_data(rdf),
					ldns_rdf_size(rdf), PORT_DNS,
					&host.address));
		if (!hosts_add(hosts, &host))
			return false;
	}
	return true;
}

void zone_hosts_clear(struct zone_hosts *hosts)
{
	for (size_t i = 0; i < hosts->count; i++)
		free(hosts->items[i].name);
	free(hosts->items);
	*hosts = (struct zone_hosts){ NULL, 0 };
}

/* ---- What the resolver says -------------------------------------------- */

uint32_t zone_signed_ttl(const ldns_pkt *packet, const char *name,
			 ldns_rr_type type)
{
	ldns_rr_list *all = message_records(packet, LDNS_SECTION_ANSWER, name,
					    LDNS_RR_TYPE_RRSIG);
	uint32_t longest = 0;

	for (size_t i = 0; ldns_pkt_ad(packet) &&
	     i < ldns_rr_list_rr_count(all); i++) {
		const ldns_rr *rr = ldns_rr_list_rr(all, i);

		if (ldns_rdf2rr_type(ldns_rr_rrsig_typecovered(rr)) == type)
			zone_raise_ttl(&longest, ldns_rdf2native_int32(
				ldns_rr_rrsig_origttl(rr)));
	}
	ldns_rr_list_free(all);
	return longest;
}

static void take_ttl(const struct lookup *lookup, struct zone_host *host)
{
	ldns_pkt *packet = lookup_packet(lookup);
	ldns_rr_list *records = message_records(packet, LDNS_SECTION_ANSWER,
						lookup->name, lookup->type);
	uint32_t whole = zone_signed_ttl(packet, lookup->name, lookup->type);

	for (size_t i = 0; i < ldns_rr_list_rr_count(records); i++)
		zone_raise_ttl(&host->ttl_seconds,
			       ldns_rr_ttl(ldns_rr_list_rr(records, i)));
	zone_raise_ttl(&host->ttl_seconds, whole);
	if (ldns_rr_list_rr_count(records) > 0 && !whole)
		host->ttl_is_whole = false;
	ldns_rr_list_free(records);
	ldns_pkt_free(packet);
}

void host_ttl(const struct lookup_table *table, struct zone_host *host)
{
	static const ldns_rr_type types[] = { LDNS_RR_TYPE_A,
					      LDNS_RR_TYPE_AAAA };

	host->ttl_seconds = 0;
	host->ttl_is_whole = true;
	for (unsigned i = 0; i < 2; i++) {
		const struct lookup *lookup =
			lookup_table_find(table, host->name, types[i]);

		if (lookup_is_useful(lookup))
			take_ttl(lookup, host);
	}
	/* An alias there, or nothing: not known. */
	if (host->ttl_seconds == 0)
		host->ttl_is_whole = false;
}
