/* SPDX-License-Identifier: MIT */
#include "support/passes.h"

#include "look/gather.h"

void pass_time(struct host *host, int64_t ms)
{
	host->now.wall_ms += ms;
	host->now.boot_ms += ms;
}

void expect_served(struct host *host, bool one, bool two)
{
	struct tlsa_set want = { 0 };

	if (one)
		host_add_record(host, 1, &want);
	if (two)
		host_add_record(host, 2, &want);
	if (!tlsa_set_equal(&want, &fake_net.served)) {
		char *have = tlsa_set_format(&fake_net.served);

		fail_msg("served: %s", have);
	}
	tlsa_set_clear(&want);
}

void expect_waits(struct host *host, const char *command,
			 enum reason reason)
{
	struct action action = host_pass(host, command, EXIT_DONE);

	assert_int_equal(action.step, STEP_WAIT);
	assert_int_equal(action.reason, reason);
}

/* A is in service and published, everything is settled. */
void begin_settled(struct host *host)
{
	struct action action = host_pass(host, "run", EXIT_DONE);

	assert_int_equal(action.step, STEP_NOTHING);
	expect_served(host, true, false);
	assert_rests(host, 1);
	pass_time(host, 24 * HOUR_MS);
}

/* B was renewed as it should be, and is published beside A. */
void begin_pending(struct host *host)
{
	begin_settled(host);
	host->certbot_lock = 1;
	assert_int_equal(host_pass(host, "pre", EXIT_DONE).step,
			 STEP_NOTHING);
	assert_links(host->fixture, &fixture_one);
	host_renew(host, 2);
	expect_waits(host, "deploy", REASON_CACHES);
	expect_waits(host, "post", REASON_CACHES);
	host->certbot_lock = 0;
	expect_served(host, true, true);
	assert_links(host->fixture, &fixture_one);
}

void finish_rollover(struct host *host)
{
	for (int i = 0; i < 50; i++) {
		struct action action = host_pass(host, "run", EXIT_DONE);

		if (action.step == STEP_NOTHING)
			break;
		assert_int_equal(action.step, STEP_WAIT);
		pass_time(host, HOUR_MS / 4);
	}
	assert_rests(host, 2);
	assert_served(host->fixture, 2);
	expect_served(host, false, true);
	assert_false(fake_net.emptied);
	assert_false(fake_net.wrong_guard);
}

struct pass opened;

int opened_open(void **state)
{
	struct target *target;
	struct host *host;

	host_open(state);
	host = *state;
	assert_int_equal(run_open(&opened, &host->world, &host->config,
				  called("run"), RUN_PLAIN), EXIT_DONE);
	target = &opened.targets.items[0];
	facts_load(&target->facts, &opened.source, target->config,
		   target->state, &host->now);
	return 0;
}

int opened_close(void **state)
{
	run_close(&opened);
	return host_close(state);
}
