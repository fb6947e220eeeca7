/* SPDX-License-Identifier: MIT */
#include "tsig/algorithm.h"
#include "tsig/key.h"
#include "tsig/record.h"

#include <openssl/crypto.h>
#include <string.h>

/* TSIG error field, RFC 8945 3. */
enum { PEER_OK = 0, BADSIG = 16, BADKEY = 17, BADTIME = 18, BADTRUNC = 22 };

static const char *const verdict_texts[] = {
	[TSIG_OK] = "the reply is signed as it must be",
	[TSIG_MALFORMED] = "the reply is no correct DNS message; something "
		"else than a name server answers there, or something between "
		"changes what it says",
	[TSIG_NOT_A_REPLY] = "the message is no reply to our request",
	[TSIG_UNSIGNED] = "the reply is not signed; the server does not know "
		"the key, or does not sign what it says to this request",
	[TSIG_NOT_LAST] = "the reply's signature is not its last record; "
		"something between us and the server changes its replies",
	[TSIG_SEVERAL] = "the reply has several signatures; something between "
		"us and the server changes its replies",
	[TSIG_WRONG_CLASS_TTL] = "the reply's signature has a wrong class or "
		"TTL; something between us and the server changes its replies",
	[TSIG_WRONG_KEY_NAME] = "the reply is signed with a key of another "
		"name; check which key the server has for this host",
	[TSIG_WRONG_ALGORITHM] = "the reply is signed with another algorithm; "
		"give the key the same algorithm on both sides",
	[TSIG_WRONG_MAC_SIZE] = "the reply's MAC is cut short or missing; let "
		"the server send whole ones",
	[TSIG_NO_CRYPTO] = "OpenSSL cannot compute the key's algorithm on this "
		"host; replace the key by one with hmac-sha256",
	[TSIG_WRONG_MAC] = "the reply's MAC is wrong; the secret differs from "
		"the server's, or the reply was changed on its way",
	[TSIG_OUT_OF_TIME] = "the reply is genuine but its time is too far "
		"from ours; set the clocks of both hosts",
	[TSIG_PEER_BADSIG] = "the server finds our signature wrong (BADSIG); "
		"the key's secret must be the same on both sides",
	[TSIG_PEER_BADKEY] = "the server does not know the key (BADKEY); name "
		"and algorithm must be the same on both sides",
	[TSIG_PEER_BADTIME] = "the server finds our time too far from its own "
		"(BADTIME); set the clocks of both hosts",
	[TSIG_PEER_BADTRUNC] = "the server finds our MAC too short (BADTRUNC); "
		"let it accept whole MACs of the key's algorithm",
	[TSIG_PEER_ERROR] = "the server reports a TSIG error of a kind not "
		"known here; see its log",
};

const char *tsig_verdict_text(enum tsig_verdict verdict)
{
	return verdict_texts[verdict];
}

/* Where a message's TSIG records are. */
struct finding {
	size_t count;
	size_t offset;		/* of the last one */
	bool at_end;		/* it is the last of the additional section */
	uint16_t additional;	/* ARCOUNT */
};

static void record_walk(struct wire_reader *reader, struct finding *finding,
			bool at_end)
{
	size_t offset = reader->at;

	wire_read_name(reader, NULL);
	if (wire_read_u16(reader) == TSIG_TYPE) {
		finding->count++;
		finding->offset = offset;
		finding->at_end = at_end;
	}
	wire_read_octets(reader, 6);
	wire_read_octets(reader, wire_read_u16(reader));
}

/* False: not a message from its first octet to its last. */
static bool message_walk(const uint8_t *message, size_t size,
			 struct finding *finding)
{
	struct wire_reader reader = { message, size, 4, false };
	unsigned questions, records;

	*finding = (struct finding){ 0 };
	if (size < DNS_HEADER_SIZE || size > DNS_MESSAGE_MAX)
		return false;
	questions = wire_read_u16(&reader);
	records = wire_read_u16(&reader);
	records += wire_read_u16(&reader);
	finding->additional = wire_read_u16(&reader);
	records += finding->additional;
	for (unsigned i = 0; !reader.failed && i < questions; i++) {
		wire_read_name(&reader, NULL);
		wire_read_octets(&reader, 4);
	}
	for (unsigned i = 1; !reader.failed && i <= records; i++)
		record_walk(&reader, finding,
			    i == records && finding->additional > 0);
	return !reader.failed && reader.at == size;
}

/* RFC 8945 5.1 and 5.2: the one signature, at the end, well formed. */
static enum tsig_verdict message_check(const uint8_t *message, size_t size,
				       const struct tsig_request *request,
				       struct finding *finding,
				       struct tsig_record *record)
{
	struct wire_reader reader = { message, size, 0, false };
	uint8_t flags;

	if (size < DNS_HEADER_SIZE)
		return TSIG_MALFORMED;
	flags = message[2];
	if (wire_read_u16(&reader) != request->id || !(flags & 0x80) ||
	    (flags >> 3 & 0xf) != request->opcode)
		return TSIG_NOT_A_REPLY;
	if (!message_walk(message, size, finding))
		return TSIG_MALFORMED;
	if (finding->count == 0)
		return TSIG_UNSIGNED;
	if (finding->count > 1)
		return TSIG_SEVERAL;
	if (!finding->at_end)
		return TSIG_NOT_LAST;
	reader.at = finding->offset;
	return tsig_record_read(record, &reader) ? TSIG_OK : TSIG_MALFORMED;
}

static void reply_fill(struct tsig_reply *reply,
		       const struct tsig_record *record)
{
	struct wire_reader other = { record->other, record->other_size, 0,
				     false };

	reply->time_signed = record->time_signed;
	reply->error = record->error;
	if (record->error == BADTIME && record->other_size == 6)
		reply->server_time = wire_read_uint(&other, 6);
}

/* Is the record of our key and algorithm, its MAC a whole one? */
static enum tsig_verdict record_check(const struct tsig_record *record,
				      const struct tsig_key *key)
{
	if (record->class != TSIG_CLASS_ANY || record->ttl != 0)
		return TSIG_WRONG_CLASS_TTL;
	if (!wire_name_equal(&record->key_name, &key->wire_name))
		return TSIG_WRONG_KEY_NAME;
	if (!wire_name_equal(&record->algorithm, &key->wire_algorithm))
		return TSIG_WRONG_ALGORITHM;
	/* A server that cannot verify cannot sign either: 5.3.2. */
	if (record->mac_size == 0 && record->error == BADSIG)
		return TSIG_PEER_BADSIG;
	if (record->mac_size == 0 && record->error == BADKEY)
		return TSIG_PEER_BADKEY;
	return record->mac_size == algorithm_mac_size(key->algorithm) ?
		TSIG_OK : TSIG_WRONG_MAC_SIZE;
}

static enum tsig_verdict mac_check(const uint8_t *message,
				   const struct finding *finding,
				   const struct tsig_record *record,
				   const struct tsig_request *request)
{
	uint8_t mac[TSIG_MAC_MAX];

	if (!tsig_record_mac(record, request->key, request->mac,
			     request->mac_size, message, finding->offset,
			     (uint16_t)(finding->additional - 1), mac))
		return TSIG_NO_CRYPTO;
	return CRYPTO_memcmp(mac, record->mac, record->mac_size) == 0 ?
		TSIG_OK : TSIG_WRONG_MAC;
}

static bool time_is_near(const struct tsig_record *record, uint64_t now)
{
	uint64_t then = record->time_signed;

	return (now > then ? now - then : then - now) <= record->fudge;
}

static enum tsig_verdict peer_verdict(uint16_t error)
{
	switch (error) {
	case PEER_OK:
		return TSIG_OK;
	case BADSIG:
		return TSIG_PEER_BADSIG;
	case BADKEY:
		return TSIG_PEER_BADKEY;
	case BADTIME:
		return TSIG_PEER_BADTIME;
	case BADTRUNC:
		return TSIG_PEER_BADTRUNC;
	}
	return TSIG_PEER_ERROR;
}

enum tsig_verdict tsig_verify(const uint8_t *message, size_t size,
			      const struct tsig_request *request, uint64_t now,
			      struct tsig_reply *reply)
{
	struct finding finding;
	struct tsig_record record;
	enum tsig_verdict verdict;

	*reply = (struct tsig_reply){ 0 };
	verdict = message_check(message, size, request, &finding, &record);
	if (verdict != TSIG_OK)
		return verdict;
	reply_fill(reply, &record);
	verdict = record_check(&record, request->key);
	if (verdict == TSIG_OK)
		verdict = mac_check(message, &finding, &record, request);
	if (verdict != TSIG_OK)
		return verdict;
	if (!time_is_near(&record, now))
		return TSIG_OUT_OF_TIME;
	reply->authenticated = true;
	return peer_verdict(record.error);
}

bool tsig_verified_strip(uint8_t *message, size_t *size)
{
	struct finding finding;

	if (!message_walk(message, *size, &finding) || !finding.at_end)
		return false;
	finding.additional--;
	message[10] = (uint8_t)(finding.additional >> 8);
	message[11] = (uint8_t)finding.additional;
	*size = finding.offset;
	return true;
}
