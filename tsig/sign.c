/* SPDX-License-Identifier: MIT */
#include "tsig/algorithm.h"
#include "tsig/key.h"
#include "tsig/record.h"

/* Everything but the MAC octets. */
static struct tsig_record record_begin(const struct tsig_request *request)
{
	return (struct tsig_record){
		.key_name = request->key->wire_name,
		.class = TSIG_CLASS_ANY,
		.ttl = 0,
		.algorithm = request->key->wire_algorithm,
		.time_signed = request->time_signed,
		.fudge = TSIG_FUDGE_SECONDS,
		.mac_size = (uint16_t)request->mac_size,
		.mac = request->mac,
		.original_id = request->id,
	};
}

bool tsig_sign(uint8_t *buffer, size_t *size, size_t room,
	       const struct tsig_key *key, uint64_t now,
	       struct tsig_request *request)
{
	struct wire_writer writer = { .data = buffer, .at = *size };
	struct tsig_record record;
	unsigned additional;

	writer.size = room < DNS_MESSAGE_MAX ? room : DNS_MESSAGE_MAX;
	if (*size < DNS_HEADER_SIZE || *size > writer.size || now >> 48 != 0)
		return false;
	additional = (unsigned)buffer[10] << 8 | buffer[11];
	if (additional == UINT16_MAX)
		return false;
	*request = (struct tsig_request){
		.mac_size = algorithm_mac_size(key->algorithm),
		.id = (uint16_t)(buffer[0] << 8 | buffer[1]),
		.opcode = buffer[2] >> 3 & 0xf,
		.time_signed = now,
		.key = key,
	};
	record = record_begin(request);
	if (!tsig_record_mac(&record, key, NULL, 0, buffer, *size,
			     (uint16_t)additional, request->mac) ||
	    !tsig_record_write(&record, &writer))
		return false;
	buffer[10] = (uint8_t)(++additional >> 8);
	buffer[11] = (uint8_t)additional;
	*size = writer.at;
	return true;
}
