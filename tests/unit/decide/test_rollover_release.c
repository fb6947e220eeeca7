/* SPDX-License-Identifier: MIT */
#include "support/rollover.h"

#include "base/xalloc.h"
#include "unit.h"

#define DAY_MS (INT64_C(86400) * 1000)

/* ---- Release ---------------------------------------------------------- */

TEST(release)
{
	struct action action;

	open_pending();
	expect_links(STEP_RELEASE, LINKS_REST, 0);
	scene.facts.may_rest = false;
	expect_links(STEP_RELEASE, LINKS_ARCHIVE, 2);
	scene.facts.may_rest = true;
	scene.facts.pin = true;
	expect_links(STEP_RELEASE, LINKS_ARCHIVE, 2);
	scene.facts.pin = false;
	scene.facts.surveyed = TRANSPORT_UDP;
	action = rollover_next(&scene.facts);
	assert_int_equal(action.step, STEP_SURVEY);
	assert_int_equal(action.transport, TRANSPORT_TCP);
}

TEST(caches_until)
{
	struct action action;

	scene_open(&scene, 'a', 'b');
	scene_history(&scene, 0, "a", 3600, 4000);
	scene_history(&scene, 0, "a b", 3600, 3900);
	scene_say(&scene, 0, "a b", 3600);
	action = rollover_next(&scene.facts);
	assert_int_equal(action.step, STEP_WAIT);
	assert_int_equal(action.reason, REASON_CACHES);
	/* Two TTLs after publication; unknown has the same bound. */
	assert_int_equal(action.until_ms,
			 SCENE_NOW - 3900000 + 7200000);
	scene.facts.rules.ttl_factor = 1;
	expect(STEP_RELEASE, REASON_NONE);
	scene.facts.rules.margin_seconds = 301;
	action = rollover_next(&scene.facts);
	assert_int_equal(action.until_ms, SCENE_NOW + 1000);
	scene.facts.rules.margin_seconds = 300;
	expect(STEP_RELEASE, REASON_NONE);
}

/* Those of the owner that takes longest, whichever that is. */
TEST(caches_of_several_owners)
{
	struct action action;

	for (size_t longest = 0; longest < 2; longest++) {
		scene_open(&scene, 'a', 'b');
		scene_add_owner(&scene);
		for (size_t i = 0; i < 2; i++) {
			uint32_t ttl = i == longest ? 7200 : 3600;

			scene_history(&scene, i, "a", ttl, 4000);
			scene_history(&scene, i, "a b", ttl, 3900);
			scene_say(&scene, i, "a b", ttl);
		}
		action = rollover_next(&scene.facts);
		assert_int_equal(action.reason, REASON_CACHES);
		assert_ptr_equal(action.owner, &scene.owners[longest]);
		assert_int_equal(action.until_ms,
				 SCENE_NOW - 3900000 + 14400000);
		if (longest == 0)
			scene_close(&scene);
	}
}

/* Whoever asked in the last second before it was gone keeps it until the last
 * second: no part of one is given away. */
TEST(caches_to_the_millisecond)
{
	struct action action;

	scene_open(&scene, 'a', 'b');
	scene_history(&scene, 0, "a", 3600, 4000);
	view_say_all(&scene.views[0], "a b", 3600);
	ledger_record(scene.ledgers[0], &scene.views[0].seen,
		      SCENE_NOW - 3900000 + 500);
	scene_say(&scene, 0, "a b", 3600);
	action = rollover_next(&scene.facts);
	assert_int_equal(action.until_ms, SCENE_NOW - 3900000 + 500 + 7200000);
	scene.facts.now_ms = action.until_ms - 500;
	expect(STEP_WAIT, REASON_CACHES);
	scene.facts.now_ms = action.until_ms - 1;
	expect(STEP_WAIT, REASON_CACHES);
	scene.facts.now_ms = action.until_ms;
	expect(STEP_RELEASE, REASON_NONE);
}

/* A set that caches keep for long was replaced before this target looked, but
 * not before another one did. */
TEST(what_others_saw_counts)
{
	struct ledger *ledger = ledger_new("_443._tcp.mail.example.com.");
	const struct ledger *ledgers[] = { ledger };
	struct view view;

	open_pending();
	view_open(&view, ledger->owner, 2);
	view_say_all(&view, "a", 7200);
	ledger_record(ledger, &view.seen, SCENE_NOW - 5000 * 1000);
	view_say_all(&view, "a b", 60);
	ledger_record(ledger, &view.seen, SCENE_NOW - 4000 * 1000);
	scene.owners[0].others.ledgers = ledgers;
	scene.owners[0].others.ledger_count = 1;
	expect(STEP_WAIT, REASON_CACHES);
	scene.facts.now_ms += 20000 * 1000;
	expect(STEP_RELEASE, REASON_NONE);
	scene.owners[0].others.unseen = true;
	expect(STEP_WAIT, REASON_OTHERS);
	view_close(&view);
	ledger_free(ledger);
}

/* What this target has not seen caches may keep as long as another target
 * knows, however long ago it looked. */
TEST(ttls_that_others_knew_count)
{
	struct ledger *ledger = ledger_new("_443._tcp.mail.example.com.");
	const struct ledger *ledgers[] = { ledger };
	struct action action;
	struct view view;

	open_pending();
	expect(STEP_RELEASE, REASON_NONE);
	view_open(&view, ledger->owner, 2);
	view_say_all(&view, "a", 500000);
	ledger_record(ledger, &view.seen, SCENE_NOW - 100 * DAY_MS);
	ledger_unwatch(ledger, &scene.facts.rules, SCENE_NOW - 99 * DAY_MS);
	scene.owners[0].others.ledgers = ledgers;
	scene.owners[0].others.ledger_count = 1;
	action = rollover_next(&scene.facts);
	assert_int_equal(action.step, STEP_WAIT);
	assert_int_equal(action.reason, REASON_CACHES);
	scene.facts.now_ms += 30 * DAY_MS;
	expect(STEP_RELEASE, REASON_NONE);
	view_close(&view);
	ledger_free(ledger);
}

/* What was asked to be deleted must go before it is published anew. */
TEST(deletion_under_way_ends_first)
{
	open_pending();
	scene.owners[0].deleting = cast_set("a");
	expect(STEP_RELEASE, REASON_NONE);
	tlsa_set_clear(&scene.owners[0].deleting);
	scene.owners[0].deleting = cast_set("b");
	expect(STEP_RETIRE, REASON_DELETING);
	/* It cannot: then it is added once more. */
	scene.owners[0].others.needs = cast_set("b");
	expect(STEP_PUBLISH, REASON_DELETING);
}

TEST(slowest_owner_holds)
{
	struct action action;

	open_pending();
	scene_add_owner(&scene);
	scene_history(&scene, 1, "a", 60, 100);
	scene_say(&scene, 1, "a b", 60);
	action = rollover_next(&scene.facts);
	assert_int_equal(action.step, STEP_WAIT);
	assert_ptr_equal(action.owner, &scene.owners[1]);
}

TEST(one_server_is_enough_to_wait)
{
	for (int i = 0; i < 7; i++) {
		struct sighting *second;
		struct action action;

		open_pending();
		second = &scene.views[0].sightings[1];
		if (i == 0)
			view_say(&scene.views[0], 1, "~", 0);
		else if (i == 1)
			view_say(&scene.views[0], 1, "a", 3600);
		else if (i == 2)
			second->behind = true;
		else if (i == 3)
			second->signature_expires_seconds =
				SCENE_NOW / 1000 + 3600;
		else if (i == 4)
			view_say(&scene.views[0], 1, "!", 0);
		else if (i == 5)
			view_say(&scene.views[0], 1, "-", 60);
		else
			view_say(&scene.views[0], 1, "b a:211 i:301", 60);
		action = rollover_next(&scene.facts);
		assert_int_equal(action.step, STEP_WAIT);
		assert_int_equal(action.reason, REASON_SERVER);
		assert_ptr_equal(action.sighting, second);
		scene_close(&scene);
	}
	open_pending();
	scene.views[0].sightings[1].signature_expires_seconds =
		SCENE_NOW / 1000 + 3601;
	expect(STEP_RELEASE, REASON_NONE);
}

/* A signature must outlive the wait for the caches, not only this moment. */
TEST(signature_outlives_the_wait)
{
	scene_open(&scene, 'a', 'b');
	scene_history(&scene, 0, "a", 3600, 10);
	scene_say(&scene, 0, "a b", 3600);
	expect(STEP_WAIT, REASON_CACHES);
	scene.views[0].sightings[0].signature_expires_seconds =
		SCENE_NOW / 1000 + 7200;
	expect(STEP_WAIT, REASON_SERVER);
}

TEST(same_key_is_released_at_once)
{
	struct action action;

	scene_open(&scene, 'a', 'k');
	scene_settled(&scene);
	scene_say(&scene, 0, "a", 3600);
	expect(STEP_RELEASE, REASON_NONE);
	scene.facts.surveyed = TRANSPORT_UDP;
	action = rollover_next(&scene.facts);
	assert_int_equal(action.step, STEP_SURVEY);
	assert_int_equal(action.transport, TRANSPORT_TCP);
	/* Not where the whole certificate is in the record. */
	scene_want(&scene, 0, "301");
	expect(STEP_PROBE, REASON_NONE);
	scene.facts.probe = PROBE_SAW_NEW;
	expect(STEP_PUBLISH, REASON_NONE);
	scene_say(&scene, 0, "a:301 k:301", 3600);
	expect(STEP_WAIT, REASON_CACHES);
}

TEST(standing_issuer_record)
{
	scene_open(&scene, 'a', 'b');
	scene_settled(&scene);
	scene_want(&scene, 0, "211");
	scene_say(&scene, 0, "a:211", 3600);
	expect(STEP_RELEASE, REASON_NONE);
	scene_close(&scene);
	scene_open(&scene, 'a', 'i');
	scene_want(&scene, 0, "211");
	scene_say(&scene, 0, "a:211", 3600);
	expect(STEP_PUBLISH, REASON_NONE);
	scene_say(&scene, 0, "a:211 i:211", 3600);
	expect(STEP_WAIT, REASON_CACHES);
}

/* "Already there": we do not know since when, so it counts from now. */
TEST(already_published_waits)
{
	struct action action;

	scene_open(&scene, 'a', 'b');
	scene_say(&scene, 0, "a b", 300);
	action = rollover_next(&scene.facts);
	assert_int_equal(action.step, STEP_WAIT);
	assert_int_equal(action.reason, REASON_CACHES);
	assert_int_equal(action.until_ms, SCENE_NOW + 7200000);
}

/* The links led to B for a while: what was served before we looked matched
 * A, and B only by chance. */
TEST(a_stray_does_not_vouch_for_what_is_unknown)
{
	scene_open(&scene, 'a', 'b');
	scene_present(&scene, "ab");
	scene_say(&scene, 0, "a b", 300);
	expect(STEP_WAIT, REASON_CACHES);
}

/* Nor does one of two: what is unknown may have matched the other alone. */
TEST(unknown_must_match_all_presented)
{
	scene_open(&scene, 'a', 'k');
	scene_present(&scene, "ca");
	scene_say(&scene, 0, "a c", 300);
	expect(STEP_WAIT, REASON_CACHES);
}

TEST(renewed_again_while_pending)
{
	struct action action;

	scene_open(&scene, 'a', 'c');
	scene_history(&scene, 0, "a", 3600, 10 * DAY);
	scene_history(&scene, 0, "a b", 3600, 9 * DAY);
	scene_say(&scene, 0, "a b", 3600);
	expect(STEP_PUBLISH, REASON_NONE);
	scene_say(&scene, 0, "a b c", 3600);
	action = rollover_next(&scene.facts);
	assert_int_equal(action.step, STEP_WAIT);
	assert_int_equal(action.reason, REASON_CACHES);
	assert_int_equal(action.until_ms, SCENE_NOW + 7200000);
}

TEST(renewed_again_before_the_proof)
{
	scene_open(&scene, 'b', 'c');
	scene_present(&scene, "ab");
	scene_history(&scene, 0, "a b c", 3600, 9 * DAY);
	scene_say(&scene, 0, "a b c", 3600);
	expect(STEP_RELEASE, REASON_NONE);
	/* C released: neither a nor b goes before C is proven. */
	scene_close(&scene);
	scene_open(&scene, 'c', 'c');
	scene_present(&scene, "abc");
	scene.state->reloaded_ms = SCENE_NOW;
	scene_say(&scene, 0, "a b c", 3600);
	expect(STEP_PROBE, REASON_NONE);
}

TEST(renewed_back_to_an_old_key)
{
	scene_open(&scene, 'b', 'k');
	scene_present(&scene, "b");
	scene_history(&scene, 0, "b", 3600, 9 * DAY);
	scene_say(&scene, 0, "b", 3600);
	expect(STEP_PUBLISH, REASON_NONE);
	scene_say(&scene, 0, "a b", 3600);
	expect(STEP_WAIT, REASON_CACHES);
}

TEST(failing_reload_does_not_stop_publication)
{
	scene_open(&scene, 'a', 'b');
	scene_present(&scene, "ab");
	scene.state->reload_due = true;
	scene.facts.reload_failed = true;
	scene_say(&scene, 0, "a", 3600);
	expect(STEP_PUBLISH, REASON_NONE);
}

/* ---- The view from outside --------------------------------------------- */

#define MINUTE_MS (INT64_C(60) * 1000)

static struct outside_answer answers[2];
static struct outside_owner asked = { .answers = answers, .count = 2 };

/* Two resolvers that have the new set, a minute before the release. */
static void ask_outside(void)
{
	open_pending();
	for (int i = 0; i < 2; i++) {
		tlsa_set_clear(&answers[i].set);
		answers[i] = (struct outside_answer){
			.verdict = OUTSIDE_SET, .set = cast_set("a b"),
			.until_ms = SCENE_NOW + MINUTE_MS };
	}
	scene.owners[0].outside = &asked;
}

static void hold(int i, const char *text)
{
	tlsa_set_clear(&answers[i].set);
	answers[i].set = cast_set(text);
}

static int close_outside(void **state)
{
	tlsa_set_clear(&answers[0].set);
	tlsa_set_clear(&answers[1].set);
	return close_scene(state);
}

static int64_t expect_outside(int i)
{
	struct action action = rollover_next(&scene.facts);

	assert_int_equal(action.step, STEP_WAIT);
	assert_int_equal(action.reason, REASON_OUTSIDE);
	assert_ptr_equal(action.outside, &answers[i]);
	assert_ptr_equal(action.owner, &scene.owners[0]);
	return action.until_ms;
}

TEST(outside_holds_the_old_set)
{
	int64_t margin_ms;

	ask_outside();
	margin_ms = scene.facts.rules.margin_seconds * INT64_C(1000);
	expect(STEP_RELEASE, REASON_NONE);
	hold(1, "a");
	assert_int_equal(expect_outside(1), SCENE_NOW + MINUTE_MS + margin_ms);
	/* The later one counts; both have to let go. */
	hold(0, "a");
	answers[0].until_ms += 1;
	assert_int_equal(expect_outside(0),
			 SCENE_NOW + MINUTE_MS + margin_ms + 1);
	/* What it does not keep at all it got this moment. */
	scene.facts.rules.margin_seconds = 0;
	answers[1].until_ms = SCENE_NOW;
	assert_int_equal(expect_outside(1), 0);
}

TEST(outside_holds_another_set)
{
	ask_outside();
	hold(0, "b x");
	expect_outside(0);
	answers[0].verdict = OUTSIDE_NOTHING;
	expect(STEP_RELEASE, REASON_NONE);
}

/* Before the caches' time is over what they hold is expected; what is later
 * than that goes first. */
TEST(outside_and_caches)
{
	int64_t caches_ms;

	ask_outside();
	hold(0, "a");
	scene_history(&scene, 0, "a", 3600, 10);
	scene_say(&scene, 0, "a b", 3600);
	caches_ms = rollover_next(&scene.facts).until_ms;
	expect(STEP_WAIT, REASON_CACHES);
	answers[0].is_late = true;
	assert_int_equal(expect_outside(0), caches_ms);
	answers[0].until_ms += 10 * DAY_MS;
	assert_true(expect_outside(0) > caches_ms);
	answers[0].verdict = OUTSIDE_UNSEEN;
	expect(STEP_WAIT, REASON_CACHES);
}

TEST(outside_is_silent)
{
	ask_outside();
	answers[0].verdict = OUTSIDE_UNSEEN;
	assert_int_equal(expect_outside(0), SCENE_NOW + 60 * MINUTE_MS);
	scene.state->outside_ms = SCENE_NOW - 60 * MINUTE_MS + 1;
	assert_int_equal(expect_outside(0), SCENE_NOW + 1);
	/* What contradicts goes before it, and is waited for in any case. */
	hold(1, "a");
	expect_outside(1);
	scene.state->outside_ms--;
	expect_outside(1);
	hold(1, "a b");
	expect(STEP_RELEASE, REASON_NONE);
	/* A clock that was set does not hold it up. */
	scene.state->outside_ms = SCENE_NOW + 1;
	expect(STEP_RELEASE, REASON_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, NULL, close_scene)
		CASE(release),
		CASE(caches_until),
		CASE(caches_of_several_owners),
		CASE(caches_to_the_millisecond),
		CASE(what_others_saw_counts),
		CASE(ttls_that_others_knew_count),
		CASE(deletion_under_way_ends_first),
		CASE(slowest_owner_holds),
		CASE(one_server_is_enough_to_wait),
		CASE(signature_outlives_the_wait),
		CASE(same_key_is_released_at_once),
		CASE(standing_issuer_record),
		CASE(already_published_waits),
		CASE(a_stray_does_not_vouch_for_what_is_unknown),
		CASE(unknown_must_match_all_presented),
		CASE(renewed_again_while_pending),
		CASE(renewed_again_before_the_proof),
		CASE(renewed_back_to_an_old_key),
		CASE(failing_reload_does_not_stop_publication),
#undef CASE
#define CASE(name) CASE_WITH(name, NULL, close_outside)
		CASE(outside_holds_the_old_set),
		CASE(outside_holds_another_set),
		CASE(outside_and_caches),
		CASE(outside_is_silent),
	};

	return cmocka_run_group_tests(tests, NULL, cast_close);
}
