/* SPDX-License-Identifier: MIT */
#include "cert/chain.h"

#include "base/bounds.h"
#include "base/xalloc.h"
#include "support/certificates.h"
#include "unit.h"

#include <stdio.h>

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

static struct chain *parsed(const char *pem)
{
	struct chain *chain = NULL;

	assert_int_equal(chain_parse(pem, strlen(pem), &chain), CHAIN_OK);
	assert_non_null(chain);
	return chain;
}

static void expect_error(const char *pem, size_t size, enum chain_error want)
{
	struct chain *chain = (struct chain *)&pki;

	assert_int_equal(chain_parse(pem, size, &chain), want);
	assert_null(chain);
}

TEST(parse)
{
	struct chain *chain = parsed(ec->fullchain);
	unsigned char *der = NULL;
	int size = i2d_X509(pki->issuer, &der);

	assert_int_equal(chain->count, 2);
	assert_int_equal(chain->family, KEY_ECDSA);
	assert_string_equal(chain->certificates[0].subject, "CN = ec.test");
	assert_string_equal(chain->certificates[1].subject,
			    "CN = Test Issuer");
	assert_int_equal(chain->certificates[1].der_size, size);
	assert_memory_equal(chain->certificates[1].der, der, (size_t)size);
	assert_int_equal(chain->not_after_seconds - chain->not_before_seconds,
			 90 * 24 * 60 * 60);
	OPENSSL_free(der);
	chain_free(chain);
}

TEST(leaf_fingerprint)
{
	struct chain *chain = parsed(ec->fullchain);
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

/* A record of usage 2 is made of the issuer: another one there is another
 * version, whatever the leaf. */
TEST(version)
{
	char *root = test_pem_of(pki->root);
	char *longer = test_text_join(ec->cert, ec->chain, root);
	struct chain *chain = parsed(ec->fullchain);
	struct chain *other = parsed(longer), *alone = parsed(ec->cert);

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
		struct chain *chain = parsed(version->fullchain);

		assert_int_equal(chain->family, cases[i].family);
		assert_int_equal(chain_check_key(chain, version->privkey,
						 strlen(version->privkey)),
				 CHAIN_OK);
		chain_free(chain);
		test_version_free(version);
	}
}

/* An encoder would put a NULL where this certificate has none. */
TEST(spki_is_byte_exact)
{
	static const uint8_t algorithm[] = {
		0x30, 0x0b, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
		0xf7, 0x0d, 0x01, 0x01, 0x01, 0x03, 0x82,
	};
	struct test_version *version = test_version_make(
		pki, "rsa.test", TEST_LEAF_RSA_WITHOUT_NULL);
	struct chain *chain = parsed(version->fullchain);
	const struct certificate *leaf = &chain->certificates[0];

	assert_non_null(memmem(leaf->der, leaf->der_size, leaf->spki,
			       leaf->spki_size));
	assert_memory_equal(leaf->spki + 4, algorithm, sizeof(algorithm));
	chain_free(chain);
	test_version_free(version);
}

TEST(text_around_blocks)
{
	char *pem = test_text_join("subject: a leaf\n\n", ec->fullchain,
				   "\nend of file\n");
	struct chain *chain = parsed(pem);

	assert_int_equal(chain->count, 2);
	chain_free(chain);
	free(pem);
}

TEST(empty)
{
	expect_error("", 0, CHAIN_EMPTY);
	expect_error("no certificate\n", 15, CHAIN_EMPTY);
}

/* Every way in which a file can be half written. */
TEST(cut_short)
{
	size_t leaf = strlen(ec->cert), size = strlen(ec->fullchain);

	for (size_t cut = 5; cut < leaf - 1; cut++)
		expect_error(ec->fullchain, cut, CHAIN_UNREADABLE);
	for (size_t cut = leaf + 5; cut < size - 1; cut++)
		expect_error(ec->fullchain, cut, CHAIN_UNREADABLE);
}

TEST(other_blocks)
{
	char *with_key = test_text_join(ec->cert, ec->privkey, ec->chain);
	char *renamed = xstrdup(ec->fullchain);
	char *trailing = test_text_join(
		ec->cert, "-----BEGIN CERTIFICATE-----\nMAA=\n"
		"-----END CERTIFICATE-----\n", "");

	expect_error(with_key, strlen(with_key), CHAIN_UNREADABLE);
	expect_error(ec->privkey, strlen(ec->privkey), CHAIN_UNREADABLE);
	expect_error(trailing, strlen(trailing), CHAIN_UNREADABLE);
	memcpy(strstr(renamed, "CERTIFICATE"), "CERTIFICATF", 11);
	expect_error(renamed, strlen(renamed), CHAIN_UNREADABLE);
	free(trailing);
	free(renamed);
	free(with_key);
}

/* The block holds a certificate and one octet more. */
TEST(octets_after_certificate)
{
	BIO *bio = BIO_new(BIO_s_mem());
	unsigned char *der = NULL;
	int size = i2d_X509(pki->root, &der);
	unsigned char *longer = xcalloc((size_t)size + 1, 1);
	char *pem;
	long pem_size;

	memcpy(longer, der, (size_t)size);
	PEM_write_bio(bio, "CERTIFICATE", "", longer, size + 1);
	pem_size = BIO_get_mem_data(bio, &pem);
	expect_error(pem, (size_t)pem_size, CHAIN_UNREADABLE);
	BIO_free(bio);
	free(longer);
	OPENSSL_free(der);
}

TEST(order)
{
	char *root = test_pem_of(pki->root);
	char *reversed = test_text_join(ec->chain, ec->cert, "");
	char *gap = test_text_join(ec->cert, root, "");
	char *whole = test_text_join(ec->cert, ec->chain, root);
	struct chain *chain = parsed(whole);

	assert_int_equal(chain->count, 3);
	expect_error(reversed, strlen(reversed), CHAIN_BROKEN_ORDER);
	expect_error(gap, strlen(gap), CHAIN_BROKEN_ORDER);
	chain_free(chain);
	free(whole);
	free(gap);
	free(reversed);
	free(root);
}

/* A service may send the rest as it likes; of files it is a fault. */
TEST(sent)
{
	char *root = test_pem_of(pki->root), *issuer = test_pem_of(pki->issuer);
	char *rest = test_text_join(root, issuer, issuer);
	char *more = test_text_join(rest, rest, rest);
	char *most = test_text_join(more, more, more);
	char *pem = test_text_join(ec->cert, ec->cert, most);
	char *reversed = test_text_join(issuer, ec->cert, "");
	struct chain *chain = NULL, *file = parsed(ec->fullchain);

	expect_error(pem, strlen(pem), CHAIN_BROKEN_ORDER);
	assert_int_equal(chain_parse_sent(pem, strlen(pem), &chain), CHAIN_OK);
	assert_true(chain->count > CHAIN_LENGTH_MAX);
	assert_true(fingerprint_equal(&chain->leaf, &file->leaf));
	chain_free(chain);
	assert_int_equal(chain_parse_sent(reversed, strlen(reversed), &chain),
			 CHAIN_OK);
	assert_false(fingerprint_equal(&chain->leaf, &file->leaf));
	chain_free(chain);
	assert_int_equal(chain_parse_sent("", 0, &chain), CHAIN_EMPTY);
	assert_null(chain);
	chain_free(file);
	free(reversed);
	free(pem);
	free(most);
	free(more);
	free(rest);
	free(issuer);
	free(root);
}

TEST(length)
{
	char *root = test_pem_of(pki->root), *pem = xstrdup(""), *next;
	struct chain *chain;

	for (int i = 0; i < CHAIN_LENGTH_MAX; i++) {
		next = test_text_join(pem, root, "");
		free(pem);
		pem = next;
	}
	chain = parsed(pem);
	assert_int_equal(chain->count, CHAIN_LENGTH_MAX);
	chain_free(chain);
	next = test_text_join(pem, root, "");
	expect_error(next, strlen(next), CHAIN_TOO_LONG);
	free(next);
	free(pem);
	free(root);
}

TEST(size)
{
	char *text = xcalloc(PEM_SIZE_MAX + 1, 1);

	memset(text, '\n', PEM_SIZE_MAX + 1);
	expect_error(text, PEM_SIZE_MAX, CHAIN_EMPTY);
	expect_error(text, PEM_SIZE_MAX + 1, CHAIN_UNREADABLE);
	free(text);
}

TEST(keys)
{
	struct chain *chain = parsed(ec->fullchain);
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
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_leaf_fingerprint),
		cmocka_unit_test(test_version),
		cmocka_unit_test(test_fingerprint_parse),
		cmocka_unit_test(test_families),
		cmocka_unit_test(test_spki_is_byte_exact),
		cmocka_unit_test(test_text_around_blocks),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_cut_short),
		cmocka_unit_test(test_other_blocks),
		cmocka_unit_test(test_octets_after_certificate),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_length),
		cmocka_unit_test(test_sent),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_error_texts),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
