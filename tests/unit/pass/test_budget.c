/* SPDX-License-Identifier: MIT */
#include "pass/budget.h"

#include "base/bounds.h"
#include "command/command.h"
#include "unit.h"

#define T0 INT64_C(1800000000000)

static struct moment now;

static void tell_time(struct world *world, struct moment *moment)
{
	(void)world;
	*moment = now;
}

/* certbot waits for deploy: 25 s in which batches begin, 35 s for the last
 * program; the clock that counts is the one that nobody sets. */
TEST(time_of_deploy)
{
	static const struct {
		int64_t worked_ms;
		bool over;
		unsigned program_ms;
	} rows[] = {
		{ 0, false, 35000 },
		{ 1000, false, 34000 },
		{ 25000, false, 10000 },
		{ 25001, true, 0 },
		{ 36000, true, 0 },
	};
	struct world world = { .now = tell_time };
	struct budget budget = { .world = &world, .begun_ms = 5000 };

	for (size_t i = 0; i < COUNT(rows); i++) {
		now = (struct moment){ .wall_ms = T0,
				       .boot_ms = 5000 + rows[i].worked_ms };
		budget.calling = &command_find("deploy")->calling;
		assert_int_equal(budget_is_spent(&budget), rows[i].over);
		assert_int_equal(budget_program_ms(&budget),
				 rows[i].program_ms);
		budget.calling = &command_find("run")->calling;
		assert_false(budget_is_spent(&budget));
		assert_int_equal(budget_program_ms(&budget), EXEC_TIMEOUT_MS);
	}
}

TEST(begins_now)
{
	struct world world = { .now = tell_time };
	struct budget budget = { .world = &world };

	now = (struct moment){ .wall_ms = T0, .boot_ms = 7000 };
	budget_begin(&budget);
	assert_int_equal(budget.begun_ms, 7000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_time_of_deploy),
		cmocka_unit_test(test_begins_now),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
