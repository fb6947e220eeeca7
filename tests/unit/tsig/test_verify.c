/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "support/tsig_signer.h"

#include "support/tsig_vectors.h"
#include "tsig/tsig.h"
#include "unit.h"

#define NOW (VECTOR_TIME + 1)
#define TIME_FUDGE SIGNER_TIME_FUDGE

static struct tsig_key *key;
static struct tsig_request request;	/* that of the vectors */

static int setup(void **state)
{
	static const char text[] = VECTOR_KEY("hmac-sha256");
	const struct tsig_key_options options = { NULL, false };
	uint8_t message[SIGNER_MESSAGE_MAX];
	size_t size = hex_read(VECTOR_REQUEST, message);
	unsigned line;

	(void)state;
	return tsig_key_parse(text, strlen(text), &options, &key, &line) ||
		!tsig_sign(message, size, key, VECTOR_TIME, &request);
}

static int teardown(void **state)
{
	(void)state;
	tsig_key_free(key);
	return 0;
}

/* On the heap and no longer than SIZE, so that a sanitizer sees overreads. */
static enum tsig_verdict verify(const uint8_t *message, size_t size,
				uint64_t now, struct tsig_reply *reply)
{
	uint8_t *copy = malloc(size + (size == 0));
	enum tsig_verdict verdict;

	memcpy(copy, message, size);
	verdict = tsig_verify(copy, size, &request, now, reply);
	free(copy);
	return verdict;
}

static enum tsig_verdict verify_hex(const char *hex, uint64_t now,
				    struct tsig_reply *reply)
{
	uint8_t message[SIGNER_MESSAGE_MAX];

	return verify(message, hex_read(hex, message), now, reply);
}

TEST(vectors)
{
	static const struct {
		const char *message;
		enum tsig_verdict verdict;
		uint16_t error;
		uint64_t server_time;
		bool authenticated;
	} cases[] = {
		{ VECTOR_REPLY, TSIG_OK, 0, 0, true },
		{ VECTOR_FORWARDED, TSIG_OK, 0, 0, true },
		{ VECTOR_BADTIME, TSIG_PEER_BADTIME, 18, VECTOR_TIME + 5000,
		  true },
		{ VECTOR_BADKEY, TSIG_PEER_BADKEY, 17, 0, false },
	};
	struct tsig_reply reply;

	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(verify_hex(cases[i].message, NOW, &reply),
				 cases[i].verdict);
		assert_int_equal(reply.error, cases[i].error);
		assert_int_equal(reply.server_time, cases[i].server_time);
		assert_int_equal(reply.authenticated, cases[i].authenticated);
		assert_int_equal(reply.time_signed, i < 2 ? NOW : VECTOR_TIME);
	}
}

/* One octet of the good reply changed. */
static const struct {
	const char *label;
	size_t at;
	uint8_t flip;
	enum tsig_verdict verdict;
} changes[] = {
	{ "ID", 1, 1, TSIG_NOT_A_REPLY },
	{ "no QR", 2, 0x80, TSIG_NOT_A_REPLY },
	{ "opcode QUERY", 2, 0x28, TSIG_NOT_A_REPLY },
	{ "RCODE", 3, 5, TSIG_WRONG_MAC },
	{ "zone name", 13, 1, TSIG_WRONG_MAC },
	{ "key name zlnitak", 30, 'a' ^ 'z', TSIG_WRONG_KEY_NAME },
	{ "key name ALNITAK", 30, 0x20, TSIG_OK },
	{ "type", 47, 1, TSIG_UNSIGNED },
	{ "class IN", 49, 0xfe, TSIG_WRONG_CLASS_TTL },
	{ "TTL 1", 53, 1, TSIG_WRONG_CLASS_TTL },
	{ "RDLENGTH", 55, 1, TSIG_MALFORMED },
	{ "algorithm", 67, 1, TSIG_WRONG_ALGORITHM },
	{ "time", 74, 2, TSIG_WRONG_MAC },
	{ "fudge", 75, 0x80, TSIG_WRONG_MAC },
	{ "MAC size", 78, 1, TSIG_MALFORMED },
	{ "MAC, first bit", 79, 0x80, TSIG_WRONG_MAC },
	{ "MAC, last bit", 110, 1, TSIG_WRONG_MAC },
	{ "original ID", 112, 1, TSIG_WRONG_MAC },
	{ "error", 114, 18, TSIG_WRONG_MAC },
	{ "other size", 116, 1, TSIG_MALFORMED },
};

TEST(changes)
{
	uint8_t message[SIGNER_MESSAGE_MAX];
	size_t size = hex_read(VECTOR_REPLY, message);

	for (size_t i = 0; i < COUNT(changes); i++) {
		struct tsig_reply reply;
		enum tsig_verdict verdict;

		message[changes[i].at] ^= changes[i].flip;
		verdict = verify(message, size, NOW, &reply);
		message[changes[i].at] ^= changes[i].flip;
		if (verdict != changes[i].verdict ||
		    reply.authenticated != (verdict == TSIG_OK))
			fail_msg("%s: verdict %d", changes[i].label, verdict);
	}
}

static bool is_letter(uint8_t octet)
{
	return (octet | 0x20) >= 'a' && (octet | 0x20) <= 'z';
}

/* Only the case of letters in the signature's two names is nobody's matter. */
TEST(every_bit)
{
	uint8_t message[SIGNER_MESSAGE_MAX];
	size_t size = hex_read(VECTOR_REPLY, message);
	struct tsig_reply reply;

	for (size_t bit = 0; bit < size * 8; bit++) {
		size_t at = bit / 8;
		uint8_t flip = (uint8_t)(1 << bit % 8);
		bool harmless = flip == 0x20 && is_letter(message[at]) &&
			((at > 29 && at < 45) || (at > 56 && at < 68));

		message[at] ^= flip;
		if ((verify(message, size, NOW, &reply) == TSIG_OK) != harmless)
			fail_msg("octet %zu, bit %zu", at, bit % 8);
		message[at] ^= flip;
	}
}

TEST(cut_off)
{
	uint8_t message[SIGNER_MESSAGE_MAX] = { 0 };
	size_t size = hex_read(VECTOR_REPLY, message);
	struct tsig_reply reply;

	for (size_t i = 0; i < size; i++)
		assert_int_equal(verify(message, i, NOW, &reply),
				 TSIG_MALFORMED);
	assert_int_equal(verify(message, size + 1, NOW, &reply),
			 TSIG_MALFORMED);
}

#define OWNER_TYPE_CLASS_TTL VECTOR_OWNER "00fa00ff00000000"
#define RECORD OWNER_TYPE_CLASS_TTL "003d" VECTOR_HMAC_SHA256 TIME_FUDGE \
	"0020" VECTOR_REPLY_MAC "123400000000"
#define UNSIGNED_RECORD(error) OWNER_TYPE_CLASS_TTL "001d" \
	VECTOR_HMAC_SHA256 TIME_FUDGE "00001234" error "0000"
#define OPT "0000290200000000000000"

#define SHA256_TIME VECTOR_HMAC_SHA256 TIME_FUDGE
#define TAIL VECTOR_REPLY_MAC "123400000000"

/* Messages put together wrongly: ANCOUNT to ARCOUNT, what follows the zone. */
static const struct {
	const char *label, *counts, *records;
	enum tsig_verdict verdict;
	uint16_t error;
} compositions[] = {
	{ "control", "000000000001", RECORD, TSIG_OK, 0 },
	{ "no record at all", "000000000000", "", TSIG_UNSIGNED, 0 },
	{ "OPT alone", "000000000001", OPT, TSIG_UNSIGNED, 0 },
	{ "TSIG first", "000000000002", RECORD OPT, TSIG_NOT_LAST, 0 },
	{ "TSIG as answer", "000100000000", RECORD, TSIG_NOT_LAST, 0 },
	{ "and OPT behind", "000100000001", RECORD OPT, TSIG_NOT_LAST, 0 },
	{ "two TSIG", "000000000002", RECORD RECORD, TSIG_SEVERAL, 0 },
	{ "one an answer", "000100000001", RECORD RECORD, TSIG_SEVERAL, 0 },
	{ "octets behind", "000000000001", RECORD "00", TSIG_MALFORMED, 0 },
	{ "not counted", "000000000000", RECORD, TSIG_MALFORMED, 0 },
	{ "counts too high", "ffffffffffff", RECORD, TSIG_MALFORMED, 0 },
	{ "OPT slipped in", "000000000002", OPT RECORD, TSIG_WRONG_MAC, 0 },
	{ "owner a loop", "000000000001", "c01d00fa00ff00000000003d"
	  SHA256_TIME "0020" TAIL, TSIG_MALFORMED, 0 },
	{ "algorithm compressed", "000000000001", OWNER_TYPE_CLASS_TTL "0032"
	  "c00c" TIME_FUDGE "0020" TAIL, TSIG_MALFORMED, 0 },
	{ "RDATA empty", "000000000001", OWNER_TYPE_CLASS_TTL "0000",
	  TSIG_MALFORMED, 0 },
	{ "RDATA too long", "000000000001", OWNER_TYPE_CLASS_TTL "003e"
	  SHA256_TIME "0020" TAIL "00", TSIG_MALFORMED, 0 },
	{ "MAC cut to half", "000000000001", OWNER_TYPE_CLASS_TTL "002d"
	  SHA256_TIME "0010" "48ae1cfec6541736adab6d90e381df80" "123400000000",
	  TSIG_WRONG_MAC_SIZE, 0 },
	{ "MAC too long", "000000000001", OWNER_TYPE_CLASS_TTL "003e"
	  SHA256_TIME "0021" "00" TAIL, TSIG_WRONG_MAC_SIZE, 0 },
	{ "no MAC, no error", "000000000001", UNSIGNED_RECORD("0000"),
	  TSIG_WRONG_MAC_SIZE, 0 },
	{ "no MAC, BADSIG", "000000000001", UNSIGNED_RECORD("0010"),
	  TSIG_PEER_BADSIG, 16 },
	{ "no MAC, BADTIME", "000000000001", UNSIGNED_RECORD("0012"),
	  TSIG_WRONG_MAC_SIZE, 18 },
	{ "no MAC, BADTRUNC", "000000000001", UNSIGNED_RECORD("0016"),
	  TSIG_WRONG_MAC_SIZE, 22 },
	{ "md5 without MAC", "000000000001", OWNER_TYPE_CLASS_TTL "002a"
	  "08686d61632d6d6435077369672d616c670372656703696e7400" TIME_FUDGE
	  "0000123400000000", TSIG_WRONG_ALGORITHM, 0 },
	{ "BADKEY for another key", "000000000001", "01780000fa00ff00000000"
	  "001d" SHA256_TIME "0000123400110000", TSIG_WRONG_KEY_NAME, 17 },
};

TEST(compositions)
{
	for (size_t i = 0; i < COUNT(compositions); i++) {
		char message[2 * SIGNER_MESSAGE_MAX];
		struct tsig_reply reply;
		enum tsig_verdict verdict;

		snprintf(message, sizeof(message), "1234a8000001%s%s%s",
			 compositions[i].counts, VECTOR_ZONE,
			 compositions[i].records);
		verdict = verify_hex(message, NOW, &reply);
		if (verdict != compositions[i].verdict ||
		    reply.error != compositions[i].error ||
		    reply.authenticated != (verdict == TSIG_OK))
			fail_msg("%s: verdict %d", compositions[i].label,
				 verdict);
	}
}

static enum tsig_verdict verify_signed(const struct signed_reply *r,
				       uint64_t now, struct tsig_reply *reply)
{
	uint8_t message[SIGNER_MESSAGE_MAX];

	return verify(message, reply_sign(r, message), now, reply);
}

TEST(signer_of_this_test)
{
	uint8_t message[SIGNER_MESSAGE_MAX], want[SIGNER_MESSAGE_MAX];
	size_t size = reply_sign(&signer_usual, message);

	assert_int_equal(size, hex_read(VECTOR_REPLY, want));
	assert_memory_equal(message, want, size);
}

TEST(owner_compressed)
{
	struct signed_reply r = signer_usual;
	struct tsig_reply reply;

	r.arcount = "0001";
	r.arcount_signed = "0002";
	r.body = VECTOR_ZONE VECTOR_OWNER "00010001000000000004c0000201";
	r.owner = "c01d";
	assert_int_equal(verify_signed(&r, NOW, &reply), TSIG_OK);
	r.owner = "c00c";
	assert_int_equal(verify_signed(&r, NOW, &reply), TSIG_WRONG_KEY_NAME);
}

TEST(signed_errors)
{
	static const struct {
		const char *error, *other;
		enum tsig_verdict verdict;
		uint64_t server_time;
	} cases[] = {
		{ "0000", "00020102", TSIG_OK, 0 },
		{ "0010", "0000", TSIG_PEER_BADSIG, 0 },
		{ "0011", "0000", TSIG_PEER_BADKEY, 0 },
		{ "0012", "0000", TSIG_PEER_BADTIME, 0 },
		{ "0012", "0006010203040506", TSIG_PEER_BADTIME,
		  0x010203040506 },
		{ "0012", "00050102030405", TSIG_PEER_BADTIME, 0 },
		{ "0012", "000701020304050607", TSIG_PEER_BADTIME, 0 },
		{ "0016", "0006010203040506", TSIG_PEER_BADTRUNC, 0 },
		{ "0013", "0000", TSIG_PEER_ERROR, 0 },
		{ "ffff", "0000", TSIG_PEER_ERROR, 0 },
		{ "0001", "0000", TSIG_PEER_ERROR, 0 },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct signed_reply r = signer_usual;
		struct tsig_reply reply;

		r.error = cases[i].error;
		r.other = cases[i].other;
		if (verify_signed(&r, NOW, &reply) != cases[i].verdict ||
		    reply.server_time != cases[i].server_time ||
		    !reply.authenticated)
			fail_msg("case %zu", i);
	}
}

TEST(time)
{
	static const struct {
		const char *time_fudge;
		uint64_t now;
		enum tsig_verdict verdict;
	} cases[] = {
		{ TIME_FUDGE, NOW + 300, TSIG_OK },
		{ TIME_FUDGE, NOW + 301, TSIG_OUT_OF_TIME },
		{ TIME_FUDGE, NOW - 300, TSIG_OK },
		{ TIME_FUDGE, NOW - 301, TSIG_OUT_OF_TIME },
		{ TIME_FUDGE, 0, TSIG_OUT_OF_TIME },
		{ TIME_FUDGE, UINT64_MAX, TSIG_OUT_OF_TIME },
		{ "00006553f1010000", NOW, TSIG_OK },
		{ "00006553f1010000", NOW + 1, TSIG_OUT_OF_TIME },
		{ "ffffffffffffffff", NOW, TSIG_OUT_OF_TIME },
		{ "000000000000012c", NOW, TSIG_OUT_OF_TIME },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct signed_reply r = signer_usual;
		struct tsig_reply reply;
		enum tsig_verdict verdict;

		r.time_fudge = cases[i].time_fudge;
		verdict = verify_signed(&r, cases[i].now, &reply);
		if (verdict != cases[i].verdict ||
		    reply.authenticated != (verdict == TSIG_OK))
			fail_msg("case %zu: verdict %d", i, verdict);
	}
}

TEST(another_request)
{
	const struct tsig_request good = request;
	struct tsig_request others[4] = { good, good, good, good };
	struct tsig_reply reply;

	others[0].mac[31] ^= 1;
	others[1].mac_size = 0;
	others[2].id ^= 1;
	others[3].opcode = 0;
	for (size_t i = 0; i < COUNT(others); i++) {
		request = others[i];
		assert_int_equal(verify_hex(VECTOR_REPLY, NOW, &reply),
				 i < 2 ? TSIG_WRONG_MAC : TSIG_NOT_A_REPLY);
	}
	request = good;
}

TEST(another_key)
{
	static const struct {
		const char *text;
		enum tsig_verdict verdict;
	} cases[] = {
		{ "hmac-sha256:alnitak.example:"
		  "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDI=",
		  TSIG_WRONG_MAC },
		{ "hmac-sha512:alnitak.example:" VECTOR_SECRET,
		  TSIG_WRONG_ALGORITHM },
		{ "hmac-sha256:alnitak:" VECTOR_SECRET, TSIG_WRONG_KEY_NAME },
	};
	const struct tsig_key_options options = { NULL, false };

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct tsig_key *other;
		struct tsig_reply reply;
		unsigned line;

		assert_int_equal(tsig_key_parse(cases[i].text,
						strlen(cases[i].text), &options,
						&other, &line), TSIG_KEY_OK);
		request.key = other;
		assert_int_equal(verify_hex(VECTOR_REPLY, NOW, &reply),
				 cases[i].verdict);
		request.key = key;
		tsig_key_free(other);
	}
}

/* SIZE octets in all: the header, one record as filler, the signature. */
static uint8_t *message_of_size(size_t size, const char *record)
{
	uint8_t *message = calloc(1, size), tail[SIGNER_MESSAGE_MAX];
	size_t tail_size = hex_read(record, tail);
	size_t filler = size - 12 - tail_size - 11;

	hex_read("1234a8000000000000000002", message);
	message[14] = 1;	/* root, type NULL-ish, class and TTL 0 */
	message[21] = (uint8_t)(filler >> 8);
	message[22] = (uint8_t)filler;
	memcpy(message + size - tail_size, tail, tail_size);
	return message;
}

TEST(large)
{
	static const struct {
		size_t size;
		const char *record;
		enum tsig_verdict verdict;
	} cases[] = {
		{ 65535, RECORD, TSIG_WRONG_MAC },
		{ 65535, UNSIGNED_RECORD("0000"), TSIG_WRONG_MAC_SIZE },
		{ 65536, RECORD, TSIG_MALFORMED },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		uint8_t *message = message_of_size(cases[i].size,
						   cases[i].record);
		struct tsig_reply reply;

		assert_int_equal(verify(message, cases[i].size, NOW, &reply),
				 cases[i].verdict);
		free(message);
	}
}

TEST(strip)
{
	uint8_t message[SIGNER_MESSAGE_MAX], want[SIGNER_MESSAGE_MAX];
	size_t size = hex_read(VECTOR_REPLY, message);

	assert_true(tsig_verified_strip(message, &size));
	assert_int_equal(size, hex_read("1234a8000001000000000000"
					VECTOR_ZONE, want));
	assert_memory_equal(message, want, size);
	assert_false(tsig_verified_strip(message, &size));
	assert_int_equal(size, 29);
	size = hex_read("1234a8000001000000000002" VECTOR_ZONE RECORD OPT,
			message);
	assert_false(tsig_verified_strip(message, &size));
	size = 5;
	assert_false(tsig_verified_strip(message, &size));
}

TEST(texts)
{
	for (int i = TSIG_OK; i <= TSIG_PEER_ERROR; i++)
		assert_non_null(tsig_verdict_text((enum tsig_verdict)i));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_changes),
		cmocka_unit_test(test_every_bit),
		cmocka_unit_test(test_cut_off),
		cmocka_unit_test(test_compositions),
		cmocka_unit_test(test_signer_of_this_test),
		cmocka_unit_test(test_owner_compressed),
		cmocka_unit_test(test_signed_errors),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_another_request),
		cmocka_unit_test(test_another_key),
		cmocka_unit_test(test_large),
		cmocka_unit_test(test_strip),
		cmocka_unit_test(test_texts),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
