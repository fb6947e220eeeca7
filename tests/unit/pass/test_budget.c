/* SPDX-License-Identifier: MIT */
#include "pass/budget.h"

#include "base/bounds.h"
#include "command/command.h"
#include "unit.h"
#include <string.h>

#define T0 INT64_C(1800000000000)
#define BOOT INT64_C(5000)

static struct moment now;
static bool is_awaited;
static struct world world;
static struct budget budget;

static void tell_time(struct world *at, struct moment *moment)
{
	(void)at;
	*moment = now;
}

static int tell_lock(struct world *at, int dir, const char *name)
{
	(void)at;
	assert_int_equal(dir, 7);
	assert_string_equal(name, "lock.wanted");
	return is_awaited;
}

/* COMMAND has the lock, and its time begins. */
static void begin(const char *command)
{
	world = (struct world){ .now = tell_time, .lock_held = tell_lock };
	now = (struct moment){ .wall_ms = T0, .boot_ms = BOOT };
	is_awaited = false;
	budget = (struct budget){ .world = &world, .lock_dir = 7,
		.calling = &command_find(command)->calling };
	budget_begin(&budget);
}

static void pass(int64_t ms)
{
	now.boot_ms += ms;
}

/* .. from the beginning. */
static void expect_deadline(int64_t ms)
{
	assert_int_equal(world.deadline_ms, BOOT + ms);
}

/* certbot waits for deploy: 35 s for all that it looks at and does, ten more
 * for what it tells. */
TEST(time_of_deploy)
{
	begin("deploy");
	expect_deadline(35000);
	assert_int_equal(budget_program_ms(&budget, 120000), 35000);
	pass(25000);
	assert_int_equal(budget_program_ms(&budget, 120000), 10000);
	pass(1);
	assert_int_equal(budget_program_ms(&budget, 120000), 0);
	assert_false(budget_is_spent(&budget));
	pass(9000);
	assert_true(budget_is_spent(&budget));
	budget_tell(&budget);
	expect_deadline(45000);
	budget_end(&budget);
	assert_int_equal(world.deadline_ms, 0);
}

TEST(time_of_run)
{
	begin("run");
	expect_deadline(210000);
	assert_int_equal(budget_program_ms(&budget, 120000), 120000);
	assert_null(budget_explain(&budget));
}

TEST(no_end)
{
	begin("print");
	assert_int_equal(world.deadline_ms, 0);
	budget_stage_begin(&budget, BUDGET_SURVEY);
	assert_int_equal(world.deadline_ms, 0);
	pass(INT64_C(1000000000));
	assert_false(budget_stage_end(&budget));
	assert_false(budget_is_spent(&budget));
	assert_int_equal(budget_program_ms(&budget, 120000), 120000);
}

/* Whoever uses all it is given leaves time for others each time, and in the
 * end nobody has more than the whole. */
TEST(no_stage_takes_all)
{
	char *line;

	begin("run");
	budget_stage_begin(&budget, BUDGET_SURVEY);
	expect_deadline(105000);
	pass(104999);
	assert_false(budget_stage_end(&budget));
	expect_deadline(210000);
	assert_false(budget.is_cut);
	begin("run");
	budget_stage_begin(&budget, BUDGET_SURVEY);
	pass(105000);
	assert_true(budget_stage_end(&budget));
	assert_true(budget.is_cut);
	budget_stage_begin(&budget, BUDGET_CHANGES);
	expect_deadline(175000);
	pass(70000);
	assert_true(budget_stage_end(&budget));
	budget_stage_begin(&budget, BUDGET_PROBES);
	expect_deadline(192500);
	pass(1000);
	assert_false(budget_stage_end(&budget));
	line = budget_explain(&budget);
	assert_non_null(strstr(line, "of the 210 s that a command has, 105 s "
			       "went into the answers of name servers"));
	free(line);
}

TEST(gives_way)
{
	static const struct { const char *command; int dir; bool gives_way; }
	rows[] = {
		{ "run", 7, true },
		{ "run", -1, false },	/* -n has no lock */
		{ "deploy", 7, false },
		{ "post", 7, false },
		{ "status", -1, false },
	};
	char *line;

	for (size_t i = 0; i < COUNT(rows); i++) {
		begin(rows[i].command);
		budget.lock_dir = rows[i].dir;
		assert_false(budget_is_spent(&budget));
		is_awaited = true;
		assert_int_equal(budget_is_spent(&budget), rows[i].gives_way);
		assert_int_equal(budget_program_ms(&budget, 120000) == 0,
				 rows[i].gives_way);
		line = budget_explain(&budget);
		assert_int_equal(line && strstr(line, "waits for the lock"),
				 rows[i].gives_way);
		free(line);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_time_of_deploy),
		cmocka_unit_test(test_time_of_run),
		cmocka_unit_test(test_no_end),
		cmocka_unit_test(test_no_stage_takes_all),
		cmocka_unit_test(test_gives_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
