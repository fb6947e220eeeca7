/* SPDX-License-Identifier: MIT */
#pragma once

#include "dns/dnssec.h"

/* What dnssec.c and dnssec_keys.c share. */

/* NAME, a canonical name, for ldns; the caller frees it. */
ldns_rdf *dnssec_dname(const char *name);

/*
 * May this record be the key behind a signature in ZONE: a DNSKEY of the
 * zone's own name, a zone key, not revoked, protocol 3, of an algorithm that
 * is known (RFC 4035 section 5.3.1, RFC 5011 section 2.1)?
 */
bool dnssec_key_is_usable(const ldns_rr *key, const ldns_rdf *zone);

static inline unsigned dnssec_u8(const ldns_rdf *rdf)
{
	return ldns_rdf2native_int8(rdf);
}
