/* SPDX-License-Identifier: MIT */
#include "dns/survey_internal.h"

#include "base/bounds.h"
#include "base/xalloc.h"
#include "dns/denial.h"

static bool is_denial(const ldns_rr *rr)
{
	return ldns_rr_get_type(rr) == LDNS_RR_TYPE_NSEC ||
	       ldns_rr_get_type(rr) == LDNS_RR_TYPE_NSEC3;
}

bool denials_are_many(const ldns_pkt *packet)
{
	const ldns_rr_list *all = ldns_pkt_authority(packet);
	size_t count = 0;

	for (size_t i = 0; i < ldns_rr_list_rr_count(all); i++)
		count += is_denial(ldns_rr_list_rr(all, i));
	return count > DENIALS_MAX;
}

/* RFC 8198: who sees the RRset of RR alone keeps that, where it is proven. */
static void take_denial(struct denials *denials, const struct reading *reading,
			const ldns_pkt *packet, ldns_rr *rr)
{
	ldns_rr_type type = ldns_rr_get_type(rr);
	char *owner = message_name(ldns_rr_owner(rr));
	ldns_rr_list *rrset = message_records(packet, LDNS_SECTION_AUTHORITY,
					      owner, type);
	ldns_rr_list *signatures = records_signatures(
		packet, LDNS_SECTION_AUTHORITY, owner, type);
	struct dnssec_limits limits = { 0 };

	/* Only the first of an RRset stands for it; and one of several records
	 * proves nothing. */
	if (ldns_rr_list_rr(rrset, 0) == rr &&
	    reading_prove(reading, reading->set_proofs, rrset, signatures,
			  &limits) == DNSSEC_OK &&
	    ldns_rr_list_rr_count(rrset) == 1)
		must(ldns_rr_list_push_rr(denials->proven, rr));
	denials->ttl_seconds = ttl_longer(denials->ttl_seconds,
					  limits.ttl_seconds);
	ldns_rr_list_free(signatures);
	ldns_rr_list_free(rrset);
	free(owner);
}

struct denials denials_read(const struct reading *reading,
			    const ldns_pkt *packet)
{
	const ldns_rr_list *all = ldns_pkt_authority(packet);
	struct denials denials = { .proven = ldns_rr_list_new() };

	invariant(denials.proven);
	for (size_t i = 0; i < ldns_rr_list_rr_count(all); i++)
		if (is_denial(ldns_rr_list_rr(all, i)))
			take_denial(&denials, reading, packet,
				    ldns_rr_list_rr(all, i));
	return denials;
}

void denials_clear(struct denials *denials)
{
	ldns_rr_list_free(denials->proven);
}

enum dnssec_verdict denials_fault(const struct denials *denials)
{
	return denials_are_costly(denials->proven) ? DNSSEC_COSTLY_DENIAL :
						     DNSSEC_NO_DENIAL;
}

/* The fewest labels that one of SIGNATURES names: where nothing closer than
 * that exists, nothing closer than those of the good one does. */
static unsigned fewest_labels(const ldns_rr_list *signatures)
{
	unsigned fewest = UINT8_MAX;

	for (size_t i = 0; i < ldns_rr_list_rr_count(signatures); i++) {
		unsigned labels = ldns_rdf2native_int8(ldns_rr_rrsig_labels(
			ldns_rr_list_rr(signatures, i)));

		fewest = labels < fewest ? labels : fewest;
	}
	return fewest;
}

/* DNSSEC_WILDCARD where it is one. RFC 8198 section 5.3: who keeps the denials
 * may give OWNER what the wildcard has as long as these last. */
static enum dnssec_verdict judge_expansion(const struct reading *reading,
					   const ldns_pkt *packet,
					   const char *owner,
					   const ldns_rr_list *signatures,
					   struct dnssec_limits *limits)
{
	enum dnssec_verdict verdict = DNSSEC_WILDCARD;
	struct denials denials;

	if (denials_are_many(packet))
		return reading->dnssec_required ? DNSSEC_NO_DENIAL : verdict;
	denials = denials_read(reading, packet);
	limits->ttl_seconds = ttl_longer(limits->ttl_seconds,
					 denials.ttl_seconds);
	if (reading->dnssec_required &&
	    !denial_lets_expand(denials.proven, reading->zone->name, owner,
				fewest_labels(signatures)))
		verdict = denials_fault(&denials);
	denials_clear(&denials);
	return verdict;
}

enum dnssec_verdict reading_prove_answer(const struct reading *reading,
					 const ldns_pkt *packet,
					 const char *owner,
					 const ldns_rr_list *rrset,
					 const ldns_rr_list *signatures,
					 struct dnssec_limits *limits)
{
	enum dnssec_verdict verdict = reading_prove(
		reading, reading->set_proofs, rrset, signatures, limits);

	if (verdict != DNSSEC_WILDCARD)
		return verdict;
	verdict = judge_expansion(reading, packet, owner, signatures, limits);
	if (verdict != DNSSEC_WILDCARD)
		*limits = (struct dnssec_limits){ 0 };
	return verdict;
}
