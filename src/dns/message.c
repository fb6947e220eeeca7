/* SPDX-License-Identifier: MIT */
#include "dns/message.h"

#include "base/bounds.h"
#include "base/xalloc.h"
#include "tsig/wire.h"

const char *message_error_text(enum message_error error)
{
	switch (error) {
	case MESSAGE_OK:
		return "well-formed";
	case MESSAGE_SHORT:
		return "the message is cut short";
	case MESSAGE_BAD_NAME:
		return "the message holds a malformed name";
	case MESSAGE_TRAILING:
		return "octets follow the last record of the message";
	case MESSAGE_TOO_MANY:
		return "the message holds too many records";
	case MESSAGE_BAD_RDATA:
		return "the message holds a malformed record";
	case MESSAGE_REJECTED:
		return "the message cannot be parsed";
	}
	return "unknown";
}

/* What RDATA of a type is made of: octets, names, then the rest. */
struct shape {
	ldns_rr_type type;
	uint8_t before;
	uint8_t names;
	uint8_t after;
	bool open_ended;	/* AFTER is a minimum */
};

static const struct shape shapes[] = {
	{ LDNS_RR_TYPE_A, 4, 0, 0, false },
	{ LDNS_RR_TYPE_AAAA, 16, 0, 0, false },
	{ LDNS_RR_TYPE_NS, 0, 1, 0, false },
	{ LDNS_RR_TYPE_CNAME, 0, 1, 0, false },
	{ LDNS_RR_TYPE_DNAME, 0, 1, 0, false },
	{ LDNS_RR_TYPE_SOA, 0, 2, 20, false },
	{ LDNS_RR_TYPE_MX, 2, 1, 0, false },
	{ LDNS_RR_TYPE_DS, 4, 0, 1, true },
	{ LDNS_RR_TYPE_DNSKEY, 4, 0, 1, true },
	{ LDNS_RR_TYPE_RRSIG, 18, 1, 1, true },
	{ LDNS_RR_TYPE_NSEC, 0, 1, 0, true },
	{ LDNS_RR_TYPE_NSEC3, 6, 0, 0, true },
	{ LDNS_RR_TYPE_TLSA, 3, 0, 1, true },
};

static const struct shape *find_shape(unsigned type)
{
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
		if (shapes[i].type == type)
			return &shapes[i];
	return NULL;
}

/* Is the name at the reader's place cut off by the end of the data? */
static bool name_is_cut(const struct wire_reader *reader)
{
	size_t at = reader->at;

	while (at < reader->size) {
		uint8_t octet = reader->data[at];

		if (octet >= 0xc0)
			return at + 2 > reader->size;
		if (octet == 0 || octet > WIRE_LABEL_MAX)
			return false;
		at += 1 + (size_t)octet;
	}
	return true;
}

static enum message_error walk_name(struct wire_reader *reader)
{
	if (name_is_cut(reader))
		return MESSAGE_SHORT;
	wire_read_name(reader, NULL);
	return reader->failed ? MESSAGE_BAD_NAME : MESSAGE_OK;
}

/* The RDATA from the reader's place to END has this shape exactly. */
static enum message_error walk_rdata(const struct wire_reader *message,
				     size_t end, const struct shape *shape)
{
	struct wire_reader reader = *message;
	size_t rest;

	reader.size = end;
	wire_read_octets(&reader, shape->before);
	for (unsigned i = 0; i < shape->names; i++) {
		if (reader.failed || name_is_cut(&reader))
			return MESSAGE_BAD_RDATA;
		wire_read_name(&reader, NULL);
		if (reader.failed)
			return MESSAGE_BAD_NAME;
	}
	rest = end - reader.at;
	if (reader.failed || rest < shape->after ||
	    (rest > shape->after && !shape->open_ended))
		return MESSAGE_BAD_RDATA;
	return MESSAGE_OK;
}

struct record {
	size_t at;		/* of the owner */
	size_t end;
	unsigned type;
	unsigned class;
	uint32_t ttl;
};

static enum message_error walk_record(struct wire_reader *reader,
				      struct record *record)
{
	const struct shape *shape;
	enum message_error error;
	size_t size;

	record->at = reader->at;
	error = walk_name(reader);
	if (error != MESSAGE_OK)
		return error;
	record->type = wire_read_u16(reader);
	record->class = wire_read_u16(reader);
	record->ttl = (uint32_t)wire_read_uint(reader, 4);
	size = wire_read_u16(reader);
	if (reader->failed || size > reader->size - reader->at)
		return MESSAGE_SHORT;
	record->end = reader->at + size;
	shape = find_shape(record->type);
	/* UPDATE replies repeat records of class ANY and NONE without RDATA */
	if (shape && record->class == LDNS_RR_CLASS_IN)
		error = walk_rdata(reader, record->end, shape);
	reader->at = record->end;
	return error;
}

/* Owner, type, class and TTL: for what nobody here reads. */
static ldns_rr *bare_record(const struct wire_reader *reader,
			    const struct record *record)
{
	size_t at = record->at;
	ldns_rdf *owner = NULL;
	ldns_rr *rr;

	if (ldns_wire2dname(&owner, reader->data, reader->size, &at) !=
	    LDNS_STATUS_OK)
		return NULL;
	rr = ldns_rr_new();
	invariant(rr);
	ldns_rr_set_owner(rr, owner);
	ldns_rr_set_type(rr, (ldns_rr_type)record->type);
	ldns_rr_set_class(rr, (ldns_rr_class)record->class);
	ldns_rr_set_ttl(rr, record->ttl);
	return rr;
}

static ldns_rr *full_record(const struct wire_reader *reader,
			    const struct record *record,
			    ldns_pkt_section section)
{
	size_t at = record->at;
	ldns_rr *rr = NULL;

	if (ldns_wire2rr(&rr, reader->data, reader->size, &at, section) !=
	    LDNS_STATUS_OK)
		return NULL;
	if (at != record->end) {
		ldns_rr_free(rr);
		return NULL;
	}
	return rr;
}

static enum message_error take_opt(ldns_pkt *packet,
				   const struct record *record,
				   ldns_pkt_section section)
{
	if (section != LDNS_SECTION_ADDITIONAL || ldns_pkt_edns(packet))
		return MESSAGE_BAD_RDATA;
	ldns_pkt_set_edns_udp_size(packet, (uint16_t)record->class);
	ldns_pkt_set_edns_extended_rcode(packet, (uint8_t)(record->ttl >> 24));
	ldns_pkt_set_edns_version(packet, (uint8_t)(record->ttl >> 16));
	ldns_pkt_set_edns_z(packet, (uint16_t)record->ttl);
	return MESSAGE_OK;
}

static enum message_error take_record(ldns_pkt *packet,
				      const struct wire_reader *reader,
				      const struct record *record,
				      ldns_pkt_section section)
{
	bool full = record->class == LDNS_RR_CLASS_IN &&
		    find_shape(record->type);
	ldns_rr *rr;

	if (record->type == LDNS_RR_TYPE_OPT)
		return take_opt(packet, record, section);
	rr = full ? full_record(reader, record, section)
		  : bare_record(reader, record);
	if (!rr)
		return MESSAGE_REJECTED;
	ldns_rr2canonical(rr);
	must(ldns_pkt_push_rr(packet, section, rr));
	return MESSAGE_OK;
}

static enum message_error take_section(ldns_pkt *packet,
				       struct wire_reader *reader,
				       ldns_pkt_section section,
				       unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		struct record record;
		enum message_error error = walk_record(reader, &record);

		if (error == MESSAGE_OK)
			error = take_record(packet, reader, &record, section);
		if (error != MESSAGE_OK)
			return error;
	}
	return MESSAGE_OK;
}

static enum message_error take_questions(ldns_pkt *packet,
					 struct wire_reader *reader,
					 unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		struct record record = { .at = reader->at };
		enum message_error error = walk_name(reader);
		ldns_rr *rr;

		if (error != MESSAGE_OK)
			return error;
		wire_read_octets(reader, 4);
		if (reader->failed)
			return MESSAGE_SHORT;
		record.end = reader->at;
		rr = full_record(reader, &record, LDNS_SECTION_QUESTION);
		if (!rr)
			return MESSAGE_REJECTED;
		must(ldns_pkt_push_rr(packet, LDNS_SECTION_QUESTION, rr));
	}
	return MESSAGE_OK;
}

static void take_flags(ldns_pkt *packet, unsigned bits)
{
	ldns_pkt_set_qr(packet, bits >> 15 & 1);
	ldns_pkt_set_opcode(packet, (ldns_pkt_opcode)(bits >> 11 & 15));
	ldns_pkt_set_aa(packet, bits >> 10 & 1);
	ldns_pkt_set_tc(packet, bits >> 9 & 1);
	ldns_pkt_set_rd(packet, bits >> 8 & 1);
	ldns_pkt_set_ra(packet, bits >> 7 & 1);
	ldns_pkt_set_ad(packet, bits >> 5 & 1);
	ldns_pkt_set_cd(packet, bits >> 4 & 1);
	ldns_pkt_set_rcode(packet, bits & 15);
}

static enum message_error take_message(ldns_pkt *packet,
				       struct wire_reader *reader)
{
	unsigned counts[4], sum = 0;
	enum message_error error;

	ldns_pkt_set_id(packet, wire_read_u16(reader));
	take_flags(packet, wire_read_u16(reader));
	for (unsigned i = 0; i < 4; i++)
		sum += counts[i] = wire_read_u16(reader);
	if (reader->failed)
		return MESSAGE_SHORT;
	if (sum > RECORDS_PER_REPLY_MAX)
		return MESSAGE_TOO_MANY;
	error = take_questions(packet, reader, counts[0]);
	for (unsigned i = 1; i < 4 && error == MESSAGE_OK; i++)
		error = take_section(packet, reader,
				     LDNS_SECTION_QUESTION + i, counts[i]);
	if (error == MESSAGE_OK && reader->at != reader->size)
		error = MESSAGE_TRAILING;
	return error;
}

enum message_error message_parse(const uint8_t *reply, size_t size,
				 ldns_pkt **packet)
{
	struct wire_reader reader = { .data = reply, .size = size };
	enum message_error error;

	*packet = ldns_pkt_new();
	invariant(*packet);
	error = take_message(*packet, &reader);
	if (error != MESSAGE_OK) {
		ldns_pkt_free(*packet);
		*packet = NULL;
	}
	return error;
}

unsigned message_rcode(const ldns_pkt *packet)
{
	return (unsigned)ldns_pkt_edns_extended_rcode(packet) << 4 |
	       (unsigned)ldns_pkt_get_rcode(packet);
}

static const ldns_rr_list *section_of(const ldns_pkt *packet,
				      ldns_pkt_section section)
{
	if (section == LDNS_SECTION_ANSWER)
		return ldns_pkt_answer(packet);
	if (section == LDNS_SECTION_AUTHORITY)
		return ldns_pkt_authority(packet);
	invariant(section == LDNS_SECTION_ADDITIONAL);
	return ldns_pkt_additional(packet);
}

ldns_rr_list *message_records(const ldns_pkt *packet, ldns_pkt_section section,
			      const char *owner, ldns_rr_type type)
{
	const ldns_rr_list *all = section_of(packet, section);
	ldns_rr_list *found = ldns_rr_list_new();
	ldns_rdf *dname = NULL;

	invariant(found);
	must(ldns_str2rdf_dname(&dname, owner) == LDNS_STATUS_OK);
	for (size_t i = 0; i < ldns_rr_list_rr_count(all); i++) {
		ldns_rr *rr = ldns_rr_list_rr(all, i);

		if (ldns_rr_get_type(rr) == type &&
		    ldns_rr_get_class(rr) == LDNS_RR_CLASS_IN &&
		    ldns_dname_compare(ldns_rr_owner(rr), dname) == 0)
			must(ldns_rr_list_push_rr(found, rr));
	}
	ldns_rdf_deep_free(dname);
	return found;
}

char *message_name(const ldns_rdf *name)
{
	char *written = ldns_rdf2str(name);
	char *text;

	invariant(written);
	text = xstrdup(written);
	LDNS_FREE(written);
	for (char *at = text; *at; at++)
		*at = wire_lower(*at);
	return text;
}
