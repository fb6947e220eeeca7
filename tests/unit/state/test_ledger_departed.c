/* SPDX-License-Identifier: MIT */
#include "state/ledger.h"

#include "base/bounds.h"
#include "support/desk.h"
#include "unit.h"

static void keep_for(struct desk *desk, uint32_t ns_seconds,
		     uint32_t address_seconds)
{
	desk->view.zone.ns_ttl_seconds = ns_seconds;
	desk->view.servers[1].ttl_seconds = address_seconds;
	desk->view.servers[1].ttl_is_whole = true;
}

/* As long as resolvers keep the NS set or the address, the longer, of all that
 * was seen while it was in the delegation. */
TEST(as_long_as_it_is_kept)
{
	static const struct {
		uint32_t ns_seconds, address_seconds, kept_seconds;
	} rows[] = {
		{ 172800, 60, 172800 }, { 300, 7200, 7200 }, { 5, 5, 5 },
		{ 604800, 604800, 604800 }, { 0, 0, 86400 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct desk desk;

		desk_open(&desk);
		keep_for(&desk, rows[i].ns_seconds, rows[i].address_seconds);
		see(&desk, "a", "a", 300, T0);
		keep_for(&desk, 1, 1);
		see(&desk, "a", "a", 300, T0 + 30000);
		desk.view.seen.count = 1;
		see(&desk, "a b", "~", 300, T0 + 60000);
		if (rows[i].ns_seconds)
			assert_int_equal(safe_seen(&desk, 'b'), T0 + 61000 +
					 (rows[i].kept_seconds + 300) *
					 INT64_C(1000));
		desk_close(&desk);
	}
}

/* Of a state that does not tell: a day. */
TEST(not_known)
{
	struct desk desk;

	desk_open(&desk);
	see(&desk, "a", "a", 300, T0);
	desk.ledger->addresses[1].asked_seconds = 0;
	desk.view.seen.count = 1;
	see(&desk, "a b", "~", 300, T0 + 60000);
	assert_int_equal(safe_seen(&desk, 'b'), T0 + 61000 + DAY_MS + 300000);
	desk_close(&desk);
}

/* Who never said what it serves leaves nothing behind. */
TEST(never_answered)
{
	static const struct ledger_rules rules = { 1000, 0, 0 };
	struct desk desk;

	desk_open(&desk);
	see(&desk, "a b", "~", 300, T0);
	assert_int_equal(desk.ledger->address_count, 1);
	desk.view.seen.count = 1;
	see(&desk, "a b", "~", 300, T0 + 60000);
	assert_int_equal(safe(&desk, 'b', false, &rules),
			 T0 + 1000 + 1000000);
	/* Nor does one that an older state has. */
	ledger_add_address(desk.ledger, &desk.view.servers[1].address);
	see(&desk, "a b", "~", 300, T0 + 90000);
	assert_int_equal(desk.ledger->address_count, 1);
	desk_close(&desk);
}

/* When its time is over it is let go of; but not while somebody who was not
 * seen since may still take what only it had. */
TEST(let_go)
{
	static const struct ledger_rules rules = { 100, 2, 120 };
	struct desk desk;

	desk_open(&desk);
	keep_for(&desk, 600, 600);
	desk.view.zone.servers[0].ttl_is_whole = true;
	see(&desk, "a", "a b", 300, T0);
	desk.view.seen.count = 1;
	see(&desk, "~", "~", 300, T0 + 60000);
	ledger_prune(desk.ledger, &rules, T0 + DAY_MS);
	assert_int_equal(desk.ledger->address_count, 2);
	see(&desk, "a b", "~", 300, T0 + 120000);
	ledger_prune(desk.ledger, &rules, T0 + 61000 + 600000);
	assert_int_equal(desk.ledger->address_count, 2);
	ledger_prune(desk.ledger, &rules, T0 + DAY_MS);
	assert_int_equal(desk.ledger->address_count, 1);
	desk_close(&desk);
}

/* Other servers at every look: there is a bound, and whatever any of them had
 * counts as long as it did. */
TEST(bounded)
{
	struct desk desk;

	desk_open(&desk);
	keep_for(&desk, 3600, 3600);
	desk.view.servers[0].ttl_is_whole = true;
	see(&desk, "a b", "a", 300, T0);
	for (unsigned i = 1; i < 3 * LEDGER_ADDRESSES_MAX; i++) {
		desk.view.servers[1].address.bytes[0] = 10;
		desk.view.servers[1].address.bytes[2] = (uint8_t)(i / 256);
		desk.view.servers[1].address.bytes[3] = (uint8_t)i;
		see(&desk, "a b", "a b", 300, T0 + i * 1000);
		assert_true(desk.ledger->address_count <=
			    LEDGER_ADDRESSES_MAX);
	}
	assert_int_equal(desk.ledger->address_count, LEDGER_ADDRESSES_MAX);
	assert_true(safe_seen(&desk, 'b') >=
		    T0 + 2000 + (3600 + 300) * INT64_C(1000));
	desk_close(&desk);
}

/* So there is one on what sets take. */
TEST(sets_bounded)
{
	struct desk desk;
	struct sighting *sighting;

	desk_open(&desk);
	for (unsigned i = 1; i < LEDGER_VERSIONS_MAX - 1; i++) {
		uint8_t data[TLSA_DATA_MAX] = { (uint8_t)i };
		struct tlsa record = { { 3, 0, 0 }, data, sizeof(data) };

		view_say(&desk.view, 0, "a", 300);
		sighting = &desk.view.sightings[0];
		tlsa_set_add(&sighting->set, &record);
		ledger_record(desk.ledger, &desk.view.seen, T0 + i);
	}
	assert_true(desk.ledger->version_count < LEDGER_SETS_SIZE_MAX /
		    TLSA_DATA_MAX + 2);
	assert_int_equal(desk.ledger->versions[desk.ledger->version_count - 1]
			 .kind, LEDGER_ALIEN);
	desk_close(&desk);
}

/* It may have died a moment ago, and what it served until then is in caches. */
TEST(ignored_is_waited_out)
{
	struct desk desk;

	desk_open(&desk);
	desk.view.sightings[0].serial = 2;
	see(&desk, "a b", "a", 300, T0);
	desk.view.servers[1].ignored = true;
	desk.view.seen.count = 1;
	see(&desk, "a b", "~", 300, T0 + 60000);
	assert_int_equal(safe_seen(&desk, 'b'), T0 + 61000 + 1000 + 300000);
	see(&desk, "a b", "~", 300, T0 + 90000);
	assert_int_equal(safe_seen(&desk, 'b'), T0 + 61000 + 1000 + 300000);
	/* It may have answered others all the time when it is no longer. */
	desk.view.servers[1].ignored = false;
	desk.view.seen.count = 2;
	see(&desk, "a b", "a b", 300, T0 + 120000);
	assert_int_equal(safe_seen(&desk, 'b'), T0 + 121000 + 300000);
	desk_close(&desk);
}

/* Two machines were there, and not enough looks have missed the late one. */
TEST(departed_in_turn)
{
	struct desk desk;

	for (int looks = 3; looks <= 5; looks++) {
		desk_open(&desk);
		see(&desk, "a b", "a b", 300, T0);
		desk.view.sightings[1].serial--;
		see(&desk, "a b", "a", 300, T0 + 1000);
		desk.view.sightings[1].serial++;
		for (int i = 0; i < looks; i++)
			see(&desk, "a b", "a b", 300, T0 + 2000 + i * 1000);
		desk.view.seen.count = 1;
		see(&desk, "a b", "~", 300, T0 + 60000);
		assert_true((safe_seen(&desk, 'b') > T0 + DAY_MS) ==
			    (looks < 5));
		desk_close(&desk);
	}
}

/* Resolvers would go on asking one that left for days; then it dies. */
TEST(departed_and_ignored)
{
	struct desk desk;

	desk_open(&desk);
	see(&desk, "a b", "a", 300, T0);
	desk.view.seen.count = 1;
	see(&desk, "a b", "~", 300, T0 + 60000);
	assert_true(safe_seen(&desk, 'b') > T0 + 86400000);
	desk.view.servers[1].ignored = true;
	see(&desk, "a b", "~", 300, T0 + 120000);
	assert_int_equal(safe_seen(&desk, 'b'), T0 + 121000 + 1000 + 300000);
	desk_close(&desk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_as_long_as_it_is_kept),
		cmocka_unit_test(test_not_known),
		cmocka_unit_test(test_never_answered),
		cmocka_unit_test(test_let_go),
		cmocka_unit_test(test_bounded),
		cmocka_unit_test(test_sets_bounded),
		cmocka_unit_test(test_ignored_is_waited_out),
		cmocka_unit_test(test_departed_and_ignored),
		cmocka_unit_test(test_departed_in_turn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
