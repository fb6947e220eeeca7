/* SPDX-License-Identifier: MIT */
#include "cert/chain.h"

#include "base/xalloc.h"
#include "support/certificates.h"
#include "unit.h"

#include <openssl/pem.h>

static struct test_pki *pki;
static struct test_version *ec;

static int setup(void **state)
{
	(void)state;
	pki = test_pki_open();
	ec = test_version_make(pki, "ec.test", TEST_LEAF_EC);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	test_version_free(ec);
	test_pki_close(pki);
	return 0;
}

TEST(leaf_fingerprint)
{
	struct chain *chain = test_chain_of(ec->fullchain);
	char text[FINGERPRINT_TEXT_SIZE];
	struct fingerprint back;
	uint8_t digest[FINGERPRINT_SIZE];

	EVP_Digest(chain->certificates[0].der, chain->certificates[0].der_size,
		   digest, NULL, EVP_sha256(), NULL);
	assert_memory_equal(digest, chain->leaf.sha256, FINGERPRINT_SIZE);
	assert_int_equal(strlen(fingerprint_format(&chain->leaf, text)), 64);
	assert_true(fingerprint_parse(text, &back));
	assert_true(fingerprint_equal(&back, &chain->leaf));
	back.sha256[31] ^= 1;
	assert_false(fingerprint_equal(&back, &chain->leaf));
	chain_free(chain);
}

TEST(serial_number)
{
	struct chain *chain = test_chain_of(ec->fullchain);
	const unsigned char *der = chain->certificates[0].der;
	X509 *x509 = d2i_X509(NULL, &der,
			      (long)chain->certificates[0].der_size);
	char *serial = chain_serial(chain);

	assert_int_equal(strtoll(serial, NULL, 16), ASN1_INTEGER_get(
			 X509_get0_serialNumber(x509)));
	assert_true(serial[0] != '0');
	free(serial);
	X509_free(x509);
	chain_free(chain);
}

/* A record of usage 2 is made of the issuer: another one there is another
 * version, whatever the leaf. */
TEST(version)
{
	char *root = test_pem_of(pki->root);
	char *longer = test_text_join(ec->cert, ec->chain, root);
	struct chain *chain = test_chain_of(ec->fullchain);
	struct chain *other = test_chain_of(longer);
	struct chain *alone = test_chain_of(ec->cert);

	assert_true(fingerprint_equal(&chain->leaf, &other->leaf));
	assert_false(fingerprint_equal(&chain->version, &other->version));
	assert_true(chain_is(chain, &chain->version));
	assert_true(chain_is(chain, &chain->leaf));
	assert_false(chain_is(chain, &other->version));
	assert_false(chain_is(NULL, &chain->version));
	assert_true(fingerprint_equal(&alone->version, &alone->leaf));
	chain_free(alone);
	chain_free(other);
	chain_free(chain);
	free(longer);
	free(root);
}

TEST(fingerprint_parse)
{
	char text[] = "00112233445566778899aabbccddeeff"
		      "00112233445566778899aabbccddeeff";
	struct fingerprint parsed_one;

	assert_true(fingerprint_parse(text, &parsed_one));
	assert_int_equal(parsed_one.sha256[15], 0xff);
	text[20] = 'A';
	assert_false(fingerprint_parse(text, &parsed_one));
	text[20] = 'g';
	assert_false(fingerprint_parse(text, &parsed_one));
	text[20] = 'a';
	text[63] = '\0';
	assert_false(fingerprint_parse(text, &parsed_one));
	assert_false(fingerprint_parse("", &parsed_one));
}

TEST(families)
{
	static const struct {
		enum test_leaf_kind kind;
		enum key_family family;
	} cases[] = {
		{ TEST_LEAF_EC, KEY_ECDSA },
		{ TEST_LEAF_RSA, KEY_RSA },
		{ TEST_LEAF_ED25519, KEY_EDDSA },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct test_version *version = test_version_make(
			pki, "family.test", cases[i].kind);
		struct chain *chain = test_chain_of(version->fullchain);

		assert_int_equal(chain->family, cases[i].family);
		assert_int_equal(chain_check_key(chain, version->privkey,
						 strlen(version->privkey)),
				 CHAIN_OK);
		chain_free(chain);
		test_version_free(version);
	}
}

/* What only one of two texts has is no part of the version. */
TEST(common)
{
	char *root = test_pem_of(pki->root);
	char *longer = test_text_join(ec->cert, ec->chain, root);
	struct chain *most = test_chain_of(longer);
	struct chain *more = test_chain_of(ec->fullchain);
	struct chain *alone = test_chain_of(ec->cert);
	struct fingerprint whole = most->version;

	assert_true(chain_begins(most, &whole));
	assert_true(chain_begins(most, &more->version));
	assert_true(chain_begins(most, &alone->version));
	assert_false(chain_begins(more, &whole));
	assert_false(chain_begins(NULL, &whole));
	chain_keep_common(more, most);
	assert_int_equal(more->count, 2);
	chain_keep_common(most, more);
	assert_int_equal(most->count, 2);
	assert_true(fingerprint_equal(&most->version, &more->version));
	chain_keep_common(most, alone);
	assert_int_equal(most->count, 1);
	assert_true(fingerprint_equal(&most->version, &alone->leaf));
	chain_free(alone);
	chain_free(more);
	chain_free(most);
	free(longer);
	free(root);
}

TEST(keys)
{
	struct chain *chain = test_chain_of(ec->fullchain);
	EVP_PKEY *key = test_key_make(TEST_LEAF_EC);
	EVP_PKEY *other = test_key_make(TEST_LEAF_ED25519);
	char *texts[] = {
		test_pem_of_key(key, NULL), test_pem_of_key(other, NULL),
		test_pem_of_key(key, "secret"), xstrdup(""),
		xstrdup(ec->cert), xstrndup(ec->privkey, 60),
	};
	static const enum chain_error want[] = {
		CHAIN_KEY_MISMATCH, CHAIN_KEY_MISMATCH, CHAIN_KEY_UNREADABLE,
		CHAIN_KEY_UNREADABLE, CHAIN_KEY_UNREADABLE,
		CHAIN_KEY_UNREADABLE,
	};

	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		assert_int_equal(chain_check_key(chain, texts[i],
						 strlen(texts[i])), want[i]);
		free(texts[i]);
	}
	assert_int_equal(chain_check_key(chain, ec->privkey,
					 strlen(ec->privkey)), CHAIN_OK);
	EVP_PKEY_free(key);
	EVP_PKEY_free(other);
	chain_free(chain);
}

TEST(error_texts)
{
	for (int error = CHAIN_OK; error <= CHAIN_KEY_MISMATCH; error++)
		assert_string_not_equal(
			chain_error_text((enum chain_error)error),
			"unknown error");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_leaf_fingerprint),
		cmocka_unit_test(test_serial_number),
		cmocka_unit_test(test_version),
		cmocka_unit_test(test_fingerprint_parse),
		cmocka_unit_test(test_families),
		cmocka_unit_test(test_common),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_error_texts),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
