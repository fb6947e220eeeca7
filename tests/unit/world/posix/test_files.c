/* SPDX-License-Identifier: MIT */
#include "world/posix/posix.h"

#include "unit.h"
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* A world and an empty directory in it, for each test anew. */
static struct world world;
static char root[32];
static int dir;

static int setup(void **state)
{
	(void)state;
	umask(077);
	strncpy(root, "/tmp/alnitak-test-XXXXXX", sizeof(root) - 1);
	world_posix_open(&world);
	if (!mkdtemp(root))
		return -1;
	dir = world.dir_open(&world, WORLD_CWD, root);
	return dir >= 0 ? 0 : -1;
}

/* Everything that the tests leave, two levels deep at most. */
static int teardown(void **state)
{
	struct texts names;
	size_t i;
	int sub;

	(void)state;
	if (world.dir_list(&world, dir, &names) != 0)
		return -1;
	for (i = 0; i < names.count; i++) {
		sub = openat(dir, names.items[i], O_RDONLY | O_DIRECTORY |
			     O_NOFOLLOW);
		if (sub >= 0) {
			unlinkat(sub, "inner", 0);
			close(sub);
		}
		unlinkat(dir, names.items[i], sub >= 0 ? AT_REMOVEDIR : 0);
	}
	texts_clear(&names);
	world.dir_close(&world, dir);
	world_posix_close(&world);
	return rmdir(root);
}

static void assert_contents(int in, const char *name, const char *expected)
{
	struct file_info info;
	char *data;
	size_t size;

	assert_int_equal(world.file_read(&world, in, name, 100, &data, &size,
					 &info), 0);
	assert_int_equal(size, strlen(expected));
	assert_string_equal(data, expected);
	assert_int_equal(info.kind, FILE_REGULAR);
	assert_int_equal(info.size, size);
	free(data);
}

static void put(const char *name, const char *text)
{
	assert_int_equal(world.file_write(&world, dir, name, text,
					  strlen(text), 0600), 0);
}

TEST(write_and_read)
{
	struct file_info info;

	assert_int_equal(world.file_write(&world, dir, "a", "text", 4, 0644),
			 0);
	assert_contents(dir, "a", "text");
	assert_int_equal(world.file_info(&world, dir, "a", false, &info), 0);
	assert_int_equal(info.mode, 0644);
	assert_int_equal(info.uid, geteuid());
	assert_int_equal(world.file_write(&world, dir, "a", "other", 5, 0600),
			 -EEXIST);
	assert_contents(dir, "a", "text");
	put("empty", "");
	assert_contents(dir, "empty", "");
	assert_int_equal(world.file_remove(&world, dir, "a"), 0);
	assert_int_equal(world.file_remove(&world, dir, "a"), -ENOENT);
}

/* Whoever puts a file back may give it any other time, but not this one. */
TEST(changed)
{
	const struct timespec old[2] = { { .tv_sec = 1 }, { .tv_sec = 1 } };
	int64_t before_ms = (int64_t)time(NULL) * 1000 - 1000;
	struct timespec now;
	struct file_info info;

	put("back", "");
	assert_int_equal(utimensat(dir, "back", old, 0), 0);
	assert_int_equal(world.file_info(&world, dir, "back", false, &info),
			 0);
	assert_true(info.changed_ns >= before_ms * 1000000);
	/* time() may lag a tick behind. */
	assert_int_equal(clock_gettime(CLOCK_REALTIME, &now), 0);
	assert_true(info.changed_ns <=
		    ((int64_t)now.tv_sec + 1) * 1000000000);
	assert_int_equal(world.file_remove(&world, dir, "back"), 0);
}

/* In place of libc's: who is asked to write what to the disk. */
static unsigned synced_files, synced_directories;

int fsync(int fd)
{
	struct stat info;

	assert_int_equal(fstat(fd, &info), 0);
	synced_files += S_ISREG(info.st_mode) && info.st_size == 4;
	synced_directories += S_ISDIR(info.st_mode);
	return 0;
}

/* A name that is renamed into place must not lead to a file without its data
 * after a power cut, nor be lost. */
TEST(what_is_written_is_on_the_disk)
{
	synced_files = synced_directories = 0;
	put("a", "text");
	assert_int_equal(synced_files, 1);
	assert_int_equal(synced_directories, 1);
	assert_int_equal(world.dir_sync(&world, dir), 0);
	assert_int_equal(synced_files, 1);
	assert_int_equal(synced_directories, 2);
}

TEST(write_follows_no_link)
{
	struct file_info info;

	assert_int_equal(world.link_make(&world, dir, "target", "link"), 0);
	assert_int_equal(world.file_write(&world, dir, "link", "x", 1, 0600),
			 -EEXIST);
	assert_int_equal(world.file_info(&world, dir, "target", false, &info),
			 -ENOENT);
}

TEST(failed_write_leaves_nothing)
{
	struct rlimit limit, small;
	struct file_info info;
	static char data[10000];

	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &limit);
	small = limit;
	small.rlim_cur = 5000;
	setrlimit(RLIMIT_FSIZE, &small);
	assert_int_equal(world.file_write(&world, dir, "a", data,
					  sizeof(data), 0600), -EFBIG);
	setrlimit(RLIMIT_FSIZE, &limit);
	assert_int_equal(world.file_info(&world, dir, "a", false, &info),
			 -ENOENT);
}

TEST(append)
{
	struct file_info info;
	static const char *const bad[] = { "", "..", "a/b" };

	assert_int_equal(world.file_append(&world, dir, "log", "one\n", 4, 8),
			 0);
	assert_int_equal(world.file_append(&world, dir, "log", "two\n", 4, 8),
			 0);
	assert_int_equal(world.file_append(&world, dir, "log", "3", 1, 8),
			 -EFBIG);
	assert_contents(dir, "log", "one\ntwo\n");
	assert_int_equal(world.file_info(&world, dir, "log", false, &info), 0);
	assert_int_equal(info.mode, 0600);
	assert_int_equal(world.file_append(&world, dir, "log", "", 0, 7),
			 -EFBIG);
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_int_equal(world.file_append(&world, dir, bad[i], "x", 1,
						   8), -EINVAL);
}

TEST(append_only_to_files)
{
	put("target", "");
	assert_int_equal(world.link_make(&world, dir, "target", "link"), 0);
	assert_int_equal(world.file_append(&world, dir, "link", "x", 1, 8),
			 -ELOOP);
	assert_int_equal(mkfifoat(dir, "fifo", 0600), 0);
	assert_int_equal(world.file_append(&world, dir, "fifo", "x", 1, 8),
			 -EINVAL);
	assert_int_equal(world.file_append(&world, dir, "none/x", "x", 1, 8),
			 -EINVAL);
	assert_contents(dir, "target", "");
}

/* What does not fit on the disk is not there in part. */
TEST(append_all_or_nothing)
{
	struct rlimit limit, small;

	put("log", "one\n");
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	small = (struct rlimit){ .rlim_cur = 6, .rlim_max = limit.rlim_max };
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_int_equal(world.file_append(&world, dir, "log", "two\n", 4,
					   100), -EFBIG);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	assert_contents(dir, "log", "one\n");
}

TEST(read_limits)
{
	char *data = NULL;
	size_t size;

	put("a", "12345");
	assert_int_equal(world.file_read(&world, dir, "a", 4, &data, &size,
					 NULL), -EFBIG);
	assert_int_equal(world.file_read(&world, dir, "a", 5, &data, &size,
					 NULL), 0);
	assert_int_equal(size, 5);
	free(data);
	/* Its size is said to be 0, and it goes on for ever. */
	assert_int_equal(world.file_read(&world, WORLD_CWD,
					 "/proc/self/status", 10, &data,
					 &size, NULL), -EFBIG);
	assert_int_equal(world.file_read(&world, WORLD_CWD,
					 "/proc/self/status", 100000, &data,
					 &size, NULL), 0);
	assert_true(size > 100);
	assert_int_equal(strlen(data), size);
	free(data);
}

TEST(read_regular_files_only)
{
	char *data = NULL;
	size_t size;

	assert_int_equal(mkfifoat(dir, "fifo", 0600), 0);
	assert_int_equal(world.dir_make(&world, dir, "sub", 0700), 0);
	assert_int_equal(world.file_read(&world, dir, "fifo", 10, &data,
					 &size, NULL), -EINVAL);
	assert_int_equal(world.file_read(&world, dir, "sub", 10, &data,
					 &size, NULL), -EISDIR);
	assert_int_equal(world.file_read(&world, WORLD_CWD, "/dev/zero", 10,
					 &data, &size, NULL), -EINVAL);
	assert_int_equal(world.file_read(&world, dir, "none", 10, &data,
					 &size, NULL), -ENOENT);
	assert_null(data);
}

TEST(read_paths_and_links)
{
	int sub;

	assert_int_equal(world.dir_make(&world, dir, "sub", 0700), 0);
	sub = world.dir_open(&world, dir, "sub");
	assert_true(sub >= 0);
	assert_int_equal(world.file_write(&world, sub, "inner", "in", 2,
					  0600), 0);
	assert_int_equal(world.link_make(&world, dir, "sub/inner", "link"),
			 0);
	assert_contents(dir, "sub/inner", "in");
	assert_contents(dir, "link", "in");
	assert_contents(sub, "../link", "in");
	world.dir_close(&world, sub);
}

TEST(names_are_single_components)
{
	static const char *const names[] = { "", ".", "..", "/", "sub/a",
					     "/etc", "a/" };
	char *target;
	size_t i;

	put("a", "");
	for (i = 0; i < COUNT(names); i++) {
		const char *bad = names[i];

		assert_int_equal(world.dir_make(&world, dir, bad, 0700),
				 -EINVAL);
		assert_int_equal(world.dir_remove(&world, dir, bad), -EINVAL);
		assert_int_equal(world.file_write(&world, dir, bad, "", 0,
						  0600), -EINVAL);
		assert_int_equal(world.file_remove(&world, dir, bad), -EINVAL);
		assert_int_equal(world.link_read(&world, dir, bad, &target),
				 -EINVAL);
		assert_int_equal(world.link_make(&world, dir, "t", bad),
				 -EINVAL);
		assert_int_equal(world.link_hard(&world, dir, "a", dir, bad),
				 -EINVAL);
		assert_int_equal(world.rename(&world, dir, bad, "b"), -EINVAL);
		assert_int_equal(world.rename(&world, dir, "a", bad), -EINVAL);
		assert_int_equal(world.exchange(&world, dir, "a", bad),
				 -EINVAL);
		assert_int_equal(world.exchange(&world, dir, bad, "a"),
				 -EINVAL);
	}
}

TEST(paths_from_the_working_directory)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/a", root);
	assert_int_equal(world.file_write(&world, WORLD_CWD, path, "x", 1,
					  0600), 0);
	assert_contents(dir, "a", "x");
	assert_contents(WORLD_CWD, path, "x");
	assert_int_equal(world.file_remove(&world, WORLD_CWD, path), 0);
}

TEST(info_of_a_path)
{
	const struct timespec times[2] = { { 0, UTIME_NOW }, { 1000, 7 } };
	struct file_info info;

	assert_int_equal(utimensat(dir, ".", times, 0), 0);
	assert_int_equal(world.file_info(&world, dir, "./.", false, &info),
			 0);
	assert_int_equal(info.modified_ns, 1000 * INT64_C(1000000000) + 7);
}

TEST(info_tells_kinds)
{
	static const struct {
		const char *name;
		bool follow;
		enum file_kind kind;
	} cases[] = {
		{ "file", false, FILE_REGULAR },
		{ "sub", false, FILE_DIRECTORY },
		{ ".", false, FILE_DIRECTORY },
		{ "link", false, FILE_LINK },
		{ "link", true, FILE_REGULAR },
		{ "fifo", false, FILE_OTHER },
	};
	struct file_info info;
	size_t i;

	put("file", "12345");
	world.dir_make(&world, dir, "sub", 0700);
	world.link_make(&world, dir, "file", "link");
	mkfifoat(dir, "fifo", 0600);
	for (i = 0; i < COUNT(cases); i++) {
		assert_int_equal(world.file_info(&world, dir, cases[i].name,
						 cases[i].follow, &info), 0);
		assert_int_equal(info.kind, cases[i].kind);
	}
	assert_int_equal(world.file_info(&world, dir, "none", true, &info),
			 -ENOENT);
}

TEST(directories)
{
	struct file_info info;

	assert_int_equal(world.dir_make(&world, dir, "sub", 0755), 0);
	assert_int_equal(world.file_info(&world, dir, "sub", false, &info),
			 0);
	assert_int_equal(info.mode, 0755);
	assert_int_equal(world.dir_make(&world, dir, "sub", 0700), -EEXIST);
	put("file", "");
	assert_int_equal(world.dir_open(&world, dir, "file"), -ENOTDIR);
	assert_int_equal(world.dir_open(&world, dir, "none"), -ENOENT);
	assert_int_equal(world.dir_remove(&world, dir, "file"), -ENOTDIR);
	assert_int_equal(world.dir_sync(&world, dir), 0);
	assert_int_equal(world.dir_sync(&world, 9999), -EBADF);
	assert_int_equal(world.dir_remove(&world, dir, "sub"), 0);
	assert_int_equal(world.dir_remove(&world, dir, "sub"), -ENOENT);
}

TEST(list_is_sorted)
{
	static const char *const sorted[] = { ".hidden", "B", "a", "a.b",
					      "a10", "a9" };
	struct texts names;
	size_t i;

	assert_int_equal(world.dir_list(&world, dir, &names), 0);
	assert_int_equal(names.count, 0);
	texts_clear(&names);
	for (i = COUNT(sorted); i > 0; i--)
		put(sorted[i - 1], "");
	assert_int_equal(world.dir_list(&world, dir, &names), 0);
	assert_int_equal(names.count, COUNT(sorted));
	for (i = 0; i < COUNT(sorted); i++)
		assert_string_equal(names.items[i], sorted[i]);
	texts_clear(&names);
	assert_int_equal(names.count, 0);
	assert_int_equal(world.dir_list(&world, 9999, &names), -EBADF);
	texts_clear(&names);
}

TEST(links)
{
	char longest[4095], *target;

	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(world.link_make(&world, dir, "../a b", "link"), 0);
	assert_int_equal(world.link_make(&world, dir, "x", "link"), -EEXIST);
	assert_int_equal(world.link_read(&world, dir, "link", &target), 0);
	assert_string_equal(target, "../a b");
	free(target);
	assert_int_equal(world.link_make(&world, dir, longest, "long"), 0);
	assert_int_equal(world.link_read(&world, dir, "long", &target), 0);
	assert_string_equal(target, longest);
	free(target);
	put("file", "");
	assert_int_equal(world.link_read(&world, dir, "file", &target),
			 -EINVAL);
	assert_int_equal(world.link_read(&world, dir, "none", &target),
			 -ENOENT);
}

TEST(hard_links_follow)
{
	struct file_info file, link;
	char path[64];

	put("file", "text");
	world.link_make(&world, dir, "file", "soft");
	assert_int_equal(world.link_hard(&world, dir, "soft", dir, "hard"),
			 0);
	world.file_info(&world, dir, "file", false, &file);
	world.file_info(&world, dir, "hard", false, &link);
	assert_int_equal(file.inode, link.inode);
	snprintf(path, sizeof(path), "%s/file", root);
	assert_int_equal(world.link_hard(&world, WORLD_CWD, path, dir,
					 "third"), 0);
	assert_int_equal(world.link_hard(&world, dir, "soft", dir, "hard"),
			 -EEXIST);
	assert_true(world.link_hard(&world, WORLD_CWD, "/proc/version", dir,
				    "alien") < 0);
}

TEST(rename_and_exchange)
{
	int result;

	put("a", "A");
	put("b", "B");
	result = world.exchange(&world, dir, "a", "b");
	if (result != -EINVAL) {
		assert_int_equal(result, 0);
		assert_contents(dir, "a", "B");
		assert_contents(dir, "b", "A");
	}
	assert_int_equal(world.exchange(&world, dir, "a", "none"), -ENOENT);
	assert_int_equal(world.rename(&world, dir, "none", "a"), -ENOENT);
	put("c", "C");
	assert_int_equal(world.rename(&world, dir, "c", "a"), 0);
	assert_contents(dir, "a", "C");
}

#define CASE(name) CASE_WITH(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(write_and_read),
		CASE(changed),
		CASE(what_is_written_is_on_the_disk),
		CASE(write_follows_no_link),
		CASE(failed_write_leaves_nothing),
		CASE(append),
		CASE(append_only_to_files),
		CASE(append_all_or_nothing),
		CASE(read_limits),
		CASE(read_regular_files_only),
		CASE(read_paths_and_links),
		CASE(names_are_single_components),
		CASE(paths_from_the_working_directory),
		CASE(info_tells_kinds),
		CASE(info_of_a_path),
		CASE(directories),
		CASE(list_is_sorted),
		CASE(links),
		CASE(hard_links_follow),
		CASE(rename_and_exchange),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
