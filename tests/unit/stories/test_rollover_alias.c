/* SPDX-License-Identifier: MIT */
#include "decide/rollover.h"

#include "base/xalloc.h"
#include "support/facts.h"
#include "unit.h"

#define DAY 86400
#define LINK 0			/* configured, an alias of .. */
#define END 1			/* .. where the records are */

static struct scene scene;

static void expect_at(const char *where, int line, enum step step,
		      enum reason reason, size_t owner)
{
	struct action action = rollover_next(&scene.facts);

	if (action.step != step || action.reason != reason)
		fail_msg("%s:%d: have step %d reason %d, want %d %d", where,
			 line, action.step, action.reason, step, reason);
	if (owner < SCENE_OWNERS)
		assert_ptr_equal(action.owner, &scene.owners[owner]);
	action_clear(&action);
}

#define expect(step, reason, owner) \
	expect_at(__func__, __LINE__, step, reason, owner)
#define NOBODY SCENE_OWNERS

static int close_scene(void **state)
{
	(void)state;
	scene_close(&scene);
	return 0;
}

/* A is in service, B is live; all is published, and seen, since long ago. */
static void open_pending(void)
{
	scene_open(&scene, 'a', 'b');
	scene.facts.probe = PROBE_NO_ANSWER;
	scene_add_owner(&scene);
	scene_link(&scene, LINK);
	scene_history(&scene, LINK, "@", 3600, 10 * DAY);
	scene_history(&scene, END, "a", 3600, 10 * DAY);
	scene_history(&scene, END, "a b", 3600, 9 * DAY);
	scene_say(&scene, LINK, "@", 3600);
	scene_say(&scene, END, "a b", 3600);
}

TEST(release)
{
	open_pending();
	expect(STEP_RELEASE, REASON_NONE, NOBODY);
	scene.facts.surveyed = TRANSPORT_UDP;
	expect(STEP_SURVEY, REASON_NONE, NOBODY);
}

TEST(the_end_is_published)
{
	open_pending();
	scene_say(&scene, END, "a", 3600);
	expect(STEP_PUBLISH, REASON_NONE, END);
	scene_say(&scene, END, "-", 3600);
	expect(STEP_PUBLISH, REASON_NONE, END);
	scene_say(&scene, END, "a b", 3600);
	view_say(&scene.views[END], 1, "a", 3600);
	expect(STEP_WAIT, REASON_SERVER, END);
}

/* Every server must confirm the same alias, now. */
TEST(one_server_is_enough_to_wait)
{
	static const char *const others[] = { "a", "a b", "-", "@x", "~", "!",
					      "*" };

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		open_pending();
		view_say(&scene.views[LINK], 1, others[i], 60);
		expect(STEP_WAIT, REASON_SERVER, LINK);
		scene_close(&scene);
	}
	open_pending();
	scene.views[LINK].sightings[1].behind = true;
	expect(STEP_WAIT, REASON_SERVER, LINK);
	scene.views[LINK].sightings[1].behind = false;
	scene.views[LINK].sightings[1].signature_expires_seconds =
		SCENE_NOW / 1000 + 3600;
	expect(STEP_WAIT, REASON_SERVER, LINK);
}

/* No resolver asks a hidden primary; records of ours are not sent there. */
TEST(a_hidden_primary_may_be_silent)
{
	struct sighting *primary;

	open_pending();
	primary = &scene.views[LINK].sightings[0];
	scene.views[LINK].servers[0].roles = ZONE_SERVER_PRIMARY;
	view_say(&scene.views[LINK], 0, "~", 0);
	primary->serial_known = false;
	scene.views[LINK].sightings[1].behind = true;
	expect(STEP_RELEASE, REASON_NONE, NOBODY);
	/* If it speaks, it counts: this is what the others will say. */
	view_say(&scene.views[LINK], 0, "@x", 0);
	expect(STEP_WAIT, REASON_SERVER, LINK);
	view_say(&scene.views[LINK], 0, "~", 0);
	scene.views[LINK].servers[0].roles |= ZONE_SERVER_PARENT;
	expect(STEP_WAIT, REASON_SERVER, LINK);
}

/* Caches may hold what the name was before it was this alias. */
TEST(caches_of_the_link)
{
	static const struct {
		const char *before;
		bool waits;
	} rows[] = {
		{ "a", true }, { "x", true }, { "@x", true }, { "a b", false },
		{ "b", false }, { "-", false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		open_pending();
		scene_history(&scene, LINK, rows[i].before, 3600, 100);
		scene_say(&scene, LINK, "@", 3600);
		if (rows[i].waits)
			expect(STEP_WAIT, REASON_CACHES, LINK);
		else
			expect(STEP_RELEASE, REASON_NONE, NOBODY);
		scene_close(&scene);
	}
	open_pending();
}

TEST(until_when)
{
	struct action action;

	open_pending();
	scene.facts.rules = (struct ledger_rules){ 60, 0, 120 };
	/* Of the day when it led elsewhere the long TTL counts. */
	scene_history(&scene, LINK, "@x", 7200, 100);
	scene_say(&scene, LINK, "@", 60);
	action = rollover_next(&scene.facts);
	assert_int_equal(action.reason, REASON_CACHES);
	assert_int_equal(action.until_ms, SCENE_NOW + (7200 + 120) * 1000);
}

/* What the name was before anybody looked: for the same key it matched. */
TEST(unknown_at_the_link)
{
	for (int same_key = 0; same_key < 2; same_key++) {
		scene_open(&scene, 'a', same_key ? 'k' : 'b');
		scene_add_owner(&scene);
		scene_settled(&scene);
		scene_link(&scene, LINK);
		scene_history(&scene, END, "a", 3600, 10 * DAY);
		scene_history(&scene, END, "a b", 3600, 9 * DAY);
		scene_say(&scene, LINK, "@", 3600);
		scene_say(&scene, END, "a b", 3600);
		if (same_key)
			expect(STEP_RELEASE, REASON_NONE, NOBODY);
		else
			expect(STEP_WAIT, REASON_CACHES, LINK);
		scene_close(&scene);
	}
	open_pending();
}

/* It is an ordinary owner again; that it was an alias is still in caches. */
TEST(no_longer_an_alias)
{
	scene_open(&scene, 'a', 'b');
	scene.facts.probe = PROBE_NO_ANSWER;
	scene_history(&scene, 0, "@", 3600, 10 * DAY);
	scene_history(&scene, 0, "-", 3600, 100);
	scene_say(&scene, 0, "-", 3600);
	expect(STEP_PUBLISH, REASON_NONE, 0);
	scene_say(&scene, 0, "a b", 3600);
	expect(STEP_WAIT, REASON_CACHES, 0);
	view_say(&scene.views[0], 1, "@", 3600);
	expect(STEP_WAIT, REASON_SERVER, 0);
}

TEST(not_followed)
{
	scene_open(&scene, 'a', 'a');
	scene_say(&scene, 0, "@", 3600);
	expect(STEP_STUCK, REASON_ALIAS, 0);
	/* Not configured, so nobody needs to follow. */
	scene_want(&scene, 0, "");
	scene_publish(&scene, 0, "a");
	expect(STEP_WAIT, REASON_CACHES, 0);
	scene_close(&scene);
	scene_open(&scene, 'a', 'a');
	scene_want(&scene, 0, "");
	scene_publish(&scene, 0, "a");
	scene_history(&scene, 0, "@", 3600, 9 * DAY);
	scene_say(&scene, 0, "@", 3600);
	expect(STEP_SETTLE, REASON_NONE, NOBODY);
}

/* The name led to owner 1, where our records and another host's stand. */
static void open_moved(const char *elsewhere, int64_t age_seconds)
{
	scene_open(&scene, 'a', 'a');
	scene_add_owner(&scene);
	scene_want(&scene, 1, "");
	scene_publish(&scene, 1, "a");
	scene_history(&scene, 0, elsewhere, 3600, age_seconds);
	scene_say(&scene, 0, "a", 3600);
	scene_say(&scene, 1, "a x", 3600);
}

TEST(records_stay_while_caches_lead_there)
{
	struct action action;

	open_moved("@", 100);
	action = rollover_next(&scene.facts);
	assert_int_equal(action.step, STEP_WAIT);
	assert_int_equal(action.reason, REASON_OLD_ALIAS);
	assert_ptr_equal(action.owner, &scene.owners[0]);
	assert_int_equal(action.until_ms, SCENE_NOW + 2 * 3600 * 1000);
	scene_close(&scene);
	/* Without any alias they are given up at once. */
	open_moved("a", 100);
	scene.ledgers[0]->rested_ms = 0;
	expect(STEP_RETIRE, REASON_NONE, 1);
	/* But where one may have been forgotten. */
	scene.ledgers[0]->rested_ms = LEDGER_NEVER;
	expect(STEP_WAIT, REASON_OLD_ALIAS, 0);
	scene_close(&scene);
	open_moved("@", 100);
	scene.facts.now_ms += (3600 * 2 + 120) * 1000;
	expect(STEP_RETIRE, REASON_NONE, 1);
}

/* That may take days, and nothing else would tell of a service. */
TEST(services_are_watched_meanwhile)
{
	struct action action;

	open_moved("@", 100);
	scene.facts.may_look = true;
	expect(STEP_PROBE, REASON_NONE, NOBODY);
	scene.facts.probe = PROBE_SAW_NEW;
	expect(STEP_WAIT, REASON_OLD_ALIAS, 0);
	scene.facts.probe = PROBE_SAW_OTHER;
	expect(STEP_STUCK, REASON_ASTRAY, NOBODY);
	action = rollover_next(&scene.facts);
	assert_int_equal(action.until_ms, SCENE_NOW + 2 * 3600 * 1000);
}

/* Long ago, but a server that is silent may lead there today. */
TEST(records_stay_while_a_server_is_silent)
{
	open_moved("@", 100);
	scene.facts.now_ms += (3600 * 2 + 120) * 1000;
	view_say(&scene.views[0], 1, "~", 0);
	expect(STEP_WAIT, REASON_SERVER, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, NULL, close_scene)
		CASE(release),
		CASE(the_end_is_published),
		CASE(one_server_is_enough_to_wait),
		CASE(a_hidden_primary_may_be_silent),
		CASE(caches_of_the_link),
		CASE(until_when),
		CASE(unknown_at_the_link),
		CASE(no_longer_an_alias),
		CASE(not_followed),
		CASE(records_stay_while_caches_lead_there),
		CASE(services_are_watched_meanwhile),
		CASE(records_stay_while_a_server_is_silent),
	};

	return cmocka_run_group_tests(tests, NULL, cast_close);
}
