/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>

#include <ldns/ldns.h>

/*
 * What NSEC and NSEC3 records prove not to be there (RFC 4035 section 5.4, RFC
 * 5155 section 8, RFC 6840 section 4). The survey calls this with what came in
 * the authority section, after each of DENIALS was verified: one for each
 * RRset, signed at its own owner and not for a wildcard. Without such a proof
 * an answer that there is nothing, or that a wildcard gives, may be put
 * together by anybody from records of the zone.
 *
 * For example, in a zone with mail.example.com. and www.example.com.:
 *
 *   mail.example.com. NSEC www.example.com. A RRSIG NSEC
 *
 * proves that mail.example.com. has no TLSA records, that
 * _25._tcp.mail.example.com. does not exist, and, as it covers
 * *.mail.example.com. as well, that no wildcard gives it any: DENIAL_NO_NAME.
 *
 * Names are canonical. NSEC3 records of an unknown hash or flag, or with more
 * than NSEC3_ITERATIONS_MAX iterations, are as if they were not there. One that
 * opts out counts: what it may pass over are delegations without a DS, and
 * below these nothing is secure.
 */
enum denial {
	DENIAL_UNPROVEN,
	DENIAL_NO_DATA,		/* not of this type; the name, or a wildcard
				   that stands for it, may exist */
	DENIAL_NO_NAME,		/* neither the name nor a wildcard for it */
};

/* Do these prove nothing for the number of iterations that one of them has? */
bool denials_are_costly(const ldns_rr_list *denials);

/* About records of TYPE, and a CNAME, at NAME in ZONE. */
enum denial denial_of(const ldns_rr_list *denials, const char *zone,
		      const char *name, ldns_rr_type type);

/*
 * A wildcard gave what was answered for NAME, and its signature has LABELS
 * labels (RFC 4035 section 5.3.4): is it proven that nothing closer to NAME
 * exists, so that the wildcard may?
 */
bool denial_lets_expand(const ldns_rr_list *denials, const char *zone,
			const char *name, unsigned labels);
