/* SPDX-License-Identifier: MIT */
#include "disk/held_internal.h"

#include "base/xalloc.h"
#include "support/links.h"

static void assert_drops(struct fixture *fixture,
			 const struct fingerprint *keep, unsigned files)
{
	assert_int_equal(held_drop(&fixture->lineage, keep, NULL, files), 0);
}

static bool is_whole(struct fixture *fixture, unsigned number, unsigned files)
{
	return held_is_whole(&fixture->real_lineage,
			     &fixture->version[number], files);
}

/* A copy of the key that nobody wants any more goes, but not from under a link
 * that leads there. */
static void test_combined_goes(void **state)
{
	struct fixture *fixture = *state;
	struct links one = fixture_whole(fixture, 1, 1);

	assert_switches(fixture, &one);
	assert_drops(fixture, &fixture->version[1], FOUR);
	assert_true(is_whole(fixture, 1, PEM_ALL_LINKS));
	one.files = FOUR;
	assert_switches(fixture, &one);
	assert_drops(fixture, &fixture->version[1], PEM_ALL_LINKS);
	assert_true(is_whole(fixture, 1, PEM_ALL_LINKS));
	assert_drops(fixture, &fixture->version[1], FOUR);
	assert_false(is_whole(fixture, 1, PEM_ALL_LINKS));
	assert_true(is_whole(fixture, 1, FOUR));
}

/* combined.pem alone leads to another version: that stays as well. */
static void test_spares_what_combined_shows(void **state)
{
	struct fixture *fixture = *state;
	struct links two = fixture_whole(fixture, 2, 1);

	fixture_whole(fixture, 1, 1);
	two.combined = fixture->version[1];
	assert_switches(fixture, &two);
	assert_drops(fixture, &fixture->version[2], PEM_ALL_LINKS);
	assert_true(is_whole(fixture, 1, PEM_ALL_LINKS));
	assert_true(is_whole(fixture, 2, PEM_ALL_LINKS));
	two.combined = fixture->version[2];
	assert_switches(fixture, &two);
	assert_drops(fixture, &fixture->version[2], PEM_ALL_LINKS);
	assert_false(is_whole(fixture, 1, FOUR));
}

/* What a killed command left beside the files of a version. */
static void test_removes_temporary_files(void **state)
{
	struct fixture *fixture = *state;
	char hex[FINGERPRINT_TEXT_SIZE], *path;

	fixture_whole(fixture, 1, 1);
	path = xasprintf("held/" NAME "/%s/.combined.pem.tmp",
			 fingerprint_format(&fixture->version[1], hex));
	test_file_write(fixture->state_path, path, "half");
	free(path);
	assert_drops(fixture, NULL, FOUR);
	assert_entries(fixture, fixture->places.state, "held");
	assert_int_equal(held_open_lineage(&fixture->lineage, false),
			 -ENOENT);
}

/* What others put there is told of, and keeps nothing else. */
static void test_passes_over_what_is_not_ours(void **state)
{
	struct fixture *fixture = *state;

	fixture_whole(fixture, 1, 1);
	fixture_whole(fixture, 2, 2);
	test_file_write(fixture->state_path, "held/" NAME "/.swap", "");
	assert_int_equal(held_drop(&fixture->lineage, &fixture->version[2],
				   NULL, FOUR), -ENOTDIR);
	assert_false(is_whole(fixture, 1, FOUR));
	assert_true(is_whole(fixture, 2, FOUR));
}

static void test_makes_way(void **state)
{
	struct fixture *fixture = *state;
	struct file_info info;
	int dir = held_open_lineage(&fixture->lineage, true);

	assert_true(dir >= 0);
	assert_int_equal(fixture->faults.unsynced, 0);
	assert_int_equal(fixture->real.file_info(
		&fixture->real, dir, ".", false, &info), 0);
	assert_int_equal(info.mode, 0700);
	fixture->real.dir_close(&fixture->real, dir);
	assert_int_equal(fixture->real.file_info(
		&fixture->real, fixture->places.state, "held", false, &info),
		0);
	assert_int_equal(info.mode, 0711);
}

#define CASE(name) CASE_WITH(name, fixture_open, fixture_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(combined_goes), CASE(spares_what_combined_shows),
		CASE(removes_temporary_files), CASE(makes_way),
		CASE(passes_over_what_is_not_ours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
