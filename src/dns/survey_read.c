/* SPDX-License-Identifier: MIT */
#include "dns/survey_internal.h"

#include "base/bounds.h"
#include "base/name.h"
#include "base/xalloc.h"
#include "dns/denial.h"

#include <stdlib.h>

static void take_limits(struct sighting *sighting,
			const struct dnssec_limits *limits)
{
	sighting->signature_expires_seconds = limits->expires_seconds;
	sighting->signature_begins_seconds = limits->begins_seconds;
	sighting->ttl_seconds = ttl_longer(0, limits->ttl_seconds);
}

/* ---- A TLSA RRset ------------------------------------------------------ */

static bool take_record(struct tlsa_set *set, const ldns_rr *rr)
{
	const ldns_rdf *data = ldns_rr_rdf(rr, 3);
	struct tlsa record;

	if (ldns_rr_rd_count(rr) != 4 || ldns_rdf_size(data) == 0 ||
	    ldns_rdf_size(data) > TLSA_DATA_MAX)
		return false;
	record.params.usage = ldns_rdf2native_int8(ldns_rr_rdf(rr, 0));
	record.params.selector = ldns_rdf2native_int8(ldns_rr_rdf(rr, 1));
	record.params.matching = ldns_rdf2native_int8(ldns_rr_rdf(rr, 2));
	record.data = ldns_rdf_data(data);
	record.size = ldns_rdf_size(data);
	tlsa_set_add(set, &record);
	return true;
}

bool records_take_set(struct tlsa_set *set, const ldns_rr_list *rrset)
{
	if (ldns_rr_list_rr_count(rrset) > TLSA_PER_SET_MAX)
		return false;
	for (size_t i = 0; i < ldns_rr_list_rr_count(rrset); i++)
		if (!take_record(set, ldns_rr_list_rr(rrset, i)))
			return false;
	return true;
}

char *records_fault(const ldns_rr_list *rrset)
{
	if (ldns_rr_list_rr_count(rrset) > TLSA_PER_SET_MAX)
		return xasprintf("more than %d TLSA records: that many are not "
				 "looked at", TLSA_PER_SET_MAX);
	return xasprintf("a TLSA record without data, or with more than %d "
			 "octets", TLSA_DATA_MAX);
}

static void judge_set(struct sighting *sighting, const struct reading *reading,
		      const ldns_pkt *packet, const ldns_rr_list *rrset,
		      const ldns_rr_list *signatures)
{
	struct dnssec_limits limits;
	enum dnssec_verdict verdict = reading_prove_answer(
		reading, packet, reading->owner, rrset, signatures, &limits);
	char *set = tlsa_set_format(&sighting->set);
	char *wildcard = verdict == DNSSEC_WILDCARD
			 ? signature_wildcard(ldns_rr_list_rr(signatures, 0),
					      reading->owner) : NULL;
	char *what = xasprintf("serves %s%s%s", set,
			       wildcard ? " by the wildcard " : "",
			       wildcard ? wildcard : "");

	free(wildcard);
	free(set);
	sighting->rrset_ttl_seconds = records_ttl(rrset);
	take_limits(sighting, &limits);
	if (verdict == DNSSEC_OK) {
		sighting_found_proven(sighting, SIGHTING_SET, what);
	} else if (verdict == DNSSEC_WILDCARD) {
		sighting_found_proven(sighting, SIGHTING_WILDCARD, what);
	} else {
		tlsa_set_clear(&sighting->set);
		sighting_found_unproven(sighting, reading, what, verdict);
	}
}

static void read_set(struct sighting *sighting, const struct reading *reading,
		     const ldns_pkt *packet, const ldns_rr_list *rrset)
{
	ldns_rr_list *signatures;

	if (reading->lookup->rcode != LDNS_RCODE_NOERROR) {
		sighting_found(sighting, SIGHTING_MALFORMED,
			       xstrdup("NXDOMAIN with records in the answer"));
		return;
	}
	if (!records_take_set(&sighting->set, rrset)) {
		tlsa_set_clear(&sighting->set);
		sighting_found(sighting, SIGHTING_MALFORMED,
			       records_fault(rrset));
		return;
	}
	signatures = records_signatures(packet, LDNS_SECTION_ANSWER,
					reading->owner, LDNS_RR_TYPE_TLSA);
	judge_set(sighting, reading, packet, rrset, signatures);
	ldns_rr_list_free(signatures);
}

/* ---- An alias ---------------------------------------------------------- */

/* The name above OWNER that has a DNAME in the answer, or NULL. */
static const char *find_dname(const ldns_pkt *packet, const char *owner)
{
	for (const char *name = name_parent(owner); name;
	     name = name_parent(name)) {
		ldns_rr_list *records = message_records(
			packet, LDNS_SECTION_ANSWER, name, LDNS_RR_TYPE_DNAME);
		size_t count = ldns_rr_list_rr_count(records);

		ldns_rr_list_free(records);
		if (count > 0)
			return name;
	}
	return NULL;
}

/* RFC 6672 section 2.2: the part of NAME below DNAME moves under TARGET. NULL
 * when that gets too long. */
static char *substitute(const char *name, const char *dname,
			const char *target)
{
	size_t kept = strlen(name) - (streq(dname, ".") ? 0 : strlen(dname));
	char *text = xasprintf("%.*s%s", (int)kept, name,
			       streq(target, ".") ? "" : target);
	char *moved = name_parse(text);

	free(text);
	return moved;
}

/* Where the CNAME or DNAME at OWNER leads; NULL: to no legal name. */
static char *alias_target(const struct reading *reading,
			  const ldns_rr_list *rrset, const char *owner)
{
	char *target = message_name(ldns_rr_rdf(ldns_rr_list_rr(rrset, 0), 0));
	char *alias = streq(owner, reading->owner)
		      ? name_parse(target)
		      : substitute(reading->owner, owner, target);

	free(target);
	return alias;
}

static void judge_alias(struct sighting *sighting,
			const struct reading *reading, const ldns_pkt *packet,
			const ldns_rr_list *rrset,
			const ldns_rr_list *signatures, char *alias,
			const char *at)
{
	struct dnssec_limits limits;
	enum dnssec_verdict verdict = reading_prove_answer(
		reading, packet, at, rrset, signatures, &limits);
	bool by_dname = !streq(at, reading->owner);
	char *what = xasprintf("alias of %s%s%s", alias,
			       by_dname ? " by the DNAME at " : "",
			       by_dname ? at : "");

	take_limits(sighting, &limits);
	/* A wildcard's alias is one as well: nothing is published here. */
	if (verdict == DNSSEC_OK || verdict == DNSSEC_WILDCARD) {
		sighting->alias = alias;
		sighting_found_proven(sighting, SIGHTING_ALIAS, what);
	} else {
		free(alias);
		sighting_found_unproven(sighting, reading, what, verdict);
	}
}

/* OWNER is the name asked for, or where the DNAME above it stands. */
static void read_alias_at(struct sighting *sighting,
			  const struct reading *reading,
			  const ldns_pkt *packet, const char *owner,
			  ldns_rr_type type)
{
	ldns_rr_list *rrset = message_records(packet, LDNS_SECTION_ANSWER,
					      owner, type);
	ldns_rr_list *signatures = records_signatures(
		packet, LDNS_SECTION_ANSWER, owner, type);
	char *alias = ldns_rr_list_rr_count(rrset) == 1
		      ? alias_target(reading, rrset, owner) : NULL;

	if (alias)
		judge_alias(sighting, reading, packet, rrset, signatures,
			    alias, owner);
	else
		sighting_found(sighting, SIGHTING_MALFORMED,
			       xasprintf("the alias at %s leads to several "
					 "names, or to one that is too long",
					 owner));
	ldns_rr_list_free(signatures);
	ldns_rr_list_free(rrset);
}

static bool read_alias(struct sighting *sighting,
		       const struct reading *reading, const ldns_pkt *packet)
{
	const char *dname = find_dname(packet, reading->owner);
	ldns_rr_list *alias;
	bool is_alias;

	if (dname) {
		read_alias_at(sighting, reading, packet, dname,
			      LDNS_RR_TYPE_DNAME);
		return true;
	}
	alias = message_records(packet, LDNS_SECTION_ANSWER, reading->owner,
				LDNS_RR_TYPE_CNAME);
	is_alias = ldns_rr_list_rr_count(alias) > 0;
	ldns_rr_list_free(alias);
	if (is_alias)
		read_alias_at(sighting, reading, packet, reading->owner,
			      LDNS_RR_TYPE_CNAME);
	return is_alias;
}

/* ---- An absence -------------------------------------------------------- */

/* RFC 2308 section 5; SOA_TTL is the longest that the SOA may be kept. */
static uint32_t absence_ttl(const ldns_rr *soa, uint32_t soa_ttl)
{
	uint32_t minimum = ldns_rdf2native_int32(ldns_rr_rdf(soa, 6));

	return ttl_longer(0, soa_ttl < minimum ? soa_ttl : minimum);
}

/* The SOA says who speaks, the denials that there is nothing. */
static enum dnssec_verdict prove_absence(struct sighting *sighting,
					 const struct reading *reading,
					 const struct denials *denials,
					 const ldns_rr_list *soa,
					 const ldns_rr_list *signatures)
{
	struct dnssec_limits limits;
	enum dnssec_verdict verdict =
		reading_prove(reading, reading->soa_proofs, soa, signatures,
			      &limits);
	enum denial denial = denial_of(denials->proven, reading->zone->name,
				       reading->owner, LDNS_RR_TYPE_TLSA);

	sighting->no_data = reading->lookup->rcode == LDNS_RCODE_NOERROR ||
			    (reading->dnssec_required &&
			     denial != DENIAL_NO_NAME);
	if (verdict == DNSSEC_OK && reading->dnssec_required &&
	    denial == DENIAL_UNPROVEN)
		return denials_fault(denials);
	take_limits(sighting, &limits);
	sighting->ttl_seconds = ttl_longer(denials->ttl_seconds, absence_ttl(
		ldns_rr_list_rr(soa, 0), limits.ttl_seconds));
	return verdict;
}

static void judge_absence(struct sighting *sighting,
			  const struct reading *reading,
			  const ldns_pkt *packet, const ldns_rr_list *soa)
{
	ldns_rr_list *signatures = records_signatures(
		packet, LDNS_SECTION_AUTHORITY, reading->zone->name,
		LDNS_RR_TYPE_SOA);
	struct denials denials = denials_read(reading, packet);
	enum dnssec_verdict verdict = prove_absence(
		sighting, reading, &denials, soa, signatures);
	char *what = xstrdup("serves nothing");

	if (verdict == DNSSEC_OK)
		sighting_found_proven(sighting, SIGHTING_ABSENT, what);
	else
		sighting_found_unproven(sighting, reading, what, verdict);
	denials_clear(&denials);
	ldns_rr_list_free(signatures);
}

/* The owner of the first TYPE in the authority section, or NULL. */
static char *authority_owner(const ldns_pkt *packet, ldns_rr_type type)
{
	const ldns_rr_list *all = ldns_pkt_authority(packet);

	for (size_t i = 0; i < ldns_rr_list_rr_count(all); i++) {
		const ldns_rr *rr = ldns_rr_list_rr(all, i);

		if (ldns_rr_get_type(rr) == type)
			return message_name(ldns_rr_owner(rr));
	}
	return NULL;
}

static void read_foreign_absence(struct sighting *sighting,
				 const struct reading *reading,
				 const ldns_pkt *packet)
{
	char *soa = authority_owner(packet, LDNS_RR_TYPE_SOA);
	char *cut = authority_owner(packet, LDNS_RR_TYPE_NS);

	if (soa)
		sighting_found(sighting, SIGHTING_LAME,
		      xasprintf("answers for the zone %s, not for %s", soa,
				reading->zone->name));
	else if (cut)
		sighting_found(sighting, SIGHTING_LAME,
			       xasprintf("refers to the servers of %s", cut));
	else
		sighting_found(sighting, SIGHTING_MALFORMED,
			       xstrdup("no SOA in its negative answer"));
	free(soa);
	free(cut);
}

static void read_absence(struct sighting *sighting,
			 const struct reading *reading, const ldns_pkt *packet)
{
	ldns_rr_list *soa = message_records(packet, LDNS_SECTION_AUTHORITY,
					    reading->zone->name,
					    LDNS_RR_TYPE_SOA);

	if (denials_are_many(packet))
		sighting_found(sighting, SIGHTING_MALFORMED,
		      xasprintf("more than %d NSEC and NSEC3 records",
				DENIALS_MAX));
	else if (ldns_rr_list_rr_count(soa) == 1)
		judge_absence(sighting, reading, packet, soa);
	else
		read_foreign_absence(sighting, reading, packet);
	ldns_rr_list_free(soa);
}

/* ---- A reply ----------------------------------------------------------- */

static void read_answer(struct sighting *sighting,
			const struct reading *reading, const ldns_pkt *packet)
{
	ldns_rr_list *rrset;

	if (read_alias(sighting, reading, packet))
		return;
	rrset = message_records(packet, LDNS_SECTION_ANSWER, reading->owner,
				LDNS_RR_TYPE_TLSA);
	if (ldns_rr_list_rr_count(rrset) > 0)
		read_set(sighting, reading, packet, rrset);
	else if (ldns_rr_list_rr_count(ldns_pkt_answer(packet)) > 0)
		sighting_found(sighting, SIGHTING_MALFORMED,
		      xstrdup("answers something else than was asked"));
	else
		read_absence(sighting, reading, packet);
	ldns_rr_list_free(rrset);
}

static void read_lame(struct sighting *sighting, const struct reading *reading,
		      const ldns_pkt *packet)
{
	const char *zone = reading->zone->name;
	char *cut = authority_owner(packet, LDNS_RR_TYPE_NS);

	if (ldns_pkt_ra(packet))
		sighting_found(sighting, SIGHTING_LAME,
		      xasprintf("answers as a resolver, not as a server of %s",
				zone));
	else if (cut && !streq(cut, zone))
		sighting_found(sighting, SIGHTING_LAME,
			       xasprintf("refers to the servers of %s", cut));
	else
		sighting_found(sighting, SIGHTING_LAME,
			       xasprintf("not authoritative for %s", zone));
	free(cut);
}

static void read_packet(struct sighting *sighting,
			const struct reading *reading, const ldns_pkt *packet)
{
	if (!ldns_pkt_qr(packet) || ldns_pkt_tc(packet) ||
	    ldns_pkt_get_opcode(packet) != LDNS_PACKET_QUERY)
		sighting_found(sighting, SIGHTING_MALFORMED,
			       xstrdup("no complete reply to a query"));
	else if (!lookup_is_useful(reading->lookup))
		sighting_found(sighting, SIGHTING_ERROR,
			       lookup_failure(reading->lookup));
	else if (!ldns_pkt_aa(packet))
		read_lame(sighting, reading, packet);
	else
		read_answer(sighting, reading, packet);
}

static bool counts_itself(const struct reading *reading)
{
	const struct server_view *primary = reading->primary;

	return primary && reading->primary_is_hidden &&
	       primary->serial_known && !primary->is_signed &&
	       reading->server->is_signed;
}

/* A serial that is not known is not known to be up to the primary's. */
static bool is_behind(const struct reading *reading)
{
	const struct config_zone *config = reading->zone->config;
	const struct server_view *server = reading->server;
	const struct server_view *primary = reading->primary;

	if (!primary || (config && !config->check_serial) ||
	    counts_itself(reading))
		return false;
	return !server->serial_known || !primary->serial_known ||
	       serial_is_before(server->serial, primary->serial);
}

/* What a server says counts only where it proves as well who else there is:
 * others may serve something else. */
static void want_ns_proven(struct sighting *sighting,
			   const struct reading *reading)
{
	const struct server_view *server = reading->server;
	const char *why = server->ns_failure ? server->ns_failure :
			  dnssec_verdict_text(server->ns_verdict);

	if (!reading->dnssec_required || !sighting_is_useful(sighting) ||
	    server->ns_verdict == DNSSEC_OK)
		return;
	tlsa_set_clear(&sighting->set);
	free(sighting->alias);
	sighting->alias = NULL;
	sighting_found(sighting, SIGHTING_UNPROVEN,
		       xasprintf("its NS set, which names all servers, "
				 "unproven: %s", why));
}

static void read_silence(struct sighting *sighting,
			 const struct lookup *lookup)
{
	if (lookup->asked)
		sighting->outcome = lookup->outcome;
	sighting_found(sighting, SIGHTING_NO_ANSWER, lookup_failure(lookup));
}

void sighting_read(struct sighting *sighting, const struct reading *reading)
{
	const struct lookup *lookup = reading->lookup;
	ldns_pkt *packet = lookup_packet(lookup);

	sighting->serial_known = reading->server->serial_known;
	sighting->serial_unproven = reading->server->serial_unproven;
	sighting->serial = reading->server->serial;
	sighting->behind = is_behind(reading);
	sighting->counts_itself = counts_itself(reading);
	sighting->used = lookup->used;
	if (packet)
		read_packet(sighting, reading, packet);
	else if (lookup->asked && lookup->outcome == OUTCOME_ANSWERED)
		sighting_found(sighting, SIGHTING_MALFORMED,
			       lookup_failure(lookup));
	else
		read_silence(sighting, lookup);
	want_ns_proven(sighting, reading);
	ldns_pkt_free(packet);
}
