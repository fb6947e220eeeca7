/* SPDX-License-Identifier: MIT */
#include "look/gather.h"
#include "look/look.h"
#include "run/run.h"

#include "base/xalloc.h"
#include "support/run.h"

static struct host *host;
static struct run run;
static struct run_target *target;

/* A run whose target has its facts, before anybody was asked. */
static int open_run(void **state)
{
	host_open(state);
	host = *state;
	assert_int_equal(run_open(&run, &host->world, &host->config,
				  COMMAND_RUN, RUN_PLAIN), EXIT_DONE);
	target = &run.targets[0];
	facts_load(&target->facts, &run.source, target->config, target->state,
		   &host->now);
	return 0;
}

static int close_run(void **state)
{
	run_close(&run);
	return host_close(state);
}

TEST(survey)
{
	const struct owner_facts *owner = &target->facts.owners[0];

	host_add_record(host, 1, &fake_net.served);
	target->state->has_settled = true;
	run_survey(&run, TRANSPORT_UDP);
	assert_null(owner->seen);
	assert_true(target->unsaved);
	assert_false(target->state->has_settled);
	assert_int_equal(target->state->ledger_count, 1);
	run_attach(&run, target);
	assert_non_null(owner->seen);
	assert_string_equal(owner->seen->name, HOST_OWNER);
	assert_ptr_equal(owner->ledger, target->state->ledgers[0]);
	assert_int_equal(owner->ledger->address_count, 2);
	assert_int_equal(target->facts.surveyed, TRANSPORT_UDP);
	assert_int_equal(owner->own.count, 1);
	run_survey(&run, TRANSPORT_TCP);
	run_attach(&run, target);
	assert_int_equal(target->facts.surveyed, TRANSPORT_TCP);
	run_drop_survey(&run);
	assert_null(owner->seen);
}

static void step_clock(void)
{
	host->now.wall_ms += INT64_C(10) * 86400 * 1000;
}

/* Set while the servers were asked: what was served before is not forgotten
 * as long past, its wait starts again. */
TEST(clock_set_during_survey)
{
	const struct ledger *ledger;

	target->state->saved = host->now;
	host_add_record(host, 1, &fake_net.served);
	run_survey(&run, TRANSPORT_UDP);
	tlsa_set_clear(&fake_net.served);
	host_add_record(host, 2, &fake_net.served);
	run_survey(&run, TRANSPORT_UDP);
	ledger = target->state->ledgers[0];
	assert_int_equal(ledger->version_count, 3);
	fake_net.before_survey = step_clock;
	run_survey(&run, TRANSPORT_UDP);
	assert_int_equal(ledger->version_count, 3);
	for (size_t i = 0; i < ledger->address_count; i++)
		for (size_t v = 0; v < ledger->version_count; v++)
			assert_int_equal(ledger->addresses[i].last_ms[v],
					 host->now.wall_ms);
}

/* It waits and has nothing more to do, while another one's deeds are looked
 * at: what is seen then may never be seen again. */
TEST(who_waits_sees_every_survey)
{
	host_add_record(host, 1, &fake_net.served);
	run_survey(&run, TRANSPORT_UDP);
	target->done = true;
	tlsa_set_clear(&fake_net.served);
	host_add_record(host, 2, &fake_net.served);
	run_survey(&run, TRANSPORT_UDP);
	assert_int_equal(target->state->ledgers[0]->version_count, 3);
	tlsa_set_clear(&fake_net.served);
	target->state->has_settled = true;
	run_survey(&run, TRANSPORT_UDP);
	assert_true(target->state->has_settled);
	assert_int_equal(target->state->ledgers[0]->version_count, 3);
}

TEST(done_targets_are_not_asked_about)
{
	target->done = true;
	run_survey(&run, TRANSPORT_UDP);
	assert_int_equal(run.owner_count, 0);
	assert_int_equal(target->state->ledger_count, 0);
}

TEST(no_zone)
{
	fake_net.no_zone = true;
	run_survey(&run, TRANSPORT_UDP);
	run_attach(&run, target);
	assert_non_null(target->facts.owners[0].seen);
	assert_int_equal(target->facts.owners[0].seen->count, 0);
	assert_int_equal(target->state->ledgers[0]->address_count, 0);
}

TEST(probe)
{
	static const struct {
		enum probe_verdict verdict;
		bool keeps_proof;
	} rows[] = {
		{ PROBE_SAW_NEW, true },
		{ PROBE_SAW_OTHER, false },
		{ PROBE_IMPOSSIBLE, true },
	};

	target->facts.released = target->facts.live;
	run_probe(&run);
	assert_int_equal(fake_net.probes, 0);
	target->action.step = STEP_PROBE;
	for (size_t i = 0; i < 3; i++) {
		fake_net.probe = rows[i].verdict;
		target->state->proven_ms = 5;
		run_probe(&run);
		assert_int_equal(target->probe, rows[i].verdict);
		assert_int_equal(target->state->proven_ms,
				 rows[i].keeps_proof ? 5 : 0);
		assert_non_null(target->probe_detail);
	}
	target->done = true;
	run_probe(&run);
	assert_int_equal(fake_net.probes, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) \
	cmocka_unit_test_setup_teardown(test_##name, open_run, close_run)
		CASE(survey),
		CASE(clock_set_during_survey),
		CASE(who_waits_sees_every_survey),
		CASE(done_targets_are_not_asked_about),
		CASE(no_zone),
		CASE(probe),
#undef TEST
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
