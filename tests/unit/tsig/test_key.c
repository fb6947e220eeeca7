/* SPDX-License-Identifier: MIT */
#include <string.h>

#include <openssl/crypto.h>

#include "support/tsig_signer.h"

#include "tsig/key.h"
#include "unit.h"

/*
 * libcrypto's memory goes through here: no block may be given back while it
 * holds a secret, plain or in base64.
 */
static size_t blocks, unwiped;

union block {
	size_t size;
	max_align_t alignment;
};

static bool holds(const void *memory, size_t size, const char *text)
{
	/* Half of it is already too much. */
	return memmem(memory, size, text, strlen(text) / 2);
}

static void *block_new(size_t size, const char *file, int line)
{
	union block *block = malloc(sizeof(*block) + size);

	(void)file;
	(void)line;
	block->size = size;
	return block + 1;
}

static void block_free(void *memory, const char *file, int line)
{
	union block *block = memory;

	(void)file;
	(void)line;
	if (!memory)
		return;
	block--;
	blocks++;
	unwiped += holds(memory, block->size, VECTOR_SECRET_TEXT) ||
		holds(memory, block->size, VECTOR_SECRET);
	free(block);
}

static void *block_resize(void *memory, size_t size, const char *file, int line)
{
	void *fresh = size > 0 ? block_new(size, file, line) : NULL;
	size_t old = memory ? ((union block *)memory - 1)->size : 0;

	if (memory && fresh)
		memcpy(fresh, memory, old < size ? old : size);
	block_free(memory, file, line);
	return fresh;
}

static struct text text_of(const char *text)
{
	return (struct text){ text, strlen(text), 1 };
}

TEST(memory_is_watched)
{
	char *memory = OPENSSL_malloc(100);

	unwiped = 0;
	memcpy(memory, VECTOR_SECRET_TEXT, sizeof(VECTOR_SECRET_TEXT));
	OPENSSL_free(memory);
	assert_int_equal(unwiped, 1);
}

TEST(wiped)
{
	/* A good key and every way to fail after some of it has been read. */
	static const char *const secrets[] = {
		VECTOR_SECRET, VECTOR_SECRET "=", VECTOR_SECRET "A",
		VECTOR_SECRET "!",
		"MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE",
	};

	unwiped = blocks = 0;
	for (size_t i = 0; i < COUNT(secrets); i++) {
		uint8_t message[256 + TSIG_ROOM_MAX];
		size_t size = hex_read(VECTOR_REQUEST, message);
		struct tsig_request request;
		struct tsig_reply reply;
		struct tsig_key *key;

		assert_int_equal(tsig_key_new("k.", TSIG_HMAC_SHA256,
					      text_of(secrets[i]), &key) ==
				 TSIG_KEY_OK, i == 0);
		if (!key)
			continue;
		assert_memory_equal(tsig_key_secret(key).data,
				    VECTOR_SECRET_TEXT, 32);
		assert_true(tsig_sign(message, size, key, 1, &request));
		record_append(message, &size, &request);
		message[2] |= 0x80;
		assert_int_equal(tsig_verify(message, size, &request, 1,
					     &reply), TSIG_WRONG_MAC);
		tsig_key_free(key);
	}
	assert_true(blocks > COUNT(secrets));
	assert_int_equal(unwiped, 0);
}

TEST(free_nothing)
{
	tsig_key_free(NULL);
}

#define A16 "AAAAAAAAAAAAAAAA"
#define A64 A16 A16 A16 A16
#define A640 A64 A64 A64 A64 A64 A64 A64 A64 A64 A64

static const struct {
	const char *base64;
	enum tsig_key_error error;
	size_t size;	/* of the secret, octets */
} secrets[] = {
	{ VECTOR_SECRET, TSIG_KEY_OK, 32 },
	{ " \tMDEyMzQ1Njc4OTAx MjM0NTY3ODkwMTIzNDU2Nzg5MDE\t= ",
	  TSIG_KEY_OK, 32 },
	{ "AAAAAAAAAAAAAAAAAAAAAA==", TSIG_KEY_OK, 16 },
	{ "//////////////////////++", TSIG_KEY_OK, 18 },
	{ "AAAAAAAAAAAAAAAAAAAA", TSIG_KEY_SHORT_SECRET, 0 },
	{ "AAAA", TSIG_KEY_SHORT_SECRET, 0 },
	{ "", TSIG_KEY_EMPTY_SECRET, 0 },
	{ " \t ", TSIG_KEY_EMPTY_SECRET, 0 },
	{ "=", TSIG_KEY_BAD_BASE64, 0 },
	{ "==", TSIG_KEY_BAD_BASE64, 0 },
	{ "====", TSIG_KEY_BAD_BASE64, 0 },
	{ "A", TSIG_KEY_BAD_BASE64, 0 },
	{ "A===", TSIG_KEY_BAD_BASE64, 0 },
	/* padding missing, too much, in the middle */
	{ "AAAAAAAAAAAAAAAAAAAAAA=", TSIG_KEY_BAD_BASE64, 0 },
	{ "AAAAAAAAAAAAAAAAAAAAAA", TSIG_KEY_BAD_BASE64, 0 },
	{ "AAAAAAAAAAAAAAAAAAAAAA===", TSIG_KEY_BAD_BASE64, 0 },
	{ "AAAAAAAAAAAAAAAAAAAAAAAA====", TSIG_KEY_BAD_BASE64, 0 },
	{ "AA==AAAAAAAAAAAAAAAAAAAAAAAA", TSIG_KEY_BAD_BASE64, 0 },
	{ "AAAAAAAAAAAAAAAAAAAAA=A=", TSIG_KEY_BAD_BASE64, 0 },
	/* bits left over */
	{ "AAAAAAAAAAAAAAAAAAAAAB==", TSIG_KEY_BAD_BASE64, 0 },
	{ "AAAAAAAAAAAAAAAAAAAAAAB=", TSIG_KEY_BAD_BASE64, 0 },
	/* other alphabets, and what libcrypto steps over */
	{ "AAAAAAAAAAAAAAAAAAAAAA-_", TSIG_KEY_BAD_BASE64, 0 },
	{ "AAAAAAAAAAAAAAAAAAAAAAAA\n", TSIG_KEY_BAD_BASE64, 0 },
	{ "AAAAAAAAAAAAAAAAAAAA\r\nAA", TSIG_KEY_BAD_BASE64, 0 },
	{ "AAAAAAAAAAAAAAAAAAAAAAAA----", TSIG_KEY_BAD_BASE64, 0 },
	{ "AAAAAAAAAAAAAAAAAAAAAAA\303\244", TSIG_KEY_BAD_BASE64, 0 },
	/* 510, 512, 513 octets, and far more */
	{ A640 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", TSIG_KEY_OK, 510 },
	{ A640 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
	  TSIG_KEY_OK, 512 },
	{ A640 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
	  TSIG_KEY_LONG_SECRET, 0 },
	{ A640 A640, TSIG_KEY_LONG_SECRET, 0 },
};

TEST(secrets)
{
	for (size_t i = 0; i < COUNT(secrets); i++) {
		struct tsig_key *key;
		enum tsig_key_error error =
			tsig_key_new("k.", TSIG_HMAC_SHA256,
				     text_of(secrets[i].base64), &key);

		if (error != secrets[i].error || !key != !!error ||
		    (key && tsig_key_secret(key).size != secrets[i].size))
			fail_msg("case %zu: %d", i, error);
		tsig_key_free(key);
	}
}

TEST(names)
{
	static const struct {
		const char *text;
		const char *name;	/* NULL: must be refused */
	} cases[] = {
		{ "mail.example.com", "mail.example.com." },
		{ "Mail.EXAMPLE.com.", "mail.example.com." },
		{ "local-ddns", "local-ddns." },
		{ "a_b+c/d@e*9", "a_b+c/d@e*9." },
		{ ".", NULL }, { "a..b", NULL }, { "a b", NULL },
		{ "a\"b", NULL }, { "a\\.b", NULL }, { "a;b", NULL },
		{ "a\nb", NULL }, { "k\303\266nig", NULL }, { "a:b", NULL },
		{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		  "aaaaaaa", NULL },
	};
	char name[KEY_NAME_TEXT_SIZE];

	for (size_t i = 0; i < COUNT(cases); i++) {
		enum tsig_key_error error =
			tsig_key_name_read(text_of(cases[i].text), name);

		assert_int_equal(error, cases[i].name ? TSIG_KEY_OK :
				 TSIG_KEY_BAD_NAME);
		if (cases[i].name)
			assert_string_equal(name, cases[i].name);
	}
	assert_int_equal(tsig_key_name_read(text_of(""), name),
			 TSIG_KEY_NO_NAME);
}

/* Without the final dot, the longest name has 253 characters. */
TEST(longest_name)
{
	char text[256], name[KEY_NAME_TEXT_SIZE];

	memset(text, 'a', sizeof(text));
	text[63] = text[127] = text[191] = '.';
	assert_int_equal(tsig_key_name_read((struct text){ text, 253, 1 },
					    name), TSIG_KEY_OK);
	assert_int_equal(strlen(name), 254);
	assert_int_equal(tsig_key_name_read((struct text){ text, 254, 1 },
					    name), TSIG_KEY_BAD_NAME);
	text[253] = '.';
	assert_int_equal(tsig_key_name_read((struct text){ text, 254, 1 },
					    name), TSIG_KEY_OK);
	assert_int_equal(strlen(name), 254);
}

TEST(contents)
{
	struct tsig_key *key;

	assert_int_equal(tsig_key_new("a.b.", TSIG_HMAC_SHA384,
				      text_of(VECTOR_SECRET), &key),
			 TSIG_KEY_OK);
	assert_string_equal(tsig_key_name(key), "a.b.");
	assert_int_equal(tsig_key_algorithm(key), TSIG_HMAC_SHA384);
	assert_memory_equal(key->wire_name.octets, "\1a\1b\0", 5);
	assert_memory_equal(key->wire_algorithm.octets, "\13hmac-sha384\0", 13);
	tsig_key_free(key);
}

TEST(texts)
{
	for (int i = TSIG_KEY_OK; i <= TSIG_KEY_NO_MEMORY; i++)
		assert_non_null(tsig_key_error_text((enum tsig_key_error)i));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory_is_watched),
		cmocka_unit_test(test_wiped),
		cmocka_unit_test(test_free_nothing),
		cmocka_unit_test(test_secrets),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_longest_name),
		cmocka_unit_test(test_contents),
		cmocka_unit_test(test_texts),
	};

	/* Refused once libcrypto has allocated anything. */
	if (!CRYPTO_set_mem_functions(block_new, block_resize, block_free))
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
