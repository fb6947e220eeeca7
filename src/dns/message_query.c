/* SPDX-License-Identifier: MIT */
#include "base/bounds.h"
#include "base/dns.h"
#include "base/xalloc.h"
#include "dns/message.h"
#include "tsig/wire.h"

#include <stdlib.h>

#define OPT_SIZE 11
#define EDNS_DO 0x8000u
#define EDNS_DE 0x2000u

static void randomise_case(struct world *world, uint8_t *name, size_t size)
{
	uint8_t bits[DNS_NAME_SIZE_MAX / 8 + 1];

	invariant(size <= DNS_NAME_SIZE_MAX);
	world->random(world, bits, sizeof(bits));
	/* Lengths of labels are below 64 and never taken for letters. */
	for (size_t i = 0; i < size; i++) {
		bool letter = (name[i] | 0x20) >= 'a' &&
			      (name[i] | 0x20) <= 'z';

		if (letter && bits[i / 8] >> i % 8 & 1)
			name[i] ^= 0x20;
	}
}

static void write_header(struct wire_writer *writer, struct world *world,
			 unsigned flags)
{
	uint8_t id[2];
	unsigned bits = (flags & MESSAGE_RECURSE ? 0x0100u : 0) |
			(flags & MESSAGE_DNSSEC ? 0x0020u : 0) |
			(flags & MESSAGE_UNCHECKED ? 0x0010u : 0);

	world->random(world, id, sizeof(id));
	wire_write_octets(writer, id, sizeof(id));
	wire_write_uint(writer, bits, 2);
	wire_write_uint(writer, 1, 2);
	wire_write_uint(writer, 0, 4);
	wire_write_uint(writer, flags & MESSAGE_PLAIN ? 0 : 1, 2);
}

static void write_opt(struct wire_writer *writer, unsigned flags)
{
	wire_write_uint(writer, 0, 1);
	wire_write_uint(writer, LDNS_RR_TYPE_OPT, 2);
	wire_write_uint(writer, EDNS_SIZE, 2);
	wire_write_uint(writer, (flags & MESSAGE_DNSSEC ? EDNS_DO : 0) |
			(flags & MESSAGE_DELEGATIONS ? EDNS_DE : 0), 4);
	wire_write_uint(writer, 0, 2);
}

uint8_t *message_query(struct world *world, const char *name,
		       ldns_rr_type type, unsigned flags, size_t *size)
{
	ldns_rdf *dname = NULL;
	struct wire_writer writer = { 0 };

	must(ldns_str2rdf_dname(&dname, name) == LDNS_STATUS_OK);
	randomise_case(world, ldns_rdf_data(dname), ldns_rdf_size(dname));
	writer.size = DNS_HEADER_SIZE + ldns_rdf_size(dname) + 4 + OPT_SIZE;
	writer.data = xmalloc(writer.size);
	write_header(&writer, world, flags);
	wire_write_octets(&writer, ldns_rdf_data(dname), ldns_rdf_size(dname));
	wire_write_uint(&writer, type, 2);
	wire_write_uint(&writer, LDNS_RR_CLASS_IN, 2);
	if (!(flags & MESSAGE_PLAIN))
		write_opt(&writer, flags);
	invariant(!writer.failed);
	ldns_rdf_deep_free(dname);
	*size = writer.at;
	return writer.data;
}

bool message_sign(uint8_t **query, size_t *size, const struct tsig_key *key,
		  uint64_t now_seconds, struct tsig_request *request)
{
	struct wire_writer writer = { 0 };
	uint8_t *record;
	size_t record_size;
	ldns_rr *rr;

	if (!tsig_sign(*query, *size, key, now_seconds, request))
		return false;
	rr = tsig_record(request);
	must(rr && ldns_rr2wire(&record, rr, LDNS_SECTION_ADDITIONAL,
				&record_size) == LDNS_STATUS_OK);
	ldns_rr_free(rr);
	writer.size = *size + record_size;
	writer.data = xmalloc(writer.size);
	wire_write_octets(&writer, *query, *size);
	wire_write_octets(&writer, record, record_size);
	invariant(!writer.failed && writer.data[DNS_HEADER_SIZE - 1] <= 1);
	writer.data[DNS_HEADER_SIZE - 1]++;	/* ARCOUNT */
	free(record);
	free(*query);
	*query = writer.data;
	*size = writer.size;
	return true;
}
