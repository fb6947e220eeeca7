/* SPDX-License-Identifier: MIT */
#include "command/rights.h"

#include "base/xalloc.h"
#include "support/run.h"

#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#define GROUP 4242
/* Where the live links of the host lead. */
#define ARCHIVE "etc/letsencrypt/archive/" NAME
#define KEY ARCHIVE "/privkey1.pem"

static struct host *host;
static struct texts folders;

static char *path_of(const char *rest)
{
	return xasprintf("%s/%s", host->fixture->root, rest);
}

static void set_mode(const char *rest, unsigned mode)
{
	char *path = path_of(rest);

	assert_int_equal(chmod(path, mode), 0);
	free(path);
}

static int open_all(void **state)
{
	static const char *const open[] = {
		"etc", "etc/letsencrypt", "etc/letsencrypt/archive", ARCHIVE,
		"etc/alnitak", "etc/alnitak/dane", "state",
	};

	/* The ways begin at the root of the file system: others can go to /tmp,
	 * wherever the other tests have their files. */
	assert_int_equal(setenv("TMPDIR", "/tmp", 1), 0);
	host_open(state);
	host = *state;
	/* mkdtemp() lets nobody else in. */
	assert_int_equal(chmod(host->fixture->root, 0755), 0);
	for (size_t i = 0; i < sizeof(open) / sizeof(open[0]); i++)
		set_mode(open[i], 0755);
	return 0;
}

static void set_group(const char *rest)
{
	char *path = path_of(rest);

	assert_int_equal(chown(path, (uid_t)-1, GROUP), 0);
	free(path);
}

static bool test_it(void)
{
	bool ok = rights_test_lineage(&host->fixture->real_lineage, &folders);

	texts_clear(&folders);
	return ok;
}

TEST(keys_that_others_read)
{
	set_mode(KEY, 0600);
	assert_true(test_it());
	set_mode(KEY, 0644);
	assert_false(test_it());
	/* certbot's archive was closed when its keys were not. */
	set_mode("etc/letsencrypt/archive", 0700);
	assert_true(test_it());
	set_mode(KEY, 0620);
	assert_false(test_it());
	set_mode(KEY, 0602);
	assert_false(test_it());
}

TEST(directories_that_others_write)
{
	static const char *const parts[] = {
		ARCHIVE, "etc/letsencrypt/archive", "etc",
	};

	set_mode(KEY, 0600);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		assert_true(test_it());
		set_mode(parts[i], 0777);
		assert_false(test_it());
		assert_int_equal(rights_test(&host->fixture->real,
					     &host->config), i < 2);
		set_mode(parts[i], 0755);
	}
}

/* A service of GROUP, to which the operator opened the archive. */
TEST(ways_of_a_group)
{
	static const char *const closed[] = {
		ARCHIVE, "etc/letsencrypt", "etc/alnitak/dane",
		"state", "state/held", ("state/held/" NAME),
	};

	if (geteuid() != 0)
		skip();
	test_file_write(host->fixture->root, "state/held/" NAME "/x", "");
	set_mode(KEY, 0640);
	set_group(KEY);
	set_mode("state", 0711);
	set_mode("state/held", 0711);
	set_mode("state/held/" NAME, 0755);
	assert_true(test_it());
	for (size_t i = 0; i < sizeof(closed) / sizeof(closed[0]); i++) {
		set_mode(closed[i], 0700);
		assert_false(test_it());
		set_mode(closed[i], 0710);
		assert_false(test_it());
		set_group(closed[i]);
		assert_true(test_it());
		set_mode(closed[i], 0711);
	}
}

/* rw for the owner, RIGHTS for the user USER, and none for the group. */
static bool write_list(const char *rest, unsigned char rights)
{
	const unsigned char list[] = {
		2, 0, 0, 0,
		1, 0, 7, 0, 255, 255, 255, 255,
		2, 0, rights, 0, 0xfe, 0xff, 0, 0,
		4, 0, 0, 0, 255, 255, 255, 255,
		16, 0, rights, 0, 255, 255, 255, 255,
		32, 0, 0, 0, 255, 255, 255, 255,
	};
	char *path = path_of(rest);
	bool ok = setxattr(path, "system.posix_acl_access", list, sizeof(list),
			   0) == 0;

	free(path);
	return ok;
}

/* Of the user "nobody", whom access lists let in, and the kernel with them. */
TEST(ways_of_a_user)
{
	if (geteuid() != 0 || !write_list(KEY, 4))
		skip();
	assert_true(test_it());
	set_mode(ARCHIVE, 0700);
	assert_false(test_it());
	assert_true(write_list(ARCHIVE, 1));
	assert_true(test_it());
	/* For all others is not for those that are named. */
	assert_true(write_list("etc/letsencrypt/archive", 4));
	assert_false(test_it());
	assert_true(write_list("etc/letsencrypt/archive", 1));
	assert_true(test_it());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, open_all, host_close)
		CASE(keys_that_others_read),
		CASE(directories_that_others_write),
		CASE(ways_of_a_group),
		CASE(ways_of_a_user),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
