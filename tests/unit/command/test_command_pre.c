/* SPDX-License-Identifier: MIT */
#include "command/options.h"

#include "base/log.h"
#include "base/xalloc.h"
#include "support/capture.h"
#include "support/run.h"

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

TEST(the_pass_pins)
{
	char *said = pre(EXIT_DONE);

	assert_non_null(strstr(said, "pinned to version 1"));
	assert_null(strstr(said, "which they led to"));
	free(said);
	assert_links(host->fixture, &fixture_one);
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
	free(pre(EXIT_DONE));
	assert_links(host->fixture, &fixture_one);
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
		CASE(nothing_to_do_by_default),
		CASE(pins_by_default_what_still_follows),
		CASE(what_may_be_undone_is_told),
		CASE(a_dry_run_moves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
