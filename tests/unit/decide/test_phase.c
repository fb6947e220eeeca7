/* SPDX-License-Identifier: MIT */
#include "decide/phase.h"

#include "support/rollover.h"
#include "unit.h"

static int open_here(void **state)
{
	(void)state;
	open_pending();
	return 0;
}

static void expect_phase(enum phase phase)
{
	assert_int_equal(phase_find(&scene.facts), phase);
}

TEST(before_the_release)
{
	expect_phase(PHASE_PUBLISHED);
	scene_say(&scene, 0, "a", 3600);
	expect_phase(PHASE_UNPUBLISHED);
	assert_ptr_equal(phase_chain(&scene.facts), cast_chain('b'));
}

/* Where nobody was asked, what was promised has to do. */
TEST(nothing_was_asked)
{
	scene.owners[0].seen = NULL;
	expect_phase(PHASE_UNPUBLISHED);
	scene_publish(&scene, 0, "a b");
	expect_phase(PHASE_PUBLISHED);
}

TEST(after_the_release)
{
	scene_close(&scene);
	scene_open(&scene, 'b', 'b');
	scene_say(&scene, 0, "a b", 3600);
	scene_present(&scene, "ab");
	expect_phase(PHASE_RELEASED);
	scene.state->proven_ms = SCENE_NOW - 1;
	expect_phase(PHASE_LINGERING);
	scene_present(&scene, "b");
	expect_phase(PHASE_SETTLING);
	settle('b');
	scene.facts.config_settled = true;
	expect_phase(PHASE_REST);
	scene_show(&scene, 'b', LINKS_ARCHIVE);
	expect_phase(PHASE_PINNED);
	scene.facts.pin = true;
	expect_phase(PHASE_REST);
}

/* Once in an hour it is looked at again, and what services loaded before the
 * adoption matters where their records are to go. */
TEST(adopted_and_looked_at_again)
{
	scene_close(&scene);
	scene_open(&scene, 'b', 'b');
	scene.state->unproven = true;
	scene_say(&scene, 0, "b", 3600);
	scene_publish(&scene, 0, "b");
	expect_phase(PHASE_SETTLING);
	assert_false(phase_is_to_delete(&scene.facts));
	scene.owners[0].seen = NULL;
	expect_phase(PHASE_SETTLING);
	scene_say(&scene, 0, "a b", 3600);
	scene_publish(&scene, 0, "a b");
	assert_true(phase_is_to_delete(&scene.facts));
	expect_phase(PHASE_RELEASED);
}

/* What nobody can see counts as seen where `linger` says what to go by. */
TEST(unseen)
{
	scene_close(&scene);
	scene_open(&scene, 'b', 'b');
	scene_present(&scene, "ab");
	scene.facts.probe = PROBE_UNSEEN;
	expect_phase(PHASE_RELEASED);
	scene.target.linger_given = true;
	expect_phase(PHASE_LINGERING);
	scene.state->reload_due = true;
	expect_phase(PHASE_RELEASED);
}

TEST(nothing_is_known)
{
	scene_close(&scene);
	scene_open(&scene, 0, 0);
	expect_phase(PHASE_UNMANAGED);
	assert_null(phase_chain(&scene.facts));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE_WITH(before_the_release, open_here, close_scene),
		CASE_WITH(nothing_was_asked, open_here, close_scene),
		CASE_WITH(after_the_release, open_here, close_scene),
		CASE_WITH(adopted_and_looked_at_again, open_here, close_scene),
		CASE_WITH(unseen, open_here, close_scene),
		CASE_WITH(nothing_is_known, open_here, close_scene),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
