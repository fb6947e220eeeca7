/* SPDX-License-Identifier: MIT */
#include "dns/survey_internal.h"

#include "base/xalloc.h"

bool serial_is_before(uint32_t a, uint32_t b)
{
	uint32_t distance = b - a;

	return distance != 0 && distance < UINT32_C(1) << 31;
}

ldns_pkt *authoritative_packet(const struct lookup *lookup)
{
	ldns_pkt *packet = lookup_packet(lookup);

	if (packet && lookup->rcode == LDNS_RCODE_NOERROR &&
	    ldns_pkt_qr(packet) && ldns_pkt_aa(packet) && !ldns_pkt_tc(packet))
		return packet;
	ldns_pkt_free(packet);
	return NULL;
}

static void read_serial(struct server_view *server, const struct zone *zone)
{
	ldns_pkt *packet = authoritative_packet(&server->soa);
	ldns_rr_list *records;

	if (!packet)
		return;
	records = message_records(packet, LDNS_SECTION_ANSWER, zone->name,
				  LDNS_RR_TYPE_SOA);
	if (ldns_rr_list_rr_count(records) == 1) {
		const ldns_rr *soa = ldns_rr_list_rr(records, 0);

		server->serial = ldns_rdf2native_int32(ldns_rr_rdf(soa, 2));
		server->serial_known = true;
	}
	ldns_rr_list_free(records);
	records = records_signatures(packet, LDNS_SECTION_ANSWER, zone->name,
				     LDNS_RR_TYPE_SOA);
	server->is_signed = ldns_rr_list_rr_count(records) > 0;
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

void server_view_read(struct server_view *server, const struct zone *zone,
		      bool dnssec_required, int64_t now_seconds,
		      struct proofs *proofs)
{
	read_serial(server, zone);
	if (dnssec_required)
		read_keys(server, zone, now_seconds, proofs);
}
