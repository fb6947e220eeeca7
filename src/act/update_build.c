/* SPDX-License-Identifier: MIT */
#include "act/update_build.h"

#include "base/bounds.h"
#include "base/xalloc.h"

#include <ldns/ldns.h>
#include <stdlib.h>

enum { TYPE_CNAME = 5, TYPE_SOA = 6, TYPE_TLSA = 52 };
enum { CLASS_IN = 1, CLASS_NONE = 254 };
enum { OPCODE_UPDATE = 5 << 11 };

/* Counts only where DATA is NULL; a failure sticks. */
struct writer {
	uint8_t *data;
	size_t size;
	bool failed;
};

static void put(struct writer *writer, const void *octets, size_t size)
{
	if (writer->data && size)
		memcpy(writer->data + writer->size, octets, size);
	writer->size += size;
}

static void put_u16(struct writer *writer, size_t value)
{
	uint8_t octets[2] = { (uint8_t)(value >> 8), (uint8_t)value };

	put(writer, octets, sizeof(octets));
}

static void put_u32(struct writer *writer, uint32_t value)
{
	put_u16(writer, value >> 16);
	put_u16(writer, value & 0xffff);
}

/* NULL, and a failed writer, for what is no legal name. */
static ldns_rdf *parse_name(struct writer *writer, const char *text)
{
	ldns_rdf *name = NULL;

	if (ldns_str2rdf_dname(&name, text) != LDNS_STATUS_OK) {
		writer->failed = true;
		return NULL;
	}
	return name;
}

static void put_name(struct writer *writer, const ldns_rdf *name)
{
	put(writer, ldns_rdf_data(name), ldns_rdf_size(name));
}

/* The part of a record before its data, RFC 1035 section 4.1.3. */
static void put_head(struct writer *writer, const ldns_rdf *owner,
		     unsigned type, unsigned class, uint32_t ttl_seconds,
		     size_t data_size)
{
	put_name(writer, owner);
	put_u16(writer, type);
	put_u16(writer, class);
	put_u32(writer, ttl_seconds);
	put_u16(writer, data_size);
}

static void put_records(struct writer *writer, const ldns_rdf *owner,
			const struct tlsa_set *set, unsigned class,
			uint32_t ttl_seconds)
{
	for (size_t i = 0; i < set->count; i++) {
		const struct tlsa *record = &set->records[i];
		const uint8_t params[3] = { record->params.usage,
					    record->params.selector,
					    record->params.matching };

		if (record->size > TLSA_DATA_MAX) {
			writer->failed = true;
			return;
		}
		put_head(writer, owner, TYPE_TLSA, class, ttl_seconds,
			 sizeof(params) + record->size);
		put(writer, params, sizeof(params));
		put(writer, record->data, record->size);
	}
}

/* No CNAME (2.4.3), and the RRset as it was seen (2.4.2) or none (2.4.3). */
static void put_prerequisites(struct writer *writer,
			      const struct update_change *change)
{
	ldns_rdf *owner = parse_name(writer, change->owner);

	if (!owner)
		return;
	put_head(writer, owner, TYPE_CNAME, CLASS_NONE, 0, 0);
	if (change->seen->count)
		put_records(writer, owner, change->seen, CLASS_IN, 0);
	else
		put_head(writer, owner, TYPE_TLSA, CLASS_NONE, 0, 0);
	ldns_rdf_deep_free(owner);
}

/* Removals (2.5.4) first: what is in both sets must be there afterwards. */
static void put_updates(struct writer *writer,
			const struct update_change *change)
{
	uint32_t ttl_seconds = change->ttl_seconds;
	ldns_rdf *owner = parse_name(writer, change->owner);

	if (!owner)
		return;
	if (ttl_seconds > TTL_MAX)
		ttl_seconds = TTL_MAX;
	put_records(writer, owner, change->remove, CLASS_NONE, 0);
	put_records(writer, owner, change->add, CLASS_IN, ttl_seconds);
	ldns_rdf_deep_free(owner);
}

static void put_header(struct writer *writer,
		       const struct update_change *changes, size_t n,
		       uint16_t id)
{
	size_t prerequisites = 0, updates = 0;

	for (size_t i = 0; i < n; i++) {
		const struct update_change *change = &changes[i];

		prerequisites += 1;
		prerequisites += change->seen->count ? change->seen->count : 1;
		updates += change->remove->count + change->add->count;
	}
	put_u16(writer, id);
	put_u16(writer, OPCODE_UPDATE);
	put_u16(writer, 1);
	put_u16(writer, prerequisites);
	put_u16(writer, updates);
	put_u16(writer, 0);
}

static void put_zone(struct writer *writer, const char *zone)
{
	ldns_rdf *name = parse_name(writer, zone);

	if (!name)
		return;
	put_name(writer, name);
	put_u16(writer, TYPE_SOA);
	put_u16(writer, CLASS_IN);
	ldns_rdf_deep_free(name);
}

static void put_message(struct writer *writer, const char *zone,
			const struct update_change *changes, size_t n,
			uint16_t id)
{
	put_header(writer, changes, n, id);
	put_zone(writer, zone);
	for (size_t i = 0; i < n; i++)
		put_prerequisites(writer, &changes[i]);
	for (size_t i = 0; i < n; i++)
		put_updates(writer, &changes[i]);
}

size_t update_measure(const char *zone, const struct update_change *changes,
		      size_t change_count)
{
	struct writer writer = { 0 };

	put_message(&writer, zone, changes, change_count, 0);
	return writer.failed ? 0 : writer.size;
}

uint8_t *update_build(const char *zone, const struct update_change *changes,
		      size_t change_count, uint16_t id, size_t *size)
{
	struct writer writer = { 0 };

	*size = update_measure(zone, changes, change_count);
	if (*size == 0 || *size > UPDATE_SIZE_MAX)
		return NULL;
	writer.data = xmalloc(*size + TSIG_ROOM_MAX);
	put_message(&writer, zone, changes, change_count, id);
	invariant(writer.size == *size);
	return writer.data;
}
