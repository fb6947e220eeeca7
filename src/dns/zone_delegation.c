/* SPDX-License-Identifier: MIT */
#include "dns/zone_internal.h"

#include "base/bounds.h"
#include "base/dns.h"
#include "base/name.h"
#include "base/xalloc.h"

#include <stdlib.h>

/* Of the types that draft-ietf-dnsop-delext sets apart for delegations, the
 * one that draft-ietf-deleg uses. */
#define RR_TYPE_DELEG 61440

/*
 * The delegation as the parent's own servers give it. Several of them are
 * asked and believed together: who any one of them refers to may be asked by
 * a resolver somewhere.
 */
struct referral {
	struct zone_draft *draft;
	struct lookup lookup;
};

static void add_parents(const struct discovery *discovery,
			const struct zone_draft *draft,
			struct address **addresses, size_t *count)
{
	for (size_t i = 0; i < draft->parent_ns.count; i++) {
		struct address *found;
		size_t n;

		free(host_addresses(&discovery->table,
				    draft->parent_ns.items[i], &found, &n));
		for (size_t k = 0; k < n; k++)
			*array_push(*addresses, *count) = found[k];
		free(found);
	}
}

static bool seen_before(const struct address *addresses, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (address_equal(&addresses[i], &addresses[at]))
			return true;
	return false;
}

/* The next address of FAMILY from *AT on; false when there is none. */
static bool next_of_family(const struct address *addresses, size_t count,
			   uint8_t family, size_t *at)
{
	for (; *at < count; ++*at)
		if (addresses[*at].family == family &&
		    !seen_before(addresses, *at))
			return true;
	return false;
}

static void referral_add(struct referral **referrals, size_t *count,
			 struct zone_draft *draft,
			 const struct address *address)
{
	struct referral *referral = array_push(*referrals, *count);

	referral->draft = draft;
	referral->lookup = (struct lookup){
		.name = draft->zone->name,
		.type = LDNS_RR_TYPE_NS,
		.flags = MESSAGE_DELEGATIONS,
		.server = *address,
		.transport = TRANSPORT_UDP,
	};
}

/* Families in turn: a host may be able to reach one of them only. */
static void choose_parents(const struct discovery *discovery,
			   struct zone_draft *draft,
			   struct referral **referrals, size_t *count)
{
	struct address *all = NULL;
	size_t n = 0, chosen = 0, at[2] = { 0, 0 };

	add_parents(discovery, draft, &all, &n);
	for (unsigned turn = 0; chosen < PARENT_ADDRESSES_MAX; turn++) {
		size_t *place = &at[turn % 2];

		if (next_of_family(all, n, turn % 2 ? 6 : 4, place)) {
			referral_add(referrals, count, draft, &all[*place]);
			++*place;
			chosen++;
		} else if (at[0] >= n && at[1] >= n) {
			break;
		}
	}
	free(all);
}

/* ---- What they say ----------------------------------------------------- */

/* The longest TTL that counts of what the parent alone says. */
static uint32_t find_ttl_max(const struct discovery *discovery,
			     const char *zone)
{
	const struct lookup *ds = lookup_table_find(&discovery->table, zone,
						    LDNS_RR_TYPE_DS);
	ldns_pkt *packet = lookup_packet(ds);
	uint32_t ttl_max = TTL_DELEGATION_MAX;

	if (packet)
		zone_raise_ttl(&ttl_max, zone_signed_ttl(packet, zone,
							 LDNS_RR_TYPE_DS));
	ldns_pkt_free(packet);
	return discovery->config->dnssec_required ? ttl_max : TTL_UNPROVEN_MAX;
}

static void lower_ttls(const ldns_rr_list *records, uint32_t ttl_max)
{
	for (size_t i = 0; i < ldns_rr_list_rr_count(records); i++)
		if (ldns_rr_ttl(ldns_rr_list_rr(records, i)) > ttl_max)
			ldns_rr_set_ttl(ldns_rr_list_rr(records, i), ttl_max);
}

/* The reply of a parent, with no TTL above that. */
static ldns_pkt *parents_packet(const struct zone_draft *draft,
				const struct lookup *lookup)
{
	ldns_pkt *packet = lookup_packet(lookup);

	lower_ttls(ldns_pkt_answer(packet), draft->ttl_max_seconds);
	lower_ttls(ldns_pkt_authority(packet), draft->ttl_max_seconds);
	lower_ttls(ldns_pkt_additional(packet), draft->ttl_max_seconds);
	return packet;
}

static void take_hosts(struct zone_draft *draft, const ldns_pkt *packet,
		       ldns_pkt_section section, const char *name,
		       ldns_rr_type type, bool is_own)
{
	ldns_rr_list *records = message_records(packet, section, name, type);

	if (!zone_hosts_add(&draft->glue, records, name, 0, is_own))
		zone_fail(draft->zone, ZONE_TOO_LARGE, "zone %s: its parent "
			  "gives more than %d addresses of its name servers; "
			  "take some out", draft->zone->name, ZONE_HOSTS_MAX);
	ldns_rr_list_free(records);
}

/* What stands at the cut beside or in place of NS says who serves the zone, to
 * resolvers that know it (draft-ietf-deleg): all but what is known to say
 * something else. */
static bool delegates_otherwise(ldns_rr_type type)
{
	switch ((unsigned)type) {
	case LDNS_RR_TYPE_NS:
	case LDNS_RR_TYPE_DS:
	case LDNS_RR_TYPE_RRSIG:
	case LDNS_RR_TYPE_NSEC:
	case LDNS_RR_TYPE_NSEC3:
	case LDNS_RR_TYPE_SOA:
		return false;
	default:
		return true;
	}
}

static void note_otherwise(struct zone_draft *draft, const ldns_pkt *packet)
{
	const ldns_rr_list *all = ldns_pkt_authority(packet);

	for (size_t i = 0; i < ldns_rr_list_rr_count(all); i++) {
		const ldns_rr *rr = ldns_rr_list_rr(all, i);
		unsigned type = (unsigned)ldns_rr_get_type(rr);
		char *name;

		if (draft->otherwise || !delegates_otherwise(type))
			continue;
		name = message_name(ldns_rr_owner(rr));
		if (streq(name, draft->zone->name))
			draft->otherwise = type == RR_TYPE_DELEG ?
				xstrdup("DELEG") :
				xasprintf("records of type %u", type);
		free(name);
	}
}

/* From the referral, or from the answer where the parent's server serves
 * the zone as well. */
static void take_referral(struct zone_draft *draft,
			  const struct lookup *lookup)
{
	struct texts names = { 0 };
	ldns_pkt *packet;

	if (!lookup->reply || lookup->rcode != LDNS_RCODE_NOERROR)
		return;
	packet = parents_packet(draft, lookup);
	note_otherwise(draft, packet);
	zone_raise_ttl(&draft->zone->ns_ttl_seconds,
		       texts_add_ns(&names, packet, LDNS_SECTION_AUTHORITY,
				    lookup->name));
	zone_raise_ttl(&draft->zone->ns_ttl_seconds,
		       texts_add_ns(&names, packet, LDNS_SECTION_ANSWER,
				    lookup->name));
	for (size_t i = 0; i < names.count; i++) {
		texts_add_once(&draft->referred, names.items[i]);
		if (i >= SERVERS_PER_ZONE_MAX)
			continue;
		take_hosts(draft, packet, LDNS_SECTION_ADDITIONAL,
			   names.items[i], LDNS_RR_TYPE_A, false);
		take_hosts(draft, packet, LDNS_SECTION_ADDITIONAL,
			   names.items[i], LDNS_RR_TYPE_AAAA, false);
	}
	texts_clear(&names);
	ldns_pkt_free(packet);
}

/* "192.0.2.1: no answer within 5 s, 192.0.2.2: REFUSED" */
static char *parents_failure(const struct zone_draft *draft,
			     const struct referral *referrals, size_t count)
{
	char *text = xstrdup("");
	char server[ADDRESS_TEXT_MAX];

	for (size_t i = 0; i < count; i++) {
		char *why, *longer;

		if (referrals[i].draft != draft)
			continue;
		why = lookup_is_useful(&referrals[i].lookup)
		      ? xstrdup("no delegation in its reply")
		      : lookup_failure(&referrals[i].lookup);
		longer = xasprintf("%s%s%s: %s", text, *text ? ", " : "",
				   address_format(&referrals[i].lookup.server,
						  server), why);
		free(why);
		free(text);
		text = longer;
	}
	return text;
}

static void draft_fail(struct zone_draft *draft,
		       const struct referral *referrals, size_t count)
{
	char *why = parents_failure(draft, referrals, count);

	zone_fail(draft->zone, ZONE_NO_SERVERS, "zone %s: no server of its "
		  "parent %s gives the delegation (%s); it is needed to know "
		  "every name server", draft->zone->name, draft->parent,
		  *why ? why : "none has an address");
	free(why);
}

static void take_referrals(struct discovery *discovery,
			   const struct referral *referrals, size_t count)
{
	for (size_t i = 0; i < count; i++)
		take_referral(referrals[i].draft, &referrals[i].lookup);
	for (size_t i = 0; i < discovery->count; i++) {
		struct zone_draft *draft = &discovery->drafts[i];

		if (draft->otherwise)
			zone_fail(draft->zone, ZONE_OTHER_SERVERS, "zone %s: "
				  "its parent %s delegates it by %s, too, "
				  "which can name servers that are not known "
				  "here and would not be asked; it has to be "
				  "by NS alone", draft->zone->name,
				  draft->parent, draft->otherwise);
		limit_names(draft->zone, &draft->referred);
		if (zone_can_be_asked(draft->zone) &&
		    draft->referred.count == 0)
			draft_fail(draft, referrals, count);
	}
}

/* ---- Name servers in the parent's own zone ----------------------------- */

static bool has_glue(const struct zone_draft *draft, const char *name)
{
	for (size_t i = 0; i < draft->glue.count; i++)
		if (streq(draft->glue.items[i].name, name))
			return true;
	return false;
}

/* What the resolver has of it may be old, and the parent serves it itself, if
 * it is not below another cut. */
static bool is_for_parent(const struct zone_draft *draft, const char *name)
{
	return !streq(draft->parent, ".") &&
	       name_is_within(name, draft->parent) &&
	       !name_is_within(name, draft->zone->name) &&
	       !has_glue(draft, name);
}

static void ask_parent_for(struct referral **hosts, size_t *count,
			   const struct referral *parent, const char *name)
{
	static const ldns_rr_type types[] = { LDNS_RR_TYPE_A,
					      LDNS_RR_TYPE_AAAA };

	for (unsigned i = 0; i < 2; i++) {
		struct referral *host = array_push(*hosts, *count);

		host->draft = parent->draft;
		host->lookup = (struct lookup){
			.name = name,
			.type = types[i],
			.server = parent->lookup.server,
			.transport = TRANSPORT_UDP,
		};
	}
}

/* The first that gave the delegation is asked, for there may be many. */
static const struct referral *find_parent(const struct zone_draft *draft,
					  const struct referral *referrals,
					  size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (referrals[i].draft == draft &&
		    lookup_is_useful(&referrals[i].lookup))
			return &referrals[i];
	return NULL;
}

static void ask_batch(struct world *world, struct referral *items,
		      size_t count)
{
	struct lookup **lookups = xcalloc(count, sizeof(struct lookup *));

	for (size_t i = 0; i < count; i++)
		lookups[i] = &items[i].lookup;
	lookups_ask_within(world, lookups, count, RESOLVING_SIZE_MAX);
	free(lookups);
}

static void take_host(const struct referral *host)
{
	ldns_pkt *packet = lookup_is_useful(&host->lookup)
			   ? parents_packet(host->draft, &host->lookup) : NULL;

	if (packet && ldns_pkt_aa(packet))
		take_hosts(host->draft, packet, LDNS_SECTION_ANSWER,
			   host->lookup.name, host->lookup.type, true);
	ldns_pkt_free(packet);
}

static void hosts_ask(struct discovery *discovery,
		      const struct referral *referrals, size_t count)
{
	struct referral *hosts = NULL;
	size_t n = 0;

	for (size_t i = 0; i < discovery->count; i++) {
		struct zone_draft *draft = &discovery->drafts[i];
		const struct referral *parent =
			find_parent(draft, referrals, count);

		if (!parent || !zone_can_be_asked(draft->zone))
			continue;
		for (size_t k = 0; k < draft->referred.count; k++)
			if (is_for_parent(draft, draft->referred.items[k]))
				ask_parent_for(&hosts, &n, parent,
					       draft->referred.items[k]);
	}
	ask_batch(discovery->world, hosts, n);
	for (size_t i = 0; i < n; i++) {
		take_host(&hosts[i]);
		lookup_clear(&hosts[i].lookup);
	}
	free(hosts);
}

void delegations_ask(struct discovery *discovery)
{
	struct referral *referrals = NULL;
	size_t count = 0;

	for (size_t i = 0; i < discovery->count; i++) {
		struct zone_draft *draft = &discovery->drafts[i];

		if (!zone_can_be_asked(draft->zone))
			continue;
		draft->ttl_max_seconds = find_ttl_max(discovery,
						      draft->zone->name);
		choose_parents(discovery, draft, &referrals, &count);
	}
	ask_batch(discovery->world, referrals, count);
	take_referrals(discovery, referrals, count);
	hosts_ask(discovery, referrals, count);
	for (size_t i = 0; i < count; i++)
		lookup_clear(&referrals[i].lookup);
	free(referrals);
}
