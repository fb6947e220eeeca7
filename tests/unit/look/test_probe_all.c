/* SPDX-License-Identifier: MIT */
#include "look/probe_all.h"

#include "support/passes.h"

TEST(probe)
{
	struct target *target = &opened.targets.items[0];
	static const struct {
		enum probe_verdict verdict;
		bool keeps_proof;
	} rows[] = {
		{ PROBE_SAW_NEW, true },
		{ PROBE_SAW_OTHER, false },
		{ PROBE_UNSEEN, true },
	};

	target->facts.released = target->facts.live;
	probe_all(&opened);
	assert_int_equal(fake_net.probes, 0);
	target->action.step = STEP_PROBE;
	for (size_t i = 0; i < 3; i++) {
		fake_net.probe = rows[i].verdict;
		target->state->proven_ms = 5;
		probe_all(&opened);
		assert_int_equal(target->probe, rows[i].verdict);
		assert_int_equal(target->state->proven_ms,
				 rows[i].keeps_proof ? 5 : 0);
		assert_non_null(target->probe_detail);
	}
	target->done = true;
	probe_all(&opened);
	assert_int_equal(fake_net.probes, 3);
}

TEST(what_is_known)
{
	struct target *target = &opened.targets.items[0];
	struct facts *facts = &target->facts;
	struct settled_target at = { .number = 1 };

	facts->released = facts->live;
	target->action.step = STEP_PROBE;
	probe_all(&opened);
	assert_null(fake_net.probed.facts);
	opened.seen.zones_known = true;
	probe_all(&opened);
	assert_ptr_equal(fake_net.probed.facts, facts);
	assert_ptr_equal(fake_net.probed.next, facts->live);
	assert_false(fake_net.probed.next_is_unfit);
	assert_int_equal(fake_net.probed_known_count, facts->presented.count);
	/* What may not go into service is as foreign as any. */
	facts->unfit = facts->live;
	facts->live = NULL;
	/* What rests is in service, too. */
	target->rests = &at;
	probe_all(&opened);
	assert_ptr_equal(fake_net.probed.next, facts->unfit);
	assert_true(fake_net.probed.next_is_unfit);
	assert_int_equal(fake_net.probed_known_count,
			 facts->presented.count + 1);
	target->rests = NULL;
}

/* Who they are is in the state, and saved with it. */
TEST(strangers)
{
	struct target *target = &opened.targets.items[0];
	struct strangers *strangers = &target->state->strangers;

	target->facts.released = target->facts.live;
	target->facts.now_ms = 7000;
	target->action.step = STEP_PROBE;
	probe_all(&opened);
	assert_int_equal(strangers->count, 0);
	target->unsaved = false;
	fake_net.visit = VISIT_STRANGER;
	probe_all(&opened);
	assert_true(target->unsaved);
	assert_int_equal(strangers_find_seen(strangers)->ms, 7000);
	target->unsaved = false;
	fake_net.visit = VISIT_SILENT;
	probe_all(&opened);
	assert_false(target->unsaved);
	assert_non_null(strangers_find_seen(strangers));
}

/* With `linger`, and once services were told, it counts from when the others
 * were seen. */
TEST(others_that_nobody_sees)
{
	struct target *target = &opened.targets.items[0];
	struct config_target *config = &opened.source.config->targets[0];

	target->facts.released = target->facts.live;
	target->facts.now_ms = 7000;
	target->action.step = STEP_PROBE;
	fake_net.probe = PROBE_UNSEEN;
	target->state->reloaded_ms = 5000;
	probe_all(&opened);
	assert_int_equal(target->state->proven_ms, 0);
	config->linger_given = true;
	target->state->reload_due = true;
	probe_all(&opened);
	assert_int_equal(target->state->proven_ms, 0);
	target->state->reload_due = false;
	target->unsaved = false;
	probe_all(&opened);
	assert_int_equal(target->state->proven_ms, 7000);
	assert_true(target->unsaved);
	target->facts.now_ms = 8000;
	probe_all(&opened);
	assert_int_equal(target->state->proven_ms, 7000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, opened_open, opened_close)
		CASE(probe),
		CASE(what_is_known),
		CASE(strangers),
		CASE(others_that_nobody_sees),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
