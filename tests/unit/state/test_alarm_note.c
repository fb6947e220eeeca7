/* SPDX-License-Identifier: MIT */
#include "state/alarm_note.h"

#include "base/bounds.h"
#include "base/xalloc.h"
#include "unit.h"

#define T0 INT64_C(1800000000000)
#define HOUR_MS (3600 * 1000)

static void expect_due(const struct alarm_note *note, int64_t now_ms,
		       enum alarm_event want)
{
	assert_int_equal(alarm_note_due(note, now_ms), want);
}

TEST(from_beginning_to_end)
{
	struct alarm_note note = { 0 };

	assert_false(alarm_note_found(&note, NULL, T0));
	expect_due(&note, T0, ALARM_QUIET);
	assert_true(alarm_note_found(&note, "a", T0));
	expect_due(&note, T0, ALARM_BEGIN);
	/* Until it could be told. */
	expect_due(&note, T0 + 99 * HOUR_MS, ALARM_BEGIN);
	alarm_note_told(&note, T0 + HOUR_MS);
	expect_due(&note, T0 + HOUR_MS, ALARM_QUIET);
	expect_due(&note, T0 + 25 * HOUR_MS - 1, ALARM_QUIET);
	expect_due(&note, T0 + 25 * HOUR_MS, ALARM_STAND);
	alarm_note_told(&note, T0 + 26 * HOUR_MS);
	expect_due(&note, T0 + 49 * HOUR_MS, ALARM_QUIET);
	assert_false(alarm_note_found(&note, "a", T0 + 49 * HOUR_MS));
	assert_int_equal(note.since_ms, T0);

	assert_true(alarm_note_found(&note, NULL, T0 + 49 * HOUR_MS));
	expect_due(&note, T0 + 49 * HOUR_MS, ALARM_END);
	assert_string_equal(note.told, "a");
	assert_int_equal(note.since_ms, T0);
	alarm_note_told(&note, T0 + 49 * HOUR_MS);
	expect_due(&note, T0 + 99 * HOUR_MS, ALARM_QUIET);
	assert_null(note.told);
	assert_int_equal(note.since_ms, 0);
	assert_int_equal(note.told_ms, 0);
	alarm_note_clear(&note);
}

TEST(other_trouble_is_the_same_alarm)
{
	struct alarm_note note = { 0 };

	alarm_note_found(&note, "a", T0);
	alarm_note_told(&note, T0);
	assert_true(alarm_note_found(&note, "b", T0 + HOUR_MS));
	assert_int_equal(note.since_ms, T0);
	expect_due(&note, T0 + HOUR_MS, ALARM_QUIET);
	alarm_note_clear(&note);
}

/* An end is told only of what was told, and a new beginning goes before. */
TEST(ends_that_nobody_was_told_of)
{
	struct alarm_note note = { 0 };

	alarm_note_found(&note, "a", T0);
	alarm_note_found(&note, NULL, T0 + 1);
	expect_due(&note, T0 + 1, ALARM_QUIET);
	alarm_note_found(&note, "b", T0 + 2);
	assert_int_equal(note.since_ms, T0 + 2);
	alarm_note_told(&note, T0 + 2);
	alarm_note_found(&note, NULL, T0 + 3);
	expect_due(&note, T0 + 3, ALARM_END);
	alarm_note_found(&note, "c", T0 + 4);
	expect_due(&note, T0 + 4, ALARM_BEGIN);
	assert_int_equal(note.since_ms, T0 + 4);
	alarm_note_clear(&note);
}

/* Where nobody is told, nothing is left of it. */
TEST(nothing_is_left)
{
	struct alarm_note note = { 0 };

	assert_true(alarm_note_found(&note, "stuck", T0));
	assert_true(alarm_note_found(&note, NULL, T0 + 1));
	assert_int_equal(note.since_ms, 0);
	assert_int_equal(alarm_note_due(&note, T0 + 1), ALARM_QUIET);
}

TEST(a_clock_that_was_set_back)
{
	struct alarm_note note = { 0 };

	alarm_note_found(&note, "a", T0);
	alarm_note_told(&note, T0);
	expect_due(&note, T0 - 1, ALARM_STAND);
	alarm_note_told(&note, T0 - 1);
	expect_due(&note, T0, ALARM_QUIET);
	alarm_note_clear(&note);
}

/* It is kept in JSON, in a file that has a bound, and is the same when it
 * comes back from there. */
TEST(any_octets_of_any_length)
{
	struct alarm_note note = { 0 }, again = { 0 };
	struct reader reader = { NULL };
	char text[ALARM_TEXT_MAX + 100];
	json_t *json = json_object();

	alarm_note_found(&note, "mail: \374", T0);
	assert_string_equal(note.text, "mail: \\xfc");
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	memcpy(text + ALARM_TEXT_MAX - 1, "\xc3\xa4", 2);
	alarm_note_found(&note, text, T0);
	assert_int_equal(strlen(note.text), ALARM_TEXT_MAX - 1);
	assert_false(alarm_note_found(&note, text, T0));
	alarm_note_put(&note, json);
	alarm_note_read(&reader, json, T0, &again);
	assert_null(reader.fault);
	assert_false(alarm_note_found(&again, text, T0));
	json_decref(json);
	alarm_note_clear(&again);
	alarm_note_clear(&note);
}

static void read_text(const char *text, struct alarm_note *note)
{
	struct reader reader = { NULL };
	json_t *json = json_loads(text, 0, NULL);

	*note = (struct alarm_note){ 0 };
	assert_non_null(json);
	alarm_note_read(&reader, json, T0, note);
	assert_null(reader.fault);
	json_decref(json);
}

/* Of a version that knew neither since when nor `notify`. */
TEST(older_files)
{
	struct alarm_note note;

	read_text("{\"alarm\": null}", &note);
	assert_null(note.text);
	assert_int_equal(note.since_ms, 0);
	read_text("{\"alarm\": \"a\"}", &note);
	assert_string_equal(note.text, "a");
	assert_int_equal(note.since_ms, T0);
	assert_null(note.told);
	expect_due(&note, T0, ALARM_BEGIN);
	alarm_note_clear(&note);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_from_beginning_to_end),
		cmocka_unit_test(test_other_trouble_is_the_same_alarm),
		cmocka_unit_test(test_ends_that_nobody_was_told_of),
		cmocka_unit_test(test_nothing_is_left),
		cmocka_unit_test(test_a_clock_that_was_set_back),
		cmocka_unit_test(test_any_octets_of_any_length),
		cmocka_unit_test(test_older_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
