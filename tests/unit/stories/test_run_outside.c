/* SPDX-License-Identifier: MIT */
#include "support/capture.h"
#include "base/log.h"
#include "support/passes.h"
#include "tell/alarm.h"

/* What resolvers elsewhere say while B waits for its release. */

static struct host *host;
static struct address resolver = { .family = 4, .bytes = { 192, 0, 2, 9 },
				   .port = 53 };

static int open_outside(void **state)
{
	host_open(state);
	host = *state;
	host->config.outside = &resolver;
	host->config.outside_count = 1;
	begin_pending(host);
	return 0;
}

/* Until the servers' TTLs are over; nobody was asked elsewhere before. */
static void wait_for_caches(void)
{
	assert_int_equal(fake_net.outside_asked, 0);
	expect_waits(host, "run", REASON_CACHES);
	assert_int_equal(fake_net.outside_asked, 0);
	pass_time(host, 24 * HOUR_MS);
}

/* It has the new set, which is no news. */
TEST(agrees)
{
	wait_for_caches();
	host_add_record(host, 1, &fake_net.outside);
	host_add_record(host, 2, &fake_net.outside);
	fake_net.outside_seconds = 300;
	finish_rollover(host);
	assert_int_equal(fake_net.outside_asked, 1);
}

TEST(has_none)
{
	wait_for_caches();
	finish_rollover(host);
	assert_int_equal(fake_net.outside_asked, 1);
}

/* Somebody else still serves A's set alone. What was seen once is waited for
 * though the next answer comes from another cache. */
TEST(holds_the_old_set)
{
	struct action action;
	int64_t begun_ms;

	wait_for_caches();
	begun_ms = host->now.wall_ms;
	host_add_record(host, 1, &fake_net.outside);
	fake_net.outside_seconds = 250;
	action = host_pass(host, "run", EXIT_DONE);
	assert_int_equal(action.step, STEP_WAIT);
	assert_int_equal(action.reason, REASON_OUTSIDE);
	assert_true(action.until_ms >= begun_ms + 250 * 1000);
	assert_served(host->fixture, 1);
	host_add_record(host, 2, &fake_net.outside);
	pass_time(host, 249 * 1000);
	expect_waits(host, "run", REASON_CACHES);
	assert_served(host->fixture, 1);
	finish_rollover(host);
}

/* Its word is kept for no longer than the servers' TTL; it is asked again. */
TEST(lies_for_a_while)
{
	wait_for_caches();
	host_add_record(host, 1, &fake_net.outside);
	fake_net.outside_seconds = 7 * 86400;
	expect_waits(host, "run", REASON_OUTSIDE);
	pass_time(host, HOUR_MS);
	tlsa_set_clear(&fake_net.outside);
	for (int i = 0; i < 2; i++)
		host_pass(host, "run", EXIT_DONE);
	assert_served(host->fixture, 2);
	finish_rollover(host);
}

/* A server that nobody sees: hours later that needs a person, and goes on
 * needing one while the caches' time runs again. */
TEST(never_ends)
{
	struct state *saved;
	bool alarmed = false;

	wait_for_caches();
	host_add_record(host, 1, &fake_net.outside);
	fake_net.outside_seconds = 300;
	for (int i = 0; i < 40 && !alarmed; i++) {
		enum exit_status want = i < 24 ? EXIT_DONE : EXIT_FAILED;

		host_pass(host, "run", want);
		alarmed = want == EXIT_FAILED;
		pass_time(host, 6 * HOUR_MS / 24 + 1000);
	}
	assert_true(alarmed);
	host_pass(host, "run", EXIT_FAILED);
	pass_time(host, 1000);
	saved = host_state(host);
	assert_non_null(saved->alarm.text);
	assert_non_null(strstr(saved->alarm.text, "192.0.2.9 (outside) holds"));
	state_free(saved);
	expect_waits(host, "run", REASON_CACHES);
	saved = host_state(host);
	assert_non_null(saved->alarm.text);
	state_free(saved);
	tlsa_set_clear(&fake_net.outside);
	finish_rollover(host);
	saved = host_state(host);
	assert_null(saved->alarm.text);
	assert_int_equal(saved->outside_ms, 0);
	state_free(saved);
}

/* Waited for during an hour, not for days, and said so. */
TEST(does_not_answer)
{
	struct action action;
	char *text;

	wait_for_caches();
	fake_net.outside_silent = true;
	action = host_pass(host, "run", EXIT_DONE);
	assert_int_equal(action.reason, REASON_OUTSIDE);
	assert_int_equal(action.until_ms, host->now.wall_ms + HOUR_MS);
	pass_time(host, HOUR_MS - 1000);
	expect_waits(host, "run", REASON_OUTSIDE);
	assert_served(host->fixture, 1);
	pass_time(host, 1000);
	log_open(LOG_SINK_STDOUT, NULL, LOG_LEVEL_NORMAL, true);
	capture_begin();
	host_pass(host, "run", EXIT_DONE);
	text = capture_end();
	log_close();
	assert_non_null(strstr(text, "warning: " NAME ": released though the "
			       "resolver 192.0.2.9 (outside) was not looked "
			       "at: no answer within 5 s\n"));
	free(text);
	assert_served(host->fixture, 2);
	fake_net.outside_silent = false;
	finish_rollover(host);
}

#define CASE(name) CASE_WITH(name, open_outside, host_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(agrees),
		CASE(has_none),
		CASE(holds_the_old_set),
		CASE(lies_for_a_while),
		CASE(never_ends),
		CASE(does_not_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
