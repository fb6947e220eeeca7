/* SPDX-License-Identifier: MIT */
#include "support/rollover.h"

#include "base/xalloc.h"
#include "unit.h"

/* Which certificate is in service, where no state tells or a wrong one does. */

TEST(adoption)
{
	scene_open(&scene, 0, 'a');
	expect(STEP_ADOPT, REASON_NONE);
	scene.facts.live = NULL;
	expect(STEP_STUCK, REASON_LIVE_BROKEN);
	scene_show(&scene, 'a', LINKS_ARCHIVE);
	expect(STEP_ADOPT, REASON_NONE);
	assert_null(facts_goal(&scene.facts));
}

/* c was in service, says what is held; the state has nothing of it. */
static void hold_c(void)
{
	chains_add(&scene.facts.returned, cast_chain('c'));
	scene.facts.kept = cast_chain('c');
}

static void expect_adoption(char letter)
{
	struct action action = rollover_next(&scene.facts);

	assert_int_equal(action.step, STEP_ADOPT);
	assert_ptr_equal(action.chain, cast_chain(letter));
}

TEST(state_of_a_backup)
{
	scene_open(&scene, 'a', 'a');
	settle('a');
	scene.facts.held_unread = true;
	expect(STEP_STUCK, REASON_DISK);
	scene.facts.held_unread = false;
	hold_c();
	expect_adoption('a');
	/* Its files are gone, and the links lead nowhere. */
	scene.facts.live = cast_chain('b');
	scene.facts.released = NULL;
	scene.facts.released_number = 0;
	scene_show(&scene, 0, LINKS_ARCHIVE);
	expect_adoption('c');
	scene.facts.held_unread = true;
	expect(STEP_STUCK, REASON_DISK);
	chains_clear(&scene.facts.returned);
}

/* Links at rest may show what is in service, or what never was. */
TEST(links_of_a_backup)
{
	scene_open(&scene, 'a', 'c');
	hold_c();
	scene_show(&scene, 'c', LINKS_REST);
	expect(STEP_SURVEY, REASON_NONE);
	scene.facts.local_only = true;
	expect_adoption('c');
	scene_show(&scene, 'b', LINKS_REST);
	expect_adoption('c');
	scene_show(&scene, 'c', LINKS_ARCHIVE);
	expect(STEP_NOTHING, REASON_NONE);
	chains_clear(&scene.facts.returned);
}

TEST(lost_state_with_what_is_held)
{
	scene_open(&scene, 0, 'a');
	hold_c();
	expect_adoption('c');
	scene.facts.held_unread = true;
	expect(STEP_STUCK, REASON_DISK);
	scene_show(&scene, 'a', LINKS_ARCHIVE);
	expect_adoption('a');
	chains_clear(&scene.facts.returned);
}

static void open_lost(char live)
{
	scene_open(&scene, 0, live);
	scene_show(&scene, live, LINKS_REST);
	chains_add(&scene.facts.former, cast_chain('a'));
	chains_add(&scene.facts.former, cast_chain('b'));
	chains_add(&scene.facts.former, cast_chain('c'));
}

static void expect_beside(char letter)
{
	struct action action = rollover_next(&scene.facts);

	assert_int_equal(action.step, STEP_ADOPT);
	assert_ptr_equal(action.chain, cast_chain('c'));
	assert_ptr_equal(action.beside, letter ? cast_chain(letter) : NULL);
}

/* The state is lost, and certbot led links at rest on: what has a match may be
 * in service still. */
TEST(lost_state_while_live_went_on)
{
	open_lost('c');
	expect(STEP_SURVEY, REASON_NONE);
	scene_say(&scene, 0, "b", 3600);
	expect_beside('b');
	scene_say(&scene, 0, "a", 3600);
	expect_beside('a');
	scene_say(&scene, 0, "a b c", 3600);
	expect_beside(0);
	chains_clear(&scene.facts.former);
}

/* What was in service last is known by combined.pem, if it has a match. */
TEST(lost_state_but_for_the_links)
{
	open_lost('c');
	scene.facts.links.files = PEM_ALL_LINKS;
	scene.facts.links.combined = cast_chain('a')->version;
	scene_say(&scene, 0, "a b", 3600);
	expect_adoption('a');
	assert_null(rollover_next(&scene.facts).beside);
	scene_say(&scene, 0, "b", 3600);
	expect_beside('b');
	scene.facts.links.combined = cast_chain('c')->version;
	expect_beside('b');
	scene.facts.links.combined = cast_chain('b')->version;
	scene.facts.links.files &= ~PEM_BIT(PEM_COMBINED);
	expect_beside('b');
	chains_clear(&scene.facts.former);
}

TEST(lost_state_that_no_server_tells)
{
	open_lost('c');
	scene_say(&scene, 0, "-", 3600);
	expect_beside(0);
	scene_say(&scene, 0, "b", 3600);
	view_say(&scene.views[0], 1, "a", 3600);
	expect_beside(0);
	scene_say(&scene, 0, "b", 3600);
	scene.views[0].seen.count = 0;
	expect_beside(0);
	scene.views[0].seen.count = 2;
	scene.facts.now_ms = cast_chain('b')->not_after_seconds * 1000;
	expect_beside(0);
	chains_clear(&scene.facts.former);
}

/* Nobody knows which of both services have: to be told to load what was adopted
 * is to them as a release. */
TEST(what_was_adopted_is_not_loaded_at_once)
{
	scene_open(&scene, 'a', 'a');
	scene.state->unproven = true;
	scene.state->reloaded_ms = 0;
	scene_present(&scene, "ab");
	scene_history(&scene, 0, "b", 3600, 200);
	scene_say(&scene, 0, "b", 3600);
	expect(STEP_PUBLISH, REASON_NONE);
	scene_say(&scene, 0, "a b", 3600);
	expect(STEP_WAIT, REASON_CACHES);
	/* What links of our own lead to was released. */
	scene_show(&scene, 'a', LINKS_ARCHIVE);
	scene.facts.pin = true;
	expect(STEP_RELOAD, REASON_NONE);
	scene_show(&scene, 'a', LINKS_REST);
	scene.facts.pin = false;
	scene.facts.may_look = true;
	expect(STEP_PROBE, REASON_NONE);
	scene.facts.probe = PROBE_SAW_OLD;
	scene.facts.now_ms = rollover_next(&scene.facts).until_ms;
	expect(STEP_RELOAD, REASON_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, NULL, close_scene)
		CASE(adoption),
		CASE(state_of_a_backup),
		CASE(links_of_a_backup),
		CASE(lost_state_with_what_is_held),
		CASE(lost_state_while_live_went_on),
		CASE(lost_state_but_for_the_links),
		CASE(lost_state_that_no_server_tells),
		CASE(what_was_adopted_is_not_loaded_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, cast_close);
}
