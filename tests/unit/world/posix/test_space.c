/* SPDX-License-Identifier: MIT */
#include "world/posix/posix.h"

#include "support/certificates.h"
#include "unit.h"

static struct world world;
static char *root;
static int dir;

static int setup(void **state)
{
	(void)state;
	world_posix_open(&world);
	root = test_directory_make();
	dir = world.dir_open(&world, WORLD_CWD, root);
	return dir >= 0 ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	world.dir_close(&world, dir);
	test_directory_remove(root);
	world_posix_close(&world);
	return 0;
}

TEST(there_is_some)
{
	struct dir_space space = { .read_only = true };

	assert_int_equal(world.dir_space(&world, dir, &space), 0);
	assert_true(space.free_octets > 0 && space.free_files > 0);
	assert_false(space.read_only);
}

/* Nothing is counted there: that is no want of files. */
TEST(where_nothing_is_counted)
{
	struct dir_space space;
	int proc = world.dir_open(&world, WORLD_CWD, "/proc");

	assert_true(proc >= 0);
	assert_int_equal(world.dir_space(&world, proc, &space), 0);
	assert_int_equal(space.free_octets, 0);
	assert_true(space.free_files == UINT64_MAX);
	world.dir_close(&world, proc);
}

TEST(no_directory)
{
	struct dir_space space;

	assert_int_equal(world.dir_space(&world, -1, &space), -EBADF);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, setup, teardown)
		CASE(there_is_some),
		CASE(where_nothing_is_counted),
		CASE(no_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
