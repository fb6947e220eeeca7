/* SPDX-License-Identifier: MIT */
#include "decide/rollover_internal.h"

#include "base/xalloc.h"
#include "support/rollover.h"
#include "unit.h"

/* The change at OWNER among those decided, or NULL. */
static const struct change *change_at(const struct action *action,
				      size_t owner)
{
	for (size_t i = 0; i < action->changes.count; i++)
		if (action->changes.items[i].owner ==
		    scene.owners[owner].owner)
			return &action->changes.items[i];
	return NULL;
}

/* All owners are published at together, each with what it lacks. */
TEST(all_owners_at_once)
{
	struct tlsa_set b = cast_set("b"), both = cast_set("a b");
	struct action action;

	scene_open(&scene, 'a', 'b');
	scene.facts.probe = PROBE_NO_ANSWER;
	scene_add_owner(&scene);
	scene_say(&scene, 0, "-", 3600);
	scene_say(&scene, 1, "a", 3600);
	action = rollover_next_publish(&scene.facts);
	assert_int_equal(action.step, STEP_PUBLISH);
	assert_int_equal(action.changes.count, 2);
	assert_true(tlsa_set_equal(&change_at(&action, 0)->add, &both));
	assert_true(tlsa_set_equal(&change_at(&action, 1)->add, &b));
	action_clear(&action);
	tlsa_set_clear(&both);
	tlsa_set_clear(&b);
}

/* One in trouble gets nothing, and keeps no other from its records. */
TEST(trouble_at_one)
{
	static const char *const troubles[] = { "@", "*", "~", "!" };

	for (size_t i = 0; i < COUNT(troubles); i++) {
		struct action action;

		scene_open(&scene, 'a', 'a');
		scene.facts.probe = PROBE_NO_ANSWER;
		scene_add_owner(&scene);
		scene_say(&scene, 0, "-", 3600);
		scene_say(&scene, 1, troubles[i], 3600);
		action = rollover_next_publish(&scene.facts);
		assert_int_equal(action.step, STEP_PUBLISH);
		assert_non_null(change_at(&action, 0));
		assert_null(change_at(&action, 1));
		action_clear(&action);
		scene_close(&scene);
	}
	scene_open(&scene, 'a', 'a');
}

/* A certificate that may be presented, and is known by its fingerprint alone:
 * a set that begins without its match does more harm than none. Where one
 * stands the records of the others are added. */
TEST(nothing_begins_blindly)
{
	struct action action;

	scene_open(&scene, 'b', 'b');
	scene_present(&scene, "?b");
	scene_add_owner(&scene);
	for (size_t blind = 0; blind < 2; blind++) {
		scene_say(&scene, blind, "-", 3600);
		scene_say(&scene, !blind, "x", 3600);
		action = rollover_next_publish(&scene.facts);
		assert_int_equal(action.step, STEP_PUBLISH);
		assert_null(change_at(&action, blind));
		assert_non_null(change_at(&action, !blind));
		action_clear(&action);
	}
	scene_say(&scene, 0, "-", 3600);
	scene_say(&scene, 1, "b x", 3600);
	scene_show(&scene, 'b', LINKS_ARCHIVE);
	action = rollover_next_publish(&scene.facts);
	assert_int_equal(action.step, STEP_RELOAD);
	assert_int_equal(action.changes.count, 0);
}

/* With the first record clients begin to look: who presents none of ours would
 * lose them. Where a set stands they look already, but not for a combination of
 * which there is none. */
TEST(a_stranger)
{
	static const struct {
		enum probe_verdict verdict;
		enum step step;
	} rows[] = {
		{ PROBE_NOT_ASKED, STEP_PROBE },
		{ PROBE_SAW_NEW, STEP_PUBLISH },
		{ PROBE_UNSEEN, STEP_PUBLISH },
		{ PROBE_NO_ANSWER, STEP_PUBLISH },	/* closed */
		{ PROBE_SAW_OLD, STEP_PUBLISH },
		{ PROBE_SAW_NEXT, STEP_PUBLISH },
		{ PROBE_SAW_OTHER, STEP_STUCK },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		scene_open(&scene, 'a', 'b');
		scene_say(&scene, 0, "-", 3600);
		scene.facts.probe = rows[i].verdict;
		expect(rows[i].step, rows[i].step == STEP_STUCK ?
		       REASON_STRANGER : REASON_NONE);
		scene_close(&scene);
	}
	scene_open(&scene, 'a', 'b');
	scene.facts.probe = PROBE_SAW_OTHER;
	scene_say(&scene, 0, "x", 3600);
	expect(STEP_PUBLISH, REASON_NONE);
	scene_say(&scene, 0, "x:301", 3600);
	expect(STEP_STUCK, REASON_STRANGER);
	scene_say(&scene, 0, "-", 3600);
	scene.target.allows_strangers = true;
	expect(STEP_PUBLISH, REASON_NONE);
	scene.target.allows_strangers = false;
	scene.target.probe = CONFIG_PROBE_OFF;
	expect(STEP_PUBLISH, REASON_NONE);
	/* Ours was promised: whether it was ever there the state cannot say. */
	scene.target.probe = CONFIG_PROBE_AUTO;
	scene_publish(&scene, 0, "a");
	expect(STEP_STUCK, REASON_STRANGER);
	scene.facts.probe = PROBE_NOT_ASKED;
	expect(STEP_PROBE, REASON_NONE);
}

static void visit(enum visit_verdict verdict, const char *where, int64_t ms)
{
	struct visits visits = { NULL, 0 };

	visits_add(&visits, verdict, xstrdup(where), xstrdup(where));
	strangers_update(&scene.state->strangers, &visits, true, ms);
	visits_clear(&visits);
}

/* It was seen, and then does not answer: it will be back. */
TEST(a_stranger_that_is_silent)
{
	scene_open(&scene, 'a', 'b');
	scene_say(&scene, 0, "-", 3600);
	visit(VISIT_STRANGER, "mx [192.0.2.1]:25", SCENE_NOW - DAY * 1000);
	visit(VISIT_CLOSED, "mx [192.0.2.1]:25", SCENE_NOW - 1);
	expect(STEP_PROBE, REASON_NONE);
	scene.facts.probe = PROBE_NO_ANSWER;
	expect(STEP_STUCK, REASON_STRANGER);
	scene.target.allows_strangers = true;
	expect(STEP_PUBLISH, REASON_NONE);
	scene.target.allows_strangers = false;
	scene_say(&scene, 0, "x", 3600);
	expect(STEP_PUBLISH, REASON_NONE);
	scene_say(&scene, 0, "-", 3600);
	visit(VISIT_OURS, "mx [192.0.2.1]:25", SCENE_NOW);
	expect(STEP_PUBLISH, REASON_NONE);
}

/* Nobody knows what it is: it is waited for, for an hour. */
TEST(silence)
{
	struct action next;

	scene_open(&scene, 'a', 'b');
	scene_say(&scene, 0, "-", 3600);
	scene.facts.probe = PROBE_SAW_OLD;
	visit(VISIT_SILENT, "mx [192.0.2.1]:25",
	      SCENE_NOW + 1 - STRANGERS_PATIENCE_MS);
	expect(STEP_WAIT, REASON_UNANSWERED);
	next = rollover_next(&scene.facts);
	assert_int_equal(next.until_ms, SCENE_NOW + 1);
	action_clear(&next);
	scene.facts.now_ms++;
	expect(STEP_PUBLISH, REASON_NONE);
}

/* Deletions under way of what is wanted again: one cannot be made again, so
 * its record is added, the other is, in the same round. */
TEST(redo)
{
	struct action action;

	scene_open(&scene, 'a', 'b');
	scene_add_owner(&scene);
	for (size_t i = 0; i < 2; i++) {
		scene_say(&scene, i, "a b", 3600);
		scene.owners[i].deleting = cast_set("b");
	}
	scene.owners[1].others.needs = cast_set("b");
	action = rollover_next_redo(&scene.facts, scene.facts.live);
	assert_int_equal(action.step, STEP_RETIRE);
	assert_int_equal(action.reason, REASON_DELETING);
	assert_int_equal(action.changes.count, 2);
	assert_int_equal(change_at(&action, 0)->remove.count, 1);
	assert_int_equal(change_at(&action, 0)->add.count, 0);
	assert_int_equal(change_at(&action, 1)->remove.count, 0);
	assert_int_equal(change_at(&action, 1)->add.count, 1);
	action_clear(&action);
	/* What another target needs at the first is not known. */
	scene.owners[0].others.needs_unknown = true;
	action = rollover_next_redo(&scene.facts, scene.facts.live);
	assert_int_equal(action.step, STEP_PUBLISH);
	assert_int_equal(action.changes.count, 1);
	action_clear(&action);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, NULL, close_scene)
		CASE(all_owners_at_once),
		CASE(trouble_at_one),
		CASE(nothing_begins_blindly),
		CASE(a_stranger),
		CASE(a_stranger_that_is_silent),
		CASE(silence),
		CASE(redo),
	};

	return cmocka_run_group_tests(tests, NULL, cast_close);
}
