/* SPDX-License-Identifier: MIT */
#include "support/rollover.h"

#include "base/xalloc.h"
#include "unit.h"

/* A is in service, B waits; both records stand since long ago. */
static void open_removal(void)
{
	open_pending();
	scene.state->removal = REMOVAL_DELETES;
	scene.facts.pin = true;
	scene.facts.surveyed = TRANSPORT_TCP;
}

/* No server has had any for so many seconds. */
static void open_deleted(int64_t age_seconds)
{
	scene_open(&scene, 'a', 'b');
	scene.state->removal = REMOVAL_DELETES;
	scene.facts.pin = true;
	scene.facts.surveyed = TRANSPORT_TCP;
	scene_publish(&scene, 0, "a b");
	scene_history(&scene, 0, "a b", 3600, 9 * DAY);
	scene_history(&scene, 0, "-", 60, age_seconds);
	scene_say(&scene, 0, "-", 60);
}

/* ---- The records ------------------------------------------------------ */

/* Where nothing stands nobody asks for a match. */
TEST(the_whole_set_goes_at_once)
{
	open_removal();
	expect_change(0, "", "a b");
}

/* Nothing is published for it, whatever is missing, and nothing released. */
TEST(nothing_begins)
{
	open_deleted(60);
	expect(STEP_WAIT, REASON_CACHES);
}

TEST(strangers_are_not_left_alone)
{
	static const char *const served[] = { "a b x", "x", "a b i:211" };

	open_removal();
	for (size_t i = 0; i < COUNT(served); i++) {
		scene_say(&scene, 0, served[i], 3600);
		expect(STEP_STUCK, REASON_LEFT_ALONE);
	}
}

/* Not one owner's set goes while another's has to stay. */
TEST(all_or_none)
{
	open_removal();
	scene_add_owner(&scene);
	scene_history(&scene, 1, "a b x", 3600, 9 * DAY);
	scene_say(&scene, 1, "a b x", 3600);
	expect(STEP_STUCK, REASON_LEFT_ALONE);
}

/* The configuration says that no service there presents it. */
TEST(where_it_does_not_serve)
{
	open_removal();
	scene_want(&scene, 0, "");
	scene_say(&scene, 0, "a b x", 3600);
	expect_change(0, "", "a b");
}

/* Clients may still come by an alias that was led elsewhere. */
TEST(where_an_old_alias_may_lead)
{
	open_removal();
	scene_want(&scene, 0, "");
	scene_say(&scene, 0, "a b x", 3600);
	scene_add_owner(&scene);
	scene_say(&scene, 1, "-", 3600);
	expect(STEP_WAIT, REASON_OLD_ALIAS);
	scene.ledgers[1]->rested_ms = 0;
	expect_change(0, "", "a b");
}

TEST(what_others_need_stays)
{
	open_removal();
	scene.owners[0].others.needs = cast_set("b");
	expect(STEP_STUCK, REASON_LEFT_ALONE);
	scene_want(&scene, 0, "");
	expect_change(0, "", "a");
}

/* What it would give then is not known before. */
TEST(a_wildcard_may_come_back)
{
	open_removal();
	scene.owners[0].hides_wildcards = true;
	expect(STEP_STUCK, REASON_LEFT_ALONE);
	scene_close(&scene);
	open_deleted(DAY);
	scene.owners[0].hides_wildcards = true;
	expect(STEP_LEAVE, REASON_NONE);
	view_say(&scene.views[0], 1, "*", 60);
	expect(STEP_WAIT, REASON_UNDELETED);
}

/* Nobody follows it: what clients meet there is not ours to delete, and no wait
 * would end. */
TEST(an_alias_that_is_not_followed)
{
	open_removal();
	scene_say(&scene, 0, "@", 3600);
	expect(STEP_STUCK, REASON_ALIAS);
}

TEST(who_does_not_answer)
{
	open_removal();
	scene_say(&scene, 0, "~", 0);
	expect(STEP_STUCK, REASON_PRIMARY);
}

/* One record after the other: A and B may be presented, and what is left in
 * between does not match both. */
TEST(a_program_waits_for_the_proof)
{
	open_removal();
	scene.target.api = API_EXEC;
	expect_change(0, "", "b");
	scene_present(&scene, "ab");
	scene.state->reloaded_ms = SCENE_NOW - DAY * 1000;
	expect(STEP_PROBE, REASON_NONE);
}

/* ---- Servers and caches ----------------------------------------------- */

TEST(every_server_has_to_follow)
{
	open_deleted(DAY);
	view_say(&scene.views[0], 1, "a b", 3600);
	expect(STEP_WAIT, REASON_UNDELETED);
	view_say(&scene.views[0], 1, "~", 0);
	expect(STEP_WAIT, REASON_UNDELETED);
	view_say(&scene.views[0], 1, "-", 60);
	scene.views[0].sightings[1].behind = true;
	expect(STEP_WAIT, REASON_UNDELETED);
	scene.views[0].sightings[1].behind = false;
	expect(STEP_LEAVE, REASON_NONE);
}

/* Not even a set that matches what is live may be in a cache: certbot may make
 * another at any time. */
TEST(caches_forget_all)
{
	struct action action;

	open_deleted(7000);
	action = rollover_next(&scene.facts);
	assert_int_equal(action.step, STEP_WAIT);
	assert_int_equal(action.reason, REASON_CACHES);
	assert_int_equal(action.until_ms, SCENE_NOW + 200 * 1000);
}

TEST(the_last_look_is_thorough)
{
	struct action action;

	open_deleted(DAY);
	scene.facts.surveyed = TRANSPORT_UDP;
	action = rollover_next(&scene.facts);
	assert_int_equal(action.step, STEP_SURVEY);
	assert_int_equal(action.transport, TRANSPORT_TCP);
}

/* ---- The links -------------------------------------------------------- */

TEST(live_must_be_good)
{
	open_deleted(DAY);
	scene.facts.live = NULL;
	scene.facts.live_error = VERSION_MIXED;
	expect(STEP_STUCK, REASON_LIVE_BROKEN);
	scene.facts.live_error = VERSION_ABSENT;
	expect(STEP_LEAVE, REASON_NONE);
}

TEST(links_follow_live)
{
	open_removal();
	scene.state->removal = REMOVAL_LEAVES;
	expect_links(STEP_FOLLOW, LINKS_REST, 0);
	scene.facts.may_rest = false;
	expect(STEP_WAIT, REASON_CERTBOT_WRITES);
	scene.facts.may_rest = true;
	scene.state->has_releasing = true;
	scene.state->releasing = cast_chain('b')->version;
	scene_show(&scene, 'b', LINKS_REST);
	expect(STEP_ACCEPT, REASON_NONE);
}

TEST(services_are_told)
{
	open_removal();
	scene.state->removal = REMOVAL_LEAVES;
	scene.state->released = cast_chain('b')->version;
	scene_show(&scene, 'b', LINKS_REST);
	scene.state->reload_due = true;
	expect(STEP_RELOAD, REASON_NONE);
	scene.facts.local_only = true;
	expect(STEP_NOTHING, REASON_NONE);
	scene.facts.local_only = false;
	scene.facts.reload_failed = true;
	expect(STEP_STUCK, REASON_RELOAD);
	scene.state->reload_due = false;
	expect(STEP_REMOVED, REASON_NONE);
	scene.state->removal = REMOVAL_DONE;
	scene.state->has_released = false;
	expect(STEP_NOTHING, REASON_REMOVED);
	scene.facts.live = NULL;
	expect(STEP_NOTHING, REASON_REMOVED);
}

/* By a pre hook that could not read that it is over. */
TEST(links_that_were_pinned_again)
{
	open_removal();
	scene.state->removal = REMOVAL_DONE;
	scene.state->has_released = false;
	scene_show(&scene, 'a', LINKS_ARCHIVE);
	scene.facts.may_rest = false;
	expect(STEP_WAIT, REASON_CERTBOT_WRITES);
	scene.facts.may_rest = true;
	expect_links(STEP_FOLLOW, LINKS_REST, 0);
	scene.state->has_releasing = true;
	scene.state->releasing = cast_chain('b')->version;
	scene_show(&scene, 'b', LINKS_REST);
	expect(STEP_ACCEPT, REASON_NONE);
	scene.state->has_releasing = false;
	scene.state->has_released = true;
	scene.state->released = cast_chain('b')->version;
	scene.state->reload_due = true;
	expect(STEP_RELOAD, REASON_NONE);
	scene.state->reload_due = false;
	expect(STEP_REMOVED, REASON_NONE);
}

TEST(a_lineage_that_was_deleted)
{
	open_removal();
	scene.state->removal = REMOVAL_LEAVES;
	scene.facts.live = NULL;
	scene.facts.live_error = VERSION_ABSENT;
	expect_links(STEP_LINKS, LINKS_HELD, 0);
	scene_show(&scene, 'a', LINKS_HELD);
	scene.facts.links.held = scene.state->released;
	expect(STEP_REMOVED, REASON_NONE);
}

/* ---- Records that are kept -------------------------------------------- */

/* At once, and nobody is asked: what caches have matches A. */
TEST(kept_records)
{
	open_removal();
	scene.state->removal = REMOVAL_KEEPS;
	scene.owners[0].seen = NULL;
	expect_links(STEP_LINKS, LINKS_HELD, 0);
	scene_show(&scene, 'a', LINKS_HELD);
	scene.facts.links.held = scene.state->released;
	expect(STEP_REMOVED, REASON_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, NULL, close_scene)
		CASE(the_whole_set_goes_at_once),
		CASE(nothing_begins),
		CASE(strangers_are_not_left_alone),
		CASE(all_or_none),
		CASE(where_it_does_not_serve),
		CASE(where_an_old_alias_may_lead),
		CASE(what_others_need_stays),
		CASE(a_wildcard_may_come_back),
		CASE(an_alias_that_is_not_followed),
		CASE(who_does_not_answer),
		CASE(a_program_waits_for_the_proof),
		CASE(every_server_has_to_follow),
		CASE(caches_forget_all),
		CASE(the_last_look_is_thorough),
		CASE(live_must_be_good),
		CASE(links_follow_live),
		CASE(services_are_told),
		CASE(links_that_were_pinned_again),
		CASE(a_lineage_that_was_deleted),
		CASE(kept_records),
	};

	return cmocka_run_group_tests(tests, NULL, cast_close);
}
