/* SPDX-License-Identifier: MIT */
#include "tsig/algorithm.h"
#include "tsig/key.h"
#include "tsig/record.h"

#include <ldns/ldns.h>
#include <string.h>

/* What of the record is digested. */
static struct tsig_record record_begin(const struct tsig_request *request)
{
	return (struct tsig_record){
		.key_name = request->key->wire_name,
		.class = TSIG_CLASS_ANY,
		.ttl = 0,
		.algorithm = request->key->wire_algorithm,
		.time_signed = request->time_signed,
		.fudge = TSIG_FUDGE_SECONDS,
		.original_id = request->id,
	};
}

bool tsig_sign(const uint8_t *message, size_t size, const struct tsig_key *key,
	       uint64_t now, struct tsig_request *request)
{
	struct tsig_record record;
	uint16_t additional;

	if (size < DNS_HEADER_SIZE || size > DNS_MESSAGE_MAX - TSIG_ROOM_MAX ||
	    now >> 48 != 0)
		return false;
	additional = (uint16_t)(message[10] << 8 | message[11]);
	if (additional == UINT16_MAX)
		return false;
	*request = (struct tsig_request){
		.mac_size = algorithm_mac_size(key->algorithm),
		.id = (uint16_t)(message[0] << 8 | message[1]),
		.opcode = message[2] >> 3 & 0xf,
		.time_signed = now,
		.key = key,
	};
	record = record_begin(request);
	return tsig_record_mac(&record, key, NULL, 0, message, size,
			       additional, request->mac);
}

static ldns_rdf *name_field(const struct wire_name *name)
{
	return ldns_dname_new_frm_data((uint16_t)name->size, name->octets);
}

static ldns_rdf *number_field(uint16_t number)
{
	return ldns_native2rdf_int16(LDNS_RDF_TYPE_INT16, number);
}

static ldns_rdf *time_field(uint64_t seconds)
{
	uint8_t octets[6];

	ldns_write_uint64_as_uint48(octets, seconds);
	return ldns_rdf_new_frm_data(LDNS_RDF_TYPE_TSIGTIME, sizeof(octets),
				     octets);
}

static ldns_rdf *mac_field(const struct tsig_request *request)
{
	uint8_t mac[TSIG_MAC_MAX];

	memcpy(mac, request->mac, sizeof(mac));
	return ldns_native2rdf_int16_data(request->mac_size, mac);
}

/* False: no memory for some of it. */
static bool record_fill(ldns_rr *record, const struct tsig_request *request)
{
	ldns_rdf *const fields[] = {
		name_field(&request->key->wire_algorithm),
		time_field(request->time_signed),
		number_field(TSIG_FUDGE_SECONDS),
		mac_field(request),
		number_field(request->id),
		number_field(0),			/* no error */
		ldns_native2rdf_int16_data(0, NULL),	/* no other data */
	};
	bool whole = true;

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		whole = fields[i] && ldns_rr_push_rdf(record, fields[i]) &&
			whole;
	ldns_rr_set_owner(record, name_field(&request->key->wire_name));
	ldns_rr_set_type(record, LDNS_RR_TYPE_TSIG);
	ldns_rr_set_class(record, LDNS_RR_CLASS_ANY);
	ldns_rr_set_ttl(record, 0);
	return whole && ldns_rr_owner(record);
}

ldns_rr *tsig_record(const struct tsig_request *request)
{
	ldns_rr *record = ldns_rr_new();

	if (record && record_fill(record, request))
		return record;
	ldns_rr_free(record);
	return NULL;
}
