/* SPDX-License-Identifier: MIT */
#include "support/rollover.h"

#include "base/xalloc.h"
#include "unit.h"

TEST(once_in_a_while)
{
	open_settled();
	expect(STEP_SETTLE, REASON_NONE);
	scene.facts.looked_lately = true;
	expect(STEP_NOTHING, REASON_NONE);
	scene.facts.looked_lately = false;
	scene.owners[0].seen = NULL;
	expect(STEP_SURVEY, REASON_NONE);
	/* A hook has other things to do. */
	scene.facts.may_look = false;
	expect(STEP_NOTHING, REASON_NONE);
}

TEST(what_is_gone_is_published_again)
{
	open_settled();
	scene_say(&scene, 0, "-", 3600);
	expect(STEP_PUBLISH, REASON_NONE);
	expect_change(0, "a", "");
	scene_say(&scene, 0, "x", 3600);
	expect_change(0, "a", "");
}

TEST(clients_that_are_locked_out)
{
	struct action action;

	open_settled();
	scene.state->locked_until_ms = SCENE_NOW + 1;
	expect(STEP_STUCK, REASON_LOCKED_OUT);
	action = rollover_next(&scene.facts);
	assert_int_equal(action.until_ms, SCENE_NOW + 1);
	/* A secondary that does not have ours yet is no reason to be silent. */
	scene.views[0].sightings[1].verdict = SIGHTING_NO_ANSWER;
	expect(STEP_STUCK, REASON_LOCKED_OUT);
	scene.state->locked_until_ms = SCENE_NOW;
	expect(STEP_WAIT, REASON_SERVER);
	scene.views[0].sightings[1].verdict = SIGHTING_SET;
	scene.state->locked_until_ms = SCENE_NOW + 1;
	/* What was there before we came is no alarm. */
	free(scene.state->settled_config);
	scene.state->settled_config = NULL;
	expect(STEP_WAIT, REASON_LOCKED_OUT);
	scene.state->locked_until_ms = SCENE_NOW;
	expect(STEP_SETTLE, REASON_NONE);
}

/* An owner that had the records of others alone: what joins them is not done,
 * and in no service, before caches have its record; that is a release. */
TEST(joins_another)
{
	struct action action;

	scene_open(&scene, 'a', 'a');
	scene.facts.config_settled = false;
	scene.facts.probe = PROBE_SAW_NEW;
	scene_history(&scene, 0, "x", 3600, 10);
	scene_say(&scene, 0, "a x", 3600);
	expect(STEP_WAIT, REASON_LOCKED_OUT);
	action = rollover_next(&scene.facts);
	assert_int_equal(action.until_ms,
			 SCENE_NOW + 2 * 3600 * INT64_C(1000));
	assert_ptr_equal(action.owner, &scene.owners[0]);
	/* The later end of the two. */
	scene.state->locked_until_ms = SCENE_NOW + 10;
	action = rollover_next(&scene.facts);
	assert_true(action.until_ms > SCENE_NOW + 10);
	scene.facts.now_ms = action.until_ms;
	expect(STEP_SETTLE, REASON_NONE);
	scene.state->locked_until_ms = scene.facts.now_ms + 1;
	expect(STEP_WAIT, REASON_LOCKED_OUT);
	/* What was done under this configuration waits no more. */
	scene.state->locked_until_ms = 0;
	scene.facts.now_ms = SCENE_NOW;
	scene.facts.config_settled = true;
	expect(STEP_SETTLE, REASON_NONE);
}

/* Nor is its first record waited for where nothing stood before. */
TEST(first_record_of_all)
{
	scene_open(&scene, 'a', 'a');
	scene.facts.config_settled = false;
	scene.facts.probe = PROBE_SAW_NEW;
	scene_history(&scene, 0, "-", 3600, 10);
	scene_say(&scene, 0, "a", 3600);
	expect(STEP_SETTLE, REASON_NONE);
}

TEST(services)
{
	static const struct {
		enum probe_verdict verdict;
		enum step step;
	} rows[] = {
		{ PROBE_NOT_ASKED, STEP_PROBE },
		{ PROBE_SAW_NEW, STEP_SETTLE },
		{ PROBE_UNSEEN, STEP_SETTLE },
		{ PROBE_NO_ANSWER, STEP_SETTLE },
		{ PROBE_SAW_OLD, STEP_SETTLE },
		{ PROBE_SAW_NEXT, STEP_STUCK },
		{ PROBE_SAW_OTHER, STEP_STUCK },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		open_settled();
		scene.facts.probe = rows[i].verdict;
		expect(rows[i].step, rows[i].step == STEP_STUCK ?
		       REASON_ASTRAY : REASON_NONE);
		scene.facts.may_look = false;
		scene.state->has_settled = false;
		expect(STEP_SETTLE, REASON_NONE);
		scene_close(&scene);
	}
	open_settled();
	scene.facts.probe = PROBE_SAW_OTHER;
	scene.target.probe = CONFIG_PROBE_OFF;
	expect(STEP_SETTLE, REASON_NONE);
}

/* Made for weeks, and nobody has renewed it; but days may be all it has. */
TEST(signatures)
{
	static const struct {
		int life_days, left_hours;
		enum step step;
	} rows[] = {
		{ 21, 71, STEP_STUCK }, { 21, 73, STEP_SETTLE },
		{ 2, 24, STEP_SETTLE }, { 2, 11, STEP_STUCK },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct sighting *second;

		open_settled();
		second = &scene.views[0].sightings[1];
		second->signature_expires_seconds = SCENE_NOW / 1000 +
			rows[i].left_hours * 3600;
		second->signature_begins_seconds =
			second->signature_expires_seconds -
			rows[i].life_days * DAY;
		expect(rows[i].step, rows[i].step == STEP_STUCK ?
		       REASON_SIGNATURE : REASON_NONE);
		scene_close(&scene);
	}
	open_settled();
}

/* B is published and waits; who presents it already does not use our links. */
TEST(watch)
{
	struct action action;

	scene_open(&scene, 'a', 'b');
	scene_history(&scene, 0, "a", 3600, 200);
	scene_say(&scene, 0, "a b", 3600);
	expect(STEP_WAIT, REASON_CACHES);
	scene.facts.may_look = true;
	expect(STEP_PROBE, REASON_NONE);
	scene.facts.probe = PROBE_SAW_NEW;
	expect(STEP_WAIT, REASON_CACHES);
	scene.facts.probe = PROBE_SAW_NEXT;
	expect(STEP_STUCK, REASON_ASTRAY);
	scene.facts.probe = PROBE_SAW_OTHER;
	expect(STEP_STUCK, REASON_ASTRAY);
	/* One that was told long ago, and has not loaded it. */
	scene.facts.probe = PROBE_SAW_OLD;
	scene.state->reloaded_ms = SCENE_NOW - 6 * 3600 * INT64_C(1000);
	expect(STEP_WAIT, REASON_CACHES);
	scene.state->reloaded_ms--;
	expect(STEP_STUCK, REASON_PROBE);
	/* It goes on waiting all the same. */
	action = rollover_next(&scene.facts);
	assert_true(action.until_ms > SCENE_NOW);
	/* Whose clients fail is told first. */
	scene.state->settled_config = xstrdup("digest");
	scene.state->locked_until_ms = SCENE_NOW + 1;
	expect(STEP_STUCK, REASON_LOCKED_OUT);
	scene.state->locked_until_ms = SCENE_NOW;
	expect(STEP_STUCK, REASON_PROBE);
}

#define CASE(name) CASE_WITH(name, NULL, close_scene)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(once_in_a_while),
		CASE(what_is_gone_is_published_again),
		CASE(clients_that_are_locked_out),
		CASE(joins_another),
		CASE(first_record_of_all),
		CASE(services),
		CASE(signatures),
		CASE(watch),
	};

	return cmocka_run_group_tests(tests, NULL, cast_close);
}
