/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <ldns/ldns.h>

/*
 * Signatures of direct answers. The cryptography is ldns's; every check
 * around it that RFC 4035 section 5.3.1 asks for and ldns omits is made here
 * before: owner, class, type, labels (a wildcard expansion is not ours),
 * signer, key flags, protocol and tag, TTL, validity period.
 */
enum dnssec_verdict {
	DNSSEC_OK,
	DNSSEC_NO_SIGNATURE,
	DNSSEC_NO_KEYS,		/* no DNSKEY set came with it */
	DNSSEC_NO_TRUST,	/* no DNSKEY matches the parent's DS */
	DNSSEC_KEYS_BOGUS,	/* the DNSKEY set is not signed by such a key */
	DNSSEC_BOGUS,		/* no signature verifies */
	DNSSEC_WILDCARD,	/* signed for a wildcard above the owner */
	DNSSEC_EXPIRED,
	DNSSEC_NOT_YET_VALID,
	DNSSEC_WRONG_SIGNER,
	/* See denial.h; never from dnssec_verify(): */
	DNSSEC_NO_DENIAL,
	DNSSEC_COSTLY_DENIAL,
};
const char *dnssec_verdict_text(enum dnssec_verdict verdict);

/* One of DS at least has a digest that counts: others are as if they were not
 * there, and so would be the zone's signatures (RFC 4509 section 3). */
bool dnssec_has_digest(const ldns_rr_list *ds);
/* One of these at least is about a key of an algorithm that is known here: to
 * whom none is, the zone is unsigned (RFC 4035 section 5.2). */
bool dnssec_has_algorithm(const ldns_rr_list *ds);

/*
 * Those of KEYS (DNSKEY RRset of ZONE with SIGNATURES) that may sign data
 * once the set is proven by a key that DS names. *TRUSTED is a new list of
 * clones, freed with ldns_rr_list_deep_free(); NULL unless DNSSEC_OK.
 */
enum dnssec_verdict dnssec_trust_keys(const char *zone,
				      const ldns_rr_list *ds,
				      const ldns_rr_list *keys,
				      const ldns_rr_list *signatures,
				      int64_t now_seconds,
				      ldns_rr_list **trusted);

/* How many labels a signature at OWNER names: a wildcard's own is none (RFC
 * 4034 section 3.1.3). */
unsigned dnssec_labels(const ldns_rdf *owner);

/* What the good signatures of an RRset allow; all 0 where there is none. */
struct dnssec_limits {
	int64_t expires_seconds;	/* the latest expiration */
	int64_t begins_seconds;		/* the inception beside it */
	uint32_t ttl_seconds;		/* the longest original TTL: what is
					   served has no longer one */
};

/*
 * Is RRSET (one owner, one type) properly signed in ZONE by one of TRUSTED?
 * *LIMITS is filled from those signatures that are good, and from no others.
 */
enum dnssec_verdict dnssec_verify(const char *zone, const ldns_rr_list *rrset,
				  const ldns_rr_list *signatures,
				  const ldns_rr_list *trusted,
				  int64_t now_seconds,
				  struct dnssec_limits *limits);
