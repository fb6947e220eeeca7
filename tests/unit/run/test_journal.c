/* SPDX-License-Identifier: MIT */
#include "run/journal.h"

#include "base/xalloc.h"
#include "support/certificates.h"
#include "support/passes.h"
#include "unit.h"

static void act(enum step step)
{
	struct target *target = &opened.targets.items[0];

	target->action = (struct action){ .step = step };
	journal_write(&opened, target, journal_line(target));
}

static void expect(const char *const *deeds, size_t count)
{
	json_t *journal = journal_read(&opened, NAME);

	assert_int_equal(json_array_size(journal), count);
	for (size_t i = 0; i < count; i++)
		assert_string_equal(json_string_value(json_object_get(
			json_array_get(journal, i), "deed")), deeds[i]);
	json_decref(journal);
}

TEST(written_and_read)
{
	static const char *const deeds[] = { "reload", "links" };

	expect(NULL, 0);
	act(STEP_RELOAD);
	act(STEP_WAIT);
	act(STEP_LINKS);
	expect(deeds, 2);
}

/* A line cut short with the power, and what somebody else wrote. */
TEST(lines_that_are_none)
{
	static const char *const deeds[] = { "reload", "reload" };
	struct world *world = opened.source.world;
	const char *torn = "{\"deed\": \"rel\n[1]\n";

	act(STEP_RELOAD);
	assert_int_equal(world->file_append(world, opened.journal,
					    NAME ".jsonl", torn, strlen(torn),
					    1000000), 0);
	act(STEP_RELOAD);
	expect(deeds, 2);
}

/* Nothing hangs on it. */
TEST(cannot_be_written)
{
	struct world *world = opened.source.world;
	const struct host *host = *state;

	test_file_write(host->fixture->state_path, "journal", "a file");
	act(STEP_RELOAD);
	assert_true(opened.journal < 0);
	expect(NULL, 0);
	assert_int_equal(world->file_remove(world, opened.source.places.state,
					    "journal"), 0);
	act(STEP_RELOAD);
	expect((const char *const[]){ "reload" }, 1);
}

static void note(const char *text)
{
	struct target *target = &opened.targets.items[0];
	char *before = target->state->alarm.text ?
		       xstrdup(target->state->alarm.text) : NULL;

	alarm_note_found(&target->state->alarm, text, 1);
	journal_write_alarm(&opened, target, before);
	free(before);
}

/* Its beginning and its end, and not what it turns into in between. */
TEST(alarms)
{
	static const char *const deeds[] = { "alarm", "over" };
	json_t *journal;

	note(NULL);
	note("one");
	note("one");
	note("another");
	expect(deeds, 1);
	note(NULL);
	note(NULL);
	expect(deeds, 2);
	journal = journal_read(&opened, NAME);
	assert_string_equal(json_string_value(json_object_get(
		json_array_get(journal, 0), "why")), "one");
	assert_string_equal(json_string_value(json_object_get(
		json_array_get(journal, 1), "why")), "another");
	json_decref(journal);
}

/* It has no state that could be relied on. */
TEST(not_for_what_is_transient)
{
	opened.targets.items[0].state->transient = true;
	act(STEP_RELOAD);
	expect(NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE_WITH(written_and_read, opened_open, opened_close),
		CASE_WITH(lines_that_are_none, opened_open, opened_close),
		CASE_WITH(cannot_be_written, opened_open, opened_close),
		CASE_WITH(alarms, opened_open, opened_close),
		CASE_WITH(not_for_what_is_transient, opened_open, opened_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
