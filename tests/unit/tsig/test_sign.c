/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "support/tsig_vectors.h"

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
	for (size_t i = 0; i < sizeof(vectors) / sizeof(*vectors); i++) {
		struct tsig_key *key = key_of(vectors[i].key);
		uint8_t message[512], mac[TSIG_MAC_MAX];
		size_t size = hex_read(VECTOR_REQUEST, message), unsigned_size;
		size_t mac_size = hex_read(vectors[i].mac, mac);
		struct tsig_request request;

		unsigned_size = size;
		assert_true(tsig_sign(message, &size, sizeof(message), key,
				      VECTOR_TIME, &request));
		assert_int_equal(request.mac_size, mac_size);
		assert_memory_equal(request.mac, mac, mac_size);
		assert_memory_equal(message + size - 6 - mac_size, mac,
				    mac_size);
		assert_true(size - unsigned_size <= TSIG_ROOM_MAX);
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

	assert_true(tsig_sign(message, &size, want_size, key, VECTOR_TIME,
			      &request));
	assert_int_equal(size, want_size);
	assert_memory_equal(message, want, want_size);
	assert_int_equal(request.id, 0x1234);
	assert_int_equal(request.opcode, 5);
	assert_int_equal(request.time_signed, VECTOR_TIME);
	assert_ptr_equal(request.key, key);
	tsig_key_free(key);
}

static const struct refusal {
	const char *label;
	size_t size, room;	/* 0: that of the vector */
	uint64_t now;
	uint8_t arcount;	/* both of its octets */
} refusals[] = {
	{ "an octet too few", 0, 225, VECTOR_TIME, 0 },
	{ "no room at all", 0, 138, VECTOR_TIME, 0 },
	{ "room below size", 0, 100, VECTOR_TIME, 0 },
	{ "no header", 11, 512, VECTOR_TIME, 0 },
	{ "time beyond 48 bits", 0, 512, (uint64_t)1 << 48, 0 },
	{ "ARCOUNT full", 0, 512, VECTOR_TIME, 0xff },
	{ "message too long", 65535 - 87, 70000, VECTOR_TIME, 0 },
};

TEST(refusals)
{
	struct tsig_key *key = key_of(VECTOR_KEY("hmac-sha256"));
	uint8_t *message = calloc(2, 70000), *copy = message + 70000;

	for (size_t i = 0; i < sizeof(refusals) / sizeof(*refusals); i++) {
		const struct refusal *r = &refusals[i];
		size_t size = hex_read(VECTOR_REQUEST, message), before;
		struct tsig_request request;

		size = before = r->size ? r->size : size;
		message[10] = message[11] = r->arcount;
		memcpy(copy, message, size);
		if (tsig_sign(message, &size, r->room, key, r->now, &request) ||
		    size != before || memcmp(copy, message, size) != 0)
			fail_msg("%s", r->label);
	}
	free(message);
	tsig_key_free(key);
}

TEST(longest)
{
	static const char label[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
				    "aaaaaaaaaaaaaaaaaaaaa";	/* 61 */
	char text[1024];
	uint8_t *message = calloc(1, 65535);
	struct tsig_key *key;
	struct tsig_request request;
	size_t size;

	snprintf(text, sizeof(text), "hmac-sha512:%saa.%saa.%saa.%s:"
		 VECTOR_SECRET, label, label, label, label);
	key = key_of(text);
	size = hex_read(VECTOR_REQUEST, message);
	assert_true(tsig_sign(message, &size, 138 + TSIG_ROOM_MAX, key,
			      VECTOR_TIME, &request));
	size = 65535 - TSIG_ROOM_MAX;
	assert_true(tsig_sign(message, &size, 65535, key, VECTOR_TIME,
			      &request));
	assert_in_range(size, 65500, 65535);
	free(message);
	tsig_key_free(key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_whole_message),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_longest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
