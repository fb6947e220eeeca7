/* SPDX-License-Identifier: MIT */
#include "dns/outside.h"

#include "base/bounds.h"
#include "base/name.h"
#include "base/xalloc.h"
#include "dns/survey_internal.h"

#include <stdlib.h>

struct asking {
	struct lookup lookup;
	struct outside_answer *answer;
};

static void unseen(struct outside_answer *answer, char *detail)
{
	tlsa_set_clear(&answer->set);
	answer->verdict = OUTSIDE_UNSEEN;
	answer->detail = detail;
}

/* Where the CNAME at NAME leads, allocated; NULL: there is none. */
static char *follow(const ldns_pkt *packet, const char *name, uint32_t *ttl)
{
	ldns_rr_list *records = message_records(packet, LDNS_SECTION_ANSWER,
						name, LDNS_RR_TYPE_CNAME);
	char *target = NULL;

	if (ldns_rr_list_rr_count(records) > 0) {
		target = message_name(ldns_rr_rdf(ldns_rr_list_rr(records, 0),
						  0));
		*ttl = ttl_longer(*ttl, records_ttl(records));
	}
	ldns_rr_list_free(records);
	return target;
}

/* The RRset at the end of the aliases that begin at NAME; of what led there
 * the longest TTL counts. */
static ldns_rr_list *find_records(struct outside_answer *answer,
				  const ldns_pkt *packet, const char *name,
				  uint32_t *ttl)
{
	char *at = xstrdup(name);
	ldns_rr_list *records;

	for (unsigned hops = 0;; hops++) {
		char *next;

		records = message_records(packet, LDNS_SECTION_ANSWER, at,
					  LDNS_RR_TYPE_TLSA);
		if (ldns_rr_list_rr_count(records) > 0 || hops == ALIASES_MAX)
			break;
		next = follow(packet, at, ttl);
		if (!next)
			break;
		ldns_rr_list_free(records);
		free(at);
		at = next;
		answer->by_alias = true;
	}
	*ttl = ttl_longer(*ttl, records_ttl(records));
	free(at);
	return records;
}

static void read_packet(struct outside_answer *answer, const ldns_pkt *packet,
			const char *owner, int64_t now_ms)
{
	uint32_t ttl_seconds = 0;
	ldns_rr_list *records = find_records(answer, packet, owner,
					     &ttl_seconds);

	if (ttl_seconds > TTL_UNPROVEN_MAX)
		ttl_seconds = TTL_UNPROVEN_MAX;
	answer->until_ms = now_ms + (int64_t)ttl_seconds * 1000;
	answer->verdict = ldns_rr_list_rr_count(records) ? OUTSIDE_SET :
							   OUTSIDE_NOTHING;
	if (!records_take_set(&answer->set, records))
		unseen(answer, records_fault(records));
	ldns_rr_list_free(records);
}

static void read_answer(struct outside_answer *answer,
			const struct lookup *lookup, int64_t now_ms)
{
	ldns_pkt *packet;

	if (!lookup_is_useful(lookup)) {
		unseen(answer, lookup_failure(lookup));
		return;
	}
	packet = lookup_packet(lookup);
	if (ldns_pkt_ra(packet))
		read_packet(answer, packet, lookup->name, now_ms);
	else
		unseen(answer, xstrdup("it does not resolve for this host (no "
				       "RA in its reply)"));
	ldns_pkt_free(packet);
}

static void prepare(struct outside *outside, const struct config *config,
		    const char *const *owners, struct asking *askings)
{
	size_t each = config->outside_count;

	for (size_t i = 0; i < outside->count; i++) {
		struct outside_owner *owner = &outside->owners[i];

		owner->name = owners[i];
		owner->count = each;
		owner->answers = xcalloc(each, sizeof(*owner->answers));
		for (size_t k = 0; k < each; k++) {
			owner->answers[k].address = config->outside[k];
			askings[i * each + k] = (struct asking){
				.answer = &owner->answers[k],
				.lookup = {
					.name = owners[i],
					.type = LDNS_RR_TYPE_TLSA,
					.flags = MESSAGE_RECURSE |
						 MESSAGE_DNSSEC,
					.server = config->outside[k],
					.transport = TRANSPORT_UDP,
				},
			};
		}
	}
}

void outside_ask(struct world *world, const struct config *config,
		 const char *const *owners, size_t n, struct outside *outside)
{
	size_t count = n * config->outside_count;
	struct asking *askings;
	struct lookup **lookups;
	struct moment now;

	*outside = (struct outside){ 0 };
	if (count == 0)
		return;
	outside->count = n;
	outside->owners = xcalloc(n, sizeof(*outside->owners));
	askings = xcalloc(count, sizeof(*askings));
	lookups = xcalloc(count, sizeof(struct lookup *));
	prepare(outside, config, owners, askings);
	for (size_t i = 0; i < count; i++)
		lookups[i] = &askings[i].lookup;
	lookups_ask_within(world, lookups, count, RESOLVING_SIZE_MAX);
	world->now(world, &now);
	for (size_t i = 0; i < count; i++) {
		read_answer(askings[i].answer, &askings[i].lookup,
			    now.wall_ms);
		lookup_clear(&askings[i].lookup);
	}
	free(lookups);
	free(askings);
}

void outside_clear(struct outside *outside)
{
	for (size_t i = 0; i < outside->count; i++) {
		struct outside_owner *owner = &outside->owners[i];

		for (size_t k = 0; k < owner->count; k++) {
			tlsa_set_clear(&owner->answers[k].set);
			free(owner->answers[k].detail);
		}
		free(owner->answers);
	}
	free(outside->owners);
	*outside = (struct outside){ 0 };
}
