/* SPDX-License-Identifier: MIT */
#include "support/passes.h"

/* What becomes of a target that is settled, hour after hour: its zone is
 * edited, its services go astray, its certificate is renewed. */

static struct host *host;

static int open_rest(void **state)
{
	host_open(state);
	host = *state;
	begin_settled(host);
	host->config.recheck_seconds = 3600;
	host_pass(host, "run", EXIT_DONE);
	return 0;
}

static enum step step_of_run(enum exit_status want)
{
	return host_pass(host, "run", want).step;
}

/* Not within the hour; a quarter more is what the target's name may add. */
TEST(once_an_hour)
{
	fake_net.surveys = fake_net.probes = 0;
	pass_time(host, HOUR_MS - 1);
	assert_int_equal(step_of_run(EXIT_DONE), STEP_NOTHING);
	assert_int_equal(fake_net.surveys + fake_net.probes, 0);
	/* Hooks have other things to do. */
	pass_time(host, HOUR_MS / 4 + 1);
	host_pass(host, "deploy", EXIT_DONE);
	assert_int_equal(fake_net.surveys, 0);
	assert_int_equal(step_of_run(EXIT_DONE), STEP_NOTHING);
	assert_int_equal(fake_net.surveys, 1);
	assert_int_equal(fake_net.probes, 1);
	assert_int_equal(step_of_run(EXIT_DONE), STEP_NOTHING);
	assert_int_equal(fake_net.surveys, 1);
}

/* A hook settles what it published, and leaves the look at it to a run. */
TEST(settled_by_a_hook)
{
	struct config_spec specs[2] = { host->spec, host->spec };

	specs[1].params.matching = 2;
	host->target.specs = specs;
	host->target.spec_count = 2;
	pass_time(host, 2 * HOUR_MS);
	assert_int_equal(host_pass(host, "deploy", EXIT_DONE).step,
			 STEP_NOTHING);
	fake_net.surveys = fake_net.probes = 0;
	assert_int_equal(step_of_run(EXIT_DONE), STEP_NOTHING);
	assert_true(fake_net.surveys && fake_net.probes);
}

TEST(never)
{
	host->config.recheck_seconds = 0;
	fake_net.surveys = 0;
	pass_time(host, 1000 * HOUR_MS);
	assert_int_equal(step_of_run(EXIT_DONE), STEP_NOTHING);
	assert_int_equal(fake_net.surveys, 0);
}

TEST(the_record_is_gone)
{
	tlsa_set_clear(&fake_net.served);
	pass_time(host, 2 * HOUR_MS);
	assert_int_equal(step_of_run(EXIT_DONE), STEP_NOTHING);
	expect_served(host, true, false);
}

/* Somebody puts another record in place of all that are served. */
static void edit_by_hand(void)
{
	struct tlsa foreign;

	assert_true(tlsa_parse("3 1 1 00112233445566778899aabbccddeeff"
			       "00112233445566778899aabbccddeeff", &foreign));
	tlsa_set_clear(&fake_net.served);
	tlsa_set_add(&fake_net.served, &foreign);
	tlsa_clear(&foreign);
}

/* Clients with the other set cannot connect: an alarm until it is gone. */
TEST(another_set_alone)
{
	struct state *saved;

	edit_by_hand();
	pass_time(host, 2 * HOUR_MS);
	assert_int_equal(host_pass(host, "run", EXIT_FAILED).reason,
			 REASON_LOCKED_OUT);
	/* Ours is there again, and others' stay. */
	assert_int_equal(fake_net.served.count, 2);
	pass_time(host, 300000 + 120000 - 1);
	assert_int_equal(step_of_run(EXIT_FAILED), STEP_STUCK);
	pass_time(host, 1);
	assert_int_equal(step_of_run(EXIT_DONE), STEP_NOTHING);
	saved = host_state(host);
	assert_true(saved->locked_until_ms == 0);
	state_free(saved);
}

/* So it is while a release is waited for, which begins to wait anew. */
TEST(another_set_alone_in_a_rollover)
{
	host_renew(host, 2);
	expect_waits(host, "run", REASON_CACHES);
	edit_by_hand();
	assert_int_equal(host_pass(host, "run", EXIT_FAILED).reason,
			 REASON_LOCKED_OUT);
	/* Ours are there again, and the other is gone. */
	assert_int_equal(fake_net.served.count, 3);
	tlsa_set_clear(&fake_net.served);
	host_add_record(host, 1, &fake_net.served);
	host_add_record(host, 2, &fake_net.served);
	assert_int_equal(step_of_run(EXIT_FAILED), STEP_STUCK);
	pass_time(host, 300000 + 120000);
	expect_waits(host, "run", REASON_CACHES);
	finish_rollover(host);
}

TEST(a_service_elsewhere)
{
	fake_net.probe = PROBE_SAW_OTHER;
	pass_time(host, 2 * HOUR_MS);
	assert_int_equal(host_pass(host, "run", EXIT_FAILED).reason,
			 REASON_ASTRAY);
	fake_net.probe = PROBE_SAW_NEW;
	assert_int_equal(step_of_run(EXIT_DONE), STEP_NOTHING);
}

/* While B waits: who presents it does not use our links. */
TEST(a_service_too_early)
{
	host_renew(host, 2);
	fake_net.probe = PROBE_SAW_NEXT;
	assert_int_equal(host_pass(host, "run", EXIT_FAILED).reason,
			 REASON_ASTRAY);
	assert_served(host->fixture, 1);
	fake_net.probe = PROBE_SAW_NEW;
	expect_waits(host, "run", REASON_CACHES);
}

/* B keeps its turn over runs: that it is under way is on the disk. */
TEST(what_is_under_way)
{
	struct state *saved;

	host_renew(host, 2);
	expect_waits(host, "deploy", REASON_CACHES);
	saved = host_state(host);
	assert_true(saved->has_pending);
	assert_true(fingerprint_equal(&saved->pending,
				      &host->fixture->version[2]));
	state_free(saved);
	finish_rollover(host);
	saved = host_state(host);
	assert_false(saved->has_pending);
	state_free(saved);
}

/* Certbot has gone back, and a long time passes: A is presented to the end. */
TEST(live_has_expired)
{
	struct action action;

	pass_time(host, INT64_C(91) * 24 * HOUR_MS);
	host_renew(host, 2);
	action = host_pass(host, "run", EXIT_FAILED);
	assert_int_equal(action.reason, REASON_UNFIT);
	assert_served(host->fixture, 1);
	expect_served(host, true, false);
}

#define CASE(name) CASE_WITH(name, open_rest, host_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(once_an_hour),
		CASE(settled_by_a_hook),
		CASE(never),
		CASE(the_record_is_gone),
		CASE(another_set_alone),
		CASE(another_set_alone_in_a_rollover),
		CASE(a_service_elsewhere),
		CASE(a_service_too_early),
		CASE(what_is_under_way),
		CASE(live_has_expired),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
