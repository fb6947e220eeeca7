/* SPDX-License-Identifier: MIT */
#include "state/ledger.h"

#include "base/bounds.h"
#include "base/xalloc.h"
#include "support/desk.h"
#include "unit.h"

#define HOUR_MS (INT64_C(3600) * 1000)

static struct desk desk;

/* {a} with an hour until T0, then {a b}; no cache is known to have {a} after
 * T0 + 1 s + 1 h. */
static int open_desk(void **state)
{
	(void)state;
	desk_open(&desk);
	see(&desk, "a", "a", 3600, T0 - DAY_MS);
	see(&desk, "a b", "a b", 3600, T0);
	assert_int_equal(safe_seen(&desk, 'b'), T0 + 1000 + HOUR_MS);
	return 0;
}

static int close_desk(void **state)
{
	(void)state;
	desk_close(&desk);
	return 0;
}

static bool note(const char *text, int64_t until_ms, int64_t now_ms)
{
	struct tlsa_set set = cast_set(text);
	bool is_late = ledger_note_cached(desk.ledger, &set, until_ms, now_ms);

	tlsa_set_clear(&set);
	return is_late;
}

/* What a cache may have, as far as we know. */
TEST(known)
{
	assert_false(note("a", T0 + HOUR_MS, T0 + 1000));
	assert_false(note("a", T0 + 5000, T0 + 5000));
	assert_int_equal(safe_seen(&desk, 'b'), T0 + 1000 + HOUR_MS);
}

/* Somebody served it half an hour after all that were asked had left it. */
TEST(late)
{
	int64_t until_ms = T0 + HOUR_MS * 3 / 2;

	assert_true(note("a", until_ms, T0 + HOUR_MS));
	assert_int_equal(safe_seen(&desk, 'b'), until_ms);
	assert_false(note("a", until_ms, T0 + HOUR_MS));
}

/* A time that no server gave is not believed for longer than what one gave:
 * the ledger is kept. */
TEST(bounded)
{
	assert_true(note("a", T0 + 1000 * DAY_MS, T0 + HOUR_MS));
	assert_int_equal(safe_seen(&desk, 'b'), T0 + 2 * HOUR_MS);
}

/* A set of nobody: the longest time to live of all is its own. */
TEST(strange)
{
	size_t before = desk.ledger->version_count;

	assert_true(note("x", T0 + HOUR_MS * 3 / 2, T0 + HOUR_MS));
	assert_int_equal(desk.ledger->version_count, before + 1);
	assert_int_equal(safe_seen(&desk, 'b'), T0 + HOUR_MS * 3 / 2);
	assert_true(note("x y", T0 + 9 * HOUR_MS, T0 + HOUR_MS));
	assert_int_equal(safe_seen(&desk, 'b'), T0 + 2 * HOUR_MS);
}

/* One address alone moves: the publication at the other stays what it is. */
TEST(publication_stays)
{
	static const struct ledger_rules twice = { 60, 2, 0 };

	assert_int_equal(safe(&desk, 'b', true, &twice),
			 T0 + 1000 + 2 * HOUR_MS);
	assert_true(note("a", T0 + HOUR_MS * 3 / 2, T0 + HOUR_MS));
	assert_int_equal(safe(&desk, 'b', true, &twice),
			 T0 + 1000 + 2 * HOUR_MS);
}

TEST(many_are_bounded)
{
	for (int i = 0; i < 2 * LEDGER_VERSIONS_MAX; i++) {
		char *text = xasprintf("%c %c %c", 'c' + i % 5,
				       'c' + i / 5 % 5, 'x' + i / 25 % 3);
		struct tlsa_set set = cast_set(text);
		struct tlsa record = set.records[0];
		uint8_t data[32] = { (uint8_t)i, (uint8_t)(i >> 8), 77 };

		record.data = data;
		record.size = sizeof(data);
		tlsa_set_add(&set, &record);
		ledger_note_cached(desk.ledger, &set, T0 + 2 * HOUR_MS,
				   T0 + HOUR_MS);
		tlsa_set_clear(&set);
		free(text);
	}
	assert_true(desk.ledger->version_count <= LEDGER_VERSIONS_MAX);
}

TEST(nobody_was_asked)
{
	struct ledger *ledger = ledger_new(OWNER);
	struct tlsa_set set = cast_set("a");

	assert_false(ledger_note_cached(ledger, &set, T0 + DAY_MS, T0));
	assert_int_equal(ledger->version_count, 1);
	tlsa_set_clear(&set);
	ledger_free(ledger);
}

static void send_set(const char *text, uint32_t ttl_seconds, int64_t now_ms)
{
	struct tlsa_set set = cast_set(text);

	ledger_note_sent(desk.ledger, &set, ttl_seconds, now_ms);
	tlsa_set_clear(&set);
}

/* Sent after the look, replaced by somebody else before the next one: caches
 * may have it from the moment before that. */
TEST(sent_and_replaced)
{
	send_set("x", 2 * 3600, T0 + 5000);
	assert_int_equal(safe_seen(&desk, 'b'), T0 + 5000 + 2 * HOUR_MS);
	see(&desk, "a b", "a b", 3600, T0 + HOUR_MS);
	assert_int_equal(safe_seen(&desk, 'b'), T0 + 1000 + 3 * HOUR_MS);
	see(&desk, "a b", "a b", 3600, T0 + 2 * HOUR_MS);
	assert_int_equal(safe_seen(&desk, 'b'), T0 + 1000 + 3 * HOUR_MS);
}

/* In the very moment of the look. */
TEST(sent_at_once)
{
	send_set("x", 3600, T0);
	see(&desk, "a b", "a b", 3600, T0 + 2 * HOUR_MS);
	assert_int_equal(safe_seen(&desk, 'b'), T0 + 1000 + 3 * HOUR_MS);
}

/* What has a match moves nothing; what is served is no news. */
TEST(sent_as_wanted)
{
	send_set("a b c", 9 * 3600, T0 + 5000);
	send_set("a b", 9 * 3600, T0 + 5000);
	assert_int_equal(safe_seen(&desk, 'b'), T0 + 1000 + HOUR_MS);
}

/* Nothing goes back where what was sent comes under the serial of before. */
TEST(sent_is_no_wavering)
{
	const struct ledger_address *first = &desk.ledger->addresses[0];

	send_set("a b c", 3600, T0);
	see(&desk, "a b c", "a b", 3600, T0 + 1000);
	assert_false(first->wavers);
	see(&desk, "a b", "a b", 3600, T0 + 2000);
	assert_true(first->wavers);
}

/* The others have from it what they serve, and it may be gone again before they
 * answer. */
TEST(coming_from_a_hidden_primary)
{
	struct desk two;

	desk_open(&two);
	two.view.servers[0].roles = ZONE_SERVER_PRIMARY;
	see(&two, "x", "a", 300, T0);
	assert_int_equal(safe_seen(&two, 'a'), T0 + 301001);
	see(&two, "a b", "~", 300, T0 + 60000);
	ledger_prune(two.ledger, &plain, T0 + DAY_MS);
	two.view.sightings[1].serial++;
	see(&two, "a b", "a b", 300, T0 + DAY_MS);
	assert_int_equal(safe_seen(&two, 'a'), T0 + DAY_MS + 301000);
	see(&two, "a b", "a b", 300, T0 + DAY_MS + 60000);
	assert_int_equal(safe_seen(&two, 'a'), T0 + DAY_MS + 301000);
	desk_close(&two);
}

/* Of two primaries the second has stopped, and shows what was there then for
 * ever: nothing comes from it any more, unless serials are no measure. */
TEST(nothing_comes_from_an_old_primary)
{
	const struct config_zone own = { .check_serial = false };
	const struct config_zone *const zones[] = { NULL, &own };

	for (size_t i = 0; i < COUNT(zones); i++) {
		struct desk two;

		desk_open(&two);
		two.view.zone.config = zones[i];
		two.view.servers[1].roles = ZONE_SERVER_PRIMARY;
		two.view.sightings[0].serial_known = true;
		two.view.sightings[1].serial_known = true;
		two.view.sightings[0].serial = 1;
		two.view.sightings[1].serial = 1;
		see(&two, "a", "a", 300, T0);
		two.view.sightings[0].serial = 2;
		see(&two, "a b", "a", 300, T0 + 60000);
		see(&two, "a b", "a", 300, T0 + DAY_MS);
		assert_true(safe_seen(&two, 'b') > T0 + 300000);
		assert_int_equal(safe_seen(&two, 'b') > T0 + DAY_MS, i == 1);
		desk_close(&two);
	}
}

/* The first one numbers the zone higher, and takes what the second had. */
TEST(serials_of_their_own)
{
	const struct config_zone own = { .check_serial = false };
	const struct config_zone *const zones[] = { NULL, &own };

	for (size_t i = 0; i < COUNT(zones); i++) {
		struct desk two;

		desk_open(&two);
		two.view.zone.config = zones[i];
		two.view.sightings[0].serial = 9;
		two.view.sightings[1].serial = 2;
		see(&two, "a", "b", 300, T0);
		see(&two, "a c", "~", 300, T0 + 60000);
		assert_int_equal(safe_seen(&two, 'a'), zones[i] ?
				 T0 + 361000 : T0 + 301000);
		desk_close(&two);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, open_desk, close_desk)
		CASE(known),
		CASE(late),
		CASE(bounded),
		CASE(strange),
		CASE(publication_stays),
		CASE(many_are_bounded),
		CASE(nobody_was_asked),
		CASE(sent_and_replaced),
		CASE(sent_at_once),
		CASE(sent_as_wanted),
		CASE(sent_is_no_wavering),
		cmocka_unit_test(test_coming_from_a_hidden_primary),
		cmocka_unit_test(test_nothing_comes_from_an_old_primary),
		cmocka_unit_test(test_serials_of_their_own),
	};

	return cmocka_run_group_tests(tests, NULL, cast_close);
}
