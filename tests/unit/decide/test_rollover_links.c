/* SPDX-License-Identifier: MIT */
#include "support/rollover.h"

#include "base/xalloc.h"
#include "unit.h"

/* Where links lead, and who is right where the state has it otherwise. */

TEST(where_links_belong)
{
	static const struct {
		char live, shown;
		enum links_place now;
		bool pin, may_rest;
		enum step step;
		enum links_place want;
	} rows[] = {
		/* A is released. At rest, and it may stay so: */
		{ 'a', 'a', LINKS_REST, false, true, STEP_SURVEY, 0 },
		{ 'a', 'a', LINKS_REST, false, false, STEP_SURVEY, 0 },
		/* The pre hook, or follow_live = no. */
		{ 'a', 'a', LINKS_REST, true, true, STEP_LINKS,
		  LINKS_ARCHIVE },
		{ 'a', 'a', LINKS_ARCHIVE, true, true, STEP_SURVEY, 0 },
		{ 'a', 'a', LINKS_HELD, true, true, STEP_SURVEY, 0 },
		/* Back to rest only where that is allowed. */
		{ 'a', 'a', LINKS_ARCHIVE, false, true, STEP_LINKS,
		  LINKS_REST },
		{ 'a', 'a', LINKS_ARCHIVE, false, false, STEP_SURVEY, 0 },
		{ 'a', 'a', LINKS_HELD, false, true, STEP_LINKS, LINKS_REST },
		/* A renewal was pinned away: pins stay. */
		{ 'b', 'a', LINKS_ARCHIVE, false, true, STEP_SURVEY, 0 },
		{ 'b', 'a', LINKS_HELD, false, true, STEP_SURVEY, 0 },
		/* The pre hook was missed: links show B. */
		{ 'b', 'b', LINKS_REST, false, true, STEP_LINKS,
		  LINKS_ARCHIVE },
		{ 'b', 'b', LINKS_REST, false, false, STEP_LINKS,
		  LINKS_ARCHIVE },
		{ 'b', 'b', LINKS_REST, true, true, STEP_LINKS,
		  LINKS_ARCHIVE },
		/* The archive's numbers began anew: 1 is another version. */
		{ 'b', 'b', LINKS_ARCHIVE, false, true, STEP_LINKS,
		  LINKS_ARCHIVE },
		/* Interrupted, broken, missing. */
		{ 'b', 0, LINKS_MIXED, false, true, STEP_LINKS,
		  LINKS_ARCHIVE },
		{ 'a', 0, LINKS_MIXED, false, true, STEP_LINKS, LINKS_REST },
		{ 'a', 0, LINKS_MIXED, false, false, STEP_LINKS,
		  LINKS_ARCHIVE },
		{ 'a', 0, LINKS_ABSENT, false, true, STEP_LINKS, LINKS_REST },
		{ 'b', 0, LINKS_REST, false, true, STEP_LINKS,
		  LINKS_ARCHIVE },
		{ 0, 0, LINKS_REST, false, true, STEP_LINKS, LINKS_ARCHIVE },
		{ 0, 'a', LINKS_ARCHIVE, false, true, STEP_STUCK, 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct action action;

		scene_open(&scene, 'a', rows[i].live);
		scene_show(&scene, rows[i].shown, rows[i].now);
		scene.facts.pin = rows[i].pin;
		scene.facts.may_rest = rows[i].may_rest;
		action = rollover_next(&scene.facts);
		if (action.step != rows[i].step ||
		    action.links.place != rows[i].want)
			fail_msg("row %zu: step %d place %d", i, action.step,
				 action.links.place);
		if (action.links.place == LINKS_ARCHIVE)
			assert_int_equal(action.links.number, 1);
		scene_close(&scene);
	}
	scene_open(&scene, 'a', 'a');
}

TEST(files_gone_from_the_archive)
{
	struct action action;

	scene_open(&scene, 'a', 'b');
	scene_show(&scene, 0, LINKS_ARCHIVE);
	scene.facts.released_number = 0;
	scene.facts.released_held = true;
	action = rollover_next(&scene.facts);
	assert_int_equal(action.step, STEP_LINKS);
	assert_int_equal(action.links.place, LINKS_HELD);
	assert_true(fingerprint_equal(&action.links.held,
				      &cast_chain('a')->version));
	scene.facts.released_held = false;
	scene.facts.released = scene.presented[0] = NULL;
	expect(STEP_ADOPT, REASON_NONE);
	scene.facts.live = NULL;
	expect(STEP_STUCK, REASON_LOST);
}

TEST(foreign_directory)
{
	scene_open(&scene, 'a', 'a');
	scene_show(&scene, 0, LINKS_FOREIGN);
	expect(STEP_STUCK, REASON_LINKS_FOREIGN);
	scene.facts.recreate = true;
	expect_links(STEP_LINKS, LINKS_REST, 0);
}

TEST(release_under_way_is_accepted)
{
	scene_open(&scene, 'a', 'b');
	scene.state->has_releasing = true;
	scene.state->releasing = cast_chain('b')->version;
	scene_present(&scene, "ab");
	scene_show(&scene, 'b', LINKS_REST);
	expect(STEP_ACCEPT, REASON_NONE);
	/* Not begun, or only half done: back to A. */
	scene_show(&scene, 'a', LINKS_ARCHIVE);
	expect(STEP_SURVEY, REASON_NONE);
	scene_show(&scene, 0, LINKS_MIXED);
	expect_links(STEP_LINKS, LINKS_ARCHIVE, 1);
	/* Another version than the one being released. */
	scene_show(&scene, 'c', LINKS_REST);
	expect_links(STEP_LINKS, LINKS_ARCHIVE, 1);
}

/* Live may be the renewed one while services present what cannot be read. */
TEST(unreadable_is_not_adopted_over)
{
	scene_open(&scene, 'a', 'b');
	scene_show(&scene, 0, LINKS_ARCHIVE);
	scene.state->has_released = false;
	scene.facts.shown = NULL;
	expect(STEP_ADOPT, REASON_NONE);
	scene.facts.disk_trouble = -EIO;
	expect(STEP_STUCK, REASON_DISK);
}

static void expect_guess(char letter)
{
	struct action action = rollover_next(&scene.facts);

	assert_int_equal(action.step, STEP_ADOPT);
	assert_ptr_equal(action.chain, cast_chain(letter));
	assert_true(action.guesses);
}

/* The links were made for C, and the state has A: it is not of today, or
 * somebody led them there. */
TEST(led_elsewhere)
{
	struct action action;

	scene_open(&scene, 'a', 'a');
	scene_show(&scene, 'c', LINKS_ARCHIVE);
	scene.facts.pin = true;
	/* Certbot's numbers began anew. */
	expect_links(STEP_LINKS, LINKS_ARCHIVE, 1);
	scene.facts.shown_as_made = true;
	expect(STEP_SURVEY, REASON_NONE);
	/* A hook that asks nobody leaves them. */
	scene.facts.local_only = true;
	expect(STEP_NOTHING, REASON_NONE);
	scene.facts.local_only = false;
	scene_say(&scene, 0, "a", 3600);
	expect_links(STEP_LINKS, LINKS_ARCHIVE, 1);
	scene_say(&scene, 0, "c", 3600);
	expect(STEP_ADOPT, REASON_NONE);
	action = rollover_next(&scene.facts);
	assert_ptr_equal(action.chain, cast_chain('c'));
	assert_false(action.guesses);
	/* One server without a match for A is enough to stay, but not to be
	 * sure; nor are sets that match neither. */
	view_say(&scene.views[0], 1, "a", 3600);
	expect_guess('c');
	scene_say(&scene, 0, "b", 3600);
	expect_guess('c');
	view_say(&scene.views[0], 1, "~", 3600);
	expect_guess('c');
	/* Nor where a server that is silent could tell who is. */
	scene_say(&scene, 0, "a c", 3600);
	view_say(&scene.views[0], 1, "~", 3600);
	expect_guess('c');
	scene_say(&scene, 0, "a c", 3600);
	expect_links(STEP_LINKS, LINKS_ARCHIVE, 1);
	/* Nobody could be asked: nobody knows who is right. */
	scene.views[0].seen.count = 0;
	expect(STEP_STUCK, REASON_ZONE);
	scene.views[0].seen.count = 2;
	/* It is the links that came back from a backup. */
	scene.facts.links_old = true;
	expect_links(STEP_LINKS, LINKS_ARCHIVE, 1);
}

/* The state is a copy, and links at rest show what certbot has: who is right
 * the name servers know. */
TEST(restored_while_live_went_on)
{
	struct action action;

	scene_open(&scene, 'a', 'c');
	scene_show(&scene, 'c', LINKS_REST);
	expect_links(STEP_LINKS, LINKS_ARCHIVE, 1);
	scene.state->unproven = true;
	expect(STEP_SURVEY, REASON_NONE);
	scene_say(&scene, 0, "a", 3600);
	expect_links(STEP_LINKS, LINKS_ARCHIVE, 1);
	scene_say(&scene, 0, "a c", 3600);
	expect_links(STEP_LINKS, LINKS_ARCHIVE, 1);
	scene_say(&scene, 0, "c", 3600);
	expect(STEP_ADOPT, REASON_NONE);
	action = rollover_next(&scene.facts);
	assert_ptr_equal(action.chain, cast_chain('c'));
	/* One that is silent speaks for neither. */
	view_say(&scene.views[0], 1, "~", 3600);
	expect(STEP_ADOPT, REASON_NONE);
	/* Neither is served, or nobody could be asked. */
	view_say(&scene.views[0], 1, "a", 3600);
	expect_links(STEP_LINKS, LINKS_ARCHIVE, 1);
	scene.views[0].seen.count = 0;
	expect_links(STEP_LINKS, LINKS_ARCHIVE, 1);
	/* Then what is known for a copy leaves them where they lead. */
	scene.state->copied = true;
	expect(STEP_STUCK, REASON_ZONE);
	scene.views[0].seen.count = 2;
	scene_say(&scene, 0, "~", 3600);
	expect(STEP_WAIT, REASON_SERVER);
	view_say(&scene.views[0], 1, "a", 3600);
	expect_links(STEP_LINKS, LINKS_ARCHIVE, 1);
	/* Where all sets are for neither, services are told nothing. */
	view_say(&scene.views[0], 1, "b", 3600);
	expect_guess('c');
	scene_say(&scene, 0, "-", 3600);
	expect_guess('c');
	scene.state->copied = false;
	scene_say(&scene, 0, "b", 3600);
	expect_links(STEP_LINKS, LINKS_ARCHIVE, 1);
	scene.views[0].seen.count = 0;
	/* Nobody could be asked about one of two: the other tells. */
	scene_add_owner(&scene);
	scene_say(&scene, 1, "c", 3600);
	expect(STEP_ADOPT, REASON_NONE);
	scene_say(&scene, 1, "a", 3600);
	expect_links(STEP_LINKS, LINKS_ARCHIVE, 1);
	/* Who asks nobody leaves them, where the state is known for a copy. */
	scene.facts.local_only = true;
	expect_links(STEP_LINKS, LINKS_ARCHIVE, 1);
	scene.state->copied = true;
	expect(STEP_NOTHING, REASON_NONE);
	/* To pin what is in service is no doubt. */
	scene_show(&scene, 'a', LINKS_REST);
	scene.facts.pin = true;
	expect_links(STEP_LINKS, LINKS_ARCHIVE, 1);
}

/* pre came first, and pinned what they showed. */
TEST(restored_and_pinned)
{
	scene_open(&scene, 'a', 'c');
	scene_show(&scene, 'c', LINKS_ARCHIVE);
	scene.state->unproven = true;
	expect_links(STEP_LINKS, LINKS_ARCHIVE, 1);
	scene.state->copied = true;
	expect(STEP_SURVEY, REASON_NONE);
	scene_say(&scene, 0, "c", 3600);
	expect_guess('c');
	scene_say(&scene, 0, "a", 3600);
	expect_links(STEP_LINKS, LINKS_ARCHIVE, 1);
	scene.facts.local_only = true;
	expect(STEP_NOTHING, REASON_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, NULL, close_scene)
		CASE(where_links_belong),
		CASE(files_gone_from_the_archive),
		CASE(foreign_directory),
		CASE(release_under_way_is_accepted),
		CASE(unreadable_is_not_adopted_over),
		CASE(led_elsewhere),
		CASE(restored_while_live_went_on),
		CASE(restored_and_pinned),
	};

	return cmocka_run_group_tests(tests, NULL, cast_close);
}
