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
	return command_run(&host->world, &host->config, options);
}

TEST(once)
{
	struct options options = { .command = command_find("run") };

	assert_int_equal(run(&options), EXIT_DONE);
	assert_int_equal(host->sleeps, 0);
	fake_net.manner = FAKE_REFUSES;
	host_renew(host, 2);
	assert_int_equal(run(&options), EXIT_FAILED);
}

/* From the renewal to the end in one call, as the clock goes on. */
TEST(wait_to_the_end)
{
	struct options options = { .command = command_find("run"),
				   .wait = true, .wait_ms = INT64_MAX };

	assert_int_equal(run(&options), EXIT_DONE);
	host_renew(host, 2);
	assert_int_equal(run(&options), EXIT_DONE);
	assert_rests(host, 2);
	assert_served(host->fixture, 2);
	assert_int_equal(fake_net.served.count, 1);
	assert_true(host->sleeps > 2);
}

TEST(wait_has_a_limit)
{
	struct options options = { .command = command_find("run"),
				   .wait = true, .wait_ms = 60000 };
	int64_t begun_ms;

	run(&options);
	host_renew(host, 2);
	begun_ms = host->now.boot_ms;
	assert_int_equal(run(&options), EXIT_DONE);
	assert_between(host->now.boot_ms - begun_ms, 60000, 62000);
	assert_served(host->fixture, 1);
}

TEST(busy)
{
	struct options options = { .command = command_find("run") };

	host->lock_error = -EAGAIN;
	assert_int_equal(run(&options), EXIT_BUSY);
	options.wait = true;
	options.wait_ms = 5000;
	assert_int_equal(run(&options), EXIT_BUSY);
	assert_true(host->sleeps > 0);
	host->lock_error = -EIO;
	assert_int_equal(run(&options), EXIT_STATE);
}

TEST(dry_run)
{
	struct options options = { .command = command_find("run"),
				   .dry_run = true, .wait = true,
				   .wait_ms = 60000 };
	struct options real = { .command = command_find("init") };
	char *text;

	run(&real);
	capture_begin();
	assert_int_equal(run(&options), EXIT_DONE);
	text = capture_end();
	assert_non_null(strstr(text, NAME ": publish"));
	assert_int_equal(fake_net.updates, 0);
	assert_int_equal(host->sleeps, 0);
	free(text);
}

/* What the last run left, and what left the configuration, as status says. */
TEST(dry_run_shows_what_stands)
{
	struct options dry = { .command = command_find("run"),
			       .dry_run = true };
	struct options real = { .command = command_find("run") };
	char *text;

	fake_net.manner = FAKE_REFUSES;
	assert_int_equal(run(&real), EXIT_FAILED);
	fake_net.manner = FAKE_OBEYS;
	capture_begin();
	assert_int_equal(run(&dry), EXIT_FAILED);
	text = capture_end();
	assert_non_null(strstr(text, "\n  alarm     since 2027-01-15 08:00:00 "
			       "UTC: " NAME ": "));
	free(text);
	assert_int_equal(run(&real), EXIT_DONE);
	assert_int_equal(run(&dry), EXIT_DONE);
	host->target.name = lent("other");
	capture_begin();
	assert_int_equal(run(&dry), EXIT_FAILED);
	text = capture_end();
	assert_non_null(strstr(text, "\n" NAME ": no longer in the "
			       "configuration"));
	free(text);
}

/* Trouble that lasts is told by each command once, however often it looks. */
TEST(waiting_tells_once)
{
	struct options options = { .command = command_find("run"),
				   .wait = true, .wait_ms = 60000 };
	char *text;

	fake_net.manner = FAKE_REFUSES;
	for (int i = 0; i < 2; i++) {
		log_open(LOG_SINK_STDOUT, NULL, LOG_LEVEL_NORMAL, true);
		capture_begin();
		assert_int_equal(run(&options), EXIT_FAILED);
		text = capture_end();
		log_open(LOG_SINK_NONE, NULL, LOG_LEVEL_NO, true);
		assert_true(host->sleeps > 2);
		assert_non_null(strstr(text, "error: "));
		assert_null(strstr(strstr(text, "error: ") + 1, "error: "));
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, open_all, host_close)
		CASE(once),
		CASE(wait_to_the_end),
		CASE(wait_has_a_limit),
		CASE(busy),
		CASE(dry_run),
		CASE(dry_run_shows_what_stands),
		CASE(waiting_tells_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
