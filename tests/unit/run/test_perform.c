/* SPDX-License-Identifier: MIT */
#include "run/perform.h"

#include "base/xalloc.h"
#include "run/journal.h"
#include "support/passes.h"
#include "unit.h"

static struct target *due(enum step step)
{
	struct target *target = &opened.targets.items[0];

	target->action = (struct action){ .step = step };
	return target;
}

static size_t lines(void)
{
	json_t *journal = journal_read(&opened, NAME);
	size_t count = json_array_size(journal);

	json_decref(journal);
	return count;
}

TEST(nothing_more_to_do)
{
	static const enum step steps[] = { STEP_NOTHING, STEP_WAIT,
					   STEP_STUCK };

	for (size_t i = 0; i < COUNT(steps); i++) {
		struct target *target = due(steps[i]);

		target->done = false;
		assert_false(perform_step(&opened, target));
		assert_true(target->done);
	}
	assert_int_equal(lines(), 0);
}

TEST(for_the_network)
{
	struct target *target = due(STEP_SURVEY);

	assert_false(perform_step(&opened, target));
	target->action.step = STEP_PROBE;
	assert_false(perform_step(&opened, target));
	assert_false(target->done);
	assert_int_equal(lines(), 0);
}

TEST(a_reload)
{
	struct host *host = *state;
	struct target *target = due(STEP_RELOAD);

	assert_true(perform_step(&opened, target));
	assert_int_equal(host->reloads, 1);
	assert_int_equal(lines(), 1);
}

/* What was not done is not in the journal. */
TEST(a_reload_that_fails)
{
	struct host *host = *state;
	struct target *target = due(STEP_RELOAD);

	host->reload_status = 1;
	assert_true(perform_step(&opened, target));
	assert_non_null(target->reload_failure);
	assert_int_equal(lines(), 0);
}

/* What is only looked for once more is no deed; what came of it is not known
 * here. */
TEST(a_change)
{
	struct target *target = due(STEP_PUBLISH);
	struct change change = { .owner = HOST_OWNER };

	host_add_record(*state, 1, &change.add);
	target->action.changes = (struct changes){ &change, 1 };
	assert_false(perform_step(&opened, target));
	assert_true(target->sends);
	target_sent(target, &change)->accepted = true;
	assert_false(perform_step(&opened, target));
	assert_false(target->done);
	assert_false(target->sends);
	assert_int_equal(lines(), 0);
	target->action.changes = (struct changes){ NULL, 0 };
	tlsa_set_clear(&change.add);
}

/* A primary that swallows updates takes its time: the next run tries again. */
TEST(one_that_was_not_answered)
{
	struct target *target = due(STEP_PUBLISH);

	target->unanswered = xstrdup("no answer");
	assert_false(perform_step(&opened, target));
	assert_true(target->done);
	assert_string_equal(target->failure, "no answer");
	assert_int_equal(lines(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE_WITH(nothing_more_to_do, opened_open, opened_close),
		CASE_WITH(for_the_network, opened_open, opened_close),
		CASE_WITH(a_reload, opened_open, opened_close),
		CASE_WITH(a_reload_that_fails, opened_open, opened_close),
		CASE_WITH(a_change, opened_open, opened_close),
		CASE_WITH(one_that_was_not_answered, opened_open, opened_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
