/* SPDX-License-Identifier: MIT */
#include "support/primary.h"

#include "base/bounds.h"
#include "base/xalloc.h"
#include "support/tsig_vectors.h"
#include "unit.h"

#include <openssl/hmac.h>

#define KEY_WIRE "\007alnitak\007example"	/* and the final zero */
#define ALGORITHM_WIRE "\013hmac-sha256"

struct primary primary;

struct message {
	uint8_t data[70000];
	size_t size;
};

static void put(struct message *octets, const void *data, size_t size)
{
	assert_true(octets->size + size <= sizeof(octets->data));
	if (size)
		memcpy(octets->data + octets->size, data, size);
	octets->size += size;
}

static void put_uint(struct message *octets, uint64_t value, unsigned size)
{
	for (unsigned i = size; i-- > 0;)
		put(octets, &(uint8_t){ (uint8_t)(value >> (8 * i)) }, 1);
}

static void put_variables(struct message *octets, unsigned error)
{
	put(octets, KEY_WIRE, sizeof(KEY_WIRE));
	put_uint(octets, 255, 2);
	put_uint(octets, 0, 4);
	put(octets, ALGORITHM_WIRE, sizeof(ALGORITHM_WIRE));
	put_uint(octets, PRIMARY_NOW, 6);
	put_uint(octets, 300, 2);
	put_uint(octets, error, 2);
	put_uint(octets, 0, 2);
}

static void mac_of(const struct message *octets, uint8_t mac[32])
{
	unsigned size = 32;

	assert_non_null(HMAC(EVP_sha256(), VECTOR_SECRET_TEXT,
			     sizeof(VECTOR_SECRET_TEXT) - 1, octets->data,
			     octets->size, mac, &size));
}

/* The TSIG record of every request here has the same size. */
#define TSIG_SIZE (sizeof(KEY_WIRE) + 10 + sizeof(ALGORITHM_WIRE) + 16 + 32)

/* Octets of the unsigned request; its MAC is right, or the test fails. */
static size_t check_request(const uint8_t *query, size_t size,
			    const uint8_t **mac)
{
	static struct message octets;
	size_t bare = size - TSIG_SIZE;
	uint8_t want[32];

	octets.size = 0;
	assert_true(size > TSIG_SIZE + 12);
	put(&octets, query, bare);
	assert_int_equal(octets.data[11], 1);
	octets.data[11] = 0;
	put_variables(&octets, 0);
	mac_of(&octets, want);
	*mac = query + size - 6 - 32;
	assert_memory_equal(*mac, want, 32);
	return bare;
}

static void put_tsig(struct message *reply, const uint8_t *request_mac,
		     const struct behaviour *behaviour)
{
	static struct message digest;
	bool has_mac = behaviour->signing != SIGN_ERROR;
	uint8_t mac[32];

	digest.size = 0;
	put_uint(&digest, 32, 2);
	put(&digest, request_mac, 32);
	put(&digest, reply->data, reply->size);
	put_variables(&digest, behaviour->tsig_error);
	mac_of(&digest, mac);
	mac[0] ^= behaviour->signing == SIGN_BADLY;
	put(reply, KEY_WIRE, sizeof(KEY_WIRE));
	put_uint(reply, 250, 2);
	put_uint(reply, 255, 2);
	put_uint(reply, 0, 4);
	put_uint(reply, sizeof(ALGORITHM_WIRE) + 16 + (has_mac ? 32 : 0), 2);
	put(reply, ALGORITHM_WIRE, sizeof(ALGORITHM_WIRE));
	put_uint(reply, PRIMARY_NOW, 6);
	put_uint(reply, 300, 2);
	put_uint(reply, has_mac ? 32 : 0, 2);
	put(reply, mac, has_mac ? 32 : 0);
	put(reply, reply->data, 2);
	put_uint(reply, behaviour->tsig_error, 2);
	put_uint(reply, 0, 2);
	reply->data[11] = 1;
}

static bool mentions(const uint8_t *query, size_t size, const char *label)
{
	return !label || memmem(query, size, label, strlen(label));
}

static void answer(struct question *question,
		   const struct behaviour *behaviour)
{
	static struct message reply;
	const uint8_t *mac;
	size_t size = check_request(question->query, question->query_size,
				    &mac);
	bool hit = mentions(question->query, size, behaviour->label);
	unsigned rcode;

	reply.size = 0;
	put(&reply, question->query, 2);
	rcode = behaviour->later && primary.questions > 1 ?
		behaviour->later : behaviour->rcode;
	put_uint(&reply, 0xa800 | (hit ? rcode : 0), 2);
	put_uint(&reply, 0, 8);
	if (behaviour->signing != SIGN_NOT)
		put_tsig(&reply, mac, behaviour);
	question->outcome = OUTCOME_ANSWERED;
	question->reply = xmemdup(reply.data, reply.size);
	question->reply_size = reply.size;
}

static void fake_ask(struct world *unused, struct question *questions,
		     size_t n)
{
	(void)unused;
	assert_true(n > 0);
	primary.batches++;
	for (size_t i = 0; i < n; i++) {
		struct question *question = &questions[i];
		const struct behaviour *behaviour =
			&primary.behaviours[question->server.bytes[3]];

		assert_int_equal(question->transport, TRANSPORT_TCP);
		assert_int_equal(question->timeout_ms, UPDATE_TIMEOUT_MS);
		assert_true(question->query_size <= 65535);
		if (question->query_size > primary.largest)
			primary.largest = question->query_size;
		primary.ids[primary.questions++ % 4096] = (uint16_t)
			(question->query[0] << 8 | question->query[1]);
		if (behaviour->outcome == OUTCOME_ANSWERED) {
			answer(question, behaviour);
			continue;
		}
		question->outcome = behaviour->outcome;
		question->error = behaviour->error;
	}
}

static void fake_now(struct world *unused, struct moment *moment)
{
	(void)unused;
	*moment = (struct moment){ .wall_ms = PRIMARY_NOW * INT64_C(1000) };
}

static void fake_random(struct world *unused, void *data, size_t size)
{
	static uint8_t next = 7;

	(void)unused;
	for (size_t i = 0; i < size; i++)
		((uint8_t *)data)[i] = next += 41;
}

void primary_open(struct world *world)
{
	memset(&primary, 0, sizeof(primary));
	*world = (struct world){ .ask = fake_ask, .now = fake_now,
				 .random = fake_random };
}
