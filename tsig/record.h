/* SPDX-License-Identifier: MIT */
#pragma once

#include "tsig/tsig.h"
#include "tsig/wire.h"

#define TSIG_TYPE 250
#define TSIG_CLASS_ANY 255
#define DNS_HEADER_SIZE 12
#define DNS_MESSAGE_MAX 65535

/* A TSIG record, RFC 8945 4.2. MAC and OTHER point at octets of others. */
struct tsig_record {
	struct wire_name key_name;
	uint16_t class;
	uint32_t ttl;
	struct wire_name algorithm;
	uint64_t time_signed;
	uint16_t fudge;
	uint16_t mac_size;
	const uint8_t *mac;
	uint16_t original_id;
	uint16_t error;
	uint16_t other_size;
	const uint8_t *other;
};

/* READER stands at the owner name; the record must end the message. */
bool tsig_record_read(struct tsig_record *record, struct wire_reader *reader);

/*
 * The MAC of MESSAGE as RECORD wants it, RFC 8945 4.3: the SIZE octets before
 * the record, with RECORD's original ID and an ARCOUNT of ADDITIONAL in the
 * header. Replies have PRIOR, the MAC of their request; requests, an empty
 * one. False: libcrypto cannot.
 */
bool tsig_record_mac(const struct tsig_record *record,
		     const struct tsig_key *key,
		     const uint8_t *prior, size_t prior_size,
		     const uint8_t *message, size_t size, uint16_t additional,
		     uint8_t mac[TSIG_MAC_MAX]);
