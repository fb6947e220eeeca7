/* SPDX-License-Identifier: MIT */
#include "dns/survey_internal.h"

#include "base/name.h"
#include "base/xalloc.h"

/*
 * The addresses of name servers in the zone, as the zone's own servers give
 * them: the resolver may have older ones, which the world has no more. As a
 * rule they come with the NS set.
 */
static const ldns_rr_type host_types[] = { LDNS_RR_TYPE_A,
					   LDNS_RR_TYPE_AAAA };
#define HOST_TYPES (sizeof(host_types) / sizeof(host_types[0]))

struct telling {
	struct server_view *server;
	const struct reading *like;
	struct zone_news *news;
	bool fit;
};

/* Takes the records of NAME in PACKET that count; false: there are none. */
static bool take(struct telling *telling, const ldns_pkt *packet,
		 ldns_pkt_section section, const char *name, ldns_rr_type type)
{
	ldns_rr_list *records = message_records(packet, section, name, type);
	ldns_rr_list *signatures = records_signatures(packet, section, name,
						      type);
	struct dnssec_limits limits;
	enum dnssec_verdict verdict = DNSSEC_NO_SIGNATURE;
	bool some;

	if (ldns_rr_list_rr_count(records) > 0)
		verdict = reading_prove(telling->like,
					telling->like->soa_proofs, records,
					signatures, &limits);
	some = verdict == DNSSEC_OK || verdict == DNSSEC_WILDCARD;
	if (some && !zone_hosts_add(&telling->news->hosts, records, name,
				    limits.ttl_seconds, true))
		telling->fit = false;
	ldns_rr_list_free(signatures);
	ldns_rr_list_free(records);
	return some;
}

static void want(struct telling *telling, enum transport transport,
		 const char *name)
{
	struct server_view *server = telling->server;

	for (size_t i = 0; i < HOST_TYPES; i++)
		*array_push(server->hosts, server->host_count) =
			(struct lookup){
				.name = name,
				.type = host_types[i],
				.flags = MESSAGE_DNSSEC,
				.server = server->address,
				.transport = transport,
				.key = server->ns.key,
			};
}

static void tell_name(struct telling *telling, const ldns_pkt *packet,
		      enum transport transport, const char *name)
{
	struct texts *known = &telling->server->host_names;
	bool some = false;

	if (!name || !name_is_within(name, telling->like->zone->name) ||
	    texts_has(known, name))
		return;
	texts_add(known, name);
	for (size_t i = 0; i < HOST_TYPES; i++)
		some |= take(telling, packet, LDNS_SECTION_ADDITIONAL, name,
			     host_types[i]);
	if (!some)
		want(telling, transport, known->items[known->count - 1]);
}

static void tell_asked(struct telling *telling)
{
	const struct server_view *server = telling->server;

	for (size_t i = 0; i < server->host_count; i++) {
		const struct lookup *lookup = &server->hosts[i];
		ldns_pkt *packet = authoritative_packet(lookup);

		if (packet)
			take(telling, packet, LDNS_SECTION_ANSWER,
			     lookup->name, lookup->type);
		ldns_pkt_free(packet);
	}
}

bool server_view_tell(struct server_view *server, const struct reading *like,
		      enum transport transport, struct zone_news *news)
{
	struct telling telling = { server, like, news, true };
	const struct zone *zone = like->zone;
	ldns_pkt *packet;

	if (server->ns_verdict != DNSSEC_OK)
		return true;
	for (size_t i = 0; i < server->ns_names.count; i++)
		texts_add_once(&news->names, server->ns_names.items[i]);
	if (news->ns_ttl_seconds < server->ns_ttl_seconds)
		news->ns_ttl_seconds = server->ns_ttl_seconds;
	tell_asked(&telling);
	packet = lookup_packet(&server->ns);
	if (!packet)
		return telling.fit;
	for (size_t i = 0; i < server->ns_names.count; i++)
		tell_name(&telling, packet, transport,
			  server->ns_names.items[i]);
	for (size_t i = 0; i < zone->server_count; i++)
		if (zone->servers[i].roles &
		    (ZONE_SERVER_PARENT | ZONE_SERVER_CHILD))
			tell_name(&telling, packet, transport,
				  zone->servers[i].name);
	ldns_pkt_free(packet);
	return telling.fit;
}
