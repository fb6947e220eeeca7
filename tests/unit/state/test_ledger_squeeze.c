/* SPDX-License-Identifier: MIT */
#include "state/ledger.h"

#include "state/ledger_json.h"
#include "support/desk.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>

static bool has_kind(const struct ledger *ledger, enum ledger_kind kind)
{
	for (size_t v = 0; v < ledger->version_count; v++)
		if (ledger->versions[v].kind == kind)
			return true;
	return false;
}

/* The longest TTL counts, from the last look on, and the next answers end it:
 * a set that matched, too, is not known to have been one. */
TEST(is_waited_for)
{
	struct desk desk;

	desk_open(&desk);
	see(&desk, "a", "a", 7200, T0);
	see(&desk, "a b", "a b", 300, T0 + 60000);
	see(&desk, "a b", "a b", 300, T0 + 120000);
	assert_int_equal(safe_seen(&desk, 'b'), T0 + 61000 + 7200000);
	ledger_squeeze(desk.ledger);
	assert_int_equal(desk.ledger->version_count, 2);
	assert_true(has_kind(desk.ledger, LEDGER_ALIEN));
	assert_int_equal(safe_seen(&desk, 'b'), T0 + 121000 + 7200000);
	see(&desk, "a b", "a b", 300, T0 + 180000);
	assert_int_equal(safe_seen(&desk, 'b'), T0 + 181000 + 7200000);
	desk_close(&desk);
}

/* Who is silent since may serve any of it still. */
TEST(who_is_silent)
{
	struct desk desk;

	desk_open(&desk);
	see(&desk, "a b", "a", 300, T0);
	ledger_squeeze(desk.ledger);
	see(&desk, "a b", "~", 300, T0 + 60000);
	see(&desk, "a b", "a b", 300, T0 + 120000);
	assert_int_equal(safe_seen(&desk, 'b'), T0 + 121000 + 300000);
	desk_close(&desk);
}

/* Records of ours stand where it led. */
TEST(aliases_stay)
{
	struct desk desk;

	desk_open(&desk);
	see(&desk, "a", "~", 300, T0);
	ledger_add_alias(desk.ledger, "end.example.");
	see(&desk, "a b", "a", 300, T0 + 1000);
	ledger_squeeze(desk.ledger);
	assert_int_equal(desk.ledger->version_count, 3);
	assert_true(has_kind(desk.ledger, LEDGER_ALIAS));
	ledger_squeeze(desk.ledger);
	assert_int_equal(desk.ledger->version_count, 3);
	desk_close(&desk);
}

TEST(departed_are_one)
{
	struct desk desk;

	desk_open(&desk);
	desk.view.servers[1].ttl_is_whole = true;
	for (uint8_t i = 1; i < 20; i++) {
		desk.view.servers[1].address.bytes[0] = 10;
		desk.view.servers[1].address.bytes[3] = i;
		see(&desk, "a b", "a b", 300, T0 + i * 1000);
	}
	assert_int_equal(desk.ledger->address_count, 20);
	ledger_squeeze(desk.ledger);
	assert_int_equal(desk.ledger->address_count, 3);
	desk_close(&desk);
}

/* Never more than is written. */
TEST(written_size)
{
	struct desk desk;
	json_t *json;
	char *text;

	desk_open(&desk);
	see(&desk, "a", "a b", 300, T0);
	see(&desk, "a b", "a b", 300, T0 + 60000);
	json = ledger_to_json(desk.ledger);
	text = json_dumps(json, JSON_COMPACT);
	assert_in_range(ledger_written_size(desk.ledger), strlen(text) / 3,
			strlen(text));
	free(text);
	json_decref(json);
	desk_close(&desk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_is_waited_for),
		cmocka_unit_test(test_who_is_silent),
		cmocka_unit_test(test_aliases_stay),
		cmocka_unit_test(test_departed_are_one),
		cmocka_unit_test(test_written_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
