/* SPDX-License-Identifier: MIT */
#pragma once

#include "dns/dnssec.h"
#include "dns/lookup.h"
#include "dns/survey.h"

/*
 * What survey.c (asking), survey_primary.c (asking the primary),
 * survey_server.c (what a server says about its zone), survey_read.c (one
 * reply), survey_found.c (what to call it), survey_proof.c (proving it) and
 * survey_denial.c (proving that it is not there) share.
 */

/* ---- Proofs ------------------------------------------------------------ */

/* Servers as a rule give the same octets: each is verified once. */
struct proof {
	uint8_t *key;			/* the records and signatures */
	size_t key_size;
	const ldns_rr_list *with;	/* the trusted keys used */
	enum dnssec_verdict verdict;
	struct dnssec_limits limits;
	ldns_rr_list *trusted;		/* of a DNSKEY set */
};

struct proofs {
	struct proof **items;
	size_t count;
};

/* dnssec_trust_keys(); what it gives stays in PROOFS. NULL unless OK. */
enum dnssec_verdict proofs_trust_keys(struct proofs *proofs,
				      const struct zone *zone,
				      const ldns_rr_list *keys,
				      const ldns_rr_list *signatures,
				      int64_t now_seconds,
				      const ldns_rr_list **trusted);

/* dnssec_verify(). TRUSTED came from proofs_trust_keys(). */
enum dnssec_verdict proofs_verify(struct proofs *proofs,
				  const struct zone *zone,
				  const ldns_rr_list *rrset,
				  const ldns_rr_list *signatures,
				  const ldns_rr_list *trusted,
				  int64_t now_seconds,
				  struct dnssec_limits *limits);
void proofs_clear(struct proofs *proofs);

/* ---- What one server said ---------------------------------------------- */

struct server_view {
	struct address address;
	struct lookup soa;
	struct lookup ns;
	struct lookup keys;
	struct lookup *tlsa;		/* one per owner in the zone */
	char *key_failure;		/* why questions signed with the
					   zone's key bring nothing, or NULL */
	struct lookup *hosts;		/* addresses of name servers in the
					   zone, where NS did not bring them */
	size_t host_count;
	/* Found out from these: */
	bool is_read;			/* server_view_read() was here */
	bool serial_known;
	bool serial_unproven;		/* it told one, without the proof that
					   is required */
	bool is_signed;			/* its SOA record is */
	uint32_t serial;
	enum dnssec_verdict trust;	/* of its DNSKEY set */
	char *keys_failure;		/* why there is none, or NULL */
	const ldns_rr_list *trusted;
	enum dnssec_verdict ns_verdict;	/* of its NS set */
	char *ns_failure;		/* why there is none, or NULL */
	uint32_t ns_ttl_seconds;
	struct texts ns_names;		/* in that, where it is proven */
	struct texts host_names;	/* whose addresses it told, or is asked
					   for in HOSTS */
};

/* A zone, the owners in it that are asked about, and its servers. */
struct zone_view {
	struct zone *zone;
	size_t *owners;			/* indices into the survey's */
	size_t owner_count;
	struct server_view *servers;
	size_t server_count;
	const struct server_view *primary;	/* NULL: none is asked */
	struct proofs proofs;		/* of DNSKEY and SOA records */
};

struct surveying {
	struct world *world;
	const struct config *config;
	const struct zones *zones;
	struct survey *survey;
	struct zone_view *views;
	size_t view_count;
	int64_t now_seconds;
};

/* One reply about one owner, with all that it takes to read it. */
struct reading {
	const struct zone *zone;
	const char *owner;
	const struct server_view *server;
	const struct server_view *primary;	/* NULL: none is asked */
	bool primary_is_hidden;
	const struct lookup *lookup;		/* of the TLSA records */
	bool dnssec_required;
	int64_t now_seconds;
	struct proofs *set_proofs;		/* of this owner */
	struct proofs *soa_proofs;		/* of the zone */
};

/* SERVER becomes one that is to be asked; with KEY, or unsigned. */
void server_view_open(const struct surveying *all,
		      const struct zone_view *view,
		      struct server_view *server,
		      const struct address *address,
		      const char *key);
void server_view_close(const struct zone_view *view,
		       struct server_view *server);

struct open_lookups {
	struct lookup **items;
	size_t count;
};

/* All questions to SERVER. */
void open_add_server(struct open_lookups *open, const struct zone_view *view,
		     struct server_view *server);
struct server_view *view_find(const struct zone_view *view,
			      const struct address *address);
struct zone_server *view_server(const struct zone_view *view,
				const struct server_view *server);
/* What SERVER said, to be read; the caller adds what it is about. */
struct reading view_reading(const struct surveying *all,
			    struct zone_view *view,
			    const struct server_view *server);
/* server_view_read(), with what applies to it. */
void view_read_server(const struct surveying *all, struct zone_view *view,
		      struct server_view *server);

/* ---- survey_primary.c -------------------------------------------------- */

/* What questions to SERVER are signed with at first; NULL: nothing. */
const char *primary_key(const struct zone *zone,
				   const struct zone_server *server);
/* Asks hidden primaries without the key what they did not answer with it. */
void primaries_ask_unsigned(const struct surveying *all);
/* Asks primaries of which nothing can be read with the key. */
void primaries_ask_signed(const struct surveying *all);
/* Which of the zone's primaries is it? */
void primary_choose(struct zone_view *view);

/* SOA, DNSKEY and NS replies: serial, trusted keys, proven NS set. */
void server_view_read(struct server_view *server, const struct zone *zone,
		      bool dnssec_required, int64_t now_seconds,
		      struct proofs *proofs);

/*
 * What SERVER says about name servers, and is proven where that is required:
 * the names in its NS set, and the addresses of names in the zone. Those that
 * did not come with the NS set it is to be asked for: HOSTS grows. False: they
 * are too many.
 */
bool server_view_tell(struct server_view *server, const struct reading *like,
		      enum transport transport, struct zone_news *news);
void server_view_clear(struct server_view *server, size_t owner_count);

/* Fills all of SIGHTING but its server. */
void sighting_read(struct sighting *sighting, const struct reading *reading);

/* ---- What was found ---------------------------------------------------- */

/* DETAIL, and WHAT in the next two, are taken over. */
void sighting_found(struct sighting *sighting, enum sighting_verdict verdict,
		    char *detail);
/* The serial and the TTL go behind WHAT. */
void sighting_found_proven(struct sighting *sighting,
			   enum sighting_verdict verdict, char *what);
/* Why it is not proven goes behind WHAT. */
void sighting_found_unproven(struct sighting *sighting,
			     const struct reading *reading, char *what,
			     enum dnssec_verdict verdict);

/*
 * Signatures count where they are required; there *LIMITS is from those that
 * are good. Elsewhere all are believed, up to TTL_UNPROVEN_MAX.
 */
enum dnssec_verdict reading_prove(const struct reading *reading,
				  struct proofs *proofs,
				  const ldns_rr_list *rrset,
				  const ldns_rr_list *signatures,
				  struct dnssec_limits *limits);

/* ---- survey_denial.c --------------------------------------------------- */

/* The NSEC and NSEC3 records of a reply. */
struct denials {
	ldns_rr_list *proven;		/* for denial_of(); the reply's */
	uint32_t ttl_seconds;		/* for how long caches may deny by
					   these: RFC 8198 */
};

/* More than anybody sends: nothing is read of it. */
bool denials_are_many(const ldns_pkt *packet);
struct denials denials_read(const struct reading *reading,
			    const ldns_pkt *packet);
void denials_clear(struct denials *denials);
/* What to call it where they do not prove what they should. */
enum dnssec_verdict denials_fault(const struct denials *denials);

/*
 * reading_prove() for an RRset in the answer section: one that a wildcard gave
 * is denials_fault() unless it is proven that OWNER, whose it is said to be,
 * does not exist; and it may be given as long as that proof is kept.
 */
enum dnssec_verdict reading_prove_answer(const struct reading *reading,
					 const ldns_pkt *packet,
					 const char *owner,
					 const ldns_rr_list *rrset,
					 const ldns_rr_list *signatures,
					 struct dnssec_limits *limits);

/* The RRSIGs in SECTION that cover TYPE at OWNER; ldns_rr_list_free(). */
ldns_rr_list *records_signatures(const ldns_pkt *packet,
				 ldns_pkt_section section, const char *owner,
				 ldns_rr_type type);

/* The longest TTL of all; never above TTL_MAX. */
uint32_t ttl_longer(uint32_t a, uint32_t b);
uint32_t records_ttl(const ldns_rr_list *records);
/* Into an empty SET; false: too many TLSA records, or too large ones. */
bool records_take_set(struct tlsa_set *set, const ldns_rr_list *rrset);
/* Which of these, one phrase, allocated. */
char *records_fault(const ldns_rr_list *rrset);

/* The wildcard for which SIGNATURE of records at OWNER was made; allocated,
 * NULL: it was made for OWNER itself. */
char *signature_wildcard(const ldns_rr *signature, const char *owner);

/* survey_hidden.c: fills in HIDDEN of the owners, in one batch at most. */
void survey_find_hidden(const struct surveying *surveying);

/* The reply when it is well-formed, authoritative and NOERROR; else NULL. */
ldns_pkt *authoritative_packet(const struct lookup *lookup);
