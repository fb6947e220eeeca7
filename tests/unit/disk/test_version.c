/* SPDX-License-Identifier: MIT */
#include "disk/version.h"

#include "base/bounds.h"
#include "base/xalloc.h"
#include "support/lineage.h"
#include "unit.h"

TEST(archive_bad_files)
{
	char *half = xstrndup(first->fullchain, strlen(first->fullchain) - 60);

	test_file_write(directory, "archive/" NAME "/fullchain1.pem", half);
	lineage_expect_archive(1, VERSION_BAD_CHAIN, "fullchain1.pem holds");
	test_file_write(directory, "archive/" NAME "/fullchain1.pem",
			second->fullchain);
	lineage_expect_archive(1, VERSION_MIXED, "cert1.pem is not the first");
	test_archive_write(directory, NAME, 1, first);
	test_file_write(directory, "archive/" NAME "/cert1.pem",
			first->chain);
	lineage_expect_archive(1, VERSION_MIXED, "cert1.pem is not the first");
	test_archive_write(directory, NAME, 1, first);
	test_file_write(directory, "archive/" NAME "/cert1.pem", "");
	lineage_expect_archive(1, VERSION_BAD_CHAIN, "cert1.pem holds no");
	test_archive_write(directory, NAME, 1, first);
	test_file_write(directory, "archive/" NAME "/chain1.pem", "");
	lineage_expect_archive(1, VERSION_BAD_CHAIN, "chain1.pem holds no");
	half[strlen(first->cert) + 200] = '\0';
	test_file_write(directory, "archive/" NAME "/chain1.pem",
			half + strlen(first->cert));
	lineage_expect_archive(1, VERSION_BAD_CHAIN, "chain1.pem holds some");
	free(half);
}

/* Writes both and wants so many certificates in the version. */
static void expect_chain(const char *fullchain, const char *chain,
			 size_t count)
{
	struct chain *have;
	char *detail;

	test_file_write(directory, "archive/" NAME "/fullchain1.pem",
			fullchain);
	test_file_write(directory, "archive/" NAME "/chain1.pem", chain);
	assert_int_equal(lineage_load_archive(&lineage, 1, &have, &detail),
			 VERSION_OK);
	assert_int_equal(have->count, count);
	chain_free(have);
}

/* What stands behind the first is no matter of usage 3; of it only what all
 * services send can be relied on. */
TEST(chains_by_hand)
{
	char *root = test_pem_of(pki->root);
	char *longer = test_text_join(first->fullchain, root, "");
	char *twice = test_text_join(first->cert, first->fullchain, root);
	char *mixed = test_text_join(first->cert, root, first->chain);
	char *rest = test_text_join(first->chain, root, first->chain);
	struct fingerprint version = lineage_version(first);
	int trouble;

	expect_chain(longer, rest, 3);
	expect_chain(twice, rest, 3);
	expect_chain(mixed, rest, 3);
	expect_chain(longer, first->chain, 2);
	assert_int_equal(lineage_find(&lineage, &version, &trouble), 1);
	expect_chain(first->fullchain, rest, 2);
	assert_int_equal(lineage_find(&lineage, &version, &trouble), 1);
	expect_chain(first->cert, first->chain, 1);
	expect_chain(longer, root, 1);
	free(rest);
	free(mixed);
	free(twice);
	free(longer);
	free(root);
}

TEST(archive_bad_keys)
{
	EVP_PKEY *key = test_key_make(TEST_LEAF_EC);
	char *locked = test_pem_of_key(key, "secret");

	test_file_write(directory, "archive/" NAME "/privkey1.pem",
			second->privkey);
	lineage_expect_archive(1, VERSION_KEY_MISMATCH,
			       "privkey1.pem is not the key");
	test_file_write(directory, "archive/" NAME "/privkey1.pem", locked);
	lineage_expect_archive(1, VERSION_KEY_MISMATCH,
			       "privkey1.pem holds no");
	test_file_write(directory, "archive/" NAME "/privkey1.pem", "");
	lineage_expect_archive(1, VERSION_KEY_MISMATCH,
			       "privkey1.pem holds no");
	free(locked);
	EVP_PKEY_free(key);
}

TEST(archive_unreadable)
{
	char *large = xcalloc(PEM_SIZE_MAX + 2, 1);

	memset(large, '\n', PEM_SIZE_MAX + 1);
	test_file_write(directory, "archive/" NAME "/cert1.pem", large);
	lineage_expect_archive(1, VERSION_UNREADABLE, "cert1.pem");
	lineage_remove("archive/" NAME "/cert1.pem");
	test_file_write(directory, "archive/" NAME "/cert1.pem/x", "");
	lineage_expect_archive(1, VERSION_UNREADABLE, "cert1.pem");
	lineage_expect_archive(9, VERSION_ABSENT, "is missing");
	free(large);
}

/* Its chain file is empty, as openssl and not certbot would make it. */
TEST(self_signed)
{
	char *root = test_pem_of(pki->root);
	char *key = test_pem_of_key(pki->root_key, NULL), empty[] = "";
	struct test_version version = { root, empty, root, key };

	test_archive_write(directory, NAME, 5, &version);
	lineage_expect_archive(5, VERSION_OK, NULL);
	version.chain = root;
	test_archive_write(directory, NAME, 5, &version);
	lineage_expect_archive(5, VERSION_OK, NULL);
	free(root);
	free(key);
}

TEST(version_load_without_suffix)
{
	struct chain *chain;
	char *detail;

	assert_int_equal(version_load(&disk, NULL, dir, "live/" NAME, "",
				      &chain, &detail), VERSION_OK);
	assert_int_equal(chain->count, 2);
	assert_null(detail);
	chain_free(chain);
	assert_int_equal(version_load(&disk, NULL, dir, "nothing", "", &chain,
				      &detail), VERSION_ABSENT);
	assert_null(chain);
	free(detail);
}

static void expect_from(struct shelf *shelf, enum version_error want)
{
	struct chain *chain;
	char *detail;

	assert_int_equal(version_load(&disk, shelf, dir, "archive/" NAME, "1",
				      &chain, &detail), want);
	assert_true((chain != NULL) == (want == VERSION_OK));
	if (chain)
		assert_int_equal(chain->count, 2);
	chain_free(chain);
	free(detail);
}

/* What was read before excuses no file that has changed, or gone. */
TEST(version_load_again)
{
	static const char *const names[] = { "cert", "chain", "fullchain",
					     "privkey" };
	const char *const texts[] = { second->cert, "", second->fullchain,
				      second->privkey };
	static const enum version_error wants[] = {
		VERSION_MIXED, VERSION_BAD_CHAIN, VERSION_MIXED,
		VERSION_KEY_MISMATCH };
	struct shelf *shelf = shelf_new();

	for (int i = 0; i < 4; i++) {
		char *path = xasprintf("archive/" NAME "/%s1.pem", names[i]);

		expect_from(shelf, VERSION_OK);
		test_file_write(directory, path, texts[i]);
		expect_from(shelf, wants[i]);
		expect_from(shelf, wants[i]);
		lineage_remove(path);
		expect_from(shelf, VERSION_INCOMPLETE);
		test_archive_write(directory, NAME, 1, first);
		free(path);
	}
	expect_from(shelf, VERSION_OK);
	shelf_free(shelf);
}

/* Nothing is in the way of reading in these tests. */
TEST(texts)
{
	for (int error = VERSION_OK; error <= VERSION_BAD_LAYOUT; error++)
		assert_true(strlen(version_error_text(
				    (enum version_error)error)) > 5);
}

#define CASE(name) CASE_WITH(name, lineage_open, lineage_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(archive_bad_files),
		CASE(chains_by_hand),
		CASE(archive_bad_keys),
		CASE(archive_unreadable),
		CASE(self_signed),
		CASE(version_load_without_suffix),
		CASE(version_load_again),
		cmocka_unit_test(test_texts),
	};

	return cmocka_run_group_tests(tests, lineage_open_all,
				      lineage_close_all);
}
