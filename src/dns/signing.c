/* SPDX-License-Identifier: MIT */
#include "dns/signing.h"

#include "base/dns.h"
#include "base/xalloc.h"
#include "dns/message.h"
#include "world/reply.h"

#include <stdlib.h>

#define TYPE_FROM_END 4		/* octets of a question: type, class */
#define TYPES_META 128		/* from here on: RFC 6895 section 3.1 */

/* A question that is asked for another one. */
struct asking {
	struct tsig_request request;
	uint8_t *query;		/* with the signature, or NULL: none */
	const uint8_t *bare;
	size_t bare_size;
};

static uint64_t clock_seconds(struct world *world)
{
	struct moment now;

	world->now(world, &now);
	return now.wall_ms > 0 ? (uint64_t)now.wall_ms / 1000 : 0;
}

static const struct tsig_key *find_key(const struct keyring *keys,
				       const char *path)
{
	for (size_t i = 0; keys && i < keys->count; i++)
		if (streq(keys->entries[i].path, path))
			return keys->entries[i].key;
	return NULL;
}

/* One question for records of a type and nothing else: no transfer, whoever has
 * the right to that by the key. */
static bool is_plain(const uint8_t *query, size_t size)
{
	size_t asked = reply_question_size(query, size);

	return asked && reply_id_is_free(query, size) &&
	       dns_number(query + DNS_HEADER_SIZE + asked - TYPE_FROM_END) <
	       TYPES_META;
}

/* What cannot be signed is asked, but no reply will do. */
static void sign(struct world *world, const struct keyring *keys,
		 struct question *question, struct asking *asking)
{
	const struct tsig_key *key = find_key(keys, question->key);
	size_t size = question->query_size;

	asking->bare = question->query;
	asking->bare_size = size;
	question->verdict = TSIG_NO_CRYPTO;
	if (!key || !is_plain(question->query, size))
		return;
	asking->query = xmemdup(question->query, size);
	if (message_sign(&asking->query, &size, key, clock_seconds(world),
			 &asking->request))
		question->verdict = TSIG_UNSIGNED;
	question->query = asking->query;
	question->query_size = size;
}

/* Before anything else looks into it. */
static bool is_proven(struct world *world, const struct asking *asking,
		      struct question *question)
{
	struct tsig_reply signer;

	if (question->verdict != TSIG_NO_CRYPTO)
		question->verdict = tsig_verify(question->reply,
						question->reply_size,
						&asking->request,
						clock_seconds(world), &signer);
	return question->verdict == TSIG_OK &&
	       tsig_verified_strip(question->reply, &question->reply_size);
}

static void take(struct world *world, const struct asking *asking,
		 struct question *question)
{
	if (question->outcome == OUTCOME_ANSWERED &&
	    !is_proven(world, asking, question)) {
		free(question->reply);
		question->reply = NULL;
		question->reply_size = 0;
	}
	question->query = asking->bare;
	question->query_size = asking->bare_size;
	free(asking->query);
}

void signing_ask(struct world *world, const struct keyring *keys,
		 struct question *questions, size_t n)
{
	struct asking *askings = xcalloc(n, sizeof(*askings));

	for (size_t i = 0; i < n; i++) {
		questions[i].verdict = TSIG_OK;
		if (questions[i].key)
			sign(world, keys, &questions[i], &askings[i]);
	}
	world->ask(world, questions, n);
	for (size_t i = 0; i < n; i++)
		if (questions[i].key)
			take(world, &askings[i], &questions[i]);
	free(askings);
}
