/* SPDX-License-Identifier: MIT */
#include "state/ledger.h"

#include "base/bounds.h"
#include "base/xalloc.h"
#include "support/desk.h"
#include "unit.h"

static int64_t safe_alias(const struct desk *desk, const char *alias,
			  bool only_aliases)
{
	struct ledger_test test = { .chain = cast_chain('b'), .alias = alias,
				    .unknown_matches = true,
				    .only_aliases = only_aliases };

	return ledger_safe_from(desk->ledger, &test, &plain);
}

TEST(aliases)
{
	struct desk desk;

	desk_open(&desk);
	see(&desk, "@x", "@x", 300, T0);
	assert_int_equal(desk.ledger->version_count, 2);
	assert_string_equal(desk.ledger->versions[1].alias, "x.example.net.");
	assert_true(safe_alias(&desk, "x.example.net.", false) ==
		    LEDGER_NEVER);
	assert_int_equal(safe_alias(&desk, "y.example.net.", false),
			 T0 + 301000);
	assert_false(ledger_has_other_alias(desk.ledger, "x.example.net."));
	assert_true(ledger_has_other_alias(desk.ledger, NULL));
	/* One server moves on. */
	see(&desk, "@y", "@x", 300, T0 + 60000);
	assert_int_equal(desk.ledger->version_count, 3);
	assert_int_equal(safe_alias(&desk, "y.example.net.", false),
			 T0 + 61000 + 300000);
	assert_true(ledger_has_other_alias(desk.ledger, "y.example.net."));
	/* Where only aliases count, a set without a match does not. */
	see(&desk, "a", "a", 3600, T0 + 90000);
	assert_int_equal(safe_alias(&desk, NULL, true), T0 + 91000 + 300000);
	assert_int_equal(safe_alias(&desk, NULL, false),
			 T0 + 91000 + 3600000);
	desk_close(&desk);
}

/* It goes on leading where it led. */
TEST(departed_alias)
{
	struct ledger_test test = { .chain = cast_chain('b'),
				    .alias = "x.example.net." };
	struct desk desk;

	desk_open(&desk);
	see(&desk, "@x", "@x", 300, T0);
	desk.view.seen.count = 1;
	see(&desk, "@x", "-", 300, T0 + 60000);
	assert_true(safe_alias(&desk, "x.example.net.", false) ==
		    LEDGER_NEVER);
	assert_int_equal(safe_alias(&desk, NULL, false),
			 T0 + 61000 + DAY_MS + 300000);
	/* .. and what it was before anybody looked, it is no more. */
	test.unknown_matches = false;
	assert_int_equal(ledger_safe_from(desk.ledger, &test, &plain),
			 T0 + 1000 + 300000);
	desk_close(&desk);
}

/* As long as the unknown may have been it, the alias is remembered. */
TEST(aliases_stay_over_a_rest)
{
	struct ledger_rules rules = { 100, 0, 0 };
	struct desk desk;

	desk_open(&desk);
	see(&desk, "@x", "@x", 300, T0);
	ledger_unwatch(desk.ledger, &rules, T0 + 2000);
	see(&desk, "@y", "@y", 300, T0 + DAY_MS);
	ledger_prune(desk.ledger, &rules, T0 + DAY_MS);
	assert_true(ledger_has_other_alias(desk.ledger, "y.example.net."));
	see(&desk, "@y", "@y", 300, T0 + DAY_MS + 2000);
	ledger_prune(desk.ledger, &rules, T0 + DAY_MS + 302000);
	assert_false(ledger_has_other_alias(desk.ledger, "y.example.net."));
	desk_close(&desk);
}

/* What was there before anybody looked was gone at the first rest; later ones
 * tell nothing new, and when times say nothing it begins again. */
TEST(known_after_the_first_rest)
{
	static const struct ledger_rules rules = { 100, 2, 120 };
	const int64_t kept_ms = (300 * 3 + 120) * 1000;
	struct desk desk;

	desk_open(&desk);
	see(&desk, "a", "a", 300, T0);
	assert_false(ledger_is_known(desk.ledger, &rules, T0 + DAY_MS));
	ledger_unwatch(desk.ledger, &rules, T0 + 1000);
	assert_false(ledger_is_known(desk.ledger, &rules,
				     T0 + 1000 + kept_ms - 1));
	see(&desk, "a", "a", 300, T0 + 60000);
	ledger_unwatch(desk.ledger, &rules, T0 + 61000);
	assert_true(ledger_is_known(desk.ledger, &rules, T0 + 1000 + kept_ms));
	ledger_restart(desk.ledger, T0 + DAY_MS);
	assert_false(ledger_is_known(desk.ledger, &rules,
				     T0 + DAY_MS + kept_ms - 1));
	assert_true(ledger_is_known(desk.ledger, &rules,
				    T0 + DAY_MS + kept_ms));
	desk_close(&desk);
}

/* At a name given up, only sets with a record of ours count. */
TEST(only_sets_with_these_records)
{
	struct tlsa_set ours = cast_set("a");
	struct ledger_test test = { .chain = cast_chain('b'),
				    .unknown_matches = true, .only = &ours };
	struct desk desk;

	desk_open(&desk);
	see(&desk, "a x", "a x", 300, T0);
	see(&desk, "x", "x", 300, T0 + 60000);
	see(&desk, "x", "x", 300, T0 + 90000);
	assert_int_equal(ledger_safe_from(desk.ledger, &test, &plain),
			 T0 + 61000 + 300000);
	test.only = NULL;
	assert_int_equal(ledger_safe_from(desk.ledger, &test, &plain),
			 T0 + 91000 + 300000);
	tlsa_set_clear(&ours);
	desk_close(&desk);
}

/* What is served, or may be cached, stays; the rest goes. */
TEST(prune)
{
	static const struct ledger_rules rules = { 100, 2, 120 };
	const int64_t gone = T0 + 61000 + (300 * 3 + 120) * 1000;
	struct desk desk;
	struct ledger *ledger;

	desk_open(&desk);
	ledger = desk.ledger;
	see(&desk, "a", "a", 300, T0);
	see(&desk, "-", "a b", 300, T0 + 60000);
	see(&desk, "a b c", "a b", 300, T0 + 60000);
	see(&desk, "a b c", "a b", 300, T0 + 62000);
	ledger_prune(ledger, &rules, gone - 1);
	assert_int_equal(ledger->version_count, 5);
	ledger_prune(ledger, &rules, gone);
	assert_int_equal(ledger->version_count, 3);
	assert_int_equal(ledger->versions[0].kind, LEDGER_UNKNOWN);
	assert_int_equal(ledger->versions[1].set.count, 2);
	assert_int_equal(ledger->addresses[0].current, 2);
	assert_int_equal(ledger->addresses[1].current, 1);
	assert_int_equal(ledger->addresses[0].last_ms[2], T0 + 63000);
	/* It may have passed through it between the looks. */
	assert_int_equal(ledger->addresses[0].last_ms[1], T0 + 63000);
	assert_int_equal(ledger->addresses[1].last_ms[1], T0 + 63000);
	/* Adding works as before. */
	see(&desk, "a b c", "x", 300, T0 + 90000);
	assert_int_equal(ledger->version_count, 4);
	assert_int_equal(ledger->addresses[1].current, 3);
	desk_close(&desk);
}

/* A server that has been silent ever since may come back with a version that
 * was pruned, and caches keep that for as long as they would have then. */
TEST(prune_remembers_ttls_for_the_silent)
{
	static const struct ledger_rules rules = { 100, 1, 120 };
	const int64_t gone = T0 + 121000 + (3600 * 2 + 120) * 1000;
	struct desk desk;

	desk_open(&desk);
	see(&desk, "a", "a", 300, T0);
	ledger_unwatch(desk.ledger, &rules, T0);
	see(&desk, "a", "~", 3600, T0 + 60000);
	see(&desk, "a b", "~", 300, T0 + 120000);
	see(&desk, "a b", "~", 300, T0 + 180000);
	ledger_prune(desk.ledger, &rules, gone);
	assert_int_equal(desk.ledger->version_count, 2);
	see(&desk, "a b", "a b", 300, gone);
	assert_int_equal(safe(&desk, 'b', false, &rules),
			 gone + 1000 + (3600 + 120) * 1000);
	desk_close(&desk);
}

/* And with the combinations that it had: somebody's, perhaps, that another
 * certificate of the same key does not match. */
TEST(prune_remembers_combinations)
{
	static const struct ledger_rules rules = { 100, 1, 120 };
	const int64_t late = T0 + 100000000;
	const struct tlsa_set *unknown;
	struct desk desk;

	desk_open(&desk);
	see(&desk, "a a:301 x:301", "a", 300, T0);
	ledger_unwatch(desk.ledger, &rules, T0);
	see(&desk, "a", "a", 300, late);
	ledger_prune(desk.ledger, &rules, late);
	assert_int_equal(desk.ledger->version_count, 2);
	unknown = &desk.ledger->versions[0].set;
	assert_int_equal(unknown->count, 2);
	assert_int_equal(unknown->records[0].params.selector, 0);
	/* Until no cache can hold it, and the next watch ends. */
	ledger_unwatch(desk.ledger, &rules, late + 2000);
	assert_int_equal(unknown->count, 2);
	see(&desk, "a", "a", 300, late + 1000000);
	see(&desk, "a", "a", 300, late + 9000000);
	ledger_unwatch(desk.ledger, &rules, late + 9000000);
	assert_int_equal(unknown->count, 0);
	desk_close(&desk);
}

/* Pruning never makes a wait shorter. */
TEST(prune_keeps_every_bound)
{
	static const struct ledger_rules rules = { 100, 2, 120 };

	for (int64_t s = 0; s < 1500; s += 20) {
		int64_t now = T0 + s * 1000, before;
		struct desk desk;

		desk_open(&desk);
		see(&desk, "a", "a", 300, T0);
		see(&desk, "a b", "a", 200, T0 + 10000);
		see(&desk, "a b", "a b", 200, T0 + 20000);
		before = safe(&desk, 'b', false, &rules);
		ledger_prune(desk.ledger, &rules, now);
		if (before > now)
			assert_int_equal(safe(&desk, 'b', false, &rules),
					 before);
		else
			assert_true(safe(&desk, 'b', false, &rules) <= now);
		desk_close(&desk);
	}
}

/* A server that left while nothing was known of it may take for a day what
 * the others had in the meantime, however long they are rid of it. */
TEST(prune_keeps_what_departed_servers_may_take)
{
	static const struct ledger_rules rules = { 100, 2, 120 };
	const int64_t asked_ms = T0 + 61000 + DAY_MS;
	const int64_t gone_ms = asked_ms + (300 * 3 + 120) * 1000;
	struct desk desk;

	desk_open(&desk);
	see(&desk, "a", "a", 300, T0);
	ledger_unwatch(desk.ledger, &rules, T0 + 2000);
	desk.view.seen.count = 1;
	see(&desk, "a", "~", 300, T0 + 60000);
	see(&desk, "a b", "~", 300, T0 + 120000);
	see(&desk, "a b", "~", 300, T0 + 180000);
	ledger_prune(desk.ledger, &rules, gone_ms - 1);
	assert_int_equal(desk.ledger->version_count, 3);
	assert_int_equal(safe(&desk, 'b', true, &rules),
			 asked_ms + (300 + 120) * 1000);
	ledger_prune(desk.ledger, &rules, gone_ms);
	assert_int_equal(desk.ledger->version_count, 2);
	desk_close(&desk);
}

/* What it served when it left is forgotten with the time for that. */
TEST(prune_lets_go_of_departed_servers)
{
	static const struct ledger_rules rules = { 100, 2, 120 };
	struct desk desk;

	desk_open(&desk);
	see(&desk, "a b", "a", 300, T0);
	desk.view.seen.count = 1;
	see(&desk, "a b", "~", 300, T0 + 60000);
	ledger_prune(desk.ledger, &rules, T0 + DAY_MS);
	assert_int_equal(desk.ledger->version_count, 3);
	ledger_prune(desk.ledger, &rules, T0 + 2 * DAY_MS);
	assert_int_equal(desk.ledger->version_count, 2);
	assert_int_equal(desk.ledger->address_count, 1);
	desk_close(&desk);
}

/* ---- Servers that left --------------------------------------------- */

TEST(departed_may_be_asked_for_a_day)
{
	struct desk desk;

	desk_open(&desk);
	see(&desk, "a", "a", 300, T0);
	desk.view.seen.count = 1;
	see(&desk, "a b", "~", 300, T0 + 60000);
	assert_int_equal(safe_seen(&desk, 'b'),
			 T0 + 61000 + DAY_MS + 300000);
	see(&desk, "a b", "~", 300, T0 + 90000);
	assert_int_equal(safe_seen(&desk, 'b'),
			 T0 + 61000 + DAY_MS + 300000);
	desk.view.seen.count = 2;
	see(&desk, "a b", "a b", 300, T0 + 95000);
	assert_int_equal(safe_seen(&desk, 'b'), T0 + 96000 + 300000);
	desk_close(&desk);
}

TEST(departed_with_the_record_is_no_burden)
{
	struct desk desk;

	desk_open(&desk);
	see(&desk, "a", "a", 300, T0);
	see(&desk, "a b", "a b", 300, T0 + 60000);
	desk.view.seen.count = 1;
	see(&desk, "a b", "~", 300, T0 + 90000);
	assert_int_equal(safe_seen(&desk, 'b'), T0 + 61000 + 300000);
	desk_close(&desk);
}

/* It may still take what the zone has after it has left. */
TEST(departed_takes_what_the_others_had)
{
	struct desk desk;

	desk_open(&desk);
	see(&desk, "a b", "a b", 300, T0);
	desk.view.seen.count = 1;
	see(&desk, "a b", "~", 300, T0 + 60000);
	see(&desk, "a", "~", 300, T0 + 90000);
	see(&desk, "a b", "~", 300, T0 + 120000);
	assert_int_equal(safe_seen(&desk, 'b'),
			 T0 + 61000 + DAY_MS + 300000);
	desk_close(&desk);
}

/* ---- Against a model: no cache holds {a} when the ledger says so ------- */

struct model_server {
	int64_t good_ms;		/* {a} before, {a,b} from then on */
	int64_t bad_ms, mended_ms;	/* {a} again in between */
};

static uint32_t draw(uint32_t *seed, uint32_t below)
{
	*seed = *seed * 1664525 + 1013904223;
	return (*seed >> 8) % below;
}

static bool serves_b(const struct model_server *server, int64_t at_ms)
{
	return at_ms >= server->good_ms &&
	       !(at_ms >= server->bad_ms && at_ms < server->mended_ms);
}

/* The last moment up to NOW_MS when SERVER gave out {a}. */
static int64_t last_bad(const struct model_server *server, int64_t now_ms)
{
	if (now_ms >= server->mended_ms)
		return server->mended_ms - 1;
	if (now_ms >= server->bad_ms)
		return now_ms;
	return now_ms >= server->good_ms ? server->good_ms - 1 : now_ms;
}

static void run_model(uint32_t seed)
{
	const int64_t step_ms = 1000 * (1 + draw(&seed, 60));
	const uint32_t ttl = 1 + draw(&seed, 300);
	struct model_server servers[2];
	struct desk desk;

	desk_open(&desk);
	for (int i = 0; i < 2; i++) {
		servers[i].good_ms = T0 + draw(&seed, 200000);
		servers[i].bad_ms = servers[i].good_ms + step_ms +
				    draw(&seed, 300000);
		servers[i].mended_ms = servers[i].bad_ms + step_ms +
				       draw(&seed, 100000);
	}
	for (int64_t now = T0; now < T0 + 1500000; now += step_ms) {
		bool all_good = true;

		for (int i = 0; i < 2; i++) {
			bool good = serves_b(&servers[i], now);

			view_say(&desk.view, (size_t)i, good ? "a b" : "a",
				 ttl);
			all_good = all_good && good;
		}
		ledger_record(desk.ledger, &desk.view.seen, now);
		if (!all_good || safe_seen(&desk, 'b') > now)
			continue;
		for (int i = 0; i < 2; i++)
			assert_true(last_bad(&servers[i], now) +
				    (int64_t)ttl * 1000 <= now);
	}
	assert_true(safe_seen(&desk, 'b') < T0 + 1500000);
	desk_close(&desk);
}

TEST(model)
{
	for (uint32_t seed = 1; seed <= 100; seed++)
		run_model(seed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_aliases),
		cmocka_unit_test(test_departed_alias),
		cmocka_unit_test(test_aliases_stay_over_a_rest),
		cmocka_unit_test(test_known_after_the_first_rest),
		cmocka_unit_test(test_only_sets_with_these_records),
		cmocka_unit_test(test_departed_may_be_asked_for_a_day),
		cmocka_unit_test(test_departed_with_the_record_is_no_burden),
		cmocka_unit_test(test_departed_takes_what_the_others_had),
		cmocka_unit_test(test_prune),
		cmocka_unit_test(
			test_prune_keeps_what_departed_servers_may_take),
		cmocka_unit_test(test_prune_lets_go_of_departed_servers),
		cmocka_unit_test(test_prune_remembers_combinations),
		cmocka_unit_test(test_prune_keeps_every_bound),
		cmocka_unit_test(test_prune_remembers_ttls_for_the_silent),
		cmocka_unit_test(test_model),
	};

	return cmocka_run_group_tests(tests, NULL, cast_close);
}
