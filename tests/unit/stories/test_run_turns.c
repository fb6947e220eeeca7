/* SPDX-License-Identifier: MIT */
#include "run/run.h"

#include "base/log.h"
#include "base/xalloc.h"
#include "support/capture.h"
#include "support/passes.h"
#include "support/run.h"

/* Turns that a rollover takes while it waits, and what people hear of it. */

/* ---- Back to A -------------------------------------------------------- */

static void expect_only_one_left(struct host *host)
{
	for (int i = 0; i < 50; i++) {
		if (host_pass(host, "run", EXIT_DONE).step ==
		    STEP_NOTHING)
			break;
		pass_time(host, HOUR_MS / 4);
	}
	expect_served(host, true, false);
	assert_served(host->fixture, 1);
	assert_rests(host, 1);
	assert_false(fake_net.emptied);
	assert_false(fake_net.wrong_guard);
}

/* B never came into service: its record goes, and a was never in danger. */
static void test_back_to_the_old_one_while_pending(void **state)
{
	struct host *host = *state;

	begin_pending(host);
	pass_time(host, HOUR_MS / 20);
	host_renew(host, 1);
	expect_only_one_left(host);
}

/* B is in service and A becomes live again: a still stands, b stays until
 * every service is seen to present A. */
static void test_back_to_the_old_one_after_the_release(void **state)
{
	struct host *host = *state;

	begin_pending(host);
	pass_time(host, 2 * HOUR_MS);
	expect_waits(host, "run", REASON_LINGER);
	assert_served(host->fixture, 2);
	host_renew(host, 1);
	fake_net.probe = PROBE_SAW_OTHER;
	expect_waits(host, "run", REASON_PROBE);
	assert_served(host->fixture, 1);
	pass_time(host, 5 * HOUR_MS);
	expect_waits(host, "run", REASON_PROBE);
	expect_served(host, true, true);
	fake_net.probe = PROBE_SAW_NEW;
	expect_only_one_left(host);
}

/* ---- The first set ---------------------------------------------------- */

/* Nothing was ever published, and B is live already: a goes with b. */
static void test_the_first_set_has_both(void **state)
{
	struct host *host = *state;

	host_pass(host, "pre", EXIT_DONE);
	host_renew(host, 2);
	host_pass(host, "deploy", EXIT_DONE);
	expect_served(host, true, true);
	assert_int_equal(fake_net.updates, 1);
	assert_served(host->fixture, 1);
	finish_rollover(host);
}

/* ---- The set goes back ------------------------------------------------ */

/* At the very moment of the release the second server has gone back: the
 * look over UDP was good, the last one is not. */
static unsigned looks;

static void go_back_at_the_last_look(void)
{
	if (++looks == 2)
		fake_net.lagging = true;
}

static void test_going_back_at_the_last_moment(void **state)
{
	struct host *host = *state;

	begin_pending(host);
	host_add_record(host, 1, &fake_net.stale);
	pass_time(host, 2 * HOUR_MS);
	looks = 0;
	fake_net.before_survey = go_back_at_the_last_look;
	expect_waits(host, "run", REASON_SERVER);
	assert_true(looks >= 2);
	assert_served(host->fixture, 1);
	fake_net.lagging = false;
	fake_net.before_survey = NULL;
	expect_waits(host, "run", REASON_CACHES);
	assert_served(host->fixture, 1);
	finish_rollover(host);
}

/* The record is taken away in the middle of the wait, and so often. */
static void test_every_loss_begins_the_wait_anew(void **state)
{
	struct host *host = *state;

	begin_pending(host);
	for (int i = 0; i < 5; i++) {
		pass_time(host, 500000);
		tlsa_set_clear(&fake_net.served);
		host_add_record(host, 1, &fake_net.served);
		expect_waits(host, "run", REASON_CACHES);
		expect_served(host, true, true);
		assert_served(host->fixture, 1);
	}
	pass_time(host, 400000);
	expect_waits(host, "run", REASON_CACHES);
	finish_rollover(host);
}

/* ---- The certificate expires first ------------------------------------ */

static int64_t expiry_ms(struct host *host, unsigned number)
{
	struct chain *chain;
	char *detail;
	int64_t ms;

	assert_int_equal(lineage_load_archive(
		&host->fixture->real_lineage, number, &chain, &detail),
		VERSION_OK);
	ms = chain->not_after_seconds * 1000;
	chain_free(chain);
	free(detail);
	return ms;
}

/* A TTL of a day, and a certificate that has LEFT_MS when B is renewed. */
static void begin_late(struct host *host, int64_t left_ms)
{
	/* begin_settled() lets a day pass. */
	host->now.wall_ms = expiry_ms(host, 1) - left_ms - 24 * HOUR_MS;
	begin_settled(host);
	fake_net.ttl_seconds = 86400;
	host_pass(host, "pre", EXIT_DONE);
	host_renew(host, 2);
}

static void test_a_wait_that_ends_in_time(void **state)
{
	struct host *host = *state;
	struct state *saved;

	begin_late(host, 49 * HOUR_MS);
	expect_waits(host, "deploy", REASON_CACHES);
	saved = host_state(host);
	assert_null(saved->alarm.text);
	state_free(saved);
}

static void test_a_wait_that_ends_too_late(void **state)
{
	struct host *host = *state;
	struct state *saved;

	begin_late(host, 47 * HOUR_MS);
	host_pass(host, "deploy", EXIT_FAILED);
	saved = host_state(host);
	assert_non_null(saved->alarm.text);
	assert_non_null(strstr(saved->alarm.text, "expires before"));
	state_free(saved);
	/* And it is no reason to hurry. */
	assert_served(host->fixture, 1);
	pass_time(host, 46 * HOUR_MS);
	host_pass(host, "run", EXIT_FAILED);
	assert_served(host->fixture, 1);
	expect_served(host, true, true);
}

/* ---- What people hear ------------------------------------------------- */

/* Says all that one run says, and whether it wants a person. */
static enum exit_status hear(struct host *host, char **text)
{
	enum exit_status status;
	struct pass pass;

	log_open(LOG_SINK_STDOUT, NULL, LOG_LEVEL_NORMAL, true);
	capture_begin();
	assert_int_equal(run_open(&pass, &host->world, &host->config,
				  called("run"), RUN_PLAIN), EXIT_DONE);
	run_pass(&pass);
	status = run_status(&pass);
	run_close(&pass);
	*text = capture_end();
	log_open(LOG_SINK_NONE, NULL, LOG_LEVEL_NO, true);
	return status;
}

static size_t count_in(const char *text, const char *word)
{
	size_t n = 0;

	for (text = strstr(text, word); text; text = strstr(text + 1, word))
		n++;
	return n;
}

/* One run, with so many lines that say ERROR, and that say "over". */
static void expect_heard(struct host *host, enum exit_status want,
			 size_t errors, size_t overs)
{
	char *text;

	assert_int_equal(hear(host, &text), want);
	if (count_in(text, "error: ") != errors ||
	    count_in(text, ": over: ") != overs)
		fail_msg("want %zu errors and %zu overs: %s", errors, overs,
			 text);
	free(text);
}

/* Who read the last run's line is not known: it may have been a hook's. */
static void test_every_failing_run_says_why(void **state)
{
	struct host *host = *state;

	begin_settled(host);
	fake_net.manner = FAKE_REFUSES;
	host_renew(host, 2);
	expect_heard(host, EXIT_FAILED, 1, 0);
	for (int i = 0; i < 5; i++) {
		pass_time(host, HOUR_MS);
		expect_heard(host, EXIT_FAILED, 1, 0);
	}
	fake_net.manner = FAKE_OBEYS;
	expect_heard(host, EXIT_DONE, 0, 1);
	expect_heard(host, EXIT_DONE, 0, 0);
}

/* Weeks of waiting for a dead server: silence until it is too long, then one
 * line in each run that fails for it. */
static void test_a_dead_server_is_told_of(void **state)
{
	struct host *host = *state;
	size_t failed = 0;

	begin_pending(host);
	fake_net.silent = true;
	for (int hour = 0; hour < 24 * 14; hour++) {
		enum exit_status want = hour > 6 ? EXIT_FAILED : EXIT_DONE;

		expect_heard(host, want, want == EXIT_FAILED, 0);
		failed += want == EXIT_FAILED;
		pass_time(host, HOUR_MS);
	}
	assert_true(failed > 300);
	assert_served(host->fixture, 1);
	fake_net.silent = false;
	expect_heard(host, EXIT_DONE, 0, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, host_open, host_close)
		CASE(back_to_the_old_one_while_pending),
		CASE(back_to_the_old_one_after_the_release),
		CASE(the_first_set_has_both),
		CASE(going_back_at_the_last_moment),
		CASE(every_loss_begins_the_wait_anew),
		CASE(a_wait_that_ends_in_time),
		CASE(a_wait_that_ends_too_late),
		CASE(every_failing_run_says_why),
		CASE(a_dead_server_is_told_of),
	};

	return RUN_BOTH_WAYS(tests);
}
