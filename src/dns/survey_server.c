/* SPDX-License-Identifier: MIT */
#include "dns/survey_internal.h"

#include "base/xalloc.h"
#include "dns/zone_internal.h"

#include <stdlib.h>

ldns_pkt *authoritative_packet(const struct lookup *lookup)
{
	ldns_pkt *packet = lookup_packet(lookup);

	if (packet && lookup->rcode == LDNS_RCODE_NOERROR &&
	    ldns_pkt_qr(packet) && ldns_pkt_aa(packet) && !ldns_pkt_tc(packet))
		return packet;
	ldns_pkt_free(packet);
	return NULL;
}

/* Whether others are behind is told by it. */
static void take_serial(struct server_view *server,
			const struct reading *reading, struct proofs *proofs,
			const ldns_rr_list *records,
			const ldns_rr_list *signatures)
{
	struct dnssec_limits limits;

	if (ldns_rr_list_rr_count(records) != 1)
		return;
	server->serial_unproven =
		reading_prove(reading, proofs, records, signatures,
			      &limits) != DNSSEC_OK &&
		reading->dnssec_required;
	if (server->serial_unproven)
		return;
	server->serial = ldns_rdf2native_int32(
		ldns_rr_rdf(ldns_rr_list_rr(records, 0), 2));
	server->serial_known = true;
	server->is_signed = ldns_rr_list_rr_count(signatures) > 0;
}

static void read_serial(struct server_view *server,
			const struct reading *reading, struct proofs *proofs)
{
	const char *zone = reading->zone->name;
	ldns_pkt *packet = authoritative_packet(&server->soa);
	ldns_rr_list *records, *signatures;

	if (!packet)
		return;
	records = message_records(packet, LDNS_SECTION_ANSWER, zone,
				  LDNS_RR_TYPE_SOA);
	signatures = records_signatures(packet, LDNS_SECTION_ANSWER, zone,
					LDNS_RR_TYPE_SOA);
	take_serial(server, reading, proofs, records, signatures);
	ldns_rr_list_free(signatures);
	ldns_rr_list_free(records);
	ldns_pkt_free(packet);
}

static void read_keys(struct server_view *server, const struct zone *zone,
		      int64_t now_seconds, struct proofs *proofs)
{
	ldns_pkt *packet = authoritative_packet(&server->keys);
	ldns_rr_list *keys, *signatures;

	server->trust = DNSSEC_NO_KEYS;
	if (!packet) {
		server->keys_failure = lookup_is_useful(&server->keys)
			? xstrdup("not an authoritative answer")
			: lookup_failure(&server->keys);
		return;
	}
	keys = message_records(packet, LDNS_SECTION_ANSWER, zone->name,
			       LDNS_RR_TYPE_DNSKEY);
	signatures = message_records(packet, LDNS_SECTION_ANSWER, zone->name,
				     LDNS_RR_TYPE_RRSIG);
	server->trust = proofs_trust_keys(proofs, zone, keys, signatures,
					  now_seconds, &server->trusted);
	ldns_rr_list_free(signatures);
	ldns_rr_list_free(keys);
	ldns_pkt_free(packet);
}

/* A server whose NS set is not proven may hide that there are others. */
static void read_ns(struct server_view *server, const struct reading *reading,
		    struct proofs *proofs)
{
	const char *zone = reading->zone->name;
	ldns_pkt *packet = authoritative_packet(&server->ns);
	struct dnssec_limits limits;
	ldns_rr_list *rrset, *signatures;

	server->ns_verdict = DNSSEC_NO_SIGNATURE;
	if (!packet) {
		server->ns_failure = lookup_is_useful(&server->ns)
			? xstrdup("not an authoritative answer")
			: lookup_failure(&server->ns);
		return;
	}
	rrset = message_records(packet, LDNS_SECTION_ANSWER, zone,
				LDNS_RR_TYPE_NS);
	signatures = records_signatures(packet, LDNS_SECTION_ANSWER, zone,
					LDNS_RR_TYPE_NS);
	if (ldns_rr_list_rr_count(rrset) > 0)
		server->ns_verdict = reading_prove(reading, proofs, rrset,
						   signatures, &limits);
	if (server->ns_verdict == DNSSEC_WILDCARD && !reading->dnssec_required)
		server->ns_verdict = DNSSEC_OK;
	if (server->ns_verdict == DNSSEC_OK) {
		server->ns_ttl_seconds = limits.ttl_seconds;
		texts_add_ns(&server->ns_names, packet, LDNS_SECTION_ANSWER,
			     zone);
	}
	ldns_rr_list_free(signatures);
	ldns_rr_list_free(rrset);
	ldns_pkt_free(packet);
}

void server_view_read(struct server_view *server, const struct zone *zone,
		      bool dnssec_required, int64_t now_seconds,
		      struct proofs *proofs)
{
	const struct reading reading = {
		.zone = zone, .server = server, .now_seconds = now_seconds,
		.dnssec_required = dnssec_required,
	};

	if (dnssec_required)
		read_keys(server, zone, now_seconds, proofs);
	read_serial(server, &reading, proofs);
	read_ns(server, &reading, proofs);
	server->is_read = true;
}

void server_view_clear(struct server_view *server, size_t owner_count)
{
	lookup_clear(&server->soa);
	lookup_clear(&server->ns);
	lookup_clear(&server->keys);
	for (size_t k = 0; k < owner_count; k++)
		lookup_clear(&server->tlsa[k]);
	for (size_t k = 0; k < server->host_count; k++)
		lookup_clear(&server->hosts[k]);
	free(server->tlsa);
	free(server->hosts);
	free(server->keys_failure);
	free(server->ns_failure);
	free(server->key_failure);
	texts_clear(&server->ns_names);
	texts_clear(&server->host_names);
}
