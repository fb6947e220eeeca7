/* SPDX-License-Identifier: MIT */
#include "disk/lineage.h"

#include "base/bounds.h"
#include "base/xalloc.h"
#include "support/lineage.h"
#include "unit.h"

#include <stdio.h>

TEST(file_number)
{
	static const struct {
		const char *name;
		unsigned number;
	} rows[] = {
		{ "cert1.pem", 1 }, { "cert10.pem", 10 },
		{ "cert999999999.pem", 999999999 },
		{ "cert1000000000.pem", 0 }, { "cert0.pem", 0 },
		{ "cert01.pem", 0 }, { "cert.pem", 0 }, { "cert-1.pem", 0 },
		{ "cert1.pem~", 0 }, { "cert1", 0 }, { "certificate1.pem", 0 },
		{ "chain1.pem", 0 }, { "", 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(lineage_file_number(rows[i].name, "cert"),
				 rows[i].number);
}

/* certbot keeps the key of an older version as a link. */
TEST(archive_linked_key)
{
	test_archive_write(directory, NAME, 3, first);
	test_link_write(directory, "archive/" NAME "/privkey3.pem",
			"privkey1.pem");
	lineage_expect_archive(3, VERSION_OK, NULL);
	test_link_write(directory, "archive/" NAME "/privkey3.pem",
			"privkey2.pem");
	lineage_expect_archive(3, VERSION_KEY_MISMATCH, NULL);
}

static unsigned find(const char *name, const struct fingerprint *leaf)
{
	const struct lineage named = { lineage.world, lineage.places, name,
				       NULL };
	int trouble = 1;
	unsigned number = lineage_find(&named, leaf, &trouble);

	assert_int_equal(trouble, 0);
	return number;
}

TEST(find)
{
	struct fingerprint leaf_a = lineage_version(first);
	struct fingerprint leaf_b = lineage_version(second);
	struct fingerprint none = { { 0 } };

	assert_int_equal(find(NAME, &leaf_a), 1);
	assert_int_equal(find(NAME, &leaf_b), 2);
	assert_int_equal(find(NAME, &none), 0);
	assert_int_equal(find("other", &leaf_a), 0);
	/* 10 is more than 9, and what is not complete does not count. */
	test_archive_write(directory, NAME, 9, first);
	test_archive_write(directory, NAME, 10, first);
	assert_int_equal(find(NAME, &leaf_a), 10);
	lineage_remove("archive/" NAME "/privkey10.pem");
	assert_int_equal(find(NAME, &leaf_a), 9);
	test_file_write(directory, "archive/" NAME "/cert011.pem", first->cert);
	test_file_write(directory, "archive/" NAME "/certificate.pem", "");
	assert_int_equal(find(NAME, &leaf_a), 9);
}

TEST(archive_chains)
{
	bool more;
	const struct lineage other = { lineage.world, lineage.places, "other",
				       NULL };
	struct fingerprint leaf_a = lineage_version(first);
	struct fingerprint leaf_b = lineage_version(second);
	struct chains chains;
	int trouble;

	test_archive_write(directory, NAME, 10, first);
	lineage_remove("archive/" NAME "/privkey2.pem");
	lineage_remove("archive/" NAME "/cert2.pem");
	test_file_write(directory, "archive/" NAME "/fullchain3.pem", "x");
	chains = lineage_archive_chains(&lineage, &trouble);
	assert_int_equal(trouble, 0);
	assert_int_equal(chains.count, 3);
	assert_true(fingerprint_equal(&chains.items[0]->version, &leaf_a));
	assert_true(fingerprint_equal(&chains.items[1]->version, &leaf_b));
	assert_true(fingerprint_equal(&chains.items[2]->version, &leaf_a));
	chains_free(&chains);
	/* One of these has a key. */
	chains = lineage_archive_versions(&lineage, &more, &trouble);
	assert_int_equal(trouble, 0);
	assert_int_equal(chains.count, 2);
	assert_true(more);
	assert_true(fingerprint_equal(&chains.items[1]->version, &leaf_a));
	chains_free(&chains);
	chains = lineage_archive_chains(&other, &trouble);
	assert_int_equal(chains.count, 0);
	assert_null(chains.items);
}

/* Of too many the last ones count. */
TEST(versions_are_bounded)
{
	struct fingerprint leaf_a = lineage_version(first);
	struct fingerprint leaf_b = lineage_version(second);

	for (unsigned i = 0; i < ARCHIVE_VERSIONS_MAX - 1; i++) {
		char *path = xasprintf("archive/" NAME "/fullchain%u.pem",
				       100 + i);

		test_file_write(directory, path, "");
		free(path);
	}
	assert_int_equal(find(NAME, &leaf_a), 0);
	assert_int_equal(find(NAME, &leaf_b), 2);
}

#define CASE(name) CASE_WITH(name, lineage_open, lineage_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_file_number),
		CASE(archive_linked_key),
		CASE(find),
		CASE(archive_chains),
		CASE(versions_are_bounded),
	};

	return cmocka_run_group_tests(tests, lineage_open_all,
				      lineage_close_all);
}
