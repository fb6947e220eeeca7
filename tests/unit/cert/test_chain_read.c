/* SPDX-License-Identifier: MIT */
#include "cert/chain_internal.h"

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

static void expect_error(const char *pem, size_t size, enum chain_error want)
{
	struct chain *chain = (struct chain *)&pki;

	assert_int_equal(chain_parse(pem, size, &chain), want);
	assert_null(chain);
}

TEST(parse)
{
	struct chain *chain = test_chain_of(ec->fullchain);
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

/* An encoder would put a NULL where this certificate has none. */
TEST(spki_is_byte_exact)
{
	static const uint8_t algorithm[] = {
		0x30, 0x0b, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
		0xf7, 0x0d, 0x01, 0x01, 0x01, 0x03, 0x82,
	};
	struct test_version *version = test_version_make(
		pki, "rsa.test", TEST_LEAF_RSA_WITHOUT_NULL);
	struct chain *chain = test_chain_of(version->fullchain);
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
	struct chain *chain = test_chain_of(pem);

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

/* All in one, as HAProxy and Postfix want it, in any order. */
TEST(other_blocks)
{
	static const char parameters[] =
		"-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n"
		"-----END EC PARAMETERS-----\n# ----- a comment\n";
	EVP_PKEY *key = test_key_make(TEST_LEAF_EC);
	char *locked = test_pem_of_key(key, "secret");
	char *pems[] = {
		test_text_join(ec->privkey, ec->fullchain, parameters),
		test_text_join(parameters, ec->privkey, ec->fullchain),
		test_text_join(ec->fullchain, ec->privkey, parameters),
		test_text_join(ec->cert, ec->privkey, ec->chain),
		test_text_join(locked, ec->fullchain, ""),
	};
	struct chain *want = test_chain_of(ec->fullchain), *have;

	for (size_t i = 0; i < sizeof(pems) / sizeof(pems[0]); i++) {
		have = test_chain_of(pems[i]);
		assert_true(fingerprint_equal(&have->version, &want->version));
		chain_free(have);
		free(pems[i]);
	}
	expect_error(ec->privkey, strlen(ec->privkey), CHAIN_EMPTY);
	expect_error(parameters, strlen(parameters), CHAIN_EMPTY);
	expect_error(locked, strlen(locked), CHAIN_EMPTY);
	chain_free(want);
	free(locked);
	EVP_PKEY_free(key);
}

/* Other words for a certificate, which servers know as well. */
TEST(other_labels)
{
	static const char *const labels[] = { "X509 CERTIFICATE",
					      "TRUSTED CERTIFICATE" };
	char *trailing = test_text_join(
		ec->cert, "-----BEGIN CERTIFICATE-----\nMAA=\n"
		"-----END CERTIFICATE-----\n", "");
	struct chain *want = test_chain_of(ec->cert), *have;

	for (size_t i = 0; i < 2; i++) {
		BIO *bio = BIO_new(BIO_s_mem());
		char *pem;
		long size;

		PEM_write_bio(bio, labels[i], "", want->certificates[0].der,
			      (long)want->certificates[0].der_size);
		size = BIO_get_mem_data(bio, &pem);
		assert_int_equal(chain_parse(pem, (size_t)size, &have),
				 CHAIN_OK);
		assert_true(fingerprint_equal(&have->leaf, &want->leaf));
		chain_free(have);
		BIO_free(bio);
	}
	expect_error(trailing, strlen(trailing), CHAIN_UNREADABLE);
	chain_free(want);
	free(trailing);
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

/* Wherever the issuers are in the text, and however often. */
TEST(order)
{
	char *root = test_pem_of(pki->root);
	char *up = test_text_join(ec->chain, root, "");
	char *down = test_text_join(root, ec->chain, ec->cert);
	char *noise = test_text_join(root, root, ec->chain);
	struct {
		char *pem;
		size_t count;
	} rows[] = {
		{ test_text_join(ec->cert, up, ""), 3 },
		{ test_text_join(ec->cert, down, ""), 3 },
		{ test_text_join(ec->cert, noise, up), 3 },
		{ test_text_join(ec->cert, ec->cert, ec->chain), 2 },
		{ test_text_join(ec->cert, ec->chain, ec->chain), 2 },
		/* The root has not issued it. */
		{ test_text_join(ec->cert, root, root), 1 },
		{ test_text_join(root, root, ""), 1 },
	};
	struct chain *want = test_chain_of(rows[0].pem), *have;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		have = test_chain_of(rows[i].pem);
		assert_int_equal(have->count, rows[i].count);
		for (size_t k = 0; i < 6 && k < have->count; k++)
			assert_true(certificate_equal(&have->certificates[k],
						      &want->certificates[k]));
		assert_int_equal(fingerprint_equal(&have->version,
						   &want->version),
				 have->count == want->count);
		chain_free(have);
		free(rows[i].pem);
	}
	chain_free(want);
	free(root);
	free(up);
	free(down);
	free(noise);
}

/* A server would take it for its own certificate. */
TEST(issuer_first)
{
	char *reversed = test_text_join(ec->chain, ec->cert, "");
	char *root = test_pem_of(pki->root);
	char *above = test_text_join(root, ec->cert, ec->chain);

	expect_error(reversed, strlen(reversed), CHAIN_BROKEN_ORDER);
	expect_error(above, strlen(above), CHAIN_BROKEN_ORDER);
	free(above);
	free(root);
	free(reversed);
}

/* Of several with the issuer's name the one counts that signed. */
TEST(issuer_of_the_same_name)
{
	struct test_pki *other = test_pki_open();
	char *wrong = test_pem_of(other->issuer), *more;
	char *pem = test_text_join(ec->cert, wrong, ec->chain);
	struct chain *chain = test_chain_of(pem);
	struct chain *want = test_chain_of(ec->fullchain);

	assert_true(fingerprint_equal(&chain->version, &want->version));
	chain_free(chain);
	more = test_pem_of(other->root);
	free(pem);
	/* Alone it is taken by its name; the verification comes with DANE. */
	pem = test_text_join(ec->cert, wrong, more);
	chain = test_chain_of(pem);
	assert_false(fingerprint_equal(&chain->version, &want->version));
	chain_free(chain);
	chain_free(want);
	free(pem);
	free(more);
	free(wrong);
	test_pki_close(other);
}

/* There is no end to what may stand in a file but its size. */
TEST(length)
{
	char *root = test_pem_of(pki->root), *pem = xstrdup(ec->fullchain);
	struct chain *chain;

	for (int i = 0; i < 2 * CHAIN_LENGTH_MAX; i++) {
		char *next = test_text_join(pem, root, "");

		free(pem);
		pem = next;
	}
	chain = test_chain_of(pem);
	assert_int_equal(chain->count, 3);
	chain_free(chain);
	free(pem);
	free(root);
}

/* All of it counts, in its order. */
TEST(sent)
{
	char *root = test_pem_of(pki->root), *issuer = test_pem_of(pki->issuer);
	char *rest = test_text_join(root, issuer, issuer);
	char *more = test_text_join(rest, rest, rest);
	char *most = test_text_join(more, more, more);
	char *pem = test_text_join(ec->cert, ec->cert, most);
	char *reversed = test_text_join(issuer, ec->cert, "");
	struct chain *chain = NULL, *file = test_chain_of(ec->fullchain);

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

TEST(size)
{
	char *text = xcalloc(PEM_SIZE_MAX + 1, 1);

	memset(text, '\n', PEM_SIZE_MAX + 1);
	expect_error(text, PEM_SIZE_MAX, CHAIN_EMPTY);
	expect_error(text, PEM_SIZE_MAX + 1, CHAIN_UNREADABLE);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_spki_is_byte_exact),
		cmocka_unit_test(test_text_around_blocks),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_cut_short),
		cmocka_unit_test(test_other_blocks),
		cmocka_unit_test(test_other_labels),
		cmocka_unit_test(test_octets_after_certificate),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_issuer_first),
		cmocka_unit_test(test_issuer_of_the_same_name),
		cmocka_unit_test(test_length),
		cmocka_unit_test(test_sent),
		cmocka_unit_test(test_size),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
