/* SPDX-License-Identifier: MIT */
#include "decide/caches.h"

#include "base/xalloc.h"
#include "support/rollover.h"
#include "unit.h"

#define DAY_MS (INT64_C(86400) * 1000)

static int64_t latest(const struct cache_proofs *proofs)
{
	int64_t latest_ms = LEDGER_NEVER;

	for (size_t i = 0; i < proofs->count; i++)
		if (proofs->items[i].bound.safe_ms > latest_ms)
			latest_ms = proofs->items[i].bound.safe_ms;
	return latest_ms;
}

/* A alone was served for the last time 3900 seconds ago. */
static void open_replaced(void)
{
	scene_open(&scene, 'a', 'b');
	scene_history(&scene, 0, "a", 3600, 4000);
	scene_history(&scene, 0, "a b", 3600, 3900);
	scene_say(&scene, 0, "a b", 3600);
	scene.facts.rules.margin_seconds = 100;
}

TEST(what_it_follows_from)
{
	const struct owner_facts *owner = &scene.owners[0];
	int64_t last_ms = SCENE_NOW - 3900 * 1000, safe_ms;
	struct cache_proofs proofs;

	open_replaced();
	safe_ms = caches_safe_from(&scene.facts, owner, cast_chain('b'));
	assert_int_equal(safe_ms, last_ms + 2 * 3600 * 1000);
	proofs = caches_prove(&scene.facts, owner, cast_chain('b'));
	assert_int_equal(proofs.count, 1);
	assert_int_equal(latest(&proofs), safe_ms);
	assert_int_equal(proofs.items[0].bound.ttl_seconds, 3600);
	assert_int_equal(proofs.items[0].bound.publication_ms, last_ms);
	assert_int_equal(proofs.items[0].bound.publication_until_ms, safe_ms);
	for (size_t i = 0; i < proofs.items[0].terms.count; i++) {
		const struct ledger_term *term =
			&proofs.items[0].terms.items[i];

		assert_false(ledger_is_match(term->version,
					     &proofs.items[0].test));
		assert_int_equal(term->until_ms, term->last_ms + 3700 * 1000);
	}
	/* Of two servers {A}, and what was there before. */
	assert_int_equal(proofs.items[0].terms.count, 4);
	cache_proofs_clear(&proofs);
}

TEST(nothing_was_without)
{
	struct cache_proofs proofs;

	open_replaced();
	proofs = caches_prove(&scene.facts, &scene.owners[0], cast_chain('a'));
	assert_int_equal(proofs.count, 1);
	assert_int_equal(proofs.items[0].terms.count, 0);
	assert_true(latest(&proofs) == LEDGER_NEVER);
	assert_true(caches_safe_from(&scene.facts, &scene.owners[0],
				     cast_chain('a')) == LEDGER_NEVER);
	cache_proofs_clear(&proofs);
}

/* .. but where A is a guess among several, another may have been presented. */
TEST(what_was_there_before_a_guess)
{
	open_replaced();
	assert_true(caches_safe_from(&scene.facts, &scene.owners[0],
				     cast_chain('a')) == LEDGER_NEVER);
	assert_true(caches_safe_from_guess(&scene.facts, &scene.owners[0],
					   cast_chain('a')) > SCENE_NOW);
}

TEST(what_others_saw)
{
	struct ledger *ledger = ledger_new("_443._tcp.mail.example.com.");
	const struct ledger *ledgers[] = { ledger };
	struct cache_proofs proofs;
	struct view view;

	open_replaced();
	view_open(&view, ledger->owner, 2);
	view_say_all(&view, "a", 7200);
	ledger_record(ledger, &view.seen, SCENE_NOW - 3000 * 1000);
	scene.owners[0].others.ledgers = ledgers;
	scene.owners[0].others.ledger_count = 1;
	proofs = caches_prove(&scene.facts, &scene.owners[0], cast_chain('b'));
	assert_int_equal(proofs.count, 2);
	assert_false(proofs.items[0].is_others);
	assert_true(proofs.items[1].is_others);
	assert_int_equal(proofs.items[1].bound.safe_ms,
			 SCENE_NOW - 3000 * 1000 + 2 * 7200 * 1000);
	assert_int_equal(caches_safe_from(&scene.facts, &scene.owners[0],
					  cast_chain('b')), latest(&proofs));
	cache_proofs_clear(&proofs);
	view_close(&view);
	ledger_free(ledger);
}

/* Without a chain: what removal waits for, to which every record counts. */
TEST(that_none_is_left)
{
	const struct owner_facts *owner = &scene.owners[0];
	struct cache_proofs proofs;

	scene_open(&scene, 'a', 'b');
	scene_history(&scene, 0, "a b", 3600, 9000);
	scene_history(&scene, 0, "-", 60, 1000);
	scene_say(&scene, 0, "-", 60);
	proofs = caches_prove(&scene.facts, owner, NULL);
	assert_int_equal(latest(&proofs),
			 caches_empty_from(&scene.facts, owner));
	assert_int_equal(latest(&proofs), SCENE_NOW + 6200 * 1000);
	cache_proofs_clear(&proofs);
	assert_true(caches_safe_from(&scene.facts, owner, cast_chain('b')) <
		    SCENE_NOW);
}

/* What a run saw is in the state; what was seen since counts from the run that
 * notes it. */
TEST(seen_since_the_last_run)
{
	const struct chain *next = cast_chain('b');
	int64_t last_ms = SCENE_NOW - 3900 * 1000, safe_ms;

	open_replaced();
	safe_ms = caches_safe_from(&scene.facts, &scene.owners[0], next);
	scene.state->saved.wall_ms = last_ms;
	assert_false(caches_are_unnoted(&scene.facts, next, safe_ms));
	scene.state->saved.wall_ms = last_ms - 1001;
	assert_true(caches_are_unnoted(&scene.facts, next, safe_ms));
	assert_false(caches_are_unnoted(&scene.facts, next, safe_ms + 1));
}

/* ---- What was there before ---------------------------------------------- */

/* A lineage that was in service nowhere when others alone had records here:
 * who knows what was there before the first look? */
TEST(what_was_there_before_it_came)
{
	scene_open(&scene, 'a', 'k');
	scene_history(&scene, 0, "c", 60, 3600);
	scene_history(&scene, 0, "a c", 60, 3000);
	scene_say(&scene, 0, "a c", 3600);
	expect(STEP_WAIT, REASON_CACHES);
	scene_settled(&scene);
	expect(STEP_RELEASE, REASON_NONE);
}

static void open_same_issuer(void)
{
	scene_open(&scene, 'a', 'b');
	scene_want(&scene, 0, "201");
	scene_say(&scene, 0, "a:201", 3600);
}

/* Nor of which combinations that was, though today's match. */
TEST(what_was_there_before_a_look)
{
	open_same_issuer();
	expect(STEP_WAIT, REASON_CACHES);
	scene_settled(&scene);
	expect(STEP_RELEASE, REASON_NONE);
}

/* The first rest does not end that: it may come within minutes. */
TEST(what_was_there_is_cached_still)
{
	open_same_issuer();
	scene_settled(&scene);
	scene.ledgers[0]->rested_ms = SCENE_NOW - 3600000;
	expect(STEP_WAIT, REASON_CACHES);
	scene.ledgers[0]->rested_ms = SCENE_NOW - DAY_MS;
	expect(STEP_RELEASE, REASON_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE_WITH(what_it_follows_from, NULL, close_scene),
		CASE_WITH(nothing_was_without, NULL, close_scene),
		CASE_WITH(what_was_there_before_a_guess, NULL, close_scene),
		CASE_WITH(what_others_saw, NULL, close_scene),
		CASE_WITH(that_none_is_left, NULL, close_scene),
		CASE_WITH(seen_since_the_last_run, NULL, close_scene),
		CASE_WITH(what_was_there_before_it_came, NULL, close_scene),
		CASE_WITH(what_was_there_before_a_look, NULL, close_scene),
		CASE_WITH(what_was_there_is_cached_still, NULL, close_scene),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
