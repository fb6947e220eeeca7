/* SPDX-License-Identifier: MIT */
#include "support_rollover.h"
#include "xalloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define DAY_MS (INT64_C(86400) * 1000)

/* ---- Release ---------------------------------------------------------- */

static void test_release(void **state)
{
	struct action action;

	(void)state;
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

static void test_caches_until(void **state)
{
	struct action action;

	(void)state;
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

/* A set that caches keep for long was replaced before this target looked, but
 * not before another one did. */
static void test_what_others_saw_counts(void **state)
{
	struct ledger *ledger = ledger_new("_443._tcp.mail.example.com.");
	const struct ledger *ledgers[] = { ledger };
	struct view view;

	(void)state;
	open_pending();
	view_open(&view, ledger->owner, 2);
	view_say_all(&view, "a", 7200);
	ledger_record(ledger, &view.seen, SCENE_NOW - 5000 * 1000);
	view_say_all(&view, "a b", 60);
	ledger_record(ledger, &view.seen, SCENE_NOW - 4000 * 1000);
	scene.owners[0].others_ledgers = ledgers;
	scene.owners[0].others_ledger_count = 1;
	expect(STEP_WAIT, REASON_CACHES);
	scene.facts.now_ms += 20000 * 1000;
	expect(STEP_RELEASE, REASON_NONE);
	scene.owners[0].others_unseen = true;
	expect(STEP_WAIT, REASON_OTHERS);
	view_close(&view);
	ledger_free(ledger);
}

/* What this target has not seen caches may keep as long as another target
 * knows, however long ago it looked. */
static void test_ttls_that_others_knew_count(void **state)
{
	struct ledger *ledger = ledger_new("_443._tcp.mail.example.com.");
	const struct ledger *ledgers[] = { ledger };
	struct action action;
	struct view view;

	(void)state;
	open_pending();
	expect(STEP_RELEASE, REASON_NONE);
	view_open(&view, ledger->owner, 2);
	view_say_all(&view, "a", 500000);
	ledger_record(ledger, &view.seen, SCENE_NOW - 100 * DAY_MS);
	ledger_unwatch(ledger, &scene.facts.rules, SCENE_NOW - 99 * DAY_MS);
	scene.owners[0].others_ledgers = ledgers;
	scene.owners[0].others_ledger_count = 1;
	action = rollover_next(&scene.facts);
	assert_int_equal(action.step, STEP_WAIT);
	assert_int_equal(action.reason, REASON_CACHES);
	scene.facts.now_ms += 30 * DAY_MS;
	expect(STEP_RELEASE, REASON_NONE);
	view_close(&view);
	ledger_free(ledger);
}

/* What was asked to be deleted must go before it is published anew. */
static void test_deletion_under_way_ends_first(void **state)
{
	(void)state;
	open_pending();
	scene.owners[0].deleting = cast_set("a");
	expect(STEP_RELEASE, REASON_NONE);
	tlsa_set_clear(&scene.owners[0].deleting);
	scene.owners[0].deleting = cast_set("b");
	expect(STEP_RETIRE, REASON_DELETING);
	/* It cannot: then it is added once more. */
	scene.owners[0].others = cast_set("b");
	expect(STEP_PUBLISH, REASON_DELETING);
}

static void test_slowest_owner_holds(void **state)
{
	struct action action;

	(void)state;
	open_pending();
	scene_add_owner(&scene);
	scene_history(&scene, 1, "a", 60, 100);
	scene_say(&scene, 1, "a b", 60);
	action = rollover_next(&scene.facts);
	assert_int_equal(action.step, STEP_WAIT);
	assert_ptr_equal(action.owner, &scene.owners[1]);
}

static void test_one_server_is_enough_to_wait(void **state)
{
	(void)state;
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
static void test_signature_outlives_the_wait(void **state)
{
	(void)state;
	scene_open(&scene, 'a', 'b');
	scene_history(&scene, 0, "a", 3600, 10);
	scene_say(&scene, 0, "a b", 3600);
	expect(STEP_WAIT, REASON_CACHES);
	scene.views[0].sightings[0].signature_expires_seconds =
		SCENE_NOW / 1000 + 7200;
	expect(STEP_WAIT, REASON_SERVER);
}

static void test_same_key_is_released_at_once(void **state)
{
	struct action action;

	(void)state;
	scene_open(&scene, 'a', 'k');
	scene_say(&scene, 0, "a", 3600);
	expect(STEP_RELEASE, REASON_NONE);
	scene.facts.surveyed = TRANSPORT_UDP;
	action = rollover_next(&scene.facts);
	assert_int_equal(action.step, STEP_SURVEY);
	assert_int_equal(action.transport, TRANSPORT_TCP);
	/* Not where the whole certificate is in the record. */
	scene_want(&scene, 0, "301");
	expect(STEP_PUBLISH, REASON_NONE);
	scene_say(&scene, 0, "a:301 k:301", 3600);
	expect(STEP_WAIT, REASON_CACHES);
}

static void test_standing_issuer_record(void **state)
{
	(void)state;
	scene_open(&scene, 'a', 'b');
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
static void test_already_published_waits(void **state)
{
	struct action action;

	(void)state;
	scene_open(&scene, 'a', 'b');
	scene_say(&scene, 0, "a b", 300);
	action = rollover_next(&scene.facts);
	assert_int_equal(action.step, STEP_WAIT);
	assert_int_equal(action.reason, REASON_CACHES);
	assert_int_equal(action.until_ms, SCENE_NOW + 7200000);
}

/* The links led to B for a while: what was served before we looked matched
 * A, and B only by chance. */
static void test_a_stray_does_not_vouch_for_what_is_unknown(void **state)
{
	(void)state;
	scene_open(&scene, 'a', 'b');
	scene_present(&scene, "ab");
	scene_say(&scene, 0, "a b", 300);
	expect(STEP_WAIT, REASON_CACHES);
}

/* Nor does one of two: what is unknown may have matched the other alone. */
static void test_unknown_must_match_all_presented(void **state)
{
	(void)state;
	scene_open(&scene, 'a', 'k');
	scene_present(&scene, "ca");
	scene_say(&scene, 0, "a c", 300);
	expect(STEP_WAIT, REASON_CACHES);
}

static void test_renewed_again_while_pending(void **state)
{
	struct action action;

	(void)state;
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

static void test_renewed_again_before_the_proof(void **state)
{
	(void)state;
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

static void test_renewed_back_to_an_old_key(void **state)
{
	(void)state;
	scene_open(&scene, 'b', 'k');
	scene_present(&scene, "b");
	scene_history(&scene, 0, "b", 3600, 9 * DAY);
	scene_say(&scene, 0, "b", 3600);
	expect(STEP_PUBLISH, REASON_NONE);
	scene_say(&scene, 0, "a b", 3600);
	expect(STEP_WAIT, REASON_CACHES);
}

static void test_failing_reload_does_not_stop_publication(void **state)
{
	(void)state;
	scene_open(&scene, 'a', 'b');
	scene_present(&scene, "ab");
	scene.state->reload_due = true;
	scene.facts.reload_failed = true;
	scene_say(&scene, 0, "a", 3600);
	expect(STEP_PUBLISH, REASON_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_teardown(test_##name, close_scene)
		TEST(release),
		TEST(caches_until),
		TEST(what_others_saw_counts),
		TEST(ttls_that_others_knew_count),
		TEST(deletion_under_way_ends_first),
		TEST(slowest_owner_holds),
		TEST(one_server_is_enough_to_wait),
		TEST(signature_outlives_the_wait),
		TEST(same_key_is_released_at_once),
		TEST(standing_issuer_record),
		TEST(already_published_waits),
		TEST(a_stray_does_not_vouch_for_what_is_unknown),
		TEST(unknown_must_match_all_presented),
		TEST(renewed_again_while_pending),
		TEST(renewed_again_before_the_proof),
		TEST(renewed_back_to_an_old_key),
		TEST(failing_reload_does_not_stop_publication),
#undef TEST
	};

	return cmocka_run_group_tests(tests, NULL, cast_close);
}
