/* SPDX-License-Identifier: MIT */
#include "dns/dnssec_internal.h"

#include "base/bounds.h"
#include "base/xalloc.h"

ldns_rdf *dnssec_dname(const char *zone)
{
	ldns_rdf *dname = NULL;

	must(ldns_str2rdf_dname(&dname, zone) == LDNS_STATUS_OK);
	return dname;
}

/* Those that this build of ldns was seen to verify, RFC 8624 section 3.1. */
static bool algorithm_is_known(unsigned algorithm)
{
	switch (algorithm) {
	case LDNS_RSASHA1:
	case LDNS_RSASHA1_NSEC3:
	case LDNS_RSASHA256:
	case LDNS_RSASHA512:
	case LDNS_ECDSAP256SHA256:
	case LDNS_ECDSAP384SHA384:
	case LDNS_ED25519:
	case LDNS_ED448:
		return true;
	}
	return false;
}

bool dnssec_key_is_usable(const ldns_rr *key, const ldns_rdf *zone)
{
	unsigned flags;

	if (ldns_rr_get_type(key) != LDNS_RR_TYPE_DNSKEY ||
	    ldns_rr_get_class(key) != LDNS_RR_CLASS_IN ||
	    ldns_rr_rd_count(key) != 4 ||
	    ldns_dname_compare(ldns_rr_owner(key), zone) != 0)
		return false;
	flags = ldns_rdf2native_int16(ldns_rr_dnskey_flags(key));
	return (flags & LDNS_KEY_ZONE_KEY) && !(flags & LDNS_KEY_REVOKE_KEY) &&
	       dnssec_u8(ldns_rr_dnskey_protocol(key)) == 3 &&
	       algorithm_is_known(dnssec_u8(ldns_rr_dnskey_algorithm(key)));
}

static bool ds_is_for(const ldns_rr *ds, const ldns_rdf *zone)
{
	return ldns_rr_get_type(ds) == LDNS_RR_TYPE_DS &&
	       ldns_rr_rd_count(ds) == 4 &&
	       ldns_dname_compare(ldns_rr_owner(ds), zone) == 0;
}

static unsigned ds_digest_type(const ldns_rr *ds)
{
	return dnssec_u8(ldns_rr_rdf(ds, 2));
}

static bool ds_matches(const ldns_rr *ds, const ldns_rr *key)
{
	ldns_rr *made;
	bool same;

	if (ldns_rdf2native_int16(ldns_rr_rdf(ds, 0)) !=
	    ldns_calc_keytag(key) ||
	    dnssec_u8(ldns_rr_rdf(ds, 1)) !=
	    dnssec_u8(ldns_rr_dnskey_algorithm(key)))
		return false;
	made = ldns_key_rr2ds(key, (ldns_hash)ds_digest_type(ds));
	same = made && ldns_rr_rdf(made, 3) &&
	       ldns_rdf_compare(ldns_rr_rdf(made, 3), ldns_rr_rdf(ds, 3)) == 0;
	ldns_rr_free(made);
	return same;
}

/* SHA-1 counts only where there is nothing better, RFC 4509 section 3. */
static bool ds_counts(const ldns_rr *ds, bool has_better)
{
	switch (ds_digest_type(ds)) {
	case LDNS_SHA1:
		return !has_better;
	case LDNS_SHA256:
	case LDNS_SHA384:
		return true;
	}
	return false;
}

bool dnssec_has_digest(const ldns_rr_list *ds)
{
	for (size_t i = 0; i < ldns_rr_list_rr_count(ds); i++)
		if (ds_counts(ldns_rr_list_rr(ds, i), false))
			return true;
	return false;
}

bool dnssec_has_algorithm(const ldns_rr_list *ds)
{
	for (size_t i = 0; i < ldns_rr_list_rr_count(ds); i++) {
		const ldns_rr *each = ldns_rr_list_rr(ds, i);

		if (ds_counts(each, false) &&
		    algorithm_is_known(dnssec_u8(ldns_rr_rdf(each, 1))))
			return true;
	}
	return false;
}

static bool key_is_anchored(const ldns_rr *key, const ldns_rr_list *ds,
			    const ldns_rdf *zone)
{
	bool has_better = false;

	for (size_t i = 0; i < ldns_rr_list_rr_count(ds); i++) {
		const ldns_rr *each = ldns_rr_list_rr(ds, i);

		if (ds_is_for(each, zone) && ds_counts(each, true))
			has_better = true;
	}
	for (size_t i = 0; i < ldns_rr_list_rr_count(ds); i++) {
		const ldns_rr *each = ldns_rr_list_rr(ds, i);

		if (ds_is_for(each, zone) && ds_counts(each, has_better) &&
		    ds_matches(each, key))
			return true;
	}
	return false;
}

static ldns_rr_list *anchored_keys(const ldns_rr_list *keys,
				   const ldns_rr_list *ds,
				   const ldns_rdf *zone)
{
	ldns_rr_list *anchored = ldns_rr_list_new();

	invariant(anchored);
	for (size_t i = 0; i < ldns_rr_list_rr_count(keys); i++) {
		ldns_rr *key = ldns_rr_list_rr(keys, i);

		if (dnssec_key_is_usable(key, zone) &&
		    key_is_anchored(key, ds, zone))
			ldns_rr_list_push_rr(anchored, key);
	}
	return anchored;
}

static ldns_rr_list *clone_usable(const ldns_rr_list *keys,
				  const ldns_rdf *zone)
{
	ldns_rr_list *usable = ldns_rr_list_new();

	invariant(usable);
	for (size_t i = 0; i < ldns_rr_list_rr_count(keys); i++) {
		ldns_rr *key = ldns_rr_list_rr(keys, i);

		if (dnssec_key_is_usable(key, zone))
			ldns_rr_list_push_rr(usable, ldns_rr_clone(key));
	}
	return usable;
}

static enum dnssec_verdict keys_verify(const char *zone,
				       const ldns_rr_list *keys,
				       const ldns_rr_list *signatures,
				       const ldns_rr_list *anchored,
				       int64_t now_seconds)
{
	struct dnssec_limits limits;
	enum dnssec_verdict verdict;

	if (ldns_rr_list_rr_count(anchored) == 0)
		return DNSSEC_NO_TRUST;
	verdict = dnssec_verify(zone, keys, signatures, anchored, now_seconds,
				&limits);
	if (verdict == DNSSEC_OK || verdict == DNSSEC_NO_SIGNATURE ||
	    verdict == DNSSEC_EXPIRED || verdict == DNSSEC_NOT_YET_VALID)
		return verdict;
	return DNSSEC_KEYS_BOGUS;
}

enum dnssec_verdict dnssec_trust_keys(const char *zone,
				      const ldns_rr_list *ds,
				      const ldns_rr_list *keys,
				      const ldns_rr_list *signatures,
				      int64_t now_seconds,
				      ldns_rr_list **trusted)
{
	ldns_rr_list *anchored;
	enum dnssec_verdict verdict;
	ldns_rdf *dname;

	*trusted = NULL;
	if (ldns_rr_list_rr_count(keys) == 0)
		return DNSSEC_NO_KEYS;
	if (ldns_rr_list_rr_count(keys) > KEYS_PER_ZONE_MAX)
		return DNSSEC_KEYS_BOGUS;
	dname = dnssec_dname(zone);
	anchored = anchored_keys(keys, ds, dname);
	verdict = keys_verify(zone, keys, signatures, anchored, now_seconds);
	if (verdict == DNSSEC_OK)
		*trusted = clone_usable(keys, dname);
	ldns_rr_list_free(anchored);
	ldns_rdf_deep_free(dname);
	return verdict;
}
