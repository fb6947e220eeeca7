/* SPDX-License-Identifier: MIT */
#include "tell/summary.h"

#include "base/xalloc.h"
#include "support/passes.h"
#include "unit.h"

static struct summary summary;

static const struct summary_target *write_and_read(void)
{
	const struct moment now = { .wall_ms = HOST_BEGIN };
	char *text = summary_text(&opened, &now);

	assert_null(summary_read(text, strlen(text), &summary));
	free(text);
	assert_true(summary.written_ms == HOST_BEGIN);
	assert_null(summary_find(&summary, "other"));
	return summary_find(&summary, NAME);
}

TEST(nothing_is_wrong)
{
	struct target *target = &opened.targets.items[0];
	const struct summary_target *read;

	target->line = xstrdup(NAME ": at rest");
	target->facts.released = target->facts.live;
	read = write_and_read();
	assert_string_equal(read->line, NAME ": at rest");
	assert_null(read->alarm);
	assert_true(read->begins_ms > 0 && read->ends_ms > read->begins_ms);
	assert_int_equal(read->ends_ms,
			 target->facts.live->not_after_seconds * 1000);
	target->facts.released = NULL;
	summary_clear(&summary);
}

/* The alarm as it is kept; else why this pass ended. */
TEST(something_is_wrong)
{
	struct target *target = &opened.targets.items[0];
	const struct summary_target *read;

	target->failure = xstrdup("no \xff, no \"that\"");
	read = write_and_read();
	assert_string_equal(read->alarm, "no \\xff, no \"that\"");
	assert_true(read->ends_ms == 0);
	summary_clear(&summary);
	alarm_note_found(&target->state->alarm, "no", HOST_BEGIN);
	read = write_and_read();
	assert_string_equal(read->alarm, "since 2027-01-15 08:00:00 UTC: no");
	summary_clear(&summary);
}

static void expect_fault(const char *text, const char *want)
{
	char *fault = summary_read(text, strlen(text), &summary);

	assert_non_null(fault);
	if (!strstr(fault, want))
		fail_msg("%s", fault);
	assert_int_equal(summary.count, 0);
	free(fault);
}

TEST(what_is_none)
{
	expect_fault("", "no JSON object");
	expect_fault("[]", "no JSON object");
	expect_fault("{}", "ms");
	expect_fault("{\"ms\": -1, \"targets\": []}", "ms");
	expect_fault("{\"ms\": 1, \"targets\": 1}", "targets");
	expect_fault("{\"ms\": 1, \"targets\": [1]}", "target");
	expect_fault("{\"ms\": 1, \"ms\": 2, \"targets\": []}",
		     "no JSON object");
	expect_fault("{\"ms\": 1, \"targets\": [{\"target\": \"a\", "
		     "\"line\": \"\", \"alarm\": 1, \"begins_ms\": 0, "
		     "\"ends_ms\": 0}]}", "alarm");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE_WITH(nothing_is_wrong, opened_open, opened_close),
		CASE_WITH(something_is_wrong, opened_open, opened_close),
		cmocka_unit_test(test_what_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
