/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/prefix.h"
#include "world/world.h"

#include <ldns/ldns.h>

/*
 * A network made of a table: server address, name and type give a reply.
 * A question without a row gets silence. Of several rows that fit, the one
 * added last answers, so that a test can begin with a world that works and
 * then break it.
 */
enum fake_flags { FAKE_AA = 1, FAKE_AD = 2, FAKE_RA = 4, FAKE_TC = 8 };

struct fake_reply {
	struct address server;
	char *name;			/* NULL: any */
	ldns_rr_type type;		/* 0: any */
	unsigned flags;
	unsigned rcode;
	enum outcome outcome;
	bool refuses_edns;		/* FORMERR to a query that has it */
	bool bogus;			/* SERVFAIL to a query without CD */
	bool cut;			/* the last octet gets lost */
	bool knows_key;			/* signed questions get signed replies,
					   else the signature is passed over */
	bool wants_key;			/* only such questions get this one */
	bool forges;			/* with KNOWS_KEY: the MAC is wrong */
	ldns_rr_list *sections[4];	/* by ldns_pkt_section; [0] unused */
};

struct fake_dns {
	struct world world;
	struct fake_reply **replies;
	size_t count;
	struct moment now;
	const char *resolv_conf;	/* NULL: there is no such file */
	/* What happened: */
	size_t batches;
	size_t questions;
	size_t signed_questions;
};

/* The key that servers know, with which questions with FAKE_KEY are signed;
 * tsig_key_free(). */
#define FAKE_KEY "/etc/alnitak/fake.key"
struct tsig_key *fake_key(void);

void fake_dns_init(struct fake_dns *fake);
void fake_dns_clear(struct fake_dns *fake);

struct fake_reply *fake_dns_reply(struct fake_dns *fake, const char *server,
				  const char *name, ldns_rr_type type,
				  unsigned flags);
/* A record in presentation format. Yields REPLY. */
struct fake_reply *fake_reply_add(struct fake_reply *reply,
				  ldns_pkt_section section, const char *text);
/* Clones of all records in LIST. */
void fake_reply_add_list(struct fake_reply *reply, ldns_pkt_section section,
			 const ldns_rr_list *list);

/* The list of these NULL-terminated records. */
ldns_rr_list *fake_records(const char *first, ...);
struct address fake_address(const char *text);
struct prefix fake_prefix(const char *text);

/* ---- Signed zones ------------------------------------------------------ */

struct fake_signer {
	char *zone;
	ldns_key_list *zone_keys;	/* a ZSK, ECDSA P-256 */
	ldns_key_list *entry_keys;	/* a KSK */
	ldns_rr_list *dnskeys;		/* both */
	ldns_rr_list *dnskey_signatures;
	ldns_rr_list *ds;		/* of the KSK, SHA-256 */
};

/* Signatures are valid from a day before NOW until ten days after it. */
void fake_signer_init(struct fake_signer *signer, const char *zone,
		      int64_t now_seconds);
void fake_signer_clear(struct fake_signer *signer);
void fake_signer_period(struct fake_signer *signer, int64_t inception,
			int64_t expiration);
/* The RRSIGs of RRSET by the ZSK; freed with ldns_rr_list_deep_free(). */
ldns_rr_list *fake_signer_sign(struct fake_signer *signer,
			       const ldns_rr_list *rrset);
/* Adds a record and its signature to REPLY. */
void fake_signer_add(struct fake_signer *signer, struct fake_reply *reply,
		     ldns_pkt_section section, const char *text);
