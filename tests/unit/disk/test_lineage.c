/* SPDX-License-Identifier: MIT */
#include "disk/lineage.h"

#include "base/bounds.h"
#include "base/xalloc.h"
#include "support/lineage.h"
#include "unit.h"

#include <stdio.h>

#include <sys/stat.h>
#include <unistd.h>

static void expect_live(enum version_error want, const char *detail_part)
{
	struct chain *chain = NULL;
	unsigned number;
	char *detail;

	assert_int_equal(lineage_load_live(&disk, dir, NAME, &chain, &number,
					   &detail), want);
	if (want == VERSION_OK) {
		assert_non_null(chain);
		assert_null(detail);
	} else {
		assert_null(chain);
		assert_non_null(detail);
		assert_non_null(strstr(detail, detail_part));
	}
	free(detail);
	chain_free(chain);
}

TEST(live)
{
	struct fingerprint want = lineage_leaf(second);
	struct chain *chain;
	unsigned number;
	char *detail;

	expect_live(VERSION_OK, NULL);
	test_live_write(directory, NAME, 2);
	assert_int_equal(lineage_load_live(&disk, dir, NAME, &chain, &number,
					   &detail), VERSION_OK);
	assert_int_equal(number, 2);
	assert_true(fingerprint_equal(&chain->leaf, &want));
	assert_int_equal(chain->count, 2);
	chain_free(chain);
}

/* What a reader sees while certbot moves its links one by one. */
TEST(live_while_certbot_moves_links)
{
	lineage_remove("live/" NAME "/cert.pem");
	expect_live(VERSION_INCOMPLETE, "cert.pem is missing");
	test_link_write(directory, "live/" NAME "/cert.pem",
			"../../archive/" NAME "/cert2.pem");
	expect_live(VERSION_MIXED, "version 2");
	test_live_write(directory, NAME, 1);
	test_link_write(directory, "live/" NAME "/privkey.pem",
			"../../archive/" NAME "/privkey2.pem");
	expect_live(VERSION_MIXED, "privkey.pem version 2");
}

TEST(live_absent)
{
	static const char *const kinds[] = { "cert", "chain", "fullchain",
					     "privkey" };
	char *path;

	for (int i = 0; i < 4; i++) {
		path = xasprintf("live/" NAME "/%s.pem", kinds[i]);
		lineage_remove(path);
		free(path);
	}
	expect_live(VERSION_ABSENT, "is missing");
	lineage_remove("live/" NAME);
	expect_live(VERSION_ABSENT, "live/" NAME);
	test_file_write(directory, "live/" NAME, "a file");
	expect_live(VERSION_ABSENT, "live/" NAME);
}

TEST(live_layout)
{
	static const char *const targets[] = {
		"../../archive/" NAME "/fullchain1.pem",
		"../../archive/" NAME "/cert.pem",
		"../../archive/" NAME "/cert0.pem",
		"../../archive/" NAME "/cert01.pem",
		"../../archive/" NAME "/cert1.pem.bak",
		"../../archive/" NAME "/cert9999999999.pem",
		"../../archive/" NAME "/../" NAME "/cert1.pem",
		"../../archive/other.test/cert1.pem",
		"/etc/letsencrypt/archive/" NAME "/cert1.pem",
		"cert1.pem",
	};

	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		test_link_write(directory, "live/" NAME "/cert.pem",
				targets[i]);
		expect_live(VERSION_BAD_LAYOUT, "cert.pem is no link to");
	}
	lineage_remove("live/" NAME "/cert.pem");
	test_file_write(directory, "live/" NAME "/cert.pem", first->cert);
	expect_live(VERSION_BAD_LAYOUT, "cert.pem is no link to");
}

TEST(live_dangling)
{
	test_live_write(directory, NAME, 7);
	expect_live(VERSION_ABSENT, "7.pem is missing");
	test_live_write(directory, NAME, 2);
	lineage_remove("archive/" NAME "/chain2.pem");
	expect_live(VERSION_INCOMPLETE, "chain2.pem is missing");
}

TEST(archive_bad_files)
{
	char *half = xstrndup(first->fullchain, strlen(first->fullchain) - 60);

	test_file_write(directory, "archive/" NAME "/fullchain1.pem", half);
	lineage_expect_archive(1, VERSION_BAD_CHAIN, "fullchain1.pem holds");
	test_file_write(directory, "archive/" NAME "/fullchain1.pem",
			first->cert);
	lineage_expect_archive(1, VERSION_MIXED, "chain1.pem is not the rest");
	test_file_write(directory, "archive/" NAME "/fullchain1.pem",
			second->fullchain);
	lineage_expect_archive(1, VERSION_MIXED, "cert1.pem is not the first");
	test_archive_write(directory, NAME, 1, first);
	test_file_write(directory, "archive/" NAME "/cert1.pem",
			first->fullchain);
	lineage_expect_archive(1, VERSION_MIXED, "cert1.pem is not the first");
	test_archive_write(directory, NAME, 1, first);
	test_file_write(directory, "archive/" NAME "/cert1.pem", "");
	lineage_expect_archive(1, VERSION_BAD_CHAIN, "cert1.pem holds no");
	test_archive_write(directory, NAME, 1, first);
	test_file_write(directory, "archive/" NAME "/chain1.pem", "");
	lineage_expect_archive(1, VERSION_BAD_CHAIN, "chain1.pem holds no");
	test_file_write(directory, "archive/" NAME "/chain1.pem", first->cert);
	lineage_expect_archive(1, VERSION_MIXED, "chain1.pem is not the rest");
	free(half);
}

/* The chain file lacks the root that the full chain has. */
TEST(archive_short_chain)
{
	char *root = test_pem_of(pki->root);
	char *longer = test_text_join(first->fullchain, root, "");
	char *rest = test_text_join(first->chain, root, "");

	test_file_write(directory, "archive/" NAME "/fullchain1.pem", longer);
	lineage_expect_archive(1, VERSION_MIXED, "chain1.pem is not the rest");
	test_file_write(directory, "archive/" NAME "/chain1.pem", rest);
	lineage_expect_archive(1, VERSION_OK, NULL);
	free(rest);
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
	lineage_expect_archive(5, VERSION_MIXED, "chain5.pem");
	free(root);
	free(key);
}

TEST(version_load_without_suffix)
{
	struct chain *chain;
	char *detail;

	assert_int_equal(version_load(&disk, dir, "live/" NAME, "", &chain,
				      &detail), VERSION_OK);
	assert_int_equal(chain->count, 2);
	assert_null(detail);
	chain_free(chain);
	assert_int_equal(version_load(&disk, dir, "nothing", "", &chain,
				      &detail), VERSION_ABSENT);
	assert_null(chain);
	free(detail);
}

/* Nothing is in the way of reading in these tests. */
TEST(texts)
{
	for (int error = VERSION_OK; error <= VERSION_BAD_LAYOUT; error++)
		assert_true(strlen(version_error_text(
				    (enum version_error)error)) > 5);
}

#define CASE(test) \
	cmocka_unit_test_setup_teardown(test, lineage_open, lineage_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_live),
		CASE(test_live_while_certbot_moves_links),
		CASE(test_live_absent),
		CASE(test_live_layout),
		CASE(test_live_dangling),
		CASE(test_archive_bad_files),
		CASE(test_archive_short_chain),
		CASE(test_archive_bad_keys),
		CASE(test_archive_unreadable),
		CASE(test_self_signed),
		CASE(test_version_load_without_suffix),
		cmocka_unit_test(test_texts),
	};

	return cmocka_run_group_tests(tests, lineage_open_all,
				      lineage_close_all);
}
