/* SPDX-License-Identifier: MIT */
#include "dns/survey_internal.h"

#include "base/bounds.h"
#include "base/name.h"
#include "base/xalloc.h"
#include "dns/denial.h"

#include <stdlib.h>

/*
 * A name that nobody has created exists all the same where a wildcard above
 * gives it data (RFC 4592). The first record at or below it makes it exist by
 * itself, and then the wildcard gives it nothing any more: its addresses
 * vanish. Where the primary has no such RRset but did not say NXDOMAIN (a
 * wildcard may match), it is asked for the host's own data.
 *
 * The signature tells by its labels, where the signer saw the wildcard. One
 * that signs what it is about to answer does not, so in every case the host is
 * compared with the wildcards above it. Data that is the same may stand at
 * both; but what a wildcard above gives the host it gives the owner as well,
 * which does not exist yet: a host with an owner that has no data is there by
 * itself. Only an owner is asked about that has no record so far. Where DNSSEC
 * is required all that is compared has to be proven.
 */
static const ldns_rr_type host_types[] = {
	LDNS_RR_TYPE_A, LDNS_RR_TYPE_AAAA, LDNS_RR_TYPE_MX,
};
#define HOST_TYPES (sizeof(host_types) / sizeof(host_types[0]))

enum { AT_HOST, AT_OWNER, ABOVE };	/* in the names of a suspect */

struct suspect {
	struct survey_owner *owner;
	struct reading reading;		/* of the primary's replies */
	const char *host;		/* within the owner's name */
	char **names;			/* HOST, OWNER, and from ABOVE on the
					   wildcards above the host */
	size_t name_count;
	struct lookup *lookups;		/* HOST_TYPES for each name */
};

struct suspects {
	struct suspect *items;
	size_t count;
};

/* "_25._tcp.mail.example.com." is about mail.example.com, and so is
 * "*._tcp.mail.example.com.". */
static const char *host_of(const char *owner)
{
	if (name_is_wildcard(owner))
		owner = name_parent(owner);
	while (owner && owner[0] == '_')
		owner = name_parent(owner);
	return owner;
}

static void name_candidates(struct suspect *suspect, const char *zone)
{
	const char *above = suspect->host;

	*array_push(suspect->names, suspect->name_count) =
		xstrdup(suspect->host);
	*array_push(suspect->names, suspect->name_count) =
		xstrdup(suspect->owner->name);
	while (!streq(above, zone)) {
		above = name_parent(above);
		*array_push(suspect->names, suspect->name_count) =
			xasprintf("*.%s", streq(above, ".") ? "" : above);
	}
}

static bool is_suspect(const struct survey_owner *owner, const char *host)
{
	const struct sighting *primary = owner->primary;

	return primary && primary->verdict == SIGHTING_ABSENT &&
	       primary->no_data && host &&
	       name_is_within(host, owner->zone->name) &&
	       !streq(host, owner->zone->name);
}

static void suspect_add(struct suspects *all, struct survey_owner *owner,
			const struct reading *reading)
{
	const struct sighting *primary = owner->primary;
	const char *host = host_of(owner->name);
	struct suspect *suspect;

	if (!is_suspect(owner, host))
		return;
	suspect = array_push(all->items, all->count);
	suspect->owner = owner;
	suspect->reading = *reading;
	suspect->reading.dnssec_required &= !sighting_is_hidden(primary);
	suspect->reading.set_proofs = reading->soa_proofs;
	suspect->host = host;
	name_candidates(suspect, owner->zone->name);
	suspect->lookups = xcalloc(suspect->name_count * HOST_TYPES,
				   sizeof(struct lookup));
	for (size_t i = 0; i < suspect->name_count * HOST_TYPES; i++)
		suspect->lookups[i] = (struct lookup){
			.name = suspect->names[i / HOST_TYPES],
			.type = host_types[i % HOST_TYPES],
			.flags = MESSAGE_DNSSEC,
			.server = primary->server->address,
			.key = primary->key,
		};
}

static void suspects_of_view(struct suspects *all,
			     const struct surveying *surveying,
			     struct zone_view *view)
{
	for (size_t i = 0; i < view->owner_count; i++) {
		struct survey_owner *owner =
			&surveying->survey->owners[view->owners[i]];
		struct reading reading;

		if (!owner->primary)
			continue;
		reading = view_reading(surveying, view, view_find(
			view, &owner->primary->server->address));
		suspect_add(all, owner, &reading);
	}
}

static void ask_all(struct world *world, const struct suspects *all)
{
	struct lookup **lookups = NULL;
	size_t n = 0;

	for (size_t i = 0; i < all->count; i++)
		for (size_t k = 0; k < all->items[i].name_count * HOST_TYPES;
		     k++)
			*array_push(lookups, n) = &all->items[i].lookups[k];
	lookups_ask_within(world, lookups, n, SURVEY_SIZE_MAX);
	free(lookups);
}

/* The wildcard by which the records at HOST are signed, or NULL. */
static char *signed_wildcard(const ldns_pkt *packet, const char *host)
{
	ldns_rr_list *signatures = message_records(packet, LDNS_SECTION_ANSWER,
						   host, LDNS_RR_TYPE_RRSIG);
	char *wildcard = NULL;

	for (size_t i = 0; i < ldns_rr_list_rr_count(signatures); i++) {
		const ldns_rr *rr = ldns_rr_list_rr(signatures, i);

		free(wildcard);
		wildcard = signature_wildcard(rr, host);
		if (!wildcard)
			break;
	}
	ldns_rr_list_free(signatures);
	return wildcard;
}

static bool same_record(const ldns_rr *a, const ldns_rr *b)
{
	size_t n = ldns_rr_rd_count(a);
	bool same = n == ldns_rr_rd_count(b);

	for (size_t i = 0; same && i < n; i++)
		same = ldns_rdf_compare(ldns_rr_rdf(a, i),
					ldns_rr_rdf(b, i)) == 0;
	return same;
}

/* But for the owner. */
static bool same_data(const ldns_rr_list *a, const ldns_rr_list *b)
{
	size_t n = ldns_rr_list_rr_count(a), found = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < ldns_rr_list_rr_count(b); k++)
			if (same_record(ldns_rr_list_rr(a, i),
					ldns_rr_list_rr(b, k)))
				found++;
	return n > 0 && found == n && n == ldns_rr_list_rr_count(b);
}

enum says {
	SAYS_NOTHING,
	SAYS_DATA,
	SAYS_NOT,		/* no good answer */
	SAYS_UNPROVEN,
};

static bool denial_is_proven(const struct suspect *suspect,
			     const struct lookup *lookup,
			     const ldns_pkt *packet)
{
	const struct reading *reading = &suspect->reading;
	struct denials denials;
	bool proven;

	if (!reading->dnssec_required)
		return true;
	if (denials_are_many(packet))
		return false;
	denials = denials_read(reading, packet);
	proven = denial_of(denials.proven, reading->zone->name, lookup->name,
			   lookup->type) != DENIAL_UNPROVEN;
	denials_clear(&denials);
	return proven;
}

static bool data_are_proven(const struct suspect *suspect,
			    const struct lookup *lookup,
			    const ldns_pkt *packet,
			    const ldns_rr_list *records)
{
	ldns_rr_list *signatures = records_signatures(
		packet, LDNS_SECTION_ANSWER, lookup->name,
		ldns_rr_get_type(ldns_rr_list_rr(records, 0)));
	struct dnssec_limits limits;
	enum dnssec_verdict verdict = reading_prove_answer(
		&suspect->reading, packet, lookup->name, records, signatures,
		&limits);

	ldns_rr_list_free(signatures);
	return verdict == DNSSEC_OK || verdict == DNSSEC_WILDCARD;
}

/* Of what was asked for; or the alias that is there instead, and is as much the
 * name's own as any other data. */
static ldns_rr_list *find_data(const struct lookup *lookup,
			       const ldns_pkt *packet)
{
	ldns_rr_list *records = message_records(packet, LDNS_SECTION_ANSWER,
						lookup->name, lookup->type);

	if (ldns_rr_list_rr_count(records) > 0)
		return records;
	ldns_rr_list_free(records);
	return message_records(packet, LDNS_SECTION_ANSWER, lookup->name,
			       LDNS_RR_TYPE_CNAME);
}

/* What was answered for the name at INDEX; *RECORDS: ldns_rr_list_free(),
 * while *PACKET, ldns_pkt_free(), has them. */
static enum says says_of(const struct suspect *suspect, size_t index,
			 size_t type, ldns_pkt **packet,
			 ldns_rr_list **records)
{
	const struct lookup *lookup =
		&suspect->lookups[index * HOST_TYPES + type];

	*records = NULL;
	*packet = lookup_packet(lookup);
	if (!*packet || !lookup_is_useful(lookup) || !ldns_pkt_qr(*packet) ||
	    !ldns_pkt_aa(*packet) || ldns_pkt_tc(*packet))
		return SAYS_NOT;
	*records = find_data(lookup, *packet);
	if (ldns_rr_list_rr_count(*records) == 0)
		return denial_is_proven(suspect, lookup, *packet)
		       ? SAYS_NOTHING : SAYS_UNPROVEN;
	return data_are_proven(suspect, lookup, *packet, *records)
	       ? SAYS_DATA : SAYS_UNPROVEN;
}

static enum says says(const struct suspect *suspect, size_t index,
		      size_t type)
{
	ldns_rr_list *records;
	ldns_pkt *packet;
	enum says verdict = says_of(suspect, index, type, &packet, &records);

	ldns_rr_list_free(records);
	ldns_pkt_free(packet);
	return verdict;
}

/* Is what the wildcard at INDEX says that of the host, or not known? */
static bool may_give(const struct suspect *suspect, size_t index, size_t type,
		     const ldns_rr_list *records)
{
	ldns_rr_list *wild;
	ldns_pkt *packet;
	enum says verdict = says_of(suspect, index, type, &packet, &wild);
	bool gives = verdict == SAYS_NOT || verdict == SAYS_UNPROVEN ||
		     (verdict == SAYS_DATA && same_data(records, wild));

	ldns_rr_list_free(wild);
	ldns_pkt_free(packet);
	return gives;
}

/* The first wildcard above that may have given the host its RECORDS of TYPE,
 * and with them gives the owner some, as far as is known; or NULL. */
static char *equal_wildcard(const struct suspect *suspect,
			    const ldns_rr_list *records, size_t type)
{
	if (says(suspect, AT_OWNER, type) == SAYS_NOTHING)
		return NULL;
	for (size_t i = ABOVE; i < suspect->name_count; i++)
		if (may_give(suspect, i, type, records))
			return xstrdup(suspect->names[i]);
	return NULL;
}

static char *hidden_by_wildcard(const struct suspect *suspect,
				const ldns_pkt *packet,
				const ldns_rr_list *records, size_t type)
{
	char *wildcard = signed_wildcard(packet, suspect->host);
	char *text = NULL;

	if (!wildcard)
		wildcard = equal_wildcard(suspect, records, type);
	if (wildcard)
		text = xasprintf("%s exists only by the wildcard %s, and would "
				 "lose what that gives it", suspect->host,
				 wildcard);
	free(wildcard);
	return text;
}

/* WHY is taken over. */
static char *not_known(const struct suspect *suspect, char *why)
{
	char *text = xasprintf("whether %s exists by itself is not known: %s",
			       suspect->host, why);

	free(why);
	return text;
}

static char *hidden_by(const struct suspect *suspect, size_t type)
{
	ldns_rr_list *records;
	ldns_pkt *packet;
	char *text = NULL;

	switch (says_of(suspect, AT_HOST, type, &packet, &records)) {
	case SAYS_NOTHING:
		break;
	case SAYS_DATA:
		text = hidden_by_wildcard(suspect, packet, records, type);
		break;
	case SAYS_NOT:
		text = not_known(suspect, lookup_failure(
			&suspect->lookups[type]));
		break;
	case SAYS_UNPROVEN:
		text = not_known(suspect, xstrdup("what the primary says is "
						  "not proven by DNSSEC"));
		break;
	}
	ldns_rr_list_free(records);
	ldns_pkt_free(packet);
	return text;
}

static void judge(struct suspect *suspect)
{
	for (size_t type = 0; type < HOST_TYPES && !suspect->owner->hidden;
	     type++)
		suspect->owner->hidden = hidden_by(suspect, type);
}

static void suspects_clear(struct suspects *all)
{
	for (size_t i = 0; i < all->count; i++) {
		struct suspect *suspect = &all->items[i];

		for (size_t k = 0; k < suspect->name_count * HOST_TYPES; k++)
			lookup_clear(&suspect->lookups[k]);
		for (size_t k = 0; k < suspect->name_count; k++)
			free(suspect->names[k]);
		free(suspect->lookups);
		free(suspect->names);
	}
	free(all->items);
}

void survey_find_hidden(const struct surveying *surveying)
{
	struct suspects all = { 0 };

	for (size_t i = 0; i < surveying->view_count; i++)
		suspects_of_view(&all, surveying, &surveying->views[i]);
	ask_all(surveying->world, &all);
	for (size_t i = 0; i < all.count; i++)
		judge(&all.items[i]);
	suspects_clear(&all);
}
