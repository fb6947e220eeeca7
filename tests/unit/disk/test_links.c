/* SPDX-License-Identifier: MIT */
#include "disk/links.h"

#include "base/xalloc.h"
#include "support/links.h"

static unsigned mode_of(struct fixture *fixture, const char *name)
{
	struct file_info info;

	assert_int_equal(fixture->real.file_info(
		&fixture->real, fixture->places.dane, name, true, &info), 0);
	return info.mode;
}

/* A run that was killed before the disk had it all left that to the next. */
static void test_syncs_what_is_there(void **state)
{
	struct fixture *fixture = *state;

	assert_switches(fixture, &fixture_one);
	fixture->faults.unsynced = 1;
	assert_switches(fixture, &fixture_one);
}

/* Where a command was killed within a switch, and only there. */
static void test_secures_what_was_interrupted(void **state)
{
	struct fixture *fixture = *state;

	assert_switches(fixture, &fixture_one);
	fixture->faults.unsynced = 1;
	assert_int_equal(links_secure(&fixture->lineage), 0);
	assert_int_equal(fixture->faults.unsynced, 1);
	test_link_write(fixture->dane_path, "." NAME ".new/chain.pem", "x");
	assert_int_equal(links_secure(&fixture->lineage), 0);
	assert_int_equal(fixture->faults.unsynced, 0);
	fixture->faults.failing = fixture->faults.calls + 3;
	assert_int_equal(links_secure(&fixture->lineage), -EIO);
}

/* Nothing to secure yet, though an earlier attempt was made. */
static void test_secures_nothing(void **state)
{
	struct fixture *fixture = *state;

	test_link_write(fixture->dane_path, "." NAME ".new/chain.pem", "x");
	assert_int_equal(links_secure(&fixture->lineage), 0);
	fixture->lineage.name = "a/b";
	assert_int_equal(links_secure(&fixture->lineage), -EINVAL);
}

/* All places in a row, each twice. */
static void check_switches(struct fixture *fixture)
{
	const struct links held = { .place = LINKS_HELD,
				    .held = fixture->version[1],
				    .files = FOUR };
	char *detail;

	assert_int_equal(held_add(&fixture->real_lineage, 1,
				    &fixture->version[1], FOUR, &detail), 0);
	for (int i = 0; i < 2; i++) {
		assert_switches(fixture, &fixture_rest);
		assert_served(fixture, 2);
		assert_switches(fixture, &fixture_one);
		assert_switches(fixture, &fixture_one);
		assert_served(fixture, 1);
		assert_switches(fixture, &fixture_two);
		assert_served(fixture, 2);
		assert_switches(fixture, &held);
		assert_served(fixture, 1);
	}
	assert_entries(fixture, fixture->places.dane, NAME);
	assert_int_equal(mode_of(fixture, NAME), 0755);
}

static void test_switches(void **state)
{
	check_switches(*state);
}

static void test_switches_without_exchange(void **state)
{
	struct fixture *fixture = *state;

	fixture->faults.exchange_error = -EINVAL;
	check_switches(fixture);
}

/* Overlay file systems say EXDEV, FUSE EINVAL, old kernels ENOSYS. */
static void test_switches_whatever_exchange_says(void **state)
{
	for (int number = 1; number < 134; number++) {
		struct fixture *fixture;

		assert_int_equal(fixture_open(state), 0);
		fixture = *state;
		assert_switches(fixture, &fixture_one);
		fixture->faults.exchange_error = -number;
		assert_switches(fixture, &fixture_two);
		assert_true(fixture->faults.exchange_failed);
		assert_served(fixture, 2);
		assert_entries(fixture, fixture->places.dane, NAME);
		assert_int_equal(fixture_close(state), 0);
	}
}

static int refuse_link(struct world *world, int dir, const char *target,
		       const char *name)
{
	struct faults *faults = world->self;

	if (faults->exchange_failed && streq(name, ".privkey.pem.new"))
		return -ENOSPC;
	return faults->real->link_make(faults->real, dir, target, name);
}

/* What hinders both ways: the second one tells, and no link has moved. */
static void test_neither_way(void **state)
{
	struct fixture *fixture = *state;
	char *detail;

	assert_switches(fixture, &fixture_one);
	fixture->faults.exchange_error = -EXDEV;
	fixture->world.link_make = refuse_link;
	assert_int_equal(switch_to(fixture, &fixture_two, &detail), -ENOSPC);
	assert_non_null(strstr(detail, "cannot make"));
	assert_non_null(strstr(detail, strerror(ENOSPC)));
	free(detail);
	assert_links(fixture, &fixture_one);
}

/* The texts are those of the layout that is promised. */
static void test_layout(void **state)
{
	struct fixture *fixture = *state;
	char *text;
	int dir;

	assert_switches(fixture, &fixture_rest);
	dir = fixture->real.dir_open(&fixture->real, fixture->places.dane,
				     NAME);
	assert_entries(fixture, dir,
		       "cert.pem chain.pem fullchain.pem privkey.pem");
	assert_int_equal(fixture->real.link_read(&fixture->real, dir,
						 "cert.pem", &text), 0);
	assert_string_equal(text, "../../../letsencrypt/live/" NAME
			    "/cert.pem");
	free(text);
	fixture->real.dir_close(&fixture->real, dir);
	assert_switches(fixture, &fixture_one);
	dir = fixture->real.dir_open(&fixture->real, fixture->places.dane,
				     NAME);
	assert_int_equal(fixture->real.link_read(&fixture->real, dir,
						 "privkey.pem", &text), 0);
	assert_string_equal(text, "../../../letsencrypt/archive/" NAME
			    "/privkey1.pem");
	free(text);
	fixture->real.dir_close(&fixture->real, dir);
}

/* A link that works is never changed for one that leads nowhere. */
static void check_dangling(struct fixture *fixture)
{
	const struct links nine = { .place = LINKS_ARCHIVE, .number = 9,
				    .files = FOUR };
	char *detail;

	assert_switches(fixture, &fixture_one);
	assert_int_not_equal(switch_to(fixture, &nine, &detail), 0);
	assert_non_null(strstr(detail, "stay as they were"));
	free(detail);
	assert_links(fixture, &fixture_one);
	assert_served(fixture, 1);
	assert_switches(fixture, &fixture_two);
	assert_entries(fixture, fixture->places.dane, NAME);
}

static void test_dangling(void **state)
{
	struct fixture *fixture = *state;

	check_dangling(fixture);
	fixture->faults.exchange_error = -EINVAL;
	check_dangling(fixture);
}

/* dane_directory by way of a symbolic link at another depth. */
static void test_path_with_links(void **state)
{
	struct fixture *fixture = *state;
	char *path = xasprintf("%s/shortcut", fixture->root), *detail;

	test_link_write(fixture->root, "shortcut", "etc/alnitak/dane");
	fixture->places.dane_path = path;
	assert_int_not_equal(switch_to(fixture, &fixture_one, &detail), 0);
	assert_non_null(strstr(detail, "without symbolic links"));
	free(detail);
	free(path);
}

static void test_unfit_name(void **state)
{
	struct fixture *fixture = *state;
	char *detail;

	fixture->lineage.name = "../x";
	assert_int_equal(switch_to(fixture, &fixture_rest, &detail), -EINVAL);
	assert_null(detail);
	links_sweep(&fixture->lineage);
	assert_int_equal(fixture->faults.calls, 0);
}

/* ---- What others made -------------------------------------------------- */

static void test_foreign_directory(void **state)
{
	struct fixture *fixture = *state;

	write_foreign(fixture);
	assert_switches(fixture, &fixture_two);
	assert_entries(fixture, fixture->places.dane,
		       "." NAME ".old-1 " NAME);
	assert_kept(fixture, "." NAME ".old-1/privkey.pem", "my key");
	assert_kept(fixture, "." NAME ".old-1/combined.pem", "my file");
	assert_switches(fixture, &fixture_one);
	test_file_write(fixture->dane_path, NAME "/combined.pem", "again");
	assert_switches(fixture, &fixture_two);
	assert_kept(fixture, "." NAME ".old-2/combined.pem", "again");
}

static void test_foreign_without_exchange(void **state)
{
	struct fixture *fixture = *state;

	fixture->faults.exchange_error = -EINVAL;
	write_foreign(fixture);
	assert_switches(fixture, &fixture_two);
	assert_kept(fixture, "." NAME ".old-1/privkey.pem", "my key");
	assert_kept(fixture, "." NAME ".old-1/combined.pem", "my file");
	assert_entries(fixture, fixture->places.dane,
		       "." NAME ".old-1 " NAME);
}

static void test_foreign_file(void **state)
{
	struct fixture *fixture = *state;
	const struct links foreign = { .place = LINKS_FOREIGN };
	char *detail;

	test_file_write(fixture->dane_path, NAME, "a file");
	fixture->faults.exchange_error = -EINVAL;
	assert_int_equal(switch_to(fixture, &fixture_two, &detail), -ENOTDIR);
	assert_non_null(detail);
	free(detail);
	assert_links(fixture, &foreign);
	fixture->faults.exchange_error = 0;
	assert_switches(fixture, &fixture_two);
	assert_kept(fixture, "." NAME ".old-1", "a file");
}

/* A directory link that somebody made is moved, not followed. */
static void test_foreign_directory_link(void **state)
{
	struct fixture *fixture = *state;
	char *target;

	test_link_write(fixture->dane_path, NAME,
			"../../letsencrypt/live/" NAME);
	assert_switches(fixture, &fixture_one);
	assert_int_equal(fixture->real.link_read(
		&fixture->real, fixture->places.dane, "." NAME ".old-1",
		&target), 0);
	assert_string_equal(target, "../../letsencrypt/live/" NAME);
	free(target);
}

static void test_sweep(void **state)
{
	struct fixture *fixture = *state;
	char *detail;

	assert_switches(fixture, &fixture_one);
	test_link_write(fixture->dane_path, NAME "/.cert.pem.new", "x");
	test_link_write(fixture->dane_path, "." NAME ".new/chain.pem",
			"../../../letsencrypt/live/" NAME "/chain.pem");
	links_sweep(&fixture->real_lineage);
	assert_entries(fixture, fixture->places.dane, NAME);
	test_file_write(fixture->dane_path, "." NAME ".new/mine", "kept");
	links_sweep(&fixture->real_lineage);
	assert_kept(fixture, "." NAME ".old-1/mine", "kept");
	assert_int_equal(switch_to(fixture, &fixture_one, &detail), 0);
	assert_served(fixture, 1);
}

#define CASE(name) CASE_WITH(name, fixture_open, fixture_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(switches), CASE(switches_without_exchange),
		cmocka_unit_test(test_switches_whatever_exchange_says),
		CASE(neither_way),
		CASE(syncs_what_is_there),
		CASE(secures_what_was_interrupted),
		CASE(secures_nothing), CASE(layout),
		CASE(dangling),
		CASE(path_with_links), CASE(unfit_name),
		CASE(foreign_directory),
		CASE(foreign_without_exchange), CASE(foreign_file),
		CASE(foreign_directory_link), CASE(sweep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
