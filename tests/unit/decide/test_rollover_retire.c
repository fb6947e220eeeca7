/* SPDX-License-Identifier: MIT */
#include "support/rollover.h"

#include "base/xalloc.h"
#include "unit.h"

/* B was released and reloaded, A may still be presented. */
static void open_released(void)
{
	scene_open(&scene, 'b', 'b');
	scene_present(&scene, "ab");
	scene_history(&scene, 0, "a b", 3600, 9 * DAY);
	scene_say(&scene, 0, "a b", 3600);
	scene.state->reloaded_ms = SCENE_NOW - DAY * 1000;
}

/* ---- After the release ------------------------------------------------ */

TEST(reload_comes_first)
{
	open_released();
	scene.state->reload_due = true;
	expect(STEP_RELOAD, REASON_NONE);
	scene.facts.reload_failed = true;
	expect(STEP_STUCK, REASON_RELOAD);
}

TEST(probe)
{
	struct action action;

	open_released();
	expect(STEP_PROBE, REASON_NONE);
	scene.facts.probe = PROBE_SAW_OTHER;
	expect(STEP_WAIT, REASON_PROBE);
	scene.facts.probe = PROBE_SAW_NEW;
	expect(STEP_PROVEN, REASON_NONE);
	scene.state->proven_ms = SCENE_NOW - 3599000;
	action = rollover_next(&scene.facts);
	assert_int_equal(action.step, STEP_WAIT);
	assert_int_equal(action.reason, REASON_LINGER);
	assert_int_equal(action.until_ms, SCENE_NOW + 1000);
	scene.state->proven_ms = SCENE_NOW - 3600000;
	expect(STEP_SHED, REASON_NONE);
	/* Proven long ago does not excuse from looking today. */
	scene.facts.probe = PROBE_NOT_ASKED;
	expect(STEP_PROBE, REASON_NONE);
	scene.facts.probe = PROBE_SAW_OTHER;
	expect(STEP_WAIT, REASON_PROBE);
}

TEST(linger)
{
	static const struct {
		enum config_probe_mode mode;
		enum probe_verdict probe;
	} rows[] = {
		{ CONFIG_PROBE_OFF, PROBE_NOT_ASKED },
		{ CONFIG_PROBE_AUTO, PROBE_UNSEEN },
		{ CONFIG_PROBE_LIST, PROBE_SAW_NEW },
	};

	for (size_t i = 0; i < 3; i++) {
		struct action action;

		open_released();
		scene.target.probe = rows[i].mode;
		scene.facts.probe = rows[i].probe;
		/* Seen late, even where not all can be. */
		scene.state->proven_ms = SCENE_NOW - 4000000;
		scene.state->reloaded_ms = SCENE_NOW - 4000000 -
					   (int64_t)i * 1000;
		scene.target.linger_seconds = 4001;
		scene.target.linger_given = true;
		action = rollover_next(&scene.facts);
		assert_int_equal(action.step, STEP_WAIT);
		assert_int_equal(action.reason, REASON_LINGER);
		assert_int_equal(action.until_ms, SCENE_NOW + 1000);
		scene.target.linger_seconds = 4000;
		expect(STEP_SHED, REASON_NONE);
		scene_close(&scene);
	}
	open_released();
}

TEST(retire)
{
	open_released();
	scene_present(&scene, "b");
	scene.state->proven_ms = SCENE_NOW - 1;
	expect(STEP_RETIRE, REASON_NONE);
	view_say(&scene.views[0], 1, "a", 3600);
	expect(STEP_WAIT, REASON_SERVER);
	scene_say(&scene, 0, "b", 3600);
	expect(STEP_SETTLE, REASON_NONE);
	scene.facts.reload_failed = true;
	expect(STEP_STUCK, REASON_RELOAD);
}

TEST(retire_spares_what_is_not_ours)
{
	open_released();
	scene_present(&scene, "b");
	scene.state->proven_ms = SCENE_NOW - 1;
	scene_say(&scene, 0, "b x", 3600);
	expect(STEP_SETTLE, REASON_NONE);
	scene_say(&scene, 0, "a b", 3600);
	scene.owners[0].others.needs = cast_set("a");
	expect(STEP_SETTLE, REASON_NONE);
}

/* On adoption nobody knows what the services present: the links may show B
 * since a renewal that no reload followed. */
/* What nobody can see is not taken for seen, whatever the reload said; who
 * sets `linger`, be it to 0, says what else to go by. */
TEST(unseen)
{
	static char reload[] = "true";

	scene_open(&scene, 'b', 'b');
	scene_present(&scene, "ab");
	scene_say(&scene, 0, "a b", 3600);
	scene.state->reloaded_ms = SCENE_NOW - 3600000;
	scene.target.reload = reload;
	scene.facts.probe = PROBE_UNSEEN;
	scene.target.linger_seconds = 0;
	scene.target.linger_given = false;
	expect(STEP_STUCK, REASON_UNSEEN);
	scene.target.linger_given = true;
	expect(STEP_SHED, REASON_NONE);
	scene.target.reload = NULL;
	expect(STEP_STUCK, REASON_BLIND);
}

/* Neither told nor seen: nobody knows what the services present. */
TEST(blind)
{
	static char reload[] = "true";

	scene_open(&scene, 'b', 'b');
	scene_present(&scene, "ab");
	scene_say(&scene, 0, "a b", 3600);
	scene.state->reloaded_ms = SCENE_NOW - 3600000;
	scene.target.probe = CONFIG_PROBE_OFF;
	scene.target.reload = NULL;
	scene.target.linger_seconds = 0;
	expect(STEP_STUCK, REASON_BLIND);
	scene.target.linger_seconds = 1;
	expect(STEP_SHED, REASON_NONE);
	scene.target.linger_seconds = 0;
	scene.target.reload = reload;
	expect(STEP_SHED, REASON_NONE);
}

TEST(adopted_is_proven_before_anything_goes)
{
	scene_open(&scene, 'b', 'b');
	scene.state->unproven = true;
	scene_say(&scene, 0, "a b", 3600);
	expect(STEP_RELOAD, REASON_NONE);
	scene.facts.reload_failed = true;
	expect(STEP_STUCK, REASON_RELOAD);
	scene.facts.reload_failed = false;
	scene.state->reloaded_ms = SCENE_NOW;
	expect(STEP_PROBE, REASON_NONE);
	scene.facts.probe = PROBE_SAW_OTHER;
	expect(STEP_WAIT, REASON_PROBE);
	scene.facts.probe = PROBE_SAW_NEW;
	expect(STEP_PROVEN, REASON_NONE);
	scene.state->proven_ms = SCENE_NOW;
	expect(STEP_WAIT, REASON_LINGER);
	scene.state->proven_ms = scene.state->reloaded_ms =
		SCENE_NOW - 3600000;
	expect(STEP_SHED, REASON_NONE);
	state_set_presented(scene.state, &cast_chain('b')->version);
	expect(STEP_RETIRE, REASON_NONE);
	/* Where there is nothing to delete, nothing has to be proven. */
	scene.state->unproven = true;
	scene_say(&scene, 0, "b", 3600);
	expect(STEP_SETTLE, REASON_NONE);
}

/* What is presented may be of later than a copy of the state. */
TEST(copied_waits_for_caches)
{
	scene_open(&scene, 'b', 'b');
	scene_present(&scene, "ab");
	scene_show(&scene, 'b', LINKS_ARCHIVE);
	scene.facts.pin = true;
	scene.state->copied = true;
	scene_history(&scene, 0, "c", 3600, 10 * DAY);
	scene_history(&scene, 0, "a b c", 3600, 600);
	scene_say(&scene, 0, "a b c", 3600);
	expect(STEP_WAIT, REASON_CACHES);
	scene.state->copied = false;
	expect(STEP_RELOAD, REASON_NONE);
}

/* Its servers are gone for good, perhaps with the zone: no renewal waits for
 * them, but what is there is not known. */
TEST(owner_given_up_that_nobody_serves)
{
	open_pending();
	scene_add_owner(&scene);
	scene_want(&scene, 1, "");
	scene_publish(&scene, 1, "a");
	scene_history(&scene, 1, "a", 3600, 9 * DAY);
	scene_history(&scene, 1, "-", 3600, 8 * DAY);
	scene_say(&scene, 1, "~", 3600);
	expect(STEP_RELEASE, REASON_NONE);
}

TEST(owner_given_up_that_nobody_serves_at_the_end)
{
	open_released();
	scene_present(&scene, "b");
	scene_add_owner(&scene);
	scene_want(&scene, 1, "");
	scene_publish(&scene, 1, "a");
	scene_say(&scene, 1, "~", 3600);
	expect(STEP_RETIRE, REASON_NONE);
	scene_say(&scene, 0, "b", 3600);
	expect(STEP_STUCK, REASON_PRIMARY);
}

TEST(config_changed_when_settled)
{
	scene_open(&scene, 'a', 'a');
	settle('a');
	scene.state->proven_ms = SCENE_NOW - 1;
	scene.facts.config_settled = false;
	/* 2 1 1 was taken from the configuration. */
	scene_say(&scene, 0, "a a:211", 3600);
	expect(STEP_RETIRE, REASON_NONE);
	scene_say(&scene, 0, "a", 3600);
	expect(STEP_SETTLE, REASON_NONE);
}

TEST(owner_no_longer_configured)
{
	scene_open(&scene, 'a', 'a');
	scene.state->proven_ms = SCENE_NOW - 1;
	scene_add_owner(&scene);
	scene_want(&scene, 1, "");
	scene_say(&scene, 0, "a", 3600);
	scene_say(&scene, 1, "a", 3600);
	expect(STEP_WAIT, REASON_OLD_ALIAS);
	scene.ledgers[0]->rested_ms = 0;
	expect(STEP_RETIRE, REASON_NONE);
	/* Nor is it done with before servers and caches are. */
	scene_publish(&scene, 1, "a");
	scene_history(&scene, 1, "a", 3600, 10 * DAY);
	scene_history(&scene, 1, "-", 3600, 600);
	scene_say(&scene, 1, "-", 3600);
	view_say(&scene.views[1], 1, "a", 3600);
	expect(STEP_WAIT, REASON_UNDELETED);
	scene_say(&scene, 1, "-", 3600);
	expect(STEP_WAIT, REASON_CACHES);
}

TEST(owner_no_longer_configured_nor_in_caches)
{
	scene_open(&scene, 'a', 'a');
	scene_add_owner(&scene);
	scene_want(&scene, 1, "");
	scene_publish(&scene, 1, "a");
	scene_history(&scene, 1, "a", 3600, 10 * DAY);
	scene_history(&scene, 1, "-", 3600, 3 * DAY);
	scene_say(&scene, 0, "a", 3600);
	scene_say(&scene, 1, "-", 3600);
	expect(STEP_SETTLE, REASON_NONE);
}

/* Another target has taken it over, and is not settled yet: our services may
 * still be asked there. */
TEST(owner_handed_over)
{
	scene_open(&scene, 'a', 'a');
	scene.ledgers[0]->rested_ms = 0;
	scene_add_owner(&scene);
	scene_want(&scene, 1, "");
	scene_publish(&scene, 1, "a");
	scene.owners[1].others.unsettled = true;
	scene_say(&scene, 0, "a", 3600);
	scene_say(&scene, 1, "a x", 3600);
	expect(STEP_SETTLE, REASON_NONE);
	scene.owners[1].others.unsettled = false;
	expect(STEP_RETIRE, REASON_NONE);
	scene.owners[1].others.needs_unknown = true;
	expect(STEP_WAIT, REASON_OTHERS);
	/* No renewal waits for it. */
	scene_close(&scene);
	open_pending();
	scene_add_owner(&scene);
	scene_want(&scene, 1, "");
	scene_publish(&scene, 1, "a");
	scene_history(&scene, 1, "a x", 3600, 10 * DAY);
	scene_say(&scene, 1, "a x", 3600);
	scene.owners[1].others.unsettled = true;
	scene.ledgers[0]->rested_ms = 0;
	expect(STEP_RETIRE, REASON_NONE);
}

/* What is left there is what others need, which caches may go on to hold. */
TEST(owner_left_to_others)
{
	scene_open(&scene, 'a', 'a');
	scene_add_owner(&scene);
	scene_want(&scene, 1, "");
	scene_say(&scene, 0, "a", 3600);
	scene_say(&scene, 1, "x", 3600);
	view_say(&scene.views[1], 1, "~", 3600);
	expect(STEP_SETTLE, REASON_NONE);
}

/* Taken from the configuration while B is pending: b is not published
 * there, so a has to go before the release can be. */
TEST(owner_removed_while_pending)
{
	open_pending();
	scene_add_owner(&scene);
	scene_want(&scene, 1, "");
	scene_publish(&scene, 1, "a");
	scene_history(&scene, 1, "a", 3600, 9 * DAY);
	scene_say(&scene, 1, "a", 3600);
	expect(STEP_RETIRE, REASON_NONE);
	scene_say(&scene, 1, "-", 3600);
	expect(STEP_WAIT, REASON_CACHES);
}

/* Somebody else's set at a name that we gave up is none of our business. */
TEST(owner_given_up_to_others)
{
	open_pending();
	scene_add_owner(&scene);
	scene_want(&scene, 1, "");
	scene_publish(&scene, 1, "a");
	scene_history(&scene, 1, "x", 3600, 9 * DAY);
	scene_say(&scene, 1, "x", 3600);
	expect(STEP_RELEASE, REASON_NONE);
}

/* Only we gave it up: the other host's record must not keep ours there, nor
 * ours hold up the release. */
TEST(owner_given_up_that_others_keep)
{
	open_pending();
	scene_add_owner(&scene);
	scene_want(&scene, 1, "");
	scene_publish(&scene, 1, "a");
	scene_say(&scene, 1, "a x", 3600);
	expect(STEP_RETIRE, REASON_NONE);
}

/* What another target needs is not known: nothing goes, and it is not done. */
TEST(others_unknown)
{
	open_released();
	scene_present(&scene, "b");
	scene.owners[0].others.needs_unknown = true;
	expect(STEP_WAIT, REASON_OTHERS);
	scene_say(&scene, 0, "b", 3600);
	expect(STEP_SETTLE, REASON_NONE);
}

TEST(too_late)
{
	struct action action = { .step = STEP_WAIT };

	scene_open(&scene, 'a', 'b');
	assert_false(rollover_is_too_late(&scene.facts, &action));
	action.until_ms = INT64_C(2000000001) * 1000;
	assert_true(rollover_is_too_late(&scene.facts, &action));
	action.step = STEP_STUCK;
	assert_false(rollover_is_too_late(&scene.facts, &action));
	action = (struct action){ .step = STEP_WAIT };
	scene.facts.now_ms = INT64_C(2000000001) * 1000;
	assert_true(rollover_is_too_late(&scene.facts, &action));
	scene.facts.live = cast_chain('a');
	assert_false(rollover_is_too_late(&scene.facts, &action));
}

TEST(lost_version_still_presented)
{
	open_released();
	scene_present(&scene, "?b");
	scene.facts.released = cast_chain('b');
	expect(STEP_PROBE, REASON_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, NULL, close_scene)
		CASE(reload_comes_first),
		CASE(probe),
		CASE(unseen),
		CASE(linger),
		CASE(blind),
		CASE(retire),
		CASE(retire_spares_what_is_not_ours),
		CASE(adopted_is_proven_before_anything_goes),
		CASE(config_changed_when_settled),
		CASE(owner_no_longer_configured),
		CASE(owner_removed_while_pending),
		CASE(copied_waits_for_caches),
		CASE(owner_given_up_that_nobody_serves),
		CASE(owner_given_up_that_nobody_serves_at_the_end),
		CASE(owner_given_up_to_others), CASE(owner_handed_over),
		CASE(owner_left_to_others),
		CASE(owner_no_longer_configured_nor_in_caches),
		CASE(owner_given_up_that_others_keep),
		CASE(others_unknown),
		CASE(too_late),
		CASE(lost_version_still_presented),
	};

	return cmocka_run_group_tests(tests, NULL, cast_close);
}
