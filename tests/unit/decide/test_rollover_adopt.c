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
	struct action action;

	scene_open(&scene, 'a', 'a');
	settle('a');
	scene.facts.held_unread = true;
	expect(STEP_STUCK, REASON_DISK);
	scene.facts.held_unread = false;
	hold_c();
	expect_adoption('a');
	action = rollover_next(&scene.facts);
	assert_true(action.guesses);
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

static void expect_adopted(char letter, char beside, bool guesses)
{
	struct action action = rollover_next(&scene.facts);

	assert_int_equal(action.step, STEP_ADOPT);
	assert_ptr_equal(action.chain, cast_chain(letter));
	assert_ptr_equal(action.beside, beside ? cast_chain(beside) : NULL);
	assert_int_equal(action.guesses, guesses);
}

/* The links show c as our own made for it, and the state has a. */
static void open_contradiction(void)
{
	scene_open(&scene, 'a', 'a');
	settle('a');
	scene_show(&scene, 'c', LINKS_ARCHIVE);
	scene.facts.shown_as_made = scene.facts.pin = true;
}

static void say(const char *first, const char *second)
{
	scene_say(&scene, 0, first, 3600);
	view_say(&scene.views[0], 1, second, 3600);
}

/* A server that is silent proves nothing against the state. */
TEST(links_and_state_contradict)
{
	open_contradiction();
	expect(STEP_SURVEY, REASON_NONE);
	say("a", "a");
	expect(STEP_LINKS, REASON_NONE);
	say("a", "~");
	expect(STEP_LINKS, REASON_NONE);
	say("~", "~");
	expect(STEP_WAIT, REASON_SERVER);
	say("-", "~");
	expect(STEP_WAIT, REASON_SERVER);
	say("-", "-");
	expect_adopted('c', 0, true);
	say("a", "a c");
	expect(STEP_LINKS, REASON_NONE);
	say("a c", "a c");
	expect(STEP_LINKS, REASON_NONE);
	say("c", "~");
	expect_adoption('c');
	say("a c", "~");
	expect_adoption('c');
	/* What stands where nothing is wanted proves nothing either. */
	scene_add_owner(&scene);
	scene_want(&scene, 1, "");
	scene_say(&scene, 1, "c", 3600);
	say("a", "~");
	expect(STEP_LINKS, REASON_NONE);
}

/* Those that were made for a guess do not make it what services shall load. */
TEST(links_of_a_guess)
{
	open_contradiction();
	scene.state->guessed = true;
	say("a", "~");
	expect(STEP_LINKS, REASON_NONE);
	say("c", "c");
	expect_adopted('c', 0, true);
	scene.facts.released = NULL;
	scene.facts.released_number = 0;
	expect_adopted('c', 0, true);
}

/* What is held was in service, whatever links show under an old number. */
TEST(lost_state_with_what_is_held)
{
	scene_open(&scene, 0, 'a');
	hold_c();
	expect_adopted('c', 0, false);
	scene.facts.held_unread = true;
	expect(STEP_STUCK, REASON_DISK);
	scene_show(&scene, 'a', LINKS_ARCHIVE);
	expect_adopted('c', 0, false);
	scene.facts.kept = cast_chain('a');
	expect_adopted('a', 0, false);
	chains_clear(&scene.facts.returned);
	scene.facts.kept = NULL;
	expect_adopted('a', 0, true);
}

/* The state was older than the links, and what is held may be as old: links
 * that our own moves made tell, unless combined.pem shows that. At rest servers
 * tell, and whoever asks none leaves the links. */
TEST(outdated_state_with_what_is_held)
{
	scene_open(&scene, 0, 'a');
	hold_c();
	scene.state->outdated = true;
	expect_adopted('c', 0, false);
	scene_show(&scene, 'a', LINKS_ARCHIVE);
	expect_adopted('a', 0, true);
	scene.facts.links.files = PEM_BIT(PEM_COMBINED);
	scene.facts.links.combined = cast_chain('c')->version;
	expect_adopted('c', 0, false);
	scene.facts.links.files = 0;
	scene_show(&scene, 'a', LINKS_REST);
	expect(STEP_SURVEY, REASON_NONE);
	scene_say(&scene, 0, "c", 3600);
	expect_adopted('c', 'a', true);
	scene_say(&scene, 0, "b", 3600);
	expect_adopted('a', 0, true);
	scene.facts.local_only = true;
	expect_adopted('a', 0, true);
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
	expect_adopted('c', letter, true);
}

/* The state is lost, and certbot led links at rest on: what has a match may be
 * in service still. */
TEST(lost_state_while_live_went_on)
{
	open_lost('c');
	expect(STEP_SURVEY, REASON_NONE);
	scene_say(&scene, 0, "b", 3600);
	expect_beside('b');
	view_say(&scene.views[0], 1, "~", 3600);
	expect_beside('b');
	scene_say(&scene, 0, "a", 3600);
	expect_beside('a');
	scene_say(&scene, 0, "a b c", 3600);
	expect_beside(0);
	chains_clear(&scene.facts.former);
}

/* What was in service last is known, and goes on if it has a match. */
TEST(lost_state_but_for_the_links)
{
	open_lost('c');
	scene.facts.kept = cast_chain('a');
	scene_say(&scene, 0, "a b", 3600);
	expect_adopted('a', 0, false);
	scene_say(&scene, 0, "b", 3600);
	expect_beside('b');
	scene_say(&scene, 0, "c", 3600);
	expect_beside(0);
	scene.facts.kept = cast_chain('c');
	expect_adopted('c', 0, false);
	chains_clear(&scene.facts.former);
}

/* Who does not answer, or is not asked, says nothing against it. */
TEST(lost_state_but_for_the_links_and_nobody_answers)
{
	open_lost('c');
	scene.facts.kept = cast_chain('a');
	scene.facts.local_only = true;
	expect_adopted('a', 0, false);
	scene.facts.local_only = false;
	scene_say(&scene, 0, "a", 3600);
	view_say(&scene.views[0], 1, "~", 3600);
	expect_adopted('a', 0, false);
	view_say(&scene.views[0], 1, "b", 3600);
	expect_adopted('a', 0, false);
	scene.views[0].seen.count = 0;
	expect_adopted('a', 0, false);
	scene.facts.kept = NULL;
	expect_beside(0);
	scene.views[0].seen.count = 2;
	chains_clear(&scene.facts.former);
}

/* The links are lost with it: what is served goes on, and only a guess is made
 * where nobody can be asked. */
TEST(lost_state_with_the_links)
{
	open_lost('c');
	scene_show(&scene, 0, LINKS_ABSENT);
	expect(STEP_SURVEY, REASON_NONE);
	scene.facts.local_only = true;
	expect_adopted('c', 0, true);
	scene.facts.local_only = false;
	scene_say(&scene, 0, "b", 3600);
	expect_adopted('b', 'c', true);
	view_say(&scene.views[0], 1, "~", 3600);
	expect_adopted('b', 'c', true);
	view_say(&scene.views[0], 1, "a", 3600);
	expect_adopted('c', 0, true);
	scene_say(&scene, 0, "b c", 3600);
	expect_adopted('c', 0, true);
	chains_clear(&scene.facts.former);
}

/* .. and what was guessed then is asked about by the first who can. */
TEST(guess_that_servers_know_better)
{
	scene_open(&scene, 'c', 'c');
	chains_add(&scene.facts.former, cast_chain('b'));
	chains_add(&scene.facts.former, cast_chain('c'));
	scene_show(&scene, 'c', LINKS_ARCHIVE);
	scene.facts.pin = true;
	scene.state->guessed = scene.state->unproven = true;
	scene.facts.probe = PROBE_SAW_NEW;
	expect(STEP_SURVEY, REASON_NONE);
	scene_say(&scene, 0, "b", 3600);
	expect_adopted('b', 'c', true);
	scene_say(&scene, 0, "-", 3600);
	expect(STEP_PUBLISH, REASON_NONE);
	scene_say(&scene, 0, "c", 3600);
	scene_say(&scene, 0, "b", 3600);
	expect(STEP_PUBLISH, REASON_NONE);
	chains_clear(&scene.facts.former);
}

/* An owner that is new in the configuration has no set, and tells nothing. */
TEST(guess_beside_a_new_owner)
{
	scene_open(&scene, 'c', 'c');
	chains_add(&scene.facts.former, cast_chain('b'));
	chains_add(&scene.facts.former, cast_chain('c'));
	scene_show(&scene, 'c', LINKS_ARCHIVE);
	scene_add_owner(&scene);
	scene.facts.pin = true;
	scene.state->guessed = scene.state->unproven = true;
	scene_say(&scene, 0, "b", 3600);
	scene_say(&scene, 1, "-", 3600);
	expect_adopted('b', 'c', true);
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
	/* What links of our own lead to was released, */
	scene_show(&scene, 'a', LINKS_ARCHIVE);
	scene.facts.pin = true;
	expect(STEP_RELOAD, REASON_NONE);
	/* .. unless they were made for a guess. */
	scene.state->guessed = true;
	expect(STEP_WAIT, REASON_CACHES);
	scene.state->guessed = false;
	scene_show(&scene, 'a', LINKS_REST);
	scene.facts.pin = false;
	scene.facts.may_look = true;
	expect(STEP_PROBE, REASON_NONE);
	scene.facts.probe = PROBE_SAW_OLD;
	scene.facts.now_ms = rollover_next(&scene.facts).until_ms;
	expect(STEP_RELOAD, REASON_NONE);
}

static void open_guess(void)
{
	scene_open(&scene, 'a', 'a');
	scene_show(&scene, 'a', LINKS_ARCHIVE);
	scene.facts.pin = true;
	scene.state->unproven = scene.state->guessed = true;
	scene.state->reloaded_ms = 0;
}

/* In the middle of a rollover the state and the links were lost: what caches
 * have from before the first look may be about another version. */
TEST(what_was_guessed_among_several)
{
	open_guess();
	scene.facts.surveyed = TRANSPORT_TCP;
	scene_say(&scene, 0, "a b", 3600);
	expect(STEP_RELOAD, REASON_NONE);
	chains_add(&scene.facts.former, cast_chain('a'));
	expect(STEP_RELOAD, REASON_NONE);
	/* The other has lost its key, and was in service when it had one. */
	scene.facts.former_more = true;
	expect(STEP_WAIT, REASON_CACHES);
	scene.facts.former_more = false;
	chains_add(&scene.facts.former, cast_chain('b'));
	expect(STEP_WAIT, REASON_CACHES);
	/* What they present may have been in service: nobody is to reload. */
	scene.facts.may_look = true;
	scene.facts.probe = PROBE_SAW_OTHER;
	expect(STEP_WAIT, REASON_CACHES);
	chains_clear(&scene.facts.former);
}

/* A server that has never told what it has is in no ledger; and the last look
 * is over TCP. */
TEST(what_was_guessed_waits_for_who_is_silent)
{
	open_guess();
	scene_present(&scene, "a?");
	scene_history(&scene, 0, "a b", 3600, 10 * DAY);
	scene_say(&scene, 0, "a b", 3600);
	view_say(&scene.views[0], 1, "~", 3600);
	expect(STEP_WAIT, REASON_SERVER);
	scene_say(&scene, 0, "a b", 3600);
	scene.facts.surveyed = TRANSPORT_UDP;
	expect(STEP_SURVEY, REASON_NONE);
	scene.facts.surveyed = TRANSPORT_TCP;
	expect(STEP_RELOAD, REASON_NONE);
	/* Where nothing is configured any more nobody is waited for. */
	scene_add_owner(&scene);
	scene_want(&scene, 1, "");
	scene_say(&scene, 1, "~", 3600);
	expect(STEP_RELOAD, REASON_NONE);
	scene.facts.reload_failed = true;
	expect(STEP_STUCK, REASON_RELOAD);
}

/* Of one whose files are nowhere live goes on, and is not loaded at once. */
TEST(lost_files)
{
	scene_open(&scene, 'a', 'b');
	scene.facts.released = scene.presented[0] = NULL;
	scene.facts.released_number = 0;
	scene_show(&scene, 0, LINKS_ARCHIVE);
	expect_adopted('b', 0, true);
	scene.facts.kept = cast_chain('c');
	expect_adopted('c', 0, false);
}

/* a's files are gone, and services may present c: live is not taken unasked. */
TEST(lost_files_and_another_is_presented)
{
	scene_open(&scene, 'a', 'b');
	scene_present(&scene, "ac");
	scene.facts.released = scene.presented[0] = NULL;
	scene.facts.released_number = 0;
	scene_show(&scene, 0, LINKS_ARCHIVE);
	expect(STEP_SURVEY, REASON_NONE);
	say("a c", "~");
	expect_adopted('c', 0, true);
	say("a", "b");
	expect_adopted('c', 0, true);
	say("b", "b");
	expect_adopted('b', 0, true);
	say("b c", "b");
	expect_adopted('b', 0, true);
	say("b c", "b c");
	expect_adopted('c', 0, true);
	scene.facts.live = NULL;
	say("b", "b");
	expect_adopted('c', 0, true);
	scene.facts.local_only = true;
	expect_adopted('c', 0, true);
	/* Links that show something stay. */
	scene_show(&scene, 'b', LINKS_REST);
	expect_adopted('b', 0, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, NULL, close_scene)
		CASE(adoption),
		CASE(state_of_a_backup),
		CASE(links_of_a_backup),
		CASE(links_and_state_contradict),
		CASE(links_of_a_guess),
		CASE(lost_state_with_what_is_held),
		CASE(outdated_state_with_what_is_held),
		CASE(lost_state_while_live_went_on),
		CASE(lost_state_but_for_the_links),
		CASE(lost_state_but_for_the_links_and_nobody_answers),
		CASE(lost_state_with_the_links),
		CASE(guess_that_servers_know_better),
		CASE(guess_beside_a_new_owner),
		CASE(lost_state_that_no_server_tells),
		CASE(what_was_adopted_is_not_loaded_at_once),
		CASE(what_was_guessed_among_several),
		CASE(what_was_guessed_waits_for_who_is_silent),
		CASE(lost_files),
		CASE(lost_files_and_another_is_presented),
	};

	return cmocka_run_group_tests(tests, NULL, cast_close);
}
