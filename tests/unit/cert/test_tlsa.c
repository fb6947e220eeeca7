/* SPDX-License-Identifier: MIT */
#include "cert/tlsa.h"

#include "base/bounds.h"
#include "base/xalloc.h"
#include "support/certificates.h"
#include "unit.h"

#include <stdio.h>

#include <openssl/evp.h>

static struct test_pki *pki;
static struct chain *chain, *other, *alone;

static struct chain *chain_of(const char *pem)
{
	struct chain *parsed = NULL;

	assert_int_equal(chain_parse(pem, strlen(pem), &parsed), CHAIN_OK);
	return parsed;
}

static int setup(void **state)
{
	struct test_version *a, *b;
	char *root, *whole;

	(void)state;
	pki = test_pki_open();
	a = test_version_make(pki, "a.test", TEST_LEAF_EC);
	b = test_version_make(pki, "b.test", TEST_LEAF_EC);
	root = test_pem_of(pki->root);
	whole = test_text_join(a->fullchain, root, "");
	chain = chain_of(whole);
	other = chain_of(b->fullchain);
	alone = chain_of(a->cert);
	free(whole);
	free(root);
	test_version_free(a);
	test_version_free(b);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	chain_free(chain);
	chain_free(other);
	chain_free(alone);
	test_pki_close(pki);
	return 0;
}

static struct tlsa made(const struct chain *from, uint8_t usage,
			uint8_t selector, uint8_t matching)
{
	struct tlsa record;

	assert_true(tlsa_from_chain(from, (struct tlsa_params){
		usage, selector, matching }, &record));
	return record;
}

/* The data of every known combination, computed in another way. */
TEST(from_chain)
{
	uint8_t digest[EVP_MAX_MD_SIZE];

	for (unsigned i = 0; i < 4 * 2 * 3; i++) {
		unsigned usage = i / 6, selector = i / 3 % 2, matching = i % 3;
		const struct certificate *about =
			&chain->certificates[usage % 2 ? 0 : 1];
		const uint8_t *data = selector ? about->spki : about->der;
		size_t size = selector ? about->spki_size : about->der_size;
		struct tlsa record = made(chain, (uint8_t)usage,
					  (uint8_t)selector,
					  (uint8_t)matching);

		if (matching) {
			EVP_Q_digest(NULL, matching == 1 ? "SHA256" : "SHA512",
				     NULL, data, size, digest, &size);
			data = digest;
		}
		assert_int_equal(record.size, size);
		assert_memory_equal(record.data, data, size);
		assert_true(tlsa_is_usable(&record));
		assert_true(tlsa_matches(&record, chain));
		tlsa_clear(&record);
	}
}

static void expect_fault(const struct chain *from, struct tlsa_params params,
			 const char *part)
{
	char *fault = tlsa_fault(from, params);

	assert_non_null(fault);
	if (!strstr(fault, part))
		fail_msg("%s", fault);
	free(fault);
}

TEST(from_chain_refuses)
{
	static const struct tlsa_params unknown[] = {
		{ 4, 1, 1 }, { 3, 2, 1 }, { 3, 1, 3 }, { 255, 255, 255 },
	};
	struct tlsa record;

	for (size_t i = 0; i < 4; i++) {
		assert_false(tlsa_from_chain(chain, unknown[i], &record));
		assert_null(record.data);
		expect_fault(chain, unknown[i], "means nothing");
	}
	expect_fault(alone, (struct tlsa_params){ 2, 1, 1 },
		     "2 1 1 is about the issuer, which must be in "
		     "fullchain.pem and in chain.pem");
	assert_null(tlsa_fault(alone, (struct tlsa_params){ 3, 1, 1 }));
	assert_false(tlsa_from_chain(alone, (struct tlsa_params){ 2, 1, 1 },
				     &record));
	assert_false(tlsa_from_chain(alone, (struct tlsa_params){ 0, 1, 1 },
				     &record));
}

TEST(from_chain_refuses_what_is_too_large)
{
	uint8_t *der = xcalloc(TLSA_DATA_MAX + 1, 1);
	struct certificate certificate = {
		.der = der, .der_size = TLSA_DATA_MAX,
	};
	struct chain large = { .certificates = &certificate, .count = 1 };
	struct tlsa record = made(&large, 3, 0, 0);

	assert_int_equal(record.size, TLSA_DATA_MAX);
	tlsa_clear(&record);
	certificate.der_size++;
	assert_false(tlsa_from_chain(&large, (struct tlsa_params){ 3, 0, 0 },
				     &record));
	expect_fault(&large, (struct tlsa_params){ 3, 0, 0 }, "3 0 0 would "
		     "have 16385 octets of data, more than the 16384");
	assert_true(tlsa_from_chain(&large, (struct tlsa_params){ 3, 0, 1 },
				    &record));
	assert_null(tlsa_fault(&large, (struct tlsa_params){ 3, 0, 1 }));
	tlsa_clear(&record);
	free(der);
}

TEST(matches_another_chain)
{
	struct tlsa leaf = made(chain, 3, 1, 1), issuer = made(chain, 2, 1, 1);

	assert_false(tlsa_matches(&leaf, other));
	assert_true(tlsa_matches(&issuer, other));
	assert_true(tlsa_matches(&leaf, alone));
	assert_false(tlsa_matches(&issuer, alone));
	tlsa_clear(&leaf);
	tlsa_clear(&issuer);
}

/* Usage decides which certificates are looked at, whatever the data. */
TEST(usage_and_place)
{
	static const bool want[4][3] = {	/* leaf, issuer, root */
		{ false, true, true },
		{ true, false, false },
		{ false, true, true },
		{ true, false, false },
	};

	for (unsigned usage = 0; usage < 4; usage++)
		for (unsigned place = 0; place < 3; place++) {
			const struct certificate *about =
				&chain->certificates[place];
			struct tlsa record = {
				.params = { (uint8_t)usage, 1, 0 },
				.data = about->spki,
				.size = about->spki_size,
			};

			assert_int_equal(tlsa_matches(&record, chain),
					 want[usage][place]);
		}
}

TEST(matches_compares_everything)
{
	struct tlsa record = made(chain, 3, 1, 1);

	record.params.selector = 0;
	assert_false(tlsa_matches(&record, chain));
	record.params.selector = 1;
	record.params.matching = 2;
	assert_false(tlsa_matches(&record, chain));
	record.params.matching = 1;
	assert_true(tlsa_matches(&record, chain));
	record.data[31] ^= 1;
	assert_false(tlsa_matches(&record, chain));
	tlsa_clear(&record);
}

/* Right data under parameters that nobody knows. */
TEST(unusable_never_matches)
{
	struct tlsa sha512 = made(chain, 3, 1, 2);
	struct tlsa sha256 = made(chain, 3, 1, 1);
	struct tlsa issuer = made(chain, 2, 1, 1);

	sha512.params.matching = 3;
	assert_false(tlsa_matches(&sha512, chain));
	sha256.params.selector = 2;
	assert_false(tlsa_matches(&sha256, chain));
	issuer.params.usage = 4;
	assert_false(tlsa_matches(&issuer, chain));
	tlsa_clear(&sha512);
	tlsa_clear(&sha256);
	tlsa_clear(&issuer);
}

TEST(usable)
{
	static const struct {
		struct tlsa_params params;
		size_t size;
		bool usable;
	} cases[] = {
		{ { 3, 1, 1 }, 32, true }, { { 3, 1, 1 }, 31, false },
		{ { 3, 1, 1 }, 33, false }, { { 3, 1, 1 }, 0, false },
		{ { 3, 1, 2 }, 64, true }, { { 3, 1, 2 }, 32, false },
		{ { 3, 1, 0 }, 1, true }, { { 3, 1, 0 }, 0, false },
		{ { 4, 1, 1 }, 32, false }, { { 3, 2, 1 }, 32, false },
		{ { 3, 1, 3 }, 32, false }, { { 255, 1, 1 }, 32, false },
		{ { 0, 0, 1 }, 32, true }, { { 1, 0, 1 }, 32, true },
		{ { 2, 0, 2 }, 64, true },
	};
	uint8_t data[64] = { 0 };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tlsa record = { cases[i].params, data, cases[i].size };

		assert_int_equal(tlsa_is_usable(&record), cases[i].usable);
	}
}

TEST(compare)
{
	uint8_t low[] = { 1, 2 }, high[] = { 1, 3 };
	const struct tlsa sorted[] = {
		{ { 2, 1, 1 }, high, 2 }, { { 3, 0, 1 }, high, 2 },
		{ { 3, 1, 0 }, high, 2 }, { { 3, 1, 1 }, NULL, 0 },
		{ { 3, 1, 1 }, low, 1 }, { { 3, 1, 1 }, low, 2 },
		{ { 3, 1, 1 }, high, 2 }, { { 3, 1, 2 }, low, 1 },
	};
	const int count = sizeof(sorted) / sizeof(sorted[0]);

	for (int i = 0; i < count; i++)
		for (int k = 0; k < count; k++) {
			int order = tlsa_compare(&sorted[i], &sorted[k]);

			assert_int_equal((order > 0) - (order < 0),
					 (i > k) - (i < k));
		}
}

TEST(parse)
{
	static const struct {
		const char *text, *back;
	} cases[] = {
		{ "3 1 1 00ff", "3 1 1 00ff" },
		{ "311 00FF", "3 1 1 00ff" },
		{ "311\t 00aB", "3 1 1 00ab" },
		{ "255 255 0 00", "255 255 0 00" },
		{ "3  1\t1 a0", "3 1 1 a0" },
		{ "003 1 1 a0", "3 1 1 a0" },
		{ "3 1 1 ", "3 1 1 " },
		{ "3 1 1", "3 1 1 " },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tlsa record;
		char *back;

		assert_true(tlsa_parse(cases[i].text, &record));
		back = tlsa_format(&record);
		assert_string_equal(back, cases[i].back);
		free(back);
		tlsa_clear(&record);
	}
}

TEST(parse_refuses)
{
	static const char *const cases[] = {
		"", " ", "3", "3 1", "311", "311 ", "3 1 1 0", "3 1 1 0g",
		"3 1 256 00", "3 -1 1 00", "3 1 +1 00", "3 1 1 00 11",
		"311 00 11", "31 00", "3111 00", " 3 1 1 00", "3 1 1 00 ",
		"0x3 1 1 00", "3,1,1,00", "99999999999999999999 1 1 00",
		"3 1 1 000", "31100",
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tlsa record;

		if (tlsa_parse(cases[i], &record))
			fail_msg("\"%s\" was taken", cases[i]);
		assert_null(record.data);
	}
}

TEST(parse_bound)
{
	char *text = xcalloc(6 + 2 * (TLSA_DATA_MAX + 1) + 1, 1);
	struct tlsa record;

	memset(text, '0', 6 + 2 * TLSA_DATA_MAX);
	memcpy(text, "3 1 0 ", 6);
	assert_true(tlsa_parse(text, &record));
	assert_int_equal(record.size, TLSA_DATA_MAX);
	tlsa_clear(&record);
	memcpy(text + 6 + 2 * TLSA_DATA_MAX, "00", 2);
	assert_false(tlsa_parse(text, &record));
	free(text);
}

TEST(params_equal)
{
	const struct tlsa_params params = { 3, 1, 1 };

	assert_true(tlsa_params_equal(params, params));
	assert_false(tlsa_params_equal(params,
				       (struct tlsa_params){ 2, 1, 1 }));
	assert_false(tlsa_params_equal(params,
				       (struct tlsa_params){ 3, 0, 1 }));
	assert_false(tlsa_params_equal(params,
				       (struct tlsa_params){ 3, 1, 2 }));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_from_chain),
		cmocka_unit_test(test_from_chain_refuses),
		cmocka_unit_test(test_from_chain_refuses_what_is_too_large),
		cmocka_unit_test(test_matches_another_chain),
		cmocka_unit_test(test_usage_and_place),
		cmocka_unit_test(test_matches_compares_everything),
		cmocka_unit_test(test_unusable_never_matches),
		cmocka_unit_test(test_usable),
		cmocka_unit_test(test_compare),
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_parse_refuses),
		cmocka_unit_test(test_parse_bound),
		cmocka_unit_test(test_params_equal),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
