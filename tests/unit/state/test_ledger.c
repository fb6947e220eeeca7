/* SPDX-License-Identifier: MIT */
#include "state/ledger.h"

#include "base/bounds.h"
#include "base/xalloc.h"
#include "support/desk.h"
#include "unit.h"

TEST(nothing_seen_needs_no_wait)
{
	struct desk desk;

	desk_open(&desk);
	assert_int_equal(desk.ledger->version_count, 1);
	assert_int_equal(desk.ledger->versions[0].kind, LEDGER_UNKNOWN);
	assert_true(safe(&desk, 'b', false, &plain) == LEDGER_NEVER);
	assert_int_equal(ledger_ttl_max(desk.ledger, 7), 7);
	desk_close(&desk);
}

/* Caches have nothing from there. One that left the delegation has departed. */
TEST(a_hidden_primary_fills_no_cache)
{
	struct desk desk;

	desk_open(&desk);
	desk.view.servers[0].roles = ZONE_SERVER_PRIMARY;
	see(&desk, "x", "a", 300, T0);
	assert_int_equal(desk.ledger->address_count, 1);
	desk_close(&desk);

	desk_open(&desk);
	see(&desk, "a", "a", 300, T0);
	desk.view.servers[0].roles = ZONE_SERVER_PRIMARY;
	see(&desk, "a b", "a b", 300, T0 + 60000);
	assert_int_equal(desk.ledger->address_count, 2);
	assert_true(desk.ledger->addresses[0].departed_ms != LEDGER_NEVER);
	assert_true(desk.ledger->addresses[1].departed_ms == LEDGER_NEVER);
	desk_close(&desk);
}

/* {a}, TTL 300, of both servers; the last answer came at T0 + 1000. */
TEST(bounds_are_exact)
{
	static const struct {
		struct ledger_rules rules;
		bool unknown_matches;
		int64_t want_seconds;
	} rows[] = {
		{ { 100, 0, 0 }, true, 300 },
		{ { 100, 0, 120 }, true, 420 },
		{ { 100, 1, 120 }, true, 420 },
		{ { 3600, 0, 0 }, true, 300 },
		{ { 3600, 0, 0 }, false, 3600 },
		{ { 3600, 0, 120 }, false, 3720 },
		{ { 100, 0, 0 }, false, 300 },
	};
	struct desk desk;

	desk_open(&desk);
	see(&desk, "a", "a", 300, T0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(safe(&desk, 'b', rows[i].unknown_matches,
				      &rows[i].rules),
				 T0 + 1000 + rows[i].want_seconds * 1000);
	assert_true(safe_seen(&desk, 'a') == LEDGER_NEVER);
	desk_close(&desk);
}

/*
 * The first server is not seen while the zone goes from nothing over {a} to
 * {a b}: it may have served {a} until the moment it is seen again, however
 * much later that is.
 */
TEST(passed_between_looks)
{
	static const int64_t later_ms[] = { 60000, DAY_MS, 90 * DAY_MS };

	for (size_t i = 0; i < sizeof(later_ms) / sizeof(later_ms[0]); i++) {
		int64_t then_ms = T0 + 10000 + later_ms[i];
		struct desk desk;

		desk_open(&desk);
		see(&desk, "-", "a", 300, T0);
		see(&desk, "~", "a b", 300, T0 + 10000);
		ledger_prune(desk.ledger, &plain, then_ms);
		see(&desk, "a b", "a b", 300, then_ms);
		assert_int_equal(safe(&desk, 'b', true, &plain),
				 then_ms + 301000);
		desk_close(&desk);
	}
}

/* ... also where time began anew before the address was seen again. */
TEST(passed_after_a_restart)
{
	int64_t then_ms = T0 + DAY_MS;
	struct desk desk;

	desk_open(&desk);
	see(&desk, "-", "a", 300, T0);
	see(&desk, "~", "a b", 300, T0 + 10000);
	ledger_restart(desk.ledger, T0 + 20000);
	see(&desk, "~", "a b", 300, T0 + 30000);
	ledger_prune(desk.ledger, &plain, then_ms);
	see(&desk, "a b", "a b", 300, then_ms);
	assert_int_equal(safe(&desk, 'b', true, &plain), then_ms + 301000);
	desk_close(&desk);
}

/* Twice the TTL counts from the moment when the first server had it. */
TEST(factor_counts_from_publication)
{
	static const struct {
		unsigned factor;
		int64_t want_ms;
	} rows[] = {
		{ 0, T0 + 50000 + 1000 + 300000 },
		{ 1, T0 + 50000 + 1000 + 300000 },
		{ 2, T0 + 11000 + 600000 },
		{ 3, T0 + 11000 + 900000 },
	};
	struct desk desk;

	desk_open(&desk);
	see(&desk, "a", "a", 300, T0);
	desk.view.sightings[0].serial = 2;
	see(&desk, "a b", "a", 300, T0 + 10000);
	see(&desk, "a b", "a b", 300, T0 + 50000);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ledger_rules rules = { 100, rows[i].factor, 0 };

		assert_int_equal(safe(&desk, 'b', true, &rules),
				 rows[i].want_ms);
	}
	desk_close(&desk);
}

TEST(first_good_answer_ends_it)
{
	struct desk desk;

	desk_open(&desk);
	see(&desk, "a", "a", 300, T0);
	see(&desk, "a b", "a b", 300, T0 + 60000);
	assert_int_equal(safe_seen(&desk, 'b'), T0 + 61000 + 300000);
	see(&desk, "a b", "a b", 300, T0 + 90000);
	assert_int_equal(safe_seen(&desk, 'b'), T0 + 61000 + 300000);
	desk_close(&desk);
}

/* That of ledger.h: what each server shows at which minute. */
TEST(worked_example)
{
	static const struct ledger_rules rules = { .ttl_factor = 2,
						   .margin_seconds = 60 };
	struct desk desk;

	desk_open(&desk);
	see(&desk, "a", "a", 300, T0 - 1000);
	desk.view.sightings[0].serial = 2;
	see(&desk, "a b", "a", 300, T0 + 59000);
	see(&desk, "a b", "a b", 300, T0 + 179000);
	assert_int_equal(desk.ledger->addresses[0].last_ms[1], T0 + 60000);
	assert_int_equal(desk.ledger->addresses[1].last_ms[1], T0 + 180000);
	assert_int_equal(safe(&desk, 'b', true, &rules), T0 + 11 * 60000);
	desk_close(&desk);
}

TEST(regression_restarts)
{
	struct desk desk;

	desk_open(&desk);
	see(&desk, "a b", "a b", 300, T0);
	assert_true(safe_seen(&desk, 'b') == LEDGER_NEVER);
	see(&desk, "a b", "a", 300, T0 + 60000);
	assert_int_equal(safe_seen(&desk, 'b'), T0 + 61000 + 300000);
	see(&desk, "a b", "a b", 300, T0 + 90000);
	assert_int_equal(safe_seen(&desk, 'b'), T0 + 91000 + 300000);
	desk_close(&desk);
}

/* Silence and what proves nothing neither end nor begin anything. */
TEST(silence_keeps)
{
	struct desk desk;

	desk_open(&desk);
	see(&desk, "a", "a", 300, T0);
	see(&desk, "a b", "~", 300, T0 + 60000);
	assert_int_equal(desk.ledger->addresses[1].last_ms[1], T0 + 1000);
	see(&desk, "a b", "!", 300, T0 + 70000);
	assert_int_equal(safe_seen(&desk, 'b'), T0 + 61000 + 300000);
	see(&desk, "a b", "a b", 300, T0 + 80000);
	assert_int_equal(safe_seen(&desk, 'b'), T0 + 81000 + 300000);
	desk_close(&desk);
}

TEST(new_address_is_unknown_until_it_answers)
{
	static const struct ledger_rules rules = { 1000, 0, 0 };
	struct desk desk;

	desk_open(&desk);
	desk.view.seen.count = 1;
	see(&desk, "a b", "~", 300, T0);
	desk.view.seen.count = 2;
	see(&desk, "a b", "~", 300, T0 + 60000);
	assert_int_equal(safe(&desk, 'b', false, &rules), T0 + 1001000);
	see(&desk, "a b", "a b", 300, T0 + 90000);
	assert_int_equal(safe(&desk, 'b', false, &rules),
			 T0 + 91000 + 1000000);
	assert_true(safe(&desk, 'b', true, &rules) == LEDGER_NEVER);
	desk_close(&desk);
}

TEST(unknown_lasts_as_long_as_the_longest_ttl)
{
	static const struct ledger_rules rules = { 1000, 0, 0 };
	struct desk desk;

	desk_open(&desk);
	see(&desk, "a b", "a b", 7200, T0);
	assert_int_equal(safe(&desk, 'b', false, &rules),
			 T0 + 1000 + 7200000);
	assert_int_equal(ledger_ttl_max(desk.ledger, 1000), 7200);
	desk_close(&desk);
}

/* The zone loses "b" and has it again while the second server is silent. */
static void lose_and_regain(struct desk *desk)
{
	see(desk, "a b", "a b", 300, T0);
	desk->view.sightings[0].serial = desk->view.sightings[1].serial = 2;
	see(desk, "a", "~", 300, T0 + 60000);
	desk->view.sightings[0].serial = desk->view.sightings[1].serial = 3;
	see(desk, "a b", "~", 300, T0 + 120000);
}

/* The second server may have gone to "a" and back while it was silent, or
 * between two looks of which the first saw that at the other server. */
TEST(same_again_may_have_passed)
{
	struct desk desk;

	desk_open(&desk);
	lose_and_regain(&desk);
	see(&desk, "a b", "~", 300, T0 + 900000);
	assert_int_equal(safe_seen(&desk, 'b'), T0 + 121000 + 300000);
	see(&desk, "a b", "a b", 300, T0 + 960000);
	assert_int_equal(safe_seen(&desk, 'b'), T0 + 961000 + 300000);
	see(&desk, "a b", "a b", 300, T0 + 1020000);
	assert_int_equal(safe_seen(&desk, 'b'), T0 + 961000 + 300000);
	see(&desk, "a b", "a", 300, T0 + 1080000);
	see(&desk, "a b", "~", 300, T0 + 1140000);
	assert_int_equal(desk.ledger->addresses[0].last_ms[2], T0 + 1141000);
	see(&desk, "a b", "~", 300, T0 + 1200000);
	assert_int_equal(desk.ledger->addresses[0].last_ms[2], T0 + 1141000);
	desk_close(&desk);
}

/* ... even when time began anew meanwhile. */
TEST(restart_keeps_what_may_have_passed)
{
	struct desk desk;

	desk_open(&desk);
	lose_and_regain(&desk);
	ledger_restart(desk.ledger, T0 + 130000);
	ledger_restart(desk.ledger, T0 + 140000);
	assert_false(desk.ledger->addresses[0].silent);
	assert_true(desk.ledger->addresses[1].silent);
	see(&desk, "a b", "~", 300, T0 + 200000);
	assert_true(desk.ledger->addresses[1].silent);
	see(&desk, "a b", "a b", 300, T0 + 900000);
	assert_int_equal(safe_seen(&desk, 'b'), T0 + 901000 + 300000);
	assert_false(desk.ledger->addresses[1].silent);
	desk_close(&desk);
}

TEST(a_survey_of_nobody_says_nothing)
{
	struct desk desk;

	desk_open(&desk);
	see(&desk, "a b", "a", 300, T0);
	desk.view.seen.count = 0;
	ledger_record(desk.ledger, &desk.view.seen, T0 + 60000);
	assert_true(desk.ledger->addresses[0].departed_ms == LEDGER_NEVER);
	assert_true(desk.ledger->addresses[1].departed_ms == LEDGER_NEVER);
	assert_int_equal(safe_seen(&desk, 'b'), T0 + 1000 + 300000);
	desk_close(&desk);
}

TEST(restart)
{
	struct desk desk;

	desk_open(&desk);
	see(&desk, "a", "a", 300, T0);
	see(&desk, "a b", "a b", 300, T0 + 60000);
	ledger_restart(desk.ledger, T0 - 5000);
	assert_int_equal(safe_seen(&desk, 'b'), T0 - 5000 + 300000);
	desk.view.seen.count = 1;
	see(&desk, "a b", "~", 300, T0 + 60000);
	ledger_restart(desk.ledger, T0 + 500000);
	assert_int_equal(desk.ledger->addresses[1].departed_ms, T0 + 500000);
	desk_close(&desk);
}

/* The update lowers the TTL of the set; what is cached keeps the old one. */
TEST(lower_ttl_does_not_shorten)
{
	struct desk desk;

	desk_open(&desk);
	see(&desk, "a", "a", 86400, T0);
	see(&desk, "a b", "a b", 300, T0 + 60000);
	assert_int_equal(safe_seen(&desk, 'b'), T0 + 61000 + DAY_MS);
	see(&desk, "a", "a", 300, T0 + 90000);
	assert_int_equal(safe_seen(&desk, 'b'), T0 + 91000 + DAY_MS);
	desk_close(&desk);
}

TEST(what_counts_as_a_match)
{
	static const struct {
		const char *set;
		char chain;
		bool waits;
	} rows[] = {
		{ "-", 'b', false },		/* no record, no need */
		{ "a", 'b', true },
		{ "a b", 'b', false },
		{ "x", 'b', true },
		{ "a", 'k', false },		/* the same key */
		{ "a:301", 'k', true },
		{ "a:211", 'b', false },	/* the same issuer */
		{ "a:211", 'i', true },
		{ "a b a:211", 'b', false },
		{ "a b i:211", 'b', true },	/* one is not enough */
		{ "a b a:312", 'b', true },
		{ "@", 'b', true },
		{ "@x", 'b', true },
		{ "*", 'b', true },
		{ "*a", 'b', true },
		{ "*b", 'b', false },	/* a wildcard's is a set, too */
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct desk desk;
		int64_t want = rows[i].waits ? T0 + 1000 + 300000 :
					       LEDGER_NEVER;

		desk_open(&desk);
		see(&desk, rows[i].set, rows[i].set, 300, T0);
		assert_true(safe_seen(&desk, rows[i].chain) == want);
		desk_close(&desk);
	}
}

TEST(absurd_ttls_are_cut)
{
	struct desk desk;

	desk_open(&desk);
	see(&desk, "a", "a", UINT32_MAX, T0);
	assert_int_equal(safe_seen(&desk, 'b'),
			 T0 + 1000 + (int64_t)TTL_MAX * 1000);
	desk_close(&desk);
}

TEST(versions_and_addresses_are_found_again)
{
	struct desk desk;
	struct tlsa_set a = cast_set("a"), nothing = { 0 };

	desk_open(&desk);
	see(&desk, "a", "-", 300, T0);
	see(&desk, "-", "a", 300, T0 + 60000);
	assert_int_equal(desk.ledger->version_count, 3);
	assert_int_equal(desk.ledger->address_count, 2);
	assert_int_equal(ledger_add_version(desk.ledger, LEDGER_SET, &a), 1);
	assert_int_equal(ledger_add_version(desk.ledger, LEDGER_ALIEN, &a), 3);
	assert_int_equal(ledger_add_version(desk.ledger, LEDGER_UNKNOWN,
					    &nothing), 0);
	assert_true(desk.ledger->addresses[1].last_ms[3] == LEDGER_NEVER);
	tlsa_set_clear(&a);
	desk_close(&desk);
}

/* A server that never says the same twice. */
TEST(one_version_too_many_matches_nothing)
{
	struct desk desk;

	desk_open(&desk);
	for (uint8_t i = 0; i < LEDGER_VERSIONS_MAX - 2; i++) {
		struct tlsa record = { { 3, 1, 1 }, &i, 1 };
		struct tlsa_set set = { &record, 1 };

		ledger_add_version(desk.ledger, LEDGER_SET, &set);
	}
	see(&desk, "a", "a b", 300, T0);
	see(&desk, "a c", "a b", 300, T0);
	assert_int_equal(desk.ledger->version_count, LEDGER_VERSIONS_MAX);
	assert_int_equal(desk.ledger->versions[LEDGER_VERSIONS_MAX - 1].kind,
			 LEDGER_ALIEN);
	assert_int_equal(safe_seen(&desk, 'a'), T0 + 301000);
	desk_close(&desk);
}

static void see_serial(struct desk *desk, const char *text, uint32_t serial,
		       int64_t now_ms)
{
	view_say(&desk->view, 0, "a b", 300);
	view_say(&desk->view, 1, text, 300);
	desk->view.sightings[1].serial = serial;
	ledger_record(desk->ledger, &desk->view.seen, now_ms);
}

/* One machine goes on; where an address goes back there are several. */
TEST(wavers)
{
	const struct ledger_address *at;
	struct desk desk;

	desk_open(&desk);
	see_serial(&desk, "a", 1, T0);
	see_serial(&desk, "a b", 1, T0 + 1000);
	see_serial(&desk, "a b", 2, T0 + 2000);
	at = &desk.ledger->addresses[1];
	assert_false(at->wavers);
	see_serial(&desk, "a", 1, T0 + 3000);
	assert_true(at->wavers);
	see_serial(&desk, "a b", 2, T0 + 4000);
	assert_true(at->wavers);
	assert_false(desk.ledger->addresses[0].wavers);
	ledger_unwatch(desk.ledger, &plain, T0 + 5000);
	assert_false(at->wavers);
	desk_close(&desk);
}

/* Two machines at one address: what the one that is late has is gone when it
 * was not seen in four looks in a row. */
TEST(machines_in_turn)
{
	struct desk desk;

	desk_open(&desk);
	see_serial(&desk, "a", 1, T0);
	see_serial(&desk, "a b", 2, T0 + 1000);
	see_serial(&desk, "a b", 2, T0 + 2000);
	assert_int_equal(safe_seen(&desk, 'b'), T0 + 1000 + 300000);
	see_serial(&desk, "a", 1, T0 + 3000);
	for (int i = 4; i < 9; i++)
		see_serial(&desk, "a b", 2, T0 + i * 1000);
	assert_int_equal(safe_seen(&desk, 'b'), T0 + 7000 + 300000);
	/* And again, as often as it is seen. */
	see_serial(&desk, "a", 1, T0 + 9000);
	see_serial(&desk, "a b", 2, T0 + 10000);
	see_serial(&desk, "a b", 2, T0 + 11000);
	assert_int_equal(safe_seen(&desk, 'b'), T0 + 11000 + 300000);
	desk_close(&desk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_seen_needs_no_wait),
		cmocka_unit_test(test_a_hidden_primary_fills_no_cache),
		cmocka_unit_test(test_bounds_are_exact),
		cmocka_unit_test(test_passed_between_looks),
		cmocka_unit_test(test_passed_after_a_restart),
		cmocka_unit_test(test_factor_counts_from_publication),
		cmocka_unit_test(test_first_good_answer_ends_it),
		cmocka_unit_test(test_worked_example),
		cmocka_unit_test(test_regression_restarts),
		cmocka_unit_test(test_wavers),
		cmocka_unit_test(test_machines_in_turn),
		cmocka_unit_test(test_silence_keeps),
		cmocka_unit_test(test_new_address_is_unknown_until_it_answers),
		cmocka_unit_test(test_unknown_lasts_as_long_as_the_longest_ttl),
		cmocka_unit_test(test_same_again_may_have_passed),
		cmocka_unit_test(test_restart_keeps_what_may_have_passed),
		cmocka_unit_test(test_a_survey_of_nobody_says_nothing),
		cmocka_unit_test(test_restart),
		cmocka_unit_test(test_lower_ttl_does_not_shorten),
		cmocka_unit_test(test_what_counts_as_a_match),
		cmocka_unit_test(test_absurd_ttls_are_cut),
		cmocka_unit_test(test_versions_and_addresses_are_found_again),
		cmocka_unit_test(test_one_version_too_many_matches_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, cast_close);
}
