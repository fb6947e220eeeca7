/* SPDX-License-Identifier: MIT */
#include "decide/change.h"

#include "support/chains.h"
#include "unit.h"

/* Appended changes keep their sets, and take them along. */
TEST(sets_are_taken_over)
{
	struct changes changes = { NULL, 0 };
	struct change change = { .owner = "a.test.", .add = cast_set("a b"),
				 .ours = cast_set("a"),
				 .remove = cast_set("c") };

	for (int i = 0; i < 3; i++) {
		changes_add(&changes, &change);
		assert_ptr_equal(changes.items[i].add.records,
				 change.add.records);
		change = (struct change){ .owner = "b.test." };
	}
	assert_int_equal(changes.count, 3);
	assert_int_equal(changes.items[0].add.count, 2);
	assert_string_equal(changes.items[2].owner, "b.test.");
	changes_clear(&changes);
	assert_int_equal(changes.count, 0);
	assert_null(changes.items);
	changes_clear(&changes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sets_are_taken_over),
	};

	return cmocka_run_group_tests(tests, NULL, cast_close);
}
