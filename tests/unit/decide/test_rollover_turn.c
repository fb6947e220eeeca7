/* SPDX-License-Identifier: MIT */
#include "support/rollover.h"

#include "unit.h"

#define B_WAITS (9 * DAY)	/* long enough */

/* B was under way when certbot renewed once more: live shows C. B's record is
 * there since B_SECONDS, C's since a moment. */
static void open_two(int64_t b_seconds)
{
	scene_open(&scene, 'a', 'c');
	scene.facts.next = cast_chain('b');
	scene.facts.next_number = 2;
	scene.facts.live_number = 3;
	scene_history(&scene, 0, "a", 3600, b_seconds + 100);
	scene_history(&scene, 0, "a b", 3600, b_seconds);
	scene_say(&scene, 0, "a b c", 3600);
}

static void expect_released(char letter, unsigned number)
{
	struct action action = rollover_next(&scene.facts);

	assert_int_equal(action.step, STEP_RELEASE);
	assert_ptr_equal(action.chain, cast_chain(letter));
	assert_int_equal(action.links.place, number ? LINKS_ARCHIVE :
			 LINKS_HELD);
	assert_int_equal(action.links.number, number);
}

TEST(the_one_under_way_first)
{
	open_two(B_WAITS);
	scene.facts.pin = true;
	expect_released('b', 2);
	/* Certbot has cleared it away; its files are held. */
	scene.facts.next_number = 0;
	expect_released('b', 0);
	/* Never to the live links: these show C. */
	scene.facts.pin = false;
	scene.facts.next_number = 2;
	expect_released('b', 2);
}

TEST(live_if_it_need_not_wait)
{
	open_two(B_WAITS);
	scene_close(&scene);
	scene_open(&scene, 'a', 'c');
	scene.facts.next = cast_chain('b');
	scene.facts.live_number = 3;
	scene.facts.pin = true;
	scene_history(&scene, 0, "a", 3600, 10 * DAY);
	scene_history(&scene, 0, "a b c", 3600, 9 * DAY);
	scene_say(&scene, 0, "a b c", 3600);
	expect_released('c', 3);
}

TEST(both_wait)
{
	struct action action;

	open_two(100);
	expect(STEP_WAIT, REASON_CACHES);
	action = rollover_next(&scene.facts);
	/* B's wait is told, for that ends first. */
	assert_true(action.until_ms <= SCENE_NOW + 7200000);
}

/* D came between, and never goes into service. */
TEST(what_was_superseded_is_deleted)
{
	open_two(100);
	scene_say(&scene, 0, "a b c d", 3600);
	expect(STEP_RETIRE, REASON_NONE);
	expect_change(0, "", "d");
	/* After an adoption services may present anything. */
	scene.state->unproven = true;
	expect(STEP_WAIT, REASON_CACHES);
	scene.state->unproven = false;
	/* Where servers do not agree nothing is taken away. */
	view_say(&scene.views[0], 1, "b c d", 3600);
	expect(STEP_WAIT, REASON_CACHES);
}

/* No combination loses what is about B or C: it would begin their waits
 * anew. */
TEST(what_is_no_longer_configured_has_time)
{
	open_two(100);
	scene_say(&scene, 0, "a b c a:301 b:301 c:301", 3600);
	expect(STEP_WAIT, REASON_CACHES);
}

/* A former release is brought to its end while the next one waits, or what was
 * in service before A would never leave. */
TEST(what_a_former_release_left)
{
	open_two(100);
	scene_close(&scene);
	scene_open(&scene, 'a', 'b');
	scene_present(&scene, "ea");
	scene_history(&scene, 0, "e a", 3600, 10 * DAY);
	scene_say(&scene, 0, "e a b", 3600);
	scene.state->reloaded_ms = SCENE_NOW - 1000;
	expect(STEP_PROBE, REASON_NONE);
	scene.facts.probe = PROBE_SAW_OLD;
	expect(STEP_WAIT, REASON_CACHES);
	scene.facts.probe = PROBE_SAW_NEW;
	expect(STEP_PROVEN, REASON_NONE);
	scene.state->proven_ms = SCENE_NOW - 3600 * 1000;
	expect(STEP_SHED, REASON_NONE);
}

#define CASE(name) CASE_WITH(name, NULL, close_scene)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(the_one_under_way_first),
		CASE(live_if_it_need_not_wait),
		CASE(both_wait),
		CASE(what_was_superseded_is_deleted),
		CASE(what_is_no_longer_configured_has_time),
		CASE(what_a_former_release_left),
	};

	return cmocka_run_group_tests(tests, NULL, cast_close);
}
