/* SPDX-License-Identifier: MIT */
#include "dns/dnssec_internal.h"

#include "base/bounds.h"
#include "base/xalloc.h"

const char *dnssec_verdict_text(enum dnssec_verdict verdict)
{
	switch (verdict) {
	case DNSSEC_OK:
		return "properly signed";
	case DNSSEC_NO_SIGNATURE:
		return "no signature";
	case DNSSEC_NO_KEYS:
		return "no DNSKEY records";
	case DNSSEC_NO_TRUST:
		return "no DNSKEY matches the DS at the parent";
	case DNSSEC_KEYS_BOGUS:
		return "the DNSKEY records are not signed by a key "
		       "that the DS at the parent names";
	case DNSSEC_BOGUS:
		return "no signature verifies";
	case DNSSEC_WILDCARD:
		return "the signature is that of a wildcard";
	case DNSSEC_EXPIRED:
		return "the signature has expired";
	case DNSSEC_NOT_YET_VALID:
		return "the signature is not valid yet";
	case DNSSEC_WRONG_SIGNER:
		return "the signature is of another zone";
	case DNSSEC_NO_DENIAL:
		return "no NSEC or NSEC3 record proves it";
	case DNSSEC_COSTLY_DENIAL:
		return "its NSEC3 records have more iterations than resolvers "
		       "accept, who take what they deny for unsigned: set "
		       "them to 0 (RFC 9276)";
	}
	return "unknown";
}

/* ---- One signature ---------------------------------------------------- */

struct subject {
	const ldns_rdf *zone;
	ldns_rr_list *rrset;		/* sorted, without duplicates */
	const ldns_rr *first;
	uint32_t ttl_seconds;		/* the longest in it */
	const ldns_rr_list *keys;
	int64_t now_seconds;
	unsigned verifications_left;
};

static int64_t full_time(const ldns_rdf *stamp, int64_t now_seconds)
{
	uint32_t time = ldns_rdf2native_int32(stamp);

	return now_seconds + (int32_t)(time - (uint32_t)now_seconds);
}

unsigned dnssec_labels(const ldns_rdf *owner)
{
	unsigned labels = ldns_dname_label_count(owner);

	return ldns_dname_is_wildcard(owner) ? labels - 1 : labels;
}

static bool signature_covers(const struct subject *subject,
			     const ldns_rr *signature)
{
	return ldns_rr_get_type(signature) == LDNS_RR_TYPE_RRSIG &&
	       ldns_rr_rd_count(signature) == 9 &&
	       ldns_rr_get_class(signature) == LDNS_RR_CLASS_IN &&
	       ldns_dname_compare(ldns_rr_owner(signature),
				  ldns_rr_owner(subject->first)) == 0 &&
	       ldns_rdf2rr_type(ldns_rr_rrsig_typecovered(signature)) ==
	       ldns_rr_get_type(subject->first);
}

/* What can be said without cryptography, RFC 4035 section 5.3.1. */
static enum dnssec_verdict signature_check(const struct subject *subject,
					   const ldns_rr *signature)
{
	const ldns_rdf *owner = ldns_rr_owner(subject->first);
	const ldns_rdf *signer = ldns_rr_rrsig_signame(signature);
	int64_t now = subject->now_seconds;

	if (ldns_dname_compare(signer, subject->zone) != 0 ||
	    (ldns_dname_compare(owner, subject->zone) != 0 &&
	     !ldns_dname_is_subdomain(owner, subject->zone)))
		return DNSSEC_WRONG_SIGNER;
	if (dnssec_u8(ldns_rr_rrsig_labels(signature)) > dnssec_labels(owner) ||
	    ldns_rdf2native_int32(ldns_rr_rrsig_origttl(signature)) <
	    subject->ttl_seconds)
		return DNSSEC_BOGUS;
	if (full_time(ldns_rr_rrsig_expiration(signature), now) < now)
		return DNSSEC_EXPIRED;
	if (full_time(ldns_rr_rrsig_inception(signature), now) > now)
		return DNSSEC_NOT_YET_VALID;
	return DNSSEC_OK;
}

static bool key_made(const ldns_rr *key, const ldns_rr *signature)
{
	return dnssec_u8(ldns_rr_dnskey_algorithm(key)) ==
	       dnssec_u8(ldns_rr_rrsig_algorithm(signature)) &&
	       ldns_calc_keytag(key) ==
	       ldns_rdf2native_int16(ldns_rr_rrsig_keytag(signature));
}

static enum dnssec_verdict signature_verify(struct subject *subject,
					    ldns_rr *signature)
{
	for (size_t i = 0; i < ldns_rr_list_rr_count(subject->keys); i++) {
		ldns_rr *key = ldns_rr_list_rr(subject->keys, i);

		if (!dnssec_key_is_usable(key, subject->zone) ||
		    !key_made(key, signature))
			continue;
		if (subject->verifications_left == 0)
			return DNSSEC_BOGUS;
		subject->verifications_left--;
		if (ldns_verify_rrsig_time(subject->rrset, signature, key,
					   (time_t)subject->now_seconds) ==
		    LDNS_STATUS_OK)
			return DNSSEC_OK;
	}
	return DNSSEC_BOGUS;
}

static enum dnssec_verdict signature_judge(struct subject *subject,
					   ldns_rr *signature)
{
	const ldns_rdf *owner = ldns_rr_owner(subject->first);
	enum dnssec_verdict verdict = signature_check(subject, signature);

	if (verdict == DNSSEC_OK)
		verdict = signature_verify(subject, signature);
	if (verdict == DNSSEC_OK &&
	    dnssec_u8(ldns_rr_rrsig_labels(signature)) < dnssec_labels(owner))
		verdict = DNSSEC_WILDCARD;
	return verdict;
}

/* ---- An RRset --------------------------------------------------------- */

/* Which of several signatures' verdicts tells most. */
static unsigned verdict_rank(enum dnssec_verdict verdict)
{
	static const enum dnssec_verdict order[] = {
		DNSSEC_NO_SIGNATURE, DNSSEC_WRONG_SIGNER, DNSSEC_BOGUS,
		DNSSEC_NOT_YET_VALID, DNSSEC_EXPIRED, DNSSEC_WILDCARD,
		DNSSEC_OK,
	};
	unsigned rank = 0;

	while (order[rank] != verdict)
		must(++rank < sizeof(order) / sizeof(order[0]));
	return rank;
}

/*
 * A sorted list of pointers into RRSET without duplicates, which ldns would
 * digest twice; NULL when it is no RRset or too large.
 */
static ldns_rr_list *rrset_tidy(const ldns_rr_list *rrset)
{
	size_t count = ldns_rr_list_rr_count(rrset);
	ldns_rr_list *sorted, *tidy;

	if (count == 0 || count > KEYS_PER_ZONE_MAX + TLSA_PER_SET_MAX)
		return NULL;
	sorted = ldns_rr_list_new();
	tidy = ldns_rr_list_new();
	invariant(sorted && tidy);
	for (size_t i = 0; i < count; i++)
		ldns_rr_list_push_rr(sorted, ldns_rr_list_rr(rrset, i));
	ldns_rr_list_sort(sorted);
	for (size_t i = 0; i < count; i++) {
		ldns_rr *rr = ldns_rr_list_rr(sorted, i);

		if (i == 0 ||
		    ldns_rr_compare(rr, ldns_rr_list_rr(sorted, i - 1)) != 0)
			ldns_rr_list_push_rr(tidy, rr);
	}
	ldns_rr_list_free(sorted);
	return tidy;
}

static bool rrset_is_one(const ldns_rr_list *rrset)
{
	const ldns_rr *first = ldns_rr_list_rr(rrset, 0);

	for (size_t i = 0; i < ldns_rr_list_rr_count(rrset); i++) {
		const ldns_rr *rr = ldns_rr_list_rr(rrset, i);

		if (ldns_rr_get_type(rr) != ldns_rr_get_type(first) ||
		    ldns_rr_get_class(rr) != LDNS_RR_CLASS_IN ||
		    ldns_dname_compare(ldns_rr_owner(rr),
				       ldns_rr_owner(first)) != 0)
			return false;
	}
	return true;
}

static uint32_t rrset_ttl(const ldns_rr_list *rrset)
{
	uint32_t longest = 0;

	for (size_t i = 0; i < ldns_rr_list_rr_count(rrset); i++) {
		uint32_t ttl = ldns_rr_ttl(ldns_rr_list_rr(rrset, i));

		longest = ttl > longest ? ttl : longest;
	}
	return longest;
}

static bool verdict_is_good(enum dnssec_verdict verdict)
{
	return verdict == DNSSEC_OK || verdict == DNSSEC_WILDCARD;
}

static void limits_widen(struct dnssec_limits *limits,
			 const ldns_rr *signature, int64_t now_seconds)
{
	int64_t expires = full_time(ldns_rr_rrsig_expiration(signature),
				    now_seconds);
	uint32_t ttl = ldns_rdf2native_int32(
		ldns_rr_rrsig_origttl(signature));

	if (limits->expires_seconds < expires) {
		limits->expires_seconds = expires;
		limits->begins_seconds = full_time(
			ldns_rr_rrsig_inception(signature), now_seconds);
	}
	if (limits->ttl_seconds < ttl)
		limits->ttl_seconds = ttl;
}

static enum dnssec_verdict subject_judge(struct subject *subject,
					 const ldns_rr_list *signatures,
					 struct dnssec_limits *limits)
{
	enum dnssec_verdict best = DNSSEC_NO_SIGNATURE;

	for (size_t i = 0; i < ldns_rr_list_rr_count(signatures); i++) {
		ldns_rr *signature = ldns_rr_list_rr(signatures, i);
		enum dnssec_verdict verdict;

		if (!signature_covers(subject, signature))
			continue;
		verdict = signature_judge(subject, signature);
		if (verdict_is_good(verdict))
			limits_widen(limits, signature, subject->now_seconds);
		if (verdict_rank(verdict) > verdict_rank(best))
			best = verdict;
	}
	return best;
}

enum dnssec_verdict dnssec_verify(const char *zone, const ldns_rr_list *rrset,
				  const ldns_rr_list *signatures,
				  const ldns_rr_list *trusted,
				  int64_t now_seconds,
				  struct dnssec_limits *limits)
{
	ldns_rr_list *tidy = rrset_tidy(rrset);
	ldns_rdf *dname = dnssec_dname(zone);
	enum dnssec_verdict verdict = DNSSEC_BOGUS;

	*limits = (struct dnssec_limits){ 0 };
	if (tidy && rrset_is_one(tidy)) {
		struct subject subject = {
			.zone = dname,
			.rrset = tidy,
			.first = ldns_rr_list_rr(tidy, 0),
			.ttl_seconds = rrset_ttl(rrset),
			.keys = trusted,
			.now_seconds = now_seconds,
			.verifications_left = VERIFICATIONS_MAX,
		};

		verdict = subject_judge(&subject, signatures, limits);
	}
	ldns_rdf_deep_free(dname);
	ldns_rr_list_free(tidy);
	return verdict;
}
