/* SPDX-License-Identifier: MIT */
#include "act/update_build.h"

#include "base/bounds.h"
#include "base/xalloc.h"

#include <stdlib.h>

/* The two sections that a change has its records in. */
struct sections {
	ldns_rr_list *prerequisites;
	ldns_rr_list *updates;
};

/* NULL for what is no legal name. */
static ldns_rdf *name_of(const char *text)
{
	ldns_rdf *name = NULL;

	return ldns_str2rdf_dname(&name, text) == LDNS_STATUS_OK ? name : NULL;
}

/* One without data, and a TTL of 0: only what is added has another. */
static ldns_rr *push_record(ldns_rr_list *list, const ldns_rdf *owner,
			    ldns_rr_type type, ldns_rr_class class)
{
	ldns_rr *record = ldns_rr_new();

	must(record && ldns_rr_list_push_rr(list, record));
	ldns_rr_set_owner(record, ldns_rdf_clone(owner));
	ldns_rr_set_type(record, type);
	ldns_rr_set_class(record, class);
	ldns_rr_set_ttl(record, 0);
	return record;
}

static void push_field(ldns_rr *record, ldns_rdf *field)
{
	must(field && ldns_rr_push_rdf(record, field));
}

static void push_number(ldns_rr *record, uint8_t number)
{
	push_field(record, ldns_native2rdf_int8(LDNS_RDF_TYPE_INT8, number));
}

/* False: one of them is larger than any of ours. */
static bool push_tlsa(ldns_rr_list *list, const ldns_rdf *owner,
		      const struct tlsa_set *set, ldns_rr_class class,
		      uint32_t ttl_seconds)
{
	for (size_t i = 0; i < set->count; i++) {
		const struct tlsa *tlsa = &set->records[i];
		ldns_rr *record;

		if (tlsa->size > TLSA_DATA_MAX)
			return false;
		record = push_record(list, owner, LDNS_RR_TYPE_TLSA, class);
		ldns_rr_set_ttl(record, ttl_seconds);
		push_number(record, tlsa->params.usage);
		push_number(record, tlsa->params.selector);
		push_number(record, tlsa->params.matching);
		push_field(record, ldns_rdf_new_frm_data(
			LDNS_RDF_TYPE_HEX, tlsa->size, tlsa->data));
	}
	return true;
}

/* No CNAME (2.4.3), and the RRset as it was seen (2.4.2) or none (2.4.3). */
static bool push_prerequisites(ldns_rr_list *list, const ldns_rdf *owner,
			       const struct change *change)
{
	push_record(list, owner, LDNS_RR_TYPE_CNAME, LDNS_RR_CLASS_NONE);
	if (change->seen->count == 0)
		push_record(list, owner, LDNS_RR_TYPE_TLSA,
			    LDNS_RR_CLASS_NONE);
	return push_tlsa(list, owner, change->seen, LDNS_RR_CLASS_IN, 0);
}

/* Removals (2.5.4) first: what is in both sets must be there afterwards. */
static bool push_updates(ldns_rr_list *list, const ldns_rdf *owner,
			 const struct change *change)
{
	uint32_t ttl_seconds = change->ttl_seconds;

	if (ttl_seconds > TTL_MAX)
		ttl_seconds = TTL_MAX;
	if (change->retimes &&
	    !push_tlsa(list, owner, &change->add, LDNS_RR_CLASS_NONE, 0))
		return false;
	return push_tlsa(list, owner, &change->remove, LDNS_RR_CLASS_NONE, 0) &&
		push_tlsa(list, owner, &change->add, LDNS_RR_CLASS_IN,
			  ttl_seconds);
}

static bool push_change(const struct sections *sections,
			const struct change *change)
{
	ldns_rdf *owner = name_of(change->owner);
	bool good = owner &&
		push_prerequisites(sections->prerequisites, owner, change) &&
		push_updates(sections->updates, owner, change);

	ldns_rdf_deep_free(owner);
	return good;
}

/* ldns counts the records of a section in 16 bits: one more, and it would
 * write them for ever. */
static bool push_changes(const struct sections *sections,
			 const struct change *changes, size_t n)
{
	bool good = true;

	for (size_t i = 0; good && i < n; i++)
		good = push_change(sections, &changes[i]) &&
			ldns_rr_list_rr_count(sections->prerequisites) <=
				UINT16_MAX &&
			ldns_rr_list_rr_count(sections->updates) <= UINT16_MAX;
	return good;
}

/* Of any size; NULL: a name is none, or a record is too large. */
static ldns_pkt *make_packet(const char *zone,
			     const struct change *changes, size_t n)
{
	struct sections sections = { ldns_rr_list_new(), ldns_rr_list_new() };
	ldns_rdf *name = name_of(zone);
	ldns_pkt *packet = NULL;

	if (name && push_changes(&sections, changes, n)) {
		packet = ldns_update_pkt_new(name, LDNS_RR_CLASS_IN,
					     sections.prerequisites,
					     sections.updates, NULL);
		invariant(packet);
		ldns_pkt_set_rd(packet, false);	/* it is no query */
	} else {
		ldns_rdf_deep_free(name);
	}
	ldns_rr_list_deep_free(sections.prerequisites);
	ldns_rr_list_deep_free(sections.updates);
	return packet;
}

/* Names are not compressed, for that ignores their case: the end of a key's
 * name could become that of the zone's, and PowerDNS knows keys in lower case
 * only. */
static uint8_t *write_packet(const ldns_pkt *packet, size_t *size)
{
	ldns_buffer *buffer = ldns_buffer_new(LDNS_MIN_BUFLEN);
	uint8_t *wire;

	invariant(buffer);
	must(ldns_pkt2buffer_wire_compress(buffer, packet, NULL) ==
	     LDNS_STATUS_OK && ldns_buffer_status_ok(buffer));
	*size = ldns_buffer_position(buffer);
	wire = xmemdup(ldns_buffer_begin(buffer), *size);
	ldns_buffer_free(buffer);
	return wire;
}

static size_t measure_packet(const ldns_pkt *packet)
{
	size_t size;

	free(write_packet(packet, &size));
	return size;
}

size_t update_measure(const char *zone, const struct change *changes,
		      size_t change_count)
{
	ldns_pkt *packet = make_packet(zone, changes, change_count);
	size_t size = packet ? measure_packet(packet) : 0;

	ldns_pkt_free(packet);
	return size;
}

ldns_pkt *update_build(const char *zone, const struct change *changes,
		       size_t change_count, uint16_t id)
{
	ldns_pkt *packet = make_packet(zone, changes, change_count);

	if (packet && measure_packet(packet) > UPDATE_SIZE_MAX) {
		ldns_pkt_free(packet);
		return NULL;
	}
	if (packet)
		ldns_pkt_set_id(packet, id);
	return packet;
}

/* What was signed is what is sent, but for ARCOUNT, which ends the header. */
static bool is_begun_with(const uint8_t *whole, const uint8_t *bare,
			  size_t bare_size)
{
	const size_t arcount = LDNS_HEADER_SIZE - 2;

	return memcmp(whole, bare, arcount) == 0 &&
		memcmp(whole + LDNS_HEADER_SIZE, bare + LDNS_HEADER_SIZE,
		       bare_size - LDNS_HEADER_SIZE) == 0;
}

uint8_t *update_sign(ldns_pkt *packet, const struct tsig_key *key,
		     uint64_t now_seconds, struct tsig_request *request,
		     size_t *size)
{
	size_t bare_size;
	uint8_t *bare = write_packet(packet, &bare_size), *whole = NULL;

	if (tsig_sign(bare, bare_size, key, now_seconds, request)) {
		ldns_pkt_set_tsig(packet, tsig_record(request));
		whole = write_packet(packet, size);
		invariant(*size > bare_size && *size <= LDNS_MAX_PACKETLEN &&
			  is_begun_with(whole, bare, bare_size));
	}
	free(bare);
	return whole;
}
