/* SPDX-License-Identifier: MIT */
#include "decide/forecast.h"

#include "support/rollover.h"
#include "unit.h"

#define MINUTE_MS INT64_C(60000)
#define DAY_MS (DAY * INT64_C(1000))

static struct forecast_terms terms;
static struct forecast forecast;

/* The example of the header. */
static int open_example(void **state)
{
	(void)state;
	terms = (struct forecast_terms){
		.servers_ms = 12 * MINUTE_MS, .ttl_ms = 60 * MINUTE_MS,
		.margin_ms = 2 * MINUTE_MS, .timer_ms = 10 * MINUTE_MS,
		.ttl_factor = 2, .left_ms = 30 * DAY_MS,
		.again_ms = 60 * DAY_MS,
	};
	return 0;
}

static void expect_verdict(enum forecast_verdict verdict,
			   enum forecast_remedy remedy)
{
	forecast = forecast_reckon(&terms);
	assert_int_equal(forecast.verdict, verdict);
	assert_int_equal(forecast.remedy, remedy);
}

TEST(example)
{
	forecast = forecast_reckon(&terms);
	assert_int_equal(forecast.confirmation_ms, 17 * MINUTE_MS);
	assert_int_equal(forecast.caches_ms, 103 * MINUTE_MS);
	assert_int_equal(forecast.release_ms, 5 * MINUTE_MS);
	assert_int_equal(forecast.in_service_ms, 125 * MINUTE_MS);
	assert_int_equal(forecast.linger_ms, 60 * MINUTE_MS);
	assert_int_equal(forecast.deletion_ms, 12 * MINUTE_MS);
	assert_int_equal(forecast.end_ms, 197 * MINUTE_MS);
	assert_int_equal(forecast.verdict, FORECAST_FITS);
}

/* One TTL and the margin after the last server may be later than ttl_factor
 * TTLs; and what is over between two runs is seen by the second. */
TEST(slow_servers)
{
	terms.servers_ms = 71 * MINUTE_MS;
	forecast = forecast_reckon(&terms);
	assert_int_equal(forecast.confirmation_ms, 76 * MINUTE_MS);
	assert_int_equal(forecast.caches_ms, 62 * MINUTE_MS);
	assert_int_equal(forecast.release_ms, 8 * MINUTE_MS);
	terms.timer_ms = 0;
	forecast = forecast_reckon(&terms);
	assert_int_equal(forecast.in_service_ms, 133 * MINUTE_MS);
}

/* The hooks see what is there within seconds, and no run ends that wait. */
TEST(quick_servers)
{
	terms.ttl_factor = 1;
	terms.servers_ms = 9999;
	forecast = forecast_reckon(&terms);
	assert_int_equal(forecast.confirmation_ms, 0);
	assert_int_equal(forecast.in_service_ms, (62 + 5) * MINUTE_MS);
	terms.servers_ms++;
	forecast = forecast_reckon(&terms);
	assert_int_equal(forecast.confirmation_ms, 10000 + 5 * MINUTE_MS);
	assert_int_equal(forecast.in_service_ms,
			 10000 + (70 + 5) * MINUTE_MS);
}

/* Under a longer TTL than today's something may be in caches still: that is
 * gone with time, not with the last server. */
TEST(longer_before)
{
	terms.before_ms = 90 * MINUTE_MS;
	assert_int_equal(forecast_reckon(&terms).in_service_ms,
			 185 * MINUTE_MS);
	terms.ttl_factor = 1;
	assert_int_equal(forecast_reckon(&terms).in_service_ms,
			 97 * MINUTE_MS);
	assert_int_equal(forecast_reckon(&terms).linger_ms, 60 * MINUTE_MS);
	terms.grace_ms = 85 * MINUTE_MS;
	assert_int_equal(forecast_reckon(&terms).linger_ms, 90 * MINUTE_MS);
}

/* Behind a primary that clients do not ask, or without serials: both TTLs after
 * the first server; but no longer than what was served before is known of. */
TEST(late_first)
{
	terms.first_ms = terms.servers_ms;
	assert_int_equal(forecast_reckon(&terms).in_service_ms,
			 (12 + 120 + 5) * MINUTE_MS);
	terms.before_ms = 150 * MINUTE_MS;
	assert_int_equal(forecast_reckon(&terms).in_service_ms,
			 (300 + 5) * MINUTE_MS);
	terms.first_ms = 200 * MINUTE_MS;
	assert_int_equal(forecast_reckon(&terms).in_service_ms,
			 (200 + 190 + 5) * MINUTE_MS);
}

TEST(linger_beyond_the_ttl)
{
	terms.linger_ms = 95 * MINUTE_MS;
	assert_int_equal(forecast_reckon(&terms).linger_ms, 100 * MINUTE_MS);
}

TEST(too_late)
{
	terms.left_ms = 125 * MINUTE_MS;
	expect_verdict(FORECAST_FITS, FORECAST_TTL);
	terms.left_ms--;
	expect_verdict(FORECAST_TOO_LATE, FORECAST_TTL);
	terms.margin_ms = 300 * MINUTE_MS;
	expect_verdict(FORECAST_TOO_LATE, FORECAST_MARGIN);
	terms.servers_ms = 400 * MINUTE_MS;
	expect_verdict(FORECAST_TOO_LATE, FORECAST_SERVERS);
	terms.timer_ms = 2000 * MINUTE_MS;
	expect_verdict(FORECAST_TOO_LATE, FORECAST_TIMER);
}

/* Linger does nothing for it. */
TEST(too_late_by_the_factor)
{
	terms = (struct forecast_terms){ .ttl_ms = 60 * MINUTE_MS,
		.left_ms = 120 * MINUTE_MS, .ttl_factor = 9,
		.linger_ms = DAY_MS, .again_ms = 9 * DAY_MS };
	expect_verdict(FORECAST_TOO_LATE, FORECAST_FACTOR);
	terms.left_ms--;
	expect_verdict(FORECAST_TOO_LATE, FORECAST_TTL);
}

TEST(overlaps)
{
	terms.again_ms = 197 * MINUTE_MS;
	expect_verdict(FORECAST_FITS, FORECAST_TTL);
	terms.linger_ms = 600 * MINUTE_MS;
	expect_verdict(FORECAST_OVERLAPS, FORECAST_LINGER);
}

/* 90, 64, 45 and 6 days, less what may pass until certbot is called. */
TEST(what_certbot_leaves)
{
	assert_int_equal(forecast_left_ms(90 * DAY_MS), 59 * DAY_MS / 2);
	assert_int_equal(forecast_left_ms(64 * DAY_MS),
			 64 * DAY_MS / 3 - DAY_MS / 2);
	assert_int_equal(forecast_left_ms(45 * DAY_MS), 29 * DAY_MS / 2);
	assert_int_equal(forecast_left_ms(6 * DAY_MS), 5 * DAY_MS / 2);
	assert_int_equal(forecast_left_ms(10 * DAY_MS - 1),
			 (10 * DAY_MS - 1) / 2 - DAY_MS / 2);
	assert_int_equal(forecast_left_ms(DAY_MS), 0);
}

TEST(of_a_configuration)
{
	const struct config config = { .record_ttl_seconds = 3600,
		.margin_seconds = 120, .ttl_factor = 3 };
	const struct config_target target = { .linger_seconds = 60 };
	struct chain chain = { .not_before_seconds = 0,
			       .not_after_seconds = 6 * DAY };

	terms = forecast_terms_of(&config, &target, &chain);
	assert_int_equal(terms.ttl_ms, 60 * MINUTE_MS);
	assert_int_equal(terms.margin_ms, 2 * MINUTE_MS);
	assert_int_equal(terms.linger_ms, MINUTE_MS);
	assert_int_equal(terms.ttl_factor, 3);
	assert_int_equal(terms.left_ms, 5 * DAY_MS / 2);
	assert_int_equal(terms.again_ms, 3 * DAY_MS);
	/* The unit's: five minutes, and half a one. */
	assert_int_equal(terms.timer_ms, 11 * MINUTE_MS / 2);
}

static int open_here(void **state)
{
	(void)state;
	scene_open(&scene, 'a', 'b');
	scene_history(&scene, 0, "a", 7200, 1800);
	return 0;
}

static void find(bool begins, int64_t timer_ms)
{
	assert_true(forecast_terms_find(&scene.facts, begins, timer_ms,
					&terms));
}

TEST(ledgers_tell_the_ttl)
{
	find(false, FORECAST_TIMER_MS);
	assert_int_equal(terms.ttl_ms, 120 * MINUTE_MS);
	assert_int_equal(terms.before_ms, 120 * MINUTE_MS);
	assert_int_equal(terms.grace_ms, 120 * MINUTE_MS);
	assert_int_equal(terms.timer_ms, FORECAST_TIMER_MS);
	scene.ledgers[0]->versions[0].ttl_seconds = 10800;
	find(false, FORECAST_TIMER_MS);
	assert_int_equal(terms.ttl_ms, 120 * MINUTE_MS);
	assert_int_equal(terms.before_ms, 180 * MINUTE_MS);
	assert_int_equal(terms.grace_ms, 180 * MINUTE_MS);
}

/* What another target saw is in caches, but old records do not stay for it. */
TEST(others_tell_the_ttl)
{
	struct ledger *ledger = ledger_new("_25._tcp.mail.example.com.");
	const struct ledger *ledgers[] = { ledger };

	ledger->versions[0].ttl_seconds = 14400;
	scene.owners[0].others.ledgers = ledgers;
	scene.owners[0].others.ledger_count = 1;
	find(false, FORECAST_TIMER_MS);
	assert_int_equal(terms.before_ms, 240 * MINUTE_MS);
	assert_int_equal(terms.grace_ms, 120 * MINUTE_MS);
	scene.owners[0].others.ledgers = NULL;
	scene.owners[0].others.ledger_count = 0;
	ledger_free(ledger);
}

/* The run that saw it came later, as a rule; certbot's hooks did not. */
TEST(states_tell_the_slowest)
{
	find(false, 10 * MINUTE_MS);
	assert_int_equal(terms.servers_ms, 0);
	scene.state->spread_first_ms = 15 * MINUTE_MS;
	scene.state->spread_ms = 9999;
	find(false, 10 * MINUTE_MS);
	assert_int_equal(terms.servers_ms, 9999);
	assert_int_equal(terms.first_ms, 10 * MINUTE_MS);
	scene.state->spread_ms = 4 * MINUTE_MS;
	find(false, 10 * MINUTE_MS);
	assert_int_equal(terms.servers_ms, 10000);
	scene.state->spread_ms = 30 * MINUTE_MS;
	find(false, 10 * MINUTE_MS);
	assert_int_equal(terms.servers_ms, 25 * MINUTE_MS);
	scene.state->spread_since_ms = scene.facts.now_ms - 45 * MINUTE_MS;
	find(false, 10 * MINUTE_MS);
	assert_int_equal(terms.servers_ms, 40 * MINUTE_MS);
}

/* Both had A's alone half a minute ago: the first was seen to have more at the
 * look before this one. */
TEST(everywhere)
{
	int64_t first_ms = 0;

	assert_false(forecast_is_everywhere(&scene.facts, &first_ms));
	scene_say(&scene, 0, "a", 7200);
	assert_false(forecast_is_everywhere(&scene.facts, &first_ms));
	scene_say(&scene, 0, "a b", 7200);
	for (size_t v = 0; v < scene.ledgers[0]->version_count; v++)
		scene.ledgers[0]->addresses[0].last_ms[v] -= 30000;
	assert_true(forecast_is_everywhere(&scene.facts, &first_ms));
	assert_int_equal(first_ms, SCENE_NOW - 30000);
	scene.facts.live = scene.facts.released = NULL;
	assert_false(forecast_is_everywhere(&scene.facts, &first_ms));
}

TEST(begins_with_what_is_left)
{
	scene.facts.now_ms = scene.facts.released->not_after_seconds * 1000 -
			     DAY_MS;
	find(true, FORECAST_TIMER_MS);
	assert_int_equal(terms.left_ms, DAY_MS);
	scene.facts.live = NULL;
	scene.facts.released = NULL;
	assert_false(forecast_terms_find(&scene.facts, true, FORECAST_TIMER_MS,
					 &terms));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_example, open_example),
		cmocka_unit_test_setup(test_slow_servers, open_example),
		cmocka_unit_test_setup(test_quick_servers, open_example),
		cmocka_unit_test_setup(test_longer_before, open_example),
		cmocka_unit_test_setup(test_late_first, open_example),
		cmocka_unit_test_setup(test_linger_beyond_the_ttl,
				       open_example),
		cmocka_unit_test_setup(test_too_late, open_example),
		cmocka_unit_test_setup(test_too_late_by_the_factor,
				       open_example),
		cmocka_unit_test_setup(test_overlaps, open_example),
		cmocka_unit_test(test_what_certbot_leaves),
		cmocka_unit_test(test_of_a_configuration),
		cmocka_unit_test_setup_teardown(test_ledgers_tell_the_ttl,
						open_here, close_scene),
		cmocka_unit_test_setup_teardown(test_others_tell_the_ttl,
						open_here, close_scene),
		cmocka_unit_test_setup_teardown(test_states_tell_the_slowest,
						open_here, close_scene),
		cmocka_unit_test_setup_teardown(test_everywhere,
						open_here, close_scene),
		cmocka_unit_test_setup_teardown(test_begins_with_what_is_left,
						open_here, close_scene),
	};

	return cmocka_run_group_tests(tests, NULL, cast_close);
}
