/* SPDX-License-Identifier: MIT */
#include "dns/survey_internal.h"

#include "base/bounds.h"
#include "base/name.h"
#include "base/xalloc.h"

#include <stdlib.h>

bool serial_is_before(uint32_t a, uint32_t b)
{
	uint32_t distance = b - a;

	return distance != 0 && distance < UINT32_C(1) << 31;
}

void sighting_found(struct sighting *sighting, enum sighting_verdict verdict,
		    char *detail)
{
	sighting->verdict = verdict;
	free(sighting->detail);
	sighting->detail = detail;
}

bool sighting_is_useful(const struct sighting *sighting)
{
	switch (sighting->verdict) {
	case SIGHTING_SET:
	case SIGHTING_ABSENT:
	case SIGHTING_ALIAS:
	case SIGHTING_WILDCARD:
		return true;
	case SIGHTING_NO_ANSWER:
	case SIGHTING_ERROR:
	case SIGHTING_LAME:
	case SIGHTING_MALFORMED:
	case SIGHTING_UNPROVEN:
		return false;
	}
	return false;
}

const char *survey_alias(const struct survey_owner *owner)
{
	if (owner->primary && sighting_is_useful(owner->primary))
		return owner->primary->alias;
	for (size_t i = 0; i < owner->count; i++)
		if (sighting_is_useful(&owner->sightings[i]))
			return owner->sightings[i].alias;
	return NULL;
}

ldns_rr_list *records_signatures(const ldns_pkt *packet,
				 ldns_pkt_section section, const char *owner,
				 ldns_rr_type type)
{
	ldns_rr_list *all = message_records(packet, section, owner,
					    LDNS_RR_TYPE_RRSIG);
	ldns_rr_list *covering = ldns_rr_list_new();

	invariant(covering);
	for (size_t i = 0; i < ldns_rr_list_rr_count(all); i++) {
		ldns_rr *rr = ldns_rr_list_rr(all, i);

		if (ldns_rdf2rr_type(ldns_rr_rrsig_typecovered(rr)) == type)
			ldns_rr_list_push_rr(covering, rr);
	}
	ldns_rr_list_free(all);
	return covering;
}

uint32_t ttl_longer(uint32_t a, uint32_t b)
{
	uint32_t ttl = a > b ? a : b;

	return ttl > TTL_MAX ? TTL_MAX : ttl;
}

uint32_t records_ttl(const ldns_rr_list *records)
{
	uint32_t ttl = 0;

	for (size_t i = 0; i < ldns_rr_list_rr_count(records); i++)
		ttl = ttl_longer(ttl, ldns_rr_ttl(ldns_rr_list_rr(records, i)));
	return ttl;
}

char *signature_wildcard(const ldns_rr *signature, const char *owner)
{
	size_t labels = ldns_rdf2native_int8(ldns_rr_rrsig_labels(signature));
	size_t spare;

	/* A wildcard's own label is not counted. */
	if (name_is_wildcard(owner))
		owner = name_parent(owner);
	spare = name_labels(owner);
	if (labels >= spare)
		return NULL;
	for (; spare > labels; spare--)
		owner = name_parent(owner);
	return xasprintf("*.%s", streq(owner, ".") ? "" : owner);
}

/* ---- Proof ------------------------------------------------------------- */

/* What signatures say where nobody asks whether they are true. */
static enum dnssec_verdict believe(const struct reading *reading,
				   const ldns_rr_list *rrset,
				   const ldns_rr_list *signatures,
				   struct dnssec_limits *limits)
{
	const ldns_rr *first = ldns_rr_list_rr(rrset, 0);
	unsigned labels = dnssec_labels(ldns_rr_owner(first));
	enum dnssec_verdict verdict = DNSSEC_OK;
	int64_t now = reading->now_seconds;

	limits->ttl_seconds = records_ttl(rrset);
	for (size_t i = 0; i < ldns_rr_list_rr_count(signatures); i++) {
		const ldns_rr *rr = ldns_rr_list_rr(signatures, i);
		uint32_t expires = ldns_rdf2native_int32(
			ldns_rr_rrsig_expiration(rr));
		int64_t full = now + (int32_t)(expires - (uint32_t)now);

		if (full > limits->expires_seconds)
			limits->expires_seconds = full;
		limits->ttl_seconds = ttl_longer(
			limits->ttl_seconds,
			ldns_rdf2native_int32(ldns_rr_rrsig_origttl(rr)));
		if (ldns_rdf2native_int8(ldns_rr_rrsig_labels(rr)) < labels)
			verdict = DNSSEC_WILDCARD;
	}
	if (limits->ttl_seconds > TTL_UNPROVEN_MAX)
		limits->ttl_seconds = TTL_UNPROVEN_MAX;
	return verdict;
}

enum dnssec_verdict reading_prove(const struct reading *reading,
				  struct proofs *proofs,
				  const ldns_rr_list *rrset,
				  const ldns_rr_list *signatures,
				  struct dnssec_limits *limits)
{
	const struct server_view *server = reading->server;

	*limits = (struct dnssec_limits){ 0 };
	if (!reading->dnssec_required)
		return believe(reading, rrset, signatures, limits);
	if (server->trust != DNSSEC_OK)
		return server->trust;
	return proofs_verify(proofs, reading->zone, rrset, signatures,
			     server->trusted, reading->now_seconds,
			     limits);
}

/* Whose signature is at fault, and why there may be none. */
void sighting_found_unproven(struct sighting *sighting,
			     const struct reading *reading, char *what,
			     enum dnssec_verdict verdict)
{
	const struct server_view *server = reading->server;
	const char *failure = server->keys_failure;
	bool plain = (reading->lookup->flags | server->keys.flags) &
		     MESSAGE_PLAIN;

	sighting_found(sighting, SIGHTING_UNPROVEN,
		       xasprintf("%s, unproven: %s%s%s", what,
				 server->trust == DNSSEC_OK ? "" : "DNSKEY: ",
			failure ? failure : dnssec_verdict_text(verdict),
			plain && verdict == DNSSEC_NO_SIGNATURE ?
			"; it refuses EDNS, without which there is none" :
			""));
	free(what);
}

void sighting_found_proven(struct sighting *sighting,
			   enum sighting_verdict verdict, char *what)
{
	char *serial = sighting->serial_known
		       ? xasprintf("%u", (unsigned)sighting->serial)
		       : xstrdup("unknown");

	sighting_found(sighting, verdict,
		       xasprintf("%s, serial %s, TTL %u", what, serial,
				 (unsigned)sighting->ttl_seconds));
	free(serial);
	free(what);
}
