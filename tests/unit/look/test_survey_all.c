/* SPDX-License-Identifier: MIT */
#include "look/survey_all.h"

#include "look/attach.h"
#include "support/passes.h"

static void test_survey(void **state)
{
	struct host *host = *state;
	struct target *target = &opened.targets.items[0];
	const struct owner_facts *owner = &target->facts.owners[0];

	host_add_record(host, 1, &fake_net.served);
	target->state->has_settled = true;
	survey_all(&opened, TRANSPORT_UDP);
	assert_null(owner->seen);
	assert_true(target->unsaved);
	assert_false(target->state->has_settled);
	assert_int_equal(target->state->ledger_count, 1);
	attach_facts(&opened, target);
	assert_non_null(owner->seen);
	assert_string_equal(owner->seen->name, HOST_OWNER);
	assert_ptr_equal(owner->ledger, target->state->ledgers[0]);
	assert_int_equal(owner->ledger->address_count, 2);
	assert_int_equal(target->facts.surveyed, TRANSPORT_UDP);
	assert_int_equal(owner->own.count, 1);
	survey_all(&opened, TRANSPORT_TCP);
	attach_facts(&opened, target);
	assert_int_equal(target->facts.surveyed, TRANSPORT_TCP);
	survey_drop(&opened.targets, &opened.seen);
	assert_null(owner->seen);
}

/* Where a record of ours is in it, nobody need ask whose it is. */
static void test_whose_sets_are_compared(void **state)
{
	struct host *host = *state;
	struct target *target = &opened.targets.items[0];

	survey_all(&opened, TRANSPORT_UDP);
	assert_int_equal(fake_net.compared, 0);
	host_add_record(host, 1, &fake_net.served);
	survey_all(&opened, TRANSPORT_UDP);
	assert_int_equal(fake_net.compared, 1);
	state_add_published(target->state, "other.",
			    &fake_net.served.records[0]);
	survey_all(&opened, TRANSPORT_UDP);
	assert_int_equal(fake_net.compared, 2);
	state_add_published(target->state, HOST_OWNER,
			    &fake_net.served.records[0]);
	survey_all(&opened, TRANSPORT_UDP);
	assert_int_equal(fake_net.compared, 2);
}

static struct moment *clock_now;

static void step_clock(void)
{
	clock_now->wall_ms += INT64_C(10) * 86400 * 1000;
}

/* Set while the servers were asked: what was served before is not forgotten
 * as long past, its wait starts again. */
static void test_clock_set_during_survey(void **state)
{
	struct host *host = *state;
	struct target *target = &opened.targets.items[0];
	const struct ledger *ledger;

	target->state->saved = host->now;
	host_add_record(host, 1, &fake_net.served);
	survey_all(&opened, TRANSPORT_UDP);
	tlsa_set_clear(&fake_net.served);
	host_add_record(host, 2, &fake_net.served);
	survey_all(&opened, TRANSPORT_UDP);
	ledger = target->state->ledgers[0];
	assert_int_equal(ledger->version_count, 3);
	clock_now = &host->now;
	fake_net.before_survey = step_clock;
	survey_all(&opened, TRANSPORT_UDP);
	assert_int_equal(ledger->version_count, 3);
	for (size_t i = 0; i < ledger->address_count; i++)
		for (size_t v = 0; v < ledger->version_count; v++)
			assert_int_equal(ledger->addresses[i].last_ms[v],
					 host->now.wall_ms);
}

/* It waits and has nothing more to do, while another one's deeds are looked
 * at: what is seen then may never be seen again. */
static void test_who_waits_sees_every_survey(void **state)
{
	struct host *host = *state;
	struct target *target = &opened.targets.items[0];
	host_add_record(host, 1, &fake_net.served);
	survey_all(&opened, TRANSPORT_UDP);
	target->done = true;
	tlsa_set_clear(&fake_net.served);
	host_add_record(host, 2, &fake_net.served);
	survey_all(&opened, TRANSPORT_UDP);
	assert_int_equal(target->state->ledgers[0]->version_count, 3);
	tlsa_set_clear(&fake_net.served);
	target->state->has_settled = true;
	survey_all(&opened, TRANSPORT_UDP);
	assert_true(target->state->has_settled);
	assert_int_equal(target->state->ledgers[0]->version_count, 3);
}

TEST(done_targets_are_not_asked_about)
{
	struct target *target = &opened.targets.items[0];
	target->done = true;
	survey_all(&opened, TRANSPORT_UDP);
	assert_int_equal(opened.seen.owner_count, 0);
	assert_int_equal(target->state->ledger_count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, opened_open, opened_close)
		CASE(survey),
		CASE(whose_sets_are_compared),
		CASE(clock_set_during_survey),
		CASE(who_waits_sees_every_survey),
		CASE(done_targets_are_not_asked_about),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
