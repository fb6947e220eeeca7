/* SPDX-License-Identifier: MIT */
#pragma once

#include "tsig/tsig.h"
#include "world/world.h"

#include <ldns/ldns.h>

/*
 * DNS messages: what we ask, and what came back made fit for use. ldns
 * parses only what has passed our own walk over the octets first: it would
 * take trailing octets, RDATA that does not fill its RDLENGTH, or TLSA
 * records with missing fields.
 */
enum message_flags {
	MESSAGE_RECURSE = 1,	/* RD: for resolvers */
	MESSAGE_DNSSEC = 2,	/* DO, and AD wanted */
	MESSAGE_PLAIN = 4,	/* without EDNS, for servers that refuse it */
	MESSAGE_UNCHECKED = 8,	/* CD: a resolver is not to validate */
	MESSAGE_DELEGATIONS = 16,	/* DE: delegations that are not of NS
				   are wanted (draft-ietf-dnsop-delext); who
				   does not know it gives those of NS */
};

/*
 * A query for NAME and TYPE, class IN: random ID, the letters of the name in
 * random case, EDNS with EDNS_SIZE. Allocated; *SIZE octets.
 */
uint8_t *message_query(struct world *world, const char *name,
		       ldns_rr_type type, unsigned flags, size_t *size);

/*
 * Signs QUERY, of message_query(): it is replaced by one that has the record
 * of tsig_record() at its end, with which REQUEST verifies the reply. False:
 * it stays as it is, for tsig_sign() refuses.
 */
bool message_sign(uint8_t **query, size_t *size, const struct tsig_key *key,
		  uint64_t now_seconds, struct tsig_request *request);

enum message_error {
	MESSAGE_OK,
	MESSAGE_SHORT,		/* ends inside a header, name or record */
	MESSAGE_BAD_NAME,	/* label type, pointer forward, too long */
	MESSAGE_TRAILING,	/* octets after the last record */
	MESSAGE_TOO_MANY,	/* more than RECORDS_PER_REPLY_MAX */
	MESSAGE_BAD_RDATA,	/* e.g. TLSA of less than 4 octets */
	MESSAGE_REJECTED,	/* ldns could not parse it */
};
const char *message_error_text(enum message_error error);

/*
 * *PACKET is freed with ldns_pkt_free(); NULL on error. Records of types that
 * nobody here reads are in it without their RDATA; OPT is not in it. Names have
 * the letters that they are signed with (RFC 4034 section 6.2): a server's
 * compression gives them those of the question, which are random, and what is
 * the same everywhere would look different each time.
 */
enum message_error message_parse(const uint8_t *reply, size_t size,
				 ldns_pkt **packet);

/* The response code with the upper bits that EDNS adds; 16 is BADVERS. */
unsigned message_rcode(const ldns_pkt *packet);

/*
 * The records of SECTION with this owner (canonical name) and type, class
 * IN: a new list of pointers into PACKET, freed with ldns_rr_list_free().
 * Never NULL.
 */
ldns_rr_list *message_records(const ldns_pkt *packet, ldns_pkt_section section,
			      const char *owner, ldns_rr_type type);

/* Canonical name (name.h) of an ldns name; the caller frees. */
char *message_name(const ldns_rdf *name);
