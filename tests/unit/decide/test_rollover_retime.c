/* SPDX-License-Identifier: MIT */
#include "support/rollover.h"

#include "base/bounds.h"
#include "base/xalloc.h"
#include "unit.h"

/* All was settled with a record_ttl of an hour, and today it is 600. */
static void open_changed(void)
{
	open_settled();
	scene.state->record_ttl_seconds = 3600;
	scene.facts.record_ttl_seconds = 600;
}

TEST(change_is_carried_out)
{
	struct action action;
	const struct change *change;

	open_changed();
	/* It is not put off until the next look. */
	scene.facts.looked_lately = true;
	action = rollover_next(&scene.facts);
	assert_int_equal(action.step, STEP_RETIME);
	assert_int_equal(action.changes.count, 1);
	change = &action.changes.items[0];
	assert_true(change->retimes);
	assert_int_equal(change->ttl_seconds, 600);
	assert_true(tlsa_set_equal(&change->add, change->seen));
	assert_int_equal(change->ours.count + change->remove.count, 0);
	action_clear(&action);
	assert_ptr_equal(rollover_find_untimed(&scene.facts),
			 &scene.owners[0]);
	scene_say(&scene, 0, "a", 600);
	expect(STEP_SETTLE, REASON_NONE);
	assert_null(rollover_find_untimed(&scene.facts));
}

/* An older state does not tell which it was. */
TEST(what_was_not_changed_is_left_alone)
{
	open_changed();
	scene.state->record_ttl_seconds = 0;
	expect(STEP_SETTLE, REASON_NONE);
	scene.facts.looked_lately = true;
	expect(STEP_NOTHING, REASON_NONE);
	scene.state->record_ttl_seconds = 600;
	expect(STEP_NOTHING, REASON_NONE);
	scene.facts.looked_lately = false;
	expect(STEP_SETTLE, REASON_NONE);
	assert_null(rollover_find_untimed(&scene.facts));
}

TEST(records_of_others_keep_theirs)
{
	open_changed();
	scene_say(&scene, 0, "a x", 3600);
	expect(STEP_SETTLE, REASON_NONE);
	assert_non_null(rollover_find_untimed(&scene.facts));
	/* But for those that other targets of ours need. */
	scene.owners[0].others.needs = cast_set("x");
	expect(STEP_RETIME, REASON_NONE);
	scene.owners[0].others.needs_unknown = true;
	expect(STEP_SETTLE, REASON_NONE);
	scene.owners[0].others.needs_unknown = false;
	scene.owners[0].deleting = cast_set("x");
	expect(STEP_SETTLE, REASON_NONE);
}

/* .. in the rollover that just ends. */
TEST(what_was_deleted_hinders_nothing)
{
	open_changed();
	scene.owners[0].deleting = cast_set("x");
	expect(STEP_RETIME, REASON_NONE);
}

TEST(not_for_ever)
{
	open_changed();
	scene.state->retimed = RETIMES_MAX - 1;
	expect(STEP_RETIME, REASON_NONE);
	scene.state->retimed = RETIMES_MAX;
	expect(STEP_SETTLE, REASON_NONE);
	assert_non_null(rollover_find_untimed(&scene.facts));
}

TEST(programs_choose_theirs)
{
	open_changed();
	scene.target.api = API_EXEC;
	expect(STEP_SETTLE, REASON_NONE);
}

/* Nothing comes before a rollover. */
TEST(only_at_rest)
{
	open_changed();
	scene_say(&scene, 0, "a b", 3600);
	expect(STEP_RETIRE, REASON_NONE);
	scene_close(&scene);
	open_pending();
	scene.state->record_ttl_seconds = 3600;
	scene.facts.record_ttl_seconds = 600;
	for (int i = 0; i < 2; i++) {
		struct action action = rollover_next(&scene.facts);

		assert_int_not_equal(action.step, STEP_RETIME);
		action_clear(&action);
		scene_say(&scene, 0, "a b", 3600);
	}
}

#define CASE(name) CASE_WITH(name, NULL, close_scene)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(change_is_carried_out),
		CASE(what_was_not_changed_is_left_alone),
		CASE(records_of_others_keep_theirs),
		CASE(what_was_deleted_hinders_nothing),
		CASE(not_for_ever),
		CASE(programs_choose_theirs),
		CASE(only_at_rest),
	};

	return cmocka_run_group_tests(tests, NULL, cast_close);
}
