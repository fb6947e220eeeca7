/* SPDX-License-Identifier: MIT */
#include "cert/shelf.h"

#include "base/bounds.h"
#include "base/xalloc.h"
#include "support/chains.h"
#include "unit.h"

#include <stdio.h>

static struct fingerprint key_of(const char *one, const char *other)
{
	const struct shelf_text texts[] = { { one, strlen(one) },
					    { other, strlen(other) } };
	struct fingerprint key;

	shelf_key(texts, 2, &key);
	return key;
}

TEST(found_again)
{
	struct shelf *shelf = shelf_new();
	struct chain *chain = cast_make("leaf", "key", "issuer"), *found;
	struct fingerprint key = key_of("fullchain", "key");

	assert_null(shelf_find(shelf, &key));
	shelf_put(shelf, &key, chain);
	shelf_put(shelf, &key, chain);
	found = shelf_find(shelf, &key);
	assert_ptr_not_equal(found, chain);
	assert_int_equal(found->count, chain->count);
	assert_true(chain_is(found, &chain->version));
	assert_int_equal(found->certificates[1].der_size,
			 chain->certificates[1].der_size);
	assert_memory_equal(found->certificates[1].der,
			    chain->certificates[1].der,
			    chain->certificates[1].der_size);
	chain_free(found);
	chain_free(chain);
	shelf_free(shelf);
}

/* An octet more, one less, or the border elsewhere: other texts. */
TEST(keys_differ)
{
	struct fingerprint all[] = {
		key_of("ab", "c"), key_of("a", "bc"), key_of("abc", ""),
		key_of("", "abc"), key_of("c", "ab"), key_of("ab", "d"),
	};
	const struct shelf_text whole = { "abc", 3 };
	struct fingerprint alone, again = key_of("ab", "c");

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		for (size_t k = 0; k < i; k++)
			assert_false(fingerprint_equal(&all[i], &all[k]));
	assert_true(fingerprint_equal(&all[0], &again));
	shelf_key(&whole, 1, &alone);
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		assert_false(fingerprint_equal(&all[i], &alone));
}

/* More than there is room for: the latest is found, the others right or not at
 * all. */
TEST(bounded)
{
	struct shelf *shelf = shelf_new();
	unsigned kept = 0;

	for (int turn = 0; turn < 2; turn++)
		for (unsigned i = 0; i < 2 * SHELF_CHAINS_MAX; i++) {
			char leaf[32];
			struct chain *chain, *found;
			struct fingerprint key;

			snprintf(leaf, sizeof(leaf), "leaf %u", i);
			chain = cast_make(leaf, leaf, NULL);
			key = key_of(leaf, "");
			found = shelf_find(shelf, &key);
			assert_true(!found || chain_is(found,
						       &chain->version));
			kept += found != NULL;
			chain_free(found);
			shelf_put(shelf, &key, chain);
			found = shelf_find(shelf, &key);
			assert_true(chain_is(found, &chain->version));
			chain_free(found);
			chain_free(chain);
		}
	assert_true(kept <= SHELF_CHAINS_MAX);
	shelf_free(shelf);
}

TEST(none)
{
	struct chain *chain = cast_make("leaf", "key", NULL);
	struct fingerprint key = key_of("leaf", "key");

	shelf_put(NULL, &key, chain);
	assert_null(shelf_find(NULL, &key));
	shelf_free(NULL);
	chain_free(chain);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_found_again),
		cmocka_unit_test(test_keys_differ),
		cmocka_unit_test(test_bounded),
		cmocka_unit_test(test_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
