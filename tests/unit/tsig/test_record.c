/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "support/tsig_vectors.h"

#include "tsig/key.h"
#include "tsig/record.h"
#include "unit.h"

#define RECORD_AT 29	/* in the replies */

static bool read_at(const uint8_t *message, size_t size, size_t at,
		    struct tsig_record *record)
{
	struct wire_reader reader = { message, size, at, false };

	return tsig_record_read(record, &reader);
}

TEST(read)
{
	uint8_t message[512];
	size_t size = hex_read(VECTOR_BADTIME, message);
	struct tsig_record record;

	assert_true(read_at(message, size, RECORD_AT, &record));
	assert_int_equal(record.class, TSIG_CLASS_ANY);
	assert_int_equal(record.ttl, 0);
	assert_int_equal(record.time_signed, VECTOR_TIME);
	assert_int_equal(record.fudge, 300);
	assert_int_equal(record.mac_size, 32);
	assert_int_equal(record.mac[31], 0x01);
	assert_int_equal(record.original_id, 0x1234);
	assert_int_equal(record.error, 18);
	assert_int_equal(record.other_size, 6);
	assert_int_equal(record.other[5], 0x88);
	assert_memory_equal(record.key_name.octets, "\7alnitak\7example\0", 17);
	assert_memory_equal(record.algorithm.octets, "\13hmac-sha256\0", 13);
}

TEST(read_cut_off)
{
	uint8_t message[512];
	size_t size = hex_read(VECTOR_BADTIME, message);
	struct tsig_record record;

	for (size_t i = RECORD_AT; i < size; i++)
		assert_false(read_at(message, i, RECORD_AT, &record));
	/* Other octets behind it, with RDLENGTH right and wrong. */
	assert_false(read_at(message, size + 1, RECORD_AT, &record));
	message[55]++;
	assert_false(read_at(message, size + 1, RECORD_AT, &record));
	assert_false(read_at(message, size, RECORD_AT, &record));
}

TEST(mac)
{
	const struct text secret = { VECTOR_SECRET, strlen(VECTOR_SECRET), 1 };
	uint8_t message[512], prior[32], mac[TSIG_MAC_MAX];
	size_t size = hex_read(VECTOR_FORWARDED, message);
	struct tsig_record record;
	struct tsig_key *key;

	hex_read(VECTOR_MAC_SHA256, prior);
	assert_int_equal(tsig_key_new("alnitak.example.", TSIG_HMAC_SHA256,
				      secret, &key), TSIG_KEY_OK);
	assert_true(read_at(message, size, RECORD_AT, &record));
	assert_true(tsig_record_mac(&record, key, prior, 32, message, RECORD_AT,
				    0, mac));
	assert_memory_equal(mac, record.mac, 32);
	assert_true(tsig_record_mac(&record, key, prior, 32, message, RECORD_AT,
				    1, mac));
	assert_memory_not_equal(mac, record.mac, 32);
	assert_true(tsig_record_mac(&record, key, NULL, 0, message, RECORD_AT,
				    0, mac));
	assert_memory_not_equal(mac, record.mac, 32);
	tsig_key_free(key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_read_cut_off),
		cmocka_unit_test(test_mac),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
