/* SPDX-License-Identifier: MIT */
#include "tsig/record.h"

#include "tsig/algorithm.h"
#include "tsig/key.h"

#include <string.h>

#define VARIABLES_MAX (2 * WIRE_NAME_MAX + 18)

bool tsig_record_read(struct tsig_record *record, struct wire_reader *reader)
{
	size_t rdata, rdata_size;

	wire_read_name(reader, &record->key_name);
	if (wire_read_u16(reader) != TSIG_TYPE)
		return false;
	record->class = wire_read_u16(reader);
	record->ttl = (uint32_t)wire_read_uint(reader, 4);
	rdata_size = wire_read_u16(reader);
	rdata = reader->at;
	wire_read_name(reader, &record->algorithm);
	if (reader->at - rdata != record->algorithm.size)
		return false;	/* compressed where it must not be */
	record->time_signed = wire_read_uint(reader, 6);
	record->fudge = wire_read_u16(reader);
	record->mac_size = wire_read_u16(reader);
	record->mac = wire_read_octets(reader, record->mac_size);
	record->original_id = wire_read_u16(reader);
	record->error = wire_read_u16(reader);
	record->other_size = wire_read_u16(reader);
	record->other = wire_read_octets(reader, record->other_size);
	return !reader->failed && reader->at - rdata == rdata_size &&
		reader->at == reader->size;
}

static void name_write(struct wire_writer *writer, const struct wire_name *name)
{
	wire_write_octets(writer, name->octets, name->size);
}

/* What of the record is digested, RFC 8945 4.3.3; other data comes apart. */
static void variables_write(const struct tsig_record *record,
			    struct wire_writer *writer)
{
	name_write(writer, &record->key_name);
	wire_write_uint(writer, record->class, 2);
	wire_write_uint(writer, record->ttl, 4);
	name_write(writer, &record->algorithm);
	wire_write_uint(writer, record->time_signed, 6);
	wire_write_uint(writer, record->fudge, 2);
	wire_write_uint(writer, record->error, 2);
	wire_write_uint(writer, record->other_size, 2);
}

bool tsig_record_mac(const struct tsig_record *record,
		     const struct tsig_key *key,
		     const uint8_t *prior, size_t prior_size,
		     const uint8_t *message, size_t size, uint16_t additional,
		     uint8_t mac[TSIG_MAC_MAX])
{
	uint8_t header[DNS_HEADER_SIZE], variables[VARIABLES_MAX];
	uint8_t prefix[2] = { 0, (uint8_t)prior_size };
	struct wire_writer writer = { variables, sizeof(variables), 0, false };
	struct octets pieces[6];

	memcpy(header, message, sizeof(header));
	header[0] = (uint8_t)(record->original_id >> 8);
	header[1] = (uint8_t)record->original_id;
	header[10] = (uint8_t)(additional >> 8);
	header[11] = (uint8_t)additional;
	variables_write(record, &writer);
	pieces[0] = (struct octets){ prefix, prior_size ? 2 : 0 };
	pieces[1] = (struct octets){ prior, prior_size };
	pieces[2] = (struct octets){ header, sizeof(header) };
	pieces[3] = (struct octets){ message + sizeof(header),
				     size - sizeof(header) };
	pieces[4] = (struct octets){ variables, writer.at };
	pieces[5] = (struct octets){ record->other, record->other_size };
	return !writer.failed &&
		algorithm_hmac(key->algorithm, tsig_key_secret(key), pieces,
			       sizeof(pieces) / sizeof(pieces[0]), mac);
}
