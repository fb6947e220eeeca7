/* SPDX-License-Identifier: MIT */
#include "disk/atomic.h"

#include "base/xalloc.h"
#include "support/certificates.h"
#include "unit.h"
#include "world/posix/posix.h"

/* The real world, of which call number FAILING, counted from 1, fails; and
 * with DEAD all later ones too, as if the process had been killed. */
static struct world real, faulty;
static unsigned calls, failing;
static bool dead;
static char *path;
static int dir;

static bool fails(void)
{
	calls++;
	return dead ? calls >= failing : calls == failing;
}

static int faulty_remove(struct world *world, int at, const char *name)
{
	(void)world;
	return fails() ? -EIO : real.file_remove(&real, at, name);
}

static int faulty_write(struct world *world, int at, const char *name,
			const char *data, size_t size, unsigned mode)
{
	(void)world;
	return fails() ? -EIO :
		real.file_write(&real, at, name, data, size, mode);
}

static int faulty_rename(struct world *world, int at, const char *from,
			 const char *to)
{
	(void)world;
	return fails() ? -EIO : real.rename(&real, at, from, to);
}

static int faulty_sync(struct world *world, int at)
{
	(void)world;
	return fails() ? -EIO : real.dir_sync(&real, at);
}

static int setup(void **state)
{
	(void)state;
	world_posix_open(&real);
	faulty = (struct world){ .file_remove = faulty_remove,
				 .file_write = faulty_write,
				 .rename = faulty_rename,
				 .dir_sync = faulty_sync };
	path = test_directory_make();
	dir = real.dir_open(&real, WORLD_CWD, path);
	assert_true(dir >= 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	real.dir_close(&real, dir);
	test_directory_remove(path);
	world_posix_close(&real);
	return 0;
}

static void assert_content(const char *want, unsigned mode)
{
	struct file_info info;
	char *data;
	size_t size;

	assert_int_equal(real.file_read(&real, dir, "file", 100, &data, &size,
					&info), 0);
	assert_string_equal(data, want);
	assert_int_equal(info.mode, mode);
	free(data);
}

static void assert_alone(void)
{
	struct texts names;

	assert_int_equal(real.dir_list(&real, dir, &names), 0);
	assert_int_equal(names.count, 1);
	texts_clear(&names);
}

TEST(creates_and_replaces)
{
	assert_int_equal(atomic_replace_file(&real, dir, "file", "one", 3,
					     0600), 0);
	assert_content("one", 0600);
	assert_int_equal(atomic_replace_file(&real, dir, "file", "", 0, 0644),
			 0);
	assert_content("", 0644);
	assert_alone();
}

/* A killed run's temporary file, or one that somebody laid there. */
TEST(leftover_temporary)
{
	test_file_write(path, ".file.tmp", "half");
	assert_int_equal(atomic_replace_file(&real, dir, "file", "new", 3,
					     0600), 0);
	assert_content("new", 0600);
	assert_alone();
	test_link_write(path, ".file.tmp", "/dev/null");
	assert_int_equal(atomic_replace_file(&real, dir, "file", "last", 4,
					     0600), 0);
	assert_content("last", 0600);
	assert_alone();
}

TEST(no_such_directory)
{
	assert_int_equal(real.dir_make(&real, dir, "file", 0700), 0);
	assert_int_equal(atomic_replace_file(&real, dir, "file", "x", 1, 0600),
			 -EISDIR);
	assert_alone();
}

/* Wherever it stops, the file is the old one or the new one in full. */
static void check_faults(bool kill)
{
	unsigned old = 0, k;
	int error = -EIO;

	for (k = 1; error; k++) {
		char *data;
		size_t size;

		assert_int_equal(atomic_replace_file(&real, dir, "file", "old",
						     3, 0600), 0);
		calls = 0;
		failing = k;
		dead = kill;
		error = atomic_replace_file(&faulty, dir, "file", "new", 3,
					    0600);
		assert_int_equal(real.file_read(&real, dir, "file", 100, &data,
						&size, NULL), 0);
		assert_true(streq(data, "old") || streq(data, "new"));
		assert_true(error || streq(data, "new"));
		old += streq(data, "old");
		free(data);
		assert_true(k < 20);
	}
	assert_true(old >= 3);
	assert_int_equal(atomic_replace_file(&real, dir, "file", "again", 5,
					     0600), 0);
	assert_content("again", 0600);
	assert_alone();
}

TEST(every_fault)
{
	check_faults(false);
	check_faults(true);
}

TEST(knows_its_temporary_files)
{
	assert_true(atomic_is_temporary(".mail.example.test.json.tmp"));
	assert_false(atomic_is_temporary("mail.example.test.json.tmp"));
	assert_false(atomic_is_temporary(".mail.example.test.json"));
	assert_false(atomic_is_temporary(".tmp"));
	assert_false(atomic_is_temporary("lock"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_creates_and_replaces,
						setup, teardown),
		cmocka_unit_test_setup_teardown(test_leftover_temporary,
						setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_such_directory,
						setup, teardown),
		cmocka_unit_test_setup_teardown(test_every_fault, setup,
						teardown),
		cmocka_unit_test(test_knows_its_temporary_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
