/* SPDX-License-Identifier: MIT */
#include "disk/lineage.h"

#include "base/xalloc.h"
#include "support/lineage.h"
#include "unit.h"

#include <stdio.h>

static void expect_live(enum version_error want, const char *detail_part)
{
	struct chain *chain = NULL;
	unsigned number;
	char *detail;

	assert_int_equal(lineage_load_live(&lineage, &chain, &number,
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
	struct fingerprint want = lineage_version(second);
	struct chain *chain;
	unsigned number;
	char *detail;

	expect_live(VERSION_OK, NULL);
	test_live_write(directory, NAME, 2);
	assert_int_equal(lineage_load_live(&lineage, &chain, &number,
					   &detail), VERSION_OK);
	assert_int_equal(number, 2);
	assert_true(fingerprint_equal(&chain->version, &want));
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

/* What certbot refuses too, and says so. */
TEST(live_layout)
{
	static const char *const targets[] = {
		"../../archive/" NAME "/fullchain1.pem",
		"../../archive/" NAME "/cert.pem",
		"../../archive/" NAME "/cert0.pem",
		"../../archive/" NAME "/cert01.pem",
		"../../archive/" NAME "/cert1.pem.bak",
		"../../archive/" NAME "/cert9999999999.pem",
		"/cert1.pem",
	};

	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		test_link_write(directory, "live/" NAME "/cert.pem",
				targets[i]);
		expect_live(VERSION_BAD_LAYOUT, "is no link to certN.pem");
	}
	lineage_remove("live/" NAME "/cert.pem");
	test_file_write(directory, "live/" NAME "/cert.pem", first->cert);
	expect_live(VERSION_BAD_LAYOUT, "cert.pem is a file of its own");
	expect_live(VERSION_BAD_LAYOUT, "certonly --cert-name " NAME);
}

/* Lets all four links lead to "PREFIX KIND SUFFIX". */
static void point_live(const char *prefix, const char *suffix)
{
	for (int kind = 0; kind < PEM_KINDS; kind++) {
		char *link = xasprintf("live/" NAME "/%s.pem",
				       pem_kind_names[kind]);
		char *target = xasprintf("%s%s%s", prefix,
					 pem_kind_names[kind], suffix);

		test_link_write(directory, link, target);
		free(link);
		free(target);
	}
}

/* With all of these certbot renews for years. */
TEST(live_as_certbot_takes_it)
{
	char *absolute = xasprintf("%s/archive/" NAME "/", directory);
	char *outside = test_directory_make();
	char *elsewhere = xasprintf("%s/archive/x/", outside);

	point_live(absolute, "2.pem");
	expect_live(VERSION_OK, NULL);
	point_live("../../archive/./" NAME "//", "2.pem");
	expect_live(VERSION_OK, NULL);
	point_live("../../archive/" NAME "/../" NAME "/", "2.pem");
	expect_live(VERSION_OK, NULL);
	test_archive_write(directory, NAME "-0001", 7, second);
	point_live("../../archive/" NAME "-0001/", "7.pem");
	expect_live(VERSION_OK, NULL);
	test_archive_write(outside, "x", 3, first);
	point_live(elsewhere, "3.pem");
	expect_live(VERSION_OK, NULL);
	free(absolute);
	free(elsewhere);
	test_directory_remove(outside);
}

TEST(live_in_two_archives)
{
	test_archive_write(directory, "x", 1, first);
	test_link_write(directory, "live/" NAME "/chain.pem",
			"../../archive/x/chain1.pem");
	expect_live(VERSION_BAD_LAYOUT, "chain.pem leads into archive/x and");
	point_live("", "1.pem");
	expect_live(VERSION_BAD_LAYOUT, "which is no archive");
}

/* ".." of a link goes up from where live really is. */
TEST(live_behind_a_link)
{
	char *path = xasprintf("%s/live", directory);
	char *moved = xasprintf("%s/deep/er/live", directory);

	test_archive_write(directory, "../deep/er/archive/" NAME, 1, second);
	test_file_write(directory, "deep/er/keep", "");
	assert_int_equal(rename(path, moved), 0);
	test_link_write(directory, "live", "deep/er/live");
	expect_live(VERSION_BAD_LAYOUT, "make the link absolute");
	free(path);
	free(moved);
}

TEST(live_dangling)
{
	test_live_write(directory, NAME, 7);
	expect_live(VERSION_ABSENT, "7.pem is missing");
	test_live_write(directory, NAME, 2);
	lineage_remove("archive/" NAME "/chain2.pem");
	expect_live(VERSION_INCOMPLETE, "chain2.pem is missing");
}

#define CASE(name) CASE_WITH(name, lineage_open, lineage_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(live),
		CASE(live_while_certbot_moves_links),
		CASE(live_absent),
		CASE(live_layout),
		CASE(live_as_certbot_takes_it),
		CASE(live_in_two_archives),
		CASE(live_behind_a_link),
		CASE(live_dangling),
	};

	return cmocka_run_group_tests(tests, lineage_open_all,
				      lineage_close_all);
}
