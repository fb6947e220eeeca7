/* SPDX-License-Identifier: MIT */
#include "command/options.h"

#include "base/log.h"
#include "base/xalloc.h"
#include "support/capture.h"
#include "support/run.h"

#include <sys/stat.h>

/* The links of an installation that follows live, at rest on version 1. */
static struct host *host;

static int open_following(void **state)
{
	host_open(state);
	host = *state;
	host->config.follow_live = true;
	host_pass(host, "run", EXIT_DONE);
	assert_links(host->fixture, &fixture_rest);
	return 0;
}

/* What it says; the caller's. */
static char *pre(enum exit_status want)
{
	struct options options = { .command = command_find("pre") };
	char *said;

	capture_begin();
	log_open(LOG_SINK_STDOUT, NULL, LOG_LEVEL_NORMAL, true);
	assert_int_equal(command_pre(&host->world, &host->config, &options),
			 want);
	log_close();
	said = capture_end();
	log_open(LOG_SINK_NONE, NULL, LOG_LEVEL_NO, true);
	return said;
}

/* Pinned all the same, and certbot's renewal changes nothing. */
static void expect_pinned(enum exit_status status, const char *trouble)
{
	char *said = pre(status);

	if (!strstr(said, trouble) ||
	    !strstr(said, "pinned to version 1, which they led to") ||
	    !strstr(said, "no link follows live"))
		fail_msg("said: %s", said);
	free(said);
	assert_links(host->fixture, &fixture_one);
	host_renew(host, 2);
	assert_served(host->fixture, 1);
}

TEST(the_pass_pins)
{
	char *said = pre(EXIT_DONE);

	assert_non_null(strstr(said, "pinned to version 1"));
	assert_null(strstr(said, "which they led to"));
	free(said);
	assert_links(host->fixture, &fixture_one);
}

TEST(the_lock_cannot_be_had)
{
	host->lock_error = -EAGAIN;
	expect_pinned(EXIT_BUSY, "gave up waiting");
}

TEST(the_lock_cannot_be_made)
{
	host->lock_error = -EROFS;
	expect_pinned(EXIT_STATE, "lock in");
}

TEST(the_state_directory_is_refused)
{
	assert_int_equal(chmod(host->fixture->state_path, 0777), 0);
	expect_pinned(EXIT_STATE, "others can change");
}

TEST(the_state_directory_is_gone)
{
	host->config.state_directory = lent("/nonexistent/state");
	expect_pinned(EXIT_STATE, "cannot be used");
}

static int no_space(struct world *world, int dir, const char *from,
		    int to_dir, const char *to)
{
	(void)world, (void)dir, (void)from, (void)to_dir, (void)to;
	return -ENOSPC;
}

static int no_space_to_write(struct world *world, int dir, const char *name,
			     const char *data, size_t size, unsigned mode)
{
	(void)world, (void)dir, (void)name, (void)data, (void)size, (void)mode;
	return -ENOSPC;
}

/* No state can be written, though there is none, and no file be held. */
TEST(the_state_directory_is_full)
{
	char *path = xasprintf("%s/targets/%s.json", host->fixture->state_path,
			       NAME);

	assert_int_equal(remove(path), 0);
	free(path);
	host->world.link_hard = no_space;
	host->world.file_write = no_space_to_write;
	expect_pinned(EXIT_FAILED, strerror(ENOSPC));
}

/* There is nothing to pin to, and certbot must know. */
TEST(the_truth_is_told)
{
	char *path = xasprintf("%s/live/%s/privkey.pem",
			       host->fixture->letsencrypt_path, NAME);
	char *said;

	assert_int_equal(remove(path), 0);
	free(path);
	host->lock_error = -EROFS;
	said = pre(EXIT_STATE);
	assert_non_null(strstr(said, "its links still follow live, and what "
			       "certbot makes now goes into service at once"));
	assert_null(strstr(said, "no link follows live"));
	free(said);
	assert_links(host->fixture, &fixture_rest);
}

/* With the default there is nothing to do, and nothing that can be in the
 * way: neither is the lock asked for, nor the state. */
TEST(nothing_to_do_by_default)
{
	char *said;

	host->config.follow_live = false;
	host_pass(host, "run", EXIT_DONE);
	assert_links(host->fixture, &fixture_one);
	host->lock_error = -EAGAIN;
	test_file_write(host->fixture->state_path, "targets/" NAME ".json",
			"{");
	said = pre(EXIT_DONE);
	assert_string_equal(said, "");
	free(said);
	assert_links(host->fixture, &fixture_one);
}

/* An installation from before, whose first run is still to come. */
TEST(pins_by_default_what_still_follows)
{
	host->config.follow_live = false;
	host->lock_error = -EROFS;
	expect_pinned(EXIT_STATE, "lock in");
}

static int no_sync(struct world *world, int dir)
{
	(void)world, (void)dir;
	return -EIO;
}

/* A pin that was never on the disk is none after a power cut. */
TEST(what_may_be_undone_is_told)
{
	char *said;

	host->config.follow_live = false;
	free(pre(EXIT_DONE));
	host->world.dir_sync = no_sync;
	said = pre(EXIT_FAILED);
	assert_non_null(strstr(said, "a power cut may undo that"));
	free(said);
}

/* What was removed follows live, and nothing would lead it further. */
TEST(what_was_removed_is_let_go)
{
	struct state *saved = host_state(host);
	struct world *real = &host->fixture->real;
	int dir = real->dir_open(real, host->fixture->places.state, "targets");

	state_end(saved);
	assert_int_equal(state_save(&host->world, dir, saved), 0);
	real->dir_close(real, dir);
	state_free(saved);
	free(pre(EXIT_DONE));
	assert_links(host->fixture, &fixture_rest);
	host->lock_error = -EROFS;
	free(pre(EXIT_STATE));
	assert_links(host->fixture, &fixture_rest);
}

TEST(a_dry_run_moves_nothing)
{
	struct options options = { .command = command_find("pre"),
				   .dry_run = true };
	char *said;

	capture_begin();
	assert_int_equal(command_pre(&host->world, &host->config, &options),
			 EXIT_DONE);
	said = capture_end();
	assert_non_null(strstr(said, NAME ": "));
	free(said);
	assert_links(host->fixture, &fixture_rest);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, open_following, host_close)
		CASE(the_pass_pins),
		CASE(what_was_removed_is_let_go),
		CASE(the_lock_cannot_be_had),
		CASE(the_lock_cannot_be_made),
		CASE(the_state_directory_is_refused),
		CASE(the_state_directory_is_gone),
		CASE(the_state_directory_is_full),
		CASE(the_truth_is_told),
		CASE(nothing_to_do_by_default),
		CASE(pins_by_default_what_still_follows),
		CASE(what_may_be_undone_is_told),
		CASE(a_dry_run_moves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
