/* SPDX-License-Identifier: MIT */
#include "disk/lines.h"

#include "base/xalloc.h"
#include "support/certificates.h"
#include "unit.h"
#include "world/posix/posix.h"

static struct world world;
static char *path;
static int dir;

static int setup(void **state)
{
	(void)state;
	world_posix_open(&world);
	path = test_directory_make();
	dir = world.dir_open(&world, WORLD_CWD, path);
	assert_true(dir >= 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	world.dir_close(&world, dir);
	world_posix_close(&world);
	test_directory_remove(path);
	return 0;
}

static void expect(const char *want)
{
	struct texts lines;
	char *joined;

	lines_read(&world, dir, "log", 20, &lines);
	joined = texts_join(&lines);
	if (want)
		assert_string_equal(joined, want);
	else
		assert_null(joined);
	free(joined);
	texts_clear(&lines);
}

TEST(two_files_and_no_more)
{
	expect(NULL);
	for (unsigned i = 0; i < 7; i++) {
		char *line = xasprintf("line %u\n", i);

		assert_int_equal(lines_append(&world, dir, "log", line, 20),
				 0);
		free(line);
	}
	/* Two fit into each; the first two are nowhere any more. */
	expect("line 4, line 5, line 6");
}

TEST(a_line_that_is_too_long)
{
	assert_int_equal(lines_append(&world, dir, "log", "short\n", 20), 0);
	assert_int_equal(lines_append(&world, dir, "log",
				      "much longer than may be\n", 20), -EFBIG);
	expect("short");
}

TEST(what_is_no_file_is_left_alone)
{
	assert_int_equal(world.dir_make(&world, dir, "log", 0700), 0);
	assert_true(lines_append(&world, dir, "log", "a\n", 20) < 0);
	expect(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE_WITH(two_files_and_no_more, setup, teardown),
		CASE_WITH(a_line_that_is_too_long, setup, teardown),
		CASE_WITH(what_is_no_file_is_left_alone, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
