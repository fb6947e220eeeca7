/* SPDX-License-Identifier: MIT */
#include "state/ledger.h"

#include "base/bounds.h"
#include "support/desk.h"
#include "unit.h"

/* At each look all is as it was, at rest; sooner or later a TTL was lowered. */

static const struct ledger_rules rules = { 100, 1, 120 };
#define MINUTE_MS INT64_C(60000)
#define HOUR_MS (60 * MINUTE_MS)
/* How long what had an hour counts, with these. */
#define HOUR_KEPT_MS ((3600 * 2 + 120) * INT64_C(1000))
#define LOWERED (T0 + DAY_MS)

static struct desk desk;

static int open_desk(void **unused)
{
	(void)unused;
	desk_open(&desk);
	return 0;
}

static int close_desk(void **unused)
{
	(void)unused;
	desk_close(&desk);
	return 0;
}

static void end_watch(int64_t now_ms)
{
	ledger_prune(desk.ledger, &rules, now_ms);
	ledger_unwatch(desk.ledger, &rules, now_ms);
}

static void rest(const char *one, const char *two, uint32_t ttl_seconds,
		 int64_t now_ms)
{
	see(&desk, one, two, ttl_seconds, now_ms);
	end_watch(now_ms + 1000);
}

/* Every ten minutes, from FROM_MS on for LONG_MS. */
static void rest_on(uint32_t ttl_seconds, int64_t from_ms, int64_t long_ms)
{
	for (int64_t at_ms = 0; at_ms <= long_ms; at_ms += 10 * MINUTE_MS)
		rest("a", "a", ttl_seconds, from_ms + at_ms);
}

static uint32_t unknown_ttl(void)
{
	return desk.ledger->versions[0].ttl_seconds;
}

/* One server goes on with it. */
static void rest_apart(uint32_t one, uint32_t two, int64_t now_ms)
{
	view_say(&desk.view, 0, "a", one);
	view_say(&desk.view, 1, "a", two);
	ledger_record(desk.ledger, &desk.view.seen, now_ms);
	end_watch(now_ms);
}

/* ---- It counts ----------------------------------------------------------- */

/* When caches have let go of what was served before every server had it. */
TEST(learned)
{
	rest("a", "a", 3600, T0);
	for (int64_t at_ms = 0; at_ms < HOUR_KEPT_MS; at_ms += 10 * MINUTE_MS) {
		rest("a", "a", 300, LOWERED + at_ms);
		assert_int_equal(unknown_ttl(), 3600);
	}
	rest("a", "a", 300, LOWERED + HOUR_KEPT_MS);
	assert_int_equal(unknown_ttl(), 300);
	see(&desk, "a", "a", 300, LOWERED + DAY_MS);
	see(&desk, "a b", "a b", 300, LOWERED + DAY_MS + MINUTE_MS);
	assert_int_equal(safe_seen(&desk, 'b'),
			 LOWERED + DAY_MS + MINUTE_MS + 301000);
}

TEST(raised_at_once)
{
	rest_on(3600, T0, HOUR_KEPT_MS);
	rest_on(300, LOWERED, 3 * HOUR_MS);
	assert_int_equal(unknown_ttl(), 300);
	rest("a", "a", 301, LOWERED + DAY_MS);
	assert_int_equal(unknown_ttl(), 301);
	rest("a", "a", 86400, LOWERED + DAY_MS + MINUTE_MS);
	assert_int_equal(unknown_ttl(), 86400);
}

/* Of a server that is silent for a while it is known what it has. */
TEST(over_a_silence)
{
	rest("a", "a", 3600, T0);
	rest_on(300, LOWERED, 30 * MINUTE_MS);
	see(&desk, "a", "~", 300, LOWERED + 60 * MINUTE_MS);
	see(&desk, "~", "~", 300, LOWERED + 70 * MINUTE_MS);
	rest("a", "~", 300, LOWERED + HOUR_KEPT_MS);
	assert_int_equal(unknown_ttl(), 3600);
	rest("a", "a", 300, LOWERED + HOUR_KEPT_MS + MINUTE_MS);
	assert_int_equal(unknown_ttl(), 300);
}

/* A rollover is no other TTL. */
TEST(over_a_rollover)
{
	struct tlsa_set both = cast_set("a b");

	rest("a", "a", 3600, T0);
	rest_on(300, LOWERED, 30 * MINUTE_MS);
	ledger_note_sent(desk.ledger, &both, 300, LOWERED + 35 * MINUTE_MS);
	see(&desk, "a b", "a b", 300, LOWERED + 40 * MINUTE_MS);
	rest("b", "b", 300, LOWERED + HOUR_KEPT_MS);
	assert_int_equal(unknown_ttl(), 300);
	tlsa_set_clear(&both);
}

/* ---- It does not count --------------------------------------------------- */

/* In doubt: what begins to be so at BEGUN_MS counts from then on. */
static void expect_begun(int64_t begun_ms)
{
	int64_t at_ms = begun_ms + 5 * MINUTE_MS;

	for (; at_ms + MINUTE_MS < begun_ms + HOUR_KEPT_MS;
	     at_ms += 10 * MINUTE_MS) {
		rest("a", "a", 300, at_ms);
		assert_int_equal(unknown_ttl(), 3600);
	}
	rest("a", "a", 300, begun_ms + HOUR_KEPT_MS + MINUTE_MS);
	assert_int_equal(unknown_ttl(), 300);
}

#define LATE (LOWERED + 100 * MINUTE_MS)

static void rest_until_late(void)
{
	rest("a", "a", 3600, T0);
	rest_on(300, LOWERED, 90 * MINUTE_MS);
}

/* Another hand raises and lowers it again, at rest or in a watch. */
TEST(raised_and_lowered_again)
{
	rest_until_late();
	see(&desk, "a", "a", 3600, LATE);
	rest("a", "a", 300, LATE + MINUTE_MS);
	expect_begun(LATE + MINUTE_MS);
}

/* .. far above all that was known: that counts. */
TEST(raised_high)
{
	rest_until_late();
	see(&desk, "a", "a", 86400, LATE);
	rest_on(300, LATE + MINUTE_MS, 2 * DAY_MS);
	assert_int_equal(unknown_ttl(), 86400);
	rest("a", "a", 300, LATE + 3 * DAY_MS);
	assert_int_equal(unknown_ttl(), 300);
}

TEST(one_server_raises)
{
	rest_until_late();
	rest_apart(300, 3600, LATE);
	rest("a", "a", 300, LATE + MINUTE_MS);
	expect_begun(LATE + MINUTE_MS);
}

/* .. that no client asks, but others get it from there. */
TEST(hidden_primary_raises)
{
	desk.view.servers[0].roles = ZONE_SERVER_PRIMARY;
	rest_until_late();
	rest_apart(3600, 300, LATE);
	rest("a", "a", 300, LATE + MINUTE_MS);
	expect_begun(LATE + MINUTE_MS);
}

TEST(servers_that_differ)
{
	rest("a", "a", 3600, T0);
	for (int i = 0; i < 300; i++)
		rest_apart(300, 3600, LOWERED + i * 10 * MINUTE_MS);
	assert_int_equal(unknown_ttl(), 3600);
	for (int i = 0; i < 300; i++)
		rest_apart(300, 299, LATE + i * 10 * MINUTE_MS);
	assert_int_equal(unknown_ttl(), 3600);
}

/* It may go on with what it had, until it answers. */
TEST(silent_when_it_began)
{
	rest("a", "a", 3600, T0);
	for (int i = 0; i < 300; i++)
		rest("a", "~", 300, LOWERED + i * MINUTE_MS);
	assert_int_equal(unknown_ttl(), 3600);
	rest("a", "a", 300, LOWERED + 300 * MINUTE_MS);
	expect_begun(LOWERED + 300 * MINUTE_MS);
}

/* .. or resolvers ask it no more. */
TEST(departed)
{
	rest_until_late();
	desk.view.seen.count = 1;
	for (int i = 0; i < 100; i++)
		rest("a", "-", 300, LATE + i * 10 * MINUTE_MS);
	assert_int_equal(unknown_ttl(), 3600);
	rest("a", "-", 300, LATE + 2 * DAY_MS);
	rest("a", "-", 300, LATE + 2 * DAY_MS + MINUTE_MS);
	assert_int_equal(unknown_ttl(), 300);
}

TEST(departed_and_back)
{
	rest_until_late();
	desk.view.seen.count = 1;
	rest("a", "-", 300, LATE);
	desk.view.seen.count = 2;
	rest("a", "a", 300, LATE + MINUTE_MS);
	expect_begun(LATE + MINUTE_MS);
}

/* It may have been asked before. */
TEST(a_new_server)
{
	desk.view.seen.count = 1;
	rest_until_late();
	desk.view.seen.count = 2;
	rest("a", "a", 300, LATE);
	expect_begun(LATE);
}

/* .. with what it had in former times. */
TEST(a_new_server_after_it_counts)
{
	desk.view.seen.count = 1;
	rest("a", "-", 3600, T0);
	rest_on(300, LOWERED, 3 * HOUR_MS);
	assert_int_equal(unknown_ttl(), 300);
	desk.view.seen.count = 2;
	see(&desk, "a b", "a b", 300, LOWERED + DAY_MS);
	assert_int_equal(safe(&desk, 'b', false, &rules),
			 LOWERED + DAY_MS + (1 + 3600 + 120) * 1000);
	end_watch(LOWERED + DAY_MS + 2000);
	expect_begun(LOWERED + DAY_MS + 1000);
}

/* Several machines behind an address: one may have what no look showed. */
TEST(machines)
{
	rest_until_late();
	desk.view.sightings[0].serial = 9;
	see(&desk, "a", "a", 300, LATE);
	desk.view.sightings[0].serial = 8;
	see(&desk, "a", "a", 300, LATE + MINUTE_MS);
	assert_true(desk.ledger->addresses[0].wavers);
	rest("a", "a", 300, LATE + HOUR_KEPT_MS);
	assert_int_equal(unknown_ttl(), 3600);
	rest("a", "a", 300, LATE + HOUR_KEPT_MS + MINUTE_MS);
	expect_begun(LATE + HOUR_KEPT_MS + MINUTE_MS);
}

/* A cache in front of the server counts down, and others have it whole. */
TEST(front_ends)
{
	for (uint32_t i = 0; i < 2000; i++)
		rest("a", "a", 3600 - i * 97 % 3600, T0 + i * 97000);
	assert_int_equal(unknown_ttl(), 3600);
}

/* .. of which rare looks may show the same by chance. */
TEST(rare_looks)
{
	rest("a", "a", 3600, T0);
	for (int i = 0; i < 3; i++)
		rest("a", "a", 300, LOWERED + i * DAY_MS);
	assert_int_equal(unknown_ttl(), 3600);
	rest("a", "a", 300, LOWERED + 3 * DAY_MS);
	assert_int_equal(unknown_ttl(), 300);
}

/* Of ours, that somebody may have replaced before the next look. */
TEST(sent_with_another)
{
	struct tlsa_set set = cast_set("a");

	rest_until_late();
	ledger_note_sent(desk.ledger, &set, 3600, LATE);
	rest("a", "a", 300, LATE + MINUTE_MS);
	rest("a", "a", 300, LATE + 2 * MINUTE_MS);
	expect_begun(LATE + 2 * MINUTE_MS);
	tlsa_set_clear(&set);
}

/* A resolver elsewhere has what no server showed so late. */
TEST(cached_elsewhere)
{
	struct tlsa_set set = cast_set("x");

	rest_until_late();
	assert_true(ledger_note_cached(desk.ledger, &set, LATE + DAY_MS, LATE));
	assert_true(desk.ledger->steady_ms == LEDGER_NEVER);
	tlsa_set_clear(&set);
}

/* Neither the clock nor a state that was restored tells since when. */
TEST(restart_begins_anew)
{
	rest_until_late();
	ledger_restart(desk.ledger, LATE);
	rest("a", "a", 300, LATE + MINUTE_MS);
	expect_begun(LATE + MINUTE_MS);
}

/* What is none is not known, and what is endless never ends. */
TEST(absurd_ttls)
{
	rest("a", "a", 3600, T0);
	rest_on(0, LOWERED, 3 * HOUR_MS);
	assert_int_equal(unknown_ttl(), 0);
	see(&desk, "a b", "a b", 0, LOWERED + DAY_MS);
	assert_int_equal(safe(&desk, 'b', false, &rules),
			 LOWERED + DAY_MS + (1 + 100 + 120) * 1000);
	rest("a", "a", UINT32_MAX, LOWERED + 2 * DAY_MS);
	rest_on(300, LOWERED + 3 * DAY_MS, 100 * DAY_MS);
	assert_int_equal(unknown_ttl(), TTL_MAX);
}

/* Too many to tell apart: they are lowered together, as they were raised. */
TEST(a_full_ledger)
{
	for (uint8_t i = 0; i < LEDGER_VERSIONS_MAX - 2; i++) {
		struct tlsa record = { { 3, 1, 1 }, &i, 1 };
		struct tlsa_set set = { &record, 1 };

		ledger_add_version(desk.ledger, LEDGER_SET, &set);
	}
	see(&desk, "a c", "a b", 3600, T0);
	assert_int_equal(desk.ledger->versions[LEDGER_VERSIONS_MAX - 1].kind,
			 LEDGER_ALIEN);
	rest("a c", "a b", 3600, T0 + MINUTE_MS);
	rest_on(300, LOWERED, HOUR_KEPT_MS - 10 * MINUTE_MS);
	assert_int_equal(ledger_ttl_max(desk.ledger, 0), 3600);
	rest_on(300, LOWERED + HOUR_KEPT_MS, 60 * MINUTE_MS);
	assert_int_equal(ledger_ttl_max(desk.ledger, 0), 300);
}

/* ---- What leads resolvers to a server ------------------------------------ */

static void rest_led(uint32_t seconds, int64_t now_ms)
{
	desk.view.zone.ns_ttl_seconds = seconds;
	for (int i = 0; i < 2; i++)
		desk.view.servers[i].ttl_is_whole = true;
	rest("a", "a", 300, now_ms);
}

static uint32_t asked_seconds(void)
{
	return desk.ledger->addresses[1].asked_seconds;
}

/* As soon as nobody can be led there by what was longer. */
TEST(led_for_less)
{
	rest_led(3600, T0);
	rest_led(7200, T0 + MINUTE_MS);
	for (int64_t at_ms = 0; at_ms < 2 * HOUR_MS; at_ms += 10 * MINUTE_MS) {
		rest_led(at_ms ? 60 : 300, LOWERED + at_ms);
		assert_int_equal(asked_seconds(), 7200);
	}
	rest_led(60, LOWERED + 2 * HOUR_MS);
	assert_int_equal(asked_seconds(), 300);
	rest_led(7200, LOWERED + 3 * HOUR_MS);
	assert_int_equal(asked_seconds(), 7200);
}

/* In doubt: since BEGUN_MS it was less. */
static void expect_led(int64_t begun_ms)
{
	for (int64_t at_ms = 0; at_ms < HOUR_MS; at_ms += 10 * MINUTE_MS) {
		rest_led(300, begun_ms + at_ms);
		assert_int_equal(asked_seconds(), 3600);
	}
	rest_led(300, begun_ms + HOUR_MS);
	assert_int_equal(asked_seconds(), 300);
}

static void rest_led_a_while(void)
{
	rest_led(3600, T0);
	for (int i = 0; i < 5; i++)
		rest_led(300, LOWERED + i * 10 * MINUTE_MS);
}

TEST(led_for_as_long_again)
{
	rest_led_a_while();
	rest_led(3600, LOWERED + 55 * MINUTE_MS);
	expect_led(LOWERED + 56 * MINUTE_MS);
}

TEST(led_anew)
{
	rest_led_a_while();
	desk.view.seen.count = 1;
	see(&desk, "a", "-", 300, LOWERED + 55 * MINUTE_MS);
	desk.view.seen.count = 2;
	expect_led(LOWERED + DAY_MS);
}

TEST(led_by_another_clock)
{
	rest_led_a_while();
	ledger_restart(desk.ledger, LATE);
	expect_led(LATE);
}

/* Another server of the parent may say more, and rare looks miss it. */
TEST(led_at_rare_looks)
{
	rest_led(3600, T0);
	for (int i = 0; i < 3; i++)
		rest_led(300, LOWERED + i * DAY_MS);
	assert_int_equal(asked_seconds(), 3600);
	rest_led(300, LOWERED + 3 * DAY_MS);
	assert_int_equal(asked_seconds(), 300);
}

/* Who is silent may have another NS set. */
TEST(led_by_a_silent_server)
{
	rest_led(3600, T0);
	for (int i = 0; i < 100; i++) {
		desk.view.zone.ns_ttl_seconds = 300;
		rest("a", "~", 300, LOWERED + i * 10 * MINUTE_MS);
	}
	assert_int_equal(asked_seconds(), 3600);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, open_desk, close_desk)
		CASE(learned),
		CASE(raised_at_once),
		CASE(over_a_silence),
		CASE(over_a_rollover),
		CASE(raised_and_lowered_again),
		CASE(raised_high),
		CASE(one_server_raises),
		CASE(hidden_primary_raises),
		CASE(servers_that_differ),
		CASE(silent_when_it_began),
		CASE(departed),
		CASE(departed_and_back),
		CASE(a_new_server),
		CASE(a_new_server_after_it_counts),
		CASE(machines),
		CASE(front_ends),
		CASE(rare_looks),
		CASE(sent_with_another),
		CASE(cached_elsewhere),
		CASE(restart_begins_anew),
		CASE(absurd_ttls),
		CASE(a_full_ledger),
		CASE(led_for_less),
		CASE(led_for_as_long_again),
		CASE(led_anew),
		CASE(led_by_another_clock),
		CASE(led_at_rare_looks),
		CASE(led_by_a_silent_server),
	};

	return cmocka_run_group_tests(tests, NULL, cast_close);
}
