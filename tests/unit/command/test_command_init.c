/* SPDX-License-Identifier: MIT */
#include "command/options.h"

#include "base/log.h"
#include "base/xalloc.h"
#include "support/capture.h"
#include "support/run.h"

static struct host *host;

static int open_all(void **state)
{
	host_open(state);
	host = *state;
	return 0;
}

static enum exit_status run(const struct options *options)
{
	return options->command->execute(&host->world, &host->config, options);
}

TEST(init_and_pre)
{
	struct options options = { .command = command_find("init") };

	assert_int_equal(run(&options), EXIT_DONE);
	assert_rests(host, 1);
	assert_int_equal(fake_net.surveys, 0);
	options.command = command_find("pre");
	assert_int_equal(run(&options), EXIT_DONE);
	assert_links(host->fixture, &fixture_one);
	assert_int_equal(fake_net.surveys, 0);
	assert_int_equal(fake_net.updates, 0);
}

/* Only the first init, and only where it was one. */
static void expect_advice(bool want, const struct options *options)
{
	char *text;

	capture_begin();
	run(options);
	text = capture_end();
	if (want != !!strstr(text, "What comes next"))
		fail_msg("%d: %s", want, text);
	free(text);
}

TEST(what_comes_after_init)
{
	struct options options = { .command = command_find("init") };

	options.dry_run = true;
	expect_advice(false, &options);
	options.dry_run = false;
	host->lock_error = -EAGAIN;
	expect_advice(false, &options);
	host->lock_error = 0;
	host->config.target_count = 0;
	expect_advice(false, &options);
}

TEST(the_first_init)
{
	struct options options = { .command = command_find("init") };

	expect_advice(true, &options);
	expect_advice(false, &options);
	assert_rests(host, 1);
	options.command = command_find("run");
	expect_advice(false, &options);
}

/* What certbot writes is not to be shown by it: the links stay where nothing
 * moves them, and go to rest when certbot is done. */
TEST(init_while_certbot_works)
{
	struct options options = { .command = command_find("init") };

	host->config.follow_live = true;
	host->certbot_lock = 1;
	assert_int_equal(run(&options), EXIT_DONE);
	assert_links(host->fixture, &fixture_one);
	assert_int_equal(run(&options), EXIT_DONE);
	assert_links(host->fixture, &fixture_one);
	host->certbot_lock = 0;
	assert_int_equal(run(&options), EXIT_DONE);
	assert_links(host->fixture, &fixture_rest);
}

/* Only a target that is named is managed again. */
TEST(begins_anew)
{
	char *names[] = { lent(NAME) };
	struct options options = { .command = command_find("init") };
	struct world *real = &host->fixture->real;
	struct state *saved;
	int dir;

	assert_int_equal(run(&options), EXIT_DONE);
	dir = real->dir_open(real, host->fixture->places.state, "targets");
	saved = host_state(host);
	state_end(saved);
	assert_int_equal(state_save(&host->world, dir, saved), 0);
	state_free(saved);
	real->dir_close(real, dir);
	assert_int_equal(host_pass(host, "init", EXIT_DONE).reason,
			 REASON_REMOVED);
	options.arguments = names;
	options.argument_count = 1;
	assert_int_equal(run(&options), EXIT_DONE);
	saved = host_state(host);
	assert_int_equal(saved->removal, REMOVAL_NONE);
	assert_true(saved->has_released);
	state_free(saved);
	assert_rests(host, 1);
	names[0] = lent("other.test");
	assert_int_equal(run(&options), EXIT_USAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, open_all, host_close)
		CASE(init_and_pre),
		CASE(what_comes_after_init),
		CASE(the_first_init),
		CASE(init_while_certbot_works),
		CASE(begins_anew),
	};

	return RUN_BOTH_WAYS(tests);
}
