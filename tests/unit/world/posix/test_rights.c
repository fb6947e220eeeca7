/* SPDX-License-Identifier: MIT */
#include "world/posix/posix.h"

#include "support/certificates.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#define ACCESS_LIST "system.posix_acl_access"
#define NOBODY 65534U

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

static void make(const char *name, unsigned mode)
{
	assert_int_equal(world.file_write(&world, dir, name, "x", 1, mode), 0);
}

static struct file_info info_of(const char *name)
{
	struct file_info info;

	assert_int_equal(world.file_info(&world, dir, name, false, &info), 0);
	return info;
}

static void path_of(char path[100], const char *name)
{
	assert_true(snprintf(path, 100, "%s/%s", root, name) < 100);
}

static void test_modes(void **state)
{
	static const unsigned modes[] = { 0600, 0640, 0644, 0400, 0755 };

	(void)state;
	make("to", 0600);
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		char name[10];

		snprintf(name, sizeof(name), "%zu", i);
		make(name, modes[i]);
		assert_int_equal(world.rights_copy(&world, dir, name, dir,
						   "to"), 0);
		assert_int_equal(info_of("to").mode, modes[i]);
	}
}

static void test_directories(void **state)
{
	int sub;

	(void)state;
	assert_int_equal(world.dir_make(&world, dir, "from", 0751), 0);
	assert_int_equal(world.dir_make(&world, dir, "to", 0700), 0);
	assert_int_equal(world.rights_copy(&world, dir, "from", dir, "to"), 0);
	assert_int_equal(info_of("to").mode, 0751);
	sub = world.dir_open(&world, dir, "to");
	assert_int_equal(world.dir_set_mode(&world, sub, 0700), 0);
	assert_int_equal(info_of("to").mode, 0700);
	assert_int_equal(world.rights_copy(&world, dir, "from", sub, "."), 0);
	assert_int_equal(info_of("to").mode, 0751);
	world.dir_close(&world, sub);
}

static void test_owner(void **state)
{
	char path[100];

	(void)state;
	if (geteuid() != 0)
		skip();
	make("from", 0640);
	make("to", 0600);
	path_of(path, "from");
	assert_int_equal(chown(path, NOBODY, NOBODY), 0);
	assert_int_equal(world.rights_copy(&world, dir, "from", dir, "to"), 0);
	assert_int_equal(info_of("to").uid, NOBODY);
	assert_int_equal(info_of("to").gid, NOBODY);
	assert_int_equal(info_of("to").mode, 0640);
}

/* rw for the owner, r for user 7, nothing for the group, mask r: version 2,
 * and then tag, rights and who, little-endian. */
static const unsigned char list[] = {
	2, 0, 0, 0,
	1, 0, 6, 0, 255, 255, 255, 255,
	2, 0, 4, 0, 7, 0, 0, 0,
	4, 0, 0, 0, 255, 255, 255, 255,
	16, 0, 4, 0, 255, 255, 255, 255,
	32, 0, 0, 0, 255, 255, 255, 255,
};

static void test_access_list(void **state)
{
	unsigned char found[100];
	char path[100];

	(void)state;
	make("from", 0600);
	make("to", 0600);
	path_of(path, "from");
	if (setxattr(path, ACCESS_LIST, list, sizeof(list), 0) != 0)
		skip();
	assert_int_equal(world.rights_copy(&world, dir, "from", dir, "to"), 0);
	path_of(path, "to");
	assert_int_equal(getxattr(path, ACCESS_LIST, found, sizeof(found)),
			 sizeof(list));
	assert_memory_equal(found, list, sizeof(list));
	assert_int_equal(info_of("to").mode, 0640);
	/* And back: what has none takes it away. */
	make("plain", 0600);
	assert_int_equal(world.rights_copy(&world, dir, "plain", dir, "to"),
			 0);
	assert_true(getxattr(path, ACCESS_LIST, found, sizeof(found)) < 0);
	assert_int_equal(info_of("to").mode, 0600);
}

static void expect_holders(const char *name, enum file_right right,
			   const char *want)
{
	struct file_holder *holders;
	char text[100] = "";
	size_t count, size = 0;

	assert_int_equal(world.file_holders(&world, dir, name, right, &holders,
					    &count), 0);
	for (size_t i = 0; i < count; i++)
		size += (size_t)snprintf(text + size, sizeof(text) - size,
			"%c%u ", holders[i].is_group ? 'g' : 'u',
			holders[i].id);
	assert_string_equal(text, want);
	free(holders);
}

static void test_readers(void **state)
{
	struct file_holder *holders;
	char path[100];
	size_t count;

	(void)state;
	if (geteuid() != 0)
		skip();
	make("file", 0640);
	path_of(path, "file");
	expect_holders("file", FILE_READ, "");
	assert_int_equal(chown(path, 0, NOBODY), 0);
	expect_holders("file", FILE_READ, "g65534 ");
	expect_holders("file", FILE_WRITE, "");
	assert_int_equal(chmod(path, 0624), 0);
	expect_holders("file", FILE_READ, "");
	expect_holders("file", FILE_WRITE, "g65534 ");
	assert_int_equal(world.file_holders(&world, dir, "none", FILE_READ,
					    &holders, &count), -ENOENT);
	assert_null(holders);
}

/* Of a list: rw for the owner, r for user 7, none for the file's group, r for
 * group 9, none for group 10, and what MASK lets through. */
static void write_list(const char *path, unsigned char group,
		       unsigned char mask)
{
	const unsigned char all[] = {
		2, 0, 0, 0,
		1, 0, 6, 0, 255, 255, 255, 255,
		2, 0, 4, 0, 7, 0, 0, 0,
		4, 0, group, 0, 255, 255, 255, 255,
		8, 0, 4, 0, 9, 0, 0, 0,
		8, 0, 3, 0, 10, 1, 0, 0,
		16, 0, mask, 0, 255, 255, 255, 255,
		32, 0, 0, 0, 255, 255, 255, 255,
	};

	assert_int_equal(setxattr(path, ACCESS_LIST, all, sizeof(all), 0), 0);
}

static void test_readers_by_list(void **state)
{
	char path[100];

	(void)state;
	make("file", 0600);
	path_of(path, "file");
	if (geteuid() != 0 ||
	    setxattr(path, ACCESS_LIST, list, sizeof(list), 0) != 0)
		skip();
	assert_int_equal(chown(path, 0, NOBODY), 0);
	expect_holders("file", FILE_READ, "u7 ");
	write_list(path, 0, 7);
	expect_holders("file", FILE_READ, "u7 g9 ");
	expect_holders("file", FILE_WRITE, "g266 ");
	write_list(path, 4, 4);
	expect_holders("file", FILE_READ, "u7 g65534 g9 ");
	/* The mode shows the mask, not what the group may. */
	write_list(path, 4, 2);
	expect_holders("file", FILE_READ, "");
}

/* A run at rest writes nothing, not even a time. */
static void test_same_is_left_alone(void **state)
{
	struct stat first, second;
	char path[100];

	(void)state;
	make("from", 0640);
	make("to", 0600);
	path_of(path, "from");
	setxattr(path, ACCESS_LIST, list, sizeof(list), 0);
	assert_int_equal(world.rights_copy(&world, dir, "from", dir, "to"), 0);
	path_of(path, "to");
	assert_int_equal(stat(path, &first), 0);
	assert_int_equal(world.rights_copy(&world, dir, "from", dir, "to"), 0);
	assert_int_equal(stat(path, &second), 0);
	assert_memory_equal(&first.st_ctim, &second.st_ctim,
			    sizeof(first.st_ctim));
}

static void test_errors(void **state)
{
	(void)state;
	make("from", 0640);
	make("to", 0600);
	assert_int_equal(world.link_make(&world, dir, "to", "link"), 0);
	assert_int_equal(world.rights_copy(&world, dir, "from", dir, "link"),
			 -ELOOP);
	assert_int_equal(world.rights_copy(&world, dir, "from", dir, "a/b"),
			 -EINVAL);
	assert_int_equal(world.rights_copy(&world, dir, "none", dir, "to"),
			 -ENOENT);
	assert_int_equal(world.rights_copy(&world, dir, "from", dir, "none"),
			 -ENOENT);
	assert_int_equal(info_of("to").mode, 0600);
	assert_int_equal(world.dir_set_mode(&world, 9999, 0700), -EBADF);
}

#define CASE(name) CASE_WITH(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(modes), CASE(directories), CASE(owner),
		CASE(access_list), CASE(readers),
		CASE(readers_by_list), CASE(same_is_left_alone), CASE(errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
