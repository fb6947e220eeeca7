/* SPDX-License-Identifier: MIT */
#include "run/run.h"
#include "tell/alarm.h"

#include "base/xalloc.h"
#include "support/passes.h"
#include "support/run.h"

static void test_first_publication(void **state)
{
	begin_settled(*state);
	assert_int_equal(fake_net.updates, 1);
	/* At rest nobody is asked. */
	fake_net.surveys = 0;
	host_pass(*state, "run", EXIT_DONE);
	assert_int_equal(fake_net.surveys, 0);
}

static void test_rollover(void **state)
{
	struct host *host = *state;
	struct state *saved;
	unsigned tcp;

	begin_pending(host);
	tcp = fake_net.tcp_surveys;
	/* Two TTLs after publication, and not before. */
	pass_time(host, 600000 - 1);
	expect_waits(host, "run", REASON_CACHES);
	assert_served(host->fixture, 1);
	assert_int_equal(fake_net.tcp_surveys, tcp);
	host->reloads = 0;
	pass_time(host, 1);
	expect_waits(host, "run", REASON_LINGER);
	assert_served(host->fixture, 2);
	assert_int_equal(fake_net.tcp_surveys, tcp + 1);
	assert_int_equal(host->reloads, 1);
	expect_served(host, true, true);
	pass_time(host, 299999);
	expect_waits(host, "run", REASON_LINGER);
	pass_time(host, 1);
	assert_int_equal(host_pass(host, "run", EXIT_DONE).step,
			 STEP_NOTHING);
	expect_served(host, false, true);
	saved = host_state(host);
	assert_true(fingerprint_equal(&saved->settled,
				      &host->fixture->version[2]));
	assert_int_equal(saved->presented_count, 1);
	state_free(saved);
}

/* Links that follow live have put B into service, and are put back. */
static void test_missed_pre(void **state)
{
	struct host *host = *state;

	begin_settled(host);
	host_renew(host, 2);
	assert_served(host->fixture, host_follows_live ? 2 : 1);
	host->reloads = 0;
	expect_waits(host, "deploy", REASON_CACHES);
	assert_links(host->fixture, &fixture_one);
	assert_int_equal(host->reloads, host_follows_live);
	expect_served(host, true, true);
	finish_rollover(host);
}

/* Caches are full of {a} when somebody publishes b by hand, and only then
 * comes the first look. */
static void test_already_published(void **state)
{
	struct host *host = *state;

	begin_settled(host);
	host_renew(host, 2);
	host_add_record(host, 2, &fake_net.served);
	expect_waits(host, "run", REASON_CACHES);
	assert_links(host->fixture, &fixture_one);
	finish_rollover(host);
}

static void test_lagging_secondary(void **state)
{
	struct host *host = *state;

	begin_settled(host);
	host_add_record(host, 1, &fake_net.stale);
	fake_net.lagging = true;
	host_pass(host, "pre", EXIT_DONE);
	host_renew(host, 2);
	for (int i = 0; i < 10; i++) {
		expect_waits(host, "run", REASON_SERVER);
		pass_time(host, HOUR_MS / 4);
	}
	assert_served(host->fixture, 1);
	fake_net.lagging = false;
	expect_waits(host, "run", REASON_CACHES);
	pass_time(host, 299999);
	expect_waits(host, "run", REASON_CACHES);
	assert_served(host->fixture, 1);
	finish_rollover(host);
}

static void test_silent_secondary(void **state)
{
	struct host *host = *state;

	begin_pending(host);
	fake_net.silent = true;
	pass_time(host, 2 * HOUR_MS);
	expect_waits(host, "run", REASON_SERVER);
	assert_served(host->fixture, 1);
}

/* Rolled back behind our back: published again, and the wait begins anew. */
static void test_record_rolled_back(void **state)
{
	struct host *host = *state;

	begin_pending(host);
	pass_time(host, 500000);
	tlsa_set_clear(&fake_net.served);
	host_add_record(host, 1, &fake_net.served);
	expect_waits(host, "run", REASON_CACHES);
	expect_served(host, true, true);
	pass_time(host, 400000);
	expect_waits(host, "run", REASON_CACHES);
	assert_served(host->fixture, 1);
	finish_rollover(host);
}

static void test_lost_answer(void **state)
{
	struct host *host = *state;

	fake_net.manner = FAKE_LOSES_ANSWER;
	begin_pending(host);
	finish_rollover(host);
}

/* Asked once, looked at again, and told: it may take half a minute. */
static void test_updates_without_answer(void **state)
{
	struct host *host = *state;
	struct state *saved;

	fake_net.manner = FAKE_HANGS_UP;
	host_pass(host, "run", EXIT_FAILED);
	assert_int_equal(fake_net.updates, 1);
	assert_int_equal(fake_net.surveys, 2);
	saved = host_state(host);
	assert_non_null(strstr(saved->alarm.text, "192.0.2.1 says no"));
	assert_int_equal(saved->published_count, 1);
	state_free(saved);
	fake_net.manner = FAKE_OBEYS;
	host_pass(host, "run", EXIT_DONE);
}

static void test_refusal_is_an_alarm_once(void **state)
{
	struct host *host = *state;
	struct state *saved;

	fake_net.manner = FAKE_REFUSES;
	host_pass(host, "run", EXIT_FAILED);
	assert_int_equal(fake_net.updates, 1);
	saved = host_state(host);
	assert_non_null(saved->alarm.text);
	assert_int_equal(saved->published_count, 0);
	state_free(saved);
	fake_net.manner = FAKE_OBEYS;
	host_pass(host, "run", EXIT_DONE);
	saved = host_state(host);
	assert_null(saved->alarm.text);
	state_free(saved);
}

/* NOERROR and nothing there: tried a few times, never believed. */
static void test_swallowed_updates_end(void **state)
{
	struct host *host = *state;
	struct action action;

	fake_net.manner = FAKE_SWALLOWS;
	action = host_pass(host, "run", EXIT_DONE);
	assert_int_equal(action.step, STEP_WAIT);
	assert_int_equal(action.reason, REASON_PUBLISHED);
	assert_between(fake_net.updates, 2, 20);
}

static void test_failing_reload(void **state)
{
	struct host *host = *state;

	begin_pending(host);
	pass_time(host, 2 * HOUR_MS);
	host->reload_status = 1;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(host_pass(host, "run",
					   EXIT_FAILED).step, STEP_STUCK);
		pass_time(host, 2 * HOUR_MS);
	}
	expect_served(host, true, true);
	host->reload_status = 0;
	finish_rollover(host);
}

static void test_probe_sees_the_old_one(void **state)
{
	struct host *host = *state;

	begin_pending(host);
	pass_time(host, 2 * HOUR_MS);
	fake_net.probe = PROBE_SAW_OTHER;
	for (int i = 0; i < 3; i++) {
		expect_waits(host, "run", REASON_PROBE);
		pass_time(host, 2 * HOUR_MS);
	}
	expect_served(host, true, true);
	fake_net.probe = PROBE_SAW_NEW;
	expect_waits(host, "run", REASON_LINGER);
	/* Relapse: proven anew from the start. */
	fake_net.probe = PROBE_SAW_OTHER;
	pass_time(host, 2 * HOUR_MS);
	expect_waits(host, "run", REASON_PROBE);
	fake_net.probe = PROBE_SAW_NEW;
	expect_waits(host, "run", REASON_LINGER);
	finish_rollover(host);
}

/* ---- certbot at work -------------------------------------------------- */

static void test_run_between_pre_and_deploy_leaves_the_pin(void **state)
{
	struct host *host = *state;

	begin_settled(host);
	host->certbot_lock = 1;
	host_pass(host, "pre", EXIT_DONE);
	host_pass(host, "run", EXIT_DONE);
	assert_links(host->fixture, &fixture_one);
	host_pass(host, "deploy", EXIT_DONE);
	assert_links(host->fixture, &fixture_one);
	host_pass(host, "post", EXIT_DONE);
	assert_rests(host, 1);
}

static struct host *certbot_host;

static void start_certbot(void)
{
	certbot_host->certbot_lock = 1;
}

/* certbot starts while the servers are being asked: no way back to rest. */
static void test_certbot_starts_during_the_run(void **state)
{
	struct host *host = *state;

	begin_pending(host);
	pass_time(host, 2 * HOUR_MS);
	certbot_host = host;
	fake_net.before_survey = start_certbot;
	host_pass(host, "run", EXIT_DONE);
	assert_links(host->fixture, &fixture_two);
	host->certbot_lock = 0;
	finish_rollover(host);
}

static void test_unknown_lock_counts_as_certbot(void **state)
{
	struct host *host = *state;

	begin_settled(host);
	host_pass(host, "pre", EXIT_DONE);
	host->certbot_lock = -EACCES;
	host_pass(host, "run", EXIT_DONE);
	assert_links(host->fixture, &fixture_one);
}

/* ---- Results ---------------------------------------------------------- */

static void test_due_and_finished(void **state)
{
	struct host *host = *state;
	struct pass pass;

	begin_pending(host);
	assert_int_equal(run_open(&pass, &host->world, &host->config,
				  called("run"), RUN_PLAIN), EXIT_DONE);
	run_pass(&pass);
	assert_int_equal(run_due_ms(&pass), host->now.wall_ms + 600000);
	assert_non_null(pass.targets.items[0].line);
	assert_null(pass.targets.items[0].report);
	run_close(&pass);
}

static void test_watching_changes_nothing(void **state)
{
	struct host *host = *state;
	struct pass pass;
	struct state *before, *after;

	begin_pending(host);
	pass_time(host, 2 * HOUR_MS);
	before = host_state(host);
	assert_int_equal(run_open(&pass, &host->world, &host->config,
				  called("run"), RUN_DRY), EXIT_DONE);
	assert_false(host->locked);
	run_pass(&pass);
	assert_int_equal(pass.targets.items[0].action.step, STEP_RELEASE);
	assert_non_null(pass.targets.items[0].report);
	run_close(&pass);
	assert_links(host->fixture, &fixture_one);
	after = host_state(host);
	assert_int_equal(before->saved.wall_ms, after->saved.wall_ms);
	state_free(before);
	state_free(after);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, host_open, host_close)
		CASE(first_publication),
		CASE(rollover),
		CASE(missed_pre),
		CASE(already_published),
		CASE(lagging_secondary),
		CASE(silent_secondary),
		CASE(record_rolled_back),
		CASE(lost_answer),
		CASE(updates_without_answer),
		CASE(refusal_is_an_alarm_once),
		CASE(swallowed_updates_end),
		CASE(failing_reload),
		CASE(probe_sees_the_old_one),
		CASE(run_between_pre_and_deploy_leaves_the_pin),
		CASE(certbot_starts_during_the_run),
		CASE(unknown_lock_counts_as_certbot),
		CASE(due_and_finished),
		CASE(watching_changes_nothing),
	};

	return RUN_BOTH_WAYS(tests);
}
