/* SPDX-License-Identifier: MIT */
#include "pass/turns.h"

#include "base/bounds.h"
#include "unit.h"

static struct moment now;

static void tell_time(struct world *at, struct moment *moment)
{
	(void)at;
	*moment = now;
}

/* Those without trouble as in the configuration, then whom it was the longest
 * ago; whoever has no state takes no time. */
TEST(order)
{
	struct state states[5] = { { .slow_ms = 300 }, { .slow_ms = 0 },
				   { .slow_ms = 100 }, { .slow_ms = 300 },
				   { .slow_ms = 0 } };
	static const size_t want[] = { 1, 4, 5, 2, 0, 3 };
	struct target items[6] = { { .config = NULL } };
	struct targets targets = { .items = items, .count = 6 };
	size_t *order;

	for (size_t i = 0; i < 5; i++)
		items[i].state = &states[i];
	order = turns_order(&targets);
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(order[i], want[i]);
	free(order);
}

TEST(note)
{
	static const struct { int64_t took_ms, before_ms, want_ms;
			      bool unsaved; } rows[] = {
		{ PROGRAM_SLOW_MS - 1, 0, 0, false },
		{ PROGRAM_SLOW_MS - 1, 900, 0, true },
		{ PROGRAM_SLOW_MS, 0, 77000, true },
		{ PROGRAM_SLOW_MS, 900, 77000, true },
	};
	struct world world = { .now = tell_time };

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct state own = { .slow_ms = rows[i].before_ms };
		struct target target = { .state = &own };
		struct moment begun = { .boot_ms = 5000 };

		now = (struct moment){ .wall_ms = 77000,
				       .boot_ms = 5000 + rows[i].took_ms };
		turns_note(&target, &world, &begun);
		assert_int_equal(own.slow_ms, rows[i].want_ms);
		assert_int_equal(target.unsaved, rows[i].unsaved);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_note),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
