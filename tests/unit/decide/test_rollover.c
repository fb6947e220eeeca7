/* SPDX-License-Identifier: MIT */
#include "support/rollover.h"

#include "base/xalloc.h"
#include "unit.h"

TEST(at_rest)
{
	scene_open(&scene, 'a', 'a');
	settle('a');
	expect(STEP_NOTHING, REASON_NONE);
}

TEST(not_settled_asks)
{
	scene_open(&scene, 'a', 'a');
	expect(STEP_SURVEY, REASON_NONE);
	settle('a');
	scene.facts.config_settled = false;
	expect(STEP_SURVEY, REASON_NONE);
	scene.facts.config_settled = true;
	scene_present(&scene, "ab");
	expect(STEP_SURVEY, REASON_NONE);
	scene_present(&scene, "a");
	scene.state->settled = cast_chain('b')->version;
	expect(STEP_SURVEY, REASON_NONE);
}

TEST(local_commands_stop_at_the_links)
{
	scene_open(&scene, 'a', 'a');
	scene.facts.local_only = true;
	scene.state->reload_due = true;
	expect(STEP_NOTHING, REASON_NONE);
}

TEST(links_come_before_everything)
{
	scene_open(&scene, 'a', 'b');
	scene_show(&scene, 'b', LINKS_REST);
	scene.state->reload_due = true;
	expect(STEP_LINKS, REASON_NONE);
	scene_show(&scene, 'a', LINKS_ARCHIVE);
	expect(STEP_RELOAD, REASON_NONE);
	scene.facts.reload_failed = true;
	expect(STEP_SURVEY, REASON_NONE);
}

/* ---- The live version ------------------------------------------------- */

TEST(live_broken)
{
	scene_open(&scene, 'a', 0);
	settle('a');
	expect(STEP_STUCK, REASON_LIVE_BROKEN);
	scene.facts.certbot_runs = true;
	expect(STEP_WAIT, REASON_CERTBOT_WRITES);
}

/* certbot replaces the live links one by one: nothing of B's may go then. */
TEST(live_broken_deletes_nothing)
{
	scene_open(&scene, 'a', 0);
	scene.facts.certbot_runs = true;
	scene_say(&scene, 0, "a b", 3600);
	expect(STEP_WAIT, REASON_CERTBOT_WRITES);
	scene.facts.certbot_runs = false;
	expect(STEP_STUCK, REASON_LIVE_BROKEN);
}

TEST(unreadable_is_not_gone)
{
	scene_open(&scene, 'a', 'b');
	scene_show(&scene, 0, LINKS_ARCHIVE);
	scene.facts.released_number = 0;
	scene.facts.released = scene.presented[0] = NULL;
	scene.facts.disk_trouble = -EIO;
	expect(STEP_STUCK, REASON_DISK);
	scene.facts.released_held = true;
	expect_links(STEP_LINKS, LINKS_HELD, 0);
}

/* ---- Publication ------------------------------------------------------ */

TEST(publication)
{
	static const struct {
		char released, live;
		const char *presented, *want, *served;
		enum step step;
		enum reason reason;
	} rows[] = {
		{ 'a', 'a', "a", "311", "-", STEP_PUBLISH, 0 },
		{ 'a', 'a', "a", "311", "x", STEP_PUBLISH, 0 },
		{ 'a', 'a', "a", "311", "a", STEP_SETTLE, 0 },
		{ 'a', 'a', "a", "311", "a x", STEP_SETTLE, 0 },
		{ 'a', 'a', "a", "311 211", "a", STEP_PUBLISH, 0 },
		{ 'a', 'a', "a", "311", "a i:211", STEP_PUBLISH, 0 },
		{ 'a', 'b', "a", "311", "-", STEP_PUBLISH, 0 },
		{ 'a', 'b', "a", "311", "a", STEP_PUBLISH, 0 },
		{ 'a', 'b', "a", "311", "b", STEP_PUBLISH, 0 },
		{ 'a', 'k', "a", "311 301", "a a:301", STEP_PUBLISH, 0 },
		/* B strayed or is released: A and B both need theirs. */
		{ 'a', 'a', "ab", "311", "a", STEP_PUBLISH, 0 },
		{ 'b', 'b', "ab", "311", "b", STEP_PUBLISH, 0 },
		{ 'a', 'a', "a", "211", "@", STEP_STUCK, REASON_ALIAS },
		{ 'a', 'a', "a", "311", "*", STEP_STUCK, REASON_WILDCARD },
		{ 'a', 'a', "a", "311", "~", STEP_STUCK, REASON_PRIMARY },
		{ 'a', 'a', "a", "311", "!", STEP_STUCK, REASON_PRIMARY },
		{ 'n', 'n', "n", "211", "-", STEP_STUCK, REASON_NO_ISSUER },
		{ 'a', 'n', "a", "311 211", "a a:211", STEP_STUCK,
		  REASON_NO_ISSUER },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct action action;

		scene_open(&scene, rows[i].released, rows[i].live);
		scene.facts.probe = PROBE_NO_ANSWER;
		scene_present(&scene, rows[i].presented);
		scene_want(&scene, 0, rows[i].want);
		scene_say(&scene, 0, rows[i].served, 3600);
		action = rollover_next(&scene.facts);
		if (action.step != rows[i].step ||
		    action.reason != rows[i].reason)
			fail_msg("row %zu: step %d reason %d", i, action.step,
				 action.reason);
		action_clear(&action);
		scene_close(&scene);
	}
	scene_open(&scene, 'a', 'a');
}

TEST(first_publication_has_both)
{
	scene_open(&scene, 'a', 'b');
	scene.facts.probe = PROBE_NO_ANSWER;
	scene_say(&scene, 0, "-", 3600);
	expect(STEP_PUBLISH, REASON_NONE);
	expect_change(0, "a b", "");
}

TEST(one_owner_in_trouble)
{
	scene_open(&scene, 'a', 'a');
	scene.facts.probe = PROBE_NO_ANSWER;
	scene_add_owner(&scene);
	scene_say(&scene, 0, "@", 3600);
	scene_say(&scene, 1, "-", 3600);
	expect(STEP_PUBLISH, REASON_NONE);
	scene_say(&scene, 1, "a", 3600);
	expect(STEP_STUCK, REASON_ALIAS);
}

/* What a wildcard gives is hidden only where the configuration allows it. */
TEST(wildcard)
{
	scene_open(&scene, 'a', 'b');
	scene_say(&scene, 0, "*a", 3600);
	scene.facts.probe = PROBE_NO_ANSWER;
	expect(STEP_STUCK, REASON_WILDCARD);
	scene.owners[0].hides_wildcards = true;
	expect(STEP_PUBLISH, REASON_NONE);
	/* Nothing of it is in the set of our own. */
	expect_change(0, "a b", "");
	/* A host that would lose its address. */
	scene_say(&scene, 0, "-", 3600);
	scene.views[0].seen.hidden = lent("mail exists by a wildcard");
	expect(STEP_PUBLISH, REASON_NONE);
	scene.owners[0].hides_wildcards = false;
	expect(STEP_STUCK, REASON_WILDCARD);
	/* Caches hold the wildcard's set like any other. */
	scene.views[0].seen.hidden = NULL;
	scene_history(&scene, 0, "*a", 3600, 4000);
	scene_say(&scene, 0, "a b", 3600);
	expect(STEP_WAIT, REASON_CACHES);
	view_say(&scene.views[0], 1, "*a", 3600);
	expect(STEP_WAIT, REASON_SERVER);
	/* Nothing of ours is left where nothing is wanted. */
	scene_say(&scene, 0, "*a", 3600);
	scene_want(&scene, 0, "");
	assert_int_equal(owner_primary_set(&scene.owners[0])->count, 0);
}

TEST(zone_trouble)
{
	struct action action;

	scene_open(&scene, 'a', 'b');
	scene_say(&scene, 0, "~", 3600);
	scene.views[0].seen.zone = NULL;
	scene.views[0].seen.count = 0;
	scene.views[0].seen.primary = NULL;
	action = rollover_next(&scene.facts);
	assert_int_equal(action.step, STEP_STUCK);
	assert_int_equal(action.reason, REASON_ZONE);
	assert_ptr_equal(action.owner, &scene.owners[0]);
	scene.views[0].seen.zone = &scene.views[0].zone;
	scene.views[0].zone.error = ZONE_INSECURE;
	expect(STEP_STUCK, REASON_ZONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, NULL, close_scene)
		CASE(at_rest),
		CASE(not_settled_asks),
		CASE(local_commands_stop_at_the_links),
		CASE(links_come_before_everything),
		CASE(live_broken),
		CASE(live_broken_deletes_nothing),
		CASE(unreadable_is_not_gone),
		CASE(publication),
		CASE(first_publication_has_both),
		CASE(one_owner_in_trouble),
		CASE(wildcard),
		CASE(zone_trouble),
	};

	return cmocka_run_group_tests(tests, NULL, cast_close);
}
