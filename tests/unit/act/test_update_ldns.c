/* SPDX-License-Identifier: MIT */
#include "act/update_build.h"

#include "support/tsig_vectors.h"
#include "unit.h"

#include <sys/time.h>
#include <time.h>

/* What we sign is good to ldns, and what ldns signs is good to us. */

#define KEY_NAME "alnitak.example."

/* The algorithms that ldns knows. */
static const struct algorithm {
	const char *key;
	const char *name;
} algorithms[] = {
	{ VECTOR_KEY("hmac-sha1"), "hmac-sha1." },
	{ VECTOR_KEY("hmac-sha256"), "hmac-sha256." },
	{ VECTOR_KEY("hmac-sha512"), "hmac-sha512." },
};

/* ---- A clock that is watched, here and for all libraries --------------- */

static unsigned clock_reads;

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
	(void)zone;
	clock_reads++;
	*now = (struct timeval){ .tv_sec = VECTOR_TIME };
	return 0;
}

time_t time(time_t *now)
{
	clock_reads++;
	if (now)
		*now = VECTOR_TIME;
	return VECTOR_TIME;
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
	(void)clock;
	clock_reads++;
	*now = (struct timespec){ .tv_sec = VECTOR_TIME };
	return 0;
}

/* ---- Messages ----------------------------------------------------------- */

static struct tsig_key *key_of(const char *text)
{
	struct tsig_key *key;
	unsigned line;

	assert_int_equal(tsig_key_parse(text, strlen(text),
					&(struct tsig_key_options){ 0 }, &key,
					&line), TSIG_KEY_OK);
	return key;
}

static ldns_pkt *build(void)
{
	static uint8_t data[2][32] = { { 1 }, { 2 } };
	struct tlsa records[] = { { { 3, 1, 1 }, data[0], 32 },
				  { { 3, 1, 1 }, data[1], 32 } };
	const struct tlsa_set old = { &records[0], 1 };
	const struct tlsa_set new = { &records[1], 1 };
	const struct change change = {
		.owner = "_25._tcp.mail.example.com.", .seen = &old,
		.add = new, .remove = old, .ttl_seconds = 3600 };

	return update_build("example.com.", &change, 1, 0x1234);
}

static uint8_t *sign(const struct tsig_key *key, struct tsig_request *request,
		     size_t *size)
{
	ldns_pkt *packet = build();
	uint8_t *message = update_sign(packet, key, VECTOR_TIME, request,
				       size);

	assert_non_null(message);
	ldns_pkt_free(packet);
	return message;
}

static bool is_good_to_ldns(const uint8_t *message, size_t size)
{
	ldns_pkt *packet = NULL;
	bool good;

	assert_int_equal(ldns_wire2pkt(&packet, message, size),
			 LDNS_STATUS_OK);
	good = ldns_pkt_tsig_verify(packet, message, size, KEY_NAME,
				    VECTOR_SECRET, NULL);
	ldns_pkt_free(packet);
	return good;
}

TEST(ours_to_ldns)
{
	for (size_t i = 0; i < COUNT(algorithms); i++) {
		struct tsig_key *key = key_of(algorithms[i].key);
		struct tsig_request request;
		size_t size;
		uint8_t *message = sign(key, &request, &size);

		assert_true(is_good_to_ldns(message, size));
		message[60] ^= 1;
		assert_false(is_good_to_ldns(message, size));
		free(message);
		tsig_key_free(key);
	}
}

/* Where there is nothing to compress, ldns signs octet by octet the same. */
TEST(same_octets)
{
	for (size_t i = 0; i < COUNT(algorithms); i++) {
		struct tsig_key *key = key_of(algorithms[i].key);
		ldns_pkt *ours = update_build("example.com.", NULL, 0, 0x1234);
		ldns_pkt *theirs = update_build("example.com.", NULL, 0,
						0x1234);
		struct tsig_request request;
		size_t size, want_size;
		uint8_t *message, *want;

		message = update_sign(ours, key, VECTOR_TIME, &request, &size);
		assert_int_equal(ldns_pkt_tsig_sign(
			theirs, KEY_NAME, VECTOR_SECRET, TSIG_FUDGE_SECONDS,
			algorithms[i].name, NULL), LDNS_STATUS_OK);
		assert_int_equal(ldns_pkt2wire(&want, theirs, &want_size),
				 LDNS_STATUS_OK);
		assert_int_equal(size, want_size);
		assert_memory_equal(message, want, size);
		ldns_pkt_free(ours);
		ldns_pkt_free(theirs);
		free(message);
		LDNS_FREE(want);
		tsig_key_free(key);
	}
}

static uint8_t *reply_of_ldns(struct tsig_request *request,
			      const char *algorithm, size_t *size)
{
	ldns_pkt *reply = update_build("example.com.", NULL, 0, request->id);
	ldns_rdf *mac = ldns_native2rdf_int16_data(request->mac_size,
						   request->mac);
	uint8_t *message;

	ldns_pkt_set_qr(reply, true);
	assert_int_equal(ldns_pkt_tsig_sign(reply, KEY_NAME, VECTOR_SECRET,
					    TSIG_FUDGE_SECONDS, algorithm,
					    mac), LDNS_STATUS_OK);
	assert_int_equal(ldns_pkt2wire(&message, reply, size),
			 LDNS_STATUS_OK);
	ldns_rdf_deep_free(mac);
	ldns_pkt_free(reply);
	return message;
}

TEST(theirs_to_us)
{
	for (size_t i = 0; i < COUNT(algorithms); i++) {
		struct tsig_key *key = key_of(algorithms[i].key);
		struct tsig_request request;
		struct tsig_reply about;
		size_t size;
		uint8_t *reply;

		free(sign(key, &request, &size));
		reply = reply_of_ldns(&request, algorithms[i].name, &size);
		assert_int_equal(tsig_verify(reply, size, &request,
					     VECTOR_TIME, &about), TSIG_OK);
		assert_true(about.authenticated);
		reply[14] ^= 1;
		assert_int_equal(tsig_verify(reply, size, &request,
					     VECTOR_TIME, &about),
				 TSIG_WRONG_MAC);
		LDNS_FREE(reply);
		tsig_key_free(key);
	}
}

/* The time is the world's: nothing that we use of ldns asks another. */
TEST(no_clock)
{
	struct tsig_key *key = key_of(algorithms[0].key);
	struct tsig_request request;
	struct tsig_reply about;
	uint8_t *message;
	size_t size;

	clock_reads = 0;
	message = sign(key, &request, &size);
	assert_int_equal(tsig_verify(message, size, &request, VECTOR_TIME,
				     &about), TSIG_NOT_A_REPLY);
	free(message);
	assert_int_equal(clock_reads, 0);
	message = reply_of_ldns(&request, algorithms[0].name, &size);
	LDNS_FREE(message);
	if (clock_reads == 0)
		skip();		/* ldns has a clock that is not watched */
	tsig_key_free(key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ours_to_ldns),
		cmocka_unit_test(test_same_octets),
		cmocka_unit_test(test_theirs_to_us),
		cmocka_unit_test(test_no_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
