/* SPDX-License-Identifier: MIT */
#include "act/deeds.h"

#include "base/xalloc.h"
#include "support/passes.h"

#include <sys/stat.h>

/* One that is settled, with all that belongs to it on the disk. */
static struct host *host;
static struct target *target;

static int open_settled(void **state)
{
	opened_open(state);
	host = *state;
	target = &opened.targets.items[0];
	return 0;
}

static bool carry_out(bool (*deed_function)(struct deed *), char **failure)
{
	struct deed deed = deed_of(&opened.source, &opened.targets, target);
	bool ok = deed_function(&deed);

	*failure = deed.failure;
	return ok;
}

static void expect_done(bool (*deed_function)(struct deed *),
			enum removal want)
{
	struct state *saved;
	char *failure;

	assert_true(carry_out(deed_function, &failure));
	assert_null(failure);
	saved = host_state(host);
	assert_int_equal(saved->removal, want);
	state_free(saved);
}

/* What it has may be of former times: links that are led to it do not have it
 * loaded, and once services were told it is as any other. */
TEST(a_copy_tells_nobody)
{
	struct state *at = target->state;
	struct chain shown = { .version = host->fixture->version[2] };
	char *failure;

	target->facts.target = target->config;
	target->facts.released_number = 1;
	at->has_released = at->copied = true;
	at->released = host->fixture->version[1];
	state_add_presented(at, &at->released);
	target->facts.links.place = LINKS_ARCHIVE;
	target->facts.shown = &shown;
	target->action = (struct action){ .step = STEP_LINKS,
					  .links = fixture_one };
	assert_true(carry_out(deed_links, &failure));
	assert_false(at->reload_due);
	assert_true(state_is_presented(at, &shown.version));
	assert_true(at->copied);
	assert_true(carry_out(deed_reload, &failure));
	assert_false(at->copied);
	assert_true(carry_out(deed_links, &failure));
	assert_true(at->reload_due);
	/* Nor does a release that failed go on once only one is presented. */
	at->has_releasing = true;
	state_set_presented(at, &at->released);
	assert_false(at->has_releasing);
	target->facts.shown = NULL;
	target->facts.released_number = 0;
	target->action = (struct action){ 0 };
}

/* A service that was told to load them a while ago may have found nothing. */
TEST(links_that_led_nowhere)
{
	struct state *at = target->state;
	struct chain shown = { .version = host->fixture->version[1] };
	char *failure;

	target->facts.target = target->config;
	target->facts.released_number = 1;
	at->has_released = true;
	at->released = host->fixture->version[1];
	state_add_presented(at, &at->released);
	at->reloaded_ms = at->proven_ms = 5;
	target->facts.links.place = LINKS_ARCHIVE;
	target->action = (struct action){ .step = STEP_LINKS,
					  .links = fixture_one };
	target->facts.shown = NULL;
	assert_true(carry_out(deed_links, &failure));
	assert_false(at->reload_due);
	state_add_presented(at, &host->fixture->version[2]);
	target->facts.shown = &shown;
	assert_true(carry_out(deed_links, &failure));
	assert_false(at->reload_due);
	target->facts.shown = NULL;
	/* Nothing was told to them yet. */
	at->reloaded_ms = 0;
	assert_true(carry_out(deed_links, &failure));
	assert_false(at->reload_due);
	at->reloaded_ms = 5;
	assert_true(carry_out(deed_links, &failure));
	assert_true(at->reload_due);
	assert_int_equal(at->proven_ms, 0);
	target->facts.released_number = 0;
	target->action = (struct action){ 0 };
}

/* A primary that signs in the background accepted a record and has not shown
 * it when all else is done: it is remembered for a day. */
TEST(what_may_still_come)
{
	struct facts *facts = &target->facts;
	struct state *at = target->state;
	struct sighting primary = { .verdict = SIGHTING_SET };
	struct survey_owner seen = { .primary = &primary };
	struct tlsa_set two = { 0 };
	char *failure;

	host_add_record(host, 2, &two);
	at->has_released = true;
	at->released = host->fixture->version[1];
	state_add_presented(at, &at->released);
	facts->target = target->config;
	facts->owners[0].seen = &seen;
	state_add_published(at, HOST_OWNER, &two.records[0]);
	state_note_sent(at, HOST_OWNER, &two.records[0], facts->now_ms);
	at->copied = true;
	assert_true(carry_out(deed_settle, &failure));
	assert_false(at->copied);
	assert_int_equal(at->published_count, 1);
	facts->now_ms += 23 * HOUR_MS;
	assert_true(carry_out(deed_settle, &failure));
	assert_int_equal(at->published_count, 1);
	facts->now_ms += 2 * HOUR_MS;
	assert_true(carry_out(deed_settle, &failure));
	assert_int_equal(at->published_count, 0);
	facts->owners[0].seen = NULL;
	tlsa_set_clear(&two);
}

/* A record of the leaf that stood there before is ours from then on, or it
 * would stay behind when its owner is taken out; an issuer's may be another
 * host's. */
TEST(what_stood_there_before)
{
	struct facts *facts = &target->facts;
	struct state *at = target->state;
	struct sighting primary = { .verdict = SIGHTING_SET };
	struct survey_owner seen = { .primary = &primary };
	struct tlsa issuer = { 0 };
	char *failure;

	host_add_record(host, 1, &primary.set);
	assert_true(tlsa_from_chain(facts->live,
				    (struct tlsa_params){ 2, 1, 1 }, &issuer));
	tlsa_set_add(&primary.set, &issuer);
	tlsa_clear(&issuer);
	at->has_released = true;
	at->released = host->fixture->version[1];
	state_add_presented(at, &at->released);
	facts->target = target->config;
	facts->released = facts->live;
	facts->owners[0].seen = &seen;
	assert_true(carry_out(deed_settle, &failure));
	assert_int_equal(at->published_count, 1);
	assert_int_equal(at->published[0].record.params.usage, 3);
	facts->owners[0].seen = NULL;
	tlsa_set_clear(&primary.set);
}

/* Nobody is told to load it before the decision says so; and to adopt it once
 * more makes it no certainty. */
TEST(guess)
{
	struct state *at = target->state;
	struct chain chain = { .version = host->fixture->version[1] };
	char *failure;

	target->facts.target = target->config;
	target->facts.live = &chain;
	target->facts.live_number = 1;
	at->reloaded_ms = at->proven_ms = 5;
	for (int again = 0; again < 2; again++) {
		target->action = (struct action){ .step = STEP_ADOPT,
			.chain = &chain, .guesses = !again };
		at->copied = true;
		assert_true(carry_out(deed_adopt, &failure));
		assert_false(at->copied);
		assert_true(at->guessed && at->unproven);
		assert_false(at->reload_due);
		assert_int_equal(at->reloaded_ms, 0);
	}
	assert_true(carry_out(deed_reload, &failure));
	assert_false(at->guessed);
	assert_true(carry_out(deed_adopt, &failure));
	assert_true(at->reload_due);
	target->action = (struct action){ 0 };
	target->facts.live = NULL;
}

TEST(leave)
{
	target->state->removal = REMOVAL_DELETES;
	expect_done(deed_leave, REMOVAL_LEAVES);
}

/* Nothing of it stays but what tells that, and what is known of caches. */
TEST(removed)
{
	struct tlsa_set set = { 0 };

	host_add_record(host, 1, &set);
	state_add_published(target->state, HOST_OWNER, &set.records[0]);
	tlsa_set_clear(&set);
	target->state->removal = REMOVAL_LEAVES;
	target->state->generation = 7;
	state_ledger(target->state, HOST_OWNER);
	expect_done(deed_removed, REMOVAL_DONE);
	assert_int_equal(target->state->published_count, 0);
	assert_int_equal(target->state->presented_count, 0);
	assert_false(target->state->has_released);
	assert_int_equal(target->state->generation, 7);
	assert_int_equal(target->state->ledger_count, 1);
}

/* What is held of the target is let go before the state forgets it. */
TEST(what_cannot_be_cleared_away)
{
	static const char *const parts[] = { "held", "held/" NAME,
					     "held/" NAME "/x" };
	char *failure;

	for (size_t i = 0; i < COUNT(parts); i++) {
		char *path = xasprintf("%s/%s", host->fixture->state_path,
				       parts[i]);

		assert_int_equal(mkdir(path, 0700), 0);
		free(path);
	}
	test_file_write(host->fixture->state_path, "held/" NAME "/x/foreign",
			"x");
	target->state->removal = REMOVAL_LEAVES;
	assert_false(carry_out(deed_removed, &failure));
	assert_non_null(strstr(failure, "cannot clear away"));
	free(failure);
	assert_int_equal(target->state->removal, REMOVAL_LEAVES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, open_settled, opened_close)
		CASE(links_that_led_nowhere),
		CASE(a_copy_tells_nobody),
		CASE(what_may_still_come), CASE(what_stood_there_before),
		CASE(guess),
		CASE(leave),
		CASE(removed),
		CASE(what_cannot_be_cleared_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
