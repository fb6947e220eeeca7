/* SPDX-License-Identifier: MIT */
#include "disk/lineage_place.h"

#include "base/xalloc.h"
#include "support/lineage.h"
#include "unit.h"

#include <sys/stat.h>

/* Where the archive is, of NAME as it is on the disk. */
static void expect(const char *want)
{
	int trouble;
	char *have = lineage_archive_path(&lineage, &trouble);

	assert_int_equal(trouble, 0);
	if (*want == '/')
		assert_string_equal(have, want);
	else
		assert_string_equal(have + strlen(have) - strlen(want), want);
	free(have);
}

static void point(const char *link, const char *target)
{
	char *path = xasprintf("live/" NAME "/%s.pem", link);

	test_link_write(directory, path, target);
	free(path);
}

TEST(links_say_where)
{
	char *inside = xasprintf("%s/archive/x/cert1.pem", directory);
	char *outside = test_directory_make();
	char *file = xasprintf("%s/cert3.pem", outside);

	expect("archive/" NAME);
	point("cert", inside);
	expect("archive/x");
	point("cert", "../.././archive//y/../z/cert12.pem");
	expect("archive/z");
	point("cert", file);
	expect(outside);
	/* What is no link to a version says nothing. */
	point("cert", "../../archive/x/cert.pem");
	expect("archive/" NAME);
	point("cert", "../../archive/x/chain1.pem");
	expect("archive/" NAME);
	test_directory_remove(outside);
	free(inside);
	free(file);
}

static void remove_live(void)
{
	lineage_remove("live/" NAME "/cert.pem");
	lineage_remove("live/" NAME "/chain.pem");
	lineage_remove("live/" NAME "/fullchain.pem");
	lineage_remove("live/" NAME "/privkey.pem");
	lineage_remove("live/" NAME);
}

/* Without live: what certbot noted, what our own links show, the name. */
TEST(without_live)
{
	char *dane = xasprintf("%s/dane", directory);
	struct links_places places = *lineage.places;
	struct lineage ours = lineage;
	int trouble;
	char *have;

	remove_live();
	expect("archive/" NAME);
	test_link_write(directory, "dane/" NAME "/chain.pem",
			"../../archive/y/chain4.pem");
	places.dane_path = dane;
	places.dane = disk.dir_open(&disk, WORLD_CWD, dane);
	ours.places = &places;
	have = lineage_archive_path(&ours, &trouble);
	assert_string_equal(have, "archive/y");
	free(have);
	have = xasprintf("archive_dir = %s/archive/x\n", directory);
	test_file_write(directory, "renewal/" NAME ".conf", have);
	free(have);
	have = lineage_archive_path(&ours, &trouble);
	assert_string_equal(have, "archive/x");
	free(have);
	ours.archive = "archive/known";
	have = lineage_archive_path(&ours, &trouble);
	assert_string_equal(have, "archive/known");
	free(have);
	disk.dir_close(&disk, places.dane);
	free(dane);
}

/* Links that would go round, and directories that strangers write to. */
TEST(faults)
{
	const struct links_places places = {
		.letsencrypt_path = "/le", .dane_path = "/a/dane/",
		.state_path = "/a/state",
	};
	const struct lineage at = { &disk, &places, "n", NULL };
	static const char *const ours[] = {
		"live/n", "live", "/a/dane", "/a/dane/n", "/a/state/held/n",
	};
	char *open = test_directory_make(), *fault, *below;

	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
		fault = lineage_archive_fault(&at, ours[i]);
		assert_non_null(fault);
		assert_non_null(strstr(fault, "which is no archive"));
		free(fault);
	}
	assert_null(lineage_archive_fault(&at, "archive/m"));
	assert_null(lineage_archive_fault(&at, "/a/danes"));
	assert_null(lineage_archive_fault(&at, open));
	assert_int_equal(chmod(open, 0757), 0);
	below = xasprintf("%s/n", open);
	fault = lineage_archive_fault(&at, below);
	assert_non_null(fault);
	assert_non_null(strstr(fault, "others can change"));
	free(fault);
	free(below);
	assert_int_equal(chmod(open, 0755), 0);
	test_directory_remove(open);
}

static void expect_renewal(const char *archive_dir, const char *part)
{
	char *text = xasprintf("version = 2\narchive_dir = %s%s\n", directory,
			       archive_dir);
	char *fault;

	test_file_write(directory, "renewal/" NAME ".conf", text);
	fault = lineage_renewal_fault(&lineage);
	if (part && !strstr(fault, part))
		fail_msg("\"%s\" is not in: %s", part, fault);
	assert_true(part || !fault);
	free(fault);
	free(text);
}

/* certbot takes it, and spoils it with the next renewal. */
TEST(renewal_elsewhere)
{
	char *fault = lineage_renewal_fault(&lineage);

	assert_null(fault);
	test_archive_write(directory, "x", 1, first);
	test_file_write(directory, "renewal/" NAME ".conf", "version = 2\n");
	assert_null(lineage_renewal_fault(&lineage));
	expect_renewal("/archive/" NAME, NULL);
	expect_renewal("/./archive//" NAME "/", NULL);
	expect_renewal("/archive/x", "certbot update_symlinks");
	expect_renewal("/archive/y", "certbot update_symlinks");
	/* By another way to the same directory. */
	test_link_write(directory, "same", "archive/" NAME);
	expect_renewal("/same", NULL);
	lineage_remove("same");
	expect_renewal("/same", "certbot update_symlinks");
}

/* Then the archive may be another one, and nothing is gone for sure. */
static int failing_link_read(struct world *world, int at, const char *name,
			     char **target)
{
	(void)world;
	(void)at;
	(void)name;
	(void)target;
	return -EIO;
}

TEST(trouble_is_told)
{
	struct fingerprint leaf = lineage_version(first);
	struct world failing = disk;
	struct lineage at = lineage;
	int trouble;

	failing.link_read = failing_link_read;
	at.world = &failing;
	free(lineage_archive_path(&at, &trouble));
	assert_int_equal(trouble, -EIO);
	leaf.sha256[0] ^= 1;
	assert_int_equal(lineage_find(&at, &leaf, &trouble), 0);
	assert_int_equal(trouble, -EIO);
}

#define CASE(name) CASE_WITH(name, lineage_open, lineage_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(links_say_where),
		CASE(without_live),
		CASE(faults),
		CASE(renewal_elsewhere),
		CASE(trouble_is_told),
	};

	return cmocka_run_group_tests(tests, lineage_open_all,
				      lineage_close_all);
}
