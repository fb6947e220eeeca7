/* SPDX-License-Identifier: MIT */
#include "world/reply.h"

#include "base/dns.h"
#include "base/xalloc.h"

#define FLAG_QR 0x80
#define FLAG_TC 0x02
#define OPCODE_MASK 0x78
#define OPCODE_UPDATE 0x28
#define RCODE_MASK 0x0f
#define LABEL_SIZE_MAX 63
#define TYPE_AND_CLASS_SIZE 4

enum { RCODE_NOERROR = 0, RCODE_FORMERR = 1, RCODE_NOTIMP = 4,
       RCODE_REFUSED = 5 };

enum match { MATCH_EXACT, MATCH_BUT_CASE, MATCH_ABSENT, MATCH_NOT };

static unsigned question_count(const uint8_t *message)
{
	return dns_number(message + 4);
}

size_t reply_question_size(const uint8_t *query, size_t size)
{
	size_t at = DNS_HEADER_SIZE;

	if (size < DNS_HEADER_SIZE || question_count(query) != 1)
		return 0;
	while (at < size && query[at] != 0) {
		if (query[at] > LABEL_SIZE_MAX)
			return 0;
		at += 1 + (size_t)query[at];
	}
	at += 1;
	if (at - DNS_HEADER_SIZE > DNS_NAME_SIZE_MAX ||
	    at + TYPE_AND_CLASS_SIZE > size)
		return 0;
	return at + TYPE_AND_CLASS_SIZE - DNS_HEADER_SIZE;
}

bool reply_is_to_query(const uint8_t *query)
{
	return (query[2] & OPCODE_MASK) == 0;
}

bool reply_id_is_free(const uint8_t *query, size_t size)
{
	static const uint8_t opt[] = { 0, 0, 41 };
	size_t at = DNS_HEADER_SIZE + reply_question_size(query, size);
	unsigned additional = dns_number(query + 10);

	if (!reply_is_to_query(query) || dns_number(query + 6) ||
	    dns_number(query + 8))
		return false;
	return additional == 0 || (additional == 1 &&
		at + sizeof(opt) <= size &&
		memcmp(query + at, opt, sizeof(opt)) == 0);
}

static uint8_t fold(uint8_t octet)
{
	if (octet >= 'A' && octet <= 'Z')
		octet ^= 'A' ^ 'a';
	return octet;
}

/* Label lengths are below 'A', so the whole name can be folded. */
static bool names_equal(const uint8_t *a, const uint8_t *b, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++)
		if (fold(a[i]) != fold(b[i]))
			return false;
	return true;
}

static enum match match_question(const uint8_t *query, size_t question_size,
				 const uint8_t *reply, size_t reply_size)
{
	const uint8_t *a = query + DNS_HEADER_SIZE;
	const uint8_t *b = reply + DNS_HEADER_SIZE;
	size_t name_size = question_size - TYPE_AND_CLASS_SIZE;

	if (question_count(reply) == 0)
		return MATCH_ABSENT;
	if (question_count(reply) != 1 ||
	    reply_size < DNS_HEADER_SIZE + question_size)
		return MATCH_NOT;
	if (memcmp(a, b, question_size) == 0)
		return MATCH_EXACT;
	if (names_equal(a, b, name_size) &&
	    memcmp(a + name_size, b + name_size, TYPE_AND_CLASS_SIZE) == 0)
		return MATCH_BUT_CASE;
	return MATCH_NOT;
}

static bool may_lack_question(const uint8_t *reply)
{
	unsigned rcode = reply[3] & RCODE_MASK;

	if ((reply[2] & OPCODE_MASK) == OPCODE_UPDATE)
		return rcode != RCODE_NOERROR;
	return rcode == RCODE_FORMERR || rcode == RCODE_NOTIMP ||
	       rcode == RCODE_REFUSED;
}

static enum reply_verdict judge_tcp(enum match match, const uint8_t *reply)
{
	if (reply[2] & FLAG_TC)
		return REPLY_FOREIGN;
	if (match == MATCH_EXACT || match == MATCH_BUT_CASE ||
	    (match == MATCH_ABSENT && may_lack_question(reply)))
		return REPLY_ACCEPTED;
	return REPLY_FOREIGN;
}

static enum reply_verdict judge_udp(enum match match, const uint8_t *reply)
{
	if (match == MATCH_BUT_CASE)
		return REPLY_CASE_CHANGED;
	if (match != MATCH_EXACT)
		return REPLY_FOREIGN;
	return reply[2] & FLAG_TC ? REPLY_TRUNCATED : REPLY_ACCEPTED;
}

enum reply_verdict reply_judge(const uint8_t *query, size_t query_size,
			       const uint8_t *reply, size_t reply_size,
			       bool tcp)
{
	size_t question_size = reply_question_size(query, query_size);
	enum match match;

	invariant(question_size > 0);
	if (reply_size < DNS_HEADER_SIZE || memcmp(query, reply, 2) != 0 ||
	    !(reply[2] & FLAG_QR) ||
	    ((query[2] ^ reply[2]) & OPCODE_MASK) != 0)
		return REPLY_FOREIGN;
	match = match_question(query, question_size, reply, reply_size);
	return tcp ? judge_tcp(match, reply) : judge_udp(match, reply);
}
