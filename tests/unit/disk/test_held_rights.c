/* SPDX-License-Identifier: MIT */
#include "disk/held_internal.h"

#include "base/xalloc.h"
#include "support/links.h"

#include <sys/stat.h>

static void set_mode(struct fixture *fixture, int at, const char *path,
		     unsigned mode)
{
	int dir = fixture->real.dir_open(&fixture->real, at, path);

	assert_true(dir >= 0);
	assert_int_equal(fixture->real.dir_set_mode(&fixture->real, dir, mode),
			 0);
	fixture->real.dir_close(&fixture->real, dir);
}

/* Of held, held/NAME or of version 1 in there. */
static unsigned mode_of(struct fixture *fixture, const char *path)
{
	char *full = xasprintf("%s/%s", fixture->state_path, path);
	struct file_info info;

	assert_int_equal(fixture->real.file_info(&fixture->real, WORLD_CWD,
						 full, false, &info), 0);
	free(full);
	return info.mode;
}

static unsigned version_mode(struct fixture *fixture, const char *file)
{
	char hex[FINGERPRINT_TEXT_SIZE];
	char *path = xasprintf("held/" NAME "/%s%s",
			       fingerprint_format(&fixture->version[1], hex),
			       file);
	unsigned mode = mode_of(fixture, path);

	free(path);
	return mode;
}

/* Both gates of the archive have their like: who could not come through one
 * there must not be able to here. */
static void test_follows_the_archive(void **state)
{
	struct fixture *fixture = *state;
	int letsencrypt = fixture->places.letsencrypt;

	set_mode(fixture, letsencrypt, "archive", 0700);
	set_mode(fixture, letsencrypt, "archive/" NAME, 0755);
	fixture_whole(fixture, 1, 1);
	assert_int_equal(mode_of(fixture, "held"), 0711);
	assert_int_equal(mode_of(fixture, "held/" NAME), 0700);
	assert_int_equal(version_mode(fixture, ""), 0755);
	/* The operator opens it, as certbot's manual says. */
	set_mode(fixture, letsencrypt, "archive", 0750);
	set_mode(fixture, letsencrypt, "archive/" NAME, 0710);
	held_mend(&fixture->real_lineage);
	assert_int_equal(mode_of(fixture, "held/" NAME), 0750);
	assert_int_equal(version_mode(fixture, ""), 0710);
}

/* Another may read the key now, and so it may read what has it inside. */
static void test_combined_follows_its_key(void **state)
{
	struct fixture *fixture = *state;
	char *key = xasprintf("%s/archive/" NAME "/privkey1.pem",
			      fixture->letsencrypt_path);

	fixture_whole(fixture, 1, 1);
	assert_int_equal(chmod(key, 0640), 0);
	assert_int_not_equal(version_mode(fixture, "/combined.pem"), 0640);
	held_mend(&fixture->real_lineage);
	assert_int_equal(version_mode(fixture, "/combined.pem"), 0640);
	free(key);
}

/* As older programs made it. */
static void test_mends(void **state)
{
	struct fixture *fixture = *state;
	struct links one = fixture_whole(fixture, 1, 1);

	set_mode(fixture, fixture->places.state, "held", 0700);
	set_mode(fixture, fixture->places.state, "held/" NAME, 0700);
	set_mode(fixture, fixture->places.letsencrypt, "archive", 0755);
	held_mend(&fixture->real_lineage);
	assert_int_equal(mode_of(fixture, "held"), 0711);
	assert_int_equal(mode_of(fixture, "held/" NAME), 0755);
	set_mode(fixture, fixture->places.state, "held", 0700);
	assert_int_equal(held_add(&fixture->real_lineage, 1, &one.combined,
				  FOUR, &(char *){ NULL }), 0);
	assert_int_equal(mode_of(fixture, "held"), 0711);
}

/* With the archive gone it stays as it was. */
static void test_without_archive(void **state)
{
	struct fixture *fixture = *state;
	int letsencrypt = fixture->places.letsencrypt;

	set_mode(fixture, letsencrypt, "archive", 0751);
	set_mode(fixture, letsencrypt, "archive/" NAME, 0750);
	fixture_whole(fixture, 1, 1);
	assert_int_equal(fixture->real.rename(&fixture->real, letsencrypt,
					      "archive", "gone"), 0);
	held_mend(&fixture->real_lineage);
	assert_int_equal(mode_of(fixture, "held/" NAME), 0751);
	assert_int_equal(version_mode(fixture, ""), 0750);
}

/* Nothing is held, and nothing is made. */
static void test_nothing(void **state)
{
	struct fixture *fixture = *state;

	held_mend(&fixture->real_lineage);
	assert_entries(fixture, fixture->places.state, "");
}

/* A copy is as the archive's file is, and not only a hard link. */
static void test_copies(void **state)
{
	struct fixture *fixture = *state;
	char *key = xasprintf("%s/archive/" NAME "/privkey1.pem",
			      fixture->letsencrypt_path);
	struct file_info info;
	char *detail;

	fixture->faults.link_error = -EXDEV;
	assert_int_equal(fixture->real.file_info(&fixture->real, WORLD_CWD,
						 key, true, &info), 0);
	free(key);
	assert_int_equal(held_add(&fixture->lineage, 1, &fixture->version[1],
				  PEM_ALL_LINKS, &detail), 0);
	assert_int_equal(version_mode(fixture, "/privkey.pem"), info.mode);
	assert_int_equal(version_mode(fixture, "/combined.pem"), info.mode);
}

/* What cannot be given is told, and no reason not to hold. */
static int refuse(struct world *world, int from_dir, const char *from,
		  int dir, const char *name)
{
	(void)world;
	(void)from_dir;
	(void)from;
	(void)dir;
	(void)name;
	return -EPERM;
}

static void test_refused(void **state)
{
	struct fixture *fixture = *state;
	char *detail;

	fixture->world.rights_copy = refuse;
	assert_int_equal(held_add(&fixture->lineage, 1, &fixture->version[1],
				  PEM_ALL_LINKS, &detail), 0);
	assert_int_equal(version_mode(fixture, ""), 0700);
	assert_int_equal(version_mode(fixture, "/combined.pem"), 0600);
	held_mend(&fixture->lineage);
}

#define CASE(name) CASE_WITH(name, fixture_open, fixture_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(follows_the_archive), CASE(combined_follows_its_key),
		CASE(mends), CASE(without_archive), CASE(nothing),
		CASE(copies), CASE(refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
