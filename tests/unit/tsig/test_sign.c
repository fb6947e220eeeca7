/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "support/tsig_signer.h"

#include "tsig/tsig.h"
#include "unit.h"

static struct tsig_key *key_of(const char *text)
{
	const struct tsig_key_options options = { .allow_md5 = true };
	struct tsig_key *key;
	unsigned line;

	assert_int_equal(tsig_key_parse(text, strlen(text), &options, &key,
					&line), TSIG_KEY_OK);
	return key;
}

static const struct {
	const char *key;
	const char *mac;
} vectors[] = {
	{ VECTOR_KEY("hmac-md5"), "feca3cbcf2a78292dbdbac1c964bcdd0" },
	{ VECTOR_KEY("hmac-sha1"), "6251048cc353a6cdc4dd879e908d85be660625c9" },
	{ VECTOR_KEY("hmac-sha224"),
	  "c2f75118af0541217d4f0c5c8b856d2c0a4ad9ff9c05ef545d7b1b6e" },
	{ VECTOR_KEY("hmac-sha256"), VECTOR_MAC_SHA256 },
	{ VECTOR_KEY("hmac-sha384"),
	  "35c8f133d708ad0973cb860a18f18b3d9431c13fc1d6a0ad"
	  "fd2721ca331f991b091c5d2eebd255beb8ea4595aa71e2dd" },
	{ VECTOR_KEY("hmac-sha512"),
	  "155190b85163181fff5a9f1d86b9c5ce4a79cdea54318b625b0caff1d74e863a"
	  "69c94b3136498036fef46eb4c17beb7b3175e90b852be5ab36e8d4ef2869ab8d" },
};

TEST(vectors)
{
	for (size_t i = 0; i < COUNT(vectors); i++) {
		struct tsig_key *key = key_of(vectors[i].key);
		uint8_t message[256 + TSIG_ROOM_MAX], mac[TSIG_MAC_MAX];
		size_t size = hex_read(VECTOR_REQUEST, message), bare = size;
		size_t mac_size = hex_read(vectors[i].mac, mac);
		struct tsig_request request;

		assert_true(tsig_sign(message, size, key, VECTOR_TIME,
				      &request));
		assert_int_equal(request.mac_size, mac_size);
		assert_memory_equal(request.mac, mac, mac_size);
		record_append(message, &size, &request);
		assert_memory_equal(message + size - 6 - mac_size, mac,
				    mac_size);
		assert_true(size - bare <= TSIG_ROOM_MAX);
		tsig_key_free(key);
	}
}

TEST(whole_message)
{
	/* Written with capitals: on the wire the name is in lower case. */
	struct tsig_key *key = key_of("hmac-sha256:AlniTak.Example:"
				      VECTOR_SECRET);
	uint8_t message[512], want[512];
	size_t size = hex_read(VECTOR_REQUEST, message);
	size_t want_size = hex_read(VECTOR_SIGNED_SHA256, want);
	struct tsig_request request;

	assert_true(tsig_sign(message, size, key, VECTOR_TIME, &request));
	record_append(message, &size, &request);
	assert_int_equal(size, want_size);
	assert_memory_equal(message, want, want_size);
	assert_int_equal(request.id, 0x1234);
	assert_int_equal(request.opcode, 5);
	assert_int_equal(request.time_signed, VECTOR_TIME);
	assert_ptr_equal(request.key, key);
	tsig_key_free(key);
}

/* Every octet of the time has its place, and so has every bit of an opcode. */
TEST(time_and_opcode)
{
	struct tsig_key *key = key_of(VECTOR_KEY("hmac-sha256"));
	uint8_t message[512];
	size_t size = hex_read(VECTOR_REQUEST, message);
	struct tsig_request request;

	message[2] = 0xf8;
	assert_true(tsig_sign(message, size, key, 0x123456789abc, &request));
	assert_int_equal(request.opcode, 15);
	record_append(message, &size, &request);
	assert_memory_equal(message + size - 6 - 32 - 10,
			    "\x12\x34\x56\x78\x9a\xbc\x01\x2c\x00\x20", 10);
	tsig_key_free(key);
}

/* The record that is to come is not among those that are signed. */
TEST(additional)
{
	struct tsig_key *key = key_of(VECTOR_KEY("hmac-sha256"));
	uint8_t message[512], mac[TSIG_MAC_MAX];
	size_t size = hex_read(VECTOR_REQUEST, message);
	struct tsig_request request;

	hex_read(VECTOR_MAC_SHA256, mac);
	message[11] = 1;
	assert_true(tsig_sign(message, size, key, VECTOR_TIME, &request));
	assert_memory_not_equal(request.mac, mac, request.mac_size);
	tsig_key_free(key);
}

static const struct refusal {
	const char *label;
	size_t size;		/* 0: that of the vector */
	uint64_t now;
	uint8_t arcount[2];
	bool signs;
} refusals[] = {
	{ "no header", 11, VECTOR_TIME, { 0, 0 }, false },
	{ "only a header", 12, VECTOR_TIME, { 0, 0 }, true },
	{ "time beyond 48 bits", 0, (uint64_t)1 << 48, { 0, 0 }, false },
	{ "the last time", 0, ((uint64_t)1 << 48) - 1, { 0, 0 }, true },
	{ "ARCOUNT full", 0, VECTOR_TIME, { 0xff, 0xff }, false },
	{ "ARCOUNT full but for one", 0, VECTOR_TIME, { 0xff, 0xfe }, true },
	{ "message too long", 65535 - TSIG_ROOM_MAX + 1, VECTOR_TIME, { 0, 0 },
	  false },
	{ "the longest", 65535 - TSIG_ROOM_MAX, VECTOR_TIME, { 0, 0 }, true },
};

TEST(refusals)
{
	struct tsig_key *key = key_of(VECTOR_KEY("hmac-sha256"));
	uint8_t *message = calloc(1, 65535);

	for (size_t i = 0; i < COUNT(refusals); i++) {
		const struct refusal *r = &refusals[i];
		size_t size = hex_read(VECTOR_REQUEST, message);
		struct tsig_request request;

		memcpy(message + 10, r->arcount, 2);
		if (tsig_sign(message, r->size ? r->size : size, key, r->now,
			      &request) != r->signs)
			fail_msg("%s", r->label);
	}
	free(message);
	tsig_key_free(key);
}

/* Nothing that a key can be makes a record beyond TSIG_ROOM_MAX. */
TEST(longest)
{
	static const char label[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
				    "aaaaaaaaaaaaaaaaaaaaa";	/* 61 */
	char text[1024];
	uint8_t message[256 + TSIG_ROOM_MAX];
	size_t size = hex_read(VECTOR_REQUEST, message), bare = size;
	struct tsig_key *key;
	struct tsig_request request;

	snprintf(text, sizeof(text), "hmac-sha512:%saa.%saa.%saa.%s:"
		 VECTOR_SECRET, label, label, label, label);
	key = key_of(text);
	assert_true(tsig_sign(message, size, key, VECTOR_TIME, &request));
	record_append(message, &size, &request);
	assert_int_equal(size - bare, 255 + 10 + 13 + 16 + 64);
	assert_true(size - bare <= TSIG_ROOM_MAX);
	tsig_key_free(key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_whole_message),
		cmocka_unit_test(test_time_and_opcode),
		cmocka_unit_test(test_additional),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_longest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
