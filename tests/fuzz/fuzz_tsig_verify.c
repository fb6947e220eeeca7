/* SPDX-License-Identifier: MIT */
#include "dns/message.h"
#include "fuzz.h"

#include "support/tsig_signer.h"
#include "tsig/tsig.h"

/* Replies to the signed UPDATE of tests/unit/tsig_vectors.h. */
const char fuzz_corpus[] = "tsig_verify";

#define NOW (VECTOR_TIME + 1)

static struct tsig_key *key;
static struct tsig_request request;

/* Messages that the server did sign, without their signatures. */
struct genuine {
	uint8_t octets[SIGNER_MESSAGE_MAX];
	size_t size;
};
static struct genuine genuine_plain, genuine_longer, genuine_badtime;

static void genuine_fill(struct genuine *genuine, const char *hex)
{
	genuine->size = hex_read(hex, genuine->octets);
	must(tsig_verified_strip(genuine->octets, &genuine->size));
}

static void genuine_fill_longer(void)
{
	struct signed_reply r = signer_usual;

	r.arcount = "0001";
	r.arcount_signed = "0002";
	r.body = VECTOR_ZONE VECTOR_OWNER "00010001000000000004c0000201";
	r.owner = "c01d";
	genuine_longer.size = reply_sign(&r, genuine_longer.octets);
	must(tsig_verified_strip(genuine_longer.octets, &genuine_longer.size));
}

static void prepare(void)
{
	static const char text[] = VECTOR_KEY("hmac-sha256");
	const struct tsig_key_options options = { NULL, false };
	uint8_t message[SIGNER_MESSAGE_MAX];
	size_t size = hex_read(VECTOR_REQUEST, message);
	unsigned line;

	if (key)
		return;
	must(tsig_key_parse(text, strlen(text), &options, &key, &line) ==
	     TSIG_KEY_OK);
	must(tsig_sign(message, size, key, VECTOR_TIME, &request));
	genuine_fill(&genuine_plain, VECTOR_REPLY);
	genuine_fill(&genuine_badtime, VECTOR_BADTIME);
	genuine_fill_longer();
}

static bool is_genuine(const struct genuine *genuine, const uint8_t *message,
		       size_t size)
{
	uint8_t *copy = xmemdup(message, size);
	bool same = tsig_verified_strip(copy, &size) &&
		    size == genuine->size &&
		    memcmp(copy, genuine->octets, size) == 0;

	free(copy);
	return same;
}

/* Nobody but the key's holders can make a message that passes. */
static void try_reply(const uint8_t *data, size_t size)
{
	struct tsig_reply reply;
	enum tsig_verdict verdict = tsig_verify(data, size, &request, NOW,
						&reply);

	invariant(*tsig_verdict_text(verdict));
	if (verdict == TSIG_OK)
		invariant(reply.authenticated &&
			  (is_genuine(&genuine_plain, data, size) ||
			   is_genuine(&genuine_longer, data, size)));
	else if (reply.authenticated)
		invariant(verdict == TSIG_PEER_BADTIME &&
			  is_genuine(&genuine_badtime, data, size));
	invariant(verdict != TSIG_OUT_OF_TIME);
}

/* What one end signed the other found good: no octet of it may change. */
static void check_signed(uint8_t *message, size_t signed_size,
			 const uint8_t *data, size_t size,
			 const struct tsig_request *alone)
{
	size_t at = (data[size - 1] | (size_t)data[size - 2] << 8) % size;
	struct tsig_reply reply;

	message[at] ^= 1;
	must(tsig_verify(message, signed_size, alone, NOW, &reply) != TSIG_OK);
	message[at] ^= 1;
	must(tsig_verified_strip(message, &signed_size));
	invariant(signed_size == size && memcmp(message, data, size) == 0);
}

/* A good reply in the eyes of the other parser, and not signed yet. */
static bool is_plain_reply(const uint8_t *data, size_t size)
{
	ldns_pkt *packet;
	ldns_rr_list *all;
	bool plain = message_parse(data, size, &packet) == MESSAGE_OK &&
		     ldns_pkt_qr(packet);

	if (packet) {
		all = ldns_pkt_all_noquestion(packet);
		for (size_t i = 0; i < ldns_rr_list_rr_count(all); i++)
			plain = plain && ldns_rr_get_type(
				ldns_rr_list_rr(all, i)) != LDNS_RR_TYPE_TSIG;
		ldns_rr_list_deep_free(all);
	}
	ldns_pkt_free(packet);
	return plain;
}

static void try_signing(const uint8_t *data, size_t size)
{
	size_t signed_size = size;
	uint8_t *message = xmalloc(size + TSIG_ROOM_MAX);
	struct tsig_request alone;
	struct tsig_reply reply;
	enum tsig_verdict verdict;

	memcpy(message, data, size);
	if (tsig_sign(message, size, key, NOW, &alone)) {
		record_append(message, &signed_size, &alone);
		alone.mac_size = 0;
		verdict = tsig_verify(message, signed_size, &alone, NOW,
				      &reply);
		invariant((verdict == TSIG_NOT_A_REPLY) == !(data[2] & 0x80));
		invariant(verdict == TSIG_OK || !is_plain_reply(data, size));
		if (verdict == TSIG_OK)
			check_signed(message, signed_size, data, size, &alone);
	}
	free(message);
}

/* ---- A server that has the key ----------------------------------------- */

#define OTHER_MAX 200

struct claim {
	uint64_t time_signed;
	uint16_t fudge;
	uint16_t error;
	const uint8_t *other;
	size_t other_size;
};

static enum tsig_verdict expected(const struct claim *claim)
{
	uint64_t then = claim->time_signed;

	if (then + claim->fudge < NOW || then > (uint64_t)NOW + claim->fudge)
		return TSIG_OUT_OF_TIME;
	switch (claim->error) {
	case 0:
		return TSIG_OK;
	case 16:
		return TSIG_PEER_BADSIG;
	case 17:
		return TSIG_PEER_BADKEY;
	case 18:
		return TSIG_PEER_BADTIME;
	case 22:
		return TSIG_PEER_BADTRUNC;
	}
	return TSIG_PEER_ERROR;
}

static void try_claim(const struct claim *claim)
{
	char time_fudge[17], error[5], other[4 + 2 * OTHER_MAX + 1];
	struct signed_reply r = signer_usual;
	uint8_t message[SIGNER_MESSAGE_MAX];
	struct tsig_reply reply;
	size_t size;

	snprintf(time_fudge, sizeof(time_fudge), "%012llx%04x",
		 (unsigned long long)claim->time_signed, claim->fudge);
	snprintf(error, sizeof(error), "%04x", claim->error);
	snprintf(other, sizeof(other), "%04zx", claim->other_size);
	for (size_t i = 0; i < claim->other_size; i++)
		snprintf(other + 4 + 2 * i, 3, "%02x", claim->other[i]);
	r.time_fudge = time_fudge;
	r.error = error;
	r.other = other;
	size = reply_sign(&r, message);
	must(tsig_verify(message, size, &request, NOW, &reply) ==
	     expected(claim));
	invariant(reply.time_signed == claim->time_signed);
	invariant(reply.error == claim->error);
	invariant(reply.authenticated ==
		  (expected(claim) != TSIG_OUT_OF_TIME));
}

static uint64_t number(const uint8_t *data, size_t octets)
{
	uint64_t value = 0;

	for (size_t i = 0; i < octets; i++)
		value = value << 8 | data[i];
	return value;
}

/* The end of the input is what the server says beside the message. */
static void try_honest_server(const uint8_t *data, size_t size)
{
	struct claim claim = { .time_signed = NOW };

	if (size < 10)
		return;
	claim.fudge = (uint16_t)number(data + size - 2, 2);
	claim.error = (uint16_t)number(data + size - 4, 2) % 24;
	claim.other_size = size - 10 < OTHER_MAX ? size - 10 : OTHER_MAX;
	claim.other = data;
	try_claim(&claim);
	claim.time_signed = number(data + size - 10, 6);
	try_claim(&claim);
	claim.time_signed = NOW + number(data + size - 6, 2) - 0x8000;
	try_claim(&claim);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	prepare();
	try_reply(data, size);
	try_signing(data, size);
	try_honest_server(data, size);
	return 0;
}
