/* SPDX-License-Identifier: MIT */
#pragma once

#include "cert/tlsa.h"

/*
 * Would a client that relies on a TLSA record accept a chain (RFC 7671
 * section 5)? Usage 3 is about the first certificate alone: neither names nor
 * dates nor anything behind it matter. With usage 2 clients look for the
 * issuer of the record in all that was sent, for a way of good signatures from
 * the first certificate to it, for the host's name in the first (RFC 7672
 * section 3.2.3: that of the TLSA base domain is one that all of them accept),
 * and at the dates of each. OpenSSL's own verification is the judge of that; it
 * knows no issuers but what the record names.
 *
 * Asked about what a service presents (look/probe_judge.c), and about a
 * version that nobody presents yet: would it do?
 */
enum dane_verdict {
	DANE_ACCEPTED,
	DANE_NOT_FOUND,		/* nothing of what was sent matches */
	DANE_NOT_LINKED,	/* the issuer is there, but no way to it */
	DANE_WRONG_NAME,	/* the first is not for the host */
	DANE_EXPIRED,
	DANE_NOT_YET_VALID,
	DANE_REFUSED,		/* for another reason, which DETAIL has */
};

/*
 * HOST is the TLSA base domain, canonical. *DETAIL, if DETAIL is not NULL, says
 * of CHAIN what is wrong ("is not for mx.test, but for www.test"), allocated;
 * NULL where it is accepted. A record of usage 0 or 1 is taken as one of 2 or
 * 3: what else its clients ask for is not known here.
 */
enum dane_verdict dane_verify(const struct chain *chain,
			      const struct tlsa *record, const char *host,
			      int64_t now_seconds, char **detail);
