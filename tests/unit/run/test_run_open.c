/* SPDX-License-Identifier: MIT */
#include "run/run.h"

#include "base/log.h"
#include "base/xalloc.h"
#include "support/capture.h"
#include "support/run.h"

#include <sys/stat.h>

static struct host *host;

static int open_all(void **state)
{
	host_open(state);
	host = *state;
	return 0;
}

static enum exit_status open_and_close(const char *command,
				       enum run_manner manner)
{
	struct pass pass;
	enum exit_status status = run_open(&pass, &host->world, &host->config,
					   called(command), manner);

	run_close(&pass);
	assert_false(host->locked);
	return status;
}

TEST(directories_are_made)
{
	char *paths[] = {
		xasprintf("%s/new-state", host->fixture->root),
		xasprintf("%s/new-dane", host->fixture->root),
	};
	struct stat info;

	host->config.state_directory = paths[0];
	host->config.dane_directory = paths[1];
	assert_int_equal(open_and_close("status", RUN_DRY),
			 EXIT_STATE);
	assert_int_not_equal(stat(paths[0], &info), 0);
	assert_int_equal(open_and_close("init", RUN_PLAIN), EXIT_DONE);
	assert_int_equal(stat(paths[0], &info), 0);
	assert_int_equal(info.st_mode & 0777, 0711);
	assert_int_equal(stat(paths[1], &info), 0);
	assert_int_equal(info.st_mode & 0777, 0755);
	free(paths[0]);
	free(paths[1]);
}

/* What the last command did may be seen, and yet not be on the disk. */
TEST(secures_the_disk)
{
	struct faults *faults = &host->fixture->faults;

	assert_int_equal(open_and_close("run", RUN_PLAIN), EXIT_DONE);
	faults->unsynced = 1;
	assert_int_equal(open_and_close("status", RUN_DRY), EXIT_DONE);
	assert_int_equal(faults->unsynced, 1);
	assert_int_equal(open_and_close("run", RUN_PLAIN), EXIT_DONE);
	assert_int_equal(faults->unsynced, 0);
}

static int sync_fails(struct world *world, int dir)
{
	(void)world;
	(void)dir;
	return -EIO;
}

TEST(disk_not_secured)
{
	assert_int_equal(open_and_close("run", RUN_PLAIN), EXIT_DONE);
	host->world.dir_sync = sync_fails;
	assert_int_equal(open_and_close("run", RUN_PLAIN), EXIT_STATE);
	assert_int_equal(open_and_close("status", RUN_DRY), EXIT_DONE);
}

TEST(no_letsencrypt)
{
	host->config.letsencrypt_directory = lent("/nowhere/at/all");
	assert_int_equal(open_and_close("run", RUN_PLAIN), EXIT_STATE);
}

static unsigned owner_of_state;

static int info_of_another(struct world *world, int dir, const char *name,
			   bool follow, struct file_info *info)
{
	struct faults *faults = world->self;
	int error = faults->real->file_info(faults->real, dir, name, follow,
					    info);

	if (streq(name, host->fixture->state_path))
		info->uid = owner_of_state;
	return error;
}

TEST(state_that_others_can_write)
{
	assert_int_equal(chmod(host->fixture->state_path, 0770), 0);
	assert_int_equal(open_and_close("run", RUN_PLAIN), EXIT_STATE);
	assert_int_equal(chmod(host->fixture->state_path, 0755), 0);
	assert_int_equal(open_and_close("run", RUN_PLAIN), EXIT_DONE);
	/* Another user's, then root's. */
	owner_of_state = host->world.uid + 1;
	host->world.file_info = info_of_another;
	assert_int_equal(open_and_close("run", RUN_PLAIN), EXIT_STATE);
	owner_of_state = 0;
	assert_int_equal(open_and_close("run", RUN_PLAIN), EXIT_DONE);
}

static void try_mode(const char *path, unsigned mode, enum exit_status want)
{
	assert_int_equal(chmod(path, mode), 0);
	assert_int_equal(open_and_close("run", RUN_PLAIN), want);
	assert_int_equal(open_and_close("status", RUN_DRY), want);
	assert_int_equal(chmod(path, 0755), 0);
	assert_int_equal(open_and_close("run", RUN_PLAIN), EXIT_DONE);
}

TEST(what_others_can_change)
{
	char *way = xasprintf("%s/way", host->fixture->root);
	char *included[] = { xasprintf("%s/more/x.conf", host->fixture->root),
			     xasprintf("%s/more", host->fixture->root) };

	/* Each file that is included, and the way to it. */
	test_file_write(host->fixture->root, "more/x.conf", "");
	host->config.included = (struct texts){ included, 1 };
	try_mode(included[0], 0775, EXIT_CONFIG);
	try_mode(included[0], 0757, EXIT_CONFIG);
	try_mode(included[1], 0777, EXIT_CONFIG);
	host->config.included.count = 0;
	free(included[0]);
	free(included[1]);
	test_file_write(host->fixture->root, "way/alnitak.conf", "");
	host->config.path = xasprintf("%s/alnitak.conf", way);
	try_mode(host->config.path, 0775, EXIT_CONFIG);
	try_mode(host->config.path, 0757, EXIT_CONFIG);
	try_mode(way, 0777, EXIT_CONFIG);
	try_mode(way, 01777, EXIT_DONE);
	try_mode(host->fixture->letsencrypt_path, 0757, EXIT_STATE);
	try_mode(host->fixture->dane_path, 01777, EXIT_STATE);
	try_mode(host->fixture->dane_path, 0775, EXIT_STATE);
	free(host->config.path);
	host->config.path = lent("alnitak.conf");
	free(way);
}

/* The timer yields at once, hooks wait, and pre longer than any pass. */
TEST(lock)
{
	open_and_close("run", RUN_PLAIN);
	assert_int_equal(host->lock_wait_ms, 0);
	open_and_close("deploy", RUN_PLAIN);
	assert_between(host->lock_wait_ms, 1000, 60000);
	open_and_close("pre", RUN_PLAIN);
	assert_true(host->lock_wait_ms > 300000);
	host->lock_error = -EAGAIN;
	assert_int_equal(open_and_close("run", RUN_PLAIN), EXIT_BUSY);
	assert_int_equal(open_and_close("status", RUN_DRY),
			 EXIT_DONE);
	host->lock_error = -ENOLCK;
	assert_int_equal(open_and_close("run", RUN_PLAIN), EXIT_STATE);
}

/* From before the states are read until all is done. */
TEST(lock_is_kept)
{
	struct pass pass;

	assert_int_equal(run_open(&pass, &host->world, &host->config,
				  called("run"), RUN_PLAIN), EXIT_DONE);
	assert_true(host->locked);
	run_pass(&pass);
	assert_true(host->locked);
	run_close(&pass);
	assert_false(host->locked);
}

TEST(rights)
{
	static const struct {
		const char *command;
		bool follow, pin, local_only, recreate;
		enum rest_right rest;
	} rows[] = {
		{ "run", true, false, false, false,
		  REST_UNLESS_CERTBOT },
		{ "run", false, true, false, false,
		  REST_UNLESS_CERTBOT },
		{ "pre", true, true, true, false, REST_UNLESS_CERTBOT },
		{ "deploy", true, false, false, false, REST_NEVER },
		{ "post", true, false, false, false, REST_ALWAYS },
		{ "init", true, false, true, true, REST_UNLESS_CERTBOT },
		{ "init", false, true, true, true, REST_UNLESS_CERTBOT },
	};

	setenv("RENEWED_DOMAINS", NAME, 1);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pass pass;

		host->config.follow_live = rows[i].follow;
		assert_int_equal(run_open(&pass, &host->world, &host->config,
					  called(rows[i].command), RUN_PLAIN),
				 EXIT_DONE);
		assert_int_equal(pass.source.pin, rows[i].pin);
		assert_int_equal(pass.source.local_only, rows[i].local_only);
		assert_int_equal(pass.source.recreate, rows[i].recreate);
		assert_int_equal(pass.source.rest, rows[i].rest);
		/* Later hooks inherit what was said to deploy. */
		assert_int_equal(pass.source.renewed.domains != NULL,
				 streq(rows[i].command, "deploy"));
		run_close(&pass);
	}
	unsetenv("RENEWED_DOMAINS");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, open_all, host_close)
		CASE(directories_are_made),
		CASE(secures_the_disk),
		CASE(disk_not_secured),
		CASE(no_letsencrypt),
		CASE(state_that_others_can_write),
		CASE(what_others_can_change),
		CASE(lock),
		CASE(lock_is_kept),
		CASE(rights),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
