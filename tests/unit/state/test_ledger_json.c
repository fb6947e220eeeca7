/* SPDX-License-Identifier: MIT */
#include "state/ledger_json.h"

#include "support/desk.h"
#include "unit.h"

#include <stdlib.h>

static struct ledger *read_good(const json_t *json)
{
	struct reader reader = { NULL };
	struct ledger *ledger = ledger_new(OWNER);

	ledger_from_json(&reader, json, ledger);
	if (reader.fault)
		fail_msg("%s", reader.fault);
	return ledger;
}

static void expect_fault(const json_t *json, const char *part)
{
	struct reader reader = { NULL };
	struct ledger *ledger = ledger_new(OWNER);

	ledger_from_json(&reader, json, ledger);
	assert_non_null(reader.fault);
	if (!strstr(reader.fault, part))
		fail_msg("\"%s\": %s", part, reader.fault);
	free(reader.fault);
	ledger_free(ledger);
}

/* At rest, and since when it is so; with a silent server it is not. */
static json_t *rested_json(bool steady)
{
	struct desk desk;
	json_t *json;

	desk_open(&desk);
	see(&desk, "a", "a", 300, T0);
	if (!steady)
		see(&desk, "a", "~", 200, T0 + 60000);
	ledger_unwatch(desk.ledger, &plain, T0 + 1000);
	json = ledger_to_json(desk.ledger);
	desk_close(&desk);
	return json;
}

TEST(steady)
{
	json_t *json = rested_json(true), *again;
	struct ledger *ledger = read_good(json);

	assert_true(ledger->steady_ms == T0 + 1000);
	assert_int_equal(ledger->steady_ttl_seconds, 300);
	assert_int_equal(ledger->steady_rests, 1);
	assert_int_equal(ledger->rested_ms, T0 + 1000);
	again = ledger_to_json(ledger);
	assert_true(json_equal(json, again));
	json_decref(again);
	ledger_free(ledger);
	json_decref(json);
}

TEST(not_steady)
{
	json_t *json = rested_json(false);
	struct ledger *ledger = read_good(json);

	assert_null(json_object_get(json, "steady"));
	assert_true(ledger->steady_ms == LEDGER_NEVER);
	ledger_free(ledger);
	json_decref(json);
}

/* They have no such field. */
TEST(older_states)
{
	json_t *json = rested_json(true);
	struct ledger *ledger;

	json_object_del(json, "steady");
	json_object_del(json, "former_ttl_seconds");
	json_object_del(json, "rested_ms");
	ledger = read_good(json);
	assert_int_equal(ledger->rested_ms, 0);
	assert_true(ledger->steady_ms == LEDGER_NEVER);
	assert_int_equal(ledger->versions[0].ttl_seconds, 300);
	ledger_free(ledger);
	json_decref(json);
}

TEST(damage)
{
	static const char *const fields[] = { "since_ms", "ttl_seconds",
					      "rests" };
	json_t *json = rested_json(true);
	json_t *steady = json_object_get(json, "steady");

	for (size_t i = 0; i < COUNT(fields); i++) {
		json_t *whole = json_incref(json_object_get(steady,
							    fields[i]));

		json_object_set_new(steady, fields[i], json_integer(-1));
		expect_fault(json, fields[i]);
		json_object_del(steady, fields[i]);
		expect_fault(json, fields[i]);
		json_object_set_new(steady, fields[i], whole);
	}
	json_object_set_new(json, "steady", json_null());
	expect_fault(json, "since_ms");
	json_decref(json);
}

/* What the second server may have served while it was silent, seen when it
 * answers again. */
static int64_t safe_after(const json_t *json)
{
	const struct ledger_test test = { .chain = cast_chain('b'),
					  .unknown_matches = true };
	struct ledger *ledger = read_good(json);
	struct view view;
	int64_t safe_ms;

	view_open(&view, OWNER, 2);
	view_say_all(&view, "a b", 300);
	ledger_record(ledger, &view.seen, T0 + 900000);
	safe_ms = ledger_safe_from(ledger, &test, &plain);
	view_close(&view);
	ledger_free(ledger);
	return safe_ms;
}

static json_t *restarted_json(void)
{
	struct ledger *ledger = ledger_new(OWNER);
	struct view view;
	json_t *json;

	view_open(&view, OWNER, 2);
	view_say_all(&view, "a b", 300);
	ledger_record(ledger, &view.seen, T0);
	view_say(&view, 0, "a", 300);
	view_say(&view, 1, "~", 300);
	ledger_record(ledger, &view.seen, T0 + 60000);
	view_say(&view, 0, "a b", 300);
	view.sightings[0].serial_known = false;
	ledger_record(ledger, &view.seen, T0 + 120000);
	view_close(&view);
	ledger_restart(ledger, T0 + 130000);
	json = ledger_to_json(ledger);
	ledger_free(ledger);
	return json;
}

/* A silent one's time was a millisecond earlier, before there was a field. */
TEST(silence_in_older_states)
{
	json_t *json = restarted_json();
	json_t *at = json_array_get(json_object_get(json, "addresses"), 1);
	json_t *last_ms = json_object_get(at, "last_ms");

	assert_int_equal(safe_after(json), T0 + 1200000);
	json_object_del(at, "silent");
	assert_int_equal(safe_after(json), T0 + 430000);
	json_array_set_new(last_ms, 1, json_integer(T0 + 129999));
	assert_int_equal(safe_after(json), T0 + 1200000);
	json_decref(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_steady),
		cmocka_unit_test(test_not_steady),
		cmocka_unit_test(test_older_states),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_silence_in_older_states),
	};

	return cmocka_run_group_tests(tests, NULL, cast_close);
}
