/* SPDX-License-Identifier: MIT */
#pragma once

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "support/tsig_vectors.h"
#include "tsig/tsig.h"

#include <ldns/ldns.h>

#define SIGNER_MESSAGE_MAX 1024
#define SIGNER_TIME_FUDGE "00006553f101012c"

/* A reply as a server would sign it; texts are hexadecimal. */
struct signed_reply {
	const char *arcount, *arcount_signed;
	const char *body;
	const char *owner;	/* as sent */
	const char *time_fudge, *error;
	const char *other;	/* with its size before it */
};

static const struct signed_reply signer_usual = {
	"0000", "0001", VECTOR_ZONE, VECTOR_OWNER, SIGNER_TIME_FUDGE,
	"0000", "0000",
};

/* Does not use tsig/. The texts give message and digest, without the MAC. */
static inline size_t reply_sign(const struct signed_reply *r,
				uint8_t message[SIGNER_MESSAGE_MAX])
{
	char text[2 * SIGNER_MESSAGE_MAX], mac_text[65];
	uint8_t digest[SIGNER_MESSAGE_MAX], mac[32];
	size_t rdata_size = 13 + 8 + 2 + 32 + 4 + strlen(r->other) / 2;

	snprintf(text, sizeof(text), "0020" VECTOR_MAC_SHA256
		 "1234a800000100000000%s%s" VECTOR_OWNER "00ff00000000"
		 VECTOR_HMAC_SHA256 "%s%s%s", r->arcount, r->body,
		 r->time_fudge, r->error, r->other);
	HMAC(EVP_sha256(), VECTOR_SECRET_TEXT, 32, digest,
	     hex_read(text, digest), mac, NULL);
	for (size_t i = 0; i < 32; i++)
		snprintf(mac_text + 2 * i, 3, "%02x", mac[i]);
	snprintf(text, sizeof(text), "1234a800000100000000%s%s%s"
		 "00fa00ff00000000%04zx" VECTOR_HMAC_SHA256 "%s0020%s1234%s%s",
		 r->arcount_signed, r->body, r->owner, rdata_size,
		 r->time_fudge, mac_text, r->error, r->other);
	return hex_read(text, message);
}

/* The record of REQUEST behind the message of *SIZE octets, which has room
 * for TSIG_ROOM_MAX more. */
static inline void record_append(uint8_t *message, size_t *size,
				 const struct tsig_request *request)
{
	ldns_rr *record = tsig_record(request);
	uint8_t *wire;
	size_t wire_size;

	if (!record || ldns_rr2wire(&wire, record, LDNS_SECTION_ADDITIONAL,
				    &wire_size) != LDNS_STATUS_OK)
		abort();
	memcpy(message + *size, wire, wire_size);
	*size += wire_size;
	if (++message[11] == 0)
		message[10]++;
	LDNS_FREE(wire);
	ldns_rr_free(record);
}
