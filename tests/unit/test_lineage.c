/* SPDX-License-Identifier: MIT */
#include "lineage.h"

#include "bounds.h"
#include "support_certificates.h"
#include "world_posix.h"
#include "xalloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME "mail.test"

static struct test_pki *pki;
static struct test_version *a, *b;
static struct world world;
static char *directory;
static int dir;

static int group_setup(void **state)
{
	(void)state;
	pki = test_pki_open();
	a = test_version_make(pki, "a.test", TEST_LEAF_EC);
	b = test_version_make(pki, "b.test", TEST_LEAF_ED25519);
	world_posix_open(&world);
	return 0;
}

static int group_teardown(void **state)
{
	(void)state;
	world_posix_close(&world);
	test_version_free(a);
	test_version_free(b);
	test_pki_close(pki);
	return 0;
}

/* Every test starts with A as 1 and B as 2; the live links show 1. */
static int setup(void **state)
{
	(void)state;
	directory = test_directory_make();
	dir = world.dir_open(&world, WORLD_CWD, directory);
	assert_true(dir >= 0);
	test_archive_write(directory, NAME, 1, a);
	test_archive_write(directory, NAME, 2, b);
	test_live_write(directory, NAME, 1);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	world.dir_close(&world, dir);
	test_directory_remove(directory);
	return 0;
}

static struct fingerprint leaf_of(const struct test_version *version)
{
	struct fingerprint leaf;
	struct chain *chain;

	assert_int_equal(chain_parse(version->cert, strlen(version->cert),
				     &chain), CHAIN_OK);
	leaf = chain->leaf;
	chain_free(chain);
	return leaf;
}

static void remove_path(const char *path)
{
	char *full = xasprintf("%s/%s", directory, path);

	assert_int_equal(remove(full), 0);
	free(full);
}

static void expect_live(enum version_error want, const char *detail_part)
{
	struct chain *chain = NULL;
	unsigned number;
	char *detail;

	assert_int_equal(lineage_load_live(&world, dir, NAME, &chain, &number,
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

static void expect_archive(unsigned number, enum version_error want,
			   const char *detail_part)
{
	struct chain *chain = NULL;
	char *detail;

	assert_int_equal(lineage_load_archive(&world, dir, NAME, number,
					      &chain, &detail), want);
	assert_int_equal(chain != NULL, want == VERSION_OK);
	if (detail_part) {
		assert_non_null(detail);
		assert_non_null(strstr(detail, detail_part));
	}
	free(detail);
	chain_free(chain);
}

static void test_name_valid(void **state)
{
	char name[LINEAGE_NAME_MAX + 2];

	(void)state;
	assert_true(lineage_name_valid("mail.example.com"));
	assert_true(lineage_name_valid("mail.example.com-0001"));
	assert_true(lineage_name_valid("any-name"));
	assert_true(lineage_name_valid("Any Name"));
	assert_false(lineage_name_valid(""));
	assert_false(lineage_name_valid("."));
	assert_false(lineage_name_valid(".."));
	assert_false(lineage_name_valid(".hidden"));
	assert_false(lineage_name_valid("a/b"));
	assert_false(lineage_name_valid("/a"));
	assert_false(lineage_name_valid("a\nb"));
	assert_false(lineage_name_valid("a\x7f"));
	memset(name, 'a', sizeof(name));
	name[LINEAGE_NAME_MAX] = '\0';
	assert_true(lineage_name_valid(name));
	name[LINEAGE_NAME_MAX] = 'a';
	name[LINEAGE_NAME_MAX + 1] = '\0';
	assert_false(lineage_name_valid(name));
}

static void test_live(void **state)
{
	struct fingerprint want = leaf_of(b);
	struct chain *chain;
	unsigned number;
	char *detail;

	(void)state;
	expect_live(VERSION_OK, NULL);
	test_live_write(directory, NAME, 2);
	assert_int_equal(lineage_load_live(&world, dir, NAME, &chain, &number,
					   &detail), VERSION_OK);
	assert_int_equal(number, 2);
	assert_true(fingerprint_equal(&chain->leaf, &want));
	assert_int_equal(chain->count, 2);
	chain_free(chain);
}

/* What a reader sees while certbot moves its links one by one. */
static void test_live_while_certbot_moves_links(void **state)
{
	(void)state;
	remove_path("live/" NAME "/cert.pem");
	expect_live(VERSION_INCOMPLETE, "cert.pem is missing");
	test_link_write(directory, "live/" NAME "/cert.pem",
			"../../archive/" NAME "/cert2.pem");
	expect_live(VERSION_MIXED, "version 2");
	test_live_write(directory, NAME, 1);
	test_link_write(directory, "live/" NAME "/privkey.pem",
			"../../archive/" NAME "/privkey2.pem");
	expect_live(VERSION_MIXED, "privkey.pem version 2");
}

static void test_live_absent(void **state)
{
	static const char *const kinds[] = { "cert", "chain", "fullchain",
					     "privkey" };
	char *path;

	(void)state;
	for (int i = 0; i < 4; i++) {
		path = xasprintf("live/" NAME "/%s.pem", kinds[i]);
		remove_path(path);
		free(path);
	}
	expect_live(VERSION_ABSENT, "is missing");
	remove_path("live/" NAME);
	expect_live(VERSION_ABSENT, "live/" NAME);
	test_file_write(directory, "live/" NAME, "a file");
	expect_live(VERSION_ABSENT, "live/" NAME);
}

static void test_live_layout(void **state)
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

	(void)state;
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		test_link_write(directory, "live/" NAME "/cert.pem",
				targets[i]);
		expect_live(VERSION_BAD_LAYOUT, "cert.pem is no link to");
	}
	remove_path("live/" NAME "/cert.pem");
	test_file_write(directory, "live/" NAME "/cert.pem", a->cert);
	expect_live(VERSION_BAD_LAYOUT, "cert.pem is no link to");
}

static void test_live_dangling(void **state)
{
	(void)state;
	test_live_write(directory, NAME, 7);
	expect_live(VERSION_ABSENT, "7.pem is missing");
	test_live_write(directory, NAME, 2);
	remove_path("archive/" NAME "/chain2.pem");
	expect_live(VERSION_INCOMPLETE, "chain2.pem is missing");
}

static void test_archive_bad_files(void **state)
{
	char *half = xstrndup(a->fullchain, strlen(a->fullchain) - 60);

	(void)state;
	test_file_write(directory, "archive/" NAME "/fullchain1.pem", half);
	expect_archive(1, VERSION_BAD_CHAIN, "fullchain1.pem holds");
	test_file_write(directory, "archive/" NAME "/fullchain1.pem", a->cert);
	expect_archive(1, VERSION_MIXED, "chain1.pem is not the rest");
	test_file_write(directory, "archive/" NAME "/fullchain1.pem",
			b->fullchain);
	expect_archive(1, VERSION_MIXED, "cert1.pem is not the first");
	test_archive_write(directory, NAME, 1, a);
	test_file_write(directory, "archive/" NAME "/cert1.pem", a->fullchain);
	expect_archive(1, VERSION_MIXED, "cert1.pem is not the first");
	test_archive_write(directory, NAME, 1, a);
	test_file_write(directory, "archive/" NAME "/cert1.pem", "");
	expect_archive(1, VERSION_BAD_CHAIN, "cert1.pem holds no");
	test_archive_write(directory, NAME, 1, a);
	test_file_write(directory, "archive/" NAME "/chain1.pem", "");
	expect_archive(1, VERSION_BAD_CHAIN, "chain1.pem holds no");
	test_file_write(directory, "archive/" NAME "/chain1.pem", a->cert);
	expect_archive(1, VERSION_MIXED, "chain1.pem is not the rest");
	free(half);
}

/* The chain file lacks the root that the full chain has. */
static void test_archive_short_chain(void **state)
{
	char *root = test_pem_of(pki->root);
	char *longer = test_text_join(a->fullchain, root, "");
	char *rest = test_text_join(a->chain, root, "");

	(void)state;
	test_file_write(directory, "archive/" NAME "/fullchain1.pem", longer);
	expect_archive(1, VERSION_MIXED, "chain1.pem is not the rest");
	test_file_write(directory, "archive/" NAME "/chain1.pem", rest);
	expect_archive(1, VERSION_OK, NULL);
	free(rest);
	free(longer);
	free(root);
}

static void test_archive_bad_keys(void **state)
{
	EVP_PKEY *key = test_key_make(TEST_LEAF_EC);
	char *locked = test_pem_of_key(key, "secret");

	(void)state;
	test_file_write(directory, "archive/" NAME "/privkey1.pem",
			b->privkey);
	expect_archive(1, VERSION_KEY_MISMATCH, "privkey1.pem is not the key");
	test_file_write(directory, "archive/" NAME "/privkey1.pem", locked);
	expect_archive(1, VERSION_KEY_MISMATCH, "privkey1.pem holds no");
	test_file_write(directory, "archive/" NAME "/privkey1.pem", "");
	expect_archive(1, VERSION_KEY_MISMATCH, "privkey1.pem holds no");
	free(locked);
	EVP_PKEY_free(key);
}

/* certbot keeps the key of an older version as a link. */
static void test_archive_linked_key(void **state)
{
	(void)state;
	test_archive_write(directory, NAME, 3, a);
	test_link_write(directory, "archive/" NAME "/privkey3.pem",
			"privkey1.pem");
	expect_archive(3, VERSION_OK, NULL);
	test_link_write(directory, "archive/" NAME "/privkey3.pem",
			"privkey2.pem");
	expect_archive(3, VERSION_KEY_MISMATCH, NULL);
}

static void test_archive_unreadable(void **state)
{
	char *large = xcalloc(PEM_SIZE_MAX + 2, 1);

	(void)state;
	memset(large, '\n', PEM_SIZE_MAX + 1);
	test_file_write(directory, "archive/" NAME "/cert1.pem", large);
	expect_archive(1, VERSION_UNREADABLE, "cert1.pem");
	remove_path("archive/" NAME "/cert1.pem");
	test_file_write(directory, "archive/" NAME "/cert1.pem/x", "");
	expect_archive(1, VERSION_UNREADABLE, "cert1.pem");
	expect_archive(9, VERSION_ABSENT, "is missing");
	free(large);
}

/* Its chain file is empty, as openssl and not certbot would make it. */
static void test_self_signed(void **state)
{
	char *root = test_pem_of(pki->root);
	char *key = test_pem_of_key(pki->root_key, NULL), empty[] = "";
	struct test_version version = { root, empty, root, key };

	(void)state;
	test_archive_write(directory, NAME, 5, &version);
	expect_archive(5, VERSION_OK, NULL);
	version.chain = root;
	test_archive_write(directory, NAME, 5, &version);
	expect_archive(5, VERSION_MIXED, "chain5.pem");
	free(root);
	free(key);
}

static void test_version_load_without_suffix(void **state)
{
	struct chain *chain;
	char *detail;

	(void)state;
	assert_int_equal(version_load(&world, dir, "live/" NAME, "", &chain,
				      &detail), VERSION_OK);
	assert_int_equal(chain->count, 2);
	assert_null(detail);
	chain_free(chain);
	assert_int_equal(version_load(&world, dir, "nothing", "", &chain,
				      &detail), VERSION_ABSENT);
	assert_null(chain);
	free(detail);
}

/* Nothing is in the way of reading in these tests. */
static unsigned find(const char *name, const struct fingerprint *leaf)
{
	int trouble = 1;
	unsigned number = lineage_find(&world, dir, name, leaf, &trouble);

	assert_int_equal(trouble, 0);
	return number;
}

static void test_find(void **state)
{
	struct fingerprint leaf_a = leaf_of(a), leaf_b = leaf_of(b);
	struct fingerprint none = { { 0 } };

	(void)state;
	assert_int_equal(find(NAME, &leaf_a), 1);
	assert_int_equal(find(NAME, &leaf_b), 2);
	assert_int_equal(find(NAME, &none), 0);
	assert_int_equal(find("other", &leaf_a), 0);
	/* 10 is more than 9, and what is not complete does not count. */
	test_archive_write(directory, NAME, 9, a);
	test_archive_write(directory, NAME, 10, a);
	assert_int_equal(find(NAME, &leaf_a), 10);
	remove_path("archive/" NAME "/privkey10.pem");
	assert_int_equal(find(NAME, &leaf_a), 9);
	test_file_write(directory, "archive/" NAME "/cert011.pem", a->cert);
	test_file_write(directory, "archive/" NAME "/certificate.pem", "");
	assert_int_equal(find(NAME, &leaf_a), 9);
}

static void test_archive_chains(void **state)
{
	struct fingerprint leaf_a = leaf_of(a), leaf_b = leaf_of(b);
	struct chain **chains;
	size_t count;

	(void)state;
	test_archive_write(directory, NAME, 10, a);
	remove_path("archive/" NAME "/privkey2.pem");
	remove_path("archive/" NAME "/cert2.pem");
	test_file_write(directory, "archive/" NAME "/fullchain3.pem", "x");
	chains = lineage_archive_chains(&world, dir, NAME, &count);
	assert_int_equal(count, 3);
	assert_true(fingerprint_equal(&chains[0]->leaf, &leaf_a));
	assert_true(fingerprint_equal(&chains[1]->leaf, &leaf_b));
	assert_true(fingerprint_equal(&chains[2]->leaf, &leaf_a));
	for (size_t i = 0; i < count; i++)
		chain_free(chains[i]);
	free(chains);
	assert_null(lineage_archive_chains(&world, dir, "other", &count));
	assert_int_equal(count, 0);
}

static void test_texts(void **state)
{
	(void)state;
	for (int error = VERSION_OK; error <= VERSION_BAD_LAYOUT; error++)
		assert_true(strlen(version_error_text(
				    (enum version_error)error)) > 5);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_name_valid),
		CASE(test_live),
		CASE(test_live_while_certbot_moves_links),
		CASE(test_live_absent),
		CASE(test_live_layout),
		CASE(test_live_dangling),
		CASE(test_archive_bad_files),
		CASE(test_archive_short_chain),
		CASE(test_archive_bad_keys),
		CASE(test_archive_linked_key),
		CASE(test_archive_unreadable),
		CASE(test_self_signed),
		CASE(test_version_load_without_suffix),
		CASE(test_find),
		CASE(test_archive_chains),
		cmocka_unit_test(test_texts),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
