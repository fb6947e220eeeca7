/* SPDX-License-Identifier: MIT */
#include "cert/chain_wire.h"

#include "base/xalloc.h"
#include "support/certificates.h"
#include "support/wire.h"
#include "unit.h"

static struct test_pki *pki;
static struct test_version *version;
static struct chain *chain;

static int setup(void **state)
{
	(void)state;
	pki = test_pki_open();
	version = test_version_make(pki, "mx.test", TEST_LEAF_EC);
	chain = test_chain_of(version->fullchain);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	chain_free(chain);
	test_version_free(version);
	test_pki_close(pki);
	return 0;
}

static bool again(struct octets_reader *reader, struct octets *written)
{
	struct chain *taken = chain_take(reader);
	bool good = octets_over(reader);

	assert_true((taken == NULL) == reader->bad);
	if (good)
		chain_put(written, taken);
	/* A chain with something behind it. */
	reader->bad |= !good;
	chain_free(taken);
	return good;
}

static struct chain *over(const struct chain *given)
{
	struct octets octets = { NULL, 0, 0 };
	struct octets_reader reader;
	struct chain *taken;

	chain_put(&octets, given);
	reader = (struct octets_reader){ .data = octets.data,
					 .left = octets.size };
	taken = chain_take(&reader);
	assert_true(taken ? octets_over(&reader) : reader.bad);
	octets_clear(&octets);
	return taken;
}

static void expect_same_certificate(const struct certificate *one,
				    const struct certificate *other)
{
	assert_int_equal(one->der_size, other->der_size);
	assert_memory_equal(one->der, other->der, one->der_size);
	assert_int_equal(one->spki_size, other->spki_size);
	assert_memory_equal(one->spki, other->spki, one->spki_size);
	assert_string_equal(one->subject, other->subject);
}

TEST(round_trip)
{
	struct chain *taken = over(chain);

	assert_non_null(taken);
	assert_int_equal(taken->count, chain->count);
	assert_true(taken->count > 1);
	for (size_t i = 0; i < taken->count; i++)
		expect_same_certificate(&taken->certificates[i],
					&chain->certificates[i]);
	assert_int_equal(taken->family, KEY_ECDSA);
	assert_int_equal(taken->family, chain->family);
	assert_int_equal(taken->not_before_seconds,
			 chain->not_before_seconds);
	assert_int_equal(taken->not_after_seconds, chain->not_after_seconds);
	assert_true(fingerprint_equal(&taken->leaf, &chain->leaf));
	assert_true(fingerprint_equal(&taken->version, &chain->version));
	chain_free(taken);
}

/* Which version it is nobody is told. */
TEST(digests_are_made_here)
{
	struct chain *liar = chain_copy(chain), *taken;

	memset(&liar->leaf, 0x55, sizeof(liar->leaf));
	memset(&liar->version, 0x55, sizeof(liar->version));
	taken = over(liar);
	assert_true(fingerprint_equal(&taken->leaf, &chain->leaf));
	assert_true(fingerprint_equal(&taken->version, &chain->version));
	chain_free(taken);
	liar->certificates[1].der[40] ^= 1;
	taken = over(liar);
	assert_true(fingerprint_equal(&taken->leaf, &chain->leaf));
	assert_false(fingerprint_equal(&taken->version, &chain->version));
	chain_free(taken);
	chain_free(liar);
}

/* Some dates are before 1970. */
TEST(old)
{
	struct chain *taken;
	int64_t begins = chain->not_before_seconds;

	chain->not_before_seconds = -86400;
	taken = over(chain);
	chain->not_before_seconds = begins;
	assert_int_equal(taken->not_before_seconds, -86400);
	chain_free(taken);
}

TEST(other_octets)
{
	struct octets octets = { NULL, 0, 0 };

	chain_put(&octets, chain);
	expect_same(again, &octets);
	expect_whole(again, &octets);
	expect_harmless(again, &octets);
}

TEST(no_certificate)
{
	struct chain empty = { .family = KEY_RSA };

	assert_null(over(&empty));
}

/* Only behind the leaf may it be missing: there it could not be read. */
TEST(in_part)
{
	struct certificate certificates[2] = { chain->certificates[0],
					       chain->certificates[1] };
	struct chain part = *chain, *taken;

	part.certificates = certificates;
	part.count = 2;
	certificates[1].spki = NULL;
	certificates[1].spki_size = 0;
	taken = over(&part);
	assert_non_null(taken);
	assert_null(taken->certificates[1].spki);
	chain_free(taken);
	certificates[1].der_size = 0;
	assert_null(over(&part));
}

TEST(what_cannot_be)
{
	struct certificate certificate = chain->certificates[0];
	struct chain odd = *chain;

	odd.certificates = &certificate;
	odd.count = 1;
	odd.family = KEY_EDDSA + 1;
	assert_null(over(&odd));
	odd.family = KEY_EDDSA;
	certificate.subject = lent("CN = a\nb");
	assert_null(over(&odd));
	certificate.subject = NULL;
	assert_null(over(&odd));
	certificate.subject = lent("");
	chain_free(over(&odd));
}

/* A date is reckoned with. */
TEST(for_ever)
{
	static const int64_t times[] = { INT64_MAX, INT64_MAX / 1000,
					 INT64_MIN };
	struct chain odd = *chain;

	for (size_t i = 0; i < COUNT(times); i++) {
		odd.not_after_seconds = times[i];
		assert_null(over(&odd));
		odd.not_after_seconds = chain->not_after_seconds;
		odd.not_before_seconds = times[i];
		assert_null(over(&odd));
		odd.not_before_seconds = chain->not_before_seconds;
	}
	chain_free(over(&odd));
}

/* It would be no good one: records are made of it. */
TEST(leaf_without_key)
{
	struct certificate certificate = chain->certificates[0];
	struct chain odd = *chain;

	odd.certificates = &certificate;
	odd.count = 1;
	certificate.spki_size = 0;
	assert_null(over(&odd));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_digests_are_made_here),
		cmocka_unit_test(test_old),
		cmocka_unit_test(test_other_octets),
		cmocka_unit_test(test_no_certificate),
		cmocka_unit_test(test_in_part),
		cmocka_unit_test(test_what_cannot_be),
		cmocka_unit_test(test_for_ever),
		cmocka_unit_test(test_leaf_without_key),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
