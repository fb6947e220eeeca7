/* SPDX-License-Identifier: MIT */
#include "rollover.h"

#include "support_facts.h"
#include "xalloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define DAY 86400

static struct scene scene;

static void expect_at(const char *where, int line, enum step step,
		      enum reason reason)
{
	struct action action = rollover_next(&scene.facts);

	if (action.step != step || action.reason != reason)
		fail_msg("%s:%d: have step %d reason %d, want %d %d", where,
			 line, action.step, action.reason, step, reason);
}

#define expect(step, reason) expect_at(__func__, __LINE__, step, reason)

static void expect_links(enum step step, enum links_place place,
			 unsigned number)
{
	struct action action = rollover_next(&scene.facts);

	assert_int_equal(action.step, step);
	assert_int_equal(action.links.place, place);
	assert_int_equal(action.links.number, number);
}

static int close_scene(void **state)
{
	(void)state;
	scene_close(&scene);
	return 0;
}

/* A is in service, B is live; both are published since long ago. */
static void open_pending(void)
{
	scene_open(&scene, 'a', 'b');
	scene_history(&scene, 0, "a", 3600, 10 * DAY);
	scene_history(&scene, 0, "a b", 3600, 9 * DAY);
	scene_say(&scene, 0, "a b", 3600);
}

/* B was released and reloaded, A may still be presented. */
static void open_released(void)
{
	scene_open(&scene, 'b', 'b');
	scene_present(&scene, "ab");
	scene_history(&scene, 0, "a b", 3600, 9 * DAY);
	scene_say(&scene, 0, "a b", 3600);
	scene.state->reloaded_ms = SCENE_NOW - DAY * 1000;
}

static void settle(char letter)
{
	scene.state->has_settled = true;
	scene.state->settled = cast_chain(letter)->leaf;
}

/* ---- Links ------------------------------------------------------------ */

static void test_at_rest(void **state)
{
	(void)state;
	scene_open(&scene, 'a', 'a');
	settle('a');
	expect(STEP_NOTHING, REASON_NONE);
}

static void test_not_settled_asks(void **state)
{
	(void)state;
	scene_open(&scene, 'a', 'a');
	expect(STEP_SURVEY, REASON_NONE);
	settle('a');
	scene.facts.config_settled = false;
	expect(STEP_SURVEY, REASON_NONE);
	scene.facts.config_settled = true;
	scene_present(&scene, "ab");
	expect(STEP_SURVEY, REASON_NONE);
	scene_present(&scene, "a");
	scene.state->settled = cast_chain('b')->leaf;
	expect(STEP_SURVEY, REASON_NONE);
}

static void test_local_commands_stop_at_the_links(void **state)
{
	(void)state;
	scene_open(&scene, 'a', 'a');
	scene.facts.local_only = true;
	scene.state->reload_due = true;
	expect(STEP_NOTHING, REASON_NONE);
}

static void test_adoption(void **state)
{
	(void)state;
	scene_open(&scene, 0, 'a');
	expect(STEP_ADOPT, REASON_NONE);
	scene.facts.live = NULL;
	expect(STEP_STUCK, REASON_LIVE_BROKEN);
	scene_show(&scene, 'a', LINKS_ARCHIVE);
	expect(STEP_ADOPT, REASON_NONE);
	assert_null(rollover_goal(&scene.facts));
}

static void test_where_links_belong(void **state)
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

	(void)state;
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

static void test_files_gone_from_the_archive(void **state)
{
	struct action action;

	(void)state;
	scene_open(&scene, 'a', 'b');
	scene_show(&scene, 0, LINKS_ARCHIVE);
	scene.facts.released_number = 0;
	scene.facts.released_held = true;
	action = rollover_next(&scene.facts);
	assert_int_equal(action.step, STEP_LINKS);
	assert_int_equal(action.links.place, LINKS_HELD);
	assert_true(fingerprint_equal(&action.links.held,
				      &cast_chain('a')->leaf));
	scene.facts.released_held = false;
	scene.facts.released = scene.presented[0] = NULL;
	expect(STEP_ADOPT, REASON_NONE);
	scene.facts.live = NULL;
	expect(STEP_STUCK, REASON_LOST);
}

static void test_foreign_directory(void **state)
{
	(void)state;
	scene_open(&scene, 'a', 'a');
	scene_show(&scene, 0, LINKS_FOREIGN);
	expect(STEP_STUCK, REASON_LINKS_FOREIGN);
	scene.facts.recreate = true;
	expect_links(STEP_LINKS, LINKS_REST, 0);
}

static void test_release_under_way_is_accepted(void **state)
{
	(void)state;
	scene_open(&scene, 'a', 'b');
	scene.state->has_releasing = true;
	scene.state->releasing = cast_chain('b')->leaf;
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

static void test_links_come_before_everything(void **state)
{
	(void)state;
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

static void test_live_broken(void **state)
{
	(void)state;
	scene_open(&scene, 'a', 0);
	settle('a');
	expect(STEP_STUCK, REASON_LIVE_BROKEN);
	scene.facts.certbot_runs = true;
	expect(STEP_WAIT, REASON_CERTBOT_WRITES);
}

/* certbot replaces the live links one by one: nothing of B's may go then. */
static void test_live_broken_deletes_nothing(void **state)
{
	(void)state;
	scene_open(&scene, 'a', 0);
	scene.facts.certbot_runs = true;
	scene_say(&scene, 0, "a b", 3600);
	expect(STEP_WAIT, REASON_CERTBOT_WRITES);
	scene.facts.certbot_runs = false;
	expect(STEP_STUCK, REASON_LIVE_BROKEN);
}

/* ---- Publication ------------------------------------------------------ */

static void test_publication(void **state)
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

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct action action;

		scene_open(&scene, rows[i].released, rows[i].live);
		scene_present(&scene, rows[i].presented);
		scene_want(&scene, 0, rows[i].want);
		scene_say(&scene, 0, rows[i].served, 3600);
		action = rollover_next(&scene.facts);
		if (action.step != rows[i].step ||
		    action.reason != rows[i].reason)
			fail_msg("row %zu: step %d reason %d", i, action.step,
				 action.reason);
		scene_close(&scene);
	}
	scene_open(&scene, 'a', 'a');
}

static void test_first_publication_has_both(void **state)
{
	struct chain **chains;
	struct tlsa_set missing, want = cast_set("a b");
	size_t n;

	(void)state;
	scene_open(&scene, 'a', 'b');
	scene_say(&scene, 0, "-", 3600);
	expect(STEP_PUBLISH, REASON_NONE);
	chains = rollover_chains(&scene.facts, &n);
	missing = owner_missing(&scene.owners[0], chains, n);
	assert_true(tlsa_set_equal(&missing, &want));
	tlsa_set_clear(&missing);
	tlsa_set_clear(&want);
	free(chains);
}

static void test_one_owner_in_trouble(void **state)
{
	(void)state;
	scene_open(&scene, 'a', 'a');
	scene_add_owner(&scene);
	scene_say(&scene, 0, "@", 3600);
	scene_say(&scene, 1, "-", 3600);
	expect(STEP_PUBLISH, REASON_NONE);
	scene_say(&scene, 1, "a", 3600);
	expect(STEP_STUCK, REASON_ALIAS);
}

static void test_zone_trouble(void **state)
{
	struct action action;

	(void)state;
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
			view_say(&scene.views[0], 1, "~", 0, SCENE_NOW);
		else if (i == 1)
			view_say(&scene.views[0], 1, "a", 3600, SCENE_NOW);
		else if (i == 2)
			second->behind = true;
		else if (i == 3)
			second->signature_expires_seconds =
				SCENE_NOW / 1000 + 3600;
		else if (i == 4)
			view_say(&scene.views[0], 1, "!", 0, SCENE_NOW);
		else if (i == 5)
			view_say(&scene.views[0], 1, "-", 60, SCENE_NOW);
		else
			view_say(&scene.views[0], 1, "b a:211 i:301", 60,
				 SCENE_NOW);
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

/* ---- After the release ------------------------------------------------ */

static void test_reload_comes_first(void **state)
{
	(void)state;
	open_released();
	scene.state->reload_due = true;
	expect(STEP_RELOAD, REASON_NONE);
	scene.facts.reload_failed = true;
	expect(STEP_STUCK, REASON_RELOAD);
}

static void test_probe(void **state)
{
	struct action action;

	(void)state;
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

static void test_linger(void **state)
{
	static const struct {
		enum config_probe_mode mode;
		enum probe_state probe;
	} rows[] = {
		{ PROBE_OFF, PROBE_NOT_ASKED },
		{ PROBE_AUTO, PROBE_IMPOSSIBLE },
		{ PROBE_LIST, PROBE_SAW_NEW },
	};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct action action;

		open_released();
		scene.target.probe = rows[i].mode;
		scene.facts.probe = rows[i].probe;
		scene.state->proven_ms = SCENE_NOW - 4000000;
		scene.state->reloaded_ms = SCENE_NOW - 4000000;
		scene.target.linger_seconds = 4001;
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

static void test_retire(void **state)
{
	(void)state;
	open_released();
	scene_present(&scene, "b");
	scene.state->proven_ms = SCENE_NOW - 1;
	expect(STEP_RETIRE, REASON_NONE);
	view_say(&scene.views[0], 1, "a", 3600, SCENE_NOW);
	expect(STEP_WAIT, REASON_SERVER);
	scene_say(&scene, 0, "b", 3600);
	expect(STEP_SETTLE, REASON_NONE);
	scene.facts.reload_failed = true;
	expect(STEP_STUCK, REASON_RELOAD);
}

static void test_retire_spares_what_is_not_ours(void **state)
{
	(void)state;
	open_released();
	scene_present(&scene, "b");
	scene.state->proven_ms = SCENE_NOW - 1;
	scene_say(&scene, 0, "b x", 3600);
	expect(STEP_SETTLE, REASON_NONE);
	scene_say(&scene, 0, "a b", 3600);
	scene.owners[0].others = cast_set("a");
	expect(STEP_SETTLE, REASON_NONE);
}

/* On adoption nobody knows what the services present: the links may show B
 * since a renewal that no reload followed. */
static void test_adopted_is_proven_before_anything_goes(void **state)
{
	(void)state;
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
	state_set_presented(scene.state, &cast_chain('b')->leaf);
	expect(STEP_RETIRE, REASON_NONE);
	/* Where there is nothing to delete, nothing has to be proven. */
	scene.state->unproven = true;
	scene_say(&scene, 0, "b", 3600);
	expect(STEP_SETTLE, REASON_NONE);
}

static void test_config_changed_when_settled(void **state)
{
	(void)state;
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

static void test_owner_no_longer_configured(void **state)
{
	(void)state;
	scene_open(&scene, 'a', 'a');
	scene.state->proven_ms = SCENE_NOW - 1;
	scene_add_owner(&scene);
	scene_want(&scene, 1, "");
	scene_say(&scene, 0, "a", 3600);
	scene_say(&scene, 1, "a", 3600);
	expect(STEP_RETIRE, REASON_NONE);
	scene_say(&scene, 1, "-", 3600);
	expect(STEP_SETTLE, REASON_NONE);
}

/* Taken from the configuration while B is pending: b is not published
 * there, so a has to go before the release can be. */
static void test_owner_removed_while_pending(void **state)
{
	(void)state;
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
static void test_owner_given_up_to_others(void **state)
{
	(void)state;
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
static void test_owner_given_up_that_others_keep(void **state)
{
	(void)state;
	open_pending();
	scene_add_owner(&scene);
	scene_want(&scene, 1, "");
	scene_publish(&scene, 1, "a");
	scene_say(&scene, 1, "a x", 3600);
	expect(STEP_RETIRE, REASON_NONE);
}

/* What another target needs is not known: nothing goes, and it is not done. */
static void test_others_unknown(void **state)
{
	(void)state;
	open_released();
	scene_present(&scene, "b");
	scene.owners[0].others_unknown = true;
	expect(STEP_WAIT, REASON_OTHERS);
	scene_say(&scene, 0, "b", 3600);
	expect(STEP_SETTLE, REASON_NONE);
}

static void test_unreadable_is_not_gone(void **state)
{
	(void)state;
	scene_open(&scene, 'a', 'b');
	scene_show(&scene, 0, LINKS_ARCHIVE);
	scene.facts.released_number = 0;
	scene.facts.released = scene.presented[0] = NULL;
	scene.facts.disk_trouble = -EIO;
	expect(STEP_STUCK, REASON_DISK);
	scene.facts.released_held = true;
	expect_links(STEP_LINKS, LINKS_HELD, 0);
}

static void test_too_late(void **state)
{
	struct action action = { .step = STEP_WAIT };

	(void)state;
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

static void test_lost_version_still_presented(void **state)
{
	(void)state;
	open_released();
	scene_present(&scene, "?b");
	scene.facts.released = cast_chain('b');
	expect(STEP_PROBE, REASON_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_teardown(test_##name, close_scene)
		TEST(at_rest),
		TEST(not_settled_asks),
		TEST(local_commands_stop_at_the_links),
		TEST(adoption),
		TEST(where_links_belong),
		TEST(files_gone_from_the_archive),
		TEST(foreign_directory),
		TEST(release_under_way_is_accepted),
		TEST(links_come_before_everything),
		TEST(live_broken),
		TEST(live_broken_deletes_nothing),
		TEST(publication),
		TEST(first_publication_has_both),
		TEST(one_owner_in_trouble),
		TEST(zone_trouble),
		TEST(release),
		TEST(caches_until),
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
		TEST(reload_comes_first),
		TEST(probe),
		TEST(linger),
		TEST(retire),
		TEST(retire_spares_what_is_not_ours),
		TEST(adopted_is_proven_before_anything_goes),
		TEST(config_changed_when_settled),
		TEST(owner_no_longer_configured),
		TEST(owner_removed_while_pending),
		TEST(owner_given_up_to_others),
		TEST(owner_given_up_that_others_keep),
		TEST(others_unknown),
		TEST(unreadable_is_not_gone),
		TEST(too_late),
		TEST(lost_version_still_presented),
#undef TEST
	};

	return cmocka_run_group_tests(tests, NULL, cast_close);
}
